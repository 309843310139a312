# ruff: noqa: SIM905 - a hundred tags read better as lines than as a list of literals
"""The languages that can be told apart, as BCP-47 tags, and how the libraries' own codes map to them."""

from __future__ import annotations

AFRICAN = (
    "af ak am ar arq ary bem ee en ff fr ha ig kmb lg ln loz lua luo mfe mg nqo nr nso ny om pcm pt rn rw sg sn "
    "so ss st sw ti tn ts tum ve wo xh yo zgh zu"
).split()
"""Languages of the markets that daytwo serves first, the ones they share with the world among them."""

WORLD = "bn de es fa hi id it ja ko mr nl ru ta te tr ur vi zh".split()
"""Other languages with more than 60 million speakers, and Dutch (mail from Belgium and the Netherlands)."""

OTHERS = (
    "an as az ba be bg bn bo br bs ca ceb chr co crs cs cv cy da dv dz el eo et eu fi fj fo fy ga gd gl gn gu gv "
    "haw he hmn hr ht hu hy ia is iu jv ka kab kha kk kl km kn ku ky la lb lo lt lv mi mk ml mn ms mt my na ne "
    "new nn no oc or os pa pl ps qu raj rm ro sa sco sd si sk sl sm sq sr su sv syr tg th tk tl to tt ug uk uz "
    "vec vo war yi za"
).split()

LANGUAGES: tuple[str, ...] = tuple(dict.fromkeys(AFRICAN + WORLD + OTHERS))
"""Column order of every score matrix."""
COLUMN: dict[str, int] = {tag: column for column, tag in enumerate(LANGUAGES)}

UND = "und"

KIN = {
    "nr": "zu",
    "ss": "zu",
    "tn": "nso",
    "st": "nso",
    "rn": "rw",
    "pcm": "en",
    "ti": "am",
    "ary": "ar",
    "arq": "ar",
    "ny": "sn",
    "tum": "ny",
}
"""The nearest relative, for which a detector takes a language that it does not know."""
LANGID_KNOWS = (
    "af am ar as az be bg bn br bs ca cs cy da de el en es et eu fa ff fi fo fr fy ga gd gl gu ha he hi hr ht hu "
    "hy id ig is it ja jv ka kk km kn ko ku ky la lb lg ln lo lt lv mg mk ml mn mr ms mt my ne nl nn no nso oc om "
    "or pa pcm pl ps pt qu ro ru rw sa si sk sl sn so sq sr st sv sw ta te tg th tk tl tr tt ug uk ur uz vec vi "
    "vo xh yo zh zu"
).split()
"""Languages of py3langid 0.4 that it tells well from each other."""
RESTS_ON = {"pcm": "en", "ary": "ar", "arq": "ar"}
"""Languages that share most words with a larger one, which the text must speak against before they are named."""
CLD2_UNKNOWN = ("ary", "arq", "pcm", "nr", "rn", "bem", "kmb", "ee", "ff")
"""Languages that CLD2 has no table for, or calls by their kin's name."""

ALIASES = {
    "iw": "he",
    "jw": "jv",
    "tw": "ak",
    "nb": "no",
    "in": "id",
    "zh-hant": "zh",
    "zh-cn": "zh",
    "zh-tw": "zh",
    "yue": "zh",
    "wuu": "zh",
    "sr-me": "sr",
    "fuv": "ff",
    "fuf": "ff",
    "gug": "gn",
    "uzs": "uz",
    "arz": "ar",
    "sdh": "ku",
    "ltg": "lv",
    "swc": "sw",
}
"""Library codes that differ from our tags: retired codes, and members that we do not tell from their macro-language."""


def column_of(code: str) -> int | None:
    """Return the column of a library's code, or None when the language is not one of ours."""
    lowered = code.lower()
    return COLUMN.get(ALIASES.get(lowered, lowered))
