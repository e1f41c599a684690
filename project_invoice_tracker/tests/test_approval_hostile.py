"""What a caller sends along decides nothing about an approval (I3, I15, I24)."""

from datetime import date
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .approval_common import ApprovalCommon

#: Defaults that a caller may send in the context of any method.
FORGED = {
    "default_state": "done",
    "default_active": False,
    "default_required": 0,
    "default_any_approver": True,
    "default_date": "2020-01-01 00:00:00",
    "default_valid": True,
    "default_self_approved": True,
    "default_amount_company": 1.0,
    "default_user_id": 2,
    "default_for_user_id": 2,
}


@tagged("post_install", "-at_install")
class TestApprovalHostile(ApprovalCommon):
    def test_defaults_fill_no_step(self):
        """I3, I15: steps are asked, whatever defaults whoever submits sends along."""
        level = self._level(self.first)
        request = self._draft()
        request.with_context(**FORGED).action_submit()
        self.assertEqual(request.state, "submitted")
        self.assertRecordValues(
            request.step_ids,
            [
                {
                    "level_id": level.id,
                    "state": "asked",
                    "required": 1,
                    "any_approver": False,
                    "active": True,
                }
            ],
        )

    def test_defaults_forge_no_log(self):
        """I15: who, when and in whose place is what it was."""
        request = self._submitted()
        approver = self._as(self.first, request)
        approver.with_context(**FORGED).action_approve()
        row = request.sudo().approval_ids[:1]
        self.assertEqual(row.decision, "approve")
        self.assertEqual(row.user_id, self.first)
        self.assertFalse(row.for_user_id)
        self.assertFalse(row.self_approved)
        self.assertEqual(row.date.date(), fields.Date.today())

    def test_defaults_give_no_rest_of_a_month(self):
        """I24: a use of the own limit counts in the month in which it was made."""
        limit = self.env["project.billing.limit"].create(
            {
                "user_id": self.pm.id,
                "company_id": self.company.id,
                "amount": 100,
                "amount_month": 150,
            }
        )
        first = self._draft()
        first.with_context(**FORGED).action_submit()
        self.assertEqual(first.state, "approved")
        limit.invalidate_recordset()
        self.assertEqual(limit.amount_used, 100)
        first.action_create_invoice()
        second = self._draft()
        second.with_context(**FORGED).action_submit()
        self.assertEqual(second.state, "submitted")

    def test_defaults_make_no_approved_request(self):
        """I3: what is prepared is a draft."""
        self._log(1)
        request = (
            self.env["project.billing.request"]
            .with_user(self.pm)
            .with_context(default_state="approved", default_user_id=2)
            .prepare(self.project, date(2026, 12, 31))
        )
        self.assertEqual(request.state, "draft")
        self.assertEqual(request.user_id, self.pm)

    def test_archived_steps_ask_nobody(self):
        """I3: steps of an earlier submission are not asked, also if they are shown."""
        small = self._level(self.first)
        request = self._submitted()
        request.action_withdraw()
        small.active = False
        self._level(self.second)
        request.action_submit()
        everything = request.with_context(active_test=False)
        self.assertEqual(len(everything.step_ids), 2)
        self.assertEqual(everything._approvers_now(), self.second)
        self.assertEqual(everything.waiting_for, self.second.name)
        self._as(self.second, everything).action_approve()
        self.assertEqual(request.state, "approved")
        self.assertTrue(everything.sudo()._is_fully_approved())

    def test_a_level_that_nobody_could_fill(self):
        """I3: more people than there are would block every request; it is refused."""
        with self.assertRaisesRegex(ValidationError, "asks 2 people and names 1"):
            self._level(self.first, required=2)
        level = self._level(self.first)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        with self.assertRaisesRegex(ValidationError, "cannot decide"):
            level.sudo().company_id = other

    def test_moving_a_level_is_logged(self):
        """I32: the order of levels is among the terms under which others decide."""
        level = self._level(self.first)
        level.sequence = 99
        row = self.env["project.billing.journal"].search(
            [("action", "=", "level_changed"), ("res_id", "=", level.id)], limit=1
        )
        self.assertEqual(row.after, {"sequence": 99})

    def test_rights_of_many_are_read_together(self):
        """Lists show who may approve: who changed prices is asked once for all."""
        requests = self._submitted()
        for name in ("Next", "Last"):
            project = self._create_project(name=name)
            self._create_rule(project)
            self._log(1, project_id=project.id)
            requests |= self._prepare(project)
        requests[1:].action_submit()
        barred = type(requests)._barred_ids
        asked = []

        def count(records):
            asked.append(len(records))
            return barred(records)

        self.env.flush_all()
        self.env.invalidate_all()
        with patch.object(type(requests), "_barred_ids", count):
            requests.with_user(self.pm).mapped("can_approve")
        self.assertEqual(asked, [3, 3], "for who decides, and for why not")
