"""filter-irrelevant: each reason from headers and from text, in many languages, and the near misses that must stay."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.schema import WORK
from tasks import batch as batches
from tasks.errors import ConfigError
from tasks.reasons import DROP
from tasks.relevance.filter import FILTER_IRRELEVANT, FilterIrrelevantParams
from tasks.relevance.rules import RULES


def row(text="Please help me with my account.", sender="sipho@example.co.za", to="help@example.com", **more):
    participants = [
        {"name": None, "address": sender, "role": "from"},
        {"name": None, "address": to, "role": "to"},
    ]
    known = {"record_id": "r", "text": text, "source_kind": "email", "participants": participants}
    headers = more.pop("headers", {})
    return known | more | {"headers": list(headers.items())}


def reason(params=None, **facts):
    table = batches.from_rows([row(**facts)], WORK)
    return FILTER_IRRELEVANT(table, params).batch.column("drop_reason").to_pylist()[0]


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"auto-submitted": "auto-replied"}, "auto_reply"),
        ({"auto-submitted": "auto-replied (rejected)"}, "auto_reply"),
        ({"x-autoreply": "yes"}, "auto_reply"),
        ({"precedence": "auto_reply"}, "auto_reply"),
        ({"auto-submitted": "no"}, None),
        ({"auto-submitted": "auto-generated", "x-auto-response-suppress": "All"}, None),  # a help desk's answer
        ({"x-auto-response-suppress": "DR, OOF, AutoReply"}, None),
        ({"content-type": 'multipart/report; report-type="delivery-status"; boundary=x'}, "bounce"),
        ({"x-failed-recipients": "a@example.com"}, "bounce"),
        ({"return-path": "<>"}, None),
        ({"content-type": "multipart/report; report-type=disposition-notification"}, "read_receipt"),
        ({"content-type": "multipart/report; report-type=feedback-report"}, None),
        ({"content-type": "text/calendar; method=REPLY"}, "calendar"),
        (
            {"list-unsubscribe": "<https://shop.example/u>", "list-unsubscribe-post": "List-Unsubscribe=One-Click"},
            "bulk",
        ),
        ({"list-unsubscribe": "<https://shop.example/u>"}, "bulk"),
        ({"list-id": "<news.shop.example>", "list-post": "NO"}, "bulk"),
        ({"feedback-id": "spring:12:news:mailer"}, None),  # a contact form's, through a sender's service
        ({"feedback-id": "spring:12:news:mailer", "precedence": "bulk"}, "bulk"),
        ({"feedback-id": "1.eu-west-1.abc=:AmazonSES"}, None),  # on a contact form's mail as well
        ({"precedence": "bulk"}, None),  # some people's mail servers write it
        ({"precedence": "list"}, None),
        ({"precedence": "bulk", "return-path": "<owner-talk@lists.example.org>"}, None),  # passed on by a list
        ({"list-id": "<talk.lists.example.org>"}, None),
        ({"list-unsubscribe": "<mailto:leave@l.example>", "list-post": "<mailto:talk@l.example>"}, None),
        ({"list-unsubscribe": "<mailto:leave@l.example>", "in-reply-to": "<1@example.com>"}, None),
        ({"list-unsubscribe": "<mailto:help-unsubscribe@example.com>"}, None),  # sent to the list help@example.com
        ({"list-unsubscribe": "<mailto:leave@l.example>", "return-path": "<b-help=example.com@l.example>"}, "bulk"),
        ({"x-spam-flag": "YES"}, "spam"),
        ({"x-spam-status": "Yes, score=9.1 required=5.0"}, "spam"),
        ({"x-spam-status": "No, score=-2.1"}, None),
        ({}, None),
    ],
)
def test_headers(headers, expected):
    assert reason(headers=headers) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Automatic reply: Your invoice", "auto_reply"),
        ("Réponse automatique : votre facture", "auto_reply"),
        ("Resposta automática: fatura", "auto_reply"),
        ("رد تلقائي: الفاتورة", "auto_reply"),
        ("Outomatiese antwoord: rekening", "auto_reply"),
        ("Jibu otomatiki: ankara", "auto_reply"),
        ("Impendulo ezenzakalelayo: i-invoyisi", "auto_reply"),
        ("አውቶማቲክ ምላሽ፡ ደረሰኝ", "auto_reply"),
        ("Automatische Antwort: Rechnung", "auto_reply"),
        ("Respuesta automática: factura", "auto_reply"),
        ("Automatisch antwoord: factuur", "auto_reply"),
        ("Re: Automatic reply: Your invoice", None),
        ("Your automatic reply is broken", None),
        ("Out of office: please deliver to the gate", None),
        ("***SPAM*** You won", "spam"),
        ("Is this spam?", None),
        ("Accepted: the quote of Monday", None),
        ("Invitation: my mother needs a visa letter", None),
        ("Undeliverable: what does that mean?", None),
        ("Read: the terms", None),
    ],
)
def test_subjects(subject, expected):
    assert reason(subject=subject) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        (
            "en",
            "Thank you for your email. I am out of the office until 5 May. For urgent matters call the office.",
        ),
        ("en", "This is an automated response. We have received your message."),
        (
            "fr",
            "Merci pour votre message. Je suis absente du bureau jusqu'au 5 mai. En cas d'urgence, appelez le siège.",
        ),
        (
            "pt",
            "Obrigado pela sua mensagem. Estou ausente até 5 de maio. Para assuntos urgentes, ligue para o escritório.",
        ),
        ("ar", "شكرا لرسالتك. أنا خارج المكتب حتى 5 مايو. للحالات العاجلة اتصل بالمكتب."),
        ("af", "Dankie vir u e-pos. Ek is uit die kantoor tot 5 Mei. Vir dringende sake, skakel die kantoor."),
        ("sw", "Asante kwa barua pepe. Niko likizo hadi tarehe 5 Mei. Kwa dharura, piga simu ofisini."),
        ("zu", "Ngiyabonga nge-imeyili. Angikho ehhovisi kuze kube ngu-5 Meyi. Uma kuphuthuma, shayela ihhovisi."),
        ("am", "ስለ መልዕክትዎ እናመሰግናለን። እስከ ግንቦት 5 ድረስ ከቢሮ ውጭ ነኝ። ለአስቸኳይ ጉዳይ ወደ ቢሮ ይደውሉ።"),
        (
            "de",
            "Vielen Dank für Ihre Nachricht. Ich bin bis 5. Mai nicht im Büro. In dringenden Fällen rufen Sie an.",
        ),
        ("es", "Gracias por su mensaje. Estoy fuera de la oficina hasta el 5 de mayo. En caso de urgencia, llame."),
        ("nl", "Bedankt voor uw e-mail. Ik ben niet op kantoor tot 5 mei. Voor dringende zaken kunt u bellen."),
    ],
)
def test_absence_notes_without_headers(lang, text):
    assert reason(text=text) == "auto_reply", lang


@pytest.mark.parametrize(
    "text",
    [
        "I am out of office on Tuesday, so please deliver on Wednesday.",
        "I will be out of the office until Friday. Can you call me on my cell about my refund?",
        "Your agent was out of the office and nobody answered. In my absence the parcel went back.",
        "Ek is met verlof tot Maandag, stuur die pakkie asseblief daarna.",
        "Je suis absent jusqu'à lundi, merci de livrer mardi.",
        "Niko likizo, naomba mniletee mzigo wiki ijayo.",
        "I keep getting 'this is an automated response' from you. "
        + "Nobody reads my letters, and I have written ten. " * 40,
    ],
)
def test_people_who_are_away_stay(text):
    assert reason(text=text) is None


@pytest.mark.parametrize(
    ("text", "sender", "expected"),
    [
        ("Your verification code is 482910. Do not share it with anyone.", "bank@example.com", "one_time_code"),
        ("482 910 is your Example code", "no-reply@example.com", "one_time_code"),
        ("Use security code 482910 to reset your password. It expires soon.", "a@example.com", "one_time_code"),
        ("Votre code de vérification est 482910. Il expire dans 10 minutes.", "a@example.com", "one_time_code"),
        ("O seu código de verificação é 482910. Não partilhe.", "a@example.com", "one_time_code"),
        ("رمز التحقق الخاص بك هو 482910. لا تشارك هذا الرمز.", "a@example.com", "one_time_code"),
        ("U eenmalige PIN is 482910. Dit verval oor 5 minute.", "a@example.com", "one_time_code"),
        ("Nambari yako ya uthibitisho ni 482910. Usimpe mtu yeyote.", "a@example.com", "one_time_code"),
        ("Ikhodi yakho yokuqinisekisa ithi 482910. Ungabelani ngayo.", "a@example.com", "one_time_code"),
        ("የማረጋገጫ ኮድዎ 482910 ነው። ለማንም አያጋሩ።", "a@example.com", "one_time_code"),
        ("Ihr Bestätigungscode lautet 482910. Gültig für 10 Minuten.", "a@example.com", "one_time_code"),
        ("482910 ni nambari yako ya siri (OTP). Inaisha baada ya dakika 5.", "noreply@example.com", "one_time_code"),
        ("482910 ni nambari yako ya oda niliyopewa, mzigo haujafika.", "juma@example.com", None),
        ("482910 ni nambari yako ya siri mliyonipa, haifanyi kazi.", "juma@example.com", None),
        ("My OTP is 482910 but it does not work.", "sipho@example.com", None),
        ("You wrote: your verification code is 482910. It is invalid, please help.", "sipho@example.com", None),
        ("I did not receive the verification code for 0825550123.", "sipho@example.com", None),
        ("Your reference code is 482910, we will call you.", "agent@example.com", None),
        ("Please quote order 482910.", "no-reply@example.com", None),
    ],
)
def test_one_time_codes(text, sender, expected):
    assert reason(text=text, sender=sender) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"sender": "MAILER-DAEMON@mx.example.com"}, "bounce"),
        ({"sender": "postmaster@example.com", "subject": "Undeliverable: invoice"}, "bounce"),
        ({"sender": "postmaster@example.com", "subject": "Your domain"}, None),
        ({"headers": {"return-path": "<>"}, "subject": "Non remis : facture"}, "bounce"),
        ({"text": "This is the mail system at host mx.example.com.\n\n550 5.1.1 user unknown"}, "bounce"),
        ({"text": "I get this since Monday:\nThis is the mail system at host mx.example.com.\n550 5.1.1"}, None),
        (
            {"text": "Your message was read on Monday, 5 May 2025 10:15:00 (UTC+02:00).", "subject": "Read: invoice"},
            "read_receipt",
        ),
        ({"text": "Votre message a été lu le lundi 3 mai.", "subject": "Lu : facture"}, "read_receipt"),
        ({"text": "Your letter was read to me, I am blind. Please call 0825550123.", "subject": "Read: this"}, None),
        ({"text": "Your message was read on 5 May. What happens now?", "subject": "Read: this"}, None),
        ({"text": "Your message was read on 5 May. Please answer mine.", "subject": "Read: this"}, None),
        ({"text": "Ihre Nachricht wurde am 05.05.2025 um 10:15 gelesen.", "subject": "Gelesen: Ware"}, "read_receipt"),
        ({"text": "It was deleted without being read.", "subject": "Not read: x"}, "read_receipt"),
        ({"text": "BEGIN:VCALENDAR\nMETHOD:REQUEST"}, "calendar"),
        ({"text": "Invitation from Google Calendar", "subject": "Invitation: Demo @ Mon"}, "calendar"),
        ({"text": "View this email in your browser. Sale! To unsubscribe, click."}, "bulk"),
        ({"text": "Please unsubscribe me, I never asked for this."}, None),
        ({"text": ""}, "empty"),
        ({"text": " \n--\n***\n"}, "empty"),
        ({"text": "👍"}, None),
        ({"text": "5"}, None),
        ({"text": "", "source_kind": "scans"}, "empty"),
        ({"text": "This is an automated response.", "source_kind": "scans"}, None),
        ({"text": "This is an automated response.", "source_kind": "tickets"}, "auto_reply"),
    ],
)
def test_the_other_reasons(facts, expected):
    assert reason(**facts) == expected


BULK = {"precedence": "bulk"}
CAMPAIGN = {"feedback-id": "7:shop:mailgun"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"headers": BULK, "sender": "noreply@shop.example"}, "bulk"),
        ({"headers": BULK, "text": "Sale. View in browser."}, "bulk"),
        ({"headers": CAMPAIGN, "sender": "news@shop.example"}, "bulk"),
        ({"headers": CAMPAIGN | {"auto-submitted": "auto-generated"}, "sender": "form@example.com"}, None),
        ({"headers": CAMPAIGN, "sender": "noreply@example.com"}, None),  # the form of the site that receives it
        ({"headers": {}, "sender": "news@shop.example"}, None),
        ({"headers": {}, "text": "I see no button to view in browser."}, None),
    ],
)
def test_a_hint_of_bulk_needs_another(facts, expected):
    assert reason(**facts) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [("[dev] bug 71", None), ("Re: [dev] bug 71", None), ("[offers] 71", "bulk"), ("71", "bulk")],
)
def test_a_list_names_itself_in_the_subject_of_a_post(subject, expected):
    headers = {"list-id": "Dev <dev.l.example>", "list-unsubscribe": "<https://l.example>", "precedence": "list"}
    assert reason(subject=subject, headers=headers) == expected


RECEIVED = "Thank you for contacting Example. Your request has been received (#71) and is being reviewed."


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"text": RECEIVED, "subject": "[Request received] My phone"}, "auto_reply"),
        ({"text": f"{RECEIVED} This is an automated message, please do not reply."}, "auto_reply"),
        ({"text": RECEIVED, "sender": "no-reply@shop.example"}, "auto_reply"),
        ({"text": "Asante kwa kuwasiliana nasi. Ombi lako limepokelewa. Tafadhali usijibu."}, "auto_reply"),
        ({"text": "Nous avons bien reçu votre demande. Ceci est un message automatique."}, "auto_reply"),
        ({"text": "Nous avons bien reçu votre demande et envoyons le colis."}, None),
        ({"text": "You write 'this is an automated message, please do not reply' and nobody helps me."}, None),
        ({"text": "Thank you for contacting me. The new phone works.", "subject": "Re: phone"}, None),
        ({"text": f"{RECEIVED} Please do not reply. So you write, but when will it be repaired?"}, None),
        ({"text": "I got this. What is it?", "subject": "[Request received] My phone"}, None),
        (
            {"text": "Thank you for your message. We're unavailable right now, but will respond as soon as possible."},
            "auto_reply",
        ),
        ({"text": "Asante kwa ujumbe wako. Hatupatikani kwa sasa, tutajibu haraka iwezekanavyo."}, "auto_reply"),
        (
            {"text": "Merci pour votre message. Nous sommes indisponibles, nous répondrons dès que possible."},
            "auto_reply",
        ),
        ({"text": "Thank you for your message. We are unavailable on Monday, so deliver on Tuesday."}, None),
        ({"text": "We're unavailable right now, but please deliver as soon as possible."}, None),
    ],
)
def test_receipts_of_help_desks_and_away_messages(facts, expected):
    assert reason(**facts) == expected


def test_an_attached_calendar_makes_an_invitation_of_a_subject():
    attached = [{"name": "invite.ics", "media_type": "text/calendar", "size": 1, "sha256": "x"}]
    assert reason(subject="Accepted: Demo", attachments=attached) == "calendar"
    assert reason(subject="My printer", attachments=attached) is None


@pytest.mark.parametrize(
    ("switch", "facts"),
    [
        ("auto_reply", {"headers": {"auto-submitted": "auto-replied"}}),
        ("bounce", {"sender": "mailer-daemon@example.com"}),
        ("bulk", {"headers": {"list-unsubscribe": "<https://x.example>"}}),
        ("calendar", {"headers": {"content-type": "text/calendar"}}),
        ("read_receipt", {"text": "It was read on 5 May 2025.", "subject": "Read: x"}),
        ("one_time_code", {"text": "Your code is 123456. Do not share."}),
        ("spam", {"headers": {"x-spam-flag": "yes"}}),
        ("empty", {"text": ""}),
    ],
)
def test_each_rule_can_be_switched_off(switch, facts):
    assert reason(**facts) == switch
    assert reason(FilterIrrelevantParams(**{switch: False}), **facts) is None


def test_every_reason_is_a_code():
    assert set(RULES) | {"empty", "internal_note"} <= set(DROP)
    assert set(FilterIrrelevantParams.model_fields) == set(RULES) | {"empty", "internal_note", "phrases_file"}


def test_rows_stay_and_old_reasons_too():
    rows = [row(text="") | {"record_id": "a"}, row() | {"record_id": "b", "drop_reason": "duplicate_record"}]
    result = FILTER_IRRELEVANT(batches.from_rows(rows, WORK))
    assert result.batch.column("drop_reason").to_pylist() == ["empty", "duplicate_record"]
    assert result.report == {"empty": 1}


def test_columns_may_all_be_null():
    table = batches.from_rows([{"record_id": "a", "text": "Hello"}, {"record_id": "b", "text": None}], WORK)
    assert FILTER_IRRELEVANT(table).batch.column("drop_reason").to_pylist() == [None, "empty"]


def test_a_users_file_adds_phrases(tmp_path):
    more = tmp_path / "more.toml"
    more.write_text('[auto_reply]\nsubject = ["Yankho lokha:"]\n', encoding="utf-8")
    params = FilterIrrelevantParams(phrases_file=str(more))
    assert reason(params, subject="Yankho lokha: bilu") == "auto_reply"
    assert reason(subject="Yankho lokha: bilu") is None


def test_a_users_file_must_be_readable_and_stay_as_it_was(tmp_path):
    more = tmp_path / "more.toml"
    with pytest.raises(ConfigError, match="cannot read"):
        FilterIrrelevantParams(phrases_file=str(more))
    more.write_text("not toml", encoding="utf-8")
    with pytest.raises(ConfigError, match="cannot read"):
        reason(FilterIrrelevantParams(phrases_file=str(more)))
    pinned = FilterIrrelevantParams(phrases_file=str(more)).phrases_file
    more.write_text("[spam]\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="changed"):
        FilterIrrelevantParams(phrases_file=pinned)


@settings(max_examples=150, deadline=None)
@given(
    st.text(max_size=200),
    st.text(max_size=40),
    st.dictionaries(
        st.sampled_from(["precedence", "list-id", "sender", "content-type", "x-loop"]), st.text(max_size=30)
    ),
)
def test_any_record_gets_a_code_or_none(text, subject, headers):
    assert reason(text=text, subject=subject, headers=headers) in {None, *DROP}
