"""What changed a number since another period: its links, and the small ones together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from forecast.analysis.attribution.divisia import title_of
from forecast.analysis.explain.snapshot import Found, figures
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs
from forecast.result import PERCENTILES, Row
from forecast.world.metric_at import Asked
from forecast.world.rows import difference_row, plain, probability_up

SMALL = 0.02  # of all movement, below which a link is shown together with other small ones
MOST_LINKS = 10
OTHERS = "everything else"
_KEPT = ("mean", *(f"p{p}" for p in PERCENTILES), "mc_error", "probability_up")


def change_since(
    inputs: Inputs, asked: Asked, since: str, now: Found, past: Sequence[Found]
) -> tuple[Row, list[list[Row]]]:
    """Return the change of a number since a period with what each link did to it, and that with
    small links together for each way to take the number apart."""
    name, meaning = asked.metric, asked.meaning
    before, after = past[0][name, ""], now[name, ""]
    views = [{link: amount for (link, _), amount in view.items()} for view in past[1:]]
    change = difference_row(meaning, asked.period, before, after)
    row: Row = {
        "period": since,
        "before": figures(before),
        "change": {key: change[key] for key in _KEPT},
        "attribution": _links(views[0], inputs),
        "second_attribution": [row for view in views[1:] for row in _links(view, inputs)],
    }
    return row, [_links(_gathered(view), inputs) for view in views]


def _links(parts: Mapping[str, Array], inputs: Inputs) -> list[Row]:
    """Return what each link did: its mean, which adds up to the mean change, and its band."""
    rows = []
    for name, amount in parts.items():
        points = np.percentile(amount, PERCENTILES)
        rows.append(
            {
                "driver": name,
                "title": OTHERS if name == OTHERS else title_of(name, inputs),
                "amount": plain(float(amount.mean())),
                **{f"p{p}": plain(float(x)) for p, x in zip(PERCENTILES, points, strict=True)},
                "probability_up": probability_up(amount),
            }
        )
    return sorted(rows, key=lambda row: (row["driver"] == OTHERS, -abs(row["amount"])))


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
