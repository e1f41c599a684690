"""Where OCA's Account Move Tier Validation has invoices validated, ours go through."""

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from odoo.addons.project_invoice_tracker.tests.test_sending import SendingCommon


class TierCommon(SendingCommon):
    """Every invoice of the company takes the validation of one person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.validator = new_test_user(
            cls.env,
            "validator_test",
            groups="account.group_account_invoice",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )
        cls.env["tier.definition"].create(
            {
                "name": "Invoices",
                "model_id": cls.env["ir.model"]._get_id("account.move"),
                "definition_domain": "[('move_type', 'in', "
                "('out_invoice', 'out_refund'))]",
                "review_type": "individual",
                "reviewer_id": cls.validator.id,
                "company_id": cls.company.id,
            }
        )

    def _validate(self, move):
        """Ask for the validation and give it, as the people concerned do."""
        move.with_user(self.accountant).request_validation()
        move.invalidate_recordset()
        own = move.with_user(self.validator)
        own.validate_tier()
        move.invalidate_recordset()
        self.assertEqual(move.validation_status, "validated")
        return move

    def _validated(self, hours=4):
        self._log(hours)
        draft = self._invoice().sudo()
        return self._validate(draft)


@tagged("post_install", "-at_install")
class TestTierValidation(TierCommon):
    def test_posted_after_validation(self):
        """Not before; the validator is asked by OCA's own sentence."""
        self._log(4)
        draft = self._invoice().sudo()
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            draft.with_user(self.accountant).action_post()
        self.assertEqual(draft.state, "draft")
        self.assertMinutes((0, 240, 0, 0))
        self._validate(draft).with_user(self.accountant).action_post()
        self.assertEqual(draft.state, "posted")
        self.assertMinutes((0, 0, 240, 0))

    def test_sent_after_validation(self):
        """What sending writes into the invoice is no change of what was validated."""
        move = self._validated()
        move.with_user(self.accountant).action_post()
        request = move.billing_request_ids.with_user(self.pm)
        request.action_send([self.contact.id, self.partner_a.id])
        self._deliver()
        self.assertEqual(len(self._mails(move)), 1)
        self.assertTrue(move.is_move_sent)
        self.assertEqual(request.send_state, "done")

    def test_sent_back_while_it_is_validated(self):
        """The draft goes; what it was for can be asked for again."""
        self._log(4)
        draft = self._invoice().sudo()
        draft.with_user(self.accountant).request_validation()
        request = draft.billing_request_ids
        draft.with_user(self.accountant).button_cancel()
        self.assertEqual(request.state, "cancelled")
        self.assertMinutes((240, 0, 0, 0))

    def test_credited(self):
        move = self._validated()
        move.with_user(self.accountant).action_post()
        credit = self._credit(move, post=False).sudo()
        self._validate(credit).with_user(self.accountant).action_post()
        self.assertEqual(credit.state, "posted")
        self.assertMinutes((240, 0, 0, 0))

    def test_held_reminders(self):
        """Notes of ours on a validated invoice are open, its content is not."""
        move = self._validated()
        move.with_user(self.accountant).action_post()
        move.billing_reminder_hold = True
        self.assertTrue(move.billing_reminder_hold)
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            move.ref = "changed"

    def test_posted_on_approval(self):
        """The approval does not stand for the validation: a draft, and a sentence."""
        self.company.billing_post_on_approval = True
        self._log(4)
        request = self._approve(self._prepare()).sudo()
        self.assertEqual(request.invoice_id.state, "draft")
        self.assertMinutes((0, 240, 0, 0))
        self.assertIn("was not posted", request.invoice_id.activity_ids.summary or "")
        move = self._validate(request.invoice_id)
        move.with_user(self.accountant).action_post()
        self.assertMinutes((0, 0, 240, 0))
