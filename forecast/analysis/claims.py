"""Published claims against our distribution: where each lies, or why it cannot be compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np

from forecast.beliefs import Array
from forecast.codec import Tagged
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs, Kind
from forecast.inputs.yardsticks.claims import MAPPING_FILE, WHOLE, Claim, read_claims
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.names import find
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import DEFAULT, PERCENTILES, POINTS, Quantiles, Result, RunOptions
from forecast.world.case import LAST_HORIZON, Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.metrics import members, metric_meanings
from forecast.world.rows import plain
from forecast.world.timeline import Timeline
from forecast.world.values import Values
from forecast.world.world import World

ROUNDING = (
    0.005  # half of the last of three figures, relative; what is reported has no band of ours
)


@dataclass(frozen=True)
class Published:
    """A claim's numbers in our unit: `low` alone is a floor, `high` alone a ceiling."""

    low: float | None
    mid: float | None
    high: float | None
    unit: str


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


def claims(case: Case, options: RunOptions = DEFAULT, *, filters: Filters = EVERYTHING) -> Claims:
    """Return the published claims asked for, held against the case: one row each, in the order of
    the file.

    Raises InputError for a filter that nothing meets by name, and for a mapping that does not fit
    the model.
    """
    published = read_claims(case.workspace)
    meanings = subjects(case.inputs)
    filters = _checked(published, meanings, filters)
    world = open_world(case, options)
    wanted = [each for each in published if _is_wanted(each, filters)]
    rows = held_against(wanted, meanings, world)
    if case.as_of:  # a cause may be a fact that was not known by that day
        rows = [replace(row, because=None, because_if=None) for row in rows]
    return Claims(
        command="claims",
        run=run_of(case, options),
        rows=tuple(row for row in rows if row.outside or not filters.outside),
        warnings=world.warnings,
        counts=_counts(rows),
        filters=filters,
    )


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


def _checked(published: Sequence[Claim], meanings: dict[str, Meaning], filters: Filters) -> Filters:
    """Return the filters with names in full. Raises InputError with all that is wrong with them, or
    with the mapping."""
    problems = [
        Problem(f"{MAPPING_FILE}:{each.mapping.line}", "metric", found, expected, hint)
        for each in published
        if each.mapping.metric
        for found, expected, hint in _misfits(each, meanings)
    ]
    names = sorted({each.who for each in published})
    for wanted in named(filters.who):
        if not any(is_by(wanted, name) for name in names):
            expected = "part of a name that data/claims.csv has"
            near = find(wanted, {name: "" for name in names})
            hint = near.hint or f"Such as {', '.join(names[:3])}."
            found = "nobody of this name"
            problems.append(Problem("command line", f"--who {wanted}", found, expected, hint))
    about = {each.about: "" for each in published}
    about |= {
        name: meanings[name].title
        for name in {each.mapping.metric for each in published} & meanings.keys()
    }
    matched = find(filters.about, about)
    if filters.about and matched.name is None:
        expected = "a metric, or a subject of data/claims.csv, that a claim is about"
        found = matched.found("no claim about it")
        problems.append(
            Problem("command line", f"--about {filters.about}", found, expected, matched.hint)
        )
    if filters.year and not re.fullmatch("[0-9]{4}", filters.year):
        expected = "a year, such as 2028"
        problems.append(
            Problem("command line", f"--year {filters.year}", repr(filters.year), expected)
        )
    if problems:
        raise InputError(problems)
    return replace(filters, about=matched.name or "")


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
    known = members(*part) if mapping.member else ()
    if mapping.member and not known:
        found.append((f"{mapping.metric} by {mapping.dimension}", "a breakdown of the model", ""))
    elif mapping.member and mapping.member not in known:
        found.append((mapping.member, f"one of {', '.join(known)}", ""))
    return found


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
        period=_period(claim),
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


def _counts(rows: Sequence[ClaimRow]) -> Counts:
    compared = [row for row in rows if isinstance(row, ComparedClaim)]
    facts: dict[tuple[str, str, str], list[ComparedClaim]] = {}
    for row in compared:
        facts.setdefault((row.origin, row.metric, row.period), []).append(row)
    outside = {key for key, reports in facts.items() if all(row.outside for row in reports)}
    independent = {key for key, reports in facts.items() if not reports[0].used}
    return Counts(
        claims=len(rows),
        compared=len(compared),
        facts=len(facts),
        outside=len(outside),
        outside_below=sum(facts[key][0].percentile < 50.0 for key in outside),
        independent=len(independent),
        independent_outside=len(independent & outside),
    )


def named(text: str) -> list[str]:
    """Return the names in a text that lists them: Gartner, Goldman."""
    return [each.strip() for each in text.split(",") if each.strip()]


def is_by(text: str, who: str) -> bool:
    """Return whether a claim of this name is by one of those whom a text names, of whose name all
    words are there; an empty text names everybody."""
    return not text or any(
        each.lower() in who.lower() or find(each, {who: ""}).name is not None
        for each in named(text)
    )


def _is_wanted(claim: Claim, filters: Filters) -> bool:
    """Return whether a claim is asked for, wherever it lies."""
    return (
        is_by(filters.who, claim.who)
        and filters.about in {"", claim.mapping.metric, claim.about}
        and (not filters.year or _covers(_period(claim), int(filters.year)))
        and (claim.headline or not filters.headline)
    )


def _period(claim: Claim) -> str:
    """Return the period that a claim is about: ours, or as published where it has no metric."""
    return claim.mapping.period or claim.date


def _covers(period: str, year: int) -> bool:
    """Return whether a period, such as 2028, 2026Q1, ~2027 or 2026-2030, has any of a year."""
    years = [int(text) for text in re.findall(r"(?<!\d)\d{4}(?!\d)", period)]
    return bool(years) and min(years) <= year <= max(years)
