"""Endings that nobody says: device footers and legal disclaimers, and the banners that gateways put on top."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from tasks.lexica import AnyOf, extended, fold
from tasks.replies.layouts import FRAME
from tasks.replies.lines import DELIMITER, RULE, Lines

MOST_WORDS = 6
"""A device footer is short: "Sent from my Verizon Wireless BlackBerry"; a sentence about a phone is longer."""

MOST_LINES = 120
"""Disclaimers are looked for in that many lines at the end of a message."""

LONGEST_INTRO = 40
"""A line above a disclaimer, in its paragraph, that is longer belongs to it. Characters."""

TAIL = 8
"""A device footer stands within that many lines with text from the end of its message."""

LINK = re.compile(r"[<(\[]?https?://\S+|<[^<>\s]*>|\(?www\.\S+|\[\S*\]")
WORD = re.compile(r"[^\W_][\w'’]*")


@dataclass(frozen=True, slots=True)
class Endings:
    """Folded phrases: `device` starts, `device_words`, `device_whole` lines, and those of the other kinds.

    `phrases`: for `Clues`; without one of "device", "disclaimer" or "banner" there is nothing of that kind to cut.
    """

    phrases: Mapping[str, Sequence[str]]
    device: tuple[str, ...]
    device_words: frozenset[str]
    device_whole: frozenset[str]
    strong: AnyOf
    weak: AnyOf
    footer: AnyOf
    banner: AnyOf


@cache
def endings(extra: str) -> Endings:
    """Return the compiled phrases, with a user's file (or "")."""
    lexicon = extended("reply_endings", extra)
    device, disclaimer = lexicon["device"], lexicon["disclaimer"]
    return Endings(
        phrases={
            "device": [*device["starts"], *(line.rstrip(".") for line in device["whole"])],
            "disclaimer": [*disclaimer["strong"], *disclaimer["footers"]],
            "banner": lexicon["banner"]["phrases"],
        },
        device=tuple(fold(start) for start in device["starts"]),
        device_words=frozenset(fold(word) for word in device["words"]),
        device_whole=frozenset(fold(line.rstrip(".")) for line in device["whole"]),
        strong=AnyOf(disclaimer["strong"]),
        weak=AnyOf(disclaimer["weak"]),
        footer=AnyOf(disclaimer["footers"]),
        banner=AnyOf(lexicon["banner"]["phrases"]),
    )


def is_device_footer(bare: str, known: Endings) -> bool:
    """Say whether a line is a device's or an app's footer: a known beginning, a device's name, few words."""
    folded = fold(bare.strip("-_*=~|> .\u00a0"))
    if folded.rstrip(".") in known.device_whole:
        return True
    if not folded.startswith(known.device):
        return False
    start = next(start for start in known.device if folded.startswith(start))
    rest = LINK.sub(" ", folded[len(start) :])
    words = WORD.findall(rest)
    return 0 < len(words) <= MOST_WORDS and "," not in rest and any(word in known.device_words for word in words)


def cut_device_footers(lines: Lines, first: int, end: int, known: Endings) -> None:
    """Cut the device footers at the end of a zone, with the rule above them."""
    for i in list(lines.content(first, end))[-TAIL:]:
        if len(lines.bare[i]) <= 160 and is_device_footer(lines.bare[i], known) and not _goes_on(lines, i, end):
            lines.cut(_rules_above(lines, i, first, 2), i + 1, "device_footer")


def _goes_on(lines: Lines, i: int, end: int) -> bool:
    """Say whether a sentence runs through a line: no end above it, a small letter right below it."""
    if not 0 < i < end - 1 or not lines.bare[i - 1] or lines.rules[i - 1]:
        return False
    return lines.bare[i - 1][-1].isalnum() and lines.bare[i + 1][:1].islower()


def paragraphs(lines: Lines, first: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of lines between blank, cut and ruled ones."""
    begin = None
    for i in range(first, end):
        if lines.bare[i] and lines.rules[i] is None and not RULE.match(lines.bare[i]):
            begin = i if begin is None else begin
        elif begin is not None:
            yield begin, i
            begin = None
    if begin is not None:
        yield begin, end


def cut_disclaimers(lines: Lines, first: int, end: int, known: Endings) -> None:
    """Cut paragraphs of legal disclaimers and what stands between and around them of rules."""
    found = False
    first_tail = max(first, end - MOST_LINES)
    tail = fold(" ".join(lines.bare[first_tail:end]))
    if not (known.strong.within(tail) or known.footer.within(tail)):
        return
    for begin, stop in paragraphs(lines, first_tail, end):
        said = fold(" ".join(lines.bare[begin:stop]))
        if _is_disclaimer(said, known, after_another=found):
            start = _with_intro(lines, begin, stop, known)
            lines.cut(_rules_above(lines, start, first), _rules_below(lines, stop, end), "disclaimer")
            found = True


def _is_disclaimer(said: str, known: Endings, *, after_another: bool) -> bool:
    if len(said) < 300 and known.footer.within(said):
        return True
    if known.strong.within(said):
        return known.weak.within(said)
    return after_another and known.weak.count(said) >= 2


def _with_intro(lines: Lines, begin: int, stop: int, known: Endings) -> int:
    """Return where the disclaimer begins in its paragraph: text above it, in the same paragraph, stays.

    Only short lines (a name, "Regards,") can stand there: a disclaimer is set in long lines.
    """
    for i in range(begin, stop):
        said = fold(lines.bare[i])
        if len(said) > LONGEST_INTRO or known.strong.within(said) or known.weak.within(said):
            return i
    return begin


def _rules_above(lines: Lines, i: int, first: int, most: int = 3) -> int:
    above = lines.before(i, most)
    ruled = above >= first and (RULE.match(lines.bare[above]) or DELIMITER.match(lines.bare[above]))
    return above if ruled else i


def _rules_below(lines: Lines, i: int, end: int) -> int:
    below = lines.after(i - 1, 3)
    return below + 1 if below < end and RULE.match(lines.bare[below]) else i


def cut_banner(lines: Lines, known: Endings) -> None:
    """Cut the banner of a mail gateway among the first paragraphs ("CAUTION: this email originated from outside …")."""
    if not known.banner.within(fold(" ".join(lines.bare[:12]))):
        return
    for number, (begin, stop) in enumerate(paragraphs(lines, 0, min(len(lines), 40))):
        if number >= 3:
            return
        said = fold(" ".join(lines.bare[begin:stop]))
        if len(said) < 600 and known.banner.within(said[:250]) and stop - begin <= 6:
            lines.cut(begin, stop, "banner")


def strip_frame(bare: str) -> str:
    """Return a line without the marks that frame it ("*John Dube*", "| John Dube |")."""
    return bare.strip(FRAME)
