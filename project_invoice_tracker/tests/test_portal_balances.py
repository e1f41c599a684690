"""Included and prepaid hours, as the client reads them."""

from datetime import date

from odoo.tests import freeze_time, tagged

from .portal_common import PortalCommon
from .test_allowance import AllowanceCommon


@tagged("post_install", "-at_install")
class TestPortalBalances(AllowanceCommon, PortalCommon):
    def _balances(self, project=None):
        self.env.flush_all()
        self.env.invalidate_all()
        page = (project or self.project).sudo()._billing_portal_page(self.client_user)
        return page["balances"]

    @freeze_time("2026-02-15")
    def test_retainer(self):
        """What is left of this month, with what rolled over, and what it used."""
        rule = self._create_retainer()
        self._log(18, date(2026, 1, 15))
        # two hours of January cover it, and one of February
        self._log(3, date(2026, 2, 1))
        self._log(1.5, date(2026, 2, 28))
        (row,) = self._balances()
        self.assertEqual(
            row,
            {
                "name": "Retainer, 02/01/2026 – 02/28/2026",
                "granted": "22.00",
                "left": "17.50",
                "percent": 80,
                "used": "4.50",
                "until": "02/28/2026",
            },
        )
        with freeze_time("2026-03-01"):
            (row,) = self._balances()
            self.assertEqual(row["used"], "0.00")
        self.project.billing_partner_id = self.partner_b
        self.assertEqual(self._balances(), [], "of who pays")
        self.project.billing_partner_id = False
        self.assertTrue(self._balances())
        rule.active = False
        self.assertEqual(self._balances(), [])

    @freeze_time("2026-02-15")
    def test_packs(self):
        """Each pack is an account of its own; other projects have theirs."""
        self._create_packs(pack_hours=20, pack_count=2, pack_expiry_months=6)
        other = self._create_project(name="Shop", partner_id=self.customer.id)
        self._create_rule(other)
        self._log(18, date(2026, 1, 15))
        # two hours of the first pack, and three of the second
        self._log(5, date(2026, 2, 28))
        self.assertEqual(self._balances(other), [])
        self.assertEqual(
            [(row["left"], row["granted"], row["used"]) for row in self._balances()],
            [("0.00", "20.00", "2.00"), ("17.00", "20.00", "3.00")],
        )
