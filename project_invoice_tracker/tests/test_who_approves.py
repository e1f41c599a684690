"""Who approves in a company: nobody, accounting, or approvers and levels."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..exceptions import BillingError, NobodyDecides
from .approval_common import ApprovalCommon

ADDON = "project_invoice_tracker"
BILLS = f"{ADDON}.group_billing_user"
APPROVES = f"{ADDON}.group_billing_approver"
ACCOUNTS = "account.group_account_invoice"
OURS = ("group_billing_user", "group_billing_approver", "group_billing_manager")


class WaysCommon(ApprovalCommon):
    """A company in which who approves was not chosen yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.billing_approval = False

    def _choose(self, way):
        self.company.billing_approval = way

    def _only_bills(self, *users):
        """Let nobody but some users bill in the company."""
        groups = self.env.ref(f"{ADDON}.group_billing_user").all_implied_by_ids
        self._take_from(self.company._billing_people(BILLS) - self._all(users), groups)

    def _nobody_has(self, group, but=()):
        """Take a right from everybody in the company but some users."""
        groups = self.env.ref(group).all_implied_by_ids
        self._take_from(self.company._billing_people(group) - self._all(but), groups)

    def _take_from(self, users, groups):
        # the tests' own user as well, who sets everything up
        for user in users.sudo():
            user.group_ids -= groups
        self.env.flush_all()
        self.env.invalidate_all()

    def _all(self, users):
        return self.env["res.users"].browse(user.id for user in users)

    def _unchanged(self, request):
        """Assert that a refused submission left nothing behind."""
        self.env.invalidate_all()
        self.assertEqual(request.state, "draft")
        self.assertEqual(self._decisions(request), [])
        self.assertFalse(request.sudo().with_context(active_test=False).step_ids)
        self.assertFalse(request.sudo().activity_ids)


@tagged("post_install", "-at_install")
class TestWhoApproves(WaysCommon):
    """The three ways, and which one holds before somebody chose."""

    def test_every_group_is_on_the_user_form(self):
        """A group without a privilege is shown in developer mode only."""
        groups = self.env["res.groups"].browse(
            self.env["ir.model.data"]
            .search([("module", "=like", f"{ADDON}%"), ("model", "=", "res.groups")])
            .mapped("res_id")
        )
        self.assertGreaterEqual(len(groups), 3)
        self.assertFalse(groups.filtered(lambda group: not group.privilege_id))
        # one privilege is one choice: its groups contain each other
        for privilege in groups.privilege_id:
            members = privilege.group_ids.sorted(lambda g: len(g.all_implied_ids))
            for lower, higher in zip(members, members[1:], strict=False):
                self.assertIn(lower, higher.all_implied_ids)

    def test_installing_gives_administrators_all_groups(self):
        administrator = new_test_user(self.env, "sysadmin_two", "base.group_system")
        portal = new_test_user(self.env, "portal_two", "base.group_portal")
        from ..hooks import post_init_hook

        post_init_hook(self.env)
        for name in OURS:
            self.assertTrue(administrator.has_group(f"{ADDON}.{name}"), name)
            self.assertTrue(
                self.env.ref("base.user_admin").has_group(f"{ADDON}.{name}"), name
            )
            self.assertFalse(portal.has_group(f"{ADDON}.{name}"), name)
            self.assertFalse(self.accountant.has_group(f"{ADDON}.{name}"), name)

    def test_default_with_one_billing_user(self):
        self._only_bills(self.pm)
        self.assertEqual(self.company._billing_approval_way(), "none")

    def test_default_with_two_billing_users(self):
        self._only_bills(self.pm, self.other_pm)
        self.assertEqual(self.company._billing_approval_way(), "accounting")

    def test_default_counts_people_of_this_company_who_can_log_in(self):
        self._only_bills(self.pm, self.other_pm)
        self.assertEqual(self.company._billing_approval_way(), "accounting")
        self.other_pm.sudo().active = False
        self.assertEqual(self.company._billing_approval_way(), "none")
        elsewhere = self.env["res.company"].sudo().create({"name": "Elsewhere"})
        self.other_pm.sudo().write(
            {"active": True, "company_id": elsewhere.id, "company_ids": elsewhere.ids}
        )
        self.assertEqual(self.company._billing_approval_way(), "none")

    def test_branch_has_the_choice_of_the_company_above(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.company.id}
        )
        self._choose("levels")
        self.assertEqual(branch._billing_approval_way(), "levels")
        branch.billing_approval = "accounting"
        self.assertEqual(branch._billing_approval_way(), "accounting")
        self.assertEqual(self.company._billing_approval_way(), "levels")

    def test_making_a_level_chooses_levels(self):
        self._level(self.first)
        self.assertEqual(self.company.billing_approval, "levels")
        self._choose("accounting")
        self._level(self.second)
        self.assertEqual(self.company.billing_approval, "accounting")

    # === NOBODY ===

    def test_none_submitting_makes_the_draft_invoice(self):
        self._choose("none")
        request = self._submitted(4.5)
        self.assertEqual(
            self._decisions(request), ["submit", "approve_rule", "invoice"]
        )
        rule = request.sudo().approval_ids.filtered(
            lambda row: row.decision == "approve_rule"
        )
        self.assertRecordValues(
            rule, [{"valid": True, "user_id": self.pm.id, "amount": 450.0}]
        )
        self.assertEqual(request.state, "invoiced")
        move = request.sudo().invoice_id
        self.assertRecordValues(move, [{"state": "draft", "amount_untaxed": 450.0}])
        self.assertFalse(request.sudo().step_ids)
        move.with_user(self.accountant).action_post()
        self.assertMinutes((0, 0, 270, 0))

    def test_none_is_told_apart_in_the_journal(self):
        self._choose("none")
        request = self._submitted()
        self.env.flush_all()
        rows = self.env["project.billing.journal"].search(
            [("request_id", "=", request.id), ("action", "=", "approved")]
        )
        self.assertEqual(len(rows), 1)

    def test_none_never_posts_by_itself(self):
        """Accounting posts, also where an approval would."""
        self._choose("none")
        self.company.billing_post_on_approval = True
        request = self._submitted()
        self.assertEqual(request.sudo().invoice_id.state, "draft")

    def test_none_uses_no_own_limit(self):
        self._choose("none")
        limit = self.env["project.billing.limit"].create(
            {
                "user_id": self.pm.id,
                "company_id": self.company.id,
                "amount": 1000,
                "amount_month": 1000,
            }
        )
        self._submitted()
        self.assertEqual(limit.amount_used, 0)

    def test_none_asks_no_level(self):
        self._level(self.first)
        self._choose("none")
        request = self._submitted()
        self.assertEqual(request.state, "invoiced")

    def test_none_sent_back_and_submitted_again(self):
        self._choose("none")
        request = self._submitted()
        move = request.sudo().invoice_id.with_user(self.accountant)
        move.action_billing_send_back("Wrong text")
        self.assertEqual(request.state, "draft")
        request.action_submit()
        self.assertEqual(request.state, "invoiced")
        self.assertMinutes((0, 60, 0, 0))

    def test_only_user_bills_on_the_first_day(self):
        """Nothing chosen, one billing user: from the work to a draft invoice."""
        request = self._draft(2)
        self._only_bills(self.pm)
        request.action_submit()
        self.assertRecordValues(
            request.sudo().invoice_id, [{"state": "draft", "amount_untaxed": 200.0}]
        )

    # === ACCOUNTING ===

    def test_accounting_approves(self):
        self._choose("accounting")
        request = self._submitted()
        step = request.sudo().step_ids
        self.assertRecordValues(step, [{"by_accounting": True, "state": "asked"}])
        self.assertIn(self.accountant, step.user_ids)
        self.assertNotIn(self.approver, self._now(request))
        self.assertEqual(
            request.sudo().activity_ids.user_id & self.accountant, self.accountant
        )
        self._as(self.accountant, request).action_approve()
        self.assertEqual(request.state, "approved")
        request.action_create_invoice()
        self.assertEqual(request.sudo().invoice_id.state, "draft")

    def test_accounting_rights_on_the_form(self):
        self._choose("accounting")
        request = self._submitted()
        seen = self._as(self.accountant, request)
        self.assertRecordValues(seen, [{"can_approve": True, "can_reject": True}])
        other = self._as(self.approver, request)
        self.assertFalse(other.can_approve)
        with self.assertRaisesRegex(AccessError, "Accounting approves"):
            other.action_approve()
        self.assertEqual(request.state, "submitted")

    def test_accounting_rejects(self):
        self._choose("accounting")
        request = self._submitted()
        self._as(self.accountant, request).action_reject("Not yet")
        self.assertEqual(request.state, "draft")

    def test_accounting_does_not_approve_its_own(self):
        self._choose("accounting")
        self.pm.group_ids |= self.env.ref("account.group_account_invoice")
        request = self._submitted()
        self.assertNotIn(self.pm, self._now(request))
        with self.assertRaises(AccessError):
            request.action_approve()

    def test_accounting_does_not_decide_on_levels(self):
        self._choose("levels")
        request = self._submitted()
        seen = self._as(self.accountant, request)
        self.assertRecordValues(seen, [{"can_approve": False, "can_reject": False}])
        with self.assertRaises(AccessError):
            seen.action_approve()
        with self.assertRaises(AccessError):
            seen.action_reject("No")
        self.assertEqual(request.state, "submitted")

    def test_running_request_keeps_who_was_asked(self):
        """What is chosen later holds for what is submitted later."""
        self._choose("levels")
        request = self._submitted()
        self._choose("none")
        self.assertIn(self.approver, self._now(request))
        self._as(self.approver, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_who_lost_accounting_decides_no_more(self):
        self._choose("accounting")
        request = self._submitted()
        self.accountant.group_ids -= self.env.ref("account.group_account_invoice")
        self.assertNotIn(self.accountant, self._now(request))

    def test_approval_by_accounting_is_not_kept_by_a_level(self):
        self._choose("accounting")
        self.accountant.group_ids |= self.env.ref(f"{ADDON}.group_billing_approver")
        request = self._submitted()
        self._as(self.accountant, request).action_approve()
        request.action_withdraw()
        self._choose("levels")
        request.action_submit()
        self.assertEqual(request.state, "submitted")

    # === THE CHOICE ===

    def test_one_click(self):
        cockpit = self.env["project.billing.cockpit"].with_user(self.boss)
        found = cockpit.figures()["approval"]
        self.assertEqual(
            [way for way, _label in found["ways"]], ["none", "accounting", "levels"]
        )
        self.assertEqual([c["id"] for c in found["companies"]], self.company.ids)
        company = self.company.with_user(self.boss)
        company.action_billing_choose_approval("levels")
        self.assertEqual(self.company.billing_approval, "levels")
        self.assertFalse(cockpit.figures()["approval"]["companies"])
        row = self.env["project.billing.journal"].search(
            [("action", "=", "switch_changed"), ("res_id", "=", self.company.id)],
            order="id desc",
            limit=1,
        )
        self.assertEqual(row.after, {"billing_approval": "levels"})
        self.assertEqual(row.user_id, self.boss)

    def test_one_click_is_for_whoever_configures(self):
        for user in (self.pm, self.approver, self.accountant, self.worker):
            with self.assertRaises(AccessError):
                self.company.with_user(user).action_billing_choose_approval("none")
        self.assertFalse(self.company.billing_approval)
        cockpit = self.env["project.billing.cockpit"].with_user(self.pm)
        self.assertFalse(cockpit.figures()["approval"]["companies"])

    def test_one_click_does_not_change_a_choice(self):
        self._choose("levels")
        with self.assertRaisesRegex(BillingError, "chosen already"):
            self.company.with_user(self.boss).action_billing_choose_approval("none")
        self.assertEqual(self.company.billing_approval, "levels")
        with self.assertRaises(AccessError):
            self.company.with_user(self.boss).billing_approval = "none"

    def test_one_click_of_nonsense(self):
        company = self.company.with_user(self.boss)
        for way in ("all", None, 1, ["none"], {}):
            with self.assertRaises(BillingError):
                company.action_billing_choose_approval(way)
        with self.assertRaises(BillingError):
            company.browse().action_billing_choose_approval("none")
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaises(AccessError):
            elsewhere.with_user(self.boss).action_billing_choose_approval("none")

    # === NOBODY CAN DECIDE ===

    def test_levels_without_an_approver(self):
        self._choose("levels")
        request = self._draft()
        self._nobody_has(APPROVES)
        self._nobody_has("base.group_system")
        system = new_test_user(
            self.env(su=True),
            "system_here",
            "base.group_system",
            name="Sue System",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaisesRegex(NobodyDecides, r"BR/.* Ask Sue System\.") as caught:
            request.action_submit()
        self.assertEqual(len(caught.exception.args), 1)
        self.assertIn(self.company.name, str(caught.exception))
        self._unchanged(request)
        self.assertTrue(system.active)

    def test_button_for_whoever_may_mend(self):
        """An administrator gets the settings, with the button behind the sentence."""
        self._choose("levels")
        self.boss.group_ids |= self.env.ref("base.group_system")
        request = self._draft()
        self._nobody_has(APPROVES)
        with self.assertRaises(NobodyDecides) as caught:
            self._as(self.boss, request).action_submit()
        message, action, button, _context = caught.exception.args
        self.assertEqual(action, self.env.ref(f"{ADDON}.res_config_settings_action").id)
        self.assertEqual(button, "Settings")
        self.assertIn(request.name, message)
        self.assertEqual(
            caught.exception.context,
            {"exception_class": "odoo.exceptions.RedirectWarning"},
        )
        self._unchanged(request)

    def test_level_whose_only_approver_submits(self):
        """The level is named, and opened for whoever configures."""
        self._level(self.first, name="Director")
        self.first.group_ids |= self.env.ref(f"{ADDON}.group_billing_manager")
        request = self._draft()
        with self.assertRaisesRegex(NobodyDecides, "Director") as caught:
            self._as(self.first, request).action_submit()
        self.assertEqual(
            caught.exception.args[1],
            self.env.ref(f"{ADDON}.project_billing_level_action").id,
        )
        self._unchanged(request)
        request.action_submit()
        self.assertEqual(request.state, "submitted")

    def test_two_levels_with_one_person(self):
        """One person fills one level only, so the second could never be filled."""
        self._level(self.first, name="One")
        self._level(self.first, name="Two")
        request = self._draft()
        with self.assertRaisesRegex(NobodyDecides, "Two"):
            request.action_submit()
        self._unchanged(request)

    def test_two_levels_that_two_people_fill_in_one_way_only(self):
        self._level(self.first, self.second, name="One")
        self._level(self.first, name="Two")
        request = self._submitted()
        self.assertEqual(request.state, "submitted")

    def test_self_approval_lets_the_only_person_decide(self):
        self._choose("accounting")
        self.pm.group_ids |= self.env.ref(ACCOUNTS)
        request = self._draft()
        self._nobody_has(ACCOUNTS, but=[self.pm])
        with self.assertRaises(NobodyDecides):
            request.action_submit()
        self._unchanged(request)
        self.company.sudo().billing_allow_self_approval = True
        request.action_submit()
        request.action_approve()
        self.assertRecordValues(request, [{"state": "approved", "self_approved": True}])

    def test_own_limit_needs_nobody(self):
        self._choose("levels")
        self._nobody_has(APPROVES)
        self.env["project.billing.limit"].create(
            {
                "user_id": self.pm.id,
                "company_id": self.company.id,
                "amount": 100,
                "amount_month": 150,
            }
        )
        request = self._submitted()
        self.assertEqual(request.state, "approved")
        # the rest of the month is used up
        second = self._draft()
        with self.assertRaises(NobodyDecides):
            second.action_submit()
        self._unchanged(second)

    def test_delegate_decides_for_the_only_approver(self):
        self._level(self.first)
        self.env["project.billing.delegation"].create(
            {
                "user_id": self.first.id,
                "delegate_id": self.second.id,
                "company_id": self.company.id,
                "date_from": "2020-01-01",
                "date_to": "2099-12-31",
            }
        )
        self.first.group_ids |= self.env.ref(f"{ADDON}.group_billing_manager")
        request = self._draft()
        # nobody decides in the place of who asks
        with self.assertRaises(NobodyDecides):
            self._as(self.first, request).action_submit()
        request.action_submit()
        self.assertEqual(self._now(request), self.first | self.second)

    def test_schedule_and_run_say_it(self):
        """What nobody sees at a screen ends as a sentence, not as an error."""
        self._level(self.first)
        self.first.active = False
        self._log(1)
        run = (
            self.env["project.billing.run"]
            .with_user(self.boss)
            .create({"date_to": "2026-12-31", "submit": True})
        )
        run.action_start()
        with self.enter_registry_test_mode():
            self.env.ref(f"{ADDON}.ir_cron_billing_run").method_direct_trigger()
        run.invalidate_recordset()
        line = run.line_ids.filtered(lambda row: row.project_id == self.project)
        self.assertEqual(line.state, "prepared")
        self.assertIn("Nobody can decide", line.error)
        self.assertEqual(line.request_id.state, "draft")
