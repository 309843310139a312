"""Fuzz the scan reader behind the sandbox, as a night runs it: no file lost, no hang, no crash without a reason.

    .venv/bin/python infra/bench/fuzz_scans.py [--seconds 600] [--seed N] [--data ../shared/data/scans]

Each round mutates one real file, and reads it in a worker between two good ones. The laws: each file is refused with a
known reason, or has a record or a row in quarantine with one; none takes longer than its pages may; no worker holds
more than its cap; a good file after it is read as ever. An input that breaks a law is kept in --findings, outside the
checkout, and the exit code is 1; one that kills its worker is kept too, since its reason stands in its place.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from random import Random

from tasks.discover import Piece, Refused, split_files
from tasks.extract import Extracted, Reading, extract
from tasks.keys import KEY_FILE_VARIABLE, Keyring
from tasks.ocr.media import HEAD_BYTES, SUFFIXES, sniff
from tasks.ocr.scans import ReadScansParams
from tasks.origins import Found
from tasks.reasons import QUARANTINE
from tasks.sandbox import Lost, Workers

LARGEST_SEED = 400_000
PAGES, PAGE_SECONDS = 3, 20.0
SLACK_SECONDS = 30.0
"""What opening a file and starting another worker may take, on a busy machine."""
SLACK_BYTES = 500_000_000
"""What a worker may gain between two looks at its memory, mapped files included."""
PARAMS = ReadScansParams(max_pages=PAGES, page_seconds=PAGE_SECONDS)
READING = Reading("fuzz", "scans", PARAMS)
ENDS_OF_WORKERS = {"parser_crash", "timeout", "too_much_memory"}
NUMBERS = (b"0", b"-1", b"1", b"255", b"65535", b"65536", b"2147483647", b"4294967295", b"99999999999", b"0.00001")
WORDS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
NAMES = (
    b"/FlateDecode", b"/LZWDecode", b"/DCTDecode", b"/JPXDecode", b"/JBIG2Decode", b"/CCITTFaxDecode",
    b"/ASCII85Decode", b"/RunLengthDecode", b"/Crypt", b"/Form", b"/Image", b"/Type3", b"/Pattern", b"/SMask",
    b"/ObjStm", b"/XRef", b"/Indexed", b"/Separation", b"/DeviceN", b"/Identity-H", b"/Page", b"/Pages",
    b"null", b"true", b"[", b"]", b"<<", b">>", b"R", b"endobj", b"stream", b"endstream",
)  # fmt: skip


def seeds_of(folder: Path) -> list[bytes]:
    """Return real files of the types that the reader knows, and pictures made here in those that the folder lacks."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix.lower() in SUFFIXES]
    data = [path.read_bytes() for path in files if path.stat().st_size <= LARGEST_SEED]
    return [one for one in data if sniff(one[:HEAD_BYTES])] + [
        _made(form) for form in ("GIF", "WEBP", "JPEG2000", "HEIF")
    ]


def _made(form: str, text: str = "The committee met on Monday") -> bytes:
    import pi_heif
    from PIL import Image, ImageDraw, ImageFont

    pi_heif.register_heif_opener()
    picture, out = Image.new("RGB", (480, 120), "white"), BytesIO()
    ImageDraw.Draw(picture).text((20, 40), text, font=ImageFont.load_default(28), fill="black")
    try:
        picture.save(out, form, save_all=form == "GIF")
    except (OSError, KeyError, ValueError):  # this build of the library only reads it
        picture.save(out, "PNG")
    return out.getvalue()


def mutate(data: bytes, other: bytes, rng: Random) -> bytes:
    """Return a file with one to eight mutations; `other` gives pieces to put in."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        kind = rng.choice(("flip", "word", "cut", "copy", "splice", "end", "number", "name"))
        at = rng.randrange(max(1, min(len(out), rng.choice((200, 2_000, len(out) or 1)))))
        length = rng.choice((1, 4, 30, 500, 5_000))
        if kind == "flip" and out:
            out[at] ^= 1 << rng.randrange(8)
        elif kind == "word":
            form = rng.choice(("<H", ">H", "<I", ">I"))
            out[at : at + struct.calcsize(form)] = struct.pack(
                form, rng.choice(WORDS) & (2 ** (8 * struct.calcsize(form)) - 1)
            )
        elif kind == "cut":
            del out[at : at + length]
        elif kind == "copy":
            out[at:at] = out[at : at + length] * rng.choice((1, 2, 50))
        elif kind == "splice":
            start = rng.randrange(max(1, len(other)))
            out[at : at + length] = other[start : start + length]
        elif kind == "end":
            del out[max(1, rng.randrange(max(2, len(out)))) :]
        else:
            _replace(
                out, rb"\d+" if kind == "number" else rb"/[A-Za-z0-9]+", NUMBERS if kind == "number" else NAMES, rng
            )
    return bytes(out)


def _replace(data: bytearray, pattern: bytes, by: Sequence[bytes], rng: Random) -> None:
    """Replace one place of a PDF's text that the pattern finds."""
    found = re.compile(pattern).search(data, rng.randrange(max(1, len(data))))
    if found:
        data[found.start() : found.end()] = rng.choice(by)


class Fuzzer:
    """Reads mutants in `folder` with one worker of `pool`; keeps in `findings` what breaks a law."""

    def __init__(self, pool: Workers, folder: Path, findings: Path) -> None:
        self.pool, self.folder, self.findings = pool, folder, findings
        self.outcomes, self.broken = Counter[str](), Counter[str]()
        self.worst = 0.0
        self.good = self._text(_made("PNG"))

    def round(self, data: bytes) -> None:
        """Read one mutant, then a good file."""
        began = time.monotonic()
        outcome = self._outcome(data)
        seconds = time.monotonic() - began
        self.worst = max(self.worst, seconds)
        self.outcomes[outcome] += 1
        if outcome not in QUARANTINE and outcome not in {"read", "skipped"}:
            self._find(outcome, data)
        elif outcome in ENDS_OF_WORKERS:
            self._keep(outcome, data)
        if seconds > 2 * PAGES * PAGE_SECONDS + SLACK_SECONDS:
            self._find("slow", data)
        if self._text(_made("PNG")) != self.good:
            self._find("neighbour_harmed", data)

    def _outcome(self, data: bytes) -> str:
        """Return what became of a file: read, a reason, or the law that it broke."""
        got = self._read(data)
        if not isinstance(got, Extracted):
            return got
        held = got.quarantine.to_pylist()
        if len(got.fates) != 1 or got.records.num_rows + len(held) != 1:
            return "conservation broken"
        if held and held[0]["reason"] == "malformed" and (held[0]["detail"] or "").endswith(("Error", "Exception")):
            return f"escaped {held[0]['detail']}"
        return str(held[0]["reason"]) if held else "read"

    def _read(self, data: bytes) -> Extracted | str:
        path = self.folder / f"mutant{next((end for end, kind in SUFFIXES.items() if kind == sniff(data)), '.pdf')}"
        path.write_bytes(data)
        found = Found(path.as_uri(), len(data), "0", path)
        for cut in self.pool.each(split_files, [found], READING.kind, READING.params):
            if isinstance(cut, Lost):
                return f"split {cut.reason}"
            if isinstance(cut[0], Refused):
                return cut[0].reason if cut[0].reason in QUARANTINE else "skipped"
            pieces: list[Piece] = cut[0]
            for got in self.pool.each(extract, pieces, READING):
                return got.reason if isinstance(got, Lost) else got
        return "file lost"

    def _text(self, data: bytes) -> str:
        got = self._read(data)
        return str(got.records.column("text").to_pylist()) if isinstance(got, Extracted) else got

    def _find(self, law: str, data: bytes) -> None:
        self.broken[law] += 1
        self._keep(f"LAW {law}", data)

    def _keep(self, name: str, data: bytes) -> None:
        self.findings.mkdir(parents=True, exist_ok=True)
        (self.findings / f"{name.replace(' ', '_')}-{sum(self.outcomes.values())}").write_bytes(data)


def main() -> int:
    """Run the fuzzer; return 1 when a law was broken."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/scans"))
    parser.add_argument("--findings", type=Path, default=Path(tempfile.gettempdir(), "daytwo-fuzz-scans"))
    options = parser.parse_args()
    seeds = seeds_of(options.data)
    kinds = Counter(sniff(seed[:HEAD_BYTES]) for seed in seeds)
    print(f"seed {options.seed}, files to start from: {dict(kinds)}", flush=True)
    by_kind = [[seed for seed in seeds if sniff(seed[:HEAD_BYTES]) == kind] for kind in kinds]
    by_kind += [pdfs for pdfs in by_kind if sniff(pdfs[0][:HEAD_BYTES]) == "application/pdf"] * 4
    rng, began = Random(options.seed), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="daytwo-fuzz-") as scratch:
        Keyring.random().save(Path(scratch, "key"))
        os.environ[KEY_FILE_VARIABLE] = str(Path(scratch, "key"))
        with Workers(1) as pool:
            fuzzer = Fuzzer(pool, Path(scratch), options.findings)
            while time.monotonic() - began < options.seconds:
                kind = rng.choice(by_kind)
                fuzzer.round(mutate(rng.choice(kind), rng.choice(kind), rng))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    if largest > PARAMS.max_memory_bytes + SLACK_BYTES:
        fuzzer.broken["memory"] += 1
    print(f"{sum(fuzzer.outcomes.values())} files, worst {fuzzer.worst:.1f} s, largest worker {largest >> 20} MiB")
    for name, count in fuzzer.outcomes.most_common():
        print(f"  {name:<28}{count:>8}")
    for law, count in fuzzer.broken.most_common():
        print(f"FINDING {law}: {count}, kept in {options.findings}")
    return 1 if fuzzer.broken else 0


if __name__ == "__main__":
    sys.exit(main())
