"""Let the manager choose which work uses what is left of a cap."""

from odoo import models

from ..exceptions import BillingError


class ProjectBillingRequest(models.Model):
    """Drafts whose work the manager chooses, where a cap says so."""

    _inherit = "project.billing.request"

    def action_choose_work(self):
        """Open the window in which the manager chooses what is billed under a cap.

        :returns: the action of the window
        :raises BillingError: when nothing is over a cap that leaves the choice
        """
        self.ensure_one()
        self._check_editable()
        if not self.can_choose_work:
            raise BillingError(self.env._("%s has no work to choose from.", self.name))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Choose the Work to Bill"),
            "res_model": "project.billing.choose.work",
            "view_mode": "form",
            "target": "new",
            "context": {"default_request_id": self.id},
        }

    def _choosable_items(self):
        """Return items in this draft, or open, under caps that let one choose."""
        if not self:
            return self.env["project.billing.item"]
        self.ensure_one()
        # sudo: items of a project that the user manages
        project_sudo = self.project_id.sudo()
        rules = project_sudo.billing_rule_ids.filtered(
            lambda rule: "choose" in rule.cap_ids.mapped("policy")
        )
        Item = project_sudo.env["project.billing.item"]
        items = Item.search(
            [
                ("rule_id", "in", rules.ids),
                ("ready", "=", True),
                ("date", "<=", self.date_to),
                ("quantity_open", "!=", 0),
            ],
            order="date, id",
        )
        return items | self._chosen_items()

    def _chosen_items(self):
        """Return the items in this draft under caps that let one choose."""
        # sudo: the draft's own items
        slices_sudo = self.sudo().line_ids.allocation_ids.filtered(  # sudo: as above
            lambda slice_: slice_.state == "reserved" and slice_.action == "bill"
        )
        return slices_sudo.item_id.filtered(
            lambda item: "choose" in item.rule_id.cap_ids.mapped("policy")
        )

    def _choose_items(self, items):
        """Bill these items first, as far as the caps go, and give the others back.

        :raises BillingError: when an item is not among those to choose from
        """
        self._check_editable()
        choosable = self._choosable_items()
        if items - choosable:
            raise BillingError(
                self.env._("Some of the work cannot be chosen for %s.", self.name)
            )
        engine = self._engine()
        held = self._chosen_items()
        lines = engine.line_ids.filtered(
            lambda line: line.allocation_ids.item_id & held
        )
        lines._give_back("lowered")
        ready = self._read_open_items(engine.project_id, self.date_to)
        # what was taken back counts, whichever work is billed
        chosen = [
            item
            for item in ready
            if item.id in items.ids or item.open < 0 and item.id in choosable.ids
        ]
        lines.unlink()
        planned, _carried = self._plan(chosen, engine)
        if not planned:
            raise BillingError(self.env._("Choose at least one piece of work."))
        engine._add_planned_lines({self.project_id.id: planned})
        self._mark_edited()
