"""E-mail addresses and URLs with personal parts, plain and in the disguises that people and OCR give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tasks.pii.gate import Gate, widened
from tasks.pii.lexicon import word_list
from tasks.pii.spans import Span

EMAIL, URL = "EMAIL_ADDRESS", "URL"
PLAIN = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}[ \t]?(?:\n[ \t]{0,8})?@"
    r"[ \t]?(?:\n[ \t]{0,8})?(?:[\w-]{1,63}\.[ \t]?\n?){1,8}[\w-]{2,24}"
)
"""local@domain.tld; one space or line break may stand beside the @ or a dot (OCR, wrapped lines)."""
LOCAL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}")
DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}")
WRAPPED = re.compile(r"[\w.+-]{1,64}@[\w-]{1,40}-\n[ \t]{0,8}[\w-]{1,40}\.[\w.-]{2,40}")
QUOTED = re.compile(r'"[^"\n@]{1,64}"@(?:[\w-]{1,63}\.){1,8}[\w-]{2,24}')
LITERAL = re.compile(r"[\w.+-]{1,64}@\[[\d.:a-fA-F]{3,45}\]")
AT = (
    r"(?:[ \t]{0,2}[\[({<][ \t]?(?:at|a|@|arobase|æt)[ \t]?[\])}>][ \t]{0,2}"
    r"|[ \t]{1,2}(?:at|arobase)[ \t]{1,2}|_at_)"
)
SPOKEN_DOT = (
    r"[ \t]{0,2}[\[({<][ \t]?(?:dot|punkt|point|d0t|\.)[ \t]?[\])}>][ \t]{0,2}"
    r"|[ \t]{1,2}(?:dot|point)[ \t]{1,2}|_dot_"
)
DOT = rf"(?:{SPOKEN_DOT}|\.)"
SPOKEN_AT = re.compile(AT, re.IGNORECASE)
SPOKEN_LOCAL = re.compile(rf"[\w+-]{{1,40}}(?:{DOT}[\w+-]{{1,40}}){{0,3}}$", re.IGNORECASE)
SPOKEN_DOMAIN = re.compile(rf"[\w-]{{1,40}}(?:{DOT}[\w-]{{2,24}}){{1,4}}(?!\w)", re.IGNORECASE)
HALF_SPOKEN = re.compile(rf"(?i)[\w.+-]{{1,64}}@[\w-]{{1,40}}(?:{DOT}[\w-]{{2,24}}){{1,4}}(?![\w])")
HALF_SPOKEN_HINT = re.compile(rf"(?i)@[\w-]{{1,40}}(?:{DOT}[\w-]{{2,24}}){{0,3}}(?:{SPOKEN_DOT})[\w-]")
"""What HALF_SPOKEN finds and `_tight` does not."""
LOOSE_HINT = re.compile(r"(?:[ \t\n]@|@[ \t\n]|@[\w-]+(?:\.[\w-]+)*\.[ \t\n])")
"""What PLAIN finds and `_tight` does not."""
BEFORE, AFTER = 132, 320
"""Characters around an @ that the longest address can take (RFC 5321: 64 before it, 255 after; doubled by spaces)."""
LOCAL_SPAN = 64
"""Characters before an @ in which the local part is looked for."""
BRACKETED = re.compile(r"[\[({<_]|\bdot\b|\bpoint\b|\bDOT\b")
SPACED = re.compile(r"(?<!\w)(?:[\w.-] ){2,40}@ (?:[\w.-] ){3,40}[\w](?!\w)")
DISGUISES = (
    ("quoted", QUOTED, 0.9),
    ("literal", LITERAL, 0.9),
    ("wrapped", WRAPPED, 0.9),
    ("spaced", SPACED, 0.85),
    ("half spoken", HALF_SPOKEN, 0.8),
)
"""Forms of addresses by their name in the gate, and how sure each is."""
OCR_AT = re.compile(r"[ \t]?(?:@|©|®|\(a\))[ \t]?")
OCR_LOCAL = re.compile(r"[\w.+-]{1,64}$")
OCR_END = r"(?:c[o0]m|c[o0]\.?za|[o0]rg|net|c[o0]\.?ke|c[o0]m\.?ng|ma|edu|g[o0]v|inf[o0])(?!\w)"
OCR_DOMAIN = re.compile(rf"(?i)[\w-]{{1,40}}[ \t]?[.,][ \t]?{OCR_END}")
OCR_HINT = re.compile(
    rf"(?i)(?:[ \t]@|@[ \t]|[©®]|\(a\))[ \t]?[\w-]{{1,40}}[ \t]?[.,][ \t]?{OCR_END}"
    rf"|@[\w-]{{1,40}}(?:[ \t][.,]|,|[.,][ \t])[ \t]?{OCR_END}|@[\w.+-]{{0,64}}@"
)
"""What OCR_AT and OCR_DOMAIN find and `_tight` does not."""
USERINFO = re.compile(r"(?i)\b(?:https?|ftp|sftp|ssh|smb|imaps?|smtp)://([^\s/@:]{1,64}(?::[^\s/@]{1,128})?)@")
PERSONAL_URL = re.compile(
    r"(?i)\b(?:https?://)?(?:www\.|m\.|mobile\.|[a-z]{2}-?[a-z]{0,2}\.)?(?:"
    r"(?:facebook|fb|instagram|twitter|x|tiktok|github|gitlab|medium|pinterest|snapchat|t|wa)\.(?:com"
    r"|me)/(?!intent|share|sharer|home|search|help|about|legal|login|p/|watch|dialog|plugins)@?"
    r"|linkedin\.com/in/|youtube\.com/(?:@|user/|c/)|reddit\.com/u(?:ser)?/|wa\.me/|t\.me/)"
    r"[\w.%+@-]{2,80}"
)
HOSTS = tuple(sorted(word_list("profile_hosts")))
HANDLES = ("twitter", "insta", "ig", "tiktok", "telegram", "skype", "handle", "user", "snapchat", "x:", "x ")
HOMES = ("/home/", "/users/", "\\users\\", "/~", "\\documents and settings\\")
HOME_PATH = re.compile(r"(?i)(?:/home/|/users/|\\users\\|/~|c:\\documents and settings\\)([\w.-]{2,40})")
SYSTEM_USERS = word_list("system_users")
HANDLE = re.compile(
    r"(?i)(?:twitter|instagram|insta|ig|tiktok|telegram|skype|handle|username|user name|user id|snapchat"
    r"|x)(?: (?:is|id|name|handle|account))?[ \t]{0,2}[:=]?[ \t]{0,2}(@[\w.]{3,30})(?!\w)"
)


@cache
def _gate() -> Gate[str]:
    return Gate(
        {
            "quoted": widened(QUOTED),
            "literal": widened(LITERAL),
            "wrapped": widened(WRAPPED),
            "spaced": widened(SPACED),
            "loose": widened(LOOSE_HINT),
            "half spoken": widened(HALF_SPOKEN_HINT),
            "spoken": widened(SPOKEN_AT, SPOKEN_DOMAIN),
            "ocr": widened(OCR_HINT),
            "profile": widened(PERSONAL_URL),
            "userinfo": widened(USERINFO),
            "home": widened(HOME_PATH),
            "handle": widened(HANDLE),
        }
    )


def find_emails(text: str) -> Iterator[Span]:
    """Yield e-mail addresses; `text` is a shadow."""
    possible = _gate().possible(text)
    for left, right in _near_at(text):
        plain = list(_tight(text, left, right))
        yield from (_trimmed(start, end, text, 1.0) for start, end in plain)
        if len(plain) == text.count("@", left, right) and not BRACKETED.search(text, left, right):
            continue
        for name, pattern, score in DISGUISES:
            if name in possible:
                yield from (_trimmed(*m.span(), text, score) for m in pattern.finditer(text, left, right))
        if "loose" in possible:
            yield from _loose(text, left, right)
    if "spoken" in possible:
        yield from _around(text, SPOKEN_AT, SPOKEN_LOCAL, SPOKEN_DOMAIN, spoken=True)
    if "ocr" in possible:
        yield from _around(text, OCR_AT, OCR_LOCAL, OCR_DOMAIN, spoken=False)


def _tight(text: str, left: int, right: int) -> Iterator[tuple[int, int]]:
    """Yield where local@domain.tld stands without any blank: from each @ backwards and onwards."""
    sign = text.find("@", left, right)
    while sign >= 0:
        domain = DOMAIN.match(text, sign + 1, right)
        local = LOCAL.match(text[max(left, sign - LOCAL_SPAN) : sign][::-1]) if domain else None
        if local and domain:
            left = domain.end()
            yield sign - local.end(), left
        sign = text.find("@", sign + 1, right)


def _near_at(text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges around @ signs, joined where they overlap: nothing else can hold a plain address."""
    left = right = 0
    position = text.find("@")
    while position >= 0:
        if position - BEFORE > right:
            if right:
                yield left, right
            left = max(0, position - BEFORE)
        right = min(len(text), position + AFTER)
        position = text.find("@", position + 1)
    if right:
        yield left, right


def _around(
    text: str, at: re.Pattern[str], local: re.Pattern[str], domain: re.Pattern[str], *, spoken: bool
) -> Iterator[Span]:
    """Yield addresses around something like an @: first what follows it, then what stands before."""
    for sign in at.finditer(text):
        right = domain.match(text, sign.end())
        offset = max(0, sign.start() - LOCAL_SPAN)
        left = local.search(text[offset : sign.start()]) if right else None
        if left is None or right is None:
            continue
        start, end = offset + left.start(), right.end()
        if not spoken or BRACKETED.search(text[start:end]):
            yield _trimmed(start, end, text, 0.85 if spoken else 0.8)


def _loose(text: str, left: int, right: int) -> Iterator[Span]:
    """Yield addresses with one space or line break in them, where the end looks like a domain."""
    for match in PLAIN.finditer(text, left, right):
        value = match.group()
        if (" " in value or "\n" in value) and DOMAIN_END.search(value):
            yield _trimmed(*match.span(), text, 0.7)


DOMAIN_END = re.compile(r"(?i)\.[ \t]?\n?(?:com|org|net|edu|gov|info|io|me|africa|co|[a-z]{2}|example|invalid|test)$")


def _trimmed(start: int, end: int, text: str, score: float) -> Span:
    sign = text.find("@", start, end)
    after = 1 + max(text.rfind(mark, start, sign) for mark in "/?&=")  # an address in the query of a URL
    if 0 < after < sign:
        start = after
    while start < end and text[start] in "'`*|/=?{~.&!#":
        start += 1
    while end > start and text[end - 1] in "-_.":
        end -= 1
    return Span(start, end, EMAIL, score)


def find_urls(text: str, folded: str) -> Iterator[Span]:
    """Yield the personal parts of URLs and paths: profiles, user names, home folders. `folded` is in lower case."""
    possible = _gate().possible(text)
    if "profile" in possible and any(host in folded for host in HOSTS):
        for match in PERSONAL_URL.finditer(text):
            yield Span(match.start(), match.end(), URL, 0.8)
    if "userinfo" in possible:
        for match in USERINFO.finditer(text):
            yield Span(match.start(1), match.end(1), "SECRET", 0.9)
    if "home" in possible and any(home in folded for home in HOMES):
        for match in HOME_PATH.finditer(text):
            if match.group(1).casefold() not in SYSTEM_USERS:
                yield Span(match.start(1), match.end(1), "USERNAME", 0.7)
    hinted = "handle" in possible and any(hint in folded for hint in HANDLES)
    for left, right in _near_at(text) if hinted else ():
        for match in HANDLE.finditer(text, left, right):
            yield Span(match.start(1), match.end(1), "USERNAME", 0.7)
