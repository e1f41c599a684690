"""Attached files as pages of a PDF; files that cannot be printed are named."""

import base64
import hashlib
import io
import re
import struct
import zlib
from collections import Counter

from PIL import Image, ImageOps, ImageSequence

from odoo.tools import pdf

#: An A4 page at 150 dots an inch, in dots.
PAGE = (1240, 1754)
MARGIN = 75
DOTS_PER_INCH = 150
#: A drawn signature on a page, in dots: twice what is seen, as paper is finer.
DRAWING = (480, 160)
#: A larger picture cannot be a signature drawn in a browser.
MOST_DOTS = 10_000_000
#: Where a printed PDF names an embedded font: the key, six letters, the name.
FONT_TAG = re.compile(rb"(/FontName /)[A-Z]{6}\+([\w.-]+)")
#: A scan with more pages is not printed: it is no receipt.
MOST_FRAMES = 50
#: What a note on a page of a PDF does when somebody looks at it or clicks it.
ACTIONS = ("/A", "/AA", "/PA")
#: Notes that are files, films or sounds.
CARRIERS = {"/3D", "/FileAttachment", "/Movie", "/RichMedia", "/Screen", "/Sound"}
#: What the readers of PDF and of images raise for files that are not what they say.
BROKEN = (
    pdf.PdfReadError,
    pdf.PdfStreamError,
    pdf.DependencyError,
    Image.DecompressionBombError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


def as_pages(raw, mimetype):
    """Return a file as the bytes of a PDF; ``None`` when it cannot be printed.

    A protected or a damaged PDF, and what is neither PDF nor image, has no pages.

    :param bytes raw: the file
    :param str mimetype: what it is said to be
    """
    try:
        if mimetype == "application/pdf":
            return _checked_pdf(raw)
        if mimetype.startswith("image/"):
            return _image_pages(raw)
    except BROKEN:
        return None
    return None


def _checked_pdf(raw):
    """Return the pages of a PDF alone, without metadata, attachments and scripts."""
    reader = pdf.PdfFileReader(io.BytesIO(raw), strict=False)
    # the older of the libraries that Odoo takes has another name for it
    if getattr(reader, "is_encrypted", False) or not reader.getNumPages():
        return None
    writer = pdf.PdfFileWriter()
    for number in range(reader.getNumPages()):
        page = reader.getPage(number)
        _silence(page)
        writer.addPage(page)
    with io.BytesIO() as stream:
        writer.write(stream)
        return stream.getvalue()


def _silence(page):
    """Remove actions and attachments from a page; notes stay."""
    for key in ("/AA", "/Metadata", "/PieceInfo"):
        page.pop(key, None)
    notes = page.get("/Annots")
    if notes is None:
        return
    kept = pdf.ArrayObject()
    for reference in notes.get_object():
        note = reference.get_object()
        if note.get("/Subtype") not in CARRIERS:
            for key in ACTIONS:
                note.pop(key, None)
            kept.append(reference)
    page[pdf.NameObject("/Annots")] = kept


def _image_pages(raw):
    """Return an image (each page of a scan) on pages of its own."""
    pages = []
    with Image.open(io.BytesIO(raw)) as image:
        for frame in ImageSequence.Iterator(image):
            if len(pages) == MOST_FRAMES:
                return None
            pages.append(_image_page(frame))
    with io.BytesIO() as stream:
        pages[0].save(
            stream,
            format="PDF",
            resolution=DOTS_PER_INCH,
            save_all=True,
            append_images=pages[1:],
        )
        return stream.getvalue()


def _image_page(frame):
    """Return an image, upright and within the margins, on a white page."""
    picture = ImageOps.exif_transpose(frame).convert("RGBA")
    room = tuple(side - 2 * MARGIN for side in PAGE)
    # a large one gets smaller; a small one stays as it is
    picture.thumbnail(room)
    page = Image.new("RGB", PAGE, "white")
    page.paste(picture, ((PAGE[0] - picture.width) // 2, MARGIN), picture)
    return page


def as_drawing(raw):
    """Return a drawn signature as a data address; empty without one.

    It is drawn anew as a plain picture on white, cropped to the drawing, so that
    nothing else in the uploaded file reaches the page.

    :param bytes raw: the PNG file
    """
    try:
        with Image.open(io.BytesIO(raw), formats=["PNG"]) as image:
            if image.width * image.height > MOST_DOTS:
                return ""
            picture = image.convert("RGBA")
    except BROKEN:
        return ""
    paper = Image.new("RGB", picture.size, "white")
    paper.paste(picture, mask=picture)
    ink = ImageOps.invert(paper).getbbox()
    if not ink:
        return ""
    paper = paper.crop(ink)
    paper.thumbnail(DRAWING)
    with io.BytesIO() as stream:
        paper.save(stream, format="PNG")
        content = base64.b64encode(stream.getvalue()).decode()
    return f"data:image/png;base64,{content}"


def plain_font_tags(content):
    """Return a printed PDF whose font names are the same at each printing.

    wkhtmltopdf puts six letters before the name of each embedded font, and picks new
    ones in each process.

    :param bytes content: as wkhtmltopdf writes it, with plain dictionaries
    """
    seen = Counter()

    def tag(match):
        name = match.group(2)
        seen[name] += 1
        digest = hashlib.sha256(name + b"%d" % seen[name]).digest()
        letters = bytes(ord("A") + byte % 26 for byte in digest[:6])
        return b"".join((match.group(1), letters, b"+", name))

    return FONT_TAG.sub(tag, content)
