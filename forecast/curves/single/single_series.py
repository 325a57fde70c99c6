"""Families that are fitted to one series at a time, beside the grid of links: a table of them.

They forecast when asked for by name. Neither joins the default average: see docs/curves.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from forecast.curves.filter.member_grid import families_averaged
from forecast.curves.single.two_logistic import fit_two_logistic_waves

if TYPE_CHECKING:
    from forecast.curves.families import Array
    from forecast.curves.filter.member_grid import CurveScale
    from forecast.curves.single.two_logistic import AloneFit

_SAMPLE = 1024  # points that stand for the distribution of a level
SEASONS = {"Q": 4, "M": 12}  # periods in a year, for the frequencies whose seasons are modelled


@dataclass(frozen=True)
class AloneFamily:
    """A family fitted to one series: `fit(times, values, scale, period, season, lapses)`.

    `times` are year fractions, `values` levels or shares of the ceiling, `period` the length of a
    period in years, `season` the periods of a seasonal year (1 without seasons), `lapses` years
    after the last observation. None says that the figures are too few, or cannot tell its
    parameters; `instead` is the family that then takes its place. `has_seasons` says that the
    family models seasons itself.
    """

    name: str
    instead: str
    fit: Callable[[Array, Array, CurveScale, float, int, Array], AloneFit | None]
    has_seasons: bool = False


def _fit_structural(
    times: Array, values: Array, scale: CurveScale, period: float, season: int, lapses: Array
) -> AloneFit | None:
    """Fit with statsmodels, imported only when somebody asks for it."""
    from forecast.curves.single.structural import fit_structural

    return fit_structural(times, values, scale, period, season, lapses)


ALONE: dict[str, AloneFamily] = {
    family.name: family
    for family in (
        AloneFamily("two_logistic_waves", "logistic", fit_two_logistic_waves),
        AloneFamily("structural", "local_trend", _fit_structural, has_seasons=True),
    )
}


def pooled(levels: Sequence[Array], shares: Array, scale: CurveScale) -> Array:
    """Return ascending levels (lapses, sample) of several families' ascending levels.

    Levels are pooled in proportion to `shares`, shares of a whole averaged in logits, as within
    the grid (see `families_averaged`).
    """
    if scale == "logit":
        return families_averaged([_thinned(each, _SAMPLE) for each in levels], shares)
    sizes = np.diff(np.rint(np.cumsum([0.0, *shares]) * _SAMPLE)).astype(int)
    parts = [_thinned(each, size) for each, size in zip(levels, sizes.tolist(), strict=True)]
    return np.sort(np.concatenate(parts, axis=1), axis=1)


def _thinned(levels: Array, size: int) -> Array:
    """Return `size` of the ascending levels of each row, evenly chosen."""
    at = ((np.arange(size) + 0.5) / size * levels.shape[1]).astype(int)
    return np.asarray(levels[:, at])
