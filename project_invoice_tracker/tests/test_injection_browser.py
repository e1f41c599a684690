"""Hostile texts on every screen, in a real browser (I27).

What opens the screens, and looks, is in static/tests/tours/injection_screens.js.
"""

import html
import json
import re

from lxml import etree

from odoo import fields
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .cost_common import CostCommon
from .injection_common import POISON, RESULT, SUM, InjectionCommon
from .security_common import ADDON, our_models
from .test_injection_client import InjectionClient

#: All of it in one text; the number of the field it is in follows.
HOSTILE = (
    "=cmd|' /C calc'!A0\"'><b data-hostile=\"1\">x</b>"
    '<img src=x onerror="window.hostile=1"><script>window.hostile=1</script>'
    '<svg onload="window.hostile=1"></svg>'
    f'<t t-out="{SUM}"/>{{{{{SUM}}}}}${{{SUM}}}#{{{SUM}}}%(x)s%s%d{{0}}'
)
MARK = re.compile(re.escape(HOSTILE) + r"(~\d+~)")
WINDOW = "ir.actions.act_window"
#: Kinds of fields that are shown as a text.
TEXTS = ("char", "text", "html")
LINKS = ("many2one", "many2many")
#: Widgets that show a picture of somebody on a card, not the name.
PICTURES = ("many2one_avatar_user", "many2one_avatar_employee")
#: What rows are told apart by in pivots and charts, the first that there is.
GROUPS = ("project_id", "employee_id", "partner_id")
#: What a screen shows that is no view of records.
SHOWN = {
    "project_billing_cockpit_action": "project.project.name",
    "res_config_settings_action form": "project.billing.template.name",
}
#: Screens on which no text is that anybody types, and why. All others must show one.
WITHOUT_TEXT = {
    "project_billing_accrual_action list": "a day, a state and amounts",
}


class BrowserMixin:
    def _look(self, login, url, screens, hostile=HOSTILE, must_fail=None):
        """Open screens one after the other; fails with all that is wrong on any."""
        spec = {"hostile": hostile, "result": RESULT, "screens": screens}
        spec["mustFail"] = must_fail
        self.browser_js(
            url,
            f"odoo.openHostileScreens({json.dumps(spec)})",
            ready="Boolean(odoo.openHostileScreens && odoo.__WOWL_DEBUG__)",
            login=login,
            timeout=240,
        )


@tagged("post_install", "-at_install")
class TestInjectionBrowser(BrowserMixin, InjectionCommon, CostCommon, HttpCase):
    """The web client, with a text of its own in every column of every table."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.marks = {}
        cls.reader = cls.roles["billing_manager"]
        cls.reader.group_ids += cls.env["res.groups"].browse(
            cls.env.ref(name).id
            for name in (
                f"{ADDON}.group_billing_approver",
                "account.group_account_manager",
                "base.group_system",
                "hr.group_hr_manager",
                "hr_timesheet.group_timesheet_manager",
                "project.group_project_manager",
            )
        )
        cls._fill()

    @classmethod
    def _fill(cls):
        """Have something in every list."""
        cls._create_bill(100.0, share=100)
        cls.task = cls.env["project.task"].create(
            {"name": "Task", "project_id": cls.project.id}
        )
        cls.records["own"]["project.billing.request"].activity_schedule(
            "mail.mail_activity_data_todo", user_id=cls.pm.id, summary=HOSTILE
        )
        cls._log(3, fields.Date.today(), task_id=cls.task.id)
        cls._create_rule(kind="milestone", contract_amount=1000)
        cls.records["own"]["project.billing.level"].active = True
        template = cls.records["own"]["project.billing.template"]
        cls.company.billing_template_id = template
        # once nothing of its paper changes any more
        cls.records["other"]["project.billing.request"].action_submit()

    def setUp(self):
        super().setUp()
        self.windows = self._windows()
        self.marks.clear()
        self._poison_tables(HOSTILE)

    @classmethod
    def _poison_column(cls, model, field, text):
        mark = f"~{len(cls.marks) + 1}~"
        cls.marks[mark] = f"{model._name}.{field.name}"
        return super()._poison_column(model, field, text + mark)

    # What is to be seen

    def _marks_in(self, values):
        """Return the numbers of the fields in what the web client would be sent."""
        texts = json.dumps(values, default=str, ensure_ascii=False)
        texts = texts.replace('\\"', '"')
        return {*MARK.findall(texts), *MARK.findall(html.unescape(texts))}

    def _named(self, values):
        return [[mark, self.marks[mark]] for mark in sorted(self._marks_in(values))]

    def _mark_of(self, name):
        [mark] = [mark for mark, field in self.marks.items() if field == name]
        return [mark, name]

    def _expected(self, records, view_id, view):
        """Return the texts that a view of records is to show, and those it may show."""
        if view in ("pivot", "graph"):
            group = next(name for name in GROUPS if name in records._fields)
            rows = records.web_read({group: {"fields": {"display_name": {}}}})
            context = {"pivot_row_groupby": [group], "graph_groupbys": [group]}
            return {"context": context, "wanted": self._named(rows)}
        arch = etree.fromstring(records.get_view(view_id, view)["arch"])
        always, perhaps = (
            self._named(records.web_read(spec) if spec else [])
            for spec in (
                self._spec(arch, records, view, self._is_seen),
                self._spec(arch, records, view, self._is_own),
            )
        )
        return {"wanted": always, "oneOf": perhaps}

    def _spec(self, root, model, view, is_meant):
        """Return what to read for the fields of a view that are meant."""
        if view == "kanban":
            [root] = root.xpath(".//t[@t-name='card']")
        found = {}
        for node in root.iter("field"):
            field = model._fields.get(node.get("name"))
            if field and is_meant(node, root):
                inner = node.find("list")
                if field.type in TEXTS:
                    found[field.name] = {}
                elif inner is not None:
                    lines = self.env[field.comodel_name]
                    spec = self._spec(inner, lines, "list", is_meant)
                    found[field.name] = {"fields": spec}
                elif field.type in LINKS and not self._is_picture(node, view):
                    found[field.name] = {"fields": {"display_name": {}}}
        return found

    def _is_picture(self, node, view):
        return view == "kanban" and node.get("widget") in PICTURES

    def _is_own(self, node, root):
        """Tell whether a field is of the record, not of its lines."""
        return all(
            parent is root or parent.tag != "field" or parent in root.iterancestors()
            for parent in node.iterancestors()
        )

    def _is_seen(self, node, root):
        """Tell whether a view shows a field, whatever is in the record."""
        if not self._is_own(node, root):
            return False
        while node is not root:
            hidden = (node.get("invisible"), node.get("column_invisible"))
            if (
                any(value not in (None, "0", "False") for value in hidden)
                or {"t-if", "t-elif", "t-else"} & set(node.attrib)
                or "d-none" in node.get("class", "")
            ):
                return False
            node = node.getparent()
        return True

    # Screens

    def _actions(self):
        """Return the actions below our menus, and our others that open a list."""
        root = self.env.ref(f"{ADDON}.project_billing_menu_root")
        menus = self.env["ir.ui.menu"].with_context(**{"ir.ui.menu.full_list": True})
        found = menus.search([("id", "child_of", root.id), ("action", "!=", False)])
        data = self.env["ir.model.data"].search(
            [("module", "=", ADDON), ("model", "=", WINDOW)]
        )
        others = self.env[WINDOW].browse(data.mapped("res_id"))
        kept = others.filtered(lambda one: not self.env[one.res_model]._transient)
        return [*dict.fromkeys([menu.action for menu in found] + list(kept))]

    def _screens_of(self, action, user):
        """Yield every view of an action that a person has something in."""
        name = action.xml_id.split(".")[1]
        if action._name != WINDOW:
            self.assertIn(name, SHOWN, "which text does it show?")
            wanted = [self._mark_of(SHOWN[name])]
            screen = {"name": name, "action": action.id, "view": "client"}
            yield {**screen, "wanted": wanted}
            return
        request = self._record("project.billing.request").id
        known = {**action._get_eval_context(), "active_id": request}
        model = self.env(user=user)[action.res_model]
        domain = safe_eval(action.domain or "[]", known)
        records = model if model._transient else model.search(domain, limit=80)
        context = {"active_id": request}
        for view_id, view in action.views:
            screen = {"name": f"{name} {view}", "action": action.id, "view": view}
            shown = records
            if view == "form" and records:
                shown = (records & self._record(model._name) or records)[:1]
                screen["resId"] = shown.id
            expected = self._expected(shown, view_id, view)
            if screen["name"] in SHOWN:
                expected["wanted"] = [self._mark_of(SHOWN[screen["name"]])]
            expected["context"] = {**context, **expected.get("context", {})}
            if records or model._transient:
                yield {**screen, **expected}
        if "search_default" in (action.context or ""):
            yield {
                "name": f"{name} as it opens",
                "action": action.id,
                "view": action.views[0][1],
                "context": context,
                "asItIs": True,
                "wanted": [],
            }

    def _windows(self):
        """Return one of each of our wizards, by the name of its model."""
        names = [name for name in our_models(self.env) if self.env[name]._transient]
        windows = [
            self.env[name].with_user(self.reader).create(self._window(name))
            for name in names
            if self._texts_of(name, "typed")
        ]
        self.env.flush_all()
        return windows

    def _form(self, record, target="current"):
        """Return the screen of one record."""
        return {
            "name": f"{record._name} form",
            "action": {
                "type": WINDOW,
                "name": "Hostile",
                "res_model": record._name,
                "views": [[False, "form"]],
                "target": target,
            },
            "view": "form",
            "resId": record.id,
            "target": target,
            **self._expected(record, None, "form"),
        }

    def _of_odoo(self):
        """Return records of Odoo on whose forms texts of ours are."""
        own = self.records["own"]
        records = (
            own["project.billing.invoice"].move_id,
            own["project.billing.annex"].sudo().move_id,
            own["project.milestone"],
            self.task,
            self.partner_a,
            self.reader,
        )
        return [record.with_env(self.env(user=self.reader)) for record in records]

    def _pages(self):
        """Return what staff opens by an address."""
        own = self.records["own"]
        request = self.records["other"]["project.billing.request"].id
        move = own["project.billing.annex"].sudo().move_id.id
        wanted = [self._mark_of("project.project.name")]
        for url, shown in {
            f"/report/html/{ADDON}.report_billing_request/{request}": wanted,
            f"/report/html/account.report_invoice/{move}": [],
            f"/billing/request/{request}/approve": wanted,
            f"/billing/request/{request}/reject": wanted,
        }.items():
            yield {"name": url, "url": url, "wanted": shown}

    def test_everything(self):
        """I27: all menus, lists, forms, charts and windows, for who may see all."""
        screens = []
        for action in self._actions():
            found = [*self._screens_of(action, self.reader)]
            self.assertTrue(found, f"nothing to show in {action.xml_id}")
            screens += found
        screens += [self._form(record) for record in self._of_odoo()]
        screens += [self._form(window, target="new") for window in self.windows]
        screens += self._pages()
        for screen in screens:
            if not screen.get("asItIs") and screen["name"] not in WITHOUT_TEXT:
                with self.subTest(screen["name"]):
                    shown = screen["wanted"] or screen.get("oneOf") or "url" in screen
                    self.assertTrue(shown, "no text")
        self._look(self.reader.login, "/odoo/billing-cockpit", screens)

    def test_manager(self):
        """I27: lists and forms as a project manager has them; charts are the same."""
        user = self.pm
        menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        root = self.env.ref(f"{ADDON}.project_billing_menu_root")
        found = self.env["ir.ui.menu"].search(
            [("id", "child_of", root.id), ("id", "in", list(menus))]
        )
        screens = [
            screen
            for menu in found
            if menu.action
            for screen in self._screens_of(menu.action, user)
            if screen["view"] in ("client", "kanban", "list", "form")
        ]
        self.assertGreater(len(screens), 30)
        self._look(user.login, "/odoo/billing-cockpit", screens)

    def test_it_can_fail(self):
        """I27: a screen that runs a text, works it out or hides it is found."""
        template = self._record("project.billing.template")
        request = self._record("project.billing.request")
        forms = [self._form(one.with_user(self.reader)) for one in (template, request)]
        view = self.env.ref(f"{ADDON}.project_billing_template_view_form")
        view.arch = view.arch.replace('name="closing"', 'name="closing" invisible="1"')
        template.introduction = f"It is {RESULT}"
        # as if it had been written without being cleaned
        self.env.flush_all()
        table = SQL.identifier(request._table)
        self.env.cr.execute(SQL("UPDATE %s SET narration = %s", table, HOSTILE))
        found = (
            "template form: cannot be read",
            "project.billing.template.closing",
            "template form: was worked out: It is",
            "request form: came alive: <b data-hostile",
        )
        self._look(self.reader.login, "/odoo/billing-cockpit", forms, must_fail=found)


@tagged("post_install", "-at_install")
class TestInjectionBrowserPortal(BrowserMixin, InjectionClient, HttpCase):
    def test_portal(self):
        """I27: what the client opens: jobs, invoice, questions, statement, sign-off."""
        move = self._post(self.request).sudo()
        self._answer_question(self._ask(move))
        shown = {
            "/my/billing": True,
            f"/my/billing/{self.project.id}": True,
            f"/my/invoices/{move.id}": True,
            "/my/billing/statement": False,
        }
        self._visit(shown)

    def test_sign_off(self):
        """I27: the pages on which a client signs, refuses or asks."""
        self._ask_sign_off()
        url = f"/my/billing/milestone/{self.milestone.id}?step="
        steps = ("", "accept", "part", "refuse", "question")
        self._visit({url + step: True for step in steps})

    def _visit(self, pages):
        screens = [
            {"name": url, "url": url, "wanted": [["", "the text"]] if shown else []}
            for url, shown in pages.items()
        ]
        self._look(self.customer.login, "/my", screens, hostile=POISON)
