"""Whole pages, compared with the files under tests/expected/, and what holds of any page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import pytest
from example_result import front, projection
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.project import Projection
from forecast.report.blocks import (
    Prose,
    Table,
    View,
    grid_columns,
    row_of,
    rows_of,
    text_columns,
)
from forecast.report.characters import drawing
from forecast.report.characters.terminal import plain
from forecast.report.formats import markdown
from forecast.report.pages.answers.first_page import first_page
from forecast.report.pages.answers.project_pages import page
from forecast.report.pages.answers.project_tables import shown_columns
from forecast.result import Quantiles
from forecast.world.rows import ValueRow

Compare = Callable[[str, str], None]


def drawn(result: Projection, view: View) -> str:
    """Return a page as plain text."""
    return plain(drawing.draw(page(result, view), view.width))


@pytest.mark.parametrize(
    ("name", "view"),
    [
        ("project-full-80.txt", View(width=80)),
        ("project-full-140.txt", View(width=140)),
        ("project-quarter-80.txt", View(width=80, by="quarter")),
        ("project-quarter-140.txt", View(width=140, by="quarter")),
        ("project-verbose-80.txt", View(width=80, verbose=True)),
        ("project-bands-80.txt", View(width=80, bands=(5, 25, 50, 75, 95))),
        ("project-metrics-80.txt", View(width=80, metrics=("compute_sold", "cost_per_query"))),
    ],
)
def test_pages(name: str, view: View, as_expected: Compare) -> None:
    text = drawn(projection(view.by), view)
    assert max(len(line) for line in text.splitlines()) <= view.width
    as_expected(name, text)


def test_breakdown_as_indented_rows(as_expected: Compare) -> None:
    full = projection(components=True)
    rows = tuple(row for row in full.rows if row.metric == "training_compute")
    as_expected("project-components-80.txt", drawn(replace(full, rows=rows), View()))


def test_a_breakdown_shows_what_is_broken_down_and_no_part_in_false_digits() -> None:
    text = drawn(projection(components=True), View())
    assert "AI capex" not in text
    assert "Pre-training" in text
    lines = [line.split() for line in text.splitlines()]
    assert [line[-6:] for line in lines if line[:2] == ["share,", "%"]] == [
        [share, share, share, "│", share, share, share][1:] for share in ("20", "80", "0.30")
    ]
    tiny = text[text.index("Synthetic, evaluation") :].splitlines()[0]
    assert tiny.split() == ["Synthetic,", "evaluation", "0.01", "0.03", "│", "0.05", "0.06", "0.1"]


def test_markdown(as_expected: Compare) -> None:
    as_expected("project.md", markdown.render(page(projection(), View())))


@pytest.mark.parametrize("width", [50, 80, 110, 140])
def test_the_first_page(width: int, as_expected: Compare) -> None:
    text = plain(drawing.draw(first_page(projection(), front(), View(width=width)), width))
    as_expected(f"project-{width}.txt", text)


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=40, max_value=160), st.floats(min_value=1e-3, max_value=1e3))
def test_no_line_of_the_first_page_is_wider_than_it(width: int, factor: float) -> None:
    blocks = first_page(multiplied(projection(), factor), front(), View(width=width))
    lines = plain(drawing.draw(blocks, width)).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) <= 30 or width < 80


def test_first_and_last_lines_of_all_tables_carry_the_answer() -> None:
    lines = drawn(projection(), View()).splitlines()
    assert "nference holds" in lines[2]
    assert lines[-1].startswith(" IN SHORT  2028: inference 79%")


def test_headline_metrics_unless_others_are_asked_for() -> None:
    assert "Sold" not in drawn(projection(), View())
    asked = drawn(projection(), View(metrics=("compute_sold",)))
    assert "Sold, year end" in asked
    assert "AI capex" not in asked


def test_a_missing_value_is_a_dash_and_never_a_zero() -> None:
    full = projection()
    rows = tuple(row for row in full.rows if (row.metric, row.period) != ("ai_capex", "2028"))
    line = next(
        line
        for line in drawn(replace(full, rows=rows), View()).splitlines()
        if line.startswith(" AI capex")
    )
    assert line.endswith(" –")


def multiplied(full: Projection, factor: float) -> Projection:
    """Return a projection whose quantities, but for shares, are so many times as large."""
    rows = tuple(
        replace(row, quantiles=Quantiles(tuple(x * factor for x in row.quantiles.values)))
        if isinstance(row, ValueRow) and row.unit != "share"
        else row
        for row in full.rows
    )
    return replace(full, rows=rows)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(min_value=40, max_value=200),
    st.sampled_from(["year", "quarter"]),
    st.floats(min_value=1e-3, max_value=1e3),
)
def test_nothing_is_wider_than_the_page(
    width: int, by: Literal["year", "quarter"], factor: float
) -> None:
    result = multiplied(projection(by), factor)
    text = drawn(result, View(width=width, by=by, verbose=True))
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text


def test_a_split_table_repeats_its_labels_and_loses_no_column() -> None:
    columns = tuple(f"2028Q{index}" for index in range(20))
    rows = (row_of("Tokens", *(str(index) for index in range(20))),)
    table = Table("drivers", "DRIVERS", grid_columns("", *columns), rows, bar=6)
    text = plain(drawing.draw([table], 80))
    assert sum(line.startswith(" Tokens") for line in text.splitlines()) == text.count("DRIVERS")
    assert [word for word in text.split() if word in columns] == list(columns)


def test_a_narrow_page_shows_later_years_and_a_wide_one_all() -> None:
    assert shown_columns(projection(), View(width=80))[0] == "2023"
    assert shown_columns(projection(), View(width=140))[0] == "2022"


def test_source_text_is_text_and_never_markup() -> None:
    blocks = [
        Prose("a [/b] <c> *d* | e"),
        Table("names", "", text_columns("NAME", "note"), rows_of([("[bold]x[/bold]", "a | b")])),
    ]
    text = plain(drawing.draw(blocks, 80))
    assert "[/b] <c> *d* | e" in text
    assert "[bold]x[/bold]" in text
    assert "\\[/b\\] \\<c\\> \\*d\\* \\| e" in markdown.render(blocks)
    assert "a \\| b" in markdown.render(blocks)


def test_a_list_gives_long_names_a_line_of_their_own_and_fills_the_last_column() -> None:
    long_name = "a_name" * 8
    rows = (("short", "USD/H100e-hour", "a title of several words"), (long_name, "W", "watts"))
    table = Table("ids", "", text_columns("ID", "unit", "title"), rows_of(rows))
    words = plain(drawing.draw([table], 60))
    assert max(len(line) for line in words.splitlines()) <= 60
    assert long_name in [line.strip() for line in words.splitlines()]
    band = "0.000070 (0.000045–0.00011)"
    figures = (("electricity_price@2026.5", band, band, "+999%"),)
    table = Table("moved", "", grid_columns("NAME", "prior", "now", "moved"), rows_of(figures))
    wide = plain(drawing.draw([table], 80))
    assert max(len(line) for line in wide.splitlines()) <= 80
