"""A change of belief: assumptions and drivers are changed at all times, and history speaks anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np

from forecast.beliefs import Array, into_scale
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Assumption, Distribution, Inputs, Setting
from forecast.money.joint import carried
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.draws.draws import rounded
from forecast.world.draws.prior import SMALLEST_SHARE
from forecast.world.ensemble import build_ensemble, enough
from forecast.world.history.conditioning import conditioned, known_data
from forecast.world.world import World

Change = Callable[[float], float]


def reconditioned(
    case: Case, settings: Sequence[Setting], world: World, options: RunOptions
) -> World:
    """Return a world of a case in which settings without a date change what is believed, at all
    times, before history conditions it; no settings are in force, and references are those of
    `world`, on whose quarters it stands.

    Prior draws and observation noise are those of the case as it stands, so differences are still
    draw by draw. Raises InputError for a belief that cannot be.
    """
    inputs = believed(
        case.inputs, [each for each in settings if each.key in case.inputs.assumptions]
    )
    full = world.timeline.whole()
    many = replace(options, draws=enough(options.draws))
    prior = build_ensemble(case, full, many, prior=True)
    start = World(inputs, prior, full)
    moved = {each.key: _path_set(start, each) for each in settings if each.key in prior.paths}
    paths = prior.paths | {
        name: np.asarray(into_scale(values, inputs.drivers[name].scale))
        for name, values in carried(inputs, start.belief, moved).items()
    }
    start = start.with_ensemble(replace(prior, paths=paths))
    found = conditioned(start, known_data(inputs), options.seed).of_draws(slice(0, options.draws))
    ensemble = rounded(found).trimmed(world.timeline.size)
    return World(inputs, replace(ensemble, references=world.ensemble.references), world.timeline)


def _path_set(world: World, setting: Setting) -> Array:
    """Return a driver's paths in its unit, scaled or shifted at all times."""
    values = world.belief(setting.key)
    scale = world.inputs.drivers[setting.key].scale
    values = values * setting.value if setting.operation == "scale" else values + setting.value
    highest = 1.0 - SMALLEST_SHARE if scale == "logit" else np.inf
    return np.asarray(np.clip(values, SMALLEST_SHARE, highest))


def believed(inputs: Inputs, settings: Sequence[Setting]) -> Inputs:
    """Return inputs in which settings without a date change assumptions: replaced by a point, or
    with every quantile scaled or shifted. The hash tells them from the inputs they came from.

    Raises InputError with every belief that leaves what its unit allows.
    """
    if not settings:
        return inputs
    assumptions, problems = dict(inputs.assumptions), []
    for setting in settings:
        changed = _changed(assumptions[setting.key], setting)
        if not _is_possible(changed):
            found = "a belief that leaves what its unit allows"
            expected = {"logit": "quantiles between 0% and 100%", "log": "quantiles above zero"}
            scale = changed.scale
            subject = f"--set {setting.text}"
            problems.append(Problem(setting.origin, subject, found, expected.get(scale, "numbers")))
        assumptions[setting.key] = changed
    if problems:
        raise InputError(problems)
    said = [(each.key, each.operation, each.value) for each in settings]
    digest = sha256(f"{inputs.sha256} believed {said}".encode()).hexdigest()
    return replace(inputs, assumptions=assumptions, sha256=digest)


def _changed(assumption: Assumption, setting: Setting) -> Assumption:
    """Return an assumption with a setting applied to the belief at each of its knots."""
    amount = setting.value
    if setting.operation == "replace":
        point = Distribution("point", ((0.5, amount),))
        knots = tuple(replace(knot, belief=point) for knot in assumption.knots)
        return replace(assumption, knots=knots, floor=None, ceiling=None)
    is_scaled = setting.operation == "scale"

    def change(value: float) -> float:
        return value * amount if is_scaled else value + amount

    return replace(
        assumption,
        knots=tuple(
            replace(knot, belief=_moved(knot.belief, change, amount, is_scaled=is_scaled))
            for knot in assumption.knots
        ),
        floor=None if assumption.floor is None else change(assumption.floor),
        ceiling=None if assumption.ceiling is None else change(assumption.ceiling),
    )


def _moved(belief: Distribution, change: Change, amount: float, *, is_scaled: bool) -> Distribution:
    """Return a belief whose quantiles are scaled or shifted by an amount."""
    if belief.kind != "scipy":
        quantiles = tuple((share, change(value)) for share, value in belief.quantiles)
        return replace(belief, quantiles=quantiles)
    # SciPy's loc and scale carry any of its distributions along
    parameters = dict(belief.parameters)
    parameters["loc"] = change(parameters.get("loc", 0.0))
    if is_scaled:
        parameters["scale"] = parameters.get("scale", 1.0) * amount
    return replace(belief, parameters=tuple(parameters.items()))


def _is_possible(assumption: Assumption) -> bool:
    values = [
        (value, knot.belief.kind == "point")
        for knot in assumption.knots
        for _, value in knot.belief.quantiles
    ]
    if assumption.scale == "logit":
        return all(0.0 < value < 1.0 or (sure and 0.0 <= value <= 1.0) for value, sure in values)
    return assumption.scale == "linear" or all(value > 0.0 for value, _ in values)
