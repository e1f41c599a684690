"""Billing health sees when nothing keeps both billers apart any more."""

from odoo.tests import tagged

from .sale_common import SaleBillingCommon


@tagged("post_install", "-at_install")
class TestHealth(SaleBillingCommon):
    def _check(self, code):
        """Run the checks; return the result of one."""
        health = self.env["project.billing.health"].with_user(self.admin)
        health.action_check_all()
        return health.search(
            [("code", "=", code), ("company_id", "=", self.company.id)]
        )

    def test_time_of_orders(self):
        """I32: what an order bills is no time that is forgotten."""
        item = self._create_order()
        self._log(3.0, so_line=item.id, is_so_line_edited=True)
        ours = self._log(2.0)
        self._end()
        complete = self._check("complete")
        self.assertEqual((complete.count, complete.error), (0, False))
        self.env.cr.execute(
            "DELETE FROM project_billing_item WHERE analytic_line_id = %s", [ours.id]
        )
        self.assertEqual(self._check("complete").count, 1)
        self.assertIn("1 time entries", complete.finding_ids.sentence)

    def test_guards(self):
        """I1, I26: triggers that are gone or switched off are found, and put back."""
        guards = self._check("guards")
        self.assertEqual(guards.count, 0)
        self.env.cr.execute(
            "ALTER TABLE account_analytic_line"
            " DISABLE TRIGGER project_billing_one_biller_of_entry;"
            "DROP TRIGGER project_billing_one_biller_of_milestone ON project_milestone"
        )
        guards.action_check()
        self.assertEqual(guards.count, 2)
        guards.action_repair()
        self.assertEqual(guards.count, 0)
