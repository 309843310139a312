"""Replacements: keyed, numbered, surrogate, mask; and the escape of text that already looks like one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tasks.keys import keyring
from tasks.pii.canonical import PHONE_REGIONS, canonical
from tasks.pii.spans import Span
from tasks.pii.surrogates import surrogate

Style = Literal["keyed", "numbered", "surrogate", "mask"]
LIKENESS = re.compile(r"<([A-Z][A-Z0-9_]{1,40}_(?:[a-z2-7]{12}|\d{1,6}))>")
"""What one of our replacements looks like."""
ESCAPED = "‹{}›"


def keyed(entity_type: str, value: str, epoch: int | None = None, regions: tuple[str, ...] = PHONE_REGIONS) -> str:
    """Return the keyed pseudonym of a value, `<PERSON_k7f3a9m2q4xz>`: the same for all forms of one value.

    `regions`: scrub-pii's `phone_regions`, where they are not the default.
    """
    return keyring().pseudonym(entity_type, canonical(entity_type, value, regions), epoch)


@dataclass
class Replacer:
    """Replaces the values of one thread. `styles` overrides `style` for an entity type; numbers count per thread."""

    style: Style
    styles: Mapping[str, Style]
    epoch: int | None
    regions: tuple[str, ...] = PHONE_REGIONS
    lang: str = "en"
    real: str = ""
    """Names of the thread in lower case: no surrogate is one of them."""
    numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def replacement(self, text: str, span: Span) -> str:
        """Return what stands for `text[span.start:span.end]`."""
        value = text[span.start : span.end]
        return self.stand_in(span.entity_type, value, span.canonical or self.form(span.entity_type, value))

    def form(self, entity_type: str, value: str) -> str:
        """Return the canonical form of a value."""
        return canonical(entity_type, value, self.regions)

    def stand_in(self, entity_type: str, value: str, form: str) -> str:
        """Return what stands for a value of this canonical form, in the style of its type."""
        style = self.styles.get(entity_type, self.style)
        if style == "mask":
            return f"<{entity_type}>"
        if style == "numbered":
            return f"<{entity_type}_{self._number(entity_type, form)}>"
        pseudonym = self.keyed(entity_type, form)
        return (
            pseudonym
            if style == "keyed"
            else surrogate(entity_type, value, pseudonym, self.lang, f"{form.casefold()} {self.real}")
        )

    def keyed(self, entity_type: str, form: str) -> str:
        """Return the keyed pseudonym of a canonical form."""
        return keyring().pseudonym(entity_type, form, self.epoch)

    def _number(self, entity_type: str, form: str) -> int:
        used = sum(1 for kind, _ in self.numbers if kind == entity_type)
        return self.numbers.setdefault((entity_type, form), used + 1)


def likenesses(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, escaped) for what already looks like a replacement, so that it merges with none."""
    for match in LIKENESS.finditer(text):
        yield match.start(), match.end(), ESCAPED.format(match.group(1))
