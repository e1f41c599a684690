"""Selection values of reports and accruals; those of billing are in ``const``."""

#: Where work waits that is not billed yet, and how old it is.
WIP_STAGES = [
    ("check", "Not checked yet"),
    ("ready", "Ready to bill"),
    ("preparation", "In preparation"),
    ("approval", "In approval"),
    ("approved", "Approved"),
    ("draft_invoice", "Draft invoice"),
    ("planned", "Planned"),
]
WIP_BUCKETS = [
    ("0_30", "0 to 30 days"),
    ("31_60", "31 to 60 days"),
    ("61_90", "61 to 90 days"),
    ("91", "More than 90 days"),
    ("planned", "Planned"),
]

#: What became of a cost on a project.
VENDOR_COST_STATES = [
    ("none", "Under no rule"),
    ("order", "On a sales order"),
    ("open", "To bill"),
    ("reserved", "In a request"),
    ("billed", "Billed"),
    ("written_off", "Written off"),
]

#: What an accrual is about.
ACCRUAL_SIDES = [
    ("unbilled", "Earned, not billed"),
    ("advance", "Billed in advance"),
]
