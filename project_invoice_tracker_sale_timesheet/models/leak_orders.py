"""Leaks of sales orders: their labels, buttons and explanations."""

from odoo.tools.translate import LazyTranslate

from odoo.addons.project_invoice_tracker.models.leak_checks import Leak

_lt = LazyTranslate(__name__)

#: The buttons that resolve these leaks.
ORDER_FIXES = [
    ("take_over", "Bill here"),
    ("give_back", "Give back to the order"),
    ("order", "Open the order"),
]

ORDER_LEAKS = {
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

#: A short description of each leak.
ORDER_CODES = [
    ("order_cancelled", "Time on a cancelled order"),
    ("order_part", "Time credited in part by an order"),
    ("order_taken", "Time that an order took"),
    ("order_over", "Order overdrawn"),
    ("order_cost", "Cost on an order that bills nothing"),
    ("order_grown", "Cost that rose after an order billed it"),
    ("order_milestone", "Milestone on an order that bills nothing"),
    ("down_payment", "Down payment forgotten"),
]
