"""strip-replies: what stands below a `--` is a signature, or the author goes on."""

import pytest

from tasks.replies.strip import Message, StripRepliesParams, strip_text


def strip(text):
    return strip_text(text, StripRepliesParams(), Message(sender=frozenset({"thandi", "dube"}))).text


@pytest.mark.parametrize(
    "text",
    [
        "My questions:\n--\n1. Where is my parcel?\n2. When will it come?",
        "My wishes:\n-- \n1. Take it back\n2. Send the new one",
        "Good day,\n-- \nThe line above is a slip. Parcel 71 has not come and I paid on Friday.",
        "Good day\n-- \nI paid. I called. Nobody came. What now.",
        "One thing is fine.\n\n-- \n\nThe other: the second box was broken.",
        "One thing is fine.\n\n-- \n\nThe other: the second box was broken, can you replace it?",
        "Dear shop\n--\nThe app stops here.\nWhat should I do?",
        "It stops.\n--\nThen it says that the card is refused",
        "Habari ya kazi.\n--\nNaomba mnirudishie pesa zangu leo",
        "It is order 5.\n--\nእቃው ተሰብሯል። ምን ላድርግ?",
        "It is order 5.\n--\nوصل الطرد مكسورا. ماذا أفعل؟",
    ],
)
def test_what_the_author_says_below_a_delimiter_stays(text):
    assert strip(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "It broke.\n-- \nThandi Dube\nSales Manager",
        "It broke.\n--\nthandi",
        "It broke.\n--\nSent from my phone",
        "It broke.\n\n--\nPlease think before you print.",
        "It broke.\n-- \nWhoever waits for the rain must mend the roof.",
        "It broke.\n--\n“Who waits for the rain, mends the roof?” My Grandmother",
        "It broke.\n-- \nThandi\n\nWhoever waits for the rain must mend the roof. It will come.",
        "It broke.\n-- \nRain comes. It goes. It comes again. Who mends?\n    -- A. Nkosi",
        "It broke.\n--\nThandi\nHead of the customer care department\n+27 11 555 0123",
        "It broke.\n--\n1) +27 11 555 0123\n2) +27 11 555 0124",
        "Thanks\n-- \nThandi\nRain comes to those who mend.",
    ],
)
def test_signatures_and_mottos_are_cut(text):
    assert strip(text) == text.split("\n")[0]


@pytest.mark.parametrize("postscript", ["PS. The box was wet too.", "P.S: call me", "NB: Nimelipa mara mbili."])
@pytest.mark.parametrize("delimiter", ["-- ", "--", "Regards,"])
def test_a_postscript_below_a_signature_stays(postscript, delimiter):
    text = f"It broke.\n\n{delimiter}\nThandi Dube\nSales Manager\n+27 11 555 0123\n\n{postscript}"
    kept = strip(text)
    assert kept.startswith("It broke.\n\n")
    assert kept.endswith(f"\n\n{postscript}")
    assert "555" not in kept
