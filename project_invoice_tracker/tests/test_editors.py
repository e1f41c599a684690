"""Who edited a request does not approve it, and one person is one person (I3, I24)."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .approval_common import ApprovalCommon


@tagged("post_install", "-at_install")
class TestEditors(ApprovalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.both = cls._create_user("both_test", "group_billing_approver")
        cls.both.group_ids |= cls.env.ref("project_invoice_tracker.group_billing_user")
        cls.project.billing_deputy_ids = cls.both

    def _second_login(self, user, **values):
        return self.env["res.users"].create(
            {
                "name": f"{user.name} (2)",
                "login": f"{user.login}_2",
                "company_id": self.company.id,
                "company_ids": [Command.set(self.company.ids)],
                "group_ids": [Command.set(user.group_ids.ids)],
                **values,
            }
        )

    def _cause(self, user, request):
        return request.sudo()._barred_ids()[request.id].get(user.id)

    def test_not_only_the_last_editor(self):
        """A deputy who edited does not approve after the manager edited as well."""
        request = self._draft(2)
        self._as(self.both, request).line_ids.name = "Edited by the deputy"
        request.line_ids.name = "Edited by the manager"
        self.assertEqual(request.sudo().editor_ids, self.both | self.pm)
        request.action_submit()
        self.assertNotIn(self.both, self._now(request))
        self.assertEqual(self._cause(self.both, request), "editor")
        with self.assertRaises(AccessError):
            self._as(self.both, request).action_approve()
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_every_way_to_edit(self):
        """Texts, quantities, lines by hand, removed lines, collected work."""

        def text(request):
            request.narration = "<p>Dear client</p>"

        def quantity(request):
            request.line_ids.change_quantity(1)

        def typed(request):
            request.line_ids.create(
                {
                    "request_id": request.id,
                    "name": "By hand",
                    "product_id": self.service.id,
                    "quantity": 1,
                    "price_unit": 5,
                }
            )

        def collected(request):
            self._log(1)
            request.collect()

        for edit in (text, quantity, typed, collected):
            with self.subTest(edit.__name__):
                request = self._draft(2)
                edit(self._as(self.both, request))
                request.customer_reference = "By the manager"
                request.action_submit()
                self.assertEqual(self._cause(self.both, request), "editor")
                self.assertNotIn(self.both, self._now(request))
                request.action_withdraw()
                request.action_cancel()

    def test_editors_are_not_written(self):
        request = self._draft(2)
        with self.assertRaises(AccessError):
            request.editor_ids = [Command.clear()]
        self.assertEqual(request.sudo().editor_ids, self.pm)

    def test_second_login_with_the_same_contact(self):
        """Who asked by one login does not approve by another."""
        twin = self._second_login(self.both, partner_id=self.both.partner_id.id)
        request = self._as(self.both, self._draft(2))
        request.action_submit()
        self.assertEqual(self._cause(twin, request), "self")
        self.assertNotIn(twin, self._now(request))
        with self.assertRaisesRegex(AccessError, "your own request"):
            self._as(twin, request).action_approve()

    def test_second_login_by_the_employee(self):
        """The contact of the employee of one is the contact of the other."""
        twin = self._second_login(self.both)
        self._employee(self.both, twin.partner_id)
        request = self._draft(2)
        self._as(self.both, request).line_ids.name = "Edited"
        request.action_submit()
        self.assertEqual(self._cause(twin, request), "editor")
        self.assertNotIn(twin, self._now(request))

    def test_two_employees_of_one_person(self):
        """In two companies, with a login and an employee in each."""
        twin = self._second_login(self.first)
        contact = self.env["res.partner"].create({"name": "One person"})
        branch = self.env["res.company"].create({"name": "Branch"})
        twin.company_ids |= branch
        self._employee(self.first, contact)
        self._employee(twin, contact, company_id=branch.id)
        logins = self.env["res.users"]._billing_logins(self.first.ids)
        self.assertEqual(logins, {self.first.id, twin.id})

    def _employee(self, user, contact, **values):
        """Create the employee of a user, who has another contact by then."""
        employee = self.env["hr.employee"].create(
            {
                "name": user.name,
                "user_id": user.id,
                "company_id": self.company.id,
                **values,
            }
        )
        employee.work_contact_id = contact
        self.assertEqual(employee.work_contact_id, contact)
        self.assertEqual(employee.user_id, user)

    def test_one_person_fills_one_level(self):
        """The second login of who approved is told that another person decides."""
        twin = self._second_login(self.first, partner_id=self.first.partner_id.id)
        self._level(self.first, twin, self.second, required=2)
        request = self._submitted(2)
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(self._now(request), self.second)
        with self.assertRaisesRegex(AccessError, "already"):
            self._as(twin, request).action_approve()

    def test_strangers_are_not_one_person(self):
        self.assertEqual(
            self.env["res.users"]._billing_logins(self.approvers.ids),
            set(self.approvers.ids),
        )
