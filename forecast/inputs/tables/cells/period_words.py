"""How languages write months, quarters and halves of a year, turned into what English writes."""

from __future__ import annotations

import re

# Months as other languages write them, where English has another word.
_ABROAD = {
    word: month
    for month, words in {
        "jan": "janvier janv januar januari jänner jän enero ene janeiro gennaio gen",
        "feb": "février fevrier févr fév februar februari febrero fevereiro fev febbraio",
        "mar": "mars märz mär mrz marzo março maart mrt",
        "apr": "avril avr abril abr aprile",
        "may": "mai mayo maio maggio mag mei maj",
        "jun": "juin juni junio junho giugno giu",
        "jul": "juillet juil juli julio julho luglio lug",
        "aug": "août aout agosto ago augusti augustus",
        "sep": "septembre septiembre setembro set settembre sett",
        "oct": "octobre oktober okt octubre outubro out ottobre ott",
        "nov": "novembre noviembre novembro",
        "dec": "décembre déc dezember dez diciembre dic dezembro dicembre desember des",
    }.items()
    for word in words.split()
}
_DATED = re.compile(r"\d{4}|[-/.]\d\d$")  # what a month of another language stands beside
_CLOCK = re.compile(r"(?<=\d),? \d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m)?$")  # behind a day
_ORDINALS = ("first", "second", "third", "fourth")
_WAVE = re.compile(r"^wave \d+[\s:,(–-]+(?P<behind>.*?)\)?$|^(?P<before>.*?)[\s,]*\(?wave \d+\)?$")
# Quarters and halves in Roman numerals: III 2024, 2024 Q-III, III kw. 2024, II półrocze 2024.
_ROMAN = ("I", "II", "III", "IV")
_QUARTER = r"(?:kw(?:arta[łl]\w*)?|кв(?:артал\w*)?|trim(?:estr[eu]\w*)?|quarter|quartal|[qtk])"
_HALF = r"(?:p[óo][łl]rocz[ea]|полугод\w*|sem(?:estre)?|half(?:[- ]year)?|h)"
_NUMERAL = re.compile(
    r"^(?:(?P<before>\d{4})[-\s/,.]*)?(?:[QTKH][-. ]?)?(?P<part>[IVX]+)"
    rf"(?i:[-. ]*(?:(?P<half>{_HALF})|{_QUARTER})\b\.?)?(?:[-\s/,.]*(?P<behind>\d{{4}}))?$"
)
_ESTIMATED = re.compile(r"\d ?\(?(?:[ef]|est\.?|estimated?|forecast|proj(?:ected|\.)?)\)?$", re.I)


def in_english(text: str) -> str:
    """Return a text in small letters, its months and ordinals as English writes them, without the
    number of a survey's wave and the time of a day.

    Raises ValueError for V to XII, which are months where their neighbours I to IV are too.
    """
    text = _in_digits(" ".join(text.replace("’", "'").split())).lower()
    text = _CLOCK.sub("", text)
    if match := _WAVE.match(text):
        text = match["behind"] or match["before"] or text
    if _DATED.search(text):
        text = re.sub(r"[^\W\d_]+", lambda word: _ABROAD.get(word[0], word[0]), text)
        text = re.sub(" del? ", " ", text)
    for index, word in enumerate(_ORDINALS, start=1):
        text = re.sub(rf"\b{word} quarter(?: of)?,? ", f"q{index} ", text)
    return text


def _in_digits(text: str) -> str:
    """Return a quarter or half in Roman numerals as q3 2024 or h1 2024, any other text as it is."""
    match = _NUMERAL.match(text)
    year = (match["before"] or match["behind"]) if match else ""
    if match is None or not year:
        return text
    if match["part"] not in _ROMAN[: 2 if match["half"] else 4]:
        raise ValueError(f"{text!r} is no quarter, and may be a month")
    return f"{'h' if match['half'] else 'q'}{_ROMAN.index(match['part']) + 1} {year}"


def is_estimated(text: str) -> bool:
    """Return whether a text of a period says that it is an analyst's forecast: 2025E, Q4 2026F."""
    return not text[-1:].isdigit() and bool(_ESTIMATED.search(text))
