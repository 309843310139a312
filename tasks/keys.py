"""The key file and what is derived from it: ids that can't be guessed and pseudonyms that can't be reversed.

The file is JSON with mode 0600, outside the lake: an id key that never rotates, and one key per epoch for
pseudonyms. Workers read it from `DAYTWO_KEY_FILE`; no key ever crosses a process boundary or reaches a log.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tasks.errors import ConfigError

KEY_FILE_VARIABLE = "DAYTWO_KEY_FILE"
KEY_BYTES = 32
ID_CHARS = 26
"""Base-32 characters of an id: 130 bits, so ids of a large lake do not collide."""
PSEUDONYM_CHARS = 12
"""Base-32 characters of a pseudonym: 60 bits, the least that the design asks for."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """The keys of one lake. `id_key` never rotates; `epochs` maps an epoch number to the key of its pseudonyms."""

    id_key: bytes
    epochs: dict[int, bytes]

    @property
    def epoch(self) -> int:
        """The epoch in force: the highest number."""
        return max(self.epochs)

    @classmethod
    def random(cls) -> Keyring:
        """Return a fresh keyring with epoch 1."""
        return cls(secrets.token_bytes(KEY_BYTES), {1: secrets.token_bytes(KEY_BYTES)})

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """Read a key file.

        Raises ConfigError when it is missing, readable by others, or not a key file.
        """
        try:
            mode = path.stat().st_mode
            data = json.loads(path.read_text(encoding="ascii"))
            keyring = cls(bytes.fromhex(data["id_key"]), {int(n): bytes.fromhex(k) for n, k in data["epochs"].items()})
        except FileNotFoundError:
            raise ConfigError(f"no key file at {path}", remedy="Make one with: daytwo init") from None
        except OSError as error:
            raise ConfigError(
                f"cannot read the key file {path}: {error.strerror}",
                remedy="Let daytwo's user, and nobody else, read it; or correct key_file.",
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ConfigError(f"{path} is not a daytwo key file", remedy="Restore it from its backup.") from None
        if stat.S_IMODE(mode) & 0o077:
            raise ConfigError(f"others may read the key file {path}", remedy=f"chmod 600 {path}")
        if len(keyring.id_key) < KEY_BYTES or not keyring.epochs or min(map(len, keyring.epochs.values())) < KEY_BYTES:
            raise ConfigError(f"the keys in {path} are too short", remedy="Restore it from its backup.")
        return keyring

    def save(self, path: Path) -> None:
        """Write a new key file with mode 0600.

        Raises ConfigError when the file exists: keys are never overwritten.
        """
        data = {"id_key": self.id_key.hex(), "epochs": {str(n): key.hex() for n, key in self.epochs.items()}}
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise ConfigError(
                f"{path} exists; keys are never overwritten", remedy="Use the key file you have."
            ) from None
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                json.dump(data, file)
        except OSError:
            path.unlink(missing_ok=True)  # a full disk: half a key is none
            raise

    def opaque_id(self, kind: str, *parts: str | bytes) -> str:
        """Return an id under the id key, such as `rec_k7f3…`; equal parts give equal ids, in every run."""
        return f"{kind}_{_keyed(self.id_key, kind, parts)[:ID_CHARS]}"

    def pseudonym(self, entity_type: str, canonical: str, epoch: int | None = None) -> str:
        """Return the keyed replacement of a value, `<PERSON_k7f3a9m2q4xz>`.

        `canonical` must be the canonical form: `Alice@X` and ` alice@x ` are one person only if the caller says so.
        """
        key = self.epochs[epoch or self.epoch]
        return f"<{entity_type}_{_keyed(key, entity_type, (canonical,))[:PSEUDONYM_CHARS]}>"


def _keyed(key: bytes, kind: str, parts: tuple[str | bytes, ...]) -> str:
    mac = hmac.new(key, digestmod=hashlib.sha256)
    for part in (kind, *parts):
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        mac.update(len(data).to_bytes(8, "big"))
        mac.update(data)
    return _base32(mac.digest())


BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
TWO_DIGITS = [first + second for first in BASE32 for second in BASE32]


def _base32(digest: bytes) -> str:
    """Return the first 32 digits (RFC 4648, small letters); `base64` takes four times as long, and ids are many."""
    bits = int.from_bytes(digest[:20], "big")
    return "".join([TWO_DIGITS[bits >> shift & 1023] for shift in range(150, -1, -10)])


_in_force: list[Keyring] = []


def use(keyring: Keyring) -> None:
    """Put `keyring` in force for this process, instead of the key file."""
    _in_force[:] = [keyring]


def keyring() -> Keyring:
    """Return the keyring in force: the one given to `use`, else the file that DAYTWO_KEY_FILE names.

    Raises ConfigError without either.
    """
    return _in_force[0] if _in_force else _from_environment(os.environ.get(KEY_FILE_VARIABLE, ""))


@cache
def _from_environment(path: str) -> Keyring:
    if not path:
        raise ConfigError(
            "no key file: pseudonyms and ids need one",
            remedy=f"Make one with 'daytwo init', then set key_file in daytwo.toml or {KEY_FILE_VARIABLE}.",
        )
    return Keyring.load(Path(path))
