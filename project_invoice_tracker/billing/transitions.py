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
    # a level that is not the last, an earlier approval that still counts
    "approve_step": ({SUBMITTED}, SUBMITTED),
    "carry_over": ({SUBMITTED}, SUBMITTED),
    "approve": ({SUBMITTED}, APPROVED),
    "approve_own": ({SUBMITTED}, APPROVED),
    "approve_rule": ({SUBMITTED}, APPROVED),
    "approve_kept": ({SUBMITTED}, APPROVED),
    "reject": ({SUBMITTED, APPROVED}, DRAFT),
    "withdraw": ({SUBMITTED, APPROVED}, DRAFT),
    "void": ({SUBMITTED, APPROVED}, DRAFT),
    "invoice": ({APPROVED}, INVOICED),
    "send_back": ({INVOICED}, DRAFT),
    "cancel": ({DRAFT, APPROVED}, CANCELLED),
    "invoice_cancelled": ({INVOICED}, CANCELLED),
    "invoice_restored": ({CANCELLED}, INVOICED),
}

#: Steps that say yes; their rows of the log count until they are voided.
APPROVING_STEPS = frozenset(
    {"approve_step", "approve", "approve_own", "approve_rule", "carry_over"}
)
#: Steps that need nobody: of an own limit, and where the company asks nobody.
WITHOUT_APPROVER = frozenset({"approve_own", "approve_rule"})
#: Steps after which an earlier approval counts no more.
VOIDING_STEPS = frozenset({"reject", "withdraw", "void", "send_back", "cancel"})


def target(step, state):
    """Return the state that ``step`` leads to from ``state``, ``None`` if it may not.

    >>> target("submit", "draft"), target("approve", "draft")
    ('submitted', None)
    """
    sources, destination = STEPS[step]
    return destination if state in sources else None
