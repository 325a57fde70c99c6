# ruff: noqa: E501
"""A projection made by hand: real in its magnitudes and its shape, and independent of the model."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log
from typing import Any, Literal

from forecast.analysis.front import Front, MovesRow
from forecast.analysis.project import Projection
from forecast.inputs.schema import Kind
from forecast.result import NO_QUARTERS, PERCENTILES, Band, Quantiles, Quarters, Run
from forecast.world.history.learnt import BeliefRow, TargetRow
from forecast.world.metrics import MetricInfo
from forecast.world.rows import (
    ConstraintRow,
    EventRow,
    MemberRow,
    MetricRow,
    ValueRow,
    fields_of,
)

Z = {
    2.5: -1.96,
    5: -1.645,
    10: -1.282,
    25: -0.674,
    50: 0.0,
    75: 0.674,
    90: 1.282,
    95: 1.645,
    97.5: 1.96,
}
YEARS = tuple(range(2022, 2029))
# For each metric: unit, kind, title, headline, median by year, log (or logit) spread by year.
NARROW = (0.12, 0.10, 0.08, 0.07, 0.13, 0.25, 0.40)
METRICS: dict[str, tuple[str, Kind, str, bool, tuple[float, ...]]] = {
    "compute_sold": ("H100e", "stock", "Compute sold", False, (0.5e6, 1.9e6, 6.1e6, 19.5e6, 46e6, 89e6, 160e6)),
    "compute_stock": ("H100e", "stock", "Compute running", True, (0.43e6, 1.6e6, 5.0e6, 16e6, 39e6, 73e6, 130e6)),
    "training_compute": ("H100e", "stock", "Compute allocated to training", True, (0.28e6, 0.94e6, 2.9e6, 8.5e6, 16e6, 19e6, 27e6)),
    "inference_compute": ("H100e", "stock", "Compute allocated to inference", True, (0.15e6, 0.66e6, 2.1e6, 7.5e6, 23e6, 54e6, 103e6)),
    "inference_share": ("share", "share", "Inference share of compute", True, (0.35, 0.41, 0.43, 0.47, 0.59, 0.74, 0.79)),
    "ai_capex": ("USD", "flow", "AI data-centre capital expenditure", True, (31e9, 76e9, 205e9, 410e9, 780e9, 1070e9, 1350e9)),
    "chip_spend": ("USD", "flow", "AI chip spend", True, (16e9, 41e9, 110e9, 217e9, 390e9, 490e9, 620e9)),
    "inference_spend_share": ("share", "share", "Inference share of chip spend", True, (0.40, 0.42, 0.44, 0.49, 0.64, 0.87, 0.83)),
    "ai_power_capacity": ("W", "stock", "AI facility capacity", True, (1.1e9, 3.3e9, 10e9, 24e9, 50e9, 71e9, 94e9)),
    "us_grid_share": ("share", "share", "Data centres' share of US electricity", True, (0.040, 0.044, 0.049, 0.055, 0.066, 0.079, 0.093)),
    "weekly_users": ("users", "stock", "ChatGPT weekly users", True, (1e6, 0.10e9, 0.35e9, 0.82e9, 1.2e9, 1.4e9, 1.42e9)),
    "agent_penetration": ("share", "share", "Enterprise apps with agents", True, (0.0004, 0.001, 0.007, 0.05, 0.21, 0.45, 0.57)),
    "tokens": ("tokens/day", "rate", "Reported tokens", True, (0.2e12, 2.1e12, 11e12, 75e12, 310e12, 700e12, 1300e12)),
    "cost_per_query": ("USD", "ratio", "Cost of a query", False, (0.011, 0.0082, 0.0051, 0.0034, 0.0026, 0.0021, 0.0017)),
}  # fmt: skip
OBSERVED = {("compute_stock", 2025): 16.2e6, ("agent_penetration", 2025): 0.05}
BINDS = {2026: (0.48, 0.33, 0.06, 0.13), 2027: (0.29, 0.10, 0.17, 0.44), 2028: (0.44, 0.12, 0.18, 0.26)}  # fmt: skip
COMPONENTS = {"pre_training": 0.2, "experiments": 0.797, "synthetic_and_evaluation": 0.003}


def quantiles(value: float, width: float, unit: str) -> Quantiles:
    """Return the percentiles of a lognormal or logit-normal belief."""
    if unit == "share":
        centre = log(value / (1.0 - value))
        return Quantiles(
            tuple(1.0 / (1.0 + exp(-(centre + 4.0 * width * Z[p]))) for p in PERCENTILES)
        )
    return Quantiles(tuple(value * exp(width * Z[p]) for p in PERCENTILES))


def metric_rows(metric: str, by: Literal["year", "quarter"]) -> Iterator[ValueRow]:
    """Yield a metric's rows by year, or by quarter with the year's value in each."""
    unit, kind, _, _, medians = METRICS[metric]
    for year, median, width in zip(YEARS, medians, NARROW, strict=True):
        labels = [str(year)] if by == "year" else [f"{year}Q{n}" for n in range(1, 5)]
        for label in labels:
            share = 0.25 if by == "quarter" and kind == "flow" else 1.0
            is_history = year < 2026 or label in {"2026Q1", "2026Q2"}
            observed = OBSERVED.get((metric, year)) if by == "year" else None
            yield ValueRow(
                metric=metric,
                dimension=None,
                member=None,
                period=label,
                unit=unit,
                kind=kind,
                status="estimated" if is_history else "projected",
                observed=observed,
                mean=median * share,
                quantiles=quantiles(median * share, width, unit),
                mc_error=median * share * 0.003,
                observed_qualifier=None if observed is None else "eq",
            )


def event_row(metric: str, quarters: tuple[str | None, ...], never: float) -> EventRow:
    """Return the row of a crossing: quantiles over all draws, None where it never happens."""
    return EventRow(
        metric=metric,
        dimension=None,
        member=None,
        period=None,
        unit="date",
        kind="event",
        status="projected",
        observed=None,
        mean=None,
        quantiles=Quarters(quarters),
        mc_error=0.001,
        probability_never=never,
        probability_up=None,
    )


def binding_rows() -> Iterator[ConstraintRow]:
    """Yield the share of draws bound by each constraint."""
    for year, shares in BINDS.items():
        for member, share in zip(("none", "finance", "chips", "power"), shares, strict=True):
            yield ConstraintRow(
                metric="binding_constraint",
                dimension="constraint",
                member=member,
                period=str(year),
                unit="share",
                kind="event",
                status="projected",
                observed=None,
                mean=share,
                quantiles=NO_QUARTERS,
                mc_error=0.001,
                probability_up=None,
            )


def component_rows() -> Iterator[MemberRow]:
    """Yield training compute by component."""
    for row in metric_rows("training_compute", "year"):
        for member, share in COMPONENTS.items():
            parts = Quantiles(tuple(value * share for value in row.quantiles.values))
            own: dict[str, Any] = {"dimension": "component", "member": member, "observed": None}
            own |= {"quantiles": parts, "mean": row.mean * share}
            yield MemberRow(**fields_of(row) | own, share=Band(0.9 * share, share, 1.1 * share))


def metrics() -> dict[str, MetricInfo]:
    """Return what a page needs to know of each metric."""
    found = {
        metric: MetricInfo(unit, kind, title, "", headline)
        for metric, (unit, kind, title, headline, _) in METRICS.items()
    }
    for event in ("crossover", "spend_crossover"):
        title = "Inference overtakes training" + (", spend" if event != "crossover" else "")
        found[event] = MetricInfo("date", "event", title, "", True)
    return found


def target_row(period: str, observed: float, modelled: Band, misfit: float) -> TargetRow:
    """Return how a figure of chips sold is met."""
    reasoning = "estimate [/b] of units" if misfit < 0.0 else "estimate of units"
    return TargetRow(
        target=f"sold_{period}",
        quantity="compute_sold",
        period=period,
        unit="H100e",
        bound="",
        observed=observed,
        prior=modelled,
        modelled=modelled,
        misfit=misfit,
        error=0.1,
        error_correlation=0.0,
        origin="epoch",
        reasoning=reasoning,
    )


def run(**changes: Any) -> Run:
    """Return what identifies the example's run."""
    known: dict[str, Any] = {
        "version": "0.1.0", "started": "2026-11-20T00:00:00Z", "as_of": "",
        "data_through": "2026-08-31", "seed": 1, "draws": 8192, "through": "2028",
        "scenario": (), "overrides": (), "inputs_sha256": "0" * 64, "duration_s": 1.5,
    }  # fmt: skip
    return Run(**{**known, **changes})


def projection(by: Literal["year", "quarter"] = "year", *, components: bool = False) -> Projection:
    """Return the example: every metric above, both crossings, and what binds."""
    rows: list[MetricRow] = [row for metric in METRICS for row in metric_rows(metric, by)]
    crossing = ("2024Q1", "2024Q3", "2025Q1", "2025Q3", "2026Q1", "2026Q4", None, None, None)
    spending = ("2023Q4", "2024Q2", "2024Q4", "2025Q2", "2025Q4", "2026Q3", "2028Q1", None, None)
    rows.append(event_row("crossover", crossing, 0.153))
    rows.append(event_row("spend_crossover", spending, 0.08))
    rows.extend(binding_rows() if by == "year" else ())
    rows.extend(component_rows() if components else ())
    return Projection(
        command="project",
        run=run(),
        rows=tuple(rows),
        warnings=("a warning with [/markup] in it",),
        metrics=metrics(),
        first_projected="2026Q3",
        findings=("34% (21–52%) of running compute hangs on reported money.",),
        targets=(
            target_row("2022", 0.6e6, Band(0.43e6, 0.5e6, 0.58e6), -2.4),
            target_row("2025", 20e6, Band(17.6e6, 19.5e6, 21.6e6), 0.3),
        ),
        conditioning=(
            BeliefRow(
                "agent_hours_per_seat",
                "hours/year",
                Band(110.0, 300.0, 820.0),
                Band(150.0, 320.0, 690.0),
                0.1,
                0.6,
            ),
            BeliefRow(
                "reinforcement_learning_share",
                "share",
                Band(0.1, 0.22, 0.4),
                Band(0.12, 0.2, 0.31),
                -0.1,
                0.7,
            ),
        ),
        given=(),
        cached=False,
        since=None,
    )


def front() -> Front:
    """Return what stands beside the example: three things that move it."""
    moving = (("research_growth", "Others' [R&D]", 0.23), ("shock", "Unexplained drift", 0.2))
    rows = (MovesRow(name, title, "inference_share", "2028", size) for name, title, size in moving)
    return Front("front", run(), tuple(rows), (), Band(0.21, 0.34, 0.52), None)
