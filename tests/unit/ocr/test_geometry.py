"""What is measured on a page's dark pixels, and what is done to them."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from tasks.ocr import geometry

WORDS = [
    "a",
    "committee",
    "met",
    "on",
    "Monday",
    "and",
    "agreed",
    "to",
    "repair",
    "the",
    "old",
    "bridge",
    "before",
    "rains",
    "began",
]


def same(one, other):
    return ImageChops.difference(one, other).getbbox() is None


def barred(picture, *boxes, shade=0):
    copy = picture.copy()
    for box in boxes:
        ImageDraw.Draw(copy).rectangle(box, fill=shade)
    return copy


def test_dark_bars_at_the_edge_go_and_letters_stay(page):
    sheet = page()
    bars = ((0, 0, sheet.width, 12), (0, 0, 14, sheet.height), (600, 190, 639, 225))
    assert same(geometry.without_edges(barred(sheet, *bars)), sheet)


@pytest.mark.parametrize(
    "boxes", [((300, 180, 340, 200),), ((0, 100, 8, 104),)], ids=["a bar within the page", "a letter that is cut"]
)
def test_other_dark_spots_stay(page, boxes):
    sheet = barred(page(), *boxes)
    assert same(geometry.without_edges(sheet), sheet)


def test_a_dark_ground_stays(page):
    negative = page().point(lambda value: 255 - value)
    assert same(geometry.without_edges(negative), negative)


@given(st.integers(20, 60), st.integers(20, 60), st.data())
def test_only_dark_pixels_become_white(height, width, data):
    pixels = np.frombuffer(data.draw(st.binary(min_size=height * width, max_size=height * width)), np.uint8)
    picture = Image.fromarray(pixels.reshape(height, width))
    cleaned = np.asarray(geometry.without_edges(picture))
    changed = cleaned != np.asarray(picture)
    assert (cleaned[changed] == 255).all()
    assert (np.asarray(picture)[changed] <= geometry.threshold(picture)).all()


@pytest.mark.parametrize("lean", [-20.0, -9.0, -2.0, 0.0, 3.0, 11.0, 17.0, 20.0])
def test_skew_is_measured(page, lean):
    sheet = page(width=760).rotate(-lean, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    assert geometry.skew(geometry.ink_of(sheet)) == pytest.approx(lean, abs=0.4)


@pytest.mark.parametrize("size", [20, 24, 40])
def test_letters_are_scaled_to_what_the_engine_likes(page, size):
    sheet = page(size=size, width=1000)
    height = geometry.letter_height(sheet)
    assert height == pytest.approx(size * 0.58, rel=0.2)
    assert geometry.good_scale(sheet, 1000) == pytest.approx(geometry.GOOD_LETTERS / height)
    assert geometry.good_scale(sheet, height) == 1.0


def test_tiny_letters_are_doubled_at_most_while_they_are_legible(page):
    assert geometry.good_scale(page(size=15, width=1000), geometry.TINY_LETTERS) == 2
    assert geometry.good_scale(page(size=11, width=1000), geometry.TINY_LETTERS) > 2


def test_a_picture_is_enlarged_as_far_as_there_is_room():
    assert geometry.enlarged(Image.new("L", (10, 20)), 1.5).size == (15, 30)
    assert geometry.enlarged(Image.new("L", (40_000, 10)), 2.0).size == (40_000, 10)
    assert max(geometry.enlarged(Image.new("L", (20_000, 10)), 2.0).size) == geometry.LONGEST_SIDE


def test_an_empty_page_has_no_letters():
    empty = Image.new("L", (300, 300), 255)
    assert geometry.letter_height(empty) is None
    assert geometry.good_scale(empty, 20) == 1.0
    assert geometry.skew(geometry.ink_of(empty)) == 0.0
    assert same(geometry.without_edges(empty), empty)


@pytest.mark.parametrize(("turn", "sideways"), [(0, False), (90, True), (180, False), (270, True)])
def test_lines_that_run_downwards_are_seen(page, turn, sideways):
    lines = [" ".join(chance.choices(WORDS, k=9)) for chance in map(random.Random, range(24))]
    sheet = page(lines, width=800).rotate(turn, expand=True)
    assert geometry.is_sideways(geometry.ink_of(sheet)) is sideways


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_ink_of_a_turned_page_is_the_turned_ink(page, turn):
    sheet = page(width=760).rotate(3, expand=True, fillcolor=255)
    turned = geometry.ink_of(geometry.turned(sheet, turn))
    ink = geometry.ink_of(sheet).turned(turn)
    places = [
        set(zip((one.rows - one.rows.min()).tolist(), one.columns.tolist(), strict=True)) for one in (turned, ink)
    ]
    shift = min(column for _, column in places[1]) - min(column for _, column in places[0])
    assert {(row, column + shift) for row, column in places[0]} == places[1]


def test_letters_outside_of_the_middle_are_measured_too(page):
    tall = Image.new("L", (640, 4000), 255)
    tall.paste(page(size=24), (0, 0))
    assert geometry.letter_height(tall) == pytest.approx(24 * 0.58, rel=0.2)
