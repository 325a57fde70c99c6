"""The units of rows that were read: those that are missing or unknown are told once."""

from __future__ import annotations

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.files import ReadFile
from forecast.inputs.tables.tables import Row
from forecast.inputs.tables.unit_texts import is_magnitude
from forecast.multiples import split_unit
from forecast.units import NAMES, UNITS


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
    refuse one that is not known once for all its rows."""
    lacking = [row for row in read.rows if row.good and is_magnitude(row.values["unit"])]
    for row in lacking:
        name = row.values["series_id"]
        if name in inputs.series:
            row.values["unit"] = f"{row.values['unit']} {inputs.series[name].unit}".strip()
    new = [row for row in lacking if row.values["series_id"] not in inputs.series]
    if (
        new
        and read.layout is not None
        and not any(row.values.get("assumed", "").strip() for row in new)
    ):
        name = new[0].values["series_id"]
        hint = "Say it with --unit UNIT, such as --unit 'million USD', %, GW or users."
        found = f"{new[0].values['unit'] or 'none'} for {name}"
        problems.append(Problem(read.layout.place, "unit", found, "a unit of its figures", hint))
        read.rows.clear()
    unknown: dict[str, Row] = {}
    for row in read.rows:
        unit = row.values["unit"]
        if not row.good or base_unit(unit):
            continue
        if unit not in unknown:
            unknown[unit] = row
            series = inputs.series.get(row.values["series_id"])
            if series:
                row.complain("unit", unit, f"{series.unit}, the unit of the series")
            else:
                row.complain("unit", unit, "a known unit", did_you_mean(unit, UNITS))
        row.good = False
