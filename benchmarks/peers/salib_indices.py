"""Sobol indices of one output of the reference model by SALib: `salib_indices.py POINTS SEED`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import numpy as np
from measured import Stages, run_indices
from model import beliefs, natural, parameters, series
from SALib.analyze import sobol as analyze
from SALib.sample import sobol as sample

RESAMPLES = 200  # as many as ours


def work(points: int, seed: int, stages: Stages) -> tuple[Any, Any]:
    """Return first and total order of each input, in the order of their names."""
    inputs = sorted(beliefs())
    problem = {
        "num_vars": len(inputs),
        "names": [each.name for each in inputs],
        "bounds": [list(parameters(each)) for each in inputs],
        "dists": ["norm"] * len(inputs),
    }
    with stages.stage("points and model"):
        drawn = sample.sample(problem, points, calc_second_order=False, seed=seed)
        given = {
            each.name: natural(each, column[:, None])
            for each, column in zip(inputs, np.ascontiguousarray(drawn.T), strict=True)
        }
        share = series(given)["inference_share"][:, -1]
    with stages.stage("indices"):
        found = analyze.analyze(
            problem, share, calc_second_order=False, num_resamples=RESAMPLES, seed=seed
        )
    return found["S1"], found["ST"]


run_indices(version("SALib"), work)
