"""The demo, continued: the customer portal.

A part of :class:`dev.demo_story.Story`, which knows the people and the calendar.
"""

#: What the client signs with; a browser would draw it.
CLIENT = "Grace Holloway"


def open_payments(env, company):
    """Let customers pay with Odoo's demo provider, where it is installed."""
    provider = env.ref("payment.payment_provider_demo", raise_if_not_found=False)
    if not provider or provider.code != "demo":
        return
    provider.company_id = company
    provider.write({"state": "test", "is_published": True})
    provider.payment_method_ids.active = True
    journal = env["account.journal"].search(
        [("company_id", "=", company.id), ("type", "=", "bank")], limit=1
    )
    provider.journal_id = journal


class Portal:
    """A customer with a milestone to accept, an invoice to pay, and hours left."""

    def client(self):
        """Have one milestone accepted and billed; the next waits for the customer."""
        design = self.as_user("pm", self.ref("milestone_applicants_design"))
        design.action_billing_sign_off(CLIENT, self.sunday(2))
        self.done("pm", f"notes the acceptance of {design.name}")
        invoice = self.bill(self.collect("pm", "applicants", 2), 2)
        self.shown["client_invoice"] = invoice.id
        online = self.as_user("pm", self.ref("milestone_applicants_online"))
        online.action_billing_ask_sign_off(
            self.ref("partner_maple_grace").ids,
            "The test accounts are in our mail of Friday.",
        )
        self.shown["client_milestone"] = online.id
        self.shown["client_project"] = online.project_id.id
        self.done("pm", f"asks {CLIENT} to sign off {online.name}")
        # what waits in the outbox goes out, with the day until which to answer
        self.env["project.billing.outbox"]._cron_deliver()
        self.done("odoo", "delivers the mails")
