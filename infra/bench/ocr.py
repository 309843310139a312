"""Speed, quality and memory of read-scans.

    .venv/bin/python infra/bench/ocr.py                  beside plain pytesseract and OCRmyPDF, and with two workers
    .venv/bin/python infra/bench/ocr.py --folder FOLDER  the same on a folder's pictures; X.txt is the text of X.png
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))
os.environ["OMP_THREAD_LIMIT"] = os.environ["OMP_NUM_THREADS"] = "1"  # as in a worker

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
LOAD = os.getloadavg()[0]
KINDS = ("clean", "noisy", "leaning", "small")
PICTURES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".webp"}
CREDIBLE_DPI = 100
SHIFT_PAGES, SHIFTS = 24, 2
"""Pages that one worker, then two read in a turn, at least, and turns: a page of the end is then no share of it."""
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
            with Image.open(path) as image:
                # it refuses to guess, and does not believe low resolutions
                command += ["--image-dpi", "300"] if image.info.get("dpi", (0, 0))[0] < CREDIBLE_DPI else []
            subprocess.run([*command, "--sidecar", str(text), str(path), str(Path(folder, "out.pdf"))], check=True)
            return text.read_text("utf-8")

    return run


def error_rate(truths: list[str | None], texts: list[str]) -> float | None:
    """Return the edit distance over the length of the truth, of all pages that have one."""
    known = [(folded(truth), folded(text)) for truth, text in zip(truths, texts, strict=True) if truth]
    length = sum(len(truth) for truth, _ in known)
    return sum(Levenshtein.distance(*pair) for pair in known) / length if length else None


def folded(text: str) -> str:
    """Return the text in small letters, every run of white space one space."""
    return " ".join(text.casefold().split())


def drawn(folder: Path, pages: int) -> Iterator[tuple[Path, str | None]]:
    """Draw pages, and yield each with its text."""
    for number in range(pages):
        path = folder / f"{number}.png"
        yield path, draw(path, number)


def found(folder: Path, pages: int) -> Iterator[tuple[Path, str | None]]:
    """Yield the first pictures of a folder, each with the text beside it or None."""
    for path in sorted(path for path in folder.iterdir() if path.suffix.lower() in PICTURES)[:pages]:
        text = path.with_suffix(".txt")
        yield path, text.read_text("utf-8") if text.exists() else None


def compare(pages: list[tuple[Path, str | None]], program: str | None) -> None:
    """Print pages per CPU second and CER of every reader on the same pages, page by page in turn."""
    readers: dict[str, Callable[[Path], str]] = {"read-scans": read, "plain pytesseract": plain}
    if program:
        readers["OCRmyPDF"] = ocrmypdf(program)
    used = dict.fromkeys(readers, 0.0)
    texts: dict[str, list[str]] = {name: [] for name in readers}
    for reader in readers.values():
        for path, _ in pages[:: TURNED - 1][:2]:  # an upright and a turned one: models are loaded once a night
            reader(path)
    for path, _ in pages:
        for name, reader in readers.items():
            start = cpu()
            texts[name].append(reader(path))
            used[name] += cpu() - start
    for name, seconds in used.items():
        rate = error_rate([truth for _, truth in pages], texts[name])
        quality = "CER unknown" if rate is None else f"CER {100 * rate:6.2f} %"
        ratio = seconds / used["read-scans"]
        print(f"{name:18} {len(pages) / seconds:5.2f} pages per CPU second, {quality}, read-scans is {ratio:.2f}×")
    if not program:
        print("OCRmyPDF is not installed: not compared")


def timed(path: Path) -> float:
    """Read one page in a worker, and return its CPU seconds."""
    start = time.process_time()
    read(path)
    return time.process_time() - start


def shift(count: int, paths: list[Path]) -> tuple[float, float]:
    """Return the seconds that so many workers take for the pages, and their CPU seconds; their start is not counted."""
    with Workers(count) as pool, ThreadPoolExecutor(count) as threads:
        list(threads.map(lambda _: pool.call(timed, paths[0]), range(count)))
        start = time.monotonic()
        spent = sum(threads.map(lambda path: pool.call(timed, path), paths))
        return time.monotonic() - start, spent


def scale(paths: list[Path]) -> None:
    """Print how much faster two workers are than one, and what they lose: idle, and by slowing one another down.

    The largest files come first, as at night. Only a quiet machine tells: both take turns, so that a load of others
    that lasts falls on both.
    """
    paths = sorted(paths * -(-SHIFT_PAGES // len(paths)), key=lambda path: -path.stat().st_size)
    wall, spent = {1: 0.0, 2: 0.0}, {1: 0.0, 2: 0.0}
    for count in (1, 2) * SHIFTS:
        seconds, used = shift(count, paths)
        wall[count] += seconds
        spent[count] += used
    pages = len(paths) * SHIFTS
    busy, slower = spent[2] / (2 * wall[2]), spent[2] / spent[1]
    print(f"one worker {pages / wall[1]:.2f} pages a second, two {pages / wall[2]:.2f}: {wall[1] / wall[2]:.2f}×")
    print(f"two workers compute {100 * busy:.0f} % of the time (one {100 * spent[1] / wall[1]:.0f} %)", end=", ")
    print(f"and spend {slower:.2f} times the CPU of one on a page; load of the machine before: {LOAD:.1f}")


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
    parser.add_argument("--compare", type=int, default=24, help="pages that every reader reads, at most")
    parser.add_argument("--folder", type=Path, help="pictures to read instead of drawn pages")
    parser.add_argument("--ocrmypdf", default=shutil.which("ocrmypdf"), help="OCRmyPDF's program")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if chosen.pages:
            memory(Path(folder), chosen.pages)
        else:
            source = found(chosen.folder, chosen.compare) if chosen.folder else drawn(Path(folder), chosen.compare)
            pages = list(source)
            compare(pages, chosen.ocrmypdf)
            scale([path for path, _ in pages])


if __name__ == "__main__":
    main()
