"""Where capex meets chips: a part of the five companies' capex follows NVIDIA's revenue.

    C = (1 − s) T + s C₀ N / N₀,        s = min(κ N₀ / C₀, limit)

T is the trend of the five's capex, N NVIDIA's data-centre revenue, C₀ and N₀ their means over the
newest reported year, in which seasons cancel, and κ the five's AI capex for each dollar of N.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array


@dataclass(frozen=True)
class Link:
    """How a trend and NVIDIA's path make capex: `share` is s and `scale` C₀ / N₀, (draws, 1)."""

    share: Array
    scale: Array

    def followed(self, nvidia: Array) -> Array:
        """Return the five's capex that follows NVIDIA's revenue, (draws, quarters)."""
        return self.share * self.scale * nvidia

    def factor(self, trend: Array, nvidia: Array) -> Array:
        """Return capex over its trend, (draws, quarters)."""
        return (1.0 - self.share) + self.followed(nvidia) / trend


def link_of(trend: Array, nvidia: Array, per_revenue: Array, newest: slice, limit: float) -> Link:
    """Return the link of draws whose capex `trend` and revenue `nvidia`, (draws, quarters), are
    reported over the columns `newest`; `per_revenue` is κ, (draws,)."""
    level, base = (each[:, newest].mean(axis=1, keepdims=True) for each in (trend, nvidia))
    share = np.minimum(per_revenue[:, None] * base / level, limit)
    return Link(share, level / base)
