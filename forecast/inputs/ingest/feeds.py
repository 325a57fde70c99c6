"""What becomes of ingested figures: which driver or target they feed, or why nothing moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from forecast.inputs.onward import goes_on, going_on
from forecast.inputs.schema import Driver, Inputs, Observation, Target
from forecast.inputs.yaml.drivers import DRIVERS_FILE
from forecast.periods import fiscal_quarter, label, parse_day, quarter, quarter_of

NEW_SERIES = f"a new series, which no driver reads: list it under evidence of one in {DRIVERS_FILE}"
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@dataclass(frozen=True)
class SeriesNote:
    """What was stored of a series, and what it feeds or why nothing moves, in a sentence."""

    series_id: str
    figures: int
    first: str
    last: str
    says: str

    def sentence(self) -> str:
        """Return the note on one line."""
        figures = "figure" if self.figures == 1 else "figures"
        span = f"to {self.last}" if self.first == self.last else f"from {self.first} to {self.last}"
        return f"{self.series_id}: {self.figures} {figures} {span}; {self.says}"


def notes_on_series(observations: Sequence[Observation], inputs: Inputs) -> tuple[SeriesNote, ...]:
    """Return a note on each series of rows that are stored beside what the inputs know."""
    by_series: dict[str, list[Observation]] = {}
    for each in observations:
        by_series.setdefault(each.series_id, []).append(each)
    every = (*inputs.observations, *observations)
    found = []
    for name, rows in sorted(by_series.items()):
        days = [each.period_end.isoformat() for each in rows]
        says = "; ".join(_says(name, rows, every, inputs))
        found.append(SeriesNote(name, len(rows), min(days), max(days), says))
    return tuple(found)


def _says(
    name: str, rows: Sequence[Observation], every: Sequence[Observation], inputs: Inputs
) -> Iterator[str]:
    if all(each.assumed for each in rows):
        yield "assumed: evidence of your own for its driver"
        return
    if name not in inputs.series:
        yield NEW_SERIES
        yield from _read_instead(name, inputs)
        return
    newest = max(rows, key=lambda each: each.period_end)
    drivers = [each for each in inputs.drivers.values() if name in _series_of(each)]
    targets = [each for each in inputs.targets if name in each.series]
    guided = [
        each.name
        for each in inputs.drivers.values()
        if any(by.series == name for by in each.guided_by)
    ]
    if not drivers and not targets:
        yield f"guides {', '.join(guided)}" if guided else "a check only: nothing is fitted to it"
        return
    if newest.published < newest.period_end:
        yield "published before its period ended: a forecast, which is kept and moves nothing"
        return
    for driver in drivers:
        yield f"feeds {driver.name}"
        yield from _waits(driver, name, newest, every, inputs)
    for target in going_on(targets, every):
        yield from _of_target(target, newest, max(inputs.known_through, newest.period_end))


def _read_instead(name: str, inputs: Inputs) -> Iterator[str]:
    """Yield what the driver reads that a new series may be meant for: capex_amazon has the words of
    amazon_capex."""
    for driver in inputs.drivers.values():
        if set(driver.name.split("_")) <= set(name.split("_")):
            read = " or ".join(each for by in driver.evidence for each in by.series)
            yield f"{driver.name} reads {read}: --series NAME=ID says that one is meant"


def _series_of(driver: Driver) -> set[str]:
    return {name for evidence in driver.evidence for name in evidence.series}


def _waits(
    driver: Driver, name: str, newest: Observation, every: Sequence[Observation], inputs: Inputs
) -> Iterator[str]:
    """Yield what else has to be known of a period before a sum of several moves."""
    for evidence in driver.evidence:
        if name in evidence.series and len(evidence.series) > 1:
            known = {
                each.series_id
                for each in every
                if each.period_end == newest.period_end and not each.assumed
            }
            if missing := [each for each in evidence.series if each not in known]:
                yield f"which is a sum and waits for {', '.join(missing)} of {newest.period_end}"
    if driver.process != "capex":
        return
    quarter = fiscal_quarter(newest.period_end)
    members = [each for each in inputs.drivers.values() if each.process == "capex"]
    done = [each for each in members if quarter in _quarters(each, every)]
    total = next((each.name for each in inputs.drivers.values() if each.process == "total"), "")
    if total and driver in done and len(done) < len(members):
        waits = ", ".join(each.name for each in members if each not in done)
        count, size = (_COUNTS[len(each)] for each in (done, members))
        yield f"{count} of {size} companies for {label(quarter)}: {total} waits for {waits}"


def _quarters(driver: Driver, every: Iterable[Observation]) -> set[int]:
    series = _series_of(driver)
    return {
        fiscal_quarter(each.period_end)
        for each in every
        if each.series_id in series and each.frequency == "Q" and each.period_end <= each.published
    }


def _of_target(target: Target, newest: Observation, through: date) -> Iterator[str]:
    """Yield what a figure conditions and from when on, or why it moves nothing yet; data reach
    `through` a day."""
    at = label(quarter_of(newest.period_end))
    if {at, at[:4]} & set(target.periods):
        when = "" if parse_day(at) <= through else f" once {at} is over"
        yield f"conditions {target.quantity}{when}"
    elif goes_on(target) and quarter(at) > max(map(quarter, target.periods)):
        several = f" of each of {', '.join(target.series)}" if len(target.series) > 1 else ""
        yield (
            f"target {target.name} of {target.quantity} is read where a quarter ends, so {at} "
            f"waits for a figure{several} in its last month, or in the quarter after"
        )
    else:
        yield (
            f"target {target.name} of {target.quantity} counts {', '.join(target.periods)}, so "
            f"{at} moves nothing yet"
        )
