"""The tesseract program through pytesseract: the reference engine, in a process of its own that a timeout can kill."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from tasks.errors import DependencyMissing, RecordError, TransientError
from tasks.ocr.engine import Orientation, Word, parse_tsv

if TYPE_CHECKING:
    from PIL import Image

T = TypeVar("T")
INSTALL = "apt-get install tesseract-ocr tesseract-ocr-eng"


class Tesseract:
    """The `tesseract` program on the path.

    Raises DependencyMissing when it is not installed.
    """

    def __init__(self) -> None:
        # more threads cost 5 to 7 times the CPU for the same text, so this holds for every child
        os.environ["OMP_THREAD_LIMIT"] = "1"
        self.languages()

    def languages(self) -> frozenset[str]:
        """Return the installed models.

        Raises DependencyMissing without the program.
        """
        return _installed()

    def words(self, picture: Image.Image, languages: str, dpi: int, layout: int, seconds: float) -> list[Word]:
        """Read a grey picture; see `OcrEngine.words`."""
        import pytesseract  # noqa: PLC0415

        config = f"--psm {layout} --dpi {dpi}"
        return parse_tsv(
            _called(lambda: pytesseract.image_to_data(picture, lang=languages, config=config, timeout=seconds))
        )

    def orientation(self, picture: Image.Image, dpi: int, seconds: float) -> Orientation | None:
        """Return how the page lies; see `OcrEngine.orientation`."""
        import pytesseract  # noqa: PLC0415

        config = f"--psm 0 --dpi {dpi}"
        try:
            found: dict[str, Any] = _called(
                lambda: pytesseract.image_to_osd(
                    picture, config=config, output_type=pytesseract.Output.DICT, timeout=seconds
                )
            )
        except TransientError:
            # tesseract exits 1 with "Too few characters": there is no other way to tell it from a failure
            return None
        return Orientation(int(found["rotate"]), float(found["orientation_conf"]), str(found["script"]))


@cache
def _installed() -> frozenset[str]:
    import pytesseract  # noqa: PLC0415

    try:
        return frozenset(pytesseract.get_languages())
    except pytesseract.TesseractNotFoundError:
        raise DependencyMissing("the program tesseract is not installed", remedy=INSTALL) from None


def _called(call: Callable[[], T]) -> T:
    """Return what `call` returns; its exceptions hold paths and page text, so none goes on."""
    import pytesseract  # noqa: PLC0415

    try:
        return call()
    except pytesseract.TesseractNotFoundError:
        raise DependencyMissing("the program tesseract is not installed", remedy=INSTALL) from None
    except pytesseract.TesseractError as error:
        raise TransientError(f"tesseract failed with status {error.status}") from None
    except RuntimeError:
        # pytesseract's only RuntimeError that is no TesseractError is its timeout
        raise RecordError("timeout", "tesseract") from None
