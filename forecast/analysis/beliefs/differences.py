"""What differs from the built-in base case: a workspace's inputs, and what scenarios change."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from forecast.analysis.beliefs.stated import Points, belief_date, stated
from forecast.beliefs import Array
from forecast.inputs import load
from forecast.inputs.schema import Distribution, Guidance, Inputs, Knot, Observation, Source
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.result import DEFAULT, Result, RunOptions, band
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.rows import plain_band
from forecast.world.world import World

BySeries = dict[str, dict[Any, Any]]  # what each series' rows say, by period and day
PLACES = {"file", "line"}  # where a record stands is no part of what it says


@dataclass(frozen=True)
class DifferenceRow:
    """One difference: `base` and `now` in words, and by their quantiles where they have any."""

    kind: str
    name: str
    field: str
    unit: str
    base: str | None
    now: str | None
    base_points: Points = dataclasses.field(metadata=band("base"))
    now_points: Points = dataclasses.field(metadata=band("now"))
    place: str


@dataclass(frozen=True)
class Differences(Result):
    """What a case has otherwise than the built-in base case."""

    rows: tuple[DifferenceRow, ...]


def differences(case: Case, options: RunOptions = DEFAULT) -> Differences:
    """Return what the case has otherwise than the built-in base case, one row for each difference.

    Inputs are compared field by field, beliefs by their quantiles; scenarios and settings by the
    draws that they change, at their dates. Raises InputError for a setting that cannot be applied.
    """
    rows: list[DifferenceRow] = []
    if case.workspace:
        rows += _input_rows(load(None, case.as_of), case.inputs)
    warnings: tuple[str, ...] = ()
    if case.settings:
        world = open_world(case, options)
        rows += _setting_rows(world)
        warnings = world.warnings
    return Differences("assumptions diff", run_of(case, options), tuple(rows), warnings)


def _input_rows(base: Inputs, now: Inputs) -> Iterator[DifferenceRow]:
    for kind, before, after in (
        ("assumption", base.assumptions, now.assumptions),
        ("driver", base.drivers, now.drivers),
        ("target", _by_name(base.targets), _by_name(now.targets)),
        ("correlation", _by_pair(base), _by_pair(now)),
        ("series", base.series, now.series),
        ("scenario", base.scenarios, now.scenarios),
    ):
        yield from _record_rows(kind, before, after)
    figures = _figures_by_series(base.observations), _figures_by_series(now.observations)
    yield from _series_rows("observations", *figures)
    yield from _series_rows(
        "guidance", _said_by_series(base.guidance), _said_by_series(now.guidance)
    )


def _by_name(records: Sequence[Any]) -> dict[str, Any]:
    return {each.name: each for each in records}


def _by_pair(inputs: Inputs) -> dict[str, Any]:
    return {" with ".join(sorted((each.first, each.second))): each for each in inputs.correlations}


def _record_rows(
    kind: str, base: Mapping[str, Any], now: Mapping[str, Any]
) -> Iterator[DifferenceRow]:
    """Yield a row for each record that was added or removed and each field that differs."""
    for name in [*base, *(name for name in now if name not in base)]:
        before, after = base.get(name), now.get(name)
        place = f"{after.file}:{after.line}" if after and hasattr(after, "line") else ""
        if before is None or after is None:
            words = ("", "added") if before is None else ("there", "removed")
            yield _difference(kind, name, "whole", *words, place=place)
            continue
        old, new = _flat(before), _flat(after)
        for field in [*old, *(field for field in new if field not in old)]:
            if old.get(field) != new.get(field):
                pair = old.get(field), new.get(field)
                yield _difference(kind, name, field, *pair, getattr(after, "unit", ""), place)


def _flat(record: Any) -> dict[str, Any]:
    """Return a record's fields; beliefs by their dates, sources by their parts."""
    found: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in PLACES:
            continue
        if field.name == "knots":
            found |= {_knot_name(knot): knot.belief for knot in value}
        elif isinstance(value, Source):
            found |= {each.name: getattr(value, each.name) for each in fields(value)}
        else:
            found[field.name] = value
    return found


def _knot_name(knot: Knot) -> str:
    return "belief" if knot.time is None else f"belief {belief_date(knot.time)}"


def _difference(
    kind: str, name: str, field: str, base: Any, now: Any, unit: str = "", place: str = ""
) -> DifferenceRow:
    before, after = (
        stated(value).points if isinstance(value, Distribution) else Points()
        for value in (base, now)
    )
    return DifferenceRow(kind, name, field, unit, _words(base), _words(now), before, after, place)


def _words(value: Any) -> str | None:
    """Return a value in words: a distribution by its kind, records and tuples by their parts."""
    if value is None:
        return None
    if isinstance(value, Distribution):
        return stated(value).distribution
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(str(_words(each)) for each in value)
    if is_dataclass(value):
        parts = ((each.name, getattr(value, each.name)) for each in fields(value))
        return " ".join(f"{name}={_words(part)}" for name, part in parts if part not in ("", None))
    return str(value)


def _series_rows(kind: str, before: BySeries, after: BySeries) -> Iterator[DifferenceRow]:
    """Yield a row for each series whose figures differ: how many, and up to when."""
    for name in sorted({*before, *after}):
        old, new = before.get(name, {}), after.get(name, {})
        if old == new:
            continue
        added = len([key for key in new if key not in old])
        removed = len([key for key in old if key not in new])
        changed = len([key for key in new if key in old and new[key] != old[key]])
        counts = (("added", added), ("changed", changed), ("removed", removed))
        field = ", ".join(f"{count} {what}" for what, count in counts if count)
        yield _difference(kind, name, field, _reach(old), _reach(new))


def _figures_by_series(rows: Sequence[Observation]) -> BySeries:
    found: BySeries = {}
    for row in rows:
        key = (row.period_end, row.published, row.assumed)
        found.setdefault(row.series_id, {})[key] = (row.value, row.high, row.qualifier, row.error)
    return found


def _said_by_series(rows: Sequence[Guidance]) -> BySeries:
    found: BySeries = {}
    for row in rows:
        key = (row.period_end, row.months, row.published, row.company)
        found.setdefault(row.series_id, {})[key] = (row.low, row.mid, row.high, row.words)
    return found


def _reach(rows: Mapping[Any, Any]) -> str:
    return f"{len(rows)} rows to {max(key[0] for key in rows)}" if rows else "no rows"


def _setting_rows(world: World) -> Iterator[DifferenceRow]:
    """Yield the medians and bands that settings change, before and after, at their dates."""
    base = world.with_settings(())
    for setting in {(each.key, each.period): each for each in world.settings}.values():
        key, period = setting.key, setting.period or world.timeline.first_projected
        yield DifferenceRow(
            kind="setting",
            name=key,
            field=setting.period or f"from {period}",
            unit=(world.inputs.drivers.get(key) or world.inputs.assumptions[key]).unit,
            base="",
            now=setting.text,
            base_points=_points_at(base, key, period),
            now_points=_points_at(world, key, period),
            place=setting.origin,
        )


def _points_at(world: World, key: str, period: str) -> Points:
    """Return the quantiles of a path at a quarter, or at a year as a setting means it."""
    found = plain_band(_at(world, key, period))
    return Points(found.p10, found.p50, found.p90)


def _at(world: World, key: str, period: str) -> Array:
    values, drivers = world.belief(key), world.inputs.drivers
    column = quarter(period) - FIRST_QUARTER
    kind = drivers[key].kind if key in drivers else "stock"
    if is_year(period) and kind in {"flow", "rate"}:
        return year_value(values, kind, column - 3)
    return values[:, column]
