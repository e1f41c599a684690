"""An approval is bound to who pays where and until when, and to the paper (A7)."""

from odoo import Command
from odoo.tests import tagged

from ..billing import levels
from ..models import bound_fields as bound, bound_hosts, project_billing_request_basis
from .approval_common import ApprovalCommon


@tagged("post_install", "-at_install")
class TestApprovalPaper(ApprovalCommon):
    """One thing changes after the approval; it is void, with old beside new."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.term = cls.env["account.payment.term"].create(
            {
                "name": "Thirty days",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 100, "nb_days": 30}
                    )
                ],
            }
        )
        cls.parent = cls.env["res.partner"].create(
            {"name": "Mother", "is_company": True}
        )
        cls.partner_a.write(
            {
                "name": "Client",
                "street": "Main Street 1",
                "city": "Springfield",
                "vat": "",
                "lang": "en_US",
                "property_payment_term_id": cls.term.id,
            }
        )
        cls.template = cls.env["project.billing.template"].create(
            {"name": "Plain", "company_id": cls.company.id, "introduction": "Dear all,"}
        )
        cls.project.billing_template_id = cls.template
        cls.bank = cls.env["res.partner.bank"].create(
            {"acc_number": "OURS-1", "partner_id": cls.company.partner_id.id}
        )
        cls.client_bank = cls.env["res.partner.bank"].create(
            {"acc_number": "THEIRS-1", "partner_id": cls.partner_a.id}
        )
        cls.delivery = cls.env["res.partner"].create(
            {
                "name": "Plant",
                "type": "delivery",
                "parent_id": cls.partner_a.id,
                "street": "Plant Road 1",
            }
        )

    def _approved(self):
        self._log(1)
        return self._approve(self._prepare())

    def _assert_void(self, change, what, old, new):
        """Assert that a change voids an approval, with old beside new."""
        request = self._approved()
        self.assertEqual(request.payment_term_id, self.term)
        self.env.flush_all()
        self.env.invalidate_all()
        change()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(request.state, "draft")
        self.assertEqual(self._decisions(request)[-1], "void")
        row = [part for part in request.changes_html.split("<tr>") if what in part]
        self.assertEqual(len(row), 1, request.changes_html)
        self.assertIn(old, row[0].split("<td")[2])
        self.assertIn(new, row[0].split("<td")[3])
        told = request.sudo().message_ids.filtered(
            lambda message: "Not approved any more" in (message.body or "")
        )
        self.assertEqual(
            told[:1].partner_ids, self.pm.partner_id | self.approver.partner_id
        )
        # what is submitted now is what is there now
        request.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_days_of_the_term(self):
        self._assert_void(
            lambda: self.term.line_ids.write({"nb_days": 90}),
            "Payment terms in detail",
            "100 %: 30",
            "100 %: 90",
        )

    def test_lines_of_the_term(self):
        self._assert_void(
            lambda: self.term.write(
                {
                    "line_ids": [
                        Command.update(self.term.line_ids.id, {"value_amount": 50}),
                        Command.create(
                            {"value": "percent", "value_amount": 50, "nb_days": 60}
                        ),
                    ]
                }
            ),
            "Payment terms in detail",
            "100 %: 30",
            "50 %: 60",
        )

    def test_early_discount(self):
        """Also one that lowers no tax."""
        self._assert_void(
            lambda: self.term.write(
                {
                    "early_discount": True,
                    "discount_percentage": 2,
                    "discount_days": 10,
                    "early_pay_discount_computation": "excluded",
                }
            ),
            "Payment terms in detail",
            "Thirty days",
            "2 % within 10 days",
        )

    def test_days_of_an_early_discount(self):
        self.term.write(
            {
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
            }
        )
        self._assert_void(
            lambda: self.term.write({"discount_days": 20}),
            "Payment terms in detail",
            "within 10 days",
            "within 20 days",
        )

    def test_name(self):
        self._assert_void(
            lambda: self.partner_a.write({"name": "Other Client"}),
            "Name of the customer",
            "Client",
            "Other Client",
        )

    def test_each_part_of_the_address(self):
        state = self.env.ref("base.state_us_5")
        self.partner_a.write({"country_id": state.country_id.id})
        for name, value, shown in (
            ("street", "Side Street 2", "Side Street 2"),
            ("street2", "Floor 3", "Floor 3"),
            ("city", "Shelbyville", "Shelbyville"),
            ("zip", "12345", "12345"),
            ("state_id", state.id, state.name),
        ):
            with self.subTest(name):
                self._assert_void(
                    lambda name=name, value=value: self.partner_a.write({name: value}),
                    ">Address<",
                    "Springfield" if name in ("street", "street2", "city") else "",
                    shown,
                )

    def test_tax_number(self):
        self._assert_void(
            lambda: self.partner_a.with_context(no_vat_validation=True).write(
                {"vat": "BE0477472701"}
            ),
            "Tax number",
            "",
            "BE0477472701",
        )

    def test_parent(self):
        self._assert_void(
            lambda: self.partner_a.write(
                {"is_company": False, "parent_id": self.parent.id}
            ),
            "Company of the customer",
            "Client",
            "Mother",
        )

    def test_name_of_the_parent(self):
        self.partner_a.write({"is_company": False, "parent_id": self.parent.id})
        self._assert_void(
            lambda: self.parent.write({"name": "Grandmother"}),
            "Company of the customer",
            "Mother",
            "Grandmother",
        )

    def test_account_to_pay_to(self):
        self._assert_void(
            lambda: self.bank.write({"acc_number": "OURS-2"}),
            "Account to pay to",
            "OURS-1",
            "OURS-2",
        )

    def test_another_account_to_pay_to(self):
        """A new account that Odoo would choose instead."""
        self._assert_void(
            lambda: self.env["res.partner.bank"].create(
                {
                    "acc_number": "OURS-0",
                    "partner_id": self.company.partner_id.id,
                    "allow_out_payment": True,
                }
            ),
            "Account to pay to",
            "OURS-1",
            "OURS-0",
        )

    def test_account_of_the_customer(self):
        self._assert_void(
            lambda: self.client_bank.unlink(),
            "Account of the customer",
            "THEIRS-1",
            "",
        )

    def test_delivery_address(self):
        self._assert_void(
            lambda: self.delivery.write({"street": "Plant Road 2"}),
            "Delivery address",
            "Plant Road 1",
            "Plant Road 2",
        )

    def test_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self._assert_void(
            lambda: self.partner_a.write({"lang": "fr_FR"}),
            "Language",
            "English",
            "French",
        )

    def test_another_template(self):
        other = self.template.copy({"name": "Fancy", "with_annex": False})
        self._assert_void(
            lambda: self.project.write({"billing_template_id": other.id}),
            "Billing template",
            "Plain",
            "Fancy",
        )

    def test_content_of_the_template(self):
        self._assert_void(
            lambda: self.template.write({"introduction": "To whom it may concern,"}),
            "Billing template",
            "Plain",
            "another one",
        )

    def test_template_of_the_company(self):
        self.project.billing_template_id = False
        self._assert_void(
            lambda: self.company.write({"billing_template_id": self.template.id}),
            "Billing template",
            "",
            "Plain",
        )

    def test_what_is_not_on_the_paper(self):
        """Phone, notes, tags and the name of a template change nothing."""
        request = self._approved()
        self.partner_a.write({"phone": "1", "comment": "x", "ref": "y", "color": 3})
        self.template.name = "Simple"
        self.term.sequence = 99
        self.env["project.billing.request"]._cron_verify_content()
        self.assertEqual(request.state, "approved")

    def test_by_sql(self):
        """The daily check finds what no hook saw."""
        request = self._approved()
        self._sql(
            "UPDATE res_partner SET street = 'Nowhere 9' WHERE id = %s",
            self.partner_a.id,
        )
        self.env["project.billing.request"]._cron_verify_content()
        self.assertEqual(request.state, "draft")
        self.assertIn("Nowhere 9", request.changes_html)

    def test_sequence_of_a_tax(self):
        """The hook looks at what the basis reads: one list for both."""
        self.assertNotIn("sequence", bound.TAX_WORDS)
        names = self.env["account.tax"]._billing_definition_fields()
        self.assertIn("sequence", names)
        unseen = set(names) & bound.TAX_WORDS
        self.assertFalse(unseen)
        self.assertTrue(bound.TAX_WORDS <= project_billing_request_basis.WORDS)
        self.assertLessEqual(set(bound.PARTNER_PAPER), bound_hosts.PARTNER_FIELDS)

    def test_approvals_of_earlier_versions(self):
        """What was approved before the paper was bound goes on counting."""
        request = self._approved()
        rows = request.sudo().approval_ids.filtered("parts")
        self.assertGreaterEqual(len(rows), 2)
        for row in rows._engine():
            row.write(
                {
                    "parts": {k: v for k, v in row.parts.items() if k != "paper"},
                    "content": {k: v for k, v in row.content.items() if k != "paper"},
                    "basis": "of an earlier version",
                }
            )
        self.env["project.billing.request"]._cron_verify_content()
        self.assertEqual(request.state, "approved")
        request.action_withdraw()
        request.action_submit()
        self.assertEqual(request.state, "approved", "approvals are kept")

    def test_level_of_amounts_is_kept(self):
        """Who answers for amounts is not asked again for another address."""
        self.assertIn("paper", levels.COVERS["terms"])
        self._level(self.first, covers="terms")
        self._level(self.second, covers="amounts")
        self._log(1)
        request = self._prepare()
        request.action_submit()
        self._as(self.first, request).action_approve()
        self._as(self.second, request).action_approve()
        self.assertEqual(request.state, "approved")
        self.partner_a.street = "Side Street 2"
        self.assertEqual(request.state, "draft")
        request.action_submit()
        self.assertEqual(self._now(request), self.first)
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "approved")
