"""What would break the thesis: each risk's effect on the horizon, draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.analysis.case import Case, run_of
from forecast.analysis.draws import Ensemble
from forecast.analysis.ensemble import build_ensemble
from forecast.analysis.evaluate import at_period, evaluate, model_graph, with_parts
from forecast.analysis.grid import Grid
from forecast.analysis.overrides import apply_settings
from forecast.analysis.summary import event_row, metric_table, moved, plain, probability_up
from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Scenario, Setting
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import Result, Row

METRICS = ("inference_share", "chip_spend", "ai_power_capacity")


@dataclass(frozen=True)
class Outcome:
    """A case at its horizon: draws of METRICS and of whether training leads, (draws,), and the
    quarter of the crossover, infinite where there is none."""

    metrics: dict[str, Array]
    training_leads: Array
    crossover: Array


def risks(
    case: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return what each scenario with a judged probability does to the case, on the same draws.

    Rows: for each risk one row for each of METRICS at the last whole year, one for `crossover` and
    one for `training_leads` (the share of draws in which training holds more compute at the
    horizon). `base_p50` and `changed_p50` are medians, `difference_*` percentiles of the change
    draw by draw, `probability_up` the share of draws in which it rises, no change counting half.
    Risks come in order of what they do to chip spend. Raises InputError without such scenarios.
    """
    scenarios = [each for each in case.inputs.scenarios.values() if each.probability is not None]
    if not scenarios:
        expected = "a scenario with a probability"
        raise InputError(Problem("assumptions/scenarios", "probability", "none", expected))
    grid = _long_enough(case.grid(through), scenarios)
    ensemble = build_ensemble(case, grid, draws, seed, use_cache=use_cache)
    base, warnings = _outcome(case, ensemble, grid, case.settings)
    found = []
    for scenario in scenarios:
        changed, _ = _outcome(case, ensemble, grid, (*case.settings, *scenario.settings))
        found.append((scenario, changed))
    found.sort(key=lambda pair: float(np.median(_change(base, pair[1], "chip_spend"))))
    period = grid.years[-1]
    rows = [row for scenario, changed in found for row in _rows(scenario, base, changed, period)]
    nodes = model_graph().nodes
    return Result(
        "risks",
        run_of(case, draws, seed, through, started),
        tuple(rows),
        (*ensemble.report["warnings"], *warnings),
        {"metrics": metric_table([nodes[name].meaning for name in (*METRICS, "crossover")])},
    )


def _long_enough(grid: Grid, scenarios: Sequence[Scenario]) -> Grid:
    """Return a grid that simulates every quarter that a scenario speaks of; it shows no more."""
    last = max(
        (quarter(each.period) for risk in scenarios for each in risk.settings if each.period),
        default=0,
    )
    return replace(grid, size=max(grid.size, last - FIRST_QUARTER + 1))


def _outcome(
    case: Case, ensemble: Ensemble, grid: Grid, settings: tuple[Setting, ...]
) -> tuple[Outcome, tuple[str, ...]]:
    changed, warnings = apply_settings(case.inputs, ensemble, grid, settings)
    wanted = with_parts((*METRICS, "training_compute", "inference_compute")) | {"crossover"}
    values = evaluate(case.inputs, ensemble, grid, wanted, changed=changed)
    last = grid.horizon - 1
    leads = values["training_compute"][:, last] > values["inference_compute"][:, last]
    metrics = {name: at_period(values, name, grid.years[-1]) for name in METRICS}
    return Outcome(metrics, leads.astype(np.float64), values["crossover"][:, 0]), warnings


def _change(base: Outcome, changed: Outcome, metric: str) -> Array:
    return moved(base.metrics[metric], changed.metrics[metric])


def _rows(scenario: Scenario, base: Outcome, changed: Outcome, period: str) -> list[Row]:
    rows = [_metric_row(scenario, base, changed, name, period) for name in METRICS]
    meaning = model_graph().nodes["crossover"].meaning
    before, after = (event_row(meaning, each.crossover) for each in (base, changed))
    rows.append(
        _head(scenario, "crossover", None, "date", "event")
        | {"base_p50": before["p50"], "changed_p50": after["p50"]}
        | {
            "base_probability_never": before["probability_never"],
            "changed_probability_never": after["probability_never"],
        }
    )
    leads = [plain(float(each.training_leads.mean())) for each in (base, changed)]
    row = _head(scenario, "training_leads", period, "share", "event")
    rows.append(row | {"base_p50": leads[0], "changed_p50": leads[1]})
    return rows


def _metric_row(scenario: Scenario, base: Outcome, changed: Outcome, name: str, period: str) -> Row:
    meaning = model_graph().nodes[name].meaning
    change = _change(base, changed, name)
    row = _head(scenario, name, period, meaning.unit, meaning.kind)
    row["base_p50"] = plain(float(np.median(base.metrics[name])))
    row["changed_p50"] = plain(float(np.median(changed.metrics[name])))
    for percentile, value in zip((10, 50, 90), np.percentile(change, (10, 50, 90)), strict=True):
        row[f"difference_p{percentile}"] = plain(float(value))
    row["probability_up"] = probability_up(change)
    return row


def _head(scenario: Scenario, metric: str, period: str | None, unit: str, kind: str) -> Row:
    return {
        "scenario": scenario.name,
        "title": scenario.title,
        "probability": scenario.probability,
        "metric": metric,
        "period": period,
        "unit": unit,
        "kind": kind,
        "base_p50": None,
        "changed_p50": None,
        "difference_p10": None,
        "difference_p50": None,
        "difference_p90": None,
        "probability_up": None,
        "base_probability_never": None,
        "changed_probability_never": None,
    }
