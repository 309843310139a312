"""HTML as a stream of tokens, in linear time whatever the input.

A tree is not needed to turn a mail into text, and tree builders are quadratic on hostile input: lexbor takes 2.6 s for
50,000 nested `<div>` and minutes for a million attributes. Tokens follow the HTML standard (13.2.5) where mail does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from tasks.ingest.html_elements import RAW

TAG_CHARS = 16_384
"""A tag longer than this is cut at the next `>` (a data: URI in `src` stays within quotes and is allowed for apart)."""
ODD_TAGS = 100
"""After so many tags without an end in sight, quotes are no longer minded: each costs TAG_CHARS steps."""
TAG = re.compile(r"""<(?:(/?)([a-zA-Z][^\s/<>"']{0,40})((?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+')*+)>)?""")
"""A plain tag, or the `<` of anything else; the search never looks past the next `<`, so it is linear."""
QUOTED_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]{0,40})((?:[^>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
"""A tag with `>` in its quotes. One with `<` there has lost a quote; it ends at the first `>`."""
ATTRIBUTE = re.compile(
    r"""([^\s=>"'/]{1,40})[ \t\r\n\f]{0,10}(?:=[ \t\r\n\f]{0,10}(?:"([^"]*)"|'([^']*)'|([^\s>"']*)))?"""
)
BAD_REFERENCE = re.compile(r"&#(?:0*[0-9]{8,}|[xX]0*[0-9a-fA-F]{7,});?")
DATA_URI = re.compile(r"""=\s{0,5}(["'])\s{0,5}data:[^"'<>]*\1""", re.IGNORECASE)


Token = tuple[str, bool, str]
"""(tag, closing, data): the tag is empty for text; `data` is the text, or the raw attributes."""


def tokens(source: str) -> Iterator[Token]:
    """Yield text and tags in order; comments, declarations and raw elements are left out, but for style sheets."""
    source = DATA_URI.sub('=""', source) if "data:" in source or "DATA:" in source else source
    odd = _Odd(source)
    position = 0
    for match in TAG.finditer(source):
        begin = match.start()
        if begin < position:  # inside a comment, a raw element, or an odd tag
            continue
        if begin > position:
            yield "", False, source[position:begin]
        slash, tag, data = match.group(1, 2, 3)
        position = match.end()
        if tag is None:
            position, token = odd.tag(begin)
            if token is None:
                continue
            tag, closing, data = token
        else:
            tag, closing = tag.lower(), slash == "/"
        if tag not in RAW:
            yield tag, closing, data
        elif not closing and tag not in odd.unclosed:
            begin, (stop, position) = position, odd.raw_end(position, tag)
            if tag == "style":
                yield tag, True, source[begin:stop]
    if position < len(source):
        yield "", False, source[position:]


class _Odd:
    """What is no plain tag: comments, tags with `<` or `>` in quotes, tags without an end, and a bare `<`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.count = 0
        self.unclosed: set[str] = set()

    def tag(self, begin: int) -> tuple[int, Token | None]:
        """Return where the markup at `begin` ends, and its token; None for a comment or declaration."""
        source = self.source
        match = QUOTED_TAG.match(source, begin, begin + TAG_CHARS) if self.count < ODD_TAGS else None
        if match:
            return match.end(), (match[2].lower(), bool(match[1]), match[3])
        if not _opens(source, begin):
            return begin + 1, ("", False, "<")
        if source.startswith(("<!", "<?"), begin) or not source[begin + 1 : begin + 3].lstrip("/")[:1].isalpha():
            return _markup_end(source, begin), None
        self.count += 1
        stop = source.find(">", begin)
        if stop < 0:
            return len(source), None
        closing = source[begin + 1] == "/"
        name, _, data = source[begin + 1 + closing : min(stop, begin + TAG_CHARS)].partition(" ")
        return stop + 1, (name[:40].lower(), closing, data)

    def raw_end(self, position: int, tag: str) -> tuple[int, int]:
        """Return where the content of a raw element ends and where the text goes on.

        An unclosed script or style swallows the rest; of others only the tag is dropped, or the mail would be lost.
        """
        source = self.source
        found = re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE).search(source, position)
        if found:
            end = source.find(">", found.end())
            return found.start(), len(source) if end < 0 else end + 1
        if tag in ("script", "style"):
            return len(source), len(source)
        self.unclosed.add(tag)
        return position, position


def _opens(source: str, begin: int) -> bool:
    """Say whether a `<` begins markup, not text."""
    char = source[begin + 1 : begin + 2]
    return char in ("!", "?", "/") or (char.isascii() and char.isalpha())


def _markup_end(source: str, begin: int) -> int:
    """Return where a comment or declaration ends; an unclosed one swallows the rest, as in browsers."""
    if source.startswith("<!--", begin):
        if source.startswith((">", "->"), begin + 4):
            return source.find(">", begin) + 1
        end = source.find("-->", begin + 4)
        return len(source) if end < 0 else end + 3
    if source.startswith("<![CDATA[", begin):
        end = source.find("]]>", begin)
        return len(source) if end < 0 else end + 3
    end = source.find(">", begin)
    return len(source) if end < 0 else end + 1


def attributes(data: str) -> dict[str, str]:
    """Return the attributes of a tag, names in lower case, the first of each name, references resolved."""
    found: dict[str, str] = {}
    for match in ATTRIBUTE.finditer(data[:TAG_CHARS]):
        name = match[1].lower()
        if name not in found:
            found[name] = unescape(match[2] or match[3] or match[4] or "")
    return found


def unescape(text: str) -> str:
    """Resolve character references; those to no character at all are left out."""
    if "&" not in text:
        return text
    plain = html.unescape(BAD_REFERENCE.sub("", text) if "&#" in text else text)
    return plain.replace("\ufffd", "") if "\ufffd" in plain and "\ufffd" not in text else plain
