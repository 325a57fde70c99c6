"""P5, P50 and P95 of the reference model by neither us nor a peer: SciPy's scrambled Sobol points.

`truth.py POINTS SCRAMBLES` prints the means over independent scrambles as JSON.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from measured import quantiles
from model import beliefs, natural, parameters, series
from scipy.special import ndtri
from scipy.stats import qmc

points, scrambles = int(sys.argv[1]), int(sys.argv[2])
inputs, found = beliefs(), []
for seed in range(scrambles):
    drawn = ndtri(qmc.Sobol(len(inputs), rng=np.random.default_rng(seed)).random(points))
    given = {}
    for each, column in zip(inputs, drawn.T, strict=True):
        mean, deviation = parameters(each)
        given[each.name] = natural(each, mean + deviation * column[:, np.newaxis])
    found.append(quantiles(series(given)))
print(
    json.dumps(
        {name: np.mean([each[name] for each in found], axis=0).tolist() for name in found[0]}
    )
)
