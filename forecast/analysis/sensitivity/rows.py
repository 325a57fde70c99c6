"""What a sensitivity analysis says of each factor: a bar, or shares of variance."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecast.analysis.sensitivity.subject import About, VarianceOf
from forecast.codec import Tagged
from forecast.result import MERGED, OPTIONAL

Interval = tuple[float, float]


@dataclass(frozen=True)
class BarRow(Tagged):
    """A bar of a tornado: a factor at its P10 and P90 (None for a group, which has no one value),
    and the metric's median with it there. `swing` is the bar's length, `swing_p10`, `swing_p90` and
    `probability_up` are those of the change draw by draw."""

    assumption: str
    low_value: float | None
    high_value: float | None
    metric_low: float
    metric_high: float
    swing: float
    unit: str
    title: str
    group: str
    about: About = field(metadata=MERGED)
    metric_p50: float
    swing_p10: float
    swing_p90: float
    probability_up: float
    mc_error: float
    is_noise: bool
    reaches: bool

    @property
    def ends(self) -> Interval:
        """The metric at both ends of the bar, the lower one first."""
        return min(self.metric_low, self.metric_high), max(self.metric_low, self.metric_high)


@dataclass(frozen=True)
class MovesRow:
    """The share of the variance of a metric at a period that goes when an assumption is known, with
    what hangs together with it: the first-order index given data."""

    assumption: str
    title: str
    metric: str
    period: str
    first_order: float


@dataclass(frozen=True)
class IndexRow(Tagged):
    """The shares of a metric's variance, or of that of its logarithm, that a factor explains, with
    95% intervals; total order on the independent prior alone, `is_noise` given data alone."""

    assumption: str
    first_order: float
    first_order_interval: Interval
    total_order: float | None
    total_order_interval: Interval | None
    title: str
    group: str
    about: About = field(metadata=MERGED)
    variance_of: VarianceOf
    is_noise: bool | None = field(metadata=OPTIONAL)

    @property
    def estimates(self) -> list[tuple[float, Interval]]:
        """First order and, where it is known, total order, each with its interval."""
        found = [(self.first_order, self.first_order_interval)]
        if self.total_order is not None and self.total_order_interval is not None:
            found.append((self.total_order, self.total_order_interval))
        return found

    @property
    def main(self) -> float:
        """The estimate by which rows are ranked: the last that is known."""
        return self.estimates[-1][0]
