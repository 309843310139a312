"""Receipts of Outlook: one sentence with the header fields of the message in its middle, which is no quotation.

Your message / To: Thandi / Subject: Order / Sent: 3 April 2023 16:19 / was read on 3 April 2023 16:30.
"""

from __future__ import annotations

from itertools import takewhile

from tasks.lexica import fold
from tasks.replies.layouts import Layouts
from tasks.replies.lines import Lines

MOST_LINES = 12
"""A receipt has at most that many lines with text."""

MOST_SAID = 3
"""So many lines at most end the sentence below the fields."""

FIELDS = frozenset(("to", "cc", "subject", "date"))
"""What a receipt tells of the message; a quotation would say whom it is from."""


def is_receipt(lines: Lines, layouts: Layouts) -> bool:
    """Say whether a text is such a receipt, or one that says that the message was deleted, or could not be read."""
    first = next(lines.content(0, len(lines)), None)
    if first is None or fold(lines.bare[first].rstrip(" :")) not in layouts.receipt:
        return False
    content = list(lines.content(first + 1, len(lines)))
    if len(content) >= MOST_LINES:
        return False
    kinds = list(takewhile(bool, (layouts.field(lines.bare[i]) for i in content)))
    return {"to", "subject"} <= set(kinds) <= FIELDS and 0 < len(content) - len(kinds) <= MOST_SAID
