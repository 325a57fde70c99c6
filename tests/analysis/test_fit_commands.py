"""`forecast fit` and `forecast backtest` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from forecast.analysis.series.fit import fit_named
from forecast.cli.main import run
from forecast.result import RunOptions
from forecast.world.case import load_case

GROWTH = Path(__file__).parent / "growth_series.csv"


def test_a_file_is_shown_with_words_table_chart_and_families(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["fit", "--file", str(GROWTH), "--horizon", "3", "--chart"]) == 0
    page = capsys.readouterr().out
    assert "internet_share__belgium  9" in page
    assert "the data cannot tell; this is the prior" in page or "decided by the data" in page
    assert "• observed" in page
    assert "FAMILY" in page
    assert max(len(line) for line in page.splitlines()) <= 80


def test_a_driver_is_fitted_family_by_family(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fit", "weekly_users", "--json", "--draws", "256", "--through", "2027"]) == 0
    document = json.loads(capsys.readouterr().out)
    members = {row["member"] for row in document["rows"]}
    assert members == {None, *(row["family"] for row in document["fits"])}
    whole = [row for row in document["rows"] if row["member"] is None]
    assert [row["period"] for row in whole][:2] == ["2022Q1", "2022Q2"]
    assert whole[-1]["period"] == "2027Q4"
    assert all(row["p2_5"] <= row["p50"] <= row["p97_5"] for row in whole)


@pytest.mark.slow
def test_a_driver_is_shown_by_year_as_its_kind_says_and_by_quarter_if_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["fit", "hyperscaler_capex", "weekly_users", "--draws", "512", "--through", "2027"]
    assert run(command) == 0
    page = capsys.readouterr().out
    assert max(len(line) for line in page.splitlines()) <= 80
    assert "2027" in page
    assert "Q4" not in page
    assert run([*command, "--by", "quarter"]) == 0
    assert "2027Q4" in capsys.readouterr().out
    options = RunOptions(draws=512, through="2027")
    result = fit_named(load_case(), options, names=command[1:3])
    for name, combine in (("hyperscaler_capex", sum), ("weekly_users", max)):
        quarters = [row.quantiles.p50 for row in result.path(name) if row.period[:4] == "2024"]
        (year,) = [row.quantiles.p50 for row in result.years[name] if row.period == "2024"]
        assert year == pytest.approx(combine(quarters), rel=0.01)


def test_an_observed_series_runs_on_in_its_own_periods(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["fit", "capex_cash_goog", "btos_ai_use_new", "--json", "--through", "2027"]
    assert run(command) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    quarters = [row["period"] for row in rows if row["series_id"] == "capex_cash_goog"]
    months = [row["period"] for row in rows if row["series_id"] == "btos_ai_use_new"]
    assert quarters == ["2026Q3", "2026Q4", "2027Q1", "2027Q2", "2027Q3", "2027Q4"]
    assert (months[0], months[-1]) == ("2026-09", "2027-12")


def test_a_file_is_tested_on_its_own_past(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backtest", "--file", str(GROWTH), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    row = next(row for row in document["rows"] if row["series_id"] == "internet_share__belgium")
    assert list(row)[:3] == ["series_id", "origin", "horizon"]
    assert int(row["period"]) == int(row["origin"]) + row["horizon"]
    recorded = dict(
        line.split(",")[1:3]
        for line in GROWTH.read_text().splitlines()
        if line.startswith("internet_share__belgium")
    )
    assert row["observed"] == float(recorded[row["period"]])
    totals = [row for row in document["scores"] if row["series_id"] is None]
    assert {row["kind"] for row in totals} == {"share", "level"}


def test_a_file_is_told_how_to_read_as_for_ingest(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "panel.csv"
    quarters = [f"{year} Q{part}" for year in range(2022, 2026) for part in (1, 2, 3, 4)]
    lines = [f"{when};{who};{5 + at},125" for who in "AB" for at, when in enumerate(quarters)]
    file.write_text("\n".join(["A panel", "", "Quartal;Wer;Nutzer (Mio.)", *lines]))
    how = ["--file", str(file), "--where", "Wer=A", "--json"]
    assert run(["backtest", *how]) == 2
    assert "--decimal comma" in capsys.readouterr().err
    assert run(["backtest", *how, "--decimal", "comma"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert {row["series_id"] for row in rows} == {"nutzer_a"}
    assert {row["observed"] for row in rows} <= {5.125 + at for at in range(16)}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["fit", "--file", "none.csv", "--horizon", "0", "--frequency", "D", "--ceiling", "-1"], 4),
        (["fit", "weekly_user"], 1),
        (["fit", "--origin", "2024"], 1),
        (["fit", "weekly_users", "--by", "month"], 1),
        (["backtest", "--origin", "2024Q4"], 1),
        (["backtest", "nothing_such"], 1),
        (["backtest", "--model", "--origin", "soon"], 1),
        (["backtest", "--model", "--origin", "1999"], 1),
    ],
)
def test_wrong_options_are_all_named(
    arguments: list[str], found: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert len(error["problems"]) >= found
