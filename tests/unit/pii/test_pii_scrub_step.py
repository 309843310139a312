"""Step scrub-pii on tables: every field, threads, fail closed, edits, index, report."""

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expectations.schema import WORK
from tasks.batch import from_rows
from tasks.edits import Edit, replay
from tasks.errors import ConfigError
from tasks.pii import engine, rules
from tasks.pii.scrub import SCRUB_PII, ScrubParams

ROW = {
    "text": "Dear Thandi,\ncall 082 123 4567.\n\nRegards,\nSipho Dlamini",
    "subject": "Re: refund for Thandi Nkosi",
    "lang": "en",
    "participants": [
        {"name": "Sipho Dlamini", "address": "sipho@example.org", "role": "from"},
        {"name": "Thandi Nkosi", "address": "thandi@example.com", "role": "to"},
    ],
    "attachments": [{"name": "Thandi_Nkosi_ID.pdf", "media_type": "application/pdf", "size": 9, "sha256": "ab"}],
    "headers": [("from", "Sipho Dlamini <sipho@example.org>")],
    "native_id": "<123@mail.example.org>",
    "known_values": [{"value": "ACC-778899", "entity_type": "BANK_ACCOUNT"}],
}
SECRETS = ("Thandi", "Nkosi", "Sipho", "Dlamini", "sipho@", "thandi@", "123 4567", "<123@", "778899")


def visible(row):
    """Return what the workbench prints of a row."""
    return json.dumps({name: row[name] for name in SCRUB_PII.writes}, ensure_ascii=False)


def test_no_written_field_holds_a_value(work_table):
    row = SCRUB_PII(work_table(ROW)).batch.to_pylist()[0]
    assert [s for s in SECRETS if s in visible(row)] == []


def test_known_values_survive_for_the_audit(work_table):
    assert SCRUB_PII(work_table(ROW)).batch.to_pylist()[0]["known_values"] == ROW["known_values"]


def test_spans_are_offsets_into_the_input_without_overlap(work_table):
    row = SCRUB_PII(work_table(ROW)).batch.to_pylist()[0]
    spans = row["pii_spans"]
    assert [ROW["text"][s["start"] : s["end"]] for s in spans] == ["Thandi", "082 123 4567", "Sipho Dlamini"]
    assert all(a["end"] <= b["start"] for a, b in pairwise(spans))


def test_row_carries_the_stamp_of_the_step(work_table):
    params = ScrubParams()
    row = SCRUB_PII(work_table(ROW), params).batch.to_pylist()[0]
    assert row["scrubbed_by"] == SCRUB_PII.fingerprint(params)


def test_one_person_has_one_pseudonym_in_text_subject_and_participants(work_table):
    row = SCRUB_PII(work_table(ROW)).batch.to_pylist()[0]
    thandi = row["participants"][1]["name"]
    assert thandi in row["text"]
    assert thandi in row["subject"]


def test_names_of_one_message_are_found_in_the_whole_thread(work_table):
    table = work_table(
        {"thread_id": "t", "text": "my name is zandisiwe mgudlwa", "lang": "en"},
        {"thread_id": "t", "text": "ok then, Mgudlwa: we wait.", "lang": "en"},
    )
    texts = SCRUB_PII(table).batch.column("text").to_pylist()
    assert "Mgudlwa" not in texts[1]


def test_null_and_empty_fields_stay(work_table):
    row = SCRUB_PII(work_table({"text": None}, {"text": ""})).batch.to_pylist()
    assert [r["text"] for r in row] == [None, ""]
    assert row[0]["subject"] is None


def test_table_of_the_workbench_needs_only_id_and_text():
    table = from_rows([{"record_id": "r", "text": "alice@example.org"}], WORK).select(["record_id", "text"])
    assert SCRUB_PII(table).batch.column("text").to_pylist()[0].startswith("<EMAIL_ADDRESS_")


def test_a_detector_that_breaks_quarantines_its_record_only(work_table, monkeypatch):
    def broken(text, _):
        if "boom" in text:
            raise MemoryError(text)
        return iter(())

    monkeypatch.setattr(engine, "find_secrets", broken)
    result = SCRUB_PII(work_table({"text": "boom alice@example.org"}, {"text": "fine"}))
    held = result.quarantine.to_pylist()
    assert [(h["record_id"], h["reason"], h["detail"]) for h in held] == [("r0", "pii_engine_failed", "MemoryError")]
    assert result.batch.column("record_id").to_pylist() == ["r1"]


def test_a_text_beyond_the_limit_is_held_back(work_table):
    result = SCRUB_PII(work_table({"text": "x" * 11}), ScrubParams(max_chars=10))
    assert result.quarantine.column("reason").to_pylist() == ["text_too_long"]


def test_index_leads_from_keyed_values_to_records(work_table):
    index = SCRUB_PII(work_table(ROW)).restricted["subjects"].to_pylist()
    assert {"r0"} == {entry["record_id"] for entry in index}
    assert {"PERSON", "EMAIL_ADDRESS", "PHONE_NUMBER"} <= {entry["entity_type"] for entry in index}
    assert [s for s in SECRETS if s in json.dumps(index)] == []


def test_report_counts_by_entity_type_and_what_the_thread_knew(work_table):
    report = SCRUB_PII(work_table(ROW, {"text": "call 082 123 4599"})).report
    assert report["PHONE_NUMBER"] == 2
    assert report["known PERSON"] == report["PERSON"] == 3
    assert "known PHONE_NUMBER" not in report


def test_index_grows_by_what_is_scrubbed_and_says_the_same_for_the_same_value(work_table):
    first, second = (
        SCRUB_PII(table).restricted["subjects"].to_pylist()
        for table in (
            work_table({"text": "alice@example.org"}),
            work_table({"text": "x"}, {"text": "ALICE@example.org"}),
        )
    )
    assert [entry["record_id"] for entry in first + second] == ["r0", "r1"]
    assert first[0]["subject"] == second[0]["subject"]


def test_index_names_no_record_that_is_held_back(work_table):
    table = work_table({"text": "alice@example.org"}, {"text": "bob@example.org " * 9})
    index = SCRUB_PII(table, ScrubParams(names=False, max_chars=40)).restricted["subjects"].to_pylist()
    assert {entry["record_id"] for entry in index} == {"r0"}


def test_kept_types_stay_in_the_text(work_table):
    params = ScrubParams(names=False, keep=("PHONE_NUMBER",))
    assert "082 123 4567" in SCRUB_PII(work_table({"text": "tel 082 123 4567"}), params).batch.to_pylist()[0]["text"]


PIECES = st.sampled_from(
    [
        "alice@example.org",
        "4111 1111 1111 1111",
        "Thandi",
        "Dear ",
        "\n",
        " ",
        "<PERSON_1>",
        "8001015009087",
        "é",
        "\u200b",
        "call 082 123 4567",
        "&#64;",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PIECES, max_size=12).map("".join))
def test_replay_of_the_edits_gives_the_output_and_a_second_run_the_same(text):
    table = from_rows([{"record_id": "r", "text": text}], WORK)
    first, second = (SCRUB_PII(table, ScrubParams(names=False)) for _ in range(2))
    edits = [Edit(e["start"], e["end"], e["insert"], e["rule"]) for e in first.edits.to_pylist()]
    assert replay(text, edits) == first.batch.column("text").to_pylist()[0]
    assert first.batch.equals(second.batch)


def test_unknown_pack_names_the_known_ones():
    with pytest.raises(ConfigError) as caught:
        rules.pack("atlantis")
    assert "za" in caught.value.remedy


@pytest.mark.parametrize("pattern", [r"(a)\1", r"(?=a)b", r"a{1,100000}", "("])
def test_a_pattern_that_is_no_re2_is_refused_at_load(tmp_path, pattern):
    file = tmp_path / "mine.toml"
    file.write_text(f"[[rule]]\ntype = 'X'\npattern = '{pattern}'\n", encoding="utf-8")
    with pytest.raises(ConfigError):
        rules.pack_file(str(file))


@pytest.mark.timeout(30)  # a guard against a hang
def test_an_exponential_pattern_of_a_user_runs_in_linear_time(tmp_path, work_table):
    file = tmp_path / "mine.toml"
    file.write_text(
        "[[rule]]\ntype = 'MEMBER_NUMBER'\npattern = '((?:a+)+1)'\nneeds_context = false\n", encoding="utf-8"
    )
    params = ScrubParams(names=False, pack_files=(str(file),))
    texts = (
        SCRUB_PII(work_table({"text": "a" * 20_000 + "!"}, {"text": "no aaa1"}), params)
        .batch.column("text")
        .to_pylist()
    )
    assert texts[1].startswith("no <MEMBER_NUMBER_")


def test_a_users_pack_finds_words_without_a_digit_and_a_changed_pack_is_another_setting(tmp_path, work_table):
    file = tmp_path / "mine.toml"
    rule = "[[rule]]\ntype = 'PROJECT'\npattern = '(Blue Heron)'\nneeds_context = false\n"
    file.write_text(rule, encoding="utf-8")
    params = ScrubParams(names=False, pack_files=(str(file),))
    done = SCRUB_PII(work_table({"text": "Meet Blue Heron"}), params)
    assert done.batch.column("text")[0].as_py().startswith("Meet <PROJECT_")
    file.write_text(rule.replace("Heron", "Ibis"), encoding="utf-8")
    again = ScrubParams(names=False, pack_files=(str(file),))
    assert SCRUB_PII.fingerprint(again) != SCRUB_PII.fingerprint(params)


def test_unknown_check_is_refused(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text("[[rule]]\ntype = 'X'\npattern = 'a'\ncheck = 'checks.nothing'\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="unknown check"):
        rules.pack_file(str(file))


@pytest.mark.parametrize(
    ("params", "message"),
    [({"epoch": 99}, "no epoch 99"), ({"phone_regions": ("KE", "XX")}, "unknown phone_regions XX")],
)
def test_a_param_that_names_nothing_stops_before_work(params, message):
    table = from_rows([{"record_id": "1", "text": "Thank you."}], WORK)
    with pytest.raises(ConfigError, match=message):
        SCRUB_PII.run(table, ScrubParams(**params))
