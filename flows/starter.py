"""The first files of a project: a commented daytwo.toml and a key file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from flows.settings import Settings
from tasks.errors import ConfigError
from tasks.keys import Keyring

HEADER = """\
# Settings of daytwo. Every line that is commented out shows a default.
# The environment wins over this file: DAYTWO_RUNTIME__WORKERS=4 is [runtime] workers = 4.
# Relative paths are relative to this file.
"""
SOURCES = """
# [sources.inbox]              # as many sources as you like, each with a name of its own
# kind = "email"               # email, tickets or scans
# path = "inbox/mail"          # folder or file
# lang_hint = "en"             # language that most of it is in, if it is mostly one
# [sources.inbox.params]       # params of the reader; a column mapping for tickets:
# mapping = { text = "body", native_id = "id", subject = "title" }
#
# [sources.paper]              # PDF, TIFF, PNG, JPEG and more
# kind = "scans"
# path = "inbox/scans"
# [sources.paper.params]
# min_confidence = 50          # pages that OCR is less sure of are left out; 0 lets everything pass
#
# [sources.desk]               # a folder of a mail server, read only
# kind = "email"
# path = "imaps://help%40shop.example@mail.shop.example/INBOX"
# [sources.desk.imap]
# password_file = "desk.password"   # mode 0600
"""
DEMO_SOURCES = """
[sources.mail]
kind = "email"
path = "inbox/mail"

[sources.tickets]
kind = "tickets"
path = "inbox/tickets"

[sources.scans]
kind = "scans"
path = "inbox/scans"
"""


def write_key(path: Path) -> None:
    """Write a new key file with mode 0600.

    Raises ConfigError when it exists.
    """
    Keyring.random().save(path)


def write_settings(path: Path, *, demo: bool = False) -> None:
    """Write a commented settings file; for the demo with its sources and staff domains set.

    Raises ConfigError when the file exists.
    """
    if path.exists():
        raise ConfigError(f"{path} exists", remedy="Edit it, or remove it first.")
    text = render(demo=demo)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        path.unlink(missing_ok=True)  # a full disk: half a file would be kept by the next try
        raise


def render(*, demo: bool = False) -> str:
    """Return the text of a settings file in which every default stands as a comment."""
    from flows.demo.world import OWN_DOMAIN  # noqa: PLC0415 - only the demo needs it

    lines = [HEADER, f'# key_file = "{Settings.model_fields["key_file"].default}"', DEMO_SOURCES if demo else SOURCES]
    for name, field in Settings.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            lines += [f"[{name}]", *_options(model), ""]
            if demo and name == "dataset":
                lines[-1:] = [f"own_domains = {_toml([OWN_DOMAIN])}", ""]
    lines += ["# [steps.score-quality]       # params of a step, by its name", "# threshold = 0.2"]
    return "\n".join(lines) + "\n"


def _options(model: type[BaseModel]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = "" if default is PydanticUndefined else _toml(default)
        yield f"# {name} = {shown}  # {field.description}"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(part) for part in value)}]"
    return f'"{value}"'
