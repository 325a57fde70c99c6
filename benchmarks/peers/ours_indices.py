"""Sobol indices of one output of the reference model by this program: `ours_indices.py POINTS
SEED`."""

from __future__ import annotations

import numpy as np
from measured import Stages, run_indices
from model import YEARS
from reference import GRAPH, assumptions

from forecast import __version__
from forecast.analysis.sensitivity.sobol import (
    Indices,
    independent_normals,
    saltelli_uniforms,
    sobol_indices,
)
from forecast.beliefs import Array
from forecast.ensemble.prior import realise_all, stream


def work(points: int, seed: int, stages: Stages) -> tuple[Array, Array]:
    """Return first and total order of each input, in the order of their names."""
    inputs = assumptions()

    def share(given: dict[str, Array]) -> Array:
        (found,) = GRAPH.evaluate(["inference_share"], {**given, "year": YEARS}).values()
        return np.asarray(found[:, -1])

    with stages.stage("points and model"):
        normals = independent_normals(inputs, saltelli_uniforms(len(inputs), points, seed))
        first = realise_all(inputs, normals[:, :points], YEARS[0])
        second = realise_all(inputs, normals[:, points:], YEARS[0])
        mixed = [share({**first, name: second[name]}) for name in sorted(inputs)]
        both = share(first), share(second)
    with stages.stage("indices"):
        found: Indices = sobol_indices(*both, np.stack(mixed), stream(seed, "Sobol bootstrap"))
    return found.first, found.total


run_indices(__version__, work)
