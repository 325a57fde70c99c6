"""What changed a number since another period: its links, and the small ones together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np

from forecast.analysis.attribution.divisia import title_of
from forecast.analysis.explain.rows import Change, Explanation, Levels, LinkRow, ShownChange, Since
from forecast.analysis.explain.snapshot import Movement
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs
from forecast.result import PERCENTILES, Quantiles
from forecast.world.metrics import MetricAt
from forecast.world.rows import change_row, plain, plain_band, probability_up

SMALL = 0.02  # of all movement, below which a link is shown together with other small ones
MOST_LINKS = 10
OTHERS = "everything else"


def levels(draws: Array) -> Levels:
    """Return median and band of draws, (draws,)."""
    band = plain_band(draws)
    return Levels(band.p50, band)


def with_change(
    explanation: Explanation, asked: MetricAt, movement: Movement, inputs: Inputs
) -> Explanation:
    """Return an explanation with how its number moved since a period, and what each link did."""
    change = change_row(asked.meaning, asked.period, movement.before, movement.after)
    first, *others = (_links(view, inputs) for view in movement.views)
    since = Since(
        period=movement.since,
        before=levels(movement.before),
        change=Change(**{each.name: getattr(change, each.name) for each in fields(Change)}),
        attribution=first,
        second_attribution=tuple(link for view in others for link in view),
    )
    shown = tuple(_links(_gathered(view), inputs) for view in movement.views)
    return replace(
        explanation,
        rows=(replace(explanation.root, since=since),),
        change=ShownChange(since.period, since.before.value, change, shown),
    )


def _links(parts: Mapping[str, Array], inputs: Inputs) -> tuple[LinkRow, ...]:
    """Return what each link did from its amounts, (draws,), the largest mean first."""
    rows = [
        LinkRow(
            driver=name,
            title=OTHERS if name == OTHERS else title_of(name, inputs),
            amount=plain(float(amount.mean())),
            quantiles=Quantiles(
                tuple(plain(float(each)) for each in np.percentile(amount, PERCENTILES))
            ),
            probability_up=probability_up(amount),
        )
        for name, amount in parts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (row.driver == OTHERS, -abs(row.amount))))


def _gathered(parts: Mapping[str, Array]) -> dict[str, Array]:
    """Return the largest links, and all others together if there are at least two of them."""
    sizes = {name: abs(float(amount.mean())) for name, amount in parts.items()}
    ordered = sorted(sizes, key=lambda name: -sizes[name])
    large = [name for name in ordered[:MOST_LINKS] if sizes[name] >= SMALL * sum(sizes.values())]
    small = [name for name in parts if name not in large]
    if len(small) < 2:
        return dict(parts)
    others = np.sum([parts[name] for name in small], axis=0)
    return {**{name: parts[name] for name in large}, OTHERS: others}
