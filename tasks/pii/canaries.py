"""Canaries: made-up values, put through scrub-pii and audit-leaks as a night's records are, to see how many get by.

They are planted beside the data, never in it. From what survives follows how much may be left of the real values.
"""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from expectations.schema import WORK
from tasks import batch as batches
from tasks.pii.audit import AUDIT_LEAKS, AuditParams
from tasks.pii.canary_values import MAKERS, disguised, words
from tasks.pii.gold import covered, mask
from tasks.pii.lexicon import short_code
from tasks.pii.scrub import SCRUB_PII, ScrubParams
from tasks.pii.spans import Span
from tasks.step import apply

BY_THREAD = "PERSON of the thread"
"""Canaries that are participants of their record, or written like one."""
DISGUISED = 0.2
"""Share of canaries that are written in a disguise."""
LEAST, MOST = 15, 600
"""Canaries of a type that occurs, at least; and of all types together, about: some 1.5 s of one core."""
IN_ONE_TEXT, BETWEEN = 4, "\n\n"
"""Canaries in one text, and what stands between them."""


@dataclass(frozen=True)
class Planted:
    """What became of the canaries of one type: left in the text by scrub-pii, and of those held by audit-leaks."""

    entity_type: str
    planted: int
    missed: int
    audited: int

    @property
    def left(self) -> int:
        """Canaries that would have been published."""
        return self.missed - self.audited


@dataclass(frozen=True)
class _Canary:
    """One value in its carrier; `person` is the participant that it is, if it is one."""

    label: str
    lang: str
    text: str
    span: Span
    person: str | None


def quotas(values: Mapping[str, int]) -> dict[str, int]:
    """Return how many canaries each type gets, by how many values of it there are; types without a maker get none."""
    known = {label: count for label, count in values.items() if count and (label in MAKERS or label == BY_THREAD)}
    total = sum(known.values())
    shared = max(MOST // 2, MOST - LEAST * len(known))
    return {label: max(LEAST, min(count, shared * count // total)) for label, count in sorted(known.items())}


def plant(
    quota: Mapping[str, int], langs: Mapping[str, int], seed: str, params: ScrubParams, audit: AuditParams
) -> list[Planted]:
    """Return what became of the canaries of each type.

    `quota`: how many by type. `langs`: weights of the languages they are written in; those without carriers are
    passed over. `seed`: other canaries each night, the same for the same night.
    """
    rnd = random.Random(seed)  # noqa: S311 - no secret: canaries are thrown away
    weights = {lang: n for lang, n in sorted(langs.items()) if short_code(lang) in words("canaries")["carriers"]} or {
        "en": 1
    }
    canaries = [
        _canary(label, rnd.choices(list(weights), list(weights.values()))[0], rnd)
        for label, count in quota.items()
        for _ in range(count)
    ]
    rnd.shuffle(canaries)
    missed = _missed(_letters(canaries), params)
    audited = Counter(c.label for c in missed if _held(c, params, audit))
    counts = Counter(c.label for c in missed)
    return [Planted(label, count, counts[label], audited[label]) for label, count in quota.items()]


def added(parts: Iterable[Iterable[Planted]]) -> list[Planted]:
    """Return what became of the canaries of several calls as one."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for one in (one for part in parts for one in part):
        sums[one.entity_type].update({"planted": one.planted, "missed": one.missed, "audited": one.audited})
    return [Planted(label, n["planted"], n["missed"], n["audited"]) for label, n in sorted(sums.items())]


def _letters(canaries: Sequence[_Canary]) -> list[list[_Canary]]:
    """Return the canaries by the text they share: a few of one language, as a mail has several values."""
    by_lang: dict[str, list[_Canary]] = defaultdict(list)
    for canary in canaries:
        by_lang[canary.lang].append(canary)
    return [same[i : i + IN_ONE_TEXT] for same in by_lang.values() for i in range(0, len(same), IN_ONE_TEXT)]


def _missed(letters: Sequence[Sequence[_Canary]], params: ScrubParams) -> list[_Canary]:
    """Return the canaries that scrub-pii leaves in the text, whole or in part."""
    done = apply(SCRUB_PII, _table(letters), params).batch.select(["record_id", "pii_spans"]).to_pylist()
    found = {row["record_id"]: row["pii_spans"] or () for row in done}
    missed = []
    for number, letter in enumerate(letters):
        if str(number) not in found:
            continue
        text = _text(letter)
        spans = [Span(s["start"], s["end"], s["entity_type"], s["score"]) for s in found[str(number)]]
        hidden, offset = mask(text, spans), 0
        for canary in letter:
            span = Span(offset + canary.span.start, offset + canary.span.end, canary.span.entity_type, 1.0)
            missed += [] if covered(text, hidden, span) else [canary]
            offset += len(canary.text) + len(BETWEEN)
    return missed


def _held(canary: _Canary, params: ScrubParams, audit: AuditParams) -> bool:
    """Whether audit-leaks holds back the canary that scrub-pii has missed."""
    scrubbed = apply(SCRUB_PII, _table([[canary]]), params).batch
    return bool(apply(AUDIT_LEAKS, scrubbed, audit).quarantine.num_rows)


def _text(letter: Sequence[_Canary]) -> str:
    return BETWEEN.join(canary.text for canary in letter)


def _table(letters: Sequence[Sequence[_Canary]]) -> pa.Table:
    rows = []
    for number, letter in enumerate(letters):
        people = [c.person for c in letter if c.person]
        rows.append(
            {
                "record_id": str(number),
                "text": _text(letter),
                "lang": letter[0].lang,
                "participants": [{"name": person, "address": None, "role": "from"} for person in people],
                "known_values": [{"value": person, "entity_type": "PERSON"} for person in people],
            }
        )
    return batches.from_rows(rows, WORK)


def _canary(label: str, lang: str, rnd: random.Random) -> _Canary:
    entity_type = "PERSON" if label == BY_THREAD else label
    code = short_code(lang)
    value = plain = MAKERS[entity_type](rnd, code)
    if rnd.random() < DISGUISED or label == BY_THREAD:
        value = disguised(entity_type, plain, rnd)
    before, _, after = _carrier(entity_type, code, rnd).partition("{}")
    span = Span(len(before), len(before) + len(value), entity_type, 1.0)
    return _Canary(label, lang, before + value + after, span, plain if label == BY_THREAD else None)


def _carrier(entity_type: str, lang: str, rnd: random.Random) -> str:
    """Return a text with {} in it; in English where the language has none for the type."""
    data = words("canaries")
    key = "number" if entity_type in data["labels"] else entity_type
    carriers = data["carriers"][lang].get(key) or data["carriers"]["en"][key]
    chosen: str = rnd.choice(carriers)
    return chosen.replace("{label}", rnd.choice(data["labels"].get(entity_type, [""])))
