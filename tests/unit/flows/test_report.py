import json

import pytest

from flows import artifacts, privacy_page
from flows.report import NightReport, from_dict, headline, markdown, tables, to_json
from tasks.errors import ContractError
from tasks.reasons import REASONS


@pytest.fixture
def report():
    made = NightReport("run-1", "support", "published", 3, wall_s=2.0)
    made.records.update({"in": 10, "published": 6})
    made.dropped.update({"bulk": 3})
    made.quarantined.update({"leak_found": 1})
    made.languages.update({"en": 2, "zu": 4})
    made.seconds["scrub-pii"] = 1.234
    return made


def test_a_report_balances_or_is_refused(report):
    report.balance()
    report.records["in"] += 1
    with pytest.raises(ContractError, match="11 records came in, 10 are accounted for"):
        report.balance()


def test_a_report_comes_back_from_its_json(report):
    again = from_dict(json.loads(to_json(report)))
    assert again.records == report.records
    assert headline(again) == headline(report)
    assert again.seconds == {"scrub-pii": 1.23}
    assert report.as_dict()["docs_per_s"] == 5.0
    assert list(report.as_dict()["languages"]) == ["zu", "en"]


def test_a_night_that_took_no_time_has_no_rate():
    assert NightReport("r", "d").as_dict()["docs_per_s"] is None


@pytest.mark.parametrize(
    ("status", "version", "told"),
    [
        ("published", 3, "Published support@3."),
        ("unchanged", 2, "Nothing new: support stays at version 2."),
        ("unchanged", None, "Nothing to publish: support has no version yet."),
        ("held", 4, "Held: support@4 failed"),
        ("running", None, "running."),
    ],
)
def test_the_headline_says_what_became_of_it(report, status, version, told):
    report.status, report.version = status, version
    assert headline(report).startswith(told)
    landed = "ready" if status == "held" else "published"
    assert f"10 records in: 6 {landed}, 3 dropped, 1 in quarantine" in headline(report)


def test_tables_leave_out_what_is_zero_and_put_the_most_first(report):
    report.dropped["spam"] = 0
    shown = tables(report)
    assert shown["Dropped, by reason"] == [("bulk", "3")]
    assert shown["Languages of published records"] == [("zu", "4"), ("en", "2")]
    assert "Examples" not in shown


def test_what_could_not_be_read_is_counted_by_its_kind(report):
    rows = [
        {"record_id": "itm_a", "step": "discover", "reason": "empty_file", "pointer": "file:///a"},
        {"record_id": "itm_b", "step": "read-scans", "reason": "low_confidence", "pointer": "file:///b"},
        {"record_id": "rec_c", "step": "read-tickets", "reason": "malformed_row", "pointer": "file:///c"},
        {"record_id": "rec_d", "step": "read-tickets", "reason": "malformed_row", "pointer": "file:///c"},
    ]
    report.refuse(rows)
    again = from_dict(json.loads(to_json(report)))
    assert again.held == {
        "record": {"leak_found": 1},
        "file": {"empty_file": 1},
        "item": {"low_confidence": 1},
        "part": {"malformed_row": 2},
    }
    shown = tables(again)
    assert shown["Files in quarantine, by reason"] == [("empty_file", "1")]
    assert shown["Mails, exports and scans in quarantine, by reason"] == [("low_confidence", "1")]
    assert shown["Rows and attachments in quarantine, by reason"] == [("malformed_row", "2")]
    assert shown["Records in quarantine, by reason"] == [("leak_found", "1")]
    assert [(row["what"], row["reason"], row["count"]) for row in artifacts.waiting(again)] == [
        ("Records", "leak_found", 1),
        ("Files", "empty_file", 1),
        ("Mails, exports and scans", "low_confidence", 1),
        ("Rows and attachments", "malformed_row", 2),
    ]


def test_the_page_explains_every_reason(report):
    page = markdown(report)
    for code in ("bulk", "leak_found"):
        assert f"{code} – {REASONS[code].meaning}" in page


def test_small_counts_of_personal_data_are_not_told(report):
    report.entities.update({"PERSON": 40, "MA_CIN": 4})
    values = json.loads(to_json(report))
    assert values["entities"] == {"PERSON": 40, "MA_CIN": "< 5"}
    for shown in (report, from_dict(values)):
        assert tables(shown)["Personal data replaced, by type"] == [("PERSON", "40"), ("MA_CIN", "< 5")]


def test_the_page_tells_what_was_replaced_and_what_may_be_left(report):
    report.replaced = [
        {"type": "PERSON", "lang": "en", "source": "email", "count": 1200},
        {"type": "PERSON", "lang": "en", "source": "tickets", "count": None},
        {"type": "MA_CIN", "lang": "fr", "source": "tickets", "count": 7},
    ]
    report.canaries = [{"entity_type": "PERSON", "planted": 100, "missed": 6, "audited": 1, "left": 5}]
    report.residual = {"values": 1207, "low": 20, "high": 130, "unknown": 3}
    report.notes.append(privacy_page.sentence(report.residual))
    page = markdown(report)
    assert "| PERSON | en | 1,200 | < 5 |" in page
    assert "| MA_CIN | fr |  | 7 |" in page
    assert "- Of about 1,337 personal values in the version, 20 to 130 may be left (95 % interval)." in page
    assert "| PERSON | 100 | 6 | 1 | 5 | 88.8% to 97.8% |" in page
    assert "Nothing is said of 3 values" in page


def test_a_night_without_a_version_says_nothing_of_risk(report):
    assert "Residual" not in markdown(report)
