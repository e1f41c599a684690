"""Every address of ours, who may open it, and the people who try."""

import json
import re
from dataclasses import dataclass

from odoo import Command
from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .security_common import ADDON, CANARIES, SecurityCommon

#: Numbers that no document has, and what is no number at all.
BAD_IDS = ("0", "2147483646", "2147483648", "9223372036854775808", "-1", "x", "1.5")
#: Tokens that are none; ``{}`` is a good one of the same document.
BAD_TOKENS = (None, "", "x", "{}x", "x{}", "%00", "' OR 1=1 --", "[]", "0" * 9999)


@dataclass
class Address:
    """One route: how it is opened and who may."""

    url: str
    verb: str
    model: str = ""
    auth: str = "user"
    #: Roles that get a page of the project's own document.
    readers: tuple = ()
    #: What a POST sends along.
    data: tuple = ()
    #: Odoo's own address, which we only add to: whom it lets in is Odoo's to say.
    odoo: bool = False
    #: A field of the model that holds a good token, or a method that makes one.
    token: str = ""


#: Every route of ours. A new one needs a row, and with it is tried by everybody.
ADDRESSES = [
    Address(
        f"/billing/request/<int:request_id>/{decision}",
        verb,
        model="project.billing.request",
        readers=("manager", "approver"),
        data=(("reason", "Because"), ("submission", "0")) if verb == "POST" else (),
    )
    for decision in ("approve", "reject")
    for verb in ("GET", "POST")
] + [
    Address(
        "/project_invoice_tracker/receipts/<int:item_id>",
        "GET",
        model="project.billing.item",
        readers=("manager", "approver"),
    ),
    # of a draft there is none, whoever asks
    Address(
        "/project_invoice_tracker/evidence/<int:move_id>", "GET", model="account.move"
    ),
    Address("/web/pivot/export_xlsx", "GET", odoo=True),
    Address("/web/pivot/export_xlsx", "POST", odoo=True),
]
#: Parameters that are written out above.
WORDS = {"<string:decision>": ("approve", "reject")}


def our_routes(env):
    """Return ``{(url, verb): routing}`` of every address that runs code of ours."""
    found = {}
    for rule in env["ir.http"].routing_map().iter_rules():
        method = rule.endpoint.func
        ours = any(
            cls.__module__.startswith(f"odoo.addons.{ADDON}.")
            and method.__name__ in vars(cls)
            for cls in type(method.__self__).__mro__
        )
        if ours:
            verbs = rule.endpoint.routing["methods"] or ("GET", "POST")
            if rule.endpoint.routing["type"] != "http":
                verbs = ("POST",)
            for verb in verbs:
                found[rule.rule, verb] = rule.endpoint.routing
    return found


def spelled_out(url):
    """Return an address once for each word that its parameters may be."""
    for parameter, words in WORDS.items():
        if parameter in url:
            return [url.replace(parameter, word) for word in words]
    return [url]


@tagged("post_install", "-at_install")
class CrawlCommon(SecurityCommon, HttpCase):
    """Two customers with logins, and colleagues with more or fewer rights."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rival = cls.env["res.partner"].create({"name": "Canary Rival"})
        # the customers of the colleague's project and of the one abroad are others
        for owner in ("other", "company"):
            project = cls.records[owner]["project.billing.rule"].project_id
            project.write({"partner_id": cls.rival.id, "name": f"Canary {owner}"})
        cls.people = {
            "anonymous": None,
            "customer": cls._create_customer("customer", cls.partner_a),
            "sibling": cls._create_customer("sibling", cls.partner_a),
            "rival": cls._create_customer("rival", cls.rival),
            "stranger": cls._create_customer("stranger", None),
            "colleague": cls.roles["internal"],
            "other manager": cls.other_pm,
            "manager abroad": cls.roles["billing_manager_abroad"],
            "manager": cls.pm,
            "approver": cls.roles["approver"],
        }
        for user in filter(None, cls.people.values()):
            user.password = f"{user.login}-password"
        for chain in cls.records.values():
            chain["account.move"] = chain["project.billing.annex"].sudo().move_id
        cls.document = cls.records["own"]
        cls.request = cls.document["project.billing.request"]
        cls.request.narration = "<p>Canary message</p>"
        cls._tell_secrets()

    @classmethod
    def _create_customer(cls, name, company):
        user = new_test_user(cls.env, f"portal_{name}", groups="base.group_portal")
        user.partner_id.parent_id = company
        return user

    @classmethod
    def _tell_secrets(cls):
        """Put words where no customer may ever read them."""
        cls.request.message_post(body="Canary chatter")
        cls.request.line_ids.sudo().comment_ids._engine().text = "Canary comment"
        entry = cls.document["account.analytic.line"]
        entry.message_post(body="Canary entry") if hasattr(entry, "message_post") else 0
        cls.env["ir.attachment"].create(
            {
                "name": "Canary file",
                "raw": b"Canary content",
                "res_model": cls.request._name,
                "res_id": cls.request.id,
            }
        )

    def _secrets(self):
        """Return what no page of the portal says, and no answer to strangers."""
        return (*CANARIES, "Canary", "hourly_cost", "Traceback", "psycopg2")

    def _log_in(self, who):
        user = self.people[who]
        if user:
            self.authenticate(user.login, f"{user.login}-password")
        else:
            self.authenticate(None, None)

    def _open(self, address, id_, **more):
        """Open an address of one document; returns the answer."""
        url = re.sub(r"<[^>]*>", str(id_), address.url)
        return self._visit(url, address.verb, dict(address.data), **more)

    def _visit(self, url, verb="GET", data=None, token=None):
        """Open a page as whoever is logged in; redirections are not followed."""
        if token is not None:
            url += f"?access_token={token}"
        if verb == "POST":
            data = {"csrf_token": Request.csrf_token(self), **(data or {})}
        self.env.flush_all()
        return self.url_open(
            url, data=data if verb == "POST" else None, allow_redirects=False
        )

    def _plain(self, answer):
        """Return an answer without what differs from one opening to the next."""
        text = answer.text.replace(self.base_url(), "")
        text = re.sub(r'csrf_token[^,;]*?"[0-9a-f]{40}o\d+"', "csrf", text)
        text = re.sub(r"[0-9a-f]{40}o\d+", "csrf", text)
        # where the login would lead back to
        target = re.sub(r"redirect=.*", "", answer.headers.get("Location", ""))
        text = re.sub(r"redirect=[^\"&]*", "", text)
        text = re.sub(r"\?access_token=[^\"&]*", "", text)
        return answer.status_code, target, re.sub(r"/\d+(?=[\"/?])", "/0", text)

    def _call(self, model, method, *args, **kwargs):
        """Call a method as the web client does; returns the text of the answer."""
        self.env.flush_all()
        answer = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps(
                {
                    "jsonrpc": "2.0",
                    "params": {
                        "model": model,
                        "method": method,
                        "args": args,
                        "kwargs": kwargs,
                    },
                }
            ),
            headers={"Content-Type": "application/json"},
        )
        return answer.json()

    def assertSilent(self, text, secrets=None):
        """Assert that a text says nothing that is not for who reads it."""
        for secret in secrets or self._secrets():
            self.assertNotIn(secret, text)

    @classmethod
    def _companies_of(cls, user, company):
        user.write(
            {"company_id": company.id, "company_ids": [Command.set(company.ids)]}
        )
