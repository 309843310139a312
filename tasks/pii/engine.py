"""The engine: every detector on the shadow of a text, overlaps joined, offsets mapped back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tasks.pii import presidio, rules
from tasks.pii.addresses import find_addresses
from tasks.pii.credentials import find_secrets
from tasks.pii.emails import find_emails, find_urls
from tasks.pii.islands import find_islands
from tasks.pii.known import Known
from tasks.pii.names import find_names
from tasks.pii.ner import Token, classifier
from tasks.pii.phones import find_phones
from tasks.pii.shadow import Shadow, shadow
from tasks.pii.spans import Span, joined
from tasks.pii.structure import find_by_place
from tasks.pii.windows import windows

DIGIT = re.compile(r"\d")
PHONE_SURE = 0.6
"""Probability from which the model's word that digits are a telephone number counts as context."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the engine needs to know.

    Packs by name, packs by file, phone regions, whether names are searched, the model's folder, kept types, the least
    score, Presidio's own recognizers by class name, and the hash of the model's file.

    """

    packs: tuple[str, ...]
    pack_files: tuple[str, ...]
    regions: tuple[str, ...]
    names: bool
    model: Path | None
    keep: frozenset[str]
    min_score: float
    presidio: tuple[str, ...] = ()
    model_sha256: str | None = None


def find(texts: Sequence[str], lang: str | None, known: Known, settings: Settings) -> list[list[Span]]:
    """Return the personal data in each text of one record: in order, without overlaps, offsets in the text."""
    shadows = [shadow(text) for text in texts]
    tokens = named([s.text for s in shadows], settings) if settings.names else [[] for _ in shadows]
    found = [spans_of(s.text, lang or "und", t, known, settings) for s, t in zip(shadows, tokens, strict=True)]
    return [located(s, spans) for s, spans in zip(shadows, found, strict=True)]


def find_again(texts: Sequence[str], known: Known) -> list[list[Span]]:
    """Return only where known values stand in each text."""
    shadows = [shadow(text) for text in texts]
    return [located(s, known.find(s.text)) for s in shadows]


def named(texts: Sequence[str], settings: Settings) -> list[list[Token]]:
    """Return what the name model finds in each text."""
    places = [(index, start, end) for index, text in enumerate(texts) for start, end in windows(text)]
    found: list[list[Token]] = [[] for _ in texts]
    classified = (
        classifier(settings.model, settings.model_sha256).classify([texts[i][a:b] for i, a, b in places])
        if places
        else []
    )
    for (index, offset, _), tokens in zip(places, classified, strict=True):
        found[index] += [Token(offset + t.start, offset + t.end, t.label, t.begins, t.score) for t in tokens]
    return found


def spans_of(text: str, lang: str, tokens: Sequence[Token], known: Known, settings: Settings) -> list[Span]:
    """Return what all detectors find in a shadow, joined where it overlaps."""
    phones = [(t.start, t.end) for t in tokens if t.label == "PHONE" and t.score > PHONE_SURE]
    folded = lowered(text)
    finders: dict[str, presidio.Finder] = {
        "known values": known.find,
        "urls": lambda t: find_urls(t, folded),
        "secrets": lambda t: find_secrets(t, folded),
        "identifiers": lambda t: identifiers(t, settings, phones),
        "encoded islands": lambda t: find_islands(t, lambda part: identifiers(part, settings)),
    }
    if settings.names:
        finders |= {
            "names": lambda t: find_names(t, lang, tokens),
            "names by place": lambda t: find_by_place(t, lang),
            "addresses": lambda t: find_addresses(t, lang, tokens),
        }
    found = presidio.analyze(text, finders, settings.presidio)
    kept = [s for s in found if s.score >= settings.min_score and s.entity_type not in settings.keep]
    return joined(kept)


def identifiers(text: str, settings: Settings, phones: Sequence[tuple[int, int]] = ()) -> Iterator[Span]:
    """Yield e-mail addresses, telephone numbers and what the packs know. `phones`: where the model sees a phone."""
    folded = lowered(text)
    yield from find_emails(text)
    yield from find_phones(text, folded, settings.regions, phones)
    has_digit = DIGIT.search(text) or (not text.isascii() and any(c.isdigit() for c in text))
    shipped = settings.packs if has_digit else ()  # what the shipped packs know holds a digit; a user's may not
    packs = (*map(rules.pack, shipped), *map(rules.pack_file, settings.pack_files))
    if packs:
        yield from rules.find(text, folded, rules.merged(packs))


def lowered(text: str) -> str:
    """Return the text in lower case, of the same length (a few letters grow: those texts stay as they are)."""
    folded = text.lower()
    return folded if len(folded) == len(text) else text


def located(made: Shadow, spans: Iterable[Span]) -> list[Span]:
    """Return the spans with their offsets in the original text."""
    return [Span(*made.original(s.start, s.end), s.entity_type, s.score, s.canonical) for s in spans]
