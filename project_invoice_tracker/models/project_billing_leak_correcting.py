"""Missed billing: corrections that find no work, and how they are resolved."""

from odoo import models
from odoo.tools import format_amount

from .project_billing_leak_fixing import ACCOUNTANT


class ProjectBillingLeak(models.Model):
    """An alert on corrections, resolved by crediting the work they take back."""

    _inherit = "project.billing.leak"

    def action_open(self):
        """Override to open the corrections that wait."""
        self.ensure_one()
        if self.code != "correction":
            return super().action_open()
        self._check_some()
        return self._open_corrections()

    def _fix_credit(self):
        """Open the invoice to credit for accounting; for a manager, ask accounting.

        Where nothing was invoiced, there is nothing to credit: the corrections are
        opened.
        """
        # sudo: the latest invoice of the rule; opening it needs the user's own right
        lines_sudo = self.env["project.billing.line"].sudo()
        line_sudo = lines_sudo.search(
            [
                ("rule_id", "=", self.rule_id.id),
                ("request_id.invoice_id.state", "=", "posted"),
            ],
            order="request_id desc",
            limit=1,
        )
        request_sudo = line_sudo.request_id
        if not request_sudo:
            return self._open_corrections()
        if self.env.user.has_group(ACCOUNTANT):
            return self._form(self.env["account.move"], request_sudo)
        request_sudo.with_env(self.env)._check_manager()
        words = self.env._(
            "%(who)s asks to credit %(amount)s of this invoice of %(project)s: so much "
            "was taken back after it was billed.",
            who=self.env.user.name,
            amount=format_amount(self.env, -self.amount, self.currency_id),
            project=self.project_id.name,
        )
        accountants = self._ask_accounting(request_sudo.invoice_id, words)
        return self._notice(
            self.env._("%s is asked to credit it.", accountants[0].name)
        )

    def _open_corrections(self):
        """Open the corrections that wait."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_item_action"
        )
        action["domain"] = [
            ("project_id", "=", self.project_id.id),
            ("quantity_open", "<", 0),
            ("ready", "=", True),
        ]
        action["context"] = {}
        return action
