"""Own limits, changed prices, and the exception for small companies (I24)."""

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .approval_common import ApprovalCommon

APPROVER = "project_invoice_tracker.group_billing_approver"


@tagged("post_install", "-at_install")
class TestOwnLimit(ApprovalCommon):
    def _limit(self, amount, month, user=None):
        return (
            self.env["project.billing.limit"]
            .with_user(self.boss)
            .create(
                {
                    "user_id": (user or self.pm).id,
                    "company_id": self.company.id,
                    "amount": amount,
                    "amount_month": month,
                }
            )
        )

    def test_within(self):
        """I24: up to both amounts a submission approves, and the log says why."""
        self._level(self.first)
        limit = self._limit(500, 800)
        request = self._submitted(5)
        self.assertEqual(request.state, "approved")
        self.assertEqual(self._decisions(request), ["submit", "approve_own"])
        row = request.sudo().approval_ids.sorted("id")[-1]
        self.assertEqual((row.user_id, row.amount_company), (self.pm, 500))
        self.assertEqual(limit.amount_used, 500)
        request.action_create_invoice()
        self.assertEqual(self._submitted(5.01).state, "submitted", "501 is above 500")
        self.assertEqual(self._submitted(3.01).state, "submitted", "801 a month")
        self.assertEqual(self._submitted(3).state, "approved")
        self.assertEqual(self._submitted(0.01).state, "submitted", "nothing is left")

    def test_several_at_once(self):
        """I24: requests of one go share what is left of the month."""
        self._limit(500, 800)
        other = self._create_project(name="Shop", partner_id=self.partner_b.id)
        self._create_rule(other)
        self._log(5)
        self._log(5, project_id=other.id)
        requests = self._prepare(self.project | other)
        requests.action_submit()
        self.assertEqual(
            requests.sorted("id").mapped("state"), ["approved", "submitted"]
        )

    def test_calendar_month_of_the_company(self):
        """The month is the company's: it ends at midnight there."""
        self.company.partner_id.tz = "Asia/Tokyo"
        self._limit(500, 500)
        with freeze_time("2026-03-31 14:59:00"):
            self.assertEqual(self._submitted(5).state, "approved")
            self.assertEqual(self._submitted(1).state, "submitted")
        with freeze_time("2026-03-31 15:01:00"):
            self.assertEqual(self._submitted(5).state, "approved", "April in Tokyo")

    def test_currency(self):
        """I17: the limit is in company currency, at the rate of the day."""
        currency = self.setup_other_currency("EUR", rates=[("2020-01-01", 2.0)])
        self.rule.currency_id = currency
        self._limit(500, 500)
        request = self._submitted(10)
        self.assertEqual(request.state, "approved")
        self.assertEqual(
            request.sudo().approval_ids.sorted("id")[-1].amount_company, 500
        )

    def test_given_back(self):
        """What is withdrawn uses nothing of the month."""
        limit = self._limit(500, 500)
        request = self._submitted(5)
        request.action_withdraw()
        limit.invalidate_recordset()
        self.assertEqual(limit.amount_used, 0)
        request.action_submit()
        self.assertEqual(request.state, "approved")

    def test_only_ones_own(self):
        """I24: a limit holds for who submits, and nobody sets their own."""
        self._limit(500, 500, self.other_pm)
        self.assertEqual(self._submitted(1).state, "submitted")
        with self.assertRaisesRegex(ValidationError, "own limit"):
            self._limit(500, 500, self.boss)
        limit = self._limit(500, 500)
        with self.assertRaises(AccessError):
            limit.with_user(self.pm).amount = 1
        self.assertEqual(limit.with_user(self.pm).amount, 500)
        with self.assertRaises(AccessError):
            limit.with_user(self.other_pm).read(["amount"])
        with self.assertRaisesRegex(ValidationError, "own limit"):
            limit.with_user(self.boss).user_id = self.boss
        row = self.env["project.billing.journal"].search(
            [("action", "=", "limit_changed"), ("res_id", "=", limit.id)]
        )
        self.assertEqual(row.after["amount"], 500)

    def test_the_only_one(self):
        """A freelancer sets the own limit and meets no approval."""
        company = self.env["res.company"].create({"name": "Freelance"})
        self.env.user.company_ids -= company
        self.boss.company_ids += company
        limit = (
            self.env["project.billing.limit"]
            .with_user(self.boss)
            .create(
                {
                    "user_id": self.boss.id,
                    "company_id": company.id,
                    "amount": 500,
                    "amount_month": 500,
                }
            )
        )
        limit.amount_month = 600
        self.boss.copy({"login": "second_boss", "company_id": company.id})
        with self.assertRaisesRegex(ValidationError, "own limit"):
            limit.amount_month = 700

    def test_bad_limits(self):
        for amount, month in ((0, 100), (-1, 100), (100, 99)):
            with (
                self.subTest(amount=amount),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._limit(amount, month)
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestPriceChanges(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setter = cls._create_user(
            "setter_test", f"{APPROVER},project_invoice_tracker.group_billing_manager"
        )

    def _rate(self, price, **values):
        return (
            self.env["project.billing.rate"]
            .with_user(self.setter)
            .create(
                {
                    "rule_id": self.rule.id,
                    "employee_id": self.ann.id,
                    "price_unit": price,
                    **values,
                }
            )
        )

    def _assert_barred(self, request, expected=True):
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.setter not in request.sudo()._approvers_now(), expected)

    def test_changed_since_the_period_began(self):
        """I24: who changed a rate in use, since the first day of work, is barred."""
        with freeze_time("2026-02-01 12:00:00"):
            rate = self._rate(120)
        request = self._submitted()
        self._assert_barred(request, False)
        request.action_withdraw()
        request.action_cancel()
        with freeze_time("2026-03-02 12:00:00"):
            rate.with_user(self.setter).price_unit = 130
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 130)
        request.action_submit()
        self._assert_barred(request)
        with self.assertRaisesRegex(AccessError, "changed a price"):
            self._as(self.setter, request).action_approve()

    def test_other_prices(self):
        """I24: a rate that the request does not use bars nobody."""
        with freeze_time("2026-03-05 12:00:00"):
            self._rate(200, employee_id=self.bob.id)
        self._assert_barred(self._submitted(), False)

    def test_price_of_the_rule(self):
        """I24: the rule's own price counts where no rate took its place."""
        with freeze_time("2026-03-05 12:00:00"):
            self.rule.with_user(self.setter).price_unit = 130
        request = self._submitted()
        self._assert_barred(request)
        request.action_withdraw()
        request.action_cancel()
        with freeze_time("2026-02-01 12:00:00"):
            self._rate(90)
        request = self._prepare()
        request.action_submit()
        self.assertEqual(request.amount_untaxed, 90)
        self._assert_barred(request, False)

    def test_discount_of_the_rule(self):
        with freeze_time("2026-03-05 12:00:00"):
            self.rule.with_user(self.setter).discount = 5
        self._assert_barred(self._submitted())

    def test_not_by_delegate(self):
        """I24: nor by somebody in their place."""
        with freeze_time("2026-03-05 12:00:00"):
            self._rate(120)
        self._level(self.setter, self.first)
        self.env["project.billing.delegation"].with_user(self.setter).create(
            {
                "delegate_id": self.second.id,
                "company_id": self.company.id,
                "date_from": "2020-01-01",
                "date_to": "2099-12-31",
            }
        )
        self.assertEqual(self._now(self._submitted()), self.first)


@tagged("post_install", "-at_install")
class TestSelfApproval(ApprovalCommon):
    def _allow(self):
        self.company.billing_allow_self_approval = True

    def test_stamped(self):
        """I24: the exception lets who asked approve, and every document says so."""
        self.pm.group_ids += self.env.ref(APPROVER)
        request = self._submitted()
        with self.assertRaises(AccessError):
            request.action_approve()
        self._allow()
        request.invalidate_recordset()
        request.action_approve()
        self.assertTrue(request.self_approved)
        self.assertTrue(request.sudo().approval_ids.sorted("id")[-1].self_approved)
        html = self.env["ir.actions.report"]._render_qweb_html(
            "project_invoice_tracker.report_billing_request", request.ids
        )[0]
        self.assertIn(b"was approved by pm_test", html)
        request.action_create_invoice()
        bodies = request.sudo().invoice_id.message_ids.mapped("body")
        self.assertTrue(any("was approved by pm_test" in body for body in bodies))

    def test_others_are_not_stamped(self):
        self._allow()
        request = self._submitted()
        self._as(self.first, request).action_approve()
        self.assertFalse(request.self_approved)

    def test_one_level_per_person_all_the_same(self):
        """I24: the exception does not let one person fill two levels."""
        self.pm.group_ids += self.env.ref(APPROVER)
        self._allow()
        self._level(self.pm)
        self._level(self.pm, self.first)
        request = self._submitted()
        request.action_approve()
        self.assertEqual(self._now(request), self.first)
        with self.assertRaisesRegex(AccessError, "already"):
            request.action_approve()

    def test_logged(self):
        """The switch is off by default, and each change is in the journal."""
        self.assertFalse(self.company.billing_allow_self_approval)
        self._allow()
        row = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed")], limit=1
        )
        self.assertEqual(row.after, {"billing_allow_self_approval": True})
        self.assertEqual(row.user_id, self.env.user)
