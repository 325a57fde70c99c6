"""Money as of earlier quarters: what it may see, what it is scored by, and against whom."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from built_in import INPUTS
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.hindcast import hindcast
from forecast.analysis.hindcast.hindcast import money_origins, rows_of_money
from forecast.analysis.hindcast.money_alone import Asked, money_rows
from forecast.analysis.hindcast.origins import known_by, last_day
from forecast.analysis.hindcast.published.definitions import Unanswerable, target_of
from forecast.analysis.hindcast.published.head_to_head import head_to_head, outcome_of
from forecast.analysis.hindcast.published.scores import published_scores
from forecast.analysis.hindcast.scoring.baselines import walk_of
from forecast.analysis.hindcast.scoring.rows import HindcastRow
from forecast.analysis.hindcast.scoring.scores import Group, clustered, scored, wis
from forecast.analysis.hindcast.scoring.truth import TOTAL, reported_money
from forecast.cli import backtest
from forecast.cli.main import run
from forecast.errors import InputError
from forecast.inputs.yardsticks.published import Definition, parse_period, read_published
from forecast.money.joint import PER_REVENUE
from forecast.periods import fiscal_quarter, quarter
from forecast.processors.second_process import here
from forecast.result import Quantiles, RunOptions
from forecast.world.case import Case

FEW = Asked(draws=64)
PUBLISHED = read_published()
ALL = Group("all", 0, 9999 * 4, 12)


def row(
    median: float,
    observed: float,
    *,
    method: str = "forecast",
    origin: str = "2024Q4",
    horizon: int = 1,
) -> HindcastRow:
    """Return a forecast whose logarithm is normal about a median's, with a spread of 0.1."""
    normals = (-1.96, -1.645, -1.282, -0.674, 0.0, 0.674, 1.282, 1.645, 1.96)
    levels = Quantiles(tuple(float(median * np.exp(0.1 * z)) for z in normals))
    return HindcastRow(
        "money", "m", method, origin, horizon, "2025Q1", "USD", observed, "eq", levels
    )  # type: ignore[arg-type]


def test_the_weighted_interval_score_is_that_of_its_formula() -> None:
    """(w₀ |y − m| + Σ α/2 × interval score) / (K + ½), of Bracher et al. 2021, by hand."""
    quantiles = np.array([[-4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]])
    inside = 0.5 * 0.5 + 0.5 * (0.05 * 8 + 0.1 * 6 + 0.2 * 4 + 0.5 * 2)
    assert wis(quantiles, np.array([0.5])) == pytest.approx([inside / 4.5])
    misses = 0.05 * 8 + 2 * 1.0, 0.1 * 6 + 2 * 2.0, 0.2 * 4 + 2 * 3.0, 0.5 * 2 + 2 * 4.0
    outside = 0.5 * 5.0 + 0.5 * sum(misses)
    assert wis(quantiles, np.array([5.0])) == pytest.approx([outside / 4.5])


def test_scores_of_two_forecasts_by_hand() -> None:
    rows = [row(1.0, 1.0), row(1.0, 2.0, horizon=2)]
    rows += [row(1.0, 2.0, method="walk"), row(1.0, 2.0, method="walk", horizon=2)]
    whole, first, second = scored(rows, (ALL,), {})
    assert (whole.horizon, first.horizon, second.horizon) == (None, 1, 2)
    assert (whole.quarters, whole.coverage_80.value, whole.coverage_95.value) == (2, 0.5, 0.5)
    assert whole.bias == pytest.approx(-0.5 * np.log(2.0))
    band = 0.2564
    assert first.interval_score_80 == pytest.approx(band)
    assert second.interval_score_80 == pytest.approx(band + 10.0 * (np.log(2.0) - 0.1282))
    assert first.crps < second.crps
    assert second.wis_over_walk == pytest.approx(1.0)
    assert first.wis_over_walk is not None
    assert first.wis_over_walk < 0.1
    assert whole.wis_over_growth is None


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_one_cluster_has_no_spread_and_several_hold_the_mean(held: list[bool]) -> None:
    one = clustered(np.array(held), np.zeros(len(held)))
    assert one.low == one.value == one.high == pytest.approx(np.mean(held))
    several = clustered(np.array(held), np.arange(len(held)))
    assert several.low - 1e-9 <= several.value <= several.high + 1e-9


def test_a_walk_by_hand() -> None:
    """Steps 0.1, 0.1, 0.1, 0.1, 0.6: all of them drift by 0.2 a quarter, the last four by 0.225."""
    history = dict(enumerate([0.0, 0.1, 0.2, 0.3, 0.4, 1.0], start=8000))
    every, last = walk_of(history), walk_of(history, over=4)
    assert every is not None
    assert last is not None
    assert every.median(8007) == pytest.approx(1.4)
    assert last.median(8007) == pytest.approx(1.0 + 2 * 0.225)
    spread = np.std([0.1, 0.1, 0.1, 0.1, 0.6], ddof=1)
    assert every.quantiles(8007)[6] == pytest.approx(1.4 + 1.2815516 * spread * np.sqrt(2 + 4 / 5))
    assert last.quantiles(8007)[6] == pytest.approx(1.45 + 1.2815516 * spread * np.sqrt(2 + 4 / 4))
    assert walk_of(dict(list(history.items())[:5])) is None


def test_a_walk_over_figures_that_lie_apart_by_hand() -> None:
    """Steps of 0.1, 0.5 and 0.4 over 1, 2 and 1 quarters: 0.25 a quarter, and surprises of −0.15,
    0 and 0.15 for the root of a quarter; the last quarter alone drifts by 0.4."""
    history = {8000: 0.0, 8001: 0.1, 8003: 0.6, 8004: 1.0}
    every, last = walk_of(history, fewest=4), walk_of(history, over=1, fewest=4)
    assert every is not None
    assert last is not None
    assert every.median(8006) == pytest.approx(1.5)
    assert last.median(8006) == pytest.approx(1.8)
    reach = 1.2815516 * np.sqrt((0.15**2 + 0.15**2) / 2)
    assert every.quantiles(8006)[6] == pytest.approx(1.5 + reach * np.sqrt(2 + 4 / 4))
    assert last.quantiles(8006)[6] == pytest.approx(1.8 + reach * np.sqrt(2 + 4 / 1))
    assert walk_of(history) is None


def test_oracle_is_put_on_calendar_quarters_and_the_sum_waits_for_no_guess() -> None:
    truth = reported_money(INPUTS)
    own = {
        fiscal_quarter(each.period_end): each.value
        for each in INPUTS.observations
        if each.series_id == "capex_cash_orcl" and each.frequency == "Q"
    }
    at = quarter("2024Q4")
    assert truth["oracle_capex"][at] == pytest.approx(own[at] * 2 / 3 + own[at + 1] / 3)
    names = ("amazon", "alphabet", "microsoft", "meta", "oracle")
    parts = [truth[f"{name}_capex"][at] for name in names]
    assert truth[TOTAL][at] == pytest.approx(sum(parts))
    assert max(truth[TOTAL]) == min(max(truth[f"{name}_capex"]) for name in names)


def test_what_comes_later_moves_not_a_digit_of_a_forecast() -> None:
    origin = quarter("2023Q4")
    day = last_day(origin)
    later = tuple(
        replace(each, value=3.0 * each.value) if each.published > day else each
        for each in INPUTS.observations
    )
    told = tuple(
        replace(each, low=1e12, mid=None, high=None, published=day + timedelta(days=1))
        if each.published > day
        else each
        for each in INPUTS.guidance
    )
    belief = INPUTS.assumptions[PER_REVENUE]
    other = replace(belief, knots=INPUTS.assumptions["accelerator_share"].knots)
    beliefs = {**INPUTS.assumptions, PER_REVENUE: other}
    changed = replace(INPUTS, observations=later, guidance=told, assumptions=beliefs)
    truth = reported_money(INPUTS)
    before, after = (list(money_rows(each, origin, truth, FEW)) for each in (INPUTS, changed))
    assert len(before) > 100
    assert before == after
    # The test can see: a figure of that day does move it.
    known = tuple(
        replace(each, value=1.1 * each.value) if each.published <= day else each
        for each in INPUTS.observations
    )
    moved = list(money_rows(replace(INPUTS, observations=known), origin, truth, FEW))
    assert moved != before


def test_vendors_that_had_told_nothing_are_left_out_and_companies_are_needed() -> None:
    then = known_by(INPUTS, date(2018, 12, 31))
    assert {"amd_datacenter_revenue", "broadcom_ai_revenue"}.isdisjoint(then.drivers)
    assert "nvidia_datacenter_revenue" in then.drivers
    with pytest.raises(InputError, match="nothing of alphabet_capex"):
        known_by(INPUTS, date(2000, 1, 1))


def test_every_quarter_since_2016_is_an_origin_of_money() -> None:
    origins = money_origins(INPUTS)
    assert origins.start == quarter("2016Q4")
    assert len(origins) >= 38
    found = {each.metric for each in rows_of_money(INPUTS, origins[-3:], FEW)}
    assert {TOTAL, "oracle_capex", "nvidia_datacenter_revenue", "broadcom_ai_revenue"} <= found


def definition(
    who: Sequence[str], ratio: tuple[str, str] | None, quantity: str = "company_capex"
) -> Definition:
    return Definition("metric", "wording", quantity, tuple(who), (ratio,) if ratio else (), "")


def test_fiscal_years_by_the_companies_calendars() -> None:
    then = known_by(INPUTS, date(2025, 6, 30))

    def quarters(who: str, period: str, quantity: str = "company_capex") -> range:
        asked = definition([who], None, quantity)
        return target_of(asked, parse_period(period), "USD_bn", then).quarters

    assert quarters("microsoft", "FY2025") == range(quarter("2024Q3"), quarter("2025Q2") + 1)
    assert quarters("microsoft", "FQ1-2026") == range(quarter("2025Q3"), quarter("2025Q4"))
    assert quarters("oracle", "FY2026") == range(quarter("2025Q3"), quarter("2026Q2") + 1)
    of_nvidia = quarters("nvidia", "FY2026", "nvidia_datacenter_revenue")
    assert of_nvidia == range(quarter("2025Q1"), quarter("2025Q4") + 1)
    assert of_nvidia == quarters("nvidia", "CY2025", "nvidia_datacenter_revenue")
    assert quarters("amazon", "CY2025-2026") == range(quarter("2025Q1"), quarter("2026Q4") + 1)
    with pytest.raises(Unanswerable, match="a moment"):
        quarters("amazon", "2025-12")


def test_a_ratio_is_that_of_the_newest_year_known_by_the_day() -> None:
    """Microsoft's cash capex over that with finance leases, in the four quarters to March 2025."""

    def year(series: str) -> float:
        ends = {date(2024, 6, 30), date(2024, 9, 30), date(2024, 12, 31), date(2025, 3, 31)}
        return sum(
            each.value
            for each in INPUTS.observations
            if each.series_id == series and each.period_end in ends and each.frequency == "Q"
        )

    pair = "capex_cash_msft", "capex_incl_leases_msft"
    asked = definition(["microsoft"], pair)
    then = known_by(INPUTS, date(2025, 6, 30))
    target = target_of(asked, parse_period("CY2025"), "USD_bn", then)
    assert target.factors == {"microsoft_capex": pytest.approx(year(pair[0]) / year(pair[1]))}
    assert "in the year to 2025Q1" in target.converted
    early = known_by(INPUTS, date(2016, 6, 30))
    with pytest.raises(Unanswerable, match="no year of both"):
        target_of(asked, parse_period("CY2025"), "USD_bn", early)


@pytest.fixture(scope="module")
def case() -> Case:
    return Case(INPUTS, None, (), (), None)


def test_a_published_forecast_of_growth_and_one_of_a_fiscal_year(case: Case) -> None:
    """V0192: consensus of January 2024, +20% for five companies; 54.8% came. V0204: Microsoft's
    80bn for fiscal 2025, with two of its quarters reported; 88.2 came."""
    chosen = tuple(each for each in PUBLISHED.forecasts if each.forecast_id in {"V0192", "V0204"})
    result = head_to_head(case, replace(PUBLISHED, forecasts=chosen), RunOptions(draws=256))
    growth, fiscal = sorted(result.rows, key=lambda each: each.forecast_id)
    assert growth.error == pytest.approx(np.log(1.20 / 1.548))
    assert growth.error_ours == pytest.approx(np.log((1 + growth.quantiles.p50 / 100) / 1.548))
    assert growth.years_ahead == pytest.approx(351 / 365.25, abs=1e-3)
    assert "capex_cash_msft/capex_incl_leases_msft" in growth.converted
    assert fiscal.error == pytest.approx(np.log(80.0 / 88.2))
    reported = [
        each.value / 1e9
        for each in INPUTS.observations
        if each.series_id == "capex_incl_leases_msft" and each.period_end == date(2024, 9, 30)
    ]
    assert fiscal.quantiles.at(2.5) > reported[0]
    assert fiscal.quantiles.at(2.5) < 88.2 < fiscal.quantiles.at(97.5)


def test_outcomes_are_found_by_meaning_where_no_table_links_them() -> None:
    unlinked = replace(PUBLISHED, links=None)
    firm = 0
    for said in PUBLISHED.forecasts:
        meaning = PUBLISHED.definitions.get((said.metric, said.definition))
        if meaning is None:
            continue
        linked = outcome_of(said, meaning, PUBLISHED, INPUTS)
        if linked is not None and linked.strength == "firm":
            firm += 1
            assert outcome_of(said, meaning, unlinked, INPUTS) == linked, said.forecast_id
    assert firm > 60


def test_an_outcome_has_one_vote_however_many_forecast_it(case: Case) -> None:
    ids = {"V0191", "V0201", "V0189"}  # two on the four's 2024, one on Meta's
    chosen = tuple(each for each in PUBLISHED.forecasts if each.forecast_id in ids)
    rows = head_to_head(case, replace(PUBLISHED, forecasts=chosen), RunOptions(draws=64)).rows
    rows = tuple(replace(each, years_ahead=1.0) for each in rows)
    whole = next(iter(published_scores(rows)))
    assert (whole.forecasts, whole.outcomes) == (3, 2)
    errors = {each.forecast_id: abs(each.error or 0.0) for each in rows}
    votes = 0.5 * (errors["V0191"] + errors["V0201"]), errors["V0189"]
    assert whole.error == pytest.approx(np.mean(votes))


def test_works_come_back_in_order_whoever_does_them() -> None:
    def elsewhere(work: Callable[[], int], /) -> Callable[[], int]:
        done = work()
        return lambda: done

    works = [partial(int, each) for each in range(5)]
    assert hindcast.in_pairs(works, here) == hindcast.in_pairs(works, elsewhere) == list(range(5))
    assert hindcast.in_pairs([], here) == []


@pytest.mark.slow
def test_money_from_two_origins_as_a_person_runs_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hindcast, "FIRST_OF_MONEY", money_origins(INPUTS).stop - 2)
    command = ["backtest", "--money", "--draws", "64"]
    assert run([*command, "--json"]) == 0
    first = capsys.readouterr().out
    document = json.loads(first)
    assert {each["origin"] for each in document["rows"]} == {"2025Q4", "2026Q1"}
    assert {each["method"] for each in document["rows"]} == {"forecast", "walk", "growth"}
    made = [each for each in document["rows"] if each["metric"] == TOTAL]
    assert all(each["p2_5"] < each["p50"] < each["p97_5"] for each in made)
    scores = {each["metric"]: each for each in document["scores"] if each["horizon"] is None}
    assert {TOTAL, "companies", "nvidia_datacenter_revenue"} <= set(scores)
    assert 0.0 <= scores[TOTAL]["coverage_80_low"] <= scores[TOTAL]["coverage_80_high"] <= 1.0
    assert run([*command, "--chart"]) == 0
    assert "Capex of the five from 2025Q4" in capsys.readouterr().out


@pytest.mark.slow
def test_the_whole_model_from_two_origins_here_or_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hindcast, "FIRST_OF_MONEY", money_origins(INPUTS).stop - 1)
    monkeypatch.setattr(hindcast, "FIRST_OF_MODEL", quarter("2026Q1"))
    found = []
    for processors in (1, 2):
        monkeypatch.setattr(backtest, "cores", lambda count=processors: count)
        assert run(["backtest", "--model", "--draws", "64", "--no-cache", "--json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["rows"])
    assert found[0] == found[1]
    made = [each for each in found[0] if each["part"] == "model"]
    assert {each["origin"] for each in made} == {"2026Q1", "2026Q2"}
    assert {TOTAL, "weekly_users", "anthropic_revenue"} <= {each["metric"] for each in made}
    assert all(each["period"] > each["origin"] for each in made)
    walked = {each["metric"] for each in made if each["method"] == "walk"}
    assert {TOTAL, "weekly_users", "anthropic_revenue", "laboratories_revenue"} <= walked
    assert "compute_sold" not in walked  # nobody had published three quarters of it


FORECASTS = "forecast_id,who,published,metric,definition,target_period,low,mid,high,unit\n"
NVIDIA = "NVIDIA Data Center revenue, fiscal year"


@pytest.mark.slow
def test_a_persons_own_forecasts_and_outcomes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own, came = tmp_path / "own.csv", tmp_path / "came.csv"
    own.write_text(
        FORECASTS
        + f'A,me,2024-02-21,nvidia_datacenter_revenue,"{NVIDIA}",FY2025,,100,,USD_bn\n'
        + "B,me,2024-02-21,yield,Wheat per hectare,CY2025,,3,,t\n",
        encoding="utf-8",
    )
    came.write_text(
        "outcome_id,metric,definition,target_period,value,unit,status\n"
        f'O,nvidia_datacenter_revenue,"{NVIDIA}",FY2025,115.186,USD_bn,final\n',
        encoding="utf-8",
    )
    command = ["backtest", "--published", str(own), "--outcomes", str(came), "--draws", "64"]
    assert run([*command, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (answered,) = document["rows"]
    assert answered["error"] == pytest.approx(np.log(100 / 115.186))
    assert [each["reason"] for each in document["unanswered"]] == ["nothing defines this wording"]
    (warning,) = document["warnings"]
    assert "nothing defines “Wheat per hectare”" in warning
    assert run([*command, "--format", "csv"]) == 0
    (line,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert line["outcome_id"] == "O"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("who,published\nme,2024\n", "also forecast_id, metric"),
        (FORECASTS + "A,me,2024-02-21,m,d,FY2025,5,,4,USD_bn\n", "5 above 4"),
        (FORECASTS + "A,me,2024-02-21,m,d,next year,,4,,USD_bn\n", "next year"),
        (FORECASTS + "A,me,2024-02-21,m,d,CY2026-2025,,4,,USD_bn\n", "ends before it begins"),
        (FORECASTS + "A,me,soon,m,d,FY2025,,4,,USD_bn\n", "soon"),
        (FORECASTS + "A,me,2024-02-21,m,d,FY2025,,,,USD_bn\n", "empty"),
        (FORECASTS + "A,me,2024-02-21,m,d,FY2025,,nan,,USD_bn\n", "nan"),
        (FORECASTS + "A,me,2024-02-21,m,d,FY2025,,-1,,USD_bn\n", "no less than 0"),
        (FORECASTS + "A,me,2024-02-21,m,d,CY2025,,-101,,percent_yoy\n", "no less than -100"),
        (FORECASTS + 2 * "A,me,2024-02-21,m,d,FY2025,,4,,USD_bn\n", "A again"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_so_once(
    content: str, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.csv"
    own.write_text(content, encoding="utf-8")
    assert run(["backtest", "--published", str(own), "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().err)["error"]["problems"]
    assert found in json.dumps(problem, ensure_ascii=False)
    assert problem["place"].startswith(str(own))


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ["--published", "nowhere.csv"],
        ["--outcomes", "nowhere.csv"],
        ["--money", "--as-of", "2015"],
        ["--money", "--origin", "2024Q4"],
        ["--money", "--set", "hyperscaler_capex@2027=1T"],
        ["--published", "--money", "--scenario", "grid-bound"],
        ["--money", "nvda_dc_rev"],
        ["--chart"],
    ],
)
def test_a_hindcast_that_cannot_be_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["backtest", *arguments, "--json"]) == 2
    assert len(json.loads(capsys.readouterr().err)["error"]["problems"]) == 1
