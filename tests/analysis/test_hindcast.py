"""The whole forecast as of an earlier day, against what came."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest

from forecast.analysis.series.model_backtest import MetricScore, ModelBacktestRow, score_row
from forecast.cli.main import run
from forecast.curves.evidence import driver_points, fit_driver
from forecast.inputs.as_of import replaced_warnings
from forecast.result import Quantiles
from forecast.units import Qualifier
from forecast.world.case import load_case

pytestmark = pytest.mark.slow


def test_the_forecast_of_2024_is_held_against_what_came(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["backtest", "--model", "--origin", "2024Q4", "--json", "--draws", "256"]
    assert run([*command, "--no-cache"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert all(row["period"] > row["origin"] == "2024Q4" for row in document["rows"])
    scores = {row["metric"]: row for row in document["scores"]}
    assert {"chip_spend", "compute_sold", "hyperscaler_capex", "weekly_users", "tokens"} <= set(
        scores
    )
    assert scores["tokens"]["bounds"] == scores["tokens"]["quarters"] > 0
    assert scores["hyperscaler_capex"]["bounds"] == 0
    assert scores["compute_sold"]["crps"] < 0.3
    # The new wording was first asked in 2025, and raised the figure by two thirds overnight.
    assert any("btos_ai_use_old, the only wording known" in said for said in document["warnings"])
    assert scores["business_adoption"]["crps"] < 3.0


def test_a_hindcast_says_what_it_does_not_believe_and_what_that_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["backtest", "--model", "--origin", "2024Q4", "--draws", "256"]
    assert run([*command, "--json"]) == 0
    then = json.loads(capsys.readouterr().out)
    by = {row["belief"]: row for row in then["beliefs"] if row["kind"] == "assumption"}
    assert (by["hopper_takeover"]["by"], by["hopper_takeover"]["since"]) == (
        "vintage",
        "2023-11-21",
    )
    assert by["lenders_response"]["by"] == "default"
    assert "hopper_memory" not in by  # announced in 2023
    sizes = [abs(row["rank_correlation"] or 0.0) for row in then["beliefs"]]
    assert sizes == sorted(sizes, reverse=True)
    effects = {row["metric"]: row for row in then["effects"]}
    assert effects["chip_spend"]["then_p50"] != effects["chip_spend"]["today_p50"]
    assert run([*command, "--json", "--beliefs", "today"]) == 0
    today = json.loads(capsys.readouterr().out)
    assert {row["kind"] for row in today["beliefs"]} <= {"evidence"}
    for row in today["effects"]:
        assert row["then_p50"] == row["today_p50"] == effects[row["metric"]]["today_p50"]
    assert run(command) == 0
    assert "BELIEFS NOT KNOWN THEN" in capsys.readouterr().out


def test_a_driver_that_nobody_had_published_leans_on_its_beliefs() -> None:
    case = load_case(as_of=date(2023, 12, 31))
    assert any(
        "on beliefs: " in said and "agent_penetration" in said
        for said in replaced_warnings(case.inputs)
    )
    driver = case.inputs.drivers["agent_penetration"]
    (point,) = driver_points(driver, case.inputs)
    assert point.assumed
    paths = fit_driver(driver, case.inputs).paths(np.array([2024.0, 2026.0]), 2000, 1)
    low, high = np.quantile(paths, [0.1, 0.9], axis=0)
    assert (high / low > 30.0).all()  # as wide as what was believed


def test_an_origin_before_any_target_runs_without_conditioning(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["backtest", "--model", "--origin", "2023Q2", "--json", "--draws", "128"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert all(row["crps"] is not None for row in document["scores"])
    assert any("no target was known by then" in said for said in document["warnings"])


def test_an_origin_without_a_year_of_history_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["backtest", "--model", "--origin", "2022Q4", "--draws", "128"]) == 2
    assert "expected 4 quarters from 2022Q1 on" in capsys.readouterr().err


def test_a_floor_costs_only_what_lies_below_it() -> None:
    levels = Quantiles((0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 7.5))

    def score(observed: float, said: Qualifier) -> MetricScore:
        row = ModelBacktestRow("m", "2024Q4", 1, "2025Q1", "USD", observed, said, levels)
        return score_row("m", [row])

    assert score(0.5, "gt").crps == 0.0
    assert score(9.0, "gt").crps == pytest.approx(score(9.0, "eq").crps)
    assert score(9.0, "lt").crps == 0.0
    assert 0.0 < score(4.0, "gt").crps < score(4.0, "eq").crps
    both = score(4.0, "gt").crps + score(4.0, "lt").crps
    assert both == pytest.approx(score(4.0, "eq").crps)
    held = [score(level, "gt").coverage_80 for level in (0.5, 5.9, 6.1)]
    assert held == [1.0, 1.0, 0.0]
    assert (score(4.0, "gt").bounds, score(4.0, "eq").bounds) == (1, 0)
