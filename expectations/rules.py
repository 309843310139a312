"""The business rules of a dataset, beyond its schema: a literal of row rules and one of table rules.

To add a rule: add a measure when no column says it already, then one `Expectation` with the sentence that an operator
will read. The thresholds are settings; their defaults are our own choice, made to hold a night only when a person
should look at it, and stand beside their reason.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from pydantic import BaseModel, ConfigDict, Field

from expectations import measures as m
from expectations.suites import Expectation, RowMeasure, Severity, Suite, TableMeasure, base_suite, between


class Thresholds(BaseModel):
    """When a row is refused, and when a version is held. Shares run from 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_examples: int = Field(1, ge=0, description="Fewest examples in a version; set what a training run needs.")
    # Very short tickets are often undetermined; most of a night should not be.
    max_und_share: float = Field(0.5, ge=0, le=1, description="Most examples without a known language.")
    # Above these a source or a step is broken, not a record or a row.
    max_quarantine_share: float = Field(0.2, ge=0, le=1, description="Most records of a night in quarantine.")
    max_failing_share: float = Field(0.1, ge=0, le=1, description="Most examples that fail a row rule.")
    # One in a hundred is a broken charset; a single one in a long mail is not.
    max_replacement_share: float = Field(0.01, ge=0, le=1, description="Most U+FFFD in a text, of its code points.")
    # A source that vanished, and one that was read twice or is the wrong one.
    max_shrink: float = Field(0.2, ge=0, le=1, description="Most examples lost since the last version, of its count.")
    max_growth: float = Field(10.0, ge=0, description="Most examples gained, as a multiple of the last version.")
    # One broken file among three says nothing about the night.
    sample: int = Field(100, ge=1, description="Rows or records from which on a share is looked at.")
    # A split of 5 % of the threads is missing from 100 threads once in 170 nights, from 1,000 never.
    large: int = Field(1000, ge=1, description="Examples from which on splits and the change of volume are looked at.")


MESSAGES_AND_TEXT = ("messages", "text")

ROW_MEASURES = (
    RowMeasure("text_words", "Letters and digits in the text.", ("text",), m.text_words),
    RowMeasure("replacement_share", "Share of U+FFFD in the text.", ("text",), m.replacement_share),
    RowMeasure("mail_addresses", "E-mail-like patterns in text and turns.", MESSAGES_AND_TEXT, m.mail_addresses),
    RowMeasure("template_tokens", "Chat-template tokens in text and turns.", MESSAGES_AND_TEXT, m.template_tokens),
    RowMeasure("turns_uncounted", "n_turns less the messages.", ("messages", "n_turns"), m.turns_uncounted),
    RowMeasure("turns_of_unknown_role", "Turns of an unknown role.", ("messages",), m.turns_of_unknown_role),
    RowMeasure("turns_blank", "Turns that say nothing.", ("messages",), m.turns_blank),
    RowMeasure("last_role", "Role of the last turn.", ("messages",), m.last_role),
    RowMeasure("chars_uncounted", "n_chars less the length of the text.", ("text", "n_chars"), m.chars_uncounted),
    RowMeasure("versions_spanned", "valid_to less valid_from.", ("valid_from", "valid_to"), m.versions_spanned),
)


def _matches(name: str, column: str, regex: str, reason: str) -> Expectation:
    kwargs = {"column": column, "regex": regex}
    return Expectation(name, "expect_column_values_to_match_regex", kwargs, Severity.ROW, reason)


def row_rules(limits: Thresholds) -> tuple[Expectation, ...]:
    """Return the rules that each example must keep by itself."""
    return (
        between("text-says-something", "text_words", 1, None, "The text must hold a letter or a digit."),
        between(
            "text-decoded",
            "replacement_share",
            None,
            limits.max_replacement_share,
            "Too much of the text could not be decoded (U+FFFD).",
        ),
        between("no-mail-address", "mail_addresses", None, 0, "No e-mail address may be left in text or turns."),
        between("no-template-token", "template_tokens", None, 0, "No chat-template token may stand in text or turns."),
        between("turns-counted", "turns_uncounted", 0, 0, "n_turns must be the number of messages."),
        between("roles-known", "turns_of_unknown_role", None, 0, "Roles must be user, assistant or system."),
        between("turns-say-something", "turns_blank", None, 0, "No turn may be blank."),
        Expectation(
            "last-turn-not-system",
            "expect_column_values_to_not_be_in_set",
            {"column": "last_role", "value_set": ["system"]},
            Severity.ROW,
            "The last turn must not be the system's: there would be nothing to learn from it.",
        ),
        between("chars-counted", "chars_uncounted", 0, 0, "n_chars must be the length of the text."),
        between("versions-in-order", "versions_spanned", 1, None, "valid_to must come after valid_from."),
        # The shape of a language tag, RFC 5646 (BCP-47): language, then subtags of two to eight letters or digits.
        _matches("lang-known", "lang", r"^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z", "lang must be a BCP-47 tag or und."),
        _matches("month-well-formed", "month", r"^[0-9]{4}-(?:0[1-9]|1[0-2])\Z", "month must be YYYY-MM."),
    )


def table_measures(limits: Thresholds) -> tuple[TableMeasure, ...]:
    """Return the numbers that the table rules look at."""
    sample, large = limits.sample, limits.large
    return (
        TableMeasure("examples", "Examples of the version.", (), m.examples),
        TableMeasure("failing_share", "Rows that fail a row rule.", (), partial(m.failing_share, sample=sample)),
        TableMeasure("quarantined_share", "Records quarantined.", (), partial(m.quarantined_share, sample=sample)),
        TableMeasure("undetermined_share", "Rows in `und`.", ("lang",), partial(m.undetermined_share, sample=sample)),
        TableMeasure(
            "splits_missing", "Splits without an example.", ("split",), partial(m.splits_missing, large=large)
        ),
        TableMeasure("volume_change", "Change against the version before.", (), partial(m.volume_change, large=large)),
    )


def table_rules(limits: Thresholds) -> tuple[Expectation, ...]:
    """Return the rules that the candidate version must keep as a whole."""

    def rule(name: str, measure: str, least: float | None, most: float | None, reason: str) -> Expectation:
        return between(name, measure, least, most, reason, Severity.TABLE)

    return (
        rule("enough-examples", "examples", limits.min_examples, None, "The version has too few examples."),
        rule("few-failing", "failing_share", None, limits.max_failing_share, "Too many rows fail a row rule."),
        rule("few-quarantined", "quarantined_share", None, limits.max_quarantine_share, "Too much was quarantined."),
        rule(
            "language-determined",
            "undetermined_share",
            None,
            limits.max_und_share,
            "The language of too many examples is unknown.",
        ),
        rule("splits-present", "splits_missing", None, 0, "A split has no example."),
        rule(
            "volume-steady",
            "volume_change",
            -limits.max_shrink,
            limits.max_growth,
            "The version is much smaller or larger than the one before.",
        ),
    )


def curated_suite(limits: Thresholds | None = None) -> Suite:
    """Return the suite that stands between staging and publishing: the base suite of CURATED and the business rules."""
    limits = limits or Thresholds()
    base = base_suite("CURATED")
    return replace(
        base,
        expectations=(*base.expectations, *row_rules(limits), *table_rules(limits)),
        row_measures=ROW_MEASURES,
        table_measures=table_measures(limits),
        settings=limits.model_dump(),
    )
