"""Is the model plausible: its ratios against published ranges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from forecast.analysis.doctor.ratios import METRICS, RATIOS, SPLIT
from forecast.analysis.hindcast.measured import Measured, kept_discrepancies
from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.yardsticks.sanity import SANITY_FILE, Range, read_sanity
from forecast.model.equations import model_graph
from forecast.periods import quarter
from forecast.result import BESIDE, DEFAULT, Band, Result, RunOptions, band
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.rows import plain


@dataclass(frozen=True)
class RatioRow:
    """A sanity ratio against its range, None where an end is open: `verdict` by the median,
    `reached` where the band from P10 to P90 touches the range."""

    ratio: str
    title: str
    formula: str
    period: str
    unit: str
    low: float | None
    high: float | None
    quantiles: Band = field(metadata=band(""))
    verdict: Literal["inside", "below", "above"]
    reached: bool
    basis: str
    source: str
    source_url: str
    status: str
    note: str


@dataclass(frozen=True)
class Sanity(Result):
    """The model's ratios against published ranges, and what hindcasts measured of its
    discrepancy."""

    rows: tuple[RatioRow, ...]
    discrepancies: tuple[Measured, ...] = field(metadata=BESIDE)

    @property
    def outside(self) -> list[RatioRow]:
        """The ratios outside their range."""
        return [row for row in self.rows if row.verdict != "inside"]


def sanity(case: Case, options: RunOptions = DEFAULT) -> Sanity:
    """Return each sanity ratio against its range.

    Ranges at periods after the horizon are left out. Raises InputError for a range whose ratio is
    not known.
    """
    ranges = read_sanity(case.workspace)
    if problems := _unknown(ranges):
        raise InputError(problems)
    world = open_world(case, options)
    values = world.values([*METRICS, *(model_graph().record_of(name, "silicon") for name in SPLIT)])
    rows = tuple(
        verdict(each, RATIOS[each.id](values, each.period) / each.reference)
        for each in ranges
        if quarter(each.period) <= quarter(options.through)
    )
    run = run_of(case, options)
    return Sanity("doctor", run, rows, world.warnings, tuple(kept_discrepancies()))


def _unknown(ranges: tuple[Range, ...]) -> list[Problem]:
    return [
        Problem(
            f"{SANITY_FILE}:{each.line}",
            "id",
            each.id,
            f"one of {', '.join(RATIOS)}",
            did_you_mean(each.id, RATIOS),
        )
        for each in ranges
        if each.id not in RATIOS
    ]


def verdict(limits: Range, draws: Array) -> RatioRow:
    """Return the row of a ratio from its draws, (draws,), in the unit of its range."""
    points = np.nanpercentile(draws, (10.0, 50.0, 90.0))
    low, middle, high = (plain(float(value)) for value in points)
    return RatioRow(
        ratio=limits.id,
        title=limits.title,
        formula=limits.formula,
        period=limits.period,
        unit=limits.unit,
        low=limits.low if np.isfinite(limits.low) else None,
        high=limits.high if np.isfinite(limits.high) else None,
        quantiles=Band(low, middle, high),
        verdict="below" if middle < limits.low else "above" if middle > limits.high else "inside",
        reached=high >= limits.low and low <= limits.high,
        basis=limits.basis,
        source=limits.source,
        source_url=limits.url,
        status=limits.status,
        note=limits.note,
    )
