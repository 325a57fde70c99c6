"""Published claims against our distribution: where each lies, or why it cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import get_type_hints

import numpy as np

from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.claims import MAPPING_FILE, WHOLE, Claim, claims_sha256, read_claims
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import PERCENTILES, OldResult, Result, Row
from forecast.world.case import LAST_HORIZON, Case, run_of
from forecast.world.ensemble import build_ensemble
from forecast.world.evaluate import model_graph
from forecast.world.metrics import metric_meanings
from forecast.world.rows import plain
from forecast.world.samples import Samples, records, sample
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline


@dataclass(frozen=True)
class Published:
    """A claim's numbers in our unit: `low` alone is a floor, `high` alone a ceiling."""

    low: float | None
    mid: float | None
    high: float | None
    unit: str


@dataclass(frozen=True)
class Filters:
    """Which claims to show: all that hold of those given."""

    who: str = ""
    metric: str = ""
    outside: bool = False
    headline: bool = False


def claims(
    case: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    filters: Filters | None = None,
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return every published claim held against the case: one row each, in the order of the file.

    A row has the claim's numbers in the metric's unit, our percentiles, and the claim's own
    percentile (0 to 100): of the point, the floor or the ceiling, and for a range of its middle.
    `extra["counts"]` counts facts, not reports of them. Raises InputError for a filter that
    nothing meets by name, and for a mapping that does not fit the model.
    """
    published, digest = read_claims(case.workspace), claims_sha256(case.workspace)
    chosen = filters or Filters()
    meanings = metric_meanings(case.inputs)
    _check(published, meanings, chosen)
    timeline = case.timeline(through)
    reasons = {each.claim_id: _why_not(each, meanings, timeline) for each in published}
    compared = [each for each in published if not reasons[each.claim_id]]
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    samples = sample(
        case.inputs,
        ensemble,
        timeline,
        {each.mapping.metric for each in compared},
        parts={
            (each.mapping.metric, each.mapping.dimension)
            for each in compared
            if each.mapping.member
        },
        changed=changed,
    )
    rows = [
        _compared(each, meanings[each.mapping.metric], samples)
        if not reasons[each.claim_id]
        else _row(each, _stated(each, meanings), reasons[each.claim_id])
        for each in published
    ]
    if case.as_of:  # a cause may be a fact that was not known by that day
        rows = [row | {"because": None, "because_if": None} for row in rows]
    counts = _counts(rows)
    both = sha256(f"{case.inputs.sha256}{digest}".encode()).hexdigest()
    run = replace(run_of(case, draws, seed, through, started), inputs_sha256=both)
    shown = tuple(row for row in rows if _is_wanted(row, chosen))
    warnings = (*ensemble.report["warnings"], *warnings)
    return OldResult("claims", run, shown, warnings, {"counts": counts})


def _check(published: Sequence[Claim], meanings: dict[str, Meaning], filters: Filters) -> None:
    problems = [
        Problem(f"{MAPPING_FILE}:{each.mapping.line}", "metric", found, expected, hint)
        for each in published
        if each.mapping.metric
        for found, expected, hint in _misfits(each, meanings)
    ]
    names = sorted({each.who for each in published})
    if filters.who and not any(filters.who.lower() in name.lower() for name in names):
        expected = "part of a name that data/claims.csv has"
        hint = did_you_mean(filters.who, names) or f"Such as {', '.join(names[:3])}."
        found = "nobody of this name"
        problems.append(Problem("command line", f"--who {filters.who}", found, expected, hint))
    subjects = {each.mapping.metric for each in published} | {each.about for each in published}
    if filters.metric and filters.metric not in subjects:
        expected = "a metric, or a subject of data/claims.csv, that a claim is about"
        hint = did_you_mean(filters.metric, subjects)
        found = "no claim about it"
        problems.append(
            Problem("command line", f"--metric {filters.metric}", found, expected, hint)
        )
    if problems:
        raise InputError(problems)


def _misfits(claim: Claim, meanings: dict[str, Meaning]) -> list[tuple[str, str, str]]:
    """Return what of a mapping does not fit the model: (found, expected, hint)."""
    mapping = claim.mapping
    meaning = meanings.get(mapping.metric)
    if meaning is None:
        return []  # said in the claim's own row, because models change and claims stay
    found = []
    if meaning.kind == "event":
        found.append((mapping.metric, "a metric with a value, not an event", ""))
    if "-" in mapping.period and meaning.kind != "flow":
        found.append((f"{mapping.metric} over {mapping.period}", "a flow, which adds up", ""))
    part = (mapping.metric, mapping.dimension)
    if mapping.member and part not in records():
        found.append((f"{mapping.metric} by {mapping.dimension}", "a breakdown of the model", ""))
    elif mapping.member and mapping.member not in members(*part):
        known = members(*part)
        found.append((mapping.member, f"one of {', '.join(known)}", ""))
    return found


def members(metric: str, dimension: str) -> tuple[str, ...]:
    """Return the members of a metric's breakdown, in their order."""
    equation = model_graph().nodes[records()[metric, dimension]].equation
    return tuple(get_type_hints(equation)["return"]._fields)


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


def _compared(claim: Claim, meaning: Meaning, samples: Samples) -> Row:
    """Return the row of a claim that has a metric within the horizon."""
    mapping = claim.mapping
    part = (mapping.dimension, mapping.member)
    values = samples.at(mapping.metric, mapping.period, *part)
    if mapping.over:
        is_whole = mapping.over == WHOLE
        below = (mapping.period,) if is_whole else (mapping.over, *part)
        base = samples.at(mapping.metric, *below)
        values = values[base > 0.0] / base[base > 0.0]  # where there is no base there is no ratio
    stated = _stated(claim, {mapping.metric: meaning})
    ours = dict(zip(PERCENTILES, np.percentile(values, PERCENTILES), strict=True))
    row = _row(claim, stated, mapping.definition_note)
    row["title"], row["kind"] = meaning.title, meaning.kind
    row |= {f"p{key}": plain(float(value)) for key, value in ours.items()}
    point = _point(stated)
    row["percentile"] = _percentile(values, point)
    row["outside"] = _is_outside(stated, float(ours[5]), float(ours[95]))
    row["percentile_low"] = _percentile(values, stated.low)
    row["percentile_high"] = _percentile(values, stated.high)
    row["compared"] = True
    return row


def _point(stated: Published) -> float | None:
    """Return the number whose percentile speaks for the claim."""
    if stated.mid is not None:
        return stated.mid
    if stated.low is not None and stated.high is not None:
        return (stated.low + stated.high) / 2.0
    return stated.low if stated.low is not None else stated.high


def _percentile(values: Array, value: float | None) -> float | None:
    """Return where a value lies among draws, 0 to 100; draws equal to it count half."""
    if value is None:
        return None
    below, equal = np.mean(values < value), np.mean(values == value)
    return plain(100.0 * float(below + 0.5 * equal))


def _is_outside(stated: Published, p5: float, p95: float) -> bool:
    """Return whether a claim lies outside P5 to P95: a floor if we stay below it, a ceiling if we
    stay above it, a range if we miss all of it."""
    low = stated.low if stated.low is not None else stated.mid
    high = stated.high if stated.high is not None else stated.mid
    return (low is not None and p95 < low) or (high is not None and p5 > high)


def _row(claim: Claim, stated: Published, reason: str) -> Row:
    """Return a claim's row with nothing of ours in it yet."""
    mapping = claim.mapping
    return {
        "claim_id": claim.claim_id,
        "who": claim.who,
        "published": claim.published,
        "metric": mapping.metric or None,
        "period": mapping.period or claim.date,
        "low": stated.low,
        "mid": stated.mid,
        "high": stated.high,
        "p50": None,
        "percentile": None,
        "outside": None,
        "used": mapping.used,
        "reason": reason,
        "compared": False,
        "read": claim.low is claim.mid is claim.high is None and stated.low is not stated.high,
        "unit": stated.unit,
        "over": mapping.over or None,
        "dimension": mapping.dimension or None,
        "member": mapping.member or None,
        **{f"p{key}": None for key in PERCENTILES if key != 50},
        "percentile_low": None,
        "percentile_high": None,
        "title": None,
        "kind": None,
        "words": mapping.words or None,
        "about": claim.about,
        "region": claim.region,
        "origin": mapping.origin,
        "headline": claim.headline,
        "because": mapping.because or None,
        "because_if": mapping.because_if or None,
        "status": claim.status,
        "source": claim.source,
        "source_url": claim.source_url or None,
        "note": claim.note,
    }


def _counts(rows: Sequence[Row]) -> dict[str, int]:
    """Return how many claims there are and were compared, and how many facts they state, each
    counted once: how many lie outside P5 to P95 in every report of them, how many of those below,
    and how many are no evidence of ours."""
    facts: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row["compared"]:
            facts.setdefault((row["origin"], row["metric"], row["period"]), []).append(row)
    outside = {key for key, reports in facts.items() if all(row["outside"] for row in reports)}
    independent = {key for key, reports in facts.items() if not reports[0]["used"]}
    return {
        "claims": len(rows),
        "compared": sum(row["compared"] for row in rows),
        "facts": len(facts),
        "outside": len(outside),
        "outside_below": sum(facts[key][0]["percentile"] < 50.0 for key in outside),
        "independent": len(independent),
        "independent_outside": len(independent & outside),
    }


def _is_wanted(row: Row, filters: Filters) -> bool:
    return (
        filters.who.lower() in row["who"].lower()
        and filters.metric in {"", row["metric"], row["about"]}
        and (row["headline"] or not filters.headline)
        and (bool(row["outside"]) or not filters.outside)
    )
