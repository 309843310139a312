"""Where a mailbox is, and how one gets in."""

from __future__ import annotations

import os
import re
import ssl
import stat
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from tasks.errors import ConfigError

PORTS = {"imaps": 993, "imap": 143}
LOCAL = frozenset(("localhost", "127.0.0.1", "::1"))
MESSAGE_BYTES = 50 * 2**20
"""Largest mail that is fetched: the limit of read-mail."""
FORM = "Write it as imaps://user@host/folder, special characters percent-encoded (%40 for @, %20 for a blank)."
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Access:
    """How to get in: the password from a file or an environment variable, never from the settings themselves.

    `plain` sends the password without TLS, and is for a server on this machine only. A mail of more than
    `message_bytes` is not fetched.
    """

    password_file: Path | None = None
    password_env: str | None = None
    ca_file: Path | None = None
    plain: bool = False
    message_bytes: int = MESSAGE_BYTES

    def password(self) -> str:
        """Return the password.

        Raises ConfigError when there is none, or others may read its file.
        """
        if self.password_file:
            return _from_file(self.password_file)
        word = os.environ.get(self.password_env, "") if self.password_env else ""
        if not word:
            where = f"the environment variable {self.password_env} is not set" if self.password_env else "none is named"
            remedy = "Set imap.password_file or imap.password_env of the source."
            raise ConfigError(f"no password for the mailbox: {where}", remedy=remedy)
        return word

    def context(self) -> ssl.SSLContext:
        """Return the rules for TLS: certificate and host name are checked, always.

        Raises ConfigError when `ca_file` can't be read.
        """
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:  # SSLError is one
            remedy = "Correct imap.ca_file of the source: certificates in PEM form."
            raise ConfigError(f"cannot use {self.ca_file}: {type(error).__name__}", remedy=remedy) from None


def _from_file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        word = path.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Correct imap.password_file of the source."
        raise ConfigError(f"cannot read the password file {path}: {type(error).__name__}", remedy=remedy) from None
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(f"others may read the password file {path}", remedy=f"chmod 600 {path}")
    if not word:
        raise ConfigError(f"the password file {path} is empty", remedy="Write the password into it.")
    return word


@dataclass(frozen=True, slots=True)
class Place:
    """A mailbox on a server. `folder` is percent-encoded; `*` in it stands for any text."""

    tls: bool
    user: str
    host: str
    port: int
    folder: str

    @classmethod
    def parse(cls, url: str) -> Place:
        """Read imaps://user@host[:port]/folder, or imap:// (STARTTLS).

        Raises ConfigError that does not repeat the URL: it may hold a password.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        except ValueError:
            raise ConfigError("the URL of a mailbox is malformed", remedy=FORM) from None
        if parts.password is not None:
            remedy = "Take it out, change it, and set imap.password_file or imap.password_env of the source."
            raise ConfigError("the URL of a mailbox holds a password", remedy=remedy)
        user, folder = unquote(parts.username or ""), parts.path.removeprefix("/")
        if not (user and host and folder) or set("?#") & set(url) or _CONTROLS.search(user + unquote(folder)):
            raise ConfigError("the URL of a mailbox lacks its user, host or folder, or is malformed", remedy=FORM)
        return cls(parts.scheme == "imaps", user, host, port, folder)

    @property
    def name(self) -> str | None:
        """The folder's name, None where it is a pattern. INBOX has no case, the others do."""
        name = unquote(self.folder)
        return None if "*" in self.folder else "INBOX" if name.upper() == "INBOX" else name

    @property
    def pattern(self) -> re.Pattern[str]:
        """What the names of the folders match."""
        return re.compile(".*".join(re.escape(unquote(part)) for part in self.folder.split("*")), re.DOTALL)

    def uri(self, folder: str, validity: int, uid: int) -> str:
        """Return the uri of a mail (RFC 5092), without the user."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS["imaps" if self.tls else "imap"] else f":{self.port}"
        return f"imap://{host}{port}/{quote(folder, safe='')};UIDVALIDITY={validity}/;UID={uid}"


_MAIL = re.compile(r"imap://[^/]+/(?P<folder>[^/;]+);UIDVALIDITY=(?P<validity>\d+)/;UID=(?P<uid>\d+)")


def of_mail(uri: str) -> tuple[str, int, int]:
    """Return folder, UIDVALIDITY and UID of a mail's uri, as `Place.uri` made it."""
    match = _MAIL.fullmatch(uri)
    assert match, "a uri of this module"
    return unquote(match["folder"]), int(match["validity"]), int(match["uid"])
