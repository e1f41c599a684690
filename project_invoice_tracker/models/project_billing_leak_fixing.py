"""Missed billing: the buttons that resolve an alert, or assign it to a colleague."""

from odoo import fields, models
from odoo.exceptions import AccessError
from odoo.tools import plaintext2html

from ..exceptions import BillingError

ACTIVITY = "project_invoice_tracker.mail_activity_type_leak"
ACCOUNTANT = "account.group_account_invoice"


class ProjectBillingLeak(models.Model):
    """An alert with the actions that resolve it."""

    _inherit = "project.billing.leak"

    # === ACTIONS ===

    def action_fix(self):
        """Resolve this alert, or open the place where it is resolved.

        It needs the same rights as without the alert.

        :returns: an action, or True
        :raises AccessError: when the user may not do that in the project
        :raises BillingError: when it was resolved meanwhile, or cannot be
        """
        self.ensure_one()
        self._check_some()
        return getattr(self, f"_fix_{self.fix}")()

    def action_assign(self):
        """Open the window that assigns these alerts to somebody."""
        self._check_some()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign"),
            "res_model": "project.billing.leak.assign",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_leak_ids": self.ids,
                "default_user_id": self.owner_id.id if len(self.owner_id) == 1 else 0,
            },
        }

    def action_open(self):
        """Open what this alert is about: the request, the items, the rules."""
        self.ensure_one()
        self._check_some()
        if self.request_id:
            return self._fix_request()
        if self.code in ("work", "no_rate", "zero_price", "customer"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "project_invoice_tracker.project_billing_item_action"
            )
            action["domain"] = [
                ("rule_id", "=", self.rule_id.id),
                ("quantity_open", "!=", 0),
                ("ready", "=", self.code != "customer"),
            ]
            action["context"] = {}
            if self.code == "customer":
                action["domain"].append(("task_id", "=", self.id // 32))
            return action
        if self.milestone_id:
            return self._fix_milestones()
        if self.code == "outside":
            return self._open_entries()
        return self._fix_rules()

    def assign(self, user_id, deadline=None, note=""):
        """Assign these alerts to somebody, with one activity each, once per person.

        :param int user_id: the person, who must be able to see all of them
        :param deadline: by when, today by default
        :param str note: what to say about it
        :returns: True
        :raises BillingError: when that person cannot see one of them
        """
        self._check_some()
        texts = self.env["project.billing.input"]
        texts._check_text(note, self.env._("Note"))
        user = self._check_assignee(user_id)
        try:
            day = fields.Date.to_date(deadline) or self.env.company._billing_today()
        except (TypeError, ValueError):
            raise BillingError(self.env._("The deadline is a day.")) from None
        for leak in self:
            leak._assign(user, day, note)
        self.env.invalidate_all()
        return True

    # === ASSIGNING ===

    def _check_assignee(self, user_id):
        """Return the user, if that person sees these leaks as well."""
        users = self.env["res.users"]
        # sudo: looked at as a name and by its rights; only a sentence leaves
        user = users.sudo().browse(user_id if isinstance(user_id, int) else 0).exists()
        allowed = user.active and not user.share
        for company, leaks in self.grouped("company_id").items():
            if not allowed or company not in user.company_ids:
                allowed = False
                break
            theirs = leaks.with_user(user).with_context(allowed_company_ids=company.ids)
            allowed = theirs.has_access("read")
        if not allowed:
            raise BillingError(
                self.env._(
                    "%s does not see this project's billing. Choose its manager or "
                    "a deputy, or somebody who approves, posts or configures.",
                    user.name or self.env._("That person"),
                )
            )
        return users.browse(user.id)

    def _assign(self, user, day, note):
        """Create an activity for this alert, unless the person has one already."""
        self.ensure_one()
        # sudo: a note for a colleague, on a document that both may read
        record_sudo = (self.request_id or self.project_id).sudo()
        mine = record_sudo.activity_ids.filtered(
            lambda activity: activity.billing_leak == str(self.id)
        )
        same = mine.filtered(lambda activity: activity.user_id == user)
        (mine - same).unlink()
        if same:
            return
        record_sudo.with_context(mail_activity_quick_update=True).activity_schedule(
            ACTIVITY,
            date_deadline=day,
            user_id=user.id,
            summary=self.name,
            # a note is HTML; what was typed is not
            note=plaintext2html(note or self.advice or ""),
            billing_leak=str(self.id),
        )

    # === FIXES ===

    def _fix_bill(self):
        return self.project_id.action_bill()

    def _fix_sign_off(self):
        return self.milestone_id.action_billing_sign_off()

    def _fix_rule(self):
        """Open the rule that lacks a price."""
        return self._form(self.rule_id)

    def _fix_rules(self):
        return self.project_id.action_billing_open_rules()

    def _fix_tasks(self):
        """Open the tasks whose time is held back, to set their customer."""
        # no elevation: whoever sees the items of the project
        items = self.env["project.billing.item"].search(
            [
                ("project_id", "=", self.project_id.id),
                ("held_back", "=", True),
                ("quantity_open", "!=", 0),
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tasks of Other Customers"),
            "res_model": "project.task",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", items.task_id.ids)],
        }

    def _fix_milestones(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_milestone_action_billing"
        )
        action["domain"] = [("project_id", "=", self.project_id.id)]
        action["context"] = {"default_project_id": self.project_id.id}
        return action

    def _fix_request(self):
        return self._form(self.request_id)

    def _fix_remind(self):
        """Send the approvers of this request one more reminder; at most once a day."""
        request = self.request_id
        request._check_manager()
        mark = request.company_id._billing_today().isoformat()
        rows = [
            request._reminding_row("reminder", user, mark)
            for user in request._asked_now()[request]
        ]
        if not rows:
            raise BillingError(request._no_approver_message())
        told = self.env["project.billing.outbox"]._queue(rows)
        if not told:
            raise BillingError(
                self.env._(
                    "The approvers of %s were reminded today already.", request.name
                )
            )
        return self._notice(self.env._("%s approvers get a reminder.", len(told)))

    def _fix_invoice(self):
        self.request_id.action_create_invoice()
        return self._form(self.request_id)

    def _fix_post(self):
        """Open the draft for accounting; for a manager, ask accounting to post it."""
        if self.env.user.has_group(ACCOUNTANT):
            # sudo: the id of the invoice; opening it needs the user's own right
            return self._form(self.env["account.move"], self.request_id.sudo())
        self.request_id._check_manager()
        move_sudo = self.request_id.sudo().invoice_id  # sudo: a note on the own invoice
        words = self.env._(
            "%(who)s asks to post this invoice of %(project)s.",
            who=self.env.user.name,
            project=self.project_id.name,
        )
        accountants = self._ask_accounting(move_sudo, words)
        return self._notice(self.env._("%s is asked to post it.", accountants[0].name))

    def _ask_accounting(self, move_sudo, words):
        """Create one activity for accounting on an invoice; return who is asked."""
        accountants = move_sudo.company_id._billing_accountants()
        if not accountants:
            raise BillingError(
                self.env._(
                    "Nobody posts invoices in %s. Ask an administrator.",
                    move_sudo.company_id.name,
                )
            )
        if words in move_sudo.activity_ids.mapped("summary"):
            raise BillingError(self.env._("Accounting has been asked already."))
        move_sudo._billing_ask_to_post(words)
        return accountants

    def _fix_send(self):
        return self.request_id.action_send()

    # === WINDOWS ===

    def _form(self, record, request_sudo=None):
        """Return the action that opens one record."""
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": request_sudo.invoice_id.id if request_sudo else record.id,
            "views": [(False, "form")],
        }

    def _open_entries(self):
        """Open the time that no rule bills, as far as the user may read time."""
        entries = self.env["account.analytic.line"]
        if not entries.has_access("read"):
            raise AccessError(self.env._("You may not read time entries."))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Time outside any rule"),
            "res_model": entries._name,
            "views": [(False, "list"), (False, "form")],
            "domain": [
                ("project_id", "=", self.project_id.id),
                ("date", ">=", self.date),
                ("billing_state", "=", False),
            ],
        }

    def _notice(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
