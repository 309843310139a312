"""Learn how often a word is wrong by the confidence that Tesseract gives it, from lines that this script draws.

    python infra/train/ocr_confidence.py --lines 3000

Lines are drawn, degraded and read as in `ocr_confusions.py` (words of wordfreq, Debian's fonts and models), modern type
only; no third-party text, no ground truth. It prints how many words were read with each range of confidences, and the
share of wrong ones: the source of `ERROR_SHARE` in `tasks/correct/doubt.py`.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

from rapidfuzz.distance import Levenshtein

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ocr_confusions import ROMAN, degraded, lines, reader, set_in_type

from tasks.ocr.engine import parse_tsv

BOUNDS = (20, 40, 60, 70, 80, 85, 90, 93, 96, 101)
LANGUAGES = ("en", "fr", "pt")


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--models", type=Path, default=Path("/usr/share/tesseract-ocr/5/tessdata"))
    options.add_argument("--lines", type=int, default=3000)
    options.add_argument("--seed", type=int, default=21)
    given = options.parse_args()
    kind = replace(ROMAN, models={lang: ROMAN.models[lang] for lang in LANGUAGES}, long_s=0.0)
    kind = replace(kind, fonts={name: weight for name, weight in ROMAN.fonts.items() if "Blanken" not in name})
    chance = random.Random(given.seed)
    readers = {lang: reader(given.models, model) for lang, model in kind.models.items()}
    words, wrong = Counter[int](), Counter[int]()
    for line in lines(kind, given.lines, chance):
        api = readers[line.lang]
        api.SetImage(degraded(set_in_type(line, chance), chance))
        api.SetSourceResolution(200)
        api.Recognize()
        read, stood = parse_tsv(api.GetTSVText(0)), line.text.split()
        if Levenshtein.distance(" ".join(word.text for word in read), line.text) > kind.lost * len(line.text):
            continue
        right = {
            place
            for block in Levenshtein.opcodes([word.text for word in read], stood)
            if block.tag == "equal"
            for place in range(block.src_start, block.src_end)
        }
        for place, word in enumerate(read):
            bound = next(one for one in BOUNDS if word.confidence < one)
            words[bound] += 1
            wrong[bound] += place not in right
    for bound in BOUNDS:
        print(f"under {bound:3d}: {words[bound]:6d} words, {wrong[bound] / max(1, words[bound]):.3f} wrong")
    print(f"all: {sum(words.values())} words, {sum(wrong.values()) / sum(words.values()):.3f} wrong")


if __name__ == "__main__":
    main()
