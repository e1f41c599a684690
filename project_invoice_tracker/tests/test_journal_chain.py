"""The chain over the journal: pages, seals, and a dump verified without Odoo."""

import io
import sys
import tempfile
import zipfile
from contextlib import redirect_stderr, redirect_stdout
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models.journal_chain_sql import AT_ONCE, PAGES
from .health_common import HealthCommon

JOURNAL = "project_billing_journal"
TOOL = Path(__file__).parents[1] / "tools" / "verify_journal.py"
#: Texts that a row or a dump writes in some way of their own.
TEXTS = (
    "",
    " ",
    "\\N",
    "a\tb\nc\r\\d",
    'say "yes", (no)',
    "Ünïcode – 日本",
    "a,b",
    "\x0b\x0c",
    "{}",
)


def load_tool():
    """Return the program as a module; it is no part of the add-on's package."""
    spec = spec_from_file_location("verify_journal", TOOL)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestJournalChain(HealthCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tool = load_tool()
        cls.journal = cls.env["project.billing.journal"]

    def _tell(self, *texts):
        """Add rows to the journal by one statement."""
        return self.journal._record(
            "switch_changed",
            [
                {
                    "company_id": self.company.id,
                    "document": text,
                    "reason": text,
                    "amount": 12.5,
                    "before": {"text": text, "number": 1.50},
                    "after": [text, None, True],
                }
                for text in texts
            ],
        )

    def _tell_many(self):
        """Add more rows than get their hash at once, as the ledger does."""
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO project_billing_journal (date, user_id, action,"
                " company_id, reason) SELECT now(), 1, 'changed', %s, number::text"
                " FROM generate_series(0, %s) AS number RETURNING id",
                self.company.id,
                AT_ONCE,
            )
        )
        return [row_id for (row_id,) in rows]

    def _pages(self):
        self.env.flush_all()
        return self.env.execute_query(
            SQL("SELECT number, content FROM %s ORDER BY id", SQL.identifier(PAGES))
        )

    def _dump(self):
        """Return the two tables as ``pg_dump`` writes them."""
        self.env.flush_all()
        found = io.StringIO()
        for table in (JOURNAL, PAGES):
            data = io.StringIO()
            self.env.cr.execute(
                "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum)"
                " FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
                " AND NOT attisdropped",
                (table,),
            )
            [columns] = self.env.cr.fetchone()
            statement = f"COPY {table} ({columns}) TO STDOUT"
            self.env.cr._obj.copy_expert(statement, data)
            found.write(f"COPY public.{table} ({columns}) FROM stdin;\n")
            found.write(data.getvalue() + "\\.\n\n")
        return found.getvalue()

    def _problems(self, note=None):
        lines = io.StringIO(self._dump(), newline="\n")
        return self.tool.Journal(lines).problems(note)

    def _break(self, statement, *values):
        """Change what PostgreSQL keeps, with its guards off."""
        self.env.flush_all()
        for table in (JOURNAL, PAGES):
            self.env.cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        self.env.cr.execute(SQL(statement, *values))
        for table in (JOURNAL, PAGES):
            self.env.cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        self.env.invalidate_all()

    # === PAGES AND SEALS ===

    def test_each_statement_leaves_a_page(self):
        """A page has a line for each row, with its company and its hash."""
        before = len(self._pages())
        rows = self._tell("One", "Two")
        number, content = self._pages()[-1]
        self.assertEqual(len(self._pages()), before + 1)
        self.assertIsNone(number)
        lines = [line.split(" ") for line in content.split("\n")]
        self.assertEqual([int(line[0]) for line in lines], sorted(rows.ids))
        self.assertEqual({int(line[1]) for line in lines}, {self.company.id})
        self.assertEqual({len(line[2]) for line in lines}, {32})

    def test_many_rows_get_their_hash_when_they_are_sealed(self):
        """The ledger writes thousands of rows at once, and waits for no hash."""
        self.journal._seal()
        self._tell_many()
        number, content = self._pages()[-1]
        self.assertTrue(all(line.endswith(" ") for line in content.split("\n")))
        self.assertFalse(self._problems())
        self.assertEqual(self.journal._seal(), 1)
        number, content = self._pages()[-1]
        self.assertTrue(number)
        self.assertEqual(
            {len(line.split(" ")[2]) for line in content.split("\n")}, {32}
        )
        self.assertFalse(self._problems())

    def test_one_of_many_that_goes_before_the_seal(self):
        """That a row was there is noted at once."""
        gone = self._tell_many()[7]
        self._break("DELETE FROM project_billing_journal WHERE id = %s", gone)
        self.assertEqual(self._check(), {"journal_rows": 1})
        self.assertEqual(self._problems(), [f"Row {gone} is missing."])

    def test_sealing_again_changes_nothing(self):
        """Each page is sealed once, one after the other."""
        self._tell("One")
        self._tell("Two")
        self.assertGreaterEqual(self.journal._seal(), 2)
        pages = self._pages()
        self.assertEqual(self.journal._seal(), 0)
        self.assertEqual(self._pages(), pages)
        numbers = sorted(number for number, _content in pages)
        self.assertEqual(numbers, list(range(1, len(pages) + 1)))

    @mute_logger("odoo.sql_db")
    def test_pages_are_kept(self):
        """I26: whoever asks, a page is neither changed nor removed."""
        self._tell("One")
        self.journal._seal()
        for statement in (
            f"UPDATE {PAGES} SET content = 'x'",
            f"UPDATE {PAGES} SET number = number + 1000",
            f"UPDATE {PAGES} SET hash = NULL",
            f"DELETE FROM {PAGES}",
            f"TRUNCATE {PAGES}",
        ):
            with (
                self.subTest(statement=statement),
                self.assertRaisesRegex(IntegrityError, "only ever added to"),
                self.env.cr.savepoint(),
            ):
                self.env.cr.execute(statement)

    def test_health_notes_the_end(self):
        """What was sealed last is noted with the check, for people to keep."""
        self._tell("One")
        self.assertEqual(self._check(), {})
        result = self._result("journal_chain")
        number, seal = self.journal._last_seal()
        self.assertEqual((result.sealed_number, result.sealed_hash), (number, seal))
        self._break(f"DELETE FROM {PAGES} WHERE number = %s", number)
        self._break(
            "DELETE FROM project_billing_journal WHERE id = (SELECT max(id)"
            " FROM project_billing_journal)"
        )
        # gone with its page, the row is missed all the same
        self.assertEqual(self._check(), {"journal_chain": 1})
        self.assertEqual(self._check(), {"journal_chain": 1}, "and so every day")

    # === WITHOUT ODOO ===

    def test_dump_is_verified(self):
        """Whatever is in the texts, the program reads it as PostgreSQL wrote it."""
        self._approve(self._prepare())
        self._tell(*TEXTS)
        self.assertEqual(self._problems(), [])
        self.journal._seal()
        self.assertEqual(self._problems(), [])
        self.assertEqual(self._check(), {})

    def test_altered_row_is_named(self):
        """A row that was changed, one that is gone, and one that was put in."""
        changed, gone = self._tell("One", "Two")
        self.journal._seal()
        self._break(
            "UPDATE project_billing_journal SET amount = 1 WHERE id = %s", changed.id
        )
        self._break("DELETE FROM project_billing_journal WHERE id = %s", gone.id)
        self._break(
            "INSERT INTO project_billing_journal (date, user_id, action, company_id)"
            " VALUES (now(), 1, 'approved', %s)",
            self.company.id,
        )
        self.env.cr.execute("SELECT max(id) FROM project_billing_journal")
        [put] = self.env.cr.fetchone()
        self.assertEqual(
            self._problems(),
            [
                f"Row {changed.id} (switch_changed) was changed.",
                f"Row {gone.id} is missing.",
                f"Row {put} (approved) is on no page.",
            ],
        )

    def test_chain_that_was_written_anew(self):
        """Pages that fit each other again are not what somebody noted."""
        self._tell("One")
        self._tell("Two")
        self.journal._seal()
        number, seal = self.journal._last_seal()
        note = f"{number}:{seal[:12]}"
        self.assertEqual(self._problems(note), [])
        self._break(f"UPDATE {PAGES} SET content = content || ' ' WHERE number = 1")
        self.assertIn("Page 1 does not follow the one before.", self._problems())
        self._break(f"DELETE FROM {PAGES} WHERE number = 1")
        self.assertIn("Pages 1 to 1 are missing.", self._problems())
        self._break(f"UPDATE {PAGES} SET number = NULL, hash = NULL")
        self.journal._seal()
        self.assertIn(
            f"Page {number} is not what was noted ({seal[:12]}).", self._problems(note)
        )

    def test_program(self):
        """It reads dumps and backups, says how it is, and tells by its status."""
        self._tell("One")
        self.journal._seal()
        with tempfile.TemporaryDirectory() as folder:
            plain, backup = Path(folder, "dump.sql"), Path(folder, "backup.zip")
            plain.write_text(self._dump(), encoding="utf-8", newline="\n")
            with zipfile.ZipFile(backup, "w") as archive:
                archive.write(plain, "dump.sql")
            for path in (plain, backup):
                self.assertProgram(0, "all is well", str(path))
            self._break("UPDATE project_billing_journal SET amount = 1")
            plain.write_text(self._dump(), encoding="utf-8", newline="\n")
            self.assertProgram(1, "was changed", str(plain))
            plain.write_text("SELECT 1;\n", encoding="utf-8")
            self.assertProgram(2, "No billing journal", str(plain))
            self.assertProgram(2, "No such file", str(Path(folder, "none.sql")))

    def assertProgram(self, status, words, *arguments):
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            self.assertEqual(self.tool.main(arguments), status)
        self.assertIn(words, said.getvalue())
