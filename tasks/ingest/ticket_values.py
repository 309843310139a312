"""The values of an export made ours: text without what can't be stored, dates in UTC, language tags, role words."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")
INVALID_UNICODE = "invalid_unicode"
MIXED_ENCODING = "mixed_encoding"
NUL_REMOVED = "nul_removed"
BAD_DATE = "bad_date"
UNKNOWN_ROLE = "unknown_role"


def mend_bytes(text: str) -> tuple[str, bool]:
    """Read bytes that were no UTF-8 (kept by `surrogateescape`) as Windows-1252; also return whether there were any."""
    if not _ESCAPED_BYTES.search(text):
        return text, False
    return _ESCAPED_BYTES.sub(_as_cp1252, text), True


def _as_cp1252(match: re.Match[str]) -> str:
    return match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace")


def clean_text(text: str) -> tuple[str, list[str]]:
    """Return text that UTF-8 can hold, with LF line ends and no NUL, and flags for what was changed."""
    flags = []
    if _SURROGATE.search(text):
        text = _SURROGATE.sub("�", text)
        flags.append(INVALID_UNICODE)
    elif "�" in text:
        flags.append(INVALID_UNICODE)
    if "\0" in text:
        text = text.replace("\0", "")
        flags.append(NUL_REMOVED)
    return text.replace("\r\n", "\n").replace("\r", "\n"), flags


def as_text(value: Any) -> str | None:
    """Return a scalar as text: whole floats of spreadsheets without `.0`, anything that is no scalar as None."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) else str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, str | int) else None


def short_text(value: Any, limit: int = 1000) -> str | None:
    """Return a name, id or subject: cleaned, trimmed, cut at `limit` code points, None when nothing is left."""
    text = as_text(value)
    return (clean_text(text)[0].strip()[:limit] or None) if text else None


_ISO = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)(?:[T ]+(\d\d?):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|UTC|GMT|[+-]\d\d:?\d\d|[+-]\d\d)?",
    re.IGNORECASE,
)
_NUMERIC = re.compile(r"(\d\d?)([/.-])(\d\d?)\2(\d{4}|\d\d)(?:,?\s+(\d\d?):(\d\d)(?::(\d\d))?\s*([AaPp][Mm])?)?")
_NAMED = (
    *("%d %b %Y %H:%M:%S", "%d %b %Y %H:%M", "%d %b %Y", "%d %B %Y %H:%M", "%d %B %Y"),
    *("%b %d %Y %I:%M %p", "%b %d %Y %H:%M", "%b %d %Y", "%B %d %Y %I:%M %p", "%B %d %Y %H:%M", "%B %d %Y"),
    *("%d/%b/%y %I:%M %p", "%d/%b/%Y %I:%M %p", "%d/%b/%y %H:%M", "%d-%b-%Y %H:%M:%S", "%d-%b-%Y %H:%M", "%d-%b-%Y"),
)
_LONGEST_DATE = 64
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


def parse_date(value: Any, *, day_first: bool = True) -> datetime | None:
    """Return the moment in UTC that `value` names, None when it names none between 1970 and 2100.

    Understands ISO 8601 and its relatives, seconds or milliseconds since 1970, RFC 5322, dates with English month
    names, and numeric dates (`day_first` decides what 03/04 means). A time without a zone is taken as UTC.
    """
    try:
        moment = _moment(value, day_first)
        moment = moment and (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, TypeError):
        return None
    return moment if moment and _EARLIEST <= moment <= _LATEST else None


def _moment(value: Any, day_first: bool) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _since_1970(float(value))
    text = value.strip() if isinstance(value, str) and len(value) <= _LONGEST_DATE else ""
    return _written(text, day_first) if text else None


def _written(text: str, day_first: bool) -> datetime | None:
    if text.isascii() and text.isdigit() and len(text) in (10, 13):
        return _since_1970(float(text))
    if match := _ISO.fullmatch(text):
        return _iso(match)
    if match := _NUMERIC.fullmatch(text):
        return _numeric(match, day_first)
    return _named(text) or parsedate_to_datetime(text)


def _since_1970(number: float) -> datetime | None:
    seconds = number / 1000 if number >= 1e11 else number
    return datetime.fromtimestamp(seconds, UTC) if seconds >= 1e8 else None


def _iso(match: re.Match[str]) -> datetime:
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    micros = int((match[7] or "0")[:6].ljust(6, "0"))
    moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
    zone = (match[8] or "Z").replace(":", "")
    if zone[0] not in "+-":
        return moment
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5] or 0))
    return moment - offset if zone[0] == "+" else moment + offset


def _numeric(match: re.Match[str], day_first: bool) -> datetime:
    one, two, year = int(match[1]), int(match[3]), int(match[4])
    day, month = (one, two) if (day_first and two <= 12) or one > 12 else (two, one)
    hour, minute, second = (int(match[part] or 0) for part in (5, 6, 7))
    if match[8]:
        hour = hour % 12 + (12 if match[8].lower() == "pm" else 0)
    return datetime(year + 2000 if year < 100 else year, month, day, hour, minute, second, tzinfo=UTC)


def _named(text: str) -> datetime | None:
    plain = re.sub(r",\s*|\s+", " ", text)
    for form in _NAMED:
        try:
            return datetime.strptime(plain, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


_TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|\d{3}))?")
_LANGUAGES = """
en english|fr french français|pt portuguese português|ar arabic العربية|es spanish español|de german deutsch
nl dutch nederlands|it italian italiano|af afrikaans|sw swahili kiswahili|zu zulu isizulu|xh xhosa isixhosa
st sotho sesotho|tn tswana setswana|nso sepedi|ha hausa|ig igbo|yo yoruba|am amharic|ti tigrinya|so somali|om oromo
rw kinyarwanda|sn shona|ln lingala|wo wolof|tw twi
"""
_LANGUAGE_NAMES = {
    name: tag for tag, *names in (entry.split() for entry in re.split(r"[|\n]", _LANGUAGES) if entry) for name in names
}


def language_tag(value: Any) -> str | None:
    """Return the BCP-47 tag of a language column's value (`EN`, `pt_BR`, `French`), None when it is no language."""
    text = (as_text(value) or "").strip()
    if _TAG.fullmatch(text):
        head, *rest = text.replace("_", "-").split("-")
        return "-".join([head.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])
    return _LANGUAGE_NAMES.get(text.casefold())


_ROLE_WORDS = {
    "customer": (
        *("customer", "client", "user", "end-user", "end_user", "enduser", "requester", "caller", "consumer", "human"),
        *("visitor", "contact", "reporter", "inbound", "incoming", "lead", "cliente", "kunde", "klant", "kliënt"),
        *("mteja", "عميل", "patient", "buyer", "guest", "subscriber", "usr"),
    ),
    "agent": (
        *("agent", "assistant", "support", "staff", "operator", "admin", "administrator", "representative", "rep"),
        *("outbound", "outgoing", "advisor", "adviser", "employee", "bot", "gpt", "sys_agent", "agente", "atendente"),
        *("medewerker", "mitarbeiter", "conseiller", "consultant", "helpdesk", "service", "owner", "chatbot"),
    ),
    "system": ("system", "action", "automation", "automatic", "trigger", "workflow", "macro", "event"),
}
_ROLES = {word: role for role, words in _ROLE_WORDS.items() for word in words}


def role_of(value: Any) -> str | None:
    """Return customer, agent or system for the word that an export uses, None for an unknown one."""
    return _ROLES.get(role_word(value))


def role_word(value: Any) -> str:
    """Return a word for a role in the form in which they are compared; empty when there is none."""
    return (as_text(value) or "").strip().casefold().replace(" ", "-")


def truth_of(value: Any) -> bool | None:
    """Return what a yes/no column says, None when it says neither."""
    word = str(value).strip().casefold()
    return True if word in {"true", "1", "yes", "y", "oui"} else False if word in {"false", "0", "no", "n"} else None
