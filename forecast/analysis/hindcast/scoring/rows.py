"""The rows of a hindcast: what was forecast from an origin, what came, and how good that was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forecast.inputs.yardsticks.published import Strength
from forecast.result import BESIDE, Columns, Figures, Quantiles, Result
from forecast.units import Qualifier

Method = Literal["forecast", "walk", "growth"]
Part = Literal["money", "model"]


@dataclass(frozen=True)
class HindcastRow:
    """A metric `horizon` quarters after the `origin`, and what was observed of it since.

    `part` says what was run: the money group alone, or the whole model. `method` is the forecast
    itself, a random walk with the drift of all history, or last year's growth repeated.
    """

    part: Part
    metric: str
    method: Method
    origin: str
    horizon: int
    period: str
    unit: str
    observed: float
    observed_qualifier: Qualifier
    quantiles: Quantiles


@dataclass(frozen=True, slots=True)
class Estimate(Figures):
    """A figure over forecasts, and a 95% interval of it from a bootstrap over clusters."""

    value: float
    low: float
    high: float

    def columns(self, name: str) -> Columns:
        """Yield NAME, NAME_low and NAME_high."""
        yield from ((name, self.value), (f"{name}_low", self.low), (f"{name}_high", self.high))


@dataclass(frozen=True)
class HindcastScore:
    """How good the forecasts of a metric were from the origins of a group, at a `horizon` in
    quarters or over all of them if it is None; `quarters` counts forecasts, one a quarter forecast.

    CRPS, interval score and `bias` (median − observed) are in percentage points for shares and in
    natural logarithms for levels; `bounds` counts outcomes observed as more or less than a figure,
    which have no bias. The WIS over that of a baseline is on the rows that both forecast, None
    where there are none.
    """

    part: Part
    metric: str
    origins: str
    horizon: int | None
    kind: Literal["share", "level"]
    quarters: int
    bounds: int
    crps: float
    coverage_50: Estimate
    coverage_80: Estimate
    coverage_90: Estimate
    coverage_95: Estimate
    interval_score_80: float
    bias: float | None
    wis_over_walk: float | None
    wis_over_growth: float | None


@dataclass(frozen=True)
class Hindcast(Result):
    """Forecasts as of earlier days beside what came, and how good they were."""

    rows: tuple[HindcastRow, ...]
    scores: tuple[HindcastScore, ...] = field(metadata=BESIDE)


@dataclass(frozen=True)
class PublishedRow:
    """A published forecast beside ours of the same day and target, and what came of it.

    All figures are in `unit`. `years_ahead` counts from the day to the target's end; `walk` is the
    median of a random walk with drift; `converted` says by which ratios ours is in the published
    wording. Errors are of logarithms, forecast over outcome, None where there is no outcome or the
    published forecast is a bound. `is_read_off` where it was read off a stated path.
    """

    forecast_id: str
    who: str
    published: str
    quantity: str
    definition: str
    target_period: str
    years_ahead: float
    unit: str
    low: float | None
    mid: float | None
    high: float | None
    quantiles: Quantiles
    walk: float | None
    converted: str
    is_read_off: bool
    outcome_id: str | None
    outcome: float | None
    strength: Strength | None
    error: float | None
    error_ours: float | None
    error_walk: float | None
    held_80: bool | None


@dataclass(frozen=True)
class UnansweredRow:
    """A published forecast that ours cannot be held against, and why."""

    forecast_id: str
    who: str
    published: str
    metric: str
    definition: str
    target_period: str
    unit: str
    reason: str


@dataclass(frozen=True)
class PublishedScore:
    """Errors of published forecasts, of ours and of a random walk on the same rows: medians of
    |logarithm|, one vote for each outcome; a walk's are None where there is none.

    `nearer` is the part of votes in which ours lay nearer, `held_80` in which our 80% band held.
    """

    group: str
    quantity: str | None
    forecasts: int
    outcomes: int
    error: float
    error_ours: float
    error_walk: float | None
    ratio: Estimate
    ratio_to_walk: Estimate | None
    nearer: Estimate
    held_80: Estimate


@dataclass(frozen=True)
class HeadToHead(Result):
    """Published forecasts beside ours, how far both missed, and what could not be answered."""

    rows: tuple[PublishedRow, ...]
    scores: tuple[PublishedScore, ...] = field(metadata=BESIDE)
    unanswered: tuple[UnansweredRow, ...] = field(metadata=BESIDE)
