"""Caps: never exceeded, and what goes over them is accounted for (I20)."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..exceptions import BillingError, NothingToBill
from .common import DAY, BillingCommon


@tagged("post_install", "-at_install")
class TestCaps(BillingCommon):
    @classmethod
    def _cap(cls, **values):
        return cls.env["project.billing.cap"].create(
            {
                "name": "PO 4711",
                "company_id": cls.company.id,
                "currency_id": cls.rule.currency_id.id,
                "rule_ids": [Command.set(cls.rule.ids)],
                **values,
            }
        )

    def _log_days(self, *hours, **values):
        entries = self.env["account.analytic.line"]
        for position, each in enumerate(hours):
            entries |= self._log(each, DAY + timedelta(days=position), **values)
        return entries

    def _activities(self):
        return self.project.activity_ids.filtered(
            lambda activity: activity.user_id == self.pm
        ).mapped("summary")

    def test_hold(self):
        """1,000.00 at 100.00 an hour: ten of twelve hours, two wait."""
        cap = self._cap(limit_amount=1000, is_order=True)
        entries = self._log_days(4, 4, 4)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 1000)
        self.assertEqual(request.customer_reference, "PO 4711")
        self.assertMinutes((120, 600, 0, 0))
        self.assertMinutes((120, 120, 0, 0), entries[2])
        self.assertEqual((cap.amount_used, cap.hours_used), (1000, 10))
        self.assertEqual((cap.amount_open, cap.percent_used), (200, 120))
        self.assertIn("$\xa01,000.00 billed", request.cap_note)
        explained = request.line_ids.explain()
        self.assertEqual([(e["quantity"], e["of"]) for e in explained][0], (2.0, 4.0))
        self.assertEqual(explained[0]["caps"], ["PO 4711"])
        with self.assertRaisesRegex(NothingToBill, "PO 4711"):
            self._prepare()
        # what is lowered is free for other work
        request.line_ids.change_quantity(9)
        self.assertEqual(cap.amount_used, 900)
        move = self._post(request)
        self.assertEqual(move.ref, "PO 4711")
        self.assertEqual(self._prepare().amount_untaxed, 100)
        self.assertEqual(cap.amount_used, 1000)
        # credited, there is room again
        self._credit(move)
        self.assertEqual(cap.amount_used, 100)

    def test_reset_credit_note_names_the_cap(self):
        """Taking back beyond a cap: the sentence says which, and what to do."""
        other = self._create_project(name="Shop")
        rules = self.rule | self._create_rule(other)
        for values, words in (
            ({"limit_amount": 1000}, "2,000.00.*PO 4711.*1,000.00"),
            ({"limit_hours": 10}, "20.00 h.*PO 4711.*10.00 h"),
        ):
            for step in ("button_draft", "button_cancel", "reverse"):
                with self.subTest(words, step=step), self.env.cr.savepoint() as point:
                    self._cap(**values, rule_ids=[Command.set(rules.ids)])
                    self._log_days(5, 5)
                    note = self._credit(self._post())
                    self._log_days(5, 5, project_id=other.id)
                    self._post(self._prepare(other))
                    self._assert_names_the_cap(note, step, words)
                    point.rollback()
                self.env.invalidate_all()

    def _assert_names_the_cap(self, note, step, words):
        if step == "reverse":
            note, step = note._reverse_moves(), "action_post"
        with self.assertRaises(BillingError) as refused:
            getattr(note, step)()
        self.assertRegex(str(refused.exception).replace("\xa0", ""), words)

    def test_refused_hours_as_the_reader_writes_them(self):
        """Hours that a cap refuses have the comma of the reader's language."""
        self.env["res.lang"]._activate_lang("de_DE")
        cap = self._cap(limit_hours=1.5)
        with self.assertRaisesRegex(BillingError, "PO 4711.*1,50 h.*2,25 h"):
            cap.with_context(lang="de_DE")._refuse_over(0, 135)

    def test_raised_and_lowered(self):
        """A cap is not lowered below what is billed."""
        cap = self._cap(limit_amount=1000)
        self._log_days(4, 4, 4)
        request = self._prepare()
        with self.assertRaises(ValidationError) as refused, self.env.cr.savepoint():
            cap.limit_amount = 900
        self.assertRegex(str(refused.exception), r"1,000\.00 \(10\.00 h\)")
        cap.limit_amount = 1100
        request.collect(DAY + timedelta(days=9))
        self.assertEqual(request.amount_untaxed, 1100)

    def test_hours(self):
        """7.5 hours, cut to the minute."""
        cap = self._cap(limit_hours=7.5)
        self._log_days(4, 4)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 7.5)
        self.assertEqual((cap.minutes_used, cap.amount_used), (450, 750))
        self.assertMinutes((30, 450, 0, 0))

    def test_rounding_never_exceeds(self):
        """I20: at 99.99 an hour, no rounding bills a cent more than the cap."""
        self.rule.detail = "entry"
        self._log_days(*[0.35] * 9)
        cap = self._cap(limit_amount=250)
        for method in ("round_per_line", "round_globally"):
            self.company.tax_calculation_rounding_method = method
            for price in (99.99, 100.013, 100.03):
                self.rule.price_unit = price
                request = self._prepare()
                with self.subTest(method=method, price=price):
                    self.assertLessEqual(cap.amount_used, 250)
                    self.assertGreater(cap.amount_used, 248)
                    self.assertLessEqual(request.amount_untaxed, cap.amount_used)
                    if method == "round_per_line":
                        self.assertEqual(request.amount_untaxed, cap.amount_used)
                request.action_cancel()

    def test_write_off(self):
        cap = self._cap(limit_amount=1000, policy="write_off")
        self._log_days(4, 4, 4)
        request = self._prepare()
        self.assertMinutes((0, 600, 0, 120))
        self.assertIn("Over PO 4711", request.line_ids.written_off_note)
        self.assertEqual(cap.amount_used, 1000)
        request.action_cancel()
        self.assertMinutes((720, 0, 0, 0))
        self.assertEqual(cap.amount_used, 0)

    def test_write_off_of_a_full_cap(self):
        """Alone it waits; beside other work it is written off."""
        self._cap(limit_amount=400, policy="write_off", rule_ids=self.rule.ids)
        self._log_days(4)
        self._post(self._prepare())
        late = self._log(2, DAY + timedelta(days=5))
        with self.assertRaisesRegex(NothingToBill, "PO 4711"):
            self._prepare()
        self.assertMinutes((120, 0, 0, 0), late)
        self._create_rule(employee_ids=[Command.set(self.bob.ids)], sequence=1)
        self._log(1, employee_id=self.bob.id)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 100)
        self.assertMinutes((0, 0, 0, 120), late)
        move = self._post(request)
        self.assertEqual(len(move.invoice_line_ids), 1)
        self._credit(move)
        self.assertMinutes((0, 0, 0, 120), late)

    def test_choose(self):
        """The manager chooses which work uses what is left."""
        self._cap(limit_amount=1000, policy="choose")
        entries = self._log_days(4, 4, 4)
        request = self._prepare()
        self.assertTrue(request.can_choose_work)
        action = request.action_choose_work()
        wizard = (
            self.env["project.billing.choose.work"]
            .with_user(self.pm)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(len(wizard.choosable_ids), 3)
        items = {item.analytic_line_id.id: item for item in wizard.choosable_ids}
        wizard.item_ids = items[entries[1].id] | items[entries[2].id]
        wizard.action_apply()
        self.assertEqual(request.amount_untaxed, 800)
        self.assertMinutes((240, 0, 0, 0), entries[0])
        self.assertMinutes((240, 480, 0, 0))
        wizard.item_ids = items[entries[0].id] | items[entries[1].id]
        wizard.item_ids |= items[entries[2].id]
        wizard.action_apply()
        self.assertEqual(request.amount_untaxed, 1000)
        foreign = self._create_project(name="Other", user_id=self.other_pm.id)
        self._create_rule(foreign)
        entry = self._log(1, project_id=foreign.id)
        item = self.env["project.billing.item"].search(
            [("analytic_line_id", "=", entry.id)]
        )
        with self.assertRaisesRegex(BillingError, "cannot be chosen"):
            request._choose_items(item.with_user(self.pm))

    def test_counts_a_tax_that_prices_include(self):
        """Billed and to bill are both at the prices of the lines."""
        self.rule.product_id.taxes_id = self.env["account.tax"].create(
            {
                "name": "In it",
                "amount": 21,
                "price_include_override": "tax_included",
                "company_id": self.company.id,
            }
        )
        cap = self._cap(limit_amount=1000)
        self._log_days(4, 4, 4)
        cap.invalidate_recordset()
        self.assertEqual((cap.amount_used, cap.amount_open), (0, 1200))
        request = self._prepare()
        self.assertEqual(request.amount_total, 1000)
        self.assertEqual((cap.amount_used, cap.amount_open), (1000, 200))
        self.assertEqual(cap.percent_used, 120)

    def test_shared_by_projects(self):
        """One order of the customer for two projects, hours and amount."""
        second = self._create_project(name="App")
        rule = self._create_rule(second, price_unit=150)
        cap = self._cap(
            limit_amount=1000,
            is_order=True,
            rule_ids=[Command.set((self.rule | rule).ids)],
        )
        self._log_days(4)
        self._log_days(8, project_id=second.id)
        requests = self._prepare(self.project | second)
        self.assertEqual(sum(requests.mapped("amount_untaxed")), 1000)
        self.assertEqual(cap.amount_used, 1000)
        self.assertEqual(cap.project_ids, self.project | second)

    def test_alerts_once(self):
        """At 80 and at 100 % the manager is told, once each."""
        cap = self._cap(limit_amount=1000)
        self._log_days(7)
        self._prepare()
        self.assertFalse(self._activities())
        self._log_days(1.5)
        self.env["project.billing.rule"]._cron_follow_calendar()
        self.assertEqual(self._activities(), ["80 % of PO 4711 is used"])
        self.env["project.billing.rule"]._cron_follow_calendar()
        self.assertEqual(len(self._activities()), 1)
        self._log_days(3)
        self._prepare()
        self.assertIn("100 % of PO 4711 is used", self._activities())
        self.assertEqual(len(self._activities()), 2)
        self.assertEqual(cap.alerted, 100)

    def test_refusals(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        with self.assertRaisesRegex(ValidationError, "EUR"):
            self._cap(limit_amount=10, currency_id=euro.id)
        cap = self._cap(limit_amount=1000)
        with self.assertRaisesRegex(Exception, "directly"):
            cap.write({"amount_used": 0.5})
