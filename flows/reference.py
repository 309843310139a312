"""Renders the references of commands, settings and decisions into docs/: `python -m flows.reference` writes them.

What is written depends on the repository only: not on the terminal, the machine or the environment.
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flows.cli import app
from flows.settings import ImapSettings, Settings, SourceSettings
from tasks.registry import SOURCES, STEPS

DOCS = Path(__file__).parent.parent / "docs"

COMMANDS_OPENING = """\
# Commands

Generated from the command line by `python -m flows.reference`; change the code, not this page. `daytwo COMMAND --help`
shows the same.
"""
SETTINGS_OPENING = """\
# Settings

Generated from the code by `python -m flows.reference`; change the code, not this page.

`daytwo.toml` holds the settings; `daytwo init` writes one in which every default stands as a comment. The environment
wins over the file (`DAYTWO_RUNTIME__WORKERS=4` is `workers = 4` of `[runtime]`), and an unknown key is an error that
names the known ones. Relative paths are relative to the file. A default of *by machine* is computed at the start.
"""
DECISIONS_OPENING = """\
# Decisions

Generated from the first lines of the files here by `python -m flows.reference`. Each says what was chosen, what else
could have been, and why. The core has the numbers from 0001, the stages those from 0100.
"""
TYPES = {bool: "true or false", int: "integer", float: "number", str: "text", Path: "path"}


def commands() -> str:
    """Return the command reference as Markdown, every command in the order of `daytwo --help`."""
    parts = [COMMANDS_OPENING]
    for path, command in walk(typer.main.get_command(app)):
        parts += [f"## daytwo {' '.join(path)}", "", *_help(command), *_parameters(command)]
    return "\n".join(parts)


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield (path, command) of every command below a group, depth first."""
    for name, child in command.commands.items():
        if hasattr(child, "commands"):
            yield from walk(child, (*path, name))
        else:
            yield (*path, name), child


def _help(command: Any) -> Iterator[str]:
    text, _, example = inspect.cleandoc(command.help or "").partition("Example: ")
    yield from [text.rstrip(), ""]
    if example:
        yield from ["```sh", example.strip(), "```", ""]


def _parameters(command: Any) -> Iterator[str]:
    if command.params:
        yield from ["| argument or option | what it says | default |", "|---|---|---|"]
        for param in command.params:
            default = "required" if param.required else _value(param.default)
            yield f"| {_usage(param)} | {_cell(param.help or '')} | {default} |"
        yield ""


def _usage(param: Any) -> str:
    if param.param_type_name == "argument":
        return f"`{param.name.upper()}{'...' if param.nargs < 0 else ''}`"
    names = " ".join(f"`{name}`" for name in (*param.opts, *param.secondary_opts))
    return f"{names} (may be repeated)" if param.multiple else names


def settings() -> str:
    """Return the settings reference as Markdown: the sections, then the params of every source and step."""
    sections = {name: _section(field) for name, field in Settings.model_fields.items()}
    plain = {name: Settings.model_fields[name] for name, section in sections.items() if section is None}
    parts = [SETTINGS_OPENING, "## At the top", "", *_table(Settings, plain)]
    for name, model in sections.items():
        if model is not None:
            parts += [f"## [{name}]", "", *_about(model), *_table(model)]
    own = {name: field for name, field in SourceSettings.model_fields.items() if _section(field) is None}
    parts += ["## [sources.NAME]", "", *_about(SourceSettings), *_table(SourceSettings, own)]
    parts += ["## [sources.NAME.imap]", "", *_about(ImapSettings), *_table(ImapSettings)]
    for source in SOURCES:
        title = f'## [sources.NAME.params], kind = "{source.kind}"'
        parts += [title, "", f"{source.name}: {source.summary}", "", *_about(source.params), *_table(source.params)]
    for step in STEPS:
        parts += [f"## [steps.{step.name}]", "", step.summary, "", *_about(step.params), *_table(step.params)]
    return "\n".join(parts)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    kind = field.annotation
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def _about(model: type[BaseModel]) -> list[str]:
    """Return what the class says of itself, but for an opening that repeats its name."""
    said = re.sub(r"^Params of [a-z-]+\.\s*", "", inspect.getdoc(model) or "")
    return [_one_line(said, keep_paragraphs=True), ""] if said else []


def _table(model: type[BaseModel], fields: dict[str, FieldInfo] | None = None) -> Iterator[str]:
    fields = model.model_fields if fields is None else fields
    if not fields:
        yield from ["It has no params.", ""]
        return
    said = _docstrings(model)
    yield from ["| key | type | default | what it says |", "|---|---|---|---|"]
    for name, field in fields.items():
        about = field.description or said.get(name, "")
        yield f"| `{name}` | {_type(field.annotation)} | {_default(field)} | {_cell(about)} |"
    yield ""


def _docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Return the string that stands below each field in the source of the class."""
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    said = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            said[field.target.id] = str(ast.literal_eval(below.value))
    return said


def _type(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    if origin in {Union, UnionType}:
        return " or ".join(_type(part) for part in arguments if part is not NoneType)
    if origin is tuple:
        return f"list of {_type(arguments[0])}"
    return "table" if origin is dict else TYPES.get(kind, getattr(kind, "__name__", str(kind)))


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    if field.default_factory not in {None, dict, list, tuple}:
        return "*by machine*"
    return _value(field.get_default(call_default_factory=True, validated_data={}))


def _value(value: Any) -> str:
    """Return a default as TOML would write it; empty for none."""
    if value is None or value in ({}, (), ""):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | list):
        return ", ".join(_value(part) for part in value)
    return f"`{value}`"


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


def _one_line(text: str, *, keep_paragraphs: bool = False) -> str:
    paragraphs = re.split(r"\n\s*\n", text.strip()) if keep_paragraphs else [text]
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def decisions() -> str:
    """Return the index of docs/decisions: the title of each, by number."""
    lines = [DECISIONS_OPENING]
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        title = path.read_text(encoding="utf-8").split("\n")[0].removeprefix(f"# {path.name[:4]}").lstrip(" :·")
        lines.append(f"- [{path.name[:4]}]({path.name}) {title}")
    return "\n".join(lines)


PAGES = {"commands.md": commands, "settings.md": settings, "decisions/README.md": decisions}
"""Every rendered page of docs/, by path."""


def main() -> None:
    """Write the references into docs/."""
    for name, render in PAGES.items():
        (DOCS / name).write_text(render().rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
