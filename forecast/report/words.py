"""The answer in words, with its band: what a reader takes away from a page of tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from forecast import periods
from forecast.analysis.project import Since
from forecast.report.numbers import band_figures, quantity, quantity_band, signed
from forecast.result import Quantiles, Run
from forecast.world.metrics import MetricTable
from forecast.world.outcomes import OutcomeRow
from forecast.world.rows import EventRow, ValueRow

PASSES = "It passes in the first of four quarters running in which it is ahead."
MONTHS = {2: "March", 3: "June", 4: "September"}


class Banded(Protocol):
    """Quantiles in a unit."""

    @property
    def unit(self) -> str: ...
    @property
    def quantiles(self) -> Quantiles: ...


def first_line(run: Run) -> str:
    """Return what identifies a run: inputs, data, draws, and every change asked for."""
    parts = [run.source, f"data to {run.data_through}", f"{run.draws:,} draws, seed {run.seed}"]
    if run.as_of:
        parts.insert(1, f"as of {run.as_of}")
    if scenarios := [name for name in run.scenario if name != "base"]:
        parts.insert(1, f"scenario {' + '.join(scenarios)}")
    parts.extend(f"--set {override}" for override in run.overrides)
    parts.extend(f"--given {outcome}" for outcome in run.given)
    return " · ".join([*parts, f"run {run.run_id}"])


def outcome_sentence(row: OutcomeRow) -> str:
    """Return what was supposed, how it lay among the draws before, and how many draws are left."""
    name = f"{row.metric}:{row.member}" if row.member else row.metric
    error = quantity(row.error, row.unit).replace("%", " pp")
    unstated = "" if row.error_stated else " (a quarter of its own spread, as none is stated)"
    place = f"P{max(1.0, min(99.0, row.percentile)):.0f}"
    return (
        f"Given {name} of {quantity(row.value, row.unit, 3)} ± {error}{unstated} in {row.period}: "
        f"{place} of the draws before, whose median was {quantity(row.before, row.unit, 3)} and is "
        f"now {quantity(row.p50, row.unit, 3)}; {quantity(row.effective_draws, '')} effective "
        "draws are left."
    )


def answer(result: MetricTable, bands: Sequence[float]) -> str:
    """Return the answer in two sentences: when inference overtakes training, and where it ends.

    A result without those metrics is answered with the last value of each metric it has.
    """
    crossover = result.event("crossover")
    share, spend = last_row(result, "inference_share"), last_row(result, "chip_spend")
    sentences = [crossover_sentence(result, crossover, bands)] if crossover else []
    ends = []
    if share:
        subject = "it holds" if crossover else "inference holds"
        lead = result.probability("inference_ahead", share.period)
        ahead = f", ahead in {100.0 * lead.mean:.0f} of 100 draws" if lead else ""
        ends.append(f"{subject} {with_band(share, bands)} of AI compute{ahead}")
    if spend:
        ends.append(f"AI chip spend is {spend_with_band(spend, bands)}")
    if last := share or spend:
        period = last.period
        ends_there = crossover and periods.quarter(period) == periods.quarter(result.run.through)
        opening = "By then" if ends_there else f"By the end of {period}"
        sentences.append(f"{opening} {', and '.join(ends)}.")
    return " ".join(sentences) if sentences else " ".join(plain_sentences(result, bands))


def in_short(result: MetricTable, bands: Sequence[float]) -> str:
    """Return the last line of a page: the headline figures of the last period."""
    share, spend = last_row(result, "inference_share"), last_row(result, "chip_spend")
    parts = []
    if share:
        band = percentile_band(share, bands)
        parts.append(f"inference {quantity(share.quantiles.p50, 'share')} of compute ({band})")
    if spend:
        parts.append(f"AI chips {with_band(spend, bands)}")
    if last := share or spend:
        return f"{last.period}: {'; '.join(parts)}"
    crossover = result.event("crossover")
    if crossover:
        return crossover_sentence(result, crossover, bands)
    return " ".join(plain_sentences(result, bands)[:1])


def since_kept(since: Since) -> str:
    """Return how the inference share moved since a run that was kept, and what is new."""
    points = 100.0 * (since.after - since.before)
    change = signed(f"{points:+.1f}") if round(points, 1) else "less than ±0.1"
    what = f"; new: {', '.join(since.new)}" if since.new else ""
    return (
        f"({since.started[:10]}, {since.run_id})  inference share {since.period} {change} "
        f"pp{what}. Why: forecast report --since last"
    )


def crossover_sentence(result: MetricTable, row: EventRow, bands: Sequence[float]) -> str:
    """Return when inference first leads training for four quarters running, with its band and how
    often it never has."""
    by_the_end = f"by the end of {result.run.through}"
    middle, never = row.quantiles.p50, row.probability_never
    low, high = row.quantiles.at(bands[0]), row.quantiles.at(bands[-1])
    if middle is None or low is None:
        return _rarely(row, by_the_end, bands)
    ends = f"{moment(low)}–{high}" if high else f"{moment(low)} to after {result.run.through}"
    is_past = periods.quarter(middle) < first_projected(result)
    verb = "overtook" if is_past else "overtakes"
    band = f"{bands[-1] - bands[0]}% band {ends}"
    return (
        f"Inference {verb} training around {moment(middle)} ({band}); "
        f"{_how_often_not(never)} {by_the_end}."
    )


def event_sentence(title: str, row: EventRow, through: str, bands: Sequence[float]) -> str:
    """Return when an event comes: its median quarter, its band, and how often it has not come."""
    after = f"after {through}"
    low, high = (row.quantiles.at(each) for each in (bands[0], bands[-1]))
    ends = f"{moment(low) if low else after} to {high or after}"
    middle = moment(row.quantiles.p50) if row.quantiles.p50 else after
    band = f"P{bands[0]}–P{bands[-1]} {ends}"
    return f"{title}: {middle} ({band}); {_how_often_not(row.probability_never)} by then."


def _how_often_not(never: float) -> str:
    """Return in how many of 100 draws inference has not overtaken training."""
    if never <= 0.0:
        return "it has in every draw"
    count = f"{100.0 * never:.0f}" if never >= 0.005 else "fewer than 1"
    return f"in {count} of 100 draws it has not"


def _rarely(row: EventRow, by_the_end: str, bands: Sequence[float]) -> str:
    """Return the sentence for a median draw in which inference never overtakes training."""
    never = row.probability_never
    if never >= 1.0:
        return f"Inference does not overtake training in any draw {by_the_end}."
    count = 100.0 * (1.0 - never)
    text = f"{count:.0f}" if count >= 0.5 else "fewer than 1"
    sentence = (
        f"Inference does not overtake training {by_the_end} in the median draw; "
        f"it does in {text} of 100"
    )
    early = row.quantiles.at(bands[0])
    return f"{sentence}, in {bands[0]} of 100 by {early}." if early else f"{sentence}."


def moment(label: str) -> str:
    """Return a quarter, open to the past if it is the first of the projection."""
    return f"{label} or before" if periods.quarter(label) <= periods.FIRST_QUARTER else label


def first_projected(result: MetricTable) -> int:
    """Return the first quarter that is a forecast."""
    return periods.quarter(result.first_projected)


def last_row(result: MetricTable, metric: str) -> ValueRow | None:
    """Return a metric's total at its last period, None if the result does not have it."""
    rows = [row for row in result.values if row.metric == metric and row.dimension is None]
    return max(rows, key=lambda row: periods.quarter(row.period)) if rows else None


def with_band(row: Banded, bands: Sequence[float]) -> str:
    """Return a median with its band: 73% (44–96%)."""
    figures = band_figures(row.quantiles.at(bands[0]), row.quantiles.at(bands[-1]))
    return f"{quantity(row.quantiles.p50, row.unit, figures)} ({percentile_band(row, bands)})"


def percentile_band(row: Banded, bands: Sequence[float]) -> str:
    """Return the outer band of a row in words: 44–96%."""
    return quantity_band(row.quantiles.at(bands[0]), row.quantiles.at(bands[-1]), row.unit)


def spend_with_band(row: ValueRow, bands: Sequence[float]) -> str:
    """Return spend with its band, a year or in a quarter."""
    period = "a year" if periods.is_year(row.period) else f"in {row.period}"
    return f"{quantity(row.quantiles.p50, row.unit)} {period} ({percentile_band(row, bands)})"


def plain_sentences(result: MetricTable, bands: Sequence[float]) -> list[str]:
    """Return one sentence for each metric: its title, last period, median and band."""
    sentences = []
    for metric in dict.fromkeys(row.metric for row in result.values):
        if row := last_row(result, metric):
            title = result.metrics[metric].title
            sentences.append(f"{title}, {row.period}: {with_band(row, bands)}.")
    return sentences


def legend(
    result: MetricTable, bands: Sequence[float], *, has_observed: bool, has_bar: bool
) -> str:
    """Return the sentence that says what P10–P90, • and the bar mean."""
    low, high = bands[0], bands[-1]
    inside = high - low
    draws = f"{inside // 10} of 10" if inside % 10 == 0 else f"{inside} of 100"
    parts = [f"Cells: median, and below it P{low}–P{high}: {draws} draws fall inside."]
    if has_observed:
        parts.append("• observed or published.")
    if has_bar:
        parts.append(f"Right of the bar │: forecast{_observed_to(first_projected(result))}.")
    parts.append("Medians of parts need not add up to the median of the whole; each draw does.")
    return " ".join(parts)


def _observed_to(quarter: int) -> str:
    month = MONTHS.get(quarter % 4 + 1)
    return f" ({quarter // 4} observed to {month})" if month else ""
