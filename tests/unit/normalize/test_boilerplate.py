"""strip-boilerplate: only lines that stand in many documents of one source, and only when there are many."""

import json

import pytest

from tasks.edits import Edit, replay
from tasks.errors import ConfigError
from tasks.keys import Keyring, use
from tasks.normalize.boilerplate import STRIP_BOILERPLATE, BoilerplateParams, count_table, folded

MACRO = "Please do not reply to this message, it was sent automatically."
FEW = BoilerplateParams(documents=10, share=0.3)


@pytest.fixture(autouse=True)
def _key():
    use(Keyring.random())


def documents(n, extra, source="desk"):
    return [
        {"source": source, "text": f"Question number {i} about thing {chr(97 + i)}\n{extra}\nBye {i}"} for i in range(n)
    ]


def test_removes_a_line_that_repeats_and_says_so(work_table):
    table = work_table(*documents(12, MACRO))
    result = STRIP_BOILERPLATE(table, FEW)
    assert result.batch.column("text")[0].as_py() == "Question number 0 about thing a\nBye 0"
    assert set(result.edits.column("rule").to_pylist()) == {"repeated-line"}
    assert result.report == {"repeated-line": 12}


def test_edits_replay(work_table):
    table = work_table(*documents(12, MACRO))
    result = STRIP_BOILERPLATE(table, FEW)
    for id_, before, after in zip(
        *(t.to_pylist() for t in (table["record_id"], table["text"], result.batch["text"])), strict=True
    ):
        edits = [
            Edit(r["start"], r["end"], r["insert"], r["rule"])
            for r in result.edits.to_pylist()
            if r["record_id"] == id_
        ]
        assert replay(before, edits) == after


@pytest.mark.parametrize(
    ("rows", "params"),
    [
        (documents(9, MACRO), FEW),  # too few documents
        (documents(12, MACRO), BoilerplateParams()),  # too few for the default
        (documents(12, "Thank you!"), FEW),  # too short to be a template
        (documents(3, MACRO) + documents(12, "An own line that nobody else wrote, really"[:19]), FEW),  # too rare
        (documents(6, MACRO) + documents(6, MACRO, "other"), FEW),  # two sources with few documents each
    ],
)
def test_leaves_alone(work_table, rows, params):
    table = work_table(*rows)
    assert STRIP_BOILERPLATE(table, params).batch["text"].to_pylist() == table["text"].to_pylist()


def test_what_many_customers_write_word_for_word_stays(work_table):
    said = "My airtime is finished and not loaded"
    table = work_table(*({"source": "sms", "text": said} for _ in range(6)))
    done = STRIP_BOILERPLATE.run(table, BoilerplateParams(documents=5))
    assert done.batch.column("text").to_pylist() == [said] * 6
    assert done.edits.num_rows == 0


def test_page_numbers_and_quoting_do_not_hide_a_header():
    assert folded("> Annual report of Acme   page 3 of 9") == folded("annual Report of Acme page 12 of 9")


def test_earlier_nights_count(work_table, tmp_path):
    counts = tmp_path / "counts.json"
    counts.write_text(json.dumps(count_table(work_table(*documents(12, MACRO)))))
    tonight = work_table({"source": "desk", "text": f"New question\n{MACRO}"}, {"source": "desk", "text": None})
    params = FEW.model_copy(update={"counts": counts})
    assert STRIP_BOILERPLATE(tonight, params).batch["text"].to_pylist() == ["New question\n", None]


def test_count_tables_tell_no_text(work_table):
    assert "automatically" not in json.dumps(count_table(work_table(*documents(3, MACRO))))


def test_a_broken_count_table_is_a_setting_error(work_table, tmp_path):
    (tmp_path / "c.json").write_text("[1]")
    with pytest.raises(ConfigError, match="count table"):
        STRIP_BOILERPLATE(work_table(*documents(1, MACRO)), BoilerplateParams(counts=tmp_path / "c.json"))
