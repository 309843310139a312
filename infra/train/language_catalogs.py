# ruff: noqa: SIM905 - beside a script, in no package; lists of tags read better as one line
"""More text to learn from: translations of Android, Chromium and Firefox; word lists of hunspell, tesseract, wordfreq.

docs/language.md tells how to fetch the archives, and gives licence and credit. `pyaxmlparser` (Apache-2.0), tesseract's
`combine_tessdata` and `dawg2wordlist`, and wordfreq are needed for training only.
"""

from __future__ import annotations

import math
import random
import re
import struct
import subprocess
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from language_sources import Labelled, _content, _deb

SAMPLE = 80_000
"""Words taken of a word list of tesseract, by chance."""
FREQUENT = 60_000
"""Words taken of a list of wordfreq, the most frequent."""
TESSERACT = {
    "afr": "af", "amh": "am", "ara": "ar", "asm": "as", "aze": "az", "bel": "be", "ben": "bn", "bos": "bs", "bre": "br",
    "bul": "bg", "cat": "ca", "ces": "cs", "cym": "cy", "dan": "da", "deu": "de", "ell": "el", "eng": "en", "epo": "eo",
    "est": "et", "eus": "eu", "fas": "fa", "fil": "tl", "fin": "fi", "fra": "fr", "fry": "fy", "gla": "gd", "gle": "ga",
    "glg": "gl", "guj": "gu", "hat": "ht", "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "ind": "id", "isl": "is",
    "ita": "it", "jav": "jv", "kan": "kn", "kaz": "kk", "kir": "ky", "kmr": "ku", "lat": "la", "lav": "lv", "lit": "lt",
    "ltz": "lb", "mal": "ml", "mar": "mr", "mkd": "mk", "mlt": "mt", "mon": "mn", "msa": "ms", "nep": "ne", "nld": "nl",
    "nor": "no", "oci": "oc", "pan": "pa", "pol": "pl", "por": "pt", "pus": "ps", "que": "qu", "ron": "ro", "rus": "ru",
    "san": "sa", "slk": "sk", "slv": "sl", "snd": "sd", "spa": "es", "sqi": "sq", "srp": "sr", "sun": "su", "swa": "sw",
    "swe": "sv", "tam": "ta", "tat": "tt", "tel": "te", "tgk": "tg", "tir": "ti", "tur": "tr", "ukr": "uk", "urd": "ur",
    "uzb": "uz", "vie": "vi", "yor": "yo",
}  # fmt: skip
"""tesseract's languages and our tags."""
WORDFREQ = (
    "ar bg bn ca cs da de el en es fa fi fil fr he hi hu id is it lt lv mk ms nb nl pl pt ro ru sh sk sl sv ta tr uk "
    "ur vi"
).split()
LARGE = frozenset("en fr de es pt nl it tr ar hi id ru fa".split())
"""Languages of which wordfreq's larger list is taken."""
OTHER_NAMES = {
    "in": "id", "iw": "he", "nb": "no", "fil": "tl", "sh": "sr", "pt-BR": "pt", "pt-PT": "pt", "es-419": "es",
    "zh-CN": "zh", "zh-TW": "zh", "en-GB": "en",
}  # fmt: skip


WORD_LISTS = {
    "af": "af", "en-us": "en", "es": "es", "fr-classical": "fr", "id": "id", "nl": "nl", "pt-br": "pt", "ru": "ru",
    "sw": "sw", "tr": "tr",
}  # fmt: skip
"""Debian's hunspell packages whose licence allows it, and our tags."""


def word_lists(archives: Path) -> Labelled:
    """Words of spelling dictionaries from Debian's hunspell packages, names left out; licences in docs/language.md."""
    for code, tag in WORD_LISTS.items():
        for archive in sorted(archives.glob(f"hunspell-{code}_*.deb")):
            with _deb(archive) as tar:
                files = {m.name: _content(tar, m) for m in tar if m.isfile() and m.name.endswith((".aff", ".dic"))}
            for name in sorted(n for n in files if n.endswith(".dic") and "hyph" not in n):
                yield from ((tag, word) for word in _words(files[name], files[name.replace(".dic", ".aff")]))


def _words(dictionary: bytes, rules: bytes) -> Iterator[str]:
    encoding = re.search(rb"^(?:\xef\xbb\xbf)?SET\s+(\S+)", rules, re.MULTILINE)
    text = dictionary.decode(encoding[1].decode() if encoding else "latin-1", "replace")
    entries = (line.partition("/")[0].strip() for line in text.splitlines()[1:])
    return (entry for entry in entries if entry[:1].islower())


def tesseract(archives: Path) -> Labelled:
    """Words that tesseract's models look up, Apache-2.0 (Google), from Debian's tesseract-ocr packages; no names."""
    for code, tag in TESSERACT.items():
        for archive in sorted(archives.glob(f"tesseract-ocr-{code}_*.deb")):
            with _deb(archive) as tar:
                model = next(_content(tar, member) for member in tar if member.name.endswith(".traineddata"))
            words = [word for word in _unpacked(model).split("\n") if len(word) > 1 and _is_common(word)]
            random.Random(1).shuffle(words)
            yield from ((tag, word) for word in words[:SAMPLE])


def _unpacked(model: bytes) -> str:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model").write_bytes(model)
        for command in ("combine_tessdata -u model x.", "dawg2wordlist x.lstm-unicharset x.lstm-word-dawg words"):
            subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
        return (Path(folder) / "words").read_text(encoding="utf-8")


def _is_common(word: str) -> bool:
    return unicodedata.category(word[0]) in {"Ll", "Lo"} and word == word.lower()


def wordfreq() -> Labelled:
    """Words by frequency, CC BY-SA 4.0 (Robyn Speer and others), as often as the square root of their frequency."""
    from wordfreq import get_frequency_dict

    for code in WORDFREQ:
        found = get_frequency_dict(code, "best" if code in LARGE else "small")
        words = sorted((pair for pair in found.items() if _is_word(pair[0])), key=lambda pair: -pair[1])[:FREQUENT]
        for word, frequency in words:
            times = min(400, math.ceil((frequency / words[-1][1]) ** 0.5))
            yield from ((OTHER_NAMES.get(code, code), word) for _ in range(times))


def _is_word(word: str) -> bool:
    kinds = [unicodedata.category(c)[0] for c in word]
    return kinds[0] == "L" and all(kind in "LM" or c in "'-" for kind, c in zip(kinds, word, strict=True))


PLACEHOLDER = re.compile(r"<[^>]*>|\$\d|&\w+;|\{[^}]*\}|[$&][A-Z_]+|%\d?\$?\w")


def chromium(archives: Path) -> Labelled:
    """Translations of Chromium, BSD-3-Clause, from Debian's chromium-l10n; what is left in English is dropped."""
    for archive in sorted(archives.glob("chromium-l10n_*.deb")):
        with _deb(archive) as tar:
            packs = {Path(m.name).stem: _content(tar, m) for m in tar if m.name.endswith(".pak") and "_" not in m.name}
        english = set(_strings_of_pack(packs["en-GB"]))
        for code, pack in packs.items():
            texts = set(_strings_of_pack(pack))
            for text in sorted(texts if code == "en-GB" else texts - english):
                yield OTHER_NAMES.get(code, code), PLACEHOLDER.sub(" ", text)


def _strings_of_pack(pack: bytes) -> Iterator[str]:
    """Yield the strings of a Chromium data pack, version 5: a header of 12 bytes, then pairs of id and offset."""
    (count,) = struct.unpack_from("<H", pack, 8)
    offsets = [struct.unpack_from("<HI", pack, 12 + 6 * i)[1] for i in range(count + 1)]
    for first, last in pairwise(offsets):
        if last - first < 2_000:
            yield pack[first:last].decode("utf-8", "ignore")


LINE = re.compile(r"^\s*(?:\.?[\w.-]+\s*=\s*)?(\w.*)$", re.MULTILINE)


def firefox(archives: Path) -> Labelled:
    """Translations of Firefox, MPL-2.0, from Debian's firefox-esr-l10n packages; what both have is left in English."""
    found = {}
    for tag in ("af", "xh"):
        for archive in sorted(archives.glob(f"firefox-esr-l10n-{tag}_*.deb")):
            with _deb(archive) as tar:
                pack = next(_content(tar, member) for member in tar if member.name.endswith(".xpi"))
            found[tag] = set(_strings_of_language_pack(pack))
    english = set.intersection(*found.values()) if found else set()
    for tag, texts in found.items():
        yield from ((tag, PLACEHOLDER.sub(" ", text)) for text in sorted(texts - english))


def _strings_of_language_pack(pack: bytes) -> Iterator[str]:
    with zipfile.ZipFile(BytesIO(pack)) as files:
        for name in files.namelist():
            if name.endswith((".ftl", ".properties")):
                yield from LINE.findall(files.read(name).decode("utf-8"))


def android(archives: Path) -> Labelled:
    """Translations of Android 10's system, Apache-2.0 (Google), from Debian's android-framework-res."""
    from pyaxmlparser.arscparser import ARSCParser

    for archive in sorted(archives.glob("android-framework-res_*.deb")):
        with _deb(archive) as tar:
            package = next(_content(tar, member) for member in tar if member.name.endswith("framework-res.apk"))
        parser = ARSCParser(zipfile.ZipFile(BytesIO(package)).read("resources.arsc"))
        parser._analyse()  # noqa: SLF001 - its public way makes XML of everything
        locales = {code: _strings_of_locale(found) for code, found in parser.values["android"].items()}
        english = locales.pop("\x00\x00")
        yield from (("en", text) for text in sorted(english))
        for code, texts in locales.items():
            if len(code) == len("zu"):
                yield from ((OTHER_NAMES.get(code, code), text) for text in sorted(texts - english))


def _strings_of_locale(found: dict[str, list[tuple[str, object]]]) -> set[str]:
    return {PLACEHOLDER.sub(" ", text) for _, text, *_ in found.get("string", []) if isinstance(text, str)}
