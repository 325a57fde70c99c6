"""A projection in the long format of the Integrated Assessment Modeling Consortium (IAMC).

Columns are model, scenario, region, variable, unit, and year and value, or a column for each year;
a quantile is a variable of its own below its metric: `AI Compute|Inference|P50`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from forecast.periods import is_year
from forecast.report.layout import MEMBERS
from forecast.result import PERCENTILES, Result, Row

WORLD = "World"
REGIONS = {"united_states": "United States", "china": "China", "other": "Rest of World"}
# How metrics are called where a bar separates the whole from its part.
VARIABLES = {
    "compute_sold": "AI Compute|Sold",
    "compute_stock": "AI Compute|Running",
    "training_compute": "AI Compute|Running|Training",
    "inference_compute": "AI Compute|Running|Inference",
    "idle_compute": "AI Compute|Running|Idle",
    "inference_share": "AI Compute|Inference Share",
    "training_to_inference_ratio": "AI Compute|Training to Inference Ratio",
    "training_demand": "AI Compute|Demand|Training",
    "inference_demand": "AI Compute|Demand|Inference",
    "unserved_demand": "AI Compute|Demand|Unserved",
    "demand_pressure": "AI Compute|Demand to Running Ratio",
    "training_flop": "AI Compute|Operations|Training",
    "inference_flop": "AI Compute|Operations|Inference",
    "edge_compute": "AI Compute|Edge",
    "chip_spend": "AI Spending|Chips",
    "training_chip_spend": "AI Spending|Chips|Training",
    "inference_chip_spend": "AI Spending|Chips|Inference",
    "inference_spend_share": "AI Spending|Chips|Inference Share",
    "first_use_inference_spend_share": "AI Spending|Chips|Inference Share|First Use",
    "ai_capex": "AI Spending|Capital Expenditure",
    "hyperscaler_capex": "Hyperscalers|Capital Expenditure",
    "nvidia_cumulative": "NVIDIA|Data Centre Revenue|Cumulative",
    "ai_revenue": "AI Revenue",
    "required_ai_revenue": "AI Revenue|Required",
    "ai_power_capacity": "AI Power|Capacity",
    "ai_power_mean": "AI Power|Mean Draw",
    "power_gap": "AI Power|Gap",
    "us_grid_share": "Data Centres|Share of Electricity",
    "business_adoption": "AI Adoption|Firms",
    "agent_penetration": "AI Adoption|Applications with Agents",
    "weekly_users": "AI Adoption|ChatGPT Weekly Users",
    "tokens": "AI Usage|Tokens",
    "computed_tokens": "AI Usage|Tokens|Computed",
    "reasoning_token_share": "AI Usage|Reasoning Share",
    "cost_per_h100e_hour": "AI Cost|H100e-Hour",
    "cost_per_million_tokens": "AI Cost|Million Tokens",
    "cost_per_query": "AI Cost|Query",
    "cost_per_agent_task": "AI Cost|Agent Task",
    "tokens_per_joule": "AI Cost|Tokens per Joule",
    "binding_constraint": "AI Supply|Bound by",
}
# Metrics of one country, whatever the rest are of.
COUNTRY = {"us_grid_share": "United States", "business_adoption": "United States"}


def iamc_rows(result: Result, shape: Literal["long", "wide"] = "long") -> list[Row]:
    """Return a projection by year as IAMC rows; events, which have no year, are left out."""
    points = list(_points(result))
    if shape == "long":
        return points
    years = sorted({row["year"] for row in points})
    found: dict[tuple[str, ...], Row] = {}
    for row in points:
        head = {key: row[key] for key in ("model", "scenario", "region", "variable", "unit")}
        wide = found.setdefault(tuple(head.values()), head | dict.fromkeys(map(str, years)))
        wide[str(row["year"])] = row["value"]
    return list(found.values())


def _points(result: Result) -> Iterator[Row]:
    """Yield a row for the mean and each percentile of every metric and year."""
    head = {"model": f"forecast {result.run.version}", "scenario": scenario_name(result)}
    for row in result.rows:
        if row["period"] is None or not is_year(row["period"]):
            continue
        region, variable = _place(row)
        for ending, key in (("Mean", "mean"), *((f"P{p}", f"p{p}") for p in PERCENTILES)):
            if row[key] is not None:
                yield head | {
                    "region": region,
                    "variable": f"{variable}|{ending}",
                    "unit": _unit(row),
                    "year": int(row["period"]),
                    "value": row[key],
                }


def scenario_name(result: Result) -> str:
    """Return what a scenario is called: its name, and every setting on top of it."""
    names = [name for name in result.run.scenario if name != "base"] or ["base"]
    return ", ".join([" + ".join(names), *result.run.overrides])


def _place(row: Row) -> tuple[str, str]:
    """Return the region and the variable of a row; the part of a region is the region's whole."""
    metric, member = row["metric"], row["member"]
    variable = VARIABLES.get(metric) or str(metric).replace("_", " ").title()
    region = COUNTRY.get(metric, WORLD)
    if member is None:
        return region, variable
    if row["dimension"] == "region":
        return REGIONS[member], variable
    return region, f"{variable}|{MEMBERS.get(member) or str(member).title()}"


def _unit(row: Row) -> str:
    return f"{row['unit']}/yr" if row["kind"] == "flow" else str(row["unit"])
