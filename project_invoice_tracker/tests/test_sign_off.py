"""Sign-off by the client: accepted, in part, refused, questioned, deemed."""

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..exceptions import BillingError, NothingToBill, SourceClosed
from .portal_common import SIGNATURE, PortalCommon


@tagged("post_install", "-at_install")
class TestSignOff(PortalCommon):
    def test_accepted(self):
        """An acceptance makes the milestone ready, and is in the log."""
        self.assertEqual(self._items(), [("Design", 4000, False)])
        self._ask()
        self.assertEqual(self.first.billing_sign_off_state, "asked")
        with freeze_time("2026-03-12 10:00:00"):
            row = self._decide(name=" Carla Client ")
        self.assertEqual(self._items(), [("Design", 4000, True)])
        self.assertAcceptances([("accepted", 100, 4000, "Carla Client")])
        self.assertRecordValues(
            row, [{"partner_id": self.contact.id, "project_id": self.project.id}]
        )
        self.assertEqual(row.signature.decode(), SIGNATURE)
        self.assertRecordValues(
            self.first,
            [
                {
                    "billing_signed_off": True,
                    "billing_signed_by": "Carla Client",
                    "billing_sign_off_state": "accepted",
                    "billing_accepted_percent": 100,
                }
            ],
        )
        self.assertEqual(str(self.first.billing_signed_date), "2026-03-12")
        self.assertEqual(self._prepare().amount_untaxed, 4000)

    def test_one_answer(self):
        """What was answered is not answered again, by whatever tab."""
        self._ask()
        self._decide("refused", reason="No")
        for decision in ("accepted", "part", "refused", "question"):
            with self.assertRaisesRegex(BillingError, "does not wait"):
                self._decide(decision, reason="x", percent="10")
        self.assertAcceptances([("refused", 0, 0, "Carla Client")])

    def test_parts(self):
        """Parts are billed one by one, and sum to the whole to the cent."""
        self.contract.contract_amount = 10000.03
        self._ask()
        self._decide("part", percent="33.333")
        self.assertEqual(
            self._items(),
            [
                ("Design (33.333 %)", 1333.32, True),
                ("Design (66.667 %)", 2666.69, False),
            ],
        )
        self.assertEqual(self.first.billing_state, "open")
        self.assertEqual(self.first.billing_price, 4000.01)
        request = self._prepare()
        self.assertEqual(request.amount_untaxed, 1333.32)
        self.assertEqual(request.line_ids.name, "Design (33.333 %)")
        self.assertEqual(self.first.billing_state, "reserved")
        self._ask()
        self._decide("part", percent="6,667")
        self._ask()
        self._decide()
        self.assertEqual(
            self._items(),
            [
                ("Design (33.333 %)", 1333.32, True),
                ("Design (6.667 %)", 266.68, True),
                ("Design (60 %)", 2400.01, True),
            ],
        )
        self.assertTrue(self.first.billing_signed_off)
        self.assertAcceptances(
            [
                ("part", 33.333, 1333.32, "Carla Client"),
                ("part", 6.667, 266.68, "Carla Client"),
                ("accepted", 60, 2400.01, "Carla Client"),
            ]
        )
        request.with_user(self.pm).collect("2026-12-31")
        self.assertEqual(request.amount_untaxed, 4000.01)
        move = self._post(request)
        self.assertEqual(move.amount_untaxed, 4000.01)
        self.assertEqual(self.first.billing_state, "billed")

    def test_billed_part(self):
        """A billed part keeps its price, and the rest stays what it was."""
        self._ask()
        self._decide("part", percent="25")
        self._post()
        self.assertEqual(self.first.billing_state, "partial")
        self.assertEqual(
            self.env["project.milestone"].search(
                [
                    ("billing_state", "=", "partial"),
                    ("project_id", "=", self.project.id),
                ]
            ),
            self.first,
        )
        with self.assertRaises(SourceClosed):
            self.first.billing_percentage = 50
        with self.assertRaises(SourceClosed):
            self.first.with_user(self.pm).action_billing_revoke_sign_off("No")
        self.assertEqual(
            self._items(),
            [("Design (25 %)", 1000, True), ("Design (75 %)", 3000, False)],
        )
        with self.assertRaises(NothingToBill):
            self._prepare()

    def test_revoked(self):
        """The manager revokes what nothing holds yet, and the log says so."""
        self._ask()
        self._decide("part", percent="25")
        own = self.first.with_user(self.pm)
        own.action_billing_revoke_sign_off("It was meant for another milestone")
        self.assertEqual(self._items(), [("Design", 4000, False)])
        self.assertEqual(self.first.billing_accepted_percent, 0)
        rows = self.first.billing_acceptance_ids
        self.assertEqual(rows.mapped("decision"), ["revoked", "part"])
        self.assertEqual(rows[0].name, self.pm.name)

    def test_by_the_manager(self):
        """A sign-off that the manager notes is a row, and ends the asking."""
        self._ask()
        own = self.first.with_user(self.pm)
        own.action_billing_sign_off("Carla Client", "2026-03-05")
        self.assertAcceptances([("accepted", 100, 4000, "Carla Client")])
        with self.assertRaisesRegex(BillingError, "does not wait"):
            self._decide("refused", reason="No")

    def test_withdrawn(self):
        """Who is not asked any more cannot answer; the link ends."""
        token = self._ask()
        own = self.first.with_user(self.pm)
        own.action_billing_withdraw_ask()
        self.assertFalse(own._billing_find_by_token(self.first.id, token)[0])
        with self.assertRaisesRegex(BillingError, "does not wait"):
            self._decide()
        with self.assertRaisesRegex(BillingError, "is not asked"):
            own.action_billing_withdraw_ask()

    def test_bad_answers(self):
        """Each refusal says what is missing, and changes nothing."""
        self._ask()
        for decision, answer, sentence in (
            ("accepted", {"name": " "}, "your name"),
            ("accepted", {"name": None}, "your name"),
            ("accepted", {"name": "x" * 201}, "shorter name"),
            ("accepted", {"name": ["x"]}, "your name"),
            ("accepted", {"signature": None}, "your signature"),
            ("accepted", {"signature": "PHN2Zz4="}, "your signature"),
            ("accepted", {"signature": "no base64"}, "your signature"),
            ("accepted", {"signature": 7}, "your signature"),
            ("part", {"percent": "0"}, "a share"),
            ("part", {"percent": "100"}, "a share"),
            ("part", {"percent": "-1"}, "a share"),
            ("part", {"percent": "NaN"}, "a share"),
            ("part", {"percent": "1e1"}, "a share"),
            ("part", {"percent": "0.0000001"}, "six decimals"),
            ("part", {"percent": 10}, "a share"),
            ("refused", {"reason": " "}, "has to be changed"),
            ("refused", {"reason": None}, "has to be changed"),
            ("refused", {"reason": "x\x00"}, "cannot be stored"),
            ("question", {}, "your question"),
        ):
            with (
                self.subTest(decision=decision, answer=answer),
                self.assertRaisesRegex(BillingError, sentence),
            ):
                self._decide(decision, **answer)
        self.assertFalse(self.first.billing_acceptance_ids)
        self.assertEqual(self.first.billing_sign_off_state, "asked")

    def test_only_as_a_whole(self):
        """What is ready without a sign-off is not accepted in part."""
        self.contract.milestone_ready = "reached"
        self._ask()
        with self.assertRaisesRegex(BillingError, "as a whole"):
            self._decide("part", percent="10")
        request = self._prepare()
        self.contract.milestone_ready = "signed"
        with self.assertRaisesRegex(BillingError, "as a whole"):
            self._decide("part", percent="10")
        self._decide()
        self.assertEqual(request.amount_untaxed, 4000)
        self.assertEqual(self._items(), [("Design", 4000, True)])

    def test_asking(self):
        """Only the manager asks, only about what is reached, only the customer."""
        with self.assertRaises(AccessError):
            self.first.with_user(self.other_pm).action_billing_ask_sign_off([])
        own = self.first.with_user(self.pm)
        stranger = self.partner_b
        stranger.email = "b@b.example"
        for milestone, partners, sentence in (
            (self.second, [], "not reached"),
            (self.first, stranger.ids, "only contacts"),
            (self.first, [2**31 - 5], "only contacts"),
            (self.first, "x", "list of their ids"),
        ):
            with self.assertRaisesRegex(BillingError, sentence):
                milestone.with_user(self.pm).action_billing_ask_sign_off(partners)
        action = own.action_billing_ask_sign_off()
        wizard = own.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.partner_ids, self.customer)
        wizard.action_ask()
        self.assertEqual(self.first.billing_sign_off_state, "asked")
        self._decide()
        with self.assertRaisesRegex(BillingError, "signed off already"):
            own.action_billing_ask_sign_off([])

    def test_nobody_writes_it(self):
        """No field of the sign-off is written by hand."""
        for name, value in (
            ("billing_sign_off_state", "accepted"),
            ("billing_accepted_parts", [[50, "2026-03-05"]]),
            ("billing_deemed_date", "2026-03-05"),
            ("billing_ask_nonce", "x"),
            ("billing_ask_number", 9),
        ):
            with self.subTest(name=name), self.assertRaises(AccessError):
                self.first.write({name: value})
        with self.assertRaises(AccessError):
            self.first.with_user(self.admin).read(["billing_ask_nonce"])

    def test_mail_in_the_clients_language(self):
        """The mail has the link, the words are the client's, texts are literal."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.contact.lang = "de_DE"
        self.contract.deemed_days = 14
        self.first.name = "<b>{{ 7*7 }}</b>"
        with freeze_time("2026-03-10 09:00:00"):
            self._ask(note="See <i>report</i>")
            self._deliver()
        outbox = self.env["project.billing.outbox"].search([("kind", "=", "sign_off")])
        self.assertEqual(outbox.state, "done")
        message = outbox.message_id
        self.assertEqual(message.partner_ids, self.contact)
        self.assertEqual(message.author_id, self.pm.partner_id)
        body = str(message.body)
        self.assertIn("&lt;b&gt;{{ 7*7 }}&lt;/b&gt;", body)
        self.assertIn("See &lt;i&gt;report&lt;/i&gt;", body)
        self.assertIn("24.03.2026", body)
        self.assertEqual(str(self.first.billing_deemed_date), "2026-03-24")
        # a colleague who may read the milestone does not read the link
        with self.assertRaises(AccessError):
            message.with_user(self.worker).read(["body"])

    def test_not_asked_any_more(self):
        """A mail about what was answered meanwhile does not go out."""
        self._ask()
        self.first.with_user(self.pm).action_billing_withdraw_ask()
        self._deliver()
        outbox = self.env["project.billing.outbox"].search([("kind", "=", "sign_off")])
        self.assertEqual(outbox.state, "skipped")

    def test_manager_is_told(self):
        """A refusal is an activity and a mail, in the client's words."""
        self._ask()
        self._decide("refused", reason="Logo is <b>wrong</b>\nand late")
        self._deliver()
        outbox = self.env["project.billing.outbox"].search([("kind", "=", "signed")])
        self.assertEqual(outbox.message_id.partner_ids, self.pm.partner_id)
        self.assertIn("&lt;b&gt;wrong&lt;/b&gt;", outbox.message_id.body)
        activity = self.project.activity_ids
        self.assertEqual(activity.user_id, self.pm)
        self.assertIn("Design", activity.summary)

    def test_request_at_once(self):
        """By the switch, the request is there once the client accepted."""
        self.contract.request_on_acceptance = True
        self._ask()
        self._decide()
        self._deliver()
        request = self.env["project.billing.request"].search(
            [("project_id", "=", self.project.id)]
        )
        self.assertRecordValues(
            request,
            [{"state": "draft", "amount_untaxed": 4000, "user_id": self.pm.id}],
        )
        outbox = self.env["project.billing.outbox"].search([("kind", "=", "signed")])
        self.assertIn(request.name, outbox.message_id.body)

    def test_request_that_fails(self):
        """What keeps the request from being made is an activity; the answer stays."""
        self.contract.request_on_acceptance = True
        self._ask()
        self.project.user_id = self.worker
        self._decide()
        self._deliver()
        self.assertTrue(self.first.billing_signed_off)
        self.assertFalse(
            self.env["project.billing.request"].search(
                [("project_id", "=", self.project.id)]
            )
        )
        activity = self.project.activity_ids
        self.assertEqual(activity.user_id, self.worker)
        self.assertIn("No request could be made", activity.note)
