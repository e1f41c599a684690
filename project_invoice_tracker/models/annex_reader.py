"""Read the work behind requests as plain values that can be kept for years."""

from collections import defaultdict

from odoo.tools import SQL

from ..billing.portions import portions
from ..billing.rounding import exact, exact_money
from ..billing.transitions import APPROVING_STEPS
from .annex_rows import Files, is_time, original_of, signed, time_row
from .annex_sql import FILES, SLICES
from .currency_step import step_of

#: Version of the form that the content has, for later readers of old snapshots.
VERSION = 1
#: Decisions of a customer that make something billable; see the log of sign-offs.
ACCEPTING = ("accepted", "part", "deemed")


class AnnexReader:
    """Reads the work details of some requests with one query for all of them.

    Every value is a string or a list of strings: exact decimals, days in ISO 8601, and
    nothing that depends on a record that may change. Only what the template shows is
    read.
    """

    def __init__(self, requests):
        """:param requests: requests whose documents the caller may make"""
        self.requests = requests.sudo()  # sudo: the caller checked its rights
        self.env = self.requests.env
        self.templates = self.env["project.billing.template"]._of_requests(requests)
        self.periods = self.requests._service_periods()
        self.rows = self._read_slices()
        self.receipts = self._read_receipts()

    def contents(self):
        """Return ``{request: (content, files)}``, ``files`` as ``[(key, id)]``."""
        values = self._values()
        return {request: self._content(request, values) for request in self.requests}

    def _content(self, request, values):
        options = self.templates[request]._options()
        template = self.templates[request].with_context(lang=request.partner_id.lang)
        rows, files = self.rows[request.id], Files()
        found = {
            "version": VERSION,
            "lang": request.partner_id.lang or self.env.lang or "en_US",
            "project": request._customer_env()["project.project"]
            .browse(request.project_id.id)
            .name,
            "reference": request.customer_reference or "",
            "period": [str(day) for day in self.periods.get(request.id, ("", ""))],
            "currency": request.currency_id.name,
            "options": options,
            "introduction": template.introduction or "",
            "closing": template.closing or "",
            "time": [time_row(row, values, options) for row in rows if is_time(row)],
            "milestones": self._milestones(rows, values, options, files),
            "costs": self._costs(rows, values, options, files),
            "approvals": self._approvals(request) if options["with_approvals"] else [],
        }
        return {**found, "files": files.described}, files.kept

    # === SLICES ===

    def _read_slices(self):
        """Return the slices of all requests as dicts, by the id of the request."""
        found = defaultdict(list)
        if not self.requests:
            return found
        self.env["project.billing.ledger"]._flush()
        self.env["project.billing.allocation"].flush_model()
        self.env["project.billing.item"].flush_model()
        self.env["project.task"].flush_model(["name"])
        self.env["hr.employee"].flush_model(["name"])
        self.env["project.billing.rule"].flush_model(["detail"])
        rows = self.env.execute_query_dict(
            SQL(SLICES, requests=tuple(self.requests.ids))
        )
        for row in rows:
            found[row["request_id"]].append(row)
        return found

    def _values(self):
        """Return ``{(line id, item id): untaxed value}``; they sum to their lines.

        Values of time entries only where the customer is to see them: there may be
        thousands.
        """
        by_line = defaultdict(list)
        for request, template in self.templates.items():
            every = template._options()["show_value"]
            for row in self.rows[request.id]:
                if every or row["kind"] != "time":
                    by_line[row["line_id"]].append(row)
        lines = self.env["project.billing.line"].browse(by_line)
        lines.fetch(["price_subtotal", "request_id"])
        found = {}
        for line in lines:
            rows = by_line[line.id]
            step = step_of(line.request_id.currency_id)
            parts = portions(
                exact_money(line.price_subtotal, step),
                [
                    exact(row["quantity"]) * exact(row["price_unit"] or 0)
                    for row in rows
                ],
                step,
            )
            for row, part in zip(rows, parts, strict=True):
                found[line.id, row["item_id"]] = str(part)
        return found

    # === MILESTONES ===

    def _milestones(self, rows, values, options, files):
        """Return the milestones, with who accepted them."""
        rows = [row for row in rows if row["milestone_id"]]
        ids = [row["milestone_id"] for row in rows]
        milestones = self.env["project.milestone"].browse(ids)
        accepted = self._acceptances(milestones) if options["with_sign_offs"] else {}
        drawn = self._signatures(accepted)
        found = []
        for row, milestone in zip(rows, milestones, strict=True):
            sign_offs = [
                self._sign_off(acceptance, files.add(drawn[acceptance.id], "signature"))
                for acceptance in accepted.get(milestone, ())
            ]
            if options["with_sign_offs"] and milestone.billing_signed_off:
                sign_offs = sign_offs or [signed(milestone)]
            found.append(
                {
                    "name": milestone.name,
                    "reached": str(milestone.reached_date or ""),
                    "value": values[row["line_id"], row["item_id"]],
                    "sign_offs": sign_offs,
                }
            )
        return found

    def _sign_off(self, acceptance, signature):
        """Return one acceptance by the customer; ``signature`` are keys of files."""
        return {
            "decision": acceptance.decision,
            "name": acceptance.name or "",
            "date": str(acceptance.day),
            "percent": str(exact(acceptance.percent)),
            "signature": signature,
        }

    def _acceptances(self, milestones):
        """Return what customers accepted of milestones and did not take back."""
        if not milestones:
            return {}
        log = self.env["project.billing.acceptance"].search(
            [("milestone_id", "in", milestones.ids)], order="id"
        )
        found = defaultdict(log.browse)
        for row in log:
            if row.decision == "revoked":
                found.pop(row.milestone_id, None)
            elif row.decision in ACCEPTING:
                found[row.milestone_id] |= row
        return found

    def _signatures(self, accepted):
        """Return the drawings of who accepted, as files by the id of the log's row."""
        ids = [row.id for rows in accepted.values() for row in rows]
        files = self._read_files("project.billing.acceptance", ids, "signature")
        return {id_: files["project.billing.acceptance", id_] for id_ in ids}

    # === COSTS ===

    def _costs(self, rows, values, options, files):
        """Return the costs that are passed on, with the numbers of their receipts."""
        rows = [row for row in rows if row["kind"] == "cost"]
        items = self.env["project.billing.item"].browse(row["item_id"] for row in rows)
        found = []
        for row, item in zip(rows, items, strict=True):
            receipts = self.receipts[item.id] if options["with_receipts"] else ()
            found.append(
                {
                    "date": str(row["date"] or ""),
                    "name": row["text"] or "",
                    "value": values[row["line_id"], row["item_id"]],
                    "receipts": files.add(receipts, "receipt"),
                    **original_of(row, item),
                }
            )
        return found

    def _read_receipts(self):
        """Return ``{item id: files}`` of all costs, by one statement per model."""
        ids = {
            row["item_id"]
            for request, template in self.templates.items()
            for row in self.rows[request.id]
            if row["kind"] == "cost" and template._options()["with_receipts"]
        }
        items = self.env["project.billing.item"].browse(sorted(ids))
        documents = {item.id: item._receipt_documents() for item in items}
        found = {}
        for model, res_ids in items._by_model(documents.values()).items():
            found.update(self._read_files(model, res_ids))
        return {
            item_id: [file for key in keys for file in found.get(key, ())]
            for item_id, keys in documents.items()
        }

    def _read_files(self, model, ids, field=None):
        """Return ``{(model, id): files}`` of some documents."""
        found = defaultdict(list)
        if ids:
            self.env["ir.attachment"].flush_model()
            query = SQL(FILES, model=model, ids=tuple(ids), field=field)
            for row in self.env.execute_query_dict(query):
                found[model, row["res_id"]].append(row)
        return found

    # === APPROVALS ===

    def _approvals(self, request):
        """Return who approved what was invoiced, in that order."""
        rows = request.approval_ids.filtered(
            lambda row: row.valid and row.decision in APPROVING_STEPS
        )
        return [
            {"name": row.user_id.name, "date": str(row.date.date())}
            for row in rows.sorted("id")
        ]
