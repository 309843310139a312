"""Which Tesseract model reads which language, and a provisional guess from the words of a first reading."""

from __future__ import annotations

import re
from collections.abc import Collection

from tasks.errors import DependencyMissing

MODELS = {
    "af": "afr", "am": "amh", "ar": "ara", "ary": "ara", "arq": "ara", "bg": "bul", "cs": "ces", "da": "dan",
    "de": "deu", "el": "ell", "en": "eng", "es": "spa", "fa": "fas", "fi": "fin", "fr": "fra", "he": "heb",
    "hi": "hin", "hu": "hun", "id": "ind", "it": "ita", "ko": "kor", "la": "lat", "nl": "nld", "no": "nor",
    "pl": "pol", "pt": "por", "ro": "ron", "ru": "rus", "sl": "slv", "sv": "swe", "sw": "swa", "ti": "tir",
    "tr": "tur", "uk": "ukr", "ur": "urd", "vi": "vie", "yo": "yor",
}  # fmt: skip
"""BCP-47 primary language to Tesseract's model name (tessdata repository)."""

FRAKTUR = "de-Latf"
"""German in broken letters (script Latf of ISO 15924), which the models of round letters misread: its model is frk."""

SCRIPTS = {"Arabic": "ar", "Ethiopic": "am", "Fraktur": FRAKTUR}
"""Scripts by Tesseract's name that stand for one language of ours until identify-language speaks."""

BESIDE = {"ara": ("fra", "eng"), "fas": ("eng",), "urd": ("eng",), "amh": ("eng",), "tir": ("eng",)}
"""Models that read Latin letters and digits as letters of their own script (`325.00` as 23500, `12.50` as 32.50), and
those that read beside them, the first that is installed: French goes with Arabic in the Maghreb, and reads English."""

DEFAULT = "en"
"""Languages without a model of their own (isiZulu, isiXhosa, Hausa …) are read with the English one: Latin letters."""

COMMON_WORDS = {
    "af": "die en van het is nie vir met wat dit was hulle aan ons sal moet ook deur hierdie word",
    "en": "the of and to in is that for it with was on are be this by from not have you",
    "fr": "le la les de des et du en une est que pour dans qui par sur au pas avec vous",
    "pt": "de que e do da em um para com uma os no se na por mais as dos como ao",
    "sw": "ya na wa kwa ni katika za la kuwa hii hiyo cha kama yake au hayo wake lakini pia sana",
    "yo": "ni ti to fun awon won ati pe naa ko wa je lati si ninu ile mo bi nigba sugbon",
    "es": "el los las que del por con para una se su al como más pero sus le ha este entre",
    "de": "der die und das den ist nicht von mit dem des sich auf für ein eine als auch im zu",
    "nl": "het een van dat niet zijn voor met aan er ook als maar door bij nog naar heeft worden deze",
}
"""The commonest words of each language: they make up a quarter to a half of running text."""

SURE_SHARE = 0.12
"""Share of a page's words that must be common words of the language before the guess is worth a second reading."""
LEAD = 1.5
"""How far ahead of the runner-up the guess must be; the Romance lists share a third of their words."""
MIN_WORDS = 12

_LISTS = {lang: frozenset(words.split()) for lang, words in COMMON_WORDS.items()}
_WORD = re.compile(r"[^\W\d_]+")


def guess(text: str) -> str | None:
    """Return the language (BCP-47) that the common words of `text` tell, or None when they do not tell it clearly."""
    words = [word.lower() for word in _WORD.findall(text)]
    if len(words) < MIN_WORDS:
        return None
    ranked = sorted(((sum(word in known for word in words), lang) for lang, known in _LISTS.items()), reverse=True)
    (best, lang), (second, _) = ranked[0], ranked[1]
    return lang if best >= SURE_SHARE * len(words) and best >= LEAD * second else None


def name_of(lang: str) -> str:
    """Return the model that reads a language (BCP-47) best; languages without one of their own get the default's."""
    if lang == FRAKTUR:
        return "frk"
    return MODELS.get(lang.partition("-")[0].lower(), MODELS[DEFAULT])


def model_for(lang: str, installed: Collection[str]) -> str:
    """Return the models for a language (BCP-47); languages that Tesseract has no model for get the default's.

    Raises DependencyMissing, with the command that installs it, when the model exists but is not here.
    """
    model = name_of(lang)
    if model not in installed:
        raise DependencyMissing(
            f"tesseract has no {model} model", remedy=f"apt-get install tesseract-ocr-{model.replace('_', '-')}"
        )
    beside = next((other for other in BESIDE.get(model, ()) if other in installed), None)
    return f"{model}+{beside}" if beside else model


def seen(lang: str, text: str) -> str:
    """Return the language a text was read in, the default where a model of Latin letters read most of it instead."""
    letters = [letter for letter in text if letter.isalpha()]
    is_latin = sum(letter <= LAST_LATIN for letter in letters) > len(letters) / 2
    return DEFAULT if name_of(lang) in BESIDE and is_latin else lang


LAST_LATIN = "\u024f"
"""End of the Unicode block Latin Extended-B."""
