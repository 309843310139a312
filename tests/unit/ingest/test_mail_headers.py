"""Headers: encoded words, parameters, addresses, dates."""

from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest import addresses, dates, headers
from tasks.ingest.flags import Flags

TEXTS = [
    ("plain", "plain"),
    ("=?utf-8?q?Caf=C3=A9_noir?=", "Café noir"),
    ("=?iso-8859-1?Q?J=F6rg?= =?iso-8859-1?q?_M?=", "Jörg M"),
    ("=?utf-8?b?4oKs?=\n =?utf-8?b?4oKs?= and", "€€ and"),
    ("=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "€"),
    ("=?utf-8*en?q?lang?=", "lang"),
    ("=?ISO-2022-JP?B?GyRCJDMbKEI=?=", "こ"),
    ("a =?utf-8?q?b?= c", "a b c"),
    ("=?utf-8?q?bad", "=?utf-8?q?bad"),
    ("=?bogus?q?a=E9?=", "aé"),
    ("=?utf-8?b?SGVsbG8?=", "Hello"),
    ("=?utf-8?q?a b?=", "a b"),
    ("folded\n\tvalue\n here", "folded value here"),
    ("nothing =? to =? see", "nothing =? to =? see"),
    ("", ""),
]


@pytest.mark.parametrize(("raw", "text"), TEXTS)
def test_header_text(raw, text):
    assert headers.text(raw, Flags()) == text


@pytest.mark.parametrize(("raw", "text"), [("Frösche".encode(), "Frösche"), ("Frösche".encode("cp1252"), "Frösche")])
def test_raw_8_bit_headers_are_decoded(raw, text):
    parsed = headers.parse(b"Subject: " + raw)
    assert headers.text(parsed.get("subject"), Flags()) == text


def test_a_charset_of_the_body_helps_the_subject():
    parsed = headers.parse(b"Subject: " + "Привет".encode("koi8-r"))
    assert headers.text(parsed.get("subject"), Flags(), ("koi8-r",)) == "Привет"


VALUED = [
    ("text/plain; charset=utf-8", ("text/plain", {"charset": "utf-8"})),
    ('TEXT/HTML;charset=\'x\' ; Name="a;b\\"c"', ("text/html", {"charset": "'x'", "name": 'a;b"c'})),
    ("text/plain (comment); format=flowed", ("text/plain", {"format": "flowed"})),
    ("attachment; filename*=utf-8'en'%e2%82%ac%20rates", ("attachment", {"filename": "€ rates"})),
    ('attachment; filename*0="a "; filename*1=b; filename*2*=%20c', ("attachment", {"filename": "a b c"})),
    ("attachment; filename*1=b; filename*0=a", ("attachment", {"filename": "ab"})),
    ('multipart/mixed;;; boundary="x y";', ("multipart/mixed", {"boundary": "x y"})),
    ("text/plain", ("text/plain", {})),
    ("", ("", {})),
]


@pytest.mark.parametrize(("raw", "expected"), VALUED)
def test_values_and_parameters(raw, expected):
    assert headers.valued(raw, Flags()) == expected


LISTS = [
    ("Thandi Nkosi <t@x.example>", [("Thandi Nkosi", "t@x.example")]),
    ("t@x.example", [(None, "t@x.example")]),
    ('"Nkosi, T" <t@x.example>, b@y.example', [("Nkosi, T", "t@x.example"), (None, "b@y.example")]),
    ("a@x.example; b@y.example", [(None, "a@x.example"), (None, "b@y.example")]),
    ("t@x.example (Thandi)", [("Thandi", "t@x.example")]),
    ("Pete(A nice \\) chap) <pete(his)@silly.example(host)>", [("Pete", "pete@silly.example")]),
    (
        "Team: a@x.example, B <b@y.example>;, c@z.example",
        [(None, "a@x.example"), ("B", "b@y.example"), (None, "c@z.example")],
    ),
    ("undisclosed-recipients:;", []),
    ("Mary <@node.example:mary@y.example>", [("Mary", "mary@y.example")]),
    ("jdoe@test   . example", [(None, "jdoe@test.example")]),
    ('"a@b.example" <real@c.example>', [("a@b.example", "real@c.example")]),
    ('"a b"@c.example', [(None, '"a b"@c.example')]),
    ("T <t@[10.0.0.1]>", [("T", "t@[10.0.0.1]")]),
    ("=?utf-8?q?a=3A_b=2C?= <a@x.example>", [("a: b,", "a@x.example")]),
    ("Ọlá Adébáyọ̀ <ola@x.example>", [("Ọlá Adébáyọ̀", "ola@x.example")]),
    ("محمد <m@x.example>", [("محمد", "m@x.example")]),
    ("Name Only", [("Name Only", None)]),
    ("<>", []),
    ("", []),
    (",,,", []),
]


@pytest.mark.parametrize(("raw", "expected"), LISTS)
def test_address_lists(raw, expected):
    flags = Flags()
    assert addresses.mailboxes(raw, flags, 100) == expected
    assert flags.listed() == []


BROKEN = [
    "a@b.example c@d.example",
    "Foo <a@b.example> <c@d.example>",
    "<a@b.example c@d.example>",
    "a@b.example)c@d.example",
]


@pytest.mark.parametrize("raw", BROKEN)
def test_of_a_broken_list_no_address_is_lost(raw):
    flags = Flags()
    found = {address for _, address in addresses.mailboxes(raw, flags, 100)}
    assert found == {"a@b.example", "c@d.example"}
    assert flags.listed() == ["address_malformed"]


@given(st.text(alphabet='ab@.<>()",;:\\[] =?q\n', max_size=200))
def test_any_address_soup_is_read_without_line_breaks(soup):
    for name, address in addresses.mailboxes(soup, Flags(), 50):
        assert name or address
        assert "\n" not in (name or "") + (address or "")


@given(st.text(max_size=60).filter(lambda text: "\ufffd" not in text))
def test_what_python_encodes_is_decoded(text):
    from email.header import Header

    printable = " ".join("".join(char for char in text if char.isprintable()).split())
    assert headers.text(Header(printable, "utf-8", maxlinelen=60).encode(), Flags()) == printable


def utc(*numbers):
    return dt.datetime(*numbers, tzinfo=dt.UTC)


DATES = [
    ("Tue, 14 Mar 2023 10:30:00 +0200", utc(2023, 3, 14, 8, 30)),
    ("14 Mar 2023 10:30 +0300", utc(2023, 3, 14, 7, 30)),
    ("Tue, 14 Mar 2023 10:30:00 EST", utc(2023, 3, 14, 15, 30)),
    ("Tue, 14 Mar 2023 10:30:00 GMT (comment)", utc(2023, 3, 14, 10, 30)),
    ("Tue, 14 Mar 2023 10:30:00 Z", utc(2023, 3, 14, 10, 30)),
    ("Tue, 14 Mar 2023 10:30:00 GMT+0300 (EAT)", utc(2023, 3, 14, 7, 30)),
    ("Tue, 14 Mar 2023 10:30:00 GMT+3", utc(2023, 3, 14, 7, 30)),
    ("Tue, 14 Mar 2023 10:30:00 UTC -1:30", utc(2023, 3, 14, 12, 0)),
    ("Tue, 14 Mar 2023 10:30:00 EAT", utc(2023, 3, 14, 7, 30)),
    ("Tue, 14 Mar 2023 10:30:00 SAST", utc(2023, 3, 14, 8, 30)),
    ("Tue, 14 Mar 2023 10:30:00 WAT", utc(2023, 3, 14, 9, 30)),
    ("Tue, 14 Mar 2023 10:30:00 +0200 (EAT)", utc(2023, 3, 14, 8, 30)),
    ("Tue Mar 14 10:30:00 CAT 2023", utc(2023, 3, 14, 8, 30)),
    ("Tue, 14 Mar 2023 10:30:00", utc(2023, 3, 14, 10, 30)),
    ("Tue, 14 Mar 23 10:30:00 -0000", utc(2023, 3, 14, 10, 30)),
    ("Thu, 1 Jan 70 00:00:00 +0000", utc(1970, 1, 1)),
    ("Sat, 31 Dec 2016 23:59:60 +0000", utc(2016, 12, 31, 23, 59, 59)),
    ("2023-03-14T10:30:00+02:00", utc(2023, 3, 14, 8, 30)),
    ("2023-03-14 10:30", utc(2023, 3, 14, 10, 30)),
    ("Tue Mar 14 10:30:00 2023", utc(2023, 3, 14, 10, 30)),
    ("Tue,\n 14 Mar 2023\n 10:30:00 +0200", utc(2023, 3, 14, 8, 30)),
    ("31 Feb 2023 10:00:00 +0000", None),
    ("yesterday", None),
]


@pytest.mark.parametrize(("raw", "moment"), DATES)
def test_dates_to_utc(raw, moment):
    flags = Flags()
    assert dates.first([raw], flags) == moment
    assert ("date_invalid" in flags) == (moment is None)


@pytest.mark.parametrize(
    ("raw", "assumed"),
    [
        ("Tue, 14 Mar 2023 10:30:00", True),
        ("Tue, 14 Mar 2023 10:30:00 QQT", True),
        ("2023-03-14 10:30", True),
        ("Tue, 14 Mar 2023 10:30:00 -0000", False),
        ("Tue, 14 Mar 2023 10:30:00 GMT", False),
        ("Tue, 14 Mar 2023 10:30:00 EAT", False),
        ("2023-03-14T10:30:00Z", False),
    ],
)
def test_a_zone_that_had_to_be_assumed_is_flagged(raw, assumed):
    flags = Flags()
    assert dates.first([raw], flags) is not None
    assert ("date_zone_assumed" in flags) == assumed


def test_the_first_date_that_can_be_read_counts_and_none_is_no_error():
    flags = Flags()
    assert dates.first(["never", "1 Jan 2024 00:00 +0000"], flags) == utc(2024, 1, 1)
    assert dates.first([], flags) is None
    assert flags.listed() == []


@given(st.text(max_size=150))
def test_any_date_is_read_or_null(raw):
    moment = dates.first([raw], Flags())
    assert moment is None or moment.tzinfo is dt.UTC


def test_a_character_split_over_encoded_words_is_whole():
    data = "注文の確認".encode()
    first, rest = (base64.b64encode(part).decode() for part in (data[:7], data[7:]))
    for gap in ("\n ", " ", "", "\n\t \n "):
        for label in ("utf-8", "UTF-8*ja"):
            assert headers.text(f"=?{label}?B?{first}?={gap}=?utf-8?B?{rest}?=", Flags()) == "注文の確認"


def test_raw_bytes_beside_an_encoded_word_are_in_its_charset():
    word = base64.b64encode("Подтверждение".encode("koi8-r")).decode()
    raw = "заказ".encode("koi8-r").decode("utf-8", "surrogateescape")
    assert headers.text(f"=?koi8-r?B?{word}?= ({raw})", Flags()) == "Подтверждение (заказ)"
