"""What a night makes of bad input: a quarantine row or an error with its remedy, never a dead run."""

import json
import os
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

pytestmark = pytest.mark.flows

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def test_one_bad_file_never_ends_a_run(project, mail):
    mail(project.inbox / "good.eml", "My parcel is late. Where is it? It was sent last week.")
    (project.inbox / "empty.eml").write_bytes(b"")
    (project.inbox / "picture.eml").write_bytes(PNG)
    (project.inbox / "notes.txt").write_text("buy milk")
    (project.inbox / "logo.png").write_bytes(PNG)
    os.mkfifo(project.inbox / "pipe.eml")
    (project.inbox / "link.eml").symlink_to("/etc/passwd")
    done = project.night()
    assert done["records"] == {"in": 1, "published": 1}
    assert done["refused_files"] == {"empty_file": 1, "not_mail": 1, "type_mismatch": 1}
    assert done["refused_items"] == done["refused_parts"] == {}
    assert done["files"] == {"listed": 7, "quarantined": 3, "skipped": 3}
    (note,) = [note for note in done["notes"] if "left alone" in note]
    assert "1 symbolic link" in note
    assert "1 named pipe" in note
    waiting = project.daytwo("quarantine", "list", "--json").stdout
    assert "empty_file" in waiting
    assert "picture" not in waiting, "file names may be personal"
    assert {row["kind"] for row in json.loads(waiting)} == {"file"}
    for row in json.loads(waiting):
        shown = project.daytwo("quarantine", "list").stdout
        assert row["record_id"] in shown
        traced = json.loads(project.daytwo("trace", row["record_id"], "--json").stdout)
        assert (traced["reason"], traced["kind"]) == (row["reason"], row["kind"])
        assert traced["places"][0]["uri"].startswith(project.inbox.as_uri())
    good = json.loads(project.daytwo("trace", "inbox/good.eml", "--json").stdout)
    (record,) = good["records"]
    traced = json.loads(project.daytwo("trace", record["record_id"], "--json").stdout)
    assert (traced["fate"], traced["stays"][0]["published"]) == ("published", True)


GATE = '[sources.inbox]\nkind = "scans"\npath = "inbox"\n[sources.inbox.params]\nmin_confidence = {}\n'


def test_a_lowered_gate_lets_pass_what_it_held_back(project):
    picture = Image.new("L", (900, 260), 255)
    for line, text in enumerate(["The committee met on Monday morning", "and agreed to repair the old bridge"]):
        ImageDraw.Draw(picture).text((40, 40 + 60 * line), text, font=ImageFont.load_default(36), fill=0)
    picture.save(project.inbox / "minutes.png")
    project.configure(GATE.format(99.9))
    assert project.night()["refused_items"] == {"low_confidence": 1}
    assert project.night()["items"] == {}, "the same gate does not try again"
    project.configure(GATE.format(60))
    done = project.night()
    assert (done["items"], done["version"]) == ({"in": 1, "read": 1}, 1)
    assert any("Read again" in note for note in done["notes"])
    assert project.daytwo("quarantine", "list").stdout == "Nothing waits.\n"
    assert project.night()["items"] == {}


def test_an_empty_folder_is_no_error_and_no_version(project):
    assert project.inbox.exists()
    done = project.night()
    assert (done["status"], done["version"], done["files"]) == ("unchanged", None, {})
    assert done["notes"] == ["Source inbox has no files: is its path right?"]


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ('[sources.inbox]\nkind = "email"\npath = "nowhere"\n', 2, ["nowhere", "Correct the path"]),
        ('[sources.inbox]\nkind = "email"\npath = "inbox"\nfolder = "x"\n', 2, ["folder", "kind", "lang_hint"]),
        ('[sources.inbox]\nkind = "fax"\npath = "inbox"\n', 2, ["kind", "'email'"]),
        ('[source.inbox]\nkind = "email"\npath = "inbox"\n', 2, ["unknown setting source", "sources"]),
        ('[sources.inbox]\nkind = "email"\npath = "inbox"\n[steps.scrub]\nx = 1\n', 2, ["scrub", "scrub-pii"]),
        ("", 2, ["no sources", "daytwo init"]),
        ('[lake]\nrestricted = "daytwo.key"\n[sources.i]\nkind = "email"\npath = "inbox"\n', 2, ["cannot write"]),
    ],
)
def test_a_wrong_setting_stops_before_work(project, settings, code, words):
    assert project.inbox.exists()
    project.configure(settings)
    said = project.night(code)
    assert [word for word in words if word not in said] == [], said


def test_missing_tesseract_stops_before_work_with_the_command_that_installs_it(project):
    project.configure('[sources.scans]\nkind = "scans"\npath = "inbox"\n')
    assert project.inbox.exists()
    done = project.daytwo("run", PATH=str(Path(sys.executable).parent))
    assert done.returncode == 3, done.stderr
    assert "apt-get install tesseract-ocr" in done.stderr


def test_what_stops_a_step_is_told_and_not_what_waited_for_it(project, mail):
    mail(project.inbox / "one.eml", "My parcel is late. Where is it? Call 082 123 4567.")
    config = project.folder / "daytwo.toml"
    config.write_text(config.read_text() + '[steps.scrub-pii]\npack_files = ["mine.toml"]\n')
    assert "cannot read the file mine.toml" in project.night(code=2)
    (project.folder / "mine.toml").write_text("[[rule]]\ntype = 'STAFF'\n")
    said = project.night(code=2)
    assert "pack mine is broken" in said
    assert "docs/personal-data.md" in said
