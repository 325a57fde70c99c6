"""What would break the thesis: each risk's effect on the horizon, draw by draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.analysis.scenarios.variants import Variants, variants
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Scenario
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.evaluate import model_graph
from forecast.world.rows import event_row, metric_table, moved, plain, probability_up
from forecast.world.samples import Taken
from forecast.world.timeline import Timeline

METRICS = ("inference_share", "chip_spend", "ai_power_capacity")
LEADERS = ("training_compute", "inference_compute")
CROSSOVER = ("crossover", "")


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
    scenarios = risky(case.inputs)
    asked: dict[str, Any] = {"draws": draws, "seed": seed, "through": through}
    keys = risk_keys(case.timeline(through))
    found = variants(case, scenarios, keys, use_cache=use_cache, **asked)
    return weighed(case, found, started=started, **asked)


def risky(inputs: Inputs) -> list[Scenario]:
    """Return the scenarios with a judged probability. Raises InputError if there is none."""
    found = [each for each in inputs.scenarios.values() if each.probability is not None]
    if not found:
        expected = "a scenario with a probability"
        raise InputError(Problem("assumptions/scenarios", "probability", "none", expected))
    return found


def risk_keys(timeline: Timeline) -> list[tuple[str, str]]:
    """Return what risks are judged by, for `variants`: METRICS in the last whole year, both sides
    of the split at the horizon, and the crossover."""
    at_the_end = [(name, timeline.periods[-1]) for name in LEADERS]
    return [*((name, timeline.years[-1]) for name in METRICS), *at_the_end, CROSSOVER]


def weighed(
    case: Case, found: Variants, *, draws: int, seed: int, through: str, started: str = ""
) -> Result:
    """Return what `risks` returns, from variants of a case that hold `risk_keys`."""
    timeline, base = case.timeline(through), found.base
    period = timeline.years[-1]

    def effect(scenario: Scenario) -> float:
        after = found.scenarios[scenario.name]
        return float(np.median(moved(base["chip_spend", period], after["chip_spend", period])))

    rows = [
        row
        for scenario in sorted(risky(case.inputs), key=effect)
        for row in _rows(scenario, base, found.scenarios[scenario.name], timeline)
    ]
    nodes = model_graph().nodes
    return OldResult(
        "risks",
        run_of(case, draws, seed, through, started),
        tuple(rows),
        found.warnings,
        {"metrics": metric_table([nodes[name].meaning for name in (*METRICS, "crossover")])},
    )


def _rows(scenario: Scenario, base: Taken, changed: Taken, timeline: Timeline) -> list[Row]:
    period, both = timeline.years[-1], (base, changed)
    rows = [_metric_row(scenario, base, changed, name, period) for name in METRICS]
    meaning = model_graph().nodes["crossover"].meaning
    before, after = (event_row(meaning, each[CROSSOVER]) for each in both)
    rows.append(
        _head(scenario, "crossover", None, "date", "event")
        | {"base_p50": before["p50"], "changed_p50": after["p50"]}
        | {
            "base_probability_never": before["probability_never"],
            "changed_probability_never": after["probability_never"],
        }
    )
    training, inference = ((name, timeline.periods[-1]) for name in LEADERS)
    leads = [plain(float(np.mean(each[training] > each[inference]))) for each in both]
    row = _head(scenario, "training_leads", period, "share", "event")
    rows.append(row | {"base_p50": leads[0], "changed_p50": leads[1]})
    return rows


def _metric_row(scenario: Scenario, base: Taken, changed: Taken, name: str, period: str) -> Row:
    meaning = model_graph().nodes[name].meaning
    before, after = base[name, period], changed[name, period]
    change = moved(before, after)
    row = _head(scenario, name, period, meaning.unit, meaning.kind)
    row["base_p50"] = plain(float(np.median(before)))
    row["changed_p50"] = plain(float(np.median(after)))
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
