"""What the inputs are once they have been read and checked: plain frozen records.

Every record remembers the file and line it came from, so that a reader can go from any output back
to its inputs and an error can point at its cause.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal

from forecast.units import UNITS, Qualifier, Scale

Status = Literal["primary", "secondary", "unverified", "judged"]
Role = Literal["driver", "target", "check"]
Process = Literal["", "capex", "vendor", "total"]
ReplacedKind = Literal["assumption", "driver", "assumed point", "target", "correlation", "evidence"]
Way = Literal["vintage", "default", "nothing"]
Kind = Literal["flow", "stock", "rate", "share", "ratio", "cumulative", "event"]
Operation = Literal["replace", "scale", "shift", "delay"]
Words = Literal["", "up", "flat", "down"]


@dataclass(frozen=True)
class Source:
    """Where a figure comes from: a source with its address, or a judgement with its reasoning.

    `date` is the day on which it was stated, `known_from` that of the newest fact in it.
    """

    source: str
    url: str
    status: Status
    known_from: date
    date: date
    reasoning: str = ""


@dataclass(frozen=True)
class Distribution:
    """What is believed of one number.

    `point`: `quantiles` holds one value at 0.5. `quantiles`: two or three values at 0.1, (0.5), 0.9
    in the unit's natural family. `scipy`: a SciPy continuous distribution by `name` and
    `parameters`.
    """

    kind: Literal["point", "quantiles", "scipy"]
    quantiles: tuple[tuple[float, float], ...] = ()
    name: str = ""
    parameters: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Knot:
    """A belief about a number at a date: a year fraction, or None if it holds at all times."""

    time: float | None
    belief: Distribution


@dataclass(frozen=True)
class Vintage:
    """What is believed of an assumption from `provenance.known_from` on.

    `persistence` is the correlation between a path's beliefs one year apart: 1 moves the path as a
    whole, 0 makes its knots independent.
    """

    knots: tuple[Knot, ...]
    provenance: Source
    persistence: float = 1.0
    floor: float | None = None
    ceiling: float | None = None


@dataclass(frozen=True)
class Assumption:
    """A scalar (one knot without a date) or a path (dated knots, interpolated in `scale`).

    Its belief is today's; `vintages` are earlier ones, the oldest first. `kind` chooses among the
    defaults of its unit what is believed before any of them was known.
    """

    name: str
    title: str
    unit: str
    knots: tuple[Knot, ...]
    provenance: Source
    subject: str
    file: str
    line: int
    persistence: float = 1.0
    floor: float | None = None
    ceiling: float | None = None
    kind: str = ""
    vintages: tuple[Vintage, ...] = ()

    @property
    def is_path(self) -> bool:
        """Whether the assumption changes with time."""
        return self.knots[0].time is not None

    @property
    def scale(self) -> Scale:
        """The space in which the assumption is interpolated, correlated and conditioned."""
        return UNITS[self.unit].scale


@dataclass(frozen=True)
class Correlation:
    """A rank (Spearman) correlation between two assumptions, and why.

    `known_from` is None where it rests on nothing newer than the two beliefs.
    """

    first: str
    second: str
    rank_correlation: float
    reasoning: str
    file: str
    line: int
    known_from: date | None = None


@dataclass(frozen=True)
class Default:
    """What is believed of any number of a unit (and a kind, if not empty) of which nothing is
    known."""

    unit: str
    kind: str
    belief: Distribution
    reasoning: str
    file: str
    line: int


@dataclass(frozen=True)
class Series:
    """An observed series. `role` says what it may be used for; it has exactly one."""

    series_id: str
    title: str
    unit: str
    frequency: str
    kind: str
    definition: str
    role: Role
    subject: str


@dataclass(frozen=True)
class Observation:
    """One observed figure, as published.

    `value` and `high` are in the series' unit; `error` is the standard error in the driver's scale
    (log or logit) where the row states its own; `assumed` marks a point that a person supposes.
    """

    series_id: str
    period_end: date
    frequency: str
    value: float
    unit: str
    qualifier: Qualifier
    published: date
    source: str
    source_url: str
    status: Status | Literal["assumed"]
    note: str
    file: str
    line: int
    high: float | None = None
    error: float | None = None
    assumed: bool = False


@dataclass(frozen=True)
class Guidance:
    """What a company said on a day of a period that was still open.

    The period is the `months` (3, 6 or 12) up to `period_end`. `low`, `mid` and `high` are in the
    series' unit, in this order where stated; `low` alone is a floor, `high` alone a ceiling.
    `words` compare the period with the one of the same length before it, for what is said without
    a figure.
    """

    series_id: str
    period_end: date
    months: int
    low: float | None
    mid: float | None
    high: float | None
    words: Words
    unit: str
    published: date
    company: str
    definition: str
    source: str
    source_url: str
    status: Status
    note: str
    file: str
    line: int


@dataclass(frozen=True)
class FiscalCalendar:
    """When a company's fiscal year ends: on a day of a month, or on a `weekday` (0 is Monday) at
    it, the last one up to that day or the `nearest` to it; `also_called` are its ticker and other
    names."""

    company: str
    month: int
    day: int
    weekday: int | None
    nearest: bool
    source: str
    file: str
    line: int
    also_called: tuple[str, ...] = ()

    def year_end(self, year: int) -> date:
        """Return the last day of the fiscal year that is called by the year in which it ends."""
        day = date(year, self.month, self.day)
        if self.weekday is None:
            return day
        back = (day.weekday() - self.weekday) % 7
        ahead = 7 if self.nearest and back > 3 else 0
        return day + timedelta(days=ahead - back)


@dataclass(frozen=True)
class Evidence:
    """Series that inform a driver. Several are added up; a `variant` is a differently worded
    measurement of the same thing, tied to it by a level shift that is estimated.

    `error` is the standard error of one observation in the driver's scale.
    """

    series: tuple[str, ...]
    error: float
    reasoning: str
    variant: str = ""
    scale_by: float = 1.0


@dataclass(frozen=True)
class GuidedBy:
    """A series in whose definition a driver is guided, times `scale_by` in the driver's own; or of
    whose total, if `is_total`, the driver is a part."""

    series: str
    scale_by: float = 1.0
    is_total: bool = False
    reasoning: str = ""


@dataclass(frozen=True)
class AssumedPoint:
    """A point that somebody believes in: evidence for a path's prior, shown as assumed."""

    time: float
    belief: Distribution
    provenance: Source


@dataclass(frozen=True)
class DriverVintage:
    """What is believed of a driver, beside its evidence, from `provenance.known_from` on."""

    provenance: Source
    saturation: Distribution | None = None
    growth: Distribution | None = None
    ceiling: float | None = None


@dataclass(frozen=True)
class Driver:
    """A quantity that is fitted by growth curves and enters the model as an ensemble of paths.

    `families` names the growth-curve families that are averaged; `seasonal` admits the quarterly
    structural member. `saturation` is the prior on the saturation level, `growth` the prior on
    growth (log or logit a year) at the last observation, `ceiling` a hard upper bound; `vintages`
    are earlier beliefs of these three, the oldest first. A driver with a `process` has no families:
    its paths are drawn with those of the others of the money group (`forecast/money/`).
    """

    name: str
    title: str
    unit: str
    kind: Kind
    evidence: tuple[Evidence, ...]
    families: tuple[str, ...]
    provenance: Source
    file: str
    line: int
    seasonal: bool = False
    saturation: Distribution | None = None
    growth: Distribution | None = None
    ceiling: float | None = None
    assumed: tuple[AssumedPoint, ...] = ()
    process: Process = ""
    guided_by: tuple[GuidedBy, ...] = ()
    vintages: tuple[DriverVintage, ...] = ()

    @property
    def scale(self) -> Scale:
        """The space in which the driver's paths are handed to conditioning: log or logit."""
        return UNITS[self.unit].scale


@dataclass(frozen=True)
class Target:
    """Observed series that condition a derived quantity and are used nowhere else.

    The series are added up over each of `periods` (a quarter, or a year read as the quantity's kind
    says); `bound` makes the observation one-sided. `error` is a standard error in the quantity's
    scale, `error_correlation` the correlation of errors between periods and between targets of the
    same `origin`. A reading of several sources has `values` (one for each period) and its own
    `provenance` in place of series. An `opinion` is a statement about the whole split by somebody
    who did not measure it: it shares errors of level and slope with all other opinions. Instead of
    `series` and `periods` it may have `momentum`, a series of run rates whose growth goes on: in
    the next year `growth_kept` of the last year's, with `error` for the root of a year.
    """

    name: str
    quantity: str
    series: tuple[str, ...]
    periods: tuple[str, ...]
    unit: str
    error: float
    origin: str
    reasoning: str
    file: str
    line: int
    error_correlation: float = 0.0
    bound: Literal["", "lower", "upper"] = ""
    values: tuple[float, ...] = ()
    provenance: Source | None = None
    opinion: bool = False
    momentum: str = ""
    growth_kept: float = 0.0


@dataclass(frozen=True)
class Setting:
    """A change asked for: `KEY[@PERIOD]=VALUE`, which replaces, scales (`x2`), shifts (`+5pp`) or
    delays (`delay-1y`).

    `value` is in the key's unit (a factor for `scale`, quarters for `delay`); `origin` says who
    asked: the command line or a scenario's name.
    """

    key: str
    period: str
    operation: Operation
    value: float
    text: str
    origin: str


@dataclass(frozen=True)
class Scenario:
    """What differs from the base case, in a sentence and in settings.

    `probability` is the judged probability of a risk, None where nobody has judged it. `settings`
    holds those of the scenario that it `extends` (empty where it extends none) before its own,
    which carry its name as their origin.
    """

    name: str
    title: str
    story: str
    sources: tuple[str, ...]
    settings: tuple[Setting, ...]
    file: str
    probability: float | None = None
    extends: str = ""


@dataclass(frozen=True)
class Replaced:
    """A belief that was not known by the day as of which a case stands, and what stands for it: an
    earlier vintage (known from `since`), a default, or nothing at all.

    The `evidence` of a driver is replaced where nothing of it had been published."""

    name: str
    kind: ReplacedKind
    by: Way
    since: date | None = None


@dataclass(frozen=True)
class Inputs:
    """All inputs of a case, read and checked. `money` holds the constants of the money group.

    `replaced` lists the beliefs that were not known yet `as_of` an earlier day, None for today.
    `sha256` is a hash of all that decides the base case, which no scenario does before it is asked
    for; `scenarios_sha256` is one of their files.
    """

    assumptions: dict[str, Assumption]
    money: dict[str, Assumption]
    correlations: tuple[Correlation, ...]
    series: dict[str, Series]
    observations: tuple[Observation, ...]
    guidance: tuple[Guidance, ...]
    fiscal_calendars: dict[str, FiscalCalendar]
    drivers: dict[str, Driver]
    targets: tuple[Target, ...]
    scenarios: dict[str, Scenario]
    data_through: date
    sha256: str
    scenarios_sha256: str
    defaults: tuple[Default, ...] = ()
    replaced: tuple[Replaced, ...] = ()
    warnings: tuple[str, ...] = field(default=())
    as_of: date | None = None

    @property
    def whole_sha256(self) -> str:
        """A hash of all that went in, scenarios too: what a run names."""
        return sha256(f"{self.sha256} {self.scenarios_sha256}".encode()).hexdigest()

    @property
    def known_through(self) -> date:
        """The last day that data reach, or the day as of which the inputs are if that is later: a
        quarter that has ended by then is over, though no figure is of its last day."""
        return max(self.data_through, self.as_of or self.data_through)
