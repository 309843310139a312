"""Tables that every step has to stand."""

import pytest

from expectations.schema import WORK
from tasks.batch import from_rows

LONE = {
    "empty": "",
    "blank": " \t\n ",
    "control characters": "".join(map(chr, range(32))) + "\x7f\x85\u2028",
    "10k combining marks": "a" + "\u0301\u0316" * 5000 + " b",
    "emoji": "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ff\U0001f1e6 ok \u2764\ufe0f",
    "right to left": "مرحبا بكم 123 \u202eabc\u202c עברית",
    "unassigned and private": "\uffff\ue000\U000e0001\U0010ffff",
    "long line": "x" * 50_000,
    "many lines": "\n" * 20_000,
    "quotes": "> " * 3000 + "a",
    "looks like ours": "<PERSON_k7f3a9m2q4xz> <PERSON_1> &lt; \ufffd",
    "markup": "<div><b>Hi</b>&nbsp;&#64;</div>",
}
MAILS = [
    "Good morning,\n\nMy parcel 4411 has not come. Please call me on 083 555 0123.\n\nKind regards\nThandi Mokoena",
    "Bonjour, je n'ai pas reçu ma facture. Mon adresse est amina@example.org.\n\nLe 3 mai 2026, Paul a écrit :\n> Oui.",
    "Habari, naomba msaada na akaunti yangu. Asante sana.",
    "Out of office: I am away until Monday and will answer then.",
]


@pytest.fixture(scope="session")
def work():
    """Return a function that makes a WORK table of the given rows, with ids."""
    return lambda rows: from_rows([{"record_id": f"rec_{i}", **row} for i, row in enumerate(rows)], WORK)


@pytest.fixture(scope="session")
def full_table(work):
    """Mails with every optional column filled."""
    filled = {
        "source": "mail",
        "source_uri": "file:///inbox/1.eml",
        "source_kind": "email",
        "native_id": "<1@example.org>",
        "turn_index": 0,
        "role": "customer",
        "created_at": 0,
        "subject": "Re: My parcel",
        "participants": [{"name": "Thandi Mokoena", "address": "thandi@example.org", "role": "from"}],
        "headers": [("precedence", "list")],
        "lang_hint": "en",
        "flags": ["truncated"],
        "attachments": [{"name": "thandi.pdf", "media_type": "application/pdf", "size": 3, "sha256": "00"}],
        "pages": [{"number": 1, "rotation": 0, "skew_deg": 0.0, "mean_confidence": 90.0, "ocr": True, "text": "x"}],
        "known_values": [{"value": "Thandi Mokoena", "entity_type": "PERSON"}],
        "lang": "en",
        "lang_confidence": 0.9,
        "script": "Latn",
        "langs": [{"lang": "en", "share": 1.0}],
    }
    return work([{**filled, "text": text, "thread_id": f"thr_{i % 2}"} for i, text in enumerate(MAILS)])


@pytest.fixture(scope="session")
def bare_table(work):
    """The same texts, every optional column null; and a null text."""
    return work([*({"text": text} for text in MAILS), {"text": None}])


@pytest.fixture(scope="session")
def lone_table(work):
    """Weird texts."""
    return work([{"text": text} for text in LONE.values()])
