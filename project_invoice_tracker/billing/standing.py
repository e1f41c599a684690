"""The billing status of a project, and the alerts of its budget."""

from typing import NamedTuple

GOOD, WATCH, BAD = "good", "watch", "bad"

#: From when on each cause is worth a look, and from when on it is urgent; per cent of
#: a budget or cap, days for everything else. ``None``: never urgent by itself.
LIMITS = {
    "late": (1, 31),
    "hours": (80, 100),
    "budget": (80, 100),
    "cap": (80, 100),
    "old": (61, 91),
    "problem": (1, None),
    "milestone": (1, None),
}


class Facts(NamedTuple):
    """The figures that decide on the billing status; 0 where there is none.

    ``late``, ``old`` and ``milestone`` are days (since an instalment was due, since the
    oldest work to bill was done, since a milestone was to be reached), ``hours``,
    ``budget`` and ``cap`` per cent used, ``problem`` a number of items.
    """

    late: float = 0
    hours: float = 0
    budget: float = 0
    cap: float = 0
    old: float = 0
    problem: float = 0
    milestone: float = 0


def findings(facts):
    """Return what is wrong as ``[(level, cause)]``, the most urgent first.

    >>> findings(Facts())
    []
    >>> findings(Facts(late=1, hours=100, old=60))
    [('bad', 'hours'), ('watch', 'late')]
    >>> findings(Facts(late=31, budget=79.99, problem=200))
    [('bad', 'late'), ('watch', 'problem')]
    """
    found = []
    for cause, (watch, bad) in LIMITS.items():
        value = getattr(facts, cause)
        if bad is not None and value >= bad:
            found.append((BAD, cause))
        elif value >= watch:
            found.append((WATCH, cause))
    return sorted(found, key=lambda finding: finding[0] != BAD)


def worst(found):
    """Return the level of the most urgent finding.

    >>> worst([]), worst([(WATCH, "late")]), worst([(BAD, "cap"), (WATCH, "late")])
    ('good', 'watch', 'bad')
    """
    return found[0][0] if found else GOOD


def percent(used, limit):
    """Return the percentage of a limit that is used; 0 without a limit.

    >>> percent(30, 40), percent(5, 0), percent(50, 40)
    (75.0, 0.0, 125.0)
    """
    return 100.0 * used / limit if limit else 0.0


def thresholds(text):
    """Return the percentages that are named in a text, the highest first.

    :param str text: numbers from 1 to 1000, with commas between; empty for none
    :raises ValueError: when it is something else

    >>> thresholds("50, 80,100"), thresholds(""), thresholds(None)
    ([100, 80, 50], [], [])
    >>> thresholds("80 %")
    Traceback (most recent call last):
    ...
    ValueError: 80 %
    """
    found = set()
    for part in (text or "").split(","):
        word = part.strip()
        if not word:
            continue
        if not (word.isascii() and word.isdigit() and 1 <= int(word) <= 1000):
            raise ValueError(word)
        found.add(int(word))
    return sorted(found, reverse=True)


def reached(used, alerts):
    """Return the highest alert threshold that is reached, or 0.

    >>> reached(99.9, [100, 80, 50]), reached(100, [100, 80]), reached(10, [50])
    (80, 100, 0)
    """
    return next((alert for alert in alerts if used >= alert), 0)
