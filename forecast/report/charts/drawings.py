"""The charts of a report, as SVG with what each says in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from forecast.analysis.share.vintages import PERIOD, day_by_day, kept_vintages
from forecast.report import story, words
from forecast.report.cells import BANDS, band_of, unit_words, with_band
from forecast.report.charts.claims_figure import RELATIVE, claims_figure
from forecast.report.charts.crossing_figure import crossing_figure
from forecast.report.charts.curve_figure import curve_figure
from forecast.report.charts.fan_figure import fan_figure
from forecast.report.charts.inline import inline
from forecast.report.charts.steps_figure import steps_figure
from forecast.report.charts.tornado_figure import tornado_figure
from forecast.report.numbers import per_cent
from forecast.world.metrics import MetricTable

if TYPE_CHECKING:
    from forecast.analysis.claims.rows import Claims, ComparedClaim
    from forecast.analysis.runs.report_contents import Report
    from forecast.analysis.sensitivity.sensitivity import Sensitivity

# Charts of the forecast: the metrics that share each, and its title.
FANS = (
    (("inference_share",), "Inference share of running compute"),
    (("training_compute", "inference_compute"), "Training and inference compute"),
    (("training_chip_spend", "inference_chip_spend"), "Chip spend for training and inference"),
    (("chip_spend",), "AI chip spend"),
    (("ai_capex",), "AI data-centre capital expenditure"),
    (("ai_power_capacity",), "AI data-centre power capacity"),
)


# Charts of published claims by the unit that those of a chart share. What is in no such unit stands
# as a multiple of our median.
CLAIMED = {"USD": "money", "share": "shares", RELATIVE: "multiples of our median"}


@dataclass(frozen=True)
class Drawing:
    """A chart as SVG, with what it says in words."""

    svg: str
    caption: str


def brief(report: Report) -> Iterator[Drawing]:
    """Yield the four charts of the first page: three fans, and how the headline moved from run to
    run, or as of earlier days where no run was kept."""
    yield from fans(report, FANS[:3])
    yield from list(run_to_run(report)) or vintages(report, "brief-vintages")


def run_to_run(report: Report) -> Iterator[Drawing]:
    """Yield how the inference share moved over the runs that were kept, if there are any."""
    row = report.past and report.projection.find("inference_share", report.past[-1].period)
    if not row:
        return
    first = report.past[0]
    title = f"Inference share of {row.period}, run by run"
    then = f"{per_cent(first.quantiles.p50)}% on {first.started[:10]}"
    caption = f"{then}, {per_cent(row.quantiles.p50)}% now; {len(report.past)} earlier runs."
    before = [(f"{each.started[5:10]}\n{each.run_id}", each.quantiles) for each in report.past]
    draw = partial(steps_figure, before, row.quantiles, title, report.run)
    yield Drawing(inline(draw, "runs", title, caption), caption)


def more_fans(report: Report) -> Iterator[Drawing]:
    """Yield the charts by quarter that the first page has no room for."""
    yield from fans(report, FANS[3:])


def fans(report: Report, chosen: Sequence[tuple[Sequence[str], str]]) -> Iterator[Drawing]:
    """Yield charts of metrics by quarter."""
    for metrics, title in chosen:
        if all(words.last_row(report.quarters, metric) for metric in metrics):
            draw = partial(fan_figure, report.quarters, *metrics, title=title)
            caption = " ".join(_ends(report.projection, metrics))
            svg = inline(draw, f"fan-{metrics[0]}".replace("_", "-"), title, caption)
            yield Drawing(svg, caption)


def _ends(result: MetricTable, metrics: Sequence[str]) -> Iterator[str]:
    """Yield where each metric ends, in words."""
    for metric in metrics:
        if row := words.last_row(result, metric):
            title = result.metrics[metric].title
            year = " a year" if row.kind == "flow" else ""
            yield f"{title}, {row.period}: {words.with_band(row, BANDS)}{year}."


def crossings(report: Report) -> Iterator[Drawing]:
    """Yield when inference passes training, by compute and by chip spend."""
    for metric, what in (("crossover", "compute"), ("spend_crossover", "chip spend")):
        if event := report.projection.event(metric):
            title = f"When inference passes training: {what}"
            caption = words.crossover_sentence(report.projection, event, BANDS)
            if metric != "crossover":
                caption = f"By chip spend: {caption}"
            draw = partial(crossing_figure, report.crossings, metric)
            yield Drawing(inline(draw, metric.replace("_", "-"), title, caption), caption)


def tornado(result: Sensitivity) -> Iterator[Drawing]:
    """Yield the bars of what moves a metric most."""
    title = f"What moves {_lower(result.title)} most"
    caption = story.tornado_sentence(result)
    draw = partial(tornado_figure, result, title)
    name = f"tornado-{result.base.metric}".replace("_", "-")
    yield Drawing(inline(draw, name, title, caption), caption)


def claims(report: Report) -> Iterator[Drawing]:
    """Yield what others have said as dots beside our bands: money, shares, and everything else."""
    for unit, rows in claims_by_unit(report.claims):
        title = f"What others have said: {CLAIMED[unit]}"
        outside = [each for each in rows if each.outside]
        below = sum(each.percentile < 50.0 for each in outside)
        caption = (
            f"{len(rows)} published figures beside our bands, {len(outside)} outside P5–P95, "
            f"{below} of those below."
        )
        draw = partial(claims_figure, rows, unit, title, report.run)
        yield Drawing(inline(draw, f"claims-{unit.lower()}", title, caption), caption)


def claims_by_unit(result: Claims) -> list[tuple[str, list[ComparedClaim]]]:
    """Return claims by the unit of the chart that they stand in; none is empty."""
    found: dict[str, list[ComparedClaim]] = {unit: [] for unit in CLAIMED}
    for each in result.compared:
        found[each.unit if each.unit in CLAIMED else RELATIVE].append(each)
    return [(unit, rows) for unit, rows in found.items() if rows]


def vintages(report: Report, name: str = "vintages") -> Iterator[Drawing]:
    """Yield what was expected of the share as of earlier days."""
    if now := report.projection.find("inference_share", PERIOD):
        *earlier, _ = day_by_day(kept_vintages(), "inference_share", "then")
        title = f"Inference share of {PERIOD}, as of earlier days"
        caption = story.vintage_sentence(earlier)
        before = [(f"{each.day:%b}\n{each.day:%Y}", each.quantiles) for each in earlier]
        draw = partial(steps_figure, before, now.quantiles, title, report.run)
        yield Drawing(inline(draw, name, title, caption), caption)


def _lower(title: str) -> str:
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def drivers(report: Report) -> Iterator[Drawing]:
    """Yield the path of each driver over what was observed."""
    result = report.drivers
    for series in dict.fromkeys(row.series_id for row in result.rows):
        title = result.titles.get(series, series)
        last = result.path(series)[-1]
        band = band_of(last.quantiles)
        middle, ends = with_band(band.p10, band.p50, band.p90, last.unit)
        caption = f"{last.period}: {middle} ({ends}){unit_words(last.unit)}."
        draw = partial(curve_figure, result, series)
        yield Drawing(inline(draw, f"curve-{series}".replace("_", "-"), title, caption), caption)
