"""HTML as a stream of tokens, in linear time whatever the input.

A tree is not needed to turn a mail into text, and tree builders are quadratic on hostile input: lexbor takes 2.6 s for
50,000 nested `<div>` and minutes for a million attributes. Tokens follow the HTML standard (13.2.5) where mail does.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import NamedTuple

TAG_CHARS = 16_384
"""A tag longer than this is cut at the next `>` (a data: URI in `src` stays within quotes and is allowed for apart)."""
ODD_TAGS = 100
"""After so many tags without an end in sight, quotes are no longer minded: each costs TAG_CHARS steps."""
START = re.compile(r"""<(/?)([a-zA-Z][^\s/>]{0,40})((?:[^>"']++|"[^"<]*+"|'[^'<]*+')*+)>""")
ATTRIBUTE = re.compile(
    r"""([^\s=>"'/]{1,40})[ \t\r\n\f]{0,10}(?:=[ \t\r\n\f]{0,10}(?:"([^"]*)"|'([^']*)'|([^\s>"']*)))?"""
)
RAW = ("script", "style", "title", "textarea", "xmp", "noframes", "noembed", "iframe", "noscript", "template")
"""Elements whose content is no text of the document (the standard renders noscript and template as nothing)."""
BAD_REFERENCE = re.compile(r"&#(?:0*[0-9]{8,}|[xX]0*[0-9a-fA-F]{7,});?")
DATA_URI = re.compile(r"""=\s{0,5}(["'])\s{0,5}data:[^"'<>]*\1""", re.IGNORECASE)


class Token(NamedTuple):
    """`tag` is empty for text; `closing` says `</…>`. `data` is the text, or the raw attributes."""

    tag: str
    closing: bool
    data: str


def tokens(source: str) -> Iterator[Token]:
    """Yield text and tags in order; comments, declarations, CDATA marks and raw elements (but the sheet of `style`) are left out."""
    source = DATA_URI.sub('=""', source) if "data:" in source or "DATA:" in source else source
    position, odd = 0, 0
    unclosed: set[str] = set()
    while True:
        begin = source.find("<", position)
        if begin < 0:
            break
        if begin > position:
            yield Token("", False, source[position:begin])
        match = START.match(source, begin, begin + TAG_CHARS) if odd < ODD_TAGS else None
        if match:
            position = match.end()
            closing, tag, data = bool(match[1]), match[2].lower(), match[3]
        elif not _opens(source, begin):
            yield Token("", False, "<")
            position = begin + 1
            continue
        elif (
            source[begin + 1] in "!?" or source.startswith("</", begin) and not source[begin + 2 : begin + 3].isalpha()
        ):
            position = _markup_end(source, begin)
            continue
        else:
            odd += 1
            stop = source.find(">", begin)
            if stop < 0:
                return
            position = stop + 1
            closing = source[begin + 1] == "/"
            name, _, data = source[begin + 1 + closing : min(stop, begin + TAG_CHARS)].partition(" ")
            tag = name[:40].lower()
        if tag not in RAW:
            yield Token(tag, closing, data)
        elif not closing and tag not in unclosed:
            begin = position
            stop, position = _raw_end(source, position, tag, unclosed)
            if tag == "style":
                yield Token(tag, True, source[begin:stop])
    if position < len(source):
        yield Token("", False, source[position:])


def _opens(source: str, begin: int) -> bool:
    char = source[begin + 1 : begin + 2]
    return char.isalpha() and char.isascii() or char in ("!", "?", "/") and bool(char)


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


def _raw_end(source: str, position: int, tag: str, unclosed: set[str]) -> tuple[int, int]:
    """Return where the content of a raw element ends and where the text goes on.

    An unclosed script or style swallows the rest; of the others only the tag is dropped, or the mail would be lost.
    """
    found = re.compile(rf"</{tag}(?=[\s/>])", re.IGNORECASE).search(source, position)
    if found:
        end = source.find(">", found.end())
        return found.start(), len(source) if end < 0 else end + 1
    if tag in ("script", "style"):
        return len(source), len(source)
    unclosed.add(tag)
    return position, position


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
