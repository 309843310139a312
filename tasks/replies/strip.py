"""The step strip-replies: keep what the author wrote in this message.

Every cut is an edit with its rule: reply_header, history, quoted_line, quoted_wrap, quoted_block, forward_header,
reply_line, thread_match, quote_mark (taken off forwarded text), encoded_block, signature, device_footer, disclaimer,
banner. What is in doubt stays.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, islice
from typing import Any

import pyarrow as pa

from expectations.schema import EDITS, WORK
from tasks import batch as batches
from tasks.edits import Edit, Edited, apply, cut
from tasks.encoded_blocks import blocks
from tasks.lexica import Clues, UserFile
from tasks.replies.case import Case
from tasks.replies.endings import cut_banner, cut_device_footers, cut_disclaimers, endings, is_device_footer
from tasks.replies.history import cut_history
from tasks.replies.layouts import layouts
from tasks.replies.lines import RULE, Lines, split
from tasks.replies.quoted_blocks import MARKS, cut_quoted_blocks
from tasks.replies.quoted_lines import cut_quoted_lines
from tasks.replies.receipt import is_receipt
from tasks.replies.signature import MOST_LINES, cut_signature, is_signature
from tasks.replies.signature_lines import name_words, words
from tasks.replies.thread import Thread, cut_unmarked
from tasks.step import Params, Step, StepResult, edit_rows

KINDS = frozenset({"email", "tickets", None})
"""Scans hold no replies; a record without a kind (workbench) is taken for a mail."""

CLOSED_BY = frozenset({"reply_header", "history", "forward_header", "reply_line", "thread_match"})
"""A message ends where one of these begins; a bare quoted line may also stand in its middle."""


class StripRepliesParams(Params):
    """Each class of cuts can be switched off. Defaults: all on."""

    quotes: bool = True
    """Quoted replies, whatever their layout."""
    forwards: bool = True
    """Keep the content of forwards (their header block is cut all the same). Off: cut it like a quoted reply."""
    signatures: bool = True
    """Signature blocks; a name below "Regards" stays."""
    device_footers: bool = True
    """ "Sent from my iPhone"."""
    disclaimers: bool = True
    """Legal disclaimers."""
    banners: bool = True
    """Banners of mail gateways: "CAUTION: this email originated from outside"."""
    encoded_blocks: bool = True
    """Files written into the text: uuencode, yEnc, BinHex."""
    match_thread: bool = True
    """Let earlier messages of the thread, in the same batch, confirm doubtful cuts."""
    layouts_file: UserFile = ""
    """TOML file with more reply layouts (see tasks/lexica/reply_layouts.toml)."""
    endings_file: UserFile = ""
    """TOML file with more footers, disclaimers, closes and titles (see tasks/lexica/reply_endings.toml)."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is known of a message besides its text.

    `careful`: `>` alone is no proof of a quotation (tickets). `forwarded`: the subject says that it is a forward.
    `sender`: folded words of the sender's name. `author`: who wrote it. `thread`: the earlier messages.
    """

    careful: bool = False
    forwarded: bool = False
    sender: frozenset[str] = frozenset()
    author: str = ""
    thread: Thread = field(default_factory=Thread)


def strip_text(text: str, params: StripRepliesParams, message: Message | None = None) -> Edited:
    """Return what the author of one message wrote in it, with the edits that lead there."""
    lines, message = split(text), message or Message()
    if is_receipt(lines, layouts(params.layouts_file)):
        return apply(text, [])  # filter-irrelevant must see it whole
    clues = _clues(params.layouts_file, params.endings_file).within("\n".join(lines.bare))
    if params.quotes:
        _cut_quotes(text, lines, params, message, clues)
    if params.encoded_blocks:
        for block in blocks(text):
            lines.cut(bisect_left(lines.starts, block.start), bisect_left(lines.starts, block.end), "encoded_block")
    _cut_endings(lines, params, message.sender, clues)
    _cut_blanks(lines)
    return apply(text, _edits(text, lines))


@cache
def _clues(layouts_file: str, endings_file: str) -> Clues:
    return Clues({**layouts(layouts_file).phrases, **endings(endings_file).phrases, "quoted_block": MARKS})


def _cut_quotes(text: str, lines: Lines, params: StripRepliesParams, message: Message, clues: frozenset[str]) -> None:
    def known(first: int, end: int) -> bool:
        return message.thread.witness(lines, first, end)

    def says(first: int, end: int) -> bool:
        return _says(lines, first, end, params, message, devices="device" in clues)

    case = Case(
        text=text,
        lines=lines,
        layouts=layouts(params.layouts_file),
        known=known,
        says=says,
        clues=clues,
        forwards=params.forwards,
        forwarded=message.forwarded,
        careful=message.careful,
    )
    if "quoted_block" in clues:
        cut_quoted_blocks(text, lines)
    cut_history(case)
    cut_quoted_lines(case)
    cut_unmarked(lines, message.thread, message.author)


def _says(lines: Lines, first: int, end: int, params: StripRepliesParams, message: Message, *, devices: bool) -> bool:
    """Say whether the author says anything in these lines: more than a signature or a device's footer."""
    phrases, known = endings(params.endings_file), words(params.endings_file)
    spoken = (i for i in lines.content(first, end) if lines.depth[i] == 0 and not RULE.match(lines.bare[i]))
    content = list(islice(spoken, MOST_LINES + 1))
    if len(content) > MOST_LINES:
        return True
    if all(devices and is_device_footer(lines.bare[i], phrases) for i in content):
        return False
    return not is_signature(lines, first, end, known, message.sender)


def _cut_endings(lines: Lines, params: StripRepliesParams, sender: frozenset[str], clues: frozenset[str]) -> None:
    phrases, known = endings(params.endings_file), words(params.endings_file)
    if params.banners and "banner" in clues:
        cut_banner(lines, phrases)
    zones = list(_zones(lines))
    for first, end in zones:
        if params.disclaimers and "disclaimer" in clues:
            cut_disclaimers(lines, first, end, phrases)
        if params.device_footers and "device" in clues:
            cut_device_footers(lines, first, end, phrases)
        if params.signatures:
            cut_signature(lines, first, end, known, sender, whole=len(zones) > 1)


def _zones(lines: Lines) -> Iterator[tuple[int, int]]:
    """Yield the ranges of lines that are whole messages: up to a reply header, or the end."""
    begin = 0
    for i, rule in enumerate(lines.rules):
        if rule in CLOSED_BY:
            if next(lines.content(begin, i), None) is not None:
                yield begin, i
            begin = i + 1
    if begin < len(lines):
        yield begin, len(lines)


def _cut_blanks(lines: Lines) -> None:
    """Cut the blank lines beside a cut when nothing stands on its other side."""
    if not any(lines.rules):
        return
    content = list(lines.content(0, len(lines)))
    first, last = (content[0], content[-1]) if content else (len(lines), -1)
    i, size, bare, rules = 0, len(lines), lines.bare, lines.rules
    while i < size:
        end = i
        while end < size and not bare[end] and rules[end] is None:
            end += 1
        if end > i:
            _cut_blank_run(lines, i, end, nothing_above=first >= i, nothing_below=last < end)
        i = max(end, i + 1)


def _cut_blank_run(lines: Lines, first: int, end: int, *, nothing_above: bool, nothing_below: bool) -> None:
    above = lines.rules[first - 1] if first else None
    below = lines.rules[end] if end < len(lines) else None
    if above and (below or nothing_above or nothing_below or _blank_above(lines, first)):
        lines.cut(first, end, above)
    elif below and (nothing_above or nothing_below):
        lines.cut(first, end, below)


def _blank_above(lines: Lines, i: int) -> bool:
    """Say whether a blank line that stays stands above the cut that ends before line `i`."""
    while i and lines.rules[i - 1]:
        i -= 1
    return i > 0 and not lines.bare[i - 1]


def _edits(text: str, lines: Lines) -> list[Edit]:
    """Return one edit for each run of lines with the same rule; a cut at the end takes the line end above with it."""
    edits: list[Edit] = []
    if not any(lines.rules) and not lines.marks:
        return edits
    for rule, run in groupby(range(len(lines)), key=lines.rules.__getitem__):
        if rule is not None:
            indexes = list(run)
            edits.append(cut(lines.starts[indexes[0]], lines.starts[indexes[-1] + 1], rule))
    marked = (i for i, length in lines.marks.items() if length and lines.rules[i] is None)
    edits = sorted([*edits, *(cut(lines.starts[i], lines.starts[i] + lines.marks[i], "quote_mark") for i in marked)])
    if edits and edits[-1].end == len(text):
        first = _last_run(edits)
        kept = len(text[: edits[first].start].rstrip())
        edits[first] = cut(kept, edits[first].end, edits[first].rule)
    return edits


def _last_run(edits: Sequence[Edit]) -> int:
    first = len(edits) - 1
    while first and edits[first - 1].end == edits[first].start:
        first -= 1
    return first


def strip_replies(table: pa.Table, params: StripRepliesParams) -> StepResult:
    """Keep what each mail's or ticket comment's author wrote in it: no quoted replies, signatures, disclaimers."""
    rows = table.select([name for name in READS if name in table.column_names] + ["record_id"]).to_pylist()
    texts, edits, report = [row["text"] for row in rows], [], Counter[str]()
    for place, done in sorted(_stripped(rows, params)):
        texts[place] = done.text
        edits += edit_rows(rows[place]["record_id"], "strip-replies", done.edits)
        report.update(edit.rule for edit in done.edits)
    batch = batches.with_column(table, WORK.field("text"), texts)
    return StepResult(batch, edits=batches.from_rows(edits, EDITS), report=report)


def _stripped(rows: Sequence[Mapping[str, Any]], params: StripRepliesParams) -> Iterator[tuple[int, Edited]]:
    """Yield the place of each row that has replies to strip, and its new text; each thread in its order."""
    sizes = Counter(row.get("thread_id") for row in rows)
    threads: dict[str, Thread] = {}
    for place in sorted(range(len(rows)), key=lambda place: (rows[place].get("turn_index") or 0, place)):
        row = rows[place]
        if row["text"] is None or row.get("source_kind") not in KINDS:
            continue
        thread = Thread()
        if params.match_thread and row.get("thread_id") and sizes[row["thread_id"]] > 1:
            thread = threads.setdefault(row["thread_id"], thread)
        yield place, _strip_row(row, params, thread)
        if row.get("thread_id") in threads:
            thread.add(split(row["text"]), _author(row))


def _strip_row(row: Mapping[str, Any], params: StripRepliesParams, thread: Thread) -> Edited:
    people = [p for p in row.get("participants") or () if p["role"] in ("from", "requester")]
    subject = (row.get("subject") or "").casefold().strip()
    message = Message(
        careful=row.get("source_kind") == "tickets",
        forwarded=bool(layouts(params.layouts_file).forward_subject.match(subject)),
        sender=name_words([value for p in people if _is_named(p) for value in (p["name"], p["address"])]),
        author=_author(row),
        thread=thread,
    )
    return strip_text(row["text"], params, message)


def _is_named(person: Mapping[str, Any]) -> bool:
    """Say whether a person's name is known: an address alone (`mk77@`) says too little, one without `@` is a name."""
    return bool(person["name"]) or "@" not in (person["address"] or "@")


def _author(row: Mapping[str, Any]) -> str:
    """Return what tells one sender from another: the address, else the role."""
    senders = [p["address"] for p in row.get("participants") or () if p["role"] == "from" and p["address"]]
    return (senders[0] if senders else row.get("role") or "").casefold()


READS = ("text", "subject", "role", "participants", "source_kind", "thread_id", "turn_index")

STRIP_REPLIES: Step = Step("strip-replies", 4, strip_replies, StripRepliesParams, READS, ("text",))
