"""Annexes in words, in the language of the reader."""

from decimal import Decimal

from odoo.tools import format_amount, format_date

from ..billing.annex import SAID_BY_GROUP, clock, gather, whole_seconds


class AnnexWords:
    """Turns an annex into plain text for a page, in the reader's formats."""

    def __init__(self, env, numbers, drawings=None):
        """
        :param env: environment with the language of the reader
        :param dict numbers: number of each receipt, by snapshot and key
        :param dict drawings: signatures to show, by snapshot and key
        """
        self.env = env
        self.numbers = numbers
        self.drawings = drawings or {}
        self.currencies = {}

    def project(self, position, content):
        """Return one annex as the template ``billing_annex`` shows it.

        :param int position: of the annex on the invoice
        """
        shown = content["options"]
        files = [
            {"number": self.numbers[position, file["key"]], "name": file["name"]}
            for file in content["files"]
            if file["key"].startswith("receipt/")
        ]
        return {
            "name": content["project"],
            "period": self.period(content["period"]),
            "time": self._time(content),
            "milestones": self._milestones(position, content),
            "costs": self._costs(position, content),
            "receipts": files if shown["with_receipts"] else [],
            "approvals": [
                {"name": row["name"], "date": self.day(row["date"])}
                for row in content["approvals"]
            ],
        }

    def period(self, days):
        """Return a period in words; a period of one day is that day."""
        first, last = (self.day(day) for day in days)
        return first if first == last else " – ".join(filter(None, (first, last)))

    def day(self, day):
        """Return a day (ISO 8601, or empty) in the format of the reader."""
        return format_date(self.env, day) if day else ""

    def amount(self, value, currency):
        """Return an amount with its currency.

        :param str value: decimal number
        :param str currency: name of the currency
        """
        if currency not in self.currencies:
            # sudo: how an amount is written, in a currency that may be archived
            currencies = self.env["res.currency"].sudo()
            currencies = currencies.with_context(active_test=False)
            self.currencies[currency] = currencies.search(
                [("name", "=", currency)], limit=1
            )
        return format_amount(self.env, float(value), self.currencies[currency])

    # === TABLES ===

    def _time(self, content):
        shown = content["options"]
        groups = gather(content["time"], shown["detail"])
        groups = self._timed(groups)
        entries = [entry for _kind, _key, rows in groups for entry in rows]
        if not entries:
            return {}
        said = set.intersection(*(SAID_BY_GROUP.get(k, set()) for k, _, _ in groups))
        columns = {
            "date": "date" not in said,
            "task": "task" not in said and any(entry["task"] for entry in entries),
            "person": "person" not in said and shown["show_person"],
            "text": any(entry["text"] for entry in entries),
            "value": shown["show_value"],
        }
        return {
            "columns": columns,
            "span": sum(map(bool, list(columns.values())[:4])),
            "groups": [
                {
                    "title": self._title(kind, key),
                    "rows": [self._entry(entry, content) for entry in rows]
                    if shown["show_entries"]
                    else [],
                    **self._totals(rows, content),
                }
                for kind, key, rows in groups
            ],
            **self._totals(entries, content),
        }

    @staticmethod
    def _timed(groups):
        """Return the groups with the seconds of each entry, which add up as displayed.

        Seconds are shown where one of the entries has any.
        """
        entries = [entry for _kind, _key, rows in groups for entry in rows]
        seconds = whole_seconds([Decimal(entry["minutes"]) for entry in entries])
        precise = any(number % 60 for number in seconds)
        timed = iter(
            {**entry, "seconds": number, "precise": precise}
            for entry, number in zip(entries, seconds, strict=True)
        )
        return [
            (kind, key, [next(timed) for _row in rows]) for kind, key, rows in groups
        ]

    def _title(self, kind, key):
        if kind == "day":
            return self.day(key[0])
        missing = self.env._("Without a task") if "task" in kind else ""
        return ", ".join(filter(None, key)) or missing

    def _entry(self, entry, content):
        return {
            "date": self.day(entry["date"]),
            "task": entry["task"],
            "person": entry["person"],
            "text": entry["text"],
            "hours": clock(entry["seconds"], entry["precise"]),
            "value": self._value(entry, content),
        }

    def _totals(self, entries, content):
        shown = content["options"]["show_value"]
        return {
            "hours": clock(
                sum(entry["seconds"] for entry in entries), entries[0]["precise"]
            ),
            "value": self._sum(entries, content) if shown else "",
        }

    def _value(self, row, content):
        """Return the value of a row, where there is one."""
        return row["value"] and self.amount(row["value"], content["currency"])

    def _sum(self, rows, content):
        total = sum((Decimal(row["value"]) for row in rows), Decimal(0))
        return self.amount(total, content["currency"])

    def _milestones(self, position, content):
        rows = content["milestones"]
        if not rows:
            return {}
        return {
            "rows": [
                {
                    "name": row["name"],
                    "date": self.day(row["reached"]),
                    "value": self.amount(row["value"], content["currency"]),
                    "sign_offs": [
                        {
                            "said": self._sign_off(each),
                            "drawings": self._drawn(position, each["signature"]),
                        }
                        for each in row["sign_offs"]
                    ],
                }
                for row in rows
            ],
            "value": self._sum(rows, content),
        }

    def _sign_off(self, row):
        """Return in words who accepted what."""
        said = {"name": row["name"], "day": self.day(row["date"])}
        if row["decision"] == "deemed":
            return self.env._("Deemed accepted on %(day)s", **said)
        if row["decision"] == "part":
            return self.env._(
                "%(percent)s %% accepted by %(name)s on %(day)s",
                percent=f"{Decimal(row['percent']).normalize():f}",
                **said,
            )
        return self.env._("Accepted by %(name)s on %(day)s", **said)

    def _drawn(self, position, keys):
        """Return the drawings of some signatures that are to be shown."""
        drawings = (self.drawings.get((position, key)) for key in keys)
        return list(filter(None, drawings))

    def _costs(self, position, content):
        rows = content["costs"]
        if not rows:
            return {}
        return {
            "foreign": any(row["original"] for row in rows),
            "receipts": content["options"]["with_receipts"],
            "rows": [
                {
                    "date": self.day(row["date"]),
                    "name": row["name"],
                    "original": self._original(row),
                    "value": self.amount(row["value"], content["currency"]),
                    "receipts": ", ".join(
                        str(self.numbers[position, key]) for key in row["receipts"]
                    ),
                }
                for row in rows
            ],
            "value": self._sum(rows, content),
        }

    def _original(self, row):
        """Return in words what was paid in another currency, at which rate."""
        if not row["original"]:
            return ""
        return self.env._(
            "%(amount)s at %(rate)s of %(day)s",
            amount=self.amount(row["original"], row["original_currency"]),
            rate=self.env["ir.qweb.field.float"].value_to_html(
                float(row["rate"]), {"precision": 6}
            ),
            day=self.day(row["rate_date"]),
        )
