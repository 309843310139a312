"""HTML to the text that a reader of the mail sees: paragraphs, lists, tables and links; what is hidden is left out."""

from __future__ import annotations

import re

from tasks.ingest import css
from tasks.ingest.css import SILENT, Look
from tasks.ingest.flags import Flags
from tasks.ingest.html_elements import CLOSES_P, DROPPED, INLINE, PARAGRAPHS, SCOPES, TABLE_PARTS, VOID
from tasks.ingest.html_kinds import NOTHING, Kind, Open, kind_of
from tasks.ingest.html_links import shown_target
from tasks.ingest.html_tokens import attributes, odd, split, unescape
from tasks.ingest.text_writer import TextWriter

HTML_CHARS = 2_000_000
"""HTML longer than this is cut: no letter is, and no more than a second is spent on one part."""
DEPTH = 256
"""Open elements beyond this depth are not kept apart (catalogue D3)."""
SPACE = re.compile(r"[ \t\r\n\f]{2,}|[\t\r\n\f]")
"""Blanks that are not one space already."""


def to_text(source: str, flags: Flags) -> str:
    """Return the visible text of an HTML part; linear in its length.

    Flags: hidden_text, image_text, html_capped.
    """
    if len(source) > HTML_CHARS:
        flags.add("html_capped")
        source = source[:HTML_CHARS]
    reader = _Reader(flags)
    reader.read(*split(source))
    return reader.writer.result()


class _Reader:
    def __init__(self, flags: Flags) -> None:
        self.flags = flags
        self.writer = TextWriter()
        self.stack: list[Open] = []
        self.scopes: list[dict[str, int]] = [{}]
        self.overflow = 0
        self.hidden = 0
        self.dropped = 0
        self.pre = 0
        self.rules: dict[str, Look] = {}
        self.known: dict[tuple[str, str], Kind] = {}
        self.link: Open | None = None

    def read(self, sheets: list[str], pieces: list[str]) -> None:
        """Read what `split` returned. The loop turns a thousand times per mail: it calls only what has work to do."""
        for sheet in sheets:
            self.style(sheet)
        self.text(pieces[0])
        known, scopes, writer = self.known, self.scopes, self.writer
        for slash, name, data, text in zip(pieces[1::4], pieces[2::4], pieces[3::4], pieces[4::4], strict=True):
            if name is None:
                self.odd(text)
                continue
            if slash:
                if name not in INLINE or scopes[-1].get(name) or self.overflow:
                    self.close(name, data)
            else:
                kind = known.get((name, data))
                if kind is None:
                    self.open(name, data)
                elif not kind.silent or scopes[-1].get(kind.tag):
                    self.enter(kind)
            if text and (writer.line or self.pre or not text.isspace()):
                self.text(text)

    def odd(self, behind: str) -> None:
        """Take what stands behind a `<` that begins no plain tag."""
        for tag, closing, data in odd(behind):
            if not tag:
                self.text(data)
            elif closing:
                self.close(tag, data)
            else:
                self.open(tag, data)

    def text(self, data: str) -> None:
        if self.dropped:
            return
        if not self.pre and data.isspace():
            if self.writer.line:
                self._space()
            return
        text = unescape(data) if "&" in data else data
        if self.hidden:
            if not text.isspace():
                self.flags.add("hidden_text")
            return
        if "\xa0" in text:
            if text == "\xa0" and not self.writer.line and any(node.kind.tight for node in self.stack[-4:]):
                self.writer.newline()  # Outlook's empty line
                return
            text = text.replace("\xa0", " ")
        if self.pre:
            self.writer.raw(text.replace("\r\n", "\n"))
        else:
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

    def open(self, name: str, data: str) -> None:
        tag = name.lower()
        if tag in VOID:
            if tag in CLOSES_P and self.scopes[-1].get("p"):
                self._pop_to("p")
            self._void(tag, data)
        elif tag == "style":  # what is left of a tag with a comment in it
            self.style(data)
        else:
            kind = self.known.get((name, data))
            if kind is None:
                kind = self.known[name, data] = kind_of(tag, data, self.rules)
            if not kind.silent or self.scopes[-1].get(tag):
                self.enter(kind)

    def enter(self, kind: Kind) -> None:
        """Begin an element."""
        if kind.implies:
            self._imply_ends(kind.tag)
        if kind.begins_block and not self.hidden:
            self._begin_block(kind.begins_block)
        if len(self.stack) >= DEPTH:
            self.overflow += 1
            self.flags.add("html_capped")
            return
        self._push(kind)

    def _imply_ends(self, tag: str) -> None:
        scope = self.scopes[-1]
        if tag in TABLE_PARTS:
            self._end_cell()
            if tag not in ("td", "th") and self.scopes[-1].get("tr"):
                self._pop_to("tr")
        elif tag in ("li", "option", "a"):
            if scope.get(tag):
                self._pop_to(tag)
        elif scope.get("p"):
            self._pop_to("p")

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
        elif (
            tag == "img"
            and "alt" in data
            and "image_text" not in self.flags
            and attributes(data).get("alt", "").strip()
        ):
            self.flags.add("image_text")

    def _begin_block(self, tag: str) -> None:
        writer = self.writer
        if tag not in PARAGRAPHS or (tag in ("ul", "ol") and self.scopes[-1].get("li")):
            writer.block()
        else:
            writer.paragraph()

    def _push(self, kind: Kind) -> None:
        parent = self.stack[-1] if self.stack else NOTHING
        said = kind.said
        if said is SILENT:
            node = Open(kind, False, parent.color, parent.background)
        else:
            background = said.background or parent.background
            color = said.color or parent.color
            unseen = said.hidden or (color is not None and color == (background or "#ffffff"))
            node = Open(kind, unseen, color, background)
            self.hidden += unseen
        self.stack.append(node)
        scope, tag = self.scopes[-1], kind.tag
        scope[tag] = scope.get(tag, 0) + 1
        if kind.scopes:
            self.scopes.append({tag: 1})
        if kind.begins:
            self._begin(node, kind.given)
        if kind.labelled:
            self.flags.add("image_text")

    def _begin(self, node: Open, given: dict[str, str]) -> None:
        writer, tag = self.writer, node.kind.tag
        if tag in ("td", "th"):
            if writer.line:
                writer.cell = True
        elif tag == "a":
            if "href" in given:
                node.href, node.label = given["href"].strip(), []
                self.link = node
        elif tag == "blockquote":
            if "border:none" not in re.sub(r"\s", "", given.get("style", "").lower())[:500]:
                node.quote = True
                writer.quotes += 1
        elif tag == "li":
            self._item()
        elif tag in ("ul", "ol"):
            writer.indent += 2 if self._lists() > 1 else 0
        else:
            self.dropped += tag in DROPPED
            self.pre += tag == "pre"

    def _lists(self) -> int:
        return sum(node.kind.tag in ("ul", "ol") for node in self.stack[-20:])

    def _item(self) -> None:
        if self.hidden:
            return
        owner = next((node for node in reversed(self.stack[-20:-1]) if node.kind.tag in ("ul", "ol")), None)
        if owner is not None and owner.kind.tag == "ol":
            owner.number += 1
            self.writer.marker = f"{owner.number}. "
        else:
            self.writer.marker = "- "

    def close(self, name: str, data: str) -> None:
        tag = name if name.islower() else name.lower()
        if self.overflow and tag not in VOID and tag != "style":
            self.overflow -= 1
            return
        if tag in TABLE_PARTS and tag not in ("td", "th"):
            self._end_cell()
        if self.scopes[-1].get(tag) or (tag in SCOPES and any(scope.get(tag) for scope in self.scopes[-20:])):
            self._pop_to(tag)
        elif tag == "br":
            if not self.hidden:
                self.writer.newline()
        elif tag == "style":
            self.style(data)

    def _pop_to(self, tag: str) -> None:
        stack, scopes = self.stack, self.scopes
        while stack:
            node = stack.pop()
            kind = node.kind
            if kind.scopes and len(scopes) > 1:
                scopes.pop()
            scope = scopes[-1]
            scope[kind.tag] = scope.get(kind.tag, 1) - 1
            if kind.ends_block or node.hidden or kind.begins:
                self._end(node)
            if kind.tag == tag:
                return

    def _end(self, node: Open) -> None:
        kind = node.kind
        if kind.ends_block and not self.hidden:
            self._begin_block(kind.ends_block)
        self.hidden -= node.hidden
        if not kind.begins:
            return
        writer, tag = self.writer, kind.tag
        if node.href is not None:
            self._end_link(node)
        elif node.quote:
            writer.quotes -= 1
        elif tag in ("ul", "ol"):
            writer.indent = max(0, writer.indent - 2)
        elif tag == "li":
            writer.marker = ""
        else:
            self.dropped -= tag in DROPPED
            self.pre -= tag == "pre"

    def _end_link(self, node: Open) -> None:
        self.link = None
        if not self.hidden and not self.dropped:
            target = shown_target("".join(node.label or ()).strip(), node.href or "")
            if target:
                self.writer.text(f" <{target}>")
