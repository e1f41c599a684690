"""The leaks as people read them: a table. A new leak is a new entry, and a query."""

from dataclasses import dataclass

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


@dataclass(frozen=True)
class Leak:
    """One way in which money is forgotten.

    :param sentence: about one row, with ``document``, ``records``, ``hours``, ``age``,
        ``share`` and ``note``
    :param advice: what to do about it
    :param fix: which button mends it, a key of :data:`FIXES`
    """

    sentence: object
    advice: object
    fix: str


#: What the buttons are; each has a method ``_fix_<key>`` of ``project.billing.leak``.
FIXES = [
    ("bill", "Bill"),
    ("sign_off", "Sign off"),
    ("rule", "Set the price"),
    ("rules", "Look at the rules"),
    ("tasks", "Look at the tasks"),
    ("milestones", "Look at the milestones"),
    ("request", "Open the request"),
    ("remind", "Remind"),
    ("invoice", "Create the invoice"),
    ("post", "Have it posted"),
    ("send", "Send"),
    ("credit", "Have it credited"),
    ("take_over", "Bill here"),
    ("give_back", "Give back to the order"),
    ("order", "Open the order"),
]

LEAKS = {
    "milestone": Leak(
        _lt("“%(document)s” has been reached %(waiting)s and is not billed."),
        _lt("Bill the project."),
        "bill",
    ),
    "unsigned": Leak(
        _lt("“%(document)s” has been reached %(waiting)s; the client has not signed."),
        _lt("Ask the client, then sign the milestone off."),
        "sign_off",
    ),
    "work": Leak(
        _lt("%(document)s waits to be billed %(waiting)s (items: %(records)s)."),
        _lt("Bill the project, or write off what is not billed any more."),
        "bill",
    ),
    "correction": Leak(
        _lt(
            "%(document)s: corrections wait %(waiting)s for work (items: %(records)s)."
        ),
        _lt("Have an invoice credited by as much, or correct the entries."),
        "credit",
    ),
    "no_rate": Leak(
        _lt("Items that cannot be billed: %(records)s. %(note)s"),
        _lt("Set the price that is missing."),
        "rule",
    ),
    "zero_price": Leak(
        _lt("%(document)s: items that would be billed at nothing: %(records)s."),
        _lt("Look at the price and the discount of the rule."),
        "rule",
    ),
    "unpriced": Leak(
        _lt("“%(document)s” is reached and to be billed, but its price is zero."),
        _lt("Enter its amount, or the contract amount that it is a share of."),
        "milestones",
    ),
    "shares": Leak(
        _lt("%(document)s: the milestones come to %(share)s %% of the contract."),
        _lt("Add a milestone for the rest, or correct the contract amount."),
        "milestones",
    ),
    "outside": Leak(
        _lt("Hours that no rule has covered %(waiting)s: %(hours)s."),
        _lt("Widen a rule (its dates, tasks or people), or add one."),
        "rules",
    ),
    "customer": Leak(
        _lt("%(hours)s h wait %(waiting)s. %(note)s"),
        _lt(
            "Give the task the right customer, or let the rule bill all to the "
            "project's customer."
        ),
        "tasks",
    ),
    "cost": Leak(
        _lt("Costs that no rule has passed on %(waiting)s: %(records)s."),
        _lt("Add a rule for costs, or widen the one there is."),
        "rules",
    ),
    "draft_request": Leak(
        _lt("%(document)s has been a draft %(waiting)s and holds its work."),
        _lt("Submit it, or cancel it."),
        "request",
    ),
    "submitted": Leak(
        _lt("%(document)s has waited for approval %(waiting)s."),
        _lt("Remind the approvers."),
        "remind",
    ),
    "approved": Leak(
        _lt("%(document)s has been approved %(waiting)s and has no invoice."),
        _lt("Create the invoice."),
        "invoice",
    ),
    "draft_invoice": Leak(
        _lt("%(document)s has been a draft invoice %(waiting)s."),
        _lt("Accounting has to post it."),
        "post",
    ),
    "unsent": Leak(
        _lt("%(document)s has been posted %(waiting)s and was not sent."),
        _lt("Send it to the customer."),
        "send",
    ),
    # of add-ons beside which sales orders bill as well
    "order_cancelled": Leak(
        _lt(
            "Hours on %(document)s, which is cancelled or not confirmed: %(hours)s. "
            "Nobody bills them."
        ),
        _lt("Take the sales order item off them, so that the rules bill them."),
        "take_over",
    ),
    "order_part": Leak(
        _lt("Hours that %(document)s credited in part, and nobody bills: %(hours)s."),
        _lt("Give the entries back to the order, and invoice the rest there."),
        "give_back",
    ),
    "order_taken": Leak(
        _lt("Hours that went to %(document)s by themselves: %(hours)s."),
        _lt(
            "Take the sales order off the tasks and their time. Or choose on the "
            "Billing tab that sales orders take new tasks here."
        ),
        "take_over",
    ),
    "order_over": Leak(
        _lt("Hours on %(document)s beyond what it sold: %(hours)s. Nobody bills them."),
        _lt("Sell more on the order, or take its item off the latest entries."),
        "order",
    ),
    "order_cost": Leak(
        _lt("Costs on %(document)s, which does not bill them: %(records)s."),
        _lt("Take the order off them, so that the rules pass them on."),
        "take_over",
    ),
    "order_grown": Leak(
        _lt("Costs rose after %(document)s was paid for them: %(records)s."),
        _lt("Raise the price on the order, and invoice the rest there."),
        "order",
    ),
    "order_milestone": Leak(
        _lt("“%(document)s” was sold on %(note)s, and nobody bills it."),
        _lt("Take the sales order item off it, and give it a price and a rule."),
        "take_over",
    ),
    "down_payment": Leak(
        _lt("A down payment on %(document)s, which nobody works on any more."),
        _lt("Deduct it on a last invoice of the order, or credit it."),
        "order",
    ),
}

#: What is wrong, in a few words.
LEAK_CODES = [
    ("milestone", "Milestone not billed"),
    ("unsigned", "Sign-off missing"),
    ("work", "Old work not billed"),
    ("correction", "Corrections that wait"),
    ("no_rate", "No price"),
    ("zero_price", "Price of zero"),
    ("unpriced", "Milestone at zero"),
    ("shares", "Milestones are not 100 %"),
    ("outside", "Time outside any rule"),
    ("customer", "Task of another customer"),
    ("cost", "Cost without a rule"),
    ("draft_request", "Draft left behind"),
    ("submitted", "Approval takes long"),
    ("approved", "Approved, not invoiced"),
    ("draft_invoice", "Invoice not posted"),
    ("unsent", "Invoice not sent"),
    ("order_cancelled", "Time on a cancelled order"),
    ("order_part", "Time credited in part by an order"),
    ("order_taken", "Time that an order took"),
    ("order_over", "Order overdrawn"),
    ("order_cost", "Cost on an order that bills nothing"),
    ("order_grown", "Cost that rose after an order billed it"),
    ("order_milestone", "Milestone on an order that bills nothing"),
    ("down_payment", "Down payment forgotten"),
]
