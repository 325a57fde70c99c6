"""Charts: what they say of themselves, the same bytes again, and every number as it was."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from example_result import projection, run

from forecast.analysis.claims.held_against import point
from forecast.analysis.runs.report_contents import Report
from forecast.analysis.series.fit import Fit
from forecast.analysis.share.vintages import day_by_day, kept_vintages
from forecast.analysis.whatif.rows import CaseRow
from forecast.analysis.whatif.whatif import WhatIf
from forecast.report import sections
from forecast.report.blocks import Table
from forecast.report.charts import drawings
from forecast.report.charts.claims_figure import claims_figure
from forecast.report.charts.crossing_figure import crossing_figure
from forecast.report.charts.curve_figure import curve_figure
from forecast.report.charts.difference_figure import difference_figure
from forecast.report.charts.fan_figure import fan_figure
from forecast.report.charts.frame import stamp
from forecast.report.charts.inline import inline, svg
from forecast.report.charts.steps_figure import steps_figure
from forecast.report.charts.tornado_figure import tornado_figure
from forecast.result import PERCENTILES, Quantiles
from forecast.world.rows import ChangeRow, fields_of


def words(figure: Any) -> list[str]:
    """Return every text of a figure."""
    from matplotlib.text import Text

    figure.canvas.draw()
    return [each.get_text() for each in figure.findobj(Text) if each.get_text()]


def test_a_fan_ends_on_the_numbers_of_its_rows_and_says_where_it_comes_from() -> None:
    result = projection("quarter")
    found = words(fan_figure(result, "inference_share"))
    assert {"79%", "P90 97%", "P10 33%"} <= set(found)
    assert {"Inference share of compute", "per cent", "forecast →"} <= set(found)
    assert stamp(result.run) in found
    assert result.run.run_id in stamp(result.run)
    assert "data to 2026-08-31" in stamp(result.run)
    assert "as of 2026-01-31" in stamp(run(as_of="2026-01-31"))


def test_the_forecast_begins_where_the_history_ends() -> None:
    (axes,) = fan_figure(projection("quarter"), "chip_spend").axes
    lines = [line for line in axes.lines if len(set(line.get_xdata())) == 1]
    assert [float(line.get_xdata()[0]) for line in lines] == [2026.5]


def test_levels_stand_at_the_end_of_their_period_and_flows_in_its_middle() -> None:
    for by, metric, last in (
        ("year", "compute_stock", 2029.0),
        ("year", "chip_spend", 2028.5),
        ("quarter", "compute_stock", 2029.0),
        ("quarter", "chip_spend", 2028.875),
    ):
        (axes,) = fan_figure(projection(by), metric).axes  # type: ignore[arg-type]
        medians = max(axes.lines, key=lambda line: len(line.get_xdata()))
        assert float(medians.get_xdata()[-1]) == last


def test_what_is_not_there_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no_such_metric"):
        fan_figure(projection(), "inference_share", "no_such_metric")
    with pytest.raises(ValueError, match="no_such_series"):
        curve_figure(Fit("fit", run(), (), (), (), {}), "no_such_series")


def test_every_claim_stands_beside_our_band_of_its_metric_and_period(base_report: Report) -> None:
    for unit, rows in drawings.claims_by_unit(base_report.claims):
        figure = claims_figure(rows, unit, unit, base_report.run)
        (axes,) = figure.axes
        dots = {float(line.get_xdata()[0]) for line in axes.lines if line.get_marker() != "None"}
        bands = {tuple(each.get_datalim(axes.transData).intervalx) for each in axes.collections}
        found = words(figure)
        for row in rows:
            ours = row.p50 if unit == "ratio" else 1.0
            assert point(row) / ours in dots
            assert any(np.allclose(band, (row.p5 / ours, row.p95 / ours)) for band in bands)
            assert any(each.endswith(f", {row.published}") for each in found)
    sizes = [int(each.caption.split()[0]) for each in drawings.claims(base_report)]
    assert sum(sizes) == base_report.claims.counts.compared


def test_a_tornado_labels_its_ends_with_the_assumptions_own_values(base_report: Report) -> None:
    result = base_report.sensitivity[0]
    found = words(tornado_figure(result))
    bar = result.bars[0]
    assert bar.title in found
    assert len([each for each in found if each.startswith(("P10 ", "P90 "))]) == 2
    (axes,) = tornado_figure(result).axes
    ends = sorted(bar.get_x() + bar.get_width() for bar in axes.patches[:2])
    assert ends == pytest.approx(bar.ends)


def test_a_reports_tornado_has_the_order_of_its_first_page(base_report: Report) -> None:
    result = base_report.sensitivity[0]
    first = [each.assumption for each in base_report.front.rows]
    assert [each.assumption for each in result.bars[: len(first)]] == first
    assert sorted(result.bars, key=lambda each: -each.swing) != result.bars  # another order
    (table,) = (each for each in sections.SECTIONS if each.id == "sensitivity_inference_share")
    shown = table.blocks(base_report)[1]
    assert isinstance(shown, Table)
    assert [row.cells[0].raw for row in shown.rows] == [each.assumption for each in result.bars]
    assert all(row.cells[-1].text.endswith(" pp") for row in shown.rows)


def test_draws_that_cross_stand_as_bars(base_report: Report) -> None:
    figure = crossing_figure(base_report.crossings)
    (axes,) = figure.axes
    heights = [bar.get_height() for bar in axes.patches]
    assert sum(heights) == pytest.approx(100.0)
    event = base_report.projection.event("crossover")
    assert event is not None
    assert heights[-1] == pytest.approx(100.0 * event.probability_never)


def test_a_curve_shows_what_was_observed_and_what_is_assumed(base_report: Report) -> None:
    drivers = base_report.drivers
    (axes,) = curve_figure(drivers, "agent_penetration").axes
    points = [line for line in axes.lines if line.get_marker() == "o"]
    counts = [len(line.get_xdata()) for line in points]
    known = (drivers.figures, drivers.assumed)
    assert counts == [len(each["agent_penetration"]) for each in known]
    assert axes.get_yscale() == "log"


def changed(low: float, middle: float, high: float) -> WhatIf:
    """Return a what-if of one metric with P10, P50 and P90 of its change."""
    full = projection()
    base = full.find("chip_spend", "2028")
    assert base is not None
    points = dict.fromkeys((5, 10), low) | {50: middle} | dict.fromkeys((90, 95), high)
    quantiles = Quantiles(tuple(points.get(percentile, middle) for percentile in PERCENTILES))
    moved = {"quantiles": quantiles, "mean": middle, "probability_up": 0.5, "change": middle}
    parts = Quantiles(tuple(each / base.quantiles.p50 for each in quantiles.values))
    change = ChangeRow(**fields_of(base) | moved, relative=parts)
    return WhatIf(
        command="whatif",
        run=full.run,
        rows=(CaseRow("base", base), CaseRow("changed", base), CaseRow("difference", change)),
        warnings=(),
        metrics=full.metrics,
        first_projected=full.first_projected,
        attribution=(),
        given=(),
        period="2028",
        subject="chip_spend",
        asked=(),
        beliefs={},
        supposed=(),
        changes=(),
        is_exact=True,
        against=(),
        recondition=False,
        reconditioned=False,
    )


def test_a_difference_is_drawn_in_per_cent_of_the_base() -> None:
    figure = difference_figure(changed(-124e9, -62e9, 31e9))
    assert "−10%" in words(figure)
    (axes,) = figure.axes
    assert list(axes.lines[0].get_xdata()) == pytest.approx([-20.0, 5.0])
    with pytest.raises(ValueError, match="nothing changes"):
        difference_figure(changed(0.0, 0.0, 0.0))


def test_vintages_stand_from_left_to_right_and_the_run_that_is_shown_last() -> None:
    full = projection()
    now = full.find("inference_share", "2028")
    assert now is not None
    *earlier, _ = day_by_day(kept_vintages(), "inference_share", "then")
    before = [(f"{each.day:%b}\n{each.day:%Y}", each.quantiles) for each in earlier]
    figure = steps_figure(before, now.quantiles, "As of earlier days", full.run)
    found = words(figure)
    assert {"As of earlier days", "Dec\n2023", "this\nrun"} <= set(found)
    (axes,) = figure.axes
    wide, narrow = (axes.patches[start::2] for start in (0, 1))
    spreads = [*(each.quantiles for each in earlier), now.quantiles]
    assert len(wide) == len(narrow) == len(spreads) > 5
    for bar, inner, spread in zip(wide, narrow, spreads, strict=True):
        assert (bar.get_y(), bar.get_y() + bar.get_height()) == pytest.approx(
            (spread.at(10), spread.at(90))
        )
        assert bar.get_y() < inner.get_y() < spread.p50 < inner.get_y() + inner.get_height()
        assert f"{100.0 * spread.p50:.0f}" in found


def test_svg_is_the_same_whatever_was_drawn_before(base_report: Report) -> None:
    import matplotlib

    draw = partial(fan_figure, base_report.quarters, "chip_spend")
    first = svg(draw, "one")
    with matplotlib.rc_context({"font.size": 30.0, "svg.fonttype": "path"}):
        svg(partial(fan_figure, base_report.quarters, "ai_capex"), "two")
        assert svg(draw, "one") == first
        assert matplotlib.rcParams["font.size"] == 30.0
    assert "<date>" not in first.lower()


def test_an_inline_chart_is_whole_and_leaves_its_numbers_alone() -> None:
    title = "$5.00000 & 0.00001 <b>"
    draw = partial(fan_figure, projection("quarter"), "inference_share", title=title)
    found = inline(draw, "a-chart", 'A "title" <i>', "0.123456 & more")
    root = ElementTree.fromstring(found)
    assert root.attrib["role"] == "img"
    texts = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert title in texts
    labels = [(each.attrib["id"], each.text) for each in list(root)[:2]]
    assert labels == [("a-chart-t", 'A "title" <i>'), ("a-chart-d", "0.123456 & more")]
    ids = re.findall(r' id="([^"]+)"', found)
    assert all(each.startswith("a-chart-") for each in ids)
    used = re.findall(r'(?:url\(#|href="#)([^)"]+)', found)
    assert set(used) <= set(ids)
    assert "var(--inference)" in found
