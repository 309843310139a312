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
OFFSET = re.compile(r"(?i)\b(?:GMT|UTC?) ?([+-])([0-9]{1,2})(?::?([0-9]{2}))?\b")
"""An offset written as `GMT+3`, which `parsedate_tz` takes for none."""
AHEAD = {
    0: ("WET",),
    1: ("WAT", "CET", "WEST"),
    2: ("CAT", "SAST", "EET", "CEST"),
    3: ("EAT", "MSK", "EEST"),
    4: ("GST",),
    5: ("PKT",),
    7: ("WIB",),
    8: ("SGT", "HKT"),
    9: ("JST", "KST"),
    10: ("AEST",),
}
"""Zones by their hours ahead of UTC, where a name means one only; RFC 5322 knows those of North America."""
ZONES = {name: hours for hours, names in AHEAD.items() for name in names}
NAMED = re.compile(rf"(?<![A-Za-z(])({'|'.join(ZONES)})(?![A-Za-z])")
KNOWN = re.compile(r"[+-][0-9]{4}\b|\b(?:GMT|UTC?|Z|[AECMP][SD]T)\b")
"""A zone that `parsedate_tz` knows; it reads any other as UTC."""
ISO = re.compile(r"\s*(\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,6})?)\s*(Z|[+-]\d{2}:?\d{2})?")


def first(values: list[str], flags: Flags) -> dt.datetime | None:
    """Return the first Date header that can be read as an instant in UTC; None without one (flag date_invalid).

    A missing, unknown or military zone (RFC 5322 4.3) counts as UTC: flag date_zone_assumed.
    """
    for value in values[:DATES]:
        moment = _parse(headers.unfold(value), flags) if len(value) <= DATE_CHARS else None
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


def _zoned(value: str) -> str:
    """Return the date with `GMT+3` or the name of a zone as an offset."""
    offset = OFFSET.search(value)
    if offset:
        return f"{value[: offset.start()]}{offset[1]}{int(offset[2]):02}{offset[3] or '00'}"
    named = NAMED.search(value)
    return f"{value[: named.start()]}+{ZONES[named[1]]:02}00{value[named.end() :]}" if named else value


def _parse(value: str, flags: Flags) -> dt.datetime | None:
    try:
        iso = ISO.match(value)
        if iso:
            if iso[2] is None:
                flags.add("date_zone_assumed")
            zone = (iso[2] or "+0000").replace("Z", "+0000")
            return dt.datetime.fromisoformat(f"{iso[1].replace(' ', 'T')}{zone}").astimezone(dt.UTC)
        plain = PLAIN.fullmatch(value)
        if plain:
            return _moment(plain)
        value = _zoned(value)
        fields = parsedate_tz(value)
        if fields is None:
            return None
        if not KNOWN.search(value):
            flags.add("date_zone_assumed")
        zone_s = fields[9] or 0
        if abs(zone_s) >= 86_400:
            return None
        moment = dt.datetime(*fields[:5], min(fields[5], 59), tzinfo=dt.timezone(dt.timedelta(seconds=zone_s)))
        return moment.astimezone(dt.UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None  # parsedate_tz raises any of these on hostile digits
