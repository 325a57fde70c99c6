"""What is asked of published claims, and the rows of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from forecast.codec import Tagged
from forecast.inputs.schema import Kind
from forecast.result import POINTS, Quantiles, Result


@dataclass(frozen=True)
class Filters:
    """Which claims to show: all that hold of those given. `who` is a part of a name, `about` a
    metric or a subject of data/claims.csv, `year` one that a claim's period covers."""

    who: str = ""
    about: str = ""
    year: str = ""
    outside: bool = False
    headline: bool = False


EVERYTHING = Filters()


@dataclass(frozen=True)
class ClaimRow(Tagged):
    """A claim in the metric's unit where it has a metric; `reason` says why it is not compared.

    `percentile` (0 to 100) is that of the point, the floor or the ceiling, and for a range of its
    middle. `read` marks words that we read as a number; `sentence` says in words what a headline
    claim comes to.
    """

    claim_id: str
    who: str
    published: str
    metric: str | None
    period: str
    low: float | None
    mid: float | None
    high: float | None
    p50: float | None
    percentile: float | None
    outside: bool | None
    used: bool
    reason: str
    compared: bool
    read: bool
    unit: str
    over: str | None
    dimension: str | None
    member: str | None
    p2_5: float | None
    p5: float | None
    p10: float | None
    p25: float | None
    p75: float | None
    p90: float | None
    p95: float | None
    p97_5: float | None
    percentile_low: float | None
    percentile_high: float | None
    title: str | None
    kind: Kind | None
    words: str | None
    about: str
    region: str
    origin: str
    headline: bool
    because: str | None
    because_if: str | None
    status: str
    source: str
    source_url: str | None
    note: str


@dataclass(frozen=True)
class ComparedClaim(ClaimRow):
    """A claim that has a metric within the horizon, with our percentiles."""

    metric: str
    p50: float
    percentile: float
    outside: bool
    compared: Literal[True]
    p2_5: float
    p5: float
    p10: float
    p25: float
    p75: float
    p90: float
    p95: float
    p97_5: float
    title: str
    kind: Kind

    @property
    def quantiles(self) -> Quantiles:
        """Our distribution."""
        return Quantiles(tuple(getattr(self, name) for name in POINTS))


@dataclass(frozen=True)
class Counts:
    """How many claims there are and were compared, and how many facts they state, each counted
    once: how many lie outside P5 to P95 in every report of them, how many of those below, and how
    many are no evidence of ours."""

    claims: int
    compared: int
    facts: int
    outside: int
    outside_below: int
    independent: int
    independent_outside: int


@dataclass(frozen=True)
class Claims(Result):
    """Claims held against a case; `counts` are of those that `filters` ask for, inside our band or
    outside."""

    rows: tuple[ClaimRow | ComparedClaim, ...]
    counts: Counts
    filters: Filters

    @property
    def compared(self) -> list[ComparedClaim]:
        """The claims that have a metric within the horizon."""
        return [row for row in self.rows if isinstance(row, ComparedClaim)]
