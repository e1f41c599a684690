"""The journal on screens: words instead of ids and keys."""

from odoo import api, fields, models
from odoo.exceptions import AccessError

from ..const import RELEASE_CAUSES
from ..exceptions import BillingError


class ProjectBillingJournal(models.Model):
    """A row of the journal, as people read it."""

    _inherit = "project.billing.journal"

    hours = fields.Float(compute="_compute_hours", help="Of time; what changed.")
    pieces = fields.Float(compute="_compute_hours", help="Of everything but time.")
    about = fields.Char(
        compute="_compute_about", help="The work that it is about, if it still exists."
    )
    why = fields.Char(compute="_compute_why")
    movement = fields.Char(
        compute="_compute_movement", help="Where the work was, and where it is now."
    )

    @api.depends("quantity", "unit")
    def _compute_hours(self):
        for row in self:
            is_time = row.unit == "minute"
            row.hours = row.quantity / 60 if is_time else 0.0
            row.pieces = 0.0 if is_time else row.quantity

    @api.depends("item_id")
    def _compute_about(self):
        # sudo: names of work whose history the user may read
        items_sudo = self.env["project.billing.item"].sudo()
        items_sudo = items_sudo.browse({row.item_id for row in self} - {0}).exists()
        names = {item.id: item._title() for item in items_sudo}
        for row in self:
            row.about = names.get(row.item_id, False)

    @api.depends("reason")
    def _compute_why(self):
        causes = self.env["project.billing.allocation"]._fields["release_cause"]
        labels = dict(causes._description_selection(self.env))
        known = dict(RELEASE_CAUSES)
        for row in self:
            row.why = labels[row.reason] if row.reason in known else row.reason

    @api.depends("before", "after")
    def _compute_movement(self):
        places = {
            "open": self.env._("To bill"),
            "reserved": self.env._("Reserved"),
            "billed": self.env._("Billed"),
            "written_off": self.env._("Written off"),
        }
        for row in self:
            before, after = (
                places.get((state or {}).get("place"))
                for state in (row.before, row.after)
            )
            row.movement = before and after and f"{before} → {after}"

    def _compute_display_name(self):
        labels = dict(self._fields["action"]._description_selection(self.env))
        for row in self._named():
            parts = (labels.get(row.action, row.action), row.document)
            row.display_name = " ".join(part for part in parts if part)

    def action_open_document(self):
        """Open the request that this row is about, or its item."""
        self.ensure_one()
        self.check_access("read")
        for model, res_id in (
            ("project.billing.request", self.request_id),
            ("project.billing.item", self.item_id),
        ):
            record = self.env[model].browse(res_id).exists() if res_id else None
            if record and record.has_access("read"):
                return {
                    "type": "ir.actions.act_window",
                    "res_model": model,
                    "res_id": record.id,
                    "views": [(False, "form")],
                }
        raise BillingError(self.env._("What this row is about is no longer there."))

    @api.model
    def _history(self, field, records):
        """Return the action that shows the history of some records.

        :param str field: the journal's column with their ids
        :raises AccessError: when the user may not read them
        """
        if not records:
            raise BillingError(self.env._("Choose at least one record."))
        records.check_access("read")
        if not self.has_access("read"):
            raise AccessError(self.env._("You may not read the billing journal."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "project_invoice_tracker.project_billing_journal_action"
        )
        action["domain"] = [(field, "in", records.ids)]
        action["context"] = {}
        return action


class ProjectBillingRequest(models.Model):
    """A request with a button that shows its history."""

    _inherit = "project.billing.request"

    def action_open_history(self):
        """Open everything that happened to these requests and their work."""
        return self.env["project.billing.journal"]._history("request_id", self)


class ProjectBillingItem(models.Model):
    """An item with a button that shows its history."""

    _inherit = "project.billing.item"

    def action_open_history(self):
        """Open everything that happened to these items."""
        return self.env["project.billing.journal"]._history("item_id", self)


class AccountMove(models.Model):
    """An invoice with a button that shows the history of its work."""

    _inherit = "account.move"

    def action_billing_history(self):
        """Open everything that happened to the work on these invoices.

        Also what happened before the invoice existed, by way of its requests.
        """
        journal = self.env["project.billing.journal"]
        action = journal._history("invoice_id", self)
        # sudo: ids of the requests of invoices that the user may read
        requests_sudo = self._billing_requests_behind()
        action["domain"] = [
            "|",
            *action["domain"],
            ("request_id", "in", requests_sudo.ids),
        ]
        return action
