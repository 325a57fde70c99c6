"""Observations to come: the next figure of every series that a driver or a target rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from statistics import median_low

from forecast.curves.evidence import calendar_quarters
from forecast.inputs.schema import Driver, Evidence, Inputs, Observation, Target
from forecast.model.equations import model_graph
from forecast.periods import is_year, label, month_end, quarter, quarter_of

MONTHS = {"M": 1, "Q": 3, "H": 6, "A": 12, "FY": 12}
MISSED = 3  # figures in a row that a regular series may lack before it counts as ended
RECENT = 8  # figures from which the usual interval and delay are read
NEAR_MONTH_END = 15  # days by which a fiscal period may miss the month end it belongs to
_BOUNDS = {"lt", "gt"}


@dataclass(frozen=True)
class Upcoming:
    """A figure to come of a driver or of a target (the other is None): the sum of `series`.

    `period` is a month, quarter, year or day, `ends` its last day; `published` when the figure is
    expected and `first_published` when the first of several series is. Of an irregular series whose
    usual interval has passed, `ends` is the last day known, since no other day is likelier.
    `bounded` says that it is mostly stated as a bound.
    """

    name: str
    title: str
    series: tuple[str, ...]
    period: str
    ends: date
    first_published: date
    published: date
    bounded: bool
    driver: Driver | None = None
    evidence: Evidence | None = None
    target: Target | None = None


@dataclass(frozen=True)
class LeftOut:
    """Evidence without a figure to come, and why."""

    observation: str
    reason: str


@dataclass(frozen=True)
class Rhythm:
    """When a series' figures come: its last period, whole months between figures (0 if irregular),
    days between them, and days from the end of a period to publication."""

    last: date
    months: int
    days: int
    lag: int

    def end_after(self, figures: int) -> date:
        """Return the end of the period so many figures after the last."""
        if not self.months or _is_fiscal(self.last):
            return self.last + timedelta(days=figures * self.days)
        month = 12 * self.last.year + self.last.month - 1 + figures * self.months
        return month_end(month // 12, month % 12 + 1)

    def first_covering(self, day: date) -> date:
        """Return the end of the first period from the next on that reaches a day."""
        figures = 1
        while self.end_after(figures) + timedelta(days=NEAR_MONTH_END) < day:
            figures += 1
        return self.end_after(figures)


def known_on(inputs: Inputs) -> date:
    """Return the last day on which anything that drivers and targets rest on was published."""
    roles = {"driver", "target"}
    days = [
        row.published
        for row in inputs.observations
        if not row.assumed and inputs.series[row.series_id].role in roles
    ]
    return max(days, default=inputs.data_through)


def upcoming(inputs: Inputs, known: date) -> tuple[list[Upcoming], list[LeftOut]]:
    """Return the figures to come after a day, and the evidence that has none.

    The next period follows from the series' frequency, or for an irregular one from the usual
    interval of its figures; publication from the usual delay of its own. Of a driver whose series
    are differently worded, one that has fallen behind the others is left out, and of a member of
    the money group every definition but the first that goes on.
    """
    rows = _by_series(inputs)
    found: list[Upcoming] = []
    left_out: list[LeftOut] = []
    for each in (*_of_drivers(inputs, rows, known), *_of_targets(inputs, rows, known)):
        if isinstance(each, LeftOut):
            left_out.append(each)
        else:
            found.append(each)
    return found, left_out


def _by_series(inputs: Inputs) -> dict[str, list[Observation]]:
    rows: dict[str, list[Observation]] = {}
    for row in sorted(inputs.observations, key=lambda row: row.period_end):
        if not row.assumed:
            rows.setdefault(row.series_id, []).append(row)
    return rows


def _of_drivers(
    inputs: Inputs, rows: Mapping[str, list[Observation]], known: date
) -> Iterator[Upcoming | LeftOut]:
    for driver in inputs.drivers.values():
        lasts = {
            evidence.series: min(rows[name][-1].period_end for name in evidence.series)
            for evidence in driver.evidence
            if all(name in rows for name in evidence.series)
        }
        has_figure = False
        for evidence in driver.evidence:
            name = " + ".join(evidence.series)
            if evidence.series not in lasts:
                yield LeftOut(name, "no figure yet")
                continue
            mine = [rows[each] for each in evidence.series]
            if all(row.published < row.period_end for row in mine[0]):
                yield LeftOut(name, "guidance, which is given with the figure before it")
                continue
            found = _next(mine, known, is_summed=len(mine) > 1)
            if found is None:
                yield LeftOut(name, _ended(mine))
            elif _is_behind(mine, lasts[evidence.series], max(lasts.values()), known):
                yield LeftOut(name, f"{_ended(mine)}, while another series of it goes on")
            elif has_figure and driver.process:
                yield LeftOut(name, "counts only where the definition before it has no figure")
            else:
                has_figure = True
                single = inputs.series[evidence.series[0]].title
                title = driver.title if len(mine) > 1 else single
                yield replace(
                    found, name=driver.name, title=title, driver=driver, evidence=evidence
                )


def _is_behind(
    mine: Sequence[Sequence[Observation]], last: date, latest: date, known: date
) -> bool:
    """Return whether a series has missed a figure while another of its driver has not."""
    rhythm = _rhythm(mine[0])
    if rhythm is None or not rhythm.months:
        return False
    return last < latest and rhythm.end_after(1) + timedelta(days=rhythm.lag) <= known


def _of_targets(
    inputs: Inputs, rows: Mapping[str, list[Observation]], known: date
) -> Iterator[Upcoming | LeftOut]:
    readings: dict[tuple[str, str], list[Target]] = {}
    for target in inputs.targets:
        if target.bound:
            yield LeftOut(target.name, "one-sided: it says little until it is passed")
        elif target.momentum:
            continue  # its series is another target's, which is listed
        elif target.values:
            readings.setdefault((target.quantity, target.origin), []).append(target)
        elif not all(name in rows for name in target.series):
            yield LeftOut(target.name, "no figure yet")
        else:
            yield _of_series(target, [rows[name] for name in target.series], known)
    for targets in readings.values():
        yield _of_readings(targets, known)


def _of_series(
    target: Target, mine: Sequence[Sequence[Observation]], known: date
) -> Upcoming | LeftOut:
    found = _next(mine, known, is_summed=True)
    if found is None:
        return LeftOut(target.name, _ended(mine))
    # A target is read over a year or a quarter, whatever its series' own periods.
    period = found.period if is_year(found.period) else label(quarter_of(found.ends))
    return replace(found, name=target.name, title=_title(target), period=period, target=target)


def _title(target: Target) -> str:
    """Return what a target measures, and who says so."""
    return f"{model_graph().nodes[target.quantity].meaning.title} ({target.origin})"


def _of_readings(targets: Sequence[Target], known: date) -> Upcoming | LeftOut:
    """Return the next of a sequence of judged readings, at their usual interval."""
    read = {
        quarter(period): target
        for target in targets
        for period in target.periods
        if _last_day(quarter(period)) <= known
    }
    at = sorted(read)
    if len(at) < 2:
        return LeftOut(targets[0].name, "fewer than two readings, so no usual interval")
    last = read[at[-1]]
    step = median_low([after - before for before, after in pairwise(at)])
    following, missed = at[-1] + step, 0
    while _last_day(following) <= known:
        following, missed = following + step, missed + 1
    if missed > MISSED:
        return LeftOut(last.name, f"no reading since {label(at[-1])}")
    day = _last_day(following)
    return Upcoming(
        last.name, _title(last), (), label(following), day, day, day, False, target=last
    )


def _next(
    mine: Sequence[Sequence[Observation]], known: date, *, is_summed: bool
) -> Upcoming | None:
    """Return the next figure of a series, or of several that are added up, None if they ended; its
    name and title are for the caller to say."""
    rhythms = [rhythm for rows in mine if (rhythm := _rhythm(rows)) is not None]
    if len(rhythms) != len(mine):
        return None
    names = tuple(rows[0].series_id for rows in mine)
    latest = [row.qualifier in _BOUNDS for row in mine[0][-3:]]
    bounded = 2 * sum(latest) > len(latest)
    first = rhythms[0]
    if not first.months:
        usual = first.end_after(1)
        published = usual + timedelta(days=first.lag)
        ends = known if published <= known else usual
        period = ends.isoformat()[:7]
        return Upcoming("", "", names, period, ends, published, published, bounded)
    is_yearly = first.months == 12
    calendar = is_summed and not is_yearly

    def ends_after(figures: int) -> date:
        return _calendar_end(mine, figures) if calendar else first.end_after(figures)

    def days_of(ends: date) -> list[date]:
        """Return when each of the series that have yet to report a period will."""
        return [
            rhythm.first_covering(ends) + timedelta(days=rhythm.lag)
            for rhythm in rhythms
            if rhythm.last + timedelta(days=NEAR_MONTH_END) < ends
        ]

    if max(days_of(ends_after(MISSED + 1))) <= known:
        return None
    ends = ends_after(1)
    days, period = days_of(ends), _label(ends, first.months)
    return Upcoming("", "", names, period, ends, min(days), max(days), bounded)


def _calendar_end(mine: Sequence[Sequence[Observation]], figures: int) -> date:
    """Return the last day of the calendar quarter so many after the last that all series cover."""
    covered = []
    for rows in mine:
        quarterly = calendar_quarters([row for row in rows if row.frequency == "Q"])
        covered.append(max(quarterly) if quarterly else quarter_of(rows[-1].period_end))
    return _last_day(min(covered) + figures)


def _last_day(quarter_index: int) -> date:
    return month_end(quarter_index // 4, 3 * (quarter_index % 4) + 3)


def _rhythm(rows: Sequence[Observation]) -> Rhythm | None:
    """Return a series' rhythm, None for an irregular one with a single figure."""
    recent = rows[-RECENT:]
    ends = sorted({row.period_end for row in recent})
    months = MONTHS.get(recent[-1].frequency, 0)
    gaps = [(after - before).days for before, after in pairwise(ends)]
    if not months and not gaps:
        return None
    days = 91 * months // 3 if months else median_low(gaps)
    # Figures that were published together say nothing of the delay but for the newest of them.
    newest = {row.published: row.period_end for row in recent}
    lag = median_low([max(0, (day - end).days) for day, end in newest.items()])
    return Rhythm(ends[-1], months, days, lag)


def _is_fiscal(day: date) -> bool:
    """Return whether a period ends off the end of a month, so that weeks are counted."""
    return day != month_end(day.year, day.month)


def _label(ends: date, months: int) -> str:
    if _is_fiscal(ends):
        return ends.isoformat()
    if months == 12 and ends.month == 12:
        return str(ends.year)
    if months == 3 and ends.month % 3 == 0:
        return label(quarter_of(ends))
    return ends.isoformat()[:7]


def _ended(mine: Sequence[Sequence[Observation]]) -> str:
    last = min(rows[-1].period_end for rows in mine)
    single = all(len(rows) == 1 for rows in mine) and not MONTHS.get(mine[0][-1].frequency)
    return "a single figure" if single else f"no figure since {last.isoformat()}"


def with_figure(inputs: Inputs, each: Upcoming, value: float) -> Inputs:
    """Return the inputs with a figure to come, `value` in the unit of its series or target.

    Several series get shares of the sum as in the last quarter that all of them cover. A target
    gets a datum of its own, with the error that it shares with others of its origin.
    """
    if each.target is not None:
        added = replace(each.target, name=f"{each.target.name} to come", series=())
        added = replace(added, values=(value,), periods=(each.period,))
        through = max(inputs.data_through, _last_day(quarter(each.period)))
        changed = replace(inputs, targets=(*inputs.targets, added), data_through=through)
    else:
        rows = _by_series(inputs)
        mine = [rows[name] for name in each.series]
        new = [
            replace(row, published=each.published, qualifier="eq", high=None)
            for row in (
                _summands(mine, each, value) if len(mine) > 1 else _one(mine[0], each, value)
            )
        ]
        through = max(inputs.data_through, each.ends)
        changed = replace(inputs, observations=(*inputs.observations, *new), data_through=through)
    return replace(changed, sha256=f"{inputs.sha256} with {each.name} {each.period} {value:.10g}")


def _one(rows: Sequence[Observation], each: Upcoming, value: float) -> Iterator[Observation]:
    yield replace(rows[-1], period_end=each.ends, value=value)


def _summands(
    mine: Sequence[Sequence[Observation]], each: Upcoming, value: float
) -> Iterator[Observation]:
    """Yield the row of each series that completes a calendar quarter of their sum."""
    at = quarter_of(each.ends)
    totals = [calendar_quarters(rows) for rows in mine]
    last = max(set(totals[0]).intersection(*totals[1:]))
    whole = sum(total[last] for total in totals)
    for rows, total in zip(mine, totals, strict=True):
        rhythm = _rhythm(rows)
        if at in total or rhythm is None:
            continue
        share = value * total[last] / whole
        ends = rhythm.first_covering(each.ends)
        # What the series already covers of the quarter counts; the new row brings the rest.
        trial = replace(rows[-1], period_end=ends, value=0.0)
        known = calendar_quarters([*rows, trial]).get(at, 0.0)
        unit = calendar_quarters([*rows, replace(trial, value=3.0)]).get(at, 3.0) - known
        yield replace(trial, value=3.0 * (share - known) / unit)
