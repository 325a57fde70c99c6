"""What a screen shows of a base case without its draws: names, periods and what was observed."""

from __future__ import annotations

from forecast.beliefs import Array
from forecast.explorer.levers import Lever
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, end_year_fraction, label, mid_year_fraction, quarter
from forecast.report.characters.terminal_fan import Observed
from forecast.result import RunOptions
from forecast.units import Reading as Reported
from forecast.world.case import Case
from forecast.world.history.observed import observed_value
from forecast.world.metrics import metric_meanings, status_of
from forecast.world.rows import ValueRow, value_row

AT_A_QUARTERS_END = {"stock", "share", "cumulative"}


class Facts:
    """A base case and how it is asked: the metrics that can be shown, with `headlines` among them,
    its quarters and the `period` of all figures.

    `levers` are those measured so far, `ranked` what moves a metric, first what explains most of
    it, as far as that was found out.
    """

    def __init__(self, case: Case, options: RunOptions) -> None:
        self.case, self.options = case, options
        self.timeline = case.timeline(options.through)
        known = metric_meanings(case.inputs)
        self.meanings = {name: each for name, each in known.items() if each.kind != "event"}
        self.headlines = [name for name, each in self.meanings.items() if each.headline]
        self.period = self.timeline.years[-1]
        self.levers: dict[str, Lever] = {}
        self.ranked: dict[str, list[str]] = {}
        self._reported: dict[str, Reported | None] = {}
        self._observed: dict[str, tuple[Observed, ...]] = {}

    @property
    def inputs(self) -> Inputs:
        """The inputs of the base case."""
        return self.case.inputs

    @property
    def begins(self) -> float:
        """The year, as a fraction, in which the forecast begins."""
        return end_year_fraction(FIRST_QUARTER + self.timeline.history - 1)

    def observed(self, metric: str) -> tuple[Observed, ...]:
        """Return what was observed of a metric in the quarters shown, a flow at a year's rate."""
        if metric not in self._observed:
            meaning, found = self.meanings[metric], []
            for at in range(self.timeline.horizon):
                period = label(FIRST_QUARTER + at)
                reading = observed_value(self.inputs, metric, period, meaning.kind)
                if reading is not None:
                    is_floor = reading.qualifier == "gt"
                    value = reading.value * a_year(meaning)
                    found.append(Observed(time_of(meaning, at), value, is_floor))
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


def a_year(meaning: Meaning) -> float:
    """Return what a quarter of a metric is multiplied by to be read as a year's rate."""
    return 4.0 if meaning.kind == "flow" else 1.0


def time_of(meaning: Meaning, column: int) -> float:
    """Return where a quarter stands: its end for a level, its middle for the rest."""
    at = end_year_fraction if meaning.kind in AT_A_QUARTERS_END else mid_year_fraction
    return at(FIRST_QUARTER + column)
