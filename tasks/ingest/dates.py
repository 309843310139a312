"""The Date header to UTC, obsolete forms and zones included."""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_tz

from tasks.ingest import headers
from tasks.ingest.flags import Flags

DATE_CHARS = 120
"""A date is at most 60 characters, with comments 100; longer ones are not looked at (catalogue A22)."""
DATES = 10
"""So many Date headers are tried: broken mail repeats them."""
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
PLAIN = re.compile(
    rf"(?:[A-Z][a-z][a-z], +)?([0-9]{{1,2}}) ({'|'.join(MONTHS)}) ([12][0-9]{{3}})"
    r" ([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?"
    r" ([+-])([01][0-9])([0-5][0-9])(?: \([A-Z]{1,5}\))?"
)
"""A date as nearly all mail writes it; for it `parsedate_tz` gives the same, in ten times the time."""
ISO = re.compile(r"\s*(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?)\s*(Z|[+-]\d{2}:?\d{2})?")


def first(values: list[str], flags: Flags) -> dt.datetime | None:
    """Return the first Date header that can be read as an instant in UTC; None without one (flag date_invalid).

    A missing zone, and the obsolete military ones (RFC 5322 4.3), count as UTC.
    """
    for value in values[:DATES]:
        moment = _parse(headers.unfold(value)) if len(value) <= DATE_CHARS else None
        if moment is not None:
            return moment
    if any(value.strip() for value in values):
        flags.add("date_invalid")
    return None


def _moment(plain: re.Match[str]) -> dt.datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = plain.groups()
    ahead = dt.timedelta(hours=int(hours), minutes=int(minutes))
    clock = int(hour), int(minute), min(int(second or 0), 59)
    zone = dt.timezone(ahead if sign == "+" else -ahead)
    return dt.datetime(int(year), MONTHS.index(month) + 1, int(day), *clock, tzinfo=zone).astimezone(dt.UTC)


def _parse(value: str) -> dt.datetime | None:
    try:
        iso = ISO.match(value)
        if iso:
            zone = (iso[2] or "+0000").replace("Z", "+0000")
            return dt.datetime.fromisoformat(f"{iso[1].replace(' ', 'T')}{zone}").astimezone(dt.UTC)
        plain = PLAIN.fullmatch(value)
        if plain:
            return _moment(plain)
        fields = parsedate_tz(value)
        if fields is None:
            return None
        zone_s = fields[9] or 0
        if abs(zone_s) >= 86_400:
            return None
        moment = dt.datetime(*fields[:5], min(fields[5], 59), tzinfo=dt.timezone(dt.timedelta(seconds=zone_s)))
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None  # parsedate_tz raises any of these on hostile digits
