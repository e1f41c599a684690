import { registry } from "@web/core/registry";

/* The project board as each of its readers. tests/test_tours_board.py makes what it
   shows. */

const WEBSITE = ".o_billing_board .o_kanban_record:contains('Website')";
const ONLY_WEBSITE = ".o_billing_board:not(:contains('Calm')) .o_kanban_record:contains('Website')";

function filter(name) {
    return [
        {
            content: "Open the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: `Show: ${name}`,
            trigger: `.o_filter_menu .o_menu_item:contains(/^${name}$/)`,
            run: "click",
        },
        {
            content: "The filter is on",
            trigger: `.o_searchview_facet:contains('${name}')`,
        },
        {
            content: "Close the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            trigger: "body:not(:has(.o_filter_menu))",
        },
    ];
}

registry.category("web_tour.tours").add("project_billing_board_manager_tour", {
    steps: () => [
        {
            content: "Own projects only, and no margin",
            trigger: ".o_billing_board:contains('Calm'):not(:contains('Colleague')):not(:contains('Margin'))",
        },
        {
            content: "What needs something says so, and why",
            trigger: `${WEBSITE}:contains('Act now'):contains('120 % of the hours are used.')`,
        },
        {
            content: "What is billed and late",
            trigger: `${WEBSITE}:contains('400'):contains('460')`,
        },
        ...filter("Act now"),
        {
            content: "Open the one that is left",
            trigger: ONLY_WEBSITE,
            run: "click",
        },
        {
            trigger: ".o_form_view .nav-link[name='billing']",
            run: "click",
        },
        {
            content: "The same figures on its form",
            trigger: ".o_form_view:contains('120 % of the hours are used.') .o_field_widget[name='billing_amount_overdue']:contains('460')",
        },
        {
            content: "Back to the board",
            trigger: ".o_control_panel .o_back_button",
            run: "click",
        },
        {
            trigger: ONLY_WEBSITE,
        },
        {
            content: "As a list",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "With what is left to bill",
            trigger: ".o_list_view .o_data_row:contains('Website') td[name='billing_amount_ready']:contains('200')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_board_approver_tour", {
    steps: () => [
        {
            content: "Projects of all managers, as far as they are open to everybody",
            trigger: ".o_billing_board:contains('Website'):contains('Calm'):not(:contains('Colleague'))",
        },
        ...filter("Overdue"),
        {
            content: "Only one has a late invoice",
            trigger: `${ONLY_WEBSITE}:contains('460')`,
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_board_accountant_tour", {
    steps: () => [
        {
            content: "Projects of all managers, as far as they are open to everybody",
            trigger: ".o_billing_board:contains('Website'):contains('Calm'):not(:contains('Colleague'))",
        },
        {
            content: "As a list",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            content: "The late one stands out",
            trigger: ".o_list_view .o_data_row:contains('Website') td.text-danger[name='billing_amount_overdue']:contains('460')",
        },
        ...filter("To bill"),
        {
            content: "Both have work to bill: 200 and 100",
            trigger: ".o_list_view tfoot td:contains('300')",
        },
        ...filter("Act now"),
        {
            content: "One of them needs somebody now",
            trigger: ".o_list_view:not(:contains('Calm')) .o_data_row:contains('Website')",
        },
    ],
});
