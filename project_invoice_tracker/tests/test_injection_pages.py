"""What people type, through documents, mails, pages and names of files (I27)."""

import io
import shutil
import subprocess
import zipfile
from unittest.mock import patch

from odoo.http import Request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from .cost_common import CostCommon
from .injection_common import CORPUS, POISON, RESULT, LiteralMixin, html_escape, squeeze
from .test_outbox import OutboxCommon

PRE_BILL = "project_invoice_tracker.report_billing_request"


class InjectionPages(LiteralMixin, OutboxCommon):
    """One job with poison in every name, prepared by its manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner_a.write({"email": "client@example.com", "name": POISON})
        cls.project.name = POISON
        cls.project.tag_ids = cls.env["project.tags"].create({"name": POISON})
        cls.rule.write({"name": POISON, "detail": "entry"})
        cls.service.name = POISON
        task = cls.env["project.task"].create(
            {"name": POISON, "project_id": cls.project.id}
        )
        cls._log(4, name=POISON, task_id=task.id)
        cls._create_rule(kind="milestone", name=POISON, contract_amount=1000)
        cls.milestone = cls._create_milestones(100, name=POISON, is_reached=True)
        cls.milestone.with_user(cls.pm).action_billing_sign_off(POISON)
        cls.marks = {
            name: cls.env[name].sudo().search([], order="id desc", limit=1).id or 0
            for name in ("mail.message", "mail.activity")
        }
        cls.request = cls._prepare()
        cls.request.write(
            {
                "customer_reference": POISON,
                "narration": f"<p>{html_escape(POISON)}</p>{CORPUS['script']}",
            }
        )

    def _new(self, model):
        """Return what came since the job began."""
        return self.env[model].sudo().search([("id", ">", self.marks[model])])

    def _talk(self):
        """Say something at every step that takes words."""
        request, line = self.request, self.request.line_ids[:1]
        line.action_comment(POISON)
        line.name = POISON
        line.change_quantity(line.quantity - 1, "write_off", POISON)
        request.action_submit()
        request.with_user(self.approver).action_reject(POISON)
        request.action_submit()
        request.with_user(self.approver).action_approve()
        request.with_user(self.pm).action_create_invoice()
        move = request.sudo().invoice_id.with_user(self.accountant)
        move.sudo(False).action_billing_send_back(POISON)

    def _read_pdf(self, report, record):
        """Return a document as its words, and what it says about itself.

        Nobody answers for the style sheets: with the fonts of Odoo, a wkhtmltopdf of
        Debian draws letters instead of writing them.
        """
        settings = self.env["ir.config_parameter"].sudo()
        settings.set_param("report.url", "http://127.0.0.1:9")
        reports = self.env["ir.actions.report"].with_context(
            force_report_rendering=True
        )
        with mute_logger("odoo.addons.base.models.ir_actions_report"):
            content, _kind = reports.sudo()._render_qweb_pdf(report, record.ids)
        words = subprocess.run(
            ("pdftotext", "-raw", "-", "-"),
            input=content,
            capture_output=True,
            check=True,
        )
        about = PdfFileReader(io.BytesIO(content), strict=False).metadata
        return squeeze(words.stdout.decode()), str(about)

    def _assert_printed(self, report, record, *texts):
        html, _kind = (
            self.env["ir.actions.report"].sudo()._render_qweb_html(report, record.ids)
        )
        self.assertLiteral(html.decode(), *texts)
        if shutil.which("wkhtmltopdf") and shutil.which("pdftotext"):
            printed, about = self._read_pdf(report, record)
            self.assertNotIn(RESULT, printed + about)
            # as much of it as stands in one line of a narrow column
            self.assertIn("{{913*787}}", printed)


@tagged("post_install", "-at_install")
class TestInjectionPages(InjectionPages, HttpCase):
    """What is printed, and what is opened by an address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.approver, cls.pm):
            user.password = f"{user.login}-password"

    def _log_in(self, user):
        self.authenticate(user.login, f"{user.login}-password")

    def _answer(self, url, **data):
        token = Request.csrf_token(self)
        return self.url_open(url, data={"csrf_token": token, **data})

    def test_pre_bill(self):
        """I27: the pre-bill prints names and texts as they are, on paper and screen."""
        self._assert_printed(
            PRE_BILL,
            self.request,
            POISON,
            *(line.name for line in self.request.line_ids),
        )

    def test_decision_page(self):
        """I27: who decides reads what was typed, and types a reason that is kept."""
        self.request.action_submit()
        self._log_in(self.approver)
        for decision in ("approve", "reject"):
            page = self.url_open(f"/billing/request/{self.request.id}/{decision}")
            self.assertLiteral(page.text, POISON)
        submission = self.request.sudo()._submitted().id
        answer = self._answer(page.url, reason=POISON, submission=submission)
        self.assertLiteral(answer.text)
        self.env.invalidate_all()
        decision = self.request.sudo().approval_ids.sorted("id")[-1:]
        self.assertEqual(decision.comment, POISON)
        self.assertLiteral(self.request.sudo().message_ids[:1].body, POISON)

    def test_error_on_the_decision_page(self):
        """I27: a refusal that names a record names it in letters."""
        self.request.action_submit()
        self._log_in(self.pm)
        submission = self.request.sudo()._submitted().id
        answer = self._answer(
            f"/billing/request/{self.request.id}/reject",
            reason=POISON,
            submission=submission,
        )
        self.assertIn("alert-danger", answer.text)
        self.assertLiteral(answer.text)

    def test_every_kind_of_harm(self):
        """I27: each text of the corpus by itself, in the places that show most."""
        line = self.request.line_ids[:1]
        for kind, text in CORPUS.items():
            if kind == "long":
                continue
            with self.subTest(kind):
                line.name = text
                self.project.name = text
                self.request.customer_reference = text
                html, _kind = (
                    self.env["ir.actions.report"]
                    .sudo()
                    ._render_qweb_html(PRE_BILL, self.request.ids)
                )
                self.assertLiteral(html.decode(), text)
                mail = self.env["ir.qweb"]._render(
                    "project_invoice_tracker.mail_decision",
                    {
                        "record": self.request.sudo(),
                        "facts": self.request.sudo()._decision_facts(),
                        "since": text,
                        "days": text,
                        "kind": "reminder",
                    },
                )
                self.assertLiteral(str(mail), text)

    def test_invoice(self):
        """I27: the invoice, on paper, and as the customer sees it in the portal."""
        move = self._post(self.request)
        self._assert_printed("account.account_invoices", move.sudo(), POISON)
        customer = new_test_user(self.env, "portal_poison", groups="base.group_portal")
        customer.partner_id.write({"parent_id": self.partner_a.id, "name": POISON})
        self.project.privacy_visibility = "portal"
        self.project.message_subscribe(customer.partner_id.ids)
        self.authenticate(customer.login, customer.login)
        for url, shown in self._pages_of_the_customer(move).items():
            with self.subTest(url):
                page = self.url_open(url)
                self.assertEqual(page.status_code, 200)
                self.assertLiteral(page.text, *shown)

    def _pages_of_the_customer(self, move):
        """Return the pages, and what each is to show in letters."""
        return {f"/my/invoices/{move.id}": (), "/my/projects": (POISON,)}


@tagged("post_install", "-at_install")
class TestInjectionMails(InjectionPages):
    """What is told: messages, notes of activities, mails."""

    def test_messages(self):
        """I27: every message on the way is plain; comments and reasons are kept."""
        self._talk()
        self._deliver()
        messages = self._new("mail.message")
        self.assertGreater(len(messages), 5)
        said = "".join(messages.mapped("body"))
        self.assertLiteral(said, POISON)
        for message in messages:
            with self.subTest(message.subject or message.body[:40]):
                self.assertLiteral(message.body or "<p/>")
                self.assertNotIn(RESULT, message.subject or "")
        for activity in self._new("mail.activity"):
            with self.subTest(activity.summary):
                self.assertLiteral(activity.note or "<p/>")
                self.assertNotIn(RESULT, activity.summary or "")

    def test_activities(self):
        """I27: what somebody is asked in a note is text, markup and all."""
        self._log(9, "2025-06-01", name=POISON)
        self.rule.date_start = "2025-01-01"
        self.env.flush_all()
        leaks = self.env["project.billing.leak"].with_user(self.approver)
        leak = leaks.search([("project_id", "=", self.project.id)], limit=1)
        leak.assign(self.pm.id, note=f"{POISON}\nline two")
        [activity] = self._new("mail.activity").filtered("billing_leak")
        self.assertLiteral(activity.note, POISON, "line two")
        self.assertIn("<br", activity.note)

    def test_failure_of_a_mail(self):
        """I27: what a mail server answers is told as text, addresses in angles too."""
        self.request.action_submit()
        answer = f"550 <client@example.com> {POISON}"
        row = self._rows("approval", request_id=self.request.id)[:1]
        row._engine().write({"state": "failed", "error": answer})
        row._tell_owner()
        notes = self._new("mail.activity").filtered(
            lambda a: "Not delivered" in a.summary
        )
        self.assertTrue(notes)
        for activity in notes:
            self.assertLiteral(activity.note, answer)

    def test_mails(self):
        """I27: subject and text of a mail are what was typed, and no header more."""
        self._post(self.request)
        header = "Hello {{ object.name }} %s\r\nBcc: thief@example.com\r\n\r\nData"
        sent = []

        def send(_server, message, *_args, **_kwargs):
            sent.append(message)
            return message["Message-Id"]

        server = {
            "_disable_send": classmethod(lambda cls: False),
            "_connect__": lambda *_args, **_kwargs: None,
            "send_email": send,
        }
        with patch.multiple(IrMail_Server, **server):
            self.request.with_user(self.pm).action_send(
                [], subject=header, body=f"<p>{POISON}</p>{CORPUS['script']}"
            )
            self._deliver()
        self.assertTrue(sent)
        for message in sent:
            self.assertIsNone(message["Bcc"])
            self.assertNotIn("\n", message["Subject"])
            for part in ("plain", "html"):
                text = message.get_body((part,)).get_content()
                self.assertNotIn(RESULT, text)
                self.assertNotIn("<script", text)
        subjects = " ".join(message["Subject"] for message in sent)
        self.assertIn("Hello {{ object.name }} %s Bcc: thief@example.com", subjects)
        body = sent[-1].get_body(("html",)).get_content()
        self.assertLiteral(body, "{{913*787}}")

    def test_mail_of_the_template(self):
        """I27: names that Odoo's template fills in are letters as well."""
        move = self._post(self.request)
        self.request.with_user(self.pm).action_send([])
        self._deliver()
        messages = self._new("mail.message").filtered(
            lambda message: message.model == "account.move" and message.attachment_ids
        )
        self.assertTrue(messages)
        for message in messages:
            self.assertLiteral(message.body, self.partner_a.name)
            self.assertNotIn("\n", message.subject)
            for name in message.attachment_ids.mapped("name"):
                self.assertNotRegex(name, r"[\r\n/\\]")
        self.assertEqual(move.state, "posted")


@tagged("post_install", "-at_install")
class TestInjectionFiles(CostCommon, HttpCase):
    """Names of the receipts behind a cost."""

    NAMES = (
        "a\r\nSet-Cookie: x=1\r\n\r\n.pdf",
        '"; filename="evil.exe',
        "../../../etc/passwd",
        "C:\\windows\\x.pdf",
        "<img src=x onerror=window.hostile=1>.html",
        "invoice\u202efdp.exe",
    )

    def _attach(self, names):
        return self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": b"<script>window.hostile=1</script>",
                    "res_model": self.bill._name,
                    "res_id": self.bill.id,
                }
                for name in names
            ]
        )

    def test_names_of_files(self):
        """I27: a receipt keeps its name out of headers and out of folders."""
        self.bill = self._create_bill(100.0)
        item = self._items()
        self.pm.password = "manager-password"
        self.authenticate(self.pm.login, "manager-password")
        receipt = self._attach(self.NAMES[:1])
        url = f"/project_invoice_tracker/receipts/{item.id}"
        for name in self.NAMES:
            receipt.name = name
            self.env.flush_all()
            answer = self.url_open(url)
            with self.subTest(name):
                self.assertEqual(answer.status_code, 200)
                self.assertNotIn("x=1", answer.headers.get("Set-Cookie", ""))
                # downloaded, never shown: a page in it would be one of ours
                header = answer.headers["Content-Disposition"]
                self.assertRegex(header, r"^attachment; filename[^/]+$")
                self.assertNotRegex(header, r"%E2%80%AE|%0D|%0A")
                self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        self._attach(self.NAMES[1:])
        content = io.BytesIO(self.url_open(url).content)
        with zipfile.ZipFile(content) as archive:
            names = archive.namelist()
        self.assertEqual(len(names), len(self.NAMES))
        for name in names:
            with self.subTest(name):
                self.assertRegex(name, r"^\d\d [^/\\\r\n]+$")
