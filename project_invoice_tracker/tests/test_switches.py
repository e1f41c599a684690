"""Switches of a company: each change is written down, wherever it is made."""

from odoo.tests import tagged

from .common import BillingCommon

SWITCHES = (
    "billing_allow_self_approval",
    "billing_invoice_on_approval",
    "billing_post_on_approval",
)


@tagged("post_install", "-at_install")
class TestSwitches(BillingCommon):
    def _written(self, company):
        """Return the names in the journal, and the number of notes."""
        rows = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed"), ("company_id", "=", company.id)]
        )
        notes = company.message_ids.filtered(lambda m: "Project Billing" in m.body)
        return sorted(name for row in rows for name in row.after), len(notes)

    def test_every_switch_in_both_places(self):
        """I32: the journal and the company have each change, with what it implies."""
        # who approves was chosen before
        wanted = (sorted([*SWITCHES, "billing_approval"]), 4)
        self.company.write(
            {"billing_post_on_approval": True, "billing_allow_self_approval": True}
        )
        self.assertEqual(self._written(self.company), wanted)
        self.company.write(dict.fromkeys(SWITCHES, True))
        self.assertEqual(self._written(self.company), wanted, "no change")

    def test_new_company(self):
        """I32: a company that is created with a switch on says so as well."""
        company = self.env["res.company"].create(
            {"name": "New", "billing_post_on_approval": True}
        )
        self.assertTrue(company.billing_invoice_on_approval)
        self.assertEqual(self._written(company), (sorted(SWITCHES[1:]), 2))
