"""Every address with everybody and every bad number: one page, no word more."""

import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import some
from .crawl_common import ADDRESSES, BAD_IDS, CrawlCommon, our_routes, spelled_out
from .security_common import our_models

#: Loggers of what is refused.
REFUSALS = (
    "odoo.http",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.rpc.controllers.json2",
    "odoo.sql_db",
)
OUTSIDERS = ("anonymous", "customer", "sibling", "rival", "stranger")
#: Fields of ours on Odoo's documents that a customer may read there.
FOR_CUSTOMERS = {
    "account.move": {"billing_tracked", "billing_date_sent"},
    # settings, which Odoo shows of a company as well
    "res.company": {
        "billing_accounting_lines",
        "billing_allow_self_approval",
        "billing_approval",
        "billing_auto_send",
        "billing_auto_submit",
        "billing_budget_alerts",
        "billing_check_time",
        "billing_digest",
        "billing_invoice_on_approval",
        "billing_leak_invoice_days",
        "billing_leak_milestone_days",
        "billing_leak_request_days",
        "billing_leak_work_days",
        "billing_portal_unbilled",
        "billing_post_on_approval",
        "billing_remind_days",
        "billing_reminders",
        "billing_reminders_from",
        "billing_require_address",
        "billing_require_vat",
        "billing_template_id",
    },
    # one's own
    "res.users": {"billing_digest"},
}


@tagged("post_install", "-at_install")
class TestCrawl(CrawlCommon):
    def test_every_route_has_a_row(self):
        """I9: an address that is new needs a row, and with it is tried by everybody."""
        found = {
            (address, verb)
            for url, verb in our_routes(self.env)
            for address in spelled_out(url)
        }
        rows = {(address.url, address.verb) for address in ADDRESSES}
        self.assertEqual(rows, found)

    def test_how_routes_are_declared(self):
        """I9: reading is read-only, writing asks for a token against forgery."""
        of_odoo = {address.url for address in ADDRESSES if address.odoo}
        for (url, verb), routing in some(our_routes(self.env).items(), 15):
            with self.subTest(url, verb=verb):
                self.assertIn(routing["auth"], ("user", "public"))
                self.assertFalse(routing.get("cors"))
                self.assertTrue(routing.get("csrf", True))
                if verb == "GET" and url not in of_odoo:
                    self.assertTrue(routing["readonly"])
                    self.assertEqual(list(routing["methods"] or ()), ["GET"])

    @mute_logger(*REFUSALS)
    def test_same_page_for_all_that_is_not_theirs(self):
        """I5, I9: wrong, foreign and forbidden look the same, to everybody."""
        before = self._image()
        for who in self.people:
            self._log_in(who)
            for address in ADDRESSES:
                if address.model:
                    with self.subTest(who, url=address.url, verb=address.verb):
                        self._try_all(who, address)
        self.env.invalidate_all()
        self.assertEqual(self._image(), before)

    def _try_all(self, who, address):
        wanted = self._plain(self._open(address, "2147483645"))
        self.assertIn(wanted[0], (200,) if address.json else (303, 404))
        if address.json:
            self.assertIn('"code": 404', wanted[2])
        theirs = address.whose.get(who, ())
        ids = {owner: self.papers[owner][address.model][:1].id for owner in self.papers}
        strange = set(ids.values()) - {ids[owner] for owner in theirs}
        for id_ in (*BAD_IDS, *strange):
            answer = self._open(address, id_)
            if answer.status_code == 404 and not str(id_).isdigit():
                # no such address: Odoo's own page, before any code of ours
                self.assertSilent(answer.text)
                continue
            self.assertEqual(self._plain(answer), wanted, id_)
            # what is sent to programs has Odoo's own account of the refusal
            said = answer.text.replace("Traceback", "") if address.json else answer.text
            self.assertSilent(said)

    @mute_logger(*REFUSALS)
    def test_who_may(self):
        """I9: the table is right about whom it lets in, or the rest proves nothing."""
        self.request.action_submit()
        pages = [
            (address, who, sorted(owners)[-1])
            for address in ADDRESSES
            if address.verb == "GET" and address.model and not address.may_be_empty
            for who, owners in address.whose.items()
        ]
        for address, who, owner in some(pages, 10):
            with self.subTest(who, url=address.url):
                self._log_in(who)
                id_ = self.papers[owner][address.model][:1].id
                self.assertEqual(self._open(address, id_).status_code, 200)

    @mute_logger(*REFUSALS)
    def test_forged_posts(self):
        """I9: without a token of a page of one's own nothing is decided."""
        self.request.action_submit()
        self._log_in("approver")
        own = self.document["project.billing.request"].id
        for token in ("", "x", "0" * 40 + "o0"):
            with self.subTest(token):
                answer = self._visit(
                    f"/billing/request/{own}/approve", "POST", {"csrf_token": token}
                )
                self.assertEqual(answer.status_code, 400)
        self.env.invalidate_all()
        self.assertEqual(self.request.state, "submitted")

    @mute_logger(*REFUSALS)
    def test_files(self):
        """I9: no file of ours by its number, its record or a token that is none."""
        files = self.env["ir.attachment"].search([("name", "=", "Canary file")])
        urls = [
            f"/web/{kind}/{files.id}{token}"
            for kind in ("content", "image")
            for token in ("", "?access_token=x", "?access_token=", "?unique=1")
        ]
        urls += [
            f"/web/{kind}/{record._name}/{record.id}/{field}"
            for record in (self.request, self.request.line_ids[:1])
            for kind in ("content", "image")
            for field in ("name", "narration", "message_main_attachment_id", "x")
        ]
        for who in (*OUTSIDERS, "colleague", "other manager"):
            self._log_in(who)
            for url in some(urls):
                with self.subTest(who, url=url):
                    answer = self._visit(url)
                    self.assertSilent(answer.text, self._secrets())
                    self.assertNotIn(b"Canary content", answer.content)

    @mute_logger(*REFUSALS)
    def test_documents(self):
        """I9: no document of ours by the address of Odoo's reports."""
        reports = self.env["ir.actions.report"].search([])
        ours = reports.filtered(
            lambda report: report.model.startswith("project.billing.")
        )
        self.assertTrue(ours)
        for who in (*OUTSIDERS, "other manager"):
            self._log_in(who)
            for report in ours:
                id_ = self.document[report.model][:1].id
                for converter in ("html", "text", "pdf"):
                    url = f"/report/{converter}/{report.report_name}/{id_}"
                    with self.subTest(who, url=url):
                        answer = self._visit(url)
                        self.assertNotEqual(answer.status_code, 200)
                        self.assertSilent(answer.text, ("Canary", self.request.name))


@tagged("post_install", "-at_install")
class TestCrawlRpc(CrawlCommon):
    """What somebody with a login for the portal gets by calling methods."""

    def _calls(self, record):
        names = [name for name in record._fields if name != "id"][:80]
        yield "search_read", ([], ["id"])
        yield "search", ([],)
        yield "search_count", ([],)
        yield "read", (record.ids, ["display_name"])
        yield "read", (record.ids, names)
        yield "web_search_read", ([], {"display_name": {}})
        yield "web_read", (record.ids, {"display_name": {}})
        yield "formatted_read_group", ([], [], ["__count"])
        yield "name_search", ("",)
        yield "export_data", (record.ids, ["id"])
        yield "onchange", (record.ids, {}, [], {})
        yield "default_get", (names,)

    @mute_logger(*REFUSALS)
    def test_call_kw(self):
        """I5, I9: of our tables a customer reads nothing, by any method."""
        before = self._image()
        for who in ("customer", "rival"):
            self._log_in(who)
            for name in our_models(self.env):
                record = self._record(name)[:1]
                for method, arguments in self._calls(record):
                    with self.subTest(who, model=name, method=method):
                        answer = self._call(name, method, *arguments)
                        self._assert_nothing(name, method, answer)
        self.env.invalidate_all()
        self.assertEqual(self._image(), before)

    def _assert_nothing(self, name, method, answer):
        said = json.dumps(answer)
        self.assertSilent(said, ("Canary", "41.37", "186.1", "psycopg2"))
        if "error" in answer:
            self.assertIn(
                answer["error"]["data"]["name"],
                (
                    "odoo.exceptions.AccessError",
                    "odoo.exceptions.UserError",
                    "builtins.ValueError",
                    "builtins.TypeError",
                ),
            )
        elif method not in ("default_get", "onchange"):
            self.assertFalse(answer["result"], f"{name}.{method}")

    @mute_logger(*REFUSALS)
    def test_fields_on_documents_of_odoo(self):
        """I5, I9: on Odoo's documents a customer reads the fields meant for it."""
        self._log_in("customer")
        ours = [
            (name, field)
            for name, model in self.env.registry.items()
            if not model._abstract and not name.startswith("project.billing.")
            for field in sorted(set(model._fields) - FOR_CUSTOMERS.get(name, set()))
            if field.startswith("billing_")
        ]
        for name, field in some(ours, 50):
            with self.subTest(name, field=field):
                answer = self._call(name, "search_read", [], [field])
                if "error" in answer:
                    continue
                self.assertFalse([row[field] for row in answer["result"] if row[field]])
                answer = self._call(name, "search", [(field, "!=", False)])
                self.assertFalse(answer.get("result"))

    def test_settings_of_the_company_are_settings(self):
        """I9: what a customer may read of the company is how it works, no figure."""
        visible = {
            field.name
            for field in self.env["res.company"]._fields.values()
            if field.name.startswith("billing_") and not field.groups
        }
        self.assertEqual(visible, FOR_CUSTOMERS["res.company"])

    @mute_logger(*REFUSALS)
    def test_json_2(self):
        """I9: neither by the protocol for programs, with a key of one's own."""
        customer = self.people["customer"]
        key = (
            self.env["res.users.apikeys"]
            .with_user(customer)
            .sudo()
            ._generate(None, "x", None)
        )
        for name in some(our_models(self.env), 40):
            record = self._record(name)[:1]
            for method, body in (
                ("search_read", {"domain": []}),
                ("read", {"ids": record.ids, "fields": ["display_name"]}),
            ):
                with self.subTest(name, method=method):
                    answer = self._json_2(key, name, method, body)
                    self.assertSilent(answer.text, ("Canary", "41.37", "psycopg2"))
                    if answer.status_code == 200:
                        self.assertEqual(answer.json(), [])

    def _json_2(self, key, model, method, body):
        self.env.flush_all()
        return self.url_open(
            f"/json/2/{model}/{method}",
            data=json.dumps(body),
            headers={
                "Authorization": f"Bearer {key}",
                "Content-Type": "application/json",
            },
        )
