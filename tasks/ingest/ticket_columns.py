"""Which column holds what: our fields, and the names that exports in several languages give their columns.

The names are in order of preference and in the form that `normal_name` gives. They are data: a name that is missing
can be added here, or named in the column mapping of the source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping

from tasks.errors import RecordError

COLUMN_NAMES: dict[str, tuple[str, ...]] = {
    "text": (
        *("text", "body", "plain_body", "body_text", "description_text", "message", "message_text", "message_body"),
        *("content", "email_body", "ticket_text", "ticket_body", "ticket_description", "issue_description"),
        *("description", "comment", "comment_body", "comment_text", "customer_message", "user_message", "utterance"),
        *("customer_query", "query", "narrative", "consumer_complaint_narrative", "complaint_narrative", "complaint"),
        *("full_text", "tweet", "tweet_text", "request", "request_text", "inquiry", "enquiry", "feedback", "details"),
        *("question", "instruction", "problem_description", "problem", "transcript", "note", "notes"),
        *("corps", "contenu", "texte", "mensagem", "texto", "descricao", "descrição", "mensaje", "contenido", "cuerpo"),
        *("descripcion", "descripción", "nachricht", "beschreibung", "inhalt", "bericht", "omschrijving", "inhoud"),
        *("boodskap", "beskrywing", "teks", "ujumbe", "maelezo", "umlayezo", "النص", "الرسالة", "الوصف", "نص", "መልእክት"),
    ),
    "native_id": (
        *("ticket_id", "ticketid", "ticket_number", "ticket_no", "ticket_nr", "ticket", "case_id", "case_number"),
        *("incident_number", "incident_id", "issue_key", "issue_id", "complaint_id", "request_id", "conversation_id"),
        *("convo_id", "dialogue_id", "dialog_id", "chat_id", "number", "reference", "tweet_id", "id", "sys_id", "uuid"),
        *("numero", "número", "numéro", "nummer", "kaartjie", "رقم"),
    ),
    "subject": (
        *("subject", "title", "summary", "short_description", "ticket_subject", "email_subject", "headline"),
        *("objet", "sujet", "titre", "assunto", "titulo", "título", "asunto", "betreff", "titel", "onderwerp"),
        *("mada", "kichwa", "الموضوع", "العنوان"),
    ),
    "created_at": (
        *("created_at", "created", "created_on", "created_date", "created_time", "date_created", "creation_date"),
        *("opened_at", "opened", "submitted_at", "date_submitted", "date_received", "received_at", "sent_at", "sent"),
        *("sys_created_on", "reported_at", "timestamp", "datetime", "date_time", "date_of_purchase", "date", "time"),
        *("date_creation", "date_de_création", "data", "data_criacao", "fecha", "fecha_creacion", "datum", "tarehe"),
        *("التاريخ",),
    ),
    "role": (
        "role",
        "author_role",
        "sender_role",
        "speaker",
        "speaker_role",
        "author_type",
        "sender_type",
        "user_type",
    ),
    "inbound": ("inbound", "incoming", "is_inbound", "is_customer", "from_customer"),
    "requester_name": (
        *(
            "requester_name",
            "customer_name",
            "client_name",
            "contact_name",
            "reporter_name",
            "caller_name",
            "from_name",
        ),
        *("sender_name", "full_name", "requester", "customer", "client", "reporter", "caller", "caller_id", "name"),
        *("nom", "nome", "nombre", "naam", "jina", "الاسم"),
    ),
    "requester_email": (
        *("requester_email", "customer_email", "client_email", "contact_email", "reporter_email", "caller_email"),
        *("from_email", "sender_email", "user_email", "email", "email_address", "e_mail", "mail", "courriel"),
    ),
    "requester_phone": (
        *("requester_phone", "customer_phone", "contact_phone", "phone", "phone_number", "mobile", "mobile_number"),
        *("contact_number", "cellphone", "cell", "telephone", "telefone", "telefono", "teléfono", "msisdn", "simu"),
    ),
    "author_name": ("author_name", "author"),
    "author_email": ("author_email",),
    "assignee_name": ("assignee_name", "assignee", "assigned_to", "agent_name", "agent", "owner", "responder"),
    "assignee_email": ("assignee_email", "agent_email", "owner_email"),
    "lang_hint": ("language", "lang", "locale", "language_code", "lang_code", "langue", "idioma", "sprache", "taal"),
    "thread": (),
    "in_reply_to": ("in_reply_to", "in_response_to_tweet_id", "parent_comment_id"),
}
"""Our field → names of columns that hold it. `thread` is only ever mapped by hand."""

MAPPED_FIELDS = tuple(COLUMN_NAMES)
BY_POSITION = "#"
"""A mapping to `#2` means the second column of a table without a header."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NOT_WORD = re.compile(r"[\W_]+")


def normal_name(name: str) -> str:
    """Return a column's name in the form of COLUMN_NAMES: `Created At`, `createdAt`, `_created-at` → `created_at`."""
    spaced = _CAMEL.sub("_", unicodedata.normalize("NFKC", name[:200]))
    return _NOT_WORD.sub("_", spaced).strip("_").casefold()


_NORMAL = {field: tuple(normal_name(name) for name in names) for field, names in COLUMN_NAMES.items()}


def guess(names: Iterable[str]) -> dict[str, str]:
    """Return our field → the column that holds it by its name; each field's most preferred name wins.

    Where no name is known to hold the text, one that ends like a text's does (`review_content`).
    """
    known: dict[str, str] = {}
    for name in names:
        known.setdefault(normal_name(name), name)
    found = {field: next((known[n] for n in wanted if n in known), None) for field, wanted in _NORMAL.items()}
    found["text"] = found["text"] or next((name for name in known.values() if _sounds_like_text(name)), None)
    return {field: name for field, name in found.items() if name is not None}


_TEXT_ENDINGS = frozenset(
    ("text", "body", "message", "content", "description", "comment", "narrative", "complaint", "query", "utterance")
)
_ONE_WORD, _TITLE = re.compile(r"[\w.-]+"), re.compile(r"[A-Z][\w-]*( [A-Z][\w-]*)+")
_NO_TEXT_STARTS = frozenset(("has", "is", "no", "num", "n", "last", "short", "type"))


def _sounds_like_text(name: str) -> bool:
    """Tell `Ticket Text`, `review_content`, `userMessage` from a sentence: a first row may be no header."""
    words = normal_name(name).split("_")
    titled = _ONE_WORD.fullmatch(name) or _TITLE.fullmatch(name)
    return bool(titled) and 2 <= len(words) <= 4 and words[-1] in _TEXT_ENDINGS and words[0] not in _NO_TEXT_STARTS


def columns_for(names: Iterable[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return our field → column: the mapping alone when there is one, and the guess without it.

    A mapping that does not say where the text is leaves that one to the guess.
    """
    if not mapping:
        return guess(names)
    return ({} if "text" in mapping else {k: v for k, v in guess(names).items() if k == "text"}) | dict(mapping)


def mapped_in(names: Collection[str], mapping: Mapping[str, str]) -> int:
    """Return how many of the mapped columns are among `names`; `a.b` is there when its object `a` is."""
    return sum(1 for column in mapping.values() if _among(column, names))


def _among(column: str, names: Collection[str]) -> bool:
    return column in names or ("." in column and column.partition(".")[0] in names)


def missing(names: Collection[str], mapping: Mapping[str, str]) -> RecordError:
    """Return the error for columns that lack a mapped one, or in which none is known to hold the text.

    The file's own names may be values: they are only counted. The mapping's are the user's own words.
    """
    absent = [column for column in mapping.values() if not _among(column, names)]
    if absent:
        told = ", ".join(f"'{column[:80]}'" for column in absent)
        return RecordError("missing_column", f"the mapping names {told}, not among the file's {len(names)} columns")
    return RecordError(
        "missing_column",
        f"none of the {len(names)} columns is known to hold the text; name it in the column mapping"
        " (text = …), by #1, #2, … when there is no header",
    )
