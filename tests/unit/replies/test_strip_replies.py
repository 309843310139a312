"""strip-replies: every layout of the corpus, the classes of cuts that can be switched off, threads, laws."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.schema import WORK
from tasks import batch as batches
from tasks.edits import Edit, replay
from tasks.replies.lines import split
from tasks.replies.strip import STRIP_REPLIES, Message, StripRepliesParams, strip_text
from tasks.replies.thread import Thread

CORPUS = Path(__file__).parents[2] / "corpora" / "reply_headers.jsonl"
CASES = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
ALL = StripRepliesParams()
THANDI = Message(sender=frozenset({"thandi", "dube"}))


def strip(text, params=ALL, message=None):
    return strip_text(text, params, message).text


def rules(text, message=None):
    return {edit.rule for edit in strip_text(text, ALL, message).edits}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_layout(case):
    done = strip_text(case["text"], ALL)
    assert done.text == case["expected"]
    assert replay(case["text"], done.edits) == done.text


def test_the_corpus_is_as_wide_as_promised():
    layouts = [case for case in CASES if case["kind"] != "keep"]
    assert len(layouts) >= 60
    assert len({case["lang"] for case in layouts}) >= 12
    assert len([case for case in CASES if case["kind"] == "keep"]) >= 20


@pytest.mark.parametrize(
    ("text", "kept", "rule"),
    [
        ("It broke.\n\n-- \nThandi Dube\nTel 011 555 0123\n", "It broke.", "signature"),
        ("It broke.\n\n--\nThandi\n", "It broke.", "signature"),
        ("It broke.\n\nThandi Dube\nSales Manager\nExample Pty Ltd\n+27 11 555 0123\n", "It broke.", "signature"),
        (
            "It broke.\n\nRegards,\nThandi Dube\nSales Manager\n+27 11 555 0123\n",
            "It broke.\n\nRegards,\nThandi Dube",
            "signature",
        ),
        (
            "It broke.\n\nMet vriendelike groete\nThandi Dube\nBestuurder\n011 555 0123",
            "It broke.\n\nMet vriendelike groete\nThandi Dube",
            "signature",
        ),
        (
            "It broke.\n\nBaie dankie,\n\nThandi van der Dube\n+27 11 555 0123\n",
            "It broke.\n\nBaie dankie,",
            "signature",
        ),
        ("It broke.\n\n_____________\nThandi Dube\nthandi@example.com\n", "It broke.", "signature"),
        ("It broke.\n\nSent from my Huawei phone\n", "It broke.", "device_footer"),
        ("It broke\nSent from my iPhone\n", "It broke", "device_footer"),
        ("Dit is stukkend.\n\nGestuur vanaf my Samsung-selfoon\n", "Dit is stukkend.", "device_footer"),
        ("Imeharibika.\n\nImetumwa kutoka simu yangu\n", "Imeharibika.", "device_footer"),
        ("Kuphukile.\n\nKuthunyelwe kusuka ku-iPhone yami\n", "Kuphukile.", "device_footer"),
        ("ተበላሽቷል።\n\nከእኔ አይፎን የተላከ\n", "ተበላሽቷል።", "device_footer"),
        ("تعطل.\n\nأرسلت من هاتفي\n", "تعطل.", "device_footer"),
        ("C'est cassé.\n\nEnvoyé de mon iPad\n", "C'est cassé.", "device_footer"),
        ("Quebrou.\n\nEnviado do meu iPhone\n", "Quebrou.", "device_footer"),
        ("Kaputt.\n\nVon meinem Samsung Galaxy Smartphone gesendet.\n", "Kaputt.", "device_footer"),
        (
            "It broke.\n\nThis is intended solely for the addressee.\nIf it is not for you, delete this message.\n",
            "It broke.",
            "disclaimer",
        ),
        (
            "Dit is stukkend.\n\nHierdie e-pos is vertroulik en slegs bedoel vir die ontvanger.\nVerwyder dit asb.\n",
            "Dit is stukkend.",
            "disclaimer",
        ),
        (
            "Naomba msaada.\n\nBarua pepe hii na viambatisho vyake ni siri na imekusudiwa kwa mpokeaji pekee.\n",
            "Naomba msaada.",
            "disclaimer",
        ),
        (
            "Naomba msaada.\n\nILANI: Umekusudiwa mpokeaji tu. Kama umeupokea kimakosa, ufute na umjulishe mtumaji.\n",
            "Naomba msaada.",
            "disclaimer",
        ),
        (
            "Ngicela usizo.\n\nLe email iyimfihlo futhi ihloselwe umamukeli kuphela. Uma uyithole ngephutha, uyisule.",
            "Ngicela usizo.",
            "disclaimer",
        ),
        (
            "CAUTION: This email originated from outside the company. Do not click links.\n\nIt broke.",
            "It broke.",
            "banner",
        ),
    ],
)
def test_endings(text, kept, rule):
    assert strip(text, message=THANDI) == kept
    assert rules(text, THANDI) == {rule}


@pytest.mark.parametrize(
    "text",
    [
        "Thandi Dube\nTel 011 555 0123\n",  # a signature is all there is
        "Please call\nThandi Dube\nor Sipho Nkosi\ntoday.\n",
        "No outages.\n\n________________\nFor Assistance\n"
        + "".join(f"Desk {n}\t011 555 01{n}\n" for n in range(10, 17)),
        "My new address is:\nThandi Dube\n12 Long Street\nCape Town 8001\n",
        "It broke.\n\nThandi\n",
        "The disclaimer says it is confidential. Is that so?\n",
        "I have received this email in error. Please remove me and delete this address.\n",
        "Smoking is strictly prohibited in the flat that I rent from you, and nobody minds.\n",
        "This matter is strictly confidential, so please call me and do not write.\n",
        "Mzigo huu si wangu, nimeupokea kimakosa. Tafadhali mjulishe mtumaji, na mniambie niufute wapi.\n",
        "Ujumbe huu ni wa siri, tafadhali usimwambie mtu kwamba nimelipa.\n",
        "Ngithole le phasela ngephutha. Ngicela niyithathe, iyimfihlo yomunye umuntu.\n",
        "The invoice was\nsent from my iPhone\nbut I can't open it.\n",
        "We sent the phone from Durban. Sent from my office by courier on Monday, it should have arrived.\n",
    ],
)
def test_endings_that_stay(text):
    assert strip(text, message=THANDI) == text


@pytest.mark.parametrize(
    ("switch", "text"),
    [
        ("quotes", "Yes.\n\nOn Mon, 3 Apr 2023 at 16:19, Bob <bob@example.com> wrote:\n> Really?\n"),
        ("signatures", "It broke.\n\n-- \nThandi\n"),
        ("device_footers", "It broke.\n\nSent from my iPhone\n"),
        ("disclaimers", "Hi.\n\nThis is intended solely for the addressee. Delete this if you received it in error.\n"),
        ("banners", "[EXTERNAL] This email originated from outside.\n\nHello\n"),
    ],
)
def test_each_class_can_be_switched_off(switch, text):
    assert strip(text) != text
    assert strip(text, StripRepliesParams(**{switch: False})) == text


BLOCK = "From: Shop <s@example.com>\nSent: 3 April 2023 16:19\nTo: me\nSubject: No\n\nWe refuse.\n"
FORWARD = f"See below.\n\n---------- Forwarded message ---------\n{BLOCK}"


def test_a_forward_keeps_its_content_and_can_be_told_not_to():
    assert strip(FORWARD) == "See below.\n\nWe refuse.\n"
    assert strip(FORWARD, StripRepliesParams(forwards=False)) == "See below."


def test_a_header_block_is_a_forward_when_the_subject_says_so():
    text = f"See below.\n\n{BLOCK}"
    assert strip(text) == "See below."
    assert strip(text, message=Message(forwarded=True)) == "See below.\n\nWe refuse.\n"


@pytest.mark.parametrize("end", ["", "\n", "\n> more\n"])
def test_a_forward_that_is_quoted_keeps_its_content_whatever_line_is_empty(end):
    text = f"---------- Forwarded message ---------\n> We refuse.\n>{end}"
    assert strip(text).split() == ["We", "refuse.", *end.split()[1:]]


def test_a_phone_footer_above_a_forward_is_no_answer():
    assert strip(f"Sent from my iPhone\n\n{BLOCK}") == "We refuse.\n"


def test_tickets_use_the_mark_in_other_ways():
    text = "The log says\n> ERROR 17\nand stops.\n"
    assert strip(text, message=Message(careful=True)) == text
    assert strip(text) == "The log says\nand stops.\n"


def rows(*texts, kind="email"):
    return batches.from_rows(
        [
            {
                "record_id": f"r{i}",
                "text": text,
                "thread_id": "t",
                "turn_index": i,
                "source_kind": kind,
                "role": "customer" if i % 2 == 0 else "agent",
            }
            for i, text in enumerate(texts)
        ],
        WORK,
    )


def texts(table, params=ALL):
    return STRIP_REPLIES(table, params).batch.column("text").to_pylist()


QUESTION = "Hello,\nmy router shows a red light since this morning.\nWhat shall I do?\nRegards\nSipho\n"


def test_the_thread_confirms_a_doubtful_header():
    answer = "Please restart it.\n\nSipho wrote on Monday:\n" + QUESTION
    assert texts(rows(QUESTION, answer))[1] == "Please restart it."
    assert texts(rows("Something else entirely, long enough to compare.", answer))[1] == answer
    assert texts(rows(QUESTION, answer), StripRepliesParams(match_thread=False))[1] == answer


def test_the_thread_shows_a_quotation_without_any_mark():
    answer = "Please restart it.\n\n" + QUESTION
    assert texts(rows(QUESTION, answer))[1] == "Please restart it."


def test_who_sends_the_same_again_says_it_again():
    again = "Nobody has answered me.\n\n" + QUESTION
    assert texts(rows(QUESTION, "We look into it.", again))[2] == again


def test_the_thread_confirms_a_mark_in_a_ticket():
    first = "The log says ERROR 17 in module payments and stops.\n"
    answer = "> The log says ERROR 17 in module payments and stops.\nIs that after an update?\n"
    assert texts(rows(first, answer, kind="tickets"))[1] == "Is that after an update?\n"
    assert texts(rows("Hello", answer, kind="tickets"))[1] == answer


def test_scans_are_left_alone():
    text = "Dear Sir\n> 5\n-- \nThandi\n"
    assert texts(rows(text, kind="scans")) == [text]


def test_null_texts_and_unknown_kinds_pass():
    table = batches.from_rows([{"record_id": "a", "text": None}, {"record_id": "b", "text": "Hi\n\n-- \nBob"}], WORK)
    result = STRIP_REPLIES(table)
    assert result.batch.column("text").to_pylist() == [None, "Hi"]
    assert result.report == {"signature": 1}
    assert result.edits.to_pylist()[0]["rule"] == "signature"


def test_a_users_file_adds_a_language(tmp_path):
    text = "Ewo.\n\nLitanga 3 2023 kaBob yalemba:\n> Mutani?\n\nKutuma mufoni yange ya Nokia\n"
    more = tmp_path / "more.toml"
    more.write_text('[xx]\nwrote = ["yalemba"]\n[device]\nstarts = ["Kutuma mufoni"]\n', encoding="utf-8")
    params = StripRepliesParams(layouts_file=str(more), endings_file=str(more))
    assert strip(text, params) == "Ewo."
    assert STRIP_REPLIES.fingerprint(params) != STRIP_REPLIES.fingerprint(ALL)


LINES = st.sampled_from(
    [
        "",
        "Hello there",
        "Regards,",
        "Thandi Dube",
        "Tel: 011 555 0123",
        "-- ",
        "-----Original Message-----",
        "---------- Forwarded message ---------",
        "From: Bob <bob@example.com>",
        "Sent: 3 April 2023 16:19",
        "To: ann@example.com",
        "Subject: x",
        "> quoted",
        "> > deeper",
        ">",
        "On Mon, 3 Apr 2023 at 16:19, Bob <bob@example.com> wrote:",
        "Bob wrote:",
        "Sent from my iPhone",
        "This is intended solely for the addressee. Delete this message.",
        "________________",
        "##- Please type your reply above this line -##",
        ">>> Bob <bob@example.com> 12/14/00 08:47AM >>>",
        "Envoyé de mon iPhone",
        "مع تحياتي",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(LINES, max_size=30), st.sampled_from(["\n", "\r\n", "\n\n"]), st.booleans(), st.booleans())
def test_edits_replay_and_only_remove(lines, end, careful, forwarded):
    text = end.join(lines)
    done = strip_text(text, ALL, Message(careful=careful, forwarded=forwarded))
    assert replay(text, done.edits) == done.text
    assert all(isinstance(edit, Edit) and edit.insert == "" and edit.start < edit.end for edit in done.edits)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_any_text_replays(text):
    done = strip_text(text, ALL)
    assert replay(text, done.edits) == done.text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="abc XYZ.,é\u0630", min_size=1, max_size=60), max_size=12))
def test_text_without_any_mark_stays(lines):
    text = "\n".join(lines)
    assert strip(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(">" * depth + " text" for depth in range(1, 501)),
        ">" * 200_000,
        "wrote:\n" * 5_000,
        "From: a@example.com\n" * 5_000,
        "On Mon, 3 Apr 2023\n" * 5_000,
        "> a\nb\n" * 5_000,
        "-----Original Message-----\n" * 5_000,
        "        x     To:   y@example.com\n" * 2_000,
        "confidential privileged intended recipient\n" * 5_000,
        "a@" * 100_000,
    ],
    ids=range(10),
)
def test_hostile_text_replays(text):
    done = strip_text(text, ALL)
    assert replay(text, done.edits) == done.text


def test_many_doubtful_headers_in_a_thread_are_no_harder(count_calls):
    thread = Thread()
    thread.add(split("Hello,\nsomething long enough to be remembered\nand some more of it here\n"), "a")
    small, large = (count_calls("Bob wrote:\nsome text\n\n" * n, Message(thread=thread)) for n in (200, 2_000))
    assert large <= 12 * small


def test_work_grows_with_the_text_and_not_faster(count_calls):
    small, large = (count_calls("bob@example.com wrote:\n> x\n\nFrom: a\n" * n) for n in (200, 2_000))
    assert large <= 12 * small


@pytest.fixture
def count_calls():
    """Count function calls instead of seconds: what a quadratic rule would multiply."""
    import sys

    def count(text, message=None):
        calls = 0

        def tick(_frame, event, _arg):
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(tick)
        try:
            strip_text(text, ALL, message)
        finally:
            sys.setprofile(None)
        return calls

    return count


ENCODED = {
    "uuencode": "begin 644 a.txt\n#0V%T\n`\nend\n",
    "uuencode that is garbage": "begin 644 a.txt\n{|}~{|}~{|}~\n!!!!\nend\n",
    "uuencode cut short": "begin 644 a.bin\n" + ("M" + '"' * 60 + "\n") * 3,
    "uuencode in base64": "begin-base64 644 a.txt\nQ2F0\n====\n",
    "yEnc": "=ybegin line=128 size=3 name=a\n\x01\x02\x03\n=yend size=3\n",
    "yEnc cut short": "=ybegin line=128 size=300 name=a\n" + "ﾃ§=}¤¤*:%£\n" * 3,
    "BinHex": "(This file must be converted with BinHex 4.0)\n\n:#hGPBR9dD@acAh\n",
}


@pytest.mark.parametrize("block", ENCODED.values(), ids=ENCODED)
def test_a19_files_written_into_the_text_are_cut(block):
    text = f"See the file.\n{block}Regards\n"
    done = strip_text(text, ALL)
    assert (done.text, {edit.rule for edit in done.edits}) == ("See the file.\nRegards\n", {"encoded_block"})
    assert replay(text, done.edits) == done.text
    assert strip(text, StripRepliesParams(encoded_blocks=False)) == text


@pytest.mark.parametrize(
    "text",
    [
        "begin 644 things at once\nand you will never come to an\nend\n",
        "A yEnc part starts with =ybegin line=128 size=123 name=x, says the draft.\n",
        "The note says (This file must be converted with BinHex 4.0) and I can't open it.\n",
    ],
)
def test_a19_prose_about_encodings_stays(text):
    assert strip(text) == text
