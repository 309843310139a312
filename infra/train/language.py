"""Train what identify-language ships: an n-gram model and the weights of the combination.

    python infra/train/language.py train --sources DIR --work DIR   # ngrams.npz, combination.json, and the report
    python infra/train/language.py fit --work DIR                   # combination.json anew, and the report
    python infra/train/language.py report --work DIR                # the tables of docs/language.md again

DIR holds the archives that docs/language.md names. A first model leaves fold 0 of feersum_sa and afrisenti out; the
weights of the combination are fitted on that fold and on one half of lingua_testdata, of which it has seen nothing, and
the report is about it. The other half, masakhanews and udhr are only looked at by the report. Then the model that is
shipped learns from all folds.
"""

from __future__ import annotations

import argparse
import json
import pickle
import random
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

import language_catalogs as catalogs  # noqa: E402 - found through the line above
import language_fit as fitting  # noqa: E402
import language_sources as sources  # noqa: E402
from language_tune import Source, tune  # noqa: E402

from tasks.language.hashing import WORD, features, keys  # noqa: E402
from tasks.language.letters import letters  # noqa: E402
from tasks.language.ngram_model import STEPS, NgramModel, prepared  # noqa: E402
from tasks.language.scripts import WRITTEN_IN  # noqa: E402
from tasks.language.tags import AFRICAN, COLUMN, RESTS_ON, WORLD  # noqa: E402

FLOOR, LONGEST = -16.0, 6
"""Log-probability of an unseen n-gram; letters of the longest n-grams, word edges among them."""
LARGE = {3: 12_000, 4: 22_000, 5: 22_000, 6: 14_000, WORD: 20_000}
SMALL = {3: 9_000, 4: 13_000, 5: 12_000, 6: 6_000, WORD: 5_000}
ALONE = {3: 3_000, 4: 3_000, 5: 2_000, 6: 1_000, WORD: 500}
"""Most frequent n-grams kept of a language, by order: of those that daytwo serves first, of others, and of languages
that their script tells."""
COUNTED = 60_000
"""Most n-grams of an order counted in one source."""
LONGEST_SOURCE = 3_000_000
"""Characters of one source in one language that are counted; of longer ones a sample of lines."""
EMPHASIS = {6: 0.4, WORD: 0.6}
"""Factor on the weight of an order: whole words repeat what their parts said."""
SHARE = {
    "langdetect": 1.0, "feersum": 1.0, "help": 0.5, "kolibri": 0.5, "libreoffice": 0.1, "cldr": 0.2, "names": 0.1,
    "words": 0.5, "afrisenti": 0.5, "queries": 0.5, "seed": 0.3, "wordfreq": 1.0, "tesseract": 0.5, "android": 0.3,
    "chromium": 0.1, "firefox": 0.2,
}  # fmt: skip
"""How much each source counts in a language's mixture, relative to its others."""
BASE_SHARE = {"pcm": 3.0, "ary": 1.5, "arq": 1.5}
"""At what share the n-grams of the language that a language rests on (`tags.RESTS_ON`) join its mixture."""
FOLDED = ("feersum", "afrisenti")
"""Sources of which a fold can be left out: sets that are reported on."""
WORD_SOURCES = frozenset({"words", "wordfreq", "tesseract"})
Texts = dict[str, dict[str, list[str]]]
Counts = dict[str, dict[str, sources.Joint]]
"""By language and source."""


def count(lines: list[str]) -> sources.Joint:
    """Return the joint probabilities of the n-grams of some text."""
    size = sum(map(len, lines))
    if size > LONGEST_SOURCE:
        lines = random.Random(1).sample(lines, len(lines) * LONGEST_SOURCE // size)
    code, _ = prepared(letters(lines))
    joint: sources.Joint = {}
    for gram in features(code, LONGEST):
        hashed, times = np.unique(gram.hashed, return_counts=True)
        best = np.sort(np.argsort(-times, kind="stable")[:COUNTED])
        joint[gram.order] = hashed[best], times[best] / max(1, times.sum())
    return joint


def texts(archives: Path) -> Texts:
    """Return text by language and source."""
    found: Texts = defaultdict(lambda: defaultdict(list))
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
        "words": catalogs.word_lists(archives),
        "android": catalogs.android(archives),
        "chromium": catalogs.chromium(archives),
        "firefox": catalogs.firefox(archives),
        "tesseract": catalogs.tesseract(archives),
        "wordfreq": catalogs.wordfreq(),
    }
    for name, reader in readers.items():
        for tag, text in reader:
            found[tag][name].append(text)
    return {tag: dict(by_source) for tag, by_source in found.items() if tag in COLUMN}


def respelt(known: Texts) -> Texts:
    """Return the text with Kirundi made of Kinyarwanda, and Yoruba a second time without its accents."""
    found = {tag: dict(by_source) for tag, by_source in known.items()}
    for name in ("cldr", "libreoffice", "afrisenti"):
        found["rn"][name] = list(sources.kirundi(iter(found["rw"][name])))
    found["yo"] = {name: lines + list(sources.without_accents(lines)) for name, lines in found["yo"].items()}
    return found


def without_fold(known: Texts, fold: int) -> Texts:
    """Return the text without one fold of the sets that are reported on."""
    return {
        tag: {
            name: [x for x in lines if sources.fold_of(x) != fold] if name in FOLDED else lines
            for name, lines in by_source.items()
        }
        for tag, by_source in known.items()
    }


def counted(known: Texts, before: Counts | None = None) -> Counts:
    """Return the counts of all text; those of sources without folds are taken from `before`."""
    return {
        tag: {
            name: before[tag][name] if before and name not in FOLDED else count(lines)
            for name, lines in by_source.items()
            if lines
        }
        for tag, by_source in known.items()
    }


def mixture(parts: list[tuple[float, sources.Joint]]) -> sources.Joint:
    """Return the weighted mean of several distributions."""
    mixed: sources.Joint = {}
    for order in LARGE:
        total = sum(share for share, joint in parts if order in joint)
        have = [(share / total, *joint[order]) for share, joint in parts if order in joint]
        unique, inverse = np.unique(np.concatenate([hashed for _, hashed, _ in have]), return_inverse=True)
        mixed[order] = unique, np.bincount(inverse, np.concatenate([share * p for share, _, p in have]))
    return mixed


def limits(tag: str) -> dict[int, int]:
    """Return how many n-grams of a language are kept, by order."""
    if any(tags == tag for tags in WRITTEN_IN.values()):
        return ALONE
    return LARGE if tag in (*AFRICAN, *WORLD) else SMALL


def table(tag: str, joint: sources.Joint) -> list[tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]]:
    """Return keys and weights of the n-grams that the model keeps of one language."""
    kept = []
    for order, limit in limits(tag).items():
        hashed, probability = joint[order]
        weight = np.round((np.log(np.maximum(probability, 1e-12)) - FLOOR) * EMPHASIS.get(order, 1.0) * STEPS / -FLOOR)
        best = np.argsort(-probability, kind="stable")[:limit]
        best = best[weight[best] >= 1]
        kept.append((keys(order, hashed[best]), weight[best].astype(np.uint8)))
    return kept


def model_of(mixtures: dict[str, sources.Joint]) -> NgramModel:
    """Return the naive Bayes model: entries by key."""
    tags = sorted(mixtures)
    entries = [(key, weight, i) for i, tag in enumerate(tags) for key, weight in table(tag, mixtures[tag])]
    key = np.concatenate([e[0] for e in entries])
    weight = np.concatenate([e[1] for e in entries])
    language = np.concatenate([np.full(len(e[0]), e[2], dtype=np.uint8) for e in entries])
    order = np.lexsort((language, key))
    key, weight, language = key[order], weight[order], language[order]
    fresh = np.concatenate(([True], (key[1:] != key[:-1]) | (language[1:] != language[:-1])))  # 32-bit collisions
    unique, times = np.unique(key[fresh], return_counts=True)
    return NgramModel.of(tuple(tags), FLOOR, LONGEST, unique, times, language[fresh], weight[fresh])


def write(model: NgramModel, path: Path) -> None:
    """Write the model file: keys as steps, so that zip makes them small; entries that say nothing are left out."""
    times = np.diff(model.start)
    owner = np.repeat(np.arange(len(model.key)), times)[model.weight > 0]
    times = np.bincount(owner, minlength=len(model.key))
    step = np.diff(model.key[times > 0], prepend=np.uint32(0)).astype(np.uint32)
    said = model.weight > 0
    arrays = {"key_step": step, "count": times[times > 0].astype(np.uint8)}
    arrays |= {"language": model.language[said], "weight": model.weight[said]}
    np.savez_compressed(path, languages=np.array(model.languages), floor=FLOOR, longest=LONGEST, **arrays)
    print(path.name, len(model.languages), "languages", len(step), "n-grams", path.stat().st_size, "bytes")


def build(known: Texts, counts: Counts, out: Path) -> None:
    """Write the model: naive Bayes, then tuned."""
    out.mkdir(parents=True, exist_ok=True)
    parts = {tag: [(SHARE[name], joint) for name, joint in found.items()] for tag, found in counts.items()}
    for tag, joint in sources.langdetect_trigrams():
        parts[tag].append((SHARE["langdetect"], joint))
    for tag, base in RESTS_ON.items():
        parts[tag].append((BASE_SHARE[tag], mixture(parts[base])))
    model = model_of({tag: mixture(found) for tag, found in parts.items() if found})
    shares = {tag: sum(share for share, _ in found) for tag, found in parts.items()}
    snippets = {
        tag: [
            Source(lines, SHARE[name] / shares[tag], words=name in WORD_SOURCES)
            for name, lines in by_source.items()
            if lines
        ]
        for tag, by_source in known.items()
    }
    write(tune(model, snippets, EMPHASIS), out / "ngrams.npz")


def main(arguments: Iterable[str] | None = None) -> None:
    """Run one of the commands."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("train", "fit", "report"))
    parser.add_argument("--sources", type=Path)
    parser.add_argument("--work", type=Path, default=Path("/tmp/daytwo-language"))
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "tasks" / "language" / "data")
    chosen = parser.parse_args(None if arguments is None else list(arguments))
    if chosen.command == "train":
        train(chosen.sources, chosen.work, chosen.out)
    elif chosen.command == "fit":
        fit(chosen.work, chosen.out)
    weights = json.loads((chosen.out / "combination.json").read_text(encoding="utf-8"))
    seen = pickle.loads((chosen.work / "evidence.pickle").read_bytes())
    fitting.report(seen, weights, HERE.parents[1] / "docs" / "language-reliability.svg")


def train(archives: Path, work: Path, out: Path) -> None:
    """Build the model without fold 0, fit the weights on what it has not seen, and build the model that is shipped."""
    known = texts(archives)
    unseen = respelt(without_fold(known, 0))
    counts = counted(unseen)
    build(unseen, counts, work)
    fit(work, out)
    known = respelt(known)
    build(known, counted(known, counts), out)


def fit(work: Path, out: Path) -> None:
    """Fit the weights on what the first model says about texts that it has not seen."""
    seen = fitting.evidence(work)
    (work / "evidence.pickle").write_bytes(pickle.dumps(seen))
    weights = fitting.fit(seen)
    (out / "combination.json").write_text(json.dumps(weights, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
