"""The schemas of every layer, the single source for tables, docs and base suites.

Every column carries its documentation, unit, privacy class and the simple rules (required, allowed values, minimum)
from which `expectations.suites` makes the base suites and `docs/data-contract.md` is generated.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any

import pyarrow as pa


class Privacy(StrEnum):
    """What a column may tell about a person, and so where it may lie."""

    OPEN = "open"
    """Says nothing about a person."""
    PSEUDONYM = "pseudonym"
    """Keyed (HMAC): without the key it means nothing."""
    PERSONAL = "personal"
    """May hold personal data: restricted root only, and scrub-pii must clean or drop it."""
    SCRUBBED = "scrubbed"
    """Was personal; stands here only after scrub-pii and audit-leaks."""


def column(
    name: str,
    type_: pa.DataType,
    doc: str,
    privacy: Privacy = Privacy.OPEN,
    *,
    unit: str | None = None,
    required: bool = False,
    values: tuple[str, ...] = (),
    minimum: float | None = None,
    maximum: float | None = None,
) -> pa.Field:
    """Return an Arrow field whose metadata holds what the docs and the base suites need.

    `required` means that no row may lack the value; `values`, `minimum` and `maximum` bound it where it is present.
    """
    facts: dict[str, Any] = {"doc": doc, "privacy": str(privacy), "unit": unit, "required": required}
    facts |= {"values": list(values), "minimum": minimum, "maximum": maximum}
    return pa.field(name, type_, nullable=True, metadata={"daytwo": json.dumps(facts)})


def facts(field: pa.Field) -> dict[str, Any]:
    """Return what `column` wrote: doc, privacy, unit, required, values, minimum, maximum."""
    loaded: dict[str, Any] = json.loads(field.metadata[b"daytwo"])
    return loaded


def privacy(field: pa.Field) -> Privacy:
    """Return the privacy class of a field made by `column`."""
    return Privacy(facts(field)["privacy"])


PERSONAL, PSEUDONYM, SCRUBBED = Privacy.PERSONAL, Privacy.PSEUDONYM, Privacy.SCRUBBED
TIMESTAMP = pa.timestamp("us", tz="UTC")
STRINGS = pa.list_(pa.string())
STRING_MAP = pa.map_(pa.string(), pa.string())
PARTICIPANTS = pa.list_(pa.struct([("name", pa.string()), ("address", pa.string()), ("role", pa.string())]))
ATTACHMENTS = pa.list_(
    pa.struct([("name", pa.string()), ("media_type", pa.string()), ("size", pa.int64()), ("sha256", pa.string())])
)
PAGES = pa.list_(
    pa.struct(
        [
            ("number", pa.int32()),
            ("rotation", pa.int32()),
            ("skew_deg", pa.float64()),
            ("mean_confidence", pa.float64()),
            ("ocr", pa.bool_()),
            ("text", pa.string()),
        ]
    )
)
DOUBTS = pa.list_(pa.struct([("start", pa.int32()), ("end", pa.int32()), ("confidence", pa.float32())]))
KNOWN_VALUES = pa.list_(pa.struct([("value", pa.string()), ("entity_type", pa.string())]))
LANGS = pa.list_(pa.struct([("lang", pa.string()), ("share", pa.float64())]))
ENTITIES = pa.list_(pa.struct([("entity_type", pa.string()), ("count", pa.int64())]))
SPANS = pa.list_(
    pa.struct([("start", pa.int64()), ("end", pa.int64()), ("entity_type", pa.string()), ("score", pa.float64())])
)
LEAKS = pa.list_(pa.struct([("entity_type", pa.string()), ("start", pa.int64()), ("end", pa.int64())]))
MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))

SOURCE_KINDS = ("email", "tickets", "scans")
SPLITS = ("train", "validation", "test")
EXAMPLE_KINDS = ("conversation", "document")

RAW = pa.schema(
    [
        column(
            "item_id",
            pa.string(),
            "Keyed id of the input: the HMAC of its content and place.",
            PSEUDONYM,
            required=True,
        ),
        column("source", pa.string(), "Name of the source in daytwo.toml.", required=True),
        column("kind", pa.string(), "What the source holds.", required=True, values=SOURCE_KINDS),
        column(
            "uri",
            pa.string(),
            "Where it was found (file://, s3://, imap://), without the byte range.",
            PERSONAL,
            required=True,
        ),
        column("offset", pa.int64(), "Where the item starts in its file (0, but for mbox).", unit="bytes", minimum=0),
        column("length", pa.int64(), "How long the item is.", unit="bytes", minimum=0),
        column("version", pa.string(), "Changes with the file: its time of change in ns, or the ETag of S3.", PERSONAL),
        column("sha256", pa.string(), "Hash of the item's bytes; the name of the kept original.", PERSONAL),
    ]
)
"""One input item: a mail, a ticket export, a scanned document. The manifest that cuts a night into partitions."""

EXTRACTED = pa.schema(
    [
        column("record_id", pa.string(), "HMAC under the id key over content and part path.", PSEUDONYM, required=True),
        column("source", pa.string(), "Name of the source in daytwo.toml."),
        column("source_uri", pa.string(), "Where the record was read from.", PERSONAL, required=True),
        column("source_kind", pa.string(), "What the source holds.", required=True, values=SOURCE_KINDS),
        column("native_id", pa.string(), "Message-ID, ticket id, or file name, as the source has it.", PERSONAL),
        column("thread_id", pa.string(), "Keyed id of the conversation.", PSEUDONYM),
        column("turn_index", pa.int32(), "Place in the conversation, 0 first.", minimum=0),
        column("role", pa.string(), "Who speaks: customer, agent, system, document."),
        column("created_at", TIMESTAMP, "When it was written, as the source says."),
        column("subject", pa.string(), "Subject or title.", PERSONAL),
        column("participants", PARTICIPANTS, "Who took part: from, to, cc, reply-to, requester, assignee.", PERSONAL),
        column("headers", STRING_MAP, "Headers that later steps need, names in lower case.", PERSONAL),
        column("text", pa.string(), "The text, before or after cleaning as the layer says.", PERSONAL),
        column("lang_hint", pa.string(), "Language that the source claims (BCP-47), if it does."),
        column("flags", STRINGS, "What was odd about the input, as short codes."),
        column("attachments", ATTACHMENTS, "Attached files: name, media type, size in bytes, sha256.", PERSONAL),
        column(
            "pages", PAGES, "Pages of a scan: rotation (clockwise degrees), skew, confidence 0–100, text.", PERSONAL
        ),
        column(
            "doubts",
            DOUBTS,
            "Words of a scan that OCR was unsure of: offsets into the text as read, confidence 0–100. correct-ocr, the "
            "first step, uses them up; null afterwards and where nothing was read by OCR.",
        ),
    ]
)
"""One message, ticket comment or document as it was read, kept in the restricted root."""

ADDED = pa.schema(
    [
        column("known_values", KNOWN_VALUES, "Personal values that the thread's headers and fields name.", PERSONAL),
        column("lang", pa.string(), "Language (BCP-47), `und` when unsure."),
        column("lang_confidence", pa.float64(), "How sure, calibrated.", unit="probability", minimum=0, maximum=1),
        column("script", pa.string(), "Main script (ISO 15924), null without letters."),
        column("langs", LANGS, "Languages of the segments with their share of letters."),
        column("drop_reason", pa.string(), "Why the record is not for training; null keeps it."),
        column("pii_spans", SPANS, "Personal data found: offsets into the text before scrubbing, no values.", PERSONAL),
        column("leaks", LEAKS, "What audit-leaks found in the scrubbed text.", PERSONAL),
        column("scrubbed_by", pa.string(), "Fingerprint of the scrub-pii that cleaned the row: its stamp."),
        column(
            "quality_score", pa.float64(), "Mean of the quality signals.", unit="0 bad, 1 good", minimum=0, maximum=1
        ),
        column("duplicate_of", pa.string(), "record_id of the record kept in its place.", PSEUDONYM),
        column("cluster_id", pa.string(), "Group of near-duplicates; null for a singleton.", PSEUDONYM),
    ]
)
"""What the steps between extract and assemble add to an EXTRACTED row."""

WORK = pa.schema([*EXTRACTED, *ADDED])
"""The row that travels through the clean steps, in the run's restricted scratch."""


def _scrubbed(field: pa.Field, doc: str) -> pa.Field:
    known = facts(field) | {"privacy": str(SCRUBBED), "doc": doc, "required": True}
    return field.with_metadata({"daytwo": json.dumps(known)})


CLEAN = pa.schema(
    [
        EXTRACTED.field("record_id"),
        EXTRACTED.field("source"),
        EXTRACTED.field("source_kind"),
        column("thread_id", pa.string(), "Keyed id of the conversation.", PSEUDONYM, required=True),
        EXTRACTED.field("turn_index"),
        EXTRACTED.field("role"),
        EXTRACTED.field("created_at"),
        column("subject", pa.string(), "Subject after scrub-pii.", SCRUBBED),
        _scrubbed(EXTRACTED.field("text"), "Text after every clean step."),
        EXTRACTED.field("flags"),
        ADDED.field("lang"),
        ADDED.field("lang_confidence"),
        ADDED.field("script"),
        ADDED.field("langs"),
        column("entities", ENTITIES, "Replaced entities by type.", unit="count"),
        column(
            "scrubbed_by", pa.string(), "Fingerprint of the scrub-pii that cleaned the row: its stamp.", required=True
        ),
        ADDED.field("quality_score"),
        column("lineage", pa.string(), "Digest of the fingerprints of all steps that made the row.", required=True),
    ]
)
"""One scrubbed record in the shared root. What is not a column here does not leave the restricted root."""

CURATED = pa.schema(
    [
        column(
            "example_id",
            pa.string(),
            "Keyed id of the example, stable while its thread grows.",
            PSEUDONYM,
            required=True,
        ),
        column(
            "thread_id", pa.string(), "Keyed id of the conversation: the unit of splitting.", PSEUDONYM, required=True
        ),
        column("kind", pa.string(), "A conversation with roles, or a document.", required=True, values=EXAMPLE_KINDS),
        column("split", pa.string(), "Assigned by thread.", required=True, values=SPLITS),
        column("messages", MESSAGES, "Turns in order; role is user, assistant or system.", SCRUBBED, required=True),
        column("text", pa.string(), "The same as one text.", SCRUBBED, required=True),
        column("lang", pa.string(), "Language of most of the text (BCP-47).", required=True),
        column("source_kinds", STRINGS, "Kinds of source it came from."),
        column("created_at", TIMESTAMP, "When the first turn was written."),
        column("n_turns", pa.int32(), "Turns.", unit="count", required=True, minimum=1),
        column("n_chars", pa.int64(), "Length of the text.", unit="code points", required=True, minimum=1),
        column(
            "quality_score", pa.float64(), "Lowest score of its records.", unit="0 bad, 1 good", minimum=0, maximum=1
        ),
        column("record_ids", STRINGS, "The records it was made of.", PSEUDONYM, required=True),
        column("entities", ENTITIES, "Replaced entities by type.", unit="count"),
        column("content_hash", pa.string(), "SHA-256 of kind, language and messages.", required=True),
        column("lineage", pa.string(), "Digest of the fingerprints of all steps that made it.", required=True),
        column("month", pa.string(), "Month it was first staged, YYYY-MM: the partition column.", required=True),
        column("valid_from", pa.int64(), "First dataset version that holds the row.", required=True, minimum=1),
        column("valid_to", pa.int64(), "First dataset version that no longer holds it; null while it is current."),
    ]
)
"""One training example. Version N is: valid_from <= N and (valid_to is null or valid_to > N)."""

QUARANTINE = pa.schema(
    [
        column("record_id", pa.string(), "Record, item or example that was held back.", PSEUDONYM, required=True),
        column("step", pa.string(), "Step that held it back.", required=True),
        column("reason", pa.string(), "Code from tasks/reasons.py.", required=True),
        column("detail", pa.string(), "More about the reason, never a value from the record."),
        column("fingerprint", pa.string(), "Fingerprint of the step and its params."),
        column("pointer", pa.string(), "Where the original lies in the restricted root.", PERSONAL),
    ]
)
"""Why a record is not in the dataset, and where to find it again."""

EDITS = pa.schema(
    [
        column("record_id", pa.string(), "Record whose text was changed.", PSEUDONYM, required=True),
        column("step", pa.string(), "Step that made the edit.", required=True),
        column("rule", pa.string(), "Rule within the step.", required=True),
        column("start", pa.int64(), "Start in the step's input text.", unit="code points", minimum=0),
        column("end", pa.int64(), "End, exclusive.", unit="code points", minimum=0),
        column("insert", pa.string(), "What stands there now.", PERSONAL),
    ]
)
"""Every change to a text, in the restricted root. Replaying them on the input gives the output."""

LAYERS = {
    "RAW": RAW,
    "EXTRACTED": EXTRACTED,
    "CLEAN": CLEAN,
    "CURATED": CURATED,
    "QUARANTINE": QUARANTINE,
    "EDITS": EDITS,
}


def subset(schema: pa.Schema, names: tuple[str, ...]) -> pa.Schema:
    """Return the named columns of `schema`, in that order."""
    return pa.schema([schema.field(name) for name in names])
