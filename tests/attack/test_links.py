"""Nobody but the client has the client's link, and it is good for one decision (A2)."""

import re
import time

import pytest
import requests

from dev import postgres

from . import walk
from .client import Refused, refusal

MILESTONE = "project.milestone"
#: The smallest picture that a browser would send.
SIGNATURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kg"
    "AAAABJRU5ErkJggg=="
)
CLIENT = "client@maplefoundation.example.com"
#: Whoever reads most of it, the author of the mail first.
INSIDE = ("pm", "accountant", "approver")
#: What a field that opens a door is called.
SECRET = re.compile(r"token|nonce|secret|password|signature|_key$|hash")


class Asked:
    """A milestone that waits for its client, the mail of which just left."""

    def __init__(self, admin, people, catcher, until):
        self.admin = admin
        self.manager = people["pm"]
        self.catcher = catcher
        self.until = until
        self.id = admin.ref("milestone_applicants_online")
        self.contact = admin.ref("partner_maple_grace")
        self.path = f"/my/billing/milestone/{self.id}"
        # the link of the story ends with this
        self.token = self.ask()

    def ask(self):
        """Let the manager ask; return the token of the mail that the client got."""
        before = len(self.catcher.links(CLIENT))
        method = "action_billing_ask_sign_off"
        self.manager.call(MILESTONE, method, [self.id], [self.contact], "Please look.")
        self.deliver()
        found = self.until(lambda: self.catcher.links(CLIENT)[before:])
        ((path, token),) = found
        assert path == self.path
        return token

    def deliver(self):
        """Let the crons run that send."""
        for module, name in (
            ("project_invoice_tracker", "ir_cron_outbox"),
            ("mail", "ir_cron_mail_scheduler_action"),
        ):
            cron = self.admin.ref(name, module)
            self.admin.call("ir.cron", "method_direct_trigger", [cron])

    def secrets(self):
        """Return what nobody inside may ever read: the token, and what it is made of.

        The administrator of the database may, and is asked here.
        """
        query = f"SELECT billing_ask_nonce FROM project_milestone WHERE id = {self.id}"
        ((nonce,),) = postgres.sql(query, self.admin.site.database)
        assert len(nonce) > 10
        return [self.token, nonce]

    def acceptances(self):
        """Return what is on record of the client's decisions, oldest first."""
        return self.admin.find(
            "project.billing.acceptance",
            [("milestone_id", "=", self.id)],
            "decision",
            "partner_id",
            "email",
            "name",
            order="id",
        )


@pytest.fixture(scope="module")
def asked(admin, people, catcher):
    """Return the milestone of the demo that its client is asked about."""

    def until(check):
        end = time.monotonic() + 20
        while not (found := check()):
            assert time.monotonic() < end, "no mail came"
            time.sleep(0.2)
        return found

    return Asked(admin, people, catcher, until)


@pytest.fixture(scope="module")
def secret(asked):
    """Return a function that asserts of a text that no secret is in it."""
    secrets = asked.secrets()

    def check(text, where):
        for each in secrets:
            assert each not in text, where
        assert not re.search(r"milestone/\d+\?access_token=\w{8}", text), where

    check.secrets = secrets
    return check


# === READING ===


def test_the_mail_is_the_managers_own(asked, people, secret):
    """There is something to read: the manager reads the mail as its author."""
    rows = people["pm"].find(
        "mail.message",
        [("model", "=", MILESTONE), ("res_id", "=", asked.id)],
        "body",
        "author_id",
    )
    mine = [row for row in rows if row["author_id"][0] == people["pm"].partner_id]
    assert any(asked.path in row["body"] for row in mine), rows
    secret(walk.as_text(rows), "messages of the milestone")


@pytest.mark.parametrize("login", INSIDE)
def test_everything_that_is_kept(login, admin, people, secret):
    """All fields of all that is kept of mails, messages, files and documents."""
    read = 0
    for model in filter(walk.KEPT.match, walk.models(admin)):
        text = walk.rows(people[login], model)
        secret(text, f"{login}: {model}")
        read += len(text)
    assert read > 10_000, "nothing was read"


@pytest.mark.parametrize("login", ["pm", "accountant"])
def test_controllers_of_the_chatter(login, asked, people, secret):
    """What the web client fetches of messages."""
    person = people[login]
    thread = {"thread_model": MILESTONE, "thread_id": asked.id}
    wanted = ["activities", "attachments", "followers", "scheduledMessages"]
    calls = [
        ("/mail/thread/messages", {**thread, "fetch_params": {"limit": 100}}),
        ("/mail/inbox/messages", {"fetch_params": {"limit": 100}}),
        ("/mail/history/messages", {"fetch_params": {"limit": 100}}),
        ("/mail/starred/messages", {}),
        ("/mail/thread/recipients", {**thread, "message_id": 1}),
        (
            "/mail/data",
            {
                "fetch_params": [
                    "failures",
                    "systray_get_activities",
                    "init_messaging",
                    ["mail.thread", {**thread, "request_list": wanted}],
                ]
            },
        ),
        ("/mail/thread/messages", {**thread, "fetch_params": {"search_term": "token"}}),
    ]
    answered = 0
    for path, params in calls:
        try:
            answer = person.json(path, **params)
        except Refused:
            continue
        answered += 1
        secret(walk.as_text(answer), f"{login}: {path}")
    assert answered >= 4, "the routes have other names"


@pytest.mark.parametrize("login", ["pm", "accountant", "consultant"])
def test_searched_for(login, asked, people, admin, secret):
    """A secret is not guessed letter by letter, by whatever compares."""
    person = people[login]
    token, nonce = secret.secrets
    for model in (MILESTONE, "mail.message", "mail.mail", "project.billing.outbox"):
        hidden = [
            name
            for name, type_ in walk.names(admin, model).items()
            if SECRET.search(name) and type_ in ("char", "text", "html", "json")
        ] + ["billing_ask_nonce", "body", "body_html", "payload"]
        for name, text in ((n, t) for n in hidden for t in (token[:12], nonce[:8])):
            domain = [(name, "like", text)]
            for method in ("search_count", "search", "search_read"):
                try:
                    found = person.call(model, method, domain)
                except Refused:
                    continue
                assert not found, (login, model, name, method)
    # through a link, and by an order or a group
    through = [("milestone_ids.billing_ask_nonce", "like", nonce[:8])]
    refused = refusal(person.call, "project.project", "search", through)
    assert refused and refused.is_a_sentence, refused
    for method, arguments in (
        ("search", {"domain": [], "order": "billing_ask_nonce"}),
        ("formatted_read_group", {"domain": [], "groupby": ["billing_ask_nonce"]}),
        ("formatted_read_group", {"domain": [], "groupby": ["access_token"]}),
        ("web_read_group", {"domain": [], "groupby": ["billing_ask_nonce"]}),
        ("web_search_read", {"domain": [], "specification": {"billing_ask_nonce": {}}}),
        ("read", {"ids": [asked.id], "fields": ["billing_ask_nonce"]}),
        ("export_data", {"ids": [asked.id], "fields_to_export": ["billing_ask_nonce"]}),
        ("copy_data", {"ids": [asked.id]}),
        ("get_property_definition", {"full_name": "billing_ask_nonce"}),
    ):
        ids = arguments.pop("ids", None)
        try:
            arguments_ = [ids] if ids else []
            answer = person.call(MILESTONE, method, *arguments_, **arguments)
        except Refused as refused:
            answer = refused.text
        secret(walk.as_text(answer), f"{login}: {method}")


def test_exported(asked, people, secret):
    """A file of messages has no more than the screen."""
    pm = people["pm"]
    for model, names in (
        ("mail.message", ["body", "subject", "reply_to", "message_id"]),
        (MILESTONE, ["name", "billing_ask_nonce"]),
    ):
        for kind in ("csv", "xlsx"):
            secret(pm.export(kind, model, names), model)


def test_asked_for_by_other_routes(asked, people, secret):
    """Odoo's routes to documents add no token of ours."""
    for login in ("pm", "accountant", "approver"):
        person = people[login]
        for path in (
            f"/mail/view?model={MILESTONE}&res_id={asked.id}",
            f"{asked.path}",
            f"/my/billing/milestone/{asked.id}?access_token=",
            f"/odoo/project.milestone/{asked.id}",
        ):
            answer = person.get(path)
            moved = [each.headers.get("Location", "") for each in answer.history]
            secret(answer.text + answer.url + "".join(moved), f"{login}: {path}")
        for method in (
            "get_portal_url",
            "_get_share_url",
            "_portal_ensure_token",
            "_billing_sign_off_token",
            "_billing_sign_off_url",
            "_private_links_sign_off",
            "_sign_token",
        ):
            refused = refusal(person.call, MILESTONE, method, [asked.id])
            assert refused, method
            secret(refused.text, method)


def test_rendered_in_a_message_of_ones_own(asked, people, secret):
    """A text with placeholders, to oneself, about the milestone."""
    pm = people["pm"]
    token = "object._billing_sign_off_token(object.project_id.partner_id)"
    placeholders = [
        f"{before}{name}{after}"
        for name in (
            "object.billing_ask_nonce",
            "object.sudo().billing_ask_nonce",
            token,
        )
        for before, after in (('<p><t t-out="', '"/></p>'), ("<p>{{ ", " }}</p>"))
    ]
    others = pm.call(MILESTONE, "search", [("project_id", "!=", False)], limit=2)
    sent = 0
    for text, mode, name in (
        (text, mode, name)
        for text in placeholders
        for mode in ("comment", "mass_mail")
        for name in ("body", "subject")
    ):
        values = {
            "composition_mode": mode,
            "model": MILESTONE,
            "res_ids": str([asked.id, *others]),
            "partner_ids": [[6, 0, [pm.partner_id]]],
            "subject": "To myself",
            "body": "<p>Hello</p>",
            name: text,
        }
        try:
            wizard = pm.call("mail.compose.message", "create", values)
            pm.call("mail.compose.message", "action_send_mail", [wizard])
        except Refused as refused:
            assert refused.is_a_sentence, refused.text
            secret(refused.text, text)
        else:
            sent += 1
    mine = [("author_id", "=", pm.partner_id)]
    rows = pm.find("mail.message", mine, "body", "subject", order="id desc", limit=50)
    secret(walk.as_text(rows), "a message with placeholders")
    assert sent, "no message left, so nothing was tried"
    asked.deliver()
    secret("\n".join(asked.catcher.bodies("pm@northfield.example.com")), "own mails")


def test_sent_to_somebody_else(asked, people, catcher, secret):
    """Whoever edits, forwards or sends the message again gets it without the token."""
    pm = people["pm"]
    (message,) = pm.find(
        "mail.message",
        [
            ("model", "=", MILESTONE),
            ("res_id", "=", asked.id),
            ("body", "like", asked.path),
            ("author_id", "=", pm.partner_id),
        ],
        "body",
        limit=1,
        order="id desc",
    )
    update = {"body": message["body"], "partner_ids": [pm.partner_id]}
    for path, params in (
        (
            "/mail/message/update_content",
            {"message_id": message["id"], "update_data": update},
        ),
        (
            "/mail/message/post",
            {
                "thread_model": MILESTONE,
                "thread_id": asked.id,
                "post_data": {
                    "body": message["body"],
                    "partner_ids": [pm.partner_id, asked.contact],
                    "message_type": "comment",
                    "subtype_xmlid": "mail.mt_comment",
                },
            },
        ),
    ):
        try:
            pm.json(path, **params)
        except Refused:
            continue
    asked.deliver()
    for address in ("pm@northfield.example.com",):
        secret("\n".join(catcher.bodies(address)), address)
    # the client's own mails may have the client's link, of this request only
    assert {token for _path, token in catcher.links(CLIENT)} >= {asked.token}
    for recipients, mail in catcher.mails:
        if CLIENT not in recipients:
            secret(mail.as_string(), recipients)


# === OPENING ===


def answer(asked, kind, token, http=requests, **values):
    """Send what the page of a link sends; return the response."""
    url = f"{asked.admin.site.url}{asked.path}"
    if kind == "accept":
        body = {"params": {"name": "Grace", "signature": SIGNATURE, **values}}
        query = f"?access_token={token}" if token is not None else ""
        return http.post(f"{url}/accept{query}", json={"jsonrpc": "2.0", **body})
    session = requests.Session()
    page = session.get(url, params={"access_token": token, "step": kind})
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    data = {"step": kind, "name": "Grace", "access_token": token, **values}
    data["csrf_token"] = csrf[1] if csrf else ""
    return session.post(f"{url}/answer", data=data)


def accepted(response):
    """Tell whether an answer of the page says that it was taken."""
    try:
        found = response.json()
    except ValueError:
        return False
    return bool(isinstance(found.get("result"), dict)) and bool(
        found["result"].get("force_refresh")
    )


def test_no_other_token_accepts(asked, people):
    """Truncated, turned, of another scope, of another milestone, of none."""
    token, before = asked.token, asked.acceptances()
    other = asked.admin.ref("milestone_applicants_reports")
    wrong = [
        "",
        "null",
        token[:-1],
        token[1:],
        token[::-1],
        token.swapcase(),
        token + "A",
        token.replace("=", ""),
        "é",
        "../" + token,
        "0" * 5000,
    ]
    for each in wrong:
        if each == token:
            continue
        assert not accepted(answer(asked, "accept", each)), each[:80]
        page = requests.get(f"{asked.admin.site.url}{asked.path}?access_token={each}")
        assert page.status_code in (400, 403, 404), (each[:80], page.status_code)
    page = requests.get(
        f"{asked.admin.site.url}/my/billing/milestone/{other}?access_token={token}"
    )
    assert page.status_code == 404
    for login in ("pm", "accountant", "approver", "consultant"):
        assert not accepted(answer(asked, "accept", None, http=people[login].http))
    assert not accepted(answer(asked, "accept", None))
    assert asked.acceptances() == before


def test_opening_decides_nothing(asked):
    """Scanners of mails open links, and send what a form would."""
    before = asked.acceptances()
    url = f"{asked.admin.site.url}{asked.path}?access_token={asked.token}"
    for each in (url, f"{url}&step=accept", f"{url}&step=refuse&reason=No"):
        page = requests.get(each)
        assert page.status_code == 200
    for path in ("accept", "answer"):
        page = requests.get(
            f"{asked.admin.site.url}{asked.path}/{path}?access_token={asked.token}"
        )
        assert page.status_code in (400, 404, 405, 415), page.status_code
    requests.head(url)
    assert asked.acceptances() == before


def test_an_earlier_link_is_over(asked, secret):
    """Asked again, the client has one link that works: the last one."""
    old = asked.token
    asked.token = asked.ask()
    secret.secrets[:] = asked.secrets()
    assert old != asked.token
    before = asked.acceptances()
    assert not accepted(answer(asked, "accept", old))
    assert asked.acceptances() == before


def test_link_is_good_for_one_decision(asked):
    """It accepts once, and decides nothing after; the address is on record."""
    before = len(asked.acceptances())
    assert accepted(answer(asked, "accept", asked.token))
    taken = asked.acceptances()[before:]
    assert [row["decision"] for row in taken] == ["accepted"]
    assert taken[0]["email"] == CLIENT
    assert taken[0]["partner_id"][0] == asked.contact
    assert not accepted(answer(asked, "accept", asked.token))
    for kind in ("refuse", "question"):
        answer(asked, kind, asked.token, reason="Changed my mind")
    assert len(asked.acceptances()) == before + 1


def test_manager_accepts_in_nobodys_name(asked, people, admin):
    """What the manager may note is the manager's own note, and never the link's."""
    pm, before = people["pm"], asked.acceptances()
    for values in (
        {"billing_signed_off": True},
        {"billing_ask_nonce": "mine"},
        {"billing_acceptance_ids": [[0, 0, {"decision": "accepted"}]]},
    ):
        refused = refusal(pm.write, MILESTONE, asked.id, **values)
        assert refused and refused.is_a_sentence, values
    refused = refusal(
        pm.create,
        "project.billing.acceptance",
        milestone_id=asked.id,
        decision="accepted",
        email=CLIENT,
    )
    assert refused and refused.is_a_sentence
    assert asked.acceptances() == before


# === INVOICES ===


def page_of(site, path, **parameters):
    """Open a page without a login; return its session, its text and its form's key."""
    session = requests.Session()
    page = session.get(f"{site.url}{path}", params=parameters)
    csrf = re.search(r'csrf_token: "([^"]+)"', page.text)
    return session, page, csrf[1] if csrf else ""


@pytest.fixture(scope="module")
def question(people, admin):
    """Return the client's question about a line of an invoice, ``(move, id)``."""
    client = people["client"]
    move = admin.find(
        "account.move",
        [
            ("partner_id", "child_of", admin.ref("partner_maple")),
            ("state", "=", "posted"),
            ("move_type", "=", "out_invoice"),
        ],
        "invoice_line_ids",
        limit=1,
    )[0]
    page = client.get(f"/my/invoices/{move['id']}")
    csrf = re.search(r'csrf_token: "([^"]+)"', page.text)[1]
    data = {
        "csrf_token": csrf,
        "line_id": move["invoice_line_ids"][0],
        "text": "What is this for?",
        "name": "Grace",
    }
    client.post(f"/my/billing/invoice/{move['id']}/question", data)
    (row,) = admin.find(
        "project.billing.question", [("move_id", "=", move["id"])], "state"
    )
    assert row["state"] == "open"
    return move["id"], row["id"]


@pytest.mark.parametrize("login", ["pm", "accountant"])
def test_question_is_not_withdrawn_by_who_answers(login, people, admin, question):
    """Whoever reads invoices has their links, and takes back no question by them."""
    person = people[login]
    move, question_id = question
    url = person.call("account.move", "get_portal_url", [move])
    token = re.search(r"access_token=([^&]+)", url)[1]
    address, path = f"/my/invoices/{move}", f"/my/billing/invoice/{move}/question"
    stranger, page, csrf = page_of(admin.site, address, access_token=token)
    assert page.status_code == 200 and "What is this for?" in page.text
    assert "/withdraw" not in page.text
    own = re.search(r'csrf_token: "([^"]+)"', person.get("/odoo").text)[1]
    for http, key in ((stranger, csrf), (person.http, own)):
        data = {"csrf_token": key, "access_token": token}
        url = f"{admin.site.url}{path}/{question_id}/withdraw"
        assert http.post(url, data=data).status_code == 404
    for method, arguments in (
        ("write", [{"state": "withdrawn"}]),
        ("_withdraw", []),
    ):
        refused = refusal(
            person.call, "project.billing.question", method, [question_id], *arguments
        )
        assert refused, method
    (row,) = admin.read("project.billing.question", question_id, "state")
    assert row["state"] == "open"


def test_question_is_withdrawn_by_the_client(people, admin, question):
    """The attack above fails for who asked it, not for the route."""
    client = people["client"]
    move, question_id = question
    page = client.get(f"/my/invoices/{move}").text
    csrf = re.search(r'csrf_token: "([^"]+)"', page)[1]
    path = f"/my/billing/invoice/{move}/question/{question_id}/withdraw"
    client.post(path, {"csrf_token": csrf})
    (row,) = admin.read("project.billing.question", question_id, "state")
    assert row["state"] == "withdrawn"
