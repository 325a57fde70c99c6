"""The rows of a hindcast: what was forecast from an origin, what came, and how good that was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forecast.curves.quantiles import CurveQuantiles
from forecast.result import BESIDE, Columns, Figures, Result
from forecast.units import Qualifier

Method = Literal["forecast", "walk", "growth"]


@dataclass(frozen=True)
class HindcastRow:
    """A metric `horizon` quarters after the `origin`, and what was observed of it since.

    `method` is the forecast itself, a random walk with the drift of all history, or last year's
    growth repeated.
    """

    metric: str
    method: Method
    origin: str
    horizon: int
    period: str
    unit: str
    observed: float
    observed_qualifier: Qualifier
    quantiles: CurveQuantiles


@dataclass(frozen=True, slots=True)
class Coverage(Figures):
    """The part of outcomes that a band held, and a 95% interval of it, clustered."""

    held: float
    low: float
    high: float

    def columns(self, name: str) -> Columns:
        """Yield NAME, NAME_low and NAME_high."""
        yield from ((name, self.held), (f"{name}_low", self.low), (f"{name}_high", self.high))


@dataclass(frozen=True)
class HindcastScore:
    """How good the forecasts of a metric were from the origins of a group, at a `horizon` in
    quarters or over all of them if it is None.

    CRPS, interval score and `bias` (median − observed) are in percentage points for shares and in
    natural logarithms for levels; `bounds` counts outcomes observed as more or less than a figure,
    which have no bias. The WIS over that of a baseline is on the rows that both forecast, None
    where there are none.
    """

    metric: str
    origins: str
    horizon: int | None
    kind: Literal["share", "level"]
    forecasts: int
    bounds: int
    crps: float
    coverage_50: Coverage
    coverage_80: Coverage
    coverage_95: Coverage
    interval_score_80: float
    bias: float | None
    wis_over_walk: float | None
    wis_over_growth: float | None


@dataclass(frozen=True)
class Hindcast(Result):
    """Forecasts as of earlier days beside what came, and how good they were."""

    rows: tuple[HindcastRow, ...]
    scores: tuple[HindcastScore, ...] = field(metadata=BESIDE)
