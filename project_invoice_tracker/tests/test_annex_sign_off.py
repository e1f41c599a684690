"""Sign-offs in the annex: what is said of them, and the drawn signature."""

import base64
import io
import shutil

from odoo.tests import HttpCase, tagged
from odoo.tools import pdf

from ..exceptions import BillingError
from .portal_common import PortalCommon
from .test_receipt_pages import drawn, opened


def pictures(content):
    """Return the number of pictures on the pages of a PDF."""
    reader = pdf.PdfFileReader(io.BytesIO(content), strict=False)
    return sum(
        drawing.get_object()["/Subtype"] == "/Image"
        for number in range(reader.getNumPages())
        for drawing in reader.getPage(number)["/Resources"].get("/XObject", {}).values()
    )


class AnnexSignOffCommon(PortalCommon):
    def _sign(self, decision="accepted", milestone=None, **answer):
        self._ask(milestone)
        answer.setdefault("signature", base64.b64encode(drawn()).decode())
        return self._decide(decision, milestone, **answer)

    def _rows(self, move, **options):
        """Return ``[(milestone, what is said, number of drawings)]``."""
        annex = move.sudo().with_context(lang="en_US")._billing_annex(**options)
        return [
            (
                row["name"],
                [each["said"] for each in row["sign_offs"]],
                sum(len(each["drawings"]) for each in row["sign_offs"]),
            )
            for row in annex["projects"][0]["milestones"]["rows"]
        ]

    def _kept(self, move):
        annex = self.env["project.billing.annex"].search([("move_id", "=", move.id)])
        return self.env["ir.attachment"].search(
            [("res_model", "=", annex._name), ("res_id", "in", annex.ids)]
        )


@tagged("post_install", "-at_install")
class TestAnnexSignOff(AnnexSignOffCommon):
    def test_drawn_by_the_client(self):
        """Name and day for everybody who reads the invoice, the drawing on paper."""
        self._sign()
        move = self._post()
        said = [f"Accepted by Carla Client on {self._day()}"]
        self.assertEqual(self._rows(move), [("Design", said, 0)])
        self.assertEqual(self._rows(move, drawn=True), [("Design", said, 1)])
        self.assertEqual(self._kept(move).raw, drawn())

    def _day(self):
        return self.first.billing_acceptance_ids[:1].day.strftime("%m/%d/%Y")

    def test_in_part(self):
        """Each invoice says what was accepted by then."""
        self._sign("part", percent="40")
        first = self._post()
        self._sign()
        second = self._post()
        part = f"40 % accepted by Carla Client on {self._day()}"
        rest = f"Accepted by Carla Client on {self._day()}"
        self.assertEqual(self._rows(first, drawn=True), [("Design", [part], 1)])
        self.assertEqual(self._rows(second, drawn=True), [("Design", [part, rest], 2)])

    def test_not_accepted(self):
        """Refusals and questions are between the client and the manager."""
        self._ask()
        self._decide("question", reason="Which version?")
        self._decide("refused", reason="Late")
        self._sign()
        [(_name, said, _drawn)] = self._rows(self._post())
        self.assertEqual(len(said), 1)
        self.assertIn("Accepted by", said[0])

    def test_revoked(self):
        """What was taken back is not shown with what was accepted after it."""
        self._sign(name="Too Early")
        self.first.with_user(self.pm).action_billing_revoke_sign_off("Wrong one")
        self._sign(name="Carla Client")
        [(_name, said, count)] = self._rows(self._post(), drawn=True)
        self.assertEqual((len(said), count), (1, 1))
        self.assertIn("Carla Client", said[0])

    def test_deemed(self):
        """It says so; nobody drew anything."""
        self._ask()
        self.first.sudo()._billing_deem()
        self.assertEqual(
            self._rows(self._post(), drawn=True),
            [("Design", [f"Deemed accepted on {self._day()}"], 0)],
        )

    def test_template_without(self):
        """Where the template shows no sign-offs, no drawing is kept."""
        self.project.billing_template_id = self.env["project.billing.template"].create(
            {
                "name": "Bare",
                "company_id": self.company.id,
                "with_sign_offs": False,
            }
        )
        self._sign()
        move = self._post()
        self.assertEqual(self._rows(move, drawn=True), [("Design", [], 0)])
        self.assertFalse(self._kept(move))

    def test_broken_drawing(self):
        """A picture that cannot be read is refused, and one of before loses no more."""
        broken = base64.b64encode(drawn()[:60])
        with self.assertRaisesRegex(BillingError, "draw or write your signature"):
            self._sign(signature=broken.decode())
        row = self._decide()
        row._engine().signature = broken
        [(_name, said, count)] = self._rows(self._post(), drawn=True)
        self.assertEqual((len(said), count), (1, 0))

    def test_shared_invoice(self):
        """Each project shows the drawings of its own milestones."""
        self.customer.billing_one_invoice = True
        shop = self._create_project(name="Shop", partner_id=self.customer.id)
        self._contract(500, project=shop, milestone_ready="signed")
        till = self._create_milestones(100, project=shop)
        till.write({"name": "Till", "is_reached": True})
        self._sign()
        self._sign(milestone=till, signature=base64.b64encode(drawn((90, 30))).decode())
        requests = self._prepare(self.project | shop)
        for request in requests:
            self._approve(request)
        requests.with_user(self.pm).action_create_invoice()
        move = requests.sudo().invoice_id
        move.with_user(self.accountant).sudo(False).action_post()
        annex = move.sudo()._billing_annex(drawn=True)
        sizes = {
            part["name"]: opened(
                part["milestones"]["rows"][0]["sign_offs"][0]["drawings"][0]
            ).size
            for part in annex["projects"]
        }
        self.assertGreater(sizes[self.project.name], sizes["Shop"])


@tagged("post_install", "-at_install")
class TestPackSignOff(AnnexSignOffCommon, HttpCase):
    def test_printed(self):
        """The drawing is in the pack, the same again when the log is gone."""
        if not shutil.which("wkhtmltopdf"):
            self.skipTest("wkhtmltopdf is not installed")
        self.env["ir.config_parameter"].set_param("report.url", self.base_url())
        acceptance = self._sign()
        move = self._post().sudo().with_context(force_report_rendering=True)
        content = move._billing_make_pack()
        acceptance._engine().unlink()
        self.first.name = "Renamed"
        self.assertTrue(move._billing_make_pack() == content, "not the same bytes")
        with_drawing = pictures(content)
        self._kept(move).sudo().unlink()
        self.assertEqual(pictures(move._billing_make_pack()), with_drawing - 1)
