"""The days from which is forecast again, and what was known on each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from forecast.errors import InputError, Problem
from forecast.inputs.as_of import beliefs_as_of
from forecast.inputs.schema import Inputs
from forecast.money.group import LEADER, members
from forecast.money.reported import reported
from forecast.periods import month_end, quarter

FIRST_OF_MONEY = quarter("2016Q4")
FIRST_OF_MODEL = quarter("2023Q1")
FEWEST_QUARTERS = 2  # that a member of the money group has reported


def last_day(origin: int) -> date:
    """Return the last day of a quarter, on which its forecast is made."""
    return month_end(origin // 4, 3 * (origin % 4) + 3)


def known_by(inputs: Inputs, day: date) -> Inputs:
    """Return inputs without what was published after a day, with the beliefs of then, and without
    the vendors that had told nothing.

    Raises InputError where one of the five companies or NVIDIA had not reported by then.
    """
    then = replace(
        inputs,
        observations=tuple(each for each in inputs.observations if each.published <= day),
        guidance=tuple(each for each in inputs.guidance if each.published <= day),
    )
    then, _ = beliefs_as_of(then, day)
    silent = {
        name
        for name, driver in members(then).items()
        if len(reported(driver, then).quarters) < FEWEST_QUARTERS
    }
    if needed := sorted(silent & {LEADER, *members(then, "capex")}):
        found = f"nothing of {', '.join(needed)}"
        raise InputError(
            Problem("command line", str(day), found, "a day by which all had reported half a year")
        )
    drivers = {name: driver for name, driver in then.drivers.items() if name not in silent}
    return replace(then, drivers=drivers)
