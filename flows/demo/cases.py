"""Cases: what a customer wants and what becomes of it, turn by turn, composed from the phrases of a language.

Opening and detail of a topic never meet twice in the corpus, and nearly every turn names its order, so no two texts
are the same unless the corpus means them to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from flows.demo.world import OWN_DOMAIN, START, Person, day, number, order, person, phrases, pick, sums

WEEKS = 7
"""Threads and tickets each spread over this many weeks."""


@dataclass(frozen=True)
class Case:
    """The `n`-th case of the corpus and the `use`-th in its language; the customer first writes at `started` (UTC)."""

    n: int
    use: int
    lang: str
    started: datetime

    @cached_property
    def customer(self) -> Person:
        """Who complains."""
        countries = phrases("world")["languages"][self.lang]["countries"]
        return person(self.n, countries[(self.use + self.variant) % len(countries)], self.lang)

    @cached_property
    def agent(self) -> tuple[str, str]:
        """Name and address of who answers."""
        name, local = pick(phrases("world")["agents"], "agent", self.n)
        return name, f"{local}@{OWN_DOMAIN}"

    @cached_property
    def topic(self) -> dict[str, list[str]]:
        """Phrases of the topic."""
        topics = self._language["topics"]
        chosen: dict[str, list[str]] = topics[self.use % len(topics)]
        return chosen

    @property
    def variant(self) -> int:
        """How often the topic was used before."""
        return self.use // len(self._language["topics"])

    @property
    def order(self) -> str:
        """Order number."""
        return order(self.n)

    @cached_property
    def slots(self) -> dict[str, str]:
        """What the placeholders of the phrases stand for."""
        large, small = sums(self.n, self.customer.country, self.lang)
        return {
            "name": self.customer.given,
            "full": self.customer.full,
            "phone": self.customer.phone,
            "email": self.customer.email,
            "id": self.customer.national[1],
            "card": self.customer.card,
            "order": self.order,
            "amount": large,
            "amount2": small,
            "product": pick(phrases("world")["products"], "product", self.n),
            "date": day(self.started - timedelta(days=3 + self.n % 5), self.lang),
        }

    @property
    def _language(self) -> Any:
        return phrases(self.lang)

    def fill(self, text: str, **more: str) -> str:
        """Return `text` with its placeholders filled."""
        return text.format(**self.slots, **more)

    @property
    def subject(self) -> str:
        """Subject line."""
        return self.fill(self.topic["subject"][self.variant % len(self.topic["subject"])])

    def _common(self, part: str, turn: int = 0) -> str:
        return self.fill(pick(self._language[part], part, self.n, turn))

    @property
    def opening(self) -> str:
        """First turn of the customer, without greeting and signature."""
        openings, details = self.topic["open"], self.topic["detail"]
        story = openings[self.variant % len(openings)]
        detail = details[self.variant // len(openings) % len(details)]
        parts = [self.fill(story), self.fill(detail)]
        if self.n % 2 == 0:
            parts.append(self._common("contact"))
        if self.n % 3 != 1:
            parts.append(self._identity())
        slang = self._language.get("slang", {}).get(self.customer.country)
        if slang and self.n % 5 < 2:
            parts.append(pick(slang, "slang", self.n))
        return self._named("\n\n".join(parts) if self.n % 4 == 1 else " ".join(parts))

    def _identity(self) -> str:
        sentences: dict[str, str] = self._language["identity"]
        kind, value = self.customer.national
        if "CREDIT_CARD" in sentences and self.n % 2:
            kind, value = "CREDIT_CARD", self.customer.card
        return sentences[kind].format(value=value)

    def turns(self, count: int) -> list[tuple[str, str]]:
        """Return the first `count` turns (1 to 6) as (role, text), customer and agent in turn.

        With three turns the customer is content with the first answer.
        """
        second = self.variant % 2
        texts = [
            f"{self._common('greetings')}\n\n{self.opening}\n\n{self._common('closings')}",
            self._answer(self.topic["answer"][second], 1),
            self._named(self.fill(self.topic["follow"][second])),
            self._answer(self.topic["second"][0], 3),
            self._common("thanks"),
            self._answer(pick(self._language["closed"], "closed", self.n), 5),
        ]
        if count == 3:
            texts[2] = self._common("thanks")
        return [(("customer", "agent")[place % 2], text) for place, text in enumerate(texts[:count])]

    def _answer(self, text: str, turn: int) -> str:
        greeting, closing = self._common("agent_greetings", turn), self._common("agent_closings", turn)
        return f"{greeting}\n\n{self.fill(text)}\n\n{closing}"

    def _named(self, text: str) -> str:
        """Return `text` with the order number behind it, unless it names it."""
        return text if self.order in text else f"{text} ({self.order})"


PLAN = {"en": (18, 44), "fr": (8, 14), "af": (5, 10), "sw": (5, 10), "zu": (4, 8), "yo": (3, 6), "ar": (4, 6)}
"""Mail threads and tickets by language; two of the tickets are written twice."""


def cases() -> tuple[list[Case], list[Case]]:
    """Return the cases of the mail threads and those of the tickets, languages mixed."""
    mails = {lang: (0, count) for lang, (count, _) in PLAN.items()}
    tickets = {lang: (count, more) for lang, (count, more) in PLAN.items()}
    first = sum(count for _, count in mails.values())
    return list(_spread(mails, 0)), list(_spread(tickets, first))


def _spread(counts: dict[str, tuple[int, int]], first: int) -> Iterator[Case]:
    """Yield `more` cases of each language after the `done` ones, evenly mixed, numbered from `first`."""
    mixed = sorted(
        ((use + 0.5) / more, lang, done + use) for lang, (done, more) in counts.items() for use in range(more)
    )
    apart = timedelta(weeks=WEEKS) / len(mixed)
    for place, (_, lang, use) in enumerate(mixed):
        delay = timedelta(minutes=number(360, "started", first + place))
        started = START + apart * place + delay
        yield Case(first + place, use, lang, started.replace(microsecond=0))
