import errno

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expectations.schema import WORK
from tasks import batch as batches
from tasks.edits import Edited, cut, replay
from tasks.edits import apply as apply_edits
from tasks.errors import ConfigError, ContractError, RecordError, TransientError
from tasks.step import Params, Quarantine, Step, StepResult, apply, check, merge, merge_flags, text_step


class P(Params):
    mark: str = "x"


def shorten(text, params):
    """Cut what stands before the mark.

    More is told here.
    """
    if "refuse" in text:
        raise RecordError("text_too_long", "because")
    if "crash" in text:
        raise ZeroDivisionError(text)
    place = text.find(params.mark)
    return apply_edits(text, [cut(0, place, "before")], ["cut"]) if place > 0 else text


SHORTEN = text_step("shorten", 3, shorten, P)


def test_a_text_step_documents_itself():
    assert SHORTEN.summary == "Cut what stands before the mark."
    assert not SHORTEN.scrubs
    assert SHORTEN.fingerprint(P()) == text_step("shorten", 3, shorten, P).fingerprint(P(mark="x"))
    assert SHORTEN.fingerprint(P()) != SHORTEN.fingerprint(P(mark="y"))


def test_a_text_step_changes_flags_and_explains(work_table):
    result = SHORTEN(work_table({"text": "abxc", "flags": ["old", "cut"]}, {"text": None}, {"text": ""}, {"text": "-"}))
    assert result.batch.column("text").to_pylist() == ["xc", None, "", "-"]
    assert result.batch.column("flags").to_pylist() == [["old", "cut"], [], [], []]
    assert result.edits.to_pylist() == [
        {"record_id": "r0", "step": "shorten", "rule": "before", "start": 0, "end": 2, "insert": ""}
    ]
    assert result.report == {"before": 1}


def test_a_refused_record_goes_to_quarantine_with_its_reason(work_table):
    result = SHORTEN(work_table({"text": "ok"}, {"text": "refuse"}))
    assert result.batch.column("record_id").to_pylist() == ["r0"]
    assert result.quarantine.to_pylist() == [
        {
            "record_id": "r1",
            "step": "shorten",
            "reason": "text_too_long",
            "detail": "because",
            "fingerprint": SHORTEN.fingerprint(P()),
            "pointer": None,
        }
    ]


@given(st.lists(st.sampled_from(["ok", "abx", "refuse", "crash", "", None]), max_size=12))
def test_rows_are_conserved_whatever_fails(texts):
    rows = [{"record_id": f"r{i}", "text": text} for i, text in enumerate(texts)]
    result = apply(SHORTEN, batches.from_rows(rows, WORK), P())
    out = result.batch.column("record_id").to_pylist()
    held = {row["record_id"]: row["reason"] for row in result.quarantine.to_pylist()}
    assert out == [f"r{i}" for i, text in enumerate(texts) if text not in {"refuse", "crash"}]
    wanted = {"refuse": "text_too_long", "crash": "step_error"}
    assert held == {f"r{i}": wanted[text] for i, text in enumerate(texts) if text in wanted}


def test_the_text_of_a_record_is_in_no_detail(work_table):
    result = apply(SHORTEN, work_table({"text": "crash zebra"}), P())
    assert result.quarantine.column("detail").to_pylist() == ["ZeroDivisionError"]


@given(st.text(st.characters(codec="utf-8")))
def test_a_plain_text_function_gets_one_edit_that_replays(text):
    step = text_step("swap", 1, lambda text, _: text[1:] + text[:1], P)
    result = step(batches.from_rows([{"record_id": "r", "text": text}], WORK))
    after = result.batch.column("text")[0].as_py()
    edits = [(e["start"], e["end"], e["insert"]) for e in result.edits.to_pylist()]
    assert len(edits) <= 1
    assert replay(text, [cut(0, 0, "none"), *(_edit(*e) for e in edits)]) == after


def _edit(start, end, insert):
    from tasks.edits import Edit

    return Edit(start, end, insert, "r")


def broken(run, writes=("text",)):
    return Step("broken", 1, run, P, ("text",), writes)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda t, _: StepResult(t.slice(1)), "lost, added or reordered"),
        (lambda t, _: StepResult(pa.concat_tables([t, t])), "lost, added or reordered"),
        (lambda t, _: StepResult(t.take([1, 0])), "lost, added or reordered"),
        (lambda t, _: StepResult(t.drop_columns(["text"])), "did not write text"),
        (lambda t, _: StepResult(batches.with_column(t, pa.field("text", pa.int64()), [1, 2])), "wrote text as int64"),
    ],
)
def test_a_step_that_breaks_its_contract_is_found_out(work_table, run, message):
    with pytest.raises(ContractError, match=message):
        broken(run)(work_table({"text": "a"}, {"text": "b"}))


def test_a_row_can_not_be_both_in_and_held(work_table):
    table = work_table({"text": "a"})
    held = Quarantine("broken", "f")
    held.add("r0", RecordError("empty"))
    with pytest.raises(ContractError):
        check(broken(None), table, StepResult(table, held.table()))


def test_a_step_that_always_fails_ends_on_an_empty_table(work_table):
    def run(_table, _params):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        apply(broken(run), work_table(), P())


def test_an_error_that_stops_more_than_a_record_is_not_swallowed(work_table):
    def run(_table, _params):
        raise TransientError("disk")

    with pytest.raises(TransientError):
        apply(broken(run), work_table({"text": "a"}, {"text": "b"}), P())


def test_a_record_error_out_of_a_table_step_costs_that_record_only(work_table):
    def run(table, _params):
        if "bad" in table.column("text").to_pylist():
            raise RecordError("malformed", "why")
        return StepResult(table)

    result = apply(broken(run), work_table({"text": "a"}, {"text": "bad"}, {"text": "c"}), P())
    assert result.batch.column("record_id").to_pylist() == ["r0", "r2"]
    assert [(r["record_id"], r["reason"], r["detail"]) for r in result.quarantine.to_pylist()] == [
        ("r1", "malformed", "why")
    ]


def test_a_failed_record_does_not_stop_the_columns_that_a_step_adds(work_table):
    """The step adds its columns in another order than it declares them; the failed record's half must fit."""

    def run(table, _params):
        if "bad" in table.column("text").to_pylist():
            raise ValueError
        table = batches.with_column(table, WORK.field("lang_confidence"), [0.5] * table.num_rows)
        return StepResult(batches.with_column(table, WORK.field("lang"), ["en"] * table.num_rows))

    table = work_table({"text": "a"}, {"text": "bad"}).select(["record_id", "text"])
    result = apply(broken(run, ("lang", "lang_confidence")), table, P())
    assert result.batch.select(["record_id", "lang", "lang_confidence"]).to_pylist() == [
        {"record_id": "r0", "lang": "en", "lang_confidence": 0.5}
    ]


def test_a_bad_first_record_fits_as_well(work_table):
    def run(table, _params):
        if "bad" in table.column("text").to_pylist():
            raise ValueError
        table = batches.with_column(table, WORK.field("script"), [None] * table.num_rows)
        return StepResult(batches.with_column(table, WORK.field("lang"), ["en"] * table.num_rows))

    table = work_table({"text": "bad"}, {"text": "a"}).select(["record_id", "text"])
    result = apply(broken(run, ("lang",)), table, P())
    assert result.batch.column("lang").to_pylist() == ["en"]


def test_merge_keeps_side_tables_that_only_one_half_has(work_table):
    side = pa.table({"subject": ["s"]})
    one = StepResult(work_table({"text": "a"}), report={"n": 1}, restricted={"subjects": side})
    merged = merge(one, StepResult(work_table(), report={"n": 2}))
    assert merged.restricted["subjects"].num_rows == 1
    assert merged.report == {"n": 3}


def test_the_first_reason_of_a_record_stays():
    held = Quarantine("s", "f")
    held.add("r", RecordError("empty"))
    held.add("r", RecordError("timeout"))
    assert [row["reason"] for row in held.table().to_pylist()] == ["empty"]


def test_flags_keep_their_order_and_come_once():
    assert merge_flags(["b", "a"], ["c", "a", "c"]) == ["b", "a", "c"]
    assert merge_flags(None, []) == []


def test_params_are_frozen_and_closed():
    with pytest.raises(ValueError, match="frozen"):
        P().mark = "y"
    with pytest.raises(ValueError, match="Extra inputs"):
        P(marck="y")
    assert ConfigError.exit_code == 2
    assert Edited("").edits == ()


def test_a_full_disk_stops_the_step_and_costs_no_record(work_table):
    """A library may unpack its model into the scratch folder when it is first asked."""

    def run(_table, _params):
        raise OSError(errno.ENOSPC, "zebra")

    with pytest.raises(TransientError, match="No space left") as caught:
        apply(broken(run), work_table({"text": "a"}, {"text": "b"}), P())
    assert "Make room" in caught.value.remedy
