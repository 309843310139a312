"""Canaries: their values are valid, what survives is counted, and the interval follows from it."""

import random

import pytest
from stdnum import luhn
from stdnum import verhoeff as stdnum_verhoeff
from stdnum.ke import pin
from stdnum.ma import ice
from stdnum.za import tin

from tasks.pii import checks
from tasks.pii.audit import AuditParams
from tasks.pii.canaries import BY_THREAD, LEAST, MOST, Planted, added, plant, quotas
from tasks.pii.canary_values import MAKERS, disguised, words
from tasks.pii.risk import residual
from tasks.pii.scrub import ScrubParams

QUICK = ScrubParams(names=False)
LANGS = sorted(words("canaries")["carriers"])
VALID = {
    "CREDIT_CARD": checks.card,
    "IBAN_CODE": checks.iban,
    "ZA_ID_NUMBER": checks.south_african_id,
    "ZA_INCOME_TAX_NUMBER": tin.is_valid,
    "NG_NIN": stdnum_verhoeff.is_valid,
    "NG_BANK_ACCOUNT": checks.nuban,
    "KE_KRA_PIN": pin.is_valid,
    "MA_ICE": ice.is_valid,
    "MA_RIB": checks.rib_ma,
    "IP_ADDRESS": checks.ip,
}


@pytest.mark.parametrize("kind", VALID)
def test_made_values_pass_the_check_of_their_type(kind):
    rnd = random.Random(kind)
    made = [MAKERS[kind](rnd, "en") for _ in range(40)]
    assert [value for value in made if not VALID[kind](value)] == []
    assert len(set(made)) > 30


def test_every_type_has_wordings():
    carriers, labels = words("canaries")["carriers"]["en"], words("canaries")["labels"]
    assert [kind for kind in MAKERS if kind not in carriers and kind not in labels] == []
    assert set(labels) <= set(MAKERS)


def test_every_wording_has_one_place_for_its_value():
    for by_kind in words("canaries")["carriers"].values():
        assert all(carrier.count("{}") == 1 for listed in by_kind.values() for carrier in listed)


def test_a_disguised_value_is_the_same_value():
    rnd = random.Random(1)
    for _ in range(40):
        card = MAKERS["CREDIT_CARD"](rnd, "en")
        shown = "".join(str(int(c)) for c in disguised("CREDIT_CARD", card, rnd) if c.isdigit())
        assert luhn.is_valid(shown)


def test_quotas_follow_the_values_with_a_least_and_a_most():
    given = quotas({"PERSON": 8000, "EMAIL_ADDRESS": 2000, "IBAN_CODE": 1, "MEMBER_NUMBER": 50, "MA_CIN": 0})
    shared = MOST - 3 * LEAST
    assert given == {"EMAIL_ADDRESS": shared * 2000 // 10001, "IBAN_CODE": LEAST, "PERSON": shared * 8000 // 10001}
    assert sum(quotas(dict.fromkeys(MAKERS, 9999)).values()) <= MOST
    assert quotas({}) == {}


def test_what_the_scrubber_finds_is_gone():
    done = plant({"EMAIL_ADDRESS": 8, "CREDIT_CARD": 8}, {"en": 3, "fr": 1}, "night", QUICK, AuditParams())
    assert done == [Planted("EMAIL_ADDRESS", 8, 0, 0), Planted("CREDIT_CARD", 8, 0, 0)]


def test_a_type_that_the_scrubber_leaves_is_missed_and_caught_by_the_audit():
    keeps = ScrubParams(names=False, keep=("KE_KRA_PIN",))
    (one,) = plant({"KE_KRA_PIN": 20}, {"en": 1}, "night", keeps, AuditParams())
    (shown,) = plant({"KE_KRA_PIN": 20}, {"en": 1}, "night", keeps, AuditParams(quarantine=False))
    assert one.missed == shown.left >= 10
    assert one.audited >= 10


def test_a_participant_is_found_without_the_model_and_a_stranger_is_not():
    known, stranger = plant({BY_THREAD: 20, "PERSON": 20}, {"en": 1}, "night", QUICK, AuditParams())
    assert known.left <= 1
    assert stranger.left == 20


def test_a_night_has_its_own_canaries_and_a_rerun_the_same():
    quota = {"PERSON": 20}
    keeps = ScrubParams(names=False)
    first, again = (plant(quota, {"en": 1}, "a", keeps, AuditParams()) for _ in range(2))
    assert first == again


def test_a_language_without_wordings_is_passed_over():
    assert plant({"EMAIL_ADDRESS": 4}, {"zu": 9}, "night", QUICK, AuditParams())[0].missed == 0


def test_parts_add_up():
    parts = [[Planted("A", 3, 2, 1)], [Planted("A", 4, 1, 1), Planted("B", 1, 0, 0)]]
    assert added(parts) == [Planted("A", 7, 3, 2), Planted("B", 1, 0, 0)]


def test_the_interval_grows_with_what_is_left_and_shrinks_with_what_is_planted():
    values = {"PERSON": 4000, "MEMBER_NUMBER": 12}
    clean = residual(values, [Planted("PERSON", 600, 0, 0)])
    leaky = residual(values, [Planted("PERSON", 600, 60, 0)])
    caught = residual(values, [Planted("PERSON", 600, 60, 60)])
    few = residual(values, [Planted("PERSON", 20, 0, 0)])
    assert (clean.values, clean.unknown) == (4000, 12)
    assert clean.low == 0
    assert clean.high == pytest.approx(4000 * 2.51 / 600, rel=0.15)  # Jeffreys: half the chi-square 97.5 % of 1 degree
    assert leaky.low < 4000 * 60 / 540 < leaky.high
    assert caught.high <= clean.high * 1.2
    assert few.high > 10 * clean.high


def test_nothing_found_nothing_left():
    assert vars(residual({}, [])) == {"values": 0, "low": 0, "high": 0, "unknown": 0}
