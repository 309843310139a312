"""Rules that find identifiers: a linear-time pattern, a checksum, and context words, kept in packs of TOML files.

A pack is a small file per country (or `world`). Patterns are RE2, so no rule can hang, a user's neither. A candidate
counts when nothing alphanumeric touches it, its check holds, and (where the rule says so) a context word stands near.
`identity = true` (of a rule with a check, or of a pack) adds the words with which people hand over their particulars.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from tasks import lexica
from tasks.errors import ConfigError
from tasks.pii.gate import ANYTHING, Gate, is_group, plain, widened
from tasks.pii.lexicon import word_list
from tasks.pii.spans import Span

BEFORE, AFTER = 64, 24
"""Characters before and after a candidate in which a context word counts."""
REFERENCE_BEFORE = 28
"""Characters before a candidate in which a word such as `order` or `invoice` speaks against it."""
JOINTS = frozenset("-.")
"""Characters that make a number a part of a longer one."""
DENIED = re.compile(
    r"(?i)\b(?:orders?|invoices?|inv|ref(?:erence)?s?|tracking|tickets?|case|items?|delivery|deliveries|transactions?|"
    r"trans|quotes?|quotation|returns?|error|code|rma|po|so|sku|part|serial|product|batch|parcel|shipment|awb|waybill|"
    r"amount|balance|total|price|credit note|purchase|receipt|bookings?|version|build|commande|facture|colis|devis|"
    r"bestelling|faktuur|oda|ankara|agizo|ankra|encomenda|pedido|fatura)\b[^\n]{0,14}$|[#№/_]\s?$"
)
"""Words before a number that make it a business reference."""


@dataclass(frozen=True, slots=True)
class Rule:
    """How to find one kind of identifier.

    `score` is the confidence of a match that passed its check (0 to 1). `context`: words of which one must stand near,
    unless empty. `alone`: a value that is the whole text counts without context. `weak`: a business word before it
    denies it. `ascii`: the pattern is searched in ASCII bytes, one per character (RE2 maps offsets of other text by
    counting from its start, which is slow). `glued`: letters may touch the value. Group 1 of the pattern is the value.
    """

    entity_type: str
    pattern: Any
    score: float
    check: Callable[[str], bool] | None
    context: re.Pattern[str] | None
    alone: bool
    weak: bool
    country: str
    ascii: bool
    glued: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """Rules, and what tells which could match: by number for a pattern, ~number for the context words."""

    rules: tuple[Rule, ...]
    gate: Gate[int]


def find(text: str, folded: str, pack: Pack) -> Iterator[Span]:
    """Yield what the rules of a pack find in `text`; `folded` is its lower-case form of equal length."""
    bare = len(text.strip()) <= 48
    data, possible = plain(text), pack.gate.possible(text)
    for number in sorted(n for n in possible if n >= 0):
        rule = pack.rules[number]
        if rule.context is not None and ~number not in possible and not (bare and rule.alone):
            continue
        for match in rule.pattern.finditer(data if rule.ascii else text):
            start, end = match.span(1) if match.re.groups else match.span()
            if (not rule.glued and _touched(text, start, end)) or (
                rule.check is not None and not rule.check(text[start:end])
            ):
                continue
            alone = bare and rule.alone and not text[:start].strip(" :.-#") and not text[end:].strip(" .,;")
            if alone or _supported(folded, start, end, rule):
                yield Span(start, end, rule.entity_type, rule.score)


def _touched(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    if before and (before.isalnum() or before in "_$€£"):
        return True
    if after and (after.isalnum() or after == "_"):
        return True
    left, right = text[start - 2 : start - 1], text[end + 1 : end + 2]
    if (before == "/" and left.isalnum()) or (after == "/" and right.isalnum()):
        return True
    # `ORD-780…` is a part of something longer, `ngu-780…` an isiZulu prefix before a number
    longer = left.isdigit() or left.isupper()
    return (before in JOINTS and longer and text[start].isdigit()) or (
        after in JOINTS and right.isdigit() and text[end - 1].isdigit()
    )


def _supported(folded: str, start: int, end: int, rule: Rule) -> bool:
    """Whether the words around a candidate speak for it; a business word nearer than any context word denies it."""
    against = _denial(folded, start) if rule.weak else -1
    if rule.context is None:
        return against < 0
    offset = max(0, start - BEFORE)
    near = [offset + m.end() for m in rule.context.finditer(folded[offset:start])]
    if near:
        return near[-1] > against
    return against < 0 and rule.context.search(folded[end : end + AFTER]) is not None


def _denial(text: str, start: int) -> int:
    """Return where the business word before the candidate begins, or -1."""
    offset = max(0, start - REFERENCE_BEFORE)
    found = DENIED.search(text[offset:start].rstrip(" :.-"))
    return offset + found.start() if found else -1


def denied(text: str, start: int) -> bool:
    """Whether a word such as `order` stands before the candidate that begins at `start`."""
    return _denial(text, start) >= 0


def context_pattern(words: Sequence[str]) -> re.Pattern[str] | None:
    """Return a pattern that finds any of the words, whole, in folded text; None without words."""
    if not words:
        return None
    listed = "|".join(_inflected(w.lower()) for w in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{listed})(?!\w)")


def _inflected(word: str) -> str:
    """Return the pattern of a word; an Arabic one also with the particles that are written as one with it."""
    return ("[وفبكل]?" if "\u0621" <= word[0] <= "\u064a" else "") + re.escape(word)


@cache
def pack(name: str) -> Pack:
    """Return the shipped pack `name`.

    Raises ConfigError that names the known packs when there is none such.
    """
    folder = files(__package__).joinpath("packs")
    known = sorted(p.name.removesuffix(".toml") for p in folder.iterdir() if p.name.endswith(".toml"))
    if name not in known:
        raise ConfigError(f"unknown locale pack {name!r}", remedy=f"Known: {', '.join(known)}.")
    return _rules(tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")), name)


@cache
def pack_file(file: str) -> Pack:
    """Return a user's pack, a `UserFile`.

    Raises ConfigError when it cannot be read, or when a pattern is no RE2 (so it could take more than linear time).
    """
    return _rules(lexica.read(file), Path(file.partition("#")[0]).stem)


def _rules(data: Mapping[str, Any], name: str) -> Pack:
    try:
        words = data.get("context", {})
        identity = {"identity": data.get("identity", False)}
        return _gated(tuple(_rule(identity | entry, words, data.get("country", "")) for entry in data["rule"]))
    except (KeyError, TypeError) as error:
        raise ConfigError(
            f"pack {name} is broken ({type(error).__name__}: {error})",
            remedy="See docs/personal-data.md for an example.",
        ) from None


@lru_cache(maxsize=16)
def merged(packs: tuple[Pack, ...]) -> Pack:
    """Return the rules of several packs, in order, behind one gate."""
    return _gated(tuple(rule for one in packs for rule in one.rules))


def _gated(made: tuple[Rule, ...]) -> Pack:
    patterns = {number: _passing(rule.pattern.pattern) for number, rule in enumerate(made)}
    context = {~number: f"(?i:{widened(rule.context)})" for number, rule in enumerate(made) if rule.context is not None}
    return Pack(made, Gate(patterns | context))


def _passing(pattern: str | bytes) -> str:
    """Return what a gate looks for in place of a rule's pattern.

    Where the value is the whole match, nothing alphanumeric may touch it: so few states are needed for digits in rows.
    """
    source = pattern.decode() if isinstance(pattern, bytes) else pattern
    try:
        known = re.compile(source)
    except re.error:  # RE2 that Python does not know
        return source if source.isascii() else ANYTHING
    wanted = source if source.isascii() else widened(known)
    return f"(?:^|[^0-9A-Za-z])(?:{wanted})(?:$|[^0-9A-Za-z])" if is_group(known) else wanted


def _rule(entry: dict[str, Any], words: dict[str, list[str]], country: str) -> Rule:
    near = [*words.get("any", []), *entry.get("context", [])] if entry.get("needs_context", True) else []
    if near and "check" in entry and entry["identity"]:
        near += sorted(word_list("identity_context"))
    return Rule(
        entry["type"],
        _linear(entry["pattern"]),
        float(entry.get("score", 0.7)),
        check_named(entry["check"]) if "check" in entry else None,
        context_pattern(near),
        bool(entry.get("alone", False)),
        bool(entry.get("weak", bool(near))),
        country,
        entry["pattern"].isascii(),
        bool(entry.get("glued", False)),
    )


def _linear(pattern: str) -> Any:
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415  loaded with the packs only

    try:
        return re2.compile(pattern.encode() if pattern.isascii() else pattern)
    except re2.error:
        raise ConfigError(
            "a pattern is not RE2", remedy="Leave out look-around and back-references; bound repetitions."
        ) from None


def check_named(name: str) -> Callable[[str], bool]:
    """Return a check by its name: a stdnum module (`za.idnr`) or one of `tasks.pii.checks` (`checks.nuban`).

    Raises ConfigError for an unknown one.
    """
    try:
        if name.startswith("checks."):
            found: Callable[[str], bool] = getattr(import_module("tasks.pii.checks"), name.removeprefix("checks."))
            return found
        return import_module(f"stdnum.{name}").is_valid  # type: ignore[no-any-return]
    except (ImportError, AttributeError):
        raise ConfigError(
            f"unknown check {name!r}", remedy="Use a module of python-stdnum or tasks.pii.checks."
        ) from None
