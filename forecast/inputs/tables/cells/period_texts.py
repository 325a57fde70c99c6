"""The ways people write a period: 2026-06-30, June 2026, 3Q26, Q1 FY26, 2026-W40, H1 2026, …

Quarters are Q, in Romance languages T, in Nordic ones K, in Chinese and Japanese 季度 or 四半期.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from forecast.inputs.schema import FiscalCalendar
from forecast.periods import month_end

Shape = tuple[str, str, int, int, int]  # kind, length that words state, year, its numbers
DateOrder = Literal["", "day-first", "month-first"]
YEARS = (1900, 2100)  # what a period or a day of publication may lie in
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
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
_HAN = "一二三四"
_SPANS = {1: "M", 3: "Q", 6: "H", 9: "9M", 12: "FY"}  # months from and to
_SHORTEST_MONTH = 28  # days
_LONGEST = 300  # letters of a text that names a period
_SPAN = re.compile(r"^(.+?)(?: (?:to|until|through|-) | ?[–—~～] ?)(.+)$")
_LAST_DAYS = (  # of spans whose first day lacks its year or month
    (re.compile(r"^\d{1,2}(?: [a-z]+\.?)? ?(?:to|-|–|—) ?(\d{1,2} [a-z]+\.? \d{4})$"), r"\1"),
    (re.compile(r"^([a-z]+)\.? \d{1,2} ?(?:to|-|–|—) ?(\d{1,2},? \d{4})$"), r"\1 \2"),
    (re.compile(r"^[a-z]+\.? \d{1,2} ?(?:to|-|–|—) ?([a-z]+\.? \d{1,2},? \d{4})$"), r"\1"),
)
_ORDINALS = ("first", "second", "third", "fourth")
_LENGTHS = {
    "year to date": "YTD", "year-to-date": "YTD", "end": "", "end of": "", "year end": "",
    "year-end": "", "ye": "",
    "three months": "Q", "3 months": "Q", "quarter": "Q", "thirteen weeks": "Q", "13 weeks": "Q",
    "six months": "H", "6 months": "H", "half year": "H", "nine months": "9M", "9 months": "9M",
    "twelve months": "FY", "12 months": "FY", "year": "FY", "fiscal year": "FY", "52 weeks": "FY",
    "53 weeks": "FY", "as of": "", "as at": "", "at": "", "month": "M", "week": "W",
}  # fmt: skip
_MOMENT = "point"  # what stands at the end of a period has no length
_WORDS = "|".join(sorted(_LENGTHS, key=len, reverse=True))
_ISO = re.compile(r"^\d{4}-\d\d-\d\d$")
_ENDED = re.compile(rf"^(?:for )?(?:the )?({_WORDS}) (?:(?:ended|ending) )?(.+)$")
_YY = r"'?(\d{4}|\d{2})"
_NTH = r"(?:\.|º|ª|°|st|nd|rd|th|er|e|ème)? ?"
_WAVE = re.compile(r"^wave \d+[\s:,(–-]+(?P<behind>.*?)\)?$|^(?P<before>.*?)[\s,]*\(?wave \d+\)?$")
_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?"
)
_F = r"(?:fy|f|fiscal(?: year)?)"
_TO = r"\s?(?:-|–|—|to|through)\s?"
_SHAPES = tuple(
    (re.compile(f"^{pattern}$"), kind, order)
    for kind, order, pattern in (
        ("Y", "y", r"(?:cy ?)?(\d{4})[ae]?"),
        ("Y", "y", r"(\d{4})年"),
        ("Q", "yn", r"(\d{4})[-\s/]?[qkt]([1-4])"),
        ("Q", "yn", r"(\d{4})年?第?([1-4一二三四])(?:季度?|四半期)"),
        ("Q", "yn", r"(\d{4})[-\s/]?([1-4])q"),
        ("Q", "ny", r"[qkt]([1-4])[-\s/]*(?:cy ?)?'?(\d{4})[ae]?"),
        ("Q", "ny", r"[qkt]([1-4])[-\s/']+(?:cy ?)?(\d{2})[ae]?"),
        ("Q", "ny", rf"([1-4])[qkt][-\s/]*(?:cy ?)?{_YY}[ae]?"),
        (
            "Q",
            "ny",
            rf"([1-4]){_NTH}(?:quartal|quarter|trimestre|trim?\.?|kvartal|kwartaal)[-\s/,]*{_YY}",
        ),
        ("Q", "yn", rf"(\d{{4}})[-\s/,]*([1-4]){_NTH}(?:quartal|quarter|kvartal|kwartaal)"),
        ("H", "ny", rf"([12]){_NTH}(?:halbjahr|semestre|half(?:[- ]year)?|halvår)[-\s/,]*{_YY}"),
        ("FQ", "ny", rf"q([1-4])[-\s/]*{_F}[-\s]?{_YY}[ae]?"),
        ("FQ", "ny", rf"([1-4])q[-\s/]*{_F}[-\s]?{_YY}[ae]?"),
        ("FQ", "ny", rf"(?:fq|fiscal q)([1-4])[-\s/]*{_YY}[ae]?"),
        ("FQ", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?q([1-4])"),
        ("FY", "y", rf"{_F}[-\s]?{_YY}[ae]?"),
        ("FY", "y", r"(\d{4}) ?fy"),
        ("YE", "ny", r"fy ?(\d{1,2})/(\d{4}|\d{2})"),
        ("YE", "yn", r"(\d{4})年(\d{1,2})月期"),
        ("MM", "yne", r"(\d{4})年(\d{1,2})[-–~～〜至](\d{1,2})月期?"),
        ("FY", "yy", r"(?:fy ?)?(\d{4})(?:[/–]|-(?=1[3-9]|[2-9]))(\d{2})"),
        ("H", "ny", r"h([12])[-\s/]*'?(\d{4})"),
        ("H", "ny", r"h([12])[-\s/']+(\d{2})"),
        ("H", "ny", rf"([12])h[-\s/]*{_YY}"),
        ("H", "yn", r"(\d{4})[-\s]?[hs]([12])"),
        ("FH", "ny", rf"h([12])[-\s/]*{_F}[-\s]?{_YY}"),
        ("FH", "ny", rf"([12])h[-\s/]*{_F}[-\s]?{_YY}"),
        ("FH", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?h([12])"),
        ("FH", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?([12])h"),
        ("FQ", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?([1-4])q"),
        ("9M", "y", rf"9m[-\s/]*{_YY}"),
        ("Q", "y", rf"3m[-\s/]*{_YY}"),
        ("H", "y", rf"6m[-\s/]*{_YY}"),
        ("Y", "y", rf"12m[-\s/]*{_YY}"),
        ("MM", "ney", rf"{_MONTH}{_TO}{_MONTH}[-\s./,]*{_YY}"),
        ("M", "yn", r"(\d{4})[-/](\d{1,2})"),
        ("M", "yn", r"(\d{4})m(\d{2})"),
        ("M", "yn", r"(\d{4})年(\d{1,2})月"),
        ("M", "yn", r"(\d{4})(0[1-9]|1[0-2])"),
        ("M", "ny", r"(\d{1,2})/(\d{4})"),
        ("M", "ny", rf"{_MONTH}[-\s./,]*{_YY}"),
        ("M", "yn", rf"(\d{{4}})[-\s]{_MONTH}"),
        ("W", "yn", r"(\d{4})[-\s]?w(\d{1,2})"),
        ("W", "ny", r"(?:w|week ?)(\d{1,2})[-\s,]*(\d{4})"),
        ("D", "ymd", r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]\d\d?:[\d:.]+(?:z|[+-][\d:]+)?)?"),
        ("D", "ymd", r"(\d{4})(\d{2})(\d{2})"),
        ("D", "dmy", rf"(\d{{1,2}})(?:st|nd|rd|th)?[-\s.]*{_MONTH}[-\s,]*(\d{{4}})"),
        ("D", "dmy", rf"(\d{{1,2}})[- ]{_MONTH}[- ](\d{{2}})"),
        ("D", "mdy", rf"{_MONTH}[-\s]*(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+|-)(\d{{4}})"),
        ("D", "dmy", r"(\d{1,2})\.(\d{1,2})\.(\d{4}|\d{2})"),
        ("D", "??y", r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})"),
        ("D", "??y", r"(\d{1,2})/(\d{1,2})/(\d{2})"),
    )
)


@dataclass(frozen=True)
class Period:
    """A period by its last day; a fiscal one by its year and how many months of it are over.

    `frequency` is the period's length, "" where a day alone is written.
    """

    end: date
    frequency: str
    fiscal_year: int = 0
    months: int = 12

    def on(self, calendar: FiscalCalendar) -> Period:
        """Return a fiscal period on its company's calendar, any other as it is."""
        if not self.fiscal_year:
            return self
        return replace(self, end=fiscal_end(calendar, self.fiscal_year, self.months), fiscal_year=0)


@lru_cache(maxsize=65536)
def read_period(text: str, order: DateOrder = "", years: tuple[int, int] = YEARS) -> Period | None:
    """Return the period that a text names, None if it is none; of 03/04/2026 `order` tells.

    Raises ValueError for what has the form of a period and cannot be one, or may be two.
    """
    if len(text) > _LONGEST:
        return None
    if _ISO.match(text):
        found: Shape | None = "D", "", int(text[:4]), int(text[5:7]), int(text[8:])
    else:
        found = _shape_of(_in_english(text))
    if found is None:
        return None
    kind, frequency, year, first, second = found
    if kind == "D?":
        if order:
            first, second = (first, second) if order == "day-first" else (second, first)
        elif first <= 12 and second <= 12 and first != second:
            raise ValueError(f"{text!r} may be day/month or month/day")
        elif second > 12:
            first, second = second, first
        kind, first, second = "D", second, first
    end = _end(kind, year, first, second, text)
    if not years[0] <= end.year <= years[1]:
        raise ValueError(f"the year {end.year} is not between {years[0]} and {years[1]}")
    length = frequency or {"Y": "A", "YE": "FY", "FQ": "Q", "FH": "H", "D": ""}.get(kind, kind)
    length = "" if length == _MOMENT else length
    fiscal = year if kind in {"FY", "FQ", "FH"} else 0
    months = {"FQ": 3 * first, "FH": 6 * first}.get(kind, 12)
    return Period(end, length, fiscal, months)


def _in_english(text: str) -> str:
    """Return a text in small letters, its months and ordinals as English writes them, without the
    number of a survey's wave."""
    text = " ".join(text.replace("’", "'").lower().split())
    if match := _WAVE.match(text):
        text = match["behind"] or match["before"] or text
    if _DATED.search(text):
        text = re.sub(r"[^\W\d_]+", lambda word: _ABROAD.get(word[0], word[0]), text)
        text = re.sub(" del? ", " ", text)
    for index, word in enumerate(_ORDINALS, start=1):
        text = re.sub(rf"\b{word} quarter(?: of)?,? ", f"q{index} ", text)
    return text


def _shape_of(text: str) -> Shape | None:
    """Return what a text in small letters says of a period, None if nothing."""
    return _of_shapes(text) or _ended_of(text) or _span_of(text)


def _ended_of(text: str) -> Shape | None:
    """Return what a length and its end say of a period: three months ended June 30, 2026."""
    if (match := _ENDED.match(text)) and (found := _of_shapes(match[2])):
        return (found[0], _LENGTHS[match[1]] or _MOMENT, *found[2:])
    if re.match(r"^(?:ttm|ltm)[-\s]", text) and (found := _of_shapes(text[4:])):
        return (found[0], "TTM", *found[2:])
    return None


def _span_of(text: str) -> Shape | None:
    """Return what a first and a last day say of a period: 9 February 2026 to 22 February 2026."""
    for pattern, last in _LAST_DAYS:
        if match := pattern.match(text):
            return _of_shapes(match.expand(last))
    if not (match := _SPAN.match(text)):
        return None
    first, end = _of_shapes(match[1]), _of_shapes(match[2])
    if not first or not end or {first[0], end[0]} != {"D"}:
        return None
    months = 12 * (end[2] - first[2]) + end[3] - first[3] + 1
    is_whole = first[4] == 1 and end[4] >= _SHORTEST_MONTH
    return ("D", _SPANS.get(months, "") if is_whole else "", *end[2:])


def _of_shapes(text: str) -> Shape | None:
    """Return what a text says of a period in one of the shapes."""
    for pattern, kind, order in _SHAPES:
        if match := pattern.match(text):
            if order == "??y":
                return "D?", "", _whole_year(match[3]), int(match[1]), int(match[2])
            parts = dict(zip(order, match.groups(), strict=True)) if order != "yy" else {}
            if order == "yy" and int(match[2]) != (int(match[1]) + 1) % 100:
                continue
            year = int(match[1]) + 1 if order == "yy" else _whole_year(parts["y"])
            if kind == "MM":
                first, last = _number(parts["n"]), _number(parts["e"])
                length = _SPANS.get((last - first) % 12 + 1)
                return ("M", length, year, last, 1) if length else None
            number = _number(parts.get("m") or parts.get("n") or "1")
            return kind, "", year, number, int(parts.get("d", "1"))
    return None


def _number(text: str) -> int:
    """Return the number of a month by its name, or of a part of a year by its digits."""
    if text in _HAN:
        return _HAN.index(text) + 1
    return int(text) if text.isdigit() else _MONTHS.index(text[:3]) + 1


def _whole_year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _end(kind: str, year: int, first: int, second: int, text: str) -> date:
    """Return the last day of a period on the calendar; ValueError where there is none."""
    try:
        if kind == "W":
            return date.fromisocalendar(year, first, 7)
        if kind == "D":
            return date(year, first, second)
        months = {
            "Q": 3 * first,
            "FQ": 3 * first,
            "H": 6 * first,
            "FH": 6 * first,
            "M": first,
            "YE": first,
        }
        return month_end(year, {**months, "9M": 9}.get(kind, 12))
    except (ValueError, IndexError) as error:
        raise ValueError(f"{text!r} is no day, week or month that there is") from error


def fiscal_end(calendar: FiscalCalendar, year: int, months: int) -> date:
    """Return the last day of the first `months` (3, 6, 9 or 12) of a company's fiscal year.

    A year that ends on a weekday has quarters of thirteen weeks, the last of what remains.
    """
    end = calendar.year_end(year)
    if months == 12:
        return end
    if calendar.weekday is not None:
        return calendar.year_end(year - 1) + timedelta(weeks=13 * months // 3)
    month = 12 * (year - 1) + calendar.month - 1 + months
    return month_end(month // 12, month % 12 + 1)


def find_order(texts: Iterable[str]) -> DateOrder | Literal["ask"]:
    """Return in which order the days and months of a column stand, "" where it does not matter."""
    pairs = [(int(match[1]), int(match[2])) for text in texts if (match := _SLASHED.match(text))]
    if not pairs:
        return ""
    if any(first > 12 for first, _ in pairs):
        return "day-first"
    if any(second > 12 for _, second in pairs):
        return "month-first"
    return "" if all(first == second for first, second in pairs) else "ask"


_SLASHED = re.compile(r"^\s*(\d{1,2})[/-](\d{1,2})[/-](?:\d{4}|\d{2})\s*$")


def first_of_period(days: Iterable[date], known: str) -> str:
    """Return the length of the periods whose first days these are (A, Q or M), "" if they are
    none; `known` is the frequency of their series, "" where it is not known."""
    found = sorted(set(days))
    if not found or any(day.day != 1 for day in found):
        return ""
    months = {12 * day.year + day.month - 1 for day in found}
    for frequency, step in (("A", 12), ("Q", 3), ("M", 1)):
        if all(month % step == 0 for month in months):
            if known == frequency:
                return frequency
            gaps = {b - a for a, b in zip(sorted(months), sorted(months)[1:], strict=False)}
            if known not in {"A", "Q", "M"} and gaps and min(gaps) == step:
                return frequency
    return ""


def period_from_start(start: date, frequency: str) -> date:
    """Return the last day of the year, quarter or month that begins on a day."""
    months = {"A": 12, "Q": 3, "M": 1}[frequency]
    month = 12 * start.year + start.month - 2 + months
    return month_end(month // 12, month % 12 + 1)
