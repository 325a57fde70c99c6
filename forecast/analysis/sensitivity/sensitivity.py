"""Which assumptions move a metric, and how far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from forecast.analysis.sensitivity.factors import (
    Question,
    ask,
    factors,
    grouped,
    identity,
    together,
)
from forecast.analysis.sensitivity.given_data import given_data
from forecast.analysis.sensitivity.sobol import sobol
from forecast.analysis.sensitivity.tornado import tornado
from forecast.beliefs import Array
from forecast.errors import Problem, did_you_mean
from forecast.result import OldResult, Result, Row, Run
from forecast.world.case import Case, run_of
from forecast.world.rows import metric_table, value_row

Method = Literal["tornado", "sobol", "given-data"]
METHODS: tuple[str, ...] = get_args(Method)


def sensitivity(case: Case, *, metric: str = "inference_share", **asked: Any) -> Result:
    """Return what `sensitivities` does for one metric, asked in the same way."""
    return sensitivities(case, (metric,), **asked)[0]


def sensitivities(
    case: Case,
    metrics: Sequence[str],
    *,
    period: str = "",
    method: Method = "tornado",
    group: bool = False,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> tuple[Result, ...]:
    """Return what moves each of some metrics at a period (the last year shown if empty), one row
    for each assumption, driver and random walk of the model discrepancy, or with `group` for each
    group.

    `tornado` moves each to its P10 and P90 on the conditioned ensemble, once for all metrics,
    `sobol` takes variance apart on the independent prior, `given-data` asks what knowing each would
    explain on the conditioned ensemble, where they hang together. `extra["base"]` is the metric's
    own row on the draws of the method. Raises InputError for an unknown method, metric or period,
    and for groups given data, which has no one value of a group to know.
    """
    problems = _problems(method, group)
    questions = [
        ask(
            case,
            metric,
            period,
            draws=draws,
            seed=seed,
            through=through,
            prior=method == "sobol",
            use_cache=use_cache,
            problems=problems,
        )
        for metric in metrics
    ]
    chosen = grouped(factors(case.inputs)) if group else factors(case.inputs)
    if method == "sobol":
        found = [sobol(each, chosen, case.settings, seed) for each in questions]
    elif method == "given-data":
        found = [given_data(each, chosen, seed) for each in questions]
    else:
        found = tornado(together(questions), chosen)
    run = run_of(case, draws, seed, through, started)
    return tuple(
        _result(run, question, method, group, rows, values)
        for question, (rows, values) in zip(questions, found, strict=True)
    )


def _result(
    run: Run, question: Question, method: str, group: bool, rows: Sequence[Row], values: Array
) -> Result:
    meaning = question.asked.meaning
    base = value_row(meaning, question.asked.period, values, "projected", None)
    return OldResult(
        "sensitivity",
        run,
        tuple(rows),
        question.warnings,
        {
            "metrics": metric_table([meaning]),
            "method": method,
            "base": base | identity(question, method, rows[0]["ensemble"]),
            "is_grouped": group,
        },
    )


def _problems(method: str, group: bool) -> list[Problem]:
    problems = []
    if method not in METHODS:
        expected, hint = ", ".join(METHODS), did_you_mean(method, METHODS)
        problems.append(Problem("command line", f"--method {method}", method, expected, hint))
    if group and method == "given-data":
        found, expected = "groups, which have no one value", "--method tornado or sobol for groups"
        problems.append(Problem("command line", "--group", found, expected))
    return problems
