"""Points of a sweep evaluated: figures of each metric by year, several points at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.analysis.sweep.sweep_design import Axis
from forecast.beliefs import Array
from forecast.money.joint import carried
from forecast.result import POINTS
from forecast.world.metrics import metric_meanings
from forecast.world.rows import value_row
from forecast.world.values import Keys, Taken
from forecast.world.world import Move, World

FIGURES = ("mean", *POINTS, "mc_error")
MOST_TOGETHER = 32_768  # draws of a world whose points are evaluated together, which takes memory


@dataclass(frozen=True)
class Design:
    """What every point of a sweep shares; `places` is points by axes, each in its axis's unit."""

    world: World
    axes: tuple[Axis, ...]
    metrics: tuple[str, ...]
    places: Array

    def keys(self) -> list[tuple[str, str]]:
        """Return the metric and year of each row of a point, in order."""
        return [(name, year) for name in self.metrics for year in self.world.timeline.years]

    def columns(self, points: range, figures: Array) -> dict[str, Any]:
        """Return rows by column, one for each point, metric and year; `figures` are theirs, (rows,
        figures)."""
        meanings = metric_meanings(self.world.inputs)
        keys, count = self.keys(), len(points)
        place = np.repeat(self.places[points.start : points.stop], len(keys), axis=0)
        return {
            "point": np.repeat(np.asarray(points, dtype=np.int64), len(keys)),
            **{axis.name: place[:, at] for at, axis in enumerate(self.axes)},
            "metric": [name for name, _ in keys] * count,
            "period": [year for _, year in keys] * count,
            "unit": [meanings[name].unit for name, _ in keys] * count,
            "kind": [meanings[name].kind for name, _ in keys] * count,
            **{name: figures[:, at] for at, name in enumerate(FIGURES)},
        }


def figures_of(design: Design, points: range) -> Array:
    """Return the mean, quantiles and Monte Carlo error of each metric and year at points, (points ×
    metrics × years, figures), in the order of `Design.keys`."""
    meanings = metric_meanings(design.world.inputs)
    keys = design.keys()
    rows = [
        value_row(meanings[name], year, taken[name, year], "projected", None)
        for taken in _taken(design, points, keys)
        for name, year in keys
    ]
    return np.array([(row.mean, *row.quantiles.values, row.mc_error) for row in rows])


def _taken(design: Design, points: range, keys: Keys) -> Iterable[Taken]:
    """Return draws by metric and year at each point.

    Points are moves of one world where they can be, which share what lies upstream of them.
    """
    world = design.world
    worlds = [_world_at(design, point) for point in points]
    moves = [each.changed for each in worlds]
    is_apart = world.draws > MOST_TOGETHER or len(moves) == 1
    if is_apart or not all(_is_whole(world, move) for move in moves):
        return (each.take(keys) for each in worlds)
    return world.after(moves, keys)[1:]


def _world_at(design: Design, point: int) -> World:
    place: Sequence[float] = design.places[point].tolist()
    own = [axis.setting(value) for axis, value in zip(design.axes, place, strict=True)]
    return design.world.with_settings((*design.world.settings, *own))


def _is_whole(world: World, move: Move) -> bool:
    """Return whether a move has in it all that it carries along in the money group already."""
    return carried(world.inputs, world.belief, move).keys() == move.keys()
