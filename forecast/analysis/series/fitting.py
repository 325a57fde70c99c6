"""Quantiles of the next periods for many series: fitted together where their families allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from forecast.analysis.series.regular_series import FileSeries
from forecast.beliefs import Array
from forecast.curves.ensemble import DEFAULT_FAMILIES
from forecast.curves.families import FAMILIES
from forecast.curves.family_summary import MemberSummary, summarise_batch
from forecast.curves.filter.batch import BatchFit, fit_batch
from forecast.curves.filter.member_grid import CurveScale
from forecast.curves.quantiles import quantiles_of
from forecast.curves.seasons import find_seasons
from forecast.curves.single.single_series import ALONE, SEASONS, pooled
from forecast.curves.single.two_logistic import AloneFit
from forecast.curves.upside_down import believed_weight, earned_weight, turned_levels

KNOWN_FAMILIES = (*FAMILIES, *ALONE)
_TOGETHER = 2000  # points fitted at once, so that memory stays small
Fitted = tuple[Array, list[MemberSummary]]


def fit_all(
    series: Sequence[FileSeries], horizon: int, families: Sequence[str] = DEFAULT_FAMILIES
) -> Iterator[tuple[FileSeries, Array, list[MemberSummary]]]:
    """Yield each series with its quantiles (horizon, probabilities) and its families, in order.

    Series of one length are fitted together, but for the families that are fitted alone.
    """
    groups: dict[tuple[int, bool], list[int]] = {}
    for index, each in enumerate(series):
        groups.setdefault((len(each.values), each.ceiling is not None), []).append(index)
    found: dict[int, Fitted] = {}
    is_alone = any(name in ALONE for name in families)
    for (points, _), members in groups.items():
        size = 1 if is_alone else max(1, _TOGETHER // points)
        for start in range(0, len(members), size):
            chunk = members[start : start + size]
            together = [series[index] for index in chunk]
            if is_alone:
                results = iter([_fit_alone(together[0], horizon, families)])
            else:
                results = _fit_together(together, horizon, families)
            found.update(zip(chunk, results, strict=True))
    for index, each in enumerate(series):
        yield each, *found[index]


def stand_ins(families: Sequence[str], summaries: Sequence[MemberSummary]) -> dict[str, str]:
    """Return the families that could not be fitted, each with the one that took its place."""
    used = {summary.family for summary in summaries}
    return {name: ALONE[name].instead for name in families if name not in used and name in ALONE}


def has_seasons(summaries: Sequence[MemberSummary]) -> bool:
    """Return whether a series was found to have seasons worth speaking of."""
    return any(summary.diagnostics.get("season", 1.0) > 1.0 for summary in summaries)


def _fit_together(
    series: Sequence[FileSeries], horizon: int, families: Sequence[str]
) -> Iterator[Fitted]:
    plain = [_Plain(each) for each in series]
    fit = _batch(plain, families)
    turned = _turned_levels(plain, fit, horizon, families) if len(families) > 1 else {}
    for index, each in enumerate(plain):
        levels = fit.sample(index).levels(_lapses(each.series, horizon))
        if index in turned:
            levels = pooled([levels, turned[index][0]], turned[index][1], fit.scale)
        levels = each.seasoned(levels)
        summaries = _batch_summaries(fit, index, each)
        yield (
            quantiles_of(levels * each.ceiling),
            [_in_units(summary, each.ceiling) for summary in summaries],
        )


def _turned_levels(
    plain: Sequence[_Plain], fit: BatchFit, horizon: int, families: Sequence[str]
) -> dict[int, tuple[Array, Array]]:
    """Return for each series that falls its levels as those of a rise, and the weights of both."""
    last = np.array([each.values[-1] for each in plain])
    believed = believed_weight(fit.falls(), last, fit.scale)
    falling = np.flatnonzero(believed > 0.0).tolist()
    if not falling:
        return {}
    turned = _batch([plain[index].turned() for index in falling], families)
    weights = earned_weight(believed[falling], turned.evidence - fit.evidence[falling])
    found = {}
    for place, index in enumerate(falling):
        levels = turned.sample(place).levels(_lapses(plain[index].series, horizon))[:, ::-1]
        shares = np.array([1.0 - weights[place], weights[place]])
        found[index] = turned_levels(levels, fit.scale), shares
    return found


def _fit_alone(series: FileSeries, horizon: int, families: Sequence[str]) -> Fitted:
    """Fit families to one series; each weighs alike, those of the grid as one fit."""
    lapses, plain = _lapses(series, horizon), _Plain(series)
    alone: dict[str, AloneFit] = {}
    links: dict[str, None] = {}
    for name in families:
        fit = _one(plain, name, lapses) if name in ALONE else None
        if fit is not None:
            alone[name] = fit
        else:
            links[ALONE[name].instead if name in ALONE else name] = None
    count = len(alone) + len(links)
    parts, shares, summaries = [], [], []
    if links:
        batch = _batch([plain], tuple(links))
        share = len(links) / count
        parts.append(plain.seasoned(batch.sample(0).levels(lapses)))
        shares.append(share)
        summaries += [
            replace(summary, weight=summary.weight * share)
            for summary in _batch_summaries(batch, 0, plain)
        ]
    for name, fit in alone.items():
        parts.append(fit.levels if ALONE[name].has_seasons else plain.seasoned(fit.levels))
        shares.append(1.0 / count)
        summaries.append(MemberSummary(name, 1.0 / count, fit.parameters, fit.diagnostics))
    levels = parts[0] if len(parts) == 1 else pooled(parts, np.array(shares), _scale(series))
    in_units = [_in_units(each, plain.ceiling) for each in summaries]
    return quantiles_of(levels * plain.ceiling), in_units


def _one(plain: _Plain, name: str, lapses: Array) -> AloneFit | None:
    """Fit one family to one series, without its seasons unless the family has its own."""
    season, series = SEASONS.get(plain.series.frequency, 1), plain.series
    values = plain.values
    if ALONE[name].has_seasons:
        values = np.array(series.values) / plain.ceiling
    return ALONE[name].fit(plain.times, values, _scale(series), series.lapse(1), season, lapses)


class _Plain:
    """A series of parts of its ceiling, or of levels, without its seasons."""

    def __init__(self, series: FileSeries) -> None:
        self.series, self.ceiling = series, series.ceiling or 1.0
        self.times, self.values = np.array(series.times), np.array(series.values) / self.ceiling
        self.seasons = None
        if (periods := SEASONS.get(series.frequency)) is not None:
            seasons = find_seasons(self.times, self.values, _scale(series), periods)
            if seasons.added.any():
                self.seasons = seasons
                self.values = seasons.without(self.times, self.values, _scale(series))

    def turned(self) -> _Plain:
        """Return the series upside down: reciprocals of levels, or what is left of a share."""
        other = copy(self)
        other.values = turned_levels(self.values, _scale(self.series))
        return other

    def seasoned(self, levels: Array) -> Array:
        """Return ascending levels (periods ahead, sample) with their seasons."""
        return self.seasons.ahead(levels, _scale(self.series)) if self.seasons else levels


def _batch(series: Sequence[_Plain], families: Sequence[str]) -> BatchFit:
    """Return the fit of series of one length and kind."""
    times = np.array([each.times for each in series])
    values = np.array([each.values for each in series])
    return fit_batch(times, values, _scale(series[0].series), families)


def _batch_summaries(fit: BatchFit, index: int, plain: _Plain) -> Iterator[MemberSummary]:
    values = plain.values
    summaries = summarise_batch(fit, index, values[-1], plain.times[-1], len(values))
    for summary in summaries:
        if plain.seasons is not None and plain.seasons.matter:
            summary.diagnostics["season"] = float(plain.seasons.added.size)
        yield summary


def _scale(series: FileSeries) -> CurveScale:
    return "log" if series.ceiling is None else "logit"


def _lapses(series: FileSeries, horizon: int) -> Array:
    return np.array([series.lapse(ahead) for ahead in range(1, horizon + 1)])


def _in_units(summary: MemberSummary, ceiling: float) -> MemberSummary:
    """Return a summary with its saturation level in the units of the series."""
    if (saturation := summary.parameters.get("saturation")) is not None:
        summary.parameters["saturation"] = {p: ceiling * v for p, v in saturation.items()}
    return summary
