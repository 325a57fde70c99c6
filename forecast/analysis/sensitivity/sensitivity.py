"""Which assumptions move a metric, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import get_args

from forecast.analysis.sensitivity.factors import factors, grouped
from forecast.analysis.sensitivity.given_data import given_data, ranking
from forecast.analysis.sensitivity.rows import BarRow, IndexRow
from forecast.analysis.sensitivity.sobol import sobol
from forecast.analysis.sensitivity.subject import Method, OfMetric, read_metrics
from forecast.analysis.sensitivity.tornado import tornado
from forecast.beliefs import Array
from forecast.errors import Problem, did_you_mean
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.rows import value_row

METHODS: tuple[str, ...] = get_args(Method)


@dataclass(frozen=True)
class Sensitivity(OfMetric):
    """What moves a metric, the strongest first by its method: bars of a tornado, or shares of
    variance."""

    rows: tuple[BarRow | IndexRow, ...]
    method: Method
    is_grouped: bool

    @property
    def bars(self) -> list[BarRow]:
        """The rows of a tornado."""
        return [row for row in self.rows if isinstance(row, BarRow)]

    @property
    def indices(self) -> list[IndexRow]:
        """The rows of shares of variance."""
        return [row for row in self.rows if isinstance(row, IndexRow)]


def sensitivity(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    metric: str = "inference_share",
    period: str = "",
    method: Method = "tornado",
    group: bool = False,
) -> Sensitivity:
    """Return what `sensitivities` does for one metric, asked in the same way."""
    return sensitivities(
        case, options, metrics=(metric,), period=period, method=method, group=group
    )[0]


def sensitivities(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    metrics: Sequence[str],
    period: str = "",
    method: Method = "tornado",
    group: bool = False,
) -> tuple[Sensitivity, ...]:
    """Return what moves each of some metrics at a period (the last year shown if empty), one row
    for each assumption, driver and random walk of the model discrepancy, or with `group` for each
    group.

    `tornado` moves each to its P10 and P90 on the conditioned ensemble, once for all metrics,
    `sobol` takes variance apart on the independent prior, `given-data` asks what knowing each would
    explain on the conditioned ensemble, where they hang together. Raises InputError for an unknown
    method, metric or period, and for groups given data, which has no one value of a group to know.
    """
    timeline = case.timeline(options.through)
    asked = read_metrics(metrics, period, case.inputs, timeline, _problems(method, group))
    world = open_world(case, options, prior=method == "sobol")
    chosen = grouped(factors(case.inputs)) if group else factors(case.inputs)
    found: Sequence[tuple[Sequence[BarRow | IndexRow], Array]]
    if method == "sobol":
        found = [sobol(world, at, chosen, options.seed) for at in asked]
    elif method == "given-data":
        found = [given_data(world, at, chosen, options.seed) for at in asked]
    else:
        found = tornado(world, asked, chosen)
    return tuple(
        Sensitivity(
            command="sensitivity",
            run=run_of(case, options),
            rows=tuple(rows),
            warnings=world.warnings,
            title=at.meaning.title,
            base=value_row(at.meaning, at.period, draws, "projected", None),
            method=method,
            is_grouped=group,
        )
        for at, (rows, draws) in zip(asked, found, strict=True)
    )


def ranked_tornadoes(
    case: Case, options: RunOptions = DEFAULT, *, metrics: Sequence[str]
) -> tuple[Sensitivity, ...]:
    """Return the tornado of each metric at the last year shown with its bars in the order that
    every page has, of what knowing each would explain (`given_data.ranking`), whatever their
    length."""
    asked = read_metrics(metrics, "", case.inputs, case.timeline(options.through), [])
    world, chosen = open_world(case, options), factors(case.inputs)
    found = []
    for at, each in zip(asked, sensitivities(case, options, metrics=metrics), strict=True):
        order = [factor.name for factor, _ in ranking(world, at, chosen)]
        rows = sorted(each.bars, key=lambda row: order.index(row.assumption))
        found.append(replace(each, rows=tuple(rows)))
    return tuple(found)


def _problems(method: str, group: bool) -> list[Problem]:
    problems = []
    if method not in METHODS:
        expected, hint = ", ".join(METHODS), did_you_mean(method, METHODS)
        problems.append(Problem("command line", f"--method {method}", method, expected, hint))
    if group and method == "given-data":
        found, expected = "groups, which have no one value", "--method tornado or sobol for groups"
        problems.append(Problem("command line", "--group", found, expected))
    return problems
