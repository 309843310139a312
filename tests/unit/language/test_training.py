"""Training: tuning keeps the table and tells near languages apart; the reliability plot shows what it is given."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "infra" / "train"))

import language_plot
import language_tune
from language_tune import Source, tune

from tasks.language.hashing import features, keys
from tasks.language.letters import letters
from tasks.language.ngram_model import STEPS, NgramModel, prepared

LINES = {
    "xh": ["molo andikayifumani imali yam nceda undincede", "enkosi kakhulu ndicela uncedo ngoku"],
    "zu": ["sawubona angikayitholi imali yami ngicela ungisize", "ngiyabonga kakhulu ngicela usizo manje"],
}
FLOOR = -16.0


def counted(lines):
    code, _ = prepared(letters(lines))
    parts = []
    for gram in features(code, 6):
        hashed, times = np.unique(gram.hashed, return_counts=True)
        parts.append((keys(gram.order, hashed), np.log(times / max(1, times.sum())) - FLOOR))
    return tuple(np.concatenate(column) for column in zip(*parts, strict=True))


@pytest.fixture
def model():
    entries = [
        (key, weight, i) for i, tag in enumerate(LINES) for key, weight in zip(*counted(LINES[tag]), strict=True)
    ]
    entries.sort(key=lambda entry: (entry[0], entry[2]))
    key, weight, language = (np.array(column) for column in zip(*entries, strict=True))
    unique, times = np.unique(key, return_counts=True)
    made = np.round(weight * STEPS / -FLOOR).astype(np.uint8)
    return NgramModel.of(tuple(LINES), FLOOR, 6, unique, times, language.astype(np.uint8), made)


def margin(model, text, right, wrong):
    score = model.score(letters([text]), 1)[0][0]
    return score[model.languages.index(right)] - score[model.languages.index(wrong)]


def test_tuning_tells_near_languages_further_apart_and_keeps_the_table(model, monkeypatch):
    monkeypatch.setattr(language_tune, "snippets_of", lambda _: 200)
    texts = {tag: [Source(lines, 1.0, words=False)] for tag, lines in LINES.items()}
    tuned = tune(model, texts, {})
    assert (tuned.key == model.key).all()
    assert (tuned.language == model.language).all()
    for right, wrong in (("xh", "zu"), ("zu", "xh")):
        for line in LINES[right]:
            assert margin(tuned, line, right, wrong) > margin(model, line, right, wrong)


def test_the_calibration_error_is_the_mean_gap():
    sure = np.array([0.95] * 100 + [0.55] * 100)
    right = np.array([True] * 95 + [False] * 5 + [True] * 35 + [False] * 65)
    found = language_plot.bins(sure, right)
    assert [one.count for one in found] == [100, 100]
    assert language_plot.error(found) == pytest.approx((0.0 + 0.2) / 2)


def test_the_plot_has_a_dot_for_each_bin():
    found = [language_plot.Bin(0.15, 0.2, 4), language_plot.Bin(0.95, 0.9, 400)]
    picture = language_plot.svg(found, "two bins")
    assert picture.count("<circle") == 2
    assert "said 0.95, true 0.90, 400 texts" in picture
