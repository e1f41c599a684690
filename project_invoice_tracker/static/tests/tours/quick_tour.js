import { registry } from "@web/core/registry";

/* Deciding from the list and sending. tests/test_tours_quick.py prepares the requests. */

registry.category("web_tour.tours").add("project_billing_approve_list_tour", {
    steps: () => [
        {
            content: "Both requests wait",
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            content: "Choose all of them",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Approve them at once",
            trigger: ".o_control_panel button[name='action_approve']",
            run: "click",
        },
        {
            content: "Nothing waits any more",
            trigger: ".o_view_nocontent",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_decide_tour", {
    steps: () => [
        {
            content: "Open the request that waits",
            trigger: ".o_list_view .o_data_row .o_data_cell[name='partner_id']",
            run: "click",
        },
        {
            content: "The document is beside the decision",
            trigger: ".o_form_view iframe.o_billing_preview",
        },
        {
            content: "Ask about a line",
            trigger: ".o_form_view button[name='action_comment']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='text'] textarea",
            run: "edit Why so many hours?",
        },
        {
            trigger: ".modal button[name='action_apply']",
            run: "click",
        },
        {
            content: "The line has a comment",
            trigger: "body:not(:has(.modal)) td[name='comment_count']:contains('1')",
        },
        {
            content: "Approve",
            trigger: ".o_form_view button[name='action_approve']",
            run: "click",
        },
        {
            content: "The request is approved",
            trigger: ".o_arrow_button_current:contains('Approved')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_send_tour", {
    steps: () => [
        {
            content: "The manager sends the posted invoice",
            trigger: ".o_form_view button[name='action_send']:contains('Send invoice')",
            run: "click",
        },
        {
            content: "To whom and what is filled in",
            trigger: ".modal .o_field_widget[name='partner_ids'] .o_tag",
        },
        {
            content: "The files are named",
            trigger: ".modal .o_field_widget[name='attachment_names']:contains('pdf')",
        },
        {
            trigger: ".modal button[name='action_send']",
            run: "click",
        },
        {
            content: "It is on its way, and can only be sent again on purpose",
            trigger:
                "body:not(:has(.modal)) .o_form_view button[name='action_send']:contains('Send again')",
        },
    ],
});
