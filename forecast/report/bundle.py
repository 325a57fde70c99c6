"""A whole report in each of its formats: HTML, Markdown, JSON, CSV and XLSX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from forecast.report import story, words
from forecast.report.blocks import Block, Prose, View
from forecast.report.formats import machine, markdown
from forecast.report.pages.answers.project_pages import page
from forecast.report.pages.runs import belief_grids, grids
from forecast.result import Cells, Result, columns
from forecast.second_process import Beside, here

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
    from forecast.report.charts.drawings import drawings

    drawn = beside(partial(drawings, report)) if "html" in formats else dict
    found = {each: render(report, each) for each in formats if each != "html"}
    if "html" in formats:
        found["html"] = _html(report, drawn())
    return [found[each] for each in formats]


def render(report: Report, format_name: str) -> bytes:
    """Return a report in one of REPORT_FORMATS, the same bytes for the same report."""
    match format_name:
        case "html":
            from forecast.report.charts.drawings import drawings

            return _html(report, drawings(report))
        case "xlsx":
            from forecast.report.formats.workbook import render_workbook

            return render_workbook(report)
        case "md":
            return _utf8(render_markdown(report))
        case "json":
            warnings = story.warnings(report)
            return _utf8(machine.render_report(report.run, warnings, sections(report)))
        case _:
            return _utf8(render_csv([*report.projection.rows, *report.quarters.rows]))


def _html(report: Report, drawn: Mapping[str, Sequence[Drawing]]) -> bytes:
    from forecast.report.formats.html_page import render_html

    return _utf8(render_html(report, drawn))


def _utf8(text: str) -> bytes:
    """Return text as bytes; a byte of a file's name that is not UTF-8 becomes \\udcXX."""
    return text.encode("utf-8", "backslashreplace")


def sections(report: Report) -> dict[str, Result]:
    """Return the results of a report by the name of their section."""
    named: dict[str, Result | None] = {
        "since": report.since,
        "projection": report.projection,
        "quarters": report.quarters,
        "crossings": report.crossings,
        "drivers": report.drivers,
        "claims": report.claims,
        "scenarios": report.scenarios,
        "risks": report.risks,
        **{f"sensitivity_{each.base.metric}": each for each in report.sensitivity},
        "watch": report.watch,
        "scores": report.scores,
        "assumptions": report.assumptions,
        "sources": report.sources,
    }
    return {name: result for name, result in named.items() if result is not None}


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
    return "\n\n".join(part.strip() for part in _parts(report)) + "\n"


def _parts(report: Report) -> Iterator[str]:
    yield f"# AI training versus inference through {report.run.through}"
    if blocks := story.since_blocks(report):
        yield _section("Since the last run", blocks)
    if alerts := story.alert_sentences(report):
        yield "## Alerts\n\n" + _bullets(alerts)
    *forecast, in_short = page(report.projection, View(grids.BANDS, width=140))
    yield markdown.render(forecast)
    for number, result in enumerate(report.sensitivity):
        if number == 0:
            yield "## What moves it most"
        yield markdown.render([Prose(story.tornado_sentence(result))])
        yield _table(belief_grids.sensitivity_table(result), 10)
    yield "## What drives it"
    yield _table(grids.drivers_table(report.drivers))
    yield "## What others have said"
    yield markdown.render([Prose(story.claim_summary(report), "strong")])
    for compared in (True, False):
        yield _bullets(story.claim_sentences(report, compared=compared))
    yield _table(belief_grids.claims_table(report.claims))
    yield "## Scenarios and risks"
    yield markdown.render([Prose(story.risk_sentence(report), "strong")])
    yield _table(belief_grids.scenarios_table(report.scenarios, report.stories))
    yield _table(belief_grids.risks_table(report.risks))
    yield "## What to watch next"
    yield markdown.render([Prose(text, "strong") for text in story.watch_sentences(report)])
    yield _table(belief_grids.watch_table(report.watch))
    yield markdown.render([Prose(story.WATCH_LEGEND)])
    if blocks := story.track_blocks(report):
        yield _section("Track record", blocks)
    yield "## How sure are we"
    yield _bullets((*story.sureness(report), *story.LIMITS))
    yield "## Assumptions and sources"
    yield _table(belief_grids.targets_table(report.projection))
    yield _table(belief_grids.assumptions_table(report.assumptions))
    yield _table(belief_grids.sources_table(report.sources))
    yield "## Method in brief"
    yield markdown.render([Prose(text) for text in story.METHOD])
    yield "## Provenance"
    run = words.first_line(report.run)
    yield markdown.render([Prose(run), Prose(f"Inputs SHA-256 {report.run.inputs_sha256}")])
    yield _bullets(story.LICENCES)
    yield markdown.render([in_short])


def _section(title: str, blocks: Sequence[Block]) -> str:
    return f"## {title}\n\n{markdown.render(blocks)}"


def _bullets(texts: Sequence[str]) -> str:
    return "\n".join(f"- {text.translate(markdown.SPECIAL)}" for text in texts)


def _table(table: grids.PageTable, most: int | None = None) -> str:
    """Return a table under its caption, bands in brackets behind their medians."""
    lines = [
        [each.title for each in table.columns],
        ["---:" if each.is_number else "---" for each in table.columns],
        *([_cell(each) for each in row] for row in table.rows[:most]),
    ]
    drawn = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return f"### {table.caption}\n\n{drawn}"


def _cell(cell: grids.Cell) -> str:
    text = " ".join(cell.text.split()).translate(markdown.SPECIAL)
    if cell.address:
        text = f"[{text}](<{cell.address.replace('>', '%3E').replace('|', '%7C')}>)"
    note = "; ".join(cell.note.split("\n")).translate(markdown.SPECIAL)
    return f"{text} ({note})" if note else text
