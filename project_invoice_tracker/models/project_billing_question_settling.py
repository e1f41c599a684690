"""Settle or reopen questions when accounting posts, resets or cancels documents."""

from odoo import models

from ..billing.rounding import exact


class AccountMove(models.Model):
    """Let questions follow their invoices and credit notes."""

    _inherit = "account.move"

    def _billing_follow_state(self, before):
        """Override to update the questions, after the ledger was updated."""
        result = super()._billing_follow_state(before)
        changed = self.filtered(lambda move: move.state != before[move.id])
        notes = changed.filtered(lambda move: move.move_type == "out_refund")
        gone = (changed - notes).filtered(lambda move: move.state == "cancel")
        questions = self.env["project.billing.question"]._engine()
        if notes:
            questions._follow_notes(notes)
        if gone:
            questions._settle_gone([("move_id", "in", gone.ids)])
        return result

    def _billing_follow_credit(self, old, new):
        """Override: update the write-off that belongs to a credit note."""
        questions = self.env["project.billing.question"]._engine()
        own = questions.search(
            [("credit_move_id", "=", self.id), ("policy", "=", "write_off")]
        )
        if old == "posted":
            own._follow_write_off(undo=True)
        result = super()._billing_follow_credit(old, new)
        if new == "posted":
            own._follow_write_off()
        elif own:
            # what this note gives up, another one of the same line may name still
            others = questions.search(
                [
                    ("line_id", "in", own.line_id.ids),
                    ("policy", "=", "write_off"),
                    ("state", "=", "settled"),
                ]
            )
            (others - own)._follow_write_off()
        return result

    def _billing_follow_reversal(self, old, new):
        """Override: update the write-off of a credit note that is itself reversed."""
        # sudo: ids of the credit notes that are reversed
        notes_sudo = self.sudo().line_ids.billing_reversed_line_id.move_id
        questions = self.env["project.billing.question"]._engine()
        own = questions.search(
            [
                ("credit_move_id", "in", notes_sudo.ids),
                ("policy", "=", "write_off"),
                ("state", "=", "settled"),
            ]
        )
        own._follow_write_off(undo=True)
        result = super()._billing_follow_reversal(old, new)
        own._follow_write_off()
        return result

    def unlink(self):
        """Override: update questions whose invoice or credit note is deleted."""
        tracked = self.filtered("billing_tracked")
        if tracked:
            questions = self.env["project.billing.question"]._engine()
            questions._settle_gone([("move_id", "in", tracked.ids)])
            questions.search([("credit_move_id", "in", tracked.ids)])._lose_credit()
        return super().unlink()


class ProjectBillingLine(models.Model):
    """Lines that accounting removes from their invoice."""

    _inherit = "project.billing.line"

    def _billing_remove_from_invoice(self):
        """Override: settle questions about a line that is not billed any more."""
        result = super()._billing_remove_from_invoice()
        questions = self.env["project.billing.question"]._engine()
        questions._settle_gone([("line_id", "in", self.ids)])
        return result


class ProjectBillingQuestion(models.Model):
    """State changes of a question that follow its documents (engine only)."""

    _inherit = "project.billing.question"

    def _settle_gone(self, domain):
        """Settle open questions whose invoice, or line on it, is gone."""
        questions = self.search([*domain, ("state", "=", "open")])
        questions._settle("invoice_gone")

    def _settle(self, outcome, note=None):
        if not self:
            return
        values = {"state": "settled", "outcome": outcome}
        if note:
            values["credit_move_id"] = note.id
        self.write(values)
        labels = dict(self._fields["outcome"]._description_selection(self.env))
        self._log_step("question_settled", self.env._("Settled: %s", labels[outcome]))
        self._done_with_activities()

    # === CREDIT NOTES ===

    def _follow_notes(self, notes):
        """Follow credit notes that were posted, reset or cancelled."""
        lines = notes.sudo().line_ids.billing_origin_line_id  # sudo: ids of lines
        questions = self.search(
            [
                "|",
                ("credit_move_id", "in", notes.ids),
                "&",
                ("state", "=", "open"),
                ("line_id", "in", lines.ids),
            ]
        )
        for question in questions:
            own = question.credit_move_id & notes.with_env(self.env)
            if own.state == "posted" and question._released_by(own):
                question.filtered(lambda q: q.state == "open")._settle("credited")
            elif own and own.state == "draft":
                question._reopen()
            elif own:
                question._lose_credit()
            if question.state == "open":
                question._settle_by_others(notes)

    def _settle_by_others(self, notes):
        """Settle an open question when accounting credited its part on its own."""
        self.ensure_one()
        for note in notes.filtered(lambda note: note.state == "posted"):
            released = sum(self._released_by(note, work=False).values(), exact(0))
            left = self.line_id._billed_quantities()[self.line_id]
            credited = self.line_id._reads(released)
            if released and (not left or credited >= exact(self.quantity)):
                self._settle("credited", note)
                return

    def _released_by(self, note, work=True):
        """Return ``{item id: quantity}`` that a credit note gave back of the line.

        :param work: without the surplus of increments, which nobody worked
        """
        self.ensure_one()
        # sudo: the ledger of the line, whose fields are for accounting
        slices_sudo = self.env["project.billing.allocation"].sudo()
        groups = slices_sudo._read_group(
            [
                ("line_id", "=", self.line_id.id),
                ("credit_line_id.move_id", "=", note.id),
                ("action", "=", "bill"),
                ("release_cause", "=", "credited"),
                ("reverted", "=", False),
            ],
            ["item_id"],
            ["quantity:sum", "quantity_surplus:sum"],
        )
        return {
            item.id: exact(quantity) - exact(surplus or 0 if work else 0)
            for item, quantity, surplus in groups
        }

    def _reopen(self):
        """Open questions again whose credit note was reset or cancelled."""
        for question in self.filtered(lambda q: q.state == "settled"):
            if self.search_count(
                [("line_id", "=", question.line_id.id), ("state", "=", "open")]
            ):
                # the customer asked about the line again meanwhile
                question.outcome = "asked_anew"
                continue
            question.write({"state": "open", "outcome": False})
            question._log_step(
                "question_reopened", self.env._("Open again: it is not credited.")
            )

    def _lose_credit(self):
        """Open questions again whose credit note was deleted."""
        self._reopen()
        self.write({"credit_move_id": False, "policy": False, "reason": False})
        for question in self.filtered(lambda q: q.state == "open"):
            question._remind_manager()

    # === WRITE-OFF ===

    def _follow_write_off(self, undo=False):
        """Write off what the posted credit notes of these questions gave back.

        Not more than they gave back: what was written off for them before is
        subtracted.

        :param bool undo: the credit notes are not posted any more
        """
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        for question in self:
            line = question.line_id
            done = {
                int(item_id): exact(float(quantity))
                for item_id, quantity in (question.written_off or {}).items()
            }
            wanted = {} if undo else question._released_by(question.credit_move_id)
            more, less = [], {}
            for item_id in {*wanted, *done}:
                before = done.get(item_id, exact(0))
                change = wanted.get(item_id, exact(0)) - before
                if abs(before + change) > abs(before):
                    more.append((item_id, line, change))
                elif change:
                    less[item_id] = -change
            ledger._write_off_billed(more, question.reason)
            ledger._undo_write_off(line, less)
            question.written_off = {
                str(item_id): str(quantity) for item_id, quantity in wanted.items()
            }


class ProjectBillingLedger(models.AbstractModel):
    """Write off what a credit note gave back, and undo such a write-off."""

    _inherit = "project.billing.ledger"

    def _write_off_billed(self, slices, reason):
        """Write ``[(item id, line, quantity)]`` off on lines of posted invoices."""
        self._add(
            [
                (
                    item_id,
                    line.id,
                    line.request_id.id,
                    quantity,
                    "write_off",
                    "billed",
                    reason,
                )
                for item_id, line, quantity in slices
            ]
        )

    def _undo_write_off(self, line, quantities):
        """Give back ``{item id: quantity}`` of what is written off on a line."""
        if not quantities:
            return
        slices = self._slices(line, action="write_off").get(line.id, [])
        self._release_parts(
            [
                (part, quantities[part.item_id])
                for part in slices
                if part.item_id in quantities
            ],
            "credit_undone",
        )
