"""Make the word lists of scrub-pii anew: names from Faker, words and institutions from permissive texts.

    .venv/bin/python infra/train/pii_words.py ../shared/data/lid

`names`: given names and surnames of Faker's locales (MIT). `common`: words of feersum_sa (NCHLT corpora, CC BY 2.5 ZA,
Department of Arts and Culture of South Africa and CTexT) and of the Universal Declaration of Human Rights (public
domain). `institutions`: what the Declaration writes with a capital inside a sentence: it hardly holds a name.
"""

from __future__ import annotations

import gzip
import importlib
import json
import pkgutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from faker.providers import person

from tasks.pii.lexicon import bare
from tasks.pii.words import WORD, words

TARGET = Path(__file__).parents[2] / "tasks" / "pii" / "data"
OTHER_SCRIPTS = frozenset(
    [
        "ja_JP",
        "ko_KR",
        "zh_CN",
        "zh_TW",
        "th_TH",
        "ta_IN",
        "si_LK",
        "or_IN",
        "mr_IN",
        "gu_IN",
        "bn_BD",
        "ne_NP",
        "vi_VN",
    ]
)
"""Locales whose scripts the name finder does not cut into words."""


def names() -> Iterator[str]:
    """Yield the single names of Faker's locales, in lower case."""
    for module in pkgutil.iter_modules(person.__path__):
        if module.name in OTHER_SCRIPTS:
            continue
        provider = importlib.import_module(f"{person.__name__}.{module.name}").Provider
        for attribute in dir(provider):
            listed = getattr(provider, attribute)
            if attribute.startswith(("first_name", "last_name", "middle_name")) and isinstance(
                listed, tuple | list | dict
            ):
                for name in (part for value in listed for part in str(value).split()):
                    folded = unicodedata.normalize("NFC", name).casefold()
                    if len(folded) > 2 and WORD.fullmatch(folded):
                        yield folded


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a JSON Lines file, in NFC."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield unicodedata.normalize("NFC", json.loads(line)["text"])


def write(name: str, found: Iterable[str]) -> None:
    """Write one list, sorted."""
    data = "\n".join(sorted(set(found))).encode()
    (TARGET / f"{name}.txt.gz").write_bytes(gzip.compress(data, 9, mtime=0))


def main(root: Path) -> None:
    """Write the three lists."""
    lowered = [
        w.text.casefold()
        for f in sorted((root / "feersum_sa" / "dev").glob("*.jsonl"))
        for t in texts(f)
        for w in words(t)
    ]
    declaration = [w for t in texts(root / "udhr" / "dev" / "paragraphs.jsonl") for w in words(t)]
    lowered += [w.text.casefold() for w in declaration if w.text.islower() or w.first]
    capital = [w for w in declaration if any(c.isupper() for c in w.text) and not (w.first and w.text[1:].islower())]
    write("names", names())
    write("common", (w for w in lowered if len(w) > 1))
    write("institutions", (s for w in capital if len(s := bare(w.text).casefold()) > 2))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
