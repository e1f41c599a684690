"""What changed between two contents: fingerprints of their aspects, and a table.

The *content* is what an approval is bound to, as plain values. The *snapshot* is the
same for people: ``{aspect: {what: [text, key]}}`` and the same for each line under
``lines``. Two values are equal when their keys are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from .fingerprint import fingerprint
from .levels import ASPECTS, LATER_ASPECTS, touched
from .transitions import APPROVING_STEPS

#: Steps of which the log keeps the content, to show later what changed since.
SHOWN_STEPS = APPROVING_STEPS | {"submit", "reject", "void"}

#: The part of the content that each level answers for; what is not named is work.
TERMS = (
    "company",
    "project",
    "partner",
    "currency",
    "fiscal_position",
    "payment_term",
    "reference",
    "message",
    "now",
)
AMOUNTS = ("amounts", "amounts_now", "line_amounts_now")
#: The values of a line that make its amount: quantity, price, taxes, discount.
LINE_AMOUNTS = (5, 6, 7, 9)
#: Values that are amounts of money: kept as plain numbers, and written in the reader's
#: way when somebody reads them.
MONEY = {"untaxed", "tax", "price", "line_untaxed", "line_tax"}
#: A value as it would be by today's settings, beside the one of the document.
TODAY = "_now"


@dataclass(frozen=True)
class Change:
    """One difference between two contents, as a row of the table shows it.

    :param what: name of the value, ``line`` for a line that came or went
    :param line: text of the line it is on, empty for the document
    """

    aspect: str
    what: str
    line: str
    old: str
    new: str


@dataclass(frozen=True)
class Content:
    """The content of a request on which a step, such as an approval, is taken.

    :param fingerprint: of all of it
    :param parts: ``{aspect: fingerprint}``
    :param document: what the document itself holds, as plain values
    :param basis: fingerprint of all that this content is computed from
    :param write: makes the snapshot, which few steps need
    """

    fingerprint: str
    parts: dict
    document: dict
    basis: str
    write: Callable

    @cached_property
    def snapshot(self):
        """Return the content in words; see the head of this file."""
        return self.write()

    @cached_property
    def stored(self):
        """The fingerprint of the document alone, as early versions logged it."""
        return fingerprint(self.document)

    @classmethod
    def of(cls, document, today, basis, write):
        """Return the content of a document.

        :param dict document: what it holds, as plain values
        :param dict today: what it would hold by today's settings
        :param str basis: fingerprint of all that both are computed from
        :param write: makes the snapshot
        """
        every = {**document, **today}
        return cls(fingerprint(every), fingerprints(every), document, basis, write)

    def log_values(self, decision):
        """Return the values that the approval history keeps of this content."""
        if decision not in SHOWN_STEPS:
            return {"fingerprint": self.fingerprint}
        return {
            "fingerprint": self.fingerprint,
            "parts": self.parts,
            "content": self.snapshot,
            "basis": self.basis,
            "document": self.stored,
        }

    def matches(self, stored, parts):
        """Tell whether a row of the log was written on this content.

        :param stored: fingerprint of the row
        :param parts: those of its aspects; a row of an earlier version has none
        """
        if not parts:
            return stored == self.stored
        return not touched(parts, self.parts)


def split(content):
    """Return ``{aspect: content}`` of the content of a request.

    >>> parts = split({"partner": 1, "currency": 2, "amounts": [3], "period": 4})
    >>> parts["terms"], parts["work"]
    ({'partner': 1, 'currency': 2}, {'period': 4})
    >>> parts["amounts"]
    {'currency': 2, 'amounts': [3]}
    """
    parts = {aspect: {} for aspect in ASPECTS}
    for name, value in content.items():
        if name == "lines":
            parts["work"][name] = [_pick(line, False) for line in value]
            parts["amounts"][name] = [_pick(line, True) for line in value]
        elif name in TERMS:
            parts["terms"][name] = value
        elif name == "paper":
            parts["paper"] = value
        else:
            parts["amounts" if name in AMOUNTS else "work"][name] = value
    if "currency" in content:
        parts["amounts"] = {"currency": content["currency"], **parts["amounts"]}
    return parts


def _pick(line, amounts):
    """Return the amounts of a line with its id, or everything else of it."""
    return [
        value
        for position, value in enumerate(line)
        if not position or (position in LINE_AMOUNTS) == amounts
    ]


def fingerprints(content):
    """Return ``{aspect: fingerprint}``."""
    return {aspect: fingerprint(part) for aspect, part in split(content).items()}


def compare(old, new):
    """Return the :class:`Change` rows that lead from one snapshot to another.

    >>> before = {"terms": {"customer": ["Azure", 1]}, "lines": {}}
    >>> after = {"terms": {"customer": ["Deco", 2]}, "lines": {}}
    >>> [(row.what, row.old, row.new) for row in compare(before, after)]
    [('customer', 'Azure', 'Deco')]
    """
    rows = _values(old, new, "")
    before, after = old.get("lines", {}), new.get("lines", {})
    for line_id in {**after, **before}:
        one, other = before.get(line_id), after.get(line_id)
        if one and other:
            rows += _values(one, other, other["name"])
        else:
            rows.append(
                Change(
                    "work",
                    "line",
                    (one or other)["name"],
                    one["summary"] if one else "",
                    other["summary"] if other else "",
                )
            )
    # the same change of a value and of what it would be today is one
    return sorted(dict.fromkeys(rows), key=lambda row: ASPECTS.index(row.aspect))


def _values(old, new, line):
    """Return the changes between two sets of values by aspect."""
    rows = []
    for aspect in ASPECTS:
        if aspect in LATER_ASPECTS and aspect not in old:
            continue
        before, after = old.get(aspect, {}), new.get(aspect, {})
        for what in {**before, **after}:
            one, other = before.get(what, ["", None]), after.get(what, ["", None])
            if one[1] != other[1]:
                name = what.removesuffix(TODAY)
                shown = [str(value[0] or value[1] or "") for value in (one, other)]
                rows.append(Change(aspect, name, line, *shown))
    return rows
