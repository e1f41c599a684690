"""The demo, continued: overdue invoices, unbilled work, alerts and the month end.

A part of :class:`dev.demo_story.Story`, which knows the people and the calendar.
"""

from .demo_company import ACCOUNTS


class Past:
    """Projects of earlier months, with what is overdue, and the month end."""

    def past(self):
        """Two invoices of months ago: nothing of one is paid, of the other a part."""
        self.bill(self.collect("pm", "timber", -12), -12)
        part = self.bill(self.collect("pm2", "trails", -7), -7)
        self.pay(part, amount=1200.0)

    def tracking(self):
        """Budgets alert, a leak is given to somebody, a month end is previewed."""
        self.env["project.project"]._cron_billing_budget_alerts()
        self.done("odoo", "looks at the budgets")
        self.assign_leak()
        self.accrue()

    def assign_leak(self):
        """The approver asks the manager about the oldest work that is not billed."""
        leaks = self.as_user("approver", self.env["project.billing.leak"])
        leak = leaks.search([("code", "=", "work")], limit=1)
        project = self.ref("project_timber")
        self._check(leak.project_id.id == project.id, f"{leak.name}: of another one")
        note = "Please bill this, or tell me what we wait for."
        leak.assign(leak.owner_id.id, note=note)
        self.done("approver", f"asks about unbilled work of {project.name}")

    def accrue(self):
        """The accountant looks at what was earned and not billed at the month end."""
        accruals = self.as_user("accountant", self.env["project.billing.accrual"])
        codes = [code for _name, code, _type in ACCOUNTS]
        unbilled, advance = accruals.env["account.account"].search(
            [("code", "in", codes)], order="code"
        )
        accrual = accruals.create(
            {"unbilled_account_id": unbilled.id, "advance_account_id": advance.id}
        )
        accrual.action_preview()
        self.shown["accrual"] = accrual.id
        self.done("accountant", f"previews {accrual.display_name}")
