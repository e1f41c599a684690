"""Billing health finds what breaks an invariant, and mends it where that is safe."""

from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.health_checks import CHECKS
from .health_common import HealthCommon


@tagged("post_install", "-at_install")
class TestHealth(HealthCommon):
    # === ALL IS WELL ===

    def test_nothing_is_wrong(self):
        """I30: neither in a draft, nor posted, credited, replaced or cancelled."""
        self.assertEqual(self._check(), {})
        move = self._post()
        self.assertEqual(self._check(), {})
        self._credit(move, lambda lines: lines.write({"quantity": 3.5}))
        self.assertEqual(self._check(), {})
        request = self._prepare()
        request.line_ids.change_quantity(2, "write_off", "Goodwill")
        self._approve(request)
        self.assertEqual(self._check(), {})
        request.with_user(self.pm).action_cancel()
        self.assertEqual(self._check(), {})
        states = self._result("counters")
        self.assertEqual((states.state, states.finding_ids.ids), ("good", []))

    def test_every_check_reads_well(self):
        """Each check has its words, and every repair exists."""
        for check in CHECKS.values():
            with self.subTest(check=check.code):
                self.assertTrue(check.sql or check.method)
                self.assertTrue(str(check.name) and str(check.advice))
                self.assertTrue(check.invariants.startswith("I"))
                str(check.sentence) % {"record": "", "found": "", "expected": ""}
                for method in (check.method, check.repair):
                    self.assertTrue(not method or hasattr(self.health, method))

    # === THE LEDGER ===

    def test_counters(self):
        """I1, I30: a counter is what its slices say."""
        item = self._prepare().line_ids.allocation_ids.item_id[0]
        self._run(
            "UPDATE project_billing_item SET quantity_reserved = 0,"
            " quantity_open = quantity WHERE id = %s",
            item.id,
        )
        self.assertFinds("counters", "amounts", sentence="counts 0")
        self._repair("counters")
        self.assertMinutes((0, 480, 0, 0))
        self.assertEqual(self._check(), {})

    def test_more_than_there_is(self):
        """I1: with the guards gone, more is billed than was recorded."""
        request = self._prepare()
        self._run(
            "ALTER TABLE project_billing_item"
            " DROP CONSTRAINT project_billing_item_counters_balance"
        )
        self._run(
            "UPDATE project_billing_allocation SET quantity = quantity + 60"
            " WHERE request_id = %s",
            request.id,
        )
        self.assertFinds("more_than_there_is", "guards", "counters", "draft_lines")
        result = self._result("more_than_there_is")
        self.assertEqual(result.count, 2)
        self.assertIn("330 are on lines", result.finding_ids[0].sentence)
        with self.assertRaisesRegex(UserError, "cannot be repaired by itself"):
            result.action_repair()
        guards = self._result("guards").finding_ids
        self.assertIn("counters_balance", guards.sentence)

    @mute_logger("odoo.sql_db")
    def test_repair_that_the_database_refuses(self):
        """I1: no repair bills more than there is."""
        request = self._prepare()
        self._run(
            "UPDATE project_billing_allocation SET quantity = quantity + 60"
            " WHERE request_id = %s",
            request.id,
        )
        self.assertFinds("counters", "more_than_there_is", "draft_lines")
        with self.assertRaisesRegex(UserError, "more would be billed"):
            self._result("counters").action_repair()

    def test_guards(self):
        """I26: triggers that are switched off are found, and put back."""
        self._run("ALTER TABLE project_billing_allocation DISABLE TRIGGER USER")
        self._run(
            "DROP TRIGGER project_billing_journal_approval ON project_billing_approval"
        )
        # the three of the ledger, and the one of the approvals
        self.assertEqual(self._check(), {"guards": 4})
        self._repair("guards")
        self.assertEqual(self._check(), {})
        self._approve(self._prepare())
        self.assertEqual(self._check(), {})

    def test_journal(self):
        """I26: what the journal does not tell is for a person to judge."""
        request = self._approve(self._prepare())
        self._run("ALTER TABLE project_billing_journal DISABLE TRIGGER USER")
        self._run(
            "DELETE FROM project_billing_journal WHERE request_id = %s", request.id
        )
        self._run("ALTER TABLE project_billing_journal ENABLE TRIGGER USER")
        self.assertFinds(
            "journal",
            "journal_rows",
            "approval_log",
            sentence="the journal comes to 0",
        )
        with self.assertRaisesRegex(UserError, "never mended"):
            self._result("journal").action_repair()

    def test_lines(self):
        """I2: a draft line reads what it holds."""
        request = self._prepare()
        self._run(
            "UPDATE project_billing_line SET quantity = 9 WHERE request_id = %s",
            request.id,
        )
        self.assertFinds("draft_lines", sentence="9 on the line, 8 behind it")
        self._repair("draft_lines")
        self.assertEqual(request.line_ids.quantity, 8)

    def test_invoice_lines(self):
        """I2, I6: a posted line is what was approved."""
        move = self._post()
        self._run(
            "UPDATE account_move_line SET price_unit = 90 WHERE move_id = %s"
            " AND billing_line_id IS NOT NULL",
            move.id,
        )
        self.assertFinds("invoice_lines", "posted", sentence="8 × 90 = 800")

    def test_caps(self):
        """I20: a cap counts what is billed under it."""
        cap = self.env["project.billing.cap"].create(
            {
                "name": "Order 4711",
                "limit_amount": 5000,
                "company_id": self.company.id,
                "rule_ids": [Command.set(self.rule.ids)],
            }
        )
        self._prepare()
        self.assertEqual(self._check(), {})
        self._run(
            "UPDATE project_billing_cap SET amount_used = 1 WHERE id = %s", cap.id
        )
        self.assertFinds("caps", sentence="Order 4711 counts")
        self._repair("caps")
        self.assertEqual(cap.amount_used, 800)

    # === DOCUMENTS ===

    def test_request_states(self):
        """I14: an invoiced request has an invoice, and nobody else."""
        request = self._invoice().sudo().billing_request_ids
        self._run(
            "UPDATE project_billing_request SET state = 'draft' WHERE id = %s",
            request.id,
        )
        self.assertFinds("request_states", sentence=f"{request.name} is draft")

    def test_dead_slices(self):
        """I14: a cancelled request holds nothing."""
        request = self._prepare()
        self._run(
            "UPDATE project_billing_request SET state = 'cancelled' WHERE id = %s",
            request.id,
        )
        self.assertFinds("dead_slices", sentence="still holds 2 slices")
        self._repair("dead_slices")
        self.assertMinutes((480, 0, 0, 0))

    def test_following(self):
        """I14: posted is billed, in both directions."""
        move = self._invoice()
        self._run("UPDATE account_move SET state = 'posted' WHERE id = %s", move.id)
        found = self._check()
        self.assertIn("following", found)
        self._result("following").action_repair()
        self.assertMinutes((0, 0, 480, 0))
        self._run("UPDATE account_move SET state = 'draft' WHERE id = %s", move.id)
        self.assertFinds("following")
        self._repair("following")
        self.assertMinutes((0, 480, 0, 0))

    def test_unapproved(self):
        """I3: what nobody approved goes back to draft."""
        request = self._prepare()
        request.with_user(self.pm).action_submit()
        self._run(
            "UPDATE project_billing_request SET state = 'approved' WHERE id = %s",
            request.id,
        )
        self.assertFinds("unapproved", sentence="approved without an approval")
        self._repair("unapproved")
        self.assertEqual(request.state, "draft")

    def test_credits(self):
        """I13: work that an unposted note gave back is taken back."""
        note = self._credit(self._post())
        self._run("UPDATE account_move SET state = 'draft' WHERE id = %s", note.id)
        self.assertFinds("credits")
        self._repair("credits")
        self.assertMinutes((0, 0, 480, 0))

    def test_companies_and_currencies(self):
        """I16, I17: one company, one currency."""
        move = self._invoice()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        currency = self.env["res.currency"].with_context(active_test=False)
        currency = currency.search([("id", "!=", move.currency_id.id)], limit=1)
        self._run(
            "UPDATE account_move SET company_id = %s, currency_id = %s WHERE id = %s",
            other.id,
            currency.id,
            move.id,
        )
        self.assertFinds("companies", "currencies", sentence="Elsewhere")

    # === RIGHTS AND ALARM ===

    def test_for_administrators_only(self):
        """I26: nobody else sees or repairs anything."""
        self._check()
        for user in (self.pm, self.approver, self.accountant):
            health = self.health.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    health.action_check_all()
                with self.assertRaises(AccessError):
                    self._result("counters").with_user(user).action_repair()
                with self.assertRaises(AccessError):
                    health.search([])
        with self.assertRaisesRegex(UserError, "at least one"):
            self.health.action_repair()

    def test_one_alarm(self):
        """One activity for each administrator, until somebody looked at it."""
        request = self._prepare()
        self._run(
            "UPDATE project_billing_line SET quantity = 9 WHERE request_id = %s",
            request.id,
        )
        activities = self.env["mail.activity"].sudo()
        kind = self.env.ref("project_invoice_tracker.mail_activity_type_health")
        mine = [("user_id", "=", self.admin.id), ("activity_type_id", "=", kind.id)]
        for _day in range(3):
            self.health.sudo()._cron_check()
        self.assertEqual(activities.search_count(mine), 1)
        activity = activities.search(mine)
        self.assertIn("Lines of open requests", activity.note)
        activity.action_done()
        self.health.sudo()._cron_check()
        self.assertEqual(activities.search_count(mine), 1, "still wrong: once more")
        self._repair("draft_lines")
        self.health.sudo()._cron_check()
        self.assertEqual(activities.search_count(mine), 0)

    def test_one_check_that_fails(self):
        """A check that cannot run says so, and the others run."""
        self._run("ALTER TABLE project_billing_run RENAME TO project_billing_gone")
        with self.assertLogs("odoo.sql_db", "ERROR"):
            self.health.with_user(self.admin)._engine()._run_checks(
                CHECKS, self.company
            )
        self.assertEqual(self._result("runs").state, "broken")
        self.assertIn("project_billing_run", self._result("runs").error)
        self.assertEqual(self._result("counters").state, "good")

    def test_error_without_words(self):
        """An error that says nothing stops the other checks no more than any other."""
        silent = patch.object(type(self.health), "_find", side_effect=AssertionError())
        with silent:
            self.health._engine()._run_checks(CHECKS, self.company)
        self.assertEqual(self._result("runs").error, "AssertionError")
        self.assertEqual(self._result("runs").state, "broken")
