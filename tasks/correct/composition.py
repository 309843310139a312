"""Two layers of edits as one: the second layer's offsets are in the text that the first one made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tasks.edits import Edit, replay


@dataclass
class _Group:
    """Edits of both layers that touch each other, and the stretch of the middle text that they cover."""

    low: int
    high: int
    first: list[tuple[int, int, Edit]] = field(default_factory=list)
    second: list[Edit] = field(default_factory=list)


def composed(text: str, layers: Sequence[Sequence[Edit]]) -> list[Edit]:
    """Return edits of `text` with the effect of one layer after the other.

    An edit of a later layer that touches earlier ones swallows them and keeps its own rule.
    """
    done = sorted(layers[0])
    for layer in layers[1:]:
        done = list(_after(replay(text, done), done, sorted(layer)))
    return done


def _after(middle: str, first: list[Edit], second: list[Edit]) -> Iterator[Edit]:
    shift = 0  # how much longer the middle text is than the original, up to here
    for group in _groups(first, second):
        start = group.low - shift
        shift += sum(len(edit.insert) - (edit.end - edit.start) for _, _, edit in group.first)
        if not group.second:
            yield from (edit for _, _, edit in group.first)
            continue
        moved = [Edit(edit.start - group.low, edit.end - group.low, edit.insert, edit.rule) for edit in group.second]
        yield Edit(start, group.high - shift, replay(middle[group.low : group.high], moved), group.second[0].rule)


def _groups(first: list[Edit], second: list[Edit]) -> list[_Group]:
    """Return the edits in groups, in the order of the middle text."""
    placed: list[tuple[int, int, Edit, bool]] = [(edit.start, edit.end, edit, True) for edit in second]
    shift = 0
    for edit in first:
        start = edit.start + shift
        placed.append((start, start + len(edit.insert), edit, False))
        shift += len(edit.insert) - (edit.end - edit.start)
    groups: list[_Group] = []
    for low, high, edit, is_second in sorted(placed, key=lambda one: (one[0], one[1])):
        if not groups or low > groups[-1].high:
            groups.append(_Group(low, high))
        group = groups[-1]
        group.high = max(group.high, high)
        if is_second:
            group.second.append(edit)
        else:
            group.first.append((low, high, edit))
    return groups
