"""Folders of an IMAP server, read only: no flag changes, nothing is moved or deleted.

A mail is known by its folder's UIDVALIDITY and its UID, which name one content for good. Where the server numbers a
folder anew, each mail in it is fetched again, and its content hash keeps it from being read twice.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from tasks.errors import ConfigError, RecordError, TransientError
from tasks.origins import Found, Gone, hidden
from tasks.origins.imap_place import LOCAL, Access, Place, of_mail
from tasks.origins.imap_session import Broken, NoFolder, Session

LISTED_AT_ONCE = 1000
FETCHED_AT_ONCE = 100
BYTES_AT_ONCE = 8 << 20
"""Mails asked for with one command, and their bytes together; they are held in memory."""
CONNECTIONS = 4
"""Connections at once. Servers allow 10 to 20 per user, and people's mail programs take some of them."""
MOST_MAILS = 10_000_000
LISTING_SECONDS = 3600.0
"""Most mails of a folder, and longest listing of one: a server may claim any number and trickle."""
BROKEN_IN_A_ROW = 20
"""When a server breaks off at so many mails one after the other, it is not the mails."""
UNWANTED = {b"\\trash": "trash", b"\\junk": "junk", b"\\drafts": "drafts"}
"""Special uses (RFC 6154) of folders that a wildcard leaves alone."""


class Mailbox:
    """The mails of imaps://user@host/folder. Implements `Origin`; several threads may fetch at once."""

    def __init__(self, url: str, access: Access) -> None:
        self.left: Counter[str] = Counter()
        self._place = Place.parse(url)
        self._access = access
        if access.plain and self._place.host not in LOCAL:
            remedy = "Take imap.plain out: STARTTLS keeps the password and the mails secret."
            raise ConfigError("imap.plain is for a server on this machine only", remedy=remedy)
        self._account = hashlib.sha256(self._place.user.encode()).hexdigest()[:16]
        self._idle: list[Session] = []
        self._room = threading.BoundedSemaphore(CONNECTIONS)
        self._broken = 0

    def listing(self) -> Iterator[Found]:
        """Yield the mails, folder by folder, in the order of their UIDs.

        `version` tells accounts apart, since a uri holds no user and two users' folders may be numbered alike.

        Raises ConfigError when the server does not let us in or has no such folder, TransientError when it does not
        answer, also over a second connection.
        """
        self.left.clear()
        try:
            for folder in self._folders():
                for validity, uid, size in self._mails(folder):
                    yield Found(self._place.uri(folder, validity, uid), size, self._account)
        finally:
            self._hang_up()

    def _folders(self) -> list[str]:
        if self._place.name is not None:
            return [self._place.name]
        with self._session() as session:
            found = [folder for folder in session.folders() if self._place.pattern.fullmatch(folder.name)]
        self.left.update(f"{UNWANTED[flag]} folder" for folder in found for flag in folder.flags & UNWANTED.keys())
        wanted = sorted(folder.name for folder in found if not folder.flags & UNWANTED.keys())
        if not wanted:
            remedy = "Correct the folder in the source's path: case and separator count."
            raise ConfigError(f"no folder on {self._place.host} matches {self._place.folder}", remedy=remedy)
        return wanted

    def _mails(self, folder: str) -> Iterator[tuple[int, int, int]]:
        """Yield UIDVALIDITY, UID and size; after a lost connection go on where it was."""
        last = (0, 0)
        for again in (True, False):
            try:
                for validity, uid, size in self._mails_after(last, folder):
                    last = validity, uid
                    yield validity, uid, size
            except NoFolder:
                if self._place.name is not None:
                    raise
                self.left["folder that may not be read"] += 1
            except Broken:
                if again:
                    continue
                raise
            return

    def _mails_after(self, last: tuple[int, int], folder: str) -> Iterator[tuple[int, int, int]]:
        until = time.monotonic() + LISTING_SECONDS
        with self._session() as session:
            validity, mails = session.examine(folder)
            if mails > MOST_MAILS:
                remedy = "Move mails into several folders, and name those."
                raise ConfigError(f"a folder on {self._place.host} holds more than {MOST_MAILS:,} mails", remedy=remedy)
            for first in range(1, mails + 1, LISTED_AT_ONCE):
                found = session.sizes(first, min(first + LISTED_AT_ONCE - 1, mails))
                if not found or time.monotonic() > until:
                    raise TransientError(f"{self._place.host} does not finish its listing", remedy="Run again later.")
                yield from (
                    (validity, uid, size) for uid, size in found if (validity, uid) > last or validity != last[0]
                )

    def fetch(self, found: Found, folder: Path, ahead: Sequence[Found] = ()) -> Found:
        """Return the mail with its bytes in `folder`, and bring those that are wanted next with the same command.

        Raises Gone when it was deleted or its folder numbered anew, RecordError when it is too large or the server
        can't read it, TransientError and ConfigError as `listing`.
        """
        path = hidden(found, folder)
        try:
            if not path.exists():
                self._bring(found, folder, ahead)
        finally:
            if not ahead:
                self._hang_up()
        if not path.exists():
            raise Gone
        return replace(found, path=path)

    def _bring(self, found: Found, folder: Path, ahead: Sequence[Found]) -> None:
        most = self._access.message_bytes
        if found.size > most:
            raise RecordError("too_large", f"more than {most >> 20} MB: not fetched")
        mails = _batch(found, ahead)
        try:
            bodies = self._bodies(mails, sum(mail.size for mail in mails))
        except Broken:
            bodies = self._body_alone(found)
        self._broken = 0
        for mail in mails:
            body = bodies.get(of_mail(mail.uri)[2])
            if body is not None and len(body) <= most:
                _write(hidden(mail, folder), body)
            elif body is not None and mail is found:
                raise RecordError("too_large", f"more than {most >> 20} MB, though the server said less")

    def _bodies(self, mails: Sequence[Found], promised: int, *, afresh: bool = False) -> dict[int, bytes]:
        """Ask for mails. A folder that is open is opened anew only `afresh`: a server looks at each mail in it then."""
        folder, validity, _ = of_mail(mails[0].uri)
        with self._session() as session:
            try:
                if afresh or session.opened != (folder, validity):
                    session.examine(folder)
            except NoFolder:
                raise Gone from None
            if session.opened != (folder, validity):
                raise Gone
            return session.bodies([of_mail(mail.uri)[2] for mail in mails], promised, self._access.message_bytes + 1)

    def _body_alone(self, found: Found) -> dict[int, bytes]:
        """Try once more, with this mail alone: one that a server can't read must not hold up the others.

        It may be of any size now: perhaps the server told a wrong one.
        """
        try:
            return self._bodies([found], self._access.message_bytes, afresh=True)
        except Broken:
            self._broken += 1
            if self._broken >= BROKEN_IN_A_ROW:
                raise
        with self._session() as session:
            session.examine(of_mail(found.uri)[0])  # raises when it is the server that is broken
        raise RecordError("unreadable", "the server breaks off at this mail")

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Lend a connection, and keep it for the next one unless something went wrong with it."""
        with self._room:
            try:
                session = self._idle.pop()
            except IndexError:
                session = Session(self._place, self._access)
            try:
                yield session
            except BaseException:
                session.close()
                raise
            self._idle.append(session)

    def _hang_up(self) -> None:
        """Close the connections that nobody uses."""
        with suppress(IndexError):  # another thread may take the last one first
            while True:
                self._idle.pop().close()


def _batch(found: Found, ahead: Sequence[Found]) -> list[Found]:
    """Return the mail and those after it that fit into one command: of the same folder, and few bytes together."""
    place = found.uri.rpartition("/")[0]
    batch, left = [found], BYTES_AT_ONCE - found.size
    for mail in ahead[: FETCHED_AT_ONCE - 1]:
        left -= mail.size
        if left < 0 or mail.uri.rpartition("/")[0] != place:
            break
        batch.append(mail)
    return batch


def _write(path: Path, body: bytes) -> None:
    """Write the file at once whole, so that one that is there is complete. Raises TransientError."""
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(body)
        part.replace(path)
    except OSError as error:
        remedy = "Make room on the disk of lake.restricted."
        raise TransientError(f"cannot write what was fetched: {error.strerror}", remedy=remedy) from None
