"""Approval levels: which are asked, who decides, who is barred (I3, I24)."""

from datetime import date
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..exceptions import BillingError
from .approval_common import ApprovalCommon


@tagged("post_install", "-at_install")
class TestLevels(ApprovalCommon):
    def test_one_after_another(self):
        """I3: the levels are asked in order; the last one approves."""
        self._level(self.first)
        self._level(self.second)
        request = self._submitted()
        self.assertEqual(self._now(request), self.first)
        self.assertEqual(request.sudo().activity_ids.user_id, self.first)
        with self.assertRaisesRegex(AccessError, "Level 1.*first_approver"):
            self._as(self.second, request).action_approve()
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "submitted")
        self.assertEqual(self._now(request), self.second)
        self.assertEqual(request.sudo().activity_ids.user_id, self.second)
        self.assertTrue(request.waiting_since)
        with self.assertRaisesRegex(AccessError, "already"):
            self._as(self.first, request).action_approve()
        self._as(self.second, request).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertEqual(
            self._decisions(request), ["submit", "approve_step", "approve"]
        )
        self.assertEqual(request.step_ids.mapped("state"), ["done", "done"])
        self.assertIn("first_approver", request.step_ids[0].decided_by)

    def test_no_level_applies(self):
        """I3: without a level that applies, any billing approver decides, once."""
        self._level(self.first, amount_from=1000)
        request = self._submitted()
        self.assertEqual(self._now(request), self.approvers)
        self._as(self.third, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_from_amount(self):
        self._level(self.first)
        self._level(self.second, amount_from=1000)
        self.assertEqual(len(self._submitted(9.99).step_ids), 1)
        self.assertEqual(len(self._submitted(10).step_ids), 2, "from means from")

    def test_amount_is_in_company_currency(self):
        """I17: compared at the rate of the day of submission; none is an error."""
        self._level(self.first, amount_from=1000)
        currency = self.env["res.currency"].create(
            {"name": "XPB", "symbol": "x", "rounding": 0.01}
        )
        self.rule.currency_id = currency
        request = self._draft(10)
        with self.assertRaisesRegex(BillingError, "XPB"), self.env.cr.savepoint():
            request.action_submit()
        rate = self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "name": "2020-01-01",
                "rate": 2.0,
            }
        )
        request.action_submit()
        self.assertFalse(request.step_ids.level_id, "1000 are 500 of the company")
        request.action_withdraw()
        rate.rate = 1.0
        request.action_submit()
        self.assertEqual(request.step_ids.level_id.name, "Level 1")

    def test_conditions(self):
        tag, other = self.env["project.tags"].create([{"name": "A"}, {"name": "B"}])
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.partner_a.id}
        )
        cases = [
            ({"project_tag_ids": [Command.set(tag.ids)]}, True),
            ({"project_tag_ids": [Command.set(other.ids)]}, False),
            ({"partner_ids": [Command.set(contact.ids)]}, True),
            ({"partner_ids": [Command.set(self.partner_b.ids)]}, False),
            ({"discount_above": 9.99}, True),
            ({"discount_above": 10}, False),
            ({"discount_above": 9, "amount_from": 10000}, False),
        ]
        self.project.tag_ids = tag
        self.rule.discount = 10
        request = self._draft()
        for values, applies in cases:
            with self.subTest(values=values):
                level = self._level(self.first, **values)
                request.action_submit()
                self.assertEqual(bool(request.step_ids.level_id), applies)
                request.action_withdraw()
                level.active = False

    def test_several_and_groups(self):
        """I24: so many different people; a group counts as its approvers."""
        group = self.env["res.groups"].create(
            {
                "name": "Heads",
                "user_ids": [Command.set((self.second | self.third | self.pm).ids)],
            }
        )
        self._level(self.first, required=2, group_id=group.id)
        request = self._submitted()
        self.assertEqual(self._now(request), self.first | self.second | self.third)
        self._as(self.second, request).action_approve()
        self.assertEqual(request.state, "submitted")
        self.assertIn("1 of", request.step_ids.missing)
        with self.assertRaisesRegex(AccessError, "already"):
            self._as(self.second, request).action_approve()
        self._as(self.third, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_one_level_per_person(self):
        """I24: A, B, A is not approved by A and B alone."""
        self._level(self.first)
        self._level(self.second)
        self._level(self.first, self.third)
        request = self._submitted()
        self._as(self.first, request).action_approve()
        self.assertEqual(self._now(request), self.second, "B is not skipped")
        self._as(self.second, request).action_approve()
        self.assertEqual(self._now(request), self.third)
        with self.assertRaisesRegex(AccessError, "already"):
            self._as(self.first, request).action_approve()
        self._as(self.third, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_levels_as_they_stood(self):
        """I3: a running request keeps its levels and their approvers."""
        level = self._level(self.first)
        request = self._submitted()
        level.with_user(self.boss).write(
            {
                "approver_ids": [Command.set((self.second | self.third).ids)],
                "required": 2,
            }
        )
        self._level(self.third)
        self.assertEqual(self._now(request), self.first)
        self.env["project.billing.level"].search([]).unlink()
        with self.assertRaises(AccessError):
            self._as(self.second, request).action_approve()
        self._as(self.first, request).action_approve()
        self.assertEqual(request.state, "approved")

    def test_lost_right(self):
        """I3: who is no billing approver any more decides nothing."""
        self._level(self.first)
        request = self._submitted()
        self.first.group_ids -= self.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )
        self.assertFalse(self._now(request))
        with self.assertRaises(AccessError):
            self._as(self.first, request).action_approve()

    def test_nobody_left(self):
        """I3: no approver found is blocked with a sentence, never approved."""
        self._level(self.first)
        request = self._submitted()
        # who could decide when it was submitted is gone
        self.first.active = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(request.state, "submitted")
        self.assertRegex(request.waiting_for, f"No approver for {request.name}")
        for user in self.approvers - self.first:
            with self.assertRaisesRegex(AccessError, "No approver"):
                self._as(user, request).action_approve()
        self.first.active = True
        self.assertEqual(self._now(request), self.first)

    def test_barred(self):
        """I24: neither who asked nor who edited; nobody else is missing."""
        (self.pm | self.boss).group_ids += self.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )
        request = self._draft()
        request.with_user(self.boss).line_ids.name = "Better"
        request.action_submit()
        self.assertFalse(self._now(request) & (self.pm | self.boss))
        with self.assertRaisesRegex(AccessError, "your own"):
            request.action_approve()
        with self.assertRaisesRegex(AccessError, "edited"):
            request.with_user(self.boss).action_approve()
        self.assertIn("your own", request.cannot_approve_reason)

    def test_definition(self):
        """Bad levels are refused with a sentence; each change is in the journal."""
        with self.assertRaisesRegex(ValidationError, "pm_test"):
            self._level(self.pm)
        with self.assertRaisesRegex(ValidationError, "somebody to decide"):
            self._level()
        for values in ({"required": 0}, {"amount_from": -1}, {"discount_above": 101}):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self._level(self.first, **values)
                self.env.flush_all()
        for user in (self.pm, self.first, self.accountant):
            with self.assertRaises(AccessError):
                self.env["project.billing.level"].with_user(user).create(
                    {"name": "Mine", "approver_ids": [Command.set(user.ids)]}
                )
        level = self._level(self.first)
        level.with_user(self.boss).amount_from = 7
        row = self.env["project.billing.journal"].search(
            [("action", "=", "level_changed"), ("res_id", "=", level.id)]
        )
        self.assertEqual(row[0].user_id, self.boss)
        self.assertEqual(
            (row[0].before, row[0].after), ({"amount_from": 0.0}, {"amount_from": 7.0})
        )


@tagged("post_install", "-at_install")
class TestDelegation(ApprovalCommon):
    def _delegate(self, absent, delegate, first="2026-01-01", last="2026-12-31"):
        return (
            self.env["project.billing.delegation"]
            .with_user(absent)
            .create(
                {
                    "delegate_id": delegate.id,
                    "company_id": self.company.id,
                    "date_from": first,
                    "date_to": last,
                }
            )
        )

    def _today(self, day):
        return self.startPatcher(
            patch.object(
                type(self.env["res.company"]), "_billing_today", lambda company: day
            )
        )

    def test_in_place_of(self):
        """I24: the delegate decides on the days of the absence, and the log says so."""
        self._today(date(2026, 3, 31))
        self._level(self.first)
        self._delegate(self.first, self.second, "2026-03-30", "2026-03-31")
        request = self._submitted()
        self.assertEqual(self._now(request), self.first | self.second)
        self._as(self.second, request).action_approve()
        row = request.sudo().approval_ids[0]
        self.assertEqual((row.user_id, row.for_user_id), (self.second, self.first))
        self.assertRegex(request.step_ids.decided_by, "second.* for first")
        self._today(date(2026, 4, 1))
        later = self._submitted()
        self.assertEqual(self._now(later), self.first)

    def test_no_self_approval_by_delegate(self):
        """I24: neither the requester as a delegate, nor a delegate of the requester."""
        approver = self.env.ref("project_invoice_tracker.group_billing_approver")
        self.pm.group_ids += approver
        self._today(date(2026, 3, 31))
        self._level(self.first, self.pm)
        self._delegate(self.first, self.pm)
        self._delegate(self.pm, self.second)
        request = self._submitted()
        self.assertEqual(self._now(request), self.first)
        with self.assertRaisesRegex(AccessError, "your own"):
            request.action_approve()
        with self.assertRaises(AccessError):
            self._as(self.second, request).action_approve()

    def test_one_say(self):
        """I24: who decided by a delegate decides no other level."""
        self._today(date(2026, 3, 31))
        self._level(self.first)
        self._level(self.first, self.third)
        self._delegate(self.first, self.second)
        request = self._submitted()
        self._as(self.second, request).action_approve()
        self.assertEqual(self._now(request), self.third)
        with self.assertRaises(AccessError):
            self._as(self.first, request).action_approve()

    def test_whose_delegations(self):
        """I28: an approver hands over in the own name only."""
        delegations = self.env["project.billing.delegation"]
        values = {
            "user_id": self.first.id,
            "delegate_id": self.second.id,
            "date_from": "2026-01-01",
            "date_to": "2026-01-31",
            "company_id": self.company.id,
        }
        with self.assertRaises(AccessError):
            delegations.with_user(self.second).create(values)
        made = delegations.with_user(self.boss).create(values)
        with self.assertRaises(AccessError):
            made.with_user(self.second).date_to = "2026-12-31"
        self.assertTrue(made.with_user(self.second).read(["date_to"]))
        with self.assertRaises(AccessError):
            made.with_user(self.third).read(["date_to"])
        with self.assertRaises(AccessError):
            delegations.with_user(self.pm).create({**values, "user_id": self.pm.id})
        with self.assertRaisesRegex(ValidationError, "not a billing approver"):
            made.with_user(self.boss).delegate_id = self.pm
        for bad in ({"delegate_id": self.first.id}, {"date_to": "2025-12-31"}):
            with (
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                made.with_user(self.boss).write(bad)
                self.env.flush_all()
