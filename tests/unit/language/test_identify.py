"""identify-language: answers, abstentions, mixtures, hints, and the laws of the step."""

import base64
import random
import string
import uuid

import pytest

from tasks.language.identify import IDENTIFY_LANGUAGE, LanguageParams
from tasks.language.tags import UND

TICKETS = {
    "en": "Hello, I have not received my money yet, please help me.",
    "fr": "Bonjour, je n'ai toujours pas reçu mon argent, merci de m'aider.",
    "pt": "Olá, ainda não recebi o meu dinheiro, por favor ajudem-me.",
    "af": "Goeie dag, ek het nog nie my geld ontvang nie, help my asseblief.",
    "zu": "Sawubona, angikayitholi imali yami, ngicela ningisize.",
    "xh": "Molo, andikayifumani imali yam, nceda undincede.",
    "st": "Dumela, ha ke so fumane tjhelete ya ka, ke kopa le nthuse.",
    "nso": "Thobela, ga se ka hwetša tšhelete ya ka, hle nthušeng.",
    "ts": "Avuxeni, a ndzi si kuma mali ya mina, ndzi kombela mi ndzi pfuna.",
    "ve": "Ndaa, a thi athu wana tshelede yanga, ndi humbela thuso.",
    "sw": "Habari, sijapokea pesa zangu bado, tafadhali nisaidieni.",
    "yo": "Ẹ káàárọ̀, mi ò tíì rí owó mi gbà, ẹ jọ̀wọ́ ẹ ràn mí lọ́wọ́.",
    "ha": "Barka da rana, har yanzu ban karɓi kuɗina ba, don Allah ku taimake ni.",
    "ig": "Ndewo, enwetabeghị m ego m, biko nyere m aka.",
    "am": "ሰላም፣ ገንዘቤን እስካሁን አልተቀበልኩም፣ እባክዎ ይርዱኝ።",
    "ti": "ሰላም፣ ገንዘበይ ክሳብ ሕጂ ኣይተቐበልኩን፣ በጃኹም ሓግዙኒ።",
    "so": "Salaan, weli ma helin lacagtaydii, fadlan i caawiya.",
    "rw": "Muraho, sindabona amafaranga yanjye, mumfashe rwose.",
    "pcm": "How far, I never see my money since, abeg make una help me.",
    "ar": "مرحبا، لم أستلم أموالي حتى الآن، أرجو المساعدة.",
    "de": "Guten Tag, ich habe mein Geld noch nicht erhalten, bitte helfen Sie mir.",
    "zh": "你好，我还没有收到我的钱，请帮助我。",
    "el": "Γεια σας, δεν έχω λάβει ακόμα τα χρήματά μου.",
}


def identify(work_table, *texts, params=None, **columns):
    rows = [{"text": text, **{name: values[i] for name, values in columns.items()}} for i, text in enumerate(texts)]
    return IDENTIFY_LANGUAGE(work_table(*rows), params).batch.to_pylist()


def test_tickets_in_many_languages(work_table):
    found = [row["lang"] for row in identify(work_table, *TICKETS.values())]
    assert found == list(TICKETS)


def test_scripts(work_table):
    texts = ["hello there", "ሰላም ለእናንተ", "привет всем", "ⴰⵣⵓⵍ ⵓⵔ ⵢⵓⵛⴽⵉ", "ߌ ߣߌ߫ ߛߐ߲߬ߜߐߡߊ߫", "これはペンです", "12 34", None]
    found = [row["script"] for row in identify(work_table, *texts)]
    assert found == ["Latn", "Ethi", "Cyrl", "Tfng", "Nkoo", "Jpan", None, None]


def test_darija_is_named_when_it_is_clear_and_arabic_otherwise(work_table):
    found = identify(work_table, "عافاك بغيت نعرف واش كاين شي مشكل فالحساب ديالي", TICKETS["ar"])
    assert [row["lang"] for row in found] == ["ary", "ar"]


def noise(kind, n=60):
    rng = random.Random(kind)
    makers = {
        "hex": lambda: rng.randbytes(16).hex(),
        "uuid": lambda: str(uuid.UUID(int=rng.getrandbits(128))),
        "base64": lambda: base64.b64encode(rng.randbytes(40)).decode(),
        "number": lambda: f"{rng.random() * 1e6:,.2f}",
        "date": lambda: f"2026-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}T10:{rng.randint(10, 59)}:00Z",
        "url": lambda: "https://shop.example.com/" + "".join(rng.choices(string.ascii_lowercase, k=12)) + "?id=7",
        "order": lambda: "".join(rng.choices(string.ascii_uppercase, k=3)) + f"-{rng.randint(1000, 99999)}",
        "mail": lambda: f"user{rng.randint(1, 99)}@mail.example.org",
        "symbols": lambda: "".join(rng.choices("!#$%&*()-+=;:,.", k=20)),
    }
    return [makers[kind]() for _ in range(n)]


@pytest.mark.parametrize("kind", ["hex", "uuid", "base64", "number", "date", "url", "order", "mail", "symbols"])
def test_what_is_no_language_is_und(work_table, kind):
    found = [row["lang"] for row in identify(work_table, *noise(kind))]
    assert found.count(UND) >= 0.95 * len(found)


def test_ids_inside_a_sentence_do_not_matter(work_table):
    text = f"{TICKETS['zu']} https://example.org/account/7f3a ORD-77213 <PERSON_k7f3a9m2q4xz>"
    assert identify(work_table, text)[0]["lang"] == "zu"


def test_shares_of_a_mixed_text(work_table):
    english = "I would like to know whether you have sent the parcel that I ordered last week. "
    swahili = "Tafadhali nitumieni pesa zangu leo kwa sababu ninahitaji kulipa kodi ya nyumba yangu."
    row = identify(work_table, english * 2 + swahili)[0]
    assert {part["lang"] for part in row["langs"]} == {"en", "sw"}
    assert sum(part["share"] for part in row["langs"]) == pytest.approx(1, abs=0.001)
    assert row["langs"][0]["lang"] == row["lang"] == "en"


LONGER = {
    "en": "I would like to know whether you have sent the parcel that I ordered last week, because nobody has called.",
    "fr": "Je voudrais savoir si vous avez envoyé le colis que j'ai commandé la semaine dernière, merci beaucoup.",
    "pt": "Gostaria de saber se já enviaram a encomenda que fiz na semana passada, porque ninguém me telefonou.",
    "sw": "Tafadhali nitumieni pesa zangu leo kwa sababu ninahitaji kulipa kodi ya nyumba yangu haraka sana.",
    "zu": "Ngicela ningithumelele imali yami namuhla ngoba ngidinga ukukhokha irenti yendlu yami ngokushesha.",
    "af": "Ek wil graag weet of julle die pakkie gestuur het wat ek verlede week bestel het, niemand het gebel nie.",
    "ar": "أريد أن أعرف هل أرسلتم الطرد الذي طلبته الأسبوع الماضي لأن أحدا لم يتصل بي حتى الآن.",
    "am": "ባለፈው ሳምንት ያዘዝኩትን እቃ ልካችሁ እንደሆነ ማወቅ እፈልጋለሁ ምክንያቱም እስካሁን ማንም አልደወለልኝም።",
}


@pytest.mark.parametrize(
    ("first", "second"),
    [("en", "zu"), ("zu", "en"), ("fr", "ar"), ("pt", "sw"), ("af", "en"), ("am", "en"), ("sw", "fr")],
)
@pytest.mark.parametrize("between", ["\n", " "])
def test_both_languages_of_a_mixed_text_are_told_with_their_shares(work_table, first, second, between):
    row = identify(work_table, f"{LONGER[first]} {LONGER[first]}{between}{LONGER[second]}")[0]
    shares = {part["lang"]: part["share"] for part in row["langs"]}
    assert set(shares) == {first, second}
    assert row["lang"] == first
    assert 0.5 < shares[first] < 0.85


@pytest.mark.parametrize("lang", LONGER)
def test_a_text_in_one_language_has_one_share(work_table, lang):
    row = identify(work_table, f"{LONGER[lang]}\n{LONGER[lang]}")[0]
    assert row["langs"] == [{"lang": lang, "share": 1.0}]


@pytest.mark.parametrize("hint", ["en", "zu", "sw", "de"])
def test_neither_hint_nor_thread_overrides_clear_text(work_table, hint):
    texts = list(TICKETS.values())
    assert [row["lang"] for row in identify(work_table, *texts, lang_hint=[hint] * len(texts))] == list(TICKETS)
    others = [LONGER["en"]] * 5
    for lang in ("fr", "zu", "af", "sw"):
        found = identify(work_table, TICKETS[lang], *others, thread_id=["t"] * 6, lang_hint=[hint] * 6)
        assert found[0]["lang"] == lang


def test_the_thread_decides_what_the_text_leaves_open(work_table):
    texts = ["Asseblief", TICKETS["af"], TICKETS["af"]]
    alone = identify(work_table, texts[0])[0]
    within = identify(work_table, *texts, thread_id=["t", "t", "t"])[0]
    assert within["lang_confidence"] > alone["lang_confidence"]


def test_one_ideograph_is_enough_and_two_latin_letters_are_not(work_table):
    assert [row["lang"] for row in identify(work_table, "今天", "ok")] == ["zh", UND]


def test_a_threshold_of_one_abstains(work_table):
    row = identify(work_table, "sport", params=LanguageParams(threshold=1))[0]
    assert row["lang"] == UND
    assert row["langs"] == []


def test_a_batch_and_its_rows_alone_get_the_same_answer(work_table):
    together = [(row["lang"], row["lang_confidence"]) for row in identify(work_table, *TICKETS.values())]
    alone = [(row["lang"], row["lang_confidence"]) for text in TICKETS.values() for row in identify(work_table, text)]
    assert together == alone


def test_report_counts_languages_and_mixtures(work_table):
    result = IDENTIFY_LANGUAGE(work_table({"text": TICKETS["en"]}, {"text": None}))
    assert result.report == {"lang:en": 1, "lang:und": 1, "mixed": 0}


def test_an_empty_batch(work_table):
    assert IDENTIFY_LANGUAGE(work_table()).batch.num_rows == 0


@pytest.mark.parametrize(
    "text", ["a" * 50_000, "\u0301" * 9_000, "😀" * 5_000, "\x00\x01", "ﷺ" * 3_000, "<" * 9_000, "a_" * 9_000]
)
def test_hostile_texts_get_an_answer(work_table, text):
    assert identify(work_table, text)[0]["lang"]
