"""The grid of families and hyperparameters that is averaged over, with its prior.

A member is one point of the grid: family, saturation level, shape, damping and noise.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.beliefs import belief_in_scale, out_of_scale
from forecast.curves.families import FAMILIES, Array, Family, Members

if TYPE_CHECKING:
    from forecast.inputs.schema import Distribution

CurveScale = Literal["log", "logit"]

# Chosen on the public series of benchmarks/accuracy.py, where a wide neighbourhood scores alike.
NOISES = np.geomspace(0.015, 1.5, 7)  # standard deviation of the link over one year
NOISE_CENTRE, NOISE_WIDTH = {"log": 0.13, "logit": 0.26}, 1.0  # its lognormal prior: median, width
DISCOUNT = {"log": 0.7, "logit": 0.8}  # share of what is known of the slope left after one step
LIKELIHOOD_MEMORY = 0.6  # share of the evidence on hyperparameters that survives one step
SHORTEST_STEP = 0.25  # years; more frequent evidence is not forgotten any faster than this
RECENT_STEPS = 3  # the last of them say how long a step is: older ones may have been thinned
HEADROOMS = 24  # saturation levels in the grid
LEAST_HEADROOM, LARGEST_HEADROOM = 1.05, 30.0  # saturation of a level over the largest value seen
DOUBT = 0.01  # probability that a stated belief about saturation is wrong altogether
FAMILY_EQUALITY = {"log": 0.8, "logit": 1.0}  # part of the weight that families share equally
_INSIDE = 1.0 - 1e-9  # keeps rounding from carrying a level to its saturation
_MIDDLES = (np.arange(HEADROOMS) + 0.5) / HEADROOMS
_FINE = (np.arange(512) + 0.5) / 512
_LEAST_LEVEL = 1e-60  # the least level over the least seen, so that powers of it can be taken
_LEAST_SHARE = 1e-12
_DEEPEST = -300.0  # the log of the least level, relative to the floor


@dataclass(frozen=True)
class Grid:
    """Members of the grid, as arrays of one length; `prior` sums to one within each family.

    `saturation` is infinite where growth has no limit, `position` is its place in its prior, 0 to
    1; `drifts` is 1 where the slope wanders on after the data, else 0. Below `floor`, the least
    level seen, a family that plunges goes on as an exponential: nothing seen supports, say, the
    doubly exponential fall of a Gompertz curve, and no level reaches zero.
    """

    family_names: tuple[str, ...]
    family: Members
    saturation: Array
    shape: Array
    damping: Array
    noise: Array
    drifts: Array
    position: Array
    prior: Array
    floor: float
    floor_link: Array
    floor_stretch: Array

    def take(self, members: Members) -> Grid:
        """Return the grid of the members with these indices."""
        return Grid(
            self.family_names,
            self.family[members],
            self.saturation[members],
            self.shape[members],
            self.damping[members],
            self.noise[members],
            self.drifts[members],
            self.position[members],
            self.prior[members],
            self.floor,
            self.floor_link[members],
            self.floor_stretch[members],
        )

    def members_of(self, name: str) -> Members:
        """Return the indices of a family's members."""
        return np.flatnonzero(self.family == self.family_names.index(name))


def saturation_levels(
    largest: float, scale: CurveScale, ceiling: float | None, saturation: Distribution | None
) -> Array:
    """Return equally probable saturation levels above the largest value seen.

    Without a belief the prior is flat (see `headroom_levels`). A stated belief is cut off at the
    largest value and at the ceiling, and doubted a little, in favour of the flat prior: as figures
    come near its end and pass it, it gives way, the sooner the less of it is left.
    """
    flat = np.asarray(headroom_levels(np.array([largest]), scale, ceiling)[0], dtype=float)
    if saturation is None:
        return flat
    believed = _believed_levels(saturation, scale)
    places = np.unique([largest, *believed, *(believed * _INSIDE), *flat])
    places = places[(places >= largest) & (places <= (ceiling or np.inf))]
    believed_below = np.interp(places, believed, _FINE, left=0.0, right=1.0)
    flat_below = np.interp(places, [largest, *flat], [0.0, *_MIDDLES], right=1.0)
    below = (1.0 - DOUBT) * believed_below + DOUBT * flat_below
    part = below[0] + _MIDDLES * (below[-1] - below[0])
    return np.asarray(np.interp(part, below, places))


def belief_left(largest: float, scale: CurveScale, saturation: Distribution) -> float:
    """Return the probability that a belief gives to saturation levels above the largest seen."""
    believed = _believed_levels(saturation, scale)
    return float(1.0 - np.interp(largest, believed, _FINE, left=0.0, right=1.0))


def _believed_levels(saturation: Distribution, scale: CurveScale) -> Array:
    """Return the levels of a belief at the probabilities `_FINE`."""
    fine = np.array([NormalDist().inv_cdf(each) for each in _FINE.tolist()])
    return np.asarray(out_of_scale(belief_in_scale(saturation, fine, scale), scale))


def headroom_levels(largest: Array, scale: CurveScale, ceiling: float | None) -> Array:
    """Return saturation levels (series, levels) above the largest values seen (series,).

    Flat in the headroom up to the ceiling for a share, flat in its logarithm up to the ceiling or
    `LARGEST_HEADROOM` for a level.
    """
    largest = largest[:, None]
    if scale == "logit":
        return np.asarray(largest + ((ceiling or 1.0) - largest) * _MIDDLES)
    room = np.log(np.minimum(ceiling or np.inf, LARGEST_HEADROOM * largest) / largest)
    least = np.minimum(math.log(LEAST_HEADROOM), 0.5 * room)
    return np.asarray(largest * np.exp(least + (room - least) * _MIDDLES))


def noise_prior(scale: CurveScale) -> Array:
    """Return the prior probabilities of `NOISES`."""
    prior = np.exp(-0.5 * (np.log(NOISES / NOISE_CENTRE[scale]) / NOISE_WIDTH) ** 2)
    return np.asarray(prior / prior.sum())


def usual_steps(lapses: Array) -> Array:
    """Return the usual spacing of late in years, (series, 1), for lapses (series, steps).

    Forgetting counts in it: a series that is observed more often is taken to change more often.
    """
    if lapses.shape[1] == 0:
        return np.ones((len(lapses), 1))
    recent = np.median(lapses[:, -RECENT_STEPS:], axis=1)
    return np.asarray(np.maximum(recent, SHORTEST_STEP)[:, None])


def forgetting_rate(step: Array, scale: CurveScale) -> Array:
    """Return the rate a year at which the slope is forgotten, for the usual spacing in years."""
    return np.asarray(-math.log(DISCOUNT[scale]) / step)


def build_grid(
    families: Sequence[str],
    levels: Array,
    scale: CurveScale,
    ceiling: float | None,
    floor: float,
) -> Grid:
    """Return the grid over the families.

    `levels` are equally probable saturation levels, `floor` the least level seen.
    """
    limit = np.inf if ceiling is None else ceiling
    rows: list[tuple[float, ...]] = []
    for order, name in enumerate(families):
        family = FAMILIES[name]
        saturations = levels.tolist() if family.saturates else [limit]
        places = [(place + 0.5) / len(saturations) for place in range(len(saturations))]
        axes = product(zip(saturations, places, strict=True), family.shapes, family.damping)
        for (saturation, place), shape, damping in axes:
            for noise, prior in zip(NOISES, noise_prior(scale), strict=True):
                rows.append((order, saturation, shape, damping, noise, place, prior))
    index, saturation, shape, damping, noise, position, prior = np.array(rows).T
    member_family = index.astype(np.intp)
    totals = np.bincount(member_family, weights=prior, minlength=len(families))
    floor_link, floor_stretch = _floor(families, member_family, saturation, shape, floor)
    return Grid(
        family_names=tuple(families),
        family=member_family,
        saturation=saturation,
        shape=shape,
        damping=damping,
        noise=noise,
        drifts=np.array([float(FAMILIES[name].drifts) for name in families])[member_family],
        position=position,
        prior=prior / totals[member_family],
        floor=floor,
        floor_link=floor_link,
        floor_stretch=floor_stretch,
    )


def member_weights(grid: Grid, evidence: Array, scale: CurveScale) -> tuple[Array, float]:
    """Return the weights of the members for their log evidence, which sum to one, and the log
    evidence of all together.

    Within a family the evidence decides alone; for the families see `family_shares`.
    """
    count = len(grid.family_names)
    tops = np.full(count, -np.inf)
    np.maximum.at(tops, grid.family, evidence)
    weights = grid.prior * np.exp(evidence - tops[grid.family])
    within = np.bincount(grid.family, weights=weights, minlength=count)
    common = within * np.exp(tops - tops.max())
    shares = family_shares(common, scale)
    total = float(tops.max() + np.log(common.mean()))
    return np.asarray(weights * (shares / within)[grid.family]), total


def family_shares(evidence: Array, scale: CurveScale) -> Array:
    """Return the weights of families (…, families) for their evidence, in any common unit.

    Most of the weight is shared equally, for shares all of it, because a few points say little
    about the form of a curve, and an equal average of forms forecasts better than their posterior.
    """
    posterior = evidence / evidence.sum(axis=-1, keepdims=True)
    equal = FAMILY_EQUALITY[scale]
    return np.asarray(equal / evidence.shape[-1] + (1.0 - equal) * posterior)


def families_averaged(levels: Sequence[Array], shares: Array) -> Array:
    """Return the average over families of ascending shares (…, sample), in logits.

    Averaging quantiles rather than probabilities keeps a band from reaching over all families at
    once. For shares this lowered the score on every technology but one; for levels it did not.
    """
    total = np.zeros_like(levels[0])
    for each, share in zip(levels, shares, strict=True):
        inside = np.clip(each, _LEAST_SHARE, 1.0 - _LEAST_SHARE)
        total += share * (np.log(inside) - np.log1p(-inside))
    return np.asarray(1.0 / (1.0 + np.exp(-total)))


def lowest(family: Family, floor: Array) -> Array:
    """Return the levels below which a family goes on as an exponential, for the least seen."""
    return floor if family.plunges else _LEAST_LEVEL * floor


def _floor(
    families: Sequence[str], member_family: Members, saturation: Array, shape: Array, floor: float
) -> tuple[Array, Array]:
    """Return link and stretch of every member at the floor."""
    link, stretch = np.empty_like(saturation), np.empty_like(saturation)
    for index, name in enumerate(families):
        at = np.flatnonzero(member_family == index)
        level = np.full(len(at), lowest(FAMILIES[name], np.array(floor)))
        link[at] = FAMILIES[name].link(level, saturation[at], shape[at])
        stretch[at] = FAMILIES[name].stretch(level, saturation[at], shape[at])
    return link, stretch


def link_values(grid: Grid, values: Array) -> tuple[Array, Array]:
    """Return link and its derivative by log y, (…values, members), for levels `values`."""
    members = np.arange(len(grid.family))
    levels = np.repeat(np.asarray(values, dtype=float)[..., None], len(members), axis=-1)
    return _linked(grid, members, levels)


def level_values(grid: Grid, members: Members, link: Array) -> Array:
    """Return levels for link values (…, draws), where draw i belongs to member `members[i]`."""
    result = np.empty_like(link)
    floor_link, floor_stretch = grid.floor_link[members], grid.floor_stretch[members]
    for index, name in enumerate(grid.family_names):
        at = np.flatnonzero(grid.family[members] == index)
        if at.size:
            mine = members[at]
            above = np.maximum(link[..., at], floor_link[at])
            level = FAMILIES[name].inverse(above, grid.saturation[mine], grid.shape[mine])
            result[..., at] = np.minimum(level, grid.saturation[mine] * _INSIDE)
    below = np.minimum(link - floor_link, 0.0) / floor_stretch
    return np.asarray(result * np.exp(np.maximum(below, _DEEPEST)))


def coordinate_stretch(grid: Grid, members: Members, level: Array, scale: CurveScale) -> Array:
    """Return the derivative of the link by log or logit, at `level` (draws) of `members`."""
    stretch = _linked(grid, members, level)[1]
    return stretch * (1.0 - np.minimum(level, _INSIDE)) if scale == "logit" else stretch


def _linked(grid: Grid, members: Members, level: Array) -> tuple[Array, Array]:
    """Return link and stretch of levels (…, draws), exponential below the grid's floor."""
    link, stretch = np.empty_like(level), np.empty_like(level)
    for index, name in enumerate(grid.family_names):
        at = np.flatnonzero(grid.family[members] == index)
        if at.size:
            family, saturation = FAMILIES[name], grid.saturation[members[at]]
            shape, least = grid.shape[members[at]], lowest(family, np.array(grid.floor))
            inside = np.clip(level[..., at], least, saturation * _INSIDE)
            stretch[..., at] = family.stretch(inside, saturation, shape)
            below = np.minimum(np.log(level[..., at] / least), 0.0)
            link[..., at] = family.link(inside, saturation, shape) + below * stretch[..., at]
    return link, stretch
