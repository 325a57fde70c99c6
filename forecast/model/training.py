"""Training demand: frontier runs, and all the research and development around them."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import PEAK_OPERATIONS, SECONDS_PER_YEAR, Array
from forecast.model.graph import quantity

BREADTH_REFERENCE_YEAR = 2025.5


@quantity("H100e", "stock", "Compute of counted frontier runs")
def frontier_run_compute(
    frontier_run_flop: Array, frontier_runs_per_year: Array, training_utilisation: Array
) -> Array:
    """Compute that the frontier's final runs keep busy: runs a year × FLOP of the largest over the
    delivered peak of one H100e in a year."""
    delivered = PEAK_OPERATIONS * SECONDS_PER_YEAR * training_utilisation
    return frontier_run_flop * frontier_runs_per_year / delivered


@quantity("H100e", "stock", "Compute that counted runs and their research need")
def counted_training_compute(
    frontier_run_compute: Array,
    final_run_share: Array,
    training_breadth_growth: Array,
    year_fraction: Array,
) -> Array:
    """Frontier runs with the research and development around them; all of training grows more
    slowly than its largest run, which concentrates a rising share of it."""
    breadth = np.exp(training_breadth_growth * (year_fraction - BREADTH_REFERENCE_YEAR))
    return frontier_run_compute / final_run_share * breadth


@quantity("H100e", "stock", "Training demand", metric=True)
def training_demand(
    training_scale: Array,
    counted_training_compute: Array,
    training_discrepancy: Array,
    research_floor: Array,
    funded_fleet: Array,
) -> Array:
    """Compute that making models would use if there were enough: the counted runs' need times the
    scale that history identifies, times the model's own discrepancy. Research budgets are a floor:
    a share of the fleet that money pays for."""
    needed = training_scale * counted_training_compute * np.exp(training_discrepancy)
    return np.maximum(needed, research_floor * funded_fleet)


@quantity("H100e", "stock", "Total demand")
def total_demand(training_demand: Array, inference_demand: Array) -> Array:
    """Compute that training and inference together would use."""
    return training_demand + inference_demand
