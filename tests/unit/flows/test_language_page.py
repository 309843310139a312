"""The language part of a night's report: counts by source, a chart, abstentions and mixtures."""

import json

import pytest

from flows.language_page import WIDTH, bar, cells, lines
from flows.report import NightReport, from_dict, markdown, to_json


def row(source, lang, *shares):
    return {"source": source, "lang": lang, "langs": [{"lang": f"l{i}", "share": s} for i, s in enumerate(shares)]}


ROWS = [
    row("desk", "zu", 1.0),
    row("desk", "zu", 0.8, 0.2),
    row("desk", "zu", 0.95, 0.05),
    row("desk", "und"),
    row("mail", "en", 0.5, 0.5),
    {"source": "mail", "lang": None, "langs": None},
]


def test_languages_are_counted_by_source_and_mixtures_from_a_tenth():
    assert cells(ROWS) == [
        {"source": "desk", "lang": "und", "count": 1, "mixed": 0},
        {"source": "desk", "lang": "zu", "count": 3, "mixed": 1},
        {"source": "mail", "lang": "en", "count": 1, "mixed": 1},
        {"source": "mail", "lang": "und", "count": 1, "mixed": 0},
    ]


def test_the_page_shows_the_most_spoken_first_in_table_and_chart():
    page = lines(cells(ROWS))
    assert [line.split()[1] for line in page if line.startswith("| ") and line.count("|") == 5][:4] == [
        "language", "zu", "und", "en",
    ]  # fmt: skip
    assert "| zu | 3 |  | 3 |" in page
    chart = page[page.index("```text") + 1 : page.index("```")]
    assert [line.split()[0] for line in chart] == ["zu", "und", "en"]
    assert chart[0].endswith("3 (50.0%)")
    assert chart[0].count("█") == WIDTH


def test_the_page_tells_abstentions_and_the_mixed_share():
    page = lines(cells(ROWS))
    assert "| desk | 4 | 1 (25.0%) | 1 (25.0%) |" in page
    assert "| mail | 2 | 1 (50.0%) | 1 (50.0%) |" in page


@pytest.mark.parametrize(("count", "drawn"), [(0, ""), (1, "▏"), (500, "████"), (562, "████▌"), (1000, "████████")])
def test_a_bar_is_as_long_as_its_count(count, drawn):
    assert bar(count, 1000, width=8) == drawn


def test_a_night_that_published_nothing_has_no_chart():
    assert lines([]) == []


def test_the_report_carries_the_counts_and_shows_them():
    report = NightReport("run-1", "support", "published", 3, by_source=cells(ROWS))
    again = from_dict(json.loads(to_json(report)))
    assert again.by_source == report.by_source
    assert "## Languages by source" in markdown(again)
    assert "| desk | 4 | 1 (25.0%) | 1 (25.0%) |" in markdown(again)
