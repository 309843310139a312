"""Suites as data: what the schemas give, what the rules add, and what the hash sees."""

import subprocess
import sys
from dataclasses import replace

import pytest
from pydantic import ValidationError

from expectations.rules import Thresholds, curated_suite
from expectations.schema import LAYERS, facts
from expectations.suites import KEYS, Expectation, RowMeasure, Severity, base_suite, between


@pytest.mark.parametrize("module", ["expectations", "expectations.rules", "expectations.runner", "expectations.report"])
def test_importing_needs_neither_great_expectations_nor_pandas(module):
    code = f"import sys, {module}; print(*{{'great_expectations', 'pandas', 'prefect'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("layer", KEYS)
def test_base_suite_covers_every_fact_of_the_schema(layer):
    suite = base_suite(layer)
    about = {(e.column, e.type) for e in suite.expectations}
    for column in LAYERS[layer]:
        known = facts(column)
        bounded = known["minimum"] is not None or known["maximum"] is not None
        assert ((column.name, "expect_column_values_to_not_be_null") in about) == known["required"]
        assert ((column.name, "expect_column_values_to_be_in_set") in about) == bool(known["values"])
        assert ((column.name, "expect_column_values_to_be_between") in about) == bounded
    assert (KEYS[layer], "expect_column_values_to_be_unique") in about
    assert suite.expectations[0].kwargs["column_set"] == LAYERS[layer].names


def test_a_row_without_its_id_holds_the_version():
    (required,) = [e for e in base_suite("CURATED").expectations if e.name == "example_id-required"]
    assert required.severity is Severity.TABLE


def test_a_layer_without_key_has_no_suite():
    with pytest.raises(ValueError, match="RAW, EXTRACTED, CLEAN, CURATED"):
        base_suite("EDITS")


def test_a_suite_refuses_a_name_twice_and_an_unknown_column():
    suite = base_suite("CLEAN")
    with pytest.raises(ValueError, match="text-required"):
        replace(
            suite,
            expectations=(*suite.expectations, suite.expectations[-1], between("text-required", "text", 1, 2, "")),
        )
    with pytest.raises(ValueError, match="no_such_column"):
        replace(suite, expectations=(between("x", "no_such_column", 1, 2, ""),))


def test_every_expectation_gives_an_operator_a_sentence():
    for expectation in curated_suite().expectations:
        assert expectation.reason.endswith("."), expectation.name


CHANGES = {
    "threshold of a table rule": curated_suite(Thresholds(min_examples=2)),
    "threshold of a row rule": curated_suite(Thresholds(max_replacement_share=0.5)),
    "threshold that only a measure sees": curated_suite(Thresholds(sample=7)),
    "severity": replace(
        curated_suite(),
        expectations=tuple(replace(e, severity=Severity.TABLE) for e in curated_suite().expectations),
    ),
    "version of a measure": replace(
        curated_suite(), row_measures=tuple(replace(m, version=2) for m in curated_suite().row_measures)
    ),
    "one rule less": replace(curated_suite(), expectations=curated_suite().expectations[:-1]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_hash_changes_with_all_that_changes_a_verdict(change):
    assert CHANGES[change].suite_hash != curated_suite().suite_hash


def test_the_hash_does_not_change_with_a_wording():
    suite = curated_suite()
    reworded = tuple(replace(e, reason="Otherwise.") for e in suite.expectations)
    assert replace(suite, expectations=reworded).suite_hash == suite.suite_hash == curated_suite().suite_hash


@pytest.mark.parametrize("wrong", [{"max_und_share": 1.1}, {"min_examples": -1}, {"max_undd_share": 0.1}])
def test_thresholds_are_closed_and_bounded(wrong):
    with pytest.raises(ValidationError):
        Thresholds(**wrong)


def test_an_expectation_of_the_whole_table_has_no_column():
    assert Expectation("x", "expect_table_columns_to_match_set", {}, Severity.TABLE, "").column is None
    assert RowMeasure("x", "", (), len).version == 1
