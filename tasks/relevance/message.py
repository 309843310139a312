"""A message as the rules of filter-irrelevant see it: headers, folded subject, the beginning of the folded text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.lexica import fold

HEAD = 4_000
"""The rules read that many characters of a text: notices say what they are at once."""


@dataclass(frozen=True, slots=True)
class Message:
    """`headers`: name in lower case → folded value. `sender`, `domain`: the two halves of the sender's address.

    `to`: the addresses of its receivers. `said`: the folded beginning of the text. `length`: of the whole text.
    `media_types`: of its attachments.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    subject: str = ""
    said: str = ""
    length: int = 0
    sender: str = ""
    domain: str = ""
    to: frozenset[str] = frozenset()
    media_types: frozenset[str] = frozenset()

    def header(self, name: str) -> str:
        """Return a header's folded value, "" where it is missing."""
        return self.headers.get(name, "")

    def has(self, *names: str) -> bool:
        """Say whether one of the headers is there."""
        return any(name in self.headers for name in names)

    @property
    def is_reply(self) -> bool:
        """Whether it answers a message: by its headers."""
        return self.has("in-reply-to", "references")


def message(row: Mapping[str, Any]) -> Message:
    """Return the message of a row."""
    text = row["text"] or ""
    people = [(p["role"], *_halves(p["address"])) for p in row.get("participants") or () if p["address"]]
    sender, domain = next(((local, domain) for role, local, domain in people if role == "from"), ("", ""))
    return Message(
        headers={name.casefold(): fold(value or "") for name, value in dict(row.get("headers") or ()).items()},
        subject=fold(row.get("subject") or ""),
        said=fold(text[:HEAD]),
        length=len(text),
        sender=sender,
        domain=domain,
        to=frozenset(f"{local}@{domain}" for role, local, domain in people if role in ("to", "cc")),
        media_types=frozenset(a["media_type"] or "" for a in row.get("attachments") or ()),
    )


def _halves(address: str) -> tuple[str, str]:
    local, _, domain = address.casefold().rpartition("@")
    return local, domain
