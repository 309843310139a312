"""A message as the rules of filter-irrelevant see it: headers, folded subject, the beginning of the folded text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tasks.lexica import Clues, fold

HEAD = 4_000
"""The rules read that many characters of a text: notices say what they are at once."""


@dataclass(frozen=True)
class Message:
    """`headers`: name in lower case → value. `sender`, `domain`: the two halves of the sender's address.

    `to`: the addresses of its receivers. `head`: the beginning of the text; `clues`: what phrases it may hold.
    `length`: of the whole text. `media_types`: of its attachments.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    head: str = ""
    clues: frozenset[str] = frozenset()
    length: int = 0
    sender: str = ""
    domain: str = ""
    to: frozenset[str] = frozenset()
    media_types: frozenset[str] = frozenset()

    def header(self, name: str) -> str:
        """Return a header's folded value, "" where it is missing."""
        value = self.headers.get(name)
        return fold(value) if value else ""

    @cached_property
    def said(self) -> str:
        """The folded beginning of the text. Most mails hold no clue that would ask for it."""
        return fold(self.head)

    def has(self, *names: str) -> bool:
        """Say whether one of the headers is there."""
        return any(name in self.headers for name in names)

    @property
    def is_reply(self) -> bool:
        """Whether it answers a message: by its headers."""
        return self.has("in-reply-to", "references")


def message(row: Mapping[str, Any], clues: Clues) -> Message:
    """Return the message of a row."""
    text = row["text"] or ""
    people = [(p["role"], *_halves(p["address"])) for p in row.get("participants") or () if p["address"]]
    sender, domain = next(((local, domain) for role, local, domain in people if role == "from"), ("", ""))
    return Message(
        headers={name.casefold(): value or "" for name, value in row.get("headers") or ()},
        subject=fold(row.get("subject") or ""),
        head=text[:HEAD],
        clues=clues.within(text[:HEAD]),
        length=len(text),
        sender=sender,
        domain=domain,
        to=frozenset(f"{local}@{domain}" for role, local, domain in people if role in ("to", "cc")),
        media_types=frozenset(a["media_type"] or "" for a in row.get("attachments") or ()),
    )


def _halves(address: str) -> tuple[str, str]:
    local, _, domain = address.casefold().rpartition("@")
    return local, domain
