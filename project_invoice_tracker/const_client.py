"""Selection values of what customers decide."""

#: Decisions about a milestone; see ``project.billing.acceptance``.
ACCEPTANCE_DECISIONS = [
    ("accepted", "Accepted"),
    ("part", "Accepted in part"),
    ("refused", "Refused"),
    ("deemed", "Deemed accepted"),
    ("revoked", "Revoked"),
    ("question", "Question"),
]
#: How far the sign-off of a milestone is.
SIGN_OFF_STATES = [
    ("asked", "Asked"),
    ("questioned", "Question"),
    ("part", "Accepted in part"),
    ("refused", "Refused"),
    ("accepted", "Accepted"),
    ("deemed", "Deemed accepted"),
]
