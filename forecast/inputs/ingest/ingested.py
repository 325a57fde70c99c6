"""What a person ingested: from stored rows, and laid over what the files say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import cast

from forecast.inputs.schema import Guidance, Observation, Series, Status, Words
from forecast.inputs.tables.guidance import said_when
from forecast.store import StoredGuidance, StoredRow
from forecast.store.events import event_name, former_days
from forecast.store.vintages import latest_vintages
from forecast.units import Qualifier


def read_ingested(
    rows: Iterable[StoredRow],
    series: Mapping[str, Series],
    driver_units: Mapping[str, str],
    as_of: date | None,
) -> tuple[dict[str, Series], tuple[Observation, ...], tuple[str, ...]]:
    """Return all series with those that only ingested rows know, the latest rows, and warnings.

    Rows published after `as_of` are left out, so that an earlier vintage comes back. A row whose
    unit is no longer that of its series (or driver) is left out with a warning.
    """
    known = dict(series)
    found: list[Observation] = []
    warnings: list[str] = []
    timely = (row for row in rows if as_of is None or row.published <= as_of.isoformat())
    for row in latest_vintages(timely):
        name = row.series_id
        if name not in known and not row.assumed:
            known[name] = _unknown_series(name, row.unit, row.frequency, row.kind)
        unit = known[name].unit if name in known else driver_units.get(name)
        if unit != row.unit:
            expected = unit or "a known series or driver"
            warnings.append(
                f"{row.file}:{row.line}: {name} of {row.period_end}, ingested in {row.unit}, "
                f"left out: expected {expected}"
            )
            continue
        found.append(_observation(row))
    return known, tuple(found), tuple(warnings)


def _unknown_series(series_id: str, unit: str, frequency: str, kind: str) -> Series:
    """Return the record of a series that only ingested rows know: kept, but never fitted."""
    shape = "share" if unit == "share" else "stock"
    return Series(series_id, series_id, unit, frequency, shape, "ingested", "check", kind)


def merge(
    observations: Iterable[Observation], ingested: Sequence[Observation], as_of: date | None
) -> tuple[Observation, ...]:
    """Return the files' observations published by `as_of`, with ingested ones in their place.

    What a person ingests stands before what a file says of the same series and period, or of an
    event of the same name that was dated anew.
    """
    own = {(each.series_id, each.period_end, each.assumed) for each in ingested}
    moved = {
        (each.series_id, day, event_name(each.note))
        for each in ingested
        for day in former_days(each.frequency, each.note)
    }
    kept = (
        each
        for each in observations
        if (as_of is None or each.published <= as_of)
        and (each.series_id, each.period_end, each.assumed) not in own
        and not (moved and _event(each) in moved)
    )
    return (*kept, *ingested)


def _event(row: Observation) -> tuple[str, str, str]:
    return row.series_id, row.period_end.isoformat(), event_name(row.note)


def merge_guidance(
    guidance: Iterable[Guidance],
    ingested: Iterable[StoredGuidance],
    series: Mapping[str, Series],
    as_of: date | None,
) -> tuple[tuple[Guidance, ...], tuple[str, ...]]:
    """Return what companies said by `as_of`, and warnings.

    What a person ingests stands in place of what a file says of the same day, and of two rows the
    one that arrived last. A row whose series is gone or has another unit is left out with a
    warning.
    """
    said = {said_when(each): each for each in guidance}
    warnings: dict[tuple[object, ...], str] = {}
    for row in ingested:
        each = stored_guidance(row)
        known = series.get(each.series_id)
        if known is not None and known.unit == each.unit:
            said[said_when(each)] = each
            continue
        expected = known.unit if known else "a known series"
        warnings[said_when(each)] = (
            f"{each.file}:{each.line}: guidance for {each.series_id}, ingested in {each.unit}, "
            f"left out: expected {expected}"
        )
    timely = (each for each in said.values() if as_of is None or each.published <= as_of)
    return tuple(timely), tuple(warnings.values())


def stored_guidance(row: StoredGuidance) -> Guidance:
    """Return a stored row as the record that it was."""
    return Guidance(
        series_id=row.series_id,
        period_end=date.fromisoformat(row.period_end),
        months=row.months,
        low=row.low,
        mid=row.mid,
        high=row.high,
        words=cast(Words, row.words),
        unit=row.unit,
        published=date.fromisoformat(row.published),
        company=row.company,
        definition=row.definition,
        source=row.source,
        source_url=row.source_url,
        status=cast(Status, row.status),
        note=row.note,
        file=row.file,
        line=row.line,
    )


def _observation(row: StoredRow) -> Observation:
    return Observation(
        series_id=row.series_id,
        period_end=date.fromisoformat(row.period_end),
        frequency=row.frequency,
        value=row.value,
        unit=row.unit,
        qualifier=cast(Qualifier, row.qualifier),
        published=date.fromisoformat(row.published),
        source=row.source,
        source_url=row.source_url,
        status=cast(Status, row.status),
        note=row.note,
        file=row.file,
        line=row.line,
        high=row.high,
        error=row.error,
        assumed=row.assumed,
    )
