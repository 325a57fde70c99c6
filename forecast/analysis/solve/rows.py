"""What a goal seek says: the value that meets a target, and the metric over the range searched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forecast.analysis.solve.solve_request import Bound
from forecast.result import Band, band

Satisfied = Literal["above", "below", "everywhere", "nowhere"]


@dataclass(frozen=True)
class SolutionRow:
    """The value of a key at which a metric meets its target, and how both stand without it.

    `value` is None where no value searched meets the target: `achieved` is then the best there is,
    at `best_value`. `error` is the sampling error of the quantile over the local slope; over 18
    seeds, each conditioned anew, two answers scattered by 1.2 and 2.0 times it. `satisfied` says
    which values meet the target, `crossings` how often it is passed, `moves` whether the key moves
    the metric at all, and `setting` tries the value out.
    """

    key: str
    value: float | None
    error: float | None
    achieved: float
    status: Literal["solved", "unreachable"]
    satisfied: Satisfied
    met_now: bool
    metric: str
    title: str
    period: str
    unit: str
    goal: Bound
    target: float
    probability: float
    probability_now: float
    base: Band
    base_achieved: float
    varied: str
    key_title: str
    key_unit: str
    key_period: str | None
    key_now: Band = field(metadata=band("key"))
    key_percentile: float | None
    best_value: float
    low: float
    high: float
    crossings: int
    moves: bool
    setting: str | None


@dataclass(frozen=True)
class ResponseRow:
    """The metric where the key has a value: its band, the quantile that the goal is about, and the
    share of draws that meet the target."""

    key: str
    key_value: float
    metric: Band = field(metadata=band(""))
    achieved: float
    probability: float
    is_answer: bool
