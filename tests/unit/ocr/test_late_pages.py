"""A page that takes too long is left out; the document is not lost with it."""

from __future__ import annotations

import pytest

from tasks.errors import RecordError
from tasks.ocr import scans


class SlowOnWidePages:
    """The real engine, but that it gives up pages wider than high."""

    def __init__(self, engine):
        self._engine = engine

    def __getattr__(self, name):
        return getattr(self._engine, name)

    def words(self, picture, *rest):
        if picture.width > picture.height:
            raise RecordError("timeout", "tesseract")
        return self._engine.words(picture, *rest)


@pytest.fixture
def slow(monkeypatch):
    real = scans.engine("tesserocr")
    monkeypatch.setattr(scans, "engine", lambda _name: SlowOnWidePages(real))


@pytest.mark.usefixtures("slow")
def test_the_other_pages_are_read(tmp_path, page, read):
    first = page()
    tall = first.crop((0, 0, first.width, first.width * 2))
    tall.paste(255, (0, first.height, tall.width, tall.height))
    wide = first.crop((0, 0, first.width, first.width // 2))
    tall.save(tmp_path / "a.tif", save_all=True, append_images=[wide, tall])
    (row,) = read(tmp_path / "a.tif")
    assert row["flags"] == ["unread_page"]
    assert ["bridge" in one["text"] for one in row["pages"]] == [True, False, True]
    assert row["text"].count("bridge") == 2


@pytest.mark.usefixtures("slow")
def test_a_document_without_any_page_in_time_waits(tmp_path, page, read):
    first = page()
    first.crop((0, 0, first.width, first.width // 2)).save(tmp_path / "a.png")
    with pytest.raises(RecordError) as caught:
        read(tmp_path / "a.png")
    assert caught.value.reason == "timeout"
