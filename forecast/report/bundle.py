"""A whole report in each of its formats: HTML, Markdown, JSON, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from forecast.processors.second_process import Beside, here
from forecast.report import sections, story
from forecast.report.formats import machine, markdown
from forecast.result import Cells, columns

if TYPE_CHECKING:
    from forecast.analysis.runs.report_contents import Report
    from forecast.report.charts.drawings import Drawing

RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Line:
    """A line of a file that a spreadsheet may read."""

    cells: Cells[Any]


def render_each(report: Report, formats: Sequence[str], beside: Beside = here) -> list[bytes]:
    """Return a report in each of some formats; its charts are drawn `beside` this process."""
    drawn = beside(partial(sections.charts, report)) if "html" in formats else dict
    found = {each: render(report, each) for each in formats if each != "html"}
    if "html" in formats:
        found["html"] = _html(report, drawn())
    return [found[each] for each in formats]


def render(report: Report, format_name: str) -> bytes:
    """Return a report in one of REPORT_FORMATS, the same bytes for the same report."""
    match format_name:
        case "html":
            return _html(report, sections.charts(report))
        case "xlsx":
            from forecast.report.formats.workbook import render_workbook

            return render_workbook(report)
        case "md":
            return _utf8(render_markdown(report))
        case "json":
            warnings = story.warnings(report)
            return _utf8(machine.render_report(report.run, warnings, sections.results(report)))
        case _:
            return _utf8(render_csv([*report.projection.rows, *report.quarters.rows]))


def _html(report: Report, drawn: Mapping[str, Sequence[Drawing]]) -> bytes:
    from forecast.report.formats.html_page import render_html

    return _utf8(render_html(report, drawn))


def _utf8(text: str) -> bytes:
    """Return text as bytes; a byte of a file's name that is not UTF-8 becomes \\udcXX."""
    return text.encode("utf-8", "backslashreplace")


def render_csv(rows: Sequence[Any]) -> str:
    """Return rows as CSV: raw numbers, an apostrophe before text that a spreadsheet would run."""
    records = [columns(row) for row in rows]
    cells = (Cells(tuple(each), tuple(map(defused, each.values()))) for each in records)
    return machine.render_csv([Line(each) for each in cells])


def defused(value: Any) -> Any:
    """Return a value that a spreadsheet shows and never runs; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RUNS_AS_FORMULA) else value


def render_markdown(report: Report) -> str:
    """Return a report as GitHub-flavoured Markdown, in the order of the HTML page."""
    parts = [f"# AI training versus inference through {report.run.through}"]
    for section, blocks in sections.shown(report):
        parts.append(f"## {section.title}\n\n{markdown.render(blocks).strip()}")
    return "\n\n".join(parts) + "\n"
