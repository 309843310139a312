"""Person names: what the model says, what stands beside a greeting or a title, and capitals in African languages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tasks.pii.lexicon import (
    MODEL_LANGS,
    is_common,
    is_institution,
    is_name,
    is_no_surname,
    is_ordinary,
    is_title,
    listed,
    phrase_set,
    phrases,
    short_code,
    stops,
    zipf,
)
from tasks.pii.ner import Token
from tasks.pii.spans import Span
from tasks.pii.words import MARKS, Word, owner_end, words

PERSON = "PERSON"
SURE, MODEL_SURE = 0.4, 0.8
"""Probability from which the model is believed beside a capital, and without one."""
JOINTS = frozenset({" ", "  ", "\xa0", "-", " - ", " \n"})
"""What may stand between two words of one name (mail wraps after a space)."""
DOTTED = frozenset({". ", ".", " . "})
"""What may stand after an initial or a title."""
ENGLISH_NAME = 4.9
"""Zipf frequency below which a capitalised English word that the gazetteer has is taken for a name."""
ENGLISH_WORD = 5.4
"""Zipf frequency from which an English word in an African text is taken for a word, not a name."""
LONGEST = 10
"""Letters of the longest name that no gazetteer has; longer capitalised words are institutions (seen in UDHR)."""
OPENING_NAME = 5
"""Letters that a name from the gazetteer needs to count at the start of a sentence, where function words stand."""
PREFIXED = re.compile(rf"[^\W\d_]{{1,7}}?([A-ZÀ-Þ][a-zà-ÿ{MARKS}]{{2,}}(?:-[A-Z][a-z]+)?)")
"""A noun-class prefix or particle, and the name after it, as in `kwabakaZuma`."""
PREFIXING = frozenset({"zu", "xh", "ss", "ssw", "nr", "nbl", "sn", "sna", "st", "tn", "nso", "ts", "ve", "ny", "nya"})
"""Languages that write class prefixes before the capital of a name."""
RARE, UNCOMMON = 3.0, 3.9
"""Zipf frequencies below which a word without a capital is believed to be a name: by half a word, by a sure model."""
FUNCTION_WORD = 5.8
"""Zipf frequency from which a capital after a name no longer belongs to it."""
DOMAIN = re.compile(r"\.(?:com|org|net|co|gov|edu|io|doc|pdf|txt|html?)\b", re.IGNORECASE)
DAY = re.compile(r"\.? ?\d")
MONTHS = frozenset(["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"])
GROW = 3
"""Words by which a name may grow to either side."""


@dataclass(slots=True)
class Page:
    """A text cut into words, with the score of each word that is part of a name."""

    text: str
    lang: str
    words: list[Word]
    marks: dict[int, float] = field(default_factory=dict)
    shouting: bool = False

    def mark(self, index: int, score: float) -> None:
        """Take the word as part of a name, with the best score it got."""
        self.marks[index] = max(score, self.marks.get(index, 0.0))

    def gap(self, index: int) -> str:
        """Return what stands between a word and the next one; a line break ends the text."""
        if index + 1 >= len(self.words):
            return "\n\n"
        return self.text[self.words[index].end : self.words[index + 1].start]

    def joined(self, index: int) -> bool:
        """Whether a word and the next one can belong to one name."""
        gap = self.gap(index)
        return gap in JOINTS or (gap in DOTTED and self.initial(index))

    def initial(self, index: int) -> bool:
        """Whether the word is an initial or an abbreviated title."""
        word = self.words[index].text
        return (len(word) == 1 and word.isupper()) or is_title(word)


def find_names(text: str, lang: str, tokens: Sequence[Token]) -> list[Span]:
    """Return the names in `text`; `tokens` are the model's, with offsets in `text`."""
    page = Page(text, short_code(lang), words(text))
    page.shouting = sum(w.shouting for w in page.words) * 2 > len(page.words)
    by_model(page, tokens)
    if page.lang in MODEL_LANGS:
        by_gazetteer(page)
    else:
        by_capitals(page)
    by_neighbours(page, tokens)
    by_titles(page)
    grow(page)
    return list(spans(page))


def by_model(page: Page, tokens: Sequence[Token]) -> None:
    """Mark the words that the model takes for given names or surnames."""
    at = 0
    named = [t for t in tokens if t.label in {"GIVEN_NAME", "SURNAME"} and t.score >= SURE]
    shouting = _all_lower(page)
    for index, word in enumerate(page.words):
        while at < len(named) and named[at].end <= word.start:
            at += 1
        length, score, position = 0, 0.0, at
        while position < len(named) and named[position].start < word.end:
            length += min(named[position].end, word.end) - max(named[position].start, word.start)
            score = max(score, named[position].score)
            position += 1
        if length * 2 >= word.end - word.start and _believable(page, word, score, all_lower=shouting):
            page.mark(index, score)


def _all_lower(page: Page) -> bool:
    return sum(w.capital for w in page.words) * 12 <= len(page.words)


def _believable(page: Page, word: Word, score: float, *, all_lower: bool) -> bool:
    folded = word.text.casefold()
    if _no_name(page.text, word):
        return False
    if page.lang not in MODEL_LANGS:
        return word.capital and not word.first and _proper(word.text)
    if word.shouting and not page.shouting:
        return (score >= MODEL_SURE or is_name(folded)) and not is_common(folded, page.lang)
    if word.capital:
        return score >= SURE and (score >= MODEL_SURE or is_name(folded) or not is_common(folded, page.lang))
    frequency = zipf(folded)
    if score < MODEL_SURE:
        return frequency < RARE and folded not in listed("common")
    return frequency < UNCOMMON or (is_name(folded) and all_lower and frequency < FUNCTION_WORD)


def _no_name(text: str, word: Word) -> bool:
    """Whether the word is a stop word, an acronym, part of a domain or path, or a month before a day."""
    folded = word.text.casefold()
    if folded.partition("'")[0].partition("’")[0] in stops():
        return True
    before, after = text[word.start - 1 : word.start], text[word.end : word.end + 6]
    if before and before in "@/\\_#" and not is_name(folded):
        return True
    return bool(DOMAIN.match(after)) or (folded[:3] in MONTHS and len(folded) < 5 and bool(DAY.match(after)))


def by_gazetteer(page: Page) -> None:
    """Mark capitalised words that the gazetteer knows, where a capital is no matter of course."""
    for index, word in enumerate(page.words):
        if not word.capital or len(word.text) < 3 or not is_name(word.text) or _no_name(page.text, word):
            continue
        frequency = zipf(word.text)
        followed = page.joined(index) and page.words[index + 1].capital and not page.words[index + 1].shouting
        if (frequency < ENGLISH_NAME and not word.first and not word.shouting) or (
            followed and word.first and frequency < FUNCTION_WORD and _part(page, page.words[index + 1], right=True)
        ):
            page.mark(index, 0.5)


def by_neighbours(page: Page, tokens: Sequence[Token]) -> None:
    """Mark a word beside a marked one that the model took for a name, though its case or frequency spoke against."""
    named = {t.start: t.score for t in tokens if t.label in {"GIVEN_NAME", "SURNAME"} and t.score >= SURE}
    for index in sorted(page.marks):
        following = index + 1
        if following in page.marks or following >= len(page.words) or not page.joined(index):
            continue
        word = page.words[following]
        if not word.capital and (page.lang not in MODEL_LANGS or _verb(page.words[index], word)):
            continue
        if word.start in named and zipf(word.text) < FUNCTION_WORD and word.text.casefold() not in stops():
            page.mark(following, named[word.start])


def _verb(name: Word, word: Word) -> bool:
    """Whether an ordinary word in lower case stands behind a name with a capital: Molefe phoned."""
    return name.capital and zipf(word.text) >= RARE and not is_name(word.text)


def by_capitals(page: Page) -> None:
    """Mark capitalised words inside sentences of languages that the model does not know."""
    for index, word in enumerate(page.words):
        if _inner_capital(page, word) or (not word.first and word.capital and _proper(word.text)):
            page.mark(index, 0.6)
    again = {page.words[i].text for i in page.marks}
    for index, word in enumerate(page.words):
        if word.first and word.capital and _opens_name(page, index, word, again):
            page.mark(index, 0.5)


def _proper(text: str) -> bool:
    """Whether a capital inside a sentence makes this word a proper noun."""
    folded = text.casefold()
    if len(text) < 3 or text.isupper() or folded in stops() or is_institution(text):
        return False
    if is_name(text):
        return True
    return len(text) <= LONGEST and folded not in listed("common") and zipf(folded) < ENGLISH_WORD


def _opens_name(page: Page, index: int, word: Word, again: set[str]) -> bool:
    """Whether a capital that opens a sentence is a name's: it stands inside a sentence elsewhere, or a name follows."""
    if word.text in again:
        return True
    folded = word.text.casefold()
    if folded in stops() or is_institution(folded) or folded in listed("common") or len(folded) < 3:
        return False
    if index + 1 in page.marks and page.gap(index) == " ":
        return zipf(folded) < ENGLISH_WORD or is_name(folded)
    return len(folded) >= OPENING_NAME and is_name(folded) and not word.shouting and zipf(folded) < ENGLISH_WORD


def _inner_capital(page: Page, word: Word) -> bool:
    """Whether a class prefix stands before a second capital, as in uNgcobo, UBaloyi or VaMoyo."""
    match = PREFIXED.fullmatch(word.text)
    if match is None or is_title(word.text) or (word.text[0].isupper() and page.lang not in PREFIXING):
        return False
    return _proper(match.group(1))


def by_titles(page: Page) -> None:
    """Mark the capitalised word after a title."""
    for index, word in enumerate(page.words[:-1]):
        if is_title(word.text) and page.gap(index) in {" ", ". ", "."}:
            following = page.words[index + 1]
            if following.capital and _name_like(page, following) and not is_no_surname(following.text.casefold()):
                page.mark(index + 1, 0.7)


def _name_like(page: Page, word: Word) -> bool:
    return is_name(word.text) or not is_common(word.text, page.lang) or (word.capital and not word.first)


def grow(page: Page) -> None:
    """Let names take in neighbouring capitals, initials, particles and suffixes."""
    for index in sorted(page.marks):
        _grow_right(page, index)
    for index in sorted(page.marks, reverse=True):
        _grow_left(page, index)


def _grow_right(page: Page, index: int) -> None:
    at, score = index, page.marks[index]
    for _ in range(GROW):
        if at + 1 >= len(page.words) or not page.joined(at) or at + 1 in page.marks:
            return
        step = 1
        if _particle(page, at + 1) and at + 2 < len(page.words) and page.joined(at + 1):
            step = 2
        if not _part(page, page.words[at + step], right=True):
            return
        for position in range(at + 1, at + step + 1):
            page.mark(position, score * 0.9)
        at += step


def _grow_left(page: Page, index: int) -> None:
    at, score = index, page.marks[index]
    for _ in range(GROW):
        if at == 0 or at - 1 in page.marks or not page.joined(at - 1):
            return
        word = page.words[at - 1]
        if not (_part(page, word, right=False) or word.text.casefold() in phrase_set("titles")):
            return
        page.mark(at - 1, score * 0.9)
        at -= 1


def _particle(page: Page, index: int) -> bool:
    return page.words[index].text.casefold() in phrases()["stops"]["particles"]


def _part(page: Page, word: Word, *, right: bool) -> bool:
    folded = word.text.casefold()
    if folded in phrases()["stops"]["suffixes"] and right:
        return True
    if not word.capital or folded in stops() or (word.first and right):
        return False
    if len(word.text) == 1:
        return True
    if right and not word.shouting and not is_institution(word.text):
        return zipf(folded) < FUNCTION_WORD
    return is_name(folded) or not is_ordinary(folded, page.lang)


def spans(page: Page) -> list[Span]:
    """Return one span for each run of marked words."""
    found: list[Span] = []
    indices = sorted(page.marks)
    while indices:
        first = last = indices.pop(0)
        while indices and indices[0] == last + 1 and page.joined(last):
            last = indices.pop(0)
        score = max(page.marks[i] for i in range(first, last + 1))
        start = page.words[first].start
        end = owner_end(page.text, start, page.words[last].end)
        found.append(Span(start, end, PERSON, round(score, 3)))
    return found
