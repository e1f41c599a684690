"""The portal page of an invoice: who may ask, and what the page tells (I5, I27)."""

from odoo.http import Request
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .question_common import QuestionCommon

MARKUP = "<script>alert(1)</script> {{ 7*7 }} =cmd()"


@tagged("post_install", "-at_install")
class TestQuestionPortal(QuestionCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.client, cls.stranger):
            user.password = user.login

    def setUp(self):
        super().setUp()
        self.move = self._posted_invoice()
        self.monday = self._line(self.move, 4.5)
        self.url = f"/my/billing/invoice/{self.move.id}/question"

    def _login(self, user):
        self.authenticate(user and user.login, user and user.login)

    def _send(self, url=None, **values):
        values.setdefault("csrf_token", Request.csrf_token(self))
        self.env.flush_all()
        response = self.url_open(url or self.url, values)
        self.env.invalidate_all()
        return response

    def _questions(self):
        return self.env["project.billing.question"].search(
            [("move_id", "=", self.move.id)]
        )

    def _page(self, token=""):
        self.env.flush_all()
        address = f"/my/invoices/{self.move.id}"
        return self.url_open(f"{address}?access_token={token}" if token else address)

    def test_logged_in(self):
        self._login(self.client)
        page = self._page().text
        self.assertIn("Ask about a line", page)
        self.assertNotIn("Your name", page)
        response = self._send(
            line_id=self.monday.id, quantity="1,5", text=MARKUP, name="Somebody Else"
        )
        self.assertEqual(response.status_code, 200)
        question = self._questions()
        self.assertRecordValues(
            question,
            [
                {
                    "text": MARKUP,
                    "quantity": 1.5,
                    "partner_id": self.client.partner_id.id,
                    "name": "client_test contact",
                    "by_link": False,
                    "create_uid": self.client.id,
                }
            ],
        )
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", response.text)
        self.assertNotIn("<script>alert(1)", response.text)
        self.assertIn("{{ 7*7 }} =cmd()", response.text)
        self.assertIn("172.50", response.text)
        self.assertIn("747.50", response.text)
        self._as(self.pm, question).action_answer(MARKUP)
        page = self._page().text
        self.assertNotIn("<script>alert(1)", page)
        self.assertIn("Our answer", page)
        self.assertNotIn("747.50", page)
        for canary in ("41.37", "project.billing", "billing_line_id", "hourly"):
            self.assertNotIn(canary, page)

    def test_with_the_link(self):
        """Whoever has the link asks by a name, and withdraws."""
        self._login(None)
        token = self.move._portal_ensure_token()
        self.assertIn("Your name", self._page(token).text)
        response = self._send(access_token=token, line_id=self.monday.id, text="Why?")
        self.assertIn("Your name is missing", response.text)
        self.assertFalse(self._questions())
        response = self._send(
            access_token=token, line_id=self.monday.id, text="Why?", name=MARKUP
        )
        question = self._questions()
        self.assertRecordValues(question, [{"name": MARKUP, "by_link": True}])
        self.assertNotIn("<script>alert(1)", response.text)
        # as the cron does, which this test cannot run
        self._rows("question")._engine()._deliver()
        message = self._told(question.request_id, self.pm)
        self.assertNotIn("<script>", message.body)
        self._send(f"{self.url}/{question.id}/withdraw", access_token=token)
        self.assertEqual(question.state, "withdrawn")

    @mute_logger("odoo.http")
    def test_link_withdraws_nothing_of_others(self):
        """Who may read the invoice here has its link, and is no client for that."""
        token = self.move._portal_ensure_token()
        by_login, tuesday = self._ask(self.monday), self._line(self.move, 3.5)
        self._login(None)
        self._send(access_token=token, line_id=tuesday.id, text="Why?", name="Cy")
        by_link = self._questions() - by_login
        page = self._page(token).text
        self.assertNotIn(f"/question/{by_login.id}/withdraw", page)
        self.assertIn(f"/question/{by_link.id}/withdraw", page)
        self.accountant.password = self.accountant.login
        for user in (None, self.accountant):
            self._login(user)
            page = self._page(token).text
            self.assertNotIn("/withdraw", page)
            for question in (by_login, by_link):
                url = f"{self.url}/{question.id}/withdraw"
                response = self._send(url, access_token=token)
                self.assertEqual(response.status_code, 404)
                self.assertEqual(question.state, "open")
        # a contact of the customer, for a colleague who had the link only
        self._login(self.client)
        self._send(f"{self.url}/{by_link.id}/withdraw")
        self.assertEqual(by_link.state, "withdrawn")

    def test_what_was_typed_stays(self):
        self._login(self.client)
        for values, sentence in (
            ({"line_id": self.monday.id, "text": " "}, "Your question is missing"),
            ({"line_id": "abc", "text": "Why?"}, "Choose the line"),
            ({"line_id": -1, "text": "Why?"}, "Choose the line"),
            ({"text": "Why?"}, "Choose the line"),
            (
                {"line_id": self.monday.id, "text": "Why?", "quantity": "many"},
                "is a number",
            ),
            (
                {"line_id": self.monday.id, "text": "Why?", "quantity": "1e999"},
                "is a number",
            ),
        ):
            with self.subTest(values=values):
                response = self._send(**values)
                self.assertEqual(response.status_code, 200)
                self.assertIn(sentence, response.text)
                if values.get("text") == "Why?":
                    self.assertIn("Why?</textarea>", response.text)
        self.assertFalse(self._questions())

    @mute_logger("odoo.http")
    def test_everybody_else(self):
        """I5: no token, a wrong, empty or foreign one, another customer: not found."""
        token = self.move._portal_ensure_token()
        foreign = self._posted_invoice(2)
        foreign_token = foreign._portal_ensure_token()
        question = self._ask(self.monday)
        # what the server says to an address that there is not
        self._login(None)
        answers = set()
        draft = self._draft()
        for user in (None, self.stranger, self.pm, self.accountant):
            if user:
                user.password = user.login
            self._login(user)
            for some_token in (None, "", "x", token[:-1], foreign_token):
                for url in (
                    self.url,
                    f"{self.url}/{question.id}/withdraw",
                    f"/my/billing/invoice/{2**31 - 5}/question",
                    f"/my/billing/invoice/{draft.id}/question",
                ):
                    values = {"line_id": self.monday.id, "text": "x", "name": "x"}
                    if some_token is not None:
                        values["access_token"] = some_token
                    with self.subTest(user=user and user.login, token=some_token):
                        response = self._send(url, **values)
                        self.assertEqual(response.status_code, 404)
                        answers.add((user and user.login, len(response.text) // 200))
        self.assertEqual(len({login for login, _size in answers}), len(answers))
        self.assertEqual(question.state, "open")
        self.assertEqual(self._questions(), question)
        # of another invoice, by its own client
        self._login(self.client)
        url = f"/my/billing/invoice/{foreign.id}/question/{question.id}/withdraw"
        self.assertEqual(self._send(url).status_code, 404)
        self.assertEqual(question.state, "open")

    @mute_logger("odoo.http")
    def test_colleagues_and_drafts(self):
        """I5: whoever works here is no client, and a draft nobody's invoice yet."""
        colleague = self.accountant
        colleague.password = colleague.login
        colleague.partner_id.parent_id = self.partner_a
        values = {"line_id": self.monday.id, "text": "x", "name": "x"}
        self._login(colleague)
        self.assertEqual(self._send(**values).status_code, 404)
        draft = self._draft()
        self._login(None)
        response = self._send(
            f"/my/billing/invoice/{draft.id}/question",
            access_token=draft.access_token,
            **values,
        )
        self.assertEqual(response.status_code, 404)
        self.assertFalse(self._questions())

    def _draft(self):
        self._log(1, day="2026-03-25")
        move = self._invoice().sudo()
        move._portal_ensure_token()
        return move

    @mute_logger("odoo.http")
    def test_get_changes_nothing(self):
        """A link asks nothing, and a form without its token neither."""
        self._login(self.client)
        self.env.flush_all()
        for url in (self.url, f"{self.url}/1/withdraw"):
            self.assertIn(self.url_open(url).status_code, (404, 405))
        response = self._send(csrf_token="x", line_id=self.monday.id, text="Why?")
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self._questions())

    def test_colleagues_look_only(self):
        """Who may read the invoice in accounting sees the questions, without a form."""
        self._ask(self.monday)
        self.accountant.password = self.accountant.login
        self._login(self.accountant)
        page = self._page().text
        self.assertIn("Why so much?", page)
        self.assertNotIn("Ask about a line", page)
        self.assertNotIn("Withdraw the question", page)

    def test_invoices_of_others(self):
        """An invoice that no request made has no questions."""
        move = self.init_invoice(
            "out_invoice", partner=self.partner_a, amounts=[100], post=True
        )
        self._login(self.client)
        page = self.url_open(f"/my/invoices/{move.id}").text
        self.assertNotIn("Questions about this invoice", page)

    def test_pay_the_rest(self):
        """Odoo's own payment takes the undisputed amount, by a link signed for it."""
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", True
        )
        self._ask(self.monday)
        self._login(self.client)
        page = self._page().text
        link = page.split("o_billing_pay_rest")[1].split('href="')[1].split('"')[0]
        link = link.replace("&amp;", "&")
        self.assertIn("amount=402.5", link)
        paying = self.url_open(link).text
        self.assertIn("402.50", paying)
        self.assertIn('id="pay_with"', paying)
        tampered = self.url_open(link.replace("amount=402.5", "amount=1.5"))
        self.assertNotIn('id="pay_with"', tampered.text)

    def test_all_is_in_question(self):
        """Where nothing is left to pay, no rest of 0.00 is said."""
        self._ask(self.monday)
        self._login(self.client)
        self.assertIn("The rest,", self._page().text)
        self._ask(self._line(self.move, 3.5))
        page = self._page().text
        self.assertIn("is in question until", page)
        self.assertNotIn("The rest,", page)
        self.assertNotIn("o_billing_pay_rest", page)

    def test_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.client.partner_id.lang = "fr_FR"
        self._login(self.client)
        self.assertEqual(self._page().status_code, 200)
