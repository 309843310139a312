"""A model of one's own: any local token classifier in ONNX form, with its hash pinned."""

import hashlib
import json

import numpy as np
import pytest
from pydantic import ValidationError

from tasks.errors import ConfigError, DependencyMissing
from tasks.pii import engine
from tasks.pii.known import known_values
from tasks.pii.ner import classifier
from tasks.pii.scrub import ScrubParams, settings_of

WORDS = ["[UNK]", "zqmirembe", "zqokello", "zqville", "came", "to"]
LABELS = ["B-PER", "I-PER", "B-LOC", "O"]
"""The usual labels of newswire models, and O not the first of them."""
LABEL_OF = {"zqmirembe": 0, "zqokello": 1, "zqville": 2}


@pytest.fixture
def folder(tmp_path):
    """A folder with a classifier that looks its labels up in a table: one row of logits a word."""
    from onnx import TensorProto, helper, numpy_helper, save
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    logits = np.zeros((len(WORDS), len(LABELS)), np.float32)
    for number, word in enumerate(WORDS):
        logits[number, LABEL_OF.get(word, LABELS.index("O"))] = 9
    graph = helper.make_graph(
        [helper.make_node("Gather", ["table", "input_ids"], ["logits"])],
        "table",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, [None, None])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [None, None, len(LABELS)])],
        [numpy_helper.from_array(logits, "table")],
    )
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), tmp_path / "model.onnx")
    config = {"id2label": {str(i): label for i, label in enumerate(LABELS)}}
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return tmp_path


def sha256(folder):
    return hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()


def test_another_classifier_finds_names_by_its_own_labels(folder):
    text = "Then Zqmirembe Zqokello came to Zqville"
    settings = settings_of(ScrubParams(model=folder, model_sha256=sha256(folder)))
    spans = engine.find([text], "en", known_values(()), settings)[0]
    assert ("Zqmirembe Zqokello", "PERSON") in {(text[s.start : s.end], s.entity_type) for s in spans}
    assert [t.label for t in classifier(folder, sha256(folder)).classify([text])[0]] == [
        "GIVEN_NAME",
        "GIVEN_NAME",
        "CITY",
    ]


def test_a_model_without_a_pinned_hash_is_refused(folder):
    with pytest.raises(ValidationError, match="sha256sum"):
        ScrubParams(model=folder)


def test_another_file_than_the_pinned_one_stops_the_run(folder):
    pinned = sha256(folder)
    (folder / "model.onnx").write_bytes((folder / "model.onnx").read_bytes() + b"\0")
    with pytest.raises(ConfigError, match="not the one that was tested"):
        classifier(folder, pinned)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_folder_that_lacks_a_file_says_which(folder, name):
    pinned = sha256(folder)
    (folder / name).unlink()
    with pytest.raises(DependencyMissing, match=name if name != "model.onnx" else "no .onnx file"):
        classifier(folder, pinned)


def test_a_config_without_labels_is_refused(folder):
    (folder / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="names no labels"):
        classifier(folder, sha256(folder))
