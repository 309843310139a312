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


def _parse(value: str) -> dt.datetime | None:
    try:
        iso = ISO.match(value)
        if iso:
            zone = (iso[2] or "+0000").replace("Z", "+0000")
            return dt.datetime.fromisoformat(f"{iso[1].replace(' ', 'T')}{zone}").astimezone(dt.UTC)
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
