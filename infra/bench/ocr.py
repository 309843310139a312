"""Speed and memory of read-scans, beside plain pytesseract in the same run.

    .venv/bin/python infra/bench/ocr.py [--pages 12] [--flat 0]

Pages are drawn here (A4 at 200 dpi, 40 lines, some noisy). Plain is `pytesseract.image_to_string` with
`OMP_THREAD_LIMIT=1`. Prints pages per CPU second of both and their ratio; with --flat N, the memory after a tenth of N
pages and after N.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
os.environ["OMP_THREAD_LIMIT"] = "1"

import pytesseract  # noqa: E402 - found through the line above
from PIL import Image, ImageDraw, ImageFont  # noqa: E402

from tasks.ocr.scans import READ_SCANS, ReadScansParams  # noqa: E402
from tasks.source import Item  # noqa: E402

WORDS = [
    "the",
    "committee",
    "agreed",
    "to",
    "repair",
    "old",
    "bridge",
    "before",
    "rains",
    "begin",
    "in",
    "October",
    "and",
    "asked",
    "every",
    "household",
    "for",
    "help",
    "with",
    "stones",
    "timber",
    "water",
    "from",
    "river",
    "near",
    "market",
    "where",
    "school",
    "children",
    "cross",
    "on",
    "their",
    "way",
    "home",
    "each",
    "evening",
]


def draw(path: Path, seed: int) -> None:
    """Draw one page of running words."""
    chance = random.Random(seed)
    page = Image.new("L", (1654, 2339), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    for row in range(40):
        pen.text((120, 120 + row * 52), " ".join(chance.choices(WORDS, k=13)), font=font, fill=chance.randint(0, 70))
    if seed % 3 == 0:
        page = Image.blend(page, Image.effect_noise(page.size, 60), 0.15)
    page.save(path)


def cpu() -> float:
    """Return the CPU seconds of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def read(path: Path) -> None:
    """Read one page as the nightly flow does."""
    list(READ_SCANS.read(Item(str(path), path, 0, path.stat().st_size), ReadScansParams()))


def main() -> None:
    """Run both and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=12)
    parser.add_argument("--flat", type=int, default=0)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.png" for number in range(chosen.pages)]
        for number, path in enumerate(paths):
            draw(path, number)
        read(paths[0])
        start = cpu()
        for path in paths:
            read(path)
        ours = len(paths) / (cpu() - start)
        start = cpu()
        for path in paths:
            with Image.open(path) as image:
                pytesseract.image_to_string(image)
        plain = len(paths) / (cpu() - start)
        print(f"read-scans {ours:.2f} pages per CPU second, plain pytesseract {plain:.2f}, ratio {ours / plain:.2f}")
        flat(paths, chosen.flat)


def flat(paths: list[Path], pages: int) -> None:
    """Print the peak memory after a tenth of the pages and after all."""
    start = time.monotonic()
    for number in range(pages):
        read(paths[number % len(paths)])
        if number + 1 in {max(1, pages // 10), pages}:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"after {number + 1} pages: peak {peak:.0f} MiB, {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
