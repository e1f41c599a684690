"""Selection values and labels that several models and wizards share."""

#: Groups that bill own projects, and that bill all of them and set up billing.
BILLING_USER = "project_invoice_tracker.group_billing_user"
BILLING_MANAGER = "project_invoice_tracker.group_billing_manager"

#: Who may see prices and amounts on projects and milestones.
BILLING_GROUPS = (
    "project_invoice_tracker.group_billing_user,"
    "project_invoice_tracker.group_billing_approver,"
    "account.group_account_invoice"
)

#: Who may read projects; an approver need not.
PROJECT_GROUPS = BILLING_USER

#: Who may see what the milestones of every project were agreed at; a project's
#: manager reads the price of the own ones.
PRICE_GROUPS = (
    "project_invoice_tracker.group_billing_manager,"
    "project_invoice_tracker.group_billing_approver,"
    "account.group_account_invoice"
)

#: Who may see what people cost, and so a margin: HR's own right to hourly costs.
COST_GROUPS = "hr.group_hr_user"

#: How the billing of a project stands; see :mod:`billing.standing`.
BILLING_HEALTHS = [
    ("good", "On track"),
    ("watch", "Watch"),
    ("bad", "Act now"),
]

#: The kinds of billing; each has a unit ``project.billing.kind.<kind>``.
KINDS = [
    ("time", "Time"),
    ("cost", "Costs"),
    ("milestone", "Milestones"),
    ("progress", "Progress"),
    ("recurring", "Retainer"),
    ("advance", "Advance"),
    ("retention", "Retention"),
    ("manual", "Manual"),
]

#: The kinds that bill an agreed amount for the whole of a project.
CONTRACT_KINDS = ("milestone", "progress")

#: Shares of a contract, in percent, are exact to six decimals.
SHARE_DIGITS = (9, 6)

#: The kinds that add lines of their own to a draft, in the order they do.
ADJUSTING_KINDS = ("time", "retention", "advance")

#: The unit in which the ledger counts. Minutes are shown as hours; a line of an amount
#: shows one piece at the price of all its slices.
LINE_UNITS = [("hours", "Hours"), ("days", "Days")]
INCREMENT_PARTS = [
    ("minutes", "Minutes"),
    ("quarter", "Quarter days"),
    ("half", "Half days"),
    ("day", "Whole days"),
]
UNITS = [("minute", "Hours"), ("unit", "Units"), ("amount", "Amount")]

#: What a manager may change on any line of a draft, by hand.
TEXT_FIELDS = {"name", "sequence"}

LINE_DETAILS = [
    ("project", "One line"),
    ("task", "By task"),
    ("person", "By person"),
    ("task_person", "By task and person"),
    ("day", "By day"),
    ("entry", "Every entry"),
]

#: Scopes of a rate; one further down takes precedence.
RATE_SCOPES = [
    ("company", "Company"),
    ("partner", "Customer"),
    ("project", "Project"),
    ("rule", "Rule"),
]
RATE_UNITS = [("hour", "Hour"), ("day", "Day")]

#: What happens to work that exceeds a cap.
CAP_POLICIES = [
    ("hold", "Held"),
    ("write_off", "Written off"),
    ("choose", "Chosen by the manager"),
]

#: The ways to bill that the set-up of a project offers.
SETUP_MODES = [
    ("time_material", "Time and material"),
    ("fixed_price", "Fixed price"),
    ("retainer", "Retainer"),
    ("prepaid", "Prepaid hours"),
    ("mixed", "Mixed"),
]

INCREMENT_SCOPES = [
    ("entry", "Each entry"),
    ("person_day", "Each person and day"),
    ("line", "Each line"),
]
INCREMENT_METHODS = [("up", "Up"), ("nearest", "Nearest"), ("down", "Down")]

RECURRING_INTERVALS = [
    ("week", "Week"),
    ("month", "Month"),
    ("quarter", "Quarter"),
    ("year", "Year"),
]
RECURRING_TIMINGS = [("advance", "In advance"), ("arrears", "In arrears")]
RECURRING_ALIGNMENTS = [
    ("start", "From the first day of the rule"),
    ("calendar", "Of the calendar"),
]

#: What an advance sells: an amount to deduct later, or hours to use.
ADVANCE_TYPES = [("money", "Deposit"), ("hours", "Hours")]
#: What a deposit is deducted from.
DEPOSIT_SCOPES = [("contract", "Its contract"), ("project", "All work of the project")]
OVERAGE_POLICIES = [
    ("rate", "At the rate of the time"),
    ("next_pack", "By the next pack"),
]

REQUEST_STATES = [
    ("draft", "Draft"),
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("invoiced", "Invoiced"),
    ("cancelled", "Cancelled"),
]

#: The day that an invoice gets, where the period may be locked.
INVOICE_DATINGS = [
    ("today", "The day of posting"),
    ("open", "The first open day"),
]

#: Billing states of an item, and so of its source.
BILLING_STATES = [
    ("open", "To bill"),
    ("partial", "Partly billed"),
    ("reserved", "In a request"),
    ("billed", "Billed"),
    ("written_off", "Written off"),
    ("covered", "Included"),
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
    ("credit_undone", "Credit note undone"),
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
    ("approve_step", "Approved by a level"),
    ("approve_own", "Within the own limit"),
    ("approve_rule", "Approved by rule"),
    ("approve_kept", "All approvals still count"),
    ("carry_over", "Approval carried over"),
]

#: Who may decide on requests at all; levels choose among them.
APPROVER_GROUP = "project_invoice_tracker.group_billing_approver"
#: Who posts invoices, and decides where a company lets accounting approve.
ACCOUNTING_GROUP = "account.group_account_invoice"

#: Who approves the requests of a company.
APPROVAL_WAYS = [
    ("none", "Nobody: submitting makes the draft invoice"),
    ("accounting", "Accounting approves"),
    ("levels", "Approvers and levels"),
]

#: What an approval level reviews; see :data:`billing.levels.COVERS`.
LEVEL_COVERS = [
    ("everything", "Everything"),
    ("terms", "Customer and terms"),
    ("amounts", "Amounts"),
]
STEP_STATES = [("waiting", "Waiting"), ("asked", "Asked"), ("done", "Approved")]

#: Actions that the billing journal records.
JOURNAL_ACTIONS = [
    # of the ledger
    ("reserved", "Reserved"),
    ("billed", "Billed"),
    ("unbilled", "Reserved again"),
    ("written_off", "Written off"),
    ("released", "Released"),
    ("taken_back", "Taken back"),
    ("changed", "Quantity changed"),
    ("opening", "Opening balance"),
    # of a request
    ("submitted", "Submitted"),
    ("approved", "Approved"),
    ("rejected", "Rejected"),
    ("withdrawn", "Withdrawn"),
    ("voided", "Approval void"),
    ("invoiced", "Invoice created"),
    ("sent_back", "Sent back by accounting"),
    ("cancelled", "Cancelled"),
    ("restored", "Invoice restored"),
    ("replaced", "Replaces a credited invoice"),
    ("sent", "Sent to the customer"),
    ("posted", "Posted on approval"),
    ("lines_added", "Lines added by accounting"),
    ("invoice_posted", "Document posted"),
    # of a milestone
    ("signed", "Sign-off"),
    # of what the customer asks about a line
    ("questioned", "Questioned by the client"),
    ("answered", "Question answered"),
    ("question_withdrawn", "Question withdrawn"),
    ("question_credit", "Credit note prepared"),
    ("question_settled", "Question settled"),
    ("question_reopened", "Question open again"),
    # of what every later document depends on
    ("rate_changed", "Price changed"),
    ("level_changed", "Approval level changed"),
    ("limit_changed", "Own limit changed"),
    ("switch_changed", "Setting changed"),
    ("repaired", "Repaired"),
]

#: Which projects a run bills.
RUN_SCOPES = [
    ("all", "All projects"),
    ("projects", "Chosen projects"),
    ("partner", "Projects of customers"),
    ("manager", "Projects of managers"),
    ("tag", "Projects with tags"),
]
RUN_STATES = [
    ("draft", "Draft"),
    ("running", "Running"),
    ("done", "Done"),
    ("cancelled", "Cancelled"),
]
RUN_LINE_STATES = [
    ("waiting", "Waiting"),
    ("prepared", "Prepared"),
    ("nothing", "Nothing to bill"),
    ("failed", "Failed"),
]

#: When a project is billed automatically, and the results of each turn.
SCHEDULE_TRIGGERS = [
    ("period", "Every week, month, quarter or year"),
    ("milestone", "At each milestone"),
    ("end", "At the end of the project"),
]
TURN_STATES = [
    ("waiting", "Waiting"),
    ("prepared", "Prepared"),
    ("nothing", "Nothing to bill"),
    ("failed", "Not possible"),
    ("merged", "Done with the next one"),
]

#: Whether a project differs from its company about the check of time.
TIME_CHECKS = [("yes", "Checked first"), ("no", "Without a check")]

#: Kinds and states of the notifications in the outbox.
OUTBOX_KINDS = [
    ("digest", "Weekly digest"),
    ("approval", "Approval asked"),
    ("reminder", "Approval reminder"),
    ("escalation", "Approval escalated"),
    ("invoice", "Invoice to the customer"),
    ("budget", "Budget alert"),
    ("question", "Question of the client"),
    ("answer", "Answer to the client"),
    ("sign_off", "Sign-off asked"),
    ("signed", "Answer of the client"),
    ("dunning", "Reminder to the customer"),
]
OUTBOX_STATES = [
    ("waiting", "Waiting"),
    ("done", "Done"),
    ("skipped", "Not needed any more"),
    ("failed", "Failed"),
]

#: How the annex of an invoice groups time.
ANNEX_DETAILS = [
    ("rule", "As the billing rule says"),
    ("project", "By date, in one table"),
    ("task", "By task"),
    ("person", "By person"),
    ("day", "By day"),
]
