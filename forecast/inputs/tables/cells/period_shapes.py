"""The shapes in which a period is written, in English and in scripts without an alphabet.

Quarters are Q, in Romance languages T, in Nordic ones K, in Chinese and Japanese 季度 or 四半期, in
Korean 분기.
"""

from __future__ import annotations

import re

Shape = tuple[str, str, int, int, int]  # kind, length that words state, year, its numbers
MOMENT = "point"  # what stands at the end of a period has no length
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NUMERALS = ("一二三四", "上下", "상하")
_SPANS = {1: "M", 3: "Q", 6: "H", 9: "9M", 12: "FY"}  # months from and to
_SHORTEST_MONTH = 28  # days
_SPAN = re.compile(r"^(.+?)(?: (?:to|until|through|-) | ?[–—~～] ?)(.+)$")
_LAST_DAYS = (  # of spans whose first day lacks its year or month
    (re.compile(r"^\d{1,2}(?: [a-z]+\.?)? ?(?:to|-|–|—) ?(\d{1,2} [a-z]+\.? \d{4})$"), r"\1"),
    (re.compile(r"^([a-z]+)\.? \d{1,2} ?(?:to|-|–|—) ?(\d{1,2},? \d{4})$"), r"\1 \2"),
    (re.compile(r"^[a-z]+\.? \d{1,2} ?(?:to|-|–|—) ?([a-z]+\.? \d{1,2},? \d{4})$"), r"\1"),
)
_LENGTHS = {
    "year to date": "YTD", "year-to-date": "YTD", "end": "", "end of": "", "year end": "",
    "year-end": "", "ye": "",
    "three months": "Q", "3 months": "Q", "quarter": "Q", "thirteen weeks": "Q", "13 weeks": "Q",
    "six months": "H", "6 months": "H", "half year": "H", "nine months": "9M", "9 months": "9M",
    "twelve months": "FY", "12 months": "FY", "year": "FY", "fiscal year": "FY", "52 weeks": "FY",
    "53 weeks": "FY", "as of": "", "as at": "", "at": "", "month": "M", "week": "W",
}  # fmt: skip
_WORDS = "|".join(sorted(_LENGTHS, key=len, reverse=True))
_ENDED = re.compile(rf"^(?:for )?(?:the )?({_WORDS}) (?:(?:ended|ending) )?(.+)$")
_YY = r"'?(\d{4}|\d{2})"
_NTH = r"(?:\.|º|ª|°|st|nd|rd|th|er|e|ème)? ?"
_MONTH = (
    "(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\\.?"
)
_F = r"(?:fy|f|fiscal(?: year)?)"
_TO = r"\s?(?:-|–|—|to|through)\s?"
_SHAPES = tuple(
    (re.compile(f"^{pattern}$"), kind, order)
    for kind, order, pattern in (
        ("Y", "y", r"(?:cy ?)?(\d{4}) ?[aef]?"),
        ("Y", "y", r"cy ?'?(\d{2}) ?[aef]?"),
        ("Y", "y", r"(\d{4})(?:年|년도?)"),
        ("FB", "y", r"(\d{4})年度"),
        ("FBQ", "yn", r"(\d{4})年度第?([1-4一二三四])四半期"),
        ("Q", "yn", r"(\d{4})[-\s/]?[qkt]([1-4])"),
        ("Q", "yn", r"(\d{4})年?第?([1-4一二三四])(?:季度?|四半期)"),
        ("Q", "yn", r"(\d{4})년? ?([1-4]) ?분기"),
        ("Q", "yn", r"(\d{4})[-\s/.]?([1-4])q"),
        ("Q", "ny", r"[qkt]([1-4])[-\s/]*(?:cy ?)?'?(\d{4}) ?[aef]?"),
        ("Q", "ny", r"[qkt]([1-4])[-\s/']+(?:cy ?)?(\d{2}) ?[aef]?"),
        ("Q", "ny", rf"([1-4])[qkt][-\s/]*(?:cy ?)?{_YY} ?[aef]?"),
        (
            "Q",
            "ny",
            rf"([1-4]){_NTH}(?:quartal|quarter|trimestre|trim?\.?|kvartal|kwartaal)[-\s/,]*{_YY}",
        ),
        ("Q", "yn", rf"(\d{{4}})[-\s/,]*([1-4]){_NTH}(?:quartal|quarter|kvartal|kwartaal)"),
        (
            "H",
            "ny",
            rf"([12]){_NTH}(?:halbjahr|hj\.?|hy|semestre|half(?:[- ]year)?|halvår)[-\s/,]*{_YY}",
        ),
        ("FQ", "ny", rf"q([1-4])[-\s/]*{_F}[-\s]?{_YY} ?[aef]?"),
        ("FQ", "ny", rf"([1-4])q[-\s/]*{_F}[-\s]?{_YY} ?[aef]?"),
        ("FQ", "ny", rf"(?:fq|fiscal q)([1-4])[-\s/]*{_YY} ?[aef]?"),
        ("FQ", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?q([1-4])"),
        ("FY", "y", rf"{_F}[-\s]?{_YY} ?[aef]?"),
        ("FY", "y", r"(\d{4}) ?fy"),
        ("YE", "ny", r"fy ?(\d{1,2})/(\d{4}|\d{2})"),
        ("YE", "yn", r"(\d{4})年(\d{1,2})月期"),
        ("MM", "yne", r"(\d{4})年(\d{1,2})[-–~～〜至](\d{1,2})月期?"),
        ("FY", "yy", r"(?:fy ?)?(\d{4})(?:[/–]|-(?=1[3-9]|[2-9]))(\d{2})"),
        ("H", "ny", r"hy?([12])[-\s/]*'?(\d{4})"),
        ("H", "ny", r"h([12])[-\s/']+(\d{2})"),
        ("H", "ny", rf"([12])h[-\s/]*{_YY}"),
        ("H", "yn", r"(\d{4})[-\s]?[hs]([12])"),
        ("H", "yn", r"(\d{4})年?([上下])半年"),
        ("H", "yn", r"(\d{4})년? ?([상하])반기"),
        ("FH", "ny", rf"h([12])[-\s/]*{_F}[-\s]?{_YY}"),
        ("FH", "ny", rf"([12])h[-\s/]*{_F}[-\s]?{_YY}"),
        ("FH", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?h([12])"),
        ("FH", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?([12])h"),
        ("FQ", "yn", rf"{_F}[-\s]?{_YY}[-\s/]?([1-4])q"),
        ("9M", "y", rf"9m[-\s/]*{_YY}"),
        ("Q", "y", rf"3m[-\s/]*{_YY}"),
        ("H", "y", rf"6m[-\s/]*{_YY}"),
        ("Y", "y", rf"12m[-\s/]*{_YY}"),
        ("QQ", "ney", rf"q?([1-4])q?{_TO}q?([2-4])q?[-\s/]+{_YY}"),
        ("QQ", "yne", rf"(\d{{4}})[-\s/]*q([1-4]){_TO}q?([2-4])"),
        ("MM", "ney", rf"{_MONTH}{_TO}{_MONTH}[-\s./,]*{_YY}"),
        ("M", "yn", r"(\d{4})[-/](\d{1,2})"),
        ("M", "yn", r"(\d{4})m(\d{2})"),
        ("M", "yn", r"(\d{4})(?:年|년) ?(\d{1,2})(?:月|월)"),
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


def shape_of(text: str) -> Shape | None:
    """Return what a text in small letters says of a period, None if nothing."""
    return _of_shapes(text) or _ended_of(text) or _span_of(text)


def _ended_of(text: str) -> Shape | None:
    """Return what a length and its end say of a period: three months ended June 30, 2026."""
    if (match := _ENDED.match(text)) and (found := _of_shapes(match[2])):
        return (found[0], _LENGTHS[match[1]] or MOMENT, *found[2:])
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
            if kind in {"MM", "QQ"}:
                first, last = _number(parts["n"]), _number(parts["e"])
                if kind == "QQ":
                    first, last = 3 * first - 2, 3 * last
                length = _SPANS.get((last - first) % 12 + 1)
                return ("M", length, year, last, 1) if length else None
            number = _number(parts.get("m") or parts.get("n") or "1")
            return kind, "", year, number, int(parts.get("d", "1"))
    return None


def _number(text: str) -> int:
    """Return the number of a month by its name, or of a part of a year by its digits."""
    for signs in _NUMERALS:
        if text in signs:
            return signs.index(text) + 1
    return int(text) if text.isdigit() else _MONTHS.index(text[:3]) + 1


def _whole_year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)
