"""How mail programs show a reply: Gmail, Apple Mail and Outlook in the writer's language, as plain text and HTML."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from flows.demo.world import phrases

CLIENTS = ("gmail", "outlook", "apple", "gmail", "bare")
"""Mail programs of the customers; `bare` quotes nothing."""


@dataclass(frozen=True)
class Letter:
    """A mail as it is written.

    `text` with its signature stands above the quoted `parent` in the layout of `client`, whose menus speak
    `program_lang`.
    """

    message_id: str
    sent: datetime
    sender: tuple[str, str]
    recipient: tuple[str, str]
    subject: str
    text: str
    lang: str
    program_lang: str
    client: str
    parent: Letter | None = None

    @property
    def references(self) -> list[str]:
        """Message-IDs of what it answers, the oldest first."""
        return [*self.parent.references, self.parent.message_id] if self.parent else []

    @property
    def quoted(self) -> Letter | None:
        """The letter that it shows below its own text."""
        return None if self.client == "bare" else self.parent


def labels(lang: str) -> Any:
    """Return the reply phrases of a language; isiZulu and Yorùbá writers use programs in English."""
    return phrases("replies").get(lang, phrases("replies")["en"])


def _attribution(letter: Letter, quoted: Letter) -> str:
    names = labels(letter.program_lang)
    name, address = quoted.sender
    when = quoted.sent
    text: str = names[letter.client].format(
        weekday=names["weekdays"][when.weekday()],
        day=when.day,
        month=names["months"][when.month - 3],
        year=when.year,
        time=f"{when:%H:%M}",
        name=name,
        address=address,
    )
    return text


def _outlook_header(letter: Letter, quoted: Letter) -> list[tuple[str, str]]:
    values = [
        f"{quoted.sender[0]} <{quoted.sender[1]}>",
        f"{quoted.sent:%d/%m/%Y %H:%M}",
        f"{quoted.recipient[0]} <{quoted.recipient[1]}>",
        quoted.subject,
    ]
    return list(zip(labels(letter.program_lang)["outlook"], values, strict=True))


def plain(letter: Letter) -> str:
    """Return the whole body as plain text, quoted letters below."""
    quoted = letter.quoted
    if not quoted:
        return letter.text
    inner = plain(quoted)
    if letter.client == "outlook":
        header = "\n".join(f"{label} {value}" for label, value in _outlook_header(letter, quoted))
        return f"{letter.text}\n\n________________________________\n{header}\n\n{inner}"
    marked = "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
    return f"{letter.text}\n\n{_attribution(letter, quoted)}\n\n{marked}"


def html(letter: Letter) -> str:
    """Return the whole body as an HTML document."""
    direction = ' dir="rtl"' if letter.lang == "ar" else ""
    return f'<html><head><meta charset="utf-8"></head><body{direction}>\n{_html(letter)}\n</body></html>'


def _html(letter: Letter) -> str:
    own = paragraphs(letter.text)
    quoted = letter.quoted
    return f"{own}\n{_QUOTES[letter.client](letter, quoted)}" if quoted else own


def paragraphs(text: str) -> str:
    """Return text as HTML paragraphs."""
    return "\n".join(f"<p>{escape(block, quote=False)}</p>".replace("\n", "<br>\n") for block in text.split("\n\n"))


def _gmail(letter: Letter, quoted: Letter) -> str:
    intro = escape(_attribution(letter, quoted), quote=False)
    return (
        f'<br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">{intro}<br></div>\n'
        '<blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">\n'
        f"{_html(quoted)}\n</blockquote></div>"
    )


def _apple(letter: Letter, quoted: Letter) -> str:
    intro = escape(_attribution(letter, quoted), quote=False)
    return f'<br><div><br><blockquote type="cite"><div>{intro}</div><br>\n{_html(quoted)}\n</blockquote></div>'


def _outlook(letter: Letter, quoted: Letter) -> str:
    rows = "<br>\n".join(
        f"<b>{label}</b> {escape(value, quote=False)}" for label, value in _outlook_header(letter, quoted)
    )
    rule = "border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm"
    return f'<div style="{rule}"><p class="MsoNormal">{rows}</p></div>\n{_html(quoted)}'


_QUOTES = {"gmail": _gmail, "apple": _apple, "outlook": _outlook}
