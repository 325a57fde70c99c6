"""Coordinates of a state: few numbers a draw, whose covariance is known before any data.

Scalars are coordinates as they are, with the correlations stated for them; a driver's path is
described by the principal components of its own draws; nothing is related across. Hundreds of rows
become some two hundred coordinates, and no chance correlation among them is ever taken for one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array
from forecast.ensemble.one_thread import one_thread
from forecast.processors.threads import spread

KEPT = 0.99  # share of a path's variance, each quarter weighing alike, that coordinates hold
TAIL = 0.005  # share of draws at each end that are moved in to the next
STILL = 1e-9  # standard deviation of a row that is the same in every draw but for rounding
TINY = 1e-300  # keeps a ratio of nothing to nothing from being none


@dataclass(frozen=True)
class Components:
    """Principal components of a path: `weights` (components, quarters) make them of a path, and
    `loadings` (quarters, components) say how far one unit of each moves each quarter."""

    weights: Array
    loadings: Array


@dataclass(frozen=True)
class Coordinates:
    """The first rows of a state, `normals` of them, as they are, then the components of each path;
    `covariance`, (coordinates, coordinates), is what is known of them before any data."""

    normals: int
    paths: tuple[Components, ...]
    covariance: Array

    def of(self, state: Array) -> Array:
        """Return the coordinates (coordinates, draws) of a state (rows, draws)."""
        quarters = [path.weights.shape[1] for path in self.paths]
        starts = np.cumsum([self.normals, *quarters])

        def of_path(place: int) -> Array:
            rows = state[starts[place] : starts[place + 1]]
            return winsorised(self.paths[place].weights @ rows)

        return np.concatenate([state[: self.normals], *spread(of_path, range(len(self.paths)))])

    def moved(self, state: Array, change: Array) -> Array:
        """Return a state (rows, draws) whose coordinates change by `change`, (coordinates,
        draws)."""
        rows = np.cumsum([self.normals, *(path.loadings.shape[0] for path in self.paths)])
        at = np.cumsum([self.normals, *(path.loadings.shape[1] for path in self.paths)])
        moved = state.copy()
        moved[: self.normals] += change[: self.normals]

        def move(place: int) -> None:
            mine = change[at[place] : at[place + 1]]
            moved[rows[place] : rows[place + 1]] += self.paths[place].loadings @ mine

        spread(move, range(len(self.paths)))
        return moved


@one_thread()
def coordinates(state: Array, correlations: Array, quarters: int) -> Coordinates:
    """Return the coordinates of a prior state (rows, draws): standard normals of the
    `correlations`, (normals, normals), then paths of so many `quarters` each."""
    normals, draws = len(correlations), state.shape[1]
    starts = range(normals, len(state), quarters)
    paths = spread(lambda start: _principal(state[start : start + quarters]), starts)
    size = normals + sum(len(path.weights) for path in paths)
    found = Coordinates(normals, tuple(paths), np.zeros((size, size)))
    values, start = anomaly(found.of(state)), normals
    found.covariance[:normals, :normals] = correlations
    for path in paths:
        mine = slice(start, start + len(path.weights))
        found.covariance[mine, mine] = values[mine] @ values[mine].T / (draws - 1)
        start = mine.stop
    return found


def _principal(path: Array) -> Components:
    """Return the principal components of a path's correlations, from draws (quarters, draws);
    quarters that are the same in every draw have no part in them."""
    path = anomaly(winsorised(path))
    unit = unit_of(path)
    standard = path * unit[:, np.newaxis]
    values, vectors = np.linalg.eigh(standard @ standard.T)
    shares = np.cumsum(values[::-1]) / np.maximum(values.sum(), TINY)
    chosen = vectors[:, ::-1][:, : int(np.sum(shares < KEPT)) + 1]
    return Components(chosen.T * unit, chosen * path.std(axis=1)[:, np.newaxis])


def unit_of(rows: Array) -> Array:
    """Return one over the standard deviation of rows (rows, draws); zero of a row that is the same
    in every draw."""
    spread = rows.std(axis=1)
    return np.asarray(np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > STILL))


def anomaly(rows: Array) -> Array:
    """Return rows (rows, draws) less their means."""
    return np.asarray(rows - rows.mean(axis=1, keepdims=True))


def winsorised(rows: Array) -> Array:
    """Return rows (rows, draws) with the share `TAIL` of draws at each end moved in to the next
    (Tukey 1962): some paths have tails of forty standard deviations, and one such draw would
    decide a gain."""
    last = rows.shape[1] - 1
    cut = int(TAIL * rows.shape[1])
    ends = np.sort(rows, axis=1)  # faster than to find two of its places
    return np.clip(rows, ends[:, [cut]], ends[:, [last - cut]])
