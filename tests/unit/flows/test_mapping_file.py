"""The file that `daytwo ingest --map` reads."""

import inspect

import pytest

from flows.commands.workbench import declared, ingest
from tasks.errors import ConfigError
from tasks.ingest.ticket_columns import MAPPED_FIELDS


def test_words_for_roles_stand_beside_the_columns():
    loaded = {"text": "body", "roles": {"wakala": "agent"}}
    assert declared(loaded) == {"mapping": {"text": "body"}, "roles": {"wakala": "agent"}}
    assert declared({"text": "body"}) == {"mapping": {"text": "body"}}


def test_a_mapping_that_fits_no_file_is_a_wrong_setting(tmp_path):
    (tmp_path / "t.csv").write_text("Nambari,Ujumbe\n1,Sijapata\n")
    (tmp_path / "m.toml").write_text('text = "Nope"')
    with pytest.raises(ConfigError, match=r"fits none of the files.*'Nope'"):
        ingest([str(tmp_path / "t.csv")], kind="tickets", out=tmp_path / "o.jsonl", mapping=tmp_path / "m.toml")


def test_the_help_names_every_field():
    said = inspect.getdoc(ingest)
    assert all(field in said or field.split("_")[1] in said for field in MAPPED_FIELDS)
