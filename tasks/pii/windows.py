"""Windows of a text for the name model: the sentences that could hold a name or an address, packed together.

The model costs more than all other detectors together, and most sentences of a mail have nothing for it: no capital
inside but those of ordinary words, no rare word, no house number. Those are skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.pii.lexicon import is_name, stops, zipf
from tasks.pii.words import WORD

WINDOW = 480
"""Characters: the model's recall drops in longer ones (its own package says so)."""
PIECE = re.compile(r"[^\n.!?]*(?:[.!?](?!\s)[^\n.!?]*)*[.!?\n]{0,8}[ \t]{0,8}")
"""A sentence or a line, with what ends it."""
NUMBERED = re.compile(
    r"(?<![\w.,/:-])\d{1,6}[a-zA-Z]?,? [A-ZÀ-Þ]|[A-ZÀ-Þ][\w.'’-]*,? \d{1,6}(?![\w,:/-])|(?<![\w.,/-])\d{5}(?![\w,/-])"
)
"""What a house number or a postal code looks like."""
RARE_CAPITAL, RARE_WORD, FIRST_NAME = 4.2, 3.7, 5.0
"""Zipf frequencies below which a word is worth a look: with a capital, without one, at the start of a sentence."""
CLEAR_NAME = 4.9
"""Below this Zipf frequency a capitalised word of the gazetteer is a name without the model (as in `names`)."""
ACRONYM = 5
"""Letters of the longest word in capitals that is taken for an acronym."""
BRAND = re.compile(r"(?!Ma?c|O['’]|D[eu]|L[ae]|Va|Ra|Ma|Fitz)[A-Z][a-z]+[A-Z]")
"""A capital inside a word, as in SourceForge; McDonald, DeVries and VaMoyo are names."""
MIN_LETTERS = 2
SAMPLE = 2000
"""Code points of a text that are looked at for a capital; where there is none, names have none either."""
NEIGHBOUR = 36
"""Characters of a short line, read together with its neighbour."""


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of sentences and lines, those beyond WINDOW cut at a space."""
    for match in PIECE.finditer(text):
        start, end = match.span()
        while end - start > WINDOW:
            cut = text.rfind(" ", start + WINDOW // 2, start + WINDOW)
            cut = cut + 1 if cut > 0 else start + WINDOW
            yield start, cut
            start = cut
        if end > start:
            yield start, end


def windows(text: str, *, gated: bool = True) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of runs of neighbouring pieces that could hold something, each at most WINDOW long.

    A text that fits into one window is read whole: there is little to save and context to lose.
    """
    start = end = -1
    for left, right in _chosen(text) if gated and len(text) > WINDOW else pieces(text):
        if left != end or right - start > WINDOW:
            if end > start:
                yield start, end
            start = left
        end = right
    if end > start:
        yield start, end


def _chosen(text: str) -> Iterator[tuple[int, int]]:
    """Yield the pieces worth reading, and the short ones beside them: a signature is read whole."""
    rare = not any(c.isupper() for c in text[:SAMPLE])
    held: tuple[int, int] | None = None
    last = False
    for left, right in pieces(text):
        short = right - left <= NEIGHBOUR
        chosen = worth_reading(text[left:right], rare=rare)
        if chosen and held is not None:
            yield held
        if chosen or (last and short):
            yield left, right
        held = (left, right) if short and not chosen and not last else None
        last = chosen


def worth_reading(piece: str, *, rare: bool = True) -> bool:
    """Whether a sentence could hold a name or an address. `rare`: an uncommon word in lower case is reason enough."""
    words = [m.group() for m in WORD.finditer(piece)]
    if not words:
        return False
    if any(_capital(word) for word in words[1:]) or _opening(words[0]):
        return True
    if NUMBERED.search(piece):
        return True
    return rare and any(_rare(w) for w in words)


def _capital(word: str) -> bool:
    if not word[0].isupper() or len(word) < MIN_LETTERS or word.casefold() in stops():
        return False
    if (word.isupper() and len(word) <= ACRONYM) or BRAND.match(word):
        return False
    if is_name(word):
        return zipf(word) >= CLEAR_NAME
    return zipf(word) < RARE_CAPITAL


def _opening(word: str) -> bool:
    return (
        word[0].isupper()
        and word.casefold() not in stops()
        and zipf(word) < FIRST_NAME
        and (is_name(word) or zipf(word) < 3)
    )


def _rare(word: str) -> bool:
    return len(word) > MIN_LETTERS and word.islower() and zipf(word) < RARE_WORD and word not in stops()
