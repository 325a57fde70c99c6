"""What no figure is without a word more: of the future, of another length, a thousandfold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from forecast.inputs.ingest.doubt import Doubt, key_of
from forecast.inputs.ingest.doubtful_periods import alone, future, wrong_lengths
from forecast.inputs.ingest.doubtful_sizes import news, wrong_sizes
from forecast.inputs.ingest.doubtful_sums import sums
from forecast.inputs.schema import Inputs, Observation


def today(inputs: Inputs) -> date:
    """Return today, or the newest day that the inputs know of where a clock is behind them."""
    newest = max((each.published for each in inputs.observations), default=date.min)
    return max(date.today(), min(newest, date(2100, 12, 31)))


def doubts(
    observations: Sequence[Observation],
    dated: Mapping[str, bool],
    stated: Mapping[str, str],
    inputs: Inputs,
    *,
    is_confirmed: bool,
) -> tuple[list[Doubt], list[str]]:
    """Return what is refused of observations, and remarks on what merely surprises.

    `dated` says by place whether a row itself states when it was published, `stated` in which unit.
    """
    by_series: dict[str, list[Observation]] = {}
    for each in observations:
        if not each.assumed:
            by_series.setdefault(each.series_id, []).append(each)
    found: list[Doubt] = list(future(observations, dated, today(inputs)))
    known: dict[str, list[Observation]] = {}
    for each in inputs.observations:
        if each.series_id in by_series and not each.assumed:
            known.setdefault(each.series_id, []).append(each)
    remarks: list[str] = []
    for name, rows in by_series.items():
        before = known.get(name, [])
        own = [
            *wrong_lengths(name, rows, before, inputs),
            *(() if is_confirmed else alone(name, rows, before)),
            *(() if is_confirmed else sums(name, rows, before)),
            *wrong_sizes(name, rows, before, stated, is_confirmed=is_confirmed),
        ]
        found.extend(own)
        doubted = {figure for doubt in own for figure in doubt.figures}
        remarks.extend(news(name, [each for each in rows if key_of(each) not in doubted], before))
    return found, remarks
