"""Files of others as pages: what is printed of them, and what stays behind."""

import base64
import io

from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from odoo.tests import BaseCase, tagged
from odoo.tools import pdf

from ..models.receipt_pages import DRAWING, as_drawing, as_pages


def drawn(size=(600, 200), ink=True, info=None):
    """Return a signature as a browser sends it: blue ink on nothing."""
    image, (width, height) = Image.new("RGBA", size), size
    if ink:
        strokes = [(0.1, 0.7), (0.5, 0.2), (0.9, 0.7)]
        points = [(width * x, height * y) for x, y in strokes]
        ImageDraw.Draw(image).line(points, "navy", 9)
    with io.BytesIO() as stream:
        image.save(stream, format="PNG", pnginfo=info)
        return stream.getvalue()


def opened(address):
    """Return the picture that an address of the annex holds."""
    head, _comma, content = address.partition(",")
    assert head == "data:image/png;base64", head
    return Image.open(io.BytesIO(base64.b64decode(content)))


def note(kind, **values):
    """Return a note on a page of a PDF."""
    return pdf.DictionaryObject(
        {
            pdf.NameObject("/Type"): pdf.NameObject("/Annot"),
            pdf.NameObject("/Subtype"): pdf.NameObject(f"/{kind}"),
            pdf.NameObject("/Rect"): pdf.ArrayObject(map(pdf.NumberObject, range(4))),
            **{pdf.NameObject(f"/{key}"): value for key, value in values.items()},
        }
    )


@tagged("post_install", "-at_install")
class TestDrawing(BaseCase):
    def test_ink_on_white(self):
        """What is printed: the ink alone, on white, no larger than a signature."""
        picture = opened(as_drawing(drawn((3000, 1000))))
        self.assertEqual(picture.mode, "RGB")
        self.assertLessEqual(picture.width, DRAWING[0])
        self.assertLessEqual(picture.height, DRAWING[1])
        darkest = min(color for _number, color in picture.getcolors(99999))
        self.assertLess(max(darkest[:2]), 20, "the ink is not navy")
        self.assertGreater(darkest[2], 100, "the ink is not navy")
        self.assertEqual(picture.getpixel((0, 0)), (255, 255, 255))

    def test_nothing_else_comes_along(self):
        """Texts and bytes that hide in the file stay behind."""
        info = PngInfo()
        info.add_text("Comment", "<script>alert(1)</script>")
        address = as_drawing(drawn(info=info) + b"<script>alert(2)</script>")
        content = base64.b64decode(address.partition(",")[2])
        self.assertNotIn(b"script", content)
        self.assertFalse(opened(address).info)

    def test_no_drawing(self):
        """What is no PNG, is broken or far too large is left out."""
        photo = io.BytesIO()
        Image.new("RGB", (9, 9)).save(photo, format="JPEG")
        large = io.BytesIO()
        Image.new("1", (5000, 5000)).save(large, format="PNG")
        for name, raw in {
            "nothing": b"",
            "empty paper": drawn(ink=False),
            "cut": drawn()[:60],
            "not PNG": photo.getvalue(),
            "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
            "too large": large.getvalue(),
        }.items():
            with self.subTest(name=name):
                self.assertEqual(as_drawing(raw), "")


@tagged("post_install", "-at_install")
class TestReceipt(BaseCase):
    def _notes(self, *notes):
        """Return the notes that are left of a page, and the bytes of its PDF."""
        writer = pdf.PdfFileWriter()
        page = writer.addBlankPage(width=200, height=200)
        page[pdf.NameObject("/AA")] = pdf.DictionaryObject(
            {pdf.NameObject("/O"): self._script("opened")}
        )
        page[pdf.NameObject("/Annots")] = pdf.ArrayObject(notes)
        with io.BytesIO() as stream:
            writer.write(stream)
            content = as_pages(stream.getvalue(), "application/pdf")
        reader = pdf.PdfFileReader(io.BytesIO(content), strict=False)
        page = reader.getPage(0)
        self.assertNotIn("/AA", page)
        return [each.get_object() for each in page["/Annots"]], content

    def _script(self, text):
        return pdf.DictionaryObject(
            {
                pdf.NameObject("/S"): pdf.NameObject("/JavaScript"),
                pdf.NameObject("/JS"): pdf.createStringObject(f"app.alert('{text}')"),
            }
        )

    def test_notes_do_nothing(self):
        """A stamp of a receipt is printed; what it would do is not taken along."""
        words = pdf.createStringObject("Paid")
        left, content = self._notes(
            note("Stamp", Contents=words, A=self._script("clicked")),
            note("Link", AA=self._script("entered")),
            note("FileAttachment", FS=pdf.createStringObject("salaries.xls")),
            note("Screen", A=self._script("played")),
        )
        self.assertEqual([each["/Subtype"] for each in left], ["/Stamp", "/Link"])
        self.assertEqual(left[0]["/Contents"], "Paid")
        for forbidden in (b"JavaScript", b"alert", b"salaries"):
            self.assertNotIn(forbidden, content)

    def test_no_notes(self):
        writer = pdf.PdfFileWriter()
        writer.addBlankPage(width=200, height=200)
        with io.BytesIO() as stream:
            writer.write(stream)
            content = as_pages(stream.getvalue(), "application/pdf")
        self.assertTrue(content.startswith(b"%PDF"))
