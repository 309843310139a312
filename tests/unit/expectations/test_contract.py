"""The data contract is generated, complete, and up to date in docs/."""

import pytest

from expectations.contract import ABOUT, PATH, render
from expectations.schema import LAYERS, facts


def test_the_file_is_up_to_date():
    assert PATH.read_text(encoding="utf-8") == render(), "run: python -m expectations.contract"


@pytest.mark.parametrize("layer", LAYERS)
def test_every_column_is_documented(layer):
    section = render().split(f"## {layer}\n")[1].split("\n## ")[0]
    for column in LAYERS[layer]:
        (line,) = [line for line in section.splitlines() if line.startswith(f"| `{column.name}` |")]
        assert facts(column)["doc"].replace("|", "\\|") in line
        assert f"| {facts(column)['privacy']} |" in line
    assert set(ABOUT) == set(LAYERS)


@pytest.mark.parametrize(
    "line",
    [
        "| `split` | `string` | open | yes |  | `train`, `validation`, `test` | Assigned by thread. |",
        "| `n_turns` | `int32` | open | yes | count | at least 1 | Turns. |",
        "| `quality_score` | `double` | open |  | 0 bad, 1 good | 0 to 1 | Lowest score of its records. |",
    ],
)
def test_bounds_read_as_words(line):
    assert line in render()
