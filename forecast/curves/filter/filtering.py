"""A Kalman filter for a level that grows along a slope, for many hyperparameters at once.

State: level, slope, and one constant shift per differently worded series, all in link space. Every
array carries its members (points of the hyperparameter grid) in the last axes; means are
(states, …members), covariances (states, states, …members). Level and slope move in continuous time
(Harvey 1989, section 9.1): the slope wanders, so what was learnt of it is forgotten as time passes,
and a lapse is the same however many steps it is taken in. Bounds are absorbed by matching moments
(assumed-density filtering, Minka 2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from forecast.curves.families import Array, Members

_LOG_2PI = math.log(2.0 * math.pi)
_normal_upper = np.frompyfunc(lambda z: 0.5 * math.erfc(z / math.sqrt(2.0)), 1, 1)
_FARTHEST = 35.0  # standard deviations; beyond, the normal tail leaves the floating-point range
_EXACT = 1e-14  # the variance of what is known exactly, so that no division is by zero


@dataclass(frozen=True)
class Dynamics:
    """What moves the state: variances a year of the level and of the slope, and damping.

    `slope_variance` is what the slope wanders by in a year (see `wandering`), `damping` the factor
    by which the slope shrinks in a year, `drifts` 1 where it wanders on after the last observation,
    else 0.
    """

    level_variance: Array
    slope_variance: Array
    damping: Array
    drifts: Array

    def take(self, members: Members) -> Dynamics:
        """Return the dynamics of the members with these indices."""
        return Dynamics(
            self.level_variance[..., members],
            self.slope_variance[..., members],
            self.damping[..., members],
            self.drifts[..., members],
        )


@dataclass
class State:
    """Mean (states, …members) and covariance (states, states, …members) of the state."""

    mean: Array
    covariance: Array

    def copy(self) -> State:
        """Return an independent copy."""
        return State(self.mean.copy(), self.covariance.copy())

    def take(self, members: Members) -> State:
        """Return the state of the members with these indices."""
        return State(self.mean[..., members], self.covariance[..., members])


@dataclass(frozen=True)
class Transition:
    """How the state moved over a lapse of time: next level = level + reach × slope + noise, next
    slope = keep × slope + noise. `shared_noise` is the covariance of the two noises.
    """

    reach: Array
    keep: Array
    level_noise: Array
    slope_noise: Array
    shared_noise: Array

    def take(self, members: Members) -> Transition:
        """Return the transition of the members with these indices."""
        return Transition(
            self.reach[..., members],
            self.keep[..., members],
            self.level_noise[..., members],
            self.slope_noise[..., members],
            self.shared_noise[..., members],
        )


@dataclass
class History:
    """The filtered states after each distinct time and the transitions between them."""

    times: list[float] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def keep(self, time: float, state: State, move: Transition) -> None:
        """Record the state at a time, and how it moves on from there."""
        self.end(time, state.copy())
        self.transitions.append(move)

    def end(self, time: float, state: State) -> None:
        """Record the state at the last time."""
        self.times.append(time)
        self.states.append(state)

    def take(self, members: Members) -> History:
        """Return the history of the members with these indices."""
        return History(
            self.times,
            [state.take(members) for state in self.states],
            [move.take(members) for move in self.transitions],
        )


def damped_reach(damping: Array, lapse: Array | float) -> tuple[Array, Array]:
    """Return what is left of a slope after `lapse` years, and how far it has carried the level."""
    rate = -np.log(damping)
    damped = rate > 0.0
    keep = np.exp(-rate * lapse)
    return keep, np.where(damped, (1.0 - keep) / np.where(damped, rate, 1.0), lapse)


def wandering(level_variance: Array, damping: Array, forgetting: Array | float) -> Array:
    """Return the variance that the slope gains in a year.

    Chosen so that figures without end leave knowledge of the slope that is forgotten at the rate
    `forgetting` a year, whatever the level's variance and whether the slope is damped or not: the
    slope's variance P then solves 0 = −2ρP + q − P² / σ² with P = σ² forgetting, ρ the damping.
    """
    rate = -np.log(damping)
    return np.asarray(level_variance * forgetting * (forgetting + 2.0 * rate))


def transition(dynamics: Dynamics, lapse: Array | float) -> Transition:
    """Return the movement over `lapse` years.

    The noises are the integrals over the lapse of what the slope gains at each moment and carries
    to its end: of keep², of keep × reach, and of reach². So two lapses make the same movement as
    one of their sum.
    """
    rate = -np.log(dynamics.damping)
    damped = rate > 0.0
    by = np.where(damped, rate, 1.0)
    keep, reach = damped_reach(dynamics.damping, lapse)
    kept = np.where(damped, (1.0 - keep * keep) / (2.0 * by), lapse)
    reached = np.where(damped, (lapse - 2.0 * reach + kept) / by**2, lapse**3 / 3.0)
    return Transition(
        reach,
        keep,
        dynamics.level_variance * lapse + dynamics.slope_variance * reached,
        dynamics.slope_variance * kept,
        dynamics.slope_variance * (0.5 * reach * reach),
    )


def predict(state: State, move: Transition) -> None:
    """Move the state on, in place."""
    mean, covariance = state.mean, state.covariance
    reach, keep = move.reach, move.keep
    mean[0] += reach * mean[1]
    mean[1] *= keep
    slope_variance = covariance[1, 1].copy()
    level_slope = covariance[0, 1].copy()
    covariance[0, 0] += reach * (2.0 * level_slope + reach * slope_variance) + move.level_noise
    covariance[0, 1] = covariance[1, 0] = (
        keep * (level_slope + reach * slope_variance) + move.shared_noise
    )
    covariance[1, 1] = keep * keep * slope_variance + move.slope_noise
    for shift in range(2, len(mean)):
        covariance[0, shift] += reach * covariance[1, shift]
        covariance[shift, 0] = covariance[0, shift]
        covariance[1, shift] *= keep
        covariance[shift, 1] = covariance[1, shift]


def follow(slope: Array, variance: Array, move: Transition, rise: Array) -> tuple[Array, ...]:
    """Return mean and variance of the slope after the level rose by exactly `rise`.

    `predict` and `observe` in one, for levels that are known at both ends of a lapse: the slope is
    then all that is left to filter. Returns besides the log density of the rise as it was
    predicted, less a constant.
    """
    total = move.reach * move.reach * variance + move.level_noise
    gain = (move.keep * move.reach * variance + move.shared_noise) / total
    surprise = rise - move.reach * slope
    density = -0.5 * (np.log(total) + surprise * surprise / total)
    left = move.keep * move.keep * variance + move.slope_noise - gain * gain * total
    return move.keep * slope + gain * surprise, left, density


def observe(state: State, row: tuple[int, ...], value: Array, variance: Array) -> Array:
    """Absorb an observation of the sum of the states in `row`, in place.

    Returns the log density of `value` as it was predicted.
    """
    gain = np.array(
        sum((state.covariance[:, index] for index in row[1:]), state.covariance[:, row[0]])
    )
    total = sum(gain[index] for index in row) + variance
    surprise = value - sum(state.mean[index] for index in row)
    state.mean += gain * (surprise / total)
    state.covariance -= gain[:, None] * (gain[None, :] / total)
    return np.asarray(-0.5 * (_LOG_2PI + np.log(total) + surprise * surprise / total))


def observe_between(
    state: State, row: tuple[int, ...], low: Array | None, high: Array | None, variance: Array
) -> Array:
    """Absorb that the sum of the states in `row` lies below `high`, above `low`, or between.

    `variance` softens the bounds. Returns the log probability of the statement as predicted.
    """
    gain = np.array(
        sum((state.covariance[:, index] for index in row[1:]), state.covariance[:, row[0]])
    )
    total = sum(gain[index] for index in row) + variance
    scale = np.sqrt(total)
    centre = np.asarray(sum(state.mean[index] for index in row))
    shape = np.shape(centre)
    near = np.full(shape, -_FARTHEST) if low is None else _standard(low, centre, scale)
    far = np.full(shape, _FARTHEST) if high is None else _standard(high, centre, scale)
    flip = near + far < 0.0  # work in the upper tail, where the difference keeps its digits
    near, far = np.where(flip, -far, near), np.where(flip, -near, far)
    far = np.maximum(far, near + 1e-9)
    mass = (_normal_upper(near) - _normal_upper(far)).astype(float)
    mass = np.maximum(mass, 1e-300)
    density_near, density_far = _density(near), _density(far)
    shift = (density_near - density_far) / mass
    shrink = shift * shift + (far * density_far - near * density_near) / mass
    shrink = np.clip(shrink, 0.0, 1.0)
    shift = np.where(flip, -shift, shift)
    state.mean += gain * (shift / scale)
    state.covariance -= gain[:, None] * (gain[None, :] * (shrink / total))
    return np.asarray(np.log(mass))


def observe_direction(state: State, index: int, variance: Array, up: Array, down: Array) -> Array:
    """Absorb that a state is above zero with probability `up`, below it with probability `down`,
    or else anywhere; in place.

    `variance` softens the bounds. The state keeps mean and covariance of that mixture. Returns the
    log probability of the statement as predicted.
    """
    gain = state.covariance[:, index].copy()
    total = gain[index] + variance
    scale = np.sqrt(total)
    centre = np.clip(state.mean[index] / scale, -_FARTHEST, _FARTHEST)
    mass = up * normal_lower(centre) + down * normal_lower(-centre) + (1.0 - up - down)
    shift = (up - down) * _density(centre) / mass
    state.mean += gain * (shift / scale)
    shrink = shift * (shift + centre)
    state.covariance -= gain[:, None] * (gain[None, :] * (shrink / total))
    return np.asarray(np.log(mass))


def normal_lower(z: Array) -> Array:
    """Return the standard normal distribution function."""
    return np.asarray(_normal_upper(np.clip(-z, -_FARTHEST, _FARTHEST)), dtype=np.float64)


def _standard(bound: Array, centre: Array, scale: Array) -> Array:
    return np.clip((bound - centre) / scale, -_FARTHEST, _FARTHEST)


def _density(z: Array) -> Array:
    return np.asarray(np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


def sample_backward(history: History, components: Members, rng: np.random.Generator) -> Array:
    """Return joint draws of the states at all times: (times, states, draws).

    Draw i follows member `components[i]`: forward filtering, backward sampling (Carter and Kohn
    1994; Frühwirth-Schnatter 1994). What is the same in all draws of a member is worked out once
    for each member.
    """

    def noise(covariance: Array) -> Array:
        root = _of_draws(_root(covariance), components)
        return np.asarray(np.einsum("ijk,jk->ik", root, rng.standard_normal(size)))

    last = history.states[-1]
    size = len(last.mean), len(components)
    draws = np.empty((len(history.states), *size))
    draws[-1] = _of_draws(last.mean, components) + noise(last.covariance)
    for index in range(len(history.states) - 2, -1, -1):
        state, move = history.states[index], history.transitions[index]
        draws[index], left = _given_next(state, move, draws[index + 1], components)
        draws[index] += noise(left)
    return draws


def _given_next(
    state: State, move: Transition, following: Array, components: Members
) -> tuple[Array, Array]:
    """Condition filtered states on the next states of draws, (states, draws), one entry at a time:
    return the means of draws, and the covariances of members.

    Shifts do not move. The next slope is this one damped, with noise; given it, the next level is
    this one, a part of this slope, and what is left of the level's noise.
    """
    covariance, mean = state.covariance.copy(), _of_draws(state.mean, components)

    def correct(gain: Array, total: Array, surprise: Array) -> None:
        mean[:] += _of_draws(gain, components) * (surprise / _of_draws(total, components))
        covariance[:] -= gain[:, None] * (gain[None, :] / total)

    for shift in range(2, len(following)):
        gain = covariance[:, shift].copy()
        correct(gain, gain[shift] + _EXACT, following[shift] - mean[shift])
    keep = _of_draws(move.keep, components)
    gain = covariance[:, 1] * move.keep
    total = move.keep * gain[1] + move.slope_noise + _EXACT
    correct(gain, total, following[1] - keep * mean[1])
    carried = move.shared_noise / (move.slope_noise + _EXACT)
    part = move.reach - carried * move.keep
    gain = covariance[:, 0] + part * covariance[:, 1]
    left = move.level_noise - carried * move.shared_noise + _EXACT
    carried, parts = _of_draws(carried, components), _of_draws(part, components)
    surprise = following[0] - carried * following[1] - mean[0] - parts * mean[1]
    correct(gain, gain[0] + part * gain[1] + left, surprise)
    return mean, covariance


def _of_draws(values: Array, components: Members) -> Array:
    """Return values of members (…, members) as those of the draws that follow them, (…, draws)."""
    return np.take(values, components, axis=-1)


def _root(covariance: Array) -> Array:
    """Return lower triangles (states, states, …members) whose squares are covariances, which may
    be singular."""
    lower = np.zeros_like(covariance)
    for column in range(len(covariance)):
        pivot = covariance[column, column] - np.sum(lower[column, :column] ** 2, axis=0)
        root = np.sqrt(np.maximum(pivot, 0.0))
        lower[column, column] = root
        usable = np.where(root > 1e-9, root, np.inf)
        for row in range(column + 1, len(covariance)):
            overlap = np.sum(lower[row, :column] * lower[column, :column], axis=0)
            lower[row, column] = (covariance[row, column] - overlap) / usable
    return lower
