"""What the tests of Billing health have in common."""

from datetime import date

from odoo.tests import tagged
from odoo.tools import SQL

from ..models.health_checks import CHECKS
from .common import BillingCommon


@tagged("post_install", "-at_install")
class HealthCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.entry = cls._log(4.5)
        cls._log(3.5, day=date(2026, 3, 3))
        cls.health = cls.env["project.billing.health"].with_user(cls.admin)

    def _check(self):
        """Run all checks; return ``{code: number of findings}`` of what is wrong."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.health.action_check_all()
        results = self.health.search([("company_id", "=", self.company.id)])
        self.assertEqual(set(results.mapped("code")), set(CHECKS))
        self.assertFalse(results.filtered("error").mapped("error"))
        return {health.code: health.count for health in results if health.count}

    def _result(self, code):
        domain = [("code", "=", code), ("company_id", "=", self.company.id)]
        return self.health.search(domain)

    def _run(self, statement, *values):
        self.env.flush_all()
        self.env.cr.execute(SQL(statement, *values))
        self.env.invalidate_all()

    def _repair(self, code):
        """Repair what a check finds; the journal says that it was, and by whom."""
        result = self._result(code)
        result.action_repair()
        row = self.env["project.billing.journal"].search(
            [("action", "=", "repaired")], limit=1
        )
        self.assertEqual(row.user_id, self.admin)
        self.assertEqual(row.reason, result.name)
        self.assertEqual((result.count, result.state), (0, "good"))

    def assertFinds(self, *codes, sentence=None):
        found = self._check()
        self.assertEqual(set(found), set(codes))
        if sentence:
            findings = self._result(codes[0]).finding_ids
            self.assertIn(sentence, findings[0].sentence)
            self.assertTrue(findings[0].action_open()["res_id"])
