"""Learn what OCR makes of letters, from lines of words that this script renders, degrades and has read.

    python infra/train/ocr_confusions.py --models /usr/share/tesseract-ocr/5/tessdata --lines 12000
    python infra/train/ocr_confusions.py --models /usr/share/tesseract-ocr/5/tessdata --lines 3000 --blackletter

Words are drawn from the word counts of the package wordfreq; fonts and Tesseract models are Debian packages
(fonts-dejavu fonts-oldstandard fonts-ebgaramond fonts-linuxlibertine fonts-gfs-didot fonts-junicode
fonts-blankenburg fonts-gnutypewriter fonts-liberation2; tesseract-ocr-LANG). Each font that has a long s is also set
with it. Nothing else goes in: no third-party text, no ground truth. The output is `tasks/correct/confusions.tsv`:
what was read, what stood there, and the share of such places that were read so. With `--blackletter` all lines are
blackletter that the models of Roman type read, as the libraries' older OCR did: `tasks/correct/blackletter.tsv`.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tesserocr
import wordfreq
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from rapidfuzz.distance import Levenshtein

OUTPUT = Path(__file__).resolve().parents[2] / "tasks" / "correct"
ROOT = Path("/usr/share/fonts")
MODELS = {
    "en": "eng",
    "fr": "fra",
    "de": "deu",
    "es": "spa",
    "nl": "nld",
    "pl": "pol",
    "cs": "ces",
    "sl": "slv",
    "bg": "bul",
    "pt": "por",
}
"""Language of the words and the model that reads them."""
FONTS = {
    "truetype/dejavu/DejaVuSerif.ttf": 3,
    "truetype/dejavu/DejaVuSans.ttf": 1,
    "truetype/fonts-oldstandard/OldStandard-Regular.ttf": 3,
    "truetype/fonts-oldstandard/OldStandard-Italic.ttf": 1,
    "opentype/ebgaramond/EBGaramond12-Regular.otf": 2,
    "opentype/ebgaramond/EBGaramond12-Italic.otf": 1,
    "opentype/linux-libertine/LinLibertine_R.otf": 2,
    "opentype/didot/GFSDidot.otf": 1,
    "truetype/liberation2/LiberationMono-Regular.ttf": 1,
    "truetype/gnutypewriter/GNUTypewriter.ttf": 2,
    "opentype/junicode/JunicodeTwoBeta-Regular.otf": 2,
    "truetype/blankenburg/Blankenburg_UNZ1A.ttf": 3,
}
"""Font file to weight: book faces, typewriters, one blackletter."""
OLD = ("OldStandard", "EBGaramond", "Junicode", "Blankenburg", "LinLibertine")
"""Faces that are also set with the long s."""
LATIN_ONLY = ("Blankenburg",)
MAX_LETTERS = 3
MIN_COUNT = 4


@dataclass(frozen=True)
class Print:
    """One kind of print, and who reads it."""

    table: str
    models: dict[str, str]
    """Language of the words to the model that reads them."""
    fonts: dict[str, int]
    long_s: float
    """Share of the lines in an old face that are set with the long s."""
    lost: float
    """Share of wrong characters from which on a line was lost as a whole: its letters tell nothing."""
    min_share: float
    """Rarer confusions are left out: in blackletter they cost half the speed and gain nothing."""


ROMAN = Print("confusions.tsv", MODELS, FONTS, 0.5, 0.4, 2e-5)
BLACKLETTER = Print(
    "blackletter.tsv",
    {"de": "deu", "nl": "nld", "pl": "pol", "cs": "ces"},
    {"truetype/blankenburg/Blankenburg_UNZ1A.ttf": 1},
    0.8,
    0.6,
    3e-3,
)
"""What was printed in blackletter until the nineteenth or twentieth century, read by models of Roman type."""


@dataclass(frozen=True)
class Line:
    """One rendered line: what stands there, and in which language."""

    lang: str
    text: str
    font: Path
    long_s: bool


def vocabulary(lang: str) -> tuple[list[str], list[float]]:
    """Return the 20,000 commonest words with weights: the square root of their counts, so that rare letters occur."""
    counts = wordfreq.get_frequency_dict(lang, "best")
    words = [word for word in sorted(counts, key=lambda word: (-counts[word], word)) if word.isalpha()][:20_000]
    return words, [counts[word] ** 0.5 for word in words]


def lines(kind: Print, number: int, chance: random.Random) -> Iterator[Line]:
    """Yield lines in turn for every language."""
    known = {lang: vocabulary(lang) for lang in kind.models}
    for index in range(number):
        lang = list(kind.models)[index % len(kind.models)]
        font = chance.choices([ROOT / name for name in kind.fonts], list(kind.fonts.values()))[0]
        if lang == "bg" and any(name in font.name for name in (*LATIN_ONLY, "Junicode", "GNU")):
            font = ROOT / "truetype/dejavu/DejaVuSerif.ttf"
        picked = chance.choices(*known[lang], k=8)
        picked = [word.capitalize() if chance.random() < 0.12 else word for word in picked]
        old = any(name in font.name for name in OLD) and lang != "bg"
        yield Line(lang, " ".join(picked), font, old and chance.random() < kind.long_s)


def set_in_type(line: Line, chance: random.Random) -> Image.Image:
    """Return the line as a clean picture."""
    shown = re.sub(r"s(?=\w)", "ſ", line.text) if line.long_s else line.text
    font = ImageFont.truetype(str(line.font), chance.randint(30, 48))
    left, top, right, bottom = (round(value) for value in font.getbbox(shown))
    picture = Image.new("L", (right - left + 60, bottom - top + 40), 255)
    ImageDraw.Draw(picture).text((30 - left, 20 - top), shown, font=font, fill=chance.randint(0, 60))
    return picture


def degraded(picture: Image.Image, chance: random.Random) -> Image.Image:
    """Return the picture as a worn page and a cheap scanner leave it."""
    noise = np.random.default_rng(chance.getrandbits(32))
    if chance.random() < 0.5:
        picture = picture.filter(chance.choice([ImageFilter.MinFilter(3), ImageFilter.MaxFilter(3)]))
    scale = chance.uniform(0.35, 0.8)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    picture = picture.resize(size, Image.Resampling.BILINEAR).filter(ImageFilter.GaussianBlur(chance.uniform(0, 0.9)))
    grey = np.asarray(picture, dtype=float) + noise.normal(0, chance.uniform(5, 45), picture.size[::-1])
    specks = noise.random(grey.shape)
    share = chance.uniform(0, 0.02)
    grey[specks < share] = 255
    grey[specks > 1 - share / 2] = 0
    if chance.random() < 0.5:
        grey = np.where(grey > chance.uniform(110, 190), 255, 0)
    return Image.fromarray(grey.clip(0, 255).astype("uint8"))


def reader(models: Path, model: str) -> tesserocr.PyTessBaseAPI:
    """Return Tesseract for single lines."""
    return tesserocr.PyTessBaseAPI(path=f"{models}/", lang=model, psm=7)


def merged(read: str, stood: str) -> Iterator[tuple[str, str]]:
    """Yield the confusions of a pair of lines with touching differences taken as one."""
    blocks = Levenshtein.opcodes(read, stood)
    start: tuple[int, int] | None = None
    for block in blocks:
        if block.tag == "equal":
            if start:
                yield from confusions_of(read, stood, start, (block.src_start, block.dest_start))
            start = None
        elif start is None:
            start = (block.src_start, block.dest_start)
    if start:
        yield from confusions_of(read, stood, start, (len(read), len(stood)))


def confusions_of(read: str, stood: str, start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Yield one run of differences as a confusion, with a neighbour where one side is empty."""
    pair = (read[start[0] : end[0]], stood[start[1] : end[1]])
    if not all(pair) and start[0] and start[1]:
        pair = (read[start[0] - 1 : end[0]], stood[start[1] - 1 : end[1]])
    if all(part and part.isalpha() and len(part) <= MAX_LETTERS for part in pair):
        yield pair


def learn(kind: Print, models: Path, number: int, seed: int) -> tuple[Counter[tuple[str, str]], Counter[str], float]:
    """Return the confusions, the places where each string stood, and the character error rate."""
    chance = random.Random(seed)
    readers = {lang: reader(models, model) for lang, model in kind.models.items()}
    seen, places = Counter[tuple[str, str]](), Counter[str]()
    wrong = length = 0
    for line in lines(kind, number, chance):
        api = readers[line.lang]
        api.SetImage(degraded(set_in_type(line, chance), chance))
        api.SetSourceResolution(200)
        read = " ".join(api.GetUTF8Text().split()).replace("ſ", "s")
        distance = Levenshtein.distance(read, line.text)
        if distance > kind.lost * len(line.text):
            continue
        wrong, length = wrong + distance, length + len(line.text)
        seen.update(merged(read, line.text))
        for width in range(1, MAX_LETTERS + 1):
            places.update(line.text[at : at + width] for at in range(len(line.text) - width + 1))
    return seen, places, wrong / max(1, length)


def main() -> None:
    """Write the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--models", type=Path, default=Path("/usr/share/tesseract-ocr/5/tessdata"))
    options.add_argument("--lines", type=int, default=6000)
    options.add_argument("--seed", type=int, default=20)
    options.add_argument("--out", type=Path, default=OUTPUT)
    options.add_argument("--blackletter", action="store_true")
    given = options.parse_args()
    kind = BLACKLETTER if given.blackletter else ROMAN
    seen, places, rate = learn(kind, given.models, given.lines, given.seed)
    rows = [(read, stood, count / places[stood]) for (read, stood), count in seen.items() if count >= MIN_COUNT]
    rows = sorted((row for row in rows if row[2] >= kind.min_share), key=lambda row: (row[0], -row[2], row[1]))
    head = f"# read\tstood there\tshare of such places; {given.lines} lines, seed {given.seed}, CER {rate:.3f}"
    (given.out / kind.table).write_text(
        "\n".join([head, *(f"{r}\t{s}\t{share:.2e}" for r, s, share in rows)]) + "\n", "utf-8"
    )
    print(f"{len(rows)} confusions, character error rate {rate:.3f}")


if __name__ == "__main__":
    main()
