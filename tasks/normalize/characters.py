"""Characters that nobody can see or that only attack renderers: what goes, what stays, and why.

Letters and marks of living scripts are never touched. Sources: Unicode 15 core specification, UAX #9 (bidi),
UAX #15 (normalization), UTS #51 (emoji), and "Trojan Source" (Boucher & Anderson 2021).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from tasks.edits import Edit, cut

JOINED = (
    "\u0600-\u08ff\ufb50-\ufdff\ufe70-\ufeff"  # Arabic, Syriac, Thaana, N'Ko, Samaritan, Mandaic and their extensions
    "\u0900-\u0dff"  # the Indic scripts from Devanagari to Sinhala
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u1800-\u18af"  # Thai, Lao, Tibetan, Myanmar, Khmer, Mongolian
    "\u1900-\u1aff\u1b00-\u1c4f\u2d30-\u2d7f\ua840-\ua8ff\ua980-\uaaff"  # Limbu … Balinese, Tifinagh, Javanese …
    "\U00010a00-\U00011fff\U0001e900-\U0001e95f"  # historic Indic scripts, Adlam
)
"""Scripts whose spelling uses joiners (ZWJ, ZWNJ), or ZWSP between words."""
EMOJI = "\u00a9\u00ae\u203c-\u3299\ufe0f\U0001f000-\U0001faff"
RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
PLANE_ENDS = "".join(chr(0x10000 * plane + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"

MAX_MARKS = 8
"""Combining marks kept on one base. Living orthographies stack at most 4 or 5 (pointed Hebrew); UAX #15's
Stream-Safe format says that no natural text needs more than 30."""


class Rule(NamedTuple):
    """One rule: its name, what it matches, what takes its place, and the flag it sets on the record."""

    name: str
    pattern: re.Pattern[str]
    insert: str | Callable[[re.Match[str]], str] = ""
    flag: str = ""
    unless: re.Pattern[str] | None = None
    """Do not apply the rule to a text in which this is found."""

    def edits(self, text: str) -> Iterator[Edit]:
        """Yield the edits that the rule wants."""
        if self.unless and self.unless.search(text):
            return
        for match in self.pattern.finditer(text):
            insert = self.insert if isinstance(self.insert, str) else self.insert(match)
            if insert != match.group():
                yield Edit(match.start(), match.end(), insert, self.name)


HIDDEN: tuple[Rule, ...] = (
    Rule(
        "tag-characters",
        re.compile(
            # a flag is a black flag, tags, and a cancel tag: those stay
            "(?P<flag>\U0001f3f4[\U000e0020-\U000e007e]{1,8}\U000e007f)|[\U000e0000-\U000e007f]+"
        ),
        lambda match: match["flag"] or "",
        "smuggled",
    ),
    Rule(  # those beyond U+E0100 choose between shapes of ideographs; in other places, or in a row, they carry text
        "variation-selectors",
        re.compile(f"[\ufe00-\ufe0f\U000e0100-\U000e01ef]{{3,}}|(?<![{IDEOGRAPHS}])[\U000e0100-\U000e01ef]+"),
        flag="smuggled",
    ),
    Rule(  # orphans of emoji that were lost; one may follow an emoji, an ideograph, a keycap, a script with variants
        "orphan-selectors",
        re.compile(f"(?<![{EMOJI}{IDEOGRAPHS}0-9#*{JOINED}])[\ufe00-\ufe0f]+|(?<=[\ufe00-\ufe0f])[\ufe00-\ufe0f]+"),
        flag="zero_width",
    ),
    Rule("private-use", re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]+"), flag="private_use"),
    Rule("noncharacters", re.compile(f"[\ud800-\udfff\ufdd0-\ufdef{PLANE_ENDS}]"), "\ufffd", "replacement_char"),
    Rule(
        "control-characters",
        re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u206a-\u206f\ufeff\ufff9-\ufffb]+"),
        flag="control_chars",
    ),
    Rule("bidi-controls", re.compile("[\u202a-\u202e\u2066-\u2069]+"), flag="bidi_control"),
    Rule("bidi-marks", re.compile("[\u200e\u200f\u061c]+"), unless=re.compile(f"[{RIGHT_TO_LEFT}]")),
    Rule(
        "zero-width",  # joiners stay where a joining script or an emoji stands before them, ZWSP in joined scripts
        re.compile(f"(?<![{JOINED}{EMOJI}\u200b-\u200d])[\u200b-\u200d]+|[\u2060-\u2064\u00ad\u034f\u115f\u1160\u3164\uffa0\u17b4\u17b5]+"
                   f"|(?<=[{EMOJI}])[\u200b\u200c]+|(?<=\u200d)[\u200b-\u200d]+"),
        flag="zero_width",
    ),
)  # fmt: skip
"""In the order in which they run. They come after ftfy: soft hyphens and C1 controls are bytes of broken encodings."""


MANY_SYMBOLS = re.compile(rf"[^\w\s]{{{MAX_MARKS + 1}}}")
"""Cheap test for what may be a run of marks: to `re` a mark is neither letter nor blank."""


@cache
def _mark_runs() -> re.Pattern[str]:
    """Return what matches more combining marks than anybody writes.

    Only marks that reorder (combining class above 0) count: they make normalization quadratic and letters unreadable.
    """
    marks = "".join(chr(c) for c in range(0x300, min(sys.maxunicode, 0x1F000)) if unicodedata.combining(chr(c)))
    return re.compile(f"[{marks}]{{{MAX_MARKS + 1},}}")


def surplus_marks(text: str) -> Iterator[Edit]:
    """Yield cuts of the marks beyond MAX_MARKS on one base. Must run before any normalization (linear time)."""
    if text.isascii() or not MANY_SYMBOLS.search(text):
        return
    for match in _mark_runs().finditer(text):
        yield cut(match.start() + MAX_MARKS, match.end(), "surplus-marks")


def _trimmed(match: re.Match[str]) -> str:
    """Return what stays of the blanks at a line's end: one after `--`, the signature mark of RFC 3676."""
    before = match.string[max(0, match.start() - 3) : match.start()]
    return " " if before in {"--", "\n--"} and match.group().startswith(" ") else ""


LIGATURES: tuple[Rule, ...] = (
    # shapes of print (PDF text is full of them); the digraph letters of Croatian and Dutch are letters and stay
    Rule("ligatures", re.compile("[\ufb00-\ufb06]"), lambda match: unicodedata.normalize("NFKC", match.group())),
)
WHITESPACE: tuple[Rule, ...] = (
    Rule("line-breaks", re.compile("\r\n?|[\x85\u2028\u2029]"), "\n"),
    Rule("trailing-space", re.compile(r"(?<![ \t])[ \t]++(?=\n)"), _trimmed),
    Rule("blank-lines", re.compile(r"\n{4,}"), "\n\n\n"),
)
