"""What stands beside a branch of the tree behind a number: its equation, belief or observations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from forecast.analysis.beliefs.stated import Provenance, Stated
from forecast.analysis.explain.rows import (
    AssumptionTrail,
    DriverTrail,
    EquationTrail,
    Head,
    Input,
    PublishedFigure,
    Root,
    Seen,
    TargetFigure,
)
from forecast.report.blocks import Note
from forecast.report.numbers import median_band, quantity, quantity_band
from forecast.report.pages.whatif.changes import number
from forecast.result import Band

FEW = 3  # targets and series that a branch lists
UNMOVED = 0.05  # prior standard deviations not worth a word
SIGNS = {" * ": " × ", " / ": " ÷ ", " - ": " − "}


def banded(band: Band, unit: str) -> str:
    """Return a median with its band."""
    return median_band(band.p10, band.p50, band.p90, unit)


def notes_of(node: Root | Input, is_told: bool) -> Iterator[Note]:
    """Yield what is said of a node, which `is_told` where it stands above already."""
    head, trail = node.head, node.trail
    if isinstance(trail, Seen) or (is_told and not node.inputs):
        yield Note("see above")
    elif isinstance(trail, EquationTrail):
        yield from _equation(head, trail)
        if not node.inputs:
            inputs = f"{trail.needs} input{'s' if trail.needs > 1 else ''}"
            yield Note(f"{inputs} below: --depth shows them")
    elif isinstance(trail, AssumptionTrail):
        yield from _assumption(head, trail)
    elif isinstance(trail, DriverTrail):
        yield from _driver(head, trail)
    else:
        yield Note(f"{head.kind}: {trail.equation}")


def _equation(head: Head, trail: EquationTrail) -> Iterator[Note]:
    yield Note(trail.equation)
    if trail.formula:
        text = trail.formula
        for sign, shown in SIGNS.items():
            text = text.replace(sign, shown)
        yield Note(f"= {text}" if trail.is_equation else f"also = {text}")
    for each in head.members or ():
        name = re.sub(r"[_.]", " ", each.member)
        yield Note(f"{name}: {banded(each.levels.band, each.unit)}")
    targets = trail.targets or ()
    for target in targets[-FEW:]:
        yield Note(_target(target))
    if len(targets) > FEW:
        yield Note(f"and against {len(targets) - FEW} more")


def _target(target: TargetFigure) -> str:
    bound = {"lower": "at least ", "upper": "at most "}.get(target.bound, "")
    return (
        f"target: {target.target} {target.period} {bound}"
        f"{quantity(target.observed, target.unit)}, modelled "
        f"{banded(target.modelled, target.unit)}, {number(target.misfit, 1, '+')} s.e."
    )


def _assumption(head: Head, trail: AssumptionTrail) -> Iterator[Note]:
    yield Note(f"assumption: {trail.equation}")
    yield Note(f"{_moved(head.unit, trail)} {_stands(trail.provenance)}")
    yield from _source(trail.provenance)


def _moved(unit: str, trail: AssumptionTrail) -> str:
    """Return what was believed before history spoke, and how far it moved."""
    before = banded(trail.prior, unit)
    if abs(trail.shift) < UNMOVED and abs(trail.spread - 1.0) < UNMOVED:
        return f"prior {before}, history says nothing;"
    return (
        f"prior {before}, history moved it {number(trail.shift, 1, '+')} s.d. and left "
        f"{100.0 * min(trail.spread, 1.0):.0f}% of its spread;"
    )


def _stands(source: Provenance) -> str:
    return f"{source.status}, {source.date}, {source.place}"


def _source(source: Provenance) -> Iterator[Note]:
    if source.source != "judgement" or source.source_url:
        yield Note(f"source: {source.source}", source.source_url)
    if source.reasoning:
        yield Note(f"why: {source.reasoning}")


def _driver(head: Head, trail: DriverTrail) -> Iterator[Note]:
    yield Note(f"driver: {trail.equation}")
    fitted, conditioned = (banded(band, head.unit) for band in (trail.prior, trail.conditioned))
    yield Note(
        f"{trail.quarter}: {fitted} as fitted, {conditioned} after the targets; "
        f"{_stands(trail.provenance)}"
    )
    latest = {each.series_id: each for each in trail.observations}
    for each in list(latest.values())[:FEW]:
        yield Note(_observation(each), each.source_url)
    if len(latest) > FEW:
        yield Note(f"and {len(latest) - FEW} more series")
    for point in trail.assumed:
        why = point.provenance.reasoning or point.provenance.source
        yield Note(f"assumed, {point.period}: {_stated(point.stated, head.unit)}. {why}")
    yield from _source(trail.provenance)


def _stated(belief: Stated, unit: str) -> str:
    """Return a belief as it was stated: a median with its band, a band, or a point."""
    low, middle, high = belief.points.p10, belief.points.p50, belief.points.p90
    if low is None or high is None:
        return belief.distribution if middle is None else quantity(middle, unit)
    if middle is None:
        return quantity_band(low, high, unit)
    return median_band(low, middle, high, unit)


def _observation(each: PublishedFigure) -> str:
    """Return the last observation of a series: value as published, date, source and place."""
    sign = {"lt": "<", "gt": ">", "approx": "~"}.get(each.qualifier, "")
    value = sign + _published(quantity(each.value, each.unit, 3))
    if each.high is not None:
        value = quantity_band(each.value, each.high, each.unit)
    label = "assumed" if each.assumed else "guidance" if each.guidance else each.role
    return (
        f"{each.period_end}: {value}, last of {each.rows} of {each.series_id} ({label}); "
        f"{each.source}, published {each.published}, {each.place}"
    )


def _published(text: str) -> str:
    """Return a number without the zeros that no source wrote: 5%, not 5.00%."""
    kept = re.sub(r"(\.\d*?)0+(?!\d)", r"\1", text, count=1)
    return re.sub(r"\.(?!\d)", "", kept, count=1)
