"""What the base case's draws agree on, quarter by quarter, and what-ifs are held against.

The same equations learn it, on all draws of the base case at once, and later read it, so that
neither a what-if nor a block of draws moves it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from forecast.model.arrays import Array

MEDIANS = ("asked", "rent", "spending", "gap", "tilt")
KNOTS = np.concatenate([[0.001, 0.003, 0.01], np.linspace(0.02, 0.98, 97), [0.99, 0.997, 0.999]])
"""Probabilities between which ranks are mapped."""


class Reference:
    """Medians, (1, quarters), and quantiles at KNOTS, (knots, quarters), by name."""

    def __init__(self, known: Mapping[str, Array], *, learns: bool = False) -> None:
        self.known = known
        self._learns = learns

    @classmethod
    def to_learn(cls, quarters: int) -> Reference:
        """Return a reference that takes what it is asked for as the base case."""
        known = {name: np.zeros((1, quarters)) for name in MEDIANS}
        known |= {name: np.zeros((len(KNOTS), quarters)) for name in ("wanted", "planned")}
        return cls(known, learns=True)

    def beyond(self, name: str, quarter: int, values: Array) -> Array:
        """Return values, (draws,), less the base case's median in a quarter."""
        if self._learns:
            self.known[name][0, quarter] = np.median(values)
        return np.asarray(values - self.known[name][0, quarter])

    def with_mean_one(self, name: str, quarter: int, logs: Array) -> Array:
        """Return logarithms, (draws,), less that of the base case's mean of what they stand for."""
        if self._learns:
            self.known[name][0, quarter] = np.log(np.mean(np.exp(logs)))
        return np.asarray(logs - self.known[name][0, quarter])

    def by_rank(self, quarter: int, wanted: Array, planned: Array) -> Array:
        """Return what is wanted, (draws,) in logarithms, carried by its rank in the base case to
        what is planned there; beyond the outermost knots it goes on one for one."""
        if self._learns:
            self.known["wanted"][:, quarter] = np.quantile(wanted, KNOTS)
            self.known["planned"][:, quarter] = np.quantile(planned, KNOTS)
        places = self.known["wanted"][:, quarter]
        inside = np.interp(wanted, places, self.known["planned"][:, quarter])
        outside = wanted - np.clip(wanted, places[0], places[-1])
        return np.asarray(inside + outside)
