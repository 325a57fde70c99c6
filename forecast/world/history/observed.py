"""What was observed of each metric, to stand beside the modelled band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.ensemble.targets import observed_in
from forecast.inputs.schema import Inputs, Kind, Observation
from forecast.periods import is_year, quarter, quarter_of
from forecast.units import Qualifier, Reading


@dataclass(frozen=True)
class Beside:
    """Series that add up to what was observed of a metric; cumulative ones as flows.

    A period is observed only where every series covers it. `floor` says that others, who publish
    nothing, are missing from the sum.
    """

    series: tuple[str, ...]
    cumulative: tuple[str, ...] = ()
    floor: bool = False


BESIDE = {
    "chip_spend": Beside(
        ("nvda_dc_compute_rev",),
        ("chip_cost_cum_google_tpu", "chip_cost_cum_amd", "chip_cost_cum_huawei"),
        floor=True,
    ),
    "hyperscaler_capex": Beside(
        (
            "capex_cash_amzn",
            "capex_cash_goog",
            "capex_incl_leases_msft",
            "capex_reported_meta",
            "capex_cash_orcl",
        )
    ),
    "compute_sold": Beside(
        (
            "h100e_sold_cum_nvidia",
            "h100e_sold_cum_google_tpu",
            "h100e_sold_cum_amazon_trainium",
            "h100e_sold_cum_amd",
            "h100e_sold_cum_huawei",
            "h100e_sold_cum_cambricon",
        )
    ),
    "weekly_users": Beside(("chatgpt_wau",)),
    "business_adoption": Beside(("btos_ai_use_new",)),
    "agent_penetration": Beside(("gartner_apps_with_agents",)),
    "tokens": Beside(("google_tokens_day", "doubao_tokens_day"), floor=True),
}


def observed_value(inputs: Inputs, metric: str, period: str, kind: Kind) -> Reading | None:
    """Return what was observed of a metric at a quarter or year in its unit, None if nothing was.

    A sum says "eq" only if each of its parts does; a single bound ("more than") stays a bound.
    """
    beside = BESIDE.get(metric)
    if beside is None:
        return None
    rows = {name: _points(inputs, name) for name in (*beside.series, *beside.cumulative)}
    level: Kind = "stock" if kind == "share" else kind
    parts = [observed_in(rows[name], period, level) for name in beside.series]
    parts += [_flow(rows[name], period) for name in beside.cumulative]
    present = [part for part in parts if part is not None]
    if len(present) != len(parts):
        return None
    return Reading("gt" if beside.floor else _qualifier(rows, period), sum(present))


def _qualifier(rows: Mapping[str, Sequence[Observation]], period: str) -> Qualifier:
    last = quarter(period)
    inside = [
        max(mine, key=lambda row: row.period_end).qualifier
        for series in rows.values()
        if (mine := [row for row in series if quarter_of(row.period_end) == last])
    ]
    if len(rows) == 1 and inside:
        return inside[0]
    return "eq" if set(inside) == {"eq"} else "approx"


def _points(inputs: Inputs, series_id: str) -> list[Observation]:
    return [row for row in inputs.observations if row.series_id == series_id and not row.assumed]


def _flow(rows: Sequence[Observation], period: str) -> float | None:
    """Return the rise of a cumulative series over a period, its first row counting from zero."""
    last = quarter(period)
    before = last - (4 if is_year(period) else 1)
    levels = {quarter_of(row.period_end): row.value for row in rows}
    if last not in levels:
        return None
    if before not in levels and min(levels) <= before:
        return None
    return levels[last] - levels.get(before, 0.0)
