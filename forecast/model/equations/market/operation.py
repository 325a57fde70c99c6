"""Operation beside purpose: the work that looks like inference to a chip, whoever it is for."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import Array
from forecast.model.equations.demand.research import TrainingComponents
from forecast.model.graph import quantity


@quantity("H100e", "stock", "Forward work inside training", formula=())
def forward_training(
    training_components: TrainingComponents,
    rollout_share: Array,
    forward_share_of_experiments: Array,
    learning_share: Array,
) -> Array:
    """Training compute that runs models forward only: rollouts of reinforcement learning, synthetic
    data and evaluation, and the rollouts inside experiments, whose stated share holds where half
    of the final run is reinforcement learning and moves with it. Updates of weights are not in it,
    adaptation and embedded training neither."""
    experiments = np.minimum(forward_share_of_experiments * (0.5 + learning_share), 0.95)
    return (
        training_components.reinforcement_learning * rollout_share
        + training_components.synthetic_and_evaluation
        + training_components.experiments * experiments
    )


@quantity("H100e", "stock", "Forward compute")
def forward_compute(inference_compute: Array, forward_training: Array) -> Array:
    """Running compute whose work looks like inference to a chip: serving, and forward work inside
    training."""
    return inference_compute + forward_training


@quantity(
    "share",
    "share",
    "Inference-like work",
    metric=True,
    headline=True,
    aggregate=("forward_compute", "compute_stock"),
)
def forward_share(forward_compute: Array, compute_stock: Array) -> Array:
    """Share of running compute whose work looks like inference to a chip (operation): serving,
    rollouts, synthetic data and evaluation. Idle machines count with their workload."""
    return forward_compute / compute_stock


@quantity("share", "share", "Inference share, mean of purpose and operation", formula=())
def middle_share(inference_share: Array, forward_share: Array) -> Array:
    """Halfway between the share by purpose and the share by operation, which a statement that does
    not say which is held against."""
    return (inference_share + forward_share) / 2.0


@quantity("share", "share", "Forward share of chip spend", formula=())
def forward_spend_share(
    inference_spend_share: Array, forward_training: Array, training_compute: Array
) -> Array:
    """Share of chip spend whose work looks like inference to a chip: what serves, and the forward
    part of what trains."""
    forward = forward_training / training_compute
    return inference_spend_share + (1.0 - inference_spend_share) * forward
