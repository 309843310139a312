"""strip-boilerplate: removes lines that repeat across many documents of a source."""

from __future__ import annotations

from tasks.edits import Edited
from tasks.step import Params, text_step


class BoilerplateParams(Params):
    """Params of strip-boilerplate."""


def strip_boilerplate(text: str, params: BoilerplateParams) -> Edited:
    """Remove lines that repeat across a source."""
    del params
    return Edited(text)


STRIP_BOILERPLATE = text_step("strip-boilerplate", 1, strip_boilerplate, BoilerplateParams)
