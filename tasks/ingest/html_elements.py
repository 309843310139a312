"""HTML elements by what they do to the text of a mail."""
# ruff: noqa: SIM905 - lists of words read best as words

from __future__ import annotations

VOID = frozenset("area base br col embed frame hr img input link meta param source track wbr basefont bgsound".split())
PARAGRAPHS = frozenset("p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre".split())
BLOCKS = PARAGRAPHS | frozenset(
    "div li tr dt dd form fieldset address article section header footer main nav aside center caption hr figure"
    " figcaption legend thead tbody tfoot details summary body html option".split()
)
SCOPES = frozenset("table td th ul ol".split())
"""Elements that an end tag inside can't close past."""
DROPPED = frozenset("svg math object applet select datalist audio video canvas".split())
CLOSES_P = PARAGRAPHS | frozenset("div form fieldset address article section header footer center hr".split())
INLINE = frozenset("b i u s strong em small big sup sub tt code strike del ins font span abbr nobr cite q o:p".split())
TABLE_PARTS = frozenset("td th tr tbody thead tfoot".split())
IMPLYING = CLOSES_P | TABLE_PARTS | frozenset("a li option".split())
"""Elements whose beginning may end another: a paragraph, a cell, or one of their own kind."""
BEGINNING = DROPPED | frozenset("a blockquote li td th ul ol pre".split())
"""Elements that do something when they begin or end, besides breaking the line."""
RAW = frozenset("script style title textarea xmp noframes noembed iframe noscript template".split())
"""Elements whose content is no text of the document (the standard renders noscript and template as nothing)."""
