"""Which pages of a document were read surely enough to stand in its text: the confidence gate."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.errors import RecordError

UNREAD = "unread_page"
FEW_LETTERS, SURE_FEW = 10, 75.0
"""Fewer letters than these on a page must be read with this confidence: the branches of a tree are an `ee)` of 53, a
page number has 90 and more."""
SHORTEST = 1.5
"""Mean length of the words of a page; columns of figures have 3, running text 4 to 8."""
MOST_MARKS = 0.5
"""Share of the characters that are neither letters nor digits; price lists and tables have up to 0.3."""
LEADER = re.compile(r"([^\w\s])(?:[ \t]*\1)+")
"""The dots between a heading and its page number, the dashes above a sum."""
MOST_UNREAD = 0.5
"""Share of the pages with text above which a document says something else without those that are left out."""


def readable(pages: Sequence[Mapping[str, Any]], least: float) -> list[str]:
    """Return the texts of the pages that were read with a mean confidence of `least` (0 to 100) or more.

    Pages with a text layer count as read. Raises RecordError `no_text` when no page has text, and `low_confidence`,
    with the mean confidence of the OCR and why pages were left out, when more than half of those that have some were.
    """
    written = [page for page in pages if page["text"].strip()]
    if not written:
        raise RecordError("no_text", f"{len(pages)} pages")
    read = [page["text"] for page in written if not is_unread(page, least)]
    if len(written) - len(read) > MOST_UNREAD * len(written):
        detail = f"mean confidence {confidence_of(pages) or 0:.0f}"
        raise RecordError("low_confidence", f"{detail}; {_counted(written, least)}")
    return read


def _counted(written: Sequence[Mapping[str, Any]], least: float) -> str:
    """Return how many of the pages were left out, and why: `2 of 3 pages under 50`."""
    why = Counter(reason for page in written if (reason := why_unread(page, least)))
    total = f"of {len(written)} page{'s' if len(written) > 1 else ''}"
    return ", ".join(f"{count} {total} {reason}" for reason, count in why.most_common())


def is_unread(page: Mapping[str, Any], least: float) -> bool:
    """Tell whether a page has text that is left out (`why_unread`)."""
    return why_unread(page, least) is not None


def why_unread(page: Mapping[str, Any], least: float) -> str | None:
    """Return why a page's text is left out, if it is: OCR was not sure enough of it, or it is dust.

    Photographs, handwriting and unknown scripts give the first; dust is read as marks and single letters, some of them
    surely. A gate of 0 lets everything pass.
    """
    text = page["text"]
    if page["mean_confidence"] is None or not text.strip() or not least:
        return None
    if page["mean_confidence"] < least:
        return f"under {least:g}"
    if sum(map(str.isalnum, text)) < FEW_LETTERS and page["mean_confidence"] < SURE_FEW:
        return "stray letters"
    return "dust" if is_dust(text) else None


def is_dust(text: str) -> bool:
    """Tell whether a text is made of marks and single letters; a line of dots or dashes counts as one mark."""
    words = LEADER.sub(r"\1", text).split()
    marks = sum(not character.isalnum() for word in words for character in word)
    length = sum(map(len, words))
    return length < SHORTEST * len(words) or marks > MOST_MARKS * length


def confidence_of(pages: Sequence[Mapping[str, Any]]) -> float | None:
    """Return the mean confidence of the pages that were read by OCR, each weighted by its length; None without any."""
    sure = [(page["mean_confidence"], len(page["text"])) for page in pages if page["mean_confidence"] is not None]
    weight = sum(length for _, length in sure)
    return sum(confidence * length for confidence, length in sure) / weight if weight else None
