#!/usr/bin/env python3
"""Verify the billing journal from a dump of the database, without Odoo.

    verify_journal.py DUMP [--note NUMBER:HASH]

DUMP is a plain dump (``pg_dump DATABASE > dump.sql``), a backup of Odoo (``.zip``) or
``-`` for standard input. A dump of these two tables is enough::

    pg_dump -t project_billing_journal -t project_billing_journal_page DATABASE

Each row of the journal is compared with the hash that was taken of it when it was
written, and each page of hashes with the page before. ``--note`` is the number and the
hash of a page as Billing health, or the server's log, showed them some day: with it, a
journal that was written anew as a whole is found as well.

Prints what is wrong, a line each, and the last page. Exit status: 0 when all is well,
1 when something is wrong, 2 when the dump cannot be read.
"""

import argparse
import hashlib
import io
import re
import sys
import zipfile

JOURNAL = "project_billing_journal"
PAGES = "project_billing_journal_page"
COPY = re.compile(r'^COPY (?:\w+\.)?"?(\w+)"? \((.*)\) FROM stdin;$')
#: As in ``models/journal_chain_sql.py``, which makes the same of the rows.
COLUMNS = (
    "user_id",
    "company_id",
    "project_id",
    "request_id",
    "line_id",
    "item_id",
    "allocation_id",
    "invoice_id",
    "quantity",
    "amount",
    "currency_id",
    "res_id",
    "action",
    "document",
    "unit",
    "reason",
    "before",
    "after",
    "model",
)
DIGITS = 32
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
#: What PostgreSQL writes in quotes in a row.
SPECIAL = re.compile(r'["\\(),\s]', re.ASCII)
ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class NoDumpError(Exception):
    """The file holds no journal that this program can read."""


def unescape(field):
    r"""Return a field of a COPY line as a text; None for NULL.

    >>> unescape(r"a\tb\\c"), unescape(r"\N")
    ('a\tb\\c', None)
    """
    if field == "\\N":
        return None
    if "\\" not in field:
        return field
    return ESCAPED.sub(lambda found: ESCAPES.get(found[1], found[1]), field)


def tables(lines):
    """Yield ``(table, row as a dict)`` of both tables of a dump, in its order."""
    reading = columns = None
    for line in lines:
        line = line.rstrip("\n")
        if reading:
            if line == "\\.":
                reading = None
                continue
            fields = map(unescape, line.split("\t"))
            yield reading, dict(zip(columns, fields, strict=True))
        elif line.startswith("COPY "):
            found = COPY.match(line)
            if found and found[1] in (JOURNAL, PAGES):
                reading = found[1]
                columns = [name.strip(' "') for name in found[2].split(",")]


def moment(text):
    """Return a date and time with six digits of a second.

    >>> moment("2026-03-02 10:00:00.5")
    '2026-03-02 10:00:00.500000'
    """
    whole, _point, part = text.partition(".")
    return f"{whole}.{part:0<6}"


def quoted(text):
    r"""Return a value as PostgreSQL writes it in a row.

    >>> quoted("a"), quoted(""), quoted(None), len(quoted("two words"))
    ('a', '""', '', 11)
    """
    if text is None:
        return ""
    if text and not SPECIAL.search(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'


def row_text(row):
    """Return all that a row of the journal says, as one text."""
    values = [row["id"], moment(row["date"])] + [row[name] for name in COLUMNS]
    return "(" + ",".join(map(quoted, values)) + ")"


def sha256(text):
    """Return the SHA-256 of a text, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


class Journal:
    """What a dump has of the journal."""

    def __init__(self, lines):
        self.rows, self.about, self.sealed, self.unsealed = {}, {}, [], []
        found = set()
        for table, row in tables(lines):
            found.add(table)
            if table == JOURNAL:
                number = int(row["id"])
                self.rows[number] = bytes.fromhex(sha256(row_text(row))[:DIGITS])
                self.about[number] = row["action"]
            elif row["number"] is None:
                self.unsealed.append(row)
            else:
                self.sealed.append(row)
        if found != {JOURNAL, PAGES}:
            raise NoDumpError(
                "No billing journal with pages in this dump. It has to be a plain one, "
                "with COPY (the default of pg_dump)."
            )
        self.sealed.sort(key=lambda page: int(page["number"]))

    def check_chain(self):
        """Yield a sentence for each page that does not follow the one before."""
        before, expected = "", 1
        for page in self.sealed:
            number = int(page["number"])
            if number != expected:
                yield f"Pages {expected} to {number - 1} are missing."
            if page["hash"] != sha256(f"{before} {number}\n{page['content']}"):
                yield f"Page {number} does not follow the one before."
            before, expected = page["hash"] or "", number + 1

    def check_rows(self):
        """Yield a sentence for each row that is not what its page says."""
        left = dict(self.rows)
        for page in self.sealed + self.unsealed:
            for line in page["content"].splitlines():
                number, _company, digits = f"{line}  ".split(" ")[:3]
                number = int(number)
                now = left.pop(number, None)
                if now is None:
                    yield f"Row {number} is missing."
                elif digits and now != bytes.fromhex(digits):
                    yield f"Row {number} ({self.about[number]}) was changed."
        for number in sorted(left):
            yield f"Row {number} ({self.about[number]}) is on no page."

    def check_note(self, note):
        """Yield a sentence when a page is not any more what somebody noted.

        :param str note: ``NUMBER:HASH``, of which the first digits are enough
        """
        number, _colon, digits = note.partition(":")
        for page in self.sealed:
            if page["number"] == number and page["hash"].startswith(digits):
                return
        yield f"Page {number} is not what was noted ({digits})."

    def problems(self, note=None):
        """Return all that is wrong, a sentence each.

        :param note: as :meth:`check_note` takes it, if there is one
        """
        found = [*self.check_chain(), *self.check_rows()]
        return found + (list(self.check_note(note)) if note else [])

    def last(self):
        """Return ``NUMBER:HASH`` of the last page, or None."""
        if not self.sealed:
            return None
        return f"{self.sealed[-1]['number']}:{self.sealed[-1]['hash']}"


def open_dump(path):
    """Return the lines of a dump.

    :param str path: of a plain dump or a zipped backup; ``-`` for standard input
    :raises NoDumpError: when there is none
    """
    if path == "-":
        return io.TextIOWrapper(sys.stdin.buffer, "utf-8", newline="\n")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as backup:
            if "dump.sql" not in backup.namelist():
                raise NoDumpError("There is no dump.sql in this backup.")
        return io.TextIOWrapper(
            zipfile.ZipFile(path).open("dump.sql"), "utf-8", newline="\n"
        )
    return open(path, encoding="utf-8", newline="\n")


def main(arguments=None):
    """Verify what the arguments name, and say what is wrong.

    :returns: the exit status
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("dump", help="a plain dump, a backup (.zip), or -")
    parser.add_argument("--note", help="NUMBER:HASH of a page, as it was noted")
    options = parser.parse_args(arguments)
    try:
        with open_dump(options.dump) as lines:
            journal = Journal(lines)
    except (OSError, UnicodeDecodeError, NoDumpError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    problems = journal.problems(options.note)
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    sys.stdout.write(
        f"{len(journal.rows)} rows, {len(journal.sealed)} sealed pages, "
        f"{len(journal.unsealed)} not sealed yet; last {journal.last() or '–'}: "
        f"{'WRONG' if problems else 'all is well'}\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
