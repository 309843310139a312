"""Text that was decoded with the wrong encoding, mended by ftfy, one edit a line with ftfy's explanation as rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from tasks.edits import Edit, difference

SEGMENT = 100_000
"""Longest stretch given to ftfy at once, in code points, so that its cost stays linear."""
HARMLESS = re.compile(r"[\t\n -%'-~]*")
"""What ftfy never changes: printable ASCII without `&`."""


@cache
def _config(straighten_quotes: bool, unescape_html: bool) -> Any:
    from ftfy import TextFixerConfig  # noqa: PLC0415 - a quarter second that importing the registry need not pay

    return TextFixerConfig(
        uncurl_quotes=straighten_quotes,
        unescape_html="auto" if unescape_html else False,
        fix_latin_ligatures=False,  # it would also take the digraph letters ǆ ǉ ǌ ĳ apart: see characters.LIGATURES
    )


def mojibake(text: str, *, straighten_quotes: bool) -> Iterator[Edit]:
    """Yield one edit for each line that ftfy mends.

    HTML entities are resolved up to the first line with a `<`, as ftfy does: what follows may be markup on purpose.
    """
    if HARMLESS.fullmatch(text):
        return
    markup_from = text.find("<")
    for start, end in _segments(text):
        line = text[start:end]
        if not HARMLESS.fullmatch(line):
            entities = markup_from < 0 or end <= markup_from
            yield from _mend(line, start, _config(straighten_quotes, entities))


def _segments(text: str) -> Iterator[tuple[int, int]]:
    position = 0
    while position < len(text):
        end = text.find("\n", position) + 1 or len(text)
        end = min(end, position + SEGMENT)
        yield position, end
        position = end


def _mend(line: str, offset: int, config: Any) -> Iterator[Edit]:
    from ftfy import fix_and_explain  # noqa: PLC0415 - see above

    fixed, explanation = fix_and_explain(line, config)
    for edit in difference(line, fixed, rule_of(explanation)):
        yield Edit(edit.start + offset, edit.end + offset, edit.insert, edit.rule)


def rule_of(explanation: Any) -> str:
    """Return ftfy's explanation as one rule, such as `ftfy:encode-latin-1,decode-utf-8`."""
    return "ftfy:" + ",".join(dict.fromkeys(_name(action, parameter) for action, parameter in explanation or ()))


def _name(action: str, parameter: str) -> str:
    return f"{action}-{parameter}" if action in {"encode", "decode"} else parameter


FLAGS = {
    "encode-": "mojibake",
    "decode": "mojibake",
    "restore_byte": "mojibake",
    "replace_lossy": "mojibake",
    "remove_": "control_chars",
    "fix_surrogates": "replacement_char",
}
"""Words in a rule made by `rule_of`, and the flag that each sets on the record."""


def flags_of(edits: Iterable[Edit]) -> list[str]:
    """Return the flags that these edits of ftfy set, each once."""
    return list(dict.fromkeys(flag for edit in edits for word, flag in FLAGS.items() if word in edit.rule))
