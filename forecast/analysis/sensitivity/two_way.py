"""Two assumptions or drivers at once: the metric over a grid of both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.sensitivity.factors import (
    DISCREPANCY,
    Factor,
    factors,
    quantile_paths,
    value_at,
)
from forecast.analysis.sensitivity.subject import About, OfMetric, about, read_metrics, shortened
from forecast.analysis.sensitivity.tornado import FEWEST_MOVED
from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.names import Match, find
from forecast.result import DEFAULT, MERGED, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.rows import ValueRow, plain, value_row
from forecast.world.world import World

STOPS = (5, 10, 25, 50, 75, 90, 95)  # percentiles of a key that a grid shows


@dataclass(frozen=True)
class CellRow:
    """The metric where two keys stand at percentiles of their own."""

    first: str
    first_percentile: int
    first_value: float
    first_unit: str
    second: str
    second_percentile: int
    second_value: float
    second_unit: str
    about: About = field(metadata=MERGED)
    metric: ValueRow = field(metadata=MERGED)


@dataclass(frozen=True)
class TwoWay(OfMetric):
    """A metric over a grid of two keys, the second one's values within each of the first."""

    rows: tuple[CellRow, ...]
    keys: tuple[str, str]


@dataclass(frozen=True)
class Stop:
    """Where a key stands: at a percentile, on a path, (1, quarters) or (1, 1), with its own value
    at the period."""

    factor: Factor
    percentile: int
    path: Array
    value: float


def two_way(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    keys: tuple[str, str],
    metric: str = "inference_share",
    period: str = "",
) -> TwoWay:
    """Return the metric at a period for each pair of values of two assumptions or drivers, each at
    its conditioned P5, P10, P25, P50, P75, P90 and P95, everything else on its draws.

    Raises InputError for an unknown key, metric or period, for one key twice, and for a key without
    a range.
    """
    known = {each.name: each for each in factors(case.inputs) if each.group != DISCREPANCY}
    first, second = (find(key, {name: x.title for name, x in known.items()}) for key in keys)
    keys = first.name or first.text, second.name or second.text
    timeline, problems = case.timeline(options.through), _key_problems(keys, (first, second))
    (at,) = read_metrics([metric], period, case.inputs, timeline, problems)
    world = shortened(open_world(case, options), [at])
    stops = [_stops(world, known[key], at.period) for key in keys]
    _check_ranges(stops)
    whole = world.at(*at.key)
    few = world.of_draws(evenly_ranked(whole, max(FEWEST_MOVED, whole.size // 4)))
    pairs = list(product(*stops))
    moves = [{each.factor.name: each.path for each in pair} for pair in pairs]
    rows = tuple(
        CellRow(
            first=first.factor.name,
            first_percentile=first.percentile,
            first_value=first.value,
            first_unit=first.factor.unit,
            second=second.factor.name,
            second_percentile=second.percentile,
            second_value=second.value,
            second_unit=second.factor.unit,
            about=about(at, "grid"),
            metric=value_row(at.meaning, at.period, taken[at.key], "projected", None),
        )
        for (first, second), taken in zip(pairs, few.after(moves, [at.key])[1:], strict=True)
    )
    return TwoWay(
        command="sensitivity",
        run=run_of(case, options),
        rows=rows,
        warnings=world.warnings,
        title=at.meaning.title,
        base=value_row(at.meaning, at.period, whole, "projected", None),
        keys=keys,
    )


def _stops(world: World, factor: Factor, period: str) -> list[Stop]:
    """Return where a key stands at each of STOPS."""
    paths = quantile_paths(world, factor.name, STOPS)
    return [
        Stop(factor, each, path, plain(float(value_at(world, factor.name, period, path)[0])))
        for each, path in zip(STOPS, paths, strict=True)
    ]


def evenly_ranked(metric: Array, size: int) -> NDArray[np.intp]:
    """Return the positions of at most `size` draws, in rising order of a metric, (draws,), one from
    the middle of each of as many equal shares of its ranks."""
    ranked = np.argsort(metric, kind="stable")
    size = min(size, metric.size)
    middles = (2 * np.arange(size) + 1) * metric.size // (2 * size)
    return ranked[middles]


def _key_problems(keys: tuple[str, str], found: tuple[Match, Match]) -> list[Problem]:
    expected = "one that `forecast assumptions list` shows"
    problems = [
        each.problem("command line", f"--grid {each.text}", "assumption or driver", expected)
        for each in {match.text: match for match in found}.values()
        if each.name is None
    ]
    if keys[0] == keys[1]:
        problems.append(
            Problem("command line", f"--grid {' '.join(keys)}", "one key twice", "two keys")
        )
    return problems


def _check_ranges(stops: Sequence[Sequence[Stop]]) -> None:
    problems = [
        Problem(
            "command line",
            f"--grid {first.factor.name}",
            f"a fixed value, {first.value:g}",
            "an assumption with a range",
        )
        for first, *rest in stops
        if all(each.value == first.value for each in rest)
    ]
    if problems:
        raise InputError(problems)
