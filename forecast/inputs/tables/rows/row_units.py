"""The units of rows that were read: those that are missing or unknown are told once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.cells.unit_texts import is_magnitude
from forecast.inputs.tables.rows.files import ReadFile
from forecast.inputs.tables.tables import Row
from forecast.multiples import split_unit
from forecast.units import MONEY, NAMES, UNITS

_ASK = "Say it with --unit UNIT, such as --unit 'million USD', %, GW or users."
_RATE = "Annual rates are no sums: a quarter holds about a fourth of one."
# What is no unit, by a sign in it: money of several countries, shares, joules.
_NO_UNITS = {
    "¥": "Say which yen or yuan they are, with --unit JPY or --unit CNY.",
    "元": "Say which yuan or dollars they are, with --unit CNY or --unit TWD.",
    "margin": "--skip-bad leaves out what is no money.",
    "share": "--skip-bad leaves out what counts shares.",
    "/h": "Say what an hour is of: --unit USD/chip-hour is of an accelerator.",
    "$": "It is no money that is known: convert it to USD, EUR or another.",
    "J": "Joules are no unit here: 3.6 PJ are one TWh.",
    "joule": "Joules are no unit here: 3.6 PJ are one TWh.",
}
_OF_A_YEAR = re.compile(r"\b(?:constant|chained|real|PPP)\b", re.I)


def base_unit(text: str) -> str:
    """Return the unit that a text states in any multiple, "" if it is none that is known."""
    try:
        return split_unit(text, NAMES)[0]
    except ValueError:
        return ""


def settle_units(
    read: ReadFile, inputs: Inputs, problems: list[Problem], flawed: list[Problem]
) -> None:
    """Give rows that state no unit that of their series; ask once for that of a new series, and
    refuse one that is not known once for all its rows.

    Where other rows of a table state theirs, those that lack one are flaws, which may be skipped.
    """
    lacking = [row for row in read.rows if row.good and is_magnitude(row.values["unit"])]
    for row in lacking:
        name = row.values["series_id"]
        if name in inputs.series:
            row.values["unit"] = f"{row.values['unit']} {inputs.series[name].unit}".strip()
    new = [row for row in lacking if row.values["series_id"] not in inputs.series]
    if new and read.layout is not None and not any(_is_assumed(row) for row in new):
        name = new[0].values["series_id"]
        problem = Problem(
            read.layout.place, "unit", f"{new[0].values['unit'] or 'none'} for {name}",
            "a unit of its figures", _ASK,
        )  # fmt: skip
        if len(new) == len(read.rows):
            problems.append(problem)
            read.rows.clear()
        else:
            place = new[0].place
            flawed.append(replace(problem, place=place, hint=f"{_ASK} --skip-bad leaves it out."))
            for row in new:
                row.good = False
    _refuse_unknown(read.rows, inputs)


def _is_assumed(row: Row) -> bool:
    return bool(row.values.get("assumed", "").strip())


def _refuse_unknown(rows: Iterable[Row], inputs: Inputs) -> None:
    unknown: set[str] = set()
    for row in rows:
        unit, name = row.values["unit"], row.values["series_id"]
        base, series = base_unit(unit), inputs.series.get(name)
        is_other_money = series is not None and base != series.unit and {base, series.unit} <= MONEY
        if not row.good or (base and not is_other_money):
            continue
        if unit not in unknown:
            unknown.add(unit)
            if series:
                own = f"--series {name}={name}_{base.lower()}"
                hint = f"It is a series of its own, with {own}." if is_other_money else ""
                hint = hint or (_RATE if base == f"{series.unit}/year" else "")
                row.complain("unit", unit, f"{series.unit}, the unit of the series", hint)
            else:
                row.complain("unit", unit, "a known unit", _hint(unit))
        row.good = False


def _hint(unit: str) -> str:
    """Return which option takes figures in a unit that is not known."""
    if _OF_A_YEAR.search(unit):
        return "As dollars of their day they are taken with --unit USD."
    if told := next((hint for sign, hint in _NO_UNITS.items() if sign in unit), ""):
        return told
    return did_you_mean(unit, UNITS) or _ASK
