import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

/* From the empty cockpit to a posted invoice. tests/test_tours_first_invoice.py */

const openApp = (menu) => [
    stepUtils.showAppsMenuItem(),
    {
        content: `Open ${menu}`,
        trigger: `.o_app[data-menu-xmlid='${menu}']`,
        run: "click",
    },
];

registry.category("web_tour.tours").add("project_billing_first_invoice_tour", {
    steps: () => [
        {
            content: "Who approves is asked once",
            trigger: ".o_cockpit_approval button[name='none']",
            run: "click",
        },
        {
            content: "And not again",
            trigger: ".o_billing_cockpit:not(:has(.o_cockpit_approval))",
        },
        {
            content: "Nothing is billed yet",
            trigger: ".o_billing_cockpit button:contains('Open projects')",
            run: "click",
        },
        {
            content: "Make a project",
            trigger: ".o-kanban-button-new",
            run: "click",
        },
        {
            trigger: ".modal .o_project_name input",
            run: "edit First Website",
        },
        {
            trigger: ".modal .o_open_tasks",
            run: "click",
        },
        {
            content: "Back to the projects",
            trigger: ".o_breadcrumb a:contains('Projects')",
            run: "click",
        },
        {
            content: "Its settings",
            trigger: ".o_kanban_record:contains('First Website')",
            run: "hover && click .o_kanban_record:contains('First Website') .o_dropdown_kanban .dropdown-toggle",
        },
        {
            trigger: ".o-dropdown--menu a:contains('Settings')",
            run: "click",
        },
        {
            content: "Its customer",
            trigger: ".o_form_view .o_field_widget[name='partner_id'] input",
            run: "edit First Client",
        },
        {
            trigger: ".o_m2o_dropdown_option_create a",
            run: "click",
        },
        ...stepUtils.saveForm(),
        {
            content: "How it is billed",
            trigger: ".o_notebook .nav-link[name='billing']",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_billing_set_up']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='hourly_rate'] input",
            run: "edit 100",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            trigger: "body:not(:has(.modal)) .o_field_widget[name='billing_rule_ids'] .o_data_row",
        },
        ...openApp("hr_timesheet.timesheet_menu_root"),
        {
            content: "Log time",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name='project_id'] input",
            run: "edit First",
        },
        {
            trigger: ".o-autocomplete--dropdown-item a:contains('First Website')",
            run: "click",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name='name'] input",
            run: "edit Home page",
        },
        {
            trigger: ".o_selected_row .o_field_widget[name='unit_amount'] input",
            run: "edit 4",
        },
        {
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            trigger: ".o_list_view:not(:has(.o_selected_row)) .o_data_row:contains('Home page')",
        },
        ...openApp("project_invoice_tracker.project_billing_menu_root"),
        {
            content: "It is ready",
            trigger: ".o_cockpit_stage[name='ready'] .o_cockpit_amount:contains('400')",
        },
        {
            trigger: ".o_control_panel button:contains('Bill work')",
            run: "click",
        },
        {
            trigger: ".o_kanban_record:contains('First Website') button[name='action_bill']",
            run: "click",
        },
        {
            trigger: "button[name='action_submit']",
            run: "click",
        },
        {
            content: "Nobody approves, so there is a draft",
            trigger: ".o_arrow_button_current:contains('Invoiced')",
        },
        {
            trigger: "button[name='action_open_invoice']",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_post']",
            run: "click",
        },
        {
            trigger: ".o_arrow_button_current:contains('Posted')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_nobody_decides_tour", {
    steps: () => [
        {
            trigger: "button[name='action_submit']",
            run: "click",
        },
        {
            content: "The sentence has a button",
            trigger: ".modal:contains('Nobody can decide') button:contains('Settings')",
            run: "click",
        },
        {
            content: "Let nobody approve",
            trigger: ".o_settings_container .o_field_widget[name='billing_approval'] .o_radio_input[data-value='none']",
            run: "click",
        },
        {
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_dirty_warning)) .o_settings_container .o_radio_input[data-value='none']:checked",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_user_form_tour", {
    steps: () => [
        {
            trigger: ".o_form_view .o_notebook .nav-link[name='access_rights']",
            run: "click",
        },
        {
            content: "Approving is on the user form, without developer mode",
            trigger: ".o_form_view .o_field_res_user_group_ids .o_form_label:contains('Project Billing: Approval')",
        },
        {
            trigger: ".o_form_view .o_field_res_user_group_ids .o_form_label:contains('Project Billing')",
        },
    ],
});
