import { registry } from "@web/core/registry";

/* The customer portal as its client. tests/test_tours_portal.py prepares the records. */

const sign = [
    {
        content: "Write the name",
        trigger: ".o_web_sign_name_and_signature input",
        run: "edit Carla Client",
    },
    {
        content: "The name is drawn as a signature",
        trigger: "canvas.o_web_sign_signature",
        run: "canvasNotEmpty",
    },
    {
        content: "Sign",
        trigger: ".o_portal_sign_submit:enabled",
        run: "click",
        expectUnloadPage: true,
    },
];

registry.category("web_tour.tours").add("project_billing_portal_accept_tour", {
    steps: () => [
        {
            content: "The project is there, with something to sign off",
            trigger: ".o_billing_card:has(.badge:contains('1 to sign off'))",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Open the milestone that waits",
            trigger: ".o_billing_sign_off.btn-primary",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Accept it",
            trigger: "#choose_accept",
            run: "click",
            expectUnloadPage: true,
        },
        ...sign,
        {
            content: "The page says who accepted",
            trigger: "#sign_off_state.alert-success:contains('Carla Client')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_portal_part_tour", {
    steps: () => [
        {
            content: "Accept a part",
            trigger: "#choose_part",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Say how much",
            trigger: "#percent",
            run: "edit 37.5",
        },
        {
            trigger: "button[type=submit]:contains('Next')",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The share is shown in money",
            trigger: "p:contains('1,500.00')",
        },
        ...sign,
        {
            trigger: "#sign_off_state.alert-info:contains('Carla Client')",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_portal_refuse_tour", {
    steps: () => [
        {
            content: "Refuse",
            trigger: "#choose_refuse",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Say why",
            trigger: "textarea[name=reason]",
            run: "edit The colours are not ours.",
        },
        {
            trigger: "button.btn-danger[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#sign_off_state:contains('The colours are not ours.')",
        },
    ],
});

const pay = [
    {
        content: "Enter a card number",
        trigger: "input[name=customer_input]",
        run: "edit 4242 4242 4242 4242",
    },
    {
        content: "Pay",
        trigger: "button[name=o_payment_submit_button]:enabled",
        run: "click",
        expectUnloadPage: true,
    },
];

registry.category("web_tour.tours").add("project_billing_portal_pay_tour", {
    steps: () => [
        {
            content: "Leave one invoice out",
            trigger: "#invoices .list-group-item:first input[name=invoice]",
            run: "click",
        },
        {
            content: "Pay the others together",
            trigger: "#pay_chosen",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "#pay_total:contains('345.00')",
        },
        ...pay,
        {
            content: "Back on the pages of the client",
            trigger: ".o_billing_card",
        },
    ],
});

registry.category("web_tour.tours").add("project_billing_portal_pay_one_tour", {
    steps: () => [
        {
            content: "Pay this invoice",
            trigger: "a[data-bs-target='#pay_with']",
            run: "click",
        },
        ...pay,
        {
            content: "It is paid",
            trigger: "[name=invoice_paid_badge]",
        },
    ],
});
