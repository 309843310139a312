import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import settings as module
from flows.settings import Settings, load, step_params
from flows.starter import render, write_key, write_settings
from flows.version import code_version
from tasks.errors import ConfigError
from tasks.keys import Keyring
from tasks.registry import STEPS, find
from tasks.s3 import S3Access


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    monkeypatch.delenv("DAYTWO_KEY_FILE")


@pytest.fixture
def file(tmp_path):
    """Return a function that writes settings and loads them."""

    def write(text):
        (tmp_path / "daytwo.toml").write_text(text, encoding="utf-8")
        return load(tmp_path / "daytwo.toml")

    return write


def test_an_empty_file_gives_the_defaults_anchored_at_its_folder(file, tmp_path):
    settings = file("")
    assert settings.key_file == tmp_path / "daytwo.key"
    assert settings.lake.restricted == tmp_path / "daytwo-lake" / "restricted"
    assert settings.prefect.home == tmp_path / "daytwo-lake" / "prefect"
    assert settings.dataset.name == "support"


def test_without_a_file_the_defaults_stand_at_the_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert load().lake.shared == tmp_path / "daytwo-lake" / "shared"


def test_relative_paths_hang_on_the_file_and_absolute_ones_and_urls_stay(file, tmp_path):
    paths = {"a": "in", "b": "/x", "c": "s3://bucket/in/"}
    sources = "".join(f'[sources.{name}]\nkind = "email"\npath = "{path}"\n' for name, path in paths.items())
    settings = file('key_file = "/k"\n' + sources)
    assert settings.key_file == Path("/k")
    assert {n: s.path for n, s in settings.sources.items()} == paths | {"a": str(tmp_path / "in")}


def test_a_store_is_named_without_credentials(file):
    assert file('[s3]\nendpoint_url = "http://127.0.0.1:8333"').s3.access == S3Access("http://127.0.0.1:8333")
    with pytest.raises(ConfigError, match=r"s3\.endpoint_url") as caught:
        file('[s3]\nendpoint_url = "http://key:geheim@store"')
    assert "geheim" not in str(caught.value)


def test_the_environment_wins_over_the_file_setting_by_setting(file, monkeypatch):
    monkeypatch.setenv("DAYTWO_RUNTIME__WORKERS", "3")
    monkeypatch.setenv("DAYTWO_DATASET__NAME", "other")
    settings = file("[runtime]\nworkers = 7\npartition_mb = 5\n")
    assert (settings.runtime.workers, settings.runtime.partition_mb, settings.dataset.name) == (3, 5, "other")


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        ("wrkers = 1", "unknown setting wrkers", "sources"),
        ("[runtime]\nwrkers = 1", "unknown setting runtime.wrkers", "partition_mb, step_timeout_s, workers"),
        ('[sources.a]\nkind = "email"\npath = "x"\nmap = 1', "unknown setting sources.a.map", "kind, lang_hint"),
        ("[validation]\nnope = 1", "unknown setting validation.nope", "Known here"),
        ("[runtime]\nworkers = 0", "runtime.workers", "Correct"),
        ('[dataset]\nname = "../x"', "dataset.name", "Correct"),
        ('[dataset]\nname = "x\\n"', "dataset.name", "Correct"),
        ('[sources.a]\nkind = "email"', "sources.a.path", "Correct"),
        ("lake = 5", "lake", "Correct"),
        ("[lake", "is not TOML", "Correct the line"),
    ],
)
def test_a_wrong_setting_is_named(file, text, message, remedy):
    with pytest.raises(ConfigError) as caught:
        file(text)
    assert message in str(caught.value)
    assert remedy in caught.value.remedy


def test_a_value_of_the_environment_that_is_no_json_is_an_error_of_the_settings(file, monkeypatch):
    monkeypatch.setenv("DAYTWO_SOURCES", "not json")
    with pytest.raises(ConfigError, match="sources"):
        file("")


def test_a_file_that_is_no_text_or_not_there(tmp_path):
    (tmp_path / "bad.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not TOML"):
        load(tmp_path / "bad.toml")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml")
    assert "daytwo init" in caught.value.remedy


def test_settings_are_frozen(file):
    settings = file("")
    with pytest.raises(ValueError, match="frozen"):
        settings.dataset = None


def test_every_setting_is_described():
    for name, field in Settings.model_fields.items():
        model = field.annotation
        if isinstance(model, type) and issubclass(model, module.BaseModel):
            assert [n for n, f in model.model_fields.items() if not f.description] == [], name
        else:
            assert field.description, name


VALUE = st.none() | st.booleans() | st.integers() | st.text(max_size=4)
KNOWN = set(find("score-quality", STEPS).params.model_fields)


@given(st.dictionaries(st.text(max_size=8).filter(lambda name: name not in KNOWN), VALUE, min_size=1, max_size=3))
def test_unknown_params_are_refused_whatever_they_are(given_):
    step = find("score-quality", STEPS)
    with pytest.raises(ConfigError) as caught:
        step_params(step.params, given_, step.name)
    assert "Params of score-quality: " in caught.value.remedy


# ---- the first files


def uncommented(text):
    """Return the settings file with every commented default in force."""
    lines = [line.removeprefix("# ") for line in text.splitlines()]
    start = next(number for number, line in enumerate(lines) if line.startswith("key_file"))
    return "\n".join(lines[start:])


def test_the_file_that_init_writes_shows_the_defaults(file, tmp_path):
    shown = file(uncommented(render()).split("[steps.", 1)[0])
    plain = file("")
    assert shown.model_copy(update={"sources": {}}) == plain
    assert list(shown.sources) == ["inbox", "paper", "desk"]
    assert shown.sources["inbox"].path == str(tmp_path / "inbox/mail")


def test_the_file_that_init_writes_changes_nothing_by_itself(tmp_path):
    write_settings(tmp_path / "daytwo.toml")
    assert load(tmp_path / "daytwo.toml").model_dump() == load(tmp_path / "daytwo.toml").model_dump()
    data = tomllib.loads((tmp_path / "daytwo.toml").read_text())
    assert not [section for section in data.values() if section]


def test_the_step_params_that_init_shows_exist():
    shown = tomllib.loads("[steps." + uncommented(render()).split("[steps.", 1)[1])
    for name, given_ in shown["steps"].items():
        step_params(find(name, STEPS).params, given_, name)


def test_the_demo_has_its_three_sources(tmp_path):
    write_settings(tmp_path / "daytwo.toml", demo=True)
    settings = load(tmp_path / "daytwo.toml")
    assert {source.kind for source in settings.sources.values()} == {"email", "tickets", "scans"}
    assert settings.dataset.own_domains


def test_first_files_are_never_written_over(tmp_path):
    write_settings(tmp_path / "daytwo.toml")
    write_key(tmp_path / "daytwo.key")
    for again in (write_settings, write_key):
        with pytest.raises(ConfigError, match="exists"):
            again(tmp_path / ("daytwo.toml" if again is write_settings else "daytwo.key"))
    assert Keyring.load(tmp_path / "daytwo.key").epoch == 1


def test_the_version_of_the_code_is_that_of_the_distribution():
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert code_version() == project["project"]["version"]
