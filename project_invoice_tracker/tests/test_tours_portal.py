"""The customer portal in a real browser: signing off and paying."""

from odoo.tests import tagged

from .portal_common import PortalHttp
from .test_portal_pay import PayCommon


@tagged("post_install", "-at_install")
class TestToursPortal(PayCommon, PortalHttp):
    def _tour(self, url, name):
        self.start_tour(url, f"project_billing_portal_{name}_tour", login="client_test")
        self.env.invalidate_all()

    def test_sign_off(self):
        self._ask()
        self._tour("/my/billing", "accept")
        self.assertAcceptances([("accepted", 100, 4000, "Carla Client")])
        self.assertTrue(self.first.billing_acceptance_ids.signature)
        self.assertEqual(self._items(), [("Design", 4000, True)])

    def test_in_part_and_refused(self):
        url = f"/my/billing/milestone/{self.first.id}"
        self._ask()
        self._tour(url, "part")
        self.assertEqual(
            self._items(),
            [("Design (37.5 %)", 1500, True), ("Design (62.5 %)", 2500, False)],
        )
        self._ask()
        self._tour(url, "refuse")
        last = self.first.billing_acceptance_ids[0]
        self.assertEqual(last.decision, "refused")
        self.assertEqual(last.reason, "The colours are not ours.")

    def test_pay_several(self):
        moves = self._posted(1, 2, 3)
        self._tour(f"/my/billing/{self.project.id}", "pay")
        self.assertEqual(
            self._seen(moves),
            [("paid", 115, 0), ("paid", 230, 0), ("not_paid", 0, 345)],
        )

    def test_pay_one(self):
        move = self._posted(1)
        self._tour(f"/my/invoices/{move.id}", "pay_one")
        self.assertEqual(self._seen(move), [("paid", 115, 0)])
