"""Lists of runs kept before: what is new in each, and what it found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from forecast.analysis.runs.kept_runs import SHOWN, KeptRun, last_run, news, points_of
from forecast.result import MERGED, Columns, Figures, Quantiles, Quarters, Run

REMEMBERED = 8  # runs whose headline a report shows beside its own


@dataclass(frozen=True)
class ShownRow:
    """What a list of runs shows of one: a metric's quantiles at its last year, or an event's."""

    metric: str
    period: str | None
    quantiles: Quantiles | Quarters


@dataclass(frozen=True, slots=True)
class Shown(Figures):
    """What a list of runs shows of one, each row in columns that are named after its metric."""

    rows: tuple[ShownRow, ...]

    def columns(self, name: str) -> Columns:
        """Yield METRIC_period and METRIC_p5 to METRIC_p95 of each row."""
        for row in self.rows:
            yield f"{row.metric}_period", row.period
            for point, value in row.quantiles.columns(""):
                yield f"{row.metric}_{point}", value

    def quantiles(self, metric: str) -> Quantiles | None:
        """Return the quantiles of a metric, None if it is not shown."""
        for row in self.rows:
            if row.metric == metric and isinstance(row.quantiles, Quantiles):
                return row.quantiles
        return None

    def period(self, metric: str) -> str | None:
        """Return the period of which a metric is shown, None if it is not."""
        return next((row.period for row in self.rows if row.metric == metric), None)


def shown_in(kept: KeptRun) -> tuple[ShownRow, ...]:
    """Return the rows that a list of runs shows of one."""
    shown = json.loads(kept.stored.about)["shown"] if kept.stored else []
    found = []
    for cells in shown:
        points, period = points_of(cells), cells["period"]
        quantiles = Quantiles(points) if period else Quarters(points)
        found.append(ShownRow(cells["metric"], period, quantiles))
    return tuple(found)


@dataclass(frozen=True)
class Past:
    """What a run kept before found of the first of SHOWN, at its last year."""

    run_id: str
    started: str
    period: str
    quantiles: Quantiles


def past_of(runs: Sequence[KeptRun], now: KeptRun) -> tuple[Past, ...]:
    """Return the last runs of a name that asked what a run asks now, the same settings through the
    same period, and did not rest on all the same."""
    found = []
    for kept in runs:
        is_same_question = {"settings", "horizon"}.isdisjoint(news(kept, now))
        if kept.name == now.name and is_same_question and kept.key != now.key:
            shown = Shown(shown_in(kept))
            quantiles, period = shown.quantiles(SHOWN[0]), shown.period(SHOWN[0])
            if quantiles and period:
                found.append(Past(kept.run.run_id, kept.run.started, period, quantiles))
    return tuple(found[-REMEMBERED:])


@dataclass(frozen=True)
class HistoryRow:
    """A run that was kept, what is `new` in it against the run before of the same name (None for
    the first), and what it found of SHOWN."""

    run_id: str
    number: int
    name: str
    run: Run = field(metadata=MERGED)
    new: tuple[str, ...] | None
    shown: Shown


def history_rows(runs: Sequence[KeptRun]) -> list[HistoryRow]:
    """Return one row for each run, the last first."""
    rows = []
    for index, kept in reversed(list(enumerate(runs))):
        before = last_run(runs[:index], kept.name)
        new = None if before is None else news(before, kept)
        shown, run = Shown(shown_in(kept)), kept.run
        rows.append(HistoryRow(run.run_id, kept.number, kept.name, run, new, shown))
    return rows
