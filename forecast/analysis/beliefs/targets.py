"""What each target does to the forecast: conditioning again without it, from the same prior draws.

The noise of the targets that stay is the same too, so that a difference is the target's doing and
not sampling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.analysis.runs.section_cache import kept
from forecast.beliefs import Array, into_scale
from forecast.codec import Tagged
from forecast.ensemble.targets import Datum
from forecast.inputs.schema import Inputs, Role
from forecast.model.equations import model_graph
from forecast.result import BESIDE, DEFAULT, MERGED, Band, Result, Run, RunOptions, band
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble, enough
from forecast.world.history.conditioning import conditioned, known_data, predictions
from forecast.world.history.learnt import TargetRow, natural_band, target_rows
from forecast.world.rows import plain, plain_band
from forecast.world.world import World, base_references

HEADLINE = ("inference_share", "chip_spend", "compute_stock")
CONFLICT = 3.0  # standard errors beyond which a target and the rest contradict each other


@dataclass(frozen=True)
class HeadlineRow(Tagged):
    """A headline metric at the horizon with all targets, or without one of them."""

    target: str | None
    metric: str
    period: str
    unit: str
    quantiles: Band = field(metadata=band(""))


@dataclass(frozen=True)
class EffectRow(HeadlineRow):
    """A headline metric without a target: `effect` is the largest move of P10, P50 or P90 as a
    share of the width of the whole band, `clear` where that is more than sampling noise, whose
    share of the band is about one over the root of the draws."""

    target: str
    change_p50: float
    change_width: float
    effect: float
    clear: bool


@dataclass(frozen=True)
class RoleRow:
    """How many series and observations have an evidence role."""

    role: Role
    series: int
    observations: int


@dataclass(frozen=True)
class DatumRow:
    """A datum, and what the other targets say of it: `misfit_without` is how far from the
    observation that lies, in standard deviations of the error of the datum and the spread of what
    the others predict together."""

    datum: TargetRow = field(metadata=MERGED)
    without: Band
    misfit_without: float
    conflict: bool


@dataclass(frozen=True)
class Targets(Result):
    """How the headline metrics depend on targets: rows with all of them and without each, the
    strongest first; each datum as observed, before conditioning, as modelled, and as modelled
    without its own target."""

    rows: tuple[HeadlineRow | EffectRow, ...]
    roles: tuple[RoleRow, ...] = field(metadata=BESIDE)
    targets: tuple[DatumRow, ...] = field(metadata=BESIDE)

    @property
    def whole(self) -> list[HeadlineRow]:
        """The rows with all targets."""
        return [row for row in self.rows if not isinstance(row, EffectRow)]

    @property
    def effects(self) -> dict[str, list[EffectRow]]:
        """The rows without each target, by target, in the order of `whole`."""
        found: dict[str, list[EffectRow]] = {}
        for row in self.rows:
            if isinstance(row, EffectRow):
                found.setdefault(row.target, []).append(row)
        return found


@dataclass(frozen=True)
class Conditioning:
    """One conditioning: predicted data (data, draws) in their scale, and the headline metrics'
    draws, (draws,), at the horizon."""

    predicted: Array
    headline: dict[str, Array]


def leave_one_target_out(case: Case, options: RunOptions = DEFAULT) -> Targets:
    """Return how the headline metrics at the horizon depend on each target, which conditions as
    many times as there are targets, unless the answer is in the cache.

    Raises InputError for a horizon in the history or a setting that cannot be applied.
    """
    run = run_of(case, options)
    found = kept(
        Targets, case, run, lambda: _left_out(case, options, run), use_cache=options.use_cache
    )
    return replace(found, run=run)


def _left_out(case: Case, options: RunOptions, run: Run) -> Targets:
    """Return what `leave_one_target_out` does, computed."""
    timeline, data = case.timeline(options.through), known_data(case.inputs)
    full = timeline.whole()  # paths are conditioned on all their quarters, whatever the horizon
    many, few = replace(options, draws=enough(options.draws)), slice(0, options.draws)
    prior = World(case.inputs, build_ensemble(case, full, many, prior=True), full)
    asked = World(case.inputs, prior.ensemble.of_draws(few).trimmed(timeline.size), timeline)
    asked = asked.with_settings(case.settings)
    predicted = predictions(prior, data)

    def without(target: str | None) -> Conditioning:
        kept = [place for place, datum in enumerate(data) if datum.target != target]
        found = conditioned(prior, data, options.seed, predicted=predicted, included=kept)
        references = base_references(World(case.inputs, found, full))
        ensemble = replace(found.of_draws(few), references=references)
        world = asked.with_ensemble(ensemble.trimmed(timeline.size))
        values = world.values(HEADLINE)
        headline = {name: values.at(name, options.through) for name in HEADLINE}
        return Conditioning(predictions(world, data), headline)

    whole = without(None)
    left_out = {name: without(name) for name in dict.fromkeys(datum.target for datum in data)}
    rows = _data_rows(data, predicted[:, few], whole, left_out)
    return Targets(
        command="assumptions targets",
        run=run,
        rows=tuple(_effect_rows(whole, left_out, options.through)),
        warnings=(*prior.ensemble.learnt.warnings, *_conflicts(rows)),
        roles=role_rows(case.inputs),
        targets=tuple(rows),
    )


def _effect_rows(
    whole: Conditioning, left_out: Mapping[str, Conditioning], through: str
) -> list[HeadlineRow | EffectRow]:
    """Return the headline rows with all targets and, by the size of their effect, without each."""
    base = [
        HeadlineRow(None, name, through, model_graph().nodes[name].meaning.unit, plain_band(draws))
        for name, draws in whole.headline.items()
    ]
    changed = {
        target: [_effect_row(target, row, each.headline[row.metric]) for row in base]
        for target, each in left_out.items()
    }
    order = sorted(changed, key=lambda target: -max(row.effect for row in changed[target]))
    return [*base, *(row for target in order for row in changed[target])]


def _effect_row(target: str, base: HeadlineRow, draws: Array) -> EffectRow:
    """Return the row of a metric from its draws without a target, (draws,)."""
    before, after = base.quantiles, plain_band(draws)
    moves = (after.p10 - before.p10, after.p50 - before.p50, after.p90 - before.p90)
    effect = max(abs(move) for move in moves) / (before.p90 - before.p10)
    return EffectRow(
        target=target,
        metric=base.metric,
        period=base.period,
        unit=base.unit,
        quantiles=after,
        change_p50=plain(moves[1]),
        change_width=plain(moves[2] - moves[0]),
        effect=plain(effect),
        clear=bool(effect > 1.0 / np.sqrt(draws.size)),
    )


def _data_rows(
    data: Sequence[Datum],
    predicted: Array,
    whole: Conditioning,
    left_out: Mapping[str, Conditioning],
) -> list[DatumRow]:
    """Return each datum's row; `predicted` is what the prior predicts, (data, draws)."""
    found = []
    rows = target_rows(data, predicted, whole.predicted)
    for index, (row, datum) in enumerate(zip(rows, data, strict=True)):
        without = left_out[datum.target].predicted[index]
        surprise = _surprise(datum, without)
        is_conflict = max(abs(row.misfit), abs(surprise)) > CONFLICT
        found.append(DatumRow(row, natural_band(without, datum.scale), surprise, is_conflict))
    return found


def _surprise(datum: Datum, predicted: Array) -> float:
    observed = float(into_scale(datum.value, datum.scale))
    spread = float(np.hypot(datum.standard_error, predicted.std()))
    return float((np.median(predicted) - observed) / spread)


def _conflicts(rows: Sequence[DatumRow]) -> list[str]:
    """Return a warning for each datum that contradicts the rest."""
    return [
        f"conflict: {row.datum.target} {row.datum.period} lies {abs(row.datum.misfit):.1f} "
        f"standard errors from the model ({abs(row.misfit_without):.1f} where it is left out)"
        for row in rows
        if row.conflict
    ]


def role_rows(inputs: Inputs) -> tuple[RoleRow, ...]:
    """Return how many series and observations have each evidence role."""
    observed = Counter(
        inputs.series[row.series_id].role for row in inputs.observations if not row.assumed
    )
    series = Counter(each.role for each in inputs.series.values())
    roles: tuple[Role, ...] = ("driver", "target", "check")
    return tuple(RoleRow(role, series[role], observed[role]) for role in roles)
