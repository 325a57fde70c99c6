"""The ratios by which the model is judged plausible, each a function of values and a period."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecast.beliefs import Array
from forecast.model.arrays import HOURS_PER_YEAR, QUARTERS_PER_YEAR
from forecast.periods import is_year, label, quarter
from forecast.world.values import Values

# What the ratios are made of, and what of it is split by silicon.
METRICS = (
    "agent_revenue",
    "ai_capex",
    "ai_power_capacity",
    "ai_power_mean",
    "ai_revenue",
    "anthropic_revenue",
    "anthropic_serving_spend",
    "china_compute_share",
    "chip_spend",
    "compute_sold",
    "compute_stock",
    "facility_watts_per_h100e",
    "forward_share",
    "google_compute_share",
    "inference_chip_spend",
    "inference_share",
    "largest_run_flop",
    "meta_compute_share",
    "nvidia_compute_sold",
    "openai_revenue",
    "openai_serving_spend",
    "outside_money",
    "price_per_h100e",
    "rent_over_cost",
    "tokens_per_h100e_hour",
    "training_chip_spend",
    "training_flop",
    "two_labs_compute",
    "us_grid_share",
)
SPLIT = ("chip_spend", "training_chip_spend", "inference_chip_spend")
Ratio = Callable[[Values, str], Array]


def _before(period: str) -> str:
    """Return the year or quarter before a period."""
    return str(int(period) - 1) if is_year(period) else label(quarter(period) - 1)


def _added(values: Values, metric: str, period: str) -> Array:
    """Return by how much a stock or cumulative metric grows over a period, (draws,)."""
    return values.at(metric, period) - values.at(metric, _before(period))


def _share(metric: str, member: str) -> Ratio:
    """Return the ratio of a silicon class to the whole of a spend; not a number where nothing is
    spent."""

    def ratio(values: Values, period: str) -> Array:
        part, whole = values.at(metric, period, "silicon", member), values.at(metric, period)
        return np.divide(part, whole, out=np.full_like(whole, np.nan), where=whole > 0.0)

    return ratio


def _quotient(above: str, below: str) -> Ratio:
    """Return the ratio of two metrics at one period."""
    return lambda values, period: values.at(above, period) / values.at(below, period)


def _plain_metric(metric: str) -> Ratio:
    return lambda values, period: values.at(metric, period)


def running_compute_growth(values: Values, period: str) -> Array:
    """Running compute at the end of a year over that of the year before."""
    before = values.at("compute_stock", _before(period))
    return values.at("compute_stock", period) / before


def shipment_growth(values: Values, period: str) -> Array:
    """Compute sold in a year over compute sold in the year before."""
    before = _added(values, "compute_sold", _before(period))
    return _added(values, "compute_sold", period) / before


def capex_per_watt_added(values: Values, period: str) -> Array:
    """AI capex over the facility watts that began to run, USD/W."""
    return values.at("ai_capex", period) / _added(values, "ai_power_capacity", period)


def capex_per_watt_sold(values: Values, period: str) -> Array:
    """AI capex over the facility watts of the chips sold, quarter by quarter, USD/W."""
    quarters = [f"{period}Q{number}" for number in (1, 2, 3, 4)]
    watts = [
        values.at("chip_spend", each)
        / values.at("price_per_h100e", each)
        * values.at("facility_watts_per_h100e", each)
        for each in quarters
    ]
    return np.asarray(values.at("ai_capex", period) / np.sum(watts, axis=0))


def nvidia_price(values: Values, period: str) -> Array:
    """NVIDIA's chip spend over the H100e it sold, USD/H100e."""
    if _before(period) < "2022":
        sold = values.at("nvidia_compute_sold", period)
    else:
        sold = _added(values, "nvidia_compute_sold", period)
    return values.at("chip_spend", period, "silicon", "nvidia_gpu") / sold


def price_per_h100e(values: Values, period: str) -> Array:
    """Chip spend over H100e sold, USD/H100e."""
    return values.at("chip_spend", period) / _added(values, "compute_sold", period)


def ai_electricity(values: Values, period: str) -> Array:
    """Electricity of the AI fleet over a year, Wh; its range divides by all data centres'."""
    return values.at("ai_power_mean", period) * HOURS_PER_YEAR


def revenue_run_rate(values: Values, period: str) -> Array:
    """AI revenue of a quarter at a year's pace, USD."""
    return values.at("ai_revenue", period) * QUARTERS_PER_YEAR


def serving_over_revenue(values: Values, period: str) -> Array:
    """Serving spend of OpenAI and Anthropic over the revenue of both."""
    spent, earned = (
        values.at(f"openai_{what}", period) + values.at(f"anthropic_{what}", period)
        for what in ("serving_spend", "revenue")
    )
    return spent / earned


RATIOS: dict[str, Ratio] = {
    "running_compute_growth": running_compute_growth,
    "shipment_growth": shipment_growth,
    "compute_sold": _plain_metric("compute_sold"),
    "compute_stock": _plain_metric("compute_stock"),
    "running_over_sold": _quotient("compute_stock", "compute_sold"),
    "capex_per_watt_added": capex_per_watt_added,
    "capex_per_watt_sold": capex_per_watt_sold,
    "nvidia_price": nvidia_price,
    "price_per_h100e": price_per_h100e,
    "facility_watts": _quotient("ai_power_capacity", "compute_stock"),
    "lab_share": _quotient("two_labs_compute", "compute_stock"),
    "google_share": _plain_metric("google_compute_share"),
    "meta_share": _plain_metric("meta_compute_share"),
    "china_share": _plain_metric("china_compute_share"),
    "tokens_per_h100e_hour": _plain_metric("tokens_per_h100e_hour"),
    "chip_share_of_capex": _quotient("chip_spend", "ai_capex"),
    "ai_share_of_data_centres": ai_electricity,
    "us_grid_share": _plain_metric("us_grid_share"),
    "nvidia_share_of_spend": _share("chip_spend", "nvidia_gpu"),
    "nvidia_share_of_compute": _quotient("nvidia_compute_sold", "compute_sold"),
    "nvidia_share_of_training": _share("training_chip_spend", "nvidia_gpu"),
    "nvidia_share_of_inference": _share("inference_chip_spend", "nvidia_gpu"),
    "asic_share_of_spend": _share("chip_spend", "custom_asic"),
    "inference_share": _plain_metric("inference_share"),
    "forward_share": _plain_metric("forward_share"),
    "largest_run_share": _quotient("largest_run_flop", "training_flop"),
    "revenue_per_watt": _quotient("ai_revenue", "ai_power_capacity"),
    "revenue_per_h100e": _quotient("ai_revenue", "compute_stock"),
    "revenue_run_rate": revenue_run_rate,
    "agent_share_of_revenue": _quotient("agent_revenue", "ai_revenue"),
    "serving_over_revenue": serving_over_revenue,
    "capex_over_revenue": _quotient("ai_capex", "ai_revenue"),
    "outside_share": _quotient("outside_money", "ai_capex"),
    "rent_over_cost": _plain_metric("rent_over_cost"),
    "chip_spend": _plain_metric("chip_spend"),
}
