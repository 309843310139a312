import json

from hypothesis import given
from hypothesis import strategies as st

from tasks.lineage import DIGEST_CHARS, digest, fingerprint, lineage

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(value):
    assert digest(value) == digest(dict(reversed(value.items())))
    assert len(digest(value)) == DIGEST_CHARS


@given(JSON, JSON)
def test_different_values_have_different_digests(one, other):
    same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    assert (digest(one) == digest(other)) == same


@given(st.text(alphabet=st.characters(), max_size=4))
def test_a_lone_surrogate_is_not_its_own_escape(text):
    assert digest(text + "\ud800") != digest(text + "\\ud800")


def test_a_fingerprint_changes_with_name_version_and_every_param():
    prints = {
        fingerprint("a", 1, {"x": 1}),
        fingerprint("b", 1, {"x": 1}),
        fingerprint("a", 2, {"x": 1}),
        fingerprint("a", 1, {"x": 2}),
        fingerprint("a", 1, {"x": 1, "y": None}),
    }
    assert len(prints) == 5


def test_lineage_depends_on_the_order_of_the_steps():
    assert lineage(["a", "b"]) != lineage(["b", "a"])
    assert lineage(iter(["a", "b"])) == lineage(["a", "b"])
