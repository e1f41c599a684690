"""Every address of ours, who may open it, and the people who try."""

import json
import re
from dataclasses import dataclass, field

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged

from .security_common import ADDON, CANARIES, OWNERS, SecurityCommon

#: Numbers that no document has, and what is no number at all.
BAD_IDS = ("0", "2147483646", "2147483648", "9223372036854775808", "-1", "x", "1.5")
#: Tokens that are none; ``{}`` is a good one of the same document.
BAD_TOKENS = ("", "x", "{}x", "x{}", "%C3%A9", "' OR 1=1 --", "[]", "0" * 999)


#: Whose documents each person may open: those of one's own work,
STAFF = {
    "manager": {"own"},
    "approver": {"own", "other"},
    "other manager": {"other"},
    "manager abroad": {"company"},
}
#: those of the projects that one manages,
MANAGERS = {who: owners for who, owners in STAFF.items() if who != "approver"}
#: and those that are for one's own company.
CLIENTS = {"customer": {"own"}, "sibling": {"own"}, "rival": {"other"}}


@dataclass
class Address:
    """One route: how it is opened and who may."""

    url: str
    verb: str = "GET"
    #: Of the document that its number is of; without one it has no number.
    model: str = ""
    whose: dict = field(default_factory=dict)
    #: What a POST sends along.
    data: dict = field(default_factory=dict)
    #: The document that is tried has nothing of the kind; tested elsewhere.
    may_be_empty: bool = False
    #: It takes and gives JSON.
    json: bool = False
    #: Odoo's own address, which we only add to: whom it lets in is Odoo's to say.
    odoo: bool = False


QUESTION = "/my/billing/invoice/<billing_id:move_id>/question"
MILESTONE = "/my/billing/milestone/<billing_id:milestone_id>"
MOVE = "account.move"
#: Every route of ours. A new one needs a row, and with it is tried by everybody.
ADDRESSES = [
    *(
        Address(
            f"/billing/request/<billing_id:request_id>/{decision}",
            verb,
            "project.billing.request",
            STAFF,
            {"reason": "Because", "submission": "0"} if verb == "POST" else {},
        )
        for decision in ("approve", "reject")
        for verb in ("GET", "POST")
    ),
    Address(
        "/project_invoice_tracker/receipts/<billing_id:item_id>",
        model="project.billing.item",
        whose=STAFF,
        may_be_empty=True,
    ),
    Address(
        "/project_invoice_tracker/evidence/<billing_id:move_id>",
        model=MOVE,
        whose=MANAGERS,
        may_be_empty=True,
    ),
    Address("/my/billing"),
    Address(
        "/my/billing/<billing_id:project_id>", model="project.project", whose=CLIENTS
    ),
    Address("/my/billing/statement"),
    Address(
        "/my/billing/statement/<billing_id:company_id>/pdf",
        model="res.company",
        whose={**CLIENTS, "rival": {"own", "other", "company"}},
    ),
    Address("/my/billing/pay"),
    Address("/my/billing/pay/transaction", "POST", json=True),
    Address("/invoice/transaction/<int:invoice_id>", "POST", odoo=True),
    Address(QUESTION, "POST", MOVE, CLIENTS, {"line_id": "1", "text": "Why?"}),
    Address(
        f"{QUESTION}/<billing_id:question_id>/withdraw",
        "POST",
        MOVE,
        CLIENTS,
        {"x": "1"},
    ),
    Address(
        "/my/billing/invoice/<billing_id:move_id>/pack",
        model=MOVE,
        whose=CLIENTS,
        may_be_empty=True,
    ),
    Address(MILESTONE, model="project.milestone", whose=CLIENTS),
    Address(
        f"{MILESTONE}/accept",
        "POST",
        "project.milestone",
        CLIENTS,
        {"name": "Me", "signature": "x"},
        json=True,
    ),
    Address(
        f"{MILESTONE}/answer",
        "POST",
        "project.milestone",
        CLIENTS,
        {"step": "refuse", "name": "Me", "reason": "Because"},
    ),
    # of a draft there is none, whoever asks
    Address(
        "/project_invoice_tracker/evidence/<billing_id:move_id>",
        "GET",
        model="account.move",
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
        for owner in ("other", "company"):
            project = cls.records[owner]["project.billing.rule"].project_id
            project.name = f"Canary {owner}"
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
        cls.papers = {owner: cls._papers(owner) for owner in OWNERS[:3]}

    @classmethod
    def _create_project(cls, **values):
        """The customers of the colleague's project and of the one abroad are others."""
        if values.get("name") in ("Colleague", "Abroad"):
            name = "Canary Rival"
            partners = cls.env["res.partner"]
            cls.rival = partners.search([("name", "=", name)]) or partners.create(
                {"name": name, "is_company": True}
            )
            values["partner_id"] = cls.rival.id
        return super()._create_project(**values)

    @classmethod
    def _papers(cls, owner):
        """Return ``{model: record}`` of what clients see of a project."""
        records = cls.records[owner]
        project = records["project.billing.rule"].project_id
        milestone = records["project.milestone"]
        milestone._billing_write_engine(
            {
                "billing_ask_number": 1,
                "billing_ask_nonce": f"nonce-{owner}",
                "billing_sign_off_state": "asked",
            }
        )
        domain = [
            ("billing_request_ids.project_id", "=", project.id),
            ("state", "=", "posted"),
        ]
        return {
            **records,
            "project.project": project,
            "project.milestone": milestone,
            "res.company": project.company_id,
            "account.move": cls.env["account.move"].search(domain, limit=1),
        }

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
        visit = self._send if address.json else self._visit
        return visit(url, address.verb, address.data, **more)

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

    def _send(self, url, _verb="POST", params=None, token=None):
        """Send JSON as whoever is logged in; returns the answer."""
        if token is not None:
            url += f"?access_token={token}"
        self.env.flush_all()
        return self.url_open(
            url,
            data=json.dumps({"jsonrpc": "2.0", "params": params or {}}),
            headers={"Content-Type": "application/json"},
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
        """Call a method as the web client does; returns the answer."""
        call = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._send(f"/web/dataset/call_kw/{model}/{method}", params=call).json()

    def assertSilent(self, text, secrets=None):
        """Assert that a text says nothing that is not for who reads it."""
        for secret in secrets or self._secrets():
            self.assertNotIn(secret, text)
