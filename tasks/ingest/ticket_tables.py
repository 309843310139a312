"""Tables (CSV and workbooks): find the header, then yield each row by its columns' names."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from tasks.errors import RecordError
from tasks.ingest.ticket_columns import BY_POSITION, columns_for, mapped_in, missing
from tasks.ingest.ticket_csv import SNIFFED, Broken, Table, names_text, sniff
from tasks.ingest.ticket_files import Opened
from tasks.ingest.ticket_message import Fields
from tasks.ingest.ticket_objects import Found
from tasks.ingest.ticket_values import MIXED_ENCODING, as_text, mend_bytes
from tasks.source import Rejected

HEADER_WITHIN = 5
"""The header is looked for in so many rows: reports put a title above it."""


@dataclass(frozen=True, slots=True)
class TableParams:
    """What a source may declare about its tables, and the limits."""

    mapping: Mapping[str, str]
    delimiter: str | None
    row_chars: int
    field_chars: int


def from_csv(opened: Opened, params: TableParams) -> Iterator[Found | Rejected]:
    """Yield the rows of a delimited text.

    Raises RecordError (missing_column, no_rows).
    """
    with opened.text() as stream:
        start = stream.read(SNIFFED)
    layout = sniff(start, params.mapping, params.delimiter)
    with opened.text() as stream:
        table = Table(stream, layout, row_chars=params.row_chars, field_chars=params.field_chars)
        yield from _by_name(table.rows(), params.mapping, table)


def from_workbook(opened: Opened, params: TableParams) -> Iterator[Found | Rejected]:
    """Yield the rows of every sheet whose header names a text column.

    Raises RecordError (malformed, missing_column, no_rows).
    """
    import openpyxl  # noqa: PLC0415 - slow to import

    held = io.BytesIO(opened.bytes().readall() or b"") if opened.zipped else opened.path
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and extensions, and they may name the file
        try:
            book = openpyxl.load_workbook(cast("Any", held), read_only=True, keep_links=False)
        except Exception as error:  # noqa: BLE001 - hostile XML makes openpyxl raise almost anything
            raise RecordError("malformed", f"no readable workbook ({type(error).__name__})") from None
        refused: list[RecordError] = []
        sheets = [sheet for sheet in book.worksheets if hasattr(sheet, "reset_dimensions")]
        for number, sheet in enumerate(sheets):
            sheet.reset_dimensions()  # a sheet may lie about its size
            prefix = f"sheet/{number}/" if number else ""
            try:
                yield from _placed(prefix, _by_name(_cells(sheet, params), params.mapping, None))
            except RecordError as error:
                refused.append(error)
    if len(refused) == len(sheets):
        raise refused[0] if refused else RecordError("malformed", "a workbook without sheets")


def _placed(prefix: str, rows: Iterator[Found | Rejected]) -> Iterator[Found | Rejected]:
    for row in rows:
        if isinstance(row, Found):
            yield Found(prefix + row.place, row.fields, row.flags)
        else:
            yield Rejected(prefix + row.place, row.reason, row.detail)


def _cells(sheet: Any, params: TableParams) -> Iterator[list[Any] | Broken]:
    try:
        for row in sheet.iter_rows(values_only=True):
            cells = list(row)
            while cells and cells[-1] is None:
                cells.pop()
            if any(isinstance(cell, str) and len(cell) > params.field_chars for cell in cells):
                yield Broken("text_too_long", f"a cell of more than {params.field_chars} characters")
            elif cells:
                yield cells
    except Exception as error:  # noqa: BLE001 - hostile XML makes openpyxl raise almost anything
        raise RecordError("malformed", f"a broken sheet ({type(error).__name__})") from None


def _by_name(
    rows: Iterable[list[Any] | Broken], mapping: Mapping[str, str], table: Table | None
) -> Iterator[Found | Rejected]:
    rows = iter(rows)
    header, above = _header(rows, mapping)
    yield from (Rejected(f"row/above/{number}", "malformed_row", "above the header") for number in range(len(above)))
    if table is not None and header:
        table.width = len(header)
    count = 0
    by_position = _by_position(mapping)
    for row in [*above, *rows] if by_position else rows:
        yield _named(f"row/{count}", row, header)
        count += 1
    if not count:
        raise RecordError("no_rows", "a header and no rows")


def _by_position(mapping: Mapping[str, str]) -> bool:
    return any(name.startswith(BY_POSITION) for name in mapping.values())


def _header(
    rows: Iterator[list[Any] | Broken], mapping: Mapping[str, str]
) -> tuple[list[str], list[list[Any] | Broken]]:
    """Return the header's names and the rows above it; no names when the mapping goes by position."""
    if _by_position(mapping):
        return [], []
    above: list[list[Any] | Broken] = []
    for row in rows:
        names = [] if isinstance(row, Broken) else [(as_text(cell) or "").strip() for cell in row]
        if names_text(names, mapping) and (not above or len(set(names)) >= 2):
            return _checked(names, mapping), above
        above.append(row)
        if len(above) >= HEADER_WITHIN:
            break
    titles = [[as_text(cell) or "" for cell in row] for row in above if isinstance(row, list)]
    raise missing(max(titles, key=lambda names: mapped_in(names, mapping), default=[]), mapping)


def _checked(names: list[str], mapping: Mapping[str, str]) -> list[str]:
    used = set(columns_for(names, mapping).values())
    twice = sum(1 for name in used if names.count(name) > 1)
    if twice:
        raise RecordError("missing_column", f"{twice} of the columns to read stand twice in the header")
    return names


def _named(place: str, row: list[Any] | Broken, header: list[str]) -> Found | Rejected:
    if isinstance(row, Broken):
        return Rejected(place, row.reason, row.detail)
    if not header:
        return _mended(place, {f"{BY_POSITION}{number}": cell for number, cell in enumerate(row, 1)})
    if len(row) > len(header):
        return Rejected(place, "malformed_row", f"{len(row)} fields where the header has {len(header)}")
    if len(header) > 1 and all(as_text(cell) == name for name, cell in zip(header, row, strict=False)):
        return Rejected(place, "malformed_row", "the header again")
    return _mended(place, _by_column(header, row))


def _by_column(header: list[str], row: list[Any]) -> dict[str, Any]:
    """Return the cells by their column's name; of a name that stands there twice, the list of its filled cells."""
    cells: dict[str, list[Any]] = {}
    for name, cell in zip(header, row, strict=False):
        cells.setdefault(name, []).append(cell)
    return {
        name: [one for one in held if one not in (None, "")] if header.count(name) > 1 else held[0]
        for name, held in cells.items()
    }


def _mended(place: str, fields: Fields) -> Found:
    mended = {name: _mended_cell(cell) for name, cell in fields.items()}
    flags = (MIXED_ENCODING,) if any(changed for _, changed in mended.values()) else ()
    return Found(place, {name: cell for name, (cell, _) in mended.items()}, flags)


def _mended_cell(cell: Any) -> tuple[Any, bool]:
    if isinstance(cell, list):
        mended = [_mended_cell(one) for one in cell]
        return [one for one, _ in mended], any(changed for _, changed in mended)
    return mend_bytes(cell) if isinstance(cell, str) else (cell, False)
