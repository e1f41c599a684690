import { registry } from "@web/core/registry";

/* The steps of doc/hand-over.md, word by word; tests/test_tours_handover.py makes the
   projects, and a unit test compares the words. */

const TAB = ".o_form_view .nav-link[name='billing']";
const OPEN = ".o_form_view button[name='action_billing_hand_over']";
const NOTE = ".o_form_view .o_field_widget[name='billing_handover_note']";

/**
 * @param {string} row what the row of the order shows
 * @param {string} done what is said before it is done
 * @returns {object[]} the steps to our billing, and back by undoing
 */
function handOver(row, done) {
    return [
        {
            content: "Open the project, and on it the tab Billing.",
            trigger: TAB,
            run: "click",
        },
        {
            content: "Press Hand over….",
            trigger: OPEN,
            run: "click",
        },
        {
            content: "Enter in From the first day that requests bill.",
            trigger: ".modal .o_field_widget[name='date'] button",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='date'] input",
            run: "edit 03/16/2026",
        },
        {
            content: "Choose for Work of Before: Is invoiced now, as a draft.",
            trigger: ".modal .o_field_widget[name='before'] input[data-value='invoice']",
            run: "click",
        },
        {
            content: "Look at each sales order, and read What is done.",
            trigger: `.modal .o_field_widget[name='line_ids'] ${row}`,
        },
        {
            trigger: `.modal .o_field_widget[name='preview']:contains('${done}')`,
        },
        {
            content: "Press Hand Over.",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "The tab says: Billed by requests from that day on.",
            trigger: `body:not(:has(.modal)) ${NOTE}:contains('Billed by requests from 03/16/2026 on.')`,
        },
    ];
}

registry.category("web_tour.tours").add("project_billing_handover_time_tour", {
    steps: () => handOver(".o_data_row:contains('09:00'):contains('02:00')", "invoices 09:00 hours"),
});

registry.category("web_tour.tours").add("project_billing_handover_pack_tour", {
    steps: () => handOver(".o_data_row:contains('04:00')", "04:00 prepaid hours are left"),
});

registry.category("web_tour.tours").add("project_billing_handover_steps_tour", {
    steps: () => handOver(".o_data_row td[name='milestones']:contains('0 / 1 / 1')", "Milestones billed by the rules: 1."),
});

registry.category("web_tour.tours").add("project_billing_handover_undo_tour", {
    steps: () => [
        {
            trigger: TAB,
            run: "click",
        },
        {
            content: "Press Hand over…, and in the window Undo this hand-over.",
            trigger: OPEN,
            run: "click",
        },
        {
            trigger: ".modal button[name='action_undo']",
            run: "click",
        },
        {
            content: "Confirm it.",
            trigger: ".modal:contains('put back as it was') .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "The tab says nothing of a hand-over any more.",
            trigger: `body:not(:has(.modal)):not(:has(${NOTE}:contains('Billed'))) ${OPEN}`,
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_handover_back_tour", {
    steps: () => [
        {
            trigger: TAB,
            run: "click",
        },
        {
            content: "Press Hand over…, and choose Back to the order.",
            trigger: OPEN,
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='direction'] input[data-value='orders']:checked",
        },
        {
            content: "Enter in From the first day that the order bills.",
            trigger: ".modal .o_field_widget[name='date'] button",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='date'] input",
            run: "edit 03/20/2026",
        },
        {
            trigger: ".modal .o_field_widget[name='direction'] input[data-value='orders']",
            run: "click",
        },
        {
            content: "Look at Sales Order Item: it is the one that the project had.",
            trigger: ".modal .o_field_widget[name='preview']:contains('01:00 hours from 03/20/2026 on go to')",
        },
        {
            content: "Press Hand Over, and the order bills from that day on.",
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            trigger: `body:not(:has(.modal)) ${NOTE}:contains('Billed by its sales order from 03/20/2026 on.')`,
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_take_off_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .nav-link[name='settings']",
            run: "click",
        },
        {
            content: "Take Billable off",
            trigger: ".o_form_view .o_field_widget[name='allow_billable'] input:checked",
            run: "click",
        },
        {
            trigger: ".o_form_view .o_form_button_save",
            run: "click",
        },
        {
            content: "It is asked first",
            trigger: ".modal:contains('is billed: without a customer') .btn:contains('Take it off')",
            run: "click",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "It is off",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(.o_form_status_indicator_buttons:not(.invisible)))",
        },
    ],
});
