"""A report as one HTML file: charts inline, tables that sort and save, nothing from the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.report import story, words
from forecast.report.charts.frame import stamp
from forecast.report.numbers import per_cent, quantity
from forecast.report.pages import belief_grids, grids
from forecast.world.metrics import MetricTable

if TYPE_CHECKING:
    from forecast.analysis.runs.report_contents import Report
    from forecast.report.charts.drawings import Drawing

TEMPLATES = Path(__file__).parent / "templates"
BANDS = grids.BANDS
KEY_FIGURES = (
    "inference_share",
    "inference_compute",
    "training_compute",
    "chip_spend",
    "inference_spend_share",
    "ai_capex",
    "ai_power_capacity",
)


@dataclass(frozen=True)
class KeyFigure:
    """A headline number with its band, and where it stood."""

    title: str
    value: str
    band: str


def render_html(report: Report, drawn: Mapping[str, Sequence[Drawing]]) -> str:
    """Return a report as one self-contained HTML page, with what `drawings` returns of it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell_class"] = _cell_class
    return environment.get_template("report.html").render(_context(report) | dict(drawn))


def _cell_class(column: grids.Column) -> str:
    names = ("n" if column.is_number else "w", "f" if column.is_forecast else "")
    return " ".join(name for name in names if name)


def _context(report: Report) -> dict[str, Any]:
    """Return what the template shows."""
    projection = report.projection
    return {
        "script": (TEMPLATES / "report.js").read_text(encoding="utf-8"),
        "run": report.run,
        "stamp": stamp(report.run),
        "first_line": words.first_line(report.run),
        "as_of": report.run.as_of or report.run.data_through,
        "through": report.run.through,
        "since": story.since_blocks(report),
        "scores": story.track_blocks(report),
        "watch_sentences": story.watch_sentences(report),
        "watch_table": belief_grids.watch_table(report.watch),
        "watch_legend": story.WATCH_LEGEND,
        "alerts": story.alert_sentences(report),
        "warnings": story.warnings(report),
        "answer": words.answer(projection, BANDS),
        "findings": projection.findings,
        "key_figures": list(_key_figures(projection)),
        "driver_table": grids.drivers_table(report.drivers),
        "number_tables": [
            grids.projection_table(projection),
            grids.events_table(projection),
            grids.binding_table(projection),
        ],
        "claim_sentences": story.claim_sentences(report, compared=True),
        "not_compared": story.claim_sentences(report, compared=False),
        "claim_summary": story.claim_summary(report),
        "claims_table": belief_grids.claims_table(report.claims),
        "scenarios_table": belief_grids.scenarios_table(report.scenarios, report.stories),
        "risk_sentence": story.risk_sentence(report),
        "risks_table": belief_grids.risks_table(report.risks),
        "stories": [
            (each, list(belief_grids.story_cells(each.sources))) for each in report.stories
        ],
        "tornado_tables": [belief_grids.sensitivity_table(each) for each in report.sensitivity],
        "assumptions_table": belief_grids.assumptions_table(report.assumptions),
        "targets_table": belief_grids.targets_table(projection),
        "sources_table": belief_grids.sources_table(report.sources),
        "sureness": story.sureness(report),
        "method": story.METHOD,
        "limits": story.LIMITS,
        "licences": story.LICENCES,
    }


def _key_figures(result: MetricTable) -> Iterator[KeyFigure]:
    """Yield the crossover, then each headline figure at the last period beside the last year that
    is history."""
    if event := result.event("crossover"):
        through = result.run.through
        middle, low, high = (
            event.quantiles.at(each) or f"after {through}" for each in (50, 10, 90)
        )
        never = f"not by {through} in {per_cent(event.probability_never)}% of draws"
        yield KeyFigure("Inference passes training", middle, f"{low} to {high}; {never}")
    before = str(words.first_projected(result) // 4 - 1)
    for metric in KEY_FIGURES:
        row, past = words.last_row(result, metric), result.find(metric, before)
        if row:
            title = f"{result.metrics[metric].title}, {row.period}"
            value = quantity(row.quantiles.p50, row.unit).replace(" H100e", "")
            band = words.percentile_band(row, BANDS)
            was = f"; {before}: {quantity(past.quantiles.p50, row.unit)}" if past else ""
            yield KeyFigure(title, value, f"{band}{was.replace(' H100e', '')}")
