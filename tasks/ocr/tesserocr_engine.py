"""Tesseract inside this process through tesserocr: the same models, no start of a program, no picture on disk."""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tasks.errors import DependencyMissing, RecordError, TransientError
from tasks.ocr.engine import Orientation, Word, parse_tsv

if TYPE_CHECKING:
    from PIL import Image

MODEL_ROOTS = ("/usr/share/tesseract-ocr/5/tessdata", "/usr/share/tessdata", "/usr/local/share/tessdata")
"""Where Debian, Fedora and a build from source put the models; TESSDATA_PREFIX comes before them."""
INSTALL = "apt-get install tesseract-ocr-eng tesseract-ocr-osd"
ORIENTATION_ONLY = 0
SILENT = 6
"""Leptonica's L_SEVERITY_NONE."""


class Tesserocr:
    """The library, with one loaded model per language and layout.

    Raises DependencyMissing when there are no models on this machine.
    """

    def __init__(self, models: Path) -> None:
        self._models = models
        if not self.languages():
            raise DependencyMissing(f"no tesseract models in {models}", remedy=INSTALL)
        _silence_leptonica()

    def languages(self) -> frozenset[str]:
        """Return the installed models."""
        return frozenset(path.stem for path in self._models.glob("*.traineddata"))

    def words(self, picture: Image.Image, languages: str, dpi: int, layout: int, seconds: float) -> list[Word]:
        """Read a grey picture; see `OcrEngine.words`."""
        api = _api(self._models, languages, layout)
        try:
            api.SetImage(picture)
            api.SetSourceResolution(dpi)
            if not api.Recognize(int(seconds * 1000)):
                raise RecordError("timeout", "tesseract")
            return parse_tsv(api.GetTSVText(0))
        except RuntimeError:
            raise TransientError("tesseract failed on a picture") from None
        finally:
            api.Clear()

    def orientation(self, picture: Image.Image, dpi: int, seconds: float) -> Orientation | None:  # noqa: ARG002
        """Return how the page lies; see `OcrEngine.orientation`. The library knows no time limit here."""
        if "osd" not in self.languages():
            raise DependencyMissing("tesseract has no osd model", remedy=INSTALL)
        api = _api(self._models, "osd", ORIENTATION_ONLY)
        try:
            api.SetImage(picture)
            api.SetSourceResolution(dpi)
            found = api.DetectOrientationScript()
        except RuntimeError:
            raise TransientError("tesseract failed on a picture") from None
        finally:
            api.Clear()
        if not found:
            return None
        turn = (360 - int(found["orient_deg"])) % 360
        return Orientation(turn, float(found["orient_conf"]), str(found["script_name"]))


def models_root() -> Path | None:
    """Return the folder that holds Tesseract's models, or None when there is none."""
    roots = [os.environ.get("TESSDATA_PREFIX", ""), *MODEL_ROOTS]
    return next((Path(root) for root in roots if root and any(Path(root).glob("*.traineddata"))), None)


@cache
def _api(models: Path, languages: str, layout: int) -> Any:
    import tesserocr  # noqa: PLC0415

    try:
        api = tesserocr.PyTessBaseAPI(path=f"{models}/", lang=languages, psm=layout)
    except RuntimeError:
        raise DependencyMissing(f"tesseract cannot load {languages}", remedy=INSTALL) from None
    api.SetVariable("debug_file", "/dev/null")
    return api


def _silence_leptonica() -> None:
    """Keep Leptonica's complaints about odd boxes from standard error, where they would look like ours."""
    import tesserocr  # noqa: PLC0415

    for library in (Path(tesserocr.__file__).parent.parent / "tesserocr.libs").glob("*lept*"):
        ctypes.CDLL(str(library)).setMsgSeverity(SILENT)
