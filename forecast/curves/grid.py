"""The grid of families and hyperparameters that is averaged over, with its prior.

A member is one point of the grid: family, saturation level, shape, damping, noise and forgetting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.curves.beliefs import belief_quantile
from forecast.curves.families import FAMILIES, Array, Members

if TYPE_CHECKING:
    from forecast.inputs.schema import Distribution

CurveScale = Literal["log", "logit"]

NOISES = np.geomspace(0.01, 1.6, 9)  # standard deviation of the link over one year
NOISE_CENTRE, NOISE_WIDTH = 0.15, 1.0  # its lognormal prior: median, and width in logs
DISCOUNTS = (0.7,)  # share of the information on the slope that survives one step
HEADROOMS = 16  # saturation levels in the grid
LARGEST_HEADROOM = 30.0  # saturation of a level, at most this multiple of the largest value seen
_INSIDE = 1.0 - 1e-9  # keeps rounding from carrying a level to its saturation


@dataclass(frozen=True)
class Grid:
    """Members of the grid, as arrays of one length; `prior` sums to one within each family.

    `saturation` is infinite where growth has no limit; `discount` is per step.
    """

    family_names: tuple[str, ...]
    family: Members
    saturation: Array
    shape: Array
    damping: Array
    noise: Array
    discount: Array
    prior: Array

    def members_of(self, name: str) -> Members:
        """Return the indices of a family's members."""
        return np.flatnonzero(self.family == self.family_names.index(name))


def saturation_levels(
    largest: float, scale: CurveScale, ceiling: float | None, saturation: Distribution | None
) -> Array:
    """Return equally probable saturation levels above the largest value seen.

    A stated belief is cut off at the largest value and at the ceiling. Without one the prior is
    flat: linear in the headroom up to the ceiling for a share, logarithmic up to the ceiling or
    `LARGEST_HEADROOM` for a level.
    """
    middle = (np.arange(HEADROOMS) + 0.5) / HEADROOMS
    top = np.inf if ceiling is None else ceiling
    if saturation is not None:
        space: Literal["log", "logit"] = "logit" if scale == "logit" else "log"
        fine = belief_quantile(saturation, (np.arange(512) + 0.5) / 512, space)
        fine = np.sort(fine[(fine > largest) & (fine <= top)])
        if fine.size:
            return np.asarray(np.quantile(fine, middle))
        return np.array([min(largest * 1.02, 0.5 * (largest + top))])
    if scale == "logit":
        return largest + (top - largest) * middle
    highest = np.log(min(top, LARGEST_HEADROOM * largest))
    return np.asarray(np.exp(np.log(largest) + (highest - np.log(largest)) * middle))


def build_grid(families: Sequence[str], levels: Array, ceiling: float | None) -> Grid:
    """Return the grid over the families; `levels` are equally probable saturation levels."""
    limit = np.inf if ceiling is None else ceiling
    rows: list[tuple[float, ...]] = []
    noise_prior = np.exp(-0.5 * (np.log(NOISES / NOISE_CENTRE) / NOISE_WIDTH) ** 2)
    for order, name in enumerate(families):
        family = FAMILIES[name]
        saturations = levels.tolist() if family.saturates else [limit]
        axes = product(saturations, family.shapes, family.damping, DISCOUNTS)
        for saturation, shape, damping, discount in axes:
            for noise, prior in zip(NOISES, noise_prior, strict=True):
                rows.append((order, saturation, shape, damping, noise, discount, prior))
    index, saturation, shape, damping, noise, discount, prior = np.array(rows).T
    member_family = index.astype(np.intp)
    totals = np.bincount(member_family, weights=prior, minlength=len(families))
    return Grid(
        family_names=tuple(families),
        family=member_family,
        saturation=saturation,
        shape=shape,
        damping=damping,
        noise=noise,
        discount=discount,
        prior=prior / totals[member_family],
    )


def link_values(grid: Grid, values: Array) -> tuple[Array, Array]:
    """Return link and its derivative by log y, (…values, members), for levels `values`."""
    y = np.asarray(values, dtype=float)[..., None]
    shape = (*np.shape(values), len(grid.family))
    link, stretch = np.empty(shape), np.empty(shape)
    for name in grid.family_names:
        at, family = grid.members_of(name), FAMILIES[name]
        below = np.minimum(y, grid.saturation[at] * (1.0 - 1e-6))
        link[..., at] = family.link(below, grid.saturation[at], grid.shape[at])
        stretch[..., at] = family.stretch(below, grid.saturation[at], grid.shape[at])
    return link, stretch


def level_values(grid: Grid, members: Members, link: Array) -> Array:
    """Return levels for link values (…, draws), where draw i belongs to member `members[i]`."""
    result = np.empty_like(link)
    for index, name in enumerate(grid.family_names):
        at = np.flatnonzero(grid.family[members] == index)
        if at.size:
            mine = members[at]
            saturation = grid.saturation[mine]
            level = FAMILIES[name].inverse(link[..., at], saturation, grid.shape[mine])
            result[..., at] = np.minimum(level, saturation * _INSIDE)
    return result


def coordinate_stretch(grid: Grid, members: Members, level: Array, scale: CurveScale) -> Array:
    """Return the derivative of the link by log or logit, at `level` (draws) of `members`."""
    result = np.empty_like(level)
    saturation = grid.saturation[members]
    inside = np.minimum(level, saturation * (1.0 - 1e-9))
    for index, name in enumerate(grid.family_names):
        at = np.flatnonzero(grid.family[members] == index)
        shape = grid.shape[members[at]]
        result[at] = FAMILIES[name].stretch(inside[at], saturation[at], shape)
    return result * (1.0 - inside) if scale == "logit" else result


def into_scale(level: Array, scale: CurveScale) -> Array:
    """Return log or logit of a level."""
    if scale == "log":
        return np.log(level)
    inside = np.minimum(level, 1.0 - 1e-12)
    return np.asarray(np.log(inside) - np.log1p(-inside))


def outof_scale(coordinate: Array, scale: CurveScale) -> Array:
    """Return the level whose log or logit is `coordinate`."""
    if scale == "log":
        return np.asarray(np.exp(coordinate))
    return np.asarray(1.0 / (1.0 + np.exp(-coordinate)))
