import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/* The main job, as its people do it. tests/test_tours.py prepares the project. */

const openApp = () => [
    stepUtils.showAppsMenuItem(),
    {
        content: "Open Project Billing",
        trigger: ".o_app[data-menu-xmlid='project_invoice_tracker.project_billing_menu_root']",
        run: "click",
    },
];

const stateIs = (label) => ({
    content: `The request is ${label}`,
    trigger: `.o_arrow_button_current:contains('${label}')`,
});

registry.category("web_tour.tours").add("project_billing_manager_tour", {
    steps: () => [
        ...openApp(),
        {
            content: "Behind the cockpit, look at what is ready",
            trigger: "[data-menu-xmlid='project_invoice_tracker.project_project_menu']",
            run: "click",
        },
        {
            content: "Bill the project with one button",
            trigger: ".o_kanban_record:contains('Website') button[name='action_bill']",
            run: "click",
        },
        {
            content: "All that is ready is on the request",
            trigger: ".o_field_widget[name='line_ids'] td[name='quantity']:contains('8.00')",
        },
        {
            content: "Bill less of it",
            trigger: "button[name='action_change_quantity']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='quantity'] input",
            run: "edit 6",
        },
        {
            trigger: ".modal .o_radio_input[data-value='write_off']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='reason'] input",
            run: "edit Goodwill",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "The line has the new quantity",
            trigger: "body:not(:has(.modal)) .o_field_widget[name='line_ids'] td[name='quantity']:contains('6.00')",
        },
        {
            content: "Add something by hand",
            trigger: ".o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            trigger: ".o_selected_row [name='name'] textarea",
            run: "edit Licence",
        },
        {
            trigger: ".o_selected_row [name='price_unit'] input",
            run: "edit 50",
        },
        ...stepUtils.saveForm(),
        {
            content: "The totals are those of the invoice",
            trigger: ".oe_subtotal_footer:contains('650.00')",
        },
        {
            trigger: "button[name='action_submit']",
            run: "click",
        },
        stateIs("Submitted"),
    ],
});

registry.category("web_tour.tours").add("project_billing_approver_tour", {
    steps: () => [
        {
            content: "The request waits for the approver",
            trigger: ".o_form_view button[name='action_approve']",
            run: "click",
        },
        stateIs("Approved"),
    ],
});

registry.category("web_tour.tours").add("project_billing_invoice_tour", {
    steps: () => [
        {
            content: "The manager makes the draft invoice",
            trigger: "button[name='action_create_invoice']",
            run: "click",
        },
        stateIs("Invoiced"),
    ],
});

registry.category("web_tour.tours").add("project_billing_accountant_tour", {
    steps: () => [
        {
            content: "Accounting posts the draft",
            trigger: ".o_form_view button[name='action_post']",
            run: "click",
        },
        {
            content: "The invoice is posted",
            trigger: ".o_arrow_button_current:contains('Posted')",
        },
        {
            content: "Where does it come from?",
            trigger: "button[name='action_billing_origin']",
            run: "click",
        },
        {
            content: "The work behind it",
            trigger: ".o_list_view .o_data_row:contains('Billed')",
        },
    ],
});
