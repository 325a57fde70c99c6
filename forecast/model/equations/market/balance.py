"""Balance: what clearing gives each workload, what idles or waits, who leads, and who pays."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.clearing import Demands, Elasticities, at_rent
from forecast.model.equations.market.steps import MarketPath
from forecast.model.graph import quantity
from forecast.model.quarters import by_quarter


@quantity(
    "ratio",
    "ratio",
    "Rent over cost",
    metric=True,
    formula="demand_pressure * rest",
    rest=("slope_of_demand", "How steeply demand falls with rent"),
)
def rent_over_cost(market_path: MarketPath) -> Array:
    """Rent of an H100e-hour that clears the market over the cost of new hardware."""
    return np.exp(market_path.log_rent)


@quantity("USD/H100e-hour", "ratio", "Rent", metric=True, headline=True)
def rent(rent_over_cost: Array, cost_per_h100e_hour: Array) -> Array:
    """Rent of an H100e-hour at which demand fills what runs."""
    return rent_over_cost * cost_per_h100e_hour


@quantity("ratio", "ratio", "What owners' finance does to research", formula=())
def finance_of_research(market_path: MarketPath) -> Array:
    """What AI spending beyond the base case's median does to the research of all owners but the
    laboratories; one in the history."""
    return market_path.finance_of_research


@quantity("H100e", "stock", "Demand at the clearing rent", formula=())
def demands_at_rent(
    generative_demand: Array,
    embedded_demand: Array,
    training_demand: Array,
    rent_elasticities: Elasticities,
    market_path: MarketPath,
) -> Demands:
    """Compute that generative inference, embedded inference and training use at the rent that
    clears."""
    at_cost = Demands(generative_demand, embedded_demand, training_demand)
    return at_rent(at_cost, rent_elasticities, market_path.log_rent)


@quantity("H100e", "stock", "Compute used", formula=())
def compute_used(
    demands_at_rent: Demands,
    rent_elasticities: Elasticities,
    market_path: MarketPath,
    compute_stock: Array,
) -> Array:
    """Running compute that demand uses: all of it, but where rent lies at its floor."""
    is_cleared = market_path.log_rent > rent_elasticities.log_floor
    used = np.minimum(sum(demands_at_rent), compute_stock)
    return np.where(is_cleared, compute_stock, used)


@quantity("share", "share", "Running compute in use", formula=())
def utilised_share(compute_used: Array, compute_stock: Array) -> Array:
    """Share of running compute that demand uses; idle machines are shared alike by workloads."""
    return compute_used / compute_stock


@quantity(
    "H100e", "stock", "Idle compute", metric=True, formula="compute_stock * (1 - utilised_share)"
)
def idle_compute(compute_stock: Array, compute_used: Array) -> Array:
    """Running compute that no demand uses at the lowest rent."""
    return compute_stock - compute_used


@quantity(
    "share",
    "share",
    "Inference share of compute",
    metric=True,
    headline=True,
    aggregate=("inference_compute", "compute_stock"),
    formula="inference_demand / (inference_demand + training_demand) * rest",
    rest=("answer_to_rent", "How much more training falls with rent"),
)
def inference_share(demands_at_rent: Demands) -> Array:
    """Share of running compute that serves, by purpose: what users and products ask for, embedded
    models included, over that and training."""
    served = demands_at_rent.generative + demands_at_rent.embedded
    return served / (served + demands_at_rent.training)


@quantity("H100e", "stock", "Inference compute", metric=True, headline=True)
def inference_compute(compute_stock: Array, inference_share: Array) -> Array:
    """Running compute that serves; machines that idle are shared alike."""
    return compute_stock * inference_share


@quantity(
    "H100e",
    "stock",
    "Training compute",
    metric=True,
    headline=True,
    formula="compute_stock * (1 - inference_share)",
)
def training_compute(compute_stock: Array, inference_compute: Array) -> Array:
    """Running compute that makes models: what does not serve."""
    return compute_stock - inference_compute


@quantity("H100e", "stock", "Embedded inference compute", formula=())
def embedded_inference_compute(inference_compute: Array, demands_at_rent: Demands) -> Array:
    """Running compute that serves embedded models."""
    served = demands_at_rent.generative + demands_at_rent.embedded
    return inference_compute * (demands_at_rent.embedded / served)


@quantity(
    "ratio",
    "ratio",
    "Training over inference compute",
    metric=True,
    aggregate=("training_compute", "inference_compute"),
    formula="(1 - inference_share) / inference_share",
)
def training_to_inference_ratio(training_compute: Array, inference_compute: Array) -> Array:
    """Training compute over inference compute."""
    return training_compute / inference_compute


@quantity("H100e", "stock", "Total demand")
def total_demand(training_demand: Array, inference_demand: Array) -> Array:
    """Compute that training and inference would use at a rent equal to cost."""
    return training_demand + inference_demand


@quantity(
    "ratio",
    "ratio",
    "Demand pressure",
    metric=True,
    headline=True,
    aggregate=("total_demand", "compute_stock"),
)
def demand_pressure(total_demand: Array, compute_stock: Array) -> Array:
    """Demand at a rent equal to cost over running compute: above one rent stands above cost."""
    return total_demand / compute_stock


@quantity("H100e", "stock", "Unserved demand", metric=True, formula=())
def unserved_demand(total_demand: Array, compute_stock: Array) -> Array:
    """Demand at a rent equal to cost that a higher rent turns away."""
    return np.maximum(total_demand - compute_stock, 0.0)


@quantity(
    "share",
    "share",
    "Inference share of chip spend",
    metric=True,
    headline=True,
    aggregate=("inference_chip_spend", "chip_spend"),
)
def inference_spend_share(
    inference_compute: Array,
    training_compute: Array,
    inference_share: Array,
    deployment_lag: Array,
    retirement_rate: Array,
    history_quarters: int,
) -> Array:
    """Inference share of chip spend, a share of a flow (net added): each workload's compute one
    deployment lag later, less what survives of a year before, over both workloads. In the first
    year, and where nothing is added, the share of the stock. The history looks no further than its
    own end."""
    survival = 1.0 - retirement_rate
    added_inference = _added(inference_compute, deployment_lag, survival, history_quarters)
    added_training = _added(training_compute, deployment_lag, survival, history_quarters)
    added = added_inference + added_training
    share = np.where(added > 0.0, added_inference / np.maximum(added, 1.0), inference_share)
    share[:, : int(QUARTERS_PER_YEAR)] = inference_share[:, : int(QUARTERS_PER_YEAR)]
    return share


def _added(allocated: Array, lag: Array, survival: Array, history: int) -> Array:
    """Return compute added over the rolling year that ends one lag after each quarter; lags lie
    between quarters, and the last quarter, of the history or of all, stands for what follows."""
    draws, quarters = allocated.shape
    lag, whole = lag.T, np.floor(lag.T)
    own = np.arange(quarters)[:, np.newaxis]
    last = np.where(own < history, history - 1, quarters - 1)
    below = np.minimum(own + whole.astype(np.int64), last)
    above = np.minimum(below + 1, last)
    fraction = lag - whole
    values = by_quarter(allocated, (draws, quarters)).reshape(-1)

    def between(low: NDArray[np.int64], high: NDArray[np.int64]) -> Array:
        before, after = (values.take(draws * each + np.arange(draws)) for each in (low, high))
        return np.asarray(before * (1.0 - fraction) + after * fraction)

    year = int(QUARTERS_PER_YEAR)
    year_before = between(np.maximum(below - year, 0), np.maximum(above - year, 0))
    return np.maximum(between(below, above) - year_before * survival.T, 0.0).T


@quantity("USD", "flow", "Chip spend for inference", metric=True, headline=True)
def inference_chip_spend(chip_spend: Array, inference_spend_share: Array) -> Array:
    """Chip spend that goes to inference, by the net-added split."""
    return chip_spend * inference_spend_share


@quantity(
    "USD",
    "flow",
    "Chip spend for training",
    metric=True,
    headline=True,
    formula="chip_spend * (1 - inference_spend_share)",
)
def training_chip_spend(chip_spend: Array, inference_chip_spend: Array) -> Array:
    """Chip spend that goes to training: what inference does not take."""
    return chip_spend - inference_chip_spend


@quantity(
    "share",
    "event",
    "Inference ahead in compute",
    metric=True,
    headline=True,
    aggregate=("inference_compute", "training_compute"),
)
def inference_ahead(inference_compute: Array, training_compute: Array) -> Array:
    """Whether inference compute exceeds training compute, a year's at its end: one or zero in each
    draw, so that its mean is the probability."""
    return np.where(inference_compute > training_compute, 1.0, 0.0)


@quantity(
    "share",
    "event",
    "Inference ahead in chip spend",
    metric=True,
    headline=True,
    aggregate=("inference_chip_spend", "training_chip_spend"),
)
def inference_spend_ahead(inference_chip_spend: Array, training_chip_spend: Array) -> Array:
    """Whether inference chip spend exceeds training chip spend, a year's in the whole year: one or
    zero in each draw, so that its mean is the probability."""
    return np.where(inference_chip_spend > training_chip_spend, 1.0, 0.0)


@quantity("date", "event", "Inference compute passes training", metric=True, headline=True)
def crossover(inference_ahead: Array, first_quarter: int, horizon_quarters: int) -> Array:
    """First quarter from which inference compute exceeds training compute for four quarters
    running; never in a draw where no such four quarters begin by the end of the horizon. They may
    end beyond it, so that a quarter counts or not whatever the horizon."""
    return _first_lead(inference_ahead, first_quarter, horizon_quarters)


@quantity("date", "event", "Inference spend passes training", metric=True, headline=True)
def spend_crossover(
    inference_spend_ahead: Array, first_quarter: int, horizon_quarters: int
) -> Array:
    """First quarter from which inference chip spend exceeds training chip spend for four quarters
    running; never in a draw where no such four quarters begin by the end of the horizon. They may
    end beyond it, so that a quarter counts or not whatever the horizon."""
    return _first_lead(inference_spend_ahead, first_quarter, horizon_quarters)


def _first_lead(ahead: Array, first_quarter: int, horizon: int) -> Array:
    """Return the first quarter of the horizon that begins a year of ones, (draws, 1), in indicators
    (draws, quarters); infinite where none does."""
    years = sliding_window_view(ahead, int(QUARTERS_PER_YEAR), axis=1)[:, :horizon]
    begins = np.asarray(years.all(axis=2))
    start = first_quarter + np.argmax(begins, axis=1)
    return np.where(begins.any(axis=1), start, np.inf)[:, np.newaxis]


@quantity("log", "ratio", "Discrepancy of inference demand", formula=())
def inference_discrepancy(model_discrepancy: Array, inference_shock: Array) -> Array:
    """What the model does not know about inference demand, growing with the square root of the time
    after the history."""
    return model_discrepancy * inference_shock


@quantity("log", "ratio", "Discrepancy of training demand", formula=())
def training_discrepancy(model_discrepancy: Array, training_shock: Array) -> Array:
    """What the model does not know about training demand, growing with the square root of the time
    after the history."""
    return model_discrepancy * training_shock
