import ast
import errno
import inspect
import pickle
from pathlib import Path

import pytest

from tasks import errors
from tasks.errors import ConfigError, DaytwoError, RecordError, TransientError, blamed, unexpected
from tasks.reasons import DROP, QUARANTINE, REASONS

CLASSES = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, DaytwoError)]
EXIT_CODES = {
    "DaytwoError": 1,
    "ConfigError": 2,
    "DependencyMissing": 3,
    "TransientError": 4,
    "RecordError": 0,
    "ContractError": 5,
    "ValidationFailed": 6,
    "PublishConflict": 7,
    "RunLocked": 75,
}


def test_exit_codes_are_those_of_the_design():
    assert {c.__name__: c.exit_code for c in CLASSES} == EXIT_CODES


@pytest.mark.parametrize("cls", [c for c in CLASSES if c is not RecordError])
def test_message_and_remedy_cross_a_process_boundary(cls):
    again = pickle.loads(pickle.dumps(cls("what", remedy="how")))
    assert (type(again), str(again), again.remedy) == (cls, "what", "how")


@pytest.mark.parametrize("name", ["TransientError", "ContractError"])
def test_what_may_be_raised_anywhere_has_a_usual_remedy(name):
    assert getattr(errors, name)("what").remedy
    assert getattr(errors, name)("what", remedy="how").remedy == "how"


ROOT = Path(__file__).resolve().parents[3]
TOLD = {cls.__name__ for cls in CLASSES if not cls.usual_remedy} - {"RecordError", "DaytwoError", "WorkerDied"}


@pytest.mark.parametrize("room", ["flows", "tasks", "expectations"])
def test_every_other_error_says_the_remedy_where_it_is_raised(room):
    calls = [
        (path.name, node.lineno, {keyword.arg for keyword in node.keywords})
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOLD
    ]
    assert [(name, line) for name, line, given in calls if "remedy" not in given] == []


def test_a_record_error_crosses_with_reason_and_detail():
    again = pickle.loads(pickle.dumps(RecordError("malformed", "ValueError")))
    assert (again.reason, again.detail, str(again)) == ("malformed", "ValueError", "malformed: ValueError")
    assert str(RecordError("malformed")) == "malformed"


@pytest.mark.parametrize("code", REASONS)
def test_every_reason_is_a_code_with_a_sentence(code):
    assert code == code.lower().replace(" ", "_")
    assert REASONS[code].meaning.endswith(".")
    assert REASONS[code].remedy.endswith((".", "?")) == (code in QUARANTINE)


def test_no_reason_is_both_quarantine_and_drop():
    assert not QUARANTINE.keys() & DROP.keys()


def test_a_full_disk_costs_the_run_and_no_item():
    with pytest.raises(TransientError, match="No space left"):
        blamed(OSError(errno.ENOSPC, "zebra"))
    assert blamed(OSError(errno.EACCES, "zebra")).reason == "unreadable"
    assert blamed(OSError(errno.EFBIG, "zebra")).reason == "unreadable", "a document that unfolds to gigabytes"


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "zebra", "/lake/zebra"),
        RuntimeError("zebra: zebra (os error 28)"),
        OSError(errno.EDQUOT, ""),
    ],
)
def test_a_full_disk_is_no_bug_whoever_notices_it(error):
    told = unexpected(error)
    assert isinstance(told, TransientError)
    assert "Make room" in told.remedy
    assert "zebra" not in str(told)


def test_a_missing_right_is_no_bug_either():
    told = unexpected(PermissionError(errno.EACCES, "zebra", "/lake/zebra"))
    assert (type(told), "Let daytwo read" in told.remedy) == (ConfigError, True)
    assert str(told).startswith("Permission denied: /lake (in ")


def test_anything_else_that_is_unexpected_is_a_bug():
    told = unexpected(RuntimeError("zebra (os error 2)"))
    assert (type(told), "bug" in told.remedy, "zebra" in str(told)) == (DaytwoError, True, False)
