"""The evidence pack, read from the real PDF."""

import io
import re
import shutil
from datetime import date
from decimal import Decimal

from PIL import Image

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger, pdf

from ..exceptions import BillingError
from .cost_common import CostCommon
from .document_common import DocumentCommon

LAYOUTS = (
    "web.external_layout_standard",
    "web.external_layout_boxed",
    "web.external_layout_bold",
)
FONTS = """
    <xpath expr="//head" position="inside">
        <style>* { font-family: sans-serif !important; }</style>
    </xpath>
"""


def text_of(content):
    """Return the text of a PDF, with plain spaces."""
    reader = pdf.PdfFileReader(io.BytesIO(content), strict=False)
    pages = (reader.getPage(n).extract_text() for n in range(reader.getNumPages()))
    return re.sub(r"[\s\xa0\u202f\ufeff]+", " ", " ".join(pages))


def page_count(content):
    return pdf.PdfFileReader(io.BytesIO(content), strict=False).getNumPages()


def a_pdf(protected=False):
    """Return a PDF of one empty page."""
    writer = pdf.PdfFileWriter()
    writer.addBlankPage(width=200, height=200)
    writer.addMetadata({"/Author": "Internal Author"})
    if protected:
        writer.encrypt("secret")
    with io.BytesIO() as stream:
        writer.write(stream)
        return stream.getvalue()


def an_image():
    with io.BytesIO() as stream:
        Image.new("RGB", (600, 300), "navy").save(stream, format="PNG")
        return stream.getvalue()


class EvidenceCommon(DocumentCommon, CostCommon):
    def _add_receipts(self, bill, **files):
        return self.env["ir.attachment"].create(
            [
                {
                    "name": name.replace("_", "."),
                    "raw": raw,
                    "res_model": "account.move",
                    "res_id": bill.id,
                }
                for name, raw in files.items()
            ]
        )

    def _post_all_kinds(self):
        """Post an invoice of time, a milestone with its sign-off and a cost."""
        self._create_rule(
            kind="milestone", product_id=self.product_a.id, contract_amount=1000
        )
        milestone = self._create_milestones(100)
        milestone.is_reached = True
        milestone.with_user(self.pm).action_billing_sign_off(
            "Ms Grey", date(2026, 3, 4)
        )
        self._log_two_tasks()
        self.bill = self._create_bill(80, share=100)
        self._add_receipts(self.bill, invoice_pdf=a_pdf(), photo_png=an_image())
        request = self._prepare()
        request.customer_reference = "PO 4711"
        return self._post(request).sudo()


@tagged("post_install", "-at_install")
class TestEvidence(EvidenceCommon, HttpCase):
    def setUp(self):
        super().setUp()
        # wkhtmltopdf fetches the style sheets from the server of the test
        self.env["ir.config_parameter"].set_param("report.url", self.base_url())
        # some builds of it draw the fonts of the web as lines, which nobody can read
        self.env["ir.ui.view"].create(
            {
                "name": "Fonts of the system",
                "type": "qweb",
                "inherit_id": self.env.ref("web.minimal_layout").id,
                "arch": FONTS,
            }
        )

    def _pack(self, move):
        self._needs_printer()
        return move.with_context(force_report_rendering=True)._billing_make_pack()

    def _invoice_text(self, move):
        self._needs_printer()
        move = move.with_context(force_report_rendering=True)
        return text_of(move._billing_invoice_pdf())

    def _needs_printer(self):
        if not shutil.which("wkhtmltopdf"):
            self.skipTest("wkhtmltopdf is not installed")

    # === PRINTED ===

    def _check_printed(self, move, layout, total, sums):
        self.company.external_report_layout_id = self.env.ref(layout)
        printed = self._invoice_text(move)
        self.assertIn("PO 4711", printed)
        self.assertIn(total, printed)
        for amount in sums:
            self.assertIn(amount, printed)
        return printed

    def test_three_layouts_in_two_languages(self):
        """Sections, period and sums of the invoice, as the customer writes numbers."""
        for lang in ("fr_FR", "de_DE"):
            self.env["res.lang"]._activate_lang(lang)
        self.partner_a.lang = "fr_FR"
        move = self._post_all_kinds()
        sections = move.invoice_line_ids.filtered(
            lambda line: line.display_type == "line_section"
        )
        self.assertEqual(len(sections), 3)
        untaxed = Decimal(str(move.amount_untaxed))
        self.assertEqual(
            sum(Decimal(str(s.get_section_subtotal())) for s in sections), untaxed
        )
        self.assertEqual(untaxed, Decimal("1290.00"))
        for layout in LAYOUTS:
            with self.subTest(layout=layout):
                self._check_printed(
                    move, layout, "1 290,00", ("200,00", "1 000,00", "90,00")
                )
        self.partner_a.lang = "de_DE"
        for layout in LAYOUTS:
            with self.subTest(layout=layout, lang="de_DE"):
                printed = self._check_printed(
                    move, layout, "1.290,00", ("200,00", "1.000,00", "90,00")
                )
                self.assertIn("02.03.2026 –", printed)

    def test_pack(self):
        """Invoice, annex and receipts; what is printed of the annex adds up."""
        self.project.billing_template_id = self._create_template(
            show_value=True,
            show_description=True,
            with_approvals=True,
            introduction="Dear client",
            closing="Thank you <b>very</b> much {{ 7*7 }}",
        )
        move = self._post_all_kinds()
        content = self._pack(move)
        printed = text_of(content)
        for said in (
            move.name,
            "Dear client",
            "Thank you <b>very</b> much {{ 7*7 }}",
            "Ms Grey",
            "Logo",
            "2:00",
            "1. invoice.pdf",
            "2. photo.png",
            self.approver.name,
        ):
            self.assertIn(said, printed)
        for internal in ("third attempt", "forgotten", "41.37", "80.00"):
            self.assertNotIn(internal, printed)
        # the entries: 133.33 + 33.33 + 33.34 make the line
        for amount in ("133.33", "33.33", "33.34", "200.00", "1,000.00", "90.00"):
            self.assertIn(amount, printed)
        self.assertEqual(page_count(content), 4)

    def test_pre_bill_shows_what_the_client_gets(self):
        """Sections, texts and annex before anybody approves; and who did."""
        self._needs_printer()
        self.project.billing_template_id = self._create_template(
            introduction="Dear client", closing="Kind regards"
        )
        self.company.billing_allow_self_approval = True
        self.pm.group_ids += self.env.ref(
            "project_invoice_tracker.group_billing_approver"
        )
        self._log_two_tasks()
        self._create_bill(80, share=100)
        request = self._prepare()
        request.action_submit()
        request.action_approve()
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf(
                "project_invoice_tracker.report_billing_request", request.ids
            )
        )
        printed = text_of(content)
        for said in (
            "Not an invoice".upper(),
            "who asked for it, edited it",
            "Dear client",
            "Kind regards",
            "Time $ 200.00",
            "Costs $ 90.00",
            "1:20",
            "Hoster, Server 1",
        ):
            self.assertIn(said, printed)
        self.assertEqual(page_count(content), 2)

    def test_no_internal_metadata(self):
        """Nothing of the house or of the suppliers' files is in the properties."""
        move = self._post_all_kinds()
        content = self._pack(move)
        reader = pdf.PdfFileReader(io.BytesIO(content), strict=False)
        self.assertEqual(set(reader.metadata), {"/Creator", "/Producer"})
        self.assertEqual(set(reader.metadata.values()), {"Odoo"})
        for internal in (b"Internal Author", b"CreationDate", b"/Author", b"/Title"):
            self.assertNotIn(internal, content)

    def test_the_same_again(self):
        """Made twice, with everything else changed between: the same bytes."""
        move = self._post_all_kinds()
        first = self._pack(move)
        self.design.name = "Renamed"
        self.ann.name = "Married"
        self.project.name = "Other"
        self.project.milestone_ids.name = "Other milestone"
        self.project.billing_template_id = self._create_template(detail="person")
        self.env["ir.attachment"].search(
            [("res_model", "=", "account.move"), ("res_id", "=", self.bill.id)]
        ).unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertTrue(self._pack(move) == first, "not the same bytes")

    @mute_logger("PyPDF2._reader", "PyPDF2", "PyPDF2.generic._data_structures")
    def test_what_cannot_be_printed(self):
        """A protected, a broken and another file are named, and lose nothing else."""
        bill = self._create_bill(80, share=100)
        self._add_receipts(
            bill,
            locked_pdf=a_pdf(protected=True),
            broken_pdf=b"%PDF-1.4 not at all",
            broken_png=b"\x89PNG\r\n\x1a\n not at all",
            table_csv=b"a;b",
            good_pdf=a_pdf(),
        )
        move = self._post().sudo()
        content = self._pack(move)
        printed = text_of(content)
        self.assertIn("Receipts that cannot be printed here", printed)
        unprinted = printed.split("Receipts that cannot be printed here")[1]
        for name in ("locked.pdf", "broken.pdf", "broken.png", "table.csv"):
            self.assertIn(name, unprinted)
        self.assertNotIn("good.pdf", unprinted)
        self.assertEqual(page_count(content), 3)

    def test_foreign_receipt(self):
        """What was paid in another currency is said, unless it tells the margin."""
        euro = self.setup_other_currency("EUR", rates=[("2026-01-01", 2.0)])
        for markup, said in ((0, True), (12.5, False)):
            with self.subTest(markup=markup):
                self.cost_rule.write({"cost_policy": "markup" if markup else "cost"})
                self._create_bill(80, share=100, currency_id=euro.id)
                move = self._post()
                [row] = self._content(move)["costs"]
                self.assertEqual(bool(row["original"]), said)
                if said:
                    self.assertEqual(row["original"], "80.00")
                    self.assertEqual(row["original_currency"], euro.name)

    # === KEPT FILES ===

    def test_receipts_are_kept(self):
        """The files stay when the bill loses them; a note's attachment is none."""
        bill = self._create_bill(80, share=100)
        self._add_receipts(bill, invoice_pdf=a_pdf())
        bill.message_post(
            body="Internal",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachments=[("memo.pdf", a_pdf())],
        )
        move = self._post().sudo()
        annex = self.env["project.billing.annex"].search([("move_id", "=", move.id)])
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", annex._name), ("res_id", "=", annex.id)]
        )
        self.assertEqual(kept.mapped("name"), ["invoice.pdf"])
        self.assertEqual(kept.raw, a_pdf())
        [described] = annex.content["files"]
        self.assertEqual(described["checksum"], kept.checksum)
        move.button_draft()
        self.assertFalse(kept.exists())

    # === WHO ===

    def test_refusals(self):
        self._log(1)
        move = self._invoice()
        request = move.sudo().billing_request_ids.with_user(self.pm)
        with self.assertRaisesRegex(BillingError, "is not posted"):
            move.with_user(self.accountant).action_billing_evidence_pack()
        with self.assertRaisesRegex(UserError, "is a draft"):
            request.action_evidence_pack()
        move.action_post()
        with self.assertRaises(AccessError):
            request.with_user(self.other_pm).action_evidence_pack()
        with self.assertRaises(AccessError):
            move.with_user(self.pm).action_billing_evidence_pack()
        credit = self._credit(move)
        with self.assertRaisesRegex(BillingError, "not made from billing requests"):
            credit.action_billing_evidence_pack()
        with self.assertRaises(AccessError):
            move.sudo(False).with_user(self.accountant).write(
                {"billing_pack_file": b"abc"}
            )

    def test_nothing_stands_behind(self):
        """An invoice of typed lines has no pack with an empty page."""
        self._log(1)
        request = self._prepare()
        request.line_ids.unlink()
        request.line_ids = [Command.create({"name": "Travel", "price_unit": 50})]
        move = self._post(request)
        with self.assertRaisesRegex(BillingError, "Nothing stands behind"):
            move.with_user(self.accountant).action_billing_evidence_pack()
        with self.assertRaisesRegex(BillingError, "Nothing stands behind"):
            request.with_user(self.pm).action_evidence_pack()
        self.authenticate(self.accountant.login, self.accountant.login)
        with mute_logger("odoo.http"):
            page = self.url_open(f"/project_invoice_tracker/evidence/{move.id}")
        self.assertEqual(page.status_code, 404)

    def test_old_invoice_is_kept(self):
        """The first pack of an older invoice keeps what it was made of."""
        self._log(1)
        move = self._post()
        self.env["project.billing.annex"].search([])._engine().unlink()
        request = move.sudo().billing_request_ids.with_user(self.pm)
        action = request.action_evidence_pack()
        self.assertEqual(action["url"], f"/project_invoice_tracker/evidence/{move.id}")
        self.assertTrue(self._content(move)["time"])

    def test_download(self):
        """Accounting and the manager get it; everybody else finds nothing."""
        self._log(1)
        move = self._post()
        url = f"/project_invoice_tracker/evidence/{move.id}"
        for user in (self.pm, self.other_pm, self.accountant, self.worker):
            user.password = user.login
        for user, status in (
            (self.pm, 200),
            (self.accountant, 200),
            (self.other_pm, 404),
            (self.worker, 404),
        ):
            with self.subTest(user=user.login):
                self.authenticate(user.login, user.login)
                self.assertEqual(self.url_open(url).status_code, status)
        self.authenticate(self.pm.login, self.pm.login)
        self.assertEqual(self.url_open(f"{url}999").status_code, 404)

    def test_shared_invoice(self):
        """A manager of one of the projects gets no pack of the others'."""
        self.partner_a.billing_one_invoice = True
        shop = self._create_project(name="Shop", user_id=self.other_pm.id)
        self._create_rule(shop)
        self._log(2)
        self._log(3, project_id=shop.id)
        requests = empty = self.env["project.billing.request"]
        for user, project in ((self.pm, self.project), (self.other_pm, shop)):
            request = empty.with_user(user).prepare(project, date(2026, 12, 31))
            request.action_submit()
            request.with_user(self.approver).action_approve()
            request.action_create_invoice()
            requests |= request.sudo()
        move = requests.invoice_id
        self.assertEqual(len(move), 1)
        move.action_post()
        with self.assertRaisesRegex(AccessError, "projects that you do not manage"):
            requests[0].with_user(self.pm).sudo(False).action_evidence_pack()
        self.assertTrue(
            move.with_user(self.accountant).sudo(False).action_billing_evidence_pack()
        )

    # === SENT ===

    def test_sent_by_odoo(self):
        """Odoo's own sending attaches it, and it stays what it was."""
        self.partner_a.email = "client@example.com"
        self._log(1)
        move = self._post()
        sender = self.env["account.move.send"].with_user(self.accountant)
        sender._generate_and_send_invoices(move, sending_methods=["email"])
        message = move.sudo().message_ids.filtered(
            lambda m: m.message_type == "comment"
        )[:1]
        name = move._billing_pack_name()
        self.assertIn(name, message.attachment_ids.mapped("name"))
        stored = move._billing_stored_pack()
        self.assertEqual(stored.name, name)
        sender._generate_and_send_invoices(move, sending_methods=["email"])
        self.assertEqual(move._billing_stored_pack(), stored)

    def test_nothing_to_attach(self):
        """Without an annex only the invoice goes out."""
        self.company.billing_template_id = self._create_template(
            with_annex=False, with_receipts=False
        )
        self._log(1)
        move = self._post()
        sender = self.env["account.move.send"].with_user(self.accountant)
        sender._generate_and_send_invoices(move, sending_methods=["email"])
        self.assertFalse(move._billing_stored_pack())

    # === SECTIONS ===

    def test_one_kind_has_no_heading(self):
        self._log(1)
        move = self._invoice()
        self.assertEqual(move.invoice_line_ids.mapped("display_type"), ["product"])

    def test_template_without_sections(self):
        self.company.billing_template_id = self._create_template(in_sections=False)
        move = self._post_all_kinds()
        self.assertEqual(set(move.invoice_line_ids.mapped("display_type")), {"product"})

    def test_message_of_the_project(self):
        """A new request begins with it; the invoice has what the manager left."""
        self.project.billing_message = "<p>Happy to help<script>x()</script></p>"
        self._log(1)
        request = self._prepare()
        self.assertIn("Happy to help", request.narration)
        self.assertNotIn("script", request.narration)
        request.narration = "<p>Other</p>"
        self.assertIn("Other", self._invoice(request).narration)

    def test_credit_note_of_sections(self):
        """Headings credit nothing, and disturb no credit."""
        move = self._post_all_kinds()
        entries = self.project.timesheet_ids
        self.assertMinutes((0, 0, 120, 0), entries)
        self._credit(move.with_user(self.accountant).sudo(False))
        self.assertMinutes((120, 0, 0, 0), entries)
