"""A belief as it was stated, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass, field

from forecast.inputs.schema import Distribution, Source, Status
from forecast.periods import label
from forecast.result import Columns, Figures, band, band_columns


@dataclass(frozen=True, slots=True)
class Points(Figures):
    """P10, P50 and P90 of a belief, those that it states."""

    p10: float | None = None
    p50: float | None = None
    p90: float | None = None

    def columns(self, name: str) -> Columns:
        """Yield NAME_p10 to NAME_p90."""
        yield from band_columns(name, (self.p10, self.p50, self.p90))


@dataclass(frozen=True)
class Stated:
    """A belief as it was stated: the name of its distribution, and its quantiles if it has any."""

    distribution: str
    points: Points = field(metadata=band(""))


@dataclass(frozen=True)
class Provenance:
    """Where a figure comes from; `place` is the file and line in which it stands, `known_from` the
    day of the newest fact in it."""

    status: Status
    source: str
    source_url: str
    date: str
    known_from: str
    reasoning: str
    place: str


def stated(belief: Distribution) -> Stated:
    """Return a belief as it was stated."""
    quantiles = dict(belief.quantiles)
    arguments = ", ".join(f"{name}={value:g}" for name, value in belief.parameters)
    name = f"{belief.name}({arguments})" if belief.kind == "scipy" else belief.kind
    return Stated(name, Points(*(quantiles.get(share) for share in (0.1, 0.5, 0.9))))


def provenance(source: Source, place: str) -> Provenance:
    """Return where a figure that stands at a place (file:line) comes from."""
    return Provenance(
        status=source.status,
        source=source.source,
        source_url=source.url,
        date=source.date.isoformat(),
        known_from=source.known_from.isoformat(),
        reasoning=source.reasoning,
        place=place,
    )


def belief_date(time: float) -> str:
    """Return the date of a belief: a year for its middle, else the quarter that has just ended or
    that it lies in."""
    return str(int(time)) if time % 1.0 == 0.5 else label(int(4.0 * time))
