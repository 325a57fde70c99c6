"""The conditioned ensemble of a case: fitted drivers, prior draws, conditioning, and its cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.beliefs import Array, into_scale, out_of_scale
from forecast.code_hash import code_sha256
from forecast.ensemble.conditioning import collapsed, condition
from forecast.ensemble.prior import prior_normals, stream, variables
from forecast.ensemble.targets import (
    Datum,
    comparable,
    data_of,
    error_covariance,
    observed_vector,
)
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.model.equations.inference import EMBEDDED_REFERENCE_QUARTER
from forecast.periods import FIRST_QUARTER, quarter
from forecast.store import open_store
from forecast.units import Scale
from forecast.world.case import Case
from forecast.world.draws import Ensemble, first_draws, pack, rounded, trimmed, unpack
from forecast.world.evaluate import (
    at_period,
    base_references,
    evaluate,
    model_graph,
    with_parts,
)
from forecast.world.timeline import PATHS_THROUGH, Timeline

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit

REFERENCES = (
    "reference_agent_penetration",
    "reference_reasoning_token_share",
    "reference_cost_of_computed_tokens",
    "reference_pressure",
)
# What the quarters of a run give the equations.
TIME = (
    "year_fraction",
    "quarters_ahead",
    "history_quarters",
    "vendor_quarters",
    "horizon_quarters",
    "first_quarter",
)
SHOCKS = ("inference_shock", "training_shock")
FEWEST_CONDITIONED = 4096  # with fewer, sampling noise moves what conditioning learns
SMALLEST_SHARE = 1e-7  # keeps a share that is all but nothing, or all, inside logit space
_PERCENTILES = (10.0, 50.0, 90.0)
_SHARED: ContextVar[dict[str, Ensemble] | None] = ContextVar("shared ensembles", default=None)


def build_ensemble(
    case: Case,
    timeline: Timeline,
    draws: int,
    seed: int,
    *,
    prior: bool = False,
    use_cache: bool = True,
) -> Ensemble:
    """Return the ensemble of the base case: prior only, or conditioned on history.

    Settings and scenarios do not enter: they change the future of what this returns. Fewer draws
    than `FEWEST_CONDITIONED` are the first of that many, so that they agree with more. Raises
    InputError for each assumption or driver that an equation takes and the inputs lack.
    """
    if problems := missing_inputs(case.inputs):
        raise InputError(problems)
    size = max(timeline.size, PATHS_THROUGH - FIRST_QUARTER + 1)
    key = _key(case.inputs, draws, seed, prior, size)
    shared = _SHARED.get()
    if shared is not None and key in shared:
        return trimmed(shared[key], timeline)
    full = Timeline(timeline.history, timeline.vendor, size, size)
    store = open_store(case.workspace) if use_cache else None
    if store is not None and (payload := store.cache_get(key)):
        ensemble = unpack(payload, full)
    else:
        enough = draws if prior else max(draws, FEWEST_CONDITIONED)
        drawn = _build(case.inputs, full, enough, seed, prior)
        ensemble = rounded(first_draws(drawn, draws))
        if store is not None:
            store.cache_put(key, pack(ensemble))
    if shared is not None:
        shared[key] = ensemble
    return trimmed(ensemble, timeline)


@contextmanager
def shared_ensembles() -> Iterator[None]:
    """Within it an ensemble is built or read once, however many analyses ask for it."""
    known = _SHARED.get()
    token = _SHARED.set({} if known is None else known)
    try:
        yield
    finally:
        _SHARED.reset(token)


def missing_inputs(inputs: Inputs) -> list[Problem]:
    """Return a problem for each name that equations take and neither inputs nor model provide."""
    known = {*inputs.assumptions, *inputs.drivers, *SHOCKS, *REFERENCES, *TIME}
    return [
        Problem(
            "assumptions",
            name,
            "no assumption or driver of this name",
            "one, because an equation takes it",
            did_you_mean(name, [*inputs.assumptions, *inputs.drivers]),
        )
        for name in sorted(model_graph().arguments() - known)
    ]


def _build(inputs: Inputs, timeline: Timeline, draws: int, seed: int, prior: bool) -> Ensemble:
    from forecast.curves.evidence import fit_driver, strained_beliefs
    from forecast.world.driver_rows import summed_up

    fits = {name: fit_driver(driver, inputs) for name, driver in sorted(inputs.drivers.items())}
    paths = drawn_paths(inputs, fits, timeline, draws, seed)
    ensemble = _prior(inputs, timeline, draws, seed, paths)
    ensemble.report["warnings"] += strained_beliefs(inputs.drivers, fits)
    if not prior:
        start = conditioning_start(inputs, ensemble, timeline)
        state = conditioned_state(start, seed)
        report = {
            "targets": target_rows(start.data, start.predicted, start.predict(state)),
            "conditioning": _conditioning_rows(inputs, ensemble.normals, start.normals_of(state)),
            "drivers": _driver_rows(inputs, ensemble.paths, start.paths_of(state)),
            "fits": summed_up(inputs, fits, paths),
            "warnings": [
                *ensemble.report["warnings"],
                *_collapse_warnings(inputs, ensemble.normals, start.normals_of(state)),
            ],
        }
        ensemble = replace(start.ensemble_of(ensemble, state), report=report)
    return replace(ensemble, references=base_references(inputs, ensemble, timeline))


def _prior(
    inputs: Inputs, timeline: Timeline, draws: int, seed: int, paths: dict[str, Array]
) -> Ensemble:
    """Return the prior draws with the fitted paths, with no references yet."""
    normals, warnings = prior_normals(inputs.assumptions, inputs.correlations, draws, seed)
    shocks = {name: _random_walk(name, timeline, draws, seed) for name in SHOCKS}
    empty: dict[str, Any] = {"targets": [], "conditioning": [], "drivers": [], "fits": {}}
    return Ensemble(normals, paths, shocks, {}, {**empty, "warnings": list(warnings)})


@dataclass(frozen=True)
class Start:
    """What conditioning starts from: the prior `state` (variables and paths, draws), what it
    predicts, (data, draws), and the `data` it is held against."""

    inputs: Inputs
    timeline: Timeline
    data: tuple[Datum, ...]
    names: tuple[str, ...]
    state: Array
    predicted: Array

    def predict(self, state: Array) -> Array:
        """Return what a state predicts for each datum, (data, draws), in its scale."""
        short = _conditioning_timeline(self.timeline)
        return predicted_data(self.inputs, self.data, state, list(self.names), short)

    def normals_of(self, state: Array) -> Array:
        """Return the variables of a state, (variables, draws)."""
        return state[: len(variables(self.inputs.assumptions))]

    def paths_of(self, state: Array) -> dict[str, Array]:
        """Return the paths of a state, each (draws, quarters) in its scale."""
        rest = state[len(variables(self.inputs.assumptions)) :]
        size = rest.shape[0] // len(self.names)
        return {
            name: np.ascontiguousarray(rest[row * size : (row + 1) * size].T)
            for row, name in enumerate(self.names)
        }

    def ensemble_of(self, prior: Ensemble, state: Array) -> Ensemble:
        """Return the prior ensemble with the variables and paths of a state in their place."""
        return replace(prior, normals=self.normals_of(state), paths=self.paths_of(state))


def conditioning_start(inputs: Inputs, prior: Ensemble, timeline: Timeline) -> Start:
    """Return what conditioning of a prior ensemble on all targets starts from."""
    data = data_of(inputs, {name: node.meaning.kind for name, node in model_graph().nodes.items()})
    names = tuple(prior.paths)
    state = np.concatenate([prior.normals, *(prior.paths[name].T for name in names)])
    predicted = predicted_data(inputs, data, state, list(names), _conditioning_timeline(timeline))
    return Start(inputs, timeline, data, names, state, predicted)


def conditioned_state(start: Start, seed: int, included: Sequence[int] | None = None) -> Array:
    """Return the state conditioned on all data, or on those at the positions `included`.

    The same noise perturbs a datum whichever others there are.
    """
    return condition(
        start.state,
        start.predict,
        observed_vector(start.data),
        error_covariance(start.data),
        stream(seed, "observation noise"),
        predicted=start.predicted,
        included=included,
    ).state


def drawn_paths(
    inputs: Inputs, fits: Mapping[str, CurveFit], timeline: Timeline, draws: int, seed: int
) -> dict[str, Array]:
    """Return each driver's paths, (draws, quarters), in its scale, from its fitted curves."""
    from forecast.curves.evidence import quarter_times

    quarters = range(FIRST_QUARTER, FIRST_QUARTER + timeline.size)
    paths = {}
    for name, fit in fits.items():
        driver = inputs.drivers[name]
        key = int.from_bytes(sha256(f"{seed} {name}".encode()).digest()[:8], "big")
        times = quarter_times(driver, quarters)
        drawn = fit.paths(times, draws, np.random.SeedSequence(key))
        if driver.scale == "logit":
            drawn = np.clip(drawn, SMALLEST_SHARE, 1.0 - SMALLEST_SHARE)
        paths[name] = np.asarray(into_scale(drawn, driver.scale), dtype=np.float64)
    return paths


def _random_walk(name: str, timeline: Timeline, draws: int, seed: int) -> Array:
    """Return a random walk in root-years that starts at zero where the history ends."""
    steps = stream(seed, name).standard_normal((draws, timeline.size)) * 0.5
    steps[:, : timeline.history] = 0.0
    return np.asarray(np.cumsum(steps, axis=1))


def _conditioning_timeline(timeline: Timeline) -> Timeline:
    """Return the shortest timeline on which every target can be predicted."""
    size = max(timeline.vendor + 3, quarter(EMBEDDED_REFERENCE_QUARTER) - FIRST_QUARTER + 1)
    return Timeline(timeline.history, timeline.vendor, size, size)


def predicted_data(
    inputs: Inputs, data: tuple[Datum, ...], state: Array, names: list[str], timeline: Timeline
) -> Array:
    """Return what a state (variables, draws) predicts for each datum, (data, draws), in its scale.

    Demand pressure has no effect on capex here: the history already contains it.
    """
    count = len(variables(inputs.assumptions))
    per_path = (state.shape[0] - count) // len(names)
    paths = {
        name: state[count + row * per_path : count + row * per_path + timeline.size].T
        for row, name in enumerate(names)
    }
    still, level = np.zeros((state.shape[1], timeline.size)), np.ones((1, timeline.size))
    ensemble = Ensemble(
        state[:count], paths, dict.fromkeys(SHOCKS, still), dict.fromkeys(REFERENCES, level), {}
    )
    wanted = with_parts(datum.quantity for datum in data)
    values = evaluate(inputs, ensemble, timeline, wanted, feedback=False)
    return np.stack(
        [comparable(datum, at_period(values, datum.quantity, datum.period)) for datum in data]
    )


def target_rows(data: tuple[Datum, ...], before: Array, after: Array) -> list[dict[str, Any]]:
    """Return how an ensemble meets each datum, from predictions (data, draws) in its scale.

    `misfit` is the median's distance from the observation in standard errors.
    """
    rows = []
    for index, datum in enumerate(data):
        observed = float(into_scale(datum.value, datum.scale))
        rows.append(
            {
                "target": datum.target,
                "quantity": datum.quantity,
                "period": datum.period,
                "unit": datum.unit,
                "bound": datum.bound,
                "observed": datum.value,
                **natural_band("prior", before[index], datum.scale),
                **natural_band("modelled", after[index], datum.scale),
                "misfit": float((np.median(after[index]) - observed) / datum.error),
                "error": datum.error,
                "error_correlation": datum.error_correlation,
                "origin": datum.origin,
                "reasoning": datum.reasoning,
            }
        )
    return rows


def natural_band(prefix: str, draws: Array, scale: Scale) -> dict[str, float]:
    """Return P10, P50 and P90 of draws in log or logit space, (draws,), in natural units."""
    return {
        f"{prefix}_p{percentile:g}": float(out_of_scale(value, scale))
        for percentile, value in zip(_PERCENTILES, np.percentile(draws, _PERCENTILES), strict=True)
    }


def _conditioning_rows(inputs: Inputs, before: Array, after: Array) -> list[dict[str, Any]]:
    from forecast.beliefs import belief_in_scale

    rows = []
    for variable, prior, posterior in zip(
        variables(inputs.assumptions), before, after, strict=True
    ):
        assumption = inputs.assumptions[variable.assumption]
        belief = assumption.knots[variable.knot].belief
        values = [
            float(out_of_scale(value, assumption.scale))
            for z in (prior, posterior)
            for value in belief_in_scale(belief, np.percentile(z, _PERCENTILES), assumption.scale)
        ]
        names = [f"{when}_p{p:g}" for when in ("prior", "conditioned") for p in _PERCENTILES]
        rows.append(
            {
                "assumption": variable.name,
                "unit": assumption.unit,
                **dict(zip(names, values, strict=True)),
                "shift": float((posterior.mean() - prior.mean()) / prior.std()),
                "spread": float(posterior.std() / prior.std()),
            }
        )
    return rows


def _driver_rows(
    inputs: Inputs, before: Mapping[str, Array], after: Mapping[str, Array]
) -> list[dict[str, Any]]:
    """Return each driver's path before and after conditioning at the end of every year."""
    rows = []
    for name, prior in before.items():
        driver = inputs.drivers[name]
        for column in range(3, prior.shape[1], 4):
            row: dict[str, Any] = {
                "driver": name,
                "period": str((FIRST_QUARTER + column) // 4),
                "unit": driver.unit,
            }
            for when, paths in (("prior", prior), ("conditioned", after[name])):
                row |= natural_band(when, paths[:, column], driver.scale)
            rows.append(row)
    return rows


def _collapse_warnings(inputs: Inputs, before: Array, after: Array) -> list[str]:
    names = [
        variable.name
        for variable, lost in zip(
            variables(inputs.assumptions), collapsed(before, after), strict=True
        )
        if lost
    ]
    if not names:
        return []
    return [f"conditioning left almost no spread in {', '.join(names)}; use more draws"]


def _key(inputs: Inputs, draws: int, seed: int, prior: bool, size: int) -> str:
    parts = ("ensemble", inputs.sha256, code_sha256(), draws, seed, prior, size)
    return sha256(repr(parts).encode()).hexdigest()
