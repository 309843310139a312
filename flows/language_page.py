"""How the languages of a night are shown: a bar chart and a table by source, as Markdown. Counts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

UND = "und"
MIXED_SHARE = 0.1
"""Share of a second language from which a record counts as mixed, as in the report of identify-language."""
WIDTH = 32
"""Blocks of the longest bar."""
EIGHTHS = " ▏▎▍▌▋▊▉"
MOST = 25
"""Languages that the chart shows; the table has all."""
Cells = Sequence[Mapping[str, Any]]


def cells(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return `source`, `lang`, `count` and how many of them are `mixed`, for rows of CLEAN (`source`, `lang`, `langs`).

    A row that no step has named a language of counts as `und`.
    """
    counts: Counter[tuple[str, str]] = Counter()
    mixed: Counter[tuple[str, str]] = Counter()
    for row in rows:
        place = (row["source"], row["lang"] or UND)
        counts[place] += 1
        mixed[place] += _is_mixed(row["langs"] or ())
    return [
        {"source": source, "lang": lang, "count": count, "mixed": mixed[source, lang]}
        for (source, lang), count in sorted(counts.items())
    ]


def _is_mixed(langs: Sequence[Mapping[str, Any]]) -> bool:
    return len(langs) > 1 and sorted((part["share"] for part in langs), reverse=True)[1] >= MIXED_SHARE


def lines(found: Cells) -> list[str]:
    """Return the part of the page, as lines of Markdown; none for a night that published nothing."""
    if not found:
        return []
    return ["## Languages by source", "", *_chart(found), "", *_by_source(found), "", *_doubts(found), ""]


def bar(count: int, most: int, width: int = WIDTH) -> str:
    """Return a bar of `width` blocks for `most`, in eighths of a block; what is not zero shows at least a sliver."""
    eighths = max(1, round(8 * width * count / most)) if count and most else 0
    full, rest = divmod(eighths, 8)
    return "█" * full + (EIGHTHS[rest] if rest else "")


def _totals(found: Cells, by: str, of: str = "count") -> Counter[str]:
    totals: Counter[str] = Counter()
    for cell in found:
        totals[cell[by]] += cell[of]
    return totals


def _chart(found: Cells) -> list[str]:
    """Return a bar for each language in a block of fixed width, which every Markdown viewer shows as it is."""
    totals = _totals(found, "lang")
    shown = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST]
    wide, all_ = max(len(lang) for lang, _ in shown), totals.total()
    bars = [
        f"{lang:<{wide}} {bar(count, shown[0][1]):<{WIDTH}} {count:,} ({count / all_:.1%})" for lang, count in shown
    ]
    return ["```text", *bars, "```"]


def _by_source(found: Cells) -> list[str]:
    """Return the table: a row for each language, a column for each source."""
    sources, totals = sorted({cell["source"] for cell in found}), _totals(found, "lang")
    counts = {(cell["lang"], cell["source"]): cell["count"] for cell in found}
    table = [f"| language | {' | '.join(sources)} | all |", f"|---|{'---:|' * (len(sources) + 1)}"]
    for lang, total in sorted(totals.items(), key=lambda pair: (-pair[1], pair[0])):
        row = [f"{counts[lang, source]:,}" if (lang, source) in counts else "" for source in sources]
        table.append(f"| {lang} | {' | '.join(row)} | {total:,} |")
    return table


def _doubts(found: Cells) -> list[str]:
    """Return the table of what has no language and what has more than one."""
    total, mixed = _totals(found, "source"), _totals(found, "source", "mixed")
    und = _totals([cell for cell in found if cell["lang"] == UND], "source")
    table = ["| source | records | abstained (und) | mixed |", "|---|---:|---:|---:|"]
    for source, count in sorted(total.items()):
        table.append(f"| {source} | {count:,} | {_share(und[source], count)} | {_share(mixed[source], count)} |")
    return [*table, "", f"Mixed: a second language has {MIXED_SHARE:.0%} or more of the letters."]


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({part / whole:.1%})"
