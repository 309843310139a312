"""What the tags of HTML do to the text, told by their names, their attributes and the style sheets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from tasks.ingest import css
from tasks.ingest.css import SILENT, Look
from tasks.ingest.html_elements import BEGINNING, BLOCKS, IMPLYING, INLINE, SCOPES

TIGHT = re.compile(r"MsoNormal|MsoPlainText|margin(?:-top|-bottom)?:\s{0,3}0", re.IGNORECASE)
"""Paragraphs of Outlook, one a line, without space between them."""
NAMED_BY_OUTLOOK = frozenset(("p", "div"))
"""Elements that TIGHT and RULED_OFF look at, whatever their attributes."""
RULED_OFF = re.compile(r"border-top:\s{0,3}solid|divRplyFwdMsg", re.IGNORECASE)
"""Outlook's line above the header block of the quoted mail."""


class Kind:
    """What a start tag, with its attributes, does: told once, for newsletters repeat theirs a thousand times."""

    __slots__ = (
        "begins",
        "begins_block",
        "ends_block",
        "given",
        "implies",
        "labelled",
        "said",
        "scopes",
        "silent",
        "tag",
        "tight",
    )

    def __init__(self, tag: str, data: str, said: Look, given: dict[str, str]) -> None:
        self.tag, self.said, self.given = tag, said, given
        self.silent = tag in INLINE and said is SILENT
        """It says nothing about what is inside, and its end will find nothing to close."""
        self.implies = tag in IMPLYING
        self.tight = tag == "p" and TIGHT.search(data) is not None
        self.ends_block = ("div" if self.tight else tag) if tag in BLOCKS else ""
        self.begins_block = "p" if tag == "div" and RULED_OFF.search(data) else self.ends_block
        self.scopes = tag in SCOPES
        self.begins = tag in BEGINNING
        self.labelled = "aria-label" in given


@lru_cache(maxsize=1024)
def _silent(tag: str) -> Kind:
    return Kind(tag, "", SILENT, {})


def kind_of(tag: str, data: str, rules: Mapping[str, Look]) -> Kind:
    """Return what a start tag does. `data`: its attributes; `rules`: what the style sheets say."""
    if not rules and not css.TELLING.search(data.lower()):
        return Kind(tag, data, SILENT, {}) if tag in NAMED_BY_OUTLOOK else _silent(tag)
    said, given = css.tag_look(tag, data)
    ruled = _ruled(tag, given, rules) if rules else ()
    return Kind(tag, data, css.combined(iter((*ruled, said))) if ruled else said, given)


def _ruled(tag: str, given: dict[str, str], rules: Mapping[str, Look]) -> list[Look]:
    names = [tag]
    for class_ in given.get("class", "").lower().split()[:20]:
        names += [f".{class_}", f"{tag}.{class_}"]
    if "id" in given:
        names.append(f"#{given['id'].lower()}")
    return [rules[name] for name in names if name in rules]


class Open:
    """An open element and what it says about the text inside."""

    __slots__ = ("background", "color", "hidden", "href", "kind", "label", "number", "quote")

    def __init__(self, kind: Kind, hidden: bool, color: str | None, background: str | None) -> None:
        self.kind = kind
        self.hidden = hidden
        self.color = color
        self.background = background
        if kind.begins:
            self.href: str | None = None
            self.label: list[str] | None = None
            self.quote = False
            self.number = 0


NOTHING = Open(Kind("", "", SILENT, {}), hidden=False, color=None, background=None)
