import { registry } from "@web/core/registry";

/* The leak finder as each of its readers. tests/test_tours_leaks.py makes the leaks. */

const WORK = ".o_list_view .o_data_row:contains('Website'):contains('Old work not billed')";

registry.category("web_tour.tours").add("project_billing_leak_manager_tour", {
    steps: () => [
        {
            content: "Leaks of own projects only, with what they are worth",
            trigger: `.o_list_view:not(:contains('Colleague')) .o_data_row:contains('Consulting has waited to be billed') td[name='amount']:contains('300')`,
        },
        {
            content: "Bill it",
            trigger: `${WORK} button[name='action_fix']:contains('Bill')`,
            run: "click",
        },
        {
            content: "The request has the old work",
            trigger: ".o_form_view .oe_subtotal_footer:contains('300.00')",
        },
        {
            content: "Submit it",
            trigger: ".o_form_view button[name='action_submit']",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Submitted')",
        },
        {
            content: "Back to the leak finder",
            trigger: ".o_control_panel .o_back_button",
            run: "click",
        },
        {
            content: "It is mended",
            trigger: ".o_list_view:not(:contains('Old work not billed'))",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_leak_approver_tour", {
    steps: () => [
        {
            content: "Leaks of all projects",
            trigger: ".o_list_view:contains('Colleague'):contains('Website')",
        },
        {
            content: "Assign it from the list",
            trigger: `${WORK} button[name='action_assign']`,
            run: "click",
        },
        {
            content: "The manager of the project is proposed",
            trigger: ".modal .o_field_widget[name='user_id'] input:value('pm_test')",
        },
        {
            trigger: ".modal .o_field_widget[name='note'] textarea",
            run: "edit Please bill this",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "It is theirs, and not offered again",
            trigger: `body:not(:has(.modal)) ${WORK}:not(:has(button[name='action_assign']))`,
        },
        {
            content: "What is not assigned yet",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: ".o_filter_menu .o_menu_item:contains('Assigned to nobody')",
            run: "click",
        },
        {
            content: "Is the other project's",
            trigger: ".o_list_view:not(:contains('Website')) .o_data_row:contains('Colleague')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_leak_accountant_tour", {
    steps: () => [
        {
            content: "A draft that nobody posts",
            trigger: ".o_list_view .o_data_row:contains('Invoice not posted') button[name='action_fix']:contains('Have it posted')",
            run: "click",
        },
        {
            content: "Opens the invoice itself",
            trigger: ".o_form_view button[name='action_post']",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Posted')",
        },
        {
            content: "Back to the leak finder",
            trigger: ".o_control_panel .o_back_button",
            run: "click",
        },
        {
            content: "It is posted, and not sent yet",
            trigger: ".o_list_view:not(:contains('Invoice not posted')) .o_data_row:contains('Invoice not sent')",
        },
    ],
});
