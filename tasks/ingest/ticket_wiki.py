"""Jira's wiki markup as readable lines.

`{quote}` stays: strip-replies cuts what it holds. So do marks that plain text has as well (`_`, `-`, `+`, `#`, tables).
https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tasks.ingest.html_links import shown_target

_VERBATIM = re.compile(r"(\{(?:code|noformat)(?::[^{}\n]{0,200})?\}\n?)", re.IGNORECASE)
_LINK = re.compile(r"\[([^\[\]|\n]{1,500})\|([^\[\]|\s]{1,2000})(?:\|[^\[\]|\n]{0,100})?\]")
_MARKS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^[ \t]{0,9}h[1-6]\.[ \t]+", re.MULTILINE), ""),
    (re.compile(r"^[ \t]{0,9}bq\.[ \t]+", re.MULTILINE), "> "),
    (re.compile(r"^[ \t]{0,9}\*{1,9}[ \t]+", re.MULTILINE), "- "),
    (re.compile(r"^[ \t]{0,9}-{4,5}[ \t]*$", re.MULTILINE), ""),
    (re.compile(r"\{(?:color|panel)(?::[^{}\n]{0,200})?\}", re.IGNORECASE), ""),
    (re.compile(r"\{\{([^{}\n]{1,500})\}\}"), r"\1"),
    (re.compile(r"\[~(?:accountid:)?([^\[\]|\s]{1,128})\]"), r"@\1"),
    (re.compile(r"\[((?:https?://|mailto:)[^\[\]|\s]{1,2000})\]"), r"\1"),
    (re.compile(r"(?<![\w!])!([^\s!|][^!|\n]{0,200}\.\w{2,4})(?:\|[^!\n]{0,200})?!(?!\w)"), r"\1"),
    (re.compile(r"(?<![\w*\\])\*(?=[^\s*])([^*\n]{1,500})(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"\\([{}\[\]*!|])"), r"\1"),
)


def plain(value: Any) -> Any:
    """Return the text of a field of Jira without its markup; what is no text (a document, nothing) as it is."""
    return "".join(_parts(value)) if isinstance(value, str) else value


def _parts(text: str) -> Iterator[str]:
    """Yield the text between the marks of code and, as it is, the code; the mark that opened it closes it."""
    inside = ""
    for number, part in enumerate(_VERBATIM.split(text)):
        kind = re.split(r"[:}]", part, maxsplit=1)[0].casefold() if number % 2 else ""
        if kind and inside in ("", kind):
            inside = "" if inside else kind
        else:
            yield part if inside else _unmarked(part)


def _unmarked(text: str) -> str:
    text = _LINK.sub(_link, text)
    for mark, instead in _MARKS:
        text = mark.sub(instead, text)
    return text


def _link(match: re.Match[str]) -> str:
    target = shown_target(match[1], match[2])
    return f"{match[1]} <{target}>" if target else match[1]
