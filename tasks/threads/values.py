"""Personal values that a message's headers and ticket fields name, so that scrub-pii finds them again in the thread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from tasks.threads.wordlists import phrases

PHONE_HEADERS = ("ticket-requester-phone", "ticket-from-phone", "ticket-assignee-phone")
ROLE_NAMES = frozenset(
    phrases(
        """
    support|help|helpdesk|help desk|service desk|servicedesk|info|information|sales|admin|administrator|team|office
    billing|accounts|account|finance|hr|marketing|contact|contact us|customer|customer service|customer services
    customer care|customer support|client|client service|client services|service|services|noreply|no reply|no-reply
    do not reply|donotreply|mail|email|webmaster|postmaster|mailer-daemon|mail delivery subsystem|system|newsletter
    news|notifications|notification|alerts|user|users|unknown|anonymous|agent|me|you|reception|enquiries|inquiries
    orders|order|returns|list|assistance|service client|support client|équipe|contato|atendimento|suporte|vendas
    soporte|ventas|kundenservice|kundendienst|klantenservice|kliëntediens|huduma kwa wateja|خدمة العملاء|الدعم
    """
    )
)
"""Names of desks, not of people: taken as a person's, they would scrub the word `support` from the whole thread."""
_QUOTES = "\"'“”‘’«»` \t"
_ASIDE = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*|\s+via\s+.*$", re.IGNORECASE)
_LONGEST = 200


class Value(NamedTuple):
    """A personal value and its entity type in Presidio's names."""

    value: str
    entity_type: str


def personal_values(participants: Iterable[Mapping[str, Any]], headers: Mapping[str, str]) -> Iterator[Value]:
    """Yield the names, addresses and phone numbers that a message names, in order, some perhaps twice."""
    for participant in participants:
        address = (participant["address"] or "").strip()
        if "@" in address and len(address) <= _LONGEST:
            yield Value(address, "EMAIL_ADDRESS")
        yield from (Value(name, "PERSON") for name in person_names(participant["name"]))
    for header in PHONE_HEADERS:
        phone = headers.get(header) or ""
        if sum(char.isdigit() for char in phone) >= 5:
            yield Value(phone.strip()[:_LONGEST], "PHONE_NUMBER")


def person_names(display: str | None) -> Iterator[str]:
    """Yield the names in a display name: as written, without asides, and `Doe, Jane` also as `Jane Doe`."""
    if not display or len(display) > _LONGEST:
        return
    name = _ASIDE.sub(" ", display).strip(_QUOTES)
    if "@" in name or name.casefold() in ROLE_NAMES or sum(char.isalpha() for char in name) < 2:
        return
    yield name
    family, comma, given = name.partition(",")
    if comma and given.strip() and "," not in given:
        yield f"{given.strip()} {family.strip()}"
