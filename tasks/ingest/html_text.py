"""HTML to the text that a reader of the mail sees: paragraphs, lists, tables and links; what is hidden is left out."""

from __future__ import annotations

import re

from tasks.ingest import css
from tasks.ingest.css import SILENT, Look
from tasks.ingest.flags import Flags
from tasks.ingest.html_elements import (
    BEGINNING,
    BLOCKS,
    CLOSES_P,
    DROPPED,
    IMPLYING,
    INLINE,
    PARAGRAPHS,
    SCOPES,
    VOID,
)
from tasks.ingest.html_tokens import attributes, tokens, unescape
from tasks.ingest.text_writer import TextWriter

HTML_CHARS = 2_000_000
"""HTML longer than this is cut: no letter is, and no more than a second is spent on one part."""
DEPTH = 256
"""Open elements beyond this depth are not kept apart (catalogue D3)."""
LINK_CHARS = 200
"""A link's target longer than this is a tracking code: only its label is kept."""

TIGHT = re.compile(r"MsoNormal|MsoPlainText|margin(?:-top|-bottom)?:\s{0,3}0", re.IGNORECASE)
"""Paragraphs of Outlook, one a line, without space between them."""
RULED_OFF = re.compile(r"border-top:\s{0,3}solid|divRplyFwdMsg", re.IGNORECASE)
"""Outlook's line above the header block of the quoted mail."""
SPACE = re.compile(r"[ \t\r\n\f]+")
MORE_SPACE = re.compile(r"[\t\r\n\f]|  ")
WEB = re.compile(r"(?:https?://|ftp://|mailto:|tel:)", re.IGNORECASE)


class _Open:
    """An open element and what it says about the text inside."""

    href: str | None = None
    label: list[str] | None = None
    quote = False
    tight = False
    number = 0

    def __init__(self, tag: str, hidden: bool, color: str | None, background: str | None) -> None:
        self.tag = tag
        self.hidden = hidden
        self.color = color
        self.background = background


NOTHING = _Open("", hidden=False, color=None, background=None)


def to_text(source: str, flags: Flags) -> str:
    """Return the visible text of an HTML part; linear in its length.

    Flags: hidden_text, image_text, html_capped.
    """
    if len(source) > HTML_CHARS:
        flags.add("html_capped")
        source = source[:HTML_CHARS]
    reader = _Reader(flags)
    for tag, closing, data in tokens(source):
        if not tag:
            reader.text(data)
        elif tag == "style":
            reader.style(data)
        elif closing:
            reader.close(tag)
        else:
            reader.open(tag, data)
    return reader.writer.result()


class _Reader:
    def __init__(self, flags: Flags) -> None:
        self.flags = flags
        self.writer = TextWriter()
        self.stack: list[_Open] = []
        self.scopes: list[dict[str, int]] = [{}]
        self.overflow = 0
        self.hidden = 0
        self.dropped = 0
        self.pre = 0
        self.rules: dict[str, Look] = {}
        self.known: dict[tuple[str, str], tuple[Look, dict[str, str]]] = {}
        self.link: _Open | None = None

    def text(self, data: str) -> None:
        if self.dropped:
            return
        if not self.pre and data.isspace():
            self._space()
            return
        text = unescape(data)
        if self.hidden:
            if not text.isspace():
                self.flags.add("hidden_text")
            return
        if text == "\xa0" and not self.writer.line and any(node.tight for node in self.stack[-4:]):
            self.writer.newline()  # Outlook's empty line
            return
        text = text.replace("\xa0", " ")
        if self.pre:
            self.writer.raw(text.replace("\r\n", "\n"))
        else:
            if MORE_SPACE.search(text):
                text = SPACE.sub(" ", text)
            self.writer.text(text)
        if self.link is not None and self.link.label is not None:
            self.link.label.append(text)

    def _space(self) -> None:
        if not self.hidden:
            self.writer.space()
            if self.link is not None and self.link.label is not None:
                self.link.label.append(" ")

    def style(self, sheet: str) -> None:
        if sheet.strip():
            for name, said in css.rules(sheet).items():
                self.rules[name] = css.combined(iter((self.rules.get(name, Look()), said)))

    def open(self, tag: str, data: str) -> None:
        if tag in INLINE and not self.scopes[-1].get(tag) and self._says(tag, data)[0] is SILENT:
            return  # says nothing about what is inside, and its end will find nothing to close
        if tag in IMPLYING:
            self._imply_ends(tag)
        if tag in VOID:
            self._void(tag, data)
            return
        tight = tag == "p" and TIGHT.search(data) is not None
        if tag in BLOCKS and not self.hidden:
            self._begin_block("div" if tight else "p" if tag == "div" and RULED_OFF.search(data) else tag)
        if len(self.stack) >= DEPTH:
            self.overflow += 1
            self.flags.add("html_capped")
            return
        self._push(tag, data)
        self.stack[-1].tight = tight

    def _imply_ends(self, tag: str) -> None:
        scope = self.scopes[-1]
        if tag in CLOSES_P and scope.get("p"):
            self._pop_to("p")
        elif tag == "li" and scope.get("li"):
            self._pop_to("li")
        elif tag in ("td", "th", "tr", "tbody", "thead", "tfoot"):
            self._end_cell()
            if tag not in ("td", "th") and self.scopes[-1].get("tr"):
                self._pop_to("tr")
        elif tag in ("option", "a") and scope.get(tag):
            self._pop_to(tag)

    def _end_cell(self) -> None:
        scope = self.scopes[-1]
        if scope.get("td"):
            self._pop_to("td")
        elif scope.get("th"):
            self._pop_to("th")

    def _void(self, tag: str, data: str) -> None:
        if self.hidden or self.dropped:
            return
        if tag == "br":
            self.writer.newline()
        elif tag == "hr":
            self.writer.block()
            self.writer.text("---")
            self.writer.block()
        elif tag == "img" and "alt" in data and attributes(data).get("alt", "").strip():
            self.flags.add("image_text")

    def _begin_block(self, tag: str) -> None:
        writer = self.writer
        if tag in ("ul", "ol") and self.scopes[-1].get("li"):
            writer.block()
        elif tag in PARAGRAPHS:
            writer.paragraph()
        else:
            writer.block()

    def _push(self, tag: str, data: str) -> None:
        said, given = self._says(tag, data)
        parent = self.stack[-1] if self.stack else NOTHING
        background = said.background or parent.background
        color = said.color or parent.color
        unseen = said.hidden or (color is not None and said is not SILENT and color == (background or "#ffffff"))
        node = _Open(tag, unseen, color, background)
        self.stack.append(node)
        scope = self.scopes[-1]
        scope[tag] = scope.get(tag, 0) + 1
        if tag in SCOPES:
            self.scopes.append({tag: 1})
        self.hidden += unseen
        if tag in BEGINNING:
            self._begin(node, given)
        if "aria-label" in given:
            self.flags.add("image_text")

    def _says(self, tag: str, data: str) -> tuple[Look, dict[str, str]]:
        """Return what a tag says about its look, by its attributes and by the style sheets."""
        known = self.known.get((tag, data))
        if known is None:
            said, given = css.tag_look(tag, data)
            ruled = self._ruled(tag, given) if self.rules else ()
            known = self.known[tag, data] = (css.combined(iter((*ruled, said))) if ruled else said, given)
        return known

    def _ruled(self, tag: str, given: dict[str, str]) -> list[Look]:
        names = [tag]
        for class_ in given.get("class", "").lower().split()[:20]:
            names += [f".{class_}", f"{tag}.{class_}"]
        if "id" in given:
            names.append(f"#{given['id'].lower()}")
        return [self.rules[name] for name in names if name in self.rules]

    def _begin(self, node: _Open, given: dict[str, str]) -> None:
        writer = self.writer
        self.dropped += node.tag in DROPPED
        self.pre += node.tag == "pre"
        if node.tag == "a" and "href" in given:
            node.href, node.label = given["href"].strip(), []
            self.link = node
        elif node.tag == "blockquote" and "border:none" not in re.sub(r"\s", "", given.get("style", "").lower())[:500]:
            node.quote = True
            writer.quotes += 1
        elif node.tag == "li":
            self._item()
        elif node.tag in ("td", "th") and writer.line:
            writer.cell = True
        elif node.tag in ("ul", "ol"):
            writer.indent += 2 if self._lists() > 1 else 0

    def _lists(self) -> int:
        return sum(node.tag in ("ul", "ol") for node in self.stack[-20:])

    def _item(self) -> None:
        if self.hidden:
            return
        owner = next((node for node in reversed(self.stack[-20:-1]) if node.tag in ("ul", "ol")), None)
        if owner is not None and owner.tag == "ol":
            owner.number += 1
            self.writer.marker = f"{owner.number}. "
        else:
            self.writer.marker = "- "

    def close(self, tag: str) -> None:
        if self.overflow and tag not in VOID:
            self.overflow -= 1
            return
        if tag == "br" and not self.hidden:
            self.writer.newline()
        if tag in ("tr", "tbody", "thead", "tfoot"):
            self._end_cell()
        if self.scopes[-1].get(tag) or (tag in SCOPES and any(scope.get(tag) for scope in self.scopes[-20:])):
            self._pop_to(tag)

    def _pop_to(self, tag: str) -> None:
        while self.stack:
            node = self.stack.pop()
            if node.tag in SCOPES and len(self.scopes) > 1:
                self.scopes.pop()
            scope = self.scopes[-1]
            scope[node.tag] = scope.get(node.tag, 1) - 1
            self._end(node)
            if node.tag == tag:
                return

    def _end(self, node: _Open) -> None:
        writer, tag = self.writer, node.tag
        if tag in BLOCKS and not self.hidden:
            self._begin_block("div" if node.tight else tag)
        self.hidden -= node.hidden
        if tag not in BEGINNING:
            return
        self.dropped -= tag in DROPPED
        self.pre -= tag == "pre"
        if node.quote:
            writer.quotes -= 1
        elif tag in ("ul", "ol"):
            writer.indent = max(0, writer.indent - 2)
        elif tag == "li":
            writer.marker = ""
        if node.href is not None:
            self._end_link(node)

    def _end_link(self, node: _Open) -> None:
        self.link = None
        label = "".join(node.label or ()).strip()
        href = node.href or ""
        if not label or self.hidden or self.dropped or len(href) > LINK_CHARS or not WEB.match(href):
            return
        target = href.partition("?")[0] if href[:7].lower() == "mailto:" else href
        bare = WEB.sub("", target, count=1).rstrip("/").lower()
        if bare and bare.removeprefix("www.") not in label.lower():
            self.writer.text(f" <{re.sub('^(?:mailto|tel):', '', target)}>")
