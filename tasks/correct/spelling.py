"""Old and regional spellings: `himselfe`, `souldier`, `gedaen`, `iako` are not misread, only unfamiliar.

The rules are the reforms that European orthographies went through since 1600, read backwards, plus letters that
printers exchanged. They are only used to leave a word alone, so a rule too many costs little.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

RULES = tuple(
    (re.compile(old), new)
    for old, new in (
        (r"e$", ""), (r"es$", "s"), (r"s$", "ss"), (r"e(?=\w)", ""), (r"ie$", "y"), (r"ie(?=s$)", "ie"), (r"t$", "ed"),
        (r"'d$", "ed"), (r"i", "j"), (r"j", "i"), (r"u", "v"), (r"v", "u"), (r"w", "v"), (r"vv", "w"), (r"y", "i"),
        (r"y", "j"),
        (r"i", "y"), (r"y", "ij"), (r"ij", "i"), (r"ae", "aa"), (r"ae", "a"), (r"ou", "o"), (r"oo", "o"), (r"oo", "ou"),
        (r"o", "oa"), (r"ee", "e"), (r"ea", "e"), (r"ey", "ei"), (r"oi", "ai"), (r"au", "ou"), (r"ck", "k"),
        (r"c", "k"), (r"c", "z"), (r"ç", "z"), (r"k", "c"), (r"z", "s"), (r"s", "z"), (r"ct", "t"), (r"dt", "d"),
        (r"dt", "t"), (r"th", "t"), (r"gh", "g"), (r"ph", "f"), (r"x", "j"), (r"x", "s"), (r"g", "j"), (r"sh", "š"),
        (r"zh", "č"), (r"ss", "s"), (r"ſſ", "ss"), (r"ß", "ss"), (r"ъ$", ""), (r"ѣ", "е"), (r"ѣ", "я"), (r"h", ""),
        (r"es", "ê"), (r"z$", "s"), (r"(.)\1", r"\1"), (r"qu", "cu"),
    )
)  # fmt: skip


@lru_cache(maxsize=50_000)
def modern_forms(word: str) -> frozenset[str]:
    """Return the spellings that one reform, at one place or at all of them, makes of a word in small letters."""
    forms = set[str]()
    for old, new in RULES:
        if old.search(word):
            forms |= {old.sub(new, word), old.sub(new, word, count=1)}
    return frozenset(forms)


def without_accents(word: str) -> str:
    """Return the word with every letter's marks taken away."""
    return "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))


VOWELS = re.compile(r"[aeiouy]+")
DOUBLED = re.compile(r"(.)\1+")


def consonants(word: str) -> str:
    """Return the word's consonants, doubled ones once: old spellings (`entred`, `insteed`, `shal`) agree in them."""
    return DOUBLED.sub(r"\1", VOWELS.sub("", word))


EXCHANGED = ("aáàâäeéèêëiíìîïoóòôöuúùûüyąęъьѣея", "ijy", "uvwv", "ckqzç", "szxß", "xjg", "dt")
"""Letters that spellings exchange among themselves: no document's reforms may be learned as its misreadings."""


def is_reform(confusion: tuple[str, str]) -> bool:
    """Tell whether a confusion may be a difference of spelling rather than of shape."""
    read, stood = confusion
    return any(set(read) <= set(group) and set(stood) <= set(group) for group in EXCHANGED)


ONE_LETTER = ("ijy", "uvw")
"""Letters that were one: a difference between them is never shape alone."""


def is_respelled(confusion: tuple[str, str]) -> bool:
    """Tell whether undoing a confusion would modernize the spelling: `iest` to `jest`, or `fal`, a `sal`, to `zal`."""
    read, stood = confusion
    single = len(read) == len(stood) == 1  # `wv` for `w` is shape
    return confusion == ("f", "z") or (single and any(read in group and stood in group for group in ONE_LETTER))
