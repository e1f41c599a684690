"""The annex at its edges: sign-offs that were taken back."""

from datetime import date

from odoo.tests import tagged

from .document_common import DocumentCommon


@tagged("post_install", "-at_install")
class TestAnnexEdges(DocumentCommon):
    def test_revoked_sign_offs(self):
        """Only what holds is printed: not what was revoked, nor of other milestones."""
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        first, second = self._create_milestones(60, 40)
        (first | second).is_reached = True
        own = first.with_user(self.pm)
        own.action_billing_sign_off("Ms Grey", date(2026, 3, 4))
        own.action_billing_revoke_sign_off("Not she")
        own.action_billing_sign_off("Mr Black", date(2026, 3, 5))
        (annex,) = self._annex(self._post())["projects"]
        self.assertEqual(
            [
                [each["said"] for each in row["sign_offs"]]
                for row in annex["milestones"]["rows"]
            ],
            [["Accepted by Mr Black on 03/05/2026"], []],
        )
