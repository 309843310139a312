"""The line to an IMAP server, metered: a hostile server can neither fill the memory nor keep us waiting for ever.

imaplib reads literals of any size, and as many lines as a server cares to send, and its timeout starts anew with every
byte. Here each command has an allowance of bytes, lines and seconds; what goes beyond it ends the connection.
"""

from __future__ import annotations

import imaplib
import io
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any

from imapclient import IMAPClient

IDLE_SECONDS = 60.0
"""Longest silence of a server, and longest handshake."""
COMMAND_SECONDS = 300.0
"""Longest command; a server that has never looked at a folder reads all its mails to tell their sizes."""
SLOWEST = 16 * 1024
"""Bytes a second that a server must bring, beyond the first COMMAND_SECONDS."""
SPARE_BYTES = 1 << 20
"""Bytes of an answer beside the literals that were asked for: about 10,000 folders, or 20,000 sizes."""
MOST_LINES = 50_000
"""Lines of one answer; a line costs some 100 bytes of memory however short it is."""


class Overrun(Exception):
    """The server sent more than it was asked for, or too slowly."""


@dataclass
class Allowance:
    """What the server may still send for the command in hand."""

    literal: int = 0
    left: int = 0
    lines: int = 0
    until: float = 0.0

    def grant(self, promised: int = 0) -> None:
        """Begin a command whose literals are `promised` bytes together.

        Servers such as Exchange estimate sizes, so twice the promise is let through.
        """
        self.literal = self.left = 2 * promised + SPARE_BYTES
        self.lines = MOST_LINES
        self.until = time.monotonic() + COMMAND_SECONDS + self.left / SLOWEST

    def patience(self) -> float:
        """Return the seconds to wait for the next bytes.

        Raises Overrun when the bytes or the time are used up.
        """
        seconds = min(IDLE_SECONDS, self.until - time.monotonic())
        if self.left < 0 or seconds <= 0:
            raise Overrun
        return seconds

    def line(self) -> None:
        """Note that a line is read. Raises Overrun when it is one too many."""
        self.lines -= 1
        if self.lines < 0:
            raise Overrun


class _Metered(io.RawIOBase):
    """The bytes of a socket, counted."""

    def __init__(self, sock: socket.socket, allowance: Allowance) -> None:
        self._socket = sock
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._socket.settimeout(self._allowance.patience())
        got = self._socket.recv_into(buffer)
        self._allowance.left -= got
        return got


class Wire(imaplib.IMAP4):
    """imaplib's connection with an allowance; with a `context` it speaks TLS from the first byte."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None, allowance: Allowance) -> None:
        self.allowance = allowance
        self._context = context
        allowance.grant()
        super().__init__(host, port, IDLE_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        """Connect; imaplib calls it."""
        sock = socket.create_connection((self.host, self.port), timeout)
        return self._context.wrap_socket(sock, server_hostname=self.host) if self._context else sock

    @property
    def file(self) -> Any:
        """What imaplib reads from."""
        return self._file

    @file.setter
    def file(self, plain: Any) -> None:
        """Put the meter between, whenever imaplib opens the socket as a file: at first, and after STARTTLS."""
        plain.close()
        self._file = io.BufferedReader(_Metered(self.sock, self.allowance))

    def read(self, size: int) -> bytes:
        """Read a literal; its claimed size is checked before memory is taken. Raises Overrun."""
        if size > self.allowance.literal:
            raise Overrun
        data: bytes = self.file.read(size)
        return data

    def readline(self) -> bytes:
        """Read a line. Raises Overrun."""
        self.allowance.line()
        return super().readline()


class Client(IMAPClient):  # type: ignore[misc]  # imapclient brings no types
    """imapclient over a metered wire. It logs nothing of what the server says."""

    def __init__(self, host: str, port: int, context: ssl.SSLContext, *, tls: bool) -> None:
        self.allowance = Allowance()
        super().__init__(host, port, ssl=tls, ssl_context=context, timeout=IDLE_SECONDS)
        self._imap.debug = 0

    def _create_IMAP4(self) -> Wire:  # noqa: N802 - imapclient's name
        return Wire(self.host, self.port, self.ssl_context if self.ssl else None, self.allowance)
