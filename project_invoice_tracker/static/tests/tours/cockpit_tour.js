import { registry } from "@web/core/registry";

/* The cockpit as each of its readers. tests/test_tours_cockpit.py makes what it shows. */

function back() {
    return {
        content: "Back to the cockpit",
        trigger: ".o_control_panel .o_back_button",
        run: "click",
    };
}

registry.category("web_tour.tours").add("project_billing_cockpit_manager_tour", {
    steps: () => [
        {
            content: "Own projects only",
            trigger: ".o_cockpit_title:contains('Your projects')",
        },
        {
            content: "What is ready to bill",
            trigger: ".o_cockpit_stage[name='ready'] .o_cockpit_amount:contains('400')",
            run: "click",
        },
        {
            content: "Opens the work behind it",
            trigger: ".o_list_view .o_data_row",
        },
        back(),
        {
            content: "The chart of expected cash is drawn",
            trigger: ".o_cockpit_card[name='cash'] canvas",
        },
        {
            content: "A milestone comes up",
            trigger: ".o_cockpit_card[name='next'] button:contains('Go live')",
            run: "click",
        },
        {
            content: "Opens the item",
            trigger: ".o_form_view .o_field_widget[name='amount']",
        },
        back(),
        {
            content: "Another period",
            trigger: ".o_cockpit_period",
            run: "select last_month",
        },
        {
            content: "Figures of the last month",
            trigger:
                ".o_cockpit_page:not(.o_cockpit_loading) .o_cockpit_stage[name='billed'] " +
                ".o_cockpit_amount:contains('300')",
        },
        {
            content: "Bill",
            trigger: ".o_control_panel button:contains('Bill work')",
            run: "click",
        },
        {
            content: "Projects to bill",
            trigger: ".o_kanban_view .o_kanban_record:contains('Website')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_cockpit_approver_tour", {
    steps: () => [
        {
            content: "All projects",
            trigger: ".o_cockpit_title:contains('All projects')",
        },
        {
            content: "One waits",
            trigger: ".o_cockpit_task:contains('to approve')",
            run: "click",
        },
        {
            content: "Opens it",
            trigger: ".o_list_view .o_data_row",
        },
        back(),
        {
            content: "Of one manager",
            trigger: ".o_cockpit_manager input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('other_pm_test')",
            run: "click",
        },
        {
            content: "Whose projects have nothing in approval",
            trigger: ".o_cockpit_page:not(.o_cockpit_loading) button[name='submitted'] .text-muted:contains('0')",
        },
        {
            content: "All again",
            trigger: ".o_cockpit_filters button:contains('Show all')",
            run: "click",
        },
        {
            trigger: ".o_cockpit_page:not(.o_cockpit_loading) .o_cockpit_task:contains('to approve')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_cockpit_accountant_tour", {
    steps: () => [
        {
            content: "All projects",
            trigger: ".o_cockpit_title:contains('All projects')",
        },
        {
            content: "What is overdue",
            trigger: "button[name='overdue']:contains('345')",
            run: "click",
        },
        {
            content: "Opens the invoices",
            trigger: ".o_list_view .o_data_row",
        },
        back(),
        {
            content: "By age",
            trigger: ".o_cockpit_card[name='unpaid_ages'] button:contains('up to 30 days late')",
            run: "click",
        },
        {
            content: "Opens the same",
            trigger: ".o_list_view .o_data_row",
        },
        back(),
        {
            trigger: ".o_cockpit_flow",
        },
    ],
});
