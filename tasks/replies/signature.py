"""Signature blocks: a name with telephone, address or title below, at the end of a message.

What a person writes below a complimentary close ("Regards, Thandi") is part of the message and stays.
"""

from __future__ import annotations

import re

from tasks.lexica import fold
from tasks.replies.lines import DELIMITER, RULE, Lines
from tasks.replies.signature_lines import (
    EMAIL,
    LONGEST_LINE,
    PHONE,
    SENTENCE,
    Words,
    can_belong,
    is_name,
    is_postscript,
    is_reachable,
    is_said,
    is_soft,
    words_in,
)

RULED = frozenset("-—–_=*─~#+.")
"""How delimiters and rules begin."""

MOST_LINES = 16
"""A signature has at most that many lines with text."""

FOOTER_LINES = 8
"""A mailing list's footer begins within that many lines with text from the end."""

MOST_NUMBERS = 5
"""A signature has at most that many lines with a telephone number; a list of whom to call has more."""

LONGEST_MOTTO = 60
MOTTO_SENTENCES = 2
"""A motto in a signature has at most that many sentences."""

QUESTIONS = ("?", "؟", "？")
QUOTES = ('"', "“", "”", "„", "«", "‘", "'")
SPOKEN_BY = re.compile(r"(?:--?|—|–|~) ?[^\W\d_][^?؟？]{2,50}$")
"""Who said the motto above it."""
NUMBERED = re.compile(r"\(?\d{1,2}[.):] ?[^\W\d]")


def cut_signature(
    lines: Lines, first: int, end: int, known: Words, sender: frozenset[str], *, whole: bool = False
) -> None:
    """Cut the signature at the end of a zone. `sender`: the folded words of the sender's name, if known.

    The zone keeps at least one line with text, unless `whole`: where a signature is all that a message says, it is
    not known to be one.
    """
    start, content = _signature(lines, first, end, known, sender)
    if start is not None and (start > 0 or (whole and is_signature(lines, first, end, known, sender))):
        lines.cut(content[start], content[-1] + 1, "signature")


def is_signature(lines: Lines, first: int, end: int, known: Words, sender: frozenset[str]) -> bool:
    """Say whether all that stands in a zone is a signature."""
    content = _content(lines, first, end, known)
    start = _begin(lines, content, known, sender)
    return start == 0 and len(content) > 1 and not sender.isdisjoint(words_in(lines.bare[content[0]]))


def _signature(
    lines: Lines, first: int, end: int, known: Words, sender: frozenset[str]
) -> tuple[int | None, list[int]]:
    """Return the lines with text that a signature may end, and where among them it begins: a postscript stays."""
    content = _content(lines, first, end, known)
    start = _begin(lines, content, known, sender)
    if start is None and (postscript := _postscript(lines, content, known)):
        content = content[:postscript]
        start = _begin(lines, content, known, sender)
    return start, content


def _content(lines: Lines, first: int, end: int, known: Words) -> list[int]:
    """Return the lines with text of a zone, less a list's footer."""
    content = list(lines.content(first, end))
    return content[: _list_footer(lines, content, known)]


def _postscript(lines: Lines, content: list[int], known: Words) -> int | None:
    """Return the position of a postscript among the last lines, None where there is none."""
    tail = range(max(0, len(content) - MOST_LINES), len(content))
    return next((position for position in tail if is_postscript(lines.bare[content[position]], known)), None)


def _begin(lines: Lines, content: list[int], known: Words, sender: frozenset[str]) -> int | None:
    """Return where among the lines with text the signature begins that they end with."""
    start = _delimited(lines, content, known, sender)
    if start is None:
        return _undelimited(lines, content, known, sender)
    above = _delimited(lines, content[:start], known, sender)  # a list may have put its own below the author's
    return start if above is None else above


def _list_footer(lines: Lines, content: list[int], known: Words) -> int:
    """Return where a mailing list's footer begins: it is boilerplate, not this step's business."""
    tail = fold(" ".join([lines.bare[i] for i in content[-FOOTER_LINES:]]))
    if not known.list_footer.within(tail):
        return len(content)
    for position in range(max(0, len(content) - FOOTER_LINES), len(content)):
        if known.list_footer.within(fold(lines.bare[content[position]])):
            ruled = position and _separates(lines.bare[content[position - 1]])
            return position - 1 if ruled else position
    return len(content)


def _separates(bare: str) -> bool:
    return bool(RULE.match(bare) or DELIMITER.match(bare))


def _delimited(lines: Lines, content: list[int], known: Words, sender: frozenset[str]) -> int | None:
    """Return the position in `content` of a delimiter with a signature below it."""
    for position in range(len(content) - 2, max(-1, len(content) - MOST_LINES - 2), -1):
        bare = lines.bare[content[position]]
        if bare[0] not in RULED:
            continue
        below = [lines.bare[i] for i in content[position + 1 :]]
        if DELIMITER.match(bare) and _is_short(below, known) and not _goes_on(lines, content, position, known):
            return position
        said = [b for b in below if not RULE.match(b)]
        if RULE.match(bare) and len(bare) >= 4 and _looks_signed(said, known, sender):
            return position
    return None


def _is_short(below: list[str], known: Words) -> bool:
    """Say whether the lines below a delimiter are few and short enough for a signature with a motto."""
    long = [b for b in below if len(b) > LONGEST_MOTTO and not is_reachable(b, known)]
    return len(long) <= 2 and max(map(len, below)) <= 250 and (len(below) <= 8 or is_name(below[0], known))


def _goes_on(lines: Lines, content: list[int], position: int, known: Words) -> bool:
    """Say whether the author goes on below a delimiter: a dash also sets parts of a message apart.

    A question, a numbered list, a postscript and more than a motto's two sentences are no signature. Where no name
    stands below, a motto must be a quotation, or stand right below the delimiter to the letter, and below a message.
    """
    below = [lines.bare[i] for i in content[position + 1 :] if not RULE.match(lines.bare[i])]
    said = [bare for bare in below if is_said(bare, known)]
    if sum(map(_is_numbered, below)) > 1 or any(is_postscript(bare, known) for bare in below):
        return True
    if not said or said[0].startswith(QUOTES) or SPOKEN_BY.match(below[-1]):
        return False
    at, message = content[position], _is_message(lines, content[:position])
    exact, named = at in lines.delimiters, below[0] not in said
    motto = (message and (named or (exact and lines.bare[at + 1] != ""))) or (exact and named)
    sentences = max(1, sum(len(SENTENCE.findall(bare)) for bare in said))
    return any(bare.endswith(QUESTIONS) for bare in said) or sentences > (MOTTO_SENTENCES if motto else 0)


def _is_message(lines: Lines, above: list[int]) -> bool:
    """Say whether more than a salutation stands above, or nothing at all (what stands above a quotation, say)."""
    return len(above) != 1 or any(SENTENCE.search(lines.bare[i]) for i in above)


def _is_numbered(bare: str) -> bool:
    return NUMBERED.match(bare) is not None


def _looks_signed(below: list[str], known: Words, sender: frozenset[str]) -> bool:
    """Say whether the lines below a rule are a signature: short, a name, and ways to reach it."""
    if not below or any(len(b) > LONGEST_LINE for b in below) or not is_name(below[0], known):
        return False
    if below[0].isupper() and sender.isdisjoint(words_in(" ".join(below[:3]))):
        return False  # more likely a heading
    if _is_directory(below):
        return False
    belonging = sum(can_belong(b, known) for b in below)
    return any(is_reachable(b, known) for b in below) and 2 * belonging >= len(below)


def _is_directory(block: list[str]) -> bool:
    return sum(PHONE.search(text) is not None for text in block if len(text) <= 2 * LONGEST_LINE) > MOST_NUMBERS


def _undelimited(lines: Lines, content: list[int], known: Words, sender: frozenset[str]) -> int | None:
    """Return the position of the name that a signature without a delimiter begins with."""
    best, strange = None, 0
    for position in range(len(content) - 1, max(-1, len(content) - MOST_LINES - 1), -1):
        bare = lines.bare[content[position]]
        if RULE.match(bare):
            continue
        if is_postscript(bare, known):
            break
        named = (
            is_name(bare, known)
            and not _is_close(bare, known)
            and (not sender or not sender.isdisjoint(words_in(bare)) or _closes(lines, content, position, known))
        )
        if named and _good([lines.bare[i] for i in content[position:]], known, sender):
            best = position
        strange += not named and not can_belong(bare, known)
        if strange > 1 or (strange and (len(bare) > LONGEST_MOTTO or SENTENCE.search(bare))):
            break
    if best is not None and _is_first_name(lines, content, best, known):
        best += 1
    return None if best is None else _after_close(lines, content, best, known)


def _good(block: list[str], known: Words, sender: frozenset[str]) -> bool:
    """Say whether the lines below a name tell how to reach it, or two of them its title, firm or address.

    Of an unknown sender only the first tells something, and a web address alone only when the name stands in it.
    """
    if _is_directory(block):
        return False
    hard = [text for text in block[1:] if is_reachable(text, known)]
    if not sender and len(hard) == 1 and not EMAIL.search(hard[0]) and not PHONE.search(hard[0]):
        return any(len(word) >= 3 and word in fold(hard[0]) for word in words_in(block[0]))
    return bool(hard) or (bool(sender) and sum(is_soft(text, known) for text in block[1:]) >= 2)


def _after_close(lines: Lines, content: list[int], position: int, known: Words) -> int | None:
    """Return where to cut: below the name when it belongs to a complimentary close, else at it.

    None when the block is what the message is about: "Please call me at:" stands above it.
    """
    if position == 0:
        return 0
    above = lines.bare[content[position - 1]]
    if above.endswith((":", "：")):
        return None
    if _closes(lines, content, position, known) and position + 1 < len(content):
        return position + 1
    return position


def _is_first_name(lines: Lines, content: list[int], position: int, known: Words) -> bool:
    """Say whether a line signs the message ("Thandi") and the signature begins below ("Thandi Dube")."""
    if position + 2 >= len(content):
        return False
    below = lines.bare[content[position + 1]]
    return len(words_in(lines.bare[content[position]])) == 1 and is_name(below, known) and len(words_in(below)) > 1


def _is_close(bare: str, known: Words) -> bool:
    return fold(bare.strip(" ,.!-–—*_")) in known.closing | known.thanks


def _closes(lines: Lines, content: list[int], position: int, known: Words) -> bool:
    """Say whether a complimentary close stands above a line ("Regards,"; "Thanks," only right above)."""
    if position == 0:
        return False
    close = fold(lines.bare[content[position - 1]].strip(" ,.!-–—*_"))
    adjacent = content[position] - content[position - 1] == 1
    return close in known.closing or (close in known.thanks and adjacent)
