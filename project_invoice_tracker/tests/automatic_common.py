"""A project that is billed by itself, and the job that does it."""

from datetime import date

from .common import BillingCommon


class AutomaticCommon(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.tz = "Europe/Berlin"
        cls.partner_a.email = "books@customer.example"
        cls.cron = cls.env.ref("project_invoice_tracker.ir_cron_automatic")

    @classmethod
    def _bill_milestones(cls):
        """Bill the project by two milestones of 300.00 and 700.00 instead of time."""
        cls.rule.unlink()
        cls.rule = cls._create_rule(
            kind="milestone",
            contract_amount=1000,
            price_unit=0,
            product_id=cls.env.ref("project_invoice_tracker.product_milestone").id,
        )
        cls.first, cls.second = cls._create_milestones(30, 70)

    @classmethod
    def _schedule(cls, project=None, **values):
        schedules = cls.env["project.billing.schedule"].with_user(cls.pm)
        return schedules.create(
            {
                "project_id": (project or cls.project).id,
                "date_start": date(2026, 3, 31),
                **values,
            }
        )

    def _work(self):
        """Let the job run once, as the server starts it."""
        with self.enter_registry_test_mode():
            self.cron.method_direct_trigger()
        self.env.invalidate_all()

    def _requests(self, project=None):
        return self.env["project.billing.request"].search(
            [("project_id", "=", (project or self.project).id)], order="id"
        )

    def _activities(self, record):
        kind = self.env.ref("project_invoice_tracker.mail_activity_type_automatic")
        return record.sudo().activity_ids.filtered(
            lambda activity: activity.activity_type_id == kind
        )

    def _states(self, schedule):
        turns = schedule.sudo().turn_ids.sorted("id")
        return [(turn.date, turn.state) for turn in turns]
