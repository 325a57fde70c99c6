"""A report as one HTML file: charts inline, tables that sort and save, nothing from the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.report import sections, words
from forecast.report.blocks import Block, Prose
from forecast.report.cells import BANDS
from forecast.report.formats.hypertext import fragment

if TYPE_CHECKING:
    from forecast.analysis.runs.report_contents import Report
    from forecast.report.charts.drawings import Drawing

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class SectionOfPage:
    """A section of the page: what stands before and after its charts, as HTML."""

    id: str
    title: str
    is_brief: bool
    before: str
    charts: Sequence[Drawing]
    after: str


def render_html(report: Report, drawn: Mapping[str, Sequence[Drawing]]) -> str:
    """Return a report as one self-contained HTML page, with the charts of its sections."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(
        script=(TEMPLATES / "report.js").read_text(encoding="utf-8"),
        run=report.run,
        first_line=words.first_line(report.run),
        answer=words.answer(report.projection, BANDS),
        parts=[
            _part(section, blocks, drawn.get(section.id, ()))
            for section, blocks in sections.shown(report)
        ],
    )


def _part(
    section: sections.Section, blocks: Sequence[Block], charts: Sequence[Drawing]
) -> SectionOfPage:
    """Return a section with its charts behind the words that it opens with."""
    opening = next(
        (at for at, block in enumerate(blocks) if not isinstance(block, Prose)), len(blocks)
    )
    before, after = fragment(blocks[:opening]), fragment(blocks[opening:])
    return SectionOfPage(section.id, section.title, section.is_brief, before, charts, after)
