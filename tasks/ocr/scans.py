"""The source of scanned documents: PDF, TIFF, PNG, JPEG, WebP, GIF, JPEG 2000 and HEIC, one record a document."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import Any, Literal

from pydantic import Field

from tasks import memory, sandbox
from tasks.errors import RecordError
from tasks.ocr import gate, media, streams
from tasks.ocr.engine import OcrEngine, doubts_of
from tasks.ocr.page import Page
from tasks.ocr.pdfium import PdfFile
from tasks.ocr.pdfpages import PageReader
from tasks.ocr.pictures import Limits, sheets
from tasks.ocr.reading import Reader
from tasks.ocr.tesseract import Tesseract
from tasks.ocr.tesserocr_engine import Tesserocr, models_root
from tasks.source import Item, Row, Source
from tasks.step import Params

EngineName = Literal["tesserocr", "pytesseract"]

LOOKS = 3
"""A page's time is that of so many looks: one look that would take it all is given up, the page left out."""
PAGE_BREAK = "\n\n"
"""Between pages: to the steps that follow a page ends a paragraph, and a form feed would be a control character."""


class ReadScansParams(Params):
    """Limits and language of the scans."""

    engine: EngineName = Field(
        default="tesserocr", description="tesserocr (in this process, faster) or pytesseract (the installed program)."
    )
    lang_hint: str | None = Field(default=None, description="Language of the scans (BCP-47); null guesses it per page.")
    min_confidence: float = Field(
        default=50.0,
        ge=0,
        le=100,
        description="Mean word confidence under which a page is left out, and a document of such pages quarantined.",
    )
    max_pages: int = Field(default=500, ge=1, description="Pages of one document.")
    max_page_pixels: int = Field(default=50_000_000, ge=1, description="Pixels of one page.")
    max_total_pixels: int = Field(default=5_000_000_000, ge=1, description="Pixels of all pages of one document.")
    max_stream_bytes: int = Field(
        default=64_000_000, ge=1, description="Bytes that one compressed stream of a PDF may unfold to, pictures apart."
    )
    check_text_layer: bool = Field(
        default=True, description="Compare the text of PDF pages with their picture; read the pictures on them."
    )
    max_memory_bytes: int = Field(
        default=1_500_000_000,
        ge=1,
        description="Memory of a worker while it reads a document; a page of 50 megapixels takes up to 1 GB.",
    )
    page_seconds: float = Field(default=120.0, gt=0, description="Wall clock for one page.")

    @property
    def limits(self) -> Limits:
        """What a document may cost."""
        return Limits(self.max_page_pixels, self.max_total_pixels, self.max_pages)


@dataclass
class Document:
    """The pages read so far, in the form of the EXTRACTED schema, and what was odd about them."""

    pages: list[Row] = field(default_factory=list)
    flags: dict[str, None] = field(default_factory=dict)
    lang: str | None = None
    attachments: list[Row] = field(default_factory=list)
    unsure: list[Sequence[tuple[int, int, float]]] = field(default_factory=list)
    """The doubtful words of each page: offsets into its text, confidence."""
    lost: RecordError | None = None
    """Why a page was given up: it took too long, or its scan is broken."""

    def add(self, page: Page, *, ocr: bool) -> None:
        """Append a page; the first guess of a language stays for the rest."""
        shape = {"number": len(self.pages) + 1, "rotation": page.rotation, "skew_deg": page.skew_deg}
        confidence = {"mean_confidence": page.mean_confidence, "ocr": ocr, "text": page.text}
        self.pages.append(shape | confidence)
        self.unsure.append(doubts_of(page.words))
        self.lang = self.lang or (page.lang if page.text else None)

    @contextmanager
    def patience(self, seconds: float) -> Iterator[None]:
        """Give one page its time.

        One that the engine gives up, or whose scan is broken, is added without text, and the others are read.
        """
        sandbox.watch(seconds)
        try:
            yield
        except RecordError as error:
            if error.reason not in {"timeout", "corrupt_image"}:
                raise
            self.lost = error
            self.note(gate.UNREAD)
            self.add(Page(""), ocr=True)
        sandbox.watch(seconds)  # the next page is decoded before its turn

    def attach(self, name: str, data: bytes) -> None:
        """List a file that lies inside the document; it is not read."""
        media_type = media.sniff(data) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        digest = hashlib.sha256(data).hexdigest()
        self.attachments.append(
            {"name": PurePath(name).name, "media_type": media_type, "size": len(data), "sha256": digest}
        )
        self.note("embedded_files")

    def note(self, *flags: str) -> None:
        """Remember flags, each once."""
        self.flags |= dict.fromkeys(flags)


@cache
def engine(name: EngineName) -> OcrEngine:
    """Return the engine of this worker, its models loaded once.

    Raises DependencyMissing when it is not installed.
    """
    root = models_root() if name == "tesserocr" else None
    return Tesserocr(root) if root else Tesseract()


def read(item: Item, params: ReadScansParams) -> Iterator[Row]:
    """Read scanned documents: a PDF page's own text where it has some, OCR elsewhere."""
    sandbox.watch(params.page_seconds)
    kind = media.media_type(item.path)
    reader = Reader(engine(params.engine), params.lang_hint, params.page_seconds / LOOKS)
    document = Document()
    with memory.capped(params.max_memory_bytes):
        if kind == "application/pdf":
            _read_pdf(item, params, reader, document)
        else:
            _read_pictures(item, kind, params, reader, document)
    if kind != (media.promised(item.path) or kind):
        document.note("type_mismatch")
    yield _row(item, document, params)


def _read_pictures(item: Item, kind: str, params: ReadScansParams, reader: Reader, document: Document) -> None:
    for sheet in sheets(item.read(), kind, params.limits):
        document.note(*sheet.flags)
        with document.patience(params.page_seconds):
            document.add(reader.read(sheet.picture, sheet.dpi, document.lang), ocr=True)


def _read_pdf(item: Item, params: ReadScansParams, reader: Reader, document: Document) -> None:
    streams.check(item.path, params.max_stream_bytes)
    with PdfFile(item.path, params.max_pages) as pdf:
        document.note(*(["owner_password"] if pdf.is_encrypted else []))
        for name, data in pdf.embedded():
            document.attach(name, data)
        pages = PageReader(pdf, reader, params.max_page_pixels, params.check_text_layer)
        for number in range(pdf.pages):
            with document.patience(params.page_seconds):
                got = pages.read(number, document.lang)
                document.note(*got.flags)
                document.add(got.page, ocr=got.ocr)


def _row(item: Item, document: Document, params: ReadScansParams) -> Row:
    if document.lost and not any(page["text"].strip() for page in document.pages):
        raise document.lost
    text = PAGE_BREAK.join(gate.readable(document.pages, params.min_confidence))
    if any(gate.is_unread(page, params.min_confidence) for page in document.pages):
        document.note(gate.UNREAD)
    row: dict[str, Any] = {"part": "0", "source_kind": "scans", "native_id": _encodable(item.name), "turn_index": 0}
    row |= {"role": "document", "participants": [], "headers": {}, "attachments": document.attachments, "text": text}
    row |= {"lang_hint": document.lang, "flags": list(document.flags), "pages": document.pages}
    return row | {"doubts": _doubts(document, params.min_confidence)}


def _doubts(document: Document, least: float) -> list[Row] | None:
    """Return the doubtful words of the pages that make the text; None where OCR read none of them."""
    if not any(page["ocr"] for page in document.pages):
        return None
    doubts, before = list[Row](), 0
    for page, unsure in zip(document.pages, document.unsure, strict=True):
        if page["text"].strip() and not gate.is_unread(page, least):
            doubts += ({"start": before + s, "end": before + e, "confidence": sure} for s, e, sure in unsure)
            before += len(page["text"]) + len(PAGE_BREAK)
    return doubts


def _encodable(name: str) -> str:
    """Return a file's name with U+FFFD for bytes that are no UTF-8: a record could not hold them."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


READ_SCANS = Source("read-scans", "scans", 4, ReadScansParams, split=media.split, read=read)
