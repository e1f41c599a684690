"""OCA's Account Invoice Merge leaves drafts of requests as they are (I1)."""

from odoo.tests import tagged

from odoo.addons.project_invoice_tracker.exceptions import BillingError
from odoo.addons.project_invoice_tracker.tests.common import BillingCommon


@tagged("post_install", "-at_install")
class TestInvoiceMerge(BillingCommon):
    """Its own wizard and method, with drafts of ours and by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_project(name="Other")
        cls._create_rule(cls.other)

    def setUp(self):
        super().setUp()
        self._log(3)
        self._log(2, project_id=self.other.id)
        ours = self._invoice() | self._invoice(self._prepare(self.other))
        self.ours = ours.sudo()

    def assertUntouched(self):
        self.assertEqual(self.ours.mapped("state"), ["draft", "draft"])
        self.assertEqual(
            self.ours.billing_request_ids.mapped("state"), ["invoiced", "invoiced"]
        )
        self.assertMinutes((0, 180, 0, 0))

    def test_refused(self):
        """500 on two drafts of ours: a sentence, and nothing is billed again."""
        with (
            self.assertRaisesRegex(BillingError, "cannot be merged"),
            self.env.cr.savepoint(),
        ):
            self.ours.do_merge()
        self.assertUntouched()

    def test_only_drafts_by_hand(self):
        """Two drafts by hand become one; ours, selected with them, stay."""
        moves = [
            self.init_invoice("out_invoice", partner=self.partner_a, amounts=[10])
            for _number in range(2)
        ]
        by_hand = moves[0] | moves[1]
        made = (self.ours | by_hand).do_merge()
        self.assertEqual(len(made), 1)
        merged = self.env["account.move"].browse(list(made))
        self.assertEqual(merged.amount_untaxed, 20)
        self.assertEqual(set(by_hand.mapped("state")), {"cancel"})
        self.assertUntouched()

    def test_by_its_wizard(self):
        wizard = (
            self.env["invoice.merge"]
            .with_context(active_ids=self.ours.ids, active_model="account.move")
            .create({})
        )
        with (
            self.assertRaisesRegex(BillingError, "cannot be merged"),
            self.env.cr.savepoint(),
        ):
            wizard.merge_invoices()
        self.assertUntouched()
