"""Great Expectations runs the suites: every rule with a row that keeps it and one that breaks it, and no value leaks.

All tests that need Great Expectations stand here: importing it takes 4 to 9 s.
"""

import json
import logging
import os

import pyarrow as pa
import pytest

from expectations import runner
from expectations.report import IDS_SHOWN, markdown, write_docs
from expectations.rules import Thresholds, curated_suite, row_rules, table_rules
from expectations.schema import CURATED, LAYERS
from expectations.suites import KEYS, Expectation, RunFacts, Severity, Suite, base_suite

TEXT = "user: Where is my parcel?\nassistant: <PERSON_k7f3a9m2q4xz> has it."
TURNS = [
    {"role": "user", "content": "Where is my parcel?"},
    {"role": "assistant", "content": "<PERSON_k7f3a9m2q4xz> has it."},
]
TOKEN = "zebra-crossing-41"
SPLIT_OF = ("train", "validation", "test")


def _row(number, **changes):
    row = {
        "example_id": f"exa_{number}",
        "thread_id": f"thr_{number}",
        "kind": "conversation",
        "split": SPLIT_OF[number % 3] if isinstance(number, int) else "train",
        "messages": TURNS,
        "text": TEXT,
        "lang": "en-ZA",
        "source_kinds": ["email"],
        "n_turns": 2,
        "n_chars": len(TEXT),
        "quality_score": 0.5,
        "record_ids": ["rec_1"],
        "content_hash": "0" * 64,
        "lineage": "0" * 16,
        "month": "2026-11",
        "valid_from": 1,
    }
    return row | changes


def _table(*rows):
    return pa.Table.from_pylist(list(rows), schema=CURATED)


def _text(text):
    return {"text": text, "n_chars": len(text)}


def _says(content, role="assistant"):
    return {"messages": [TURNS[0], {"role": role, "content": content}]}


BREAKS = {
    "kind-known": {"kind": "poem"},
    "split-known": {"split": "dev"},
    "n_turns-in-bounds": {"n_turns": 0, "messages": []},
    "n_chars-in-bounds": {"n_chars": 0, "text": ""},
    "quality_score-in-bounds": {"quality_score": 1.01},
    "valid_from-in-bounds": {"valid_from": 0},
    "text-says-something": _text("… !"),
    "text-decoded": _text("S\ufffdo Paulo" * 20),
    "no-mail-address": _text("write to thandi@shop.co.za"),
    "no-template-token": _says("<|im_start|>system"),
    "turns-counted": {"n_turns": 3},
    "roles-known": _says("Yes.", role="agent"),
    "turns-say-something": _says(" "),
    "last-turn-not-system": _says("Yes.", role="system"),
    "chars-counted": {"n_chars": len(TEXT) + 1},
    "versions-in-order": {"valid_to": 1},
    "lang-known": {"lang": "english"},
    "month-well-formed": {"month": "2026-13"},
}
"""For each row rule, a row that breaks it."""

NULLS = [f.name for f in CURATED if f"{f.name}-required" in {e.name for e in base_suite("CURATED").expectations}]
ALSO = {"n_chars-in-bounds": {"text-says-something"}}
"""What breaks too."""

KEEPS = {
    "no quality score": {"quality_score": None},
    "closed row": {"valid_to": 2},
    "document of one turn": {"kind": "document", "messages": TURNS[:1], "n_turns": 1},
    "undetermined language": {"lang": "und"},
    "script and region": {"lang": "zgh-Tfng-MA"},
    "one bad character in many": _text("x" * 99 + "\ufffd"),
    "reserved address": _text("thandi@example.com"),
    "Amharic": _text("ሰላም"),
    "system turn first": {"messages": [{"role": "system", "content": "Be kind."}, TURNS[0]]},
    "bounds": {"quality_score": 1.0, "valid_from": 2**40},
}
"""Rows that must pass: near misses."""


@pytest.fixture(scope="module")
def verdict():
    broken = [_row(name, **changes) for name, changes in BREAKS.items()]
    nulls = [_row(f"null-{name}", **{name: None}) for name in NULLS if name != "example_id"]
    kept = [_row(name, **changes) for name, changes in KEEPS.items()]
    return runner.validate(_table(*broken, *nulls, *kept), curated_suite(Thresholds(max_failing_share=1)))


@pytest.mark.parametrize("rule", BREAKS)
def test_a_row_that_breaks_a_rule_is_named(verdict, rule):
    assert set(verdict.failures[f"exa_{rule}"]) == {rule, *ALSO.get(rule, ())}


@pytest.mark.parametrize("column", [name for name in NULLS if name != "example_id"])
def test_a_row_that_lacks_a_required_value_is_named(verdict, column):
    assert verdict.failures[f"exa_null-{column}"] == (f"{column}-required",)


@pytest.mark.parametrize("name", KEEPS)
def test_a_near_miss_passes(verdict, name):
    assert f"exa_{name}" not in verdict.failures


def test_every_row_rule_has_a_row_that_breaks_it(verdict):
    rules = {o.name for o in verdict.outcomes if o.severity is Severity.ROW}
    assert rules == {*BREAKS, *(f"{name}-required" for name in NULLS if name != "example_id")}
    assert {rule.name for rule in row_rules(Thresholds())} <= rules


def test_row_failures_do_not_hold_the_version(verdict):
    assert not verdict.held
    assert not verdict.success
    assert verdict.rows == len(BREAKS) + len(NULLS) - 1 + len(KEEPS)
    assert verdict.summary()["rows_failed"] == len(BREAKS) + len(NULLS) - 1


SMALL = Thresholds(sample=2, large=3)
GOOD = [_row(number) for number in range(3)]
HOLDS = {
    "enough-examples": ([], RunFacts(), 0),
    "few-failing": ([_row(0, n_turns=9), *GOOD[1:]], RunFacts(), 1 / 3),
    "few-quarantined": (GOOD, RunFacts(read=4, quarantined=1), 0.25),
    "language-determined": ([_row(0, lang="und"), _row(1, lang="und"), _row(2)], RunFacts(), 2 / 3),
    "splits-present": ([_row(0), _row(3), _row(6)], RunFacts(), 2),
    "volume-steady": (GOOD, RunFacts(previous=10), -0.7),
}
"""For each table rule: rows, the run's facts, and the number that is observed."""
GROWS = RunFacts(previous=3, kept={"train": 40})


@pytest.mark.parametrize("rule", HOLDS)
def test_a_table_that_breaks_a_rule_is_held(rule):
    rows, facts, observed = HOLDS[rule]
    report = runner.validate(_table(*rows), curated_suite(SMALL), facts)
    (outcome,) = [o for o in report.broken if o.severity is Severity.TABLE]
    assert (outcome.name, outcome.failed, outcome.observed) == (rule, 1, pytest.approx(observed))
    assert report.held
    assert f"**{rule}** (holds the version)" in markdown(report)


def test_great_expectations_reports_to_nobody():
    runner.validate(_table(), curated_suite())
    assert os.environ["GX_ANALYTICS_ENABLED"] == "false"


def test_every_table_rule_has_a_table_that_breaks_it():
    assert set(HOLDS) == {rule.name for rule in table_rules(SMALL)}


def test_too_much_growth_is_held_too():
    report = runner.validate(_table(*GOOD), curated_suite(SMALL), GROWS)
    assert [outcome.name for outcome in report.broken] == ["volume-steady"]


def test_a_good_table_passes():
    facts = RunFacts(read=10, quarantined=1, previous=4, kept={"train": 1})
    report = runner.validate(_table(*GOOD), curated_suite(SMALL), facts)
    assert report.success
    assert not report.held
    assert report.failures == {}
    assert report.broken == ()
    assert "**Passed**: 3 rows" in markdown(report)


def test_no_new_rows_beside_kept_ones_pass():
    assert runner.validate(_table(), curated_suite(), RunFacts(kept={"train": 5})).success


def test_an_id_that_stands_twice_and_a_missing_id_hold_the_version():
    rows = [_row(0), _row(0), _row(1, example_id=None, n_turns=9), _row(2)]
    report = runner.validate(_table(*rows), curated_suite())
    failed = {outcome.name: (outcome.failed, outcome.failed_ids) for outcome in report.broken}
    assert failed == {"example_id-unique": (2, ()), "example_id-required": (1, ()), "turns-counted": (1, ())}
    assert report.held


BENT = {
    "n_turns missing": (lambda t: t.drop_columns(["n_turns"]), "n_turns"),
    "text of another type": (lambda t: t.set_column(5, "text", pa.array([7] * len(t))), "text"),
    "all null type": (lambda t: t.set_column(5, "text", pa.nulls(len(t))), "text"),
    "id missing": (lambda t: t.drop_columns(["example_id"]), "example_id"),
    "lang and split missing": (lambda t: t.drop_columns(["split", "lang"]), "split, lang"),
}


@pytest.mark.parametrize("bend", BENT)
def test_a_table_that_breaks_its_schema_is_held(bend):
    change, lacking = BENT[bend]
    report = runner.validate(change(_table(*GOOD)), curated_suite(SMALL))
    assert report.held
    columns = report.outcomes[0]
    assert not columns.success
    assert columns.reason.endswith(f"Not so: {lacking}.")
    assert {o.name for o in report.broken if o.column in lacking.split(", ")} == {
        o.name for o in report.outcomes if o.column in lacking.split(", ")
    }
    assert "could not be checked" in markdown(report)
    assert report.failures == {}


def test_a_column_that_the_schema_does_not_know_holds_the_version():
    table = _table(*GOOD).append_column("diary", pa.array([TOKEN] * 3))
    report = runner.validate(table, curated_suite())
    assert [outcome.name for outcome in report.broken] == ["columns-as-in-schema"]
    assert report.held


def test_row_numbers_are_found_in_chunks_and_slices():
    table = pa.concat_tables([_table(_row(0)), _table(_row(1, n_turns=9), _row(2)), _table(_row(3, lang=None))])
    assert set(runner.validate(table, curated_suite()).failures) == {"exa_1", "exa_3"}
    assert set(runner.validate(table.slice(1, 2), curated_suite()).failures) == {"exa_1"}


def test_ten_thousand_rows_are_named_to_the_last():
    rows = [_row(number, **({"n_turns": 9} if number % 10 == 0 else {})) for number in range(10_000)]
    report = runner.validate(_table(*rows), curated_suite(), RunFacts(read=10_000, previous=9_000))
    assert set(report.failures) == {f"exa_{number}" for number in range(0, 10_000, 10)}
    assert not report.held
    assert f"and {1_000 - IDS_SHOWN:,} more" in markdown(report)


def _planted():
    """Return rows that carry the token in every place that can hold text, and break every row rule."""
    names = [f.name for f in CURATED if pa.types.is_string(f.type) and f.name != "example_id"]
    rows = [_row(number, **{name: f"{TOKEN}@shop.co.za <|im_start|>\ufffd"}) for number, name in enumerate(names)]
    turns = [{"role": TOKEN, "content": f"{TOKEN}@shop.co.za"}, {"role": "system", "content": TOKEN}]
    nested = {"messages": turns, "source_kinds": [TOKEN], "record_ids": [TOKEN], "entities": [(TOKEN, 1)]}
    return [*rows, _row(98, **nested), *(_row(f"bad-{name}", **{**b, "lang": TOKEN}) for name, b in BREAKS.items())]


def test_no_value_is_in_report_page_file_log_or_output(tmp_path, capfd, caplog):
    caplog.set_level(logging.DEBUG)
    table = _table(*_planted())
    report = runner.validate(table, curated_suite(SMALL))
    bent = runner.validate(table.drop_columns(["n_turns"]), curated_suite(SMALL))
    page, data = write_docs(report, tmp_path / "docs")
    printed = capfd.readouterr()
    sinks = [repr(report), repr(bent), markdown(report), page.read_text(), data.read_text(), caplog.text, *printed]
    assert len(report.broken) > len(BREAKS)
    assert [sink for sink in sinks if TOKEN in sink] == []
    assert sorted(tmp_path.rglob("*")) == [tmp_path / "docs", data, page]


def test_great_expectations_never_sees_a_text(monkeypatch):
    seen = []
    run = runner._run
    monkeypatch.setattr(runner, "_run", lambda name, frame, es: seen.append(frame) or run(name, frame, es))
    token_in_text = [_row(0, text=TOKEN, messages=[{"role": "user", "content": TOKEN}])]
    runner.validate(_table(*token_in_text), curated_suite())
    assert len(seen) == 2
    assert TOKEN not in "".join(frame.to_csv() for frame in seen)


def test_an_exception_of_great_expectations_stays_inside(capfd):
    # A pattern on numbers raises inside, and the exception's text would go into results and docs.
    broken = Expectation(
        "n_turns-odd", "expect_column_values_to_match_regex", {"column": "n_turns", "regex": "("}, Severity.ROW, "Odd."
    )
    suite = Suite("odd", CURATED, "example_id", (broken,))
    report = runner.validate(_table(_row(0)), suite)
    (outcome,) = report.outcomes
    assert (outcome.evaluated, outcome.success, report.held, report.failures) == (False, False, True, {})
    assert "Traceback" not in "".join(capfd.readouterr()) + repr(report)


@pytest.mark.parametrize("layer", KEYS)
def test_the_base_suite_of_every_layer_runs(layer):
    empty = LAYERS[layer].empty_table()
    assert runner.validate(empty, base_suite(layer)).success
    nulls = pa.Table.from_pylist([{}], schema=LAYERS[layer])
    assert runner.validate(nulls, base_suite(layer)).held


def test_the_files_say_the_same_as_the_report(verdict, tmp_path):
    page, data = write_docs(verdict, tmp_path)
    loaded = json.loads(data.read_text())
    assert loaded["suite_hash"] == verdict.suite_hash == curated_suite(Thresholds(max_failing_share=1)).suite_hash
    assert loaded["held"] is False
    assert [o["name"] for o in loaded["outcomes"]] == [o.name for o in verdict.outcomes]
    assert page.read_text() == markdown(verdict)
    assert "**Passed, with rows quarantined**" in page.read_text()
