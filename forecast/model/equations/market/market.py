"""One path of money, and the rent that clears: what moves spending, what limits it, what it runs.

Reported and guided quarters never move. After them (`market_path`, quarter by quarter):

    wanted = trend × response × bust                    trend: vendors' and companies' plans
    financed = wanted, softly below cash and outside money
    supplied = financed, softly below chips; part of what they block pays higher prices
    agreed = supplied, by rank on the draws of the plans themselves, which know finance and chips:
             feedback adds dependence between money and demand, not width
    sold = agreed, softly below what sites with power take; blocked money waits, or goes
    running = sold, past its lag, powered and not retired
    rent clears the demands of inference and training on what runs

Surprises of revenue, of compute asked for and of rent move the response some quarters later; what
owners can finance moves their research.
"""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.clearing import Elasticities
from forecast.model.equations.demand.research import Owners
from forecast.model.equations.demand.revenue import Segments
from forecast.model.equations.fleet.deployment import Fleet, Site, SupplyHistory
from forecast.model.equations.market.steps import (
    Asked,
    Finance,
    MarketPath,
    Money,
    Physical,
    Spending,
)
from forecast.model.graph import quantity
from forecast.model.quarters import by_quarter
from forecast.model.reference import Reference
from forecast.model.soft import kept_by

FOLLOWING_LAG = 3  # quarters after which suppliers and sites answer spending
RELEASED = 0.25  # part of the money that waits which is spent in a quarter
ONSITE_COST = 1.15  # capex for an H100e with generation on site over one from the grid
YEAR = int(QUARTERS_PER_YEAR)


@quantity(
    "USD",
    "flow",
    "Spending on chips as planned and what moves it",
    formula=(),
    fields={
        "capability": ("log", "ratio"),
        "revenue_surprise": ("log", "ratio"),
        "response": ("ratio", "ratio"),
        "response_to_revenue": ("share", "share"),
        "response_lag": ("quarters", "ratio"),
        "bust_hazard": ("share", "ratio"),
        "bust_uniform": ("share", "ratio"),
        "bust_depth": ("log", "ratio"),
        "bust_gap_elasticity": ("ratio", "ratio"),
        "chip_life": ("years", "ratio"),
    },
)
def spending(
    planned_chip_spend: Array,
    outside_view: Array,
    capability: Array,
    capability_in_spending: Array,
    years_since_history: Array,
    revenue_surprise: Array,
    spending_response: Array,
    spending_response_to_revenue: Array,
    spending_response_lag: Array,
    bust_hazard: Array,
    bust_uniform: Array,
    bust_depth: Array,
    bust_gap_elasticity: Array,
    chip_life: Array,
) -> Spending:
    """Plans, the trend below them, and what answers surprises."""
    return Spending(
        planned_chip_spend,
        planned_chip_spend * np.exp(-outside_view),
        capability * capability_in_spending * years_since_history,
        revenue_surprise,
        spending_response,
        spending_response_to_revenue,
        spending_response_lag,
        bust_hazard,
        bust_uniform,
        bust_depth,
        bust_gap_elasticity,
        chip_life,
    )


@quantity(
    "USD",
    "rate",
    "Money for AI capex a year",
    formula=(),
    fields={"lenders": ("ratio", "ratio")},
)
def finance(
    planned_hyperscaler_capex: Array,
    planned_hyperscaler_ai_capex: Array,
    log_operating_cash_flow: Array,
    capex_propensity: Array,
    outside_money_limit: Array,
    lenders_response: Array,
) -> Finance:
    """What the five companies put into capex of their operating cash flow, less their other capex,
    and outside money: debt, leases, vendor and venture finance, states."""
    other = (planned_hyperscaler_capex - planned_hyperscaler_ai_capex) * QUARTERS_PER_YEAR
    internal = capex_propensity * np.exp(log_operating_cash_flow) - other
    return Finance(np.maximum(internal, 0.0), outside_money_limit, lenders_response)


@quantity(
    "H100e",
    "flow",
    "Chips and power that can be had in a quarter",
    formula=(),
    fields={
        "power": ("W", "flow"),
        "follow": ("ratio", "ratio"),
        "price_pass": ("ratio", "ratio"),
        "delayed": ("share", "share"),
        "onsite": ("share", "share"),
    },
)
def physical_limits(
    chip_supply: Array,
    new_sites: Array,
    limits_follow_spending: Array,
    price_pass: Array,
    delay_share: Array,
    onsite_share: Array,
) -> Physical:
    """What memory and packaging allow, what new sites with power take, and what blocked money
    does."""
    return Physical(
        chip_supply / QUARTERS_PER_YEAR,
        new_sites,
        limits_follow_spending,
        price_pass,
        delay_share,
        onsite_share,
    )


@quantity(
    "ratio", "ratio", "How demands answer rent", formula=(), fields={"log_floor": ("log", "ratio")}
)
def rent_elasticities(
    service_price_elasticity: Array,
    embedded_rent_elasticity: Array,
    training_rent_elasticity: Array,
    serving_cost_share: Array,
    rent_floor: Array,
) -> Elasticities:
    """Elasticities of each demand, and the floor of rent, below which machines stand idle."""
    return Elasticities(
        service_price_elasticity,
        embedded_rent_elasticity,
        training_rent_elasticity,
        serving_cost_share,
        np.log(rent_floor),
    )


@quantity(
    "H100e",
    "stock",
    "Money, chips and rent by quarter",
    formula=(),
    fields={
        "chip_spend": ("USD", "flow"),
        "premium": ("ratio", "ratio"),
        "sold": ("H100e", "flow"),
        "watts": ("W", "stock"),
        "gap": ("W", "stock"),
        "log_rent": ("log", "ratio"),
        "finance_of_research": ("ratio", "ratio"),
        "to_revenue": ("log", "ratio"),
        "to_demand": ("log", "ratio"),
        "finance": ("log", "ratio"),
        "chips": ("log", "ratio"),
        "power": ("log", "ratio"),
        "bust": ("share", "event"),
    },
)
def market_path(
    supply_history: SupplyHistory,
    spending: Spending,
    finance: Finance,
    physical_limits: Physical,
    fleet: Fleet,
    sites_at_start: Array,
    price_per_h100e: Array,
    accelerator_share: Array,
    generative_demand: Array,
    embedded_demand: Array,
    embedded_training: Array,
    research_at_cost: Owners,
    research_finance_elasticity: Array,
    rent_elasticities: Elasticities,
    log_revenue: Array,
    market_reference: Reference,
    history_quarters: int,
) -> MarketPath:
    """Spending on chips, what it buys and runs, and the rent that clears: as vendors report and
    guide, and after that step by step."""
    (draws, quarters), past = spending.planned.shape, supply_history.sold.shape[1]
    shape = draws, quarters - past

    def after(values: Array) -> Array:
        return by_quarter(values, shape)

    out = MarketPath(*(np.zeros((quarters, draws)) for _ in MarketPath._fields))
    out.chip_spend[:past], out.premium[:past] = spending.planned.T[:past], 1.0
    out.sold[:past], out.sold_to_date[:past] = supply_history.sold.T, supply_history.sold_to_date.T
    out.running[:past], out.watts[:past] = supply_history.running.T, supply_history.watts.T
    share, price = by_quarter(accelerator_share, (draws, quarters)), after(price_per_h100e)
    demands = Asked(
        generative_demand, embedded_demand, embedded_training, research_at_cost,
        research_finance_elasticity, rent_elasticities, (draws, quarters),
    )  # fmt: skip
    money = Money(spending, finance, log_revenue, share, past, history_quarters)
    demands.report(out, money.capex, market_reference, past, history_quarters)
    site = Site(supply_history, fleet, sites_at_start[:, 0], quarters)
    chips, power = after(physical_limits.chips), after(physical_limits.power)
    follow, passed, delayed, onsite = (each[:, 0] for each in physical_limits[2:])
    waiting = np.zeros(draws)
    for step, q in enumerate(range(past, quarters)):
        out.to_revenue[q], out.to_demand[q] = money.answers(step, demands)
        answered = out.to_revenue[q] + out.to_demand[q]
        wanted = money.wanted(step, q, answered, market_reference)
        financed, out.finance[q] = money.financed(step, q, wanted)
        followed = np.exp(follow * demands.spending[q - FOLLOWING_LAG])
        kept = kept_by(financed / price[step] / (chips[step] * followed))
        out.premium[q] = kept**-passed
        out.chips[q] = -np.log(kept * out.premium[q])
        supplied = np.log(financed) - out.chips[q]
        released = RELEASED * waiting
        planned = np.log(money.planned[step])
        agreed = np.exp(market_reference.by_rank(q, supplied, planned)) + released
        made = agreed / (price[step] * out.premium[q])
        usual = out.sold[max(q - YEAR, 0) : q].mean(axis=0)
        powered = site.powered(step, usual, power[step] * followed)
        placed = made * kept_by(made / np.maximum(powered, 1e-3 * made))
        own = onsite * (made - placed) / ONSITE_COST
        sold = placed + own
        site.deploy(step, sold, made - sold, own)
        out.sold[q], out.chip_spend[q] = sold, sold * price[step] * out.premium[q]
        out.power[q] = np.log(made / sold)
        waiting = waiting - released + delayed * (agreed - out.chip_spend[q])
        money.capex[q] = out.chip_spend[q] / share[q]
        out.bust[q] = money.chance_of_bust
        out.sold_to_date[q], out.running[q] = site.sold_to_date, site.running
        out.watts[q], out.gap[q] = site.watts, site.gap
        demands.clear(q, out, money.capex, market_reference)
    return MarketPath(*(values.T for values in out))


@quantity("log", "ratio", "Logarithm of yearly revenue at cost", formula=())
def log_revenue(revenue_at_cost: Segments) -> Array:
    """Logarithm of the world's yearly AI revenue at a rent equal to cost."""
    return np.log(sum(revenue_at_cost))
