"""Every free text, through forms, lists and exports: always what was typed (I27)."""

import csv
import io
import json
import os
import zipfile

from lxml import etree

from odoo.exceptions import UserError
from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..models.billing_input import LONGEST
from .common import some
from .injection_common import (
    CORPUS,
    POISON,
    RESULT,
    ROWS,
    WAYS,
    InjectionCommon,
    free_texts,
    read_rows,
)
from .security_common import our_models

#: What a program for tables may take for a formula at the beginning of a cell.
BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "{=")
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@tagged("post_install", "-at_install")
class TestInjection(InjectionCommon):
    def test_every_free_text_has_a_row(self):
        """I27: a text that is new needs a row, and with it goes through all of this."""
        found = free_texts(self.env)
        if os.environ.get("WRITE_TEXTS"):
            self._write_rows(found)
        rows = read_rows()
        self.assertEqual(set(rows), found, "injection_fields.csv lacks a row, or more")
        self.assertLessEqual(set(rows.values()), set(WAYS))
        for (name, field_name), way in rows.items():
            field = self.env[name]._fields[field_name]
            with self.subTest(model=name, field=field_name):
                made = bool(field.compute) and field.readonly
                self.assertFalse(way == "made" and not made and self.env[name]._auto)
                self.assertFalse(way == "typed" and made)

    def _write_rows(self, found):
        """Add rows for new texts, to be looked at before they are kept."""
        rows = read_rows() if ROWS.exists() else {}
        for key in sorted(found - set(rows)):
            rows[key] = self._guess(*key)
        with ROWS.open("w", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(["model", "field", "way"])
            writer.writerows(
                (*key, way) for key, way in sorted(rows.items()) if key in found
            )

    def _guess(self, name, field_name):
        model = self.env[name]
        field = model._fields[field_name]
        if not model._auto or (field.compute and field.readonly):
            return "made"
        return "kept" if field.readonly else "typed"

    def _typed(self):
        """Yield records, or values for a new window, with the texts people type."""
        for name in our_models(self.env):
            names = self._texts_of(name, "typed")
            record = self._record(name)
            if names and self.env[name]._transient:
                record = self.env[name].create(self._window(name))
            if names:
                self.assertTrue(record, f"no {name} to type into")
                yield record[:1], names
        for (name, field_name), way in read_rows().items():
            if way == "typed" and name not in our_models(self.env):
                yield self._host(name), [field_name]

    def _typed_fields(self, *types):
        """Return ``[(record, name)]`` of the texts of some types that people type."""
        return [
            (record, name)
            for record, names in self._typed()
            for name in names
            if record._fields[name].type in types
        ]

    def test_typed_and_read_back(self):
        """I27: a form reads back, character for character, what was typed."""
        text = "\n".join((POISON, *CORPUS.values()))[:LONGEST]
        for record, name in some(self._typed_fields("char", "text"), 20):
            with self.subTest(model=record._name, field=name):
                record.write({name: text})
                self.env.flush_all()
                self.env.invalidate_all()
                [answer] = record.web_read({name: {}})
                self.assertEqual(json.loads(json.dumps(answer))[name], text)

    def test_rich_texts_are_cleaned(self):
        """I27: of markup that somebody types, nothing is left that runs."""
        for record, name in some(self._typed_fields("html")):
            with self.subTest(model=record._name, field=name):
                record.write({name: f"<p>{''.join(CORPUS.values())}</p>"})
                self.env.flush_all()
                self.env.invalidate_all()
                kept = record[name]
                for what in ("<script", "onerror=w", "onload=", RESULT):
                    self.assertNotIn(what, kept)

    @mute_logger("odoo.sql_db")
    def test_what_cannot_be_stored(self):
        """I27: a NUL, half a character or a book is refused, in words, everywhere."""
        ours = [
            (record, name)
            for record, name in self._typed_fields("char", "text", "html")
            if record._name in our_models(self.env)
        ]
        for record, name in some(ours, 20):
            for text in ("a\x00b", "a\ud83d", "x" * (LONGEST + 1)):
                with (
                    self.subTest(model=record._name, field=name, text=text[:3]),
                    self.assertRaisesRegex(UserError, "be stored|are allowed"),
                    self.env.cr.savepoint(),
                ):
                    record.write({name: text})

    def test_what_the_engine_keeps(self):
        """I27: nobody types into what the engine keeps, so it is as it came in."""
        user = self.roles["billing_manager"]
        kept = [
            (record, name)
            for record in self._with_records()
            for name in self._texts_of(record._name, "kept", "code")
        ]
        for record, name in some(kept, 20):
            with (
                self.subTest(model=record._name, field=name),
                self.assertRaises(UserError),
                self.env.cr.savepoint(),
            ):
                record.with_user(user).write({name: POISON})
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestInjectionExport(InjectionCommon, HttpCase):
    """Lists and their exports, with poison in every column of every table."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        user = cls.roles["billing_manager"]
        user.group_ids += cls.env.ref("base.group_allow_export")
        user.group_ids += cls.env.ref("base.group_system")
        user.group_ids += cls.env.ref("account.group_account_manager")
        user.group_ids += cls.env.ref("hr_timesheet.group_timesheet_manager")
        user.group_ids += cls.env.ref("hr.group_hr_manager")
        cls.reader = user

    def setUp(self):
        super().setUp()
        self.authenticate(self.reader.login, self.reader.login)

    def _columns(self, record):
        return [
            name
            for name in (*self._texts_of(record._name, *WAYS), "display_name")
            if record._fields[name].exportable
        ]

    def _export(self, record, extension, **more):
        """Return the file that Odoo's own button makes of one record."""
        data = {
            "model": record._name,
            "fields": [
                {"name": name, "label": name, "type": record._fields[name].type}
                for name in self._columns(record)
            ],
            "ids": record.ids,
            "domain": [],
            "import_compat": False,
            **more,
        }
        return self._download(f"/web/export/{extension}", data)

    def _download(self, url, data):
        self.env.flush_all()
        answer = self.url_open(
            url,
            data={"data": json.dumps(data), "csrf_token": Request.csrf_token(self)},
        )
        self.assertEqual(answer.status_code, 200, answer.text[-1000:])
        return answer.content

    def _sheet(self, content):
        """Return the texts of a workbook; assert that no cell of it is a formula."""
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
            strings = etree.fromstring(book.read("xl/sharedStrings.xml"))
        self.assertFalse(list(sheet.iter(f"{SHEET}f")), "a formula")
        self.assertFalse(list(sheet.iter(f"{SHEET}hyperlink")), "a link")
        return ["".join(item.itertext()) for item in strings]

    def test_lists(self):
        """I27: a list is sent the texts as they are, and nothing worked out of them."""
        self._poison_tables()
        for record in some(self._with_records()):
            spec = {name: {} for name in self._columns(record)}
            with self.subTest(record._name):
                reading = record.with_context(active_test=False)
                answer = reading.with_user(self.reader).web_search_read(
                    [("id", "in", record.ids)], spec
                )
                said = json.dumps(answer, default=str)
                self.assertNotIn(RESULT, said)
                [row] = answer["records"]
                for name in self._texts_of(record._name, "typed", "kept"):
                    if (
                        record._fields[name].store
                        and record._fields[name].type != "html"
                    ):
                        self.assertEqual(row[name], POISON)

    def test_csv(self):
        """I27: no cell of a CSV file begins like a formula."""
        rule = self._record("project.billing.rule")
        for beginning in BEGINNINGS:
            self._poison_tables(f"{beginning}913*787 x")
            # every table once, one of them with each
            for record in some(self._with_records() if beginning == "@" else rule):
                with self.subTest(record._name, beginning=beginning):
                    content = self._export(record, "csv").decode()
                    _head, *rows = csv.reader(io.StringIO(content, newline=""))
                    cells = [cell for row in rows for cell in row]
                    # {= is a formula in a workbook only
                    wrong = [c for c in cells if c.startswith(BEGINNINGS[:-1])]
                    self.assertFalse(wrong)
                    if self._texts_of(record._name, "typed"):
                        self.assertIn("913*787 x", content)

    def test_xlsx(self):
        """I27: no cell of a workbook is a formula; each is the text that was typed."""
        rule = self._record("project.billing.rule")
        for beginning in ("=", "{=", "+"):
            text = f"{beginning}913*787 x}}"
            self._poison_tables(text)
            for record in some(self._with_records() if beginning == "=" else rule):
                with self.subTest(record._name, beginning=beginning):
                    strings = self._sheet(self._export(record, "xlsx"))
                    if self._texts_of(record._name, "typed"):
                        self.assertIn(text, strings)

    def test_grouped_xlsx(self):
        """I27: neither are the headings of groups."""
        self._poison_tables(text := "=913*787 x")
        request = self._record("project.billing.request")
        content = self._export(request, "xlsx", groupby=["project_id", "partner_id"])
        self.assertIn(f"{text} (1)", self._sheet(content))

    def test_pivot(self):
        """I27: nor those of a pivot, at the head of its columns and rows."""
        title = "=913*787"
        cell = {"title": title, "width": 1, "height": 1}
        content = self._download(
            "/web/pivot/export_xlsx",
            {
                "title": title,
                "model": "project.billing.request",
                "measure_count": 1,
                "col_group_headers": [[cell], [cell]],
                "measure_headers": [{"title": title, "is_bold": True}],
                "origin_headers": [],
                "rows": [{"title": title, "indent": 0, "values": [{"value": 1.0}]}],
            },
        )
        self.assertIn(f"'{title}", self._sheet(content))

    def test_our_views_of_odoo(self):
        """I27: the rule holds for what our texts flow into: lines of an invoice."""
        request = self._record("project.billing.request")
        request.action_submit()
        request.with_user(self.approver).action_approve()
        request.action_create_invoice()
        lines = request.sudo().invoice_id.invoice_line_ids
        self._poison_tables(text := "=913*787 x")
        data = {
            "model": lines._name,
            "fields": [{"name": "name", "label": "Label", "type": "char"}],
            "ids": lines.ids,
            "domain": [],
            "import_compat": False,
        }
        self.assertIn(text, self._sheet(self._download("/web/export/xlsx", data)))
        self.assertEqual(lines.mapped("name"), [text])
