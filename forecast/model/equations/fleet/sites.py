"""Sites with power for chips: what is there, and what can be added in a quarter."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.equations.fleet.deployment import SupplyHistory
from forecast.model.graph import quantity

YEAR = int(QUARTERS_PER_YEAR)


@quantity("W", "stock", "Sites that sold chips take", formula=())
def sites_taken(supply_history: SupplyHistory) -> Array:
    """Facility capacity of what runs and of what is sold and on its way, as far as vendors report
    or guide."""
    return supply_history.watts + supply_history.waiting_watts


@quantity("ratio", "ratio", "Power added in the last year over its belief", formula=())
def power_shown(
    sites_taken: Array, power_additions: Array, flexible_load: Array, history_quarters: int
) -> Array:
    """What sites were added for chips in the last year of the history over what was believed
    possible, one at least: what has been done can be done again."""
    first, last = _last_year(history_quarters)
    added = sites_taken[:, last] - sites_taken[:, first]
    believed = np.mean((power_additions * (1.0 + flexible_load))[:, first : last + 1], axis=1)
    years = max(last - first, 1) / QUARTERS_PER_YEAR
    shown: Array = np.maximum(added / years / believed, 1.0)
    return shown[:, np.newaxis]


@quantity("W", "flow", "New sites that can be had", formula=())
def new_sites(power_additions: Array, flexible_load: Array, power_shown: Array) -> Array:
    """Facility capacity that can be delivered in a quarter, at least at the pace that the last year
    of the history has shown."""
    return power_additions * (1.0 + flexible_load) * power_shown / QUARTERS_PER_YEAR


@quantity("W", "stock", "Sites as vendors' last quarter leaves them", formula=())
def sites_at_start(sites_taken: Array, new_sites: Array, history_quarters: int) -> Array:
    """Facility capacity of sites at the end of the quarters that vendors report or guide, (draws,
    1): since a year before the history's end they have grown by what can be delivered, as they do
    thereafter, and never were fewer than sold chips take."""
    first, _ = _last_year(history_quarters)
    capacity = sites_taken[:, first]
    for q in range(first + 1, sites_taken.shape[1]):
        capacity = np.maximum(capacity + new_sites[:, q], sites_taken[:, q])
    return capacity[:, np.newaxis]


def _last_year(history_quarters: int) -> tuple[int, int]:
    """Return the column a year before the history's last quarter, and that of this quarter."""
    last = history_quarters - 1
    return max(last - YEAR, 0), last
