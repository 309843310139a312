"""Signature blocks: a name with telephone, address or title below, at the end of a message.

What a person writes below a complimentary close ("Regards, Thandi") is part of the message and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from tasks.lexica import AnyOf, extended, fold
from tasks.replies.endings import strip_frame
from tasks.replies.lines import RULE, Lines

DELIMITER = re.compile(r"^(?:--|—|–|__|-- ?)$")
"""The signature delimiter of RFC 3676 (`-- `; the blank is often lost), and what editors make of it."""

RULED = frozenset("-—–_=*─~#+.")
"""How delimiters and rules begin."""

MOST_LINES = 16
"""A signature has at most that many lines with text."""

FOOTER_LINES = 8
"""A mailing list's footer begins within that many lines with text from the end."""

MOST_NUMBERS = 5
"""A signature has at most that many lines with a telephone number; a list of whom to call has more."""

LONGEST_LINE = 90
LONGEST_MOTTO = 60
EMAIL = re.compile(r"[^\s@<>]+ ?@ ?[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"https?://|\bwww\.|\b[\w-]+\.(?:com|net|org|co\.\w\w|edu|gov|io)\b")
PHONE = re.compile(r"(?:\+|\(|\b0)?[\d(][\d\s().\-/+]{6,}\d|\bx-?\d{3,6}\b|\b\d-\d{4}\b")
POSTCODE = re.compile(r"\b[A-Z]{2}\.?,? ?\d{5}(?:-\d{4})?\b|\b\d{4,6}\b")
SENTENCE = re.compile(r"[.!?](?:\s|$)")
REACH = re.compile(r"[@\d]|\.\w|:/|www")
"""Stands in every mail or web address and every telephone number."""
IN_BRACKETS = re.compile(r"\([^()]*\)")
IN_NO_NAME = re.compile(r"[@:/\\=<>{}\[\]?!;0-9]")
WORD = re.compile(r"[^\W\d_][\w.'’-]*")


@dataclass(frozen=True, slots=True)
class Words:
    """Folded words of the lexicon. `soft`: of job titles, organizations and streets."""

    closing: frozenset[str]
    thanks: frozenset[str]
    soft: frozenset[str]
    label: frozenset[str]
    particle: frozenset[str]
    list_footer: AnyOf


@cache
def words(extra: str) -> Words:
    """Return the words, with a user's file (or "")."""
    lexicon = extended("reply_endings", extra)
    signature = lexicon["signature"]
    return Words(
        closing=frozenset(fold(w) for w in lexicon["close"]["closing"]),
        thanks=frozenset(fold(w) for w in lexicon["close"]["thanks"]),
        soft=frozenset(fold(w) for name in ("title", "organization", "street") for w in signature[name]),
        label=frozenset(fold(w) for w in signature["label"]),
        particle=frozenset(fold(w) for w in signature["particle"]),
        list_footer=AnyOf(signature["list_footer"]),
    )


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
    start, content = _signature(lines, first, end, known, sender)
    return start == 0 and len(content) > 1 and not sender.isdisjoint(_words(lines.bare[content[0]]))


def _signature(
    lines: Lines, first: int, end: int, known: Words, sender: frozenset[str]
) -> tuple[int | None, list[int]]:
    """Return the lines with text of a zone, less a list's footer, and where among them the signature begins."""
    content = list(lines.content(first, end))
    content = content[: _list_footer(lines, content, known)]
    start = _delimited(lines, content, known, sender)
    if start is None:
        return _undelimited(lines, content, known, sender), content
    above = _delimited(lines, content[:start], known, sender)  # a list may have put its own below the author's
    return (start if above is None else above), content


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
        if DELIMITER.match(bare) and _is_short(below, known):
            return position
        said = [b for b in below if not RULE.match(b)]
        if RULE.match(bare) and len(bare) >= 4 and _looks_signed(said, known, sender):
            return position
    return None


def _is_short(below: list[str], known: Words) -> bool:
    """Say whether the lines below a delimiter are few and short enough for a signature with a motto."""
    long = [b for b in below if len(b) > LONGEST_MOTTO and not _reachable(b, known)]
    return len(long) <= 2 and max(map(len, below)) <= 250 and (len(below) <= 8 or _is_name(below[0], known))


def _looks_signed(below: list[str], known: Words, sender: frozenset[str]) -> bool:
    """Say whether the lines below a rule are a signature: short, a name, and ways to reach it."""
    if not below or any(len(b) > LONGEST_LINE for b in below) or not _is_name(below[0], known):
        return False
    if below[0].isupper() and sender.isdisjoint(_words(" ".join(below[:3]))):
        return False  # more likely a heading
    if _is_directory(below):
        return False
    belonging = sum(_belongs(b, known) for b in below)
    return any(_reachable(b, known) for b in below) and 2 * belonging >= len(below)


def _is_directory(block: list[str]) -> bool:
    return sum(PHONE.search(text) is not None for text in block if len(text) <= 2 * LONGEST_LINE) > MOST_NUMBERS


def _undelimited(lines: Lines, content: list[int], known: Words, sender: frozenset[str]) -> int | None:
    """Return the position of the name that a signature without a delimiter begins with."""
    best, strange = None, 0
    for position in range(len(content) - 1, max(-1, len(content) - MOST_LINES - 1), -1):
        bare = lines.bare[content[position]]
        if RULE.match(bare):
            continue
        named = (
            _is_name(bare, known)
            and not _is_close(bare, known)
            and (not sender or not sender.isdisjoint(_words(bare)) or _closes(lines, content, position, known))
        )
        if named and _good([lines.bare[i] for i in content[position:]], known, sender):
            best = position
        strange += not named and not _belongs(bare, known)
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
    hard = [text for text in block[1:] if _reachable(text, known)]
    if not sender and len(hard) == 1 and not EMAIL.search(hard[0]) and not PHONE.search(hard[0]):
        return any(len(word) >= 3 and word in fold(hard[0]) for word in _words(block[0]))
    return bool(hard) or (bool(sender) and sum(_soft(text, known) for text in block[1:]) >= 2)


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
    return len(_words(lines.bare[content[position]])) == 1 and _is_name(below, known) and len(_words(below)) > 1


def _is_close(bare: str, known: Words) -> bool:
    return fold(bare.strip(" ,.!-–—*_")) in known.closing | known.thanks


def _closes(lines: Lines, content: list[int], position: int, known: Words) -> bool:
    """Say whether a complimentary close stands above a line ("Regards,"; "Thanks," only right above)."""
    if position == 0:
        return False
    close = fold(lines.bare[content[position - 1]].strip(" ,.!-–—*_"))
    adjacent = content[position] - content[position - 1] == 1
    return close in known.closing or (close in known.thanks and adjacent)


def _words(bare: str) -> list[str]:
    if bare.isascii():  # folded at once, which would take words of other scripts apart ("İ" becomes two characters)
        return [word.strip(".'-") for word in WORD.findall(bare.lower())]
    return [fold(word.strip(".'’-")) for word in WORD.findall(bare)]


def _is_name(bare: str, known: Words) -> bool:
    """Say whether a line could be a person's name: one to five words, all with a capital (where the script has any)."""
    if bare.endswith((":", "：")):
        return False
    framed = strip_frame(bare)
    stripped = (IN_BRACKETS.sub(" ", framed) if "(" in framed else framed).strip(" ,-/~")
    if not 3 <= len(stripped) <= 45 or IN_NO_NAME.search(stripped) or any(map(str.isdigit, stripped)):
        return False
    parts = [part for part in stripped.replace("&", " ").split() if part not in known.particle]
    capitals = sum(not part[0].islower() for part in parts)
    return 1 <= len(parts) <= 6 and capitals >= max(1, len(parts) - 1) and not parts[0][0].islower()


def _reachable(bare: str, known: Words) -> bool:
    """Say whether a line holds a telephone number, a mail or a web address, and little else."""
    if len(bare) > LONGEST_LINE + 60 or not REACH.search(bare):
        return False
    found = EMAIL.search(bare) or URL.search(bare) or PHONE.search(bare)
    if not found:
        return False
    left = URL_OR_EMAIL.sub(" ", bare)
    return sum(word not in known.label for word in _words(PHONE.sub(" ", left))) <= 4


URL_OR_EMAIL = re.compile(r"<?(?:https?://|www\.)\S*|[^\s@<>]+@\S+|<[^<>]*>|\[image:[^\]]*\]\S*")


def _soft(bare: str, known: Words) -> bool:
    """Say whether a line holds a job title, an organization or a street address."""
    if len(bare) > LONGEST_LINE or (SENTENCE.search(bare) and len(bare.split()) > 8):
        return False
    said = set(_words(bare))
    return not said.isdisjoint(known.soft) or POSTCODE.search(bare) is not None


def _belongs(bare: str, known: Words) -> bool:
    """Say whether a line can stand in a signature block."""
    short = (
        len(bare) <= 50
        and not SENTENCE.search(bare)
        and len(bare.split()) <= 6
        and bare[0].isupper()
        and not bare.endswith((",", ":"))
    )
    return short or _is_name(bare, known) or _reachable(bare, known) or _soft(bare, known)


def name_words(names: Iterable[str | None]) -> frozenset[str]:
    """Return the folded words of names and of the local part of addresses, of three letters or more."""
    found = (word for name in names if name for word in _words(re.sub(r"[._@]", " ", name.split("@")[0])))
    return frozenset(word for word in found if len(word) >= 3)
