"""How capex and vendor revenue move from quarter to quarter, in natural logarithms.

Capex is a level with lasting growth, seasons and noise; a step of the level is Student's t. Vendor
revenue has no seasons and growth that remembers: a third of the draws on each of three beliefs.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.beliefs import NORMAL_P90, Array, belief_in_scale, out_of_scale
from forecast.inputs.schema import Assumption
from forecast.money.state_space import VARIANCES, StateSpace, draw_states, fit

QUARTERS_PER_YEAR = 4.0
BELIEFS = ("remembered", "walk", "fading")


def constant(money: Mapping[str, Assumption], name: str) -> float:
    """Return the value of a constant of the money group, the median where it is uncertain."""
    stated = dict(money[name].knots[0].belief.quantiles)
    return float(stated[0.5])


def drawn_value(belief: Assumption, draws: int, rng: np.random.Generator) -> Array:
    """Return draws of an uncertain constant, (draws,), in its unit."""
    normals = rng.standard_normal(draws)
    scaled = belief_in_scale(belief.knots[0].belief, normals, belief.scale)
    return np.asarray(out_of_scale(scaled, belief.scale))


def yearly_drift(money: Mapping[str, Assumption], name: str) -> tuple[float, float]:
    """Return mean and standard deviation of a growth that lasts, a quarter."""
    stated = dict(money[name].knots[0].belief.quantiles)
    spread = (stated[0.9] - stated[0.1]) / (2.0 * NORMAL_P90)
    return stated[0.5] / QUARTERS_PER_YEAR, spread / QUARTERS_PER_YEAR


def capex_space(money: Mapping[str, Assumption]) -> StateSpace:
    """Return level, three seasons and lasting growth of a company's capex."""
    drift, spread = yearly_drift(money, "capex_drift")
    season = constant(money, "capex_season_start") ** 2
    transition = np.array(
        [
            [1.0, 0.0, 0.0, 0.0, 1.0],
            [0.0, -1.0, -1.0, -1.0, 0.0],
            [0.0, 1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, 1.0],
        ]
    )
    shocks = [constant(money, "capex_level_shock"), constant(money, "capex_season_shock"), 0, 0, 0]
    return StateSpace(
        transition,
        np.array(shocks, dtype=np.float64),
        np.array([1.0, 1.0, 0.0, 0.0, 0.0]),
        np.array([0.0, 0.0, 0.0, 0.0, drift]),
        np.diag([0.0, season, season, season, spread**2]),
        constant(money, "capex_noise"),
        constant(money, "noise_worth"),
        constant(money, "outlier_limit"),
    )


def vendor_space(money: Mapping[str, Assumption], belief: str) -> StateSpace:
    """Return level, growth and lasting growth of a vendor's revenue under one belief."""
    persistence = constant(money, f"vendor_{belief}_persistence")
    drift, spread = yearly_drift(money, f"vendor_{belief}_drift")
    growth_shock = constant(money, f"vendor_{belief}_growth_shock")
    noise = constant(money, "vendor_noise")
    apart = noise**2 * growth_shock / (1.0 - persistence**2)
    return StateSpace(
        np.array([[1.0, 1.0, 0.0], [0.0, persistence, 1.0 - persistence], [0.0, 0.0, 1.0]]),
        np.array([constant(money, f"vendor_{belief}_level_shock"), growth_shock, 0.0]),
        np.array([1.0, 0.0, 0.0]),
        np.array([0.0, drift, drift]),
        np.array([[0, 0, 0], [0, spread**2 + apart, spread**2], [0, spread**2, spread**2]], float),
        noise,
        constant(money, "noise_worth"),
        constant(money, "outlier_limit"),
    )


def capex_paths(
    money: Mapping[str, Assumption],
    figures: Array,
    lasting: Array,
    steps: Array,
    rng: np.random.Generator,
) -> Array:
    """Return logarithms of capex after the last of `figures`, (draws, quarters).

    `lasting`, (draws,), is the standard normal variable of lasting growth; `steps`, (draws,
    quarters), those of the level, of unit variance.
    """
    space = capex_space(money)
    draws, quarters = steps.shape
    states, noise = draw_states(fit(space, figures), _strata(draws, rng), lasting, rng)
    return _run(space, states, noise, steps, rng.standard_normal((draws, quarters)), rng)


def vendor_paths(
    money: Mapping[str, Assumption],
    figures: Array,
    lasting: Array,
    steps: Array,
    rng: np.random.Generator,
) -> Array:
    """Return logarithms of a vendor's revenue after the last of `figures`, (draws, quarters)."""
    draws, quarters = steps.shape
    chosen = rng.permutation(np.arange(draws) % len(BELIEFS))
    strata, noises = _strata(draws, rng), rng.standard_normal((draws, quarters))
    found = np.empty((draws, quarters))
    for index, belief in enumerate(BELIEFS):
        mine = chosen == index
        space = vendor_space(money, belief)
        states, noise = draw_states(fit(space, figures), strata[mine], lasting[mine], rng)
        found[mine] = _run(space, states, noise, steps[mine], noises[mine], rng)
    return found


def level_steps(money: Mapping[str, Assumption], normals: Array, rng: np.random.Generator) -> Array:
    """Return Student t steps of unit variance from standard normal ones, of the same shape."""
    degrees = constant(money, "shock_degrees_of_freedom")
    mixing = rng.chisquare(degrees, normals.shape) / degrees
    return np.asarray(normals / np.sqrt(mixing) * np.sqrt((degrees - 2.0) / degrees))


def _run(
    space: StateSpace,
    states: Array,
    noise: Array,
    steps: Array,
    noises: Array,
    rng: np.random.Generator,
) -> Array:
    """Return figures (draws, quarters) of a state space from its states on; the level steps as
    given, every other shock is normal."""
    spread = np.sqrt(space.shocks)
    steps, noises = (np.ascontiguousarray(each.T) for each in (steps, noises))
    found, shocks = np.empty(steps.shape), np.zeros(states.shape)
    for index, step in enumerate(steps):
        shocks[:, 0] = spread[0] * step
        for component in np.flatnonzero(spread[1:]) + 1:
            shocks[:, component] = spread[component] * rng.standard_normal(len(states))
        states = states @ space.transition.T + noise[:, None] * shocks
        found[index] = states @ space.loading + noise * noises[index]
    return found.T


def _strata(draws: int, rng: np.random.Generator) -> Array:
    """Return an index into the variances for each draw, all equally often."""
    return rng.permutation(np.arange(draws) % VARIANCES)
