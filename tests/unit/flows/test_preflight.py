"""What a run needs, and which Prefect server it uses; no server of Prefect is started."""

import json
import socket
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from flows import preflight, server
from flows.settings import PrefectSettings, load
from flows.starter import write_key, write_settings
from tasks.errors import ConfigError, DaytwoError, DependencyMissing


@pytest.fixture(autouse=True)
def no_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("DAYTWO_KEY_FILE")
    monkeypatch.setenv("PREFECT_API_URL", "")  # so that it is as before afterwards, whatever the code sets
    monkeypatch.delenv("PREFECT_API_URL")
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect-home"))


@pytest.fixture
def settings(tmp_path):
    write_settings(tmp_path / "daytwo.toml")
    write_key(tmp_path / "daytwo.key")
    return load(tmp_path / "daytwo.toml")


def test_a_fresh_project_has_key_and_lake_in_order(settings):
    assert preflight.key(settings).ok
    assert preflight.lake(settings).ok
    assert preflight.steps(settings).ok


def test_a_missing_key_and_one_in_the_lake_are_found(settings):
    settings.key_file.unlink()
    assert "daytwo init" in preflight.key(settings).remedy
    inside = settings.lake.restricted / "daytwo.key"
    preflight.lake(settings)
    write_key(inside)
    found = preflight.key(settings.model_copy(update={"key_file": inside}))
    assert (found.ok, found.seen) == (False, "it lies inside the lake")


def test_a_full_disk_is_found(settings, monkeypatch):
    usage = preflight.shutil.disk_usage("/")._replace(free=1 << 20)
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _path: usage)
    assert preflight.lake(settings).seen == "1 MB free"


def test_every_source_is_looked_at(tmp_path):
    write_key(tmp_path / "daytwo.key")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_bytes(b"1")
    (tmp_path / "empty").mkdir()
    text = "".join(f'[sources.{n}]\nkind = "email"\npath = "{n}"\n' for n in ("full", "empty", "gone"))
    (tmp_path / "daytwo.toml").write_text(text + '[sources.odd]\nkind = "email"\npath = "ftp://host/x"\n')
    settings = load(tmp_path / "daytwo.toml")
    found = {f.name.removeprefix("source "): f for f in preflight.findings(settings) if f.name.startswith("source ")}
    assert {name: finding.ok for name, finding in found.items()} == {
        "full": True,
        "empty": True,
        "gone": False,
        "odd": False,
    }
    assert found["full"].seen == f"{tmp_path}/full: files are there"
    assert "no files yet" in found["empty"].seen
    assert "path of the source" in found["gone"].remedy
    assert "s3://" in found["odd"].remedy


def test_a_file_in_the_place_of_the_lake_is_found(settings):
    settings.lake.restricted.parent.mkdir(parents=True)
    settings.lake.restricted.write_text("")
    assert not preflight.lake(settings).ok
    with pytest.raises(ConfigError):
        preflight.check(settings)


def test_a_missing_tesseract_names_the_command_that_installs_it(monkeypatch):
    monkeypatch.setattr(preflight.shutil, "which", lambda _name: None)
    found = preflight.tesseract()
    assert (found.ok, found.seen) == (False, "not found")
    assert found.remedy.startswith("apt-get install tesseract-ocr ")


def test_a_missing_model_stops_a_run_before_work(settings, monkeypatch):
    monkeypatch.setattr(preflight, "MODELS", ("no_such_model",))
    with pytest.raises(DependencyMissing, match="no_such_model"):
        preflight.check(settings)


def test_every_finding_that_is_not_in_order_has_a_remedy(settings, monkeypatch):
    monkeypatch.setattr(preflight, "MODELS", ("no_such_model",))
    monkeypatch.setattr(preflight.shutil, "which", lambda _name: None)
    settings.key_file.unlink()
    for found in preflight.findings(settings):
        assert found.ok or found.remedy
        assert found.seen


# ---- which server


@contextmanager
def answering(reply):
    """Serve one fixed reply to whoever asks, as another program would that took the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(reply)
            self.end_headers()

        def log_message(self, *_args):
            pass

    served = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=served.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{served.server_port}/api"
    finally:
        served.shutdown()
        served.server_close()


@contextmanager
def talking(line):
    """Say a line that is no HTTP to whoever connects."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def talk():
            connection, _ = listening.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(line)

        Thread(target=talk, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/api"


@pytest.mark.parametrize(("reply", "expected"), [(200, True), (404, False), (500, False)])
def test_health_is_what_the_server_answers(reply, expected):
    with answering(reply) as url:
        assert server.healthy(url) is expected


@pytest.mark.parametrize("line", [b"SSH-2.0-OpenSSH_9.6\r\n", b"", b"\xff\x00"])
def test_another_program_on_the_port_is_no_prefect(line):
    with talking(line) as url:
        assert server.healthy(url) is False


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/api", "nonsense", ""])
def test_nobody_is_not_healthy(url):
    assert server.healthy(url) is False


@pytest.mark.parametrize("note", [None, "", "{", "[]", "7", "{}", '{"api": 5}', '{"api": "http://127.0.0.1:1/api"}'])
def test_a_stale_or_odd_note_means_that_no_server_runs(tmp_path, note):
    if note is not None:
        (tmp_path / server.NOTE).write_text(note)
    assert server.running_url(PrefectSettings(home=tmp_path)) is None


def test_a_note_of_a_server_that_answers_is_believed(tmp_path):
    with answering(200) as url:
        (tmp_path / server.NOTE).write_text(json.dumps({"api": url}))
        assert server.running_url(PrefectSettings(home=tmp_path)) == url


def test_the_environment_then_the_active_profile_say_which_server(tmp_path, monkeypatch):
    assert server.configured_url() is None
    home = tmp_path / "prefect-home"
    home.mkdir()
    (home / "profiles.toml").write_text(
        'active = "a"\n[profiles.a]\nPREFECT_API_URL = "http://profile/api"\n[profiles.b]\n'
    )
    assert server.configured_url() == "http://profile/api"
    monkeypatch.setenv("PREFECT_API_URL", "http://environment/api")
    assert server.configured_url() == "http://environment/api"


@pytest.mark.parametrize("text", ["", "[", 'active = "none"', 'active = "a"\n[profiles.a]\nx = 1'])
def test_a_profile_without_a_server_means_none(tmp_path, text):
    home = tmp_path / "prefect-home"
    home.mkdir()
    (home / "profiles.toml").write_text(text)
    assert server.configured_url() is None


def test_a_free_port_can_be_listened_on():
    with socket.create_server(("127.0.0.1", server.free_port())) as listening:
        assert listening.getsockname()[1] > 0


def test_a_server_that_does_not_start_says_where_its_log_is(tmp_path, monkeypatch):
    monkeypatch.setattr(server.sys, "executable", "/bin/false")
    with pytest.raises(DaytwoError, match="did not start") as caught, server.server(PrefectSettings(home=tmp_path), 1):
        pytest.fail("started")
    assert "server.log" in caught.value.remedy
