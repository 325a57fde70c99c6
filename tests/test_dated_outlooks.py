"""What companies and forecasters said on which day, and what came of it: data to score against."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from datetime import date, timedelta

import pytest

from forecast.inputs import input_folder

GATHERED = date(2026, 11, 30)
STATUSES = {"primary", "secondary"}
NUMBERS = ("low", "mid", "high")
COMPANIES = {"amazon", "alphabet", "microsoft", "meta", "oracle", "nvidia", "broadcom", "amd"}
LABORATORIES = {"openai", "anthropic"}
BASES = {"cash", "with leases", "net of proceeds", "company definition", "guidance"}
DATA = input_folder(None, "data")


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SERIES = {row["series_id"]: row for row in rows("series.csv")}
OBSERVED: dict[str, dict[str, float]] = defaultdict(dict)
for path in sorted((DATA / "observations").glob("*.csv")):
    for row in rows(f"observations/{path.name}"):
        OBSERVED[row["series_id"]][row["period_end"]] = float(row["value"])
GUIDANCE = rows("guidance.csv")
FORECASTS = rows("published/forecasts.csv")
OUTCOMES = {row["outcome_id"]: row for row in rows("published/outcomes.csv")}
LINKS = rows("published/links.csv")
DEFINITIONS = {(row["metric"], row["definition"]): row for row in rows("published/definitions.csv")}


def stated(row: dict[str, str]) -> list[float]:
    return [float(row[name]) for name in NUMBERS if row[name]]


def test_every_outlook_has_a_day_a_source_and_ordered_numbers() -> None:
    for row in (*GUIDANCE, *FORECASTS):
        assert date.fromisoformat(row["published"]) <= GATHERED, row
        assert row["source"].strip(), row
        assert row["definition"].strip(), row
        assert row["source_url"].startswith(("https://", "http://")), row
        assert stated(row) == sorted(stated(row)), row
        assert stated(row) or row.get("words"), row


def test_guidance_is_in_the_definition_of_an_observed_series() -> None:
    assert len(GUIDANCE) > 200
    for row in GUIDANCE:
        assert row["unit"] == SERIES[row["series_id"]]["unit"], row
        assert row["months"] in {"3", "6", "12"}, row
        assert row["words"] in {"", "up", "flat", "down"}, row
        assert not (row["words"] and stated(row)), row
        assert row["status"] in STATUSES, row
    said = Counter(
        (row["series_id"], row["period_end"], row["months"], row["published"]) for row in GUIDANCE
    )
    assert max(said.values()) == 1


def test_guidance_comes_before_its_period_is_over() -> None:
    assert [row for row in GUIDANCE if row["published"] > row["period_end"]] == []


def test_guidance_keeps_the_fiscal_calendar_of_its_series() -> None:
    """Where figures of that time are there, an outlook ends with one of them."""
    checked = 0
    for row in GUIDANCE:
        ends = sorted(OBSERVED[row["series_id"]])
        if (
            SERIES[row["series_id"]]["frequency"] == "Q"
            and ends[0] <= row["period_end"] <= ends[-1]
        ):
            near = [end for end in ends if abs(days_between(end, row["period_end"])) <= 10]
            assert near in ([], [row["period_end"]]), row
            checked += len(near)
    assert checked > 150


def days_between(one: str, other: str) -> int:
    return (date.fromisoformat(one) - date.fromisoformat(other)).days


def test_links_join_a_forecast_to_an_outcome_of_its_period_and_unit() -> None:
    forecasts = {row["forecast_id"]: row for row in FORECASTS}
    assert len(forecasts) == len(FORECASTS)
    assert len(OUTCOMES) == len(rows("published/outcomes.csv"))
    for link in LINKS:
        forecast, outcome = forecasts[link["forecast_id"]], OUTCOMES[link["outcome_id"]]
        assert outcome["metric"] == forecast["metric"], link
        assert closed(outcome["target_period"]) == answered_by(forecast), link
        assert outcome["unit"] == forecast["unit"], link


def answered_by(forecast: dict[str, str]) -> str:
    """Return the period whose outcome answers a forecast."""
    period = forecast["target_period"]
    if "read as the fiscal year ending the following January" in forecast["definition"]:
        return f"FY{int(period.removeprefix('CY')) + 1}"
    return closed(period)


def closed(period: str) -> str:
    """Return the month in which a calendar year or a day ends; other periods stay as they are."""
    if period.startswith("CY") and len(period) == len("CY2025"):
        return f"{period.removeprefix('CY')}-12"
    return period[: len("2025-12")] if period[:1].isdigit() else period


def test_final_outcomes_became_known_after_their_year() -> None:
    for row in OUTCOMES.values():
        assert date.fromisoformat(row["published"]) <= GATHERED, row
        if row["status"] == "final" and re.fullmatch(r"CY\d{4}", row["target_period"]):
            assert row["published"] > f"{row['target_period'][2:]}-12-31", row


def test_definitions_name_what_was_said_and_series_that_are_there() -> None:
    said = {(row["metric"], row["definition"]) for row in (*FORECASTS, *OUTCOMES.values())}
    assert len(DEFINITIONS) == len(rows("published/definitions.csv"))
    assert set(DEFINITIONS) <= said
    for row in DEFINITIONS.values():
        assert row["quantity"], row
        companies = set(filter(None, row["companies"].split(";")))
        assert companies <= COMPANIES | LABORATORIES, row
        bases = set(filter(None, row["basis"].split(";")))
        assert bases <= BASES, row
        assert bool(bases) == bool(companies), row
        for ratio in filter(None, row["ratio"].split(";")):
            assert 0.5 < last_ratio(*ratio.split("/")) < 1.5, row


def last_ratio(above: str, below: str) -> float:
    """Return the ratio of two series over the last twelve months that both cover."""
    for end in sorted(set(OBSERVED[above]) & set(OBSERVED[below]), reverse=True):
        if SERIES[above]["frequency"] == "TTM":
            whole = OBSERVED[above][end]
        else:
            whole = twelve_months(above, end)
        if whole and twelve_months(below, end):
            return whole / twelve_months(below, end)
    raise AssertionError(f"{above} and {below} have no year in common")


def twelve_months(series: str, end: str) -> float:
    """Return the sum of the four quarters to a day, 0 where one is missing."""
    start = (date.fromisoformat(end) - timedelta(days=350)).isoformat()
    quarters = [value for day, value in OBSERVED[series].items() if start < day <= end]
    return sum(quarters) if len(quarters) == 4 else 0.0


def test_no_linked_outcome_lacks_the_definition_of_its_forecast() -> None:
    forecasts = {row["forecast_id"]: row for row in FORECASTS}
    for link in LINKS:
        forecast, outcome = forecasts[link["forecast_id"]], OUTCOMES[link["outcome_id"]]
        answered = (forecast["metric"], forecast["definition"]) in DEFINITIONS
        assert answered == ((outcome["metric"], outcome["definition"]) in DEFINITIONS), link


CASH = {
    "amazon": "capex_cash_amzn",
    "alphabet": "capex_cash_goog",
    "microsoft": "capex_cash_msft",
    "meta": "capex_cash_meta",
}
WITH_LEASES = {**CASH, "microsoft": "capex_incl_leases_msft", "meta": "capex_reported_meta"}


def test_outcomes_of_capex_are_the_sums_of_the_observed_quarters() -> None:
    """In billions of dollars, for calendar years and the companies that a definition names."""
    checked = set()
    for outcome in OUTCOMES.values():
        definition = DEFINITIONS.get((outcome["metric"], outcome["definition"]))
        if definition is None or outcome["unit"] != "USD_bn" or outcome["status"] != "final":
            continue
        series = {"cash": CASH, "with leases": WITH_LEASES}.get(definition["basis"], {})
        companies = definition["companies"].split(";")
        if set(companies) <= set(series) and outcome["target_period"].startswith("CY"):
            end = f"{outcome['target_period'][2:]}-12-31"
            total = sum(twelve_months(series[company], end) for company in companies) / 1e9
            assert total == pytest.approx(float(outcome["value"]), abs=0.1), outcome
            checked.add(outcome["outcome_id"])
    assert {"O_big4_2024", "O_big4_2025", "O_big4_2025_leases", "O_msft_2025"} < checked


def test_outcomes_of_nvidia_are_the_observed_figures() -> None:
    years = {"FY2024": "2024-01-28", "FY2025": "2025-01-26", "FY2026": "2026-01-25"}
    for year, end in years.items():
        (outcome,) = (
            row
            for row in OUTCOMES.values()
            if row["metric"] == "nvidia_datacenter_revenue"
            and row["target_period"] == year
            and row["status"] == "final"
        )
        observed = twelve_months("nvda_dc_rev", end) / 1e9
        assert observed == pytest.approx(float(outcome["value"]), abs=0.006), outcome
