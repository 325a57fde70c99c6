"""What each target does to the forecast: conditioning again without it, from the same prior draws.

The noise of the targets that stay is the same too, so that a difference is the target's doing and
not sampling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.beliefs import Array, into_scale
from forecast.ensemble.targets import Datum
from forecast.inputs.schema import Inputs
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import (
    Start,
    build_ensemble,
    conditioned_state,
    conditioning_start,
    natural_band,
    target_rows,
)
from forecast.world.evaluate import (
    at_period,
    base_references,
    evaluate,
    model_graph,
    with_parts,
)
from forecast.world.rows import metric_table, plain
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

HEADLINE = ("inference_share", "chip_spend", "compute_stock")
PERCENTILES = (10, 50, 90)
CONFLICT = 3.0  # standard errors beyond which a target and the rest contradict each other


@dataclass(frozen=True)
class Conditioning:
    """One conditioning: predicted data (data, draws) in their scale, and the headline metrics'
    draws, (draws,), at the horizon."""

    predicted: Array
    headline: dict[str, Array]


def leave_one_target_out(
    case: Case,
    *,
    draws: int = 2048,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return how the headline metrics at the horizon depend on each target.

    Rows hold P10, P50 and P90 with all targets (`target` is None) and without each, the strongest
    first; `targets` in the result's extra holds each datum as observed, before conditioning, as
    modelled, and as modelled without its own target. Raises InputError for a horizon in the history
    or a setting that cannot be applied.
    """
    inputs, timeline = case.inputs, case.timeline(through)
    prior = build_ensemble(case, timeline, draws, seed, prior=True, use_cache=use_cache)
    start = conditioning_start(inputs, prior, timeline)
    everything = list(range(len(start.data)))
    names = list(dict.fromkeys(datum.target for datum in start.data))

    def without(name: str | None) -> Conditioning:
        kept = [index for index in everything if start.data[index].target != name]
        return _conditioned(case, prior, start, seed, kept, through)

    whole, left_out = without(None), {name: without(name) for name in names}
    rows = _effect_rows(whole, left_out, through)
    data = _data_rows(start, whole, left_out)
    return OldResult(
        command="assumptions targets",
        run=run_of(case, draws, seed, through, started),
        rows=tuple(rows),
        warnings=(*prior.report["warnings"], *_conflicts(data)),
        extra={
            "targets": data,
            "roles": role_rows(inputs),
            "metrics": metric_table([model_graph().nodes[name].meaning for name in HEADLINE]),
        },
    )


def _conditioned(
    case: Case, prior: Ensemble, start: Start, seed: int, kept: Sequence[int], through: str
) -> Conditioning:
    state = conditioned_state(start, seed, kept)
    ensemble = start.ensemble_of(prior, state)
    references = base_references(case.inputs, ensemble, start.timeline)
    ensemble = replace(ensemble, references=references)
    headline = _headline(case, ensemble, start.timeline, through)
    return Conditioning(start.predict(state), headline)


def _headline(case: Case, ensemble: Ensemble, timeline: Timeline, through: str) -> dict[str, Array]:
    changed, _ = apply_settings(case.inputs, ensemble, timeline, case.settings)
    values = evaluate(case.inputs, ensemble, timeline, with_parts(HEADLINE), changed=changed)
    return {name: at_period(values, name, through) for name in HEADLINE}


def _effect_rows(
    whole: Conditioning, left_out: Mapping[str, Conditioning], through: str
) -> list[Row]:
    """Return the headline rows with all targets and, by the size of their effect, without each."""
    base = [_row(None, name, through, whole.headline[name]) for name in HEADLINE]
    draws = whole.headline[HEADLINE[0]].size
    changed = {
        target: [
            _with_effect(_row(target, name, through, each.headline[name]), of, draws)
            for name, of in zip(HEADLINE, base, strict=True)
        ]
        for target, each in left_out.items()
    }
    order = sorted(changed, key=lambda target: -max(row["effect"] for row in changed[target]))
    return [*base, *(row for target in order for row in changed[target])]


def _row(target: str | None, metric: str, period: str, draws: Array) -> Row:
    meaning = model_graph().nodes[metric].meaning
    row: Row = {"target": target, "metric": metric, "period": period, "unit": meaning.unit}
    points = np.percentile(draws, PERCENTILES)
    row |= {f"p{p}": plain(float(value)) for p, value in zip(PERCENTILES, points, strict=True)}
    return row


def _with_effect(row: Row, base: Row, draws: int) -> Row:
    """Return a row with its change from `base`; `effect` is the largest move of P10, P50 or P90 as
    a share of the width of the whole band, `clear` where that is more than sampling noise, whose
    share of the band is about one over the root of the draws."""
    width = base["p90"] - base["p10"]
    moves = [row[f"p{p}"] - base[f"p{p}"] for p in PERCENTILES]
    effect = max(abs(move) for move in moves) / width
    return {
        **row,
        "change_p50": plain(moves[1]),
        "change_width": plain(moves[2] - moves[0]),
        "effect": plain(effect),
        "clear": bool(effect > 1.0 / np.sqrt(draws)),
    }


def _data_rows(
    start: Start, whole: Conditioning, left_out: Mapping[str, Conditioning]
) -> list[dict[str, Any]]:
    """Return each datum's row with what the other targets say of it.

    `misfit_without` is how far from the observation that lies, in standard deviations of the error
    of the datum and the spread of what the others predict together.
    """
    found = []
    rows = target_rows(start.data, start.predicted, whole.predicted)
    for index, (row, datum) in enumerate(zip(rows, start.data, strict=True)):
        without = left_out[datum.target].predicted[index]
        surprise = _surprise(datum, without)
        found.append(
            {
                **row,
                **natural_band("without", without, datum.scale),
                "misfit_without": surprise,
                "conflict": max(abs(row["misfit"]), abs(surprise)) > CONFLICT,
            }
        )
    return found


def _surprise(datum: Datum, predicted: Array) -> float:
    observed = float(into_scale(datum.value, datum.scale))
    spread = float(np.hypot(datum.error, predicted.std()))
    return float((np.median(predicted) - observed) / spread)


def _conflicts(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a warning for each datum that contradicts the rest."""
    return [
        f"conflict: {row['target']} {row['period']} lies {abs(row['misfit']):.1f} standard errors "
        f"from the model ({abs(row['misfit_without']):.1f} where it is left out)"
        for row in rows
        if row["conflict"]
    ]


def role_rows(inputs: Inputs) -> list[dict[str, Any]]:
    """Return how many series and observations have each evidence role."""
    observed = Counter(
        inputs.series[row.series_id].role for row in inputs.observations if not row.assumed
    )
    series = Counter(each.role for each in inputs.series.values())
    return [
        {"role": role, "series": series[role], "observations": observed[role]}
        for role in ("driver", "target", "check")
    ]
