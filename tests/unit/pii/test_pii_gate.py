"""The gate names every pattern that matches: it may save time, never a value."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.pii import credentials, emails, gate, islands, phones, rules
from tasks.pii.scrub import ScrubParams

PATTERNS = {
    f"{module.__name__}.{name}": pattern
    for module in (credentials, emails, islands, phones)
    for name, pattern in vars(module).items()
    if isinstance(pattern, re.Pattern)
}
GATE = gate.Gate({name: gate.widened(pattern) for name, pattern in PATTERNS.items()})


@pytest.mark.parametrize("name", PATTERNS)
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_what_a_pattern_matches_its_gate_lets_through(name, data):
    text = data.draw(st.from_regex(PATTERNS[name])) + data.draw(st.sampled_from(["", " ", "é"]))
    assert not PATTERNS[name].search(text) or name in GATE.possible(text)


@pytest.mark.parametrize(
    ("pattern", "text", "passes"),
    [
        (r"(?i)straße \d", "STRAßE ٣", True),
        (r"a\u2013b", "a\u2014b", True),
        (r"(?<!x)key=[^\s]{3,4000}", "key=\u1200\u1201\u1202", True),
        (r"(\w)\1", "zz", True),
        (r"(?<!x)key=[^\s]{3,4000}", "token=abc", False),
        (r"\d{7,}", "12345 12345", False),
        (r"(?:a|b)cd", "abd", False),
    ],
)
def test_a_widened_pattern_tells_near_misses_apart(pattern, text, passes):
    made = gate.Gate({"one": gate.widened(re.compile(pattern))})
    assert bool(made.possible(text)) == passes


def test_an_automaton_that_gives_up_lets_all_through(monkeypatch):
    made = gate.Gate({"one": "[0-9]{9}", "two": "@"})

    class GivesUp:
        def Match(self, data):  # noqa: N802 - RE2's name
            del data

    monkeypatch.setattr(made, "_set", GivesUp())
    assert made.possible("no number") == {"one", "two"}


def test_every_case_of_the_corpus_passes_the_gate_of_its_rule(identifiers):
    pack = rules.merged(tuple(map(rules.pack, ScrubParams().packs)))
    for case in identifiers:
        text, possible = case["text"], pack.gate.possible(case["text"])
        for number, rule in enumerate(pack.rules):
            data = gate.plain(text) if rule.ascii else text
            for match in rule.pattern.finditer(data):
                start, end = match.span(1) if match.re.groups else match.span()
                assert number in possible or rules._touched(text, start, end)


def test_a_pattern_that_only_re2_knows_is_searched(tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("[[rule]]\ntype = 'STAFF'\npattern = '(é\\pN{4})'\nneeds_context = false\n", encoding="utf-8")
    assert [s.entity_type for s in rules.find("é1234", "é1234", rules.pack_file(str(file)))] == ["STAFF"]
