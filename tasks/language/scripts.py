"""Which script a text is written in (ISO 15924), and which languages are written in it."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from tasks.language.letters import PLANE, Letters
from tasks.language.tags import COLUMN, LANGUAGES

RANGES: tuple[tuple[int, int, str], ...] = (
    (0x0041, 0x02B8, "Latn"), (0x0370, 0x03FF, "Grek"), (0x0400, 0x052F, "Cyrl"), (0x0531, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"), (0x0600, 0x06FF, "Arab"), (0x0700, 0x074F, "Syrc"), (0x0750, 0x077F, "Arab"),
    (0x0780, 0x07BF, "Thaa"), (0x07C0, 0x07FF, "Nkoo"), (0x08A0, 0x08FF, "Arab"), (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"), (0x0A80, 0x0AFF, "Gujr"), (0x0B00, 0x0B7F, "Orya"),
    (0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"), (0x0C80, 0x0CFF, "Knda"), (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"), (0x0E00, 0x0E7F, "Thai"), (0x0E80, 0x0EFF, "Laoo"), (0x0F00, 0x0FFF, "Tibt"),
    (0x1000, 0x109F, "Mymr"), (0x10A0, 0x10FF, "Geor"), (0x1100, 0x11FF, "Hang"), (0x1200, 0x139F, "Ethi"),
    (0x13A0, 0x13FF, "Cher"), (0x1780, 0x17FF, "Khmr"), (0x1E00, 0x1EFF, "Latn"), (0x1F00, 0x1FFF, "Grek"),
    (0x2C60, 0x2C7F, "Latn"), (0x2D30, 0x2D7F, "Tfng"), (0x2D80, 0x2DDF, "Ethi"), (0x3040, 0x309F, "Hira"),
    (0x30A0, 0x30FF, "Kana"), (0x3400, 0x9FFF, "Hani"), (0xA720, 0xA7FF, "Latn"), (0xAB00, 0xAB2F, "Ethi"),
    (0xAC00, 0xD7AF, "Hang"), (0xF900, 0xFAFF, "Hani"), (0xFB50, 0xFDFF, "Arab"), (0xFE70, 0xFEFF, "Arab"),
)  # fmt: skip
"""First and last code point of the blocks of the scripts that we tell apart."""

SCRIPTS: tuple[str, ...] = ("Zyyy", *dict.fromkeys(script for _, _, script in RANGES))
JAPANESE = ("Hira", "Kana", "Hani")

WRITTEN_IN: dict[str, str] = {
    "Arab": "ar arq ary fa ku ps sd ug ur",
    "Armn": "hy",
    "Beng": "as bn",
    "Cher": "chr",
    "Cyrl": "az ba be bg cv kk ky mk mn os ru sr tg tt uk uz",
    "Deva": "hi mr ne new raj sa",
    "Ethi": "am ti",
    "Geor": "ka",
    "Grek": "el",
    "Gujr": "gu",
    "Guru": "pa",
    "Hang": "ko",
    "Hani": "zh",
    "Hebr": "he yi",
    "Jpan": "ja",
    "Khmr": "km",
    "Knda": "kn",
    "Laoo": "lo",
    "Mlym": "ml",
    "Mymr": "my",
    "Nkoo": "nqo",
    "Orya": "or",
    "Sinh": "si",
    "Syrc": "syr",
    "Taml": "ta",
    "Telu": "te",
    "Tfng": "zgh",
    "Thaa": "dv",
    "Thai": "th",
    "Tibt": "bo dz",
}
"""Languages by script; those of Latin are all that are named here for no other, and LATIN_TOO."""
LATIN_TOO = frozenset({"arq", "ary", "az", "ku", "sr", "tt", "ug", "uz"})
IMPOSSIBLE = -30.0
"""Added to the logit of a language that is not written in the text's script."""


@cache
def _script_of_code() -> npt.NDArray[np.uint8]:
    table = np.zeros(PLANE, dtype=np.uint8)
    for first, last, script in RANGES:
        table[first : last + 1] = SCRIPTS.index(script)
    return table


def main_scripts(letters: Letters, rows: int) -> list[str | None]:
    """Return the script of most letters of each text, None without letters; `Jpan` where kana stand with ideographs."""
    found = letters.code > 0
    script = _script_of_code()[np.minimum(letters.code[found], PLANE - 1)]
    cell = letters.owner[found].astype(np.int64) * len(SCRIPTS) + script
    counts = np.bincount(cell, minlength=rows * len(SCRIPTS)).reshape(rows, -1)
    kana = counts[:, [SCRIPTS.index("Hira"), SCRIPTS.index("Kana")]].sum(axis=1)
    names = [SCRIPTS[best] if total else None for best, total in zip(counts.argmax(1), counts.sum(1), strict=True)]
    return ["Jpan" if name in JAPANESE and some else name for name, some in zip(names, kana, strict=True)]


def tells_language(script: str | None) -> bool:
    """Tell whether one language alone is written in a script, so that a single letter is enough."""
    return len(WRITTEN_IN.get(script or "", "").split()) == 1


@cache
def _mask(script: str | None) -> npt.NDArray[np.float64]:
    if script is None or (script != "Latn" and script not in WRITTEN_IN):
        return np.zeros(len(LANGUAGES))
    elsewhere = {tag for tags in WRITTEN_IN.values() for tag in tags.split()} - LATIN_TOO
    fitting = set(LANGUAGES) - elsewhere if script == "Latn" else set(WRITTEN_IN[script].split())
    mask = np.full(len(LANGUAGES), IMPOSSIBLE)
    mask[[COLUMN[tag] for tag in fitting]] = 0.0
    return mask


def masks(scripts: list[str | None]) -> npt.NDArray[np.float64]:
    """Return what to add to the logits so that a language can't be named in a script that it is not written in."""
    return np.array([_mask(script) for script in scripts]).reshape(len(scripts), len(LANGUAGES))
