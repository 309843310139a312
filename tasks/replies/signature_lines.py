"""What single lines can be in a signature: a name, a way to reach it, a title; or only something that is said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from tasks.lexica import AnyOf, extended, fold
from tasks.replies.endings import strip_frame

LEAST_SAID = 4
"""A line of fewer words says nothing that a name, a title or a department could not."""

LONGEST_LINE = 90
EMAIL = re.compile(r"[^\s@<>]+ ?@ ?[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|net|org|co\.\w\w|edu|gov|io)\b")
PHONE = re.compile(r"(?:\+|\(|\b0)?[\d(][\d\s().\-/+]{6,}\d|\bx-?\d{3,6}\b|\b\d-\d{4}\b")
POSTCODE = re.compile(r"\b[A-Z]{2}\.?,? ?\d{5}(?:-\d{4})?\b|\b\d{4,6}\b")
SENTENCE = re.compile(r"[.!?።؟？！](?:\s|$)|。")
REACH = re.compile(r"[@\d]|\.\w|:/|www")
"""Stands in every mail or web address and every telephone number."""
IN_BRACKETS = re.compile(r"\([^()]*\)")
IN_NO_NAME = re.compile(r"[@:/\\=<>{}\[\]?!;0-9]")
WORD = re.compile(r"[^\W\d_][\w.'’-]*")


@dataclass(frozen=True, slots=True)
class Words:
    """Folded words of the lexicon. `soft`: of job titles, organizations and streets."""

    closing: frozenset[str]
    thanks: frozenset[str]
    soft: frozenset[str]
    label: frozenset[str]
    particle: frozenset[str]
    list_footer: AnyOf
    postscript: tuple[str, ...]


@cache
def words(extra: str) -> Words:
    """Return the words, with a user's file (or "")."""
    lexicon = extended("reply_endings", extra)
    signature = lexicon["signature"]
    return Words(
        closing=frozenset(fold(w) for w in lexicon["close"]["closing"]),
        thanks=frozenset(fold(w) for w in lexicon["close"]["thanks"]),
        soft=frozenset(fold(w) for name in ("title", "organization", "street") for w in signature[name]),
        label=frozenset(fold(w) for w in signature["label"]),
        particle=frozenset(fold(w) for w in signature["particle"]),
        list_footer=AnyOf(signature["list_footer"]),
        postscript=tuple(fold(start) for start in signature["postscript"]),
    )


def words_in(bare: str) -> list[str]:
    """Return the folded words of a line."""
    if bare.isascii():  # folded at once, which would take words of other scripts apart ("İ" becomes two characters)
        return [word.strip(".'-") for word in WORD.findall(bare.lower())]
    return [fold(word.strip(".'’-")) for word in WORD.findall(bare)]


def is_name(bare: str, known: Words) -> bool:
    """Say whether a line could be a person's name: one to five words, all with a capital (where the script has any)."""
    if bare.endswith((":", "：")):
        return False
    framed = strip_frame(bare)
    stripped = (IN_BRACKETS.sub(" ", framed) if "(" in framed else framed).strip(" ,-/~")
    if not 3 <= len(stripped) <= 45 or IN_NO_NAME.search(stripped) or any(map(str.isdigit, stripped)):
        return False
    parts = [part for part in stripped.replace("&", " ").split() if part not in known.particle]
    capitals = sum(not part[0].islower() for part in parts)
    return 1 <= len(parts) <= 6 and capitals >= max(1, len(parts) - 1) and not parts[0][0].islower()


def is_reachable(bare: str, known: Words) -> bool:
    """Say whether a line holds a telephone number, a mail or a web address, and little else."""
    if len(bare) > LONGEST_LINE + 60 or not REACH.search(bare):
        return False
    found = EMAIL.search(bare) or URL.search(bare) or PHONE.search(bare)
    if not found:
        return False
    left = URL_OR_EMAIL.sub(" ", bare)
    return sum(word not in known.label for word in words_in(PHONE.sub(" ", left))) <= 4


URL_OR_EMAIL = re.compile(r"<?(?:https?://|www\.)\S*|[^\s@<>]+@\S+|<[^<>]*>|\[image:[^\]]*\]\S*")


def is_soft(bare: str, known: Words) -> bool:
    """Say whether a line holds a job title, an organization or a street address."""
    if len(bare) > LONGEST_LINE or (SENTENCE.search(bare) and len(bare.split()) > 8):
        return False
    said = set(words_in(bare))
    return not said.isdisjoint(known.soft) or POSTCODE.search(bare) is not None


def can_belong(bare: str, known: Words) -> bool:
    """Say whether a line can stand in a signature block."""
    short = (
        len(bare) <= 50
        and not SENTENCE.search(bare)
        and len(bare.split()) <= 6
        and bare[0].isupper()
        and not bare.endswith((",", ":"))
    )
    return short or is_name(bare, known) or is_reachable(bare, known) or is_soft(bare, known)


def name_words(names: Iterable[str | None]) -> frozenset[str]:
    """Return the folded words of names and of the local part of addresses, of three letters or more."""
    found = (word for name in names if name for word in words_in(re.sub(r"[._@]", " ", name.split("@")[0])))
    return frozenset(word for word in found if len(word) >= 3)


def is_said(bare: str, known: Words) -> bool:
    """Say whether a line can only be said: a sentence, or too many words for a name, a title or a way to reach it."""
    many, ended = len(bare.split()) >= LEAST_SAID, SENTENCE.search(bare[-2:]) is not None
    if is_reachable(bare, known) or (is_name(bare, known) and not ended):
        return False
    return many or not bare.isascii() if ended else many and not is_soft(bare, known)


def is_postscript(bare: str, known: Words) -> bool:
    """Say whether a line begins a postscript."""
    return fold(bare[:30]).startswith(known.postscript)
