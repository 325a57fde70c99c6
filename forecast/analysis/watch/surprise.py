"""What a surprise does to a forecast: the ensemble's regression gain, carried through the model.

A figure to come moves everything that a draw holds (beliefs, paths, model discrepancy) along its
covariance with the figure, and the model turns that into metrics. The plain regression of a metric
on the figure estimates the same, but with the sampling noise of the whole metric: a hundredth of
its standard deviation at 8,192 draws, more than most figures move it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.coordinates import TINY
from forecast.world.draws.draws import Ensemble

GROUPS = 8
NOISE_LEVEL = 2.0  # standard errors of a correlation below which it is taken for noise
DRAWS = 2048  # for the effect, which is taken draw by draw; gains use every draw
Metrics = Callable[[Ensemble], Array]


@dataclass(frozen=True)
class Effect:
    """How far one standard error above expectation moves each metric's mean, (metrics,), and the
    sampling error of that."""

    size: Array
    error: Array


def shifts(state: Array, predicted: Array, errors: Array) -> Array:
    """Return how far a surprise of one standard error moves each row of a state, without each group
    of draws in turn: (groups, rows, figures).

    `predicted` holds the figures to come, (figures, draws), in their scale, without the error of
    observing them, whose standard deviations are `errors`, (figures,). The shift is the Kalman gain
    cov(row, figure) / (var + error²) times a surprise of √(var + error²). A correlation r is shrunk
    by max(0, 1 − (level / √draws / r)²): what is within sampling noise of zero says nothing, and
    hundreds of such nothings would move a metric (adaptive localisation, Luo and Bhakta 2020, with
    the positive-part James-Stein rule). Draw d belongs to group d modulo `GROUPS`.
    """
    state = state - state.mean(axis=1, keepdims=True)
    predicted = predicted - predicted.mean(axis=1, keepdims=True)
    groups = [slice(group, None, GROUPS) for group in range(GROUPS)]
    cross = np.stack(
        [np.einsum("vd,od->vo", state[:, mine], predicted[:, mine]) for mine in groups]
    )
    first, first_squared = _sums(state, groups)
    second, second_squared = _sums(predicted, groups)
    size = state.shape[1] - np.array([len(range(*mine.indices(state.shape[1]))) for mine in groups])
    found = []
    for group in range(GROUPS):
        draws = float(size[group])
        mean, other = (each.sum(axis=0) - each[group] for each in (first, second))
        covariance = cross.sum(axis=0) - cross[group] - np.outer(mean, other) / draws
        variance = first_squared.sum(axis=0) - first_squared[group] - mean**2 / draws
        spread = second_squared.sum(axis=0) - second_squared[group] - other**2 / draws
        covariance, variance, spread = (
            each / (draws - 1.0) for each in (covariance, variance, spread)
        )
        noise = np.outer(variance, spread) * NOISE_LEVEL**2 / draws
        covariance *= np.maximum(0.0, 1.0 - noise / np.maximum(covariance**2, TINY))
        found.append(covariance / np.sqrt(spread + errors**2))
    return np.stack(found)


def _sums(values: Array, groups: Sequence[slice]) -> tuple[Array, Array]:
    """Return the sums of rows and of their squares over each group of draws: (groups, rows)."""
    sums = np.stack([values[:, mine].sum(axis=1) for mine in groups])
    squares = np.stack([np.einsum("vd,vd->v", values[:, mine], values[:, mine]) for mine in groups])
    return sums, squares


def effects(ensemble: Ensemble, predicted: Array, errors: Array, metrics: Metrics) -> list[Effect]:
    """Return what a surprise of one standard error in each figure to come does to the metrics.

    `predicted` and `errors` are those of `shifts`; `metrics` returns (metrics, draws) for an
    ensemble, held against references of its own, because a figure changes what is known and not the
    case. Each group of draws is moved by the gain of the others; the error is their
    delete-one-group jackknife (Efron and Tibshirani 1993, chapter 11).
    """
    moved = shifts(ensemble.state(), predicted, errors)
    few = ensemble.of_draws(slice(0, min(DRAWS, ensemble.draws) // GROUPS * GROUPS))
    state = few.state()
    by_group = state.reshape(len(state), -1, GROUPS)
    room = np.empty_like(by_group)
    before = metrics(few)

    def effect(figure: int) -> Effect:
        step = np.ascontiguousarray(moved[:, :, figure].T)[:, np.newaxis]
        np.add(by_group, step, out=room)
        after = metrics(few.with_state(room.reshape(state.shape)))
        change = (after - before).reshape(len(before), -1, GROUPS)
        means = change.mean(axis=1).T
        away = ((means - means.mean(axis=0)) ** 2).sum(axis=0)
        return Effect(means.mean(axis=0), np.sqrt((GROUPS - 1.0) / GROUPS * away))

    return [effect(figure) for figure in range(len(errors))]
