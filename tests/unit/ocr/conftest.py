"""Small pages, drawn in the test: a few lines of print in Pillow's own font."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from tasks.errors import DependencyMissing
from tasks.ocr.scans import READ_SCANS, ReadScansParams, engine
from tasks.source import Item

LINES = (
    "The committee met on Monday morning",
    "and agreed to repair the old bridge",
    "before the rains begin in October.",
)


def page(lines=LINES, size=28, width=640, ink=0, paper=255):
    picture = Image.new("L", (width, 40 + len(lines) * (size + 14) + 60), paper)
    draw = ImageDraw.Draw(picture)
    for index, line in enumerate(lines):
        draw.text((40, 40 + index * (size + 14)), line, font=ImageFont.load_default(size), fill=ink)
    return picture


@pytest.fixture(name="page")
def _page():
    return page


@pytest.fixture(scope="session", autouse=True)
def _tesseract():
    try:
        engine("tesserocr")
    except DependencyMissing as error:
        pytest.skip(f"OCR is not installed: {error}; {error.remedy}")


@pytest.fixture(name="read")
def _read():
    def read(path: Path, **params):
        given = ReadScansParams(**params)
        rows = []
        for offset, length in READ_SCANS.split(path, given):
            rows += READ_SCANS.read(Item(str(path), path, offset, length), given)
        return rows

    return read
