"""Approvers, levels and the means to change what was submitted."""

from odoo import Command
from odoo.tools import SQL

from .common import BillingCommon


class ApprovalCommon(BillingCommon):
    """Three more approvers, and a request that is submitted in one line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first, cls.second, cls.third = (
            cls._create_user(f"{name}_approver", "group_billing_approver")
            for name in ("first", "second", "third")
        )
        cls.approvers = cls.approver | cls.first | cls.second | cls.third
        cls.boss = cls._create_user("boss_test", "group_billing_manager")

    @classmethod
    def _level(cls, *approvers, **values):
        """Create a level that some users may decide on."""
        count = cls.env["project.billing.level"].search_count([])
        return (
            cls.env["project.billing.level"]
            .with_user(cls.boss)
            .create(
                {
                    "name": f"Level {count + 1}",
                    "sequence": count + 1,
                    "company_id": cls.company.id,
                    "approver_ids": [Command.set([user.id for user in approvers])],
                    **values,
                }
            )
        )

    def _draft(self, hours=1, **values):
        self._log(hours, **values)
        return self._prepare()

    def _submitted(self, hours=1, **values):
        request = self._draft(hours, **values)
        request.action_submit()
        return request

    def _now(self, request):
        """Return who may decide, as another session would find it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return request.sudo()._approvers_now()

    def _as(self, user, request):
        return request.with_user(user)

    def _decisions(self, request):
        """Return the decisions of the log, oldest first."""
        return request.sudo().approval_ids.sorted("id").mapped("decision")

    def _sql(self, query, *arguments):
        self.env.flush_all()
        self.env.cr.execute(SQL(query, *arguments))
        self.env.invalidate_all()
