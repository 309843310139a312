"""Speed and memory of identify-language, beside langdetect in the same run.

    .venv/bin/python infra/bench/language.py [--texts 2000] [--length 200]

Texts are made of the seed text of infra/train, cut to the length. Prints texts per CPU second, and their ratio.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from expectations.schema import WORK  # noqa: E402 - found through the line above
from tasks.batch import from_rows  # noqa: E402
from tasks.language.detectors import LangdetectDetector  # noqa: E402
from tasks.language.identify import IDENTIFY_LANGUAGE  # noqa: E402


def texts(count: int, length: int) -> list[str]:
    """Return `count` texts of `length` code points."""
    seed = tomllib.loads((ROOT / "infra/train/seed_text.toml").read_text(encoding="utf-8"))
    lines = [" ".join(text.split()) for text in seed.values()]
    cuts = [line[at : at + length] for at in range(0, 1000, 37) for line in lines if len(line) > at + length]
    return (cuts * (count // len(cuts) + 1))[:count]


def main() -> None:
    """Run both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--length", type=int, default=200)
    chosen = parser.parse_args()
    sample = texts(chosen.texts, chosen.length)
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


if __name__ == "__main__":
    main()
