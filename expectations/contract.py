"""Renders the data contract, docs/data-contract.md, from the schemas: `python -m expectations.contract` writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.schema import LAYERS, facts

PATH = Path(__file__).parent.parent / "docs" / "data-contract.md"
"""Where the rendered contract stands in the repository."""

ABOUT = {
    "RAW": (
        "restricted/",
        "One input item: a mail, a ticket export, a scanned document. The manifest that cuts a night into partitions.",
    ),
    "EXTRACTED": ("restricted/extracted/", "One message, ticket comment or document, as it was read."),
    "CLEAN": ("shared/clean/", "One scrubbed record. What is no column here does not leave the restricted root."),
    "CURATED": (
        "shared/curated/<dataset>/",
        "One training example. Version N is: `valid_from <= N and (valid_to is null or valid_to > N)`.",
    ),
    "QUARANTINE": ("restricted/quarantine/", "Why a record is not in the dataset, and where to find it again."),
    "EDITS": ("restricted/", "Every change to a text. Replaying them on the input gives the output."),
}
"""Where a layer lies in the lake, and what one of its rows is."""

OPENING = """\
# Data contract

Generated from `expectations/schema.py` by `python -m expectations.contract`; change the schema, not this page.

Each layer is a table. *Required* means that no row may lack the value. *Bounds* hold wherever the value is present;
required, bounds and allowed values are checked by the suite of the layer (see [validation](validation.md)).

Privacy says where a column may lie: **open** tells nothing about a person; **pseudonym** is keyed (HMAC), and without
the key means nothing; **personal** may hold personal data and stays in the restricted root; **scrubbed** was personal
and stands here only after scrub-pii and audit-leaks.
"""


def render() -> str:
    """Return the contract as Markdown: one table for each layer of `expectations.schema.LAYERS`."""
    return "\n".join([OPENING, *(_layer(name, schema) for name, schema in LAYERS.items())])


def _layer(name: str, schema: pa.Schema) -> str:
    place, about = ABOUT[name]
    lines = [f"## {name}", "", f"`{place}`: {about}", ""]
    lines += ["| column | type | privacy | required | unit | bounds | what it is |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(_column(field) for field in schema), ""])


def _column(field: pa.Field) -> str:
    known = facts(field)
    required = "yes" if known["required"] else ""
    cells = (f"`{field.name}`", f"`{_type(field.type)}`", known["privacy"], required, known["unit"] or "")
    return f"| {' | '.join((*cells, _bounds(known), _escaped(known['doc'])))} |"


def _type(type_: pa.DataType) -> str:
    """Return the type without Arrow's names for list items, so that it reads as what it is."""
    return str(type_).replace("element: ", "").replace("item: ", "")


def _bounds(known: dict[str, Any]) -> str:
    if known["values"]:
        return ", ".join(f"`{value}`" for value in known["values"])
    low, high = known["minimum"], known["maximum"]
    if low is None and high is None:
        return ""
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    return f"at least {low:g}" if low is not None else f"at most {high:g}"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the contract into docs/."""
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
