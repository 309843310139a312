import pytest

from tasks import keys


@pytest.fixture(autouse=True)
def fixed_keys(monkeypatch):
    """The same keys in every run, and none left in force for the next module."""
    monkeypatch.setattr(keys, "_in_force", [keys.Keyring(b"i" * 32, {1: b"e" * 32})])
