"""The life of a billing request: which step leads where.

The whole state machine is this table; the models only ask it.
"""

DRAFT = "draft"
SUBMITTED = "submitted"
APPROVED = "approved"
INVOICED = "invoiced"
CANCELLED = "cancelled"

#: step -> (states it may start from, state it leads to)
STEPS = {
    "submit": ({DRAFT}, SUBMITTED),
    "approve": ({SUBMITTED}, APPROVED),
    "reject": ({SUBMITTED, APPROVED}, DRAFT),
    "withdraw": ({SUBMITTED, APPROVED}, DRAFT),
    "void": ({SUBMITTED, APPROVED}, DRAFT),
    "invoice": ({APPROVED}, INVOICED),
    "send_back": ({INVOICED}, DRAFT),
    "cancel": ({DRAFT, APPROVED}, CANCELLED),
    "invoice_cancelled": ({INVOICED}, CANCELLED),
    "invoice_restored": ({CANCELLED}, INVOICED),
}

#: Steps after which an earlier approval counts no more.
VOIDING_STEPS = frozenset({"reject", "withdraw", "void", "send_back", "cancel"})


def target(step, state):
    """Return the state that ``step`` leads to from ``state``, ``None`` if it may not.

    >>> target("submit", "draft"), target("approve", "draft")
    ('submitted', None)
    """
    sources, destination = STEPS[step]
    return destination if state in sources else None
