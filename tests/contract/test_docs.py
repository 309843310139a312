"""The documents say what is there: generated pages are up to date, links lead somewhere, command lines parse."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer

from expectations import contract
from flows import reference
from flows.cli import app
from flows.settings import Settings
from tasks.errors import DaytwoError
from tasks.reasons import REASONS
from tasks.registry import SOURCES, STEPS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])
GENERATED = {DOCS / name for name in (*reference.PAGES, "data-contract.md")}
WRITTEN = "\n".join(page.read_text(encoding="utf-8") for page in PAGES if page not in GENERATED)
"""Everything that a person wrote, without the generated pages."""
APP = typer.main.get_command(app)
COMMANDS = dict(reference.walk(APP))
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
SHELL = re.compile(r"^```(?:sh|console)\n(.*?)^```|((?:^ {4}\S[^\n]*\n)+)", re.MULTILINE | re.DOTALL)
"""A fenced shell block, or an indented one."""
HOST = re.compile(
    r"https?://(?:localhost|127\.0\.0\.1|[^\s/]*(?:artifactory|nexus|mirror|proxy|registry|pypi))", re.IGNORECASE
)
HOME = re.compile(r"(?<![\w.])/(?:work|root|home)/[a-z]")
HOST_ALLOWED = {"flows/server.py", "tests/contract/test_docs.py"}
"""Who names this machine's loopback on purpose, and this page with its patterns."""


def shown(page):
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_generated_reference_is_up_to_date(name):
    assert (DOCS / name).read_text(encoding="utf-8") == reference.PAGES[name]().rstrip() + "\n", "run: make docs"


def test_the_data_contract_is_up_to_date():
    assert contract.PATH.read_text(encoding="utf-8") == contract.render(), "run: make docs"


@pytest.mark.parametrize(("columns", "cores"), [("20", 1), ("400", 64)])
def test_the_references_depend_on_neither_terminal_nor_machine(monkeypatch, columns, cores):
    before = [render() for render in reference.PAGES.values()]
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("DAYTWO_RUNTIME__WORKERS", "3")
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    assert [render() for render in reference.PAGES.values()] == before


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_is_in_the_reference_and_in_a_text_for_people(path):
    line = "daytwo " + " ".join(path)
    assert f"## {line}\n" in (DOCS / "commands.md").read_text(encoding="utf-8")
    assert line in WRITTEN


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_of_a_command_is_in_the_reference(path):
    section = reference.commands().split(f"## daytwo {' '.join(path)}\n")[1].split("\n## ")[0]
    for param in COMMANDS[path].params:
        assert all(f"`{name}`" in section for name in param.opts if name.startswith("--"))
        assert param.help in section.replace("\\|", "|")


def test_every_setting_is_in_the_reference():
    text = reference.settings()
    for name in Settings.model_fields:
        assert f"## [{name}]" in text or f"`{name}`" in text
    for registered in (*STEPS, *SOURCES):
        for name in registered.params.model_fields:
            assert f"| `{name}` |" in text


@pytest.mark.parametrize("name", [registered.name for registered in (*SOURCES, *STEPS)])
def test_every_step_and_source_is_told_of(name):
    assert name in (DOCS / "architecture.md").read_text(encoding="utf-8")


def test_every_exit_code_is_told_of():
    told = (DOCS / "operate.md").read_text(encoding="utf-8")
    classes = [DaytwoError, *DaytwoError.__subclasses__()]
    for error in classes:
        if error.exit_code:
            assert re.search(rf"\| {error.exit_code} \|.*{error.__name__}", told), error.__name__


def test_no_reason_is_told_of_that_does_not_exist():
    """Codes in the operator's page stand alone in a first column."""
    codes = re.findall(r"^\| `([a-z]+_[a-z_]+)` \|", (DOCS / "operate.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(codes) <= set(REASONS)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_leads_to_a_file_or_a_heading(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        if link.startswith(("http://", "https://")):
            continue
        path, _, heading = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{shown(page)}: {link}"
        assert not heading or heading in headings(target), f"{shown(page)}: {link}"


def headings(page):
    """Return the anchors of a page as a forge makes them."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in found}


def test_a_decision_has_a_number_of_its_own():
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("[0-9]*.md")]
    assert len(set(numbers)) == len(numbers)


def lines(text):
    """Yield the `daytwo …` lines of the shell blocks of a page, as words."""
    for fenced, indented in SHELL.findall(text):
        for line in (fenced or indented).replace("\\\n", " ").splitlines():
            command = line.strip().removeprefix("$ ")
            if command.removeprefix(".venv/bin/").startswith("daytwo "):
                yield shlex.split(command, comments=True)[1:]


def parse(words):
    """Parse a command line without running it. Raises when a command or an option does not exist."""
    command = APP
    while hasattr(command, "commands"):
        assert words, "a group without a command"
        assert words[0] in command.commands, f"unknown command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
    command.make_context("daytwo", list(words))


CALLS = [(shown(page), words) for page in PAGES for words in lines(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("page", "words"), CALLS, ids=[f"{page}: {' '.join(words)}" for page, words in CALLS])
def test_a_command_line_in_a_document_parses(page, words):  # noqa: ARG001 - the page is for the id
    parse(words)
    if words[0] == "step":
        assert words[1] in {step.name for step in STEPS}
    if words[0] == "ingest":
        assert words[words.index("--kind") + 1] in {source.kind for source in SOURCES}


def test_the_readme_shows_command_lines():
    assert {"demo", "run", "ingest", "step", "pull"} <= {words[0] for page, words in CALLS if page == "README.md"}


@pytest.mark.parametrize(
    "words",
    [["no-such"], ["pull"], ["pull", "support@1", "--too", "x"], ["datasets", "no-such"], ["run", "extra"]],
    ids=" ".join,
)
def test_a_wrong_command_line_does_not_parse(words):
    with pytest.raises(Exception, match=r"(?i)unknown|missing|no such|unexpected"):
        parse(words)


def tracked():
    """Return the tracked text files; a source archive without git has none to look at."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no git checkout: nothing says which files are tracked")
    for name in filter(None, done.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and b"\0" not in (data := path.read_bytes())[:4096]:
            yield name, data.decode("utf-8", "replace")


def test_no_tracked_file_names_a_registry_host_or_a_path_of_one_machine():
    found = []
    for name, text in tracked():
        for pattern in (HOST, HOME):
            hit = pattern.search(text)
            if hit and not (name in HOST_ALLOWED or name.startswith("tests/")):
                found.append(f"{name}: {hit.group()}")
    assert not found
