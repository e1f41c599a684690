"""The hash chain over the journal: PostgreSQL writes pages, which are sealed here."""

import hashlib
import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from .journal_chain_sql import (
    CHAIN_STATEMENTS,
    HASH_THE_REST,
    LAST_SEALED,
    SEAL,
    UNSEALED,
)

_logger = logging.getLogger(__name__)

#: So many pages are sealed by one statement.
BATCH = 1000


class ProjectBillingJournal(models.Model):
    """The journal, whose rows and their order can be proved by a chain of hashes."""

    _inherit = "project.billing.journal"

    @api.private
    def init(self):
        """Create the trigger that hashes whatever is added."""
        result = super().init()
        for statement in CHAIN_STATEMENTS:
            self.env.cr.execute(SQL(statement))
        return result

    @api.model
    def _cron_seal(self):
        """Seal the pages written since the last run (cron)."""
        self._seal()

    @api.model
    def _seal(self):
        """Seal the pages that are not sealed yet; only one session at a time does so.

        The number and hash of the last page are written to the server's log. Kept
        somewhere else, they prove that nothing before was changed.

        :returns: how many pages were sealed
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint(flush=False):
                count = self._seal_pages()
        except psycopg2.OperationalError:
            # another session has sealed them meanwhile
            return 0
        if count:
            number, seal = self._last_seal()
            _logger.info("Billing journal sealed up to page %s: %s", number, seal)
        return count

    def _seal_pages(self):
        """Seal page after page; see :meth:`_seal`."""
        cr = self.env.cr
        cr.execute(
            SQL("SELECT pg_try_advisory_xact_lock(hashtext(%s))", "billing_journal")
        )
        if not cr.fetchone()[0]:
            return 0
        cr.execute(SQL(HASH_THE_REST))
        number, seal = self._last_seal()
        count = 0
        while True:
            pages = self.env.execute_query(SQL(UNSEALED, limit=BATCH))
            if not pages:
                return count
            ids, numbers, seals = [], [], []
            for page_id, content in pages:
                number += 1
                seal = seal_of(seal, number, content)
                ids.append(page_id)
                numbers.append(number)
                seals.append(seal)
            cr.execute(SQL(SEAL, ids=ids, numbers=numbers, hashes=seals))
            count += len(pages)

    @api.model
    def _last_seal(self):
        """Return number and hash of the last sealed page."""
        rows = self.env.execute_query(SQL(LAST_SEALED))
        number, seal = rows[0] if rows else (0, "")
        return number or 0, seal or ""


def seal_of(before, number, content):
    """Return the hash of a page.

    >>> seal_of("", 1, "7 1 ab") == seal_of("", 1, "7 1 ab")
    True
    >>> seal_of("", 1, "7 1 ab") == seal_of("", 2, "7 1 ab")
    False

    :param str before: hash of the page before, empty for the first
    :param int number: number of the page
    :param str content: its lines
    """
    text = f"{before} {number}\n{content}"
    return hashlib.sha256(text.encode()).hexdigest()


class ProjectBillingHealth(models.Model):
    """Integrity checks, which store the end of the chain in another table."""

    _inherit = "project.billing.health"

    sealed_number = fields.Integer(
        string="Last Sealed Page",
        readonly=True,
        aggregator=None,
        help="Of the journal, when it was checked last. Note it with the hash, outside "
        "of this database: together they prove that nothing before was changed.",
    )
    sealed_hash = fields.Char(
        string="Hash of This Page", readonly=True, export_string_translation=False
    )

    def _run_checks(self, codes, companies):
        """Override to seal the journal before it is checked."""
        self.env["project.billing.journal"]._seal()
        super()._run_checks(codes, companies)
        if "journal_chain" not in codes:
            return
        # what is broken keeps what it was compared with
        chains = self.search(
            [
                ("code", "=", "journal_chain"),
                ("company_id", "in", companies.ids),
                ("count", "=", 0),
            ]
        )
        number, seal = self.env["project.billing.journal"]._last_seal()
        chains.filtered(lambda chain: not chain.error).write(
            {"sealed_number": number, "sealed_hash": seal}
        )
