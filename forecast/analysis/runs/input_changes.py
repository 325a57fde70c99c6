"""What differs between the inputs of two runs, change by change, and inputs with some of them made.

A change is something that may move a number: the observations of one series or the guidance for
it, one assumption, one driver, or all targets or correlations. What only words differ in is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import Any, Literal, TypeVar

from forecast.analysis.beliefs.stated import belief_date, stated
from forecast.inputs.parsing import find_data_through
from forecast.inputs.schema import Assumption, Guidance, Inputs, Knot, Observation, Source
from forecast.inputs.tables.guidance import said_when

Part = Literal["observations", "assumptions", "inputs"]
Told = TypeVar("Told", Observation, Guidance)
NOWHERE = Source("", "", "judged", date(1, 1, 1), date(1, 1, 1))
LISTS = (("list", "targets"), ("list", "correlations"))
MOST_CHANGES = 6  # that are valued one by one; beyond, those of one part are one


@dataclass(frozen=True)
class InputChange:
    """One change: `records` are the (kind, name) of what differs; `old` and `new` say what it was
    and is; `counts` is false for what is only checked against."""

    part: Part
    records: tuple[tuple[str, str], ...]
    old: str
    new: str
    place: str
    counts: bool = True

    @property
    def title(self) -> str:
        """The names in a few words."""
        names = [name for _, name in self.records]
        if len(names) <= 3:
            return ", ".join(names)
        return f"{', '.join(names[:2])} and {len(names) - 2} more"


def input_changes(before: Inputs, after: Inputs) -> list[InputChange]:
    """Return what differs in inputs, observations first."""
    return [
        *_observation_changes(before, after),
        *_guidance_changes(before, after),
        *_assumption_changes(before.assumptions, after.assumptions),
        *_other_changes(before, after),
    ]


def together(changes: Sequence[InputChange]) -> list[InputChange]:
    """Return changes with those of one part as one, for the parts that have most, until there are
    no more than MOST_CHANGES."""
    found = list(changes)
    parts = sorted({each.part for each in found}, key=lambda part: -_count(found, part))
    for part in parts:
        if len(found) > MOST_CHANGES and _count(found, part) > 1:
            mine = [each for each in found if each.part == part]
            at = found.index(mine[0])
            found = [each for each in found if each.part != part]
            found.insert(at, _merged(mine))
    return found


def _count(changes: Sequence[InputChange], part: Part) -> int:
    return sum(each.part == part for each in changes)


def _merged(changes: Sequence[InputChange]) -> InputChange:
    records = tuple(record for each in changes for record in each.records)
    places = ", ".join(dict.fromkeys(each.place.partition(":")[0] for each in changes))
    part: Part = changes[0].part if len({each.part for each in changes}) == 1 else "inputs"
    return InputChange(part, records, "", f"{len(records)} changed", places)


def mixed(before: Inputs, after: Inputs, made: Collection[InputChange]) -> Inputs:
    """Return the inputs before with some changes made.

    Raises ValueError if what results has no data at all.
    """
    records = {record for each in made for record in each.records}

    def chosen(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
        found = {}
        for name in dict.fromkeys([*old, *new]):
            source = new if (kind, name) in records else old
            if name in source:
                found[name] = source[name]
        return found

    series = {**before.series, **after.series}
    left = [row for row in before.observations if ("series", row.series_id) not in records]
    taken = [row for row in after.observations if ("series", row.series_id) in records]
    observations = (*left, *taken)
    unmoved = [row for row in before.guidance if _guidance_record(row.series_id) not in records]
    moved = [row for row in after.guidance if _guidance_record(row.series_id) in records]
    through = find_data_through(observations, series)
    if through is None:
        raise ValueError("no observation of a driver or target is left")
    assumptions = chosen("assumption", before.assumptions, after.assumptions)
    correlations = (after if LISTS[1] in records else before).correlations
    digest = sha256(f"{before.sha256} {after.sha256} {sorted(records)}".encode()).hexdigest()
    return replace(
        before,
        assumptions=assumptions,
        correlations=tuple(
            each for each in correlations if {each.first, each.second} <= assumptions.keys()
        ),
        series=series,
        observations=observations,
        guidance=(*unmoved, *moved),
        drivers=chosen("driver", before.drivers, after.drivers),
        targets=(after if LISTS[0] in records else before).targets,
        data_through=through,
        sha256=digest,
    )


def _observation_changes(before: Inputs, after: Inputs) -> Iterator[InputChange]:
    used = used_series(before) | used_series(after)
    old, new = _by_series(before.observations), _by_series(after.observations)
    for name, gone, came, place in _changed_rows(old, new):
        yield InputChange(
            "observations", (("series", name),), _figures(gone), _figures(came), place, name in used
        )


def _changed_rows(
    old: Mapping[str, Mapping[tuple[Any, ...], Told]],
    new: Mapping[str, Mapping[tuple[Any, ...], Told]],
) -> Iterator[tuple[str, list[Told], list[Told], str]]:
    """Yield each series whose rows changed, with those that went and that came, and the place of
    the last that came."""
    for name in dict.fromkeys([*old, *new]):
        was, now = old.get(name, {}), new.get(name, {})
        if was.keys() != now.keys():
            gone = [row for key, row in was.items() if key not in now]
            came = [row for key, row in now.items() if key not in was]
            yield name, gone, came, f"{came[-1].file}:{came[-1].line}" if came else ""


def _by_series(rows: Sequence[Observation]) -> dict[str, dict[tuple[Any, ...], Observation]]:
    """Return each series' rows by all that a computation reads of them."""
    found: dict[str, dict[tuple[Any, ...], Observation]] = {}
    for row in rows:
        key = (
            *(row.period_end, row.frequency, row.published, row.value, row.high),
            *(row.qualifier, row.error, row.assumed),
        )
        found.setdefault(row.series_id, {})[key] = row
    return found


def _guidance_changes(before: Inputs, after: Inputs) -> Iterator[InputChange]:
    old, new = _by_guided_series(before.guidance), _by_guided_series(after.guidance)
    for name, gone, came, place in _changed_rows(old, new):
        record = _guidance_record(name)
        yield InputChange("observations", (record,), _outlook(gone), _outlook(came), place)


def _guidance_record(series_id: str) -> tuple[str, str]:
    return "guidance", f"guidance for {series_id}"


def _by_guided_series(rows: Sequence[Guidance]) -> dict[str, dict[tuple[Any, ...], Guidance]]:
    """Return the guidance for each series by all that a computation reads of it."""
    found: dict[str, dict[tuple[Any, ...], Guidance]] = {}
    for row in rows:
        key = (*said_when(row), row.low, row.mid, row.high, row.words)
        found.setdefault(row.series_id, {})[key] = row
    return found


def _outlook(rows: Sequence[Guidance]) -> str:
    """Return guidance in words, the last said first: 2026-12-31 $130B to $145B and 2 more."""
    if not rows:
        return ""
    last = max(rows, key=lambda row: (row.published, row.period_end))
    amounts = {"low": last.low, "mid": last.mid, "high": last.high}
    said = {name: _amount(each, last.unit) for name, each in amounts.items() if each is not None}
    if {"low", "high"} <= said.keys():
        text = f"{said['low']} to {said['high']}"
    elif "mid" in said:
        text = said["mid"]
    elif "low" in said:
        text = f">{said['low']}"
    else:
        text = f"<{said['high']}" if "high" in said else last.words
    said_last = f"{last.period_end} {text}"
    return said_last if len(rows) == 1 else f"{said_last} and {len(rows) - 1} more"


def used_series(inputs: Inputs) -> set[str]:
    """Return the series that shape the forecast."""
    drivers = inputs.drivers.values()
    evidence = {name for driver in drivers for each in driver.evidence for name in each.series}
    return evidence | {name for target in inputs.targets for name in target.series}


def _figures(rows: Sequence[Observation]) -> str:
    """Return rows in words, the last first: 2026-09-30 $52B and 2 more."""
    if not rows:
        return ""
    last = max(rows, key=lambda row: (row.period_end, row.published))
    signs = {"gt": ">", "lt": "<", "approx": "~"}
    said = f"{last.period_end} {signs.get(last.qualifier, '')}{_amount(last.value, last.unit)}"
    return said if len(rows) == 1 else f"{said} and {len(rows) - 1} more"


def _amount(value: float, unit: str) -> str:
    """Return a number as people write it: 25%, $52B, 1.2M tokens."""
    if unit == "share":
        return f"{100.0 * value:.3g}%"
    steps = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
    size, letter = next((step for step in steps if step[0] <= abs(value) < 1e15), (1.0, ""))
    text = f"{value / size:.3g}{letter}"
    return f"${text}{unit.removeprefix('USD')}" if unit.startswith("USD") else f"{text} {unit}"


def _assumption_changes(
    before: Mapping[str, Assumption], after: Mapping[str, Assumption]
) -> Iterator[InputChange]:
    for name in dict.fromkeys([*before, *after]):
        was, now = before.get(name), after.get(name)
        if was and now and _bare(was) == _bare(now):
            continue
        there = now or was
        place = f"{there.file}:{there.line}" if there else ""
        yield InputChange("assumptions", (("assumption", name),), *_beliefs(was, now), place)


def _bare(record: Any) -> Any:
    """Return a record without its words: where it stands, its title, its source, its past."""
    words = {"file": "", "line": 0, "title": "", "provenance": NOWHERE, "subject": ""}
    words |= {"vintages": (), "known_from": None}
    return replace(
        record, **{name: value for name, value in words.items() if hasattr(record, name)}
    )


def _beliefs(before: Assumption | None, after: Assumption | None) -> tuple[str, str]:
    """Return in words what was believed and is believed, of the first date at which they differ."""
    if before is None or after is None:
        return ("", "added") if before is None else ("there", "removed")
    was = {knot.time: knot for knot in before.knots}
    now = {knot.time: knot for knot in after.knots}
    for time in dict.fromkeys([*was, *now]):
        if was.get(time) != now.get(time):
            return _belief(was.get(time), before.unit), _belief(now.get(time), after.unit)
    return "", "persistence or limits changed"


def _belief(knot: Knot | None, unit: str) -> str:
    """Return a belief in words: its median and band, and its date if it has one."""
    if knot is None:
        return "nothing"
    belief = stated(knot.belief)
    low, middle, high = belief.points.p10, belief.points.p50, belief.points.p90
    said = belief.distribution if middle is None else _amount(middle, unit)
    if low is not None and high is not None:
        band = f"{_amount(low, unit).removesuffix(f' {unit}')}–{_amount(high, unit)}"
        said = band if middle is None else f"{said} ({band.removesuffix(f' {unit}')})"
    return said if knot.time is None else f"{said} at {belief_date(knot.time)}"


def _other_changes(before: Inputs, after: Inputs) -> Iterator[InputChange]:
    for name in dict.fromkeys([*before.drivers, *after.drivers]):
        was, now = before.drivers.get(name), after.drivers.get(name)
        if was is None or now is None or _bare_driver(was) != _bare_driver(now):
            there = now or was
            place = f"{there.file}:{there.line}" if there else ""
            yield InputChange("inputs", (("driver", name),), "", "driver changed", place)
    for record, old, new in (
        (LISTS[0], before.targets, after.targets),
        (LISTS[1], before.correlations, after.correlations),
    ):
        if [_unreasoned(each) for each in old] != [_unreasoned(each) for each in new]:
            place = new[0].file if new else ""
            said = f"{len(new)}, some changed"
            yield InputChange("inputs", (record,), str(len(old)), said, place)


def _bare_driver(driver: Any) -> Any:
    return replace(
        _bare(driver),
        evidence=tuple(replace(each, reasoning="") for each in driver.evidence),
        assumed=tuple(replace(each, provenance=NOWHERE) for each in driver.assumed),
    )


def _unreasoned(record: Any) -> Any:
    return replace(_bare(record), reasoning="")
