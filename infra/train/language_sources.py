# ruff: noqa: INP001, SIM905 - beside a script, in no package; lists of tags read better as one line
"""Where the language models learn from: readers of the archives that docs/language.md tells how to fetch.

Every source's licence allows it; docs/language.md gives the credit. Nothing here reads lid/udhr, lid/masakhanews or
lid/lingua_testdata: those are for measuring.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import json
import re
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import brotli
import numpy as np
import numpy.typing as npt

from tasks.language.hashing import extend

HERE = Path(__file__).parent
LID = HERE.parents[2] / "shared" / "data" / "lid"
TICKETS = HERE.parents[2] / "shared" / "data" / "tickets"
FOLDS = 5
LINGUA_SKIPPED = {"zh", "ja", "ko", "la", "eo", "mi", "nn"}
"""Languages for which lingua has single characters only (their scripts say enough), or of which we have no text."""
LIBREOFFICE = "af am nr nso om rw ss st tn ts ve xh zu".split()
CLDR = (
    "af ak am ar as az be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gu ha he hi hr hu hy id ig is it ka kk kn "
    "km ko ky lo lt lv mk ml mn mr ms my ne nl no nso om or pa pl ps pt qu ro ru rw sd si sk sl so sq sr sv sw ta te "
    "th ti tl tn tr uk ur uz vi wo xh yo zu"
).split()
CLDR_NAMES = {"fil": "tl"}
TAGS = {
    "afr": "af", "eng": "en", "nbl": "nr", "nso": "nso", "sot": "st", "ssw": "ss", "tsn": "tn", "tso": "ts",
    "ven": "ve", "xho": "xh", "zul": "zu", "amh": "am", "hau": "ha", "ibo": "ig", "kin": "rw", "orm": "om",
    "pcm": "pcm", "por": "pt", "swa": "sw", "tir": "ti", "twi": "ak", "yor": "yo", "arq": "arq", "ary": "ary",
}  # fmt: skip
"""ISO 639-3 to our tags, for the labels of feersum_sa and afrisenti."""

Labelled = Iterator[tuple[str, str]]
"""(tag, text)"""


def fold_of(text: str) -> int:
    """Return the fold of cross-validation that a text belongs to, 0 to FOLDS - 1."""
    return int(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(), 16) % FOLDS


def feersum() -> Labelled:
    """NCHLT text corpora sample, CC-BY 2.5 ZA (Department of Arts and Culture, CTexT)."""
    for name in ("test_15_1k", "test_full_1k"):
        yield from _labelled(LID / "feersum_sa/dev" / f"{name}.jsonl")


def afrisenti() -> Labelled:
    """AfriSenti tweets, CC-BY 4.0."""
    return _labelled(LID / "afrisenti_tweets/dev/tweets.jsonl")


def _labelled(path: Path) -> Labelled:
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        row = json.loads(line)
        yield TAGS[row["lang"]], row["text"].replace("@user", " ")


def queries() -> Labelled:
    """English as customers write it: banking77 and NLU++, both CC-BY 4.0."""
    for path in sorted(TICKETS.glob("banking77/dev/*.jsonl")) + sorted(TICKETS.glob("nlupp/dev/**/*.jsonl")):
        for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
            if text := json.loads(line).get("text"):
                yield "en", text


def seed_text() -> Labelled:
    """Text written for daytwo."""
    for tag, text in tomllib.loads((HERE / "seed_text.toml").read_text(encoding="utf-8")).items():
        for line in text.strip().splitlines():
            yield tag, line


def libreoffice(archives: Path) -> Labelled:
    """Translations of LibreOffice's user interface, MPL 2.0, from Debian's libreoffice-l10n packages."""
    for tag in LIBREOFFICE:
        for archive in sorted(archives.glob(f"libreoffice-l10n-{tag}_*.deb")):
            content = subprocess.run(  # noqa: S603 - a fixed program on a file that the developer fetched
                ["dpkg-deb", "--fsys-tarfile", archive],  # noqa: S607 - wherever Debian has it
                check=True,
                capture_output=True,
            ).stdout
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                files = [m for m in tar if f"/resource/{tag}/LC_MESSAGES/" in m.name and m.name.endswith(".mo")]
                for text in sorted({t for m in files for t in _messages(tar.extractfile(m))}):
                    yield tag, text


MARKUP = re.compile(r"<[^>]*>|\$\(\w+\)|%\w+|[_~$]|&\w+;")


def _messages(file: io.BufferedReader | None) -> Iterator[str]:
    assert file is not None
    catalog: dict[object, object] = gettext.GNUTranslations(file)._catalog  # noqa: SLF001 - gettext has no other way
    for key, text in catalog.items():
        source = str(key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2]
        if isinstance(text, str) and source and text != source:
            yield MARKUP.sub("", text)


def cldr(archives: Path) -> Labelled:
    """Names and keywords of emoji and symbols in CLDR 48, Unicode licence v3, from npm's cldr-annotations packages."""
    for archive in sorted(archives.glob("cldr-annotations-*.tgz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                code = member.name.split("/")[-2] if member.name.endswith("/annotations.json") else ""
                tag = CLDR_NAMES.get(code, code)
                if tag in CLDR and (file := tar.extractfile(member)):
                    data = json.load(file)
                    names = next(iter(data.values()))["annotations"].values()
                    for name in names:
                        yield tag, " ".join(name.get("tts", [])[:1] + name.get("default", []))


KIRUNDI = (
    ("cyangwa", "canke"), ("amafaranga", "amahera"), ("umunsi", "umusi"), ("iminsi", "imisi"), ("njye", "jewe"),
    ("abaturage", "abanyagihugu"), ("cy", "c"), ("jy", "j"), ("by", "vy"), ("rimo", "rimwo"), ("kugira ngo", "kugira"),
    ("kubona", "kuronka"), ("icumweru", "indwi"), ("kohereza", "kurungika"),
)  # fmt: skip
"""How Kirundi is spelt where Kinyarwanda, its closest relative, is spelt otherwise."""


def kirundi(kinyarwanda: Iterator[str]) -> Iterator[str]:
    """Yield Kinyarwanda text respelt as Kirundi, for want of Kirundi text with a free licence."""
    for text in kinyarwanda:
        respelt = text.lower()
        for rwanda, burundi in KIRUNDI:
            respelt = respelt.replace(rwanda, burundi)
        yield respelt


Joint = dict[int, tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]]
"""For each order: hashes of the n-grams, joint probabilities."""
ORDER_NAMES = ("unigrams", "bigrams", "trigrams", "quadrigrams", "fivegrams")
LINGUA_LIMIT = 60_000


def lingua(archives: Path) -> Iterator[tuple[str, Joint]]:
    """Yield the n-gram frequencies of lingua 1.3.5, Apache 2.0 (its language models, not its test data)."""
    with zipfile.ZipFile(next(archives.glob("lingua_language_detector-1.3.5-*.whl"))) as wheel:
        tags = sorted({name.split("/")[2] for name in wheel.namelist() if name.startswith("lingua/language-models/")})
        for tag in tags:
            if tag and tag not in LINGUA_SKIPPED:
                yield tag, _lingua_joint(wheel, tag)


def _lingua_joint(wheel: zipfile.ZipFile, tag: str) -> Joint:
    """Turn conditional frequencies `count / count of the prefix` into joint ones."""
    joint: Joint = {}
    before: dict[str, float] = {"": 1.0}
    for order, name in enumerate(ORDER_NAMES, 1):
        table = json.loads(brotli.decompress(wheel.read(f"lingua/language-models/{tag}/{name}.json.br")))["ngrams"]
        now: dict[str, float] = {}
        for fraction, grams in table.items():
            top, bottom = map(int, fraction.split("/"))
            now |= {
                g: top / bottom * before.get(g[:-1], 0.0)
                for g in grams.split()
                if len(g) == order and max(g) < "\uffff"
            }
        joint[order] = _hashed(sorted(now, key=now.__getitem__, reverse=True)[:LINGUA_LIMIT], order, now)
        before = now
    return joint


def _hashed(
    grams: list[str], order: int, probability: dict[str, float]
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]:
    code = np.frombuffer("".join(grams).encode("utf-32-le"), dtype=np.uint32).reshape(-1, order)
    hashed = np.zeros(len(grams), dtype=np.uint64)
    for place in range(order):
        hashed = extend(hashed, code[:, place])
    return hashed, np.array([probability[g] for g in grams])
