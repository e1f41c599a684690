"""Rows of an annex: the values kept of one entry, cost, acceptance or file."""

from decimal import Decimal

from ..billing.annex import SAID_BY_GROUP
from ..billing.rounding import exact, money
from ..billing.texts import client_text
from .currency_step import step_of


class Files:
    """The files of an annex, each once, numbered in the order they are added."""

    def __init__(self):
        self.described, self.kept, self.numbers = [], [], {}

    def add(self, rows, use):
        """Add some files and return their keys."""
        keys = []
        for row in rows:
            if row["id"] not in self.numbers:
                key = f"{use}/{len(self.kept) + 1}"
                self.numbers[row["id"]] = key
                self.kept.append((key, row["id"]))
                self.described.append(
                    {
                        "key": key,
                        "name": row["name"] or "",
                        "type": row["mimetype"] or "",
                        "checksum": row["checksum"] or "",
                        "size": str(row["file_size"] or 0),
                    }
                )
            keys.append(self.numbers[row["id"]])
        return keys


def is_time(row):
    """Tell whether an allocation row is of a time entry."""
    return row["kind"] == "time" and row["unit"] == "minute"


def time_row(row, values, options):
    """Return a time entry as the template lets the customer see it."""
    detail = options["detail"]
    detail = row["detail"] if detail == "rule" else detail
    named = options["show_person"] or "person" in SAID_BY_GROUP.get(detail, ())
    return {
        "date": str(row["date"] or ""),
        "person": (row["person"] or "") if named else "",
        "task": row["task"] or "",
        "text": client_text(row["text"]) if options["show_description"] else "",
        "minutes": f"{exact(row['quantity']).normalize():f}",
        "value": values.get((row["line_id"], row["item_id"]), ""),
        "detail": row["detail"],
    }


def signed(milestone):
    """Return the acceptance of a milestone whose details only the milestone has."""
    return {
        "decision": "accepted",
        "name": milestone.billing_signed_by or "",
        "date": str(milestone.billing_signed_date or ""),
        "percent": "100.00",
        "signature": [],
    }


def original_of(row, item):
    """Return what was paid in another currency; empty where it shows the margin."""
    pricing = item.pricing or {}
    foreign = item.cost_currency_id and item.cost_currency_id != item.currency_id
    at_cost = pricing.get("policy") != "sales_price"
    if not foreign or not at_cost or Decimal(pricing.get("markup") or 0):
        return {"original": "", "original_currency": "", "rate": "", "rate_date": ""}
    share = exact(row["quantity"]) / exact(row["item_quantity"])
    original = exact(item.cost_amount) * share
    return {
        "original": str(money(original, step_of(item.cost_currency_id))),
        "original_currency": item.cost_currency_id.name,
        "rate": pricing.get("rate") or "",
        "rate_date": str(item.conversion_date or ""),
    }
