"""Speed, memory and accuracy of identify-language, beside langdetect, CLD2 and py3langid in the same run.

    .venv/bin/python infra/bench/language.py [--texts 2000] [--length 200] [--sample 250] [--models DIR]

Speed: texts made of the seed text of infra/train, cut to the length, a CPU second; langdetect on fewer of them.
Accuracy: on a sample of every set of ../shared/data/lid, where they are, abstentions counted as wrong. The shipped
model has learnt the dev half of feersum_sa and afrisenti; with `--models` the work folder of infra/train/language.py
is measured, whose model has not seen the texts that are asked for.
"""

from __future__ import annotations

import argparse
import random
import resource
import sys
import time
import tomllib
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "infra" / "train")]

import language_fit as fitting  # noqa: E402 - found through the line above
import language_sources as sources  # noqa: E402

from expectations.schema import WORK  # noqa: E402
from tasks.batch import from_rows  # noqa: E402
from tasks.language.detector import LanguageDetector, Matrix  # noqa: E402
from tasks.language.detectors import DATA, Cld2Detector, LangdetectDetector, LangidDetector, NgramDetector  # noqa: E402
from tasks.language.identify import IDENTIFY_LANGUAGE, LanguageParams, shipped_weights  # noqa: E402
from tasks.language.letters import letters  # noqa: E402
from tasks.language.scripts import main_scripts, masks  # noqa: E402
from tasks.language.tags import COLUMN  # noqa: E402


def texts(count: int, length: int) -> list[str]:
    """Return `count` texts of `length` code points."""
    seed = tomllib.loads((ROOT / "infra/train/seed_text.toml").read_text(encoding="utf-8"))
    lines = [" ".join(text.split()) for text in seed.values()]
    cuts = [line[at : at + length] for at in range(0, 1000, 37) for line in lines if len(line) > at + length]
    return (cuts * (count // len(cuts) + 1))[:count]


def speed(sample: list[str]) -> None:
    """Print texts a CPU second, and the peak memory of this process."""
    table = from_rows([{"record_id": str(i), "text": text} for i, text in enumerate(sample)], WORK)
    IDENTIFY_LANGUAGE(table.slice(0, 10))
    start = time.process_time()
    IDENTIFY_LANGUAGE(table)
    ours = len(sample) / (time.process_time() - start)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    few = sample[: max(20, len(sample) // 20)]
    detector = LangdetectDetector()
    detector.evidence(few[:2])
    start = time.process_time()
    detector.evidence(few)
    theirs = len(few) / (time.process_time() - start)
    print(f"identify-language {ours:.0f} texts per CPU second, peak {memory:.0f} MiB")
    print(f"langdetect {theirs:.0f}; ratio {ours / theirs:.1f}")


def accuracy(size: int, models: Path) -> None:
    """Print for each set how often each is right, as a Markdown table."""
    ours, cld2, langid = NgramDetector(models), Cld2Detector(), LangidDetector()
    libraries: tuple[LanguageDetector, ...] = (LangdetectDetector(), cld2, langid)
    print("| set | texts | identify-language | langdetect | CLD2 | py3langid |\n|---|---|---|---|---|---|")
    for name, items in _whole(fitting.sets()).items():
        some = random.Random(1).sample(items, min(size, len(items)))
        shown = [text for _, text in some]
        gold = np.array([COLUMN[tag] for tag, _ in some])
        found = {detector.name: detector.evidence(shown) for detector in libraries}
        mask = masks(main_scripts(letters(shown), len(shown)))
        logit = fitting.pooled({"ngrams": ours.evidence(shown), **found}, shipped_weights(), mask)
        probability = fitting.folded(logit)
        right = [((probability.argmax(1) == gold) & (probability.max(1) >= LanguageParams().threshold)).mean()]
        right += [(_best(found[detector.name].score) == gold).mean() for detector in libraries]
        print(f"| {name} | {len(some)} | {' | '.join(f'{100 * share:.1f}' for share in right)} |")


def _whole(sets: dict[str, fitting.Items]) -> dict[str, fitting.Items]:
    """Return the sets with their halves together."""
    halves = {f"{name}_half" for name in fitting.HALVED}
    return {
        n: items + (sets[f"{n}_half"] if f"{n}_half" in halves else []) for n, items in sets.items() if n not in halves
    }


def _best(score: Matrix) -> Matrix:
    """Return the column of the best score, members of a language folded as the scorer does; -1: nothing was found."""
    known = np.where(np.isnan(score), -np.inf, score)
    best = known.argmax(axis=1)
    for part, whole in fitting.FOLDED.items():
        best[best == COLUMN[part]] = COLUMN[whole]
    return np.where((known.max(axis=1) == known.min(axis=1)) | ~np.isfinite(known.max(axis=1)), -1, best)


def main() -> None:
    """Run what there is data for, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--length", type=int, default=200)
    parser.add_argument("--sample", type=int, default=250)
    parser.add_argument("--models", type=Path, default=DATA)
    chosen = parser.parse_args()
    speed(texts(chosen.texts, chosen.length))
    if sources.LID.is_dir():
        accuracy(chosen.sample, chosen.models)
    else:
        print("../shared/data/lid is not there: accuracy was not measured")


if __name__ == "__main__":
    main()
