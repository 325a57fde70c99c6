"""Which points a sweep visits: keys, each with a range, on a grid or spread by a Sobol sequence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, get_args

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.prior import stream
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Setting
from forecast.inputs.setting_values import assignment
from forecast.inputs.settings import known_keys
from forecast.world.case import read_settings
from forecast.world.rows import plain

Kind = Literal["grid", "sobol"]
KINDS: tuple[str, ...] = get_args(Kind)
STEPS, POINTS = 5, 64  # where nobody says how many
MOST_POINTS = 100_000
FORM = "KEY=LOW..HIGH or KEY@PERIOD=LOW..HIGH:STEPS, such as agent_penetration@2028=10%..60%:6"
_AXIS = re.compile(r"^(?P<name>[^=]+)=(?P<low>.+?)\.\.(?P<high>.+?)(?::(?P<steps>[^:]*))?$")


@dataclass(frozen=True)
class Axis:
    """A key, with its period if it has one, from `low` to `high` in its unit; `steps` values on a
    grid."""

    name: str
    low: Setting
    high: float
    steps: int
    unit: str

    def setting(self, value: float) -> Setting:
        """Return the setting that puts the key at a value."""
        return replace(
            self.low, value=value, text=assignment(self.name, f"{value:g}"), origin="--vary"
        )


def read_axes(texts: Sequence[str], inputs: Inputs, problems: list[Problem]) -> list[Axis]:
    """Return the axes that `--vary` names; what is wrong with them is added to `problems`."""
    if not texts:
        problems.append(Problem("command line", "--vary", "nothing to vary", FORM))
    axes = []
    for text in texts:
        try:
            axes.append(_read_axis(text, inputs))
        except InputError as error:
            problems += [replace(each, subject=f"--vary {text}") for each in error.problems]
    names = [axis.name for axis in axes]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.append(Problem("command line", f"--vary {name}", "one key twice", "each key once"))
    return axes


def _read_axis(text: str, inputs: Inputs) -> Axis:
    """Return one axis. Raises InputError with all that is wrong with it."""
    match = _AXIS.match(text.strip())
    if match is None:
        raise InputError(Problem("command line", "", repr(text), FORM))
    name = match["name"].strip()
    found: list[Setting] = []
    problems: dict[str, Problem] = {}
    for end in ("low", "high"):
        try:
            found += read_settings([assignment(name, match[end].strip())], inputs)
        except InputError as error:
            problems |= {each.found: each for each in error.problems}
    steps = _steps(match["steps"], problems)
    if len(found) == 2:
        problems |= {each.found: each for each in _range_problems(found, inputs)}
    if problems:
        raise InputError(problems.values())
    low, high = found
    unit = known_keys(inputs.assumptions, inputs.drivers)[low.key].unit
    return Axis(name, low, high.value, steps, unit)


def _steps(text: str | None, problems: dict[str, Problem]) -> int:
    if text is None:
        return STEPS
    if text.isascii() and text.isdigit() and 2 <= int(text) <= MOST_POINTS:
        return int(text)
    problems[text] = Problem("command line", "", f":{text}", "a whole number of steps from 2")
    return STEPS


def _range_problems(ends: Sequence[Setting], inputs: Inputs) -> list[Problem]:
    low, high = ends
    problems = []
    if any(end.operation != "replace" for end in ends):
        expected = "values, from the lower to the higher"
        problems.append(Problem("command line", "", "a change (x2, delay-1y)", expected))
    elif low.value >= high.value:
        found, expected = "a range that does not rise", "the lower value first"
        problems.append(Problem("command line", "", found, expected))
    if low.key in inputs.drivers and not low.period:
        found = "no date for a path that changes with time"
        problems.append(Problem("command line", "", found, f"{low.key}@2028=LOW..HIGH"))
    return problems


def check_design(
    kind: str, points: int | None, axes: Sequence[Axis], problems: list[Problem]
) -> None:
    """Add to `problems` what is wrong with a kind of design and its number of points."""
    if kind not in KINDS:
        expected, hint = " or ".join(KINDS), did_you_mean(kind, KINDS)
        problems.append(Problem("command line", f"--design {kind}", kind, expected, hint))
    if points is not None and kind == "grid":
        expected = "STEPS in each --vary, or --design sobol"
        problems.append(Problem("command line", "--points", "a number for a grid", expected))
    count = float(np.prod([float(axis.steps) for axis in axes])) if kind == "grid" else points or 1
    if not 1 <= count <= MOST_POINTS:
        expected = f"1 to {MOST_POINTS:,}"
        problems.append(Problem("command line", "--points", f"{count:,.0f} points", expected))


def design_points(kind: Kind, points: int | None, axes: Sequence[Axis], seed: int) -> Array:
    """Return the values of each axis at each point, (points, axes).

    A grid takes equal steps, the last axis fastest; a scrambled Sobol sequence spreads its points
    evenly over the ranges.
    """
    if kind == "grid":
        values = [np.linspace(axis.low.value, axis.high, axis.steps) for axis in axes]
        found = np.array(list(product(*values)))
    else:
        from scipy.stats import qmc

        wanted = points or POINTS
        sequence = qmc.Sobol(len(axes), scramble=True, rng=stream(seed, "sweep"))
        unit = sequence.random_base2(max(0, (wanted - 1).bit_length()))[:wanted]
        low = np.array([axis.low.value for axis in axes])
        found = low + unit * (np.array([axis.high for axis in axes]) - low)
    return np.array([[plain(float(value)) for value in point] for point in found])
