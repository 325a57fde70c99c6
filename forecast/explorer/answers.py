"""What draws say of the metrics on the screen: at the period, by quarter, and beside the base."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from forecast.analysis.whatif.whatif import Compared
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, end_year_fraction, label, mid_year_fraction, quarter
from forecast.report.charts.terminal_fan import LEVELS, FanPath, Observed
from forecast.units import Reading as Reported
from forecast.world.metrics import metric_meanings, status_of
from forecast.world.observed import observed_value
from forecast.world.rows import ChangeRow, ValueRow, change_row, plain, value_row
from forecast.world.timeline import Timeline
from forecast.world.values import Values

AT_A_QUARTERS_END = {"stock", "share", "cumulative"}


class Metrics:
    """The metrics that can be shown, with `headlines` among them, and what was observed of them; a
    timeline says which quarters and which `period`."""

    def __init__(self, inputs: Inputs, timeline: Timeline) -> None:
        self.inputs, self.timeline = inputs, timeline
        known = metric_meanings(inputs)
        self.meanings = {name: each for name, each in known.items() if each.kind != "event"}
        self.headlines = [name for name, each in self.meanings.items() if each.headline]
        self.period = timeline.years[-1]
        self._reported: dict[str, Reported | None] = {}
        self._observed: dict[str, tuple[Observed, ...]] = {}

    def observed(self, metric: str) -> tuple[Observed, ...]:
        """Return what was observed of a metric in the quarters shown, a flow at a year's rate."""
        if metric not in self._observed:
            meaning, found = self.meanings[metric], []
            for at in range(self.timeline.horizon):
                period = label(FIRST_QUARTER + at)
                reading = observed_value(self.inputs, metric, period, meaning.kind)
                if reading is not None:
                    is_floor = reading.qualifier == "gt"
                    value = reading.value * _a_year(meaning)
                    found.append(Observed(_time(meaning, at), value, is_floor))
            self._observed[metric] = tuple(found)
        return self._observed[metric]

    def row(self, metric: str, draws: Array) -> ValueRow:
        """Return a metric's row at the period, as a projection has it."""
        meaning = self.meanings[metric]
        if metric not in self._reported:
            reported = observed_value(self.inputs, metric, self.period, meaning.kind)
            self._reported[metric] = reported
        reported = self._reported[metric]
        status = status_of(reported, quarter(self.period) - FIRST_QUARTER, self.timeline)
        return value_row(meaning, self.period, draws, status, reported)


class Answers:
    """Draws of quantities as answers about metrics; each is summed up once."""

    def __init__(self, metrics: Metrics, values: Values) -> None:
        self.values = values
        self._metrics = metrics
        self._at: dict[str, Array] = {}
        self._rows: dict[str, ValueRow] = {}
        self._paths: dict[str, FanPath] = {}

    def at(self, metric: str) -> Array:
        """Return a metric at the period, (draws,)."""
        if metric not in self._at:
            self._at[metric] = self.values.at(metric, self._metrics.period)
        return self._at[metric]

    def row(self, metric: str) -> ValueRow:
        """Return a metric's row at the period."""
        if metric not in self._rows:
            self._rows[metric] = self._metrics.row(metric, self.at(metric))
        return self._rows[metric]

    def path(self, metric: str) -> FanPath:
        """Return a metric by quarter, a flow at a year's rate."""
        if metric not in self._paths:
            meaning, size = self._metrics.meanings[metric], self._metrics.timeline.horizon
            draws = self.values[metric][:, :size] * _a_year(meaning)
            times = np.array([_time(meaning, at) for at in range(size)])
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
        return change_row(self._metrics.meanings[metric], self._metrics.period, before, after)


def _a_year(meaning: Meaning) -> float:
    """Return what a quarter of a metric is multiplied by to be read as a year's rate."""
    return 4.0 if meaning.kind == "flow" else 1.0


def _time(meaning: Meaning, column: int) -> float:
    """Return where a quarter stands: its end for a level, its middle for the rest."""
    at = end_year_fraction if meaning.kind in AT_A_QUARTERS_END else mid_year_fraction
    return at(FIRST_QUARTER + column)
