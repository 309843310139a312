"""The text of a ticket as readable lines: HTML and Atlassian documents unfolded, plain text as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tasks.errors import RecordError
from tasks.ingest.ticket_values import as_text

_BREAK = re.compile(r"<(?:br\s{0,9}/?|/p|/div|/li|/tr|/td|/h[1-6]|/ul|/ol|/blockquote)\s{0,9}>", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*<(?:!doctype\s+html|html|head|body|div|p|span|table|font|b|i|u|strong|em|ul|ol|a|h[1-6]|blockquote|meta|style)"
    r"\b[^<>]*>(?s:.*)</?[a-z][^<>]*>\s*",
    re.IGNORECASE,
)
_BLOCKS = ("paragraph", "heading", "codeBlock", "blockquote", "listItem", "tableRow", "rule", "panel", "taskItem")


def readable(value: Any, *, html: bool | None) -> tuple[str, list[str]]:
    """Return the text of a body and flags; `html` is what the export declares, None to look for oneself.

    Raises RecordError (malformed_row) for a value that is no text.
    """
    if value is None or isinstance(value, bool):
        return "", []
    if isinstance(value, dict) and value.get("type") == "doc":
        return _unfolded(value), []
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        value = "\n".join(value)
    text = as_text(value)
    if text is None:
        raise RecordError("malformed_row", "the text is no text")
    if html is False or "<" not in text or not (html or looks_like_html(text)):
        return text, []
    return _from_html(text)


def said_in(comment: Mapping[str, Any]) -> str:
    """Return the words of a comment, without what its plain and its HTML form differ in: spaces and punctuation."""
    plain = next((comment[name] for name in ("plain_body", "body_text", "body") if comment.get(name)), None)
    markup = comment.get("html_body") if plain is None else None
    if isinstance(markup, str):
        plain = readable(markup, html=True)[0]
    return words_of(plain)


def words_of(value: Any) -> str:
    """Return a text's letters and digits; all of a text that has none."""
    text = as_text(value) or ""
    return re.sub(r"[\W_]+", "", text) or text.strip()


def looks_like_html(text: str) -> bool:
    """Tell a body written in HTML from prose that shows a tag: line-breaking tags, or tags at both of its ends."""
    return bool(_BREAK.search(text) or _ENDS.fullmatch(text))


def _from_html(text: str) -> tuple[str, list[str]]:
    from tasks.ingest.flags import Flags  # noqa: PLC0415 - beside the parser it belongs to
    from tasks.ingest.html_text import to_text  # noqa: PLC0415 - slow to import

    flags = Flags()
    return to_text(text, flags), flags.listed()


def _unfolded(document: Any) -> str:
    """Return the text of an Atlassian document (ADF); nesting is bounded by the JSON reader."""
    lines = "".join(_pieces(document)).split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()


def _pieces(node: Any) -> Iterator[str]:
    if not isinstance(node, dict):
        return
    kind, attributes = node.get("type"), node.get("attrs")
    named = attributes if isinstance(attributes, dict) else {}
    if kind in ("text", "mention", "emoji", "status", "inlineCard"):
        yield as_text(node.get("text") or named.get("text") or named.get("url")) or ""
    elif kind == "hardBreak":
        yield "\n"
    if kind == "listItem":
        yield "- "
    children = node.get("content")
    for child in children if isinstance(children, list) else ():
        yield from _pieces(child)
    if kind in ("tableCell", "tableHeader"):
        yield "\t"
    if kind in _BLOCKS:
        yield "\n"
