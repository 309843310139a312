"""Numbers with a check digit count where people hand over their particulars, in the languages of the countries."""

import pytest

from tasks.pii import engine
from tasks.pii.known import known_values
from tasks.pii.scrub import ScrubParams, settings_of

HANDED_OVER = [
    "Kindly find my ID number: {}. I await your feedback.",
    "For verification, my number is {} as registered.",
    "You asked for identification, here it is: {}",
    "The customer details on file show {} which is wrong.",
    "As per my personal details {} please correct the name.",
    "My besonderhede is verander, die nommer is {}.",
    "Imininingwane yami: inombolo yami ithi {}.",
    "Naomba mbadilishe taarifa zangu, namba yangu ni {}.",
    "Merci de mettre à jour mes coordonnées, mon numéro est le {}.",
    "المرجو تحديث بياناتي، رقمي هو {} وشكرا",
    "Don Allah ku sabunta bayanaina, lambata ita ce {}.",
    "Abeg change my details, my number na {}.",
    "Peço que atualizem os meus dados, o meu número é {}.",
]
BUSINESS = [
    "Order id {} of my details page.",
    "Transaction id {} failed twice.",
    "Please check invoice {} for me.",
    "The verification code {} does not work.",
    "Ticket {} was closed.",
    "My profile shows order {} as open.",
]
NUMBERS = {
    "NG_NIN": "12345678902",
    "ZA_INCOME_TAX_NUMBER": "2111111114",
    "GN_NIFP": "693770885",
    "DZ_NIF": "416001000000007",
}
SETTINGS = settings_of(ScrubParams(names=False))


def found(text):
    return [(s.start, s.end) for s in engine.find([text], None, known_values(()), SETTINGS)[0]]


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("carrier", HANDED_OVER)
def test_a_number_that_is_handed_over_is_found(carrier, number):
    start = carrier.index("{}")
    assert found(carrier.format(number)) == [(start, start + len(number))]


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS)
@pytest.mark.parametrize("carrier", BUSINESS)
def test_a_number_of_a_business_stays(carrier, number):
    assert found(carrier.format(number)) == []
