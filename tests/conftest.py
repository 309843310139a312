"""What all tests share: a key file, killable workers, and the way to the measuring sets."""

import os
import resource
import sys
from contextlib import contextmanager
from pathlib import Path

import cloudpickle
import pytest
from hypothesis import settings

from tasks import keys
from tasks.keys import KEY_FILE_VARIABLE, Keyring
from tasks.sandbox import Workers

pytest_plugins = ("tests.mailserver", "tests.objectstore")

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
KEYS = Keyring(bytes(range(32)), {1: bytes(range(32, 64))})

if os.environ.get("CI"):
    # CI judges a commit, so the same commit gets the same verdict; at a desk hypothesis keeps looking for new cases
    settings.register_profile("ci", derandomize=True)
    settings.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption(
        "--update-fingerprints", action="store_true", help="Write tests/contract/fingerprints.json anew, then pass."
    )


@pytest.fixture(scope="session", autouse=True)
def session_key(tmp_path_factory):
    """Put a key file in force for all tests and the workers they start; the same keys in every run."""
    path = tmp_path_factory.getbasetemp() / "daytwo.key"
    KEYS.save(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_FILE_VARIABLE, str(path))
        yield path


@pytest.fixture(autouse=True)
def key_file(session_key, monkeypatch):
    """Return the key file in force; whatever a test does to it, the next one finds it."""
    monkeypatch.setattr(keys, "_in_force", [])
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(session_key))
    return session_key


@pytest.fixture(scope="session")
def shared_data():
    """Return the folder of the measuring sets, or skip loudly: they lie beside the checkout, not in it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"NOT TESTED: the measuring sets are not at {SHARED_DATA}")
    return SHARED_DATA


@pytest.fixture(scope="module")
def pool():
    """Two killable workers, for all tests of a module."""
    with Workers(2) as workers:
        yield workers


class Shipped:
    """A function of a test module that arrives whole in a worker, which can't import tests."""

    def __init__(self, function):
        self.function = function

    def __reduce__(self):
        module = sys.modules[self.function.__module__]
        cloudpickle.register_pickle_by_value(module)
        try:
            return cloudpickle.loads, (cloudpickle.dumps(self.function),)
        finally:
            cloudpickle.unregister_pickle_by_value(module)


@pytest.fixture(scope="session")
def ship():
    """Return what makes a function of a test travel to a worker."""
    return Shipped


@pytest.fixture
def small_disk():
    """A context in which no file may grow over some bytes: what a full disk is, for this process alone."""

    @contextmanager
    def within(size=100_000):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return within
