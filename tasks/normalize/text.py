"""normalize-text: one text form, lossless: every letter of every script survives, every change is an edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tasks.edits import Edit, Edited
from tasks.normalize.characters import HIDDEN, LIGATURES, WHITESPACE, Rule, surplus_marks
from tasks.normalize.mojibake import flags_of, mojibake
from tasks.normalize.rewrite import Rewrite
from tasks.normalize.tokens import TEMPLATE_TOKENS
from tasks.step import Params, text_step

RULES: tuple[Rule, ...] = (*HIDDEN, *LIGATURES, *WHITESPACE, TEMPLATE_TOKENS)
MAX_ROUNDS = 16
"""Rounds until a text no longer changes; one is the rule, three are rare (entities that hide entities)."""


class NormalizeParams(Params):
    """Params of normalize-text.

    `straighten_quotes`: make curly quotes straight. Off, because it loses which quote opens and which closes.
    """

    straighten_quotes: bool = False


def normalize_text(text: str, params: NormalizeParams) -> Edited:
    """Mend mojibake, bring the text into NFC, remove what cannot be seen, neutralize chat-template tokens."""
    rewrite, flags = Rewrite(text), dict[str, None]()
    for _ in range(MAX_ROUNDS):
        if not _round(rewrite, params, flags):
            break
    return rewrite.edited(flags)


def _round(rewrite: Rewrite, params: NormalizeParams, flags: dict[str, None]) -> bool:
    """Run every rule once; return whether the text changed."""
    changed = _apply(rewrite, surplus_marks(rewrite.text), ["zalgo"], flags)
    mended = list(mojibake(rewrite.text, straighten_quotes=params.straighten_quotes))
    changed |= _apply(rewrite, mended, flags_of(mended), flags)
    for rule in RULES:
        changed |= _apply(rewrite, rule.edits(rewrite.text), [rule.flag] if rule.flag else [], flags)
    return changed


def _apply(rewrite: Rewrite, edits: Iterable[Edit], new: Sequence[str], flags: dict[str, None]) -> bool:
    changed = rewrite.apply(edits)
    if changed:
        flags.update(dict.fromkeys(new))
    return changed


NORMALIZE_TEXT = text_step("normalize-text", 3, normalize_text, NormalizeParams)
