"""Secrets: what opens something is found; what is only long and random, and is known to open nothing, stays."""

import base64

import pytest

from tasks.pii.credentials import find_secrets

RANDOM = "8cLdpar0JwxMtAtkzzzF8JYznhlEHPL9qRvT2wXbKd7"
BLOCK = base64.b64encode(bytes(range(256))).decode()
LINES = "\n".join(BLOCK[i : i + 64] for i in range(0, len(BLOCK), 64))
TEXT = base64.b64encode(b"<td valign=top><font size=2>Click here to read on</font>").decode()


def found(text):
    return [text[s.start : s.end] for s in find_secrets(text, text.lower())]


@pytest.mark.parametrize(
    "text",
    [
        f"use {RANDOM} as the key",
        f"{RANDOM}\n",
        f"secret: {RANDOM}",
        f"https://shop.example.org/reset?token={RANDOM}",
        f"https://shop.example.org/a?x=1&sig={RANDOM}",
        f"curl -H 'X-Api-Key: {RANDOM}'",
        "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    ],
)
def test_what_opens_something_is_found(text):
    assert found(text)


@pytest.mark.parametrize(
    "text",
    [
        LINES,
        "> " + LINES.replace("\n", "\n> "),
        "-----BEGIN PGP SIGNATURE-----\n\n" + LINES + "\n=aB3x\n-----END PGP SIGNATURE-----",
        f'Content-Type: multipart/mixed; boundary="{RANDOM}"',
        f"https://news.example.org/unsubscribe?u={RANDOM}",
        f"https://news.example.org/pages/{RANDOM}.html",
        TEXT,
        "5f2b6c1e9d0a4b7c8e3f1a2b3c4d5e6f",
        "123e4567-e89b-12d3-a456-426614174000",
        f"<{RANDOM}@mail.example.org>",
    ],
)
def test_what_is_only_long_and_random_stays(text):
    assert found(text) == []
