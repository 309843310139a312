"""Every reason that the code can give is one that an operator can look up."""

import ast
from pathlib import Path

import pytest

from tasks.reasons import DROP, QUARANTINE, REASONS

ROOT = Path(__file__).parents[2]
GIVERS = {"RecordError": 0, "Rejected": 1, "Lost": 1, "Refused": 1, "WorkerDied": 0}
"""Who gives a reason, and the place of the reason among the arguments."""


def given():
    """Yield (place, code) for each literal reason in the code."""
    for path in sorted([*ROOT.glob("tasks/**/*.py"), *ROOT.glob("flows/*.py")]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in GIVERS:
                place = GIVERS[node.func.id]
                for literal in ast.walk(node.args[place]) if len(node.args) > place else ():
                    if isinstance(literal, ast.Constant) and isinstance(literal.value, str):
                        yield f"{path.relative_to(ROOT)}:{node.lineno}", literal.value


def test_the_search_finds_reasons():
    assert {"empty_file", "not_scrubbed", "step_error", "timeout"} <= {code for _, code in given()}


@pytest.mark.parametrize(("place", "code"), sorted(set(given())))
def test_a_given_reason_is_listed(place, code):
    assert code in REASONS, f"{place} gives {code}: add it to tasks/reasons.py"


def test_no_listed_reason_is_dead():
    """A code that nothing can give is a promise to the operator that nobody keeps."""
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for path in [*ROOT.glob("tasks/**/*.py"), *ROOT.glob("flows/*.py"), *ROOT.glob("tasks/**/*.toml")]
        if path.name != "reasons.py"
    )
    assert [name for name in {**QUARANTINE, **DROP} if f'"{name}"' not in code and f"[{name}]" not in code] == []
