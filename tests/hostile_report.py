"""A report in which notes, sources and names hold what breaks a careless page or spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from forecast.analysis.beliefs.assumptions import AssumptionRow
from forecast.analysis.runs.alerts import AlertRow
from forecast.analysis.runs.diff import ComparedRun, Diff
from forecast.analysis.runs.report_contents import Report

Row = TypeVar("Row")

HOSTILE = (
    '<script>alert("1")</script>',
    "[/x] [bold]markup[/bold]",
    "\"quotes\" 'and' <b>tags</b> & entities &amp;",
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "a | b ` c * d _ e",
    "مرحبا שלום",
    "🚀 $x^2$ \\frac",
    "{{ 7 * 7 }} {% raw %}",
    "line one\nline two",
)
BAD_ADDRESS = "javascript:alert(1)"


def hostile(report: Report) -> Report:
    """Return a report with a hostile text in the words of every section."""
    names = zip(report.drivers.titles, HOSTILE, strict=False)
    story = replace(report.stories[0], story=HOSTILE[0], sources=HOSTILE, title=HOSTILE[2])
    claims = told(report.claims.rows, lambda row, text: replace(row, who=text, note=text))
    sources = told(report.sources.rows, lambda row, text: replace(row, title=text, source=text))
    return replace(
        report,
        assumptions=replace(
            report.assumptions, rows=told(report.assumptions.rows, hostile_assumption)
        ),
        claims=replace(report.claims, rows=claims),
        sources=replace(report.sources, rows=sources),
        drivers=replace(report.drivers, titles={**report.drivers.titles, **dict(names)}),
        stories=(story, *report.stories[1:]),
        sensitivity=tuple(
            replace(each, rows=told(each.bars, lambda row, text: replace(row, title=text)))
            for each in report.sensitivity
        ),
        alerts=tuple(fired(text) for text in HOSTILE),
        run=replace(report.run, source=HOSTILE[0]),
    )


def hostile_assumption(row: AssumptionRow, text: str) -> AssumptionRow:
    """Return a belief whose title, source and address are hostile."""
    provenance = replace(row.provenance, source=text, source_url=BAD_ADDRESS)
    return replace(row, title=text, provenance=provenance)


def told(rows: Sequence[Row], tell: Callable[[Row, str], Row]) -> tuple[Row, ...]:
    """Return rows, each with one of HOSTILE in it."""
    return tuple(tell(row, HOSTILE[index % len(HOSTILE)]) for index, row in enumerate(rows))


def unmoved(report: Report) -> Diff:
    """Return the difference between a run and its like: nothing."""
    run = report.run
    about = ComparedRun(run.run_id, 1, "forecast", run.started, run.data_through)
    return Diff(
        command="diff",
        run=run,
        rows=(),
        warnings=(),
        attribution=(),
        runs=(about, about),
        moves=(),
        crossover=None,
        metrics={},
        identical=True,
        same_draws=True,
        checked=(),
    )


def fired(text: str) -> AlertRow:
    """Return the row of an alert that fires."""
    return AlertRow(
        alert=text,
        fires=True,
        metric="inference_share",
        period="2028",
        field="p50",
        unit="share",
        value=0.58,
        now=0.58,
        is_change=False,
        is_relative=False,
        before=None,
    )
