"""Who merely sees a project learns no price, and no word of its billing (A3)."""

import re

import pytest

from . import walk
from .client import Refused, refusal
from .planted import NUMBERS, WORD, Planted

#: A colleague who logs time, the manager of another project, a client of another one.
OUTSIDERS = ("consultant", "pm2", "client")
INSIDERS = ("consultant", "pm2")
OURS = "project.billing."


@pytest.fixture(scope="module")
def planted(admin, people):
    """Return the project, with everybody told of everything about it."""
    planted = Planted(admin, people["pm"], people["approver"])
    follows = [people[login].partner_id for login in INSIDERS]
    admin.call("project.project", "message_subscribe", [planted.project], follows)
    for login in INSIDERS:
        planted.give_away(people[login])
    return planted


def assert_nothing(text, where):
    """Assert that a text holds none of the numbers and none of the words."""
    for what, number in NUMBERS.items():
        whole, _dot, rest = str(number).partition(".")
        pattern = rf"{whole[:-3]}[,.  ]?{whole[-3:]}[.,]{rest}"
        assert not re.search(pattern, text), f"{where}: {what}"
    found = re.search(rf"{WORD}-\w+", text)
    assert not found, f"{where}: {found[0]}"


# === THE PLANTING ===


def test_there_is_something_to_find(planted, people):
    """The manager finds it all, or the attacks below would prove nothing."""
    manager = people["pm"]
    text = "".join(
        walk.rows(manager, model)
        for model in (*planted.ids, "project.milestone", "project.project")
    )
    for what in ("rule", "reference", "line", "comment", "cap", "signer"):
        assert f"{WORD}-{what}" in text, what
    for what in ("rate", "rule", "milestone", "contract", "budget"):
        assert str(NUMBERS[what]) in text, what
    assert len(planted.ids) >= 11


@pytest.mark.parametrize("login", INSIDERS)
def test_who_sees_it(login, planted, people):
    """Both see the project and its tasks."""
    person = people[login]
    for model, record in (
        ("project.project", planted.project),
        ("project.task", planted.seen_task),
        ("project.milestone", planted.milestone),
    ):
        (row,) = person.read(model, record, "display_name")
        assert "Seen" in row["display_name"]


# === READING ===


@pytest.mark.parametrize("login", OUTSIDERS)
def test_everything_that_is_readable(login, planted, admin, people):
    """All fields of all rows, with names of whatever they point to.

    Of all models as the consultant; as others, of those that have to do with billing.
    """
    models = walk.models(admin)
    if login != "consultant":
        models = list(filter(walk.KEPT.match, models))
    read = 0
    for model in models:
        text = walk.rows(people[login], model)
        assert_nothing(text, f"{login}: {model}")
        read += len(text)
    assert read > 10_000


@pytest.mark.parametrize("login", OUTSIDERS)
def test_each_record_by_its_id(login, planted, people):
    """Whoever knows an id asks for the name by each method that tells one."""
    person = people[login]
    asked = 0
    for model, ids in planted.ids.items():
        domain = [("id", "in", ids)]
        spec = {"display_name": {}}
        for method, arguments in (
            ("read", [ids, ["display_name"]]),
            ("web_read", [ids, spec]),
            ("name_search", ["", domain]),
            ("web_name_search", ["", spec, domain]),
            ("search_read", [domain, ["display_name"]]),
            ("web_search_read", [domain, spec]),
            ("export_data", [ids, ["display_name"]]),
            ("get_metadata", [ids]),
            ("copy", [ids]),
            ("message_get_suggested_recipients", [ids]),
        ):
            asked += 1
            try:
                answer = person.call(model, method, *arguments)
            except Refused as refused:
                # the refusal names the record as far as it may be known
                answer = refused.text
            assert_nothing(walk.as_text(answer), f"{login}: {model}.{method}")
    assert asked > 100


@pytest.mark.parametrize("login", INSIDERS)
def test_through_what_points_to_them(login, planted, admin, people):
    """Names of links, nested in whatever is readable, also of fields that hide."""
    person = people[login]
    tried = 0
    for model, record in (
        ("account.analytic.line", planted.entry),
        ("project.project", planted.project),
        ("project.milestone", planted.milestone),
        ("project.task", planted.seen_task),
    ):
        fields = admin.call(model, "fields_get", [], ["relation", "type"])
        for name, field in fields.items():
            ours = name.startswith("billing_") or (
                field.get("relation") or ""
            ).startswith(OURS)
            if not ours:
                continue
            tried += 1
            nested = {"fields": {"display_name": {}}} if field.get("relation") else {}
            for method, arguments in (
                ("web_read", [[record], {name: nested}]),
                ("read", [[record], [name]]),
                ("export_data", [[record], [f"{name}/display_name"]]),
                ("formatted_read_group", [[("id", "=", record)], [name]]),
                ("search_read", [[("id", "=", record)], [name]]),
                ("onchange", [[record], {}, [], {name: nested}]),
            ):
                try:
                    answer = person.call(model, method, *arguments)
                except Refused as refused:
                    answer = refused.text
                where = f"{login}: {model}.{name} by {method}"
                assert_nothing(walk.as_text(answer), where)
    assert tried > 50


@pytest.mark.parametrize("login", INSIDERS)
def test_compared_with(login, planted, people):
    """A number is not found by asking whether it is larger."""
    person = people[login]
    mine = ("id", "=", planted.project)
    for model, domain in (
        ("project.project", [mine, ("billing_budget_amount", ">", 1)]),
        ("project.project", [mine, ("billing_message", "like", WORD)]),
        ("project.project", [mine, ("billing_rule_ids.price_unit", ">", 1)]),
        ("project.project", [mine, ("billing_rule_ids.name", "like", WORD)]),
        ("project.project", [mine, ("milestone_ids.billing_fixed_price", ">", 1)]),
        (
            "project.task",
            [
                ("id", "=", planted.seen_task),
                ("project_id.billing_amount_ready", ">", 1),
            ],
        ),
        (
            "account.analytic.line",
            [
                ("id", "=", planted.entry),
                ("project_id.billing_rule_ids.price_unit", ">", 1),
            ],
        ),
        (
            "account.analytic.line",
            [("id", "=", planted.entry), ("billing_item_ids.price_unit", ">", 1)],
        ),
    ):
        for method in ("search_count", "search"):
            try:
                found = person.call(model, method, domain)
            except Refused as refused:
                # a field that they are not told of
                assert WORD not in refused.text
                continue
            assert not found, (login, model, domain)


@pytest.mark.parametrize("login", INSIDERS)
def test_activities_and_messages(login, planted, people):
    """What one is told of keeps the name that everybody may know."""
    person = people[login]
    rows = person.find(
        "mail.activity",
        [("user_id", "=", person.uid)],
        "res_name",
        "res_model",
        "display_name",
        "summary",
    )
    assert_nothing(walk.as_text(rows), f"{login}: activities")
    activities = [row["id"] for row in rows]
    calls = [
        ("/mail/inbox/messages", {"fetch_params": {"limit": 100}}),
        ("/mail/history/messages", {"fetch_params": {"limit": 100}}),
        (
            "/mail/data",
            {"fetch_params": ["init_messaging", "systray_get_activities", "failures"]},
        ),
    ]
    calls += [
        ("/mail/thread/messages", {"thread_model": model, "thread_id": record})
        for model, ids in planted.ids.items()
        for record in ids[:2]
    ]
    calls += [
        (
            "/mail/data",
            {
                "fetch_params": [
                    [
                        "mail.thread",
                        {
                            "thread_model": model,
                            "thread_id": ids[0],
                            "request_list": ["activities", "attachments", "followers"],
                        },
                    ]
                ]
            },
        )
        for model, ids in planted.ids.items()
    ]
    answered = 0
    for path, params in calls:
        try:
            answer = person.json(path, **params)
            answered += 1
        except Refused as refused:
            answer = refused.text
        assert_nothing(walk.as_text(answer), f"{login}: {path} {params}")
    assert answered >= 3
    if activities:
        formatted = person.call("mail.activity", "activity_format", activities)
        assert_nothing(walk.as_text(formatted), f"{login}: activity_format")


# === PAGES ===


@pytest.mark.parametrize("login", OUTSIDERS)
def test_pages(login, planted, people):
    """Previews, files, reports and redirects of records that one may not read."""
    person = people[login]
    request = planted.ids["project.billing.request"][0]
    reports = "project_invoice_tracker.report_billing_request"
    for path in (
        f"/report/html/{reports}/{request}",
        f"/report/text/{reports}/{request}",
        f"/billing/request/{request}/approve",
        f"/billing/request/{request}/reject",
        f"/my/billing/{planted.project}",
        f"/my/projects/{planted.project}",
        f"/my/billing/milestone/{planted.milestone}",
        f"/mail/view?model=project.billing.request&res_id={request}",
        f"/web/image/project.billing.rule/{planted.ids['project.billing.rule'][0]}/name",
        f"/web/content/project.billing.request/{request}/name",
        f"/web/content?model=project.billing.comment&id={request}&field=text",
        f"/odoo/billing-requests/{request}",
        f"/web/bundle/web.assets_backend?x={WORD[:3]}",
    ):
        answer = person.get(path)
        moved = "".join(each.headers.get("Location", "") for each in answer.history)
        assert answer.status_code < 500, path
        assert_nothing(answer.text + moved, f"{login}: {path}")


@pytest.mark.parametrize("login", INSIDERS)
def test_exports(login, planted, people):
    """A file has no more than the list; neither have the names of its columns."""
    person = people[login]
    for model, names in (
        ("project.project", ["name", "billing_rule_ids/name", "billing_budget_amount"]),
        ("project.billing.rate", ["display_name", "price_unit"]),
        ("account.analytic.line", ["name", "project_id/billing_rule_ids/price_unit"]),
        ("project.milestone", ["name", "billing_fixed_price"]),
    ):
        for kind in ("csv", "xlsx"):
            text = person.export(kind, model, names)
            assert_nothing(text, f"{login}: {model} as {kind}")
    for model in ("project.billing.rate", "project.billing.rule"):
        refused = refusal(
            person.call, "ir.model.fields", "search", [("model", "=", model)]
        )
        assert refused is None or refused.is_a_sentence
