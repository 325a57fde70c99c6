"""Quantiles of the next periods for many series: fitted together where their families allow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from forecast.analysis.series.series_file import FileSeries
from forecast.beliefs import Array
from forecast.curves.ensemble import DEFAULT_FAMILIES
from forecast.curves.families import FAMILIES
from forecast.curves.family_summary import MemberSummary, summarise_batch
from forecast.curves.filter.batch import BatchFit, fit_batch
from forecast.curves.filter.member_grid import CurveScale
from forecast.curves.quantiles import quantiles_of
from forecast.curves.single.single_series import ALONE, SEASONS, pooled
from forecast.curves.single.two_logistic import AloneFit

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


def _fit_together(
    series: Sequence[FileSeries], horizon: int, families: Sequence[str]
) -> Iterator[Fitted]:
    fit, values, ceilings = _batch(series, families)
    for index, each in enumerate(series):
        levels = fit.sample(index).levels(_lapses(each, horizon)) * ceilings[index]
        summaries = _batch_summaries(fit, index, each, values[index])
        yield quantiles_of(levels), [_in_units(each, ceilings[index]) for each in summaries]


def _fit_alone(series: FileSeries, horizon: int, families: Sequence[str]) -> Fitted:
    """Fit families to one series; each weighs alike, those of the grid as one fit."""
    lapses, ceiling = _lapses(series, horizon), series.ceiling or 1.0
    alone: dict[str, AloneFit] = {}
    links: dict[str, None] = {}
    for name in families:
        fit = _one(series, name, lapses) if name in ALONE else None
        if fit is not None:
            alone[name] = fit
        else:
            links[ALONE[name].instead if name in ALONE else name] = None
    count = len(alone) + len(links)
    parts, shares, summaries = [], [], []
    if links:
        batch, values, _ = _batch([series], tuple(links))
        share = len(links) / count
        parts.append(batch.sample(0).levels(lapses))
        shares.append(share)
        summaries += [
            replace(summary, weight=summary.weight * share)
            for summary in _batch_summaries(batch, 0, series, values[0])
        ]
    for name, fit in alone.items():
        parts.append(fit.levels)
        shares.append(1.0 / count)
        summaries.append(MemberSummary(name, 1.0 / count, fit.parameters, fit.diagnostics))
    levels = parts[0] if len(parts) == 1 else pooled(parts, np.array(shares), _scale(series))
    return quantiles_of(levels * ceiling), [_in_units(each, ceiling) for each in summaries]


def _one(series: FileSeries, name: str, lapses: Array) -> AloneFit | None:
    times, values = np.array(series.times), np.array(series.values) / (series.ceiling or 1.0)
    season = SEASONS.get(series.frequency, 1)
    return ALONE[name].fit(times, values, _scale(series), series.lapse(1), season, lapses)


def _batch(series: Sequence[FileSeries], families: Sequence[str]) -> tuple[BatchFit, Array, Array]:
    """Return the fit of series of one length and kind, their levels over ceilings, and ceilings."""
    ceilings = np.array([each.ceiling or 1.0 for each in series])
    times = np.array([each.times for each in series])
    values = np.array([each.values for each in series]) / ceilings[:, None]
    return fit_batch(times, values, _scale(series[0]), families), values, ceilings


def _batch_summaries(
    fit: BatchFit, index: int, series: FileSeries, values: Array
) -> Iterator[MemberSummary]:
    return summarise_batch(fit, index, values[-1], series.times[-1], len(values))


def _scale(series: FileSeries) -> CurveScale:
    return "log" if series.ceiling is None else "logit"


def _lapses(series: FileSeries, horizon: int) -> Array:
    return np.array([series.lapse(ahead) for ahead in range(1, horizon + 1)])


def _in_units(summary: MemberSummary, ceiling: float) -> MemberSummary:
    """Return a summary with its saturation level in the units of the series."""
    if (saturation := summary.parameters.get("saturation")) is not None:
        summary.parameters["saturation"] = {p: ceiling * v for p, v in saturation.items()}
    return summary
