"""The annex: what the client reads of the work behind an invoice."""

from datetime import date
from decimal import Decimal

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..models.annex_reader import AnnexReader
from ..models.annex_words import AnnexWords
from .document_common import DocumentCommon, rows_of


@tagged("post_install", "-at_install")
class TestAnnex(DocumentCommon):
    def test_time_by_the_rule(self):
        """The detail of the rule gathers; hours and minutes add up."""
        self.rule.detail = "task"
        self._log_two_tasks()
        move = self._post()
        time = self._annex(move)["projects"][0]["time"]
        self.assertEqual(
            [(group["title"], group["hours"]) for group in time["groups"]],
            [("Build", "0:40"), ("Design", "1:20")],
        )
        self.assertEqual(time["hours"], "2:00")
        self.assertEqual(
            [(row["date"], row["person"], row["hours"]) for row in rows_of(time)],
            [
                ("03/03/2026", "Bob", "0:20"),
                ("03/03/2026", "Bob", "0:20"),
                ("03/02/2026", "Ann", "1:20"),
            ],
        )

    def test_by_task_person_and_day(self):
        self._log_two_tasks()
        template = self._create_template()
        self.project.billing_template_id = template
        request = self._prepare()
        for detail, titles in (
            ("project", [""]),
            ("task", ["Build", "Design"]),
            ("person", ["Ann", "Bob"]),
            ("day", ["03/02/2026", "03/03/2026"]),
        ):
            template.detail = detail
            content, _files = AnnexReader(request).contents()[request.sudo()]
            self.assertEqual(
                sorted({e["minutes"] for e in content["time"]}), ["20", "80"]
            )
            time = self._words(content)["time"]
            self.assertEqual([group["title"] for group in time["groups"]], titles)

    def test_values_add_up_to_the_lines(self):
        """Three times 20 minutes at 100.00 are 33.33, 33.34 and 33.33."""
        self.project.billing_template_id = self._create_template(show_value=True)
        for _each in range(3):
            self._log(1 / 3)
        move = self._post()
        values = [Decimal(entry["value"]) for entry in self._content(move)["time"]]
        self.assertEqual(values, [Decimal("33.33"), Decimal("33.34"), Decimal("33.33")])
        self.assertEqual(sum(values), Decimal(str(move.amount_untaxed)))

    def test_internal_text_never(self):
        """Descriptions only where the template says so, and never what follows //."""
        self._log_two_tasks()
        move = self._post()
        self.assertEqual({e["text"] for e in self._content(move)["time"]}, {""})
        self.project.billing_template_id = self._create_template(show_description=True)
        self._log_two_tasks()
        move = self._post()
        annex = self._annex(move)
        self.assertEqual(
            {row["text"] for row in rows_of(annex["projects"][0]["time"])},
            {"Logo", "Server", "Backup"},
        )
        for internal in ("third attempt", "forgotten", "41.37"):
            self.assertNotIn(internal, str(annex))
            self.assertNotIn(internal, str(self._content(move)))

    def test_entry_line_without_internal_text(self):
        """A line of its own for each entry says no more than the annex would."""
        self.rule.detail = "entry"
        self._log(2, name="Call // angry")
        line = self._prepare().line_ids
        self.assertIn("Call", line.name)
        self.assertNotIn("angry", line.name)

    def test_kept_as_posted(self):
        """What the client got is the same when everything has another name."""
        self._log_two_tasks()
        move = self._post()
        before = self._annex(move)
        self.design.name = "Renamed"
        self.ann.name = "Married"
        self.project.name = "Other"
        self.env.flush_all()
        self.assertEqual(self._annex(move), before)

    def test_without_a_snapshot(self):
        """An invoice from before there were snapshots is read from the ledger."""
        self._log_two_tasks()
        move = self._post()
        before = self._annex(move)
        self.env["project.billing.annex"].search([])._engine().unlink()
        self.assertEqual(self._annex(move), before)

    def test_credited_work_was_on_the_invoice(self):
        """A credit note changes nothing of what the invoice was for."""
        self._log_two_tasks()
        move = self._post()
        before = self._annex(move)
        credit = self._credit(move, lambda lines: lines.write({"quantity": 1}))
        self.assertEqual(self._annex(move), before)
        self.assertEqual(self._annex(credit), {})
        self.env["project.billing.annex"].search([])._engine().unlink()
        self.assertEqual(self._annex(move)["projects"][0]["time"]["hours"], "2:00")

    def test_draft_again(self):
        """The snapshot goes with the posting, and is taken anew with the next."""
        self._log(2)
        move = self._post()
        self.assertTrue(self._annex(move))
        move.button_draft()
        self.assertEqual(self._annex(move), {})
        self.assertFalse(
            self.env["project.billing.annex"].search([("move_id", "=", move.id)])
        )
        move.action_post()
        self.assertTrue(self._content(move)["time"])

    def test_work_that_was_taken_off(self):
        """What is billed later, or written off, is on no annex."""
        self._log(4)
        request = self._prepare()
        request.line_ids.change_quantity(3, "bill_later")
        request.line_ids.change_quantity(2.5, "write_off", "Too slow")
        move = self._post(request)
        time = self._annex(move)["projects"][0]["time"]
        self.assertEqual(time["hours"], "2:30")
        self.assertEqual(sum(int(row["minutes"]) for row in self._time(move)), 150)

    def _time(self, move):
        return self._content(move)["time"]

    def test_milestones_with_sign_off(self):
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        first, second = self._create_milestones(60, 40)
        (first | second).is_reached = True
        first.with_user(self.pm).action_billing_sign_off("Ms Grey", date(2026, 3, 4))
        move = self._post()
        milestones = self._annex(move)["projects"][0]["milestones"]
        self.assertEqual(
            [
                (row["name"], [each["said"] for each in row["sign_offs"]])
                for row in milestones["rows"]
            ],
            [
                ("Milestone 1", ["Accepted by Ms Grey on 03/04/2026"]),
                ("Milestone 2", []),
            ],
        )
        self.assertIn("1,000.00", milestones["value"])

    def test_revoked_sign_offs(self):
        """Only what holds is printed: not what was revoked, nor of other milestones."""
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        first, second = self._create_milestones(60, 40)
        (first | second).is_reached = True
        own = first.with_user(self.pm)
        own.action_billing_sign_off("Ms Grey", date(2026, 3, 4))
        own.action_billing_revoke_sign_off("Not she")
        own.action_billing_sign_off("Mr Black", date(2026, 3, 5))
        (annex,) = self._annex(self._post())["projects"]
        self.assertEqual(
            [
                [each["said"] for each in row["sign_offs"]]
                for row in annex["milestones"]["rows"]
            ],
            [["Accepted by Mr Black on 03/05/2026"], []],
        )

    def test_several_projects(self):
        """An invoice for several projects has a part for each."""
        self.partner_a.billing_one_invoice = True
        shop = self._create_project(name="Shop")
        self._create_rule(shop)
        self._log(2)
        self._log(3, project_id=shop.id)
        requests = self._prepare(self.project | shop)
        for request in requests:
            self._approve(request)
        requests.with_user(self.pm).action_create_invoice()
        move = requests.sudo().invoice_id
        move.action_post()
        self.assertEqual(len(move), 1)
        annex = self._annex(move)
        self.assertEqual(
            {p["name"]: p["time"]["hours"] for p in annex["projects"]},
            {"Website": "2:00", "Shop": "3:00"},
        )

    def test_manual_lines_only(self):
        """A line typed by hand speaks for itself."""
        self._log(1)
        request = self._prepare()
        request.line_ids.unlink()
        request.line_ids = [(0, 0, {"name": "Travel", "price_unit": 50})]
        self.assertEqual(self._annex(self._post(request)), {})

    def test_template_of_whom(self):
        """The project's counts, then the customer's, then the company's."""
        self._log(1)
        request = self._prepare()
        templates = self.env["project.billing.template"]
        found = templates._of_requests(request)
        self.assertFalse(found[request.sudo()])
        chosen = [self._create_template(name=name) for name in ("co", "cu", "pr")]
        for record, template in zip(
            (self.company, self.partner_a, self.project), chosen, strict=True
        ):
            record.billing_template_id = template
            self.assertEqual(templates._of_requests(request)[request.sudo()], template)

    def test_no_annex(self):
        self.company.billing_template_id = self._create_template(with_annex=False)
        self._log(1)
        self.assertEqual(self._annex(self._post()), {})

    def test_who_may_read(self):
        self._log(1)
        move = self._post()
        self.assertTrue(move.with_user(self.accountant)._billing_annex())
        for user in (self.pm, self.worker):
            with self.assertRaises(AccessError):
                move.with_user(user)._billing_annex()

    def test_posting_many_entries(self):
        """The number of statements does not grow with the work."""
        counts = []
        for number_of in (3, 1000):
            self.env["account.analytic.line"].create(
                [
                    {
                        "name": f"Work {number}",
                        "project_id": self.project.id,
                        "employee_id": self.ann.id,
                        "date": date(2026, 3, 2),
                        "unit_amount": 0.25,
                    }
                    for number in range(number_of)
                ]
            )
            move = self._invoice()
            self.env.flush_all()
            requests = move.sudo().billing_request_ids
            annexes = self.env["project.billing.annex"]._engine()
            before = self.env.cr.sql_log_count
            annexes._freeze(requests)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self._content(move)["time"]), number_of)
        self.assertLessEqual(counts[1], counts[0])
        self.assertLessEqual(counts[0], 8)

    def _words(self, content):
        return AnnexWords(self.env, {}).project(0, content)
