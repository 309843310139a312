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
"""Attributes are looked at up to here."""
TAG = re.compile(r"""<(?:(/?)([a-zA-Z][^\s/<>"']{0,40})((?:[^<>"']++|"[^"<>]*+"|'[^'<>]*+')*+)>)?""")
"""A plain tag, or the `<` of anything else; the search never looks past the next `<`, so it is linear."""
QUOTED_TAG = re.compile(r"""(/?)([a-zA-Z][^\s/>]{0,40})((?:[^>"']++|"[^"]*+"|'[^']*+')*+)>""")
"""A tag behind its `<`, with `>` in its quotes."""
LOOSE_TAG = re.compile(r"(/?)([a-zA-Z][^\s/>]{0,40})([^>]*+)>")
"""The same when it has lost a quote: it ends at the first `>`."""
UNSEEN = re.compile(rf"<(?:(!--)|(!\[CDATA\[)|([!?]|/(?![a-z]))|({'|'.join(sorted(RAW))})(?=[\s/>]))", re.IGNORECASE)
"""Where something begins that no reader sees: comment, CDATA, declaration, raw element."""
ATTRIBUTE = re.compile(
    r"""([^\s=>"'/]{1,40})[ \t\r\n\f]{0,10}(?:=[ \t\r\n\f]{0,10}(?:"([^"]*)"|'([^']*)'|([^\s>"']*)))?"""
)
BAD_REFERENCE = re.compile(r"&#(?:0*[0-9]{8,}|[xX]0*[0-9a-fA-F]{7,});?")
DATA_URI = re.compile(r"""=\s{0,5}(["'])\s{0,5}data:[^"'<>]*\1""", re.IGNORECASE)

Token = tuple[str, bool, str]
"""(tag, closing, data): the tag is empty for text; `data` is the text, or the raw attributes."""


def split(source: str) -> tuple[list[str], list[str]]:
    """Return the style sheets, and the text in pieces; comments, declarations and raw elements are left out.

    The pieces are a text, then by fours (slash, tag, attributes, text): the tag as it is written, None where a `<`
    begins no plain tag; then `odd` reads the text.
    """
    source = DATA_URI.sub('=""', source) if "data:" in source or "DATA:" in source else source
    kept, sheets = _seen(source)
    return sheets, TAG.split(kept)


def odd(text: str) -> Iterator[Token]:
    """Yield what stands behind a `<` that begins no plain tag, up to the next `<`."""
    match = QUOTED_TAG.match(text) or LOOSE_TAG.match(text)
    if match:
        yield match[2].lower(), match[1] == "/", match[3]
        if match.end() < len(text):
            yield "", False, text[match.end() :]
    elif not (text[:1].isalpha() and "=" in text):  # a tag that was cut off
        yield "", False, f"<{text}"


def _seen(source: str) -> tuple[str, list[str]]:
    """Return the source without what no reader sees, and the style sheets in it."""
    kept: list[str] = []
    sheets: list[str] = []
    unclosed: set[str] = set()
    position = 0
    while match := UNSEEN.search(source, position):
        kept.append(source[position : match.start()])
        raw = (match[4] or "").lower()
        if raw:
            begin = source.find(">", match.end()) + 1
            stop, position = _raw_end(source, begin or len(source), raw, unclosed)
            if raw == "style":
                sheets.append(source[begin:stop])
        else:
            position = _markup_end(source, match)
    kept.append(source[position:])
    return "".join(kept), sheets


def _markup_end(source: str, match: re.Match[str]) -> int:
    """Return where a comment or declaration ends; an unclosed one swallows the rest, as in browsers."""
    begin = match.start()
    mark = "-->" if match[1] else "]]>" if match[2] else ">"
    if match[1] and source.startswith((">", "->"), begin + 4):
        mark = ">"
    end = source.find(mark, match.end() if not match[1] else begin + 4)
    return len(source) if end < 0 else end + len(mark)


def _raw_end(source: str, position: int, tag: str, unclosed: set[str]) -> tuple[int, int]:
    """Return where the content of a raw element ends and where the text goes on.

    An unclosed script or style swallows the rest; of the others only the tag is dropped, or the mail would be lost.
    """
    found = None
    if tag not in unclosed:
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
    for name, double, single, bare in ATTRIBUTE.findall(data[:TAG_CHARS]):
        value = double or single or bare
        found.setdefault(name.lower(), unescape(value) if "&" in value else value)
    return found


def unescape(text: str) -> str:
    """Resolve character references; those to no character at all are left out."""
    text = text.replace("&nbsp;", "\xa0")
    if "&" not in text:
        return text
    plain = html.unescape(BAD_REFERENCE.sub("", text) if "&#" in text else text)
    return plain.replace("\ufffd", "") if "\ufffd" in plain and "\ufffd" not in text else plain
