"""Selection values and labels that several models and wizards share."""

#: Who may see prices and amounts on projects and milestones.
BILLING_GROUPS = (
    "project_invoice_tracker.group_billing_user,"
    "project_invoice_tracker.group_billing_approver,"
    "account.group_account_invoice"
)

#: Who may see what the milestones of every project were agreed at; a project's
#: manager reads the price of the own ones.
PRICE_GROUPS = (
    "project_invoice_tracker.group_billing_manager,"
    "project_invoice_tracker.group_billing_approver,"
    "account.group_account_invoice"
)

#: The kinds of billing; each has a unit ``project.billing.kind.<kind>``.
KINDS = [
    ("time", "Time"),
    ("milestone", "Milestone"),
    ("manual", "Manual"),
]

#: The unit in which the ledger counts. Minutes are shown as hours.
UNITS = [("minute", "Hours"), ("unit", "Units")]

LINE_DETAILS = [
    ("project", "One line"),
    ("task", "By task"),
    ("person", "By person"),
    ("task_person", "By task and person"),
    ("day", "By day"),
    ("entry", "Every entry"),
]

INCREMENT_METHODS = [("up", "Up"), ("nearest", "Nearest"), ("down", "Down")]

REQUEST_STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("invoiced", "Invoiced"),
    ("cancelled", "Cancelled"),
]

#: What became of an item, and so of its source.
BILLING_STATES = [
    ("open", "To bill"),
    ("partial", "Partly billed"),
    ("reserved", "In a request"),
    ("billed", "Billed"),
    ("written_off", "Written off"),
]

ALLOCATION_ACTIONS = [("bill", "Bill"), ("write_off", "Write off")]
ALLOCATION_STATES = [
    ("reserved", "Reserved"),
    ("billed", "Billed"),
    ("released", "Released"),
]

#: Why a slice was given back; some of these can be taken back again.
RELEASE_CAUSES = [
    ("line_removed", "Line removed"),
    ("lowered", "Quantity lowered"),
    ("request_cancelled", "Request cancelled"),
    ("invoice_line_removed", "Invoice line removed"),
    ("invoice_cancelled", "Invoice cancelled"),
    ("invoice_deleted", "Invoice deleted"),
    ("credited", "Credited"),
]

APPROVAL_DECISIONS = [
    ("submit", "Submitted"),
    ("approve", "Approved"),
    ("reject", "Rejected"),
    ("withdraw", "Withdrawn"),
    ("void", "Approval void"),
    ("invoice", "Invoice created"),
    ("send_back", "Sent back by accounting"),
    ("cancel", "Cancelled"),
    ("invoice_cancelled", "Invoice cancelled"),
    ("invoice_restored", "Invoice restored"),
    ("replace", "Replaces a credited invoice"),
]
