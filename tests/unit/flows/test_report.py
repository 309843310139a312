import json

import pytest

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


def test_the_page_explains_every_reason(report):
    page = markdown(report)
    for code in ("bulk", "leak_found"):
        assert f"{code} – {REASONS[code].meaning}" in page
