"""A report in which notes, sources and names hold what breaks a careless page or spreadsheet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from forecast.analysis.runs.report_contents import Report
from forecast.result import Result

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
    assumptions = _with_texts(report.assumptions, "title", "source")
    assumptions = _with_texts(assumptions, "source_url", texts=(BAD_ADDRESS,))
    titles = dict(report.drivers.extra["titles"])
    for name, text in zip(titles, HOSTILE, strict=False):
        titles[name] = text
    story = replace(report.stories[0], story=HOSTILE[0], sources=HOSTILE, title=HOSTILE[2])
    moves = tuple(_with_texts(each, "title") for each in report.sensitivity)
    return replace(
        report,
        assumptions=assumptions,
        claims=_with_texts(report.claims, "who", "note"),
        sources=_with_texts(report.sources, "title", "source"),
        drivers=replace(report.drivers, extra={**report.drivers.extra, "titles": titles}),
        stories=(story, *report.stories[1:]),
        sensitivity=moves,
        alerts=tuple(fired(text) for text in HOSTILE),
        run=replace(report.run, source=HOSTILE[0]),
    )


def unmoved(report: Report) -> Result:
    """Return the difference between a run and its like: nothing."""
    about = {"run_id": report.run.run_id, "started": report.run.started}
    extra = {"identical": True, "same_draws": True, "runs": [about, about], "attribution": []}
    return Result("diff", report.run, (), (), extra)


def fired(text: str) -> dict[str, Any]:
    """Return the row of an alert that fires."""
    now = {"unit": "share", "now": 0.58, "is_change": False, "before": None}
    return {"alert": text, "fires": True, **now}


def _with_texts(result: Result, *keys: str, texts: tuple[str, ...] = HOSTILE) -> Result:
    rows: list[dict[str, Any]] = [dict(row) for row in result.rows]
    for index, row in enumerate(rows):
        for key in keys:
            row[key] = texts[index % len(texts)]
    return replace(result, rows=tuple(rows))
