"""Approval levels and differences: what holds for all of them."""

from decimal import Decimal

from hypothesis import given, strategies as st

from odoo.addons.project_invoice_tracker.billing import changes, levels

people = st.integers(1, 6)
covers = st.sampled_from(sorted(levels.COVERS))
parts = st.fixed_dictionaries({name: st.sampled_from("ab") for name in levels.ASPECTS})
steps = st.lists(
    st.builds(
        levels.Step,
        level_id=st.integers(1, 4),
        covers=covers,
        required=st.integers(1, 3),
        user_ids=st.frozensets(people),
    ),
    max_size=4,
    unique_by=lambda step: step.level_id,
)
approvals = st.lists(
    st.builds(
        levels.Given,
        id=st.integers(1, 99),
        level_id=st.integers(1, 4),
        user_id=people,
        authority_id=people,
        parts=parts.map(lambda part: tuple(part.items())),
    ),
    max_size=8,
)


@given(st.lists(people), st.dictionaries(people, st.lists(people)), st.sets(people))
def test_nobody_who_is_barred_decides(approvers, delegates, barred):
    """I24: neither in person nor by a delegate; and only for an approver."""
    found = levels.deciders(approvers, delegates, barred)
    assert not set(found) & barred
    assert not set(found.values()) & barred
    assert set(found.values()) <= set(approvers)
    for who, authority in found.items():
        assert who == authority or who in delegates[authority]


@given(steps, approvals, parts, st.sets(people))
def test_what_is_carried_over(asked, given_before, now, barred):
    """I6, I24: nothing that changed is kept, nobody twice, nobody who is barred."""
    kept = levels.carried(asked, given_before, now, barred)
    everybody = []
    for position, rows in kept.items():
        step = asked[position]
        assert len(rows) <= step.required
        for row in rows:
            changed = levels.touched(dict(row.parts), now)
            assert not changed & levels.COVERS[step.covers]
            assert row.level_id == step.level_id
            assert row.authority_id in step.user_ids
            everybody.append(row.people)
    for position, row in enumerate(everybody):
        assert not row & barred
        assert not row & set().union(*everybody[:position])


@given(steps, approvals, parts)
def test_an_uncovered_change_asks_all(asked, given_before, now):
    """I6: what no level answers for is asked of every level."""
    covered = frozenset().union(*(levels.COVERS[step.covers] for step in asked))
    for rows in levels.carried(asked, given_before, now, set()).values():
        for row in rows:
            assert levels.touched(dict(row.parts), now) <= covered


@given(
    st.decimals(0, 1000, places=2),
    st.lists(st.decimals(0, 1000, places=2), max_size=5),
    st.decimals(0, 100, places=2),
)
def test_levels_apply_upwards(amount, thresholds, more):
    """A higher amount is asked of the same levels, and perhaps of others."""
    every = [
        levels.Level(position, amount_from=threshold)
        for position, threshold in enumerate(thresholds)
    ]
    low = levels.asked(every, levels.Facts(amount))
    high = levels.asked(every, levels.Facts(amount + more))
    assert set(low) <= set(high)


@given(
    st.lists(st.decimals(0, 100, places=2)), st.decimals(1, 100), st.decimals(100, 300)
)
def test_a_month_is_never_exceeded(amounts, limit, month):
    """I24: whatever comes, the sum within the own limit stays below the month's."""
    used = Decimal(0)
    for amount in amounts:
        if levels.within(amount, used, limit, month):
            used += amount
    assert used <= month


values = st.dictionaries(
    st.sampled_from(["customer", "text", "price", "untaxed"]),
    st.tuples(st.text(max_size=3), st.integers(0, 2)).map(list),
)
lines = st.dictionaries(
    st.sampled_from("123"),
    st.fixed_dictionaries(
        {"name": st.text(max_size=3), "summary": st.just("s"), "work": values}
    ),
)
snapshots = st.fixed_dictionaries({"terms": values, "amounts": values, "lines": lines})


@given(snapshots)
def test_no_difference_to_itself(snapshot):
    assert changes.compare(snapshot, snapshot) == []


@given(snapshots, snapshots)
def test_differences_go_both_ways(old, new):
    """What changed one way changed back the other way."""
    there = {(row.aspect, row.what) for row in changes.compare(old, new)}
    back = {(row.aspect, row.what) for row in changes.compare(new, old)}
    assert there == back


content = st.fixed_dictionaries(
    {
        "partner": st.integers(0, 2),
        "currency": st.integers(0, 2),
        "period": st.integers(0, 2),
        "amounts": st.integers(0, 2),
        "lines": st.lists(
            st.lists(st.integers(0, 2), min_size=9, max_size=10), max_size=2
        ),
        "slices": st.integers(0, 2),
        "unknown": st.integers(0, 2),
    }
)


@given(content, content)
def test_every_change_touches_an_aspect(one, other):
    """I6: no change of the content escapes the fingerprints of its aspects."""
    same = changes.fingerprints(one) == changes.fingerprints(other)
    assert same == (one == other)
