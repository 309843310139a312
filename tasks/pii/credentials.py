"""Secrets: keys, tokens, passwords, private keys. The layouts are those of the services' own documentation."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

from tasks.pii.gate import Gate, rows, widened
from tasks.pii.lexicon import word_list
from tasks.pii.spans import Span

SECRET = "SECRET"  # noqa: S105  an entity type
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,8192}?"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----|\Z)"
)
TOKENS = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}"  # AWS access key id
    r"|eyJ[A-Za-z0-9_-]{8,1024}\.[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{0,1024}"  # JWT
    r"|gh[pousr]_[A-Za-z0-9]{36,251}|github_pat_[A-Za-z0-9_]{22,255}"  # GitHub
    r"|glpat-[A-Za-z0-9_-]{20,64}"  # GitLab
    r"|xox[abprs]-[A-Za-z0-9-]{10,250}"  # Slack
    r"|sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,200}"  # OpenAI, Anthropic
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{16,128}"  # Stripe, Paystack
    r"|FLW(?:SECK|PUBK)(?:_TEST)?-[A-Za-z0-9-]{16,64}"  # Flutterwave
    r"|AIza[A-Za-z0-9_-]{35}"  # Google API
    r"|ya29\.[A-Za-z0-9_-]{20,512}"  # Google OAuth
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"  # SendGrid
    r"|(?:AC|SK)[0-9a-f]{32}"  # Twilio
    r"|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,256}"  # registries
    r"|hf_[A-Za-z0-9]{30,64}"  # Hugging Face
    r")(?![A-Za-z0-9])"
)
ASSIGNED = re.compile(
    r"(?i)(?<![a-z])(?:pass ?word|passwd|pwd|passcode|pass ?phrase|pin(?: code| number)?|otp|secret(?:[_ ]?key)?"
    r"|api[_ -]?key|access[_ -]?(?:key|token)|auth[_ -]?token|bearer|token|client[_ -]?secret|"
    r"aws_secret_access_key|cvv2?|cvc|security code|mot de passe|code secret|palavra-passe|senha|wagwoord|wachtwoord"
    r"|nenosiri|nywila|iphasiwedi|ọ̀rọ̀ aṣínà|kalmar sirri|okwuntughe|كلمة السر|كلمة المرور|የይለፍ ቃል)"
    r"(?:[\"']? ?(?::=|=>|[:=])| (?:is|was|est|é|ni|ke|yu)(?: now)?:?|: ?is)[ \t]{0,3}[\"'`]?([^\s\"'`<>,;]{3,128})"
)
CODE = re.compile(
    r"(?i)(?<![a-z])(?:(?:cvv2?|cvc2?)(?: code| number| no\.?)?[ \t]{1,3}(\d{3,4})"
    r"|(?:otp|one[- ]time (?:pin|password))(?: code| number| no\.?)?[ \t]{1,3}(\d{4,8}))(?![\w%]|[.,:/-]\d)"
)
"""A code right behind its name."""
NAMES = tuple(sorted(word_list("secret_hints")))
"""What ASSIGNED begins with; a text without any is not searched."""
NOT_SECRETS = re.compile(
    r"(?i)^(?:not?|wrong|incorrect|invalid|expired|reset|required|changed?|the|a|an|my|your|our|being|still|too"
    r"|blocked|locked|missing|forgotten|correct|working|needed|never|always|also|"
    r"safe|secure|same|different|new|old|null|none|true|false|empty|\*{2,}|x{3,}|\.{2,}|\W{1,}|it|in|on|to|for"
    r"|and|or|that|this|what|where|when|how|please|sent|used|only|lost|stolen|something|going|stuck|been)[.!?)]*$"
)
MIN_RANDOM = 32
"""Characters of the shortest key that is told by its randomness."""
HIGH_ENTROPY = re.compile(rf"(?<![\w/+.@-])[A-Za-z0-9+/_-]{{{MIN_RANDOM},128}}={{0,2}}(?![\w/+@-])")
ENTROPY = 4.3
"""Bits per character from which 32 characters of mixed case and digits are a key (detect-secrets' default is 4.5)."""

BOUNDARY = re.compile(r"(?i)boundary=\"?[\w=-]{0,8}$")
IN_LINK = re.compile(r"(?:[?&;][\w.-]{1,40}=|://[^\s<>\"']{1,200})$")
KEYED = re.compile(r"(?i)token|key|secret|pass|pwd|auth|sig|code|session|sid|jwt|otp|reset")
"""Names in links behind which stands what opens something; others number a click or a page."""
LINK = 240
"""Characters before a random row in which its link begins."""
ENCODED_LINE = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}|=[A-Za-z0-9+/]{4}")
"""A line of base64, or the checksum under an armoured block."""
READABLE = 0.95
"""Share of printable bytes from which decoded base64 is text."""


@cache
def _gate() -> Gate[str]:
    named = {"token": TOKENS, "assigned": ASSIGNED, "code": CODE, "random": HIGH_ENTROPY}
    return Gate({name: widened(pattern) for name, pattern in named.items()})


def find_secrets(text: str, folded: str) -> Iterator[Span]:
    """Yield secrets; `text` is a shadow, `folded` the same in lower case."""
    possible = _gate().possible(text)
    if "PRIVATE KEY" in text:
        yield from (Span(m.start(), m.end(), SECRET, 1.0) for m in PRIVATE_KEY.finditer(text))
    for match in TOKENS.finditer(text) if "token" in possible else ():
        yield Span(match.start(), match.end(), SECRET, 1.0)
    assigned = "assigned" in possible and any(word in folded for word in NAMES)
    for match in ASSIGNED.finditer(text) if assigned else ():
        value = match.group(1).rstrip(".?)")
        if len(value) > 2 and not NOT_SECRETS.match(value) and _secretive(match.group(), value):
            yield Span(match.start(1), match.start(1) + len(value), SECRET, 0.8)
    for match in CODE.finditer(text) if "code" in possible else ():
        yield Span(*match.span(match.lastindex or 0), SECRET, 0.8)
    for match in _rows(text) if "random" in possible else ():
        if _random(match.group()) and not _explained(text, *match.span()):
            yield Span(match.start(), match.end(), SECRET, 0.6)


def _rows(text: str) -> Iterator[re.Match[str]]:
    """Yield the matches of HIGH_ENTROPY: each begins where a row of its characters does."""
    found = (HIGH_ENTROPY.match(text, start) for start in rows(text, MIN_RANDOM))
    return (match for match in found if match)


def _explained(text: str, start: int, end: int) -> bool:
    """Whether a random row of characters is no key: a line of encoded data, a MIME boundary, a parameter of a link."""
    before = text[max(0, start - LINK) : start]
    if BOUNDARY.search(before) or _readable(text[start:end]):
        return True
    if (link := IN_LINK.search(before)) is not None:
        return KEYED.search(link.group()) is None
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    if text[first:start].strip(" \t>") or text[end : last if last >= 0 else len(text)].strip():
        return False
    return any(ENCODED_LINE.fullmatch(line) for line in _neighbours(text, first, last))


def _neighbours(text: str, first: int, last: int) -> Iterator[str]:
    """Yield the lines above and below the one that begins at `first` and ends at `last` (-1: it is the last)."""
    if first > 0:
        yield text[text.rfind("\n", 0, first - 1) + 1 : first - 1].strip(" \t>\r")
    if last >= 0:
        end = text.find("\n", last + 1)
        yield text[last + 1 : end if end >= 0 else len(text)].strip(" \t>\r")


def _readable(value: str) -> bool:
    """Whether base64 of this value is text: what stands in it is searched as an island."""
    whole = value.rstrip("=")
    try:
        data = base64.b64decode(whole[: len(whole) // 4 * 4], altchars=b"-_" if "-" in value else None)
    except (binascii.Error, ValueError):
        return False
    return sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in data) > READABLE * len(data)


def _secretive(whole: str, value: str) -> bool:
    """Whether the value looks like a secret and not like the next word of the sentence."""
    if (
        re.search(r"[:=][ \t\"'`]{0,4}$", whole[: len(whole) - len(value)].rstrip("\"'` ") + "")
        or ":" in whole
        or "=" in whole
    ):
        return True
    return any(c.isdigit() for c in value) or bool(re.search(r"[^\w]", value))


def _random(value: str) -> bool:
    classes = [any(c.islower() for c in value), any(c.isupper() for c in value), any(c.isdigit() for c in value)]
    if not all(classes) or value.count("/") > 3 or value.count("-") > 4 or value.count("_") > 4:
        return False
    counts = Counter(value)
    entropy = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    return entropy >= ENTROPY
