"""`forecast chart` from end to end, on the small ensemble of all tests."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecast.analysis.chart import chart
from forecast.analysis.get.get import get
from forecast.analysis.project import project
from forecast.cli import main
from forecast.report.characters.terminal import plain
from forecast.report.pages.answers.chart_pages import chart_lines
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.rows import MemberRow, ProbabilityRow, ValueRow

FEW = RunOptions(draws=512)


pytestmark = pytest.mark.usefixtures("elsewhere")


def run(*arguments: str) -> int:
    return main.run(["chart", *arguments, "--draws", "512"])


def test_flows_are_at_the_rate_of_a_year_and_the_rest_as_it_is(base_case: Case) -> None:
    names = ("chip spend", "inference_share", "inference_ahead")
    found = chart(base_case, FEW, metrics=names)
    rows = project(base_case, FEW, by="quarter", metrics=names).rows
    for drawn, row in zip(found.rows, rows, strict=True):
        if isinstance(row, ValueRow) and row.kind == "flow":
            assert isinstance(drawn, ValueRow)
            assert drawn.unit == "USD/year"
            assert drawn.quantiles.p50 == 4.0 * row.quantiles.p50
            assert drawn.observed == (None if row.observed is None else 4.0 * row.observed)
        else:
            assert drawn == row
    lead = [row.mean for row in rows if isinstance(row, ProbabilityRow)]
    assert [row.quantiles.p50 for row in found.drawn("inference_ahead")] == lead


def test_a_part_is_drawn_as_its_share_of_the_whole(base_case: Case) -> None:
    found = chart(base_case, FEW, metrics=("custom chips", "chip_spend"))
    drawn = {row.period: row for row in found.drawn("chip_spend.custom_asic")}
    got = get(base_case, FEW, text="chip_spend@2028Q4", member="custom_asic").first
    assert isinstance(got, MemberRow)
    assert got.share is not None
    assert drawn["2028Q4"].quantiles.p50 == pytest.approx(got.share.p50, rel=1e-9)
    page = plain(chart_lines(found, 80))
    assert "Custom ASICs, share of AI chip spend, %" in page


@pytest.mark.parametrize("width", [40, 80, 160])
def test_charts_stay_within_the_columns_and_say_the_last_value(base_case: Case, width: int) -> None:
    found = chart(base_case, FEW, metrics=("inference_share", "rent"))
    lines = plain(chart_lines(found, width)).splitlines()
    assert max(map(len, lines)) <= width
    last = 100.0 * found.drawn("inference_share")[-1].quantiles.p50
    assert any(f" {last:.0f} (" in line for line in lines)
    assert any("forecast from 2026Q3" in line for line in lines[-2:])


def test_metrics_stand_one_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("chip spend", "inference share") == 0
    page = capsys.readouterr().out
    assert page.index("AI chip spend, $") < page.index("Inference share of compute, %")
    assert "a year" in page


def test_figures_are_written_as_their_file_is_called(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("chip_spend", "ai_capex", "-o", "money.svg") == 0
    assert "US dollars a year" in (tmp_path / "money.svg").read_text(encoding="utf-8")
    assert run("inference_ahead", "-o", "ahead.png") == 0
    assert (tmp_path / "ahead.png").read_bytes().startswith(b"\x89PNG")
    assert run("rent", "chip_spend", "-o", "both.png") == 2
    assert "metrics of one unit" in capsys.readouterr().err
    assert not (tmp_path / "both.png").exists()


def test_json_holds_what_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("inference_share", "--json") == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert (rows[0]["period"], rows[-1]["period"]) == ("2022Q1", "2028Q4")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("crossover", "Who leads in each quarter: inference_ahead"),
        ("binding_constraint", "an event"),
        ("capex", "It may be ai_capex, hyperscaler_capex, wanted_ai_capex."),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    capsys: pytest.CaptureFixture[str], asked: str, said: str
) -> None:
    assert run(asked) == 2
    assert said in capsys.readouterr().err
