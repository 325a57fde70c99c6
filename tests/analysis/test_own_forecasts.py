"""A person's own forecasts and outcomes: put in their own terms, counted once, slips told."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from built_in import INPUTS

from forecast.analysis.hindcast.origins import known_by
from forecast.analysis.hindcast.published.head_to_head import head_to_head
from forecast.analysis.hindcast.published.scores import counted_in
from forecast.analysis.hindcast.scoring.rows import HeadToHead
from forecast.cli.main import run
from forecast.inputs.yardsticks.published import OwnFile, read_published
from forecast.report.formats import markdown
from forecast.report.pages.beliefs.hindcast_pages import each_table, published_page, written_out
from forecast.result import RunOptions
from forecast.world.case import Case

HEAD = "forecast_id,who,published,metric,definition,target_period,low,mid,high,unit\n"
CAME = "outcome_id,metric,definition,target_period,value,unit,status\n"
FOUR_CASH = (
    "Amazon (gross) + Microsoft + Alphabet + Meta, CASH purchases of property and equipment,"
    " calendar year"
)
FOUR = (
    "Amazon (gross) + Microsoft incl. finance leases + Alphabet + Meta incl. lease principal,"
    " calendar year"
)
FIVE = "Capital expenditure of Google, Amazon, Microsoft, Meta, Oracle (TrendForce), calendar year"
LEASES = "Microsoft incl. finance leases, calendar year"
FISCAL = "Microsoft incl. finance leases, fiscal year to June 2025"
NET = "Amazon, purchases of property and equipment net of proceeds"
GROWTH = "Growth of the big four's cash capex"


def said(name: str, day: str, definition: str, period: str, figures: str, unit: str) -> str:
    return f'{name},me,{day},hyperscaler_capex,"{definition}",{period},{figures},{unit}\n'


def came(name: str, definition: str, period: str, value: float, status: str = "final") -> str:
    return f'{name},hyperscaler_capex,"{definition}",{period},{value},USD_bn,{status}\n'


def compared(forecasts: str, outcomes: str) -> HeadToHead:
    own = OwnFile("own.csv", (HEAD + forecasts).encode())
    theirs = OwnFile("came.csv", (CAME + outcomes).encode())
    case = Case(INPUTS, None, (), (), None)
    return head_to_head(case, read_published(None, own, theirs), RunOptions(draws=64), whole=False)


def test_what_is_reported_comes_back_in_the_terms_of_each_wording() -> None:
    """2025 by hand, in billions: Amazon 25.019 + 32.183 + 35.095 + 39.522 = 131.819, Alphabet
    91.447, Microsoft 118.0 with leases and 83.094 in cash, Meta 72.215 with leases and 69.691 in
    cash, Oracle's quarters to November 5.862 + 9.080 + 8.502 + 12.033 = 35.477; Amazon net of
    proceeds in the year to September 115.903, of 120.131 gross. 2024: 82.999, 52.535, 75.6 and
    39.225."""
    day, year = "2026-02-28", "CY2025"
    result = compared(
        said("four cash", day, FOUR_CASH, year, ",370,", "USD_bn")
        + said("four", day, FOUR, year, "400,,420", "USD_bn")
        + said("five", day, FIVE, year, ",440,", "USD_bn")
        + said("calendar", day, LEASES, year, ",110,", "USD_bn")
        + said("fiscal", day, FISCAL, "FY2025", ",80,", "USD_bn")
        + said("net", day, NET, year, ",120,", "USD_bn")
        + said("growth", day, GROWTH, year, ",60,", "percent_yoy"),
        came("O", LEASES, year, 118.0),
    )
    found = {row.forecast_id: row.quantiles.p50 for row in result.rows}
    cash, lease = 83.094 / 118.0, 69.691 / 72.215
    before = 82.999 + 52.535 + 75.6 * cash + 39.225 * lease
    assert found == {
        "four cash": pytest.approx(131.819 + 91.447 + 83.094 + 69.691, abs=1e-3),
        "four": pytest.approx(131.819 + 91.447 + 118.0 + 72.215, abs=1e-3),
        "five": pytest.approx(131.819 + 91.447 + 118.0 + 72.215 + 35.477, abs=1e-3),
        "calendar": pytest.approx(118.0),
        "fiscal": pytest.approx(20.0 + 22.6 + 21.4 + 24.2),
        "net": pytest.approx(131.819 * 115.903 / 120.131, abs=1e-3),
        "growth": pytest.approx(100.0 * (376.051 / before - 1.0), abs=1e-2),
    }
    assert not result.scores  # the year was over, so that nobody forecast
    page = markdown.render(published_page(result, each=True))
    assert "No forecast could be scored" in page
    assert "the period was over" in page


def test_each_forecast_is_shown_with_where_it_counts() -> None:
    """Of Microsoft's fiscal 2025 the quarters to March were 20.0, 22.6 and 21.4; 88.2 came. Of
    calendar 2025 118.0 did: of both forecasts of it one outcome has one vote."""
    day, year = "2025-05-15", "CY2025"
    result = compared(
        said("A", day, LEASES, year, ",90,", "USD_bn")
        + said("B", day, LEASES, year, "100,,110", "USD_bn")
        + said("floor", day, LEASES, year, "80,,", "USD_bn")
        + said("fiscal", day, FISCAL, "FY2025", ",80,", "USD_bn")
        + said("unknown", day, FOUR, year, ",400,", "USD_bn")
        + said("later", day, LEASES, "CY2040", ",400,", "USD_bn")
        + said("currency", day, LEASES, year, ",90,", "EUR_bn"),
        came("O", LEASES, year, 118.0) + came("P", FISCAL, "FY2025", 88.2),
    )
    rows = {row.forecast_id: row for row in result.rows}
    assert {name: counted_in(row) for name, row in rows.items()} == {
        "A": "over a quarter ahead",
        "B": "over a quarter ahead",
        "floor": "a bound, or nothing",
        "fiscal": "up to a quarter ahead",
        "unknown": "no outcome",
    }
    whole = next(each for each in result.scores if each.group == "over a quarter ahead")
    assert (whole.forecasts, whole.outcomes) == (2, 1)
    assert whole.error == pytest.approx(np.mean([np.log(118.0 / 90.0), np.log(118.0 / 105.0)]))
    assert rows["fiscal"].outcome == 88.2
    assert rows["fiscal"].quantiles.at(2.5) > 20.0 + 22.6 + 21.4  # what was reported stays
    reasons = {each.forecast_id: each.reason for each in result.unanswered}
    assert reasons == {
        "later": "CY2040 lies beyond 2035Q4",
        "currency": "no conversion of EUR_bn: USD_bn or percent_yoy",
    }
    shown = [[cell.text for cell in row.cells] for row in each_table(result.rows).rows]
    assert [line[:2] for line in shown[:6:2]] == [["A", "90"], ["B", "100–110"], ["floor", ">80"]]
    assert shown[0][-1] == "118"
    assert shown[7][0] == "me, 2025-05-15, of FY2025: up to a quarter ahead"
    assert shown[8][-1] == "–"  # nothing is known of what came of it


def test_of_an_earlier_day_are_what_was_said_and_known_by_then() -> None:
    """Microsoft's fiscal 2025 ended in June and its calendar 2025 in December."""
    forecasts = "".join(
        said(f"{day} {period}", day, wording, period, ",80,", "USD_bn")
        for day in ("2025-03-31", "2025-10-31")
        for wording, period in ((FISCAL, "FY2025"), (LEASES, "CY2025"))
    )
    dated = CAME.replace("status", "status,published")
    outcomes = came("P", FISCAL, "FY2025", 88.2) + came("O", LEASES, "CY2025", 118.0)
    for last, column, known in (
        ("2025-06-29", "", {}),
        ("2025-06-30", "", {"2025-03-31 FY2025"}),
        ("2025-06-30", ",2025-07-30", {}),
        ("2025-07-30", ",2025-07-30", {"2025-03-31 FY2025", "2025-03-31 CY2025"}),
    ):
        content = (dated if column else CAME) + outcomes.replace("final\n", f"final{column}\n")
        published = read_published(
            None, OwnFile("own.csv", (HEAD + forecasts).encode()), OwnFile("o", content.encode())
        )
        day = date.fromisoformat(last)
        case = Case(known_by(INPUTS, day), None, (), (), day)
        rows = head_to_head(case, published, RunOptions(draws=64), whole=False).rows
        assert {row.forecast_id for row in rows} == {"2025-03-31 FY2025", "2025-03-31 CY2025"}
        assert {row.forecast_id for row in rows if row.outcome_id} == set(known)


def test_a_wording_that_nothing_defines_is_told_with_the_nearest() -> None:
    result = compared(
        said("A", "2025-05-15", "Microsoft with finance leases", "CY2025", ",90,", "USD_bn")
        + 'B,me,2025-05-15,hypersaler_capex,"x",CY2025,,90,,USD_bn\n',
        came("O", "Microsoft capex with leases", "CY2025", 118.0)
        + 'P,ai_capx,"x",CY2025,1,USD_bn,final\n',
    )
    forecasts, outcomes = result.warnings
    assert (
        f"“Microsoft with finance leases” (nearest of hyperscaler_capex: “{LEASES}”)" in forecasts
    )
    assert "of hypersaler_capex (Did you mean hyperscaler_capex?)" in forecasts
    assert "“x” of ai_capx (Did you mean ai_capex?)" in outcomes


ROW = said("A", "2025-05-15", LEASES, "CY2025", ",90,", "USD_bn")
FLAWS = {
    "forecast_id": (ROW.replace("A,me", ",me"), "empty"),
    "who": (ROW.replace(",me,", ",,"), "empty"),
    "published": (ROW.replace("2025-05-15", "31/31/2025"), "31/31/2025"),
    "metric": (ROW.replace("hyperscaler_capex", ""), "empty"),
    "definition": (ROW.replace(f'"{LEASES}"', ""), "empty"),
    "target_period": (ROW.replace("CY2025", "2025H1"), "2025H1"),
    "low": (ROW.replace(",,90", ",ninety,90"), "ninety"),
    "mid": (ROW.replace(",90,", ",$90B,"), "$90B"),
    "high": (ROW.replace("90,,", "90,inf,"), "inf"),
    "low, mid, high": (ROW.replace(",,90", ",100,90"), "100 above 90"),
    "unit": (ROW.replace("USD_bn", ""), "empty"),
}
RESULT = came("O", LEASES, "CY2025", 118.0)
SLIPS = {
    "outcome_id": (RESULT.replace("O,", ",", 1), "empty"),
    "metric": (RESULT.replace("hyperscaler_capex", ""), "empty"),
    "definition": (RESULT.replace(f'"{LEASES}"', ""), "empty"),
    "target_period": (RESULT.replace("CY2025", "CY25"), "CY25"),
    "value": (RESULT.replace("118.0", "118B"), "118B"),
    "unit": (RESULT.replace("USD_bn", ""), "empty"),
    "status": (RESULT.replace("final", "finall"), "finall"),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "column"),
    [*(("own", column) for column in FLAWS), *(("came", column) for column in SLIPS)],
)
def test_a_slip_in_any_column_is_one_message_with_file_line_and_column(
    file: str, column: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, found = (FLAWS if file == "own" else SLIPS)[column]
    own, theirs = tmp_path / "own.csv", tmp_path / "came.csv"
    own.write_text(HEAD + (content if file == "own" else ROW), encoding="utf-8")
    theirs.write_text(CAME + (content if file == "came" else RESULT), encoding="utf-8")
    command = ["backtest", "--published", str(own), "--outcomes", str(theirs), "--money", "--json"]
    assert run(command) == 2
    (problem,) = json.loads(capsys.readouterr().err)["error"]["problems"]
    assert problem["place"] == f"{own if file == 'own' else theirs}:2"
    assert problem["subject"] == column
    assert found in problem["found"]
    assert problem["expected"]


@pytest.mark.slow
def test_a_file_without_a_row_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.csv"
    own.write_text(HEAD, encoding="utf-8")
    assert run(["backtest", "--published", str(own), "--json"]) == 2
    (problem,) = json.loads(capsys.readouterr().err)["error"]["problems"]
    assert problem["found"] == "a header and no row"


def test_figures_are_written_out() -> None:
    assert [written_out(each, 3) for each in (0.01234, 83.14, 445.2, 999.7, 1234.5)] == [
        "0.0123", "83.1", "445", "1,000", "1,234",
    ]  # fmt: skip
