"""Nights in a row: what is new lands in a new version, what is old stays as it was."""

import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tasks.lake import Lake
from tasks.publish.intervals import IntervalTable

DAYTWO = [str(Path(sys.executable).with_name("daytwo"))]
pytestmark = pytest.mark.flows


def fill(project, mail):
    mail(project.inbox / "one.eml", "My parcel is late. Where is it? It was sent last week.")
    mail(project.inbox / "two.eml", "The invoice was paid twice: refund one or call 082 123 4567.", "Invoice", day=4)


def test_first_second_and_third_night(project, mail):
    fill(project, mail)
    first = project.night()
    assert (first["status"], first["version"]) == ("published", 1)
    assert first["records"] == {"in": 2, "published": 2}
    assert {cell["source"] for cell in first["replaced"]} == {"email"}
    assert sum(one["planted"] for one in first["canaries"]) >= 15
    assert 0 <= first["residual"]["low"] <= first["residual"]["high"]
    before = project.pull(1)
    assert len(before) == 2

    again = project.night()
    assert (again["status"], again["version"]) == ("unchanged", 1)
    assert again["files"] == {"listed": 2, "known": 2}

    mail(project.inbox / "answer.eml", "It leaves our warehouse today.", "Re: Late delivery",
         sender="Help <help@shop.example>", answers="one", day=5)  # fmt: skip
    third = project.night()
    assert (third["status"], third["version"]) == ("published", 2)
    assert len(list((project.lake / "restricted" / "subjects").iterdir())) == 2, "each night adds its part to the index"
    assert third["records"] == {"in": 2, "published": 2}, "the thread that grew, and nothing else, is cleaned again"
    counts = project.show(2)["counts"]
    assert (counts["examples"], counts["added"], counts["closed"]) == (2, 1, 1)
    after = project.pull(2, "chat")
    grown = [row for row in after.values() if len(row["messages"]) == 2]
    assert [message["role"] for message in grown[0]["messages"]] == ["user", "assistant"]
    assert grown[0]["id"] in before, "the example of a growing thread keeps its id"
    shutil.rmtree(project.folder / "pulled-1-text")
    assert project.pull(1) == before, "version 1 reads as it was published"


def test_two_threads_that_turn_out_to_be_one_become_the_older_ones_example(project, mail):
    mail(project.inbox / "one.eml", "My parcel is late. Where is it? It was sent last week.")
    mail(project.inbox / "two.eml", "I never got what I had ordered, please look into it.", "Nothing came", day=4)
    project.night()
    before = project.pull(1, "chat")
    assert len(before) == 2
    mail(project.inbox / "joins.eml", "Both are one parcel; it leaves our warehouse today.", "Re: Nothing came",
         sender="Help <help@shop.example>", answers="one@home.example> <two", day=5)  # fmt: skip
    assert project.night()["records"] == {"in": 3, "published": 3}
    counts = project.show(2)["counts"]
    assert (counts["examples"], counts["added"], counts["closed"]) == (1, 1, 2)
    (merged,) = project.pull(2, "chat").values()
    assert [message["role"] for message in merged["messages"]] == ["user", "user", "assistant"]
    older = next(row for row in before.values() if "parcel is late" in row["messages"][0]["content"])
    assert merged["id"] == older["id"], "the older thread survives, the younger one's example is retracted"
    shutil.rmtree(project.folder / "pulled-1-chat")
    assert project.pull(1, "chat") == before


def test_the_lake_alone_is_the_truth(project, mail):
    fill(project, mail)
    project.environment.pop("PREFECT_API_URL")
    assert project.night()["version"] == 1
    with closing(sqlite3.connect(project.lake / "prefect" / "prefect.db")) as database:
        assert database.execute("select count(*) from flow_run").fetchone() == (1,), "the run stands in its own server"
    shutil.rmtree(project.lake / "prefect")
    again = project.night()
    assert (again["status"], again["version"]) == ("unchanged", 1)


def test_the_same_ticket_export_with_new_rows_adds_only_those(project):
    project.configure('[sources.desk]\nkind = "tickets"\npath = "inbox"\n')
    export = project.inbox / "export.csv"
    export.write_text("id,subject,description\n1,Refund,Please refund my order\n2,Login,I cannot log in\n")
    assert project.night()["records"] == {"in": 2, "published": 2}
    with export.open("a") as file:
        file.write("3,Router,The router blinks red all day\n")
    second = project.night()
    assert second["records"] == {"in": 3, "published": 1}
    assert second["dropped"] == {"duplicate_record": 2}
    assert project.show()["counts"]["examples"] == 3


def test_a_changed_setting_cleans_everything_anew(project, mail):
    fill(project, mail)
    project.night()
    project.configure((project.folder / "daytwo.toml").read_text() + '\n[steps.scrub-pii]\nstyle = "mask"\n')
    second = project.night()
    assert second["records"]["in"] == 2
    assert second["items"] == {}, "nothing is read again"
    project.configure((project.folder / "daytwo.toml").read_text() + "\n[steps.score-quality]\nthreshold = 0.201\n")
    for records in ({"in": 2, "published": 2}, {}):
        done = project.night()
        assert (done["status"], done["records"]) == ("unchanged", records), "it changed no row, and once is enough"


def test_a_held_version_is_not_published_and_its_items_come_again(project, mail):
    fill(project, mail)
    project.configure((project.folder / "daytwo.toml").read_text() + "\n[validation]\nmin_examples = 50\n")
    said = project.night(code=6)
    assert "ValidationFailed" in said
    assert "Held" in said
    assert "enough-examples" in said
    assert project.daytwo("datasets", "show", "support").returncode == 2
    project.configure((project.folder / "daytwo.toml").read_text().replace("50", "2"))
    done = project.night()
    assert (done["status"], done["version"], done["records"]["published"]) == ("published", 1, 2)
    assert done["seconds"].get("read-mail", 0) == 0, "what was read once is not read again"


def test_a_run_that_is_killed_is_healed_by_the_next(project, mail):
    fill(project, mail)
    process = subprocess.Popen([*DAYTWO, "run"], cwd=project.folder, env=project.environment, start_new_session=True)
    deadline = time.monotonic() + 120
    curated = project.lake / "shared" / "curated" / "support" / "_delta_log"
    while not curated.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = project.night()
    assert done["version"] == 1
    table = IntervalTable(Lake(project.lake / "restricted", project.lake / "shared").curated("support"))
    ids = table.rows(1).column("example_id").to_pylist()
    assert len(ids) == len(set(ids)) == 2
    assert not any((project.lake / "restricted" / "scratch").iterdir()), "no raw text is left in scratch"


def test_two_runs_at_once(project, mail):
    fill(project, mail)
    first = subprocess.Popen([*DAYTWO, "run"], cwd=project.folder, env=project.environment)
    lock = project.lake / "restricted" / "ledger" / "run.lock"
    while not lock.exists() and first.poll() is None:
        time.sleep(0.02)
    second = project.daytwo("run")
    assert first.wait(240) == 0
    assert second.returncode == 75, second.stderr
    assert "RunLocked" in second.stderr
