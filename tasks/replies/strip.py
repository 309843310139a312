"""The step strip-replies: keep what the author wrote in this message."""

from __future__ import annotations

import re

from tasks.edits import Edited, apply, cut
from tasks.step import Params, Step, text_step

HEADER = re.compile(r"^On .{5,200} wrote:\s*$|^-{2,} ?(?:Original Message|Forwarded message) ?-{2,}", re.MULTILINE)
QUOTED = re.compile(r"^>.*\n?", re.MULTILINE)


class StripRepliesParams(Params):
    """Nothing to set yet."""


def strip_replies(text: str, params: StripRepliesParams) -> Edited:
    """Remove quoted replies, signatures, disclaimers and device footers; keep the author's lines."""
    del params
    found = HEADER.search(text)
    end = found.start() if found else len(text)
    edits = [cut(m.start(), m.end(), "quoted_line") for m in QUOTED.finditer(text, 0, end)]
    return apply(text, [*edits, cut(end, len(text), "reply_header")] if found else edits)


STRIP_REPLIES: Step = text_step("strip-replies", 1, strip_replies, StripRepliesParams)
