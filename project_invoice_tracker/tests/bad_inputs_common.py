"""What the tests of bad inputs share: the sentence, and nothing half-written."""

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import BillingCommon
from .security_common import our_tables

#: Numbers that these tests cannot hold, and why.
ELSEWHERE = {
    12: "two sessions: tests/test_concurrency.py",
    30: "needs Expenses: project_invoice_tracker_expense/tests/test_expense.py",
    31: "an expense belongs to a project by its analytic account, not to a customer",
    54: "portal pages and their tokens come with a later issue",
    57: "reminders to customers come with a later issue",
}


@tagged("post_install", "-at_install")
class BadInputsCommon(BillingCommon):
    """One test for each number of the list, named after it."""

    def _image(self):
        """Return our tables, the invoices and their messages, to compare later."""
        self.env.flush_all()
        names = our_tables(self.env)
        image = {}
        for name in (*names, "account.move", "account.move.line", "mail.mail"):
            self.env.cr.execute(
                SQL(
                    "SELECT count(*), coalesce(sum(hashtext(t::text)::bigint), 0)"
                    " FROM %s t",
                    SQL.identifier(self.env[name]._table),
                )
            )
            image[name] = self.env.cr.fetchone()
        return image

    @mute_logger("odoo.sql_db")
    def _refuse(self, sentence, step, error=UserError):
        """Assert that a step is refused with a sentence, and wrote nothing at all.

        :param str sentence: a regular expression for what the user reads
        """
        before = self._image()
        said = None
        try:
            with self.env.cr.savepoint():
                step()
                self.env.flush_all()
        except (error, IntegrityError) as refusal:
            said = self._say(refusal)
        self.assertIsNotNone(said, "nothing was refused")
        self.env.invalidate_all()
        self.assertRegex(said, sentence)
        for raw in ("Traceback", "psycopg2", "violates", "null value", "res_"):
            self.assertNotIn(raw, said)
        self.assertEqual(self._image(), before)
        return said

    def _say(self, error):
        """Return what the server tells of an error, as it does for every call."""
        if not isinstance(error, IntegrityError):
            return str(error)
        for model in self.env.registry.values():
            if error.diag.table_name == model._table:
                return self.env[model._name]._sql_error_to_message(error)
        return str(error)
