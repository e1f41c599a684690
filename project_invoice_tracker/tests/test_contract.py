"""Fixed prices: milestones, their parts, sign-off and changes of the contract."""

from contextlib import contextmanager
from datetime import date

from odoo import Command, fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..exceptions import BillingError, SourceClosed
from .common import BillingCommon


class ContractCommon(BillingCommon):
    """A service without surprises, and currencies with 0 and 3 decimals."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product_a.taxes_id = [Command.set(cls.company_data["default_tax_sale"].ids)]

    @classmethod
    def _contract(cls, amount, kind="milestone", project=None, **values):
        return cls._create_rule(
            project,
            kind=kind,
            product_id=cls.product_a.id,
            contract_amount=amount,
            **values,
        )

    @classmethod
    def _currency(cls, code, rate, rounding):
        currency = cls.env.ref(f"base.{code}")
        currency.write({"active": True, "rounding": rounding})
        cls.env["res.currency.rate"].create(
            {
                "name": "2026-01-01",
                "rate": rate,
                "currency_id": currency.id,
                "company_id": cls.company.id,
            }
        )
        return currency

    def _lower(self, request, quantity, policy="bill_later", reason=""):
        """Bill only a part of the one line of a request."""
        request.line_ids.with_user(self.pm).change_quantity(quantity, policy, reason)
        return request

    @contextmanager
    def assertRefused(self, sentence):
        """Assert a refusal with a sentence, after which everything is as before."""
        with (
            self.assertRaisesRegex(ValidationError, sentence),
            self.env.cr.savepoint(),
        ):
            yield

    def assertPrices(self, milestones, expected):
        milestones.invalidate_recordset()
        self.assertEqual(milestones.mapped("billing_price"), expected)


@tagged("post_install", "-at_install")
class TestContract(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(1000)

    def test_changed_contract(self):
        """I19: what is billed stays; the others share what is left of the new one."""
        milestones = self._create_milestones(40, 30, 30)
        self.assertPrices(milestones, [400, 300, 300])
        milestones[0].is_reached = True
        first = self._post()
        self.assertEqual(first.amount_untaxed, 400)
        self.contract.contract_amount = 1500
        self.assertPrices(milestones, [400, 550, 550])
        self.assertIn("before the contract changed", self._explanation(milestones[1]))
        milestones[1].is_reached = True
        second = self._prepare()
        self.assertEqual(second.amount_untaxed, 550)
        self.contract.contract_amount = 1250.01
        self.assertPrices(milestones, [400, 550, 300.01])
        milestones[2].is_reached = True
        third = self._prepare()
        self.assertEqual(third, second, "the draft is extended")
        self.assertEqual(third.amount_untaxed, 850.01)
        self.assertEqual(self._post(third).amount_untaxed + 400, 1250.01)

    def _explanation(self, milestone):
        return milestone.billing_item_ids.explanation

    def test_changed_while_billed_and_credited(self):
        """What comes back has its share of the new contract before it is collected."""
        milestones = self._create_milestones(40, 60)
        milestones.is_reached = True
        move = self._post(self._prepare())
        self.contract.contract_amount = 1500
        self.assertPrices(milestones, [400, 600])
        self._credit(move)
        self.env.flush_all()
        self.assertPrices(milestones, [600, 900])
        items = milestones.billing_item_ids
        self.assertEqual(items.mapped("amount_open"), [600, 900])
        project = self.project.with_user(self.pm)
        self.assertEqual(project.billing_amount_ready, 1500)
        self.assertEqual(self._prepare().amount_untaxed, 1500)

    def test_contract_below_what_is_billed(self):
        """I19: refused, and the sentence says how much is billed."""
        milestones = self._create_milestones(40, 60)
        milestones[0].is_reached = True
        self._post()
        with self.assertRefused("400.00.*at least"):
            self.contract.contract_amount = 399.99
        with self.assertRefused("400.00"):
            self.contract.contract_amount = 0
        self.contract.contract_amount = 400
        milestones.invalidate_recordset()
        self.assertEqual(milestones[0].billing_price, 400)
        self.assertFalse(milestones[1].billing_state, "nothing is left of it")
        self.contract.contract_amount = 400.01
        self.assertPrices(milestones, [400, 0.01])

    def test_shares_that_do_not_total(self):
        """While planning they may be less, and the rule says so; never more."""
        milestones = self._create_milestones(50, 30)
        self.assertIn("total 80 %", self.contract.milestones_note)
        self.assertIn("800.00 of", self.contract.milestones_note)
        milestones[0].is_reached = True
        self._post()
        self.contract.contract_amount = 2000
        # 30 of the 50 % that are open, of the 1,500.00 that are left
        self.assertPrices(milestones, [500, 900])
        last = self._create_milestones(20)
        self.assertPrices(milestones | last, [500, 900, 600])
        self.assertFalse(self.contract.milestones_note)
        with self.assertRefused("100.001"):
            last.billing_percentage = 20.001

    def test_half_a_cent(self):
        """I19: two halves of 1.01 are 0.51 and 0.50, whatever the order."""
        self.contract.contract_amount = 1.01
        milestone = self._create_milestones(100, is_reached=True)
        first = self._lower(self._prepare(), 0.5)
        self.assertEqual(first.amount_untaxed, 0.51)
        self.assertNotIn("remainder", first.line_ids.explain()[0]["explanation"])
        self._post(first)
        milestone.invalidate_recordset()
        self.assertEqual(milestone.billing_state, "partial")
        second = self._prepare()
        self.assertRecordValues(second.line_ids, [{"quantity": 0.5, "price_unit": 1.0}])
        self.assertIn("remainder", second.line_ids.explain()[0]["explanation"])
        self.assertEqual(second.line_ids.explain()[0]["price"], 1.0)
        self.assertEqual(self._post(second).amount_untaxed, 0.50)
        milestone.invalidate_recordset()
        self.assertEqual(milestone.billing_state, "billed")

    def test_parts_on_several_requests(self):
        """I19: 0.4 of 999.99, then 0.3, then the rest; lowered and collected again."""
        self.contract.contract_amount = 999.99
        self._create_milestones(100, is_reached=True)
        first = self._lower(self._prepare(), 0.4)
        self.assertEqual(first.amount_untaxed, 400.0)
        self.assertEqual(self._post(first).amount_untaxed, 400.0)
        second = self._prepare()
        self.assertEqual(second.amount_untaxed, 599.99)
        self._lower(second, 0.3)
        self.assertEqual(second.amount_untaxed, 300.0)
        second.with_user(self.pm).collect("2026-12-31")
        self.assertEqual(len(second.line_ids), 1)
        self.assertEqual(second.amount_untaxed, 599.99)
        self._lower(second, 0.3)
        self._post(second)
        third = self._prepare()
        self.assertEqual(third.amount_untaxed, 299.99)
        self.assertEqual(self._post(third).amount_untaxed, 299.99)

    def test_parts_after_a_credit(self):
        """I13, I19: a half is credited and billed again; the net is the price."""
        self.contract.contract_amount = 1.01
        self._create_milestones(100, is_reached=True)
        move = self._post()
        note = self._credit(move, lambda lines: lines.write({"quantity": 0.5}))
        self.assertEqual(note.amount_untaxed, 0.51)
        again = self._prepare()
        self.assertEqual(again.amount_untaxed, 0.51)
        self._post(again)
        with self.assertRaisesRegex(BillingError, "Nothing to bill"):
            self._prepare()

    def test_parts_after_a_cancelled_one(self):
        """I19: the first half is cancelled after the second was billed."""
        self.contract.contract_amount = 1.01
        self._create_milestones(100, is_reached=True)
        first = self._lower(self._prepare(), 0.5)
        move = self._invoice(first)
        second = self._prepare()
        self.assertEqual(second.amount_untaxed, 0.50)
        self._post(second)
        move.button_cancel()
        third = self._prepare()
        self.assertEqual(third.amount_untaxed, 0.51)

    def test_part_written_off(self):
        """A part that is written off is billed by nobody."""
        self._create_milestones(100, is_reached=True)
        request = self._lower(self._prepare(), 0.4, "write_off", "Agreed rebate")
        self.assertEqual(request.amount_untaxed, 400)
        self._post(request)
        with self.assertRaisesRegex(BillingError, "Nothing to bill"):
            self._prepare()

    def test_currencies(self):
        """I17, I19: thirds of a contract, the middle one in two parts."""
        for code, rate, rounding, amount, expected, halves in (
            ("JPY", 151.3, 1, 1000, [333, 333, 334], [167, 166]),
            ("KWD", 0.31, 0.001, 100.003, [33.334, 33.334, 33.335], [16.667, 16.667]),
        ):
            with self.subTest(currency=code):
                currency = self._currency(code, rate, rounding)
                project = self._create_project(name=code)
                self._contract(amount, project=project, currency_id=currency.id)
                thirds = self._create_milestones(
                    33.333, 33.333, 33.334, project=project
                )
                self.assertPrices(thirds, expected)
                billed = [self._bill_part(thirds[0])]
                billed += [self._bill_part(thirds[1], 0.5), self._bill_part(thirds[1])]
                billed.append(self._bill_part(thirds[2]))
                self.assertEqual(billed, [expected[0], *halves, expected[2]])
                self.assertAlmostEqual(sum(billed), amount, 3)

    def _bill_part(self, milestone, quantity=1):
        """Bill a milestone, or a part of it; return the invoice's amount."""
        milestone.is_reached = True
        request = self._prepare(milestone.project_id)
        if quantity != 1:
            self._lower(request, quantity)
        return self._post(request).amount_untaxed

    def test_tax_included_parts(self):
        """I2, I19: 120.01 with 20 % inside, in two halves, under both roundings."""
        tax = self.env["account.tax"].create(
            {
                "name": "Included",
                "amount": 20,
                "type_tax_use": "sale",
                "company_id": self.company.id,
                "price_include_override": "tax_included",
            }
        )
        self.product_a.taxes_id = [Command.set(tax.ids)]
        for rounding in ("round_per_line", "round_globally"):
            with self.subTest(rounding=rounding):
                self.company.tax_calculation_rounding_method = rounding
                project = self._create_project(name=rounding)
                self._contract(120.01, project=project)
                self._create_milestones(100, project=project, is_reached=True)
                first = self._lower(self._prepare(project), 0.5)
                self.assertEqual(first.amount_total, 60.01)
                self.assertEqual(self._post(first).amount_total, 60.01)
                second = self._prepare(project)
                self.assertEqual(second.amount_total, 60.0)
                self.assertEqual(self._post(second).amount_total, 60.0)


@tagged("post_install", "-at_install")
class TestSignOff(ContractCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract = cls._contract(1000, milestone_ready="signed")
        cls.milestone = cls._create_milestones(100)

    def _ready(self):
        self.milestone.invalidate_recordset()
        return self.milestone.billing_item_ids.ready

    def test_ready_by_sign_off(self):
        """Reached is not enough; the acceptance is who, when and on the record."""
        own = self.milestone.with_user(self.pm)
        with self.assertRaisesRegex(BillingError, "not reached"):
            own.action_billing_sign_off("Mrs. Client")
        own.is_reached = True
        self.assertFalse(self._ready())
        own.action_billing_sign_off(" Mrs. Client ", "2026-03-05")
        self.assertTrue(self._ready())
        self.assertRecordValues(
            self.milestone,
            [
                {
                    "billing_signed_off": True,
                    "billing_signed_by": "Mrs. Client",
                    "billing_signed_date": date(2026, 3, 5),
                }
            ],
        )
        self.assertEqual(self.milestone.billing_item_ids.date, date(2026, 3, 5))
        with self.assertRaisesRegex(BillingError, "signed off by Mrs. Client since"):
            own.action_billing_sign_off("Somebody else")
        with self.assertRaisesRegex(SourceClosed, "Revoke the sign-off"):
            own.is_reached = False
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 1000)
        with self.assertRaisesRegex(SourceClosed, request.name):
            own.action_billing_revoke_sign_off("A mistake")
        request.action_cancel()
        own.action_billing_revoke_sign_off("A mistake")
        self.assertFalse(self._ready())
        self.assertIn("A mistake", self.milestone.message_ids[0].body)
        own.is_reached = False

    def test_refusals(self):
        """I3: nobody signs off by writing, for others, or with a blank name."""
        self.milestone.is_reached = True
        own = self.milestone.with_user(self.pm)
        for name in ("", " ", 5, False):
            with self.subTest(name=name), self.assertRaises(BillingError):
                own.action_billing_sign_off(name)
        tomorrow = fields.Date.add(fields.Date.today(), days=2)
        for day in ("2026-02-30", tomorrow, "x"):
            with self.subTest(day=day), self.assertRaises(BillingError):
                own.action_billing_sign_off("Client", day)
        with self.assertRaises(AccessError):
            self.milestone.with_user(self.other_pm).action_billing_sign_off("Client")
        for values in ({"billing_signed_off": True}, {"billing_signed_by": "x"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                self.milestone.with_user(self.admin).write(values)
        with self.assertRaises(AccessError):
            self.milestone.with_user(self.admin).with_context(
                default_billing_signed_off=True
            ).create({"name": "Forged", "project_id": self.project.id})
        with self.assertRaisesRegex(BillingError, "not signed"):
            own.action_billing_revoke_sign_off("x")

    def test_buttons_ask(self):
        """The buttons open the window, which takes the step."""
        self.milestone.is_reached = True
        own = self.milestone.with_user(self.pm)
        action = own.action_billing_sign_off()
        window = self.env[action["res_model"]].with_user(self.pm)
        window.with_context(**action["context"]).create(
            {"name": "Mr. Client"}
        ).action_apply()
        self.assertEqual(self.milestone.billing_signed_by, "Mr. Client")
        action = own.action_billing_revoke_sign_off()
        window.with_context(**action["context"]).create(
            {"reason": "Wrong one"}
        ).action_apply()
        self.assertFalse(self.milestone.billing_signed_off)

    def test_every_change_is_tracked(self):
        """Who changed a price, a contract or a milestone is on the record."""
        self.env.flush_all()
        self.cr.precommit.run()
        tracked = {"tracking_disable": False, "mail_notrack": False}
        milestone = self.milestone.with_user(self.admin).with_context(**tracked)
        rule = self.contract.with_user(self.admin).with_context(**tracked)
        rates = self.rule.with_user(self.admin).with_context(**tracked)
        changes = [
            (milestone, {"name": "Design"}),
            (milestone, {"billing_percentage": 50}),
            (milestone, {"billing_basis": "fixed", "billing_fixed_price": 10}),
            (milestone, {"is_reached": True}),
            (rule, {"contract_amount": 2000}),
            (rule, {"milestone_ready": "reached"}),
            (rates, {"price_unit": 111}),
            (rates, {"date_end": "2027-01-01"}),
        ]
        for record, values in changes:
            record.write(values)
            self.env.flush_all()
            self.cr.precommit.run()
            values_of = record.sudo().message_ids[:1].tracking_value_ids
            with self.subTest(values=values):
                names = set(values_of.field_id.mapped("name"))
                self.assertLessEqual(values.keys(), names)
        values = self.milestone.message_ids.tracking_value_ids
        colleague = self.env(user=self.other_pm)
        visible = values.with_env(colleague)._filter_has_field_access(colleague)
        names = visible.sudo().field_id.mapped("name")
        self.assertIn("is_reached", names)
        self.assertNotIn("billing_percentage", names)
        self.assertNotIn("billing_fixed_price", names)
        with self.assertRaises(AccessError):
            self.contract.message_ids.with_user(self.worker).read(["body"])
