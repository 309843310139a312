"""What can be odd about a mail: every flag that the reader sets, and what it means to the steps that follow."""

from __future__ import annotations

FLAGS: dict[str, str] = {
    "addresses_capped": "More addresses than the limit; the rest were left out.",
    "address_malformed": "An address list breaks the grammar; every address-like token in it was kept.",
    "alternatives_differ": "The versions of the body say different things; both were kept.",
    "archive": "An archive is attached; it was not opened.",
    "attachments_capped": "More attachments than are read; the rest are only listed.",
    "attachment_mismatch": "An attachment's content is not of the type it claims.",
    "base64_garbage": "A text part claims base64 but is not; it was left out.",
    "binhex": "The text holds a BinHex block; strip-replies cuts it.",
    "body_capped": "A part of the body is longer than the limit; the rest was left out.",
    "calendar": "A calendar part was left out of the text.",
    "charset_missing": "8-bit text without a charset; it was detected.",
    "charset_unknown": "The charset is unknown or not allowed; another was detected.",
    "charset_utf7": "The text claims UTF-7.",
    "charset_wrong": "The text is not in the charset it claims; another was detected, or stray bytes mended.",
    "contact_card": "A vCard part was left out of the text.",
    "date_invalid": "The Date header can't be read.",
    "date_zone_assumed": "The Date header names no known zone; it was read as UTC.",
    "delivery_report": "A delivery report; the returned message was left out.",
    "duplicate_header": "From, To, Cc, Subject, Date or Message-ID stands there twice.",
    "empty_body": "No text was found in the mail.",
    "encrypted": "An encrypted part (S/MIME, PGP, protected message) was left out.",
    "external_body": "A part lies elsewhere; it was never fetched.",
    "filename_unsafe": "A file name holds path separators, control or direction characters, or is too long.",
    "forwarded": "An attached message was appended to the text.",
    "header_capped": "A header is longer than the limit; the rest was left out.",
    "header_dropped": "A header is nested too deeply to be read; it was left out.",
    "header_injection": "A decoded name or subject holds line breaks; they were not obeyed.",
    "hidden_text": "Text that no reader would see was left out of the HTML.",
    "html_capped": "The HTML is deeper or longer than the limit.",
    "html_only": "There was no plain-text body; the HTML was turned into text.",
    "image_text": "Alternative texts of images were left out.",
    "markup_in_plain": "A part that claims to be plain text holds HTML; it was read as HTML.",
    "message_id_invalid": "The Message-ID can't be read.",
    "no_boundary": "A multipart without a usable boundary.",
    "no_header": "The mail has no header block; all of it was taken as body.",
    "partial_message": "A fragment of a split message was left out.",
    "quote_depth": "Lines quoted deeper than the limit were left out.",
    "read_receipt": "A read receipt.",
    "signed": "A signature part or armour was left out; it was not verified.",
    "tnef": "An Outlook container (winmail.dat) was opened.",
    "tnef_malformed": "An Outlook container (winmail.dat) is broken; what could be read was kept.",
    "transfer_unknown": "Unknown transfer encoding; the bytes were taken as they are.",
    "truncated": "The mail ends inside a part.",
    "utf16": "The whole file is in UTF-16.",
    "uuencoded": "The text holds a uuencoded file, which is an attachment too; strip-replies cuts it.",
    "uuencode_garbage": "The text holds a broken uuencoded block; strip-replies cuts it.",
    "yenc": "The text holds a yEnc block; strip-replies cuts it.",
}
"""Flag -> meaning. Flags never say a value, only what was met."""


class Flags:
    """Collects flags in the order of their arrival; an unknown one is a bug.

    `detections` counts the texts of the mail whose charset had to be found.
    """

    def __init__(self) -> None:
        self._set: dict[str, None] = {}
        self.detections = 0

    def add(self, flag: str) -> None:
        """Set a flag once.

        Raises KeyError when it is not in FLAGS.
        """
        if flag not in FLAGS:
            raise KeyError(flag)
        self._set[flag] = None

    def __contains__(self, flag: str) -> bool:
        return flag in self._set

    def listed(self) -> list[str]:
        """Return the flags that were set."""
        return list(self._set)
