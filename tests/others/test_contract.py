"""OCA's Contract beside requests: each bills its own, and neither sees the other."""

from datetime import date

from odoo import Command
from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.tests.common import BillingCommon


@tagged("post_install", "-at_install")
class TestContract(BillingCommon):
    @classmethod
    def get_default_groups(cls):
        return super().get_default_groups() | cls.quick_ref(
            "account.group_account_manager"
        )

    def _contract(self):
        return self.env["contract.contract"].create(
            {
                "name": "Hosting",
                "partner_id": self.partner_a.id,
                "company_id": self.company.id,
                "journal_id": self.company_data["default_journal_sale"].id,
                "contract_line_ids": [
                    Command.create(
                        {
                            "product_id": self.service.id,
                            "name": "Hosting",
                            "quantity": 1,
                            "price_unit": 50.0,
                            "recurring_rule_type": "monthly",
                            "recurring_interval": 1,
                            "date_start": date(2026, 3, 1),
                            "recurring_next_date": date(2026, 3, 1),
                        }
                    )
                ],
            }
        )

    def test_each_bills_its_own(self):
        """50.00 of the contract and 300.00 of 3 hours, on an invoice each."""
        contract = self._contract()
        self._log(3)
        theirs = contract._recurring_create_invoice()
        self.assertEqual(theirs.amount_untaxed, 50)
        self.assertFalse(theirs.billing_tracked)
        ours = self._post()
        self.assertEqual(ours.amount_untaxed, 300)
        theirs.action_post()
        self.assertMinutes((0, 0, 180, 0))

    def test_credits_stay_apart(self):
        """The credit note of the contract's invoice gives no work back."""
        theirs = self._contract()._recurring_create_invoice()
        theirs.action_post()
        self._log(3)
        self._post()
        credit = theirs._reverse_moves([{"invoice_date": theirs.invoice_date}])
        credit.action_post()
        self.assertFalse(credit.billing_tracked)
        self.assertMinutes((0, 0, 180, 0))

    def test_invoice_of_a_request_is_no_contract_line(self):
        self._log(3)
        ours = self._post().sudo()
        self.assertFalse(ours.invoice_line_ids.contract_line_id)
