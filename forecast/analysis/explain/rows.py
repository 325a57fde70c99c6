"""The tree behind a number as records: what stands at a node, where it comes from, what is below.

JSON nests them as they are nested here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from forecast.analysis.beliefs.stated import Provenance, Stated
from forecast.inputs.schema import Kind, Role
from forecast.inputs.schema import Status as SourceStatus
from forecast.result import MERGED, NESTED, OPTIONAL, PREFIXED, Band, Quantiles, Result, band
from forecast.units import Qualifier
from forecast.world.rows import ChangeRow, Status

LeafKind = Literal["assumption", "driver", "shock", "reference", "time"]
NodeKind = Literal["quantity", "record"] | LeafKind


@dataclass(frozen=True)
class Levels:
    """A number at a period, its median, and its band, in the unit of what it is."""

    value: float
    band: Band = field(metadata=band(""))


@dataclass(frozen=True)
class Member:
    """A field of a quantity that is several numbers; one of a record within it as `outer.inner`."""

    member: str
    unit: str
    levels: Levels = field(metadata=MERGED)


@dataclass(frozen=True)
class Head:
    """What something is, and comes to at the period: its median, or the one value that it has.

    A `record` has `members` where it has draws at the period, and no value of its own. `measure`
    says how quarters make a year of it.
    """

    quantity: str
    title: str
    period: str
    value: float | None
    unit: str
    kind: NodeKind
    measure: Kind | None
    band: Band | None = field(metadata=band(""))
    members: tuple[Member, ...] | None = field(metadata=OPTIONAL)


@dataclass(frozen=True)
class TargetFigure:
    """A figure that a quantity is held against, how the ensemble meets it, and why; `misfit` is in
    standard errors, `place` the file and line in which the target stands."""

    target: str
    period: str
    unit: str
    bound: str
    observed: float
    modelled: Band = field(metadata=NESTED)
    misfit: float
    reasoning: str
    place: str


@dataclass(frozen=True)
class EquationTrail:
    """How a quantity is computed, from how many inputs; `formula` is what it declares of itself,
    and `is_equation` whether that is all that the equation says. `targets` are left out where the
    tree ends."""

    equation: str
    formula: str | None
    is_equation: bool
    needs: int
    targets: tuple[TargetFigure, ...] | None = field(metadata=OPTIONAL)


@dataclass(frozen=True)
class DatedBelief:
    """A belief as stated, and as history moved it: see `BeliefRow`."""

    period: str | None
    stated: Stated
    prior: Band = field(metadata=NESTED)
    conditioned: Band = field(metadata=NESTED)
    shift: float
    spread: float


@dataclass(frozen=True)
class AssumptionTrail:
    """An assumption's beliefs, one for each date of a path, with the nearest one's figures as its
    own."""

    equation: str
    prior: Band = field(metadata=NESTED)
    conditioned: Band = field(metadata=NESTED)
    shift: float
    spread: float
    beliefs: tuple[DatedBelief, ...]
    provenance: Provenance = field(metadata=MERGED)


@dataclass(frozen=True)
class CurveBelief:
    """What is believed of a driver's curves beside its evidence."""

    belief: Literal["saturation", "growth"]
    stated: Stated = field(metadata=MERGED)


@dataclass(frozen=True)
class PublishedFigure:
    """An observation as published, with its source and place; `rows` is how many its series has.
    What was published before its period ended is guidance."""

    series_id: str
    rows: int
    role: Role
    period_end: str
    value: float
    high: float | None
    unit: str
    qualifier: Qualifier
    published: str
    guidance: bool
    assumed: bool
    status: SourceStatus | Literal["assumed"]
    source: str
    source_url: str
    place: str


@dataclass(frozen=True)
class AssumedFigure:
    """A point of a driver that somebody supposes."""

    period: str
    stated: Stated = field(metadata=MERGED)
    provenance: Provenance = field(metadata=MERGED)


@dataclass(frozen=True)
class DriverTrail:
    """A driver's fit before and after the targets in a quarter, and what it is fitted to."""

    equation: str
    quarter: str
    prior: Band = field(metadata=NESTED)
    conditioned: Band = field(metadata=NESTED)
    beliefs: tuple[CurveBelief, ...]
    observations: tuple[PublishedFigure, ...]
    assumed: tuple[AssumedFigure, ...]
    provenance: Provenance = field(metadata=MERGED)


@dataclass(frozen=True)
class Remark:
    """What a shock, a reference or a quarter's place in time is, in a sentence."""

    equation: str


@dataclass(frozen=True)
class Seen:
    """What has been taken apart further up."""

    seen: Literal[True] = True


LeafTrail = AssumptionTrail | DriverTrail | Remark
Trail = EquationTrail | LeafTrail | Seen


@dataclass(frozen=True)
class Input:
    """What enters an equation, with its own inputs; `rank_correlation` is that with the quantity it
    enters, None where one of them has no spread."""

    head: Head = field(metadata=MERGED)
    rank_correlation: float | None
    trail: Trail = field(metadata=MERGED)
    inputs: tuple[Input, ...]


@dataclass(frozen=True)
class Origin:
    """Where a belief or a path comes from."""

    status: SourceStatus
    source: str
    source_url: str
    date: str
    place: str


@dataclass(frozen=True)
class RootInput:
    """A belief, path or shock that the number rests on; `rank_correlation` is that with the number
    itself."""

    head: Head = field(metadata=MERGED)
    origin: Origin | None = field(metadata={**MERGED, **OPTIONAL})
    rank_correlation: float | None


@dataclass(frozen=True)
class Summary:
    """The mean and quantiles of a number, beside what was observed of it."""

    observed: float | None
    mean: float
    quantiles: Quantiles
    mc_error: float
    observed_qualifier: Qualifier | None


@dataclass(frozen=True)
class Change:
    """How a number changed draw by draw; see `ChangeRow`."""

    mean: float
    quantiles: Quantiles
    mc_error: float
    probability_up: float
    change: float
    relative: Quantiles | None = field(metadata={**OPTIONAL, **PREFIXED})


@dataclass(frozen=True)
class LinkRow:
    """What a link of the chain did to the change: its mean, which adds up to the mean change, and
    its quantiles."""

    driver: str
    title: str
    amount: float
    quantiles: Quantiles
    probability_up: float


@dataclass(frozen=True)
class Since:
    """The number at an earlier period and its change since, attributed in each of the ways that it
    can be taken apart in."""

    period: str
    before: Levels
    change: Change
    attribution: tuple[LinkRow, ...]
    second_attribution: tuple[LinkRow, ...]


@dataclass(frozen=True)
class Root:
    """The number asked for, with all that stands behind it: its `inputs`, and the `roots` that
    everything rests on. `changed` are the settings that reach it. A belief or a path has the
    `status` of its source in place of its own."""

    head: Head = field(metadata=MERGED)
    trail: Trail = field(metadata=MERGED)
    inputs: tuple[Input, ...]
    summary: Summary | None = field(metadata={**MERGED, **OPTIONAL})
    status: Status | None = field(metadata=OPTIONAL)
    roots: tuple[RootInput, ...]
    changed: tuple[str, ...]
    since: Since | None = field(metadata=OPTIONAL)


@dataclass(frozen=True)
class ShownChange:
    """The change of the number since a period as a page shows it, from the median then: the whole,
    and the links of each way to take it apart, small ones together."""

    since: str
    before: float
    whole: ChangeRow
    views: tuple[tuple[LinkRow, ...], ...]


@dataclass(frozen=True)
class Explanation(Result):
    """The tree behind a number as one nested row, and its change where that is asked for."""

    rows: tuple[Root]
    change: ShownChange | None

    @property
    def root(self) -> Root:
        """The number."""
        return self.rows[0]
