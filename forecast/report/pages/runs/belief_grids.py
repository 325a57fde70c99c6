"""Tables of what a forecast is held against and rests on: claims, scenarios, risks, beliefs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from forecast.inputs.schema import Scenario
from forecast.report import words
from forecast.report.numbers import MISSING, per_cent, quantity, signed
from forecast.report.pages.answers.changes import direction, of_hundred, signed_quantity
from forecast.report.pages.answers.risks_pages import UNITS
from forecast.report.pages.beliefs.claims_pages import claimed, percentile
from forecast.report.pages.runs.grids import (
    Cell,
    Column,
    PageTable,
    band_of,
    banded,
    linked,
    own_value,
    unit_words,
    words_column,
)

if TYPE_CHECKING:
    from forecast.analysis.beliefs.assumptions import Assumptions
    from forecast.analysis.claims import Claims
    from forecast.analysis.project import Projection
    from forecast.analysis.runs.report_contents import Sources
    from forecast.analysis.scenarios.compare import Comparisons
    from forecast.analysis.scenarios.risks import MetricRisk, Risks
    from forecast.analysis.sensitivity.sensitivity import Sensitivity
    from forecast.analysis.watch.watch import Watch, WatchRow

STEPS = {"share": "pp", "USD": "$B", "W": "GW"}  # in which changes are written


def claims_table(result: Claims) -> PageTable:
    """Return every claim that can be compared, with our distribution beside it."""
    rows = []
    for row in result.compared:
        marks = [word for word, on in (("outside", row.outside), ("used", row.used)) if on]
        over = f" over {row.over}" if row.over and row.over != "whole" else ""
        part = f" ({row.member.replace('_', ' ')})" if row.member else ""
        rows.append(
            (
                Cell(f"{row.title}{part}", row.metric),
                Cell(f"{row.period}{over}", row.period),
                linked(f"{row.who}, {row.published}", row.source_url),
                Cell(claimed(row), row.mid or row.low or row.high),
                banded(band_of(row.quantiles), row.unit),
                Cell(percentile(row.percentile), row.percentile),
                Cell(", ".join(marks), " ".join(marks)),
            )
        )
    columns = (
        words_column("About"),
        words_column("Period"),
        words_column("Who, when"),
        Column("Claimed"),
        Column("Ours", is_banded=True),
        Column("Percentile"),
        words_column("Marks"),
    )
    return PageTable("claims", "Published claims against our distribution", columns, tuple(rows))


def scenarios_table(result: Comparisons, stories: Sequence[Scenario]) -> PageTable:
    """Return each case's last period: headline metrics, crossover and how often it never comes."""
    names = {each.name: each.title for each in stories} | {"base": "As it stands"}
    metrics = [name for name, each in result.metrics.items() if each.kind != "event"]
    rows, period = [], ""
    for case in result.cases:
        mine = result.case(case)
        cells = [Cell(names.get(case, case), case)]
        for metric in metrics:
            row = words.last_row(mine, metric)
            period = row.period if row else period
            cells.append(banded(band_of(row.quantiles), row.unit) if row else Cell(MISSING))
        if event := mine.event("crossover"):
            moment = event.quantiles.p50 or f"after {result.run.through}"
            never = event.probability_never
            cells += [Cell(moment, moment), Cell(f"{per_cent(never)}%", never)]
        rows.append(tuple(cells))
    known = [result.metrics[name] for name in metrics]
    columns = (
        words_column("Case"),
        *(Column(each.title + unit_words(each.unit), is_banded=True) for each in known),
        words_column("Crossover"),
        Column(f"Not by {result.run.through}"),
    )
    caption = f"Scenarios in {period}: median and P10–P90, on the same draws"
    return PageTable("scenarios", caption, columns, tuple(rows))


def risks_table(result: Risks) -> PageTable:
    """Return what each risk does: the change of each metric with its band and direction."""
    risks = result.by_scenario()
    rows = []
    for risk in risks:
        leads = risk.lead.changed_p50
        cells = (
            Cell(risk.title, risk.scenario),
            Cell(quantity(risk.probability, "share"), risk.probability),
            *(_change(row) for row in risk.metrics.values()),
            Cell(f"{100.0 * leads:.0f}", leads),
        )
        rows.append(cells)
    heads = [row.head for row in risks[0].metrics.values()]
    columns = (
        words_column("Risk"),
        Column("Judged"),
        *(
            Column(f"{result.metrics[head.metric].title}, {STEPS[head.unit]}", is_banded=True)
            for head in heads
        ),
        Column("Training leads, of 100"),
    )
    when = heads[0].period
    caption = f"What each risk would change in {when}: median of the change and P10–P90"
    return PageTable("risks", caption, columns, tuple(rows))


def _change(row: MetricRisk) -> Cell:
    """Return a change with its band and the share of draws in which it is a rise."""
    band, up = row.difference, row.probability_up
    is_clear = direction(row) != "≈"
    sure = f"rises in {of_hundred(up)} of 100" if is_clear else "no clear direction"
    ends = dict.fromkeys(_whole(value, row.head.unit) for value in (band.p10, band.p90))
    note = f"{' to '.join(ends)}\n{sure}"
    return Cell(_whole(row.change, row.head.unit), row.change, note, (band.p10, band.p90))


def _whole(value: float, unit: str) -> str:
    """Return a change in whole steps of its column's unit; zero has no sign."""
    rounded = round(value / UNITS[unit])
    return signed(f"{rounded:+,}") if rounded else "0"


def sensitivity_table(result: Sensitivity) -> PageTable:
    """Return every assumption of a tornado with its own ends and what they make of the metric."""
    metric, unit = result.base.metric, result.base.unit
    rows = []
    for row in sorted(result.bars, key=lambda each: -abs(each.swing)):
        rows.append(
            (
                Cell(row.title or row.assumption, row.assumption),
                _own(row.low_value, row.unit or "ratio"),
                _own(row.high_value, row.unit or "ratio"),
                Cell(quantity(row.metric_low, unit), row.metric_low),
                Cell(quantity(row.metric_high, unit), row.metric_high),
                Cell(quantity(row.swing, unit), row.swing),
            )
        )
    heads = ("its P10", "its P90", "metric at P10", "metric at P90", "swing")
    columns = (words_column("Assumption"), *(Column(each) for each in heads))
    caption = f"What moves it, the strongest first: {result.subject}"
    return PageTable(f"moves-{metric}".replace("_", "-"), caption, columns, tuple(rows))


def _own(value: float | None, unit: str) -> Cell:
    return Cell(own_value(value, unit), value)


def watch_table(result: Watch) -> PageTable:
    """Return the figures to come: when, what is expected, and what a surprise would move."""
    by_figure: dict[str, list[WatchRow]] = {}
    for row in result.rows:
        by_figure.setdefault(row.figure.observation, []).append(row)
    rows = []
    for name, mine in by_figure.items():
        figure = mine[0].figure
        usual = "due" if figure.due else figure.expected_published
        cells = (
            Cell(f"{figure.title}{unit_words(figure.unit)}", name),
            Cell(figure.period, figure.period),
            Cell(usual, figure.expected_published),
            banded(figure.expected, figure.unit),
        )
        rows.append((*cells, *(_effect(row) for row in mine)))
    subjects = next(iter(by_figure.values()), [])
    columns = (
        *(words_column(each) for each in ("Figure to come", "Period", "Usually published")),
        Column("Expected", is_banded=True),
        *(Column(f"{row.metric_title}, {row.metric_period}") for row in subjects),
    )
    caption = "Figures to come, and what one standard error above expectation would move"
    return PageTable("figures-to-come", caption, columns, tuple(rows))


def _effect(row: WatchRow) -> Cell:
    """Return how far a surprise moves a metric, with the sampling error of that."""
    if not row.clear:
        return Cell("≈", row.effect)
    value, error, unit = row.effect, row.effect_error, row.metric_unit
    if unit == "share":
        return Cell(signed(f"{100.0 * value:+.1f} pp"), value, f"±{100.0 * error:.1g}")
    return Cell(signed_quantity(value, unit), value, f"±{quantity(error, unit)}")


def assumptions_table(result: Assumptions) -> PageTable:
    """Return every belief, before and after history has spoken, with its source."""
    rows = []
    for row in result.rows:
        when, unit, basis = f", {row.period}" if row.period else "", row.unit, row.provenance
        rows.append(
            (
                Cell(f"{row.title}{when}", f"{row.assumption}{when}", note=row.assumption),
                Cell("" if unit in {"ratio", "share", "year"} else unit, unit),
                banded(row.prior, unit),
                banded(row.conditioned, unit),
                Cell(basis.status, basis.status),
                linked(basis.source or basis.reasoning, basis.source_url),
            )
        )
    columns = (
        words_column("Assumption"),
        words_column("Unit"),
        Column("Prior", is_banded=True),
        Column("Conditioned", is_banded=True),
        words_column("Status"),
        words_column("Source"),
    )
    caption = "Assumptions and drivers, before and after history conditioned them"
    return PageTable("assumptions", caption, columns, tuple(rows))


def targets_table(result: Projection) -> PageTable:
    """Return how the conditioned ensemble meets each target."""
    rows = []
    for row in result.targets:
        bound = {"lower": ">", "upper": "<"}.get(row.bound, "")
        misfit = f"{row.misfit:+.1f}"
        rows.append(
            (
                Cell(f"{row.target.replace('_', ' ')}{unit_words(row.unit)}", row.target),
                Cell(row.period, row.period),
                Cell(bound + own_value(row.observed, row.unit), row.observed),
                banded(row.modelled, row.unit),
                Cell(signed(misfit) if float(misfit) else "0.0", row.misfit),
                Cell(row.origin, row.origin, note=row.reasoning),
            )
        )
    columns = (
        words_column("Target"),
        words_column("Period"),
        Column("Observed"),
        Column("Modelled", is_banded=True),
        Column("Misfit, s.e."),
        words_column("Origin and error"),
    )
    return PageTable("targets", "Targets, and how well they are met", columns, tuple(rows))


def sources_table(result: Sources) -> PageTable:
    """Return the observed series that shape the forecast, each with its last source."""
    rows = [
        (
            Cell(row.title, row.series_id),
            Cell(row.role, row.role),
            Cell(str(row.observations), row.observations),
            Cell(row.last, row.last),
            Cell(quantity(row.last_value, row.unit, 3), row.last_value),
            Cell(row.status, row.status),
            linked(row.source, row.source_url),
        )
        for row in result.rows
    ]
    columns = (
        words_column("Series"),
        words_column("Role"),
        Column("Rows"),
        words_column("Last period"),
        Column("Last value"),
        words_column("Status"),
        words_column("Source of the last"),
    )
    return PageTable("sources", "Observed series behind the forecast", columns, tuple(rows))


def story_cells(sources: Sequence[str]) -> list[Cell]:
    """Return a scenario's sources, each with its address."""
    return [linked(text) for text in sources]
