"""Who stands behind each posted line, to the cent, whatever becomes of it."""

from datetime import date

from odoo import Command
from odoo.modules.migration import load_script
from odoo.tests import tagged
from odoo.tools import file_path

from .common import DAY, BillingCommon

PARTS = ("standard", "volume", "discount", "written_off", "rebate", "rounding")


@tagged("post_install", "-at_install")
class TestShare(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.designer, cls.lead = cls.env["hr.job"].create(
            [{"name": "Designer"}, {"name": "Lead"}]
        )
        cls.ann.version_id.write({"date_version": "2026-01-01"})
        cls.ann.job_id = cls.designer

    def _rows(self, *names, **domain):
        """Return the rows of the analysis, as plain tuples, in the order of people."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self.env["project.billing.report.billed"].search(
            [(name, "=", value) for name, value in domain.items()],
            order="document, amount_written_off desc, employee_id, id",
        )
        for row in rows:
            total = sum(row[f"amount_{part}"] for part in PARTS)
            self.assertAlmostEqual(total, row.amount, msg="the parts are the amount")
        return [tuple(row[name] for name in names) for row in rows]

    def test_people_and_their_jobs(self):
        """Ann was a designer until March; Bob has no job: three rows of one line."""
        self.ann.create_version(
            {"date_version": date(2026, 3, 3), "job_id": self.lead.id}
        )
        self._log(1)
        self._log(2, day=date(2026, 3, 3))
        self._log(4, employee_id=self.bob.id)
        move = self._post()
        self.assertEqual(
            self._rows("employee_id", "job_id", "hours", "amount", "document"),
            [
                (self.ann, self.designer, 1, 100, move.name),
                (self.ann, self.lead, 2, 200, move.name),
                (self.bob, self.env["hr.job"], 4, 400, move.name),
            ],
        )
        row = self.env["project.billing.report.billed"].search([], limit=1)
        self.assertEqual(row.user_id, self.pm)
        self.assertEqual(row.partner_id, self.partner_a)
        self.assertEqual(row.project_id, self.project)
        self.assertEqual(row.product_id, self.service)
        self.assertEqual((row.kind, row.date), ("time", move.invoice_date))

    def test_cents_are_spread(self):
        """33.02 for 0.33 h is 16.51 each, although 10 minutes are worth 16.68."""
        self.rule.price_unit = 100.05
        self._log(1 / 6)
        self._log(1 / 6, employee_id=self.bob.id)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 33.02)
        self._log(1 / 3)
        self._log(1 / 3, employee_id=self.bob.id)
        self._log(1 / 3)
        again = self._post()
        self.assertEqual(again.amount_untaxed, 100.05)
        self.assertEqual(
            self._rows("employee_id", "amount", "amount_rounding"),
            [
                (self.ann, 16.51, -0.17),
                (self.bob, 16.51, -0.17),
                (self.ann, 66.7, 0),
                (self.bob, 33.35, 0),
            ],
        )

    def test_standard_value(self):
        """Quarters, a volume price and a discount: each has its own column."""
        self.rule.write({"increment_minutes": 15, "discount": 10})
        self.rule.tier_ids = [Command.create({"hours_from": 2, "price_unit": 80})]
        self._log(1.9)
        self._log(1.25, day=date(2026, 3, 3))
        self._post()
        # 2 h at 100 and 1.25 h at 80, less 10 %; the standard is 3.15 h at 100
        self.assertEqual(
            self._rows(
                "hours",
                "hours_recorded",
                "amount_standard",
                "amount_volume",
                "amount_discount",
                "amount_rounding",
                "amount",
            ),
            [(2, 1.9, 190, 0, -20, 10, 180), (1.25, 1.25, 125, -25, -10, 0, 90)],
        )
        billed = self.env["project.billing.report.billed"]
        [(realisation,)] = billed._read_group([], [], ["realisation:avg"])
        self.assertAlmostEqual(realisation, 100 * 270 / 315)

    def test_written_off(self):
        """What is written off with a line has its reason, even of a whole line."""
        self.rule.detail = "person"
        self._log(3)
        self._log(2, employee_id=self.bob.id)
        request = self._prepare()
        anns, bobs = request.line_ids.sorted("quantity", reverse=True)
        anns.change_quantity(2.5, "write_off", "Goodwill")
        bobs.change_quantity(0, "write_off", "Training")
        self.assertFalse(self._rows("id"), "nothing is posted yet")
        self._post(request)
        names = ("employee_id", "reason", "hours", "amount_written_off", "amount")
        rows = [
            (self.ann, False, 2.5, 0, 250),
            (self.ann, "Goodwill", 0.5, -50, 0),
            (self.bob, "Training", 2, -200, 0),
        ]
        self.assertEqual(self._rows(*names), rows)
        self.assertEqual(self._rows("amount_standard"), [(250,), (50,), (200,)])

    def test_credits(self):
        """A credit of work takes back its people, a rebate is everybody's."""
        self._log(4)
        self._log(4, day=date(2026, 3, 3), employee_id=self.bob.id)
        move = self._post()
        names = ("employee_id", "hours", "amount", "amount_standard", "amount_rebate")
        invoiced = [(self.ann, 4, 400, 400, 0), (self.bob, 4, 400, 400, 0)]
        self.assertEqual(self._rows(*names, credit=False), invoiced)
        credit = self._credit(move, lambda lines: lines.write({"quantity": 5}))
        self.assertEqual(self._rows(*names, credit=False), invoiced)
        self.assertEqual(
            self._rows(*names, credit=True),
            [(self.ann, -1, -100, -100, 0), (self.bob, -4, -400, -400, 0)],
        )
        rebate = self._credit(
            move, lambda lines: lines.write({"quantity": 8, "price_unit": 1.01})
        )
        rebated = [(self.ann, 0, -4.04, 0, -4.04), (self.bob, 0, -4.04, 0, -4.04)]
        self.assertEqual(self._rows(*names, document=rebate.name), rebated)
        credit.button_draft()
        self.assertEqual(self._rows(*names, credit=False), invoiced)
        self.assertEqual(self._rows(*names, credit=True), rebated)

    def test_reset_and_cancelled(self):
        """Only what is posted counts, once."""
        self._log(2)
        move = self._post()
        self.assertEqual(self._rows("amount"), [(200,)])
        move.button_draft()
        self.assertFalse(self._rows("amount"))
        move.action_post()
        self.assertEqual(self._rows("amount"), [(200,)])
        move.button_draft()
        move.button_cancel()
        self.assertFalse(self._rows("amount"))

    def test_replaced(self):
        """An invoice that replaces a credited one counts instead of it."""
        self._log(2)
        move = self._post()
        replacement = self._credit(move, modify=True)
        replacement.action_post()
        self.assertEqual(
            sorted(self._rows("amount", "employee_id", "credit")),
            sorted(
                [
                    (200, self.ann, False),
                    (-200, self.ann, True),
                    (200, self.ann, False),
                ]
            ),
        )

    def test_other_kinds(self):
        """What nobody in particular stands behind is billed by nobody."""
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        self._create_milestones(100, is_reached=True)
        request = self._prepare()
        self.env["project.billing.line"].with_user(self.pm).create(
            {"request_id": request.id, "name": "Travel", "price_unit": 12.5}
        )
        self._post(request)
        self.assertEqual(
            sorted(self._rows("kind", "hours", "amount", "employee_id")),
            [
                ("manual", 0, 12.5, self.env["hr.employee"]),
                ("milestone", 0, 1000, self.env["hr.employee"]),
            ],
        )

    def test_queries(self):
        """Two statements for all that is posted together, however much it is."""
        for day in range(2, 22):
            self._log(2, day=date(2026, 3, day), employee_id=self.bob.id)
        move = self._post()
        self.env.flush_all()
        with self.assertQueryCount(2):
            self.env["project.billing.share"].sudo()._follow(move)

    def test_migration(self):
        """Written from nothing, the shares are what they were."""
        self._log(2)
        self._log(1, day=DAY, employee_id=self.bob.id)
        move = self._post()
        self._credit(move, lambda lines: lines.write({"quantity": 0.5}))
        names = ("employee_id", "date", "amount", "hours", "credit", "amount_standard")
        before = self._rows(*names)
        self.assertEqual(len(before), 3)
        self.env.cr.execute("DELETE FROM project_billing_share")
        self.assertFalse(self._rows(*names))
        share = self.env["project.billing.share"]
        self._migrate()
        self.assertEqual(self._rows(*names), before)
        self.assertEqual(share.sudo().search_count([]), 3)

    def _migrate(self):
        path = file_path("project_invoice_tracker/migrations/19.0.4.0.0/post-shares.py")
        load_script(path, "post_shares").migrate(self.env.cr, "19.0.3.0.0")
