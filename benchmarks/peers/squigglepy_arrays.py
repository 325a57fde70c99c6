"""The reference model by squigglepy: distributions sampled into arrays, and NumPy."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import squigglepy as sq
from measured import Stages, quantiles, run
from model import beliefs, series


def work(draws: int, seed: int, stages: Stages) -> Any:
    """Return quantiles by series."""
    with stages.stage("sampling"):
        sq.set_seed(seed)
        given = {}
        for each in beliefs():
            if each.scale == "log":
                drawn = sq.lognorm(each.low, each.high, credibility=80) @ draws
            elif each.scale == "linear":
                drawn = sq.norm(each.low, each.high, credibility=80) @ draws
            else:
                odds = [x / (1.0 - x) for x in (each.low, each.high)]
                drawn = sq.lognorm(*odds, credibility=80) @ draws
                drawn = drawn / (1.0 + drawn)
            given[each.name] = drawn[:, None]
    with stages.stage("model"):
        found = series(given)
    with stages.stage("quantiles"):
        return quantiles(found)


run(version("squigglepy"), work)
