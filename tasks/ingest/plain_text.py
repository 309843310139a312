"""Plain-text bodies: line ends, format=flowed (RFC 3676), and encrypted blocks taken out of the text."""

from __future__ import annotations

import re
from itertools import groupby

from tasks.ingest.flags import Flags

QUOTE_DEPTH = 50
"""Lines with more quotation marks than this are left out (catalogue A29): no reader follows a thread that deep."""
DEEP_QUOTE = re.compile(rf"^[ ]?(?:>[ \t]{{0,2}}){{{QUOTE_DEPTH + 1},}}[^\n]*\n?", re.MULTILINE)
QUOTED = re.compile(r"(>*)( ?)")
OTHER_LINE_ENDS = ("\x0b", "\x0c", "\x85", "\u2028", "\u2029")
ENRICHED_PARAM = re.compile(r"<param>[^<]{0,500}</param>", re.IGNORECASE)
ENRICHED_COMMAND = re.compile(r"<<|</?[A-Za-z0-9-]{1,60}>")
LINE_ENDS = re.compile(r"\n+")
PGP_SIGNED = re.compile(r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z-]{1,40}:[^\n]{0,200}\n){0,10}\n?")
MARKUP = re.compile(r"\s*(?:<!doctype html|<html[\s>]|<head[\s>]|<body[\s>])", re.IGNORECASE)


def lines_normal(text: str) -> str:
    """Return `text` with every kind of line end as a newline."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    for other in OTHER_LINE_ENDS:
        if other in text:
            text = text.replace(other, "\n")
    return text


def unflow(text: str, *, delsp: bool) -> str:
    """Join the lines of a format=flowed text; the signature mark `-- ` and quotation depths keep lines apart."""
    out: list[str] = []
    for depth, group in groupby((_flowed_line(line) for line in text.split("\n")), key=lambda pair: pair[0]):
        out += [
            ("> " if depth == 1 else ">" * depth + " ") * bool(depth) + line for line in _joined(group, delsp=delsp)
        ]
    return "\n".join(out)


def _flowed_line(line: str) -> tuple[int, str]:
    match = QUOTED.match(line)
    assert match is not None  # it matches the empty string
    return len(match[1]), line[match.end() :]


def _joined(group: object, *, delsp: bool) -> list[str]:
    lines: list[str] = []
    pieces: list[str] = []
    for _, line in group:  # type: ignore[attr-defined]
        soft = line.endswith(" ") and line != "-- "
        if line == "-- " and pieces:
            lines.append("".join(pieces))
            pieces = []
        pieces.append(line[:-1] if soft and delsp else line)
        if not soft:
            lines.append("".join(pieces))
            pieces = []
    return [*lines, "".join(pieces)] if pieces else lines


def unenriched(text: str) -> str:
    """Return text/enriched (RFC 1896) without its commands: one line end is a space there, and `<<` a `<`."""
    text = ENRICHED_PARAM.sub("", text)
    text = ENRICHED_COMMAND.sub(lambda match: "<" if match[0] == "<<" else "", text)
    return LINE_ENDS.sub(lambda match: match[0][1:] or " ", text)


def without_blocks(text: str, flags: Flags) -> str:
    """Return the text without encrypted blocks and too deep quotations. Flags: encrypted, signed, quote_depth."""
    if "-----BEGIN PGP " in text:
        text = _without_armour(text, flags)
    if ">>>>>>>>" in text or "> > > > > >" in text:
        shallow = DEEP_QUOTE.sub("", text)
        if shallow != text:
            flags.add("quote_depth")
            text = shallow
    return text


def _cut(text: str, begin: str, end: str, flag: str, flags: Flags) -> str:
    """Return the text without its blocks from `begin` to the line of `end`; an unended one goes to the end."""
    kept, position = [], 0
    while (start := text.find(begin, position)) >= 0:
        flags.add(flag)
        kept.append(text[position:start])
        stop = text.find(end, start)
        line_end = text.find("\n", stop + 1) if stop >= 0 else -1
        position = len(text) if line_end < 0 else line_end
    return "".join([*kept, text[position:]])


def _without_armour(text: str, flags: Flags) -> str:
    """Return the text without PGP blocks; of a signed text only the armour goes (the signature is not verified)."""
    for kind, flag in (("MESSAGE", "encrypted"), ("SIGNATURE", "signed"), ("PUBLIC KEY BLOCK", "signed")):
        if f"-----BEGIN PGP {kind}" in text:
            text = _cut(text, f"-----BEGIN PGP {kind}", f"\n-----END PGP {kind}", flag, flags)
    return _signed(text, flags)


def _signed(text: str, flags: Flags) -> str:
    if PGP_SIGNED.search(text):
        flags.add("signed")
    return PGP_SIGNED.sub("", text)
