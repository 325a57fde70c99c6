"""Training: research budgets by owner at rent = cost, and what they are used for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import (
    HOURS_PER_YEAR,
    PEAK_OPERATIONS,
    QUARTERS_PER_YEAR,
    SECONDS_PER_YEAR,
    Array,
)
from forecast.model.graph import quantity

LEARNING_PER_GAIN = 2.0
"""Logits of reinforcement learning's share for each unit of `capability_gain`: a deviation of
capability adds 0.4 by the end of 2028 (judged)."""


class Owners(NamedTuple):
    """One value for each kind of owner: who uses compute, not who rents it out."""

    labs: Array
    google: Array
    meta: Array
    microsoft: Array
    amazon: Array
    cloud_customers: Array
    china: Array
    enterprise: Array


@quantity("USD", "rate", "Laboratories' research budget", formula="lab_research_ratio * rest",
          rest=("revenue_of_budgets", "Laboratories' revenue as budgets follow it"))  # fmt: skip
def lab_research_budget(
    lab_revenue: Array,
    lab_research_ratio: Array,
    lab_research_floor: Array,
    research_revenue_elasticity: Array,
    revenue_surprise: Array,
    capability_gain: Array,
) -> Array:
    """Yearly dollars that OpenAI and Anthropic spend on research compute: a share of revenue, which
    answers surprises of revenue less than in proportion, and never falls below a floor."""
    answered = (research_revenue_elasticity - 1.0) * revenue_surprise + capability_gain
    return lab_revenue * np.maximum(lab_research_ratio * np.exp(answered), lab_research_floor)


@quantity("H100e", "stock", "Research by owner at cost")
def research_at_cost(
    lab_research_budget: Array,
    contract_price: Array,
    other_labs_share: Array,
    google_research: Array,
    meta_research: Array,
    microsoft_amazon_research: Array,
    cloud_customers_research: Array,
    china_research: Array,
    enterprise_research: Array,
    research_level: Array,
    capability_gain: Array,
    training_discrepancy: Array,
) -> Owners:
    """Compute that owners would use for research at a rent equal to cost, as far as their finance
    is as expected; one error of level is common to all but the laboratories, and Microsoft and
    Amazon are taken alike."""
    unknown = np.exp(training_discrepancy)
    labs = lab_research_budget / (HOURS_PER_YEAR * contract_price * (1.0 - other_labs_share))
    level = research_level * np.exp(capability_gain) * unknown
    return Owners(
        labs * unknown,
        google_research * level,
        meta_research * level,
        0.5 * microsoft_amazon_research * level,
        0.5 * microsoft_amazon_research * level,
        cloud_customers_research * level,
        china_research * level,
        enterprise_research * level,
    )


@quantity("H100e", "stock", "Training of embedded models at cost")
def embedded_training(embedded_demand: Array, embedded_training_ratio: Array) -> Array:
    """Compute that retrains embedded models beside their serving, at a rent equal to cost."""
    return embedded_demand * embedded_training_ratio


@quantity(
    "H100e", "stock", "Research by owner as financed", members={"labs": "research_at_cost.labs"}
)
def research_demand(research_at_cost: Owners, finance_of_research: Array) -> Owners:
    """Compute that owners would use for research at a rent equal to cost: all but the laboratories
    follow what they can finance."""
    labs, *others = research_at_cost
    return Owners(labs, *(each * finance_of_research for each in others))


@quantity("H100e", "stock", "Training demand", metric=True)
def training_demand(research_demand: Owners, embedded_training: Array) -> Array:
    """Compute that making models would use at a rent equal to cost."""
    return sum(research_demand) + embedded_training


class TrainingComponents(NamedTuple):
    """What training compute is used for; the parts sum to training."""

    pre_training: Array
    reinforcement_learning: Array
    experiments: Array
    synthetic_and_evaluation: Array
    adaptation: Array
    embedded: Array


@quantity("share", "share", "Reinforcement learning in the final run, with capability", formula=())
def learning_share(reinforcement_learning_share: Array, capability_gain: Array) -> Array:
    """Share of the final run that is reinforcement learning; better models than expected come with
    more of it."""
    odds = reinforcement_learning_share / (1.0 - reinforcement_learning_share)
    odds = odds * np.exp(LEARNING_PER_GAIN * capability_gain)
    return odds / (1.0 + odds)


@quantity(
    "H100e",
    "stock",
    "Training compute by component",
    breakdown=("component", "training_compute"),
    formula=(),
)
def training_components(
    training_compute: Array,
    research_demand: Owners,
    embedded_training: Array,
    adaptation_share: Array,
    final_run_share: Array,
    learning_share: Array,
    synthetic_data_share: Array,
) -> TrainingComponents:
    """Training compute by what it is used for. Adaptation is a share of the research of cloud
    customers and enterprises; final runs are a share of the rest, and reinforcement learning of
    them; what remains is experiments, and synthetic data with evaluation."""
    adapted = adaptation_share * (research_demand.cloud_customers + research_demand.enterprise)
    research: Array = sum(research_demand)  # type: ignore[assignment]
    scale = training_compute / (research + embedded_training)
    making = research - adapted
    final = making * final_run_share
    rest = making - final
    parts = (
        final * (1.0 - learning_share),
        final * learning_share,
        rest * (1.0 - synthetic_data_share),
        rest * synthetic_data_share,
        adapted,
        embedded_training,
    )
    return TrainingComponents(*(part * scale for part in parts))


@quantity("FLOP", "rate", "Compute of the largest training run")
def largest_run_flop(
    training_components: TrainingComponents,
    training_utilisation: Array,
    training_effectiveness: Array,
    frontier_runs_per_year: Array,
) -> Array:
    """FLOP of the largest pre-training run, if all final runs of a year are counted in runs of its
    size: a check on the part of training that final runs take."""
    delivered = PEAK_OPERATIONS * SECONDS_PER_YEAR * training_utilisation * training_effectiveness
    return training_components.pre_training * delivered / frontier_runs_per_year


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
    utilised_share: Array,
    training_utilisation: Array,
    training_effectiveness: Array,
) -> Array:
    """FLOP performed in training: compute that is allocated and used, at the delivered share of the
    8-bit peak."""
    used = training_compute * utilised_share * training_effectiveness
    year = PEAK_OPERATIONS * training_utilisation * SECONDS_PER_YEAR
    return used * year / QUARTERS_PER_YEAR


@quantity("USD", "flow", "Laboratories' research spend", metric=True)
def lab_rd_spend(lab_research_budget: Array) -> Array:
    """What OpenAI and Anthropic spend on research compute in the quarter."""
    return lab_research_budget / QUARTERS_PER_YEAR


@quantity("share", "share", "Anthropic's share of the two laboratories' research", formula=())
def anthropic_part_of_research(anthropic_part: Array, anthropic_relative_research: Array) -> Array:
    """Anthropic's part of what the two laboratories spend on research compute: by revenue, times
    its research for each dollar of revenue over OpenAI's."""
    own = anthropic_part * anthropic_relative_research
    return own / (own + 1.0 - anthropic_part)


@quantity("USD", "flow", "Anthropic's compute spend")
def anthropic_compute_spend(
    anthropic_serving_spend: Array, lab_rd_spend: Array, anthropic_part_of_research: Array
) -> Array:
    """What Anthropic spends on compute in the quarter, serving and research."""
    return anthropic_serving_spend + lab_rd_spend * anthropic_part_of_research


@quantity("USD", "flow", "OpenAI's compute spend")
def openai_compute_spend(
    openai_serving_spend: Array, lab_rd_spend: Array, anthropic_part_of_research: Array
) -> Array:
    """What OpenAI spends on compute in the quarter, serving and research."""
    return openai_serving_spend + lab_rd_spend * (1.0 - anthropic_part_of_research)
