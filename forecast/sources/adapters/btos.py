"""Census BTOS: months of a biweekly survey, from the workbook that holds all of its periods."""

from __future__ import annotations

import io
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any
from zipfile import ZipFile

from forecast.periods import month_end
from forecast.sources.adapters.contents import MOST_BYTES_UNPACKED, check_columns, day_of, text_of
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Figure, Reading

KEYS = Keys(
    frozenset({"sheet", "calendar", "question", "answer", "start", "end"}), frozenset({"published"})
)
STEP = timedelta(days=14)  # from the start of one period to that of the next
LAG = timedelta(days=4)  # from the end of collection to publication, where no day is stated
_ZIP = b"PK\x03\x04"
_EPOCH = date(1899, 12, 30)  # of a workbook's day numbers
_SIX_DECIMALS = 6


@dataclass(frozen=True)
class Period:
    """Two weeks of the survey: the start of collection, when it came out, and its rate, if any."""

    name: str
    start: date
    published: date
    rate: float | None


def read_survey(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the months of series: the mean of the periods whose collection starts in each.

    A month counts when all its periods have come out; one that no later month waits for was
    cancelled. A question is known by its text, for wordings share their number.
    """
    sheets = [(body, _sheets(body)) for body in bodies]
    figures: list[Figure] = []
    for recipe in recipes:
        names = recipe.one("sheet"), recipe.one("calendar")
        found = [(body, book) for body, book in sheets if all(name in book for name in names)]
        if not found:
            titles = "; ".join(", ".join(book) for _, book in sheets)
            raise DriftError(f"the sheets {titles}", f"the sheets {' and '.join(names)}")
        body, book = found[0]
        rates = _rates(book[names[0]], recipe)
        periods = _periods(book[names[1]], rates, recipe)
        figures += figures_of(recipe, periods, body.url)
    return Reading(tuple(figures))


def _sheets(body: Body) -> dict[str, list[tuple[Any, ...]]]:
    """Return the cells of each sheet of a workbook by its title."""
    from openpyxl import load_workbook

    if not body.content.startswith(_ZIP):
        text_of(body)
        raise DriftError("no workbook", "an .xlsx workbook")
    with ZipFile(io.BytesIO(body.content)) as packed:
        unpacked = sum(each.file_size for each in packed.infolist())
    if unpacked > MOST_BYTES_UNPACKED:
        raise DriftError(f"{unpacked:,} bytes unpacked", f"at most {MOST_BYTES_UNPACKED:,}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(io.BytesIO(body.content), read_only=True, data_only=True)
        return {sheet.title: _rows(sheet.iter_rows(values_only=True)) for sheet in book}


def _rows(cells: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return lines of one length, for a line ends with its last cell that was ever written."""
    lines = list(cells)
    width = max(map(len, lines), default=0)
    return [(*line, *[None] * (width - len(line))) for line in lines]


def _rates(rows: Sequence[tuple[Any, ...]], recipe: Recipe) -> dict[str, float]:
    """Return the rate of each period, by the period's name, of a question and an answer."""
    header = _header(rows, ("Question", "Answer"))
    question, answer = header.index("Question"), header.index("Answer")
    wanted = recipe.one("question"), recipe.one("answer")
    lines = [
        row
        for row in rows
        if _text(row[question]).startswith(wanted[0]) and _text(row[answer]) == wanted[1]
    ]
    if len(lines) != 1:
        asked = {_text(row[question]) for row in rows if _text(row[question])} - {"Question"}
        found = f"{len(lines)} lines of it among: {'; '.join(sorted(asked))}"
        raise DriftError(found, f"one line, {wanted[1]}, of {wanted[0]!r}", "Was it worded anew?")
    return {
        name: rate
        for name, cell in zip(header, lines[0], strict=False)
        if name.isdigit() and (rate := _share(cell, name)) is not None
    }


def _periods(
    rows: Sequence[tuple[Any, ...]], rates: Mapping[str, float], recipe: Recipe
) -> list[Period]:
    """Return all periods of the calendar in order of collection, those that were cancelled not."""
    start, end = recipe.one("start"), recipe.one("end")
    header = _header(rows, ("Smpdt", start, end))
    name, start_at, end_at = (header.index(each) for each in ("Smpdt", start, end))
    said = recipe.one("published")
    published_at = header.index(said) if said in header else None
    periods = []
    for row in rows[rows.index(next(r for r in rows if "Smpdt" in map(_text, r))) + 1 :]:
        if not _text(row[name]).isdigit():
            continue
        published = _day(row[end_at]) + LAG
        if published_at is not None and row[published_at] is not None:
            published = _day(row[published_at])
        rate = rates.get(_text(row[name]))
        periods.append(Period(_text(row[name]), _day(row[start_at]), published, rate))
    if unknown := set(rates) - {each.name for each in periods}:
        raise DriftError(f"no dates of period {min(unknown)}", "dates of each period with a rate")
    periods.sort(key=lambda each: each.start)
    last = max((place for place, each in enumerate(periods) if each.rate is not None), default=-1)
    return [each for place, each in enumerate(periods) if each.rate is not None or place > last]


def months(periods: Sequence[Period]) -> Iterator[tuple[date, list[float], date]]:
    """Yield the last day of each month of which all periods, in order of collection, have come
    out, with their rates and the day on which the last did."""
    by_month: dict[date, list[Period]] = defaultdict(list)
    for each in periods:
        by_month[month_end(each.start.year, each.start.month)].append(each)
    for end, mine in sorted(by_month.items()):
        rates = [each.rate for each in mine if each.rate is not None]
        if len(rates) == len(mine) and mine[-1].start + STEP > end:
            yield end, rates, mine[-1].published


def figures_of(recipe: Recipe, periods: Sequence[Period], url: str) -> Iterator[Figure]:
    """Yield the mean of each month, to six decimals."""
    for end, rates, published in months(periods):
        if end >= recipe.since:
            mean = round(fmean(rates), _SIX_DECIMALS)
            yield Figure(recipe.series_id, end, mean, published, url, _note(rates))


def _note(rates: Sequence[float]) -> str:
    return f"mean of {len(rates)} biweekly rates: {', '.join(f'{rate:.1%}' for rate in rates)}"


def _header(rows: Sequence[tuple[Any, ...]], required: Sequence[str]) -> list[str]:
    """Return the first line that names one of the columns, all of which must be in it."""
    for row in rows:
        header = [_text(cell) for cell in row]
        if required[0] in header:
            check_columns(header, required)
            return header
    first = ", ".join(_text(cell) for cell in rows[0]) if rows else "nothing"
    raise DriftError(f"a sheet that begins with {first}", f"a column {required[0]!r}")


def _share(cell: Any, period: str) -> float | None:
    """Return a percentage as a share; a workbook may hold it as text, 23.8%, or as 0.238."""
    text = _text(cell)
    if text in {"", ".", "-", "S", "D", "NA", "N/A"}:
        return None
    try:
        value = float(text[:-1]) / 100.0 if text.endswith("%") else float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:
        raise DriftError(f"{text!r} in period {period}", "a percentage such as 23.8%")
    return value


def _day(cell: Any) -> date:
    """Return a cell as a day: a date, a day number of the workbook, or 09/11/2023."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, int | float):
        return _EPOCH + timedelta(days=int(cell))
    return day_of(_text(cell), "a date of the calendar")


def _text(cell: Any) -> str:
    return " ".join(str(cell).split()) if cell is not None else ""
