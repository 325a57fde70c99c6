"""Opening a world: fitted drivers, prior draws, conditioning on history, settings; and the cache of
what is conditioned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from forecast.beliefs import Array, into_scale
from forecast.code_hash import rooms_sha256
from forecast.ensemble.conditioning import collapsed, condition
from forecast.ensemble.coordinates import coordinates
from forecast.ensemble.leaving_out import moves_without
from forecast.ensemble.prior import (
    possible_correlations,
    prior_normals,
    realise_all,
    stream,
    variables,
)
from forecast.ensemble.targets import (
    Datum,
    comparable,
    data_of,
    error_covariance,
    observed_vector,
)
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Setting
from forecast.model.equations import model_graph
from forecast.money.joint import PER_REVENUE, TOTAL, as_planned
from forecast.periods import FIRST_QUARTER
from forecast.result import RunOptions
from forecast.store import open_store
from forecast.world.case import Case
from forecast.world.draws import SHOCKS, Ensemble, pack, rounded, unpack
from forecast.world.learning import after_learning
from forecast.world.learnt import Learnt, belief_rows, driver_fits, driver_rows, target_rows
from forecast.world.outcomes import Outcome
from forecast.world.timeline import Timeline
from forecast.world.world import World

if TYPE_CHECKING:
    from forecast.curves.ensemble import CurveFit

REFERENCES = ("reference_log_revenue", "market_reference")
# What the quarters of a run give the equations.
TIME = (
    "year_fraction",
    "history_quarters",
    "vendor_quarters",
    "horizon_quarters",
    "first_quarter",
)
# What the money group's paths were lowered by, which equations take off and put on again.
MONEY_STATE = (
    "outside_view",
    "bust_hazard",
    "bust_uniform",
    "bust_depth",
    "log_operating_cash_flow",
)
# What an ensemble depends on; a change of a page or a command leaves it alone.
ROOMS = ("inputs", "curves", "ensemble", "money", "model", "world")
FEWEST_CONDITIONED = 4096  # with fewer, sampling noise moves what conditioning learns
SMALLEST_SHARE = 1e-7  # keeps a share that is all but nothing, or all, inside logit space
_SHARED: ContextVar[dict[str, Ensemble] | None] = ContextVar("shared ensembles", default=None)


def open_world(
    case: Case,
    options: RunOptions,
    *,
    also: Sequence[Setting] = (),
    given: Sequence[Outcome] = (),
    prior: bool = False,
) -> World:
    """Return the world of a case with its settings in force and its outcomes learnt, on the
    conditioned ensemble or, with `prior`, before history has conditioned it. Its quarters reach as
    far as settings in `also` and outcomes in `given`.

    Raises InputError for a horizon or a setting that is none, for an outcome that cannot be learnt,
    and for each assumption or driver that an equation takes and the inputs lack.
    """
    reached = replace(case, settings=(*case.settings, *also), given=(*case.given, *given))
    timeline = reached.timeline(options.through)
    ensemble = build_ensemble(case, timeline, options, prior=prior)
    world = World(case.inputs, ensemble, timeline).with_settings(case.settings)
    return after_learning(world, case.given)


def build_ensemble(
    case: Case, timeline: Timeline, options: RunOptions, *, prior: bool = False
) -> Ensemble:
    """Return the ensemble of the base case: prior only, or conditioned on history.

    Settings and scenarios do not enter: they change the future of what this returns. Fewer draws
    than `FEWEST_CONDITIONED` are the first of that many, so that they agree with more. Raises
    InputError for each assumption or driver that an equation takes and the inputs lack, and for
    each target of a quantity that no equation defines.
    """
    if problems := [*missing_inputs(case.inputs), *unknown_quantities(case.inputs)]:
        raise InputError(problems)
    draws, seed = options.draws, options.seed
    full = timeline.whole()
    key = _key(case.inputs, draws, seed, prior, full.size)
    shared = _SHARED.get()
    if shared is not None and key in shared:
        return shared[key].trimmed(timeline.size)
    store = open_store(case.workspace) if options.use_cache else None
    if store is not None and (payload := store.cache_get(key)):
        ensemble = unpack(payload)
    else:
        drawn = _build(case.inputs, full, draws if prior else enough(draws), seed, prior)
        ensemble = rounded(drawn.of_draws(slice(0, draws)))
        if store is not None:
            store.cache_put(key, pack(ensemble))
    if shared is not None:
        shared[key] = ensemble
    return ensemble.trimmed(timeline.size)


def enough(draws: int) -> int:
    """Return how many draws are conditioned so that `draws` of them can be reported."""
    return max(draws, FEWEST_CONDITIONED)


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
    stated = [*inputs.assumptions, *as_planned(inputs, inputs.drivers)]
    known = {*stated, *SHOCKS, *MONEY_STATE, *REFERENCES, *TIME}
    return [
        Problem(
            "assumptions",
            name,
            "no assumption or driver of this name",
            "one, because an equation takes it",
            did_you_mean(name, stated),
        )
        for name in sorted(model_graph().arguments() - known)
    ]


def unknown_quantities(inputs: Inputs) -> list[Problem]:
    """Return a problem for each target whose quantity no equation defines."""
    known = model_graph().nodes
    return [
        Problem(
            f"{target.file}:{target.line}",
            f"{target.name}.quantity",
            target.quantity,
            "a quantity that an equation defines",
            did_you_mean(target.quantity, known),
        )
        for target in inputs.targets
        if target.quantity not in known
    ]


def _build(inputs: Inputs, timeline: Timeline, draws: int, seed: int, prior: bool) -> Ensemble:
    from forecast.curves.evidence import fit_driver, strained_beliefs

    alone = {name: driver for name, driver in inputs.drivers.items() if not driver.process}
    fits = {name: fit_driver(driver, inputs) for name, driver in sorted(alone.items())}
    paths = drawn_paths(inputs, fits, timeline, draws, seed)
    ensemble = _prior(inputs, timeline, draws, seed, paths)
    paths = ensemble.paths
    strained = strained_beliefs(inputs.drivers, fits)
    ensemble = replace(ensemble, learnt=Learnt(warnings=(*ensemble.learnt.warnings, *strained)))
    if not prior:
        before = World(inputs, ensemble, timeline).with_references()
        data = known_data(inputs)
        predicted = predictions(before, data)
        untold = () if data else ("no target was known by then: nothing is conditioned on history",)
        after = before.with_ensemble(conditioned(before, data, seed, predicted=predicted))
        ensemble, seen = after.ensemble, predictions(after, data)
        learnt = Learnt(
            tuple(target_rows(data, predicted, seen)),
            tuple(belief_rows(inputs, before.ensemble.normals, ensemble.normals)),
            tuple(driver_rows(inputs, before.ensemble.paths, ensemble.paths)),
            driver_fits(inputs, fits, paths),
            (
                *ensemble.learnt.warnings,
                *untold,
                *_collapse_warnings(inputs, before.ensemble.normals, ensemble.normals),
            ),
        )
        without = _without_each(before, ensemble, data, seen) if data else {}
        ensemble = replace(ensemble, learnt=learnt, without=without)
    return World(inputs, ensemble, timeline).with_references().ensemble


def _prior(
    inputs: Inputs, timeline: Timeline, draws: int, seed: int, paths: dict[str, Array]
) -> Ensemble:
    """Return the prior draws with the fitted paths and those of the money group, with no references
    yet."""
    normals, warnings = prior_normals(inputs.assumptions, inputs.correlations, draws, seed)
    money, lowered_by = _money(inputs, timeline, normals, seed)
    shocks = {name: _random_walk(name, timeline, draws, seed) for name in SHOCKS}
    return Ensemble(
        normals,
        dict(sorted((paths | money).items())),
        shocks | lowered_by,
        {},
        learnt=Learnt(warnings=tuple(warnings)),
    )


def _money(
    inputs: Inputs, timeline: Timeline, normals: Array, seed: int
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the paths of the money group and the five's capex, (draws, quarters) in logarithms,
    and what they were lowered by, MONEY_STATE."""
    from forecast.money.group import members, money_paths

    years = timeline.year_fraction[0]
    per_revenue = realise_all(inputs.assumptions, normals, years, [PER_REVENUE])[PER_REVENUE]
    quarters = range(FIRST_QUARTER, FIRST_QUARTER + timeline.size)
    found = money_paths(inputs, quarters, normals.shape[1], seed, per_revenue=per_revenue[:, 0])
    paths = found.paths | {TOTAL: found.total(list(members(inputs, "capex")))}
    state = (
        found.outside,
        found.bust_hazard,
        found.bust_uniform,
        found.bust_depth,
        np.log(found.operating_cash_flow),
    )
    return (
        {name: np.log(values) for name, values in paths.items()},
        dict(zip(MONEY_STATE, state, strict=True)),
    )


def known_data(inputs: Inputs) -> tuple[Datum, ...]:
    """Return every datum of every target; raises InputError for one of an unknown quantity."""
    if problems := unknown_quantities(inputs):
        raise InputError(problems)
    return data_of(inputs, {name: each.meaning.kind for name, each in model_graph().nodes.items()})


def predictions(world: World, data: Sequence[Datum]) -> Array:
    """Return what the draws of a world predict for each datum, (data, draws), in its scale.

    Model discrepancy, which begins after the history, has no effect here.
    """
    if not data:
        return np.empty((0, world.ensemble.draws))
    size = world.timeline.vendor + 3
    timeline = Timeline(world.timeline.history, world.timeline.vendor, size, size)
    held = replace(world, timeline=timeline, settings=(), changed={})
    held = held.moved({name: np.zeros((1, size)) for name in SHOCKS})
    keys = [(datum.quantity, datum.period) for datum in data]
    found = held.take(keys)
    return np.stack([comparable(datum, found[key]) for datum, key in zip(data, keys, strict=True)])


def conditioned(
    prior: World,
    data: Sequence[Datum],
    seed: int,
    *,
    predicted: Array | None = None,
    included: Sequence[int] | None = None,
) -> Ensemble:
    """Return the ensemble of a prior world conditioned on all data, or on those at the positions
    `included`; `predicted` is what the prior predicts of all, if that is known.

    The same noise perturbs a datum whichever others there are.
    """
    ensemble = prior.ensemble
    if not data:
        return ensemble

    def predict(state: Array) -> Array:
        return predictions(replace(prior, ensemble=ensemble.with_state(state)), data)

    state = ensemble.state(with_shocks=False)
    correlations = possible_correlations(prior.inputs.assumptions, prior.inputs.correlations)
    found = condition(
        state,
        coordinates(state, correlations, ensemble.size),
        predict,
        observed_vector(data),
        error_covariance(data),
        stream(seed, "observation noise"),
        predicted=predicted,
        included=included,
    )
    return with_total(prior.inputs, ensemble.with_state(found.state))


def _without_each(
    prior: World, ensemble: Ensemble, data: Sequence[Datum], predicted: Array
) -> dict[str, Array]:
    """Return how far each row of the state moves without the data of each origin; `predicted` is
    what the conditioned ensemble predicts of all, (data, draws)."""
    state = prior.ensemble.state(with_shocks=False)
    correlations = possible_correlations(prior.inputs.assumptions, prior.inputs.correlations)
    return moves_without(
        coordinates(state, correlations, prior.ensemble.size),
        state,
        ensemble.state(with_shocks=False),
        predicted,
        observed_vector(data),
        error_covariance(data),
        [datum.origin for datum in data],
    )


def with_total(inputs: Inputs, ensemble: Ensemble) -> Ensemble:
    """Return the ensemble with the five's capex as the sum of the companies', which conditioning
    moves each by itself."""
    companies = [name for name, each in inputs.drivers.items() if each.process == "capex"]
    total = np.log(np.sum([np.exp(ensemble.paths[name]) for name in companies], axis=0))
    return replace(ensemble, paths=ensemble.paths | {TOTAL: total})


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
    """Return a random walk in root-years that starts at zero where the history ends; that of
    revenue a quarter later, where vendors guide and laboratories have reported."""
    steps = stream(seed, name).standard_normal((draws, timeline.size)) * 0.5
    known = timeline.vendor if name == "revenue_shock" else timeline.history
    steps[:, :known] = 0.0
    return np.asarray(np.cumsum(steps, axis=1))


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
    parts = ("ensemble", inputs.sha256, rooms_sha256(ROOMS), draws, seed, prior, size)
    return sha256(repr(parts).encode()).hexdigest()
