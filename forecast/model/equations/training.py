"""Training demand: frontier runs, and all the research and development around them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import PEAK_OPERATIONS, QUARTERS_PER_YEAR, SECONDS_PER_YEAR, Array
from forecast.model.graph import quantity

BREADTH_REFERENCE_YEAR = 2025.5


class TrainingComponents(NamedTuple):
    """What training compute is used for; the parts sum to training."""

    pre_training: Array
    post_training: Array
    experiments: Array
    synthetic_data: Array
    adaptation: Array
    embedded_models: Array


@quantity("H100e", "stock", "Compute of counted frontier runs")
def frontier_run_compute(
    frontier_run_flop: Array, frontier_runs_per_year: Array, training_utilisation: Array
) -> Array:
    """Compute that the frontier's final pre-training runs keep busy: runs a year × FLOP of the
    largest over the delivered peak of one H100e in a year."""
    delivered = PEAK_OPERATIONS * SECONDS_PER_YEAR * training_utilisation
    return frontier_run_flop * frontier_runs_per_year / delivered


@quantity(
    "ratio",
    "ratio",
    "All training over its counted frontier runs",
    formula="training_scale * rest * exp(training_discrepancy) / training_effectiveness",
    rest=("training_breadth", "Growth of all training over its largest run"),
)
def training_multiple(
    training_scale: Array,
    training_breadth_growth: Array,
    training_discrepancy: Array,
    training_effectiveness: Array,
    year_fraction: Array,
) -> Array:
    """What carries counted runs to the world's training compute: the scale that history identifies,
    the slower growth of all training than of its largest run, the model's own discrepancy, and what
    the fleet's chips do in training against their 8-bit rating."""
    breadth = np.exp(training_breadth_growth * (year_fraction - BREADTH_REFERENCE_YEAR))
    return training_scale * breadth * np.exp(training_discrepancy) / training_effectiveness


@quantity(
    "H100e",
    "stock",
    "Training demand by component",
    members={
        "post_training": (
            "frontier_run_compute * training_multiple / (1 - "
            "reinforcement_learning_share) * reinforcement_learning_share"
        ),
        "adaptation": (
            "frontier_run_compute * training_multiple / (1 - "
            "reinforcement_learning_share) / final_run_share * adaptation_ratio"
        ),
    },
)
def training_components_needed(
    frontier_run_compute: Array,
    training_multiple: Array,
    reinforcement_learning_share: Array,
    final_run_share: Array,
    synthetic_data_share: Array,
    adaptation_ratio: Array,
    embedded_training_ratio: Array,
    embedded_demand: Array,
) -> TrainingComponents:
    """Compute that each component of training would use. Reinforcement learning is a share of the
    final run, final runs a share of research and development; the rest of that is experiments and
    synthetic data with evaluation. Adaptation is what others do with finished models; embedded
    models are retrained beside their serving."""
    pre_training = frontier_run_compute * training_multiple
    final_run = pre_training / (1.0 - reinforcement_learning_share)
    research = final_run * (1.0 - final_run_share) / final_run_share
    return TrainingComponents(
        pre_training,
        final_run - pre_training,
        research * (1.0 - synthetic_data_share),
        research * synthetic_data_share,
        (final_run + research) * adaptation_ratio,
        embedded_demand * embedded_training_ratio,
    )


@quantity(
    "H100e",
    "stock",
    "Training demand",
    metric=True,
    formula="total(training_components_needed) * rest",
    rest=("research_budgets", "Floor of research budgets"),
)
def training_demand(
    training_components_needed: TrainingComponents, research_floor: Array, funded_fleet: Array
) -> Array:
    """Compute that making models would use if there were enough: the sum of its components.
    Research budgets are a floor: a share of the fleet that money pays for."""
    needed: Array = sum(training_components_needed)  # type: ignore[assignment]
    return np.maximum(needed, research_floor * funded_fleet)


@quantity(
    "H100e", "stock", "Training compute by component", breakdown=("component", "training_compute")
)
def training_components(
    training_components_needed: TrainingComponents, training_compute: Array
) -> TrainingComponents:
    """Training compute by what it is used for, in proportion to need."""
    needed: Array = sum(training_components_needed)  # type: ignore[assignment]
    return TrainingComponents(
        *(training_compute * part / needed for part in training_components_needed)
    )


@quantity("H100e", "stock", "Total demand")
def total_demand(training_demand: Array, inference_demand: Array) -> Array:
    """Compute that training and inference together would use."""
    return training_demand + inference_demand


@quantity(
    "FLOP",
    "flow",
    "FLOP of training",
    metric=True,
    formula=(
        "training_compute * rest * training_effectiveness * "
        "training_utilisation * PEAK_OPERATIONS * SECONDS_PER_YEAR / "
        "QUARTERS_PER_YEAR"
    ),
    rest=("training_at_work", "Allocated training compute at work"),
)
def training_flop(
    training_compute: Array,
    training_demand: Array,
    training_utilisation: Array,
    training_effectiveness: Array,
) -> Array:
    """FLOP performed in training: compute that is allocated and used, at the delivered share of the
    8-bit peak."""
    used = np.minimum(training_compute, training_demand) * training_effectiveness
    year = PEAK_OPERATIONS * training_utilisation * SECONDS_PER_YEAR
    return used * year / QUARTERS_PER_YEAR
