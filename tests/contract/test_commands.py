"""Every command explains itself, and ends with the exit code of its error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from flows import cli
from flows.cli import app
from tasks.keys import KEY_FILE_VARIABLE
from tasks.lock import run_lock
from tasks.registry import SOURCES, STEPS

DAYTWO = Path(sys.executable).with_name("daytwo")


def walk(command, path=()):
    """Yield (path, command) of every command below a group."""
    for name, child in getattr(command, "commands", {}).items():
        if hasattr(child, "commands"):
            yield from walk(child, (*path, name))
        else:
            yield (*path, name), child


COMMANDS = dict(walk(typer.main.get_command(app)))


def test_the_commands_of_the_design_are_there():
    assert {("init",), ("demo",), ("up",), ("run",), ("ingest",), ("step",), ("pull",), ("doctor",)} <= COMMANDS.keys()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_says_what_it_does_and_gives_an_example(path):
    shown = CliRunner().invoke(app, [*path, "--help"], env={"COLUMNS": "300", "TERM": "dumb"})
    assert shown.exit_code == 0
    assert "Example: daytwo " + " ".join(path) in " ".join(shown.output.split())


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_is_explained(path):
    for param in COMMANDS[path].params:
        assert getattr(param, "help", None), f"{' '.join(path)}: {param.name}"


@pytest.fixture
def call(monkeypatch, capsys):
    """Return a function that runs the command line in this process: (exit code, standard error)."""

    def run(*args, cwd):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["daytwo", *map(str, args)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        return code, " ".join(capsys.readouterr().err.split())

    return run


def daytwo(*args, cwd, **environment):
    """Run the installed command in a process of its own, without the settings of this one's environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAYTWO_", "PREFECT_"))}
    return subprocess.run(
        [DAYTWO, *map(str, args)], cwd=cwd, env={**kept, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture
def made(tmp_path, session_key):
    """A project with a key file."""
    folder = tmp_path / "project"
    (folder / "inbox").mkdir(parents=True)
    (folder / "inbox" / "1.eml").write_bytes(b"From: a@example.org\nSubject: Hi\n\nHello there\n")
    settings(folder, '[sources.inbox]\nkind = "email"\npath = "inbox"\n')
    (folder / "daytwo.key").write_bytes(session_key.read_bytes())
    (folder / "daytwo.key").chmod(0o600)
    return folder


def settings(folder, text):
    (folder / "daytwo.toml").write_text(text, encoding="utf-8")


CASES = {
    "unknown setting": ('[lake]\nrestrictd = "x"\n', ["run"], "unknown setting lake.restrictd", "restricted, shared"),
    "unknown section": ("[lakes]\n", ["run"], "unknown setting lakes", "dataset, key_file, lake"),
    "unknown source setting": (
        '[sources.a]\nkind = "email"\npath = "inbox"\npth = 1\n',
        ["run"],
        "unknown setting sources.a.pth",
        "lang_hint, largest_mb, params, path",
    ),
    "unknown kind of source": ('[sources.a]\nkind = "fax"\npath = "inbox"\n', ["run"], "sources.a.kind", "'scans'"),
    "no TOML": ("[lake\n", ["run"], "is not TOML", ""),
    "no source": ("", ["run"], "no sources are set", "daytwo init"),
    "missing source folder": (
        '[sources.a]\nkind = "email"\npath = "nowhere"\n',
        ["run"],
        "nowhere",
        "path of the source",
    ),
    "unknown step in the settings": (
        '[sources.a]\nkind = "email"\npath = "inbox"\n[steps.no-such]\nx = 1\n',
        ["run"],
        "no-such",
        "scrub-pii",
    ),
    "unknown param in the settings": (
        '[sources.a]\nkind = "email"\npath = "inbox"\n[steps.score-quality]\nnonsense = 1\n',
        ["run"],
        "nonsense: unknown param",
        "steps.score-quality",
    ),
    "unknown param of a source": (
        '[sources.a]\nkind = "email"\npath = "inbox"\n[sources.a.params]\nnonsense = 1\n',
        ["run"],
        "nonsense: unknown param",
        "sources.a.params",
    ),
    "file in the place of the lake": (
        '[lake]\nrestricted = "inbox/1.eml"\n[sources.a]\nkind = "email"\npath = "inbox"\n',
        ["run"],
        "cannot write to the lake",
        "[lake]",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_wrong_setting_stops_a_run_before_work(call, made, case, monkeypatch):
    text, args, message, remedy = CASES[case]
    settings(made, text)
    monkeypatch.delenv(KEY_FILE_VARIABLE)
    code, shown = call(*args, cwd=made)
    assert code == 2, shown
    assert message in shown
    assert remedy in shown
    assert not (made / "daytwo-lake" / "prefect").exists()


def test_a_wrong_setting_stops_the_installed_command(made):
    settings(made, CASES["unknown setting"][0])
    done = daytwo("run", cwd=made)
    assert done.returncode == 2
    assert "unknown setting lake.restrictd" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_key_nothing_runs_and_init_makes_the_key(call, made, monkeypatch):
    """A checkout has daytwo.toml but no key; the remedy of the message must work."""
    monkeypatch.delenv(KEY_FILE_VARIABLE)
    (made / "daytwo.key").unlink()
    code, shown = call("run", cwd=made)
    assert (code, "no key file" in shown, "daytwo init" in shown) == (2, True, True)
    before = (made / "daytwo.toml").read_text()
    assert call("init", cwd=made) == (0, "")
    assert (made / "daytwo.key").stat().st_mode & 0o777 == 0o600
    assert (made / "daytwo.toml").read_text() == before


def test_init_never_writes_over_anything(call, made, monkeypatch):
    monkeypatch.delenv(KEY_FILE_VARIABLE)
    before = (made / "daytwo.key").read_bytes()
    assert call("init", cwd=made)[0] == 2
    assert (made / "daytwo.key").read_bytes() == before


def test_a_fresh_project_has_no_dataset_yet(call, tmp_path):
    assert call("init", "new", cwd=tmp_path) == (0, "")
    assert call("datasets", "list", cwd=tmp_path / "new") == (0, "")


@pytest.mark.parametrize(
    "args",
    [["datasets", "list"], ["quarantine", "list"], ["trace", "rec_a"], ["doctor"], ["run"], ["up"]],
    ids=" ".join,
)
def test_in_a_folder_that_is_no_project_nothing_is_made_and_the_remedy_is_told(call, tmp_path, args, monkeypatch):
    monkeypatch.delenv(KEY_FILE_VARIABLE)
    code, shown = call(*args, cwd=tmp_path)
    assert (code, "there is no daytwo.toml in" in shown, "--config" in shown) == (2, True, True), shown
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("args", [["init", "file"], ["init", "file/below"], ["demo", "--to", "file"]], ids=" ".join)
def test_a_place_that_is_no_folder_is_an_error_with_a_remedy(call, tmp_path, args):
    (tmp_path / "file").write_text("mine")
    code, shown = call(*args, cwd=tmp_path)
    assert (code, "cannot write file" in shown, "another place" in shown) == (2, True, True), shown
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_full_disk_leaves_no_half_of_a_project(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAYTWO_", "PREFECT_"))}
    command = f"ulimit -f 1; exec {DAYTWO} init new"  # settings take over 2 kB
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert (done.returncode, "Make room" in done.stderr) == (4, True), done.stderr
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize("fresh", [[], ["--fresh"]])
def test_demo_touches_no_project_that_is_no_demo(call, made, fresh):
    code, shown = call("demo", "--to", ".", *fresh, cwd=made)
    assert (code, "no demo" in shown) == (2, True)
    assert {path.name for path in made.iterdir()} == {"daytwo.key", "daytwo.toml", "inbox"}


def jsonl(folder, text='{"record_id": "1", "text": "Hello"}\n'):
    (folder / "in.jsonl").write_text(text, encoding="utf-8")
    return folder / "in.jsonl"


WRONG = {
    "unknown step": (["step", "no-such", "--in", "in.jsonl", "--out", "o.jsonl"], "no-such", STEPS[0].name),
    "unknown param": (
        ["step", "score-quality", "--in", "in.jsonl", "--out", "o.jsonl", "--set", "nonsense=1"],
        "unknown param",
        "Params of score-quality",
    ),
    "no pair": (["step", "score-quality", "--in", "in.jsonl", "--out", "o", "--set", "x"], "not key=value", "--set"),
    "no input": (["step", "normalize-text", "--in", "none.jsonl", "--out", "o.jsonl"], "cannot read none.jsonl", ""),
    "no output folder": (["step", "normalize-text", "--in", "in.jsonl", "--out", "no/o"], "cannot write no/o", ""),
    "unknown kind": (["ingest", "in.jsonl", "--kind", "fax", "--out", "o"], "unknown kind 'fax'", SOURCES[0].kind),
    "missing folder": (["ingest", "nowhere", "--kind", "email", "--out", "o.jsonl"], "nowhere", ""),
    "no settings file": (["datasets", "list", "--config", "none.toml"], "cannot read none.toml", "daytwo init"),
    "unknown dataset": (["datasets", "show", "nothing"], "nothing has no version", "daytwo run"),
    "no dataset name": (["datasets", "show", "../../etc"], "../../etc", ""),
    "no version": (["pull", "support@x", "--to", "d"], "'x' is no version", "latest"),
    "unknown record": (["quarantine", "show", "rec_x"], "rec_x", "daytwo quarantine list"),
    "unknown id": (["trace", "rec_x"], "nothing is known of rec_x", "daytwo quarantine list"),
    "unknown file": (["trace", "in.jsonl"], "nothing is known of in.jsonl", "daytwo run"),
    "one file for two outputs": (
        ["step", "normalize-text", "--in", "in.jsonl", "--out", "o", "--edits", "./o"],
        "named as two outputs",
        "a file of its own",
    ),
    "missing argument": (["step"], "Missing argument", ""),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_command_line_ends_with_2_and_says_what_is_known(call, tmp_path, case):
    args, message, remedy = WRONG[case]
    jsonl(tmp_path)
    settings(tmp_path, "")
    code, shown = call(*args, cwd=tmp_path)
    assert code == 2, shown
    assert message in shown
    assert remedy in shown


def test_a_broken_line_is_named_by_its_number_only(call, tmp_path):
    path = jsonl(tmp_path, '{"record_id": 1, "text": "fine"}\n{"record_id": "zebra"\n')
    code, shown = call("step", "normalize-text", "--in", path, "--out", "o", cwd=tmp_path)
    assert code == 2
    assert "line 2: no JSON" in shown
    assert "zebra" not in shown


def test_the_workbench_without_a_key_says_that_its_key_is_for_once(tmp_path):
    done = daytwo("step", "normalize-text", "--in", jsonl(tmp_path), "--out", "o.jsonl", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "random key for this call only" in done.stderr
    assert (tmp_path / "o.jsonl").read_text().count("\n") == 1


def test_the_workbench_with_a_key_that_is_gone_stops(tmp_path):
    (tmp_path / "1.eml").write_bytes(b"From: a@example.org\nSubject: Hi\n\nHello\n")
    done = daytwo("ingest", "1.eml", "--kind", "email", "--out", "o", cwd=tmp_path, **{KEY_FILE_VARIABLE: "none.key"})
    assert done.returncode == 2, done.stderr
    assert "no key file" in done.stderr


def test_a_step_may_write_over_its_own_input(call, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"record_id": "1", "text": "caf\u00c3\u00a9"}\n')
    code, shown = call("step", "normalize-text", "--in", "a.jsonl", "--out", "./a.jsonl", cwd=tmp_path)
    assert code == 0, shown
    assert json.loads((tmp_path / "a.jsonl").read_text())["text"] == "café"
    assert [path.name for path in tmp_path.iterdir()] == ["a.jsonl"]


def test_a_step_tells_its_edits_by_the_inputs_own_ids(call, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"record_id": 7, "text": "caf\u00c3\u00a9"}\n')
    code, shown = call(
        "step", "normalize-text", "--in", "a.jsonl", "--out", "o.jsonl", "--edits", "e.jsonl", cwd=tmp_path
    )
    assert (code, "edits: 1 ftfy" in shown) == (0, True), shown
    edit = json.loads((tmp_path / "e.jsonl").read_text())
    assert (edit["record_id"], edit["start"], edit["end"], edit["insert"]) == (7, 3, 5, "é")


def test_a_full_disk_leaves_the_output_that_was_there(tmp_path):
    """No file may grow over 20 kB: what a full disk is, for one process."""
    rows = "".join(json.dumps({"record_id": str(n), "text": "word " * 20}) + "\n" for n in range(400))
    jsonl(tmp_path, rows)
    (tmp_path / "o.jsonl").write_text("yesterday's")
    command = f"ulimit -f 20; exec {DAYTWO} step normalize-text --in in.jsonl --out o.jsonl"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DAYTWO_", "PREFECT_"))}
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 4, done.stderr
    assert "File too large" in done.stderr
    assert "Make room" in done.stderr
    assert "Traceback" not in done.stderr
    assert (tmp_path / "o.jsonl").read_text() == "yesterday's"
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "o.jsonl"}


def test_what_nobody_expected_ends_with_its_place_and_no_traceback(call, tmp_path, monkeypatch):
    def fail(*_args):
        raise KeyError("zebra")

    monkeypatch.setattr("flows.commands.datasets._lake", fail)
    code, shown = call("datasets", "list", cwd=tmp_path)
    assert (code, "KeyError in " in shown, "zebra" in shown) == (1, True, False), shown


def test_a_step_that_fails_leaves_what_was_there(call, tmp_path):
    (tmp_path / "a.jsonl").write_text('{"record_id": "1"}\n')
    (tmp_path / "out.jsonl").write_text("yesterday's")
    code, shown = call("step", "normalize-text", "--in", "a.jsonl", "--out", "out.jsonl", cwd=tmp_path)
    assert code == 2, shown
    assert (tmp_path / "out.jsonl").read_text() == "yesterday's"


def test_the_audit_says_how_many_records_leak(call, tmp_path):
    rows = [{"record_id": "1", "text": "Write to thandi@example.org"}, {"record_id": "2", "text": "Thank you."}]
    (tmp_path / "a.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    code, shown = call("step", "audit-leaks", "--in", "a.jsonl", "--out", "o.jsonl", cwd=tmp_path)
    assert code == 0, shown
    assert "leaks in 1 of them" in shown


REPLY = (
    b"From: Duka <help@duka.example>\nTo: wanjiku@mail.example\nMessage-ID: <2@duka.example>\n"
    b"Subject: Re: Oda\nIn-Reply-To: <1@mail.example>\n\nPole, inakuja kesho.\n"
)


def test_ingest_knows_the_staff_by_option_or_by_the_settings_beside_it(call, tmp_path):
    (tmp_path / "1.eml").write_bytes(REPLY)

    def role(*options):
        assert call("ingest", "1.eml", "--kind", "email", "--out", "o.jsonl", *options, cwd=tmp_path)[0] == 0
        return json.loads((tmp_path / "o.jsonl").read_text())["role"]

    assert role() == "customer", "who begins is taken for the customer"
    assert role("--own-domain", "duka.example") == "agent"
    (tmp_path / "daytwo.toml").write_text('[dataset]\nown_domains = ["duka.example"]\n')
    assert role() == "agent"


def test_ingest_says_what_it_skipped(call, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "1.eml").write_bytes(REPLY)
    (tmp_path / "in" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    (tmp_path / "in" / "link.eml").symlink_to("/etc/passwd")
    code, shown = call("ingest", "in", "--kind", "email", "--out", "o.jsonl", cwd=tmp_path)
    assert code == 0
    assert "1 records, 2 files skipped" in shown
    assert "1 symbolic link" in shown
    assert "1 image/png" in shown


def test_ingest_sends_who_names_a_mailbox_to_the_settings(call, tmp_path):
    code, shown = call("ingest", "imaps://me@mail.example/INBOX", "--kind", "email", "--out", "o", cwd=tmp_path)
    assert code == 2
    assert "Make the mailbox a source in daytwo.toml" in shown


def test_an_error_of_each_class_ends_with_its_code(monkeypatch, capsys):
    from tasks import errors

    for name, code in (("DependencyMissing", 3), ("TransientError", 4), ("ContractError", 5), ("PublishConflict", 7)):
        error = getattr(errors, name)("what [red]failed[/]", remedy="do this")

        def fail(error=error):
            raise error

        monkeypatch.setattr(cli, "app", fail)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == code
        shown = capsys.readouterr().err
        assert f"{name}: what [red]failed[/]" in shown
        assert "do this" in shown


def test_a_locked_lake_ends_with_75_before_anything_is_started(call, made):
    room = made / "daytwo-lake" / "restricted" / "ledger"
    room.mkdir(parents=True)
    with run_lock(room / "run.lock"):
        code, shown = call("run", cwd=made)
    assert (code, "another run holds the lake" in shown) == (75, True)
    assert not (made / "daytwo-lake" / "prefect").exists()
