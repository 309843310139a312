"""strip-replies: a read receipt is one sentence around header fields, and stays whole."""

import pytest

from tasks.replies.strip import StripRepliesParams, strip_text


def strip(text):
    return strip_text(text, StripRepliesParams()).text


@pytest.mark.parametrize(
    "text",
    [
        "Your message\n\n   To: Thandi\n   Subject: Order\n   Sent: April 3, 2023 4:19 PM\n\nwas read on 4/3/2023.\n",
        "Your message\n\n   To: Thandi\n   Subject: Order\n   Sent: 4/3/2023 4:19\n\nwas deleted without being read.",
        "Votre message\n\n  À : Awa\n  Objet : Commande\n  Envoyé : lundi 3 avril 2023 16:19\n\na été lu le 3 avril.",
        "Ihre Nachricht\n\n  An: Uwe\n  Betreff: Ware\n  Gesendet: 03.04.2023 16:19\n\nwurde am 03.04.2023 gelesen.",
        "Ujumbe wako\n\n  Kwa: Juma\n  Mada: Oda\n  Imetumwa: 3/4/2023 16:19\n\numesomwa 3/4/2023 16:30.",
    ],
)
def test_a_receipt_stays_whole(text):
    assert strip(text) == text


BLOCK = "To: shop@example.com\nSubject: Order\nSent: 3 April 2023 16:19\n\n"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"Your message\n\nFrom: Thandi <t@example.com>\n{BLOCK}We refuse.\n", "Your message"),
        (
            f"Your message did not help.\n\nFrom: Thandi <t@example.com>\n{BLOCK}We refuse.\n",
            "Your message did not help.",
        ),
        (f"Your message\n\n{BLOCK}One.\nTwo.\nThree.\nFour.\n", "Your message"),
    ],
)
def test_a_quotation_below_such_words_is_cut(text, kept):
    assert strip(text) == kept
