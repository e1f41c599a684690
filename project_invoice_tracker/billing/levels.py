"""Approval levels: which apply, who decides, which approvals survive a change."""

from collections.abc import Hashable
from dataclasses import dataclass
from decimal import Decimal

#: What a request consists of, as far as approvals are concerned. The paper is what no
#: amount depends on: who the customer is by name, when and where to pay, the document.
ASPECTS = ("terms", "work", "amounts", "paper")
#: Aspects that approvals of earlier versions were not given for; they still count.
LATER_ASPECTS = frozenset({"paper"})
#: What a level answers for.
COVERS = {
    "everything": frozenset(ASPECTS),
    "terms": frozenset({"terms", "paper"}),
    "amounts": frozenset({"amounts"}),
}


@dataclass(frozen=True)
class Level:
    """The conditions of an approval level; one that is empty always holds.

    :param amount_from: untaxed amount from which it is asked, company currency
    :param tag_ids: one of these tags is on the project
    :param partner_ids: the customer is one of these (commercial entities)
    :param discount_above: some line has a discount above this percentage
    """

    id: int
    sequence: int = 10
    amount_from: Decimal = Decimal(0)
    tag_ids: frozenset = frozenset()
    partner_ids: frozenset = frozenset()
    discount_above: Decimal = Decimal(0)


@dataclass(frozen=True)
class Facts:
    """What the conditions of approval levels compare in a request."""

    amount: Decimal
    tag_ids: frozenset = frozenset()
    partner_id: int | None = None
    discount: Decimal = Decimal(0)


@dataclass(frozen=True)
class Step:
    """What a level asks of one request, as it stood at submission."""

    level_id: Hashable
    covers: str = "everything"
    required: int = 1
    user_ids: frozenset = frozenset()


@dataclass(frozen=True)
class Given:
    """An approval that was given before.

    :param user_id: who decided
    :param authority_id: in whose place; the same person without a delegation
    :param parts: ``{aspect: fingerprint}`` of what it was given for
    """

    id: int
    level_id: Hashable
    user_id: int
    authority_id: int
    parts: tuple = ()

    @property
    def people(self):
        """Who decided, and in whose place: one person without a delegation."""
        return {self.user_id, self.authority_id}


def applies(level, facts):
    """Tell whether all conditions of ``level`` hold.

    >>> big = Level(1, amount_from=Decimal(1000))
    >>> applies(big, Facts(Decimal(1000))), applies(big, Facts(Decimal("999.99")))
    (True, False)
    >>> applies(Level(2, discount_above=Decimal(10)), Facts(Decimal(1)))
    False
    """
    return (
        facts.amount >= level.amount_from
        and (not level.tag_ids or bool(level.tag_ids & facts.tag_ids))
        and (not level.partner_ids or facts.partner_id in level.partner_ids)
        and (not level.discount_above or facts.discount > level.discount_above)
    )


def asked(levels, facts):
    """Return the levels that apply, in the order they are asked.

    >>> second, first = Level(1, sequence=20), Level(2, sequence=10)
    >>> [level.id for level in asked([second, first], Facts(Decimal(1)))]
    [2, 1]
    """
    found = [level for level in levels if applies(level, facts)]
    return sorted(found, key=lambda level: (level.sequence, level.id))


def deciders(user_ids, delegates, barred):
    """Return ``{who may decide: in whose place}``; the own right comes first.

    Whoever is barred decides neither in person nor by a delegate.

    :param user_ids: the approvers
    :param delegates: ``{absent user: users who decide in that place}``
    :param barred: users who may not decide on this

    >>> deciders([1, 2], {1: [3, 2], 2: [4]}, {2})
    {1: 1, 3: 1}
    """
    able = [user for user in user_ids if user not in barred]
    found = {user: user for user in able}
    for user in able:
        for delegate in delegates.get(user, ()):
            if delegate not in barred:
                found.setdefault(delegate, user)
    return found


def unfilled(asked):
    """Return the position of the first level without enough approvers, or None.

    Each person counts for one level only, in person or by a delegate.

    :param asked: ``[(how many, {who may decide: in whose place})]`` in order

    >>> unfilled([(1, {1: 1, 2: 2}), (1, {1: 1})]) is None
    True
    >>> unfilled([(1, {1: 1}), (1, {1: 1})]), unfilled([(2, {1: 1, 3: 1})])
    (1, 0)
    """
    people = [(required, set(able)) for required, able in asked]
    places = [(required, set(able.values())) for required, able in asked]
    found = [
        position
        for position in (_first_unfilled(people), _first_unfilled(places))
        if position is not None
    ]
    return min(found, default=None)


def _first_unfilled(asked):
    """Return the position of the first level that its people cannot fill.

    :param asked: ``[(how many, who)]`` in order
    """
    holds = {}

    def place(position, seen):
        """Find somebody for a place at this level, moving others on if need be."""
        for person in sorted(asked[position][1] - seen):
            seen.add(person)
            if person not in holds or place(holds[person], seen):
                holds[person] = position
                return True
        return False

    for position, (required, _people) in enumerate(asked):
        if not all(place(position, set()) for _place in range(required)):
            return position
    return None


def touched(before, now):
    """Return the aspects that differ between two ``{aspect: fingerprint}``.

    >>> sorted(touched({"terms": "a", "work": "b"}, {"terms": "a", "work": "c"}))
    ['work']
    """
    return {
        aspect
        for aspect in ASPECTS
        if before.get(aspect) != now.get(aspect)
        and (aspect in before or aspect not in LATER_ASPECTS)
    }


def keeps(covers, before, now, every_cover):
    """Tell whether an approval still holds after a change.

    It does when nothing that its level reviews has changed. A change that no level
    reviews ends all approvals.

    :param covers: a key of :data:`COVERS`
    :param every_cover: the same of all levels that apply now

    >>> old, new = {"terms": "a", "amounts": "x"}, {"terms": "b", "amounts": "x"}
    >>> keeps("amounts", old, new, ["terms", "amounts"])
    True
    >>> keeps("amounts", old, new, ["amounts"])
    False
    """
    changed = touched(before, now)
    covered = frozenset().union(*(COVERS[name] for name in every_cover))
    return not changed - covered and not changed & COVERS[covers]


def carried(steps, given, now, barred):
    """Return which earlier approvals still count: ``{step's position: approvals}``.

    Each person counts for one step only, and only while still an approver of it.

    :param steps: :class:`Step` in order
    :param given: :class:`Given` that came before, latest first
    :param now: ``{aspect: fingerprint}`` of what is submitted now
    :param barred: users who may not decide on it any more

    >>> step = Step(7, user_ids=frozenset({1}))
    >>> kept = carried([step], [Given(3, 7, 1, 1, (("work", "w"),))],
    ...                {"work": "w"}, set())
    >>> [approval.id for approval in kept[0]]
    [3]
    """
    used, found = set(barred), {}
    every_cover = [step.covers for step in steps]
    for position, step in enumerate(steps):
        kept = []
        for approval in given:
            if (
                len(kept) < step.required
                and approval.level_id == step.level_id
                and approval.authority_id in step.user_ids
                and not approval.people & used
                and keeps(step.covers, dict(approval.parts), now, every_cover)
            ):
                kept.append(approval)
                used |= approval.people
        if kept:
            found[position] = kept
    return found


def within(amount, used, limit, month_limit):
    """Tell whether an amount is within a user's limits per request and month.

    >>> within(Decimal(100), Decimal(850), Decimal(100), Decimal(950))
    True
    >>> within(Decimal(100), Decimal(851), Decimal(100), Decimal(950))
    False
    """
    return amount <= limit and used + amount <= month_limit
