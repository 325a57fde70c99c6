"""Two assumptions or drivers at once: the metric over a grid of both."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.analysis.sensitivity.factors import (
    DISCREPANCY,
    Factor,
    ask,
    factors,
    identity,
    of_draws,
    quantile_paths,
    value_at,
)
from forecast.analysis.sensitivity.tornado import FEWEST_MOVED
from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.result import PERCENTILES, OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.rows import metric_table, plain, value_row


def two_way(
    case: Case,
    keys: tuple[str, str],
    *,
    metric: str = "inference_share",
    period: str = "",
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return the metric at a period for each pair of values of two assumptions or drivers, each at
    its conditioned P5, P10, P25, P50, P75, P90 and P95, everything else on its draws.

    Rows: `first` and `second` are the keys, `first_percentile` and `first_value` (and second) where
    they stand, and percentiles of the metric as in a projection. Raises InputError for an unknown
    key, metric or period, for one key twice, and for a key without a range.
    """
    known = {each.name: each for each in factors(case.inputs) if each.group != DISCREPANCY}
    question = ask(
        case,
        metric,
        period,
        draws=draws,
        seed=seed,
        through=through,
        use_cache=use_cache,
        problems=_key_problems(keys, known),
    )
    chosen = [known[key] for key in keys]
    paths = [quantile_paths(question, each.name, PERCENTILES) for each in chosen]
    own = [
        [plain(float(value_at(question, each.name, path)[0])) for path in mine]
        for each, mine in zip(chosen, paths, strict=True)
    ]
    _check_ranges(keys, own)
    whole = question.after([])[0]
    few = of_draws(question, evenly_ranked(whole, max(FEWEST_MOVED, whole.size // 4)))
    pairs = [(i, j) for i in range(len(PERCENTILES)) for j in range(len(PERCENTILES))]
    found = few.after([{keys[0]: paths[0][i], keys[1]: paths[1][j]} for i, j in pairs])
    meaning, at = question.asked.meaning, question.asked.period
    rows: list[Row] = []
    for (i, j), values in zip(pairs, found[1:], strict=True):
        place: Row = {
            "first": keys[0],
            "first_percentile": PERCENTILES[i],
            "first_value": own[0][i],
            "first_unit": chosen[0].unit,
            "second": keys[1],
            "second_percentile": PERCENTILES[j],
            "second_value": own[1][j],
            "second_unit": chosen[1].unit,
            **identity(question, "grid", "conditioned"),
        }
        rows.append(place | value_row(meaning, at, values, "projected", None))
    base = value_row(meaning, at, whole, "projected", None)
    return OldResult(
        "sensitivity",
        run_of(case, draws, seed, through, started),
        tuple(rows),
        question.warnings,
        {
            "metrics": metric_table([meaning]),
            "method": "grid",
            "base": base | identity(question, "grid", "conditioned"),
            "keys": keys,
        },
    )


def evenly_ranked(metric: Array, size: int) -> NDArray[np.intp]:
    """Return the positions of at most `size` draws, in rising order of a metric, (draws,), one from
    the middle of each of as many equal shares of its ranks."""
    ranked = np.argsort(metric, kind="stable")
    size = min(size, metric.size)
    middles = (2 * np.arange(size) + 1) * metric.size // (2 * size)
    return ranked[middles]


def _key_problems(keys: tuple[str, str], known: Mapping[str, Factor]) -> list[Problem]:
    problems = [
        Problem(
            "command line",
            f"--grid {key}",
            "no assumption or driver has this name",
            "one that `forecast assumptions list` shows",
            did_you_mean(key, known),
        )
        for key in dict.fromkeys(keys)
        if key not in known
    ]
    if keys[0] == keys[1]:
        problems.append(
            Problem("command line", f"--grid {' '.join(keys)}", "one key twice", "two keys")
        )
    return problems


def _check_ranges(keys: tuple[str, str], own: list[list[float]]) -> None:
    problems = [
        Problem(
            "command line",
            f"--grid {key}",
            f"a fixed value, {values[0]:g}",
            "an assumption with a range",
        )
        for key, values in zip(keys, own, strict=True)
        if np.ptp(values) == 0.0
    ]
    if problems:
        raise InputError(problems)
