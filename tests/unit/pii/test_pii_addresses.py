"""An address ends where its words end: the next sentence, a time or an order number stays."""

import pytest

from tasks.pii import engine
from tasks.pii.known import known_values
from tasks.pii.scrub import ScrubParams, settings_of

SETTINGS = settings_of(ScrubParams())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Please deliver to 12 Acacia Road, Durban before Friday.", "12 Acacia Road, Durban"),
        ("My address is 7 Protea Avenue, Bellville. Call me.", "7 Protea Avenue, Bellville"),
        ("Deliver it at Flat 4, 19 Jacaranda Close, Nairobi please", "Flat 4, 19 Jacaranda Close, Nairobi"),
        (
            "Address: 12 Marsh Street, Gardens, Cape Town, 8001 South Africa Order 55",
            "12 Marsh Street, Gardens, Cape Town, 8001 South Africa",
        ),
        ("Livrez au 12 rue Mohammed V, Casablanca avant lundi.", "12 rue Mohammed V, Casablanca"),
        ("Ship to 12 Moi Avenue, Nakuru\nKenya\n\nThanks", "12 Moi Avenue, Nakuru\nKenya"),
        ("send it to 12 moi avenue, nakuru, south africa please", "12 moi avenue, nakuru, south africa"),
        ("Ship to 221 St. George Road, Ibadan. Thanks", "221 St. George Road, Ibadan"),
    ],
)
def test_an_address_takes_no_neighbour_in(text, address):
    spans = engine.find([text], "en", known_values(()), SETTINGS)[0]
    assert [text[s.start : s.end] for s in spans if s.entity_type == "STREET_ADDRESS"] == [address]
