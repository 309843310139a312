"""Address lists: names and addresses in one linear pass, no authority where the grammar is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tasks.ingest import headers
from tasks.ingest.flags import Flags

COMMENT_DEPTH = 10
"""Comments nested deeper than this are an attack (catalogue A8): the header is dropped."""
ADDR_SPEC = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,256}@[^\s<>()\[\],;:\\\"@]{1,255}")
"""What looks like an address wherever it stands: used only when the list is malformed."""
SIMPLE = re.compile(
    r'\s*(?:"([^"\\<>]*)"|([^"<>,;:()@\\\[\]]*))\s*<\s*([^\s<>,;:()"\\\[\]@]+@[^\s<>,;:()"\\\[\]@]+)\s*>\s*'
)
BARE = re.compile(r'\s*([^\s<>,;:()"\\\[\]@]+@[^\s<>,;:()"\\\[\]@]+)\s*')
WIDE_GAP = re.compile(r"\s{20,}")
"""The patterns of this module are quick on names, and quadratic on thousands of blanks."""
QUOTED = re.compile(r'"[^"]*"')
TOKEN = re.compile(
    r"""
    "((?:[^"\\]|\\.)*+)"?                  # 1: quoted string
    | ([<>,;:()@\[\]])                      # 2: special
    | (=\?[^?\s]{1,80}\?[bBqQ]\?[^?\s]*\?=|\\.|[^\s<>,;:()@"\\\[\]]+)   # 3: encoded word, quoted pair, atom
    | (\s+)                                # 4: space
    """,
    re.DOTALL | re.VERBOSE,
)

Mailbox = tuple[str | None, str | None]
"""(display name, address); one of them may be None, not both."""


def mailboxes(value: str, flags: Flags, limit: int, hints: tuple[str, ...] = ()) -> list[Mailbox]:
    """Return the mailboxes of an address header, at most `limit`.

    Flags: addresses_capped, header_capped, header_dropped, header_injection, address_malformed.
    """
    if len(value) > headers.VALUE_CHARS:
        flags.add("header_capped")
        value = value[: value.rfind(",", 0, headers.VALUE_CHARS) + 1] or value[: headers.VALUE_CHARS]
    value = WIDE_GAP.sub(" ", headers.unfold(value))
    raw = _fast(value)
    if raw is None:
        raw = _Parser(value, flags).run()
    if len(raw) > limit:
        flags.add("addresses_capped")
    return [box for box in (_decoded(name, address, flags, hints) for name, address in raw[:limit]) if any(box)]


def _fast(value: str) -> list[Mailbox] | None:
    """Return the single mailbox of a plain `Name <address>` or `address`, as nine of ten headers are."""
    match = SIMPLE.fullmatch(value)
    if match:
        return [((match[1] if match[1] is not None else match[2]).strip() or None, match[3])]
    match = BARE.fullmatch(value)
    return [(None, match[1])] if match else None


def _decoded(name: str | None, address: str | None, flags: Flags, hints: tuple[str, ...]) -> Mailbox:
    """Decode the display name. One that smuggles a line break is dropped: it was made to inject a header."""
    if name:
        plain = headers.words(name, flags, hints).strip(" \t")
        if headers.LINE_BREAKS.search(plain):
            flags.add("header_injection")
            plain = ""
        name = headers.one_line(plain, flags).strip("\"' ") or None
    if address:
        address = headers.one_line(headers.words(address, flags, hints), flags)
    return name, address or None


class _Parser:
    """Reads an address list token by token; each token is looked at once."""

    def __init__(self, value: str, flags: Flags) -> None:
        self.value = value
        self.flags = flags
        self.found: list[Mailbox] = []
        self._reset()

    def _reset(self) -> None:
        self.words: list[str] = []
        self.angle: list[str] | None = None
        self.address: str | None = None
        self.comment: list[str] = []
        self.quoted = ""
        self.at = False
        self.broken = False
        self.begin = 0

    def run(self) -> list[Mailbox]:
        depth = 0
        for match in TOKEN.finditer(self.value):
            char = match[2]
            if char == "(":
                depth += 1
                if depth > COMMENT_DEPTH:
                    self.flags.add("header_dropped")
                    return []
            elif char == ")" and depth:
                depth -= 1
            elif depth:
                self.comment.append(match[0])
            elif char in (",", ";") and self.angle is None:
                self._finish(match.start())
                self.begin = match.end()
            elif char == ":" and self.angle is None and not self.at and self.address is None:
                self._reset()
                self.begin = match.end()
            else:
                self._take(match, char)
        self._finish(len(self.value))
        return self.found

    def _take(self, match: re.Match[str], char: str | None) -> None:
        if char == "<":
            self.broken = self.broken or self.angle is not None or self.address is not None
            self.angle = []
        elif char == ">":
            if self.angle is None:
                self.broken = True
            else:
                self.address, self.angle = "".join(self.angle).strip(), None
        elif self.angle is not None:
            self.angle.append(match[0])
        elif match[1] is not None:
            self.words.append(re.sub(r"\\(.)", r"\1", match[1]) if not self.at else match[0])
            self.quoted = match[0]
            return
        else:
            if char == "@":
                self.at = True
                self.words[-1:] = [self.quoted] if self.quoted else self.words[-1:]  # a local part, not a name
            self.broken = self.broken or char in (")", "]") or (self.address is not None and char is not None)
            self.words.append(" " if match[4] else match[0].removeprefix("\\"))
        self.quoted = ""

    def _finish(self, end: int) -> None:
        if self.angle is not None:  # no closing bracket
            self.address, self.angle = "".join(self.angle).strip(), None
            self.broken = True
        phrase = "".join(self.words).strip()
        if self.address is None and self.at:
            self.address, phrase = self._bare(phrase)
        if self.address is not None:
            self.address = self.address.rpartition(":")[2] if self.address.startswith("@") else self.address
        if self.broken or (self.address and not _plausible(self.address)):
            self._salvage(self.value[self.begin : end], phrase)
        elif phrase or self.address:
            comment = "".join(self.comment).strip()
            self.found.append((phrase or comment or None, self.address or None))
        self._reset()

    def _bare(self, phrase: str) -> tuple[str | None, str]:
        """Split `text a@b` into the address and the rest; several addresses without commas are malformed."""
        compact = re.sub(r" ?([@.]) ?", r"\1", " ".join(phrase.split()))
        unquoted = QUOTED.sub("", compact)
        if " " in unquoted or unquoted.count("@") > 1:
            self.broken = True
            return None, phrase
        return compact, ""

    def _salvage(self, part: str, phrase: str) -> None:
        """Keep every address-like token: which one is meant can't be known (CVE-2023-27043); all must be scrubbed."""
        self.flags.add("address_malformed")
        tokens = list(dict.fromkeys(ADDR_SPEC.findall(part)))
        name = ADDR_SPEC.sub("", phrase).strip(" \"'<>()[]@,") or None
        self.found += [(name, token) for token in tokens] or [(name, self.address or None)]


def _plausible(address: str) -> bool:
    local, at, domain = address.rpartition("@")
    if not at:
        return " " not in address
    quoted = local.startswith('"') and local.endswith('"')
    return bool(domain) and (quoted or ("@" not in local and " " not in local)) and " " not in domain


def participants(
    fields: headers.Headers, flags: Flags, limit: int, hints: tuple[str, ...]
) -> Iterator[dict[str, str | None]]:
    """Yield {name, address, role} for From, To, Cc and Reply-To, each mailbox once a role."""
    seen: set[tuple[str | None, str | None, str]] = set()
    for role in ("from", "to", "cc", "reply-to"):
        for value in fields.all(role):
            for name, address in mailboxes(value, flags, limit, hints):
                if (name, address, role) not in seen:
                    seen.add((name, address, role))
                    yield {"name": name, "address": address, "role": role}
