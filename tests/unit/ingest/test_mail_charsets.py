"""Charsets: labels, detection, stray bytes."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.ingest.charset_labels import ALIASES, ALLOWED, codec
from tasks.ingest.charsets import decode
from tasks.ingest.flags import Flags


def test_the_lists_name_codecs_by_their_own_names():
    assert {codecs.lookup(name).name for name in ALLOWED} == ALLOWED
    assert {label for label, name in ALIASES.items() if codec(label) is None or codec(label) != codec(name)} == set()


LABELS = [
    ("utf-8", "utf-8"),
    ("UTF8", "utf-8"),
    ('"utf_8"', "utf-8"),
    ("ISO-8859-1", "cp1252"),
    ("iso_8859-1", "cp1252"),
    ("x-sjis", "cp932"),
    ("cp-850", "cp850"),
    ("windows-1256", "cp1256"),
    ("x-mac-roman", "mac-roman"),
    ("KOI8-R", "koi8-r"),
    ("unicode_escape", None),
    ("idna", None),
    ("base64", None),
    ("rot13", None),
    ("", None),
    ("utf-8\0", None),
    ("../../x", None),
    ("é", None),
    ("x" * 1_000, None),
]


@pytest.mark.parametrize(("label", "name"), LABELS)
def test_labels(label, name):
    assert codec(label) == name


UNDECLARED = [
    ("Bonjour, le problème a été réglé à l'hôtel hier. Merci à vous.", ("cp1252", "mac_roman", "cp850", "utf-8")),
    ("Né à Orléans", ("cp1252", "utf-8")),
    ("Bom dia, não consigo aceder à minha conta, já tentei várias vezes.", ("cp1252", "utf-8")),
    ("Goeie môre, ek wil graag weet hoekom my rekening so hoog is, sê asseblief.", ("cp1252", "utf-8")),
    ("مرحبا، أريد أن أعرف لماذا تم خصم المبلغ من حسابي مرتين. شكرا لكم", ("cp1256", "iso8859-6", "utf-8", "utf-16")),
    ("Здравствуйте, помогите пожалуйста разобраться с моим заказом", ("cp1251", "koi8-r", "utf-8")),
    ("您好，我想知道为什么我的订单还没有发货，谢谢您的帮助", ("gb18030", "utf-8")),
    ("您好，我想知道為什麼我的訂單還沒有出貨，謝謝您的幫助", ("big5", "utf-8")),
    ("こんにちは、注文した商品がまだ届いていません。確認をお願いします。", ("shift_jis", "euc_jp", "utf-8")),
    ("안녕하세요, 주문한 상품이 아직 도착하지 않았습니다. 확인 부탁드립니다.", ("euc_kr", "utf-8")),
    ("ሰላም፣ ሂሳቤ ለምን እንደተቀነሰ ማወቅ እፈልጋለሁ", ("utf-8",)),
    ("Ẹ n lẹ́ o, mo fẹ́ mọ ìdí tí owó mi fi dín", ("utf-8",)),
]


@pytest.mark.parametrize(("text", "name"), [(text, name) for text, names in UNDECLARED for name in names])
def test_undeclared_text_is_detected(text, name):
    flags = Flags()
    assert decode(text.encode(name), None, flags) == text
    assert flags.listed() in (["charset_missing"], [])


STRAYS = [
    ("utf-8", "Café ".encode() * 20 + b"\xe9t\xe9", "Café " * 20 + "été", ["charset_wrong"]),
    ("iso-8859-1", "Café – ሰላም".encode(), "Café – ሰላም", ["charset_wrong"]),
    ("iso-8859-1", b"it\x92s", "it\u2019s", []),
    ("windows-1252", b"a\x81b", "a\x81b", []),
    ("gb2312", "您好".encode("gbk") + b"\xff", "您好ÿ", ["charset_wrong"]),
    ("us-ascii", b"plain", "plain", []),
    ("bogus", b"plain", "plain", ["charset_unknown"]),
    (None, b"plain", "plain", []),
    (None, b"\xef\xbb\xbfmark", "mark", []),
]


@pytest.mark.parametrize(("label", "data", "text", "flagged"), STRAYS)
def test_stray_bytes_are_mended_never_replaced(label, data, text, flagged):
    flags = Flags()
    assert decode(data, label, flags) == text
    assert flags.listed() == flagged


def test_a_charset_named_elsewhere_in_the_mail_comes_before_detection():
    data = "Dobrý den, děkuji".encode("cp1250")
    assert decode(data, None, Flags(), ("bogus", "windows-1250")) == "Dobrý den, děkuji"


SINGLE = [None, "utf-8", "us-ascii", "iso-8859-1", "windows-1256", "koi8-r", "bogus"]


@given(st.binary(max_size=200).filter(lambda data: b"\0" not in data), st.sampled_from(SINGLE))
def test_no_bytes_give_a_replacement_character_that_was_not_there(data, label):
    text = decode(data, label, Flags())
    marks = (b"\xef\xbf\xbd", b"\xfd\xff", b"\xff\xfd", b"\x84\x31\xa4\x37")  # U+FFFD in UTF-8, -16, GB 18030
    assert "\ufffd" not in text or any(mark in data for mark in marks)


@given(
    st.binary(max_size=200), st.sampled_from(["shift_jis", "hz", "iso-2022-jp", "utf-7", "utf-16", "utf-32", "big5"])
)
def test_any_bytes_decode_in_any_charset(data, label):
    assert isinstance(decode(data, label, Flags()), str)


@given(st.text(max_size=80).filter(lambda text: not text.startswith("\ufeff")), st.sampled_from(["utf-8", "gb18030"]))
def test_true_labels_give_the_text_back(text, name):
    data = text.encode(name)
    if not data.startswith((b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf")):
        assert decode(data, name, Flags()) == text


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("koi8-r", "Подтверждение заказа"),
        ("cp1251", "Re: Привет, как дела"),
        ("cp866", "Подтверждение заказа"),
        ("cp1256", "تأكيد الطلب رقم 5512"),
        ("iso8859-6", "مرحبا بكم"),
        ("cp1253", "Επιβεβαίωση παραγγελίας"),
        ("cp1255", "אישור הזמנה"),
    ],
)
def test_short_text_in_another_alphabet_is_detected(codec, text):
    assert decode(text.encode(codec), None, Flags()) == text


def test_utf16_without_a_mark_is_read_by_where_its_zeros_stand():
    for name in ("utf-16-le", "utf-16-be"):
        assert decode("hé, hello".encode(name), "utf-16", Flags()) == "hé, hello"


def test_surrogates_that_were_encoded_one_by_one_are_one_character():
    assert (
        decode("Habari 😀".encode("utf-16", "surrogatepass").decode("utf-16").encode(), "utf-8", Flags()) == "Habari 😀"
    )
    assert decode(b"Habari \xed\xa0\xbd\xed\xb8\x80", "utf-8", Flags()) == "Habari 😀"


def test_iso_2022_jp_of_windows_has_the_marks_of_nec():
    flags = Flags()
    assert decode(b"\x1b$B-!3+;O-j\x1b(B ok", "iso-2022-jp", flags) == "①開始㈱ ok"
    assert flags.listed() == []
    everything = "漢字仮名ソ表示、予定"
    marked = everything.encode("iso-2022-jp").replace(b"\x1b(B", b"-!\x1b(B")
    assert decode(marked, "iso-2022-jp", Flags()) == everything + "①"
