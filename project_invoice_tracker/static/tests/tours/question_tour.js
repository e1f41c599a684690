import { registry } from "@web/core/registry";

/* A question about a line, asked by the client and answered by the project's manager.
   tests/test_tours_question.py posts the invoice. */

registry.category("web_tour.tours").add("project_billing_ask_tour", {
    steps: () => [
        {
            content: "Open the form",
            trigger: "#questions .o_billing_ask summary",
            run: "click",
        },
        {
            content: "Choose the line",
            trigger: "#questions select[name='line_id']",
            run: "selectByLabel /Second workshop/",
        },
        {
            content: "A part of it",
            trigger: "#questions input[name='quantity']",
            run: "edit 1.5",
        },
        {
            trigger: "#questions textarea[name='text']",
            run: "edit Was this not <b>free</b>?",
        },
        {
            trigger: "#questions .o_billing_ask button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The question is there, as it was typed",
            trigger: ".o_billing_question_text:contains('<b>free</b>')",
        },
        {
            content: "The rest stays payable",
            trigger: "#questions .alert:contains('172.50'):contains('747.50')",
        },
        {
            trigger: "#questions .badge:contains('Waits for our answer')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_answer_tour", {
    steps: () => [
        {
            content: "The client asks about two lines",
            trigger: ".o_list_view .o_data_row:nth-child(2)",
        },
        {
            content: "Open the one about the workshop",
            trigger: ".o_data_row .o_data_cell:contains('free')",
            run: "click",
        },
        {
            content: "Have it credited",
            trigger: ".o_form_view button[name='action_credit']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='text'] textarea",
            run: "edit You are right, we take it back.",
        },
        {
            content: "The questioned quantity is proposed",
            trigger: ".modal .o_field_widget[name='quantity'] input:value('1.50')",
        },
        {
            trigger: ".modal button[name='action_apply']:contains('Answer and credit')",
            run: "click",
        },
        {
            content: "Accounting has the next step",
            trigger:
                "body:not(:has(.modal)) .o_form_view:contains('Accounting has to post the credit note')",
        },
        {
            content: "Back to the other question",
            trigger: ".o_back_button, .breadcrumb-item.o_back_button a",
            run: "click",
        },
        {
            trigger: ".o_data_row .o_data_cell:contains('How long')",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_answer']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='text'] textarea",
            run: "edit The whole afternoon.",
        },
        {
            trigger: ".modal button[name='action_apply']:contains('Answer')",
            run: "click",
        },
        {
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains('Answered')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_read_answer_tour", {
    steps: () => [
        {
            content: "The answer",
            trigger:
                ".o_billing_question:contains('How long') .o_billing_question_answer:contains('The whole afternoon.')",
        },
        {
            content: "What is being credited",
            trigger:
                ".o_billing_question:contains('free'):contains('A credit note is being prepared')",
        },
    ],
});
