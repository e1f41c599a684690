"""Approvals are bound to content: by any route, a change voids them (I6)."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import tagged

from ..exceptions import BillingError, NobodyDecides
from .approval_common import ApprovalCommon
from .common import some

VOIDING = "odoo.addons.project_invoice_tracker.models.project_billing_request_voiding"


class ContentCommon(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tax = cls.company_data["default_tax_sale"].copy({"name": "Own 15%"})
        cls.service.taxes_id = [Command.set(cls.tax.ids)]
        cls.reduced = cls.tax.copy({"name": "Reduced 7%", "amount": 7})

    def assertVoid(self, request, word=None):
        """Assert a draft with a void row, and that those concerned were told."""
        self.env.invalidate_all()
        request = request.sudo()
        self.assertEqual(request.state, "draft")
        row = request.approval_ids[:1]
        self.assertEqual(row.decision, "void")
        self.assertFalse(request.approval_ids.filtered("valid"))
        self.assertFalse(request.activity_ids.filtered("active"))
        message = request.message_ids.filtered("partner_ids")[:1]
        self.assertIn(request.user_id.partner_id, message.partner_ids)
        if word:
            self.assertIn(word, message.body)
            self.assertIn(word, request.changes_html)
        return message


@tagged("post_install", "-at_install")
class TestVoid(ContentCommon):
    def _routes(self):
        """Return ``{name: (how it changes, a word of the difference)}``."""
        partner, company = self.partner_a, self.company
        position = self.env["account.fiscal.position"].create(
            {"name": "Abroad", "company_id": company.id}
        )
        self.reduced.write(
            {
                "fiscal_position_ids": [Command.set(position.ids)],
                "original_tax_ids": [Command.set(self.tax.ids)],
            }
        )
        term = self.env["account.payment.term"].create({"name": "Ninety days"})
        twin = self.env["res.partner"].create({"name": "Merged into"})
        eur = self.setup_other_currency("EUR")

        def merge():
            self.env["base.partner.merge.automatic.wizard"]._merge(
                (partner | twin).ids, twin, extra_checks=False
            )

        return {
            "tax amount": (lambda: self.tax.write({"amount": 20}), "20.00"),
            "taxes of the service": (
                lambda: self.service.write(
                    {"taxes_id": [Command.set(self.reduced.ids)]}
                ),
                "Reduced 7%",
            ),
            "fiscal position of the customer": (
                lambda: partner.with_company(company).write(
                    {"property_account_position_id": position.id}
                ),
                "Abroad",
            ),
            "payment terms of the customer": (
                lambda: partner.with_company(company).write(
                    {"property_payment_term_id": term.id}
                ),
                "Ninety days",
            ),
            "customer of the project": (
                lambda: self.project.write({"partner_id": self.partner_b.id}),
                self.partner_b.name,
            ),
            "who is invoiced": (
                lambda: self.project.write({"billing_partner_id": self.partner_b.id}),
                self.partner_b.name,
            ),
            "merged customer": (merge, "Merged into"),
            "currency": (lambda: self.rule.write({"currency_id": eur.id}), "EUR"),
            "manager": (
                lambda: self.project.write({"user_id": self.other_pm.id}),
                "other_pm",
            ),
        }

    def test_every_route(self):
        """I6: whatever changes the content voids at once, and tells those concerned."""
        self._log(1)
        for state in ("submitted", "approved"):
            for name, (change, word) in some(self._routes().items()):
                with self.subTest(route=name, state=state):
                    request = self._prepare()
                    request.action_submit()
                    if state == "approved":
                        self._as(self.first, request).action_approve()
                    with self.env.cr.savepoint() as savepoint:
                        change()
                        message = self.assertVoid(request, word)
                        if state == "approved":
                            self.assertIn(self.first.partner_id, message.partner_ids)
                        savepoint.rollback()
                    self.env.invalidate_all()
                    request.action_withdraw()
                    request.action_cancel()

    def test_unrelated_changes(self):
        """I6: what is not content voids nothing."""
        request = self._submitted()
        self.tax.name = "Fifteen"
        self.partner_a.phone = "1"
        self.reduced.amount = 8
        self.rule.price_unit = 1000
        self.project.name = "Other"
        self.env["project.billing.request"]._cron_verify_content()
        self.assertEqual(request.state, "submitted")
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "approved")

    def _statements(self, request):
        """Return SQL that changes one thing each, behind Odoo's back."""
        line, slice_ = request.line_ids, request.line_ids.allocation_ids
        of_request = f"UPDATE project_billing_request SET %s WHERE id = {request.id}"
        of_line = f"UPDATE project_billing_line SET %s WHERE id = {line.id}"
        product = self.env["product.product"].create({"name": "Other"}).id
        return [
            of_request % f"partner_id = {self.partner_b.id}",
            of_request % f"currency_id = {self.env.ref('base.EUR').id}",
            of_request % "customer_reference = 'PO 1'",
            of_request % "narration = '<p>Hello</p>'",
            of_request % "date_from = '2026-01-01'",
            of_request % "date_to = '2027-01-01'",
            of_request % "amount_tax = 1",
            of_line % "name = 'Other'",
            of_line % "quantity = 2",
            of_line % "price_unit = 101",
            of_line % "discount = 1",
            of_line % f"product_id = {product}",
            of_line % "removed = TRUE",
            f"DELETE FROM account_tax_project_billing_line_rel"
            f" WHERE project_billing_line_id = {line.id}",
            f"UPDATE project_billing_allocation SET quantity = 30"
            f" WHERE id = {slice_.id}",
            f"UPDATE project_project SET user_id = {self.other_pm.id}"
            f" WHERE id = {self.project.id}",
            f"UPDATE account_tax SET amount = 16 WHERE id = {self.tax.id}",
        ]

    def test_direct_sql(self):
        """I6: field by field, what bypasses Odoo is found when somebody approves."""
        request = self._submitted()
        for statement in some(self._statements(request)):
            with (
                self.subTest(statement=statement),
                self.env.cr.savepoint() as savepoint,
            ):
                self.env.flush_all()
                self.env.cr.execute(statement)
                self.env.invalidate_all()
                notice = self._as(self.first, request).action_approve()
                self.assertIn(request.name, notice["params"]["message"])
                self.assertVoid(request)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_daily_check(self):
        """I6: and at the latest by the daily check."""
        request = self._approve(self._draft())
        self._sql("UPDATE account_tax SET amount = 16 WHERE id = %s", self.tax.id)
        self.env["project.billing.request"]._cron_verify_content()
        self.assertVoid(request, "16.00")

    def test_daily_check_of_others(self):
        """I6, I11: a request that cannot be verified hides no other."""
        request = self._approve(self._draft())
        other = self._create_project(name="Bad", partner_id=self.partner_b.id)
        self._create_rule(other)
        self._log(1, project_id=other.id)
        bad = self._approve(self._prepare(other))
        self._sql("UPDATE account_tax SET amount = 16 WHERE id = %s", self.tax.id)
        requests = type(self.env["project.billing.request"])
        verify = requests._verify_content

        def break_one(each, *arguments):
            if bad in each:
                raise ZeroDivisionError
            return verify(each, *arguments)

        with (
            patch.object(requests, "_verify_content", break_one),
            self.assertLogs(VOIDING, "ERROR") as logs,
        ):
            self.env["project.billing.request"]._cron_verify_content()
        self.assertEqual(len(logs.output), 1)
        self.assertVoid(request, "16.00")
        self.assertEqual(bad.sudo().state, "approved")

    def test_at_the_door_of_the_invoice(self):
        """I6: nothing is invoiced that changed; the others of the set are."""
        other = self._create_project(name="Shop", partner_id=self.partner_b.id)
        self._create_rule(other)
        self._log(1, project_id=other.id)
        good = self._approve(self._prepare(other))
        bad = self._approve(self._draft())
        self._sql(
            "UPDATE project_billing_line SET name = 'x' WHERE request_id = %s", bad.id
        )
        notice = call_kw(
            (good | bad).browse(), "action_create_invoice", [(good | bad).ids], {}
        )
        self.assertIn(bad.name, notice["params"]["message"])
        self.assertNotIn(good.name, notice["params"]["message"])
        self.assertVoid(bad, "x")
        self.assertEqual(good.state, "invoiced")

    def test_voiding_survives_the_call(self):
        """I6: over RPC, the answer is a notification and the draft stays a draft."""
        request = self._submitted()
        self._sql(
            "UPDATE project_billing_line SET quantity = 2 WHERE request_id = %s",
            request.id,
        )
        requests = request.browse().with_user(self.first)
        notice = call_kw(requests, "action_approve", [request.ids], {})
        self.assertEqual(notice["tag"], "display_notification")
        self.assertVoid(request)

    def test_state_by_sql(self):
        """I3: a state without its approvals makes no invoice."""
        request = self._submitted()
        self._sql(
            "UPDATE project_billing_request SET state = 'approved' WHERE id = %s",
            request.id,
        )
        with self.assertRaisesRegex(BillingError, "no longer what was approved"):
            request.action_create_invoice()

    def test_stale_draft(self):
        """I2: a draft takes the taxes of the day it is submitted."""
        request = self._draft()
        self.assertEqual(request.amount_tax, 15)
        self.tax.amount = 20
        self.assertEqual(request.amount_tax, 15)
        request.action_submit()
        self.assertEqual(request.amount_tax, 20)
        self._as(self.first, request).action_approve()
        request.action_create_invoice()
        self.assertEqual(request.sudo().invoice_id.amount_tax, 20)

    def test_another_customer(self):
        """I6: a draft for another customer is not submitted."""
        request = self._draft()
        self.project.partner_id = self.partner_b
        with self.assertRaisesRegex(BillingError, "Cancel it"):
            request.action_submit()


@tagged("post_install", "-at_install")
class TestKept(ContentCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._level(cls.first, covers="terms")
        cls._level(cls.second, covers="amounts")

    def _approved(self):
        request = self._submitted()
        self._as(self.first, request).action_approve()
        self._as(self.second, request).action_approve()
        self.assertEqual(request.state, "approved")
        return request

    def test_untouched_level(self):
        """I6: only the level whose part changed is asked again."""
        request = self._approved()
        self.tax.amount = 20
        self.assertVoid(request, "20.00")
        request.action_submit()
        self.assertEqual(self._now(request), self.second)
        kept = request.step_ids[0].approval_ids
        self.assertEqual(
            (kept.decision, kept.user_id, kept.kept_from_id.decision),
            ("carry_over", self.first, "approve_step"),
        )
        self.assertIn("20.00", request.with_user(self.second).changes_html)
        self._as(self.second, request).action_approve()
        self.assertEqual(request.state, "approved")
        request.action_create_invoice()
        self.assertEqual(request.state, "invoiced")

    def test_the_other_level(self):
        request = self._approved()
        term = self.env["account.payment.term"].create({"name": "Ninety days"})
        self.partner_a.with_company(self.company).property_payment_term_id = term
        request.action_submit()
        self.assertEqual(self._now(request), self.first)
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "approved", "the amounts are as they were")

    def test_uncovered_change(self):
        """I6: what no level answers for is asked of all."""
        request = self._approved()
        request.action_withdraw()
        request.line_ids.name = "Other work"
        request.action_submit()
        self.assertEqual(request.step_ids.mapped("state"), ["asked", "waiting"])

    def test_nothing_changed(self):
        """I6: withdrawn by mistake; every approval counts for the same content."""
        request = self._approved()
        request.action_withdraw()
        request.action_submit()
        self.assertEqual(request.state, "approved")
        self.assertEqual(
            self._decisions(request)[-4:],
            ["submit", "carry_over", "carry_over", "approve_kept"],
        )
        request.action_create_invoice()
        self.assertEqual(request.state, "invoiced")

    def test_barred_meanwhile(self):
        """I24: who edits it meanwhile has no part in approving it."""
        self.first.group_ids += self.env.ref(
            "project_invoice_tracker.group_billing_manager"
        )
        request = self._approved()
        request.action_withdraw()
        request.with_user(self.first).line_ids.sequence = 5
        # the only approver of the first level: nobody could decide
        with self.assertRaises(NobodyDecides):
            request.action_submit()
        self.assertEqual(request.state, "draft")
        level = self.env["project.billing.level"].search([], order="sequence", limit=1)
        level.approver_ids |= self.third
        request.action_submit()
        self.assertEqual(self._now(request), self.third)
        with self.assertRaises(AccessError):
            self._as(self.first, request).action_approve()

    def test_rejected(self):
        """I3: who rejects is asked again, and the levels after; those before not."""
        request = self._submitted()
        self._as(self.first, request).action_approve()
        self._as(self.second, request).action_reject("Too much")
        request.action_submit()
        self.assertEqual(self._now(request), self.second)
        # out of turn, all start anew
        self._as(self.third, request).action_reject("No")
        request.action_submit()
        self.assertEqual(self._now(request), self.first)

    def test_sent_back(self):
        """I3: what accounting sends back is approved anew."""
        request = self._approved()
        request.action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_billing_send_back("Wrong text")
        request.action_submit()
        self.assertEqual(self._now(request), self.first)

    def test_changed_level(self):
        """I3: an approval is not carried to a level that asks for more."""
        request = self._approved()
        request.action_withdraw()
        self.env["project.billing.level"].search([], limit=1).covers = "everything"
        request.action_submit()
        self.assertEqual(self._now(request), self.first)

    def test_removed_approver(self):
        request = self._approved()
        request.action_withdraw()
        level = self.env["project.billing.level"].search([], limit=1)
        level.approver_ids = self.third
        request.action_submit()
        self.assertEqual(self._now(request), self.third)

    def test_amount_changed_after_a_level(self):
        """I6: a new amount needs the levels that it calls for."""
        self._level(self.third, amount_from=150)
        request = self._submitted()
        self._as(self.first, request).action_approve()
        self.assertEqual(len(request.step_ids), 2)
        request.action_withdraw()
        self._log(1)
        request.collect("2026-12-31")
        request.action_submit()
        self.assertEqual(len(request.step_ids), 3)
        self.assertEqual(self._now(request), self.second, "the terms are as they were")
