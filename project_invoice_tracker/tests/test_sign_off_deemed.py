"""Deemed accepted: told in a mail, by the company's days, never against an answer."""

from freezegun import freeze_time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .portal_common import PortalCommon


@tagged("post_install", "-at_install")
class TestSignOffDeemed(PortalCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.deemed_days = 14
        cls.company.partner_id.tz = "America/New_York"

    def _told(self):
        """Ask on March 10th in New York, and have the mail go out."""
        with freeze_time("2026-03-11 02:00:00"):
            self._ask()
            self._deliver()
            self._mail_is_out()

    def test_by_the_companys_day(self):
        """The 24th of March ends at midnight where the company is."""
        self._told()
        self.assertEqual(str(self.first.billing_deemed_date), "2026-03-24")
        self.assertEqual(self._deem("2026-03-25 03:59:00"), [])
        self.assertEqual(self._deem("2026-03-25 04:01:00"), ["deemed"])
        self.assertAcceptances([("deemed", 100, 4000, False)])
        self.assertEqual(self._items(), [("Design", 4000, True)])
        self.assertEqual(str(self.first.billing_signed_date), "2026-03-25")
        self.assertEqual(self.first.billing_sign_off_state, "deemed")
        self.assertEqual(self._deem("2026-03-26 04:01:00"), ["deemed"])

    def test_an_answer_stops_it(self):
        """A refusal, a question and a part each end the time."""
        for decision in ("refused", "question", "part"):
            self._told()
            self._decide(decision, reason="Hm", percent="10")
            self.assertFalse(self.first.billing_deemed_date)
            self.assertNotIn("deemed", self._deem("2026-06-01 12:00:00"))
        # the rest of a part is asked for, but not deemed: the client said how much
        self._told()
        self.assertFalse(self.first.billing_deemed_date)
        self.assertNotIn("deemed", self._deem("2026-06-01 12:00:00"))

    def test_untold(self):
        """Without a mail that went out, nothing is deemed."""
        with freeze_time("2026-03-11 02:00:00"):
            self._ask()
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        with freeze_time("2026-03-11 02:00:00"):
            self._deliver()
            rows = self.env["project.billing.outbox"].search(
                [("kind", "=", "sign_off")]
            )
            rows._engine().mail_checked = False
        self.assertTrue(self.first.billing_deemed_date)
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        self._mail_is_out()
        self.assertEqual(self._deem("2026-06-01 12:00:00"), ["deemed"])

    def test_switched_off(self):
        """A rule that does not say so any more, an ask that is withdrawn: nothing."""
        self._told()
        self.contract.deemed_days = 0
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        self.contract.deemed_days = 14
        own = self.first.with_user(self.pm)
        own.action_billing_withdraw_ask()
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        for days in (-1, 366):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.contract.deemed_days = days

    def test_not_reached_meanwhile(self):
        """What is worked on again is not accepted by what a mail said before."""
        self._told()
        self.first.is_reached = False
        self.assertFalse(self.first.billing_deemed_date)
        self.first.is_reached = True
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        # the client may answer still, and another mail says until when
        self.assertEqual(self.first.billing_sign_off_state, "asked")
        self._told()
        self.assertEqual(self._deem("2026-03-25 04:01:00"), ["deemed"])

    def test_nobody_could_answer(self):
        """Not when the links were dead: archived, or of another customer now."""
        self._told()
        self.project.active = False
        self.assertEqual(self._deem("2026-03-12 04:01:00"), [])
        self.project.active = True
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        self._told()
        self.project.partner_id = self.partner_b
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        self.project.partner_id = self.customer
        self.assertEqual(self._deem("2026-06-01 12:00:00"), ["deemed"])

    def _ask_about_line(self):
        """The client asks about the line of the milestone on a posted invoice."""
        self.contract.milestone_ready = "reached"
        move = self._post().sudo()
        line = move.invoice_line_ids.filtered("billing_line_id")
        self.assertEqual(line.price_unit, 4000)
        self._told()
        self.assertTrue(self.first.billing_deemed_date)
        return move._billing_ask(line.id, "What is this?", partner=self.contact)

    def test_question_about_its_line(self):
        """Who asks about the invoice of it has not accepted it in silence."""
        question = self._ask_about_line()
        self.assertFalse(self.first.billing_deemed_date)
        self.assertEqual(self.first.billing_sign_off_state, "asked")
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        # neither does a mail that goes out meanwhile set another day
        self._told()
        self.assertFalse(self.first.billing_deemed_date)
        question.with_user(self.pm).action_answer("The design, as agreed.")
        self.assertEqual(self._deem("2026-06-01 12:00:00"), [])
        self._told()
        self.assertEqual(self._deem("2026-06-01 12:00:00"), ["deemed"])

    def test_question_about_another(self):
        """A question about one milestone does not stop the time of another."""
        self.second.is_reached = True
        with freeze_time("2026-03-11 02:00:00"):
            self._ask(self.second)
            self._deliver()
        self.contract.milestone_ready = "reached"
        move = self._post().sudo()
        line = move.invoice_line_ids.filtered(lambda line: line.price_unit == 4000)
        move._billing_ask(line.id, "What is this?", partner=self.contact)
        self.assertEqual(str(self.second.billing_deemed_date), "2026-03-24")
