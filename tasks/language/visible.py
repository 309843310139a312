"""What of a text says something about its language: URLs, addresses, ids, code and names of people do not."""

from __future__ import annotations

import re

NOT_LANGUAGE = re.compile(
    r"https?://\S+|www\.\S+|\b[\w.+-]+@[\w-]+\.[\w.-]+"  # links, mail addresses
    r"|(?<!\w)[@#]\w+"  # mentions, hashtags
    r"|<[A-Z][A-Z_]{2,}_?[\w]*>"  # pseudonyms such as <PERSON_k7f3a9m2q4xz>
    r"|&\w+;|</?\w+[^<>]{0,200}>"  # entities, tags
    r"|\b[A-Za-z]:\\\S+|(?<!\w)/[\w.-]+(?:/[\w.-]+)+"  # paths
    r"|\b(?=\w*\d)(?=\w*[A-Za-z])(?:\w*[\d_]){3}\w*"  # ids: words with three digits or more
    r"|(?<![\w-])(?=[A-Z-]*\d)[A-Z\d]+(?:-[A-Z\d]+)+(?![\w-])"  # codes: ZX81-QWE-99
    r"|\b\w*_\w*\b"  # identifiers of programs
    r"|\b[0-9a-fA-F]{8,}\b"  # hexadecimal
    r"|[A-Za-z0-9+/=_-]{24,}"  # base64, hashes, keys: no word of Latin script is that long without a blank
)
SUSPECT = re.compile(r"[@#<&\\/_\d]|www\.|[A-Za-z+=-]{24}|[a-fA-F]{8}")
"""Stands in every text in which NOT_LANGUAGE finds something; looking for it takes a seventh of the time."""
LONGEST_LOOKED_AT = 4_000
"""Code points of a text that are looked at: more do not change the answer."""
SHORT = 80
SHARE = 0.4
"""A text of less than SHORT code points is data when less than this share of its visible characters is left."""
LATIN_WORD = re.compile(r"[A-Za-z]+")
ODD_WORD = re.compile(r"[A-Za-z]*(?:[bcdfghjklmnpqrstvwxzBCDFGHJKLMNPQRSTVWXZ]{6}|[a-z][A-Z]|[A-Z]{2}[a-z])[A-Za-z]*")
"""A word without vowels, or with capitals in the middle. Words are short here: NOT_LANGUAGE took the long ones."""
CODES = re.compile(r"[A-Z]{0,4}(?:[\W\d_]++[A-Z]{0,4})*+", re.ASCII)
"""Nothing but short words in capitals: beside digits they are codes and names of goods (TRK 00984, MTN 4G SIM)."""
LETTER = re.compile(r"[^\W\d_]")


def visible(text: str) -> str:
    """Return the text with everything that is no language replaced by blanks, or "" when hardly anything is left."""
    if len(text) > LONGEST_LOOKED_AT:
        text = text[:LONGEST_LOOKED_AT]
    left = NOT_LANGUAGE.sub(" ", text) if SUSPECT.search(text) else text
    if left.isspace() or (len(left) < SHORT and _mostly_data(text, left)) or gibberish(left):
        return ""
    if len(left) < SHORT and left.isascii() and CODES.fullmatch(left) and any(map(str.isdigit, text)):
        return ""
    return left


def _mostly_data(text: str, left: str) -> bool:
    return len(LETTER.findall(left)) < SHARE * sum(map(len, text.split()))


def gibberish(text: str) -> bool:
    """Tell whether most Latin words look typed by a machine: no vowels, or capitals in the middle."""
    odd = len(ODD_WORD.findall(text))
    return odd > 0 and odd > len(LATIN_WORD.findall(text)) / 2
