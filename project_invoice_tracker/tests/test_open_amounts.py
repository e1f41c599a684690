"""What is to bill is what the request will say: everywhere, to the cent."""

from odoo.tests import tagged

from .common import BillingCommon


@tagged("post_install", "-at_install")
class TestOpenAmounts(BillingCommon):
    """The figures before a request, and the request."""

    def _to_bill(self, project=None):
        """Return what is to bill of a project on each screen, by its name."""
        project = (project or self.project).with_user(self.pm)
        self.env.flush_all()
        self.env.invalidate_all()
        items = self.env["project.billing.item"].with_user(self.pm)
        domain = [
            ("project_id", "=", project.id),
            ("ready", "=", True),
            ("quantity_open", "!=", 0),
            ("is_adjustment", "=", False),
        ]
        wip = self.env["project.billing.report.wip"].with_user(self.pm)
        cockpit = self.env["project.billing.cockpit"].with_user(self.pm).figures()
        found = {
            "project": project.billing_amount_ready,
            "items": sum(items.search(domain).mapped("amount_open")),
            "list": items._read_group(domain, [], ["amount_open:sum"])[0][0],
            "wip": wip._read_group(
                [("project_id", "=", project.id), ("stage", "=", "ready")],
                [],
                ["amount:sum"],
            )[0][0],
            "cockpit": cockpit["ready"]["amount"],
            "ages": sum(age["amount"] for age in cockpit["work_ages"]),
        }
        return {name: round(amount, 6) for name, amount in found.items()}

    def _check(self, amount, project=None):
        found = self._to_bill(project)
        self.assertEqual(found, dict.fromkeys(found, amount))

    def test_three_times_twenty_minutes_are_one_hour(self):
        """3 x 20 min at 100: 100.00 everywhere, as the request says."""
        for _n in range(3):
            self._log(1 / 3)
        self._check(100.0)
        self.assertEqual(self._prepare().amount_untaxed, 100.0)
