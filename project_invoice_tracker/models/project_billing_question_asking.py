"""Asking about a line: methods for the portal, which checked who asks before."""

from psycopg2.errors import UniqueViolation

from odoo import models

from ..billing.rounding import exact
from ..exceptions import BillingError

#: Maximum number of characters of a question, and of the name of a link's holder.
LONGEST_QUESTION = 2000
LONGEST_NAME = 100
#: Open questions about one invoice; and all that are asked about it in a day.
MOST_OPEN = 20
MOST_A_DAY = 40


class AccountMove(models.Model):
    """Questions of a customer; callers checked that it is the customer's invoice."""

    _inherit = "account.move"

    def _billing_questionable_lines(self):
        """Return the lines that a customer may ask about (elevated).

        These are lines made from billing requests, with an amount, of posted invoices,
        as long as not all of the line is credited.
        """
        self.ensure_one()
        # sudo: the client reads nothing of ours; the caller checked the invoice
        move_sudo = self.sudo()
        if move_sudo.state != "posted" or move_sudo.move_type != "out_invoice":
            return move_sudo.env["account.move.line"]
        lines = move_sudo.invoice_line_ids.filtered(
            lambda line: line.billing_line_id and line.price_total > 0
        )
        held = lines.billing_line_id._billed_quantities()
        return lines.filtered(lambda line: held.get(line.billing_line_id, 0) > 0)

    def _billing_ask(self, line_id, text, quantity=None, name=None, partner=None):
        """Ask about one line of this invoice, in the customer's name.

        :param int line_id: id of the invoice's line
        :param str text: the question, plain text
        :param float quantity: how much of the line is in question, in its unit; all
            that it bills, without one
        :param str name: who asks, as typed by whoever has the link of the invoice
        :param partner: the contact who asks, logged in; has a name of its own
        :returns: the question (elevated)
        :raises BillingError: saying what is wrong with what was sent
        """
        self.ensure_one()
        lines = self._billing_questionable_lines()
        line = lines.filtered(lambda line: line.id == line_id)
        if not line:
            raise BillingError(self.env._("Choose the line that you ask about."))
        check = self._billing_check_words
        text = check(text, self.env._("Your question"), LONGEST_QUESTION)
        if partner:
            name = partner.name or partner.display_name
        else:
            # one line: it stands in the subject of a mail
            name = " ".join(check(name, self.env._("Your name"), LONGEST_NAME).split())
        quantity = line._billing_check_questioned(quantity)
        self._billing_check_not_too_many()
        values = {
            "line_id": line.billing_line_id.id,
            "move_id": self.id,
            "move_line_id": line.id,
            "partner_id": (partner or line.move_id.partner_id).id,
            "name": name,
            "by_link": not partner,
            "quantity": float(quantity),
            "amount": line._billing_amount_of(quantity),
            "text": text,
        }
        question = self._billing_keep_question(values)
        question._asked(partner or line.move_id.partner_id)
        return question

    def _billing_keep_question(self, values):
        """Return the new question; PostgreSQL lets only one of two tabs create it."""
        questions = self.env["project.billing.question"]._engine()
        sentence = self.env._(
            "There is an open question about this line already. Withdraw it to ask "
            "another one."
        )
        domain = [("line_id", "=", values["line_id"]), ("state", "=", "open")]
        if questions.search_count(domain):
            raise BillingError(sentence)
        try:
            with self.env.cr.savepoint():
                question = questions.create(values)
                self.env.flush_all()
        except UniqueViolation:
            raise BillingError(sentence) from None
        return question

    def _billing_check_words(self, text, label, longest):
        """Return a text that a customer typed, or raise what is wrong with it."""
        if not isinstance(text, str) or not text.strip():
            raise BillingError(self.env._("%s is missing.", label))
        self.env["project.billing.input"]._check_text(text, label)
        if len(text.strip()) > longest:
            raise BillingError(
                self.env._(
                    "%(label)s: %(longest)s characters at most.",
                    label=label,
                    longest=longest,
                )
            )
        return text.strip()

    def _billing_check_not_too_many(self):
        """Refuse more open questions, or questions a day, than the limits allow."""
        # sudo: the number of questions about the own invoice
        questions_sudo = self.env["project.billing.question"].sudo()
        domain = [("move_id", "=", self.id)]
        waiting = questions_sudo.search_count([*domain, ("state", "=", "open")])
        asked = questions_sudo.search_count([*domain, ("date", ">=", "today")])
        if waiting >= MOST_OPEN or asked >= MOST_A_DAY:
            raise BillingError(
                self.env._(
                    "You have asked %s questions about this invoice. Please wait for "
                    "our answers, or write to us.",
                    max(waiting, asked),
                )
            )


class AccountMoveLine(models.Model):
    """Quantity and amount of a question about an invoice line (elevated lines)."""

    _inherit = "account.move.line"

    def _billing_check_questioned(self, quantity):
        """Return how much of this line is in question, as an exact number."""
        self.ensure_one()
        billing = self.billing_line_id
        held = billing._billed_quantities()[billing]
        if quantity is None:
            return held
        try:
            asked = exact(quantity, 2 if billing.unit == "minute" else 6)
        except ValueError:
            asked = exact(0)
        if not 0 < asked <= held:
            raise BillingError(
                self.env._(
                    "The quantity in question is a number above 0, and %s at most.",
                    f"{held.normalize():f}",
                )
            )
        return asked

    def _billing_amount_of(self, quantity):
        """Return the amount of a quantity of this line, by Odoo's own tax engine."""
        self.ensure_one()
        if exact(quantity) == exact(self.quantity):
            return self.price_total
        AccountTax = self.env["account.tax"]
        base_line = AccountTax._prepare_base_line_for_taxes_computation(
            self, quantity=float(quantity), rate=1.0
        )
        AccountTax._add_tax_details_in_base_line(base_line, self.company_id)
        AccountTax._round_base_lines_tax_details([base_line], self.company_id)
        return base_line["tax_details"]["total_included_currency"]


class ProjectBillingLine(models.Model):
    """Quantities that a line bills, as the customer reads them."""

    _inherit = "project.billing.line"

    def _billed_quantities(self):
        """Return ``{line: quantity}`` of what posted lines still bill, not credited.

        In the unit of each line, as an exact number. (elevated)
        """
        # sudo: the ledger of lines that the caller checked
        ledger = self.env["project.billing.ledger"]._engine_ledger()
        slices = ledger._slices(self, "billed")
        result = {}
        for line in self:
            held = sum((part.quantity for part in slices.get(line.id, [])), exact(0))
            result[line] = exact(line._reads(held))
        return result


class ProjectBillingQuestion(models.Model):
    """Creating a question, and withdrawing it by whoever asked."""

    _inherit = "project.billing.question"

    def _asked(self, author):
        """Note a new question, and tell the manager by activity and mail (elevated)."""
        self.ensure_one()
        # in the words of who reads it, not of the customer
        words = self.with_context(lang=self._manager().lang or self.env.lang)
        words._log_step(
            "questioned",
            words.env._("%(who)s asks: %(text)s", who=self.name, text=self.text),
            reason=self.text,
            author=author,
        )
        # in silence nobody accepts what they ask about; the manager may ask anew
        items = self.line_id.allocation_ids.item_id
        items.milestone_id._billing_stop_deadline()
        self._remind_manager()
        self._queue_question()

    def _manager(self):
        """Return who answers: the project's manager of today, or who billed it."""
        self.ensure_one()
        # sudo: a person, of a question that the caller has at hand
        question_sudo = self.sudo()
        manager = question_sudo.project_id.user_id
        if not manager.active:
            manager = question_sudo.request_id.user_id
        return manager

    def _withdraw(self, partner=None):
        """Withdraw questions, for the customer; callers checked whose they are.

        :param partner: the contact who does it, if logged in
        :raises BillingError: when it is not open, or a credit note is being made
        """
        self._check_open()
        self._engine().write({"state": "withdrawn"})
        for question in self:
            words = question.with_context(lang=question._manager().lang)
            words._log_step(
                "question_withdrawn",
                words.env._("Withdrawn by the client"),
                author=partner or question.partner_id,
            )
        self._done_with_activities()
