"""Word lists of the name finder: known names, common words, phrases beside which names stand."""

from __future__ import annotations

import gzip
import tomllib
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

STEM = 6
"""Letters that two forms of one word share, as in Dawladda and Dawladaha."""
RARE_ZIPF = 3.3
"""Below this Zipf frequency (log10 per thousand million words) an English word is rare; `refund` has 3.9."""
RARE_NAME = 2.0
"""Zipf frequency below which a surname is believed without a capital; `thabo`, joy in Sesotho, has 2.5."""
MODEL_LANGS = frozenset({"en", "fr", "pt", "es", "de", "it", "nl", "pcm", "af", "und"})
"""Languages whose names the model knows; in the others capitals decide (measured: nine of ten Zulu names missed)."""
WORDFREQ_LANGS = frozenset({"en", "fr", "pt", "ar", "de", "es", "it", "nl"})


@cache
def phrases() -> dict[str, Any]:
    """Return data/phrases.toml."""
    return tomllib.loads(files(__package__).joinpath("data/phrases.toml").read_text(encoding="utf-8"))


@cache
def word_list(name: str) -> frozenset[str]:
    """Return one list of data/words.toml."""
    return frozenset(tomllib.loads(files(__package__).joinpath("data/words.toml").read_text(encoding="utf-8"))[name])


@cache
def phrase_set(table: str) -> frozenset[str]:
    """Return the phrases of all languages of one table."""
    return frozenset(p for listed in phrases()[table].values() for p in listed)


@cache
def listed(name: str) -> frozenset[str]:
    """Return the lines of data/<name>.txt.gz."""
    data = files(__package__).joinpath(f"data/{name}.txt.gz").read_bytes()
    return frozenset(gzip.decompress(data).decode("utf-8").splitlines())


@cache
def countries() -> frozenset[str]:
    """Return the names of countries in the languages of python-phonenumbers' locale data, in lower case."""
    from phonenumbers.geodata.locale import LOCALE_DATA  # noqa: PLC0415  large table

    names = (name.lstrip("*") for by_lang in LOCALE_DATA.values() for name in by_lang.values())
    return frozenset(name.casefold() for name in names if name)


@cache
def stops() -> frozenset[str]:
    """Return words that are never a name by themselves: those of the list, greetings, sign-offs, countries."""
    spoken = (p for p in phrase_set("greetings") | phrase_set("signoffs") if " " not in p)
    listed_words = phrases()["stops"]
    return frozenset(listed_words["words"]).union(listed_words["institutions"], countries(), spoken)


@cache
def african_names() -> frozenset[str]:
    """Return the names of data/african_names.txt, in lower case."""
    lines = files(__package__).joinpath("data/african_names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(w.casefold() for line in lines if not line.startswith("#") for w in line.split())


def is_name(word: str) -> bool:
    """Whether a gazetteer has the word."""
    folded = word.casefold()
    return folded in african_names() or folded in listed("names")


@lru_cache(maxsize=65536)
def zipf(word: str, lang: str = "en") -> float:
    """Return the Zipf frequency of a word in `lang` (English for languages without a list); 0 when it is unknown."""
    import wordfreq  # noqa: PLC0415  loads its lists

    known = lang if lang in WORDFREQ_LANGS else "en"
    if word.isascii() and word.isalpha():  # one token: the list answers without wordfreq's tokenizer
        found = wordfreq.get_frequency_dict(known).get(word.lower())
        return 0.0 if found is None else round(float(wordfreq.freq_to_zipf(found)), 2)
    return float(wordfreq.zipf_frequency(word, known))


def is_institution(word: str) -> bool:
    """Whether the word, less a lower-case prefix, is one that texts about states and laws write with a capital."""
    stem = bare(word).casefold()
    return stem in listed("institutions") or (len(stem) > STEM and stem[:STEM] in _institution_stems())


@cache
def _institution_stems() -> frozenset[str]:
    return frozenset(w[:STEM] for w in listed("institutions") if len(w) >= STEM)


def bare(word: str) -> str:
    """Return the word without the lower-case prefix before its first capital: uNgcobo is Ngcobo."""
    upper = next((i for i, c in enumerate(word) if c.isupper()), 0)
    return word[upper:]


def is_common(word: str, lang: str = "en") -> bool:
    """Whether the word, in lower case, is an ordinary word of the language or of the lists we keep for it."""
    folded = word.casefold()
    return folded in listed("common") or zipf(folded, lang) >= RARE_ZIPF


def is_rare_name(word: str) -> bool:
    """Whether a gazetteer's name is so rare in English that it is no word there, though a word elsewhere: Mabuza."""
    return len(word) >= STEM - 1 and is_name(word) and zipf(word.casefold()) < RARE_NAME


def is_title(word: str) -> bool:
    """Whether the word is a title, with or without a class prefix: Mnu, uMnu, nguMnu."""
    return word.casefold() in phrase_set("titles") or bare(word).casefold() in phrase_set("titles")


def is_no_surname(folded: str) -> bool:
    """Whether the word behind a title is no name all the same; a people's name is one there: uMnu. Zulu."""
    return folded in stops() and not (folded in phrases()["stops"]["institutions"] and is_name(folded))


def is_ordinary(word: str, lang: str) -> bool:
    """Whether the word is a common one where the text is in `lang`: Themba is `trust` in isiZulu, a name in English."""
    if lang in WORDFREQ_LANGS:
        return zipf(word.casefold(), lang) >= RARE_ZIPF
    return is_common(word, lang)


ISO_639_1 = {
    "eng": "en", "fra": "fr", "por": "pt", "arb": "ar", "ary": "ar", "arq": "ar", "swh": "sw", "swa": "sw",
    "zul": "zu", "xho": "xh", "afr": "af", "spa": "es", "deu": "de", "nld": "nl", "ita": "it",
}  # fmt: skip
"""Three-letter codes of languages that we treat by their two-letter code."""


def short_code(lang: str | None) -> str:
    """Return the language subtag of a BCP-47 tag, two letters where there are two; `und` without one."""
    subtag = (lang or "und").split("-")[0].lower()
    return ISO_639_1.get(subtag, subtag)
