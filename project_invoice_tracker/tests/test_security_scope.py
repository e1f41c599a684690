"""The manager's scope: only projects one bills now, everybody's work in them."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .common import BillingCommon

#: Minutes of every entry of a project, straight from the time itself, apart from
#: whatever this add-on made of it; and what the ledger says of each.
COMPLETE = """
    SELECT line.id, round((line.unit_amount * 60)::numeric)::int AS minutes,
           line.date >= %(start)s AS in_scope,
           coalesce((SELECT sum(slice.quantity)::int
                       FROM project_billing_item item
                       JOIN project_billing_allocation slice
                         ON slice.item_id = item.id AND slice.state <> 'released'
                      WHERE item.analytic_line_id = line.id), 0) AS taken
      FROM account_analytic_line line
     WHERE line.project_id = %(project)s
     ORDER BY line.id
"""


@tagged("post_install", "-at_install")
class TestScope(BillingCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deputy = cls._create_user("deputy_test", "group_billing_user")
        cls.project.billing_deputy_ids = cls.deputy
        cls._log(2)

    def _open(self, state="approved", user=None):
        """Return a request that somebody took to a state."""
        user = user or self.pm
        requests = self.env["project.billing.request"].with_user(user)
        request = requests.prepare(self.project, "2026-12-31")
        if state != "draft":
            request.action_submit()
        if state == "approved":
            request.with_user(self.approver).action_approve()
        return request

    def _assert_taken_back(self, request, told):
        """Assert that a request is a draft again, that it is logged, who was told."""
        request.invalidate_recordset()
        self.assertEqual(request.sudo().state, "draft")
        self.assertEqual(request.sudo().approval_ids.sorted("id")[-1:].decision, "void")
        self.assertFalse(request.sudo().approval_ids.filtered("valid"))
        self.assertFalse(request.sudo().activity_ids)
        # one message to who asked and who approved, one to who is in charge now
        messages = request.sudo().message_ids.sorted("id")[-2:]
        self.assertRegex("".join(messages.mapped("body")), "Not approved|draft again")
        self.assertLessEqual(told.partner_id, messages.notified_partner_ids)

    def _assert_no_access(self, request, user):
        request = request.with_user(user)
        request.invalidate_recordset()
        for step in (
            lambda: request.read(["name"]),
            lambda: request.line_ids.read(),
            request.action_submit,
            request.action_withdraw,
            request.action_cancel,
            request.action_create_invoice,
            lambda: self.project.with_user(user).action_bill(),
        ):
            with self.assertRaises(AccessError):
                step()

    def test_another_manager(self):
        """I4: the former manager is out at once, what was asked for is a draft."""
        for state in ("submitted", "approved"):
            with self.subTest(state=state):
                request = self._open(state)
                request.sudo().message_subscribe(self.pm.partner_id.ids)
                self.project.user_id = self.other_pm
                self._assert_taken_back(request, self.pm | self.other_pm | self.deputy)
                self.assertEqual(request.sudo().user_id, self.other_pm)
                self.assertNotIn(self.pm.partner_id, request.sudo().message_partner_ids)
                self._assert_no_access(request, self.pm)
                request.with_user(self.other_pm).action_cancel()
                self.project.user_id = self.pm

    def test_another_manager_gets_the_drafts(self):
        """I4: a draft passes on silently; an invoice stays what it is."""
        draft = self._open("draft")
        messages = draft.sudo().message_ids
        self.project.user_id = self.other_pm
        self.assertEqual(draft.sudo().user_id, self.other_pm)
        self.assertEqual(draft.sudo().message_ids, messages)
        self._assert_no_access(draft, self.pm)
        draft.with_user(self.other_pm).action_submit()
        draft.with_user(self.approver).action_approve()
        draft.with_user(self.other_pm).action_create_invoice()
        self.project.user_id = self.pm
        self.assertEqual(draft.sudo().state, "invoiced")
        self.assertEqual(draft.sudo().user_id, self.other_pm)

    def test_same_manager_again(self):
        """I4: writing the manager that there is changes nothing."""
        request = self._open()
        self.project.write({"user_id": self.pm.id})
        self.assertEqual(request.state, "approved")

    def test_deputy(self):
        """I4: a deputy bills like the manager, until the deputy is one no more."""
        theirs = self._open(user=self.deputy)
        self.assertEqual(theirs.user_id, self.deputy)
        self.project.billing_deputy_ids = [Command.clear()]
        self._assert_taken_back(theirs, self.pm | self.deputy)
        self.assertEqual(theirs.sudo().user_id, self.pm)
        self._assert_no_access(theirs, self.deputy)

    def test_deputy_leaves_the_managers_alone(self):
        """I4: a request of the manager stands when a deputy comes or goes."""
        request = self._open()
        self.project.billing_deputy_ids = [Command.clear()]
        self.project.billing_deputy_ids = self.other_pm
        self.assertEqual(request.state, "approved")

    def test_archived(self):
        """I4: an archived user asks for nothing."""
        request = self._open()
        self.pm.active = False
        self._assert_taken_back(request, self.deputy)
        request.with_user(self.deputy).action_submit()

    def test_group_of_the_user(self):
        """I4: the role ends with the group, by whatever side it is taken."""
        group = self.env.ref("project_invoice_tracker.group_billing_user")
        for title, take in (
            ("user", lambda: self.pm.write({"group_ids": [Command.unlink(group.id)]})),
            ("group", lambda: group.write({"user_ids": [Command.unlink(self.pm.id)]})),
        ):
            with self.subTest(title):
                request = self._open()
                take()
                self._assert_taken_back(request, self.deputy | self.pm)
                self._assert_no_access(request, self.pm)
                request.with_user(self.deputy).action_cancel()
                self.pm.group_ids += group

    def test_group_that_implies(self):
        """I4: a group that no longer implies the role ends it as well."""
        group = self.env.ref("project_invoice_tracker.group_billing_user")
        team = self.env["res.groups"].create(
            {"name": "Team", "implied_ids": [Command.link(group.id)]}
        )
        for title, take in (
            ("implied", lambda: team.write({"implied_ids": [Command.clear()]})),
            ("deleted", team.unlink),
        ):
            with self.subTest(title):
                self.pm.group_ids = self.env.ref("base.group_user") | team
                request = self._open()
                take()
                self._assert_taken_back(request, self.deputy | self.pm)
                request.with_user(self.deputy).action_cancel()
                team.exists().implied_ids = group

    def test_company(self):
        """I4, I16: the role ends with the company, by whatever side it is taken."""
        other = self.setup_other_company()["company"]
        for title, take in (
            ("user", lambda: self.pm.write({"company_ids": [Command.set(other.ids)]})),
            (
                "company",
                lambda: self.company.write({"user_ids": [Command.unlink(self.pm.id)]}),
            ),
        ):
            with self.subTest(title):
                self.pm.company_ids |= other
                request = self._open()
                self.pm.company_id = other
                take()
                self._assert_taken_back(request, self.deputy)
                self._assert_no_access(request, self.pm)
                request.with_user(self.deputy).action_cancel()
                self.pm.company_ids |= self.company

    def test_manager_without_the_right(self):
        """I4: a manager who may not bill gets no requests of the former one."""
        request = self._open()
        self.project.user_id = self.worker
        self._assert_taken_back(request, self.worker | self.pm)
        self.assertEqual(request.sudo().user_id, self.pm, "nobody else may")
        self._assert_no_access(request, self.worker)

    def test_administrators_keep_what_they_asked(self):
        """I4: another change of role leaves requests of the administrator alone."""
        request = self._open(user=self.admin)
        self.pm.active = False
        self.assertEqual(request.state, "approved")

    def test_following_grants_nothing(self):
        """I4: who follows a request or its project reads neither."""
        request = self._open()
        guests = self.other_pm | self.worker
        request.sudo().message_subscribe(guests.partner_id.ids)
        self.project.message_subscribe(guests.partner_id.ids)
        self.env.invalidate_all()
        for guest in guests:
            with self.subTest(guest.login):
                self.assertTrue(self.project.with_user(guest).has_access("read"))
                self._assert_no_access(request, guest)
                with self.assertRaises(AccessError):
                    request.with_user(guest).message_post(body="let me in")
        colleague = self.project.with_user(self.other_pm)
        self.assertEqual(colleague.billing_amount_ready, 0)
        self.assertFalse(colleague.billing_rule_ids)

    def test_portal_customer(self):
        """I5, I9: the customer's own invoice shows nothing of its billing."""
        portal = new_test_user(self.env, "portal_customer", groups="base.group_portal")
        portal.partner_id.parent_id = self.partner_a
        move = self._post()
        move.sudo().message_subscribe(portal.partner_id.ids)
        self.env.flush_all()
        self.env.invalidate_all()
        seen = move.with_user(portal)
        self.assertEqual(seen.read(["amount_total"])[0]["amount_total"], 230)
        fields = [name for name in seen.fields_get() if name.startswith("billing_")]
        # when the invoice was sent, the customer knows
        self.assertEqual(fields, ["billing_tracked", "billing_date_sent"])
        lines = seen.invoice_line_ids.fields_get()
        self.assertFalse([name for name in lines if name.startswith("billing_")])
        for name in self.env.registry:
            if name.startswith("project.billing.") and self.env[name]._auto:
                with self.subTest(name), self.assertRaises(AccessError):
                    self.env[name].with_user(portal).search([])

    def test_everybodys_work(self):
        """I32: who may read own time only bills all of it, to the minute."""
        manager = new_test_user(
            self.env,
            "own_time_only",
            groups="project_invoice_tracker.group_billing_user,"
            "hr_timesheet.group_hr_timesheet_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.project.user_id = manager
        for day, employee, hours in (
            ("2025-12-31", self.ann, 3),
            ("2026-03-03", self.ann, 1.75),
            ("2026-03-03", self.bob, 4.5),
            ("2026-03-04", self.bob, 0),
            ("2026-03-05", self.bob, 1 / 3),
        ):
            self._log(hours, day, employee_id=employee.id)
        self.env.flush_all()
        self.env.invalidate_all()
        lines = self.env["account.analytic.line"].with_user(manager)
        self.assertFalse(lines.search([("project_id", "=", self.project.id)]))
        request = self._open("draft", manager)
        held_back = request.line_ids.with_user(manager)
        held_back.change_quantity(held_back.quantity - 1, "write_off", "goodwill")
        self.env.flush_all()
        rows = self.env.execute_query_dict(
            SQL(COMPLETE, project=self.project.id, start=self.rule.date_start)
        )
        scope = [row for row in rows if row["in_scope"]]
        self.assertEqual(len(scope), 5, "four with time, one of nothing")
        self.assertEqual(
            [row["taken"] for row in scope], [row["minutes"] for row in scope]
        )
        self.assertEqual(sum(row["taken"] for row in rows), 120 + 105 + 270 + 20)
        self.assertEqual(
            [row["taken"] for row in rows if not row["in_scope"]], [0], "before it"
        )
        self.assertEqual(request.with_user(manager).hours, 7.58)
        # one hour less than the 8.58 h that the line shows: 454.8 minutes
        self.assertMinutes((0, 454, 0, 60))
