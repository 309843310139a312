"""winmail.dat and the RTF in Outlook's mail (catalogue A24)."""

from __future__ import annotations

import datetime as dt
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest import outlook, rtf, tnef
from tasks.ingest.flags import Flags


def attribute(identifier, value, level=1, length=None):
    size = len(value) if length is None else length
    return struct.pack("<BII", level, identifier, size) + value + struct.pack("<H", sum(value) & 0xFFFF)


def container(*attributes):
    return tnef.SIGNATURE + b"\1\0" + b"".join(attributes)


def prop(identifier, kind, value):
    padded = value + b"\0" * (-len(value) % 4)
    return struct.pack("<HHII", kind, identifier, 1, len(value)) + padded


def props(*values):
    return struct.pack("<I", len(values)) + b"".join(values)


def parse(data):
    flags = Flags()
    return tnef.parse(data, flags), set(flags.listed())


def test_body_and_files_come_out():
    opened, flags = parse(
        container(
            attribute(tnef.CODE_PAGE, struct.pack("<II", 1252, 0)),
            attribute(tnef.BODY, "Molo Thandi, é\0".encode("cp1252")),
            attribute(tnef.NEW_FILE, b"\0" * 14, level=2),
            attribute(tnef.TITLE, b"short.pdf\0", level=2),
            attribute(tnef.DATA, b"%PDF-1.4", level=2),
            attribute(
                tnef.FILE_PROPERTIES,
                props(prop(tnef.LONG_NAME, 0x1F, "the long name.pdf\0".encode("utf-16-le"))),
                level=2,
            ),
        )
    )
    assert opened.text == "Molo Thandi, é"
    assert [(file.name, file.data) for file in opened.files] == [("the long name.pdf", b"%PDF-1.4")]
    assert flags == {"tnef"}


def test_html_and_text_properties_come_out():
    named = (
        struct.pack("<HH", 0x1E, 0x8001) + b"\0" * 16 + struct.pack("<II", 0, 7) + struct.pack("<II", 1, 2) + b"x\0\0\0"
    )
    fixed = struct.pack("<HHI", 3, 0x0017, 1)
    stream = props(fixed, named, prop(tnef.HTML, 0x102, b"<p>Hi</p>"), prop(tnef.BODY_TEXT, 0x1E, b"Hi\0"))
    opened, flags = parse(container(attribute(tnef.PROPERTIES, stream)))
    assert (opened.html, opened.text, flags) == ("<p>Hi</p>", "Hi", {"tnef"})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not tnef at all",
        container(attribute(tnef.BODY, b"x", length=2**31)),
        container(attribute(tnef.PROPERTIES, struct.pack("<I", 2**32 - 1) + b"\x1e\0\0\x10" + b"\xff" * 8)),
        container(attribute(tnef.PROPERTIES, props(struct.pack("<HHII", 0x1E, tnef.BODY_TEXT, 1, 2**31)))),
        container(*[attribute(tnef.NEW_FILE, b"", level=2)] * 20_000),
    ],
)
def test_a24_broken_containers_are_flagged_and_end(data):
    opened, flags = parse(data)
    assert "tnef_malformed" in flags
    assert len(opened.files) <= tnef.FILES


@given(st.binary(max_size=300))
def test_any_bytes_after_the_signature_are_borne(noise):
    parse(tnef.SIGNATURE + noise)
    flags = Flags()
    list(tnef.properties(noise, flags))
    rtf.content(noise)
    rtf.unpack(noise)


RTF = [
    (rb"{\rtf1\ansi\ansicpg1252 Plain \'e9t\'e9\par next\tab x}", "Plain été\nnext\tx", False),
    (rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}{\*\generator X;}text}", "text", False),
    (rb"{\rtf1\ansi\uc1 \u8364? \u-10179?\u-8694? end}", "€ 😊 end", False),
    (rb"{\rtf1\ansi {\fonttbl{\f0\fcharset204 A;}}\f0 \'cf\'f0\'e8}", "При", False),
    (rb"{\rtf1\ansi a\{b\}\\c\~d}", "a{b}\\c\xa0d", False),
    (
        (
            rb"{\rtf1\ansi\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hi {\*\htmltag84 <b>}there"
            rb"{\*\htmltag92 </b>}\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}}"
        ),
        "<p>Hi <b>there</b></p>",
        True,
    ),
    (b"", "", False),
]


@pytest.mark.parametrize(("source", "text", "is_html"), RTF)
def test_rtf_content(source, text, is_html):
    found, html = rtf.content(source)
    assert (found, html) == (text, is_html)


def packed(raw):
    """Compress without references, as the format allows."""
    body = b"".join(b"\0" + raw[start : start + 8] for start in range(0, len(raw), 8))
    return struct.pack("<II", len(body) + 12, len(raw)) + b"LZFu" + struct.pack("<I", 0) + body


@given(st.binary(max_size=200))
def test_rtf_is_unpacked(raw):
    assert rtf.unpack(packed(raw)) == raw
    assert rtf.unpack(struct.pack("<II", 12 + len(raw), len(raw)) + b"MELA" + b"\0" * 4 + raw) == raw


def test_rtf_references_reach_back_and_into_themselves():
    example = bytes.fromhex(  # MS-OXRTFCP 3.1.1 and 3.1.2
        "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0".replace(
            " ", ""
        )
    )
    assert rtf.unpack(example) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    crossing = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert rtf.unpack(crossing) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


def test_a24_a_bomb_is_unpacked_up_to_the_limit(monkeypatch):
    monkeypatch.setattr(rtf, "UNPACKED_BYTES", 10_000)
    bomb = struct.pack("<II", 0, 2**30) + b"LZFu" + b"\0" * 4 + (b"\xff" + b"\x00\x0f" * 8) * 5_000
    assert len(rtf.unpack(bomb)) < 11_000


def test_a_property_that_is_missing_broken_or_of_another_type_is_none():
    def broken(_pid):
        raise KeyError

    assert outlook._value(lambda pid: pid, 7, int) == 7
    assert outlook._value(lambda pid: pid, 7, dt.datetime) is None  # found by the fuzzer: a date that was a number
    assert outlook._value(lambda _: None, 7, str) is None
    assert outlook._value(broken, 7, str) is None


@pytest.mark.parametrize(
    ("names", "addresses", "box"),
    [
        (["Thandi"], ["/o=ExchangeLabs/cn=x", "t@x.example"], '"Thandi" <t@x.example>'),
        (["", "Nkosi, T"], [""], '"Nkosi, T"'),
        (["t@x.example"], ["t@x.example"], "t@x.example"),
        (['A "B" \\C'], ["c@x.example"], '"A B C" <c@x.example>'),
        ([], [], ""),
    ],
)
def test_exchange_names_are_no_addresses(names, addresses, box):
    assert outlook._mailbox(names, addresses) == box
