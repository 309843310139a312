"""What an operator sees of a night's scans: a row per document, counts, and a sheet of the pages that were read worst.

The sheet shows what the confidence gate holds back too: an operator who turns the gate must see what it holds.

Rows and sheet lie in the restricted root: the sheet shows pages. The counts may be told.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks import sandbox
from tasks.batch import BatchRef
from tasks.errors import RecordError
from tasks.ocr import geometry, media
from tasks.ocr.page import MIN_SKEW
from tasks.ocr.pdfium import PdfFile
from tasks.ocr.pictures import Limits, sheets

if TYPE_CHECKING:
    from PIL import Image

DOCUMENTS = (
    "record_id",
    "worst_confidence",
    "mean_confidence",
    "read_by",
    "pages",
    "pages_by_ocr",
    "pages_turned",
    "pages_straightened",
    "pages_without_text",
    "largest_skew_deg",
    "words",
    "words_corrected",
    "corrected_share",
    "flags",
    "source_uri",
)
"""What is told of a scanned document. `read_by`: text layer, ocr, or both; confidences from 0 to 100, empty without
OCR; skew in degrees; `words_corrected` counts the edits of correct-ocr, `corrected_share` is their share of the words.
"""

TEXT_LAYER, OCR, BOTH = "text layer", "ocr", "both"
READ_BADLY = 72.0
"""Mean confidence under which a page is worth a look by eye: receipts have 60 to 87, book pages over 90."""
WORST_PAGES = 20
CELL = (320, 440)
"""Width and height of a page on the sheet, in pixels, with its caption."""
CAPTION = 22
COLUMNS = 5
THUMB_DPI = 50
PAGE_SECONDS = 30.0
LIMITS = Limits(page_pixels=50_000_000, total_pixels=5_000_000_000, pages=500)
SHEET, ROWS = "worst-pages.png", "documents.csv"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A page that was read by OCR: its record, its number (1 first), how it was turned, and the confidence."""

    confidence: float
    record_id: str
    number: int
    rotation: int = field(compare=False)


@dataclass(frozen=True)
class Review:
    """Counts of a night's scans, and the sheet of the worst pages, if there is one."""

    documents: Mapping[str, int]
    sheet: Path | None = None


def review(
    refs: Sequence[tuple[BatchRef, Sequence[str]]],
    edits: Sequence[Path],
    raw: Path,
    origins: Mapping[str, str],
    held: Sequence[Spot],
    folder: Path,
) -> Review:
    """Run in a worker: write rows and sheet to `folder`, and return the counts.

    `refs` are extracted files with the records of this night, `edits` the files of correct-ocr's edits, `origins` the
    hash of the original by record or item, `raw` the folder of originals, `held` the first pages of what the confidence
    gate holds back.
    """
    corrected = _corrections(edits)
    rows: list[dict[str, Any]] = []
    spots: list[Spot] = list(held)
    for ref, ids in refs:
        for record in _scans(ref, ids):
            rows.append(document_row(record, corrected[record["record_id"]]))
            spots += page_spots(record)
    if not rows and not spots:
        return Review({})
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write_rows(rows, folder / ROWS)
    worst = sorted(spot for spot in spots if _is_bad(spot.confidence))[:WORST_PAGES]
    return Review(counts(rows, len(held)), _write_sheet(worst, raw, origins, folder / SHEET))


def _write_rows(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a table that any spreadsheet opens, the documents that were read worst first."""
    partial = path.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, DOCUMENTS)
        table.writeheader()
        for row in sorted(rows, key=_worst_first):
            table.writerow({**row, "flags": " ".join(row["flags"])})
    partial.chmod(0o600)
    partial.replace(path)


def _worst_first(row: Mapping[str, Any]) -> tuple[float, str]:
    worst = row["worst_confidence"]
    return (math.inf if worst is None else worst, row["record_id"])


def _scans(ref: BatchRef, ids: Sequence[str]) -> Iterable[dict[str, Any]]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only a night with new records pays for it

    columns = ["record_id", "source_uri", "text", "pages", "flags"]
    table = pq.read_table(ref.uri, columns=columns, filters=[("source_kind", "==", "scans")], partitioning=None)
    rows: list[dict[str, Any]] = table.filter(pc.is_in(table["record_id"], pa.array(ids, pa.string()))).to_pylist()
    return rows


def _corrections(edits: Sequence[Path]) -> Counter[str]:
    import pyarrow.parquet as pq  # noqa: PLC0415 - only a night with scans pays for it

    return Counter(i for path in edits for i in pq.read_table(path, columns=["record_id"])["record_id"].to_pylist())


def document_row(record: Mapping[str, Any], corrected: int) -> dict[str, Any]:
    """Return the row of DOCUMENTS for a row of EXTRACTED."""
    pages = record["pages"] or []
    by_ocr = [page for page in pages if page["ocr"]]
    sure = [(page["mean_confidence"], len(page["text"])) for page in by_ocr if page["mean_confidence"] is not None]
    weight = sum(length for _, length in sure)
    mean = round(sum(confidence * length for confidence, length in sure) / weight, 1) if weight else None
    row = {"record_id": record["record_id"], "source_uri": record["source_uri"], "flags": record["flags"] or []}
    row["read_by"] = OCR if len(by_ocr) == len(pages) else BOTH if by_ocr else TEXT_LAYER
    row |= {"pages": len(pages), "pages_by_ocr": len(by_ocr), "mean_confidence": mean}
    row["pages_turned"] = sum(bool(page["rotation"]) for page in pages)
    row["pages_straightened"] = sum(abs(page["skew_deg"] or 0) >= MIN_SKEW for page in pages)
    row["pages_without_text"] = sum(not page["text"].strip() for page in pages)
    row["largest_skew_deg"] = max((abs(page["skew_deg"] or 0) for page in pages), default=0.0)
    row["worst_confidence"] = min((confidence for confidence, _ in sure), default=None)
    words = len((record["text"] or "").split())
    share = round(min(1.0, corrected / words), 4) if words else 0.0
    return row | {"words": words, "words_corrected": corrected, "corrected_share": share}


def page_spots(record: Mapping[str, Any]) -> list[Spot]:
    """Return the pages of a row of EXTRACTED that were read by OCR and have text."""
    return [
        Spot(page["mean_confidence"], record["record_id"], page["number"], page["rotation"] or 0)
        for page in record["pages"] or []
        if page["mean_confidence"] is not None
    ]


def counts(rows: Sequence[Mapping[str, Any]], held: int = 0) -> dict[str, int]:
    """Return what may be told of the documents: numbers of documents, pages and words; `held` are in quarantine."""
    told: Counter[str] = Counter()
    for row in rows:
        told["documents"] += 1
        told[f"documents read by {row['read_by']}"] += 1
        told["pages"] += row["pages"]
        told["pages read by ocr"] += row["pages_by_ocr"]
        told["pages turned upright"] += row["pages_turned"]
        told["pages straightened"] += row["pages_straightened"]
        told["pages without text"] += row["pages_without_text"]
        told["documents with a page read badly"] += _is_bad(row["worst_confidence"])
        told["words"] += row["words"]
        told["words corrected"] += row["words_corrected"]
        told.update(f"documents flagged {flag}" for flag in row["flags"])
    told["documents held back by the gate"] = held
    return {name: count for name, count in told.items() if count}


def _is_bad(confidence: float | None) -> bool:
    return confidence is not None and confidence < READ_BADLY


def _write_sheet(worst: Sequence[Spot], raw: Path, origins: Mapping[str, str], path: Path) -> Path | None:
    cells = [(spot, picture) for spot in worst if (picture := _thumbnail(spot, raw, origins)) is not None]
    if not cells:
        return None
    contact_sheet(cells).save(path)
    path.chmod(0o600)
    return path


def contact_sheet(cells: Sequence[tuple[Spot, Image.Image]]) -> Image.Image:
    """Return the pages side by side, each over its place in the list, its record, page and confidence."""
    from PIL import Image, ImageDraw  # noqa: PLC0415

    columns = min(COLUMNS, len(cells))
    sheet = Image.new("L", (columns * CELL[0], -(-len(cells) // columns) * CELL[1]), 255)
    pen = ImageDraw.Draw(sheet)
    for index, (spot, picture) in enumerate(cells):
        left, top = index % columns * CELL[0], index // columns * CELL[1]
        small = picture.copy()
        small.thumbnail((CELL[0] - 8, CELL[1] - CAPTION - 8))
        sheet.paste(small, (left + 4, top + 4))
        caption = f"{spot.record_id} p. {spot.number}: {spot.confidence:.0f}"
        pen.text((left + 4, top + CELL[1] - CAPTION), caption, fill=0)
    return sheet


def _thumbnail(spot: Spot, raw: Path, origins: Mapping[str, str]) -> Image.Image | None:
    """Return a picture of a page, upright; None where the original is no page by itself (a mail), or is gone."""
    sha256 = origins.get(spot.record_id, "")
    original = raw / sha256[:2] / sha256
    if not sha256 or not original.is_file():
        return None
    sandbox.watch(PAGE_SECONDS)
    try:
        picture = _page(original, spot.number)
    except RecordError:
        return None
    finally:
        sandbox.watch(0)
    return geometry.turned(picture, spot.rotation) if picture else None


def _page(original: Path, number: int) -> Image.Image | None:
    with original.open("rb") as file:
        kind = media.sniff(file.read(media.HEAD_BYTES))
    if kind == "application/pdf":
        with PdfFile(original, LIMITS.pages) as pdf:
            return pdf.render(number - 1, THUMB_DPI, LIMITS.page_pixels)[0] if number <= pdf.pages else None
    if kind is None:
        return None
    found = sheets(original.read_bytes(), kind, LIMITS)
    return next((sheet.picture for place, sheet in enumerate(found, 1) if place == number), None)
