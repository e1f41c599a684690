"""Everything that a login can read, model by model, by the doors that Odoo has."""

import json
import re

from .client import Refused

#: Rows of a model that are read; the latest first.
ROWS = 400
#: What holds nothing of the database's people: no tables in Odoo, but models; and its
#: list of add-ons, which takes seconds.
LEFT_OUT = {
    "hr.employee.skill.history.report",
    "ir.module.module",
    "project.task.burndown.chart.report",
    "res.users.apikeys.show",
}
#: Where mails, messages, documents and what is about them are kept.
KEPT = re.compile(
    r"mail\.|bus\.|discuss\.|project\.(?!task)|ir\.(attachment|logging|cron|actions)"
    r"|account\.move|rating\.|portal\.|res\.(partner|users)|sale\.order|digest\."
    r"|base\.automation|sms\.|account\.analytic\.line"
)
#: Fields by model that some login could not read, so that the next one does not begin
#: with them.
_awkward = {}


def models(admin):
    """Return the names of all models, as the administrator knows them."""
    rows = admin.find("ir.model", [("transient", "=", False)], "model")
    return sorted({row["model"] for row in rows} - LEFT_OUT)


def names(person, model):
    """Return the fields that a person is told of, without files and slow figures."""
    try:
        fields = person.call(model, "fields_get", [], ["type", "store"])
    except Refused:
        return {}
    return {
        name: field["type"]
        for name, field in fields.items()
        if field["type"] not in ("binary", "properties", "properties_definition")
    }


def rows(person, model):
    """Return all that a person reads of a model, as one text.

    What cannot be read in one go is read without the field that stands in the way, or
    in halves, down to a single field.
    """
    options = {"limit": ROWS, "order": "id desc"}
    # of a file, its size
    options["context"] = {"active_test": False, "bin_size": True}
    try:
        return as_text(person.find(model, [], **options))
    except Refused as refused:
        if is_closed(model, refused):
            return ""
    known = _awkward.setdefault(model, set())
    wanted = list(names(person, model))
    alone = [[name] for name in wanted if name in known]
    found, waiting = [], [*alone, [name for name in wanted if name not in known]]
    while waiting:
        wanted = waiting.pop()
        if not wanted:
            continue
        try:
            found.append(person.find(model, [], *wanted, **options))
        except Refused as refused:
            half = len(wanted) // 2
            named = stands_in_the_way(wanted, refused)
            if named:
                known.add(named)
                waiting.append([name for name in wanted if name != named])
            elif half:
                waiting += [wanted[:half], wanted[half:]]
            else:
                known.update(wanted)
    return as_text(found)


def is_closed(model, refused):
    """Tell whether a refusal is about the model as a whole."""
    return bool(re.match(rf"You are not allowed to access .*\({model}\)", refused.text))


def stands_in_the_way(wanted, refused):
    """Return the field that a refusal names, if it is one of some fields."""
    named = re.match(r"Failed to read field [\w.]+\.(\w+)", refused.text)
    named = named or re.search(r'access the field "(\w+)"', refused.text)
    return named[1] if named and named[1] in wanted else None


def as_text(answer):
    """Return an answer as one text, with its letters as they are."""
    return json.dumps(answer, ensure_ascii=False)
