"""From a part tree to what the author wrote: the text, the attachments, and what was odd on the way."""

from __future__ import annotations

import re
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from tasks.ingest import headers, media, plain_text, tnef, transfer
from tasks.ingest.attachments import SURROGATES, Attachment, proven_type, safe_name
from tasks.ingest.charset_labels import meta_charset
from tasks.ingest.charsets import decode
from tasks.ingest.flags import Flags
from tasks.ingest.html_text import to_text
from tasks.ingest.mime import MESSAGE_TYPES, Part

TEXT_BYTES = 5 * 2**20
"""A text part is read up to here: more is no letter."""
STUB_WORDS = 60
"""A plain version shorter than this is a stub when the HTML says five times as much ("your program can't …")."""
DIFFERENT = 0.5
"""Two versions differ when less than this share of the words of the shorter one is in the other."""

ENCRYPTED = frozenset(
    (
        "application/pkcs7-mime",
        "application/x-pkcs7-mime",
        "application/pgp-encrypted",
        "application/x-microsoft-rpmsg-message",
        "multipart/encrypted",
    )
)
SIGNATURES = frozenset(
    (
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    )
)
HTML_TYPES = frozenset(("text/html", "text/x-html", "text/x-amp-html", "text/watch-html"))
ENRICHED_TYPES = frozenset(("text/enriched", "text/richtext"))
LEFT_OUT = (
    {
        "text/calendar": "calendar",
        "application/ics": "calendar",
        "text/vcard": "contact_card",
        "text/x-vcard": "contact_card",
        "text/directory": "contact_card",
        "message/partial": "partial_message",
        "message/external-body": "external_body",
        "message/delivery-status": "delivery_report",
        "message/global-delivery-status": "delivery_report",
        "text/rfc822-headers": "delivery_report",
        "message/disposition-notification": "read_receipt",
    }
    | dict.fromkeys(SIGNATURES, "signed")
    | dict.fromkeys(ENCRYPTED, "encrypted")
)
"""Media type -> flag: parts that hold nothing their author wrote to be read, or nothing that can be read."""
WORDS = re.compile(r"\w+")
CID_IMAGE = re.compile(r"\bcid:([^\s\"'<>)]{1,200})")
FORWARD_MARK = "---------- Forwarded message ----------"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the body and whether it was HTML."""

    text: str
    html: bool = False


class Body:
    """What one message says: `text`, `attachments`, and in `flags` what was odd on the way."""

    def __init__(self, flags: Flags, hints: tuple[str, ...] = ()) -> None:
        self.flags = flags
        self.hints = hints
        self.text = ""
        self.attachments: list[Attachment] = []
        self._named: list[Segment] = []
        self._cids: set[str] = set()

    @classmethod
    def of(cls, root: Part, flags: Flags) -> Body:
        """Return the body of a part tree."""
        charsets = (part.params.get("charset") for part in root.walk())
        body = cls(flags, tuple(dict.fromkeys(filter(None, charsets))))
        body.finish(body._part(root, top=True) or body._named[:1])
        return body

    def finish(self, segments: list[Segment]) -> None:
        """Set `text`. Flags: html_only, empty_body."""
        self.text = joined(segments)
        if segments and all(segment.html for segment in segments):
            self.flags.add("html_only")
        if not self.text.strip():
            self.flags.add("empty_body")

    def _part(self, part: Part, *, top: bool = False) -> list[Segment]:
        kind = part.media_type
        if kind in LEFT_OUT and not (part.is_multipart and kind not in ENCRYPTED):
            return self._left_out(part)
        if part.is_multipart:
            return self._multipart(part)
        if kind in MESSAGE_TYPES:
            return self._forwarded(part)
        if self._is_text(part, top=top):
            return self._text(part)
        return self._attached(part)

    def _left_out(self, part: Part) -> list[Segment]:
        self.flags.add(LEFT_OUT[part.media_type])
        for leaf in part.walk():
            if not leaf.is_multipart and leaf.media_type != "message/external-body":
                self._attach(leaf)
        return []

    def _multipart(self, part: Part) -> list[Segment]:
        subtype = part.media_type.partition("/")[2]
        if subtype == "alternative":
            return self._alternative(part)
        if subtype == "related":
            return self._related(part)
        if subtype == "report":
            return self._report(part)
        return [segment for child in part.children for segment in self._part(child)]

    def _alternative(self, part: Part) -> list[Segment]:
        """Choose the version to keep: the plain one; the HTML where that is a stub; both where they differ."""
        versions = [segments for segments in map(self._part, part.children) if joined(segments).strip()]
        plain = next((version for version in versions if not version[0].html), None)
        rich = next((version for version in reversed(versions) if version[0].html), None)
        if plain is None or rich is None:
            return self._alike(versions)
        one, other, shared = _overlap(plain, rich)
        if one < STUB_WORDS and one * 5 < other:
            return rich
        return [*plain, *rich] if self._differ(one, other, shared) else plain

    def _alike(self, versions: list[list[Segment]]) -> list[Segment]:
        """Choose among versions of one kind: the first plain one, the last HTML (the richest, RFC 2046 5.1.4)."""
        if len(versions) < 2:
            return versions[0] if versions else []
        chosen, *others = versions if not versions[0][0].html else reversed(versions)
        for other in others:
            self._differ(*_overlap(chosen, other))
        return chosen

    def _differ(self, one: int, other: int, shared: int) -> bool:
        if shared >= min(one, other) * DIFFERENT:
            return False
        self.flags.add("alternatives_differ")
        return True

    def _related(self, part: Part) -> list[Segment]:
        root = part.params.get("start", "").strip("<> ")
        ordered = sorted(
            part.children,
            key=lambda child: not root or (child.headers.get("content-id") or "").strip("<> ") != root,
        )
        return [segment for child in ordered for segment in self._part(child)]

    def _report(self, part: Part) -> list[Segment]:
        """Keep the human part of a report; the machine's parts and the returned message are not its author's."""
        if part.params.get("report-type", "").lower() == "disposition-notification":
            self.flags.add("read_receipt")
        segments: list[Segment] = []
        for child in part.children:
            if child.media_type in MESSAGE_TYPES:
                self.flags.add("delivery_report")
                self._attach(child)
            else:
                segments += self._part(child)
        return segments

    def _forwarded(self, part: Part) -> list[Segment]:
        """An attached message is content: its text goes below, under the header lines that mail programs write."""
        self.flags.add("forwarded")
        self._attach(part)
        inner = part.children[0]
        lines = [FORWARD_MARK]
        for name in ("From", "Date", "Subject", "To", "Cc"):
            value = inner.headers.get(name.lower())
            if value:
                lines.append(f"{name}: {headers.text(value, self.flags, self.hints)}")
        text = joined(self._part(inner, top=True))
        return [Segment("\n".join(lines) + "\n\n" + text)]

    def _is_text(self, part: Part, *, top: bool) -> bool:
        if part.media_type not in ("text/plain", "text/html") and not (
            part.media_type.startswith("text/") and part.media_type not in LEFT_OUT and not self._name(part)
        ):
            return False
        disposition = _disposition(part)
        if top:
            return True
        return not disposition.startswith("attachment")

    def _text(self, part: Part) -> list[Segment]:
        data = part.content(self.flags)
        if data is None:
            self._attach(part)
            return []
        if media.binary_type(data[:64]) and media.binary_type(data[:64]) != "application/rtf":
            self.flags.add("attachment_mismatch")
            self._attach(part)
            return []
        segment = self.segment(data, part.media_type, part.params)
        if not part.first and self._name(part) and part.headers.get("content-disposition") and segment.text.strip():
            self._attach(part)
            self._named.append(segment)
            return []
        return [segment] if segment.text.strip() else []

    def segment(self, data: bytes, media_type: str, params: dict[str, str]) -> Segment:
        """Return the readable text of a decoded text part."""
        if len(data) > TEXT_BYTES:
            self.flags.add("body_capped")
            data = data[:TEXT_BYTES]
        label = params.get("charset") or (meta_charset(data) if media_type == "text/html" else None)
        text = plain_text.lines_normal(decode(data, label, self.flags, self.hints))
        if media_type in HTML_TYPES or plain_text.MARKUP.match(text):
            return self.html(text, claimed=media_type != "text/plain")
        if media_type in ENRICHED_TYPES:
            return self.plain(plain_text.unenriched(text))
        if params.get("format", "").lower() == "flowed":
            text = plain_text.unflow(text, delsp=params.get("delsp", "").lower() == "yes")
        return self.plain(text)

    def plain(self, text: str, *, html: bool = False) -> Segment:
        """Return the text without encrypted blocks. Files encoded in it stay, flagged, and are attachments too."""
        text = plain_text.without_blocks(plain_text.lines_normal(text), self.flags)
        for name, data in transfer.files_in(text, self.flags):
            self.add_file(name, "application/octet-stream", data)
        return Segment(text, html)

    def html(self, source: str, *, claimed: bool = True) -> Segment:
        """Return the readable text of HTML; `claimed` is false where it pretends to be plain text."""
        if not claimed:
            self.flags.add("markup_in_plain")
        if "cid:" in source:
            self._cids.update(urllib.parse.unquote(cid) for cid in CID_IMAGE.findall(source[:TEXT_BYTES]))
        return self.plain(to_text(source, self.flags), html=True)

    def _attached(self, part: Part) -> list[Segment]:
        if part.media_type in tnef.MEDIA_TYPES or (self._name(part) or "").lower() == "winmail.dat":
            return self._tnef(part)
        self._attach(part)
        return []

    def _tnef(self, part: Part) -> list[Segment]:
        opened = tnef.parse(part.content(self.flags) or b"", self.flags)
        for file in opened.files:
            self.add_file(file.name, file.media_type, file.data)
        if opened.text:
            return [self.plain(opened.text)]
        return [self.html(opened.html)] if opened.html else []

    def _attach(self, part: Part) -> None:
        data = part.body if part.children else (part.content(self.flags) or b"")
        cid = (part.headers.get("content-id") or "").strip("<> ")
        name = self._name(part)
        self.add_file(name, part.media_type, data, inline=bool(cid) and cid in self._cids)

    def add_file(self, name: str | None, media_type: str, data: bytes, *, inline: bool = False) -> None:
        """Keep a file under the type that its content proves. Flags: archive."""
        media_type = proven_type(data, media_type, self.flags)
        if media_type in media.ARCHIVES:
            self.flags.add("archive")
        self.attachments.append(Attachment(safe_name(name, self.flags, self.hints), media_type, data, inline))

    def _name(self, part: Part) -> str | None:
        value = part.headers.get("content-disposition")
        named = headers.valued(value, self.flags)[1].get("filename") if value else None
        return named or part.params.get("name") or None

    def embedded(self) -> Iterator[Attachment]:
        """Yield the attachments that read-scans may read."""
        return (file for file in self.attachments if file.readable)


def joined(segments: list[Segment]) -> str:
    """Return the text of the segments, a free line between them; lone surrogates become U+FFFD."""
    text = "\n\n".join(segment.text.strip("\n") for segment in segments)
    return text if text.isascii() else SURROGATES.sub("\ufffd", text)


def _overlap(one: list[Segment], other: list[Segment]) -> tuple[int, int, int]:
    """Return how many words each version has, and how many they share."""
    first, second = (Counter(WORDS.findall(joined(version).lower())) for version in (one, other))
    return first.total(), second.total(), (first & second).total()


def _disposition(part: Part) -> str:
    return (part.headers.get("content-disposition") or "").strip(" \t\"'").lower()
