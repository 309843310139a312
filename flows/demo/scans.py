"""The scans folder: letters, forms and receipts as a scanner delivers them, a little crooked and dirty.

The font is a part of DejaVu Sans (licence in LICENSE-DejaVu.txt), so that pages look the same on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.demo import pdf
from flows.demo.truth import Findings
from flows.demo.world import START, day, order, person, phrases, pick, sums

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

WIDTH, HEIGHT, DPI = 1240, 900, 150
"""Page in pixels, and the resolution that the files claim."""
FONT_SIZE, LEADING, MARGIN = 34, 66, 110
"""Pixels. Below some 25 the marks of Yorùbá are lost to OCR."""
PAPER, INK = 244, 40
SKEW = (-1.6, 0.9, -0.5, 1.4, 0.0, -1.1, 0.6)
"""Degrees counter-clockwise, in turn."""
SPECKS = 900
"""Dark dots of a pixel or two on each page."""
FIRST = 500
"""Number of the first person and order on a scan; mails and tickets have the lower ones."""


@cache
def _font() -> FreeTypeFont:
    from PIL import ImageFont  # noqa: PLC0415 - Pillow is only needed here

    data = resources.files("flows.demo").joinpath("DejaVuSans-subset.ttf").read_bytes()
    return ImageFont.truetype(BytesIO(data), FONT_SIZE, layout_engine=ImageFont.Layout.BASIC)


def render(lines: Sequence[str], document: int, page: int) -> Image:
    """Return a scanned page in grey that shows `lines`; skew and dirt depend on the two numbers only."""
    from PIL import Image, ImageDraw, ImageFilter  # noqa: PLC0415 - as above

    image = Image.new("L", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    for place, line in enumerate(lines):
        draw.text((MARGIN, MARGIN + place * LEADING), line, font=_font(), fill=INK)
    image = image.rotate(SKEW[(document + page) % len(SKEW)], Image.Resampling.BICUBIC, fillcolor=PAPER)
    for x, y in _specks(document, page):
        draw = ImageDraw.Draw(image)
        draw.point((x, y), fill=90)
    return image.filter(ImageFilter.GaussianBlur(0.6))


def _specks(document: int, page: int) -> list[tuple[int, int]]:
    """Return pixels from a linear congruential generator (Numerical Recipes' constants): the same everywhere."""
    state, pixels = document * 1000 + page, []
    for _ in range(SPECKS):
        state = (1664525 * state + 1013904223) % 2**32
        pixels.append(((state >> 8) % WIDTH, (state >> 5) * 31 % HEIGHT))
    return pixels


def page_png(image: Image) -> bytes:
    """Return a page as PNG."""
    return _saved(image, "PNG", dpi=(DPI, DPI))


def _saved(image: Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def pdf_of_pictures(images: Sequence[Image]) -> bytes:
    """Return an image-only PDF of the pages."""
    made = [
        pdf.picture_page(_saved(image, "JPEG", quality=80), WIDTH, HEIGHT, DPI, place)
        for place, image in enumerate(images)
    ]
    return pdf.document([page for page, _ in made], [picture for _, picture in made])


def write_scans(folder: Path, findings: Findings) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Write the scans folder. Return the text of each page by file, and the language by bare file name."""
    folder.mkdir(parents=True, exist_ok=True)
    texts, languages = {}, {}
    for place, document in enumerate(phrases("pages")["documents"]):
        pages = _filled(FIRST + place, document, findings)
        (folder / document["file"]).write_bytes(_document_bytes(place, document, pages))
        texts[f"scans/{document['file']}"] = tuple("\n".join(lines) for lines in pages)
        languages[document["file"]] = document["lang"]
        findings.wrote(f"scans/{document['file']}", *texts[f"scans/{document['file']}"])
    _write_broken(folder)
    return texts, languages


def _filled(n: int, document: Any, findings: Findings) -> list[list[str]]:
    who = person(n, document["country"], document["lang"])
    large, small = sums(n, document["country"], document["lang"])
    slots = {"full": who.full, "phone": who.phone, "email": who.email, "id": who.national[1], "card": who.card}
    slots |= {"order": order(n), "amount": large, "amount2": small, "date": day(START, document["lang"])}
    slots["product"] = pick(phrases("world")["products"], "product", n)
    findings.plant("PERSON", who.full)
    findings.plant("PHONE_NUMBER", who.phone)
    findings.plant("EMAIL_ADDRESS", who.email)
    findings.plant(*who.national)
    findings.plant("CREDIT_CARD", who.card)
    return [[line.format(**slots) for line in page] for page in document["pages"]]


def _document_bytes(place: int, document: Any, pages: list[list[str]]) -> bytes:
    if document.get("layer"):
        return pdf.document([pdf.text_page(lines, (595, 420)) for lines in pages])
    images = [render(lines, place, number) for number, lines in enumerate(pages)]
    ending = document["file"].rsplit(".", 1)[1]
    if ending == "pdf":
        return pdf_of_pictures(images)
    if ending == "tiff":
        rest = {"save_all": True, "append_images": images[1:], "compression": "tiff_adobe_deflate"}
        return _saved(images[0], "TIFF", dpi=(DPI, DPI), **rest)
    return page_png(images[0]) if ending == "png" else _saved(images[0], "JPEG", dpi=(DPI, DPI), quality=85)


BROKEN = (("scans/cut-off.pdf", "malformed"), ("scans/cut-off.png", "corrupt_image"))
SKIPPED = ("scans/scanner-settings.txt",)


def _write_broken(folder: Path) -> None:
    image = render(["This page was lost on its way from the scanner."], 99, 0)
    whole = {"cut-off.pdf": pdf_of_pictures([image]), "cut-off.png": page_png(image)}
    for name, data in whole.items():
        (folder / name).write_bytes(data[: len(data) // 2])
    (folder / "scanner-settings.txt").write_text(
        "150 dpi, grey, one side.\nLid open when the red light is on.\n", "utf-8"
    )
