"""normalize-text: one text form, with every change as an edit."""

from __future__ import annotations

from tasks.edits import Edited, difference
from tasks.step import Params, text_step


class NormalizeParams(Params):
    """Params of normalize-text."""


def normalize_text(text: str, params: NormalizeParams) -> Edited:
    """Mend mojibake and bring the text into one Unicode form."""
    import ftfy

    del params
    fixed = ftfy.fix_text(text)
    return Edited(fixed, difference(text, fixed, "ftfy"))


NORMALIZE_TEXT = text_step("normalize-text", 1, normalize_text, NormalizeParams)
