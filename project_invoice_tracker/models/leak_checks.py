"""The missed billing alerts (leaks), as a table with one entry per kind.

Another add-on has leaks of its own: entries of :class:`Leak` in what ``_leaks()``
returns, their codes and buttons by ``selection_add``, and a query in ``_queries()``.
"""

from dataclasses import dataclass

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)


@dataclass(frozen=True)
class Leak:
    """One kind of missed billing.

    :param sentence: about one row, with ``document``, ``records``, ``hours``, ``age``,
        ``share`` and ``note``
    :param advice: what to do about it
    :param fix: which button resolves it, a key of :data:`FIXES`
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
        _lt("%(document)s has waited to be billed %(waiting)s (items: %(records)s)."),
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
]
