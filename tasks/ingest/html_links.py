"""Where links lead: shown behind their label, where the label does not say it itself."""

from __future__ import annotations

import re

LINK_CHARS = 200
"""A link's target longer than this is a tracking code: only its label is kept."""
WEB = re.compile(r"(?:https?://|ftp://|mailto:|tel:)", re.IGNORECASE)
SCHEME = re.compile(r"^(?:mailto|tel):")


def shown_target(label: str, href: str) -> str:
    """Return what to show of a link's target, "" where the label says it, or nothing is worth showing."""
    if not label or len(href) > LINK_CHARS or not WEB.match(href):
        return ""
    target = href.partition("?")[0] if href[:7].lower() == "mailto:" else href
    bare = WEB.sub("", target, count=1).rstrip("/").lower()
    return SCHEME.sub("", target) if bare and bare.removeprefix("www.") not in label.lower() else ""
