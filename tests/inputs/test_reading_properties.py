"""Numbers, units, periods and whole tables against a second reading that knows what was written."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from forecast.errors import Problem
from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.cells.figures import (
    find_sign,
    in_plain,
    is_figure,
    split_code,
    split_marks,
    split_notes,
)
from forecast.inputs.tables.cells.period_texts import fiscal_end, read_period
from forecast.inputs.tables.cells.title_periods import period_in
from forecast.inputs.tables.cells.unit_texts import unit_in, unit_of_aside, without_unit
from forecast.inputs.tables.layout.columns import OBSERVED, Table
from forecast.inputs.tables.layout.series_names import Known
from forecast.inputs.tables.rows.files import read_content
from forecast.inputs.tables.tables import read_observation
from forecast.multiples import split_unit
from forecast.units import MONEY, NAMES, parse_reading, parse_value

DAYS = some.dates(date(1950, 1, 1), date(2099, 12, 31))
AMOUNTS = some.decimals(0, 10**9, places=3, allow_nan=False)


def grouped(number: Decimal, group: str, point: str) -> str:
    """Write a number as people do, independently of Python's own formats."""
    whole, _, fraction = f"{number:f}".partition(".")
    groups = []
    while len(whole) > 3:
        whole, groups = whole[:-3], [whole[-3:], *groups]
    fraction = fraction.rstrip("0")
    return group.join([whole, *groups]) + (point + fraction if fraction else "")


@given(AMOUNTS, some.sampled_from([(",", "."), ("", "."), (" ", "."), ("\u202f", "."), ("'", ".")]))
def test_a_number_with_a_decimal_point_is_read(number: Decimal, signs: tuple[str, str]) -> None:
    text = grouped(number, *signs)
    assert is_figure(text)
    assert Decimal(in_plain(text, "point")) == number


@given(AMOUNTS, some.sampled_from([(".", ","), ("", ","), (" ", ","), ("\u00a0", ",")]))
def test_a_number_with_a_decimal_comma_is_read(number: Decimal, signs: tuple[str, str]) -> None:
    text = grouped(number, *signs)
    assert Decimal(in_plain(text, "comma")) == number
    assert find_sign([text, "0,5"]) == "comma"


@given(
    AMOUNTS, some.sampled_from("bcdefinprsuz"), some.sampled_from(["¹", "*", " [1]", "†", " (a)"])
)
def test_flags_and_marks_leave_the_figure(number: Decimal, flag: str, mark: str) -> None:
    text = grouped(number, ",", ".")
    assert split_notes(f"{text} {flag}", is_flagged=True) == (text, flag)
    assert split_notes(f"{text}{mark}") == (text, mark.strip())


LONG = [" ", ",", "(", "( ", "(a)", "[1] ", "constant ", "usd ", "¹", "9 may "]
READERS: list[Callable[[str], object]] = [
    is_figure, split_notes, split_marks, read_period, unit_in, unit_of_aside, without_unit,
    lambda text: in_plain(text, "comma"),
]  # fmt: skip


def test_a_cell_as_long_as_a_file_is_read_in_a_moment() -> None:
    begun = time.process_time()
    for sign in LONG:
        for read in READERS:
            with suppress(ValueError):
                read(f"5{sign * 20_000}USD")
    assert time.process_time() - begun < 5.0


NUMBERLIKE = some.text("0123456789.,_-+eE%$€~<>()–−\u00b2\u0663 toxkMBTGW", max_size=14)


@given(NUMBERLIKE, some.sampled_from(["USD", "share", "W", "ratio", "log"]))
@example("E9.1 %", "share")
def test_what_looks_like_a_number_is_read_or_refused(text: str, unit: str) -> None:
    for read in (*READERS, lambda each: parse_value(each, unit)):
        with suppress(ValueError):
            read(text)
    with suppress(ValueError):
        assert parse_reading(text, unit).value < float("inf")


UNITS = [
    ("USD", ["USD", "US$", "dollars", "U.S. dollars"], {"": 0, "M": 6, "million": 6, "bn": 9}),
    ("W", ["W"], {"k": 3, "M": 6, "G": 9, "T": 12}),
    ("FLOP", ["FLOP"], {"": 0, "P": 15, "E": 18, "peta": 15}),
    ("users", ["users", "Users"], {"": 0, "thousand": 3, "millions of": 6}),
]


@given(some.data(), AMOUNTS)
def test_a_unit_in_a_multiple_is_exact(data: some.DataObject, number: Decimal) -> None:
    unit, names, multiples = data.draw(some.sampled_from(UNITS))
    name = data.draw(some.sampled_from(names))
    multiple, power = data.draw(some.sampled_from(sorted(multiples.items())))
    gap = "" if unit in {"W", "FLOP"} else " "
    text = f"{number} {multiple}{gap}{name}"
    assert parse_value(text, unit) == float(number * 10**power)


def last_of_month(year: int, month: int) -> date:
    return (date(year, month, 28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@given(DAYS, some.integers(0, 99))
def test_every_way_to_write_a_period_ends_on_its_last_day(day: date, style: int) -> None:
    year, month, quarter = day.year, day.month, (day.month + 2) // 3
    week = day.isocalendar()
    sunday = day + timedelta(days=7 - week.weekday)
    ways: list[tuple[str, date, str]] = [
        (f"{day}", day, ""),
        (f"{day:%Y/%m/%d}", day, ""),
        (f"{day:%d.%m.%Y}", day, ""),
        (f"{day:%-d %B %Y}", day, ""),
        (f"{day:%b %-d, %Y}", day, ""),
        (f"{day} 18:00:00", day, ""),
        (f"{year}", date(year, 12, 31), "A"),
        (f"CY{year}", date(year, 12, 31), "A"),
        (f"{year}Q{quarter}", last_of_month(year, 3 * quarter), "Q"),
        (f"Q{quarter} {year}", last_of_month(year, 3 * quarter), "Q"),
        (f"{year}-Q{quarter}", last_of_month(year, 3 * quarter), "Q"),
        (f"{day:%Y-%m}", last_of_month(year, month), "M"),
        (f"{day:%B %Y}", last_of_month(year, month), "M"),
        (f"{day:%YM%m}", last_of_month(year, month), "M"),
        (f"H{(month + 5) // 6} {year}", last_of_month(year, 6 * ((month + 5) // 6)), "H"),
        (f"{week.year}-W{week.week:02d}", sunday, "W"),
        (f"three months ended {day:%B %-d, %Y}", day, "Q"),
    ]
    text, end, length = ways[style % len(ways)]
    found = read_period(text)
    assert found is not None
    assert (found.end, found.frequency) == (end, length), text


@given(some.integers(2001, 2090), some.integers(1, 12), some.sampled_from([3, 6, 9, 12]))
def test_a_fiscal_year_is_cut_into_whole_months(year: int, month: int, months: int) -> None:
    calendar = FiscalCalendar("", month, last_of_month(2001, month).day, None, False, "", "", 0)
    end = fiscal_end(calendar, year, months)
    count = 12 * (calendar.year_end(year).year - end.year) + month - end.month
    assert count == 12 - months
    assert months == 12 or end == last_of_month(end.year, end.month)
    text = read_period(f"Q{months // 3} FY{year % 100:02d}")
    assert text is not None
    assert text.on(calendar).end == end


@dataclass(frozen=True)
class Written:
    """A table as it was written: series, quarters and figures in millions."""

    names: list[str]
    quarters: list[int]
    values: list[list[int]]

    def figures(self) -> set[tuple[str, date, float]]:
        return {
            (f"capex_{name}", last_of_month(quarter // 4, 3 * (quarter % 4 + 1)), value * 1e4)
            for name, row in zip(self.names, self.values, strict=True)
            for quarter, value in zip(self.quarters, row, strict=True)
        }


@some.composite
def tables(draw: some.DrawFn) -> Written:
    words = some.sampled_from(["alpha", "beta", "gamma", "delta", "omega"])
    names = draw(some.lists(words, min_size=2, max_size=4, unique=True))
    first = draw(some.integers(4 * 2000, 4 * 2020))
    quarters = list(range(first, first + draw(some.integers(2, 6))))
    sizes = some.lists(some.integers(1, 10**8), min_size=len(quarters), max_size=len(quarters))
    return Written(names, quarters, [draw(sizes) for _ in names])


FORMATS = ("csv", "tsv", "semicolons", "utf-16", "cp1252", "xlsx", "json", "lines", "md", "html")


@settings(max_examples=60, deadline=None)
@given(tables(), some.sampled_from(["long", "down", "across"]), some.sampled_from(FORMATS))
def test_a_table_comes_back_however_it_is_written(
    written: Written, orientation: str, file_format: str
) -> None:
    problems: list[Problem] = []
    content = saved(laid_out(written, orientation), file_format)
    table = Table(OBSERVED, defaults={"unit": "million USD"})
    found = read_content("file", content, table, Known(), "capex", problems, problems)
    assert not problems
    observations = {
        (each.series_id, each.period_end, each.value)
        for row in found.rows
        if (each := read_observation(row, "USD"))
    }
    assert observations == written.figures()


def laid_out(written: Written, orientation: str) -> pd.DataFrame:
    """Return a table in an orientation, figures in millions with two decimals."""
    labels = [f"Q{quarter % 4 + 1} {quarter // 4}" for quarter in written.quarters]
    values = [[value / 100 for value in row] for row in written.values]
    wide = pd.DataFrame(values, index=pd.Index(written.names, name="Company"), columns=labels)
    if orientation == "across":
        return wide.reset_index()
    if orientation == "down":
        return wide.T.rename_axis("Quarter").reset_index().rename_axis(columns=None)
    return wide.reset_index().melt("Company", var_name="Quarter", value_name="Value")


def saved(frame: pd.DataFrame, file_format: str) -> bytes:
    """Return a table in a file format."""
    comma: dict[str, Any] = {"index": False, "sep": ";", "decimal": ",", "float_format": "%.2f"}
    rows = [list(frame.columns), ["---"] * len(frame.columns), *frame.values.tolist()]
    texts = {
        "csv": frame.to_csv(index=False),
        "tsv": frame.to_csv(index=False, sep="\t"),
        "semicolons": frame.to_csv(**comma),
        "json": frame.to_json(orient="records"),
        "lines": frame.to_json(orient="records", lines=True),
        "html": frame.to_html(index=False),
        "md": "\n".join(f"| {' | '.join(map(str, row))} |" for row in rows),
    }
    if file_format in texts:
        return texts[file_format].encode()
    if file_format != "xlsx":
        return texts["semicolons"].encode(file_format)
    book = openpyxl.Workbook()
    for row in [["Capital expenditure"], [], list(frame.columns), *frame.values.tolist()]:
        book.worksheets[0].append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@given(some.sampled_from(sorted(MONEY)), some.decimals(1, 10**6, places=2), some.booleans())
def test_a_code_of_money_before_a_figure_is_its_unit(
    code: str, value: Decimal, has_magnitude: bool
) -> None:
    text = f"{code} {value}{'m' if has_magnitude else ''}"
    figure, found = split_code(in_plain(text, "point"))
    assert figure.lstrip("$").startswith(str(value))
    assert found == ("" if code == "USD" else code)


@given(
    some.sampled_from(sorted(MONEY)),
    some.sampled_from([("k", 3), ("M", 6), ("G", 9)]),
    some.sampled_from(["/", " per ", " je "]),
)
def test_a_price_of_energy_in_any_money_is_known(
    code: str, prefix: tuple[str, int], per: str
) -> None:
    unit, factor = split_unit(f"{code}{per}{prefix[0]}Wh", NAMES)
    assert (unit, factor.adjusted()) == (f"{code}/Wh", -prefix[1])


@pytest.mark.parametrize("money", ["EUR", "€", "CHF", "SEK", "NOK", "DKK"])
def test_a_t_before_money_of_europe_is_thousands(money: str) -> None:
    assert split_unit(f"T{money}", NAMES) == split_unit(f"thousand {money}", NAMES)
    assert split_unit(f"{money}T", NAMES)[1] == 10**12


@given(
    DAYS,
    some.sampled_from(["AI in firms, {}", "{}: AI in firms", "Table 2025-3. Firms ({})"]),
)
def test_a_title_names_the_period_that_it_would_alone(day: date, title: str) -> None:
    month = f"{day:%B} {day.year}"
    assert period_in([title.format(month)]) == month
    made = ["Source: 2025", "© 2024", "Last update 2023"]
    assert period_in([title.format(month), *made]) == month
    assert period_in([title.format(month), "Base year 1949"]) == ""
