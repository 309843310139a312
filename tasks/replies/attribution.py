"""Attribution lines: "On Mon, 3 Apr 2012 at 16:19, bob <bob@example.com> wrote:" in any language and mail client."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tasks.lexica import fold
from tasks.replies.layouts import Layouts
from tasks.replies.lines import LONGEST, Lines, unquoted

ENDS = (":", "：", "፦", ":*", ":_", "፡")
MOST_LINES = 4
"""Clients that wrap at 72 columns spread an attribution over up to four lines (long addresses, mailto: links)."""

LEAST_FRAMED = 12
"""Between the dashes stand a date, a name and a verb. Characters."""

DIGIT = re.compile(r"\d")
DATE = re.compile(
    r"\b(?:19|20)\d\d\b|\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\d{4}年"
    r"|\b[012]?\d/\d{1,2}\b|[٠-٩]{4}|\b\d{1,2}\.? [^\W\d]{3,9}\.? \d\d\b"
)
TIME = re.compile(r"\b\d{1,2} ?[:.hH] ?\d{2}\b|[٠-٩]{1,2}:[٠-٩]{2}")
ADDRESS = re.compile(r"[<(\[]\s*(?:mailto:)?[^\s<>()@]{1,80}(?:@| at )[^\s<>()]{1,120}")
BARE_ADDRESS = re.compile(r"[^\s<>()@,:;\"]{1,80}@[^\s<>()@,:;\"]{2,120}")
NOT_A_NAME = re.compile(r"[.!?]\s|[;!?]| (?:and|et|und|en|e|y|we|they|he|she|you|i|it|je|nous|ek|ons) ")
FILLERS = re.compile(r"\b(?:am|pm|a\.m\.|p\.m\.|uhr|utc|gmt|h|hrs|[ap])\b|[+-]\d{4}|\b[a-z]{3,4}\b(?=,)")


@dataclass(frozen=True, slots=True)
class Attribution:
    """An attribution on the lines `first` … `last`. `sure`: it needs no quoted text below as a witness."""

    first: int
    last: int
    sure: bool


def attribution(lines: Lines, last: int, layouts: Layouts, floor: int) -> Attribution | None:
    """Return the attribution that ends on line `last`, or None. It begins at line `floor` or later."""
    if not lines.bare[last].rstrip("*_ \u00a0").endswith(ENDS):
        return None
    if not _promising(lines, last, layouts):
        return None
    best, score, joined = None, 0, ""
    for first in range(last, max(last - MOST_LINES, floor - 1), -1):
        if not lines.bare[first]:
            break
        joined = f"{unquoted(lines.bare[first]) if first == last else lines.bare[first]} {joined}".strip()
        if len(joined) > LONGEST:
            break
        found = _score(joined, layouts)
        if found > score:
            best, score = first, found
        elif score and not _continues(lines.bare[first], layouts):
            break
    return None if best is None else Attribution(best, last, score >= SURE)


SURE = 6
WEAK = 3


def framed_attribution(lines: Lines, first: int, layouts: Layouts) -> Attribution | None:
    """Return the attribution between dashes that begins on line `first`, or None. It may go on on the next line."""
    if not lines.bare[first].startswith("---"):
        return None
    for last in range(first, min(first + 2, len(lines))):
        joined = " ".join(lines.bare[first : last + 1])
        if _is_framed(joined) and len(joined) <= LONGEST:
            return Attribution(first, last, sure=True) if _score(joined.strip("- "), layouts) >= SURE else None
    return None


def _is_framed(bare: str) -> bool:
    """Say whether dashes stand around a line, as Zoho Mail writes attributions: `---- On … bob wrote ---`."""
    return bare.startswith("---") and bare.endswith("---") and len(bare.strip("- ")) > LEAST_FRAMED


def _promising(lines: Lines, last: int, layouts: Layouts) -> bool:
    """Say whether a closer look is worth it: most lines that end in a colon have no digit, no address and no verb."""
    tail = " ".join(lines.bare[max(0, last - MOST_LINES + 1) : last + 1])
    return "@" in tail or DIGIT.search(tail) is not None or layouts.verbs.within(fold(lines.bare[last]))


def _continues(bare: str, layouts: Layouts) -> bool:
    """Say whether a line could be the beginning of an attribution that goes on below."""
    return bool(layouts.on.match(fold(bare)) or DATE.search(bare)) and not bare.endswith((".", "?", "!"))


def _score(joined: str, layouts: Layouts) -> int:
    """Return 0 for no attribution, WEAK and more for one that needs a witness, SURE and more for one that does not."""
    folded = fold(joined)
    verb = layouts.wrote.search(folded) if layouts.verbs.within(folded) else None
    address = ADDRESS.search(joined) or _adjacent_address(folded, verb)
    if layouts.quoting.match(folded) and len(folded) < 160:
        return SURE if address else WEAK
    if not address and not verb:
        return 0
    date, time = DATE.search(joined), TIME.search(joined)
    opener = layouts.on.match(folded)
    if address:
        return _with_address(folded, address, bool(verb), bool(date), bool(time), bool(opener))
    assert verb is not None  # said above
    if date and time and (opener or joined[0].isdigit()) and _named(folded, joined, verb):
        return SURE + 1
    return WEAK + bool(date) + bool(opener) if date or time or _short_name(joined) else 0


def _with_address(folded: str, address: re.Match[str], verb: bool, date: bool, time: bool, opener: bool) -> int:
    begins = opener or folded[:1].isdigit() or folded[:1] in "\"'<" or address.start() < 60
    if date and (verb or time) and begins:
        return SURE + 1 + opener + verb
    return WEAK + verb + opener if verb or date else 0


def _adjacent_address(folded: str, verb: re.Match[str] | None) -> re.Match[str] | None:
    """Return a bare address right beside the verb, or at the very end ("schrieb bob@example.com:")."""
    if verb is None:
        return None
    for found in BARE_ADDRESS.finditer(folded):
        between = (
            folded[found.end() : verb.start()] if found.end() <= verb.start() else folded[verb.end() : found.start()]
        )
        if len(between.strip(" ,\"'<>()[]")) <= 2:
            return found
    return None


def _named(folded: str, joined: str, verb: re.Match[str]) -> bool:
    """Say whether what stands beside date, time and verb looks like a name ("Sam Agent", not "your agent")."""
    rest = folded[: verb.start()] + folded[verb.end() :]
    digits = [i for i, c in enumerate(rest) if c.isdigit()]
    name = FILLERS.sub(" ", rest[digits[-1] + 1 :] if digits else rest).strip(" ,.:;\"'()\u060c፣፦")
    words = name.split()
    if not 1 <= len(words) <= 6 or NOT_A_NAME.search(f" {name} "):
        return False
    at = fold(joined).find(words[0])
    original = " ".join(joined.split())
    return at >= 0 and not original[at : at + 1].islower()


def _short_name(joined: str) -> bool:
    return len(joined) <= 60 and len(joined.split()) <= 6
