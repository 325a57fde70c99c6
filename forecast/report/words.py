"""The answer in words, with its band: what a reader takes away from a page of tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from forecast import periods
from forecast.report.numbers import band_figures, per_cent, quantity, quantity_band
from forecast.result import Quantiles, Run
from forecast.world.history.outcomes import OutcomeRow
from forecast.world.metrics import MetricTable
from forecast.world.rows import EventRow, ProbabilityRow, ValueRow

PASSES = "It passes in the first of four quarters running in which it is ahead."
EVEN = (0.4, 0.6)  # ahead in so many draws: neither leads
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
        f"now {quantity(row.p50, row.unit, 3)}; {row.effective_draws:,.0f} effective "
        "draws are left."
    )


def answer(result: MetricTable, bands: Sequence[float]) -> str:
    """Return the answer in sentences: who is ahead, the share at the end of the first period that
    is not history and of the last, in how many draws inference leads then, and chip money.

    A result without those metrics is answered with the last value of each metric it has.
    """
    share, spend = last_row(result, "inference_share"), last_row(result, "chip_spend")
    sentences = []
    if share:
        lead = result.probability("inference_ahead", share.period)
        sentences.append(_share_sentence(result, share, lead, bands))
    if spend:
        sentences.append(f"Spending on AI chips comes to {spend_with_band(spend, bands)}.")
    if not sentences and (event := result.event("crossover")):
        sentences.append(crossover_sentence(result, event, bands))
    return " ".join(sentences or plain_sentences(result, bands))


def _share_sentence(
    result: MetricTable, share: ValueRow, lead: ProbabilityRow | None, bands: Sequence[float]
) -> str:
    """Return who leads, and the share at the end of this period and of the last."""
    opening = "Inference holds" if lead is None else _who_leads(lead.mean)
    projected = (
        each
        for each in result.values
        if each.metric == share.metric
        and each.member is None
        and periods.quarter(each.period) >= first_projected(result)
    )
    now = min(projected, key=lambda each: periods.quarter(each.period), default=share)
    ends = [
        f"{with_band(each, bands)}{' of AI compute' * (not number)} at the end of {each.period}"
        for number, each in enumerate([now] if now.period == share.period else [now, share])
    ]
    ahead = f", when it is ahead in {_of_100(lead.mean)} of 100 draws" if lead else ""
    return f"{opening} {' and '.join(ends)}{ahead}."


def _who_leads(probability: float) -> str:
    """Return who leads, as far as the verb of a sentence on what inference holds."""
    if EVEN[0] <= probability <= EVEN[1]:
        return "Training and inference are about even: inference holds"
    leads = probability > EVEN[1]
    return "Inference leads: it holds" if leads else "Training leads: inference holds"


def _of_100(share: float) -> str:
    """Return a share of draws as a count of 100, whole unless that would feign certainty."""
    count = 100.0 * share
    if 0.0 < count < 0.5:
        return "fewer than 1"
    return "more than 99" if 99.5 <= count < 100.0 else f"{count:.0f}"


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
    """Return spend with its band, in a year or a quarter."""
    figures = band_figures(row.quantiles.at(bands[0]), row.quantiles.at(bands[-1]))
    spend = quantity(row.quantiles.p50, row.unit, figures)
    return f"{spend} in {row.period} ({percentile_band(row, bands)})"


def plain_sentences(result: MetricTable, bands: Sequence[float]) -> list[str]:
    """Return one sentence for each metric: its title, last period, median and band; of an event
    when it comes, of who leads in how many draws."""
    sentences = []
    for metric in dict.fromkeys(row.metric for row in result.values):
        if row := last_row(result, metric):
            title = result.metrics[metric].title
            sentences.append(f"{title}, {row.period}: {with_band(row, bands)}.")
    for event in result.events:
        title = result.metrics[event.metric].title
        sentences.append(event_sentence(title, event, result.run.through, bands))
    leads = {row.metric: row for row in result.rows if isinstance(row, ProbabilityRow)}
    for metric, lead in leads.items():  # the last period of each, as rows stand in order
        title = result.metrics[metric].title
        sentences.append(f"{title}, {lead.period}: in {_of_100(lead.mean)} of 100 draws.")
    return [*sentences, *_binding_sentences(result)]


def _binding_sentences(result: MetricTable) -> list[str]:
    """Return what binds supply in the last period, if the result has it."""
    if not result.constraints:
        return []
    period = max((row.period for row in result.constraints), key=periods.quarter)
    shares = sorted(result.binding(period).items(), key=lambda item: -item[1])
    named = ", ".join(f"{member} in {per_cent(share)}% of draws" for member, share in shares)
    return [f"What binds supply, {period}: {named}."]


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
        first = first_projected(result)
        parts.append(f"Forecast from {periods.label(first)[:4]}{_observed_to(first)}.")
    parts.append("Medians of parts need not add up to the median of the whole; each draw does.")
    return " ".join(parts)


def _observed_to(quarter: int) -> str:
    month = MONTHS.get(quarter % 4 + 1)
    return f" ({quarter // 4} observed to {month})" if month else ""
