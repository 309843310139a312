# ruff: noqa: SIM905 - beside a script, in no package; lists of tags read better as one line
"""Where the language models learn from: readers of the archives that docs/language.md tells how to fetch.

Every source's licence allows it; docs/language.md gives the credit. Nothing here reads lid/udhr, lid/masakhanews or
lid/lingua_testdata: those are for measuring.
"""

from __future__ import annotations

import gettext
import hashlib
import html
import io
import json
import re
import subprocess
import tarfile
import tomllib
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import IO

import numpy as np
import numpy.typing as npt

from tasks.language.hashing import EDGE, extend

HERE = Path(__file__).parent
LID = HERE.parents[2] / "shared" / "data" / "lid"
TICKETS = HERE.parents[2] / "shared" / "data" / "tickets"
FOLDS = 5
LIBREOFFICE = (
    "af am ar as be bg bn bs ca cs cy da de el es et eu fa fi fr ga gu he hi hr hu id is it ka kk km kn lt lv mk ml mn "
    "mr nb ne nl nr nso om or pa-in pl pt pt-br ro ru rw si sk sl sr ss st sv ta te th tn tr ts uk ur uz ve vi xh zu"
).split()
HELP = "en-us cs da de es fi fr hi id it nl pl pt pt-br ru sv tr vi".split()
"""Languages of LibreOffice's help, English first: what is left in English in a translation is dropped."""
SHORT_TAGS = {"nb": "no", "pa-in": "pa", "pt-br": "pt", "en-us": "en"}
KOLIBRI = {
    "ar": "ar", "bg_BG": "bg", "bn_BD": "bn", "de": "de", "el": "el", "en": "en", "es_419": "es", "es_ES": "es",
    "fa": "fa", "ff_CM": "ff", "fr_FR": "fr", "gu_IN": "gu", "ha": "ha", "hi_IN": "hi", "id": "id", "it": "it",
    "ka": "ka", "km": "km", "mr": "mr", "my": "my", "ny": "ny", "pa": "pa", "pt_BR": "pt", "pt_MZ": "pt",
    "sw_TZ": "sw", "te": "te", "uk": "uk", "ur_PK": "ur", "vi": "vi", "yo": "yo",
}  # fmt: skip
"""Kolibri's locales and our tags."""
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


def half_of(text: str) -> int:
    """Return which half of a set a text belongs to: 0 fits weights, 1 is reported."""
    return hashlib.sha1(b"half " + text.encode(), usedforsecurity=False).digest()[0] % 2


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
    for code in LIBREOFFICE:
        for archive in sorted(archives.glob(f"libreoffice-l10n-{code}_*.deb")):
            with _deb(archive) as tar:
                files = [m for m in tar if "/LC_MESSAGES/" in m.name and m.name.endswith(".mo")]
                for text in sorted({t for m in files for t in _messages(tar.extractfile(m))}):
                    yield SHORT_TAGS.get(code, code), text


def libreoffice_help(archives: Path) -> Labelled:
    """LibreOffice's help, MPL 2.0, from Debian's libreoffice-help packages."""
    english: set[str] = set()
    for code in HELP:
        for archive in sorted(archives.glob(f"libreoffice-help-{code}_*.deb")):
            with _deb(archive) as tar:
                files = [m for m in tar if "/text/" in m.name and m.name.endswith(".html")]
                texts = {t for m in files for t in _paragraphs(tar.extractfile(m))}
            for text in sorted(texts - english):
                yield SHORT_TAGS.get(code, code), text
            english = english or texts


def _deb(archive: Path) -> tarfile.TarFile:
    content = subprocess.run(
        ["dpkg-deb", "--fsys-tarfile", archive],
        check=True,
        capture_output=True,
    ).stdout
    return tarfile.open(fileobj=io.BytesIO(content))


PARAGRAPH = re.compile(r"<(p|h\d) id=\"(?:par|hd)_[^>]*>(.*?)</\1>", re.DOTALL)


def _paragraphs(file: IO[bytes] | None) -> Iterator[str]:
    assert file is not None
    for found in PARAGRAPH.finditer(file.read().decode("utf-8")):
        yield html.unescape(re.sub(r"<[^>]*>", "", found[2])).strip()


MARKUP = re.compile(r"<[^>]*>|\$\(\w+\)|%\w+|[_~$]|&\w+;")


def _messages(file: IO[bytes] | None) -> Iterator[str]:
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


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    assert file is not None
    return file.read()


NAMED = "bem ee ff lg ln mg rn sn".split()
"""Languages so short of text that CLDR's names of languages and countries are worth having."""


def cldr_names(archives: Path) -> Labelled:
    """Names of languages, scripts and countries in CLDR 48, Unicode licence v3, from npm's cldr-localenames package."""
    for archive in sorted(archives.glob("cldr-localenames-*.tgz")):
        with tarfile.open(archive) as tar:
            for member in tar:
                tag = member.name.split("/")[-2]
                if tag in NAMED and (file := tar.extractfile(member)):
                    names = next(iter(json.load(file)["main"].values()))["localeDisplayNames"]
                    tables = [table for table in names.values() if isinstance(table, dict)]
                    pairs = [pair for table in tables for pair in table.items()]
                    yield from ((tag, name) for key, name in pairs if isinstance(name, str) and name != key)


ICU = re.compile(r"\{\s*\w+\s*,\s*\w+\s*,|\b(?:one|other|few|many|two|zero|=\d)\s*(?=\{)|\{\s*\w+\s*\}|[{}]|<[^>]*>")


def kolibri(archives: Path) -> Labelled:
    """Translations of Kolibri's user interface, MIT (Learning Equality), from its wheel on PyPI."""
    with zipfile.ZipFile(next(archives.glob("kolibri-*.whl"))) as wheel:
        english = set(_catalog_texts(wheel, "en"))
        for locale, tag in KOLIBRI.items():
            texts = set(_catalog_texts(wheel, locale))
            for text in sorted(texts if tag == "en" else texts - english):
                yield tag, ICU.sub(" ", text)


def _catalog_texts(wheel: zipfile.ZipFile, locale: str) -> Iterator[str]:
    for name in wheel.namelist():
        if name.startswith(f"kolibri/locale/{locale}/") and name.endswith("-messages.json"):
            yield from (text for text in json.loads(wheel.read(name)).values() if isinstance(text, str))


def without_accents(texts: list[str]) -> Iterator[str]:
    """Yield text as people type it who have no key for its accents, as most do in Yoruba."""
    for text in texts:
        yield "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


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
PROFILED = (
    "af ar bg bn ca cs cy da de el en es et fa fi fr gu he hi hr hu id it kn lt lv mk ml mr ne nl no pa pl pt ro ru sk "
    "sl so sq sv sw ta te tl tr uk ur vi"
).split()
"""langdetect's languages but those whose script says enough."""
YEH = {tag: {0x064A: 0x06CC} for tag in ("fa", "ur")}
"""langdetect folds Persian yeh to Arabic yeh; this takes it back."""


def langdetect_trigrams() -> Iterator[tuple[str, Joint]]:
    """Yield the trigram counts of langdetect's profiles, Apache 2.0."""
    folder = resources.files("langdetect") / "profiles"
    for tag in PROFILED:
        profile = json.loads((folder / tag).read_text(encoding="utf-8"))
        counts: Counter[str] = Counter()
        for gram, times in profile["freq"].items():
            edged = "".join(c if _in_word(c) else chr(EDGE) for c in gram.lower().translate(YEH.get(tag, {})))
            if len(gram) == len(edged) == TRIGRAM and edged[1] != chr(EDGE):
                counts[edged] += times
        yield tag, {TRIGRAM: _hashed(counts, profile["n_words"][TRIGRAM - 1])}


TRIGRAM = 3


def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM"


def _hashed(counts: Counter[str], total: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.float64]]:
    """Return the hashes of trigrams and their probabilities."""
    code = np.frombuffer("".join(counts).encode("utf-32-le"), dtype=np.uint32).reshape(-1, TRIGRAM)
    hashed = np.zeros(len(code), dtype=np.uint64)
    for place in range(TRIGRAM):
        hashed = extend(hashed, code[:, place])
    return hashed, np.array(list(counts.values())) / total
