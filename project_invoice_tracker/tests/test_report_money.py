"""Every figure of the reports on money, computed again in another way."""

from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL

from .report_common import TODAY, ReportCommon

CENT = Decimal("0.01")
REPORTS = ("billed", "wip", "rate", "margin", "vendor")

#: Posted lines of requests, by the books alone.
BOOKS = """
    SELECT line.project_id, aml.currency_id, line.id, line.kind, move.name,
           CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END
           * aml.price_subtotal,
           aml.credit - aml.debit, aml.billing_line_id IS NULL
      FROM account_move_line aml
      JOIN account_move move ON move.id = aml.move_id AND move.state = 'posted'
      JOIN project_billing_line line
        ON line.id = coalesce(aml.billing_line_id, aml.billing_origin_line_id)
"""


def cents(number):
    return float(Decimal(str(number)).quantize(CENT, ROUND_HALF_UP))


@tagged("post_install", "-at_install")
class TestReportMoney(ReportCommon):
    def _books(self):
        self.env.cr.execute(BOOKS)
        return self.env.cr.fetchall()

    def _sum(self, rows):
        """Return ``{key: rounded sums}`` of ``(key, *numbers)``."""
        sums = defaultdict(lambda: None)
        for key, *numbers in rows:
            before = sums[key] or [0] * len(numbers)
            sums[key] = [
                a + Decimal(str(b)) for a, b in zip(before, numbers, strict=True)
            ]
        return {key: tuple(cents(n) for n in values) for key, values in sums.items()}

    # === BILLED ===

    def test_data_is_worth_looking_at(self):
        books = self._books()
        self.assertEqual(len({row[0] for row in books}), 3)
        self.assertEqual(len({row[1] for row in books}), 2)
        self.assertTrue(any(row[-1] for row in books), "credit notes")
        self.assertGreater(len(books), 9)

    def test_billed_is_what_the_books_say(self):
        expected = self._sum(((row[0], row[1]), row[5]) for row in self._books())
        found = self._grouped("billed", ["project_id", "currency_id"], ["amount"])
        self.assertEqual(found, expected)
        by_document = self._sum(((row[4], row[3]), row[5]) for row in self._books())
        found = self._grouped("billed", ["document", "kind"], ["amount"])
        # what is written off with an invoice is no money of it
        self.assertEqual({k: v for k, v in found.items() if v != (0,)}, by_document)

    def test_billed_by_person(self):
        """Each person's minutes are billed at the net price of the line."""
        expected = defaultdict(float)
        for line in self.env["project.billing.line"].search([("kind", "=", "time")]):
            net = line.price_unit * (1 - line.discount / 100) / 60
            for part in line.sudo().allocation_ids:
                in_books = part.state == "billed" or part.release_cause == "credited"
                if part.action == "bill" and in_books:
                    taken = part.quantity if part.release_cause == "credited" else 0
                    expected[part.employee_id.id] += (part.quantity - taken) * net
        found = self._grouped(
            "billed",
            ["employee_id"],
            ["amount", "amount_rebate"],
            domain=[("kind", "=", "time")],
        )
        self.assertEqual({key[0] for key in found}, set(expected))
        for (person,), (amount, rebate) in found.items():
            # hours of a line are rounded to 0.01, half of its price at most
            self.assertAlmostEqual(amount - rebate, expected[person], delta=2.5)
            self.assertGreater(amount, 100)

    def test_realisation(self):
        """Standard value, and what became of it, from the slices one by one."""
        standard, lost, discount = defaultdict(float), defaultdict(float), {}
        discount = defaultdict(float)
        for part in self.env["project.billing.allocation"].sudo().search([]):
            move = part.request_id.invoice_id
            if move.state != "posted" or part.item_id.kind != "time":
                continue
            if part.state == "released":
                continue
            item = part.item_id
            share = part.quantity / item.quantity
            worth = item.quantity_recorded * share / 60 * item.price_unit
            off = part.quantity / 60 * item.price_unit * item.discount / 100
            standard[item.project_id.id] += worth
            discount[item.project_id.id] -= off
            if part.action == "write_off":
                lost[item.project_id.id] -= part.quantity / 60 * item.price_unit - off
        measures = [
            "amount_standard",
            "amount_discount",
            "amount_written_off",
            "amount_volume",
        ]
        found = self._grouped(
            "billed", ["project_id"], measures, domain=[("kind", "=", "time")]
        )
        self.assertEqual({key[0] for key in found}, set(standard))
        for (project,), values in found.items():
            self.assertAlmostEqual(values[0], standard[project], delta=0.05)
            self.assertAlmostEqual(values[1], discount[project], delta=0.05)
            self.assertAlmostEqual(values[2], lost[project], delta=0.05)
            self.assertLess(values[2], 0)
            self.assertEqual(values[3], 0)
        reasons = self._grouped("billed", ["reason"], ["amount_written_off"])
        self.assertEqual(set(reasons), {(False,), ("Goodwill",)})

    # === WORK IN PROGRESS ===

    def test_work_in_progress(self):
        expected = defaultdict(float)
        for item in self.env["project.billing.item"].search([]):
            age = (TODAY - item.date).days
            bucket = "0_30" if age < 31 else "31_60" if age < 61 else "61_90"
            if age > 90:
                bucket = "91"
            if item.quantity_open and not item.is_adjustment:
                stage = "ready" if item.ready else "planned"
                key = (item.project_id.id, stage, bucket, item.currency_id.id)
                expected[key] += item.amount_open
        found = self._grouped(
            "wip",
            ["project_id", "stage", "bucket", "currency_id"],
            ["amount"],
            domain=[("stage", "in", ("ready", "planned"))],
        )
        self.assertEqual(found, {k: (cents(v),) for k, v in expected.items()})
        self.assertEqual({key[2] for key in found}, {"0_30", "31_60", "91"} | {"61_90"})

    def test_work_in_requests(self):
        found = self._grouped("wip", ["stage", "request_id"], ["amount"])
        requests = self.env["project.billing.request"].search([])
        expected = {}
        for request in requests:
            state = {"draft": "preparation", "submitted": "approval"}.get(request.state)
            if request.invoice_id.state == "draft":
                state = "draft_invoice"
            if state:
                expected[state, request.id] = (request.amount_untaxed,)
        self.assertEqual(len(expected), 3)
        self.assertEqual({k: v for k, v in found.items() if k[1]}, expected)

    # === RATE AND MARGIN ===

    def test_effective_rate(self):
        hours = {
            project.id: hours
            for project, hours in self.env["account.analytic.line"]._read_group(
                [("project_id", "in", self.projects.ids)],
                ["project_id"],
                ["unit_amount:sum"],
            )
        }
        billed = self._sum(
            (row[0], row[5]) for row in self._books() if row[3] == "time"
        )
        found = self._grouped("rate", ["project_id"], ["amount", "hours"])
        self.assertEqual(
            found,
            {(key,): (billed[key][0], cents(round(hours[key], 4))) for key in hours},
        )
        rows = self.env["project.billing.report.rate"]._read_group(
            [], ["project_id"], ["effective_rate:avg"]
        )
        for project, rate in rows:
            self.assertAlmostEqual(
                float(rate), billed[project.id][0] / hours[project.id], places=2
            )

    def test_margin(self):
        revenue = self._sum((row[0], row[6]) for row in self._books())
        lines = self.env["account.analytic.line"].search([])
        time = self._sum((line.project_id.id, -line.amount) for line in lines)
        # 60 % of two prices, and three whole ones
        other = {self.project.id: cents(0.6 * 153.33 + 80 + 50 + 45)}
        found = self._grouped(
            "margin",
            ["project_id"],
            ["revenue", "cost_time", "cost_other", "cost", "margin"],
        )
        self.assertEqual({key[0] for key in found}, set(self.projects.ids))
        for (project,), values in found.items():
            costs = time[project][0], other.get(project, 0)
            self.assertEqual(values[:3], (revenue[project][0], *costs))
            self.assertEqual(values[3], cents(sum(costs)))
            self.assertEqual(values[4], cents(revenue[project][0] - sum(costs)))
        rows = self.env["project.billing.report.margin"]._read_group(
            [], ["project_id"], ["margin_percent:avg", "margin:sum", "revenue:sum"]
        )
        for _project, percent, margin, billed in rows:
            self.assertAlmostEqual(float(percent), float(100 * margin / billed))
        euro = self.env["project.billing.report.margin"].search(
            [("project_id", "=", self.euro_project.id), ("revenue", "!=", 0)]
        )
        self.assertEqual(euro.currency_id, self.company.currency_id)

    def test_vendor_costs(self):
        rows = self.env["project.billing.report.vendor"].search([], order="cost")
        self.assertEqual(
            [(cents(row.cost), row.state) for row in rows],
            [(20.0, "billed"), (45.0, "open"), (50.0, "none")]
            + [(72.0, "billed"), (80.0, "billed")],
        )
        self.assertEqual(rows.vendor_id, self.vendor)
        self.assertEqual(rows.project_id, self.project)
        items = self.env["project.billing.item"].search([("kind", "=", "cost")])
        for measure, counter in (("billed", "billed"), ("open", "open")):
            self.assertEqual(
                cents(sum(rows.mapped(f"amount_{measure}"))),
                cents(
                    sum(i[f"quantity_{counter}"] * i.price_unit for i in items),
                ),
            )
        [(recovery, cost)] = rows._read_group([], [], ["recovery:avg", "cost:sum"])
        billed = sum(rows.mapped("amount_billed"))
        self.assertAlmostEqual(float(recovery), 100 * billed / float(cost), places=4)

    def test_groups_in_the_order_of_names(self):
        """Groups read in the same order as Odoo's own, and by pages."""
        report = self.env["project.billing.report.billed"]
        for order in ("", "employee_id desc", "employee_id desc, date:month", "kind"):
            groupby = ["employee_id", "date:month", "kind"]
            order = order or ",".join(groupby)
            with self.subTest(order=order):
                query = report._search([])
                terms = {
                    name: report._read_group_groupby(report._table, name, query)
                    for name in groupby
                }
                selected = list(terms.values())
                query.order = report._read_group_orderby(order, terms, query)
                query.groupby = SQL(", ").join(terms.values())
                theirs = self.env.execute_query(query.select(*selected))
                ours = report._read_group([], groupby, order=order)
                named = [part.split()[0] for part in order.split(",")]
                at = [groupby.index(name) for name in named]
                self.assertEqual(
                    [
                        [getattr(row[i], "id", row[i]) or None for i in at]
                        for row in ours
                    ],
                    [[row[i] for i in at] for row in theirs],
                )
                page = report._read_group([], groupby, order=order, offset=1, limit=2)
                self.assertEqual(page, ours[1:3])
        sets = report.formatted_read_grouping_sets(
            [], [[], ["user_id"], ["user_id", "employee_id"]], ["amount:sum"]
        )
        whole = sets[0][0]["amount:sum"]
        for groups in sets[1:]:
            self.assertAlmostEqual(sum(g["amount:sum"] for g in groups), whole)
        managers = [group["user_id"][1] for group in sets[1]]
        self.assertEqual(managers, sorted(managers))

    # === RIGHTS ===

    def test_own_projects_only(self):
        """I4: no figure, group, filter or export knows of another's project."""
        self.pm.group_ids += self.env.ref("base.group_allow_export")
        for report in ("billed", "wip", "rate", "vendor"):
            model = self.env[f"project.billing.report.{report}"].with_user(self.pm)
            # of the company that the user works in
            model = model.with_context(allowed_company_ids=self.company.ids)
            with self.subTest(report=report):
                projects = model.search([]).project_id
                self.assertEqual(projects, self.project.with_user(self.pm))
                rows = model.formatted_read_group([], ["project_id"], ["__count"])
                self.assertEqual([r["project_id"][0] for r in rows], self.project.ids)
                other = model.sudo().search(
                    [("project_id", "=", self.euro_project.id)], limit=1
                )
                if other:
                    for step in (
                        lambda other=other: other.sudo(False).read(["project_id"]),
                        lambda other=other: other.sudo(False).export_data(["date"]),
                    ):
                        with self.assertRaises(AccessError):
                            step()

    def test_all_for_who_approves_or_posts(self):
        for user in (self.approver, self.accountant):
            for report in ("billed", "wip", "rate"):
                found = self._grouped(report, ["project_id"], [], user)
                self.assertEqual({key[0] for key in found}, set(self.projects.ids))
            here = self.env["project.billing.report.billed"].with_user(user)
            here = here.with_context(allowed_company_ids=self.company.ids)
            self.assertNotIn(self.abroad_project, here.search([]).project_id)

    def test_nobody_else(self):
        for report in REPORTS:
            model = self.env[f"project.billing.report.{report}"].with_user(self.worker)
            for step in (
                lambda model=model: model.search([]),
                lambda model=model: model.formatted_read_group([], [], ["__count"]),
            ):
                with self.assertRaises(AccessError):
                    step()
        with self.assertRaises(AccessError):
            self.env["project.billing.share"].with_user(self.admin).search([])

    def test_cost_needs_the_right_to_cost(self):
        """I5: neither role alone shows a margin, and both show the own projects."""
        margin = self.env["project.billing.report.margin"].with_context(
            allowed_company_ids=self.company.ids
        )
        for user in (self.pm, self.approver, self.accountant, self.admin):
            self.assertFalse(margin.with_user(user).search([]))
            self.assertFalse(
                margin.with_user(user).formatted_read_group([], [], ["cost:sum"])[0][
                    "cost:sum"
                ]
            )
        officer = self._create_user("officer_test", "hr.group_hr_user")
        with self.assertRaises(AccessError):
            margin.with_user(officer).search([])
        self.pm.group_ids += self.env.ref("hr.group_hr_user")
        self.assertEqual(
            margin.with_user(self.pm).search([]).project_id.ids, self.project.ids
        )

    def test_nobody_writes(self):
        """Rows are read only, for managers as well."""
        for report in REPORTS:
            row = self.env[f"project.billing.report.{report}"].search([], limit=1)
            self.assertTrue(row)
            row = row.with_user(self.admin)
            for step in (
                lambda row=row: row.write({"project_id": False}),
                lambda row=row: row.create({}),
                row.unlink,
            ):
                with self.assertRaises(AccessError):
                    step()
