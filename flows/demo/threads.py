"""The support conversations by mail: letters that answer one another."""

from __future__ import annotations

from datetime import datetime, timedelta

from flows.demo.cases import Case
from flows.demo.layouts import CLIENTS, Letter, labels
from flows.demo.world import HELPDESK, number

LENGTHS = (3, 4, 2, 5, 3, 6, 2, 4, 3, 3)
"""Mails in a thread, in turn."""
HELP = ("Karoo Support", HELPDESK)


def message_id(*key: object, domain: str) -> str:
    """Return a Message-ID that depends on nothing but `key`."""
    return f"<{number(16**12, 'id', *key):012x}@mail.{domain}>"


def thread(case: Case) -> list[Letter]:
    """Return the letters of a case, the first one first."""
    letters: list[Letter] = []
    for turn, (role, text) in enumerate(case.turns(LENGTHS[case.n % len(LENGTHS)])):
        letters.append(_letter(case, turn, role, text, letters[-1] if letters else None))
    return letters


def _letter(case: Case, turn: int, role: str, text: str, parent: Letter | None) -> Letter:
    customer = (case.customer.full, case.customer.email)
    sender, recipient = (customer, HELP) if role == "customer" else (case.agent, customer)
    client = CLIENTS[case.n % len(CLIENTS)] if role == "customer" else ("outlook", "gmail")[case.n % 2]
    return Letter(
        message_id(case.n, turn, domain=sender[1].split("@")[1]),
        _sent(case, turn),
        sender,
        recipient if turn != 2 else case.agent,
        case.subject if turn == 0 else f"Re: {case.subject}",
        f"{text}\n\n{_signature(case, turn, role)}",
        case.lang,
        case.lang if role == "customer" else "en",
        client,
        parent,
    )


def _sent(case: Case, turn: int) -> datetime:
    """Return when a turn was sent: each some hours after the one before, agents in office time zone."""
    gaps = sum(2 + number(26, "gap", case.n, place) for place in range(1, turn + 1))
    zone = case.customer.zone
    return (case.started + timedelta(hours=gaps, minutes=number(60, "minute", case.n, turn))).astimezone(zone)


def _signature(case: Case, turn: int, role: str) -> str:
    if role == "agent":
        return f"{case.agent[0]}\nKaroo Support\nwww.karoo.example"
    person = case.customer
    styles = (
        person.full,
        f"-- \n{person.full}\n{person.phone}",
        f"{person.given}\n\n{labels(case.lang)['mobile']}",
        f"{person.full}\n{person.phone} | {person.email}",
    )
    return styles[(case.n + (turn > 2)) % len(styles)]
