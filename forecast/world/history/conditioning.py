"""History as data of the model's own quantities, and a world conditioned on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.conditioning import Smoother, condition, condition_as
from forecast.ensemble.coordinates import Coordinates, coordinates
from forecast.ensemble.leaving_out import moves_without
from forecast.ensemble.momentum import momentum_data
from forecast.ensemble.prior import possible_correlations, stream
from forecast.ensemble.targets import (
    Datum,
    comparable,
    data_of,
    error_covariance,
    observed_vector,
)
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.money.joint import TOTAL
from forecast.periods import FIRST_QUARTER, quarter
from forecast.processors.columns import by_columns
from forecast.world.draws.division import part_seed, parts, together
from forecast.world.draws.draws import SHOCKS, Ensemble, joined
from forecast.world.timeline import Timeline
from forecast.world.world import World


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


def known_data(inputs: Inputs) -> tuple[Datum, ...]:
    """Return every datum of every target, and after them what momentum says of quarters to come;
    raises InputError for one of an unknown quantity."""
    if problems := unknown_quantities(inputs):
        raise InputError(problems)
    kinds = {name: each.meaning.kind for name, each in model_graph().nodes.items()}
    told = data_of(inputs, kinds)
    return (*told, *momentum_data(inputs, told))


def predicted_size(timeline: Timeline, data: Sequence[Datum]) -> int:
    """Return how many quarters the data are about, and one that vendors have not told of."""
    last = [quarter(datum.period) - FIRST_QUARTER for datum in data]
    return max([timeline.vendor, *last]) + 1


def predictions(world: World, data: Sequence[Datum]) -> Array:
    """Return what the draws of a world predict for each datum, (data, draws), in its scale.

    Model discrepancy, which begins after the history, is left aside: momentum is about what the
    model itself makes of quarters to come.
    """
    if not data:
        return np.empty((0, world.ensemble.draws))
    size = predicted_size(world.timeline, data)
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
    `included`; `predicted` is what the prior predicts of all, if that is known. Draws beyond the
    members are moved as these were.

    The same noise perturbs a datum whichever others there are.
    """
    if not data:
        return prior.ensemble
    members, seen, count = prior, predicted, together(prior.draws)
    if count < prior.draws:
        members = prior.of_draws(slice(0, count))
        seen = None if predicted is None else predicted[:, :count]
    found, smoother, _ = smoothed(members, data, seed, predicted=seen, included=included)
    further = [
        smoothed_as(smoother, prior.of_draws(part), data, part_seed(seed, number), included)
        for number, part in enumerate(parts(prior.draws))
    ]
    return joined([found, *further])


def smoothed(
    prior: World,
    data: Sequence[Datum],
    seed: int,
    *,
    predicted: Array | None = None,
    included: Sequence[int] | None = None,
) -> tuple[Ensemble, Smoother, Array]:
    """Return what `conditioned` does of members and one datum or more, the smoother that found it,
    and what the prior predicts of all data."""
    ensemble = prior.ensemble
    state = ensemble.state(with_shocks=False)
    correlations = possible_correlations(prior.inputs.assumptions, prior.inputs.correlations)
    known = coordinates(state, correlations, ensemble.size)
    with _predictor(prior, data, state) as predict:
        found = condition(
            state,
            known,
            predict,
            observed_vector(data),
            error_covariance(data),
            stream(seed, "observation noise"),
            predicted=predicted,
            included=included,
        )
    after = with_total(prior.inputs, ensemble.with_state(found.state))
    return after, found.smoother, found.predicted


def smoothed_as(
    smoother: Smoother,
    prior: World,
    data: Sequence[Datum],
    seed: int,
    included: Sequence[int] | None = None,
) -> Ensemble:
    """Return the ensemble of a prior world moved as a smoother moved that from which it was learnt,
    with the same data `included`."""
    ensemble = prior.ensemble
    state = ensemble.state(with_shocks=False)
    with _predictor(prior, data, state) as predict:
        state = condition_as(
            smoother,
            state,
            predict,
            observed_vector(data),
            error_covariance(data),
            stream(seed, "observation noise"),
            included,
        )
    return with_total(prior.inputs, ensemble.with_state(state))


def _predictor(
    prior: World, data: Sequence[Datum], state: Array
) -> AbstractContextManager[Callable[[Array], Array]]:
    """Return what maps states of the draws of a world, (rows, draws) as `state`, to what they
    predict of data, (data, draws)."""

    def predict(draws: slice, state: Array) -> Array:
        ensemble = prior.ensemble.of_draws(draws).with_state(state)
        return predictions(replace(prior, ensemble=ensemble), data)

    return by_columns(predict, *state.shape)


def without_each(
    known: Coordinates,
    prior: Ensemble,
    ensemble: Ensemble,
    data: Sequence[Datum],
    predicted: Array,
) -> dict[str, Array]:
    """Return how far each row of the state moves without the data of each origin; `known` are the
    coordinates of the prior, `predicted` is what the conditioned ensemble predicts of all, (data,
    draws)."""
    return moves_without(
        known,
        prior.state(with_shocks=False),
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
