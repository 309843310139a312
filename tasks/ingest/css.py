"""Just enough CSS to know what a reader of the mail would not see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tasks.ingest.html_tokens import attributes

SHEET_CHARS = 200_000
"""Style sheets longer than this are read up to here."""
HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|mso-hide:all|opacity:0(?:\.0*)?(?:[;!]|$)"
    r"|font-size:(?:0(?:\.\d+)?|1)(?:px|pt|em|rem|%)?(?:[;!]|$)|font:0(?:px|pt)?[/ ]"
    r"|(?:text-indent|left|top|right|margin-left|margin-top):-\d{3,}|clip:rect\(0|clip-path:inset\((?:50|100)%"
    r"|(?:^|;)color:transparent|transform:scale\(0"
)
SHRUNK = re.compile(r"(?:^|;)(?:max-)?(?:height|width):0(?:px|pt|em|%)?(?:[;!]|$)")
COLOR = re.compile(r"(?:^|;)color:(#[0-9a-f]{3,8}|rgba?\([^)]{1,40}\)|[a-z]+)")
BACKGROUND = re.compile(r"(?:^|;)background(?:-color)?:([^;]{0,200})")
COLOR_VALUE = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\([^)]{1,40}\)|\b[a-z]{3,20}\b")
RULE = re.compile(r"([^{}]{1,2000})\{([^{}]*)\}")
SELECTOR = re.compile(r"(?:[a-z][a-z0-9]{0,20})?(?:[.#][\w-]{1,80})?")
NAMED = {"white": "#ffffff", "black": "#000000", "snow": "#fffafa", "ivory": "#fffff0", "red": "#ff0000"}
SHORT_TAG = 500
"""Attributes up to this length are remembered: newsletters repeat theirs a thousand times."""
TELLING = re.compile("href|style|color|background|hidden|aria-label")
"""Stands in every tag, in small letters, whose attributes are looked at, but for those that style sheets name."""
UNKNOWN = "?"
"""A background that is a picture or can't be read: nothing is called invisible on it."""


class Look(NamedTuple):
    """What a style says: whether it hides the element, its text colour and its background (None: not said)."""

    hidden: bool = False
    color: str | None = None
    background: str | None = None


SILENT = Look()


@lru_cache(maxsize=4096)
def look(style: str) -> Look:
    """Return what the declarations of a `style` attribute or of a rule say."""
    plain = re.sub(r"\s*([:;,(])\s*", r"\1", style.lower().strip())
    if not plain:
        return Look()
    hidden = bool(HIDING.search(plain)) or ("overflow:hidden" in plain and bool(SHRUNK.search(plain)))
    color = COLOR.search(plain)
    return Look(hidden, _hex(color[1]) if color else None, _background(plain))


def _background(plain: str) -> str | None:
    match = BACKGROUND.search(plain)
    if not match:
        return UNKNOWN if "background-image" in plain else None
    if "url(" in match[1] or "gradient" in match[1] or "background-image" in plain:
        return UNKNOWN
    value = COLOR_VALUE.search(match[1])
    known = _hex(value[0]) if value else None
    if value and value[0] in ("none", "transparent", "inherit", "initial"):
        return None
    return known or UNKNOWN


def _hex(value: str) -> str | None:
    """Return a colour as #rrggbb, or None when it is not known."""
    if value.startswith("#"):
        digits = value[1:]
        return "#" + ("".join(d * 2 for d in digits[:3]) if len(digits) in (3, 4) else digits[:6])
    if value.startswith("rgb"):
        numbers = re.findall(r"\d{1,3}", value)[:3]
        return "#" + "".join(f"{min(int(n), 255):02x}" for n in numbers) if len(numbers) == 3 else None
    return NAMED.get(value)


def attribute_color(value: str) -> str | None:
    """Return the colour of a `bgcolor` or `color` attribute, or None when it can't be read."""
    value = value.strip().lower()
    return _hex(value) or (_hex("#" + value) if re.fullmatch(r"[0-9a-f]{6}", value) else None)


def rules(sheet: str) -> dict[str, Look]:
    """Return the simple rules of a style sheet: `tag`, `.class`, `#id`, `tag.class` -> look.

    Rules inside @media and the like are left out: they are for other screens.
    """
    sheet = re.sub(r"/\*[^*]*\*+(?:[^/*][^*]*\*+)*/|<!--|-->", "", sheet[:SHEET_CHARS]).lower()
    found: dict[str, Look] = {}
    for match in RULE.finditer(_without_at_blocks(sheet)):
        said = look(match[2])
        if said == Look():
            continue
        for selector in match[1].split(",")[:50]:
            name = selector.strip()
            if name and SELECTOR.fullmatch(name):
                found[name] = _over(found.get(name, Look()), said)
    return found


def _over(old: Look, new: Look) -> Look:
    return Look(old.hidden or new.hidden, new.color or old.color, new.background or old.background)


def combined(looks: Iterator[Look]) -> Look:
    """Return what several looks say together; later ones win, hidden stays."""
    result = Look()
    for one in looks:
        result = _over(result, one)
    return result


def _without_at_blocks(sheet: str) -> str:
    kept, position, depth, begun = [], 0, 0, -1
    for brace in re.finditer(r"[{}]", sheet):
        if brace[0] == "{":
            if depth == 0:
                begun = max(sheet.rfind(mark, position, brace.start()) for mark in "};") + 1
                begun = max(begun, position)
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                if not sheet[begun : brace.end()].lstrip().startswith("@"):
                    kept.append(sheet[begun : brace.end()])
                position = brace.end()
    return "".join(kept)


@lru_cache(maxsize=4096)
def _said(tag: str, data: str) -> tuple[Look, dict[str, str]]:
    given = attributes(data) if data else {}
    looks = []
    if tag == "font" and "color" in given:
        looks.append(Look(color=attribute_color(given["color"])))
    if "bgcolor" in given or "background" in given:
        color = None if "background" in given else attribute_color(given["bgcolor"])
        looks.append(Look(background=color or UNKNOWN))
    if "style" in given:
        looks.append(look(given["style"]))
    if "hidden" in given:
        looks.append(Look(hidden=True))
    said = combined(iter(looks)) if looks else Look()
    return SILENT if said == SILENT and "aria-label" not in given else said, given


def tag_look(tag: str, data: str) -> tuple[Look, dict[str, str]]:
    """Return what the attributes of a tag say about its look (SILENT: nothing at all), and the attributes."""
    return _said(tag, data) if len(data) < SHORT_TAG else _said.__wrapped__(tag, data)
