"""What differs from the built-in base case: a workspace's inputs, and what scenarios change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from forecast.analysis.beliefs.assumptions import belief_date, stated
from forecast.beliefs import Array
from forecast.inputs import load
from forecast.inputs.schema import Distribution, Inputs, Knot, Observation, Source
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.draws import Ensemble
from forecast.world.ensemble import build_ensemble
from forecast.world.rows import plain
from forecast.world.settings import apply_settings, draws_of
from forecast.world.timeline import Timeline

PLACES = {"file", "line"}  # where a record stands is no part of what it says
POINTS = (10, 50, 90)


def differences(
    case: Case,
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return what the case has otherwise than the built-in base case, one row for each difference.

    Inputs are compared field by field, beliefs by their quantiles; scenarios and settings by the
    draws that they change, at their dates. Raises InputError for a setting that cannot be applied.
    """
    rows: list[Row] = []
    if case.workspace:
        rows += _input_rows(load(None, case.as_of), case.inputs)
    warnings: tuple[str, ...] = ()
    if case.settings:
        timeline = case.timeline(through)
        ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
        found, warnings = _setting_rows(case, ensemble, timeline)
        rows += found
    run = run_of(case, draws, seed, through, started)
    return OldResult("assumptions diff", run, tuple(rows), warnings)


def _input_rows(base: Inputs, now: Inputs) -> Iterator[Row]:
    for kind, before, after in (
        ("assumption", base.assumptions, now.assumptions),
        ("driver", base.drivers, now.drivers),
        ("target", _by_name(base.targets), _by_name(now.targets)),
        ("correlation", _by_pair(base), _by_pair(now)),
        ("series", base.series, now.series),
        ("scenario", base.scenarios, now.scenarios),
    ):
        yield from _record_rows(kind, before, after)
    yield from _observation_rows(base.observations, now.observations)


def _by_name(records: Sequence[Any]) -> dict[str, Any]:
    return {each.name: each for each in records}


def _by_pair(inputs: Inputs) -> dict[str, Any]:
    return {" with ".join(sorted((each.first, each.second))): each for each in inputs.correlations}


def _record_rows(kind: str, base: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Row]:
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
) -> Row:
    """Return a row; `base` and `now` are words, quantiles stand in columns of their own."""
    return {
        "kind": kind,
        "name": name,
        "field": field,
        "unit": unit,
        "base": _words(base),
        "now": _words(now),
        **_columns("base", base),
        **_columns("now", now),
        "place": place,
    }


def _columns(side: str, value: Any) -> Row:
    points = stated(value) if isinstance(value, Distribution) else {}
    return {f"{side}_p{p}": points.get(f"p{p}") for p in POINTS}


def _words(value: Any) -> str | None:
    """Return a value in words: a distribution by its kind, records and tuples by their parts."""
    if value is None:
        return None
    if isinstance(value, Distribution):
        return str(stated(value)["distribution"])
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return ", ".join(str(_words(each)) for each in value)
    if is_dataclass(value):
        parts = ((each.name, getattr(value, each.name)) for each in fields(value))
        return " ".join(f"{name}={_words(part)}" for name, part in parts if part not in ("", None))
    return str(value)


def _observation_rows(base: Sequence[Observation], now: Sequence[Observation]) -> Iterator[Row]:
    """Yield a row for each series whose observations differ: how many, and up to when."""
    before, after = _by_series(base), _by_series(now)
    for name in sorted({*before, *after}):
        old, new = before.get(name, {}), after.get(name, {})
        if old == new:
            continue
        added = len([key for key in new if key not in old])
        removed = len([key for key in old if key not in new])
        changed = len([key for key in new if key in old and new[key] != old[key]])
        counts = (("added", added), ("changed", changed), ("removed", removed))
        field = ", ".join(f"{count} {what}" for what, count in counts if count)
        yield _difference("observations", name, field, _reach(old), _reach(new))


def _by_series(rows: Sequence[Observation]) -> dict[str, dict[Any, Any]]:
    found: dict[str, dict[Any, Any]] = {}
    for row in rows:
        key = (row.period_end, row.published, row.assumed)
        found.setdefault(row.series_id, {})[key] = (row.value, row.high, row.qualifier, row.error)
    return found


def _reach(rows: Mapping[Any, Any]) -> str:
    return f"{len(rows)} rows to {max(key[0] for key in rows)}" if rows else "no rows"


def _setting_rows(
    case: Case, ensemble: Ensemble, timeline: Timeline
) -> tuple[list[Row], tuple[str, ...]]:
    """Return the medians and bands that settings change, before and after, at their dates."""
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    rows = []
    for setting in {(each.key, each.period): each for each in case.settings}.values():
        period = setting.period or timeline.first_projected
        before = draws_of(case.inputs, ensemble, timeline, setting.key)
        after = changed[setting.key]
        pair = [_at(case, setting.key, values, period) for values in (before, after)]
        unit, field = _unit(case, setting.key), setting.period or f"from {period}"
        row = _difference("setting", setting.key, field, "", setting.text, unit, setting.origin)
        for side, draws in zip(("base", "now"), pair, strict=True):
            for p, value in zip(POINTS, np.percentile(draws, POINTS), strict=True):
                row[f"{side}_p{p}"] = plain(float(value))
        rows.append(row)
    return rows, warnings


def _unit(case: Case, key: str) -> str:
    found = case.inputs.drivers.get(key) or case.inputs.assumptions[key]
    return found.unit


def _at(case: Case, key: str, values: Array, period: str) -> Array:
    """Return a path at a quarter, or at a year as a setting means it, (draws,)."""
    column = quarter(period) - FIRST_QUARTER
    kind = case.inputs.drivers[key].kind if key in case.inputs.drivers else "stock"
    if is_year(period) and kind in {"flow", "rate"}:
        return year_value(values, kind, column - 3)
    return np.asarray(values[:, column])
