"""Measures: numbers and short codes computed from rows, so that rules can judge a text without showing it.

Row measures take a table and return one value a row; table measures take the table and the run's counts and return one
number, or None where they do not apply. Patterns run on RE2 (through Arrow), which is linear in the text: a hostile
text cannot stall validation.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.schema import SPLITS
from expectations.suites import RunFacts

ROLES = ("user", "assistant", "system")
"""The roles that chat templates know."""

MAIL_ADDRESS = r"[\p{L}\p{N}_.+%'-]@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*\.\p{L}{2,}"
"""Anything that looks like an e-mail address: one character before the sign is enough to tell."""

RESERVED_ADDRESS = (
    r"(?i)@(?:[\p{L}\p{N}-]+\.)*(?:example\.(?:com|net|org)|[\p{L}\p{N}-]+\.(?:example|invalid|test))"
    r"(\.?(?:[^\p{L}\p{N}.-]|$))"  # the domain ends here: example.com.evil.org is nobody's surrogate
)
"""Addresses that nobody can own (RFC 2606, RFC 6761): realistic surrogates may use them."""

TEMPLATE_TOKEN = r"<\|[a-z_]{3,24}\|>|\[/?INST\]|<</?SYS>>"  # noqa: S105 (a pattern, no password)
"""Control tokens of chat templates (ChatML, Llama 2 and 3, GPT): in a training text they would be read as commands."""


def _array(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()


def _count(texts: pa.Array, pattern: str) -> np.ndarray:
    counts: np.ndarray = pc.fill_null(pc.count_substring_regex(texts, pattern), 0).to_numpy(zero_copy_only=False)
    return counts


def _of_turns(table: pa.Table, name: str) -> pa.Array:
    """Return one field of all turns of all rows, in one flat array."""
    return pc.struct_field(pc.list_flatten(_array(table, "messages")), name)


def _per_row(table: pa.Table, counts: np.ndarray) -> pa.Array:
    """Add up what was counted in each turn, by row."""
    rows = pc.list_parent_indices(_array(table, "messages")).to_numpy(zero_copy_only=False)
    return pa.array(np.bincount(rows, weights=counts, minlength=table.num_rows).astype("int64"))


def _everywhere(table: pa.Table, pattern: str, without: str | None = None) -> pa.Array:
    """Count a pattern in the text and in every turn, after blanking what matches `without`."""

    def count(texts: pa.Array) -> np.ndarray:
        return _count(pc.replace_substring_regex(texts, without, r" \1") if without else texts, pattern)

    return pc.add(_per_row(table, count(_of_turns(table, "content"))), pa.array(count(_array(table, "text"))))


def text_words(table: pa.Table) -> pa.Array:
    """Letters and digits in the text."""
    return pc.count_substring_regex(_array(table, "text"), r"[\p{L}\p{N}]")


def replacement_share(table: pa.Table) -> pa.Array:
    """Share of U+FFFD among the code points of the text, 0 to 1: text that was decoded with the wrong charset."""
    texts = _array(table, "text")
    length = pc.max_element_wise(pc.utf8_length(texts), 1, skip_nulls=False)
    return pc.divide(pc.cast(pc.count_substring(texts, "\ufffd"), pa.float64()), pc.cast(length, pa.float64()))


def mail_addresses(table: pa.Table) -> pa.Array:
    """What looks like an e-mail address in text and turns, reserved domains apart."""
    return _everywhere(table, MAIL_ADDRESS, RESERVED_ADDRESS)


def template_tokens(table: pa.Table) -> pa.Array:
    """Control tokens of chat templates in text and turns."""
    return _everywhere(table, TEMPLATE_TOKEN)


def turns_uncounted(table: pa.Table) -> pa.Array:
    """By how much n_turns differs from the number of messages."""
    return pc.subtract(_array(table, "n_turns"), pc.list_value_length(_array(table, "messages")))


def turns_of_unknown_role(table: pa.Table) -> pa.Array:
    """Turns whose role is not user, assistant or system, or is missing."""
    known = pc.is_in(_of_turns(table, "role"), value_set=pa.array(ROLES))
    return _per_row(table, ~known.to_numpy(zero_copy_only=False))


def turns_blank(table: pa.Table) -> pa.Array:
    """Turns without a character that is not white space."""
    visible = pc.fill_null(pc.utf8_length(pc.utf8_trim_whitespace(_of_turns(table, "content"))), 0)
    return _per_row(table, visible.to_numpy(zero_copy_only=False) == 0)


def last_role(table: pa.Table) -> pa.Array:
    """Role of the last turn, `unknown` for one that chat templates do not know; null without turns."""
    roles = _of_turns(table, "role")
    lengths = pc.fill_null(pc.list_value_length(_array(table, "messages")), 0).to_numpy(zero_copy_only=False)
    last = pa.array(np.cumsum(lengths) - 1, mask=lengths == 0, type=pa.int64())
    known = pc.if_else(pc.fill_null(pc.is_in(roles, value_set=pa.array(ROLES)), False), roles, "unknown")
    return known.take(last)


def chars_uncounted(table: pa.Table) -> pa.Array:
    """By how much n_chars differs from the code points of the text."""
    return pc.subtract(_array(table, "n_chars"), pc.cast(pc.utf8_length(_array(table, "text")), pa.int64()))


def versions_spanned(table: pa.Table) -> pa.Array:
    """How many versions a closed row belongs to; null while it is current."""
    return pc.subtract(_array(table, "valid_to"), _array(table, "valid_from"))


def examples(table: pa.Table, facts: RunFacts) -> float:
    """Examples that the version would have: the rows that did not fail, and those kept from the previous version."""
    rows: int = table.num_rows
    return rows - facts.failing + sum(facts.kept.values())


def failing_share(table: pa.Table, facts: RunFacts, *, sample: int) -> float | None:
    """Share of the rows that failed a row expectation; None below `sample` rows."""
    return facts.failing / table.num_rows if table.num_rows >= max(sample, 1) else None


def quarantined_share(table: pa.Table, facts: RunFacts, *, sample: int) -> float | None:
    """Share of the records read that was quarantined before validation; None below `sample` records."""
    del table
    return facts.quarantined / facts.read if facts.read is not None and facts.read >= max(sample, 1) else None


def undetermined_share(table: pa.Table, facts: RunFacts, *, sample: int) -> float | None:
    """Share of the rows whose language is `und`; None below `sample` rows."""
    del facts
    if table.num_rows < max(sample, 1):
        return None
    share: float = (pc.sum(pc.equal(_array(table, "lang"), "und")).as_py() or 0) / table.num_rows
    return share


def splits_missing(table: pa.Table, facts: RunFacts, *, large: int) -> float | None:
    """How many of train, validation and test have no example; None below `large` examples."""
    if examples(table, facts) < large:
        return None
    present = {*pc.unique(_array(table, "split")).to_pylist(), *(name for name, rows in facts.kept.items() if rows)}
    return len(set(SPLITS) - present)


def volume_change(table: pa.Table, facts: RunFacts, *, large: int) -> float | None:
    """Examples gained (+) or lost (−) as a share of the previous version; None when that had fewer than `large`."""
    if facts.previous is None or facts.previous < max(large, 1):
        return None
    return (examples(table, facts) - facts.previous) / facts.previous
