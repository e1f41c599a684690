"""Who changed what an amount was computed from does not approve it (A4)."""

import re
from datetime import date

import pytest

from .bait import link
from .client import Login, Refused, refusal
from .priced import CHANGES, RATE, REQUEST, Priced, change, submit_all

#: Whoever may change prices, and approve.
GROUPS = (
    "base.group_user",
    "project_invoice_tracker.group_billing_approver",
    "project_invoice_tracker.group_billing_manager",
    "project.group_project_manager",
    "hr_timesheet.group_hr_timesheet_approver",
    "hr.group_hr_manager",
)


@pytest.fixture(scope="module")
def groups(admin):
    """Return the command that gives all these groups."""
    return link(
        admin.ref(name, module)
        for module, name in (group.split(".") for group in GROUPS)
    )


@pytest.fixture(scope="module")
def mallory(site, admin, groups):
    """Return somebody who may change prices, and approve."""
    values = {"name": "Mallory Moore", "email": "mallory@example.com"}
    login = {"login": "mallory", "password": "mallory"}
    admin.create("res.users", group_ids=groups, **values, **login)
    return Login(site, "mallory")


@pytest.fixture(scope="module")
def mallory_again(site, admin, mallory, groups):
    """Return the second login of the same person, which has the same contact."""
    (row,) = admin.read("res.users", mallory.uid, "partner_id")
    login = {"login": "mallory2", "password": "mallory2"}
    partner = row["partner_id"][0]
    admin.create("res.users", partner_id=partner, group_ids=groups, **login)
    return Login(site, "mallory2")


# === WAYS TO APPROVE ===


def by_the_mail(person, request):
    """Press the button of the mail, and answer its page."""
    path = f"/billing/request/{request}/approve"
    page = person.get(path)
    csrf = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    shown = re.search(r'name="submission"[^>]*value="([^"]*)"', page.text)
    assert page.status_code == 200
    assert csrf and shown, "nothing waits for a decision"
    answer = person.post(path, {"csrf_token": csrf[1], "submission": shown[1]})
    if person.read(REQUEST, request, "state")[0]["state"] == "submitted":
        raise Refused(answer.text, "odoo.exceptions.UserError")


def by_the_list(person, request):
    """Run whatever the list of requests offers on it, then edit it in the list."""
    views = person.call(REQUEST, "get_views", [[False, "list"]], {"toolbar": True})
    context = {"active_model": REQUEST, "active_ids": [request], "active_id": request}
    for action in views["views"]["list"]["toolbar"].get("action", []):
        if action["type"] == "ir.actions.server":
            values = {"action_id": action["id"], "context": context}
            refusal(person.json, "/web/action/run", **values)
    person.call(REQUEST, "web_save", [request], {"state": "approved"}, {"id": {}})


def ways(person, request):
    """Return ``{name: refusal}`` of every way to approve a request."""
    call, name = person.call, "action_approve"
    button = f"/web/dataset/call_button/{REQUEST}/{name}"
    pressed = {"model": REQUEST, "method": name, "args": [[request]], "kwargs": {}}
    return {
        "button": refusal(person.json, button, **pressed),
        "JSON-RPC": refusal(person.call_rpc, REQUEST, name, [request]),
        "JSON-2": refusal(person.call_json2, REQUEST, name, ids=[request]),
        "mail": refusal(by_the_mail, person, request),
        "list": refusal(by_the_list, person, request),
        "several": refusal(call, REQUEST, name, [request, request]),
        "state": refusal(person.write, REQUEST, request, state="approved"),
        "log": refusal(
            person.create,
            "project.billing.approval",
            request_id=request,
            user_id=person.uid,
            decision="approve",
        ),
        "own name": refusal(
            call, REQUEST, name, [request], context={"uid": 1, "su": True}
        ),
    }


def pressed(person, request):
    """Return the refusal of the button alone."""
    return {"button": refusal(person.call, REQUEST, "action_approve", [request])}


def assert_barred(bait, request, refused):
    """Assert that each way was refused with a sentence, and the request waits."""
    for way, said in refused.items():
        assert said, f"approved by {way}"
        assert said.is_a_sentence, (way, said.kind, said.text)
    assert bait.state(request) == "submitted"


# === ATTACKS ===


@pytest.fixture(scope="module")
def changed(admin, people, mallory):
    """Return ``{what was changed: (project, request)}``; nobody had billed it yet."""
    baits = dict(zip(CHANGES, Priced.make(admin, len(CHANGES)), strict=True))
    for what, bait in baits.items():
        change(mallory, bait, what)
    requests = submit_all(people["pm"], list(baits.values()))
    return dict(zip(baits, zip(baits.values(), requests, strict=True), strict=True))


@pytest.mark.parametrize("what", list(CHANGES))
def test_changed(what, changed, mallory, mallory_again):
    """By either login, with the button and by the mail."""
    bait, request = changed[what]
    refused = pressed(mallory_again, request)
    refused["mail"] = refusal(by_the_mail, mallory, request)
    assert_barred(bait, request, refused)


def test_no_way_around(changed, mallory, mallory_again):
    """Every way there is, on one of them."""
    bait, request = changed["hours of an entry"]
    for person in (mallory, mallory_again):
        assert_barred(bait, request, ways(person, request))


def test_several_at_once(changed, mallory):
    """One of them does not pass among others."""
    baits, requests = zip(*changed.values(), strict=True)
    refused = refusal(mallory.call, REQUEST, "action_approve", list(requests))
    assert_barred(baits[0], requests[0], {"button": refused})
    assert {bait.state(r) for bait, r in changed.values()} == {"submitted"}


def test_deleted_what_a_rate_names(admin, people, mallory):
    """It is not deleted at all; taking it out of the rate first is a change."""
    (bait,) = Priced.make(admin)
    refused = refusal(mallory.unlink, "project.tags", bait.tag)
    assert refused and refused.is_a_sentence
    mallory.write(RATE, bait.rate_of_tag, tag_id=bait.other_tag)
    mallory.unlink("project.tags", bait.tag)
    (request,) = submit_all(people["pm"], [bait])
    assert_barred(bait, request, pressed(mallory, request))


def test_changed_after_the_submission(admin, people, mallory):
    """What is submitted keeps its price; collected again, the changer is barred."""
    pm = people["pm"]
    (bait,) = Priced.make(admin)
    (request,) = submit_all(pm, [bait])
    change(mallory, bait, "price of a rate")
    assert_barred(bait, request, pressed(mallory, request))
    pm.call(REQUEST, "action_withdraw", [request])
    pm.call(REQUEST, "action_cancel", [request])
    (again,) = submit_all(pm, [bait])
    assert_barred(bait, again, pressed(mallory, again))


def test_undone_before_the_submission(admin, people, mallory):
    """Hours there and back are a change of hours that nobody else saw."""
    (bait,) = Priced.make(admin)
    mallory.write("account.analytic.line", bait.entry, unit_amount=9)
    mallory.write("account.analytic.line", bait.entry, unit_amount=4)
    (request,) = submit_all(people["pm"], [bait])
    assert_barred(bait, request, pressed(mallory, request))


def test_changed_by_an_import(admin, people, mallory):
    """Odoo's import writes what a form writes."""
    (bait,) = Priced.make(admin)
    rows = [[str(bait.rate), "133"]]
    answer = mallory.call(RATE, "load", [".id", "price_unit"], rows)
    assert answer["ids"] == [bait.rate], answer
    (request,) = submit_all(people["pm"], [bait])
    assert_barred(bait, request, pressed(mallory, request))


def test_by_a_delegate(admin, people, mallory):
    """Who stands in for an approver is still who changed the price."""
    (bait,) = Priced.make(admin)
    change(mallory, bait, "price of a rate")
    (request,) = submit_all(people["pm"], [bait])
    today = date.today().isoformat()
    delegation = admin.create(
        "project.billing.delegation",
        user_id=people["approver"].uid,
        delegate_id=mallory.uid,
        date_from=today,
        date_to=today,
    )
    assert_barred(bait, request, ways(mallory, request))
    admin.unlink("project.billing.delegation", delegation)


def test_others_may_approve(changed, people):
    """Nobody else is barred: a stranger to the change approves what was changed."""
    bait, request = changed["price of a rate"]
    people["approver"].call(REQUEST, "action_approve", [request])
    assert bait.state(request) == "approved"


def test_who_changed_nothing_may_approve(admin, people, mallory):
    """The attacks above fail for the change, not for the attacker."""
    (bait,) = Priced.make(admin)
    (request,) = submit_all(people["pm"], [bait])
    mallory.call(REQUEST, "action_approve", [request])
    assert bait.state(request) == "approved"
