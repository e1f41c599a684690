"""Arithmetic of the work details (the annex) of an invoice.

Hours are shown so that the rows add up, and are gathered as the line detail says.
"""

from decimal import Decimal

from .rounding import exact

#: What gathers the entries of a table, by line detail of the rule.
GROUP_KEYS = {
    "project": lambda entry: (),
    "entry": lambda entry: (),
    "task": lambda entry: (entry["task"],),
    "person": lambda entry: (entry["person"],),
    "task_person": lambda entry: (entry["task"], entry["person"]),
    "day": lambda entry: (entry["date"] or "",),
}
#: What a row need not say again, by what its table is gathered by.
SAID_BY_GROUP = {
    "task": {"task"},
    "person": {"person"},
    "task_person": {"task", "person"},
    "day": {"date"},
}


def clock(seconds, precise=False):
    """Return seconds as hours and minutes: such cells add up, decimal hours do not.

    :param precise: show the seconds, too

    >>> clock(1200), clock(36300), clock(-5400), clock(0)
    ('0:20', '10:05', '-1:30', '0:00')
    >>> clock(89, precise=True), clock(-3600, precise=True)
    ('0:01:29', '-1:00:00')
    """
    minutes, rest = divmod(abs(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    tail = f":{rest:02}" if precise else ""
    return f"{'-' if seconds < 0 else ''}{hours}:{minutes:02}{tail}"


def whole_seconds(minutes):
    """Round exact minutes to whole seconds that sum to the rounded total.

    >>> whole_seconds([Decimal("1.483333"), Decimal("0.416667"), Decimal(20)])
    [89, 25, 1200]
    >>> whole_seconds([Decimal("19.98")] * 3)
    [1199, 1199, 1198]
    """
    parts, reached, given = [], Decimal(0), 0
    for each in minutes:
        reached += each * 60
        upto = int(exact(reached, 0))
        parts.append(upto - given)
        given = upto
    return parts


def gather(entries, group):
    """Gather entries; return ``[(line detail, its values, entries)]`` in order.

    :param entries: dicts with ``date`` (ISO), ``task``, ``person`` and ``detail``, the
        line detail of the rule that bills them
    :param str group: a line detail, or ``rule`` for that of the rule

    >>> def entry(date, task):
    ...     return {"date": date, "task": task, "person": "Ann", "detail": "task"}
    >>> rows = [entry("2026-03-03", "Test"), entry("2026-03-02", "Test"),
    ...         entry("2026-03-02", "Design")]
    >>> [(kind, key, len(part)) for kind, key, part in gather(rows, "rule")]
    [('task', ('Design',), 1), ('task', ('Test',), 2)]
    >>> [part[0]["date"] for _kind, _key, part in gather(rows, "project")]
    ['2026-03-02']
    """
    found = {}
    for entry in sorted(entries, key=lambda entry: entry["date"] or ""):
        kind = entry["detail"] if group == "rule" else group
        key = GROUP_KEYS[kind](entry)
        # without anything to gather by, all is one table
        found.setdefault((kind if key else "", key), []).append(entry)
    return [(kind, key, found[kind, key]) for kind, key in sorted(found)]
