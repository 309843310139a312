"""The shadow of a text: what a reader or a mail client makes of it, with a map of offsets back to the original.

Zero-width and tag characters are out, full-width and foreign digits folded, entities, percent and quoted-printable
escapes decoded, inline tags dropped, marks composed, look-alike letters within a Latin word made Latin. Detectors
search the shadow; spans are mapped back.
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufe00-\ufe0f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\U000e0100-\U000e01ef]"
)
INLINE_TAGS = "b|i|u|em|strong|span|font|wbr|small|big|sub|sup|mark|a|tt|code|s|ins|del"
SPECIAL = re.compile(
    rf"&(?:\#\d{{1,7}}|\#[xX][0-9a-fA-F]{{1,6}}|[a-zA-Z][a-zA-Z0-9]{{1,9}});"
    rf"|%[2-7][0-9a-fA-F](?![0-9a-fA-F]{{4}})"
    rf"|=(?:[2-7][A-F]|20|[2-7][0-9](?!\d{{7}})|\r?\n)"
    rf"|</?(?:{INLINE_TAGS})(?:\s[^<>]{{0,200}})?/?>"
    r"|[^\x00-\x7f][\u0300-\u036f]{0,30}|[a-zA-Z][\u0300-\u036f]{1,30}"
)
"""What may differ in the shadow; everything between is copied. Thirty marks on a letter are enough (UAX #15)."""
ESCAPES = re.compile(SPECIAL.pattern.partition("|[^\\x00")[0])
"""The part of it that ASCII can match: beginning with one of four signs, so it is found fast."""
TELLING = re.compile(r"[@%&]|\d[\d ().-]{4}")
"""A tag with such an attribute stays to be searched: `<a href="mailto:…">`."""
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһԛԝАВЕКМНОРСТУХІЈЅαεικνορτυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ。．",
    "aeopcyxijsdhqwABEKMHOPCTYXIJSaeiknoptuxABEZHIKMNOPTYX..",
)
"""Cyrillic and Greek letters that look Latin, and full stops of other scripts."""
OTHER_SCRIPT = re.compile("[\u0370-\u04ff。．]")
CHUNK = re.compile(r"\S{1,256}")


@dataclass(frozen=True, slots=True)
class Shadow:
    """A text to search, and where its characters come from.

    `starts` are the offsets in `text` where a run begins, `origins` the offsets of the runs in the original, and
    `folded` tells whether the run stands for an original of another length (`widths`) and so maps as a whole.
    """

    text: str
    starts: tuple[int, ...]
    origins: tuple[int, ...]
    widths: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets in the original of `text[start:end]`; a folded run counts whole."""
        return self._left(start), self._right(end)

    def _left(self, offset: int) -> int:
        run = bisect_right(self.starts, offset) - 1
        width = self.widths[run]
        return self.origins[run] + (offset - self.starts[run] if width < 0 else 0)

    def _right(self, offset: int) -> int:
        if offset == 0:
            return 0
        run = bisect_right(self.starts, offset - 1) - 1
        width = self.widths[run]
        return self.origins[run] + (offset - self.starts[run] if width < 0 else width)


def shadow(text: str) -> Shadow:
    """Return the shadow of `text`, made in time linear in its length."""
    special = ESCAPES if text.isascii() else SPECIAL
    if special is ESCAPES and not ESCAPES.search(text):
        return Shadow(text, (0,), (0,), (-1,))
    latin = CHUNK.sub(_latin, text) if OTHER_SCRIPT.search(text) else text
    pieces: list[str] = []
    starts, origins, widths = [0], [0], [-1]
    position = length = 0
    for match in special.finditer(latin):
        found = match.group()
        made = _folded(found)
        if made == found:
            continue
        before = latin[position : match.start()]
        pieces += [before, made]
        length += len(before)
        if made:
            starts.append(length)
            origins.append(match.start())
            widths.append(len(found))
            length += len(made)
        starts.append(length)
        origins.append(match.end())
        widths.append(-1)
        position = match.end()
    pieces.append(latin[position:])
    return Shadow("".join(pieces), tuple(starts), tuple(origins), tuple(widths))


def _latin(chunk: re.Match[str]) -> str:
    """Return a run of characters with look-alikes made Latin, where it mixes scripts."""
    found = chunk.group()
    mixed = OTHER_SCRIPT.search(found) and any(c.isascii() and (c.isalpha() or c == "@") for c in found)
    return found.translate(LOOKALIKES) if mixed else found


@lru_cache(maxsize=65536)
def _folded(found: str) -> str:
    first = found[0]
    if first == "&":
        return html.unescape(found)
    if first == "%":
        return chr(int(found[1:], 16))
    if first == "=":
        return chr(int(found[1:], 16)) if found[1] not in "\r\n" else ""
    if first == "<":
        return found if TELLING.search(found) else ""
    return "".join(_digit(c) for c in unicodedata.normalize("NFKC", INVISIBLE.sub("", found)))


def _digit(character: str) -> str:
    value = unicodedata.digit(character, None) if not character.isascii() else None
    return character if value is None else str(value)
