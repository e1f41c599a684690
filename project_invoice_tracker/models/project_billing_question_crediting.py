"""Crediting the questioned part of a line: a draft note, which accounting posts."""

from odoo import models
from odoo.fields import Command
from odoo.tools import format_date

from ..billing.allocation import NotEnough, take_latest
from ..billing.rounding import exact
from ..engine import QUIET, engine_context
from ..exceptions import BillingError
from .project_billing_question import CREDIT_POLICIES


class ProjectBillingQuestion(models.Model):
    """Draft the credit note for the questioned part; accounting posts it."""

    _inherit = "project.billing.question"

    def action_credit(
        self, policy=None, text=None, quantity=None, item_ids=None, reason=None
    ):
        """Have the questioned part of the line credited, and tell the customer.

        Creates a draft credit note over exactly that quantity of that line, with its
        slices. Accounting posts it, which settles the question; until then the part
        stays disputed.

        :param str policy: what becomes of the work: ``bill_later`` or ``write_off``;
            without one the window that asks opens
        :param str text: what the customer reads; required
        :param float quantity: in the unit of the line; the questioned one by default
        :param list item_ids: ids of the work, instead of the latest of the line
        :param str reason: why it is written off, for the reports
        :returns: True, or the window
        :raises AccessError: when the user neither manages the project nor does
            accounting
        :raises BillingError: when the question is not open, the invoice is not
            posted, or the line does not bill that much
        """
        self._check_may_answer()
        if policy is None:
            return self._open_window("credit")
        text, reason = self._check_credit_words(policy, text, reason)
        self._check_open()
        self._check_still_billed()
        parts, quantity = self._credited_parts(quantity, item_ids)
        note = self._make_credit_note(parts, quantity)
        self._engine()._write_answer(
            text, {"credit_move_id": note.id, "policy": policy, "reason": reason}
        )
        self._tell_credit(note, text)
        return True

    def _tell_credit(self, note, text):
        """Tell the customer, accounting and the log that a credit note was made."""
        self._log_step(
            "question_credit",
            self.env._("A credit note is being made. %s", text),
            reason=text,
        )
        self._done_with_activities()
        note._billing_ask_to_post(
            self.env._(
                "%(who)s has the questioned part of %(invoice)s credited: please check "
                "and post it.",
                who=self.env.user.name,
                invoice=self.sudo().move_id.name,  # sudo: its number
            )
        )
        self._queue_answer()

    # === CHECKS ===

    def _check_credit_words(self, policy, text, reason):
        """Return the texts of a credit, or raise what is wrong with them."""
        if policy not in dict(CREDIT_POLICIES):
            raise BillingError(
                self.env._("Choose to write the work off or to bill it later.")
            )
        if reason is not None and not isinstance(reason, str):
            raise BillingError(self.env._("The reason is a plain text."))
        self._check_text(reason, self.env._("The reason"))
        reason = (reason or "").strip() or self.env._("Questioned by the client")
        return self._check_answer(text), reason

    def _check_still_billed(self):
        """Refuse to credit what is not posted any more, or is being credited."""
        # sudo: the state of the invoice, and of other credit notes of the line
        question_sudo = self.sudo()
        if question_sudo.move_id.state != "posted":
            raise BillingError(
                self.env._(
                    "The invoice is not posted any more. There is nothing to credit."
                )
            )
        drafts = question_sudo.env["account.move.line"].search(
            [
                ("billing_origin_line_id", "=", self.line_id.id),
                ("parent_state", "=", "draft"),
                ("move_id.move_type", "=", "out_refund"),
            ],
            limit=1,
        )
        if drafts:
            raise BillingError(
                self.env._(
                    "Accounting is crediting “%s” already, by a credit note that is "
                    "still a draft. Ask accounting to post or delete it first.",
                    (self.line_id.name or "").split("\n")[0],
                )
            )

    def _credited_parts(self, quantity, item_ids):
        """Return ``([(slice, quantity)], quantity in the unit of the line)``.

        :raises BillingError: when the line does not bill that much of that work
        """
        line = self.line_id
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(line, "billed").get(line.id, [])
        held = sum((part.quantity for part in slices), exact(0))
        whole = exact(line._reads(held))
        asked = self._check_credited_quantity(quantity, whole)
        if asked == whole and not item_ids:
            return [(part, part.quantity) for part in slices], whole
        if line.unit == "amount":
            raise BillingError(self.env._("This line can be credited as a whole only."))
        slices = self._picked(slices, item_ids)
        try:
            return take_latest(slices, line._to_give_back(slices, asked)), asked
        except NotEnough:
            raise BillingError(
                self.env._("The chosen work is less than the quantity to credit.")
            ) from None

    def _check_credited_quantity(self, quantity, whole):
        """Return how much is credited, as an exact number."""
        if quantity is None:
            # the line may have been credited in part since it was asked about
            quantity = min(exact(self.quantity), whole)
        try:
            asked = exact(quantity)
        except ValueError:
            asked = exact(0)
        if not 0 < asked <= whole:
            raise BillingError(
                self.env._(
                    "The quantity to credit is a number above 0, and %s at most: what "
                    "the line still bills.",
                    f"{whole.normalize():f}",
                )
            )
        return asked

    def _picked(self, slices, item_ids):
        """Return the slices of the chosen items; all, if none is chosen."""
        if not item_ids:
            return slices
        if not isinstance(item_ids, list | tuple) or not all(
            type(item_id) is int for item_id in item_ids
        ):
            raise BillingError(self.env._("Name the work by a list of its ids."))
        known = {part.item_id for part in slices}
        if set(item_ids) - known:
            raise BillingError(
                self.env._("Choose work that this line of the invoice bills.")
            )
        return [part for part in slices if part.item_id in item_ids]

    # === CREDIT NOTE ===

    def _make_credit_note(self, parts, quantity):
        """Return the draft credit note (elevated), as Odoo's own wizard makes it."""
        context = engine_context(lang=self.env.lang, tz=self.env.tz, **QUIET)
        # sudo: the manager may not credit; the question was checked. With a context
        # made from nothing, so that no key of the caller's reaches the credit note
        env = self.env(su=True, context=context)
        question = env[self._name].browse(self.id)
        move = question.move_id
        words = question.with_context(lang=move.partner_id.lang or self.env.lang)
        wizard = (
            env["account.move.reversal"]
            .with_company(move.company_id)
            .with_context(active_model="account.move", active_ids=move.ids)
            .create(
                {
                    "date": question.company_id._billing_today(),
                    "journal_id": move.journal_id.id,
                    "reason": words.env._(
                        "your question of %s", format_date(words.env, question.date)
                    ),
                }
            )
        )
        wizard.reverse_moves()
        note = wizard.new_move_ids
        note._billing_cut_to(question.line_id, parts, quantity)
        return note


class AccountMove(models.Model):
    """Credit notes over a part of one line."""

    _inherit = "account.move"

    def _billing_cut_to(self, line, parts, quantity):
        """Reduce a draft credit note to a quantity of one line (engine only).

        :param line: the billing line that is credited
        :param parts: ``[(slice, quantity)]``, what is given back
        :param quantity: the same as the customer reads it
        """
        self.ensure_one()
        target = self.invoice_line_ids.filtered(
            lambda credit: credit.billing_origin_line_id == line
        )
        (self.invoice_line_ids - target).unlink()
        target.write(
            {
                "quantity": float(quantity),
                "billing_item_ids": [
                    Command.set([part.item_id for part, _quantity in parts])
                ],
            }
        )
