"""What draws say of the metrics on the screen: at the period, by quarter, and beside the base."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.analysis.whatif.rows import Compared
from forecast.beliefs import Array
from forecast.explorer.facts import Facts, a_year, time_of
from forecast.report.characters.terminal_fan import LEVELS, FanPath
from forecast.world.rows import ChangeRow, ValueRow, change_row, plain
from forecast.world.values import Values


class Answers:
    """Draws of quantities as answers about metrics; each is summed up once."""

    def __init__(self, facts: Facts, values: Values) -> None:
        self.values = values
        self._facts = facts
        self._at: dict[str, Array] = {}
        self._rows: dict[str, ValueRow] = {}
        self._paths: dict[str, FanPath] = {}

    def at(self, metric: str) -> Array:
        """Return a metric at the period, (draws,)."""
        if metric not in self._at:
            self._at[metric] = self.values.at(metric, self._facts.period)
        return self._at[metric]

    def row(self, metric: str) -> ValueRow:
        """Return a metric's row at the period."""
        if metric not in self._rows:
            self._rows[metric] = self._facts.row(metric, self.at(metric))
        return self._rows[metric]

    def path(self, metric: str) -> FanPath:
        """Return a metric by quarter, a flow at a year's rate."""
        if metric not in self._paths:
            meaning, size = self._facts.meanings[metric], self._facts.timeline.horizon
            draws = self.values[metric][:, :size] * a_year(meaning)
            times = np.array([time_of(meaning, at) for at in range(size)])
            self._paths[metric] = FanPath(times, np.percentile(draws, LEVELS, axis=0))
        return self._paths[metric]

    def beside(self, base: Answers, metric: str, *, are_pairs: bool) -> Compared:
        """Return a metric beside the base: draw by draw where draws are pairs, else by rank."""
        before, after = base.row(metric), self.row(metric)
        sides = base.at(metric), self.at(metric)
        if are_pairs:
            return Compared(before, after, self._change(metric, *sides))
        change = self._change(metric, *map(np.sort, sides))
        error = plain(np.hypot(before.mc_error, after.mc_error))
        return Compared(before, after, replace(change, mc_error=error))

    def _change(self, metric: str, before: Array, after: Array) -> ChangeRow:
        return change_row(self._facts.meanings[metric], self._facts.period, before, after)
