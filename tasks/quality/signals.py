"""Signals of text quality, each from 0 (bad) to 1 (good), with the rule of the literature that it is taken from.

Gopher: Rae et al. 2021, "Scaling Language Models", table A1 (https://arxiv.org/abs/2112.11446).
C4: Raffel et al. 2020 (https://arxiv.org/abs/1910.10683). FineWeb: Penedo et al. 2024 (https://arxiv.org/abs/2406.17557).
Their rules reject web pages; a ticket of five words is no bad page, so nothing here depends on a text's length, and
what needs length to mean anything (repetition, stop words) is neutral (1) on short texts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

WORD = re.compile(r"\w+(?:['’ʼ-]\w+)*")
SYMBOLS = re.compile(r"[#…]|\.\.\.")
PSEUDONYM = re.compile(r"<[A-Z_]+_\w+>")
ENOUGH_WORDS = 30
"""Words from which repetition and stop words mean something."""
SPACELESS = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts without blanks between words: word lengths mean nothing there."""


def ramp(value: float, bad: float, good: float) -> float:
    """Return 0 at `bad` and beyond, 1 at `good` and beyond, and a straight line between."""
    return min(1.0, max(0.0, (value - bad) / (good - bad)))


def letters(text: str) -> float:
    """Score the share of visible characters that are letters or marks; Gopher wants 80 % of words to have a letter."""
    visible = [character for character in text if not character.isspace()]
    alphabetic = sum(
        character.isalpha() or (not character.isascii() and not character.isnumeric()) for character in visible
    )
    return ramp(alphabetic / len(visible), 0.3, 0.7) if visible else 0.0


def word_length(text: str) -> float:
    """Score the mean length of words; Gopher keeps 3 to 10 letters (isiZulu and Amharic need the leeway given here)."""
    words = WORD.findall(text)
    if not words or SPACELESS.search(text):
        return float(bool(words))
    mean = sum(map(len, words)) / len(words)
    return ramp(mean, 1.0, 2.5) * ramp(mean, 20.0, 13.0)


def symbols(text: str) -> float:
    """Score hash marks and ellipses by word; Gopher rejects from 0.1 on."""
    words = WORD.findall(text)
    return ramp(len(SYMBOLS.findall(text)) / len(words), 0.4, 0.1) if words else 0.0


def repetition(text: str) -> float:
    """Score the share of characters in words of the most frequent 3-word sequence; Gopher rejects from 0.18 on."""
    words = WORD.findall(text.casefold())
    if len(words) < ENOUGH_WORDS:
        return 1.0
    grams = Counter(zip(words, words[1:], words[2:], strict=False))
    gram, times = grams.most_common(1)[0]
    return ramp(times * sum(map(len, gram)) / sum(map(len, words)), 0.36, 0.18) if times > 1 else 1.0


def duplicate_lines(text: str) -> float:
    """Score the share of lines that repeat another; Gopher rejects from 0.3 on (FineWeb: of characters, 0.1)."""
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return ramp(1 - len(set(lines)) / len(lines), 0.6, 0.3) if len(lines) > 3 else 1.0


def variety(text: str) -> float:
    """Score the share of different words; a running text of any language has more than a tenth."""
    words = WORD.findall(text.casefold())
    return ramp(len(set(words)) / len(words), 0.02, 0.1) if len(words) >= ENOUGH_WORDS else 1.0


def placeholders(text: str) -> float:
    """Score the share of words that scrub-pii replaced: a text of nothing but pseudonyms teaches nothing."""
    words = text.split()
    return ramp(len(PSEUDONYM.findall(text)) / len(words), 0.8, 0.4) if words else 0.0


def readable(text: str) -> float:
    """Score the share of replacement characters (U+FFFD): letters that an encoding or a scanner lost."""
    return ramp(text.count("\ufffd") / len(text), 0.05, 0.0) if text else 0.0


SIGNALS: dict[str, Callable[[str], float]] = {
    "letters": letters,
    "word_length": word_length,
    "symbols": symbols,
    "repetition": repetition,
    "duplicate_lines": duplicate_lines,
    "variety": variety,
    "placeholders": placeholders,
    "readable": readable,
}
