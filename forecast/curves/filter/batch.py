"""The ensemble for many series of plain figures at once, as arrays (series, members).

The same model as `forecast.curves.ensemble`, for figures without errors, bounds or changes of
wording. The level is then known at every observation, so only the slope has to be filtered, and all
series of one length are filtered together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from forecast.curves.coordinates import coordinates
from forecast.curves.families import FAMILIES, Array, Family, Members
from forecast.curves.filter.filtering import (
    Dynamics,
    State,
    damped_reach,
    follow,
    transition,
    wandering,
)
from forecast.curves.filter.member_grid import (
    LIKELIHOOD_MEMORY,
    NOISES,
    CurveScale,
    families_averaged,
    family_shares,
    forgetting_rate,
    headroom_levels,
    lowest,
    noise_prior,
    usual_steps,
)
from forecast.curves.filter.updating import (
    GROWTH_CENTRE,
    GROWTH_WIDTH,
    GROWTH_WIDTH_FEW,
    absorb_direction,
    falling_of_late,
)
from forecast.curves.upside_down import chance_of_fall

SHORT = 120  # points that are always used
REMEMBERED = 40  # steps after which a point has been forgotten: 0.8 to this power is 1e-4
_SAMPLE = 1024  # points that stand for the distribution of a level
_SAMPLE_OF_FAMILY = 512  # the same for each family of a share
_GOLDEN = (5.0**0.5 - 1.0) / 2.0
_INSIDE = 1.0 - 1e-6


@dataclass(frozen=True)
class FamilyMembers:
    """The members of one family: shapes (members,), saturation (series, members), and what the
    filter found for each series and member at the last observation.
    """

    name: str
    shape: Array
    damping: Array
    noise: Array
    prior: Array
    saturation: Array
    evidence: Array
    level: Array
    slope: Array
    slope_variance: Array
    wandering: Array
    stretch: Array
    floor_link: Array
    floor_stretch: Array


@dataclass(frozen=True)
class BatchFit:
    """Fitted ensembles of several series: families in `blocks`, `weights` (series, members), and
    the log evidence of each series' ensemble, (series,).
    """

    scale: CurveScale
    blocks: tuple[FamilyMembers, ...]
    weights: Array
    evidence: Array

    def sample(self, series: int) -> Sample:
        """Return the even sample of a series' ensemble that its quantiles are read from."""
        shares = self.family_weights()[series]
        if self.scale == "logit":
            sizes = np.full(len(shares), _SAMPLE_OF_FAMILY)
        else:
            sizes = np.diff(np.rint(np.cumsum([0.0, *shares]) * _SAMPLE)).astype(int)
        parts, start = [], 0
        for block, size in zip(self.blocks, sizes.tolist(), strict=True):
            stop = start + block.shape.size
            parts.append(_even_members(self.weights[series, start:stop], size))
            start = stop
        return Sample(self, series, tuple(parts), shares)

    def falls(self) -> Array:
        """Return the probability that each series falls at its last figure, (series,)."""
        slope = np.concatenate([block.slope for block in self.blocks], axis=1)
        variance = np.concatenate([block.slope_variance for block in self.blocks], axis=1)
        return chance_of_fall(self.weights, slope, variance)

    def family_weights(self) -> Array:
        """Return the weights of the families: (series, families)."""
        starts = np.cumsum([0, *(block.shape.size for block in self.blocks)])[:-1]
        return np.asarray(np.add.reduceat(self.weights, starts, axis=1))


@dataclass(frozen=True)
class Sample:
    """A series' members, repeated as their weights say: indices into each family's block."""

    fit: BatchFit
    series: int
    parts: tuple[Members, ...]
    shares: Array

    def levels(self, lapses: Array) -> Array:
        """Return ascending levels (lapses, sample) at `lapses` years after the last observation.

        They stand for equal probabilities. Levels are pooled over the families, shares averaged
        (see `families_averaged`).
        """
        found = []
        for block, at, normals in self.families():
            link = self._link(block, at, lapses[:, None], normals)
            found.append(_level(block, self.series, at, link))
        if self.fit.scale == "logit":
            return families_averaged([np.sort(each, axis=1) for each in found], self.shares)
        return np.sort(np.concatenate(found, axis=1), axis=1)

    def families(self) -> Iterator[tuple[FamilyMembers, Members, Array]]:
        """Yield each family's block, its members in the sample, and their standard normals."""
        for block, at in zip(self.fit.blocks, self.parts, strict=True):
            yield block, at, _NORMALS[: at.size]

    def _link(self, block: FamilyMembers, at: Members, lapse: Array, normals: Array) -> Array:
        row = self.series
        reach = damped_reach(block.damping[at], lapse)[1]
        slope_variance = block.slope_variance[row, at]
        variance = slope_variance * reach**2 + block.noise[at] ** 2 * lapse
        if FAMILIES[block.name].drifts:
            variance += block.wandering[row, at] * lapse**3 / 3.0
        middle = block.level[row, at] + reach * block.slope[row, at]
        return np.asarray(middle + np.sqrt(variance) * normals)


def _even_members(weights: Array, size: int) -> Members:
    """Return member indices in proportion to the weights, as nearly as `size` allows."""
    cumulated = np.cumsum(weights)
    positions = (np.arange(size) + 0.5) / size * cumulated[-1]
    found: Members = np.searchsorted(cumulated, positions)
    return np.minimum(found, len(cumulated) - 1)


def even_normals(size: int) -> Array:
    """Return standard normals that are even over every stretch of the sample (a Kronecker set)."""
    inverse = NormalDist().inv_cdf
    return np.array([inverse((index + 0.5) * _GOLDEN % 1.0) for index in range(size)])


_NORMALS = even_normals(_SAMPLE)


def fit_batch(times: Array, values: Array, scale: CurveScale, families: Sequence[str]) -> BatchFit:
    """Return the ensembles of several series of one length.

    `times` (series, points) are increasing year fractions, `values` the levels: above zero, and
    for the logit scale shares of the ceiling.
    """
    largest = values.max(axis=1)
    used = _remembered(times)
    times, values = times[:, -used:], values[:, -used:]
    if scale == "logit":
        largest = np.minimum(largest, 1.0 - 1e-4)
    levels = headroom_levels(largest, scale, None)
    limit = np.full((len(values), 1), 1.0 if scale == "logit" else np.inf)
    floor = np.minimum(0.9 * largest, values.min(axis=1))
    falling = falling_of_late(times, coordinates(values, scale))
    blocks = tuple(
        _filtered(
            FAMILIES[name],
            times,
            values,
            scale,
            floor,
            falling,
            levels if FAMILIES[name].saturates else limit,
        )
        for name in families
    )
    return BatchFit(scale, blocks, *_weights(blocks, scale))


def _weights(blocks: Sequence[FamilyMembers], scale: CurveScale) -> tuple[Array, Array]:
    """Return the weights of all members, (series, members), and the log evidence of each series,
    (series,): see `member_weights`.
    """
    tops = np.stack([block.evidence.max(axis=1) for block in blocks], axis=1)
    parts = [
        block.prior * np.exp(block.evidence - tops[:, index, None])
        for index, block in enumerate(blocks)
    ]
    within = np.stack([part.sum(axis=1) for part in parts], axis=1)
    best = tops.max(axis=1, keepdims=True)
    common = within * np.exp(tops - best)
    factor = family_shares(common, scale) / within
    weights = [part * factor[:, index, None] for index, part in enumerate(parts)]
    return np.concatenate(weights, axis=1), best[:, 0] + np.log(common.mean(axis=1))


def _members(
    family: Family, levels: Array, scale: CurveScale
) -> tuple[Array, Array, Array, Array, Array]:
    """Return shape, damping, noise, prior (members,) and saturation (series, members)."""
    shape, damping, noise = (
        np.ravel(axis) for axis in np.meshgrid(family.shapes, family.damping, NOISES, indexing="ij")
    )
    count = levels.shape[1]
    prior = np.tile(noise_prior(scale), count * shape.size // NOISES.size)
    saturation = np.repeat(levels, shape.size, axis=1)
    return (
        np.tile(shape, count),
        np.tile(damping, count),
        np.tile(noise, count),
        prior / prior.sum(),
        saturation,
    )


def _filtered(
    family: Family,
    times: Array,
    values: Array,
    scale: CurveScale,
    floor: Array,
    falling: Array,
    levels: Array,
) -> FamilyMembers:
    """Run the members of one family through all series."""
    shape, damping, noise, prior, saturation = _members(family, levels, scale)
    inside = np.minimum(values[:, :, None], saturation[:, None, :] * _INSIDE)
    link = family.link(inside, saturation[:, None, :], shape)
    stretch = family.stretch(inside, saturation[:, None, :], shape)
    size = stretch * (1.0 - np.minimum(inside, _INSIDE)) if scale == "logit" else stretch
    lapses = np.diff(times, axis=1)
    step = usual_steps(lapses)
    width = GROWTH_WIDTH if values.shape[1] >= 3 else GROWTH_WIDTH_FEW
    slope, variance = GROWTH_CENTRE * size[:, 0], (width * size[:, 0]) ** 2
    evidence = np.zeros_like(slope)
    damped = damping if len(family.damping) > 1 else damping[:1]
    wander = wandering(noise**2, damped, forgetting_rate(step, scale))
    dynamics = Dynamics(noise**2, wander, damped, np.zeros(1))
    for index in range(lapses.shape[1]):
        lapse = lapses[:, index, None]
        move = transition(dynamics, lapse)
        rise = link[:, index + 1] - link[:, index]
        slope, variance, density = follow(slope, variance, move, rise)
        evidence = evidence * LIKELIHOOD_MEMORY ** (lapse / step)
        evidence += density + np.log(size[:, index + 1])
    state = State(slope[None], variance[None, None])
    evidence = evidence + absorb_direction(state, 0, size[:, -1], falling)
    bottom = np.broadcast_to(lowest(family, floor)[:, None], saturation.shape)
    return FamilyMembers(
        name=family.name,
        shape=shape,
        damping=damping,
        noise=noise,
        prior=prior,
        saturation=saturation,
        evidence=evidence,
        level=link[:, -1],
        slope=state.mean[0],
        slope_variance=np.maximum(state.covariance[0, 0], 0.0),
        wandering=wander,
        stretch=stretch[:, -1],
        floor_link=family.link(bottom, saturation, shape),
        floor_stretch=family.stretch(bottom, saturation, shape),
    )


def _remembered(times: Array) -> int:
    """Return how many of the last points matter, so that long daily series cost no more."""
    points = int(times.shape[1])
    if points <= SHORT:
        return points
    since = times[:, -1:] - REMEMBERED * usual_steps(np.diff(times, axis=1))
    return max(SHORT, int((times >= since).sum(axis=1).max()))


def _level(block: FamilyMembers, series: int, at: Members, link: Array) -> Array:
    """Return levels for link values (…, sample), exponential below the floor."""
    bottom, saturation = block.floor_link[series, at], block.saturation[series, at]
    level = FAMILIES[block.name].inverse(np.maximum(link, bottom), saturation, block.shape[at])
    below = np.minimum(link - bottom, 0.0) / block.floor_stretch[series, at]
    return np.asarray(np.minimum(level, saturation) * np.exp(np.maximum(below, -300.0)))
