"""Train what identify-language ships: an n-gram model and the weights of the combination.

    python infra/train/language.py fit --sources DIR --work DIR     # weights of the combination -> combination.json
    python infra/train/language.py build --sources DIR --out DIR    # the shipped model, learnt from all folds
    python infra/train/language.py report --work DIR                # tables of docs/language.md

DIR holds the archives that docs/language.md names. `fit` leaves fold 0 of feersum_sa and afrisenti out of the models
and fits the weights on that fold and on one half of lingua_testdata, of which the models have seen nothing; the other
half, masakhanews and udhr
are only looked at by `report`.
"""

from __future__ import annotations

import argparse
import json
import pickle
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

import language_fit as fitting  # noqa: E402 - found through the line above
import language_sources as sources  # noqa: E402

from tasks.language.hashing import keys, ngrams  # noqa: E402
from tasks.language.letters import letters  # noqa: E402
from tasks.language.ngram_model import STEPS, prepared  # noqa: E402
from tasks.language.tags import COLUMN, RESTS_ON  # noqa: E402

FLOOR, LONGEST = -16.0, 6
"""Log-probability of an unseen n-gram; letters of the longest n-grams, word edges among them."""
LIMITS = {3: 10_000, 4: 16_000, 5: 16_000, 6: 12_000}
"""Most frequent n-grams kept of a language, by order. Keeping all of them gains nothing measurable."""
EMPHASIS = {6: 0.5}
"""Factor on the weight of an order: whole short words repeat what their parts said."""
SHARE = {
    "langdetect": 1.0, "feersum": 1.0, "help": 0.5, "kolibri": 0.5, "libreoffice": 0.1, "cldr": 0.2, "names": 0.1,
    "words": 0.5, "afrisenti": 0.5, "queries": 0.5, "seed": 0.3,
}  # fmt: skip
"""How much each source counts in a language's mixture, relative to its others."""
BASE_SHARE = {"pcm": 3.0, "ary": 1.5, "arq": 1.5}
"""At what share the n-grams of the language that a language rests on (`tags.RESTS_ON`) join its mixture."""


def count(lines: list[str]) -> sources.Joint:
    """Return the joint probabilities of the n-grams of some text."""
    code, _ = prepared(letters(lines))
    joint: sources.Joint = {}
    for gram in ngrams(code, LONGEST):
        hashed, times = np.unique(gram.hashed, return_counts=True)
        joint[gram.order] = hashed, times / times.sum()
    return joint


def texts(archives: Path, hold_out: int | None) -> dict[str, dict[str, list[str]]]:
    """Return text by language and source, without fold `hold_out` of the sets that are reported on."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    readers = {
        "feersum": sources.feersum(),
        "afrisenti": sources.afrisenti(),
        "queries": sources.queries(),
        "seed": sources.seed_text(),
        "libreoffice": sources.libreoffice(archives),
        "cldr": sources.cldr(archives),
        "help": sources.libreoffice_help(archives),
        "kolibri": sources.kolibri(archives),
        "names": sources.cldr_names(archives),
        "words": sources.word_lists(archives),
    }
    for name, reader in readers.items():
        for tag, text in reader:
            if name not in {"feersum", "afrisenti"} or sources.fold_of(text) != hold_out:
                found[tag][name].append(text)
    for name in ("cldr", "libreoffice", "afrisenti"):
        found["rn"][name] = list(sources.kirundi(found["rw"][name]))
    for name, lines in found["yo"].items():
        found["yo"][name] = lines + list(sources.without_accents(lines))
    return found


def mixture(parts: list[tuple[float, sources.Joint]]) -> sources.Joint:
    """Return the weighted mean of several distributions."""
    mixed: sources.Joint = {}
    for order in LIMITS:
        total = sum(share for share, joint in parts if order in joint)
        have = [(share / total, *joint[order]) for share, joint in parts if order in joint]
        unique, inverse = np.unique(np.concatenate([hashed for _, hashed, _ in have]), return_inverse=True)
        mixed[order] = unique, np.bincount(inverse, np.concatenate([share * p for share, _, p in have]))
    return mixed


def table(joint: sources.Joint) -> list[tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]]:
    """Return keys and weights of the n-grams that the model keeps of one language."""
    kept = []
    for order, limit in LIMITS.items():
        hashed, probability = joint[order]
        weight = np.round((np.log(np.maximum(probability, 1e-12)) - FLOOR) * EMPHASIS.get(order, 1.0) * STEPS / -FLOOR)
        best = np.argsort(-probability, kind="stable")[:limit]
        best = best[weight[best] >= 1]
        kept.append((keys(order, hashed[best]), weight[best].astype(np.uint8)))
    return kept


def write(mixtures: dict[str, sources.Joint], path: Path) -> None:
    """Write the model file: entries by key, keys as steps, so that zip makes them small."""
    tags = sorted(mixtures)
    entries = [(key, weight, i) for i, tag in enumerate(tags) for key, weight in table(mixtures[tag])]
    key = np.concatenate([e[0] for e in entries])
    weight = np.concatenate([e[1] for e in entries])
    language = np.concatenate([np.full(len(e[0]), e[2], dtype=np.uint8) for e in entries])
    order = np.lexsort((language, key))
    key, weight, language = key[order], weight[order], language[order]
    fresh = np.concatenate(([True], (key[1:] != key[:-1]) | (language[1:] != language[:-1])))  # 32-bit collisions
    unique, times = np.unique(key[fresh], return_counts=True)
    step = np.diff(unique, prepend=np.uint32(0)).astype(np.uint32)
    arrays = {"key_step": step, "count": times.astype(np.uint8), "language": language[fresh], "weight": weight[fresh]}
    np.savez_compressed(path, languages=np.array(tags), floor=FLOOR, longest=LONGEST, **arrays)
    print(path.name, len(tags), "languages", len(unique), "n-grams", path.stat().st_size, "bytes")


def build(archives: Path, out: Path, hold_out: int | None = None) -> None:
    """Write the model."""
    out.mkdir(parents=True, exist_ok=True)
    known = texts(archives, hold_out)
    parts: dict[str, list[tuple[float, sources.Joint]]] = defaultdict(list)
    for tag, by_source in known.items():
        parts[tag] = [(SHARE[source], count(lines)) for source, lines in by_source.items() if lines]
    for tag, joint in sources.langdetect_trigrams():
        parts[tag].append((SHARE["langdetect"], joint))
    for tag, base in RESTS_ON.items():
        parts[tag].append((BASE_SHARE[tag], mixture(parts[base])))
    write({tag: mixture(parts[tag]) for tag in parts if tag in COLUMN and parts[tag]}, out / "ngrams.npz")


def main(arguments: Iterable[str] | None = None) -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("fit", "build", "report"))
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--work", type=Path, default=Path("/tmp/daytwo-language"))
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "tasks" / "language" / "data")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    if chosen.command == "build":
        build(chosen.sources, chosen.out)
    elif chosen.command == "fit":
        build(chosen.sources, chosen.work, hold_out=0)
        seen = fitting.evidence(chosen.work)
        (chosen.work / "evidence.pickle").write_bytes(pickle.dumps(seen))
        weights = fitting.fit(seen)
        (chosen.out / "combination.json").write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")
        fitting.report(seen, weights)
    else:
        weights = json.loads((chosen.out / "combination.json").read_text(encoding="utf-8"))
        fitting.report(pickle.loads((chosen.work / "evidence.pickle").read_bytes()), weights)


if __name__ == "__main__":
    main()
