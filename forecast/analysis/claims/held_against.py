"""A published claim against our distribution: where it lies, or why it cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from forecast.analysis.claims.rows import ClaimRow, ComparedClaim
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs
from forecast.inputs.yardsticks.claims import WHOLE, Claim
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import PERCENTILES, Quantiles
from forecast.world.case import LAST_HORIZON
from forecast.world.metrics import metric_meanings
from forecast.world.rows import plain
from forecast.world.timeline import Timeline
from forecast.world.values import Values
from forecast.world.world import World

# Half of the last of three figures, relative: what is reported has no band of ours.
ROUNDING = 0.005


@dataclass(frozen=True)
class Published:
    """A claim's numbers in our unit: `low` alone is a floor, `high` alone a ceiling."""

    low: float | None
    mid: float | None
    high: float | None
    unit: str


def held_against(
    published: Sequence[Claim], meanings: dict[str, Meaning], world: World
) -> list[ClaimRow | ComparedClaim]:
    """Return each claim held against the draws of a world, in their order; `meanings` are what a
    claim can be about."""
    reasons = {each.claim_id: _why_not(each, meanings, world.timeline) for each in published}
    mappings = [each.mapping for each in published if not reasons[each.claim_id]]
    parts = {
        model_graph().record_of(each.metric, each.dimension) for each in mappings if each.member
    }
    values = world.values({each.metric for each in mappings} | parts)
    return [
        _row(each, _stated(each, meanings), reason)
        if (reason := reasons[each.claim_id])
        else _compared(each, meanings[each.mapping.metric], values)
        for each in published
    ]


def subjects(inputs: Inputs) -> dict[str, Meaning]:
    """Return what a claim can be about, by name: the metrics, and the quantities that evidence
    conditions, which is published in the same terms as claims."""
    nodes = model_graph().nodes
    observed = {target.quantity: nodes[target.quantity].meaning for target in inputs.targets}
    return observed | metric_meanings(inputs)


def _why_not(claim: Claim, meanings: dict[str, Meaning], timeline: Timeline) -> str:
    """Return why a claim cannot be compared, empty if it can."""
    mapping = claim.mapping
    if mapping.reason:
        return mapping.reason
    if mapping.metric not in meanings:
        return f"the model has no metric {mapping.metric}"
    ends = quarter(mapping.period.rpartition("-")[2])
    horizon = FIRST_QUARTER + timeline.horizon - 1
    if ends <= horizon:
        return ""
    shown = label(horizon)[:4] if horizon % 4 == 3 else label(horizon)
    last = mapping.period.rpartition("-")[2]
    mend = f"; --through {last} compares it" if ends <= quarter(LAST_HORIZON) else ""
    return f"{mapping.period} lies beyond the horizon, {shown}{mend}"


def _stated(claim: Claim, meanings: dict[str, Meaning]) -> Published:
    """Return a claim's numbers in our unit, or as published where there is no metric."""
    mapping = claim.mapping
    if mapping.metric not in meanings:
        return Published(claim.low, claim.mid, claim.high, claim.unit)

    def ours(value: float | None) -> float | None:
        return None if value is None else plain(value * mapping.scale + mapping.offset)

    unit = meanings[mapping.metric].unit
    if mapping.over:
        unit = "share" if mapping.over == WHOLE else "ratio"
    if claim.low is claim.mid is claim.high is None:
        return Published(mapping.read_low, None, mapping.read_high, unit)
    return Published(ours(claim.low), ours(claim.mid), ours(claim.high), unit)


def _compared(claim: Claim, meaning: Meaning, values: Values) -> ComparedClaim:
    """Return the row of a claim that has a metric within the horizon."""
    mapping = claim.mapping
    draws = _draws(claim, values)
    stated = _stated(claim, {mapping.metric: meaning})
    quantiles = Quantiles(tuple(plain(float(x)) for x in np.percentile(draws, PERCENTILES)))
    ours = {
        **dict(quantiles.columns("")),
        "percentile": _percentile(draws, point(stated)),
        "outside": _is_outside(stated, quantiles.at(5), quantiles.at(95)),
        "percentile_low": _percentile(draws, stated.low),
        "percentile_high": _percentile(draws, stated.high),
        "title": meaning.title,
        "kind": meaning.kind,
        "compared": True,
    }
    row = _row(claim, stated, mapping.definition_note)
    return ComparedClaim(**{each.name: getattr(row, each.name) for each in fields(row)} | ours)


def _draws(claim: Claim, values: Values) -> Array:
    """Return our draws of what a claim is about; of a ratio, those whose base is above nothing."""
    mapping = claim.mapping
    part = (mapping.dimension, mapping.member)
    draws = values.at(mapping.metric, mapping.period, *part)
    if not mapping.over:
        return draws
    below = (mapping.period,) if mapping.over == WHOLE else (mapping.over, *part)
    base = values.at(mapping.metric, *below)
    return draws[base > 0.0] / base[base > 0.0]


def point(stated: Published | ClaimRow) -> float | None:
    """Return the number whose percentile speaks for the claim."""
    if stated.mid is not None:
        return stated.mid
    if stated.low is not None and stated.high is not None:
        return (stated.low + stated.high) / 2.0
    return stated.low if stated.low is not None else stated.high


def _percentile(values: Array, value: float | None) -> float | None:
    """Return where a value lies among draws, 0 to 100; draws that it rounds count half."""
    if value is None:
        return None
    rounding = ROUNDING * abs(value)
    below, equal = np.mean(values < value - rounding), np.mean(np.abs(values - value) <= rounding)
    return plain(100.0 * float(below + 0.5 * equal))


def _is_outside(stated: Published, p5: float, p95: float) -> bool:
    """Return whether a claim lies outside P5 to P95, by more than its rounding: a floor if we stay
    below it, a ceiling if we stay above it, a range if we miss all of it."""
    low = stated.low if stated.low is not None else stated.mid
    high = stated.high if stated.high is not None else stated.mid
    below = low is not None and p95 < low * (1.0 - ROUNDING)
    return below or (high is not None and p5 > high * (1.0 + ROUNDING))


def _row(claim: Claim, stated: Published, reason: str) -> ClaimRow:
    """Return a claim's row with nothing of ours in it."""
    mapping = claim.mapping
    return ClaimRow(
        claim_id=claim.claim_id,
        who=claim.who,
        published=claim.published,
        metric=mapping.metric or None,
        period=period_of(claim),
        low=stated.low,
        mid=stated.mid,
        high=stated.high,
        p50=None,
        percentile=None,
        outside=None,
        used=mapping.used,
        reason=reason,
        compared=False,
        read=claim.low is claim.mid is claim.high is None and stated.low is not stated.high,
        unit=stated.unit,
        over=mapping.over or None,
        dimension=mapping.dimension or None,
        member=mapping.member or None,
        p2_5=None,
        p5=None,
        p10=None,
        p25=None,
        p75=None,
        p90=None,
        p95=None,
        p97_5=None,
        percentile_low=None,
        percentile_high=None,
        title=None,
        kind=None,
        words=mapping.words or None,
        about=claim.about,
        region=claim.region,
        origin=mapping.origin,
        headline=claim.headline,
        because=mapping.because or None,
        because_if=mapping.because_if or None,
        status=claim.status,
        source=claim.source,
        source_url=claim.source_url or None,
        note=claim.note,
    )


def period_of(claim: Claim) -> str:
    """Return the period that a claim is about: ours, or as published where it has no metric."""
    return claim.mapping.period or claim.date
