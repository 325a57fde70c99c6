"""Capital expenditure and what it buys: realised spending, by buyer, source and company, and what
limits it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.equations.market.steps import NOTHING, Finance, MarketPath
from forecast.model.graph import BODY, quantity

MOVED = (
    "exp(spending_answer_to_revenue + spending_answer_to_demand"
    " - finance_limit - chip_limit - power_limit)"
)
"""What answers and limits make of planned spending, as formulas say it."""


@quantity("H100e", "stock", "Compute sold", metric=True, headline=True)
def compute_sold(market_path: MarketPath) -> Array:
    """AI compute sold to date, including what was sold before 2022."""
    return market_path.sold_to_date


@quantity(
    "H100e",
    "stock",
    "Running compute",
    metric=True,
    headline=True,
    formula="compute_sold - rest",
    rest=("not_running", "Sold and on its way, without power, or retired"),
)
def compute_stock(market_path: MarketPath) -> Array:
    """AI compute running: sold, past its deployment lag, powered, and not retired."""
    return market_path.running


@quantity(
    "USD",
    "flow",
    "AI chip spend",
    metric=True,
    headline=True,
    formula=(
        "ai_capex * accelerator_share",
        "market_path.sold * price_per_h100e * chip_price_premium",
    ),
)
def chip_spend(market_path: MarketPath) -> Array:
    """Money spent on data-centre AI accelerators at what their first owner pays: vendor systems
    revenue without networking for merchant GPUs, cost to the buyer for custom ASICs."""
    return market_path.chip_spend


@quantity(
    "USD",
    "flow",
    "AI capex",
    metric=True,
    headline=True,
    formula=(f"planned_ai_capex * {MOVED} * rest", BODY),
    rest=("ai_capex_by_rank", "Busts, money that waits, and rank among plans"),
)
def ai_capex(chip_spend: Array, accelerator_share: Array) -> Array:
    """AI data-centre capital expenditure of the world: chip spend over the accelerator share."""
    return chip_spend / accelerator_share


@quantity("log", "ratio", "Answer of spending to revenue", formula=())
def spending_answer_to_revenue(market_path: MarketPath) -> Array:
    """Logarithm of what wanted spending answers to earlier surprises of revenue."""
    return market_path.to_revenue


@quantity("log", "ratio", "Answer of spending to demand and rent", formula=())
def spending_answer_to_demand(market_path: MarketPath) -> Array:
    """Logarithm of what wanted spending answers to earlier surprises of compute asked for and of
    its rent."""
    return market_path.to_demand


@quantity("log", "ratio", "Limit of finance", formula=())
def finance_limit(market_path: MarketPath) -> Array:
    """Logarithm of what finance blocks of wanted spending."""
    return market_path.finance


@quantity("log", "ratio", "Limit of chips", formula=())
def chip_limit(market_path: MarketPath) -> Array:
    """Logarithm of what the supply of chips blocks of wanted spending, higher prices paid."""
    return market_path.chips


@quantity("log", "ratio", "Limit of power", formula=())
def power_limit(market_path: MarketPath) -> Array:
    """Logarithm of what power blocks of wanted spending."""
    return market_path.power


@quantity("USD", "flow", "Planned AI capex")
def planned_ai_capex(planned_chip_spend: Array, accelerator_share: Array) -> Array:
    """AI capex that plans imply: what vendors are on the way to sell over the accelerators' share
    of a data centre's cost."""
    return planned_chip_spend / accelerator_share


@quantity("USD", "flow", "Planned AI capex of the five", formula=())
def planned_hyperscaler_ai_capex(
    planned_ai_capex: Array,
    planned_hyperscaler_capex: Array,
    planned_nvidia_datacenter_revenue: Array,
    hyperscaler_ai_capex_to_nvidia_revenue: Array,
) -> Array:
    """AI capex in the five companies' plans, as the link of their capex with NVIDIA's revenue has
    it, and never more than their whole capex or the world's AI capex."""
    linked = hyperscaler_ai_capex_to_nvidia_revenue * planned_nvidia_datacenter_revenue
    return np.minimum(np.minimum(linked, planned_hyperscaler_capex), planned_ai_capex)


class Buyers(NamedTuple):
    """AI capex by buyer."""

    hyperscalers: Array
    others: Array


@quantity(
    "USD",
    "flow",
    "AI capex by buyer",
    breakdown=("buyer", "ai_capex"),
    members={"others": "ai_capex * (1 - planned_hyperscaler_ai_capex / planned_ai_capex)"},
)
def buyers(ai_capex: Array, planned_ai_capex: Array, planned_hyperscaler_ai_capex: Array) -> Buyers:
    """AI capex of the five hyperscalers and of everybody else, in the parts that plans have."""
    five = ai_capex * (planned_hyperscaler_ai_capex / planned_ai_capex)
    return Buyers(five, ai_capex - five)


class Sources(NamedTuple):
    """What AI capex is paid from."""

    operating_cash_flow: Array
    outside: Array


@quantity(
    "USD", "flow", "AI capex by source of money", breakdown=("source", "ai_capex"), formula=()
)
def sources(ai_capex: Array, buyers: Buyers, finance: Finance) -> Sources:
    """AI capex paid from the five companies' operating cash flow, as far as boards put it into
    capex and other capex does not take it; and from outside: debt, leases, vendor and venture
    finance, states, and other companies' cash."""
    own = np.minimum(buyers.hyperscalers, finance.internal / QUARTERS_PER_YEAR)
    return Sources(own, ai_capex - own)


@quantity("USD", "flow", "Outside money", metric=True, formula="sources.outside")
def outside_money(sources: Sources) -> Array:
    """AI capex that is not paid from the five companies' operating cash flow."""
    return sources.outside


@quantity(
    "USD",
    "flow",
    "Capital expenditure of Amazon, Alphabet, Microsoft, Meta and Oracle",
    metric=True,
    headline=True,
)
def hyperscaler_capex(
    planned_hyperscaler_capex: Array, buyers: Buyers, planned_hyperscaler_ai_capex: Array
) -> Array:
    """Capital expenditure of Amazon, Alphabet, Microsoft, Meta and Oracle, leases of Microsoft
    included: other capex as planned, and their AI capex."""
    other = planned_hyperscaler_capex - planned_hyperscaler_ai_capex
    return other + buyers.hyperscalers


class Companies(NamedTuple):
    """One value for each hyperscaler."""

    amazon: Array
    alphabet: Array
    microsoft: Array
    meta: Array
    oracle: Array


@quantity(
    "USD",
    "flow",
    "Hyperscaler capex by company",
    breakdown=("company", "hyperscaler_capex"),
    formula=(),
)
def companies(
    hyperscaler_capex: Array,
    planned_amazon_capex: Array,
    planned_alphabet_capex: Array,
    planned_microsoft_capex: Array,
    planned_meta_capex: Array,
    planned_oracle_capex: Array,
) -> Companies:
    """Capital expenditure of each of the five companies; they sum to `hyperscaler_capex`."""
    own = (
        planned_amazon_capex,
        planned_alphabet_capex,
        planned_microsoft_capex,
        planned_meta_capex,
        planned_oracle_capex,
    )
    scale = hyperscaler_capex / sum(own)
    return Companies(*(each * scale for each in own))


@quantity("USD", "flow", "NVIDIA's data-centre revenue", metric=True)
def nvidia_datacenter_revenue(
    planned_nvidia_datacenter_revenue: Array, chip_spend: Array, planned_chip_spend: Array
) -> Array:
    """NVIDIA's data-centre revenue, networking included, the quarter to late January counted as the
    fourth: its plan, moved as all spending on chips is."""
    return planned_nvidia_datacenter_revenue * (chip_spend / planned_chip_spend)


@quantity("ratio", "ratio", "Price of chips over its trend", metric=True, formula=())
def chip_price_premium(market_path: MarketPath) -> Array:
    """What buyers pay for an H100e over its trend, because chips are short."""
    return market_path.premium


@quantity("share", "share", "Chance of a bust by then", metric=True, formula=())
def bust_probability(market_path: MarketPath) -> Array:
    """Chance that a bust has struck by the quarter, on the spending and the revenue of a draw."""
    return market_path.bust


@quantity("W", "stock", "AI power capacity", metric=True, headline=True,
          formula="compute_stock * rest",
          rest=("watts_of_the_fleet", "Watts for each H100e running"))  # fmt: skip
def ai_power_capacity(market_path: MarketPath) -> Array:
    """Facility peak capacity of the running AI fleet, by vintage."""
    return market_path.watts


@quantity("W", "stock", "Power gap", metric=True)
def power_gap(market_path: MarketPath) -> Array:
    """Facility capacity wanted minus deliverable: what money and chips would have filled since the
    history and power did not allow, and chips that wait for power."""
    return market_path.gap


@quantity("share", "event", "What binds supply", metric=True, headline=True)
def binding_constraint(market_path: MarketPath, vendor_quarters: int) -> Array:
    """Index of the limit that blocks the most of the money wanted for chips: finance, chips, power,
    or none where all take less than a twentieth; -1 as far as vendors report. Reported as shares of
    draws."""
    blocked = np.stack([market_path.finance, market_path.chips, market_path.power])
    most = blocked.max(axis=0)
    index = np.where(most > NOTHING, 1.0 + blocked.argmax(axis=0), 0.0)
    index[:, :vendor_quarters] = -1.0
    return index


class Limits(NamedTuple):
    """Money wanted for AI capex by what becomes of it."""

    spent: Array
    finance: Array
    chips: Array
    power: Array


@quantity(
    "USD",
    "flow",
    "AI capex that is wanted",
    metric=True,
    formula="ai_capex * exp(finance_limit + chip_limit + power_limit)",
)
def wanted_ai_capex(ai_capex: Array, market_path: MarketPath) -> Array:
    """AI capex before what finance, chips and power block."""
    return ai_capex * np.exp(market_path.finance + market_path.chips + market_path.power)


@quantity("USD", "flow", "Wanted AI capex by what becomes of it",
          breakdown=("limit", "wanted_ai_capex"), formula=())  # fmt: skip
def limits(wanted_ai_capex: Array, ai_capex: Array, market_path: MarketPath) -> Limits:
    """What is spent of AI capex that is wanted, and what finance, then chips, then power block."""
    after_finance = wanted_ai_capex * np.exp(-market_path.finance)
    after_chips = after_finance * np.exp(-market_path.chips)
    return Limits(
        ai_capex,
        wanted_ai_capex - after_finance,
        after_finance - after_chips,
        after_chips - ai_capex,
    )
