"""The quarters a run computes: history, projection, and a little beyond the horizon for lags."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.beliefs import Array
from forecast.periods import FIRST_QUARTER, label, mid_year_fraction, quarter

# Quarters simulated beyond the horizon: the three that may confirm who leads from its last quarter
# on, and beyond them the longest lag that the split of spend needs.
LOOKAHEAD = 3 + 4
# Paths are drawn at least so far, so that all horizons through 2031 show the same draws.
PATHS_THROUGH = quarter("2031Q4") + LOOKAHEAD


@dataclass(frozen=True)
class Timeline:
    """Quarters from the first to the horizon and beyond.

    `history` counts quarters that vendor revenue covers, `vendor` those that vendor guidance covers
    too, `horizon` those that are shown and `size` those that are simulated.
    """

    history: int
    vendor: int
    horizon: int
    size: int

    def whole(self) -> Timeline:
        """Return the timeline on which paths are drawn, whatever the horizon."""
        size = max(self.size, PATHS_THROUGH - FIRST_QUARTER + 1)
        return Timeline(self.history, self.vendor, size, size)

    @property
    def year_fraction(self) -> Array:
        """Middle of each quarter in years, (1, size)."""
        quarters = range(FIRST_QUARTER, FIRST_QUARTER + self.size)
        return np.array([[mid_year_fraction(index) for index in quarters]])

    @property
    def first_projected(self) -> str:
        """Label of the first quarter that is projected."""
        return label(FIRST_QUARTER + self.history)

    @property
    def periods(self) -> list[str]:
        """Labels of the quarters that are shown."""
        return [label(FIRST_QUARTER + index) for index in range(self.horizon)]

    @property
    def years(self) -> list[str]:
        """The whole years that are shown."""
        return [str((FIRST_QUARTER + index) // 4) for index in range(0, self.horizon - 3, 4)]
