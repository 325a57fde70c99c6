"""The reference model by OpenTURNS: a joint distribution sampled, at random or by a randomised
Sobol sequence (`openturns_arrays.py DRAWS SEED sobol`), and NumPy."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import numpy as np
import openturns as ot
from measured import Stages, quantiles, run
from model import beliefs, natural, parameters, series

SOBOL = sys.argv[3:] == ["sobol"]


def work(draws: int, seed: int, stages: Stages) -> Any:
    """Return quantiles by series."""
    with stages.stage("sampling"):
        ot.RandomGenerator.SetSeed(seed)
        inputs = beliefs()
        joint = ot.JointDistribution([ot.Normal(*parameters(each)) for each in inputs])
        drawn = np.asarray(_sample(joint, draws))
        given = {
            each.name: natural(each, np.ascontiguousarray(column)[:, None])
            for each, column in zip(inputs, drawn.T, strict=True)
        }
    with stages.stage("model"):
        found = series(given)
    with stages.stage("quantiles"):
        return quantiles(found)


def _sample(joint: ot.JointDistribution, draws: int) -> ot.Sample:
    """Return draws of a joint distribution."""
    if not SOBOL:
        return joint.getSample(draws)
    plan = ot.LowDiscrepancyExperiment(ot.SobolSequence(), joint, draws, False)
    plan.setRandomize(True)
    return plan.generate()


run(version("openturns"), work)
