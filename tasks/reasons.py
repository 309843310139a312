"""Why a record is not in the dataset: every code, what it means, and what an operator can do.

A code that is not listed here is a bug, and the contract tests find it. Quarantined records wait for somebody;
dropped ones are kept with their reason but nobody needs to act.
"""

from __future__ import annotations

from typing import NamedTuple


class Reason(NamedTuple):
    """What a code means, and the remedy an operator has (empty when there is nothing to do)."""

    meaning: str
    remedy: str = ""


QUARANTINE: dict[str, Reason] = {
    "empty_file": Reason("The file has no bytes.", "Ask the source to export it again."),
    "unreadable": Reason("The file could not be opened or vanished while it was read.", "Check its permissions."),
    "type_mismatch": Reason(
        "The content is not what the file's name says.", "Rename it, or remove it from the source."
    ),
    "not_mail": Reason("The file has no mail headers.", "Remove it from the source."),
    "mime_depth": Reason(
        "MIME parts are nested deeper than the limit.", "Raise limits.mime_depth if the mail is genuine."
    ),
    "mime_parts": Reason("The mail has more parts than the limit.", "Raise limits.mime_parts if the mail is genuine."),
    "headers_too_large": Reason(
        "The header block is larger than the limit.", "Raise limits.header_bytes if it is genuine."
    ),
    "too_large": Reason("The item is larger than the limit.", "Raise the limit of its source if it is genuine."),
    "malformed": Reason("The parser could not make sense of the content.", "Open the original; export it again."),
    "malformed_row": Reason("One row of a table is broken.", "Mend the row in the export."),
    "missing_column": Reason(
        "A column that the mapping names is not there.", "Correct the column mapping of the source."
    ),
    "no_rows": Reason("The export holds no tickets.", "Nothing, if it was meant to be empty."),
    "encrypted": Reason("The document needs a password.", "Put a decrypted copy into the source."),
    "corrupt_image": Reason("The picture could not be decoded, or only in part.", "Scan it again."),
    "too_many_pixels": Reason("A page has more pixels than the limit.", "Scan at a lower resolution."),
    "too_many_pages": Reason("The document has more pages than the limit.", "Split it."),
    "no_text": Reason("No text was found in the document.", "Look at the scan: blank, upside down, or handwriting?"),
    "low_confidence": Reason(
        "The OCR is less sure than the threshold.", "Scan again, or lower the source's min_confidence."
    ),
    "parser_crash": Reason("The process that worked on it died.", "Report the file: it may be hostile."),
    "too_much_memory": Reason(
        "Reading it took more memory than a worker may hold.", "Report the file: it may be hostile."
    ),
    "timeout": Reason("It took longer than the limit.", "Report the file, or raise the limit."),
    "step_error": Reason("The step failed on this record.", "Report it: the detail names the exception class."),
    "pii_engine_failed": Reason("Personal data could not be searched for, so the text may not leave.", "Report it."),
    "leak_found": Reason("Personal data was found after scrubbing.", "See which entity type; report the recognizer."),
    "not_scrubbed": Reason("The row lacks the stamp of scrub-pii.", "Run the night again; report it if it stays."),
    "validation": Reason("A row-level expectation failed.", "See the validation report for the rule."),
    "text_too_long": Reason("The text is longer than the limit.", "Raise the limit if the text is genuine."),
}

DROP: dict[str, Reason] = {
    "known_item": Reason("The same content was read before."),
    "other_type": Reason("The file is of a type that this source does not read."),
    "auto_reply": Reason("An automatic reply or out-of-office note."),
    "bounce": Reason("A delivery failure or delivery status report."),
    "bulk": Reason("A newsletter or other bulk mail."),
    "calendar": Reason("A calendar invitation or its answer."),
    "read_receipt": Reason("A read receipt."),
    "one_time_code": Reason("A one-time password or confirmation code."),
    "spam": Reason("Spam by its own headers."),
    "internal_note": Reason("A comment that the customer never saw."),
    "empty": Reason("No text is left after stripping."),
    "low_quality": Reason("The quality score is below the threshold."),
    "duplicate_record": Reason("The same record is already in the dataset or in this batch."),
    "duplicate_example": Reason("Another example says exactly the same."),
}

REASONS: dict[str, Reason] = QUARANTINE | DROP
