"""Speed, quality and memory of read-scans.

    .venv/bin/python infra/bench/ocr.py                  beside plain pytesseract and OCRmyPDF, and with two workers
    .venv/bin/python infra/bench/ocr.py --pages 1000     memory of one worker over so many small pages

Pages are drawn here (A4 at 200 dpi, 40 lines: clean, noisy, leaning, small, one in twelve turned), so their text is
known. Plain is `pytesseract.image_to_string` with `OMP_THREAD_LIMIT=1`. OCRmyPDF is no dependency of ours: name its
program with `--ocrmypdf` (`python -m venv /tmp/o && /tmp/o/bin/pip install ocrmypdf`). CPU is that of this process and
its children; CER is edit distance over length, case and white space folded.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
os.environ["OMP_THREAD_LIMIT"] = "1"

import pytesseract  # noqa: E402 - found through the line above
from PIL import Image, ImageDraw, ImageFont  # noqa: E402
from rapidfuzz.distance import Levenshtein  # noqa: E402

from tasks.ocr.scans import READ_SCANS, ReadScansParams  # noqa: E402
from tasks.sandbox import Workers  # noqa: E402
from tasks.source import Item  # noqa: E402

TEXT = (
    "the committee agreed to repair old bridge before rains begin in October and asked every household for help with "
    "stones timber water from river near market where school children cross on their way home each evening"
)
WORDS = TEXT.split()
KINDS = ("clean", "noisy", "leaning", "small")
TURNED = 12
"""One page in so many lies on its side."""


def draw(path: Path, seed: int, lines: int = 40) -> str:
    """Draw one page of running words, and return them."""
    chance, kind = random.Random(seed), KINDS[seed % len(KINDS)]
    page = Image.new("L", (1654, 200 + lines * 52), 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    text = [" ".join(chance.choices(WORDS, k=13)) for _ in range(lines)]
    for row, line in enumerate(text):
        pen.text((120, 120 + row * 52), line, font=font, fill=chance.randint(0, 70))
    if kind == "noisy":
        page = Image.blend(page, Image.effect_noise(page.size, 60), 0.15)
    elif kind == "leaning":
        page = page.rotate(chance.uniform(1, 4), resample=Image.Resampling.BICUBIC, fillcolor=255)
    elif kind == "small":
        page = page.resize((page.width // 2, page.height // 2), Image.Resampling.LANCZOS)
    if seed % TURNED == TURNED - 1:
        page = page.transpose(Image.Transpose.ROTATE_90)
    page.save(path, dpi=(100, 100) if kind == "small" else (200, 200))
    return "\n".join(text)


def cpu() -> float:
    """Return the CPU seconds of this process and its children."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def read(path: Path) -> str:
    """Read one page as the nightly flow does."""
    rows = READ_SCANS.read(Item(str(path), path, 0, path.stat().st_size), ReadScansParams(min_confidence=0))
    return "\n".join(row["text"] for row in rows if isinstance(row, dict))


def plain(path: Path) -> str:
    """Read one page as most programs do."""
    with Image.open(path) as image:
        return str(pytesseract.image_to_string(image))


def ocrmypdf(program: str) -> Callable[[Path], str]:
    """Return a reader that runs OCRmyPDF with the passes that are comparable: turned and leaning pages set upright."""

    def run(path: Path) -> str:
        with tempfile.TemporaryDirectory() as folder:
            text = Path(folder, "text")
            command = [program, "-q", "--jobs", "1", "--deskew", "--rotate-pages", "--output-type", "pdf"]
            subprocess.run([*command, "--sidecar", str(text), str(path), str(Path(folder, "out.pdf"))], check=True)
            return text.read_text("utf-8")

    return run


def error_rate(truths: list[str], texts: list[str]) -> float:
    """Return the edit distance over the length of the truth, of all pages together."""
    folded = [
        (" ".join(a.casefold().split()), " ".join(b.casefold().split())) for a, b in zip(truths, texts, strict=True)
    ]
    return sum(Levenshtein.distance(*pair) for pair in folded) / sum(len(truth) for truth, _ in folded)


def compare(folder: Path, pages: int, program: str | None) -> None:
    """Print pages per CPU second and CER of every reader on the same pages."""
    paths = [folder / f"{number}.png" for number in range(pages)]
    truths = [draw(path, number) for number, path in enumerate(paths)]
    readers: dict[str, Callable[[Path], str]] = {"read-scans": read, "plain pytesseract": plain}
    if program:
        readers["OCRmyPDF"] = ocrmypdf(program)
    ours = 0.0
    for name, reader in readers.items():
        reader(paths[0])
        start = cpu()
        texts = [reader(path) for path in paths]
        speed = pages / (cpu() - start)
        ours = ours or speed
        rate = error_rate(truths, texts)
        print(
            f"{name:18} {speed:5.2f} pages per CPU second, CER {100 * rate:6.2f} %, read-scans is {ours / speed:.2f}×"
        )
    if not program:
        print("OCRmyPDF is not installed: not compared")


def scale(folder: Path, pages: int) -> None:
    """Print pages per second of one worker and of two, which share the machine with nothing else, we hope."""
    paths = [folder / f"{number}.png" for number in range(pages)]
    speeds = []
    for count in (1, 2):
        with Workers(count) as pool, ThreadPoolExecutor(count) as threads:
            list(threads.map(lambda _, pool=pool: pool.call(read, paths[0]), range(count)))  # type: ignore[misc]
            start = time.monotonic()
            list(threads.map(lambda path, pool=pool: pool.call(read, path), paths))  # type: ignore[misc]
            speeds.append(pages / (time.monotonic() - start))
    print(f"one worker {speeds[0]:.2f} pages a second, two {speeds[1]:.2f}: {speeds[1] / speeds[0]:.2f}×")


def memory(folder: Path, pages: int) -> None:
    """Print the resident memory now and then while one process reads page after page."""
    paths = [folder / f"{number}.png" for number in range(24)]
    for number, path in enumerate(paths):
        draw(path, number, lines=4)
    start = time.monotonic()
    for number in range(pages):
        read(paths[number % len(paths)])
        if (number + 1) % max(1, pages // 10) == 0:
            print(f"{number + 1:5} pages: {resident():4.0f} MiB, {time.monotonic() - start:4.0f} s", flush=True)


def resident() -> float:
    """Return the resident memory of this process in MiB (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=0, help="measure the memory over so many pages, and nothing else")
    parser.add_argument("--compare", type=int, default=12, help="pages that every reader reads")
    parser.add_argument("--ocrmypdf", default=shutil.which("ocrmypdf"), help="OCRmyPDF's program")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.pages:
            memory(Path(folder), chosen.pages)
        else:
            compare(Path(folder), chosen.compare, chosen.ocrmypdf)
            scale(Path(folder), chosen.compare)


if __name__ == "__main__":
    main()
