"""One logged-in connection to an IMAP server, which only ever reads: EXAMINE, FETCH of sizes, BODY.PEEK."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError

from tasks.errors import ConfigError, TransientError
from tasks.origins.imap_place import Access, Place
from tasks.origins.imap_wire import Client

BUSY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[CONTACTADMIN]")
"""Response codes (RFC 5530) with which a server refuses a login or a folder for the moment only."""
UNREADABLE = frozenset((b"\\noselect", b"\\nonexistent"))
MOST_BYTES = 1 << 53
"""A size above it is a lie; as a number it must still fit into the ledger."""


class Broken(TransientError):
    """The connection is lost, or the server spoke junk or too much: a new connection may help."""


class NoFolder(ConfigError):
    """There is no such folder, or it may not be read."""


class Folder(NamedTuple):
    """A folder as LIST shows it: flags in lower case."""

    name: str
    flags: frozenset[bytes]


class Status(NamedTuple):
    """A folder as EXAMINE shows it: `validity` is its UIDVALIDITY, `mails` how many it holds."""

    validity: int
    mails: int


class Session:
    """A connection that is logged in. `opened` is the folder that it examined last, with its UIDVALIDITY.

    Raises ConfigError when the server does not let us in or its certificate is not good, TransientError when it does
    not answer.
    """

    def __init__(self, place: Place, access: Access) -> None:
        self._place = place
        self.opened: tuple[str, int] | None = None
        password, context = access.password(), access.context()
        with self._telling("connect to"):
            self._client = Client(place.host, place.port, context, tls=place.tls)
        try:
            self._enter(password, context, secret=place.tls or not access.plain)
        except BaseException:
            self.close()
            raise

    def _enter(self, password: str, context: ssl.SSLContext, *, secret: bool) -> None:
        client, place = self._client, self._place
        with self._telling("log in to"):
            if secret and not place.tls:
                client.starttls(context)
            if client.has_capability("AUTH=PLAIN"):
                client.plain_login(place.user, password)  # the only one that takes passwords beyond ASCII
            else:
                client.login(place.user, password)

    def folders(self) -> list[Folder]:
        """Return the folders that hold mails."""
        with self._telling("list the folders of"):
            found = [
                Folder(name, frozenset(f.lower() for f in flags)) for flags, _, name in self._client.list_folders()
            ]
        return [folder for folder in found if not folder.flags & UNREADABLE]

    def examine(self, folder: str) -> Status:
        """Open a folder for reading only: no flag of it changes.

        Raises NoFolder when it is not there or may not be read, ConfigError when it has no UIDVALIDITY.
        """
        with self._telling("open a folder of"):
            try:
                said = self._client.select_folder(folder, readonly=True)
            except IMAPClientAbortError:
                raise
            except IMAPClientError as error:
                if _is_busy(error):
                    raise
                remedy = "Correct the folder in the source's path: case and separator count (INBOX/Shop or INBOX.Shop)."
                raise NoFolder(f"no folder {folder} on {self._place.host}", remedy=remedy) from None
            validity, mails = said.get(b"UIDVALIDITY", 0), said[b"EXISTS"]
        if not validity:
            remedy = "Its mails can't be told apart from night to night: export the folder to disk, and read that."
            raise ConfigError(f"a folder on {self._place.host} has no UIDVALIDITY", remedy=remedy)
        self.opened = folder, validity
        return Status(validity, mails)

    def sizes(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return (UID, bytes) of the mails with the sequence numbers `first` to `last` of the open folder."""
        with self._telling("list the mails of"):
            self._client.use_uid = False
            found = self._client.fetch(range(first, last + 1), ["UID", "RFC822.SIZE"])
            return [(int(facts[b"UID"]), _size(facts)) for facts in found.values()]

    def bodies(self, uids: Sequence[int], promised: int, most: int) -> dict[int, bytes]:
        """Return the mails of the open folder with these UIDs, each cut at `most` bytes; one that is gone is missing.

        `promised` is what their sizes add up to, in bytes; a server that sends much more is cut off.
        """
        with self._telling("read mails of", promised):
            self._client.use_uid = True
            found = self._client.fetch(uids, [f"BODY.PEEK[]<0.{most}>"])
            return {uid: body for uid, facts in found.items() if (body := _body(facts)) is not None}

    def close(self) -> None:
        """Hang up. No LOGOUT: a server that does not answer it would keep us waiting."""
        with suppress(OSError):  # it is closed already, which is what we want
            self._client.shutdown()

    @contextmanager
    def _telling(self, doing: str, promised: int = 0) -> Iterator[None]:
        """Turn what the libraries raise into our errors, without a word that the server said."""
        if hasattr(self, "_client"):
            self._client.allowance.grant(promised)
        server = f"{self._place.host}:{self._place.port}"
        try:
            yield
        except (ConfigError, TransientError):
            raise
        except ssl.SSLCertVerificationError as error:
            remedy = (
                "Set imap.ca_file of the source to your authority's certificate, or the path to the server's true name."
            )
            raise ConfigError(
                f"the certificate of {server} is no good: {error.verify_message}", remedy=remedy
            ) from None
        except LoginError as error:
            if _is_busy(error):
                raise Broken(f"cannot {doing} {server}: busy", remedy="Run again later.") from None
            remedy = "Correct the user in the source's path, or the password; some servers want a password for apps."
            raise ConfigError(f"{server} refuses the login", remedy=remedy) from None
        except CapabilityError:
            remedy = "Use imaps://; daytwo sends no password in the clear."
            raise ConfigError(f"{server} offers no STARTTLS", remedy=remedy) from None
        except Exception as error:  # noqa: BLE001 - the parsers may raise anything on what a hostile server says
            remedy = "Look whether host and port in the source's path are right and the server is up; then run again."
            raise Broken(f"cannot {doing} {server}: {type(error).__name__}", remedy=remedy) from None


def _is_busy(error: IMAPClientError) -> bool:
    said = str(error)
    return any(code in said for code in BUSY)


def _size(facts: dict[bytes, Any]) -> int:
    """Return the claimed size; a mail whose size is not told is fetched nevertheless."""
    return max(0, min(int(facts.get(b"RFC822.SIZE") or 0), MOST_BYTES))


def _body(facts: dict[bytes, object]) -> bytes | None:
    """Return the mail in an answer; servers name the part `BODY[]<0>`, some without the offset."""
    found = [body for name, body in facts.items() if name.startswith(b"BODY[]")]
    return found[0] if found and isinstance(found[0], bytes) else None
