"""What is archived, merged, renamed or deleted: an issued line never changes (I31)."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..exceptions import BillingError
from .common import BillingCommon, some


@tagged("post_install", "-at_install")
class TestArchived(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["project.task"].create(
            {"name": "Design", "project_id": cls.project.id}
        )
        cls.rule.detail = "task_person"
        cls._log(2, task_id=cls.task.id)
        cls.other = cls._create_project(name="Shop", partner_id=cls.partner_b.id)
        cls._create_rule(cls.other)
        cls._log(3, project_id=cls.other.id)

    def _issued(self, move):
        """Return all that an issued invoice says."""
        self.env.flush_all()
        self.env.invalidate_all()
        fields = ["name", "quantity", "price_unit", "price_subtotal", "price_total"]
        lines = move.invoice_line_ids.sudo().with_context(active_test=False)
        slices = lines.billing_line_id.allocation_ids
        return (
            lines.read([*fields, "tax_ids", "account_id"], load=False),
            slices.read(["item_id", "quantity", "state"], load=False),
            move.amount_total,
        )

    def _things(self):
        """Return what may be archived, renamed, and the name that a refusal gives."""
        account = self.company_data["default_account_revenue"]
        tax = self.company_data["default_tax_sale"]
        journal = self.company_data["default_journal_sale"]
        return {
            "employee": (self.ann, None),
            "task": (self.task, None),
            "project": (self.project, None),
            "service": (self.service, "Consulting"),
            "tax": (tax, tax.name),
            "account": (account, account.name),
            "customer": (self.partner_a, "partner_a"),
            "journal": (journal, "sales journal"),
        }

    def test_issued_lines_stay(self):
        """I31: archived or renamed afterwards: the invoice says the same."""
        move = self._post()
        before = self._issued(move)
        for title, (record, _name) in some(self._things().items()):
            with self.subTest(title):
                record.sudo().write({"name": "Renamed"})
                self.assertEqual(self._issued(move), before)
                if title == "customer":
                    continue
                record.sudo().active = False
                self.assertEqual(self._issued(move), before)

    def test_refused_by_name_before_the_invoice(self):
        """I31: what cannot be posted is named at submission and before the invoice."""
        for title, (record, name) in some(self._things().items()):
            if not name or title == "journal":
                continue
            with self.subTest(title):
                self._log(1)
                request = self._prepare()
                record.sudo().active = False
                self._assert_named(request.action_submit, name)
                self.assertEqual(request.state, "draft")
                record.sudo().active = True
                request.action_submit()
                request.with_user(self.approver).action_approve()
                record.sudo().active = False
                if title == "tax":
                    # other taxes than approved: the approval is void at once
                    self.assertEqual(request.state, "draft")
                    self._assert_named(request.action_submit, name)
                    record.sudo().active = True
                    request.action_cancel()
                    continue
                self._assert_named(request.action_create_invoice, name)
                self.assertEqual(request.state, "approved")
                self.assertFalse(request.sudo().invoice_id)
                record.sudo().active = True
                request.action_create_invoice()
                self.assertEqual(request.state, "invoiced")
                request.sudo().invoice_id.with_user(self.accountant).button_cancel()

    def _assert_named(self, step, name):
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertRaises(BillingError) as refused:
            step()
        self.assertIn(name, refused.exception.args[0])
        self.assertRegex(refused.exception.args[0], "archived|sales journal")

    def test_no_journal(self):
        """I31: without an active sales journal it says so, and who can help."""
        request = self._prepare()
        domain = [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        self.env["account.journal"].search(domain).active = False
        with self.assertRaisesRegex(BillingError, "no sales journal. Ask accounting"):
            request.action_submit()

    def test_archived_people_and_tasks_are_billed(self):
        """I31: the work of who left is billed like any other."""
        (self.ann | self.bob).active = False
        self.task.active = False
        request = self._prepare()
        self.assertEqual(request.hours, 2)
        self.assertIn("Ann", request.line_ids.name)
        self.assertIn("Design", request.line_ids.name)
        self.assertEqual(self._post(request).amount_untaxed, 200)

    def test_one_customer_does_not_block_another(self):
        """I31, C3: an archived customer stops that customer only."""
        bad, good = self._prepare(), self._prepare(self.other)
        self.partner_a.active = False
        with self.assertRaisesRegex(BillingError, "partner_a"):
            bad.action_submit()
        self.assertEqual(self._post(good).amount_untaxed, 300)
        with self.assertRaisesRegex(BillingError, "partner_a.*archived"):
            self._prepare()
        self._log(1, project_id=self.other.id)
        self.assertEqual(self._prepare(self.other).amount_untaxed, 100)

    def test_archived_project(self):
        """I31: an archived project bills nothing new; what is approved goes on."""
        request = self._approve(self._prepare())
        self.project.active = False
        request.with_user(self.pm).action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant).sudo(False)
        move.action_post()
        self.assertEqual(move.amount_untaxed, 200)
        with self.assertRaisesRegex(BillingError, "Website is archived"):
            self._prepare()
        self.assertEqual(self._prepare(self.other).amount_untaxed, 300)

    def test_deleted_employee(self):
        """I31, E6: an employee with billed time is deleted: nothing of it changes."""
        move = self._post()
        before = self._issued(move)
        try:
            with self.env.cr.savepoint():
                self.ann.sudo().unlink()
        except UserError:
            # refused: the history keeps its person
            self.assertTrue(self.ann.exists())
        self.assertEqual(self._issued(move), before)

    def test_merged_customers(self):
        """I31, C6: requests and invoices follow; open approvals do not count."""
        posted = self._post()
        self._log(1)
        request = self._approve(self._prepare())
        before = self._issued(posted)
        twin = self.env["res.partner"].create({"name": "Twin", "country_id": False})
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo()
        wizard._merge((twin | self.partner_a).ids, twin, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(request.partner_id, twin)
        self.assertEqual(posted.partner_id, twin)
        self.assertEqual(self._issued(posted)[0], before[0])
        self.assertEqual(self._issued(posted)[2], before[2])
        self.assertMinutes((0, 60, 120, 0))
        with self.assertRaises(UserError):
            request.with_user(self.pm).action_create_invoice()
        self.assertFalse(request.sudo().invoice_id)
