"""Drafts of requests keep what they are for, whoever merges invoices (I1)."""

from odoo.tests import tagged

from ..exceptions import BillingError
from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestMerging(BillingCommon):
    """What an add-on does that merges drafts, with the context that it does it in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls._create_project(name="Other")
        cls._create_rule(cls.other)

    def _drafts(self):
        self._log(3)
        self._log(2, project_id=self.other.id)
        return self._invoice() | self._invoice(self._prepare(self.other))

    def test_drafts_of_requests_are_left_out(self):
        drafts = self._drafts()
        manual = self.init_invoice("out_invoice", amounts=[10.0])
        self.assertEqual((drafts | manual)._get_draft_invoices(), manual)

    def test_cancelled_to_be_replaced(self):
        """500 stay on their two drafts, and are not billed again."""
        drafts = self._drafts()
        requests = drafts.sudo().billing_request_ids
        for step in ("button_cancel", "unlink"):
            with self.assertRaisesRegex(BillingError, requests[0].name):
                getattr(drafts.sudo().with_context(is_merge=True), step)()
        self.assertEqual(drafts.mapped("state"), ["draft", "draft"])
        self.assertEqual(requests.mapped("state"), ["invoiced", "invoiced"])
        self.assertMinutes((0, 180, 0, 0))

    def test_merge_is_refused_with_a_sentence(self):
        drafts = self._drafts()
        with self.assertRaisesRegex(BillingError, "cannot be merged"):
            drafts.do_merge()
