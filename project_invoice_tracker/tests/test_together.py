"""Pieces together: caps, increments, minimum fees, corrections, parts of an entry."""

from datetime import date, timedelta

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import Form, tagged

from ..exceptions import BillingError
from .common import DAY, BillingCommon

TUESDAY = DAY + timedelta(days=1)


class TogetherCommon(BillingCommon):
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

    def _amounts(self, request):
        return request.line_ids.mapped("price_subtotal")


@tagged("post_install", "-at_install")
class TestTogether(TogetherCommon):
    # === INCREMENTS PER LINE ===

    def test_line_increment_after_a_part_was_credited(self):
        """I1: what is rounded is what the line holds, not what is billed elsewhere."""
        self.rule.write({"increment_minutes": 15, "increment_scope": "line"})
        self._log(1)
        self._log(10 / 60, TUESDAY)
        move = self._post()
        self.assertEqual(move.amount_untaxed, 125)

        def edit(lines):
            lines.quantity = 0.5

        self._credit(move, edit)
        # 75 minutes of 70 were billed and 30 credited: the work of them is open, and
        # comes again in the steps that it was rounded to
        self.assertMinutes((25, 0, 45, 0))
        self.assertEqual(self._prepare().amount_untaxed, 50)
        self.assertMinutes((0, 30, 45, 0))

    def test_line_increment_after_lowering(self):
        """What was put off is rounded by itself."""
        self.rule.write({"increment_minutes": 15, "increment_scope": "line"})
        self._log(1)
        request = self._prepare()
        request.line_ids.change_quantity(0.75)
        self._post(request)
        self.assertEqual(self._prepare().line_ids.quantity, 0.25)
        self.assertMinutes((0, 15, 45, 0))

    def test_line_increment_within_a_cap(self):
        """I20: 80 minutes, 66 of them under the cap; a quarter more has no room."""
        self.rule.write({"increment_minutes": 15, "increment_scope": "line"})
        cap = self._cap(limit_hours=1.1)
        self._log(1)
        self._log(20 / 60, TUESDAY)
        request = self._prepare()
        self.assertEqual(request.line_ids.quantity, 1.1)
        self.assertEqual(cap.minutes_used, 66)
        self.assertMinutes((14, 66, 0, 0))
        request.action_cancel()
        # 81 minutes of which 80 are worked: rounded as far as there is room
        cap.write({"limit_hours": 0, "limit_amount": 135})
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 135)
        self.assertEqual((cap.minutes_used, cap.amount_used), (81, 135))

    # === MINIMUM FEES ===

    def test_minimum_fee_within_a_cap(self):
        """I20: of a minimum of 250.00, what the cap of 200.00 leaves."""
        self.rule.minimum_fee = 250
        cap = self._cap(limit_amount=200)
        self._log(1)
        request = self._prepare()
        self.assertEqual(self._amounts(request), [100, 100])
        self.assertEqual(cap.amount_used, 200)
        # more work needs less of a minimum
        self._log(0.5, TUESDAY)
        request.collect(date(2026, 12, 31))
        self.assertEqual(self._amounts(request), [150, 50])
        self.assertEqual(cap.amount_used, 200)
        request.line_ids[0].change_quantity(0.5)
        self.assertEqual(self._amounts(request), [50, 150])
        self.assertEqual(cap.amount_used, 200)
        cap.limit_amount = 500
        request.collect(date(2026, 12, 31))
        self.assertEqual(self._amounts(request), [150, 100])
        self.assertEqual(cap.amount_used, 250)

    # === CAPS THAT COME LATER ===

    def test_cap_added_to_a_rule(self):
        """A cap below what is billed is refused wherever it is added."""
        self._log(5)
        self._prepare()
        cap = self._cap(limit_amount=400, rule_ids=False)
        with self.assertRaisesRegex(ValidationError, r"too low: .*500\.00"):
            self.rule.cap_ids = cap
        cap.limit_amount = 600
        self.rule.cap_ids = cap
        self.assertEqual(cap.amount_used, 500)
        self.rule.cap_ids = False
        self.assertEqual(cap.amount_used, 0)
        euro = self.env.ref("base.EUR")
        euro.active = True
        cap.currency_id = euro
        with self.assertRaisesRegex(ValidationError, "EUR"):
            self.rule.cap_ids = cap

    def test_cap_archived_for_a_while(self):
        """I20: what was billed meanwhile counts when the cap comes back."""
        cap = self._cap(limit_amount=300)
        self._log(2)
        self._prepare()
        cap.active = False
        self._log(4)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 600)
        with self.assertRaisesRegex(ValidationError, r"too low: .*600\.00"):
            cap.active = True
        cap.write({"active": True, "limit_amount": 700})
        self.assertEqual(cap.amount_used, 600)

    # === CORRECTIONS ===

    def test_correction_goes_back_through_the_tiers(self):
        """I23: 3 h, of which one at 80.00, less 2 h are one hour at 100.00."""
        self.rule.tier_ids = [Command.create({"hours_from": 2, "price_unit": 80})]
        self._log(3)
        self._log(-2, TUESDAY)
        self.assertEqual(self._prepare().amount_untaxed, 100)
        self.assertEqual(self.project.billing_amount_ready, 0)

    def test_covered_hours_are_no_volume(self):
        """Whether a request holds it or not: 5 h covered, 1 h charged, then 2 h."""
        pack = self._create_rule(
            kind="advance",
            advance_type="hours",
            pack_hours=5,
            pack_price=400,
            price_unit=0,
        )
        self.rule.write(
            {
                "allowance_rule_id": pack.id,
                "tier_ids": [Command.create({"hours_from": 2, "price_unit": 80})],
            }
        )
        self._log(6)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 500)
        self._log(2, TUESDAY)
        request.collect(date(2026, 12, 31))
        self.assertEqual(request.amount_untaxed, 400 + 2 * 100 + 80)

    def test_correction_takes_overtime_back(self):
        """I23: 10 h, of which two are overtime, less 2 h are 8 h at 100.00."""
        self.rule.price_unit = 0
        self.env["project.billing.rate"].create(
            {
                "rule_id": self.rule.id,
                "price_unit": 100,
                "daily_limit": 8,
                "overtime_multiplier": 1.5,
            }
        )
        self._log(10)
        self._log(-2)
        self.assertEqual(self._prepare().amount_untaxed, 800)
        self.assertEqual(self.project.billing_amount_ready, 0)

    # === ENTRIES IN PARTS ===

    def test_state_of_an_entry_in_parts(self):
        """One hour is given back, the other one is billed: billed in part."""
        self.rule.tier_ids = [Command.create({"hours_from": 1, "price_unit": 80})]
        entry = self._log(2)
        found = self.env["account.analytic.line"]
        own = [("id", "=", entry.id)]
        request = self._prepare()
        self.assertEqual(entry.billing_state, "reserved")
        request.line_ids[0].unlink()
        for state in ("partial", "open"):
            if state == "open":
                request.action_cancel()
            with self.subTest(state=state):
                entry.invalidate_recordset()
                self.assertEqual(entry.billing_state, state)
                for value in ("open", "partial", "reserved"):
                    in_state = found.search([*own, ("billing_state", "=", value)])
                    self.assertEqual(bool(in_state), value == state)
                self.assertEqual(
                    found._read_group(own, ["billing_state"], ["__count"]),
                    [(state, 1)],
                )

    # === RIGHTS AND SENTENCES ===

    def test_windows_tell_nothing_of_foreign_requests(self):
        """I28: naming a request or a line by its id shows nothing of it."""
        self._cap(limit_amount=100, policy="choose")
        self._log(5)
        request = self._prepare()
        line = request.line_ids
        for model, values in (
            ("project.billing.choose.work", {"request_id": request.id}),
            ("project.billing.change.quantity", {"line_id": line.id, "quantity": 1}),
        ):
            self.env.flush_all()
            self.env.invalidate_all()
            wizards = self.env[model].with_user(self.other_pm)
            with self.subTest(model=model), self.assertRaises(AccessError):
                wizard = wizards.create(values)
                if "cap_note" in wizard:
                    self.assertFalse(wizard.cap_note)
                    wizard.action_apply()
                self.env.invalidate_all()
                wizard.read(["name", "current_quantity"])

    def test_who_reads_may_open_the_form(self):
        """Caps for an approver, rules for accounting."""
        cap = self._cap(limit_amount=100)
        self.rule.tier_ids = [Command.create({"hours_from": 1, "price_unit": 80})]
        self.env.invalidate_all()
        self.assertEqual(Form(cap.with_user(self.approver)).name, "PO 4711")
        rule = Form(self.rule.with_user(self.accountant))
        self.assertEqual(rule.name, self.rule.name)

    def test_project_with_a_rule_is_not_deleted(self):
        project = self._create_project(name="Shop")
        rule = self._create_rule(project)
        with self.assertRaisesRegex(
            BillingError, "“Shop” cannot be deleted: .*“Consulting” names it"
        ):
            project.unlink()
        rule.unlink()
        project.unlink()
