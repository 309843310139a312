"""Postal addresses: the model's house numbers, streets, towns and codes, joined to the blocks they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tasks.pii.lexicon import MODEL_LANGS, countries, short_code, word_list
from tasks.pii.ner import Token
from tasks.pii.spans import Span

ADDRESS, LOCATION = "STREET_ADDRESS", "LOCATION"
HARD = frozenset({"BUILDING_NUMBER", "STREET_NAME", "SECONDARY_ADDRESS", "ZIP_CODE"})
"""Labels that make a block of places an address."""
PLACES = HARD | {"CITY", "STATE"}
SURE = 0.4
GAP = re.compile(r"[\s,.;:()>?|\-–/#'’]{0,12}(?:(?:[\w'’.-]{1,24}|\d{1,6})[\s,.;:()>?|\-–/#]{0,8}){0,2}$")
"""What may stand between two labelled pieces of one address: punctuation and at most two words."""
WHOLE_WORD = re.compile(r"[\w'’-]")
NUMBERED_STREET = re.compile(
    r"(?<!\w)(?:No\.? ?)?\d{1,5}[A-Za-z]?(?:[-/]\d{1,5})?,? (?:[A-ZÀ-Þ][\w'’.-]{1,24} ){1,3}"
    r"(?:Street|Str|St|Road|Rd|Avenue|Ave|Drive|Dr|Lane|Ln|Close|Crescent|Cres|Boulevard|Blvd|Place|Pl|Court|Ct"
    r"|Way|Square|Sq|Terrace|Highway|Parkway|Pkwy|Circle)\.?(?!\w)"
    r"|(?<!\w)\d{1,5}(?: ?bis)?,? (?:[Rr]ue|[Aa]venue|[Bb]oulevard|[Bb]d|[Pp]lace|[Aa]llée|[Rr]oute|[Rr]ua"
    r"|[Aa]v\.|[Ll]otissement|[Hh]ay|[Qq]uartier|[Vv]ia) (?:d[eu] |de la |des |da "
    r"|do )?[A-ZÀ-Þ][\w'’.-]{1,24}(?: [A-ZÀ-Þ][\w'’.-]{1,24}){0,3}"
    r"|(?<!\w)(?:[Rr]ue|[Rr]ua|[Aa]venida|[Bb]airro) (?:d[eu] |de la |des |da "
    r"|do )?[A-ZÀ-Þ][\w'’.-]{1,24}(?: [A-ZÀ-Þ][\w'’.-]{1,24}){0,3},? (?:n[°º.] ?)?\d{1,5}"
    r"|(?<!\w)[A-Z][\w'’-]{2,24}(?:straat|laan|weg|rylaan) \d{1,5}(?!\w)"
)
UNIT = re.compile(
    r"(?<!\w)(?:apt|apartment|suite|unit|flat|floor|appartement|appt|bloc|immeuble|imm|psc|box|building|bldg"
    r"|room|plot|stand|erf|house no)\.? ?(?:no\.? ?)?[\w-]{0,3}\d[\w-]{0,6}(?!\w)",
    re.IGNORECASE,
)
FOLLOWING_UNIT = re.compile(r"[ ,\n>?|]{1,12}" + UNIT.pattern, re.IGNORECASE)
LEADING = re.compile(r"(?:(?<!\w)(?:[A-ZÀ-ÞΑ-Ω][\w'’.-]{1,24}|ul\.|\d{1,6}[a-z]?),? ){1,4}$")
NOT_PLACES = word_list("not_places")
MILITARY = re.compile(
    r"(?i)(?<!\w)(?:(?:PSC|Unit|CMR) \d{3,5},? Box \d{2,5}|(?:USS|USNS|USCGC) [A-Z][\w-]{2,24})[\s,]{1,4}(?:APO"
    r"|FPO|DPO) A[AEP] \d{5}(?!\w)"
)


BUSINESS = re.compile(
    r"(?<!\w)(?:(?:R|KES|KSH|Ksh|NGN|ZAR|MAD|DH|Dhs?|USD|EUR|GBP|GHS|TZS|UGX|ETB|EGP|XOF|FCFA|CFA|Rs\.?"
    r"|US)\.?[ $]?|[$€£₦]) ?\d[\d., ]{0,14}\d?|(?<![\w.])\d[\d.,]{0,12} ?(?:%|percent|MAD|KES|ZAR|NGN|USD|EUR|DH"
    r"|FCFA)(?!\w)"
    r"|(?<!\w)(?i:orders?|invoice|ticket|case|ref)\.? ?(?:no\.? ?)?#?\d+"
    r"|(?<!\w)(?:PO|SO|SKU|INV|ORD|RMA|TCK|REF|CASE|TKT|PR|SR)[ #/:_-]{0,2}[A-Z]?\d[\w/-]{1,20}|#\d+"
)
"""Amounts and business references: no part of an address."""
PLACE = r"(?:[A-ZÀ-ÞΑ-Ω][\w.'’-]*|de|do|da|du|del|la|le|el|upon|on|ob|am|u|w)"
CONTINUED = re.compile(
    rf"[ \t,]{{0,3}}(?:\n[>?\s,|]{{0,12}}|,[ \t]?"
    rf"|[ \t])(?:{PLACE}[ \t,]{{1,2}}){{0,4}}(?:\(?{PLACE}\)?[ \t,]{{1,2}})?(?:[A-Z]{{2}}[ \t,]{{1,2}})?"
    rf"\d{{3,6}}(?:[- ]\d{{2,4}})?(?![\w,/-])"
    rf"|[ \t,]{{0,3}}\n[>?\s,|]{{0,12}}(?:{PLACE}[ \t,]{{1,2}}){{0,3}}{PLACE}[ \t]*(?=\n)"
    rf"|,[ \t]{{0,2}}(?:{PLACE}[ \t]){{0,2}}{PLACE}(?=[\s,.;]|$)"
)
"""How an address goes on: places and a postal code, a line of places, or places after a comma."""
CLOSING = re.compile(r"([ \t\n,>|]{1,14})([^\W\d_][\w'’-]*(?:[ ][^\W\d_][\w'’-]*){0,2})")
"""Up to three words after an address: its country, in any case behind a comma or a line break."""
LAST_WORD = re.compile(r"([\s,.;:)>|]{1,8})([^\W\d_][\w'’-]*)$")
ABBREVIATED = re.compile(r"(?<![\w.])(?:[A-Z]|[A-Za-z][a-z]{1,3})\.$")
"""What a full stop may follow within an address: an initial, Rd., Ave."""
TAIL = 3
"""Words that the model may have taken beyond the end."""
CORNER = re.compile(r"(?i)\b(?:the )?corner of (?:[\w.'’-]{1,24} ){1,5}and (?:[A-ZÀ-Þ][\w.'’-]{1,24} ?){1,3}")


def find_addresses(text: str, lang: str, tokens: Sequence[Token]) -> Iterator[Span]:
    """Yield addresses and places; `tokens` are the model's, with offsets in `text`."""
    lang = short_code(lang)
    business = [m.span() for m in BUSINESS.finditer(text)]
    names = [(t.start, t.end) for t in tokens if t.label in {"GIVEN_NAME", "SURNAME"}]
    places = [t for t in tokens if t.label in PLACES and t.score >= SURE and not _within(t, business)]
    for block in _blocks(text, places):
        start, end = _whole(text, block[0].start, block[-1].end)
        kinds = {t.label for t in block}
        score = round(max(t.score for t in block), 3)
        if _address(text[start:end], kinds):
            yield Span(_earlier(text, start, names), _tidy(text, start, _later(text, end)), ADDRESS, score)
        elif lang in MODEL_LANGS and kinds & {"CITY", "STATE"} and score >= 0.5 and text[start].isupper():
            yield Span(start, end, LOCATION, score)
    for pattern in (NUMBERED_STREET, MILITARY, CORNER):
        for match in pattern.finditer(text):
            end = _tidy(text, match.start(), _later(text, match.end()))
            yield Span(match.start(), max(end, match.end()), ADDRESS, 0.75)


def _within(token: Token, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(start < token.end and token.start < end for start, end in ranges)


def _tidy(text: str, start: int, end: int) -> int:
    """Return the end of an address less the words that begin something else: a sentence, a time, a request."""
    for _ in range(TAIL):
        last = LAST_WORD.search(text, start, end)
        if last is None:
            return end
        word, between = last.group(2), last.group(1)
        opens = "." in between and not ABBREVIATED.search(text, start, last.start() + 1)
        if not (opens or word.casefold() in NOT_PLACES):
            return end
        end = last.start()
    return end


def _later(text: str, end: int) -> int:
    """Return the end of an address with the units, places and codes that follow it."""
    for _ in range(4):
        unit = FOLLOWING_UNIT.match(text, end)
        match = unit or CONTINUED.match(text, end)
        if match is None or (unit is None and _prose(match.group())):
            break
        end = match.end()
    return _country(text, end)


def _country(text: str, end: int) -> int:
    """Return the end of an address with the country that closes it, if one does."""
    match = CLOSING.match(text, end)
    words = match.group(2).split() if match else []
    for count in range(len(words), 0, -1):
        value = " ".join(words[:count])
        if value.casefold() in countries() and (value[0].isupper() or match is None or match.group(1).strip(" ")):
            return text.index(words[count - 1], end) + len(words[count - 1])
    return end


def _prose(value: str) -> bool:
    """Whether a line of capitals looks like the next sentence or a name and not like a place."""
    return any(w.casefold() in NOT_PLACES for w in re.findall(r"[^\W\d_]+", value))


def _earlier(text: str, start: int, names: Sequence[tuple[int, int]]) -> int:
    """Return the start of an address with the capitals and numbers before it on its line, names left out."""
    match = LEADING.search(text, max(0, start - 60), start)
    if match is None:
        return start
    left = match.start()
    for _, end in names:
        if left < end <= start:
            left = end
    while left < start and not text[left].isalnum():
        left += 1
    return left if not _prose(text[left:start]) else start


def _address(value: str, kinds: set[str]) -> bool:
    """Whether a block is an address: a street or unit with a number, or two hard kinds."""
    if not any(c.isdigit() for c in value):
        return "STREET_NAME" in kinds and "CITY" in kinds
    return (
        "STREET_NAME" in kinds
        or bool(UNIT.search(value))
        or len(kinds & HARD) >= 2
        or ("ZIP_CODE" in kinds and bool(kinds & {"CITY", "STATE"}))
    )


def _blocks(text: str, tokens: Sequence[Token]) -> Iterator[list[Token]]:
    block: list[Token] = []
    for token in tokens:
        if block and not _near(text, block[-1].end, token.start):
            yield block
            block = []
        block.append(token)
    if block:
        yield block


def _near(text: str, end: int, start: int) -> bool:
    between = text[end:start]
    return len(between) <= 40 and "\n\n" not in between and GAP.match(between) is not None


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the span grown to whole words, and to a unit or number beside it."""
    while start > 0 and WHOLE_WORD.match(text[start - 1]):
        start -= 1
    while end < len(text) and WHOLE_WORD.match(text[end]):
        end += 1
    before = re.search(
        r"(?i)(?:(?<!\w)(?:apt|suite|unit|p\.? ?o\.?|psc|flat|no)\.?,? {0,2}"
        r"|(?<![\w.,$€£])\d{1,6}[a-z]?,? {1,2}){1,3}$",
        text[max(0, start - 24) : start],
    )
    if before:
        start -= len(before.group())
    unit = FOLLOWING_UNIT.match(text, end)
    return start, unit.end() if unit else end
