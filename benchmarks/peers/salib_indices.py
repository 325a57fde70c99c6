"""Sobol indices of one output of the reference model by SALib: `salib_indices.py POINTS SEED`."""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numpy as np
from measured import unit
from model import beliefs, natural, parameters, series
from SALib.analyze import sobol as analyze
from SALib.sample import sobol as sample

points, seed = int(sys.argv[1]), int(sys.argv[2])
inputs = beliefs()
problem = {
    "num_vars": len(inputs),
    "names": [each.name for each in inputs],
    "bounds": [list(parameters(each)) for each in inputs],
    "dists": ["norm"] * len(inputs),
}
begun = time.process_time()
drawn = sample.sample(problem, points, calc_second_order=False, seed=seed)
given = {
    each.name: natural(each, column[:, None])
    for each, column in zip(inputs, np.ascontiguousarray(drawn.T), strict=True)
}
share = series(given)["inference_share"][:, -1]
found = analyze.analyze(
    problem, share, calc_second_order=False, num_resamples=200, seed=seed
)
taken = time.process_time() - begun
print(json.dumps({
    "name": "SALib", "version": version("SALib"), "points": points, "processor": taken,
    "unit": unit(1 << 20), "first": found["S1"].tolist(), "total": found["ST"].tolist(),
    "first_error": found["S1_conf"].tolist(), "total_error": found["ST_conf"].tolist(),
}))  # fmt: skip
