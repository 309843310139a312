"""Two layers of edits as one: the second layer's offsets are in the text that the first one made."""

from __future__ import annotations

from collections.abc import Sequence

from tasks.edits import Edit, replay


def composed(text: str, layers: Sequence[Sequence[Edit]]) -> list[Edit]:
    """Return edits of `text` with the effect of one layer after the other.

    An edit of a later layer that touches earlier ones swallows them and keeps its own rule.
    """
    done = sorted(layers[0])
    for layer in layers[1:]:
        done = _after(text, done, sorted(layer))
    return done


def _after(text: str, first: list[Edit], second: list[Edit]) -> list[Edit]:
    middle = replay(text, first)
    pieces = _middle_places(first)
    merged, used = [], set[int]()
    for edit in second:
        touched = [i for i, (start, end) in enumerate(pieces) if start < edit.end and end > edit.start]
        used.update(touched)
        low = min([edit.start, *(pieces[i][0] for i in touched)])
        high = max([edit.end, *(pieces[i][1] for i in touched)])
        insert = middle[low : edit.start] + edit.insert + middle[edit.end : high]
        merged.append(Edit(_origin(first, pieces, low), _origin(first, pieces, high, after=True), insert, edit.rule))
    return sorted([*merged, *(edit for i, edit in enumerate(first) if i not in used)])


def _middle_places(edits: list[Edit]) -> list[tuple[int, int]]:
    """Return where each edit's insert stands in the text that the edits make."""
    places, shift = [], 0
    for edit in edits:
        start = edit.start + shift
        places.append((start, start + len(edit.insert)))
        shift += len(edit.insert) - (edit.end - edit.start)
    return places


def _origin(edits: list[Edit], places: list[tuple[int, int]], at: int, *, after: bool = False) -> int:
    """Return the place in the original text of a place in the edited one that lies inside no edit."""
    shift = 0
    for edit, (start, end) in zip(edits, places, strict=True):
        if end < at or (end == at and (after or start < at)):
            shift += (edit.end - edit.start) - (end - start)
    return at + shift
