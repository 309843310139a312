"""Folders of an IMAP server, read only: no flag changes, nothing is moved or deleted.

A mail is known by its folder's UIDVALIDITY and its UID, which name one content for good. Where the server numbers a
folder anew, each mail in it is fetched again, and its content hash keeps it from being read twice.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tasks.errors import ConfigError, RecordError, TransientError
from tasks.origins import Found, Gone, hidden
from tasks.origins.imap_place import LOCAL, MESSAGE_BYTES, Access, Place, of_mail

if TYPE_CHECKING:
    from tasks.origins.imap_session import Session

LISTED_AT_ONCE = 1000
FETCHED_AT_ONCE = 100
BYTES_AT_ONCE = 8 << 20
"""Mails asked for with one command, and their bytes together; they are held in memory."""
CONNECTIONS = 4
"""Connections at once. Servers allow 10 to 20 per user, and people's mail programs take some of them."""
MOST_MAILS = 10_000_000
LISTING_SECONDS = 3600.0
"""Most mails of a folder, and longest listing of one: a server may claim any number and trickle."""
BROKEN_IN_A_ROW = 5
"""So many mails one after the other on which a server breaks off, and it is not the mails."""
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
        for folder in self._folders():
            for validity, uid, size in self._mails(folder):
                yield Found(self._place.uri(folder, validity, uid), size, self._account)

    def _folders(self) -> list[str]:
        with closing(self._connect()) as session:
            pattern = self._place.pattern
            if not self._place.is_pattern:
                return [pattern.pattern and _plain(self._place)]
            found = [folder for folder in session.folders() if pattern.fullmatch(folder.name)]
        wanted = [folder.name for folder in found if not folder.flags & UNWANTED.keys()]
        self.left.update(f"{UNWANTED[flag]} folder" for folder in found for flag in folder.flags & UNWANTED.keys())
        if not wanted:
            remedy = "Correct the folder in the source's path: case and separator count (INBOX/Shop or INBOX.Shop)."
            raise ConfigError(f"no folder on {self._place.host} matches the pattern", remedy=remedy)
        return sorted(wanted)
