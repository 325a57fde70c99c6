"""Where a number's inputs come from: beliefs with their reasons, observations with their sources.

Whatever enters the equations is an assumption, a driver, a shock, a reference or a quarter's place
in time; each is described so that a reader can open the file it stands in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forecast.analysis.beliefs.assumptions import belief_date, provenance, stated
from forecast.inputs.schema import Assumption, Driver, Inputs, Observation
from forecast.periods import quarter
from forecast.result import Row
from forecast.world.ensemble import REFERENCES, SHOCKS
from forecast.world.rows import plain

LATEST = 3  # observations of each series that a trail shows
NOTES = {
    "year_fraction": "The middle of each quarter, in years.",
    "quarters_ahead": "Quarters after the history; zero inside it.",
    "history_quarters": "Quarters that vendor revenue covers.",
    "vendor_quarters": "Quarters that vendor revenue or guidance covers.",
    "horizon_quarters": "Quarters that are shown.",
    "first_quarter": "The first quarter of the projection, counted in quarters.",
    "inference_shock": "A random walk of standard normal steps after the history: what the model "
    "does not know about inference demand.",
    "training_shock": "A random walk of standard normal steps after the history: what the model "
    "does not know about training demand.",
    "reference_agent_penetration": "Median path of agent penetration in the base case, held fixed "
    "in what-ifs.",
    "reference_reasoning_token_share": "Median path of the reasoning share in the base case, held "
    "fixed in what-ifs.",
    "reference_cost_of_computed_tokens": "Median path of serving cost in the base case, held fixed "
    "in what-ifs.",
    "reference_pressure": "Median path of demand pressure in the base case without the answer of "
    "capex to it, held fixed in what-ifs.",
}


def leaf_kind(name: str, inputs: Inputs) -> str:
    """Return what an input of the equations is."""
    if name in inputs.assumptions:
        return "assumption"
    if name in inputs.drivers:
        return "driver"
    if name in SHOCKS:
        return "shock"
    return "reference" if name in REFERENCES else "time"


def leaf_trail(name: str, inputs: Inputs, report: Mapping[str, Any], period: str) -> Row:
    """Return where an input comes from; `report` is the ensemble's, for prior and conditioned."""
    if name in inputs.assumptions:
        return _assumption(inputs.assumptions[name], report["conditioning"], period)
    if name in inputs.drivers:
        return _driver(inputs.drivers[name], inputs, report["drivers"], period)
    return {"equation": NOTES[name]}


def _assumption(assumption: Assumption, rows: Sequence[Mapping[str, Any]], period: str) -> Row:
    """Return an assumption's beliefs, one for each date of a path, with the nearest one's figures
    as its own."""
    moved = {row["assumption"]: row for row in rows}
    beliefs = []
    for knot in assumption.knots:
        at = assumption.name if knot.time is None else f"{assumption.name}@{knot.time:g}"
        beliefs.append(
            {
                "period": None if knot.time is None else belief_date(knot.time),
                "stated": stated(knot.belief),
                "prior": _band(moved[at], "prior"),
                "conditioned": _band(moved[at], "conditioned"),
                "shift": plain(moved[at]["shift"]),
                "spread": plain(moved[at]["spread"]),
            }
        )
    target = (quarter(period) + 1.0) / 4.0
    distances = [abs((knot.time or target) - target) for knot in assumption.knots]
    nearest = beliefs[distances.index(min(distances))]
    return {
        "equation": f"{assumption.title}.",
        **{key: nearest[key] for key in ("prior", "conditioned", "shift", "spread")},
        "beliefs": beliefs,
        **provenance(assumption.provenance, f"{assumption.file}:{assumption.line}"),
    }


def _band(row: Mapping[str, Any], prefix: str) -> Row:
    return {f"p{p}": plain(row[f"{prefix}_p{p}"]) for p in (10, 50, 90)}


def _driver(driver: Driver, inputs: Inputs, rows: Sequence[Mapping[str, Any]], period: str) -> Row:
    """Return a driver's fit before and after the targets in the last quarter of the year of a
    period, and the evidence it is fitted to."""
    year = str(quarter(period) // 4)
    path = next(row for row in rows if row["driver"] == driver.name and row["period"] == year)
    return {
        "equation": f"{driver.title}: growth curves ({', '.join(driver.families)}) fitted to its "
        "evidence, conditioned on the targets.",
        "quarter": f"{year}Q4",
        "prior": _band(path, "prior"),
        "conditioned": _band(path, "conditioned"),
        "beliefs": [
            {"belief": belief, **stated(distribution)}
            for belief, distribution in (
                ("saturation", driver.saturation),
                ("growth", driver.growth),
            )
            if distribution
        ],
        "observations": list(_observations(driver, inputs)),
        "assumed": [
            {
                "period": belief_date(point.time - 1e-6),
                **stated(point.belief),
                **provenance(point.provenance, f"{driver.file}:{driver.line}"),
            }
            for point in driver.assumed
        ],
        **provenance(driver.provenance, f"{driver.file}:{driver.line}"),
    }


def _observations(driver: Driver, inputs: Inputs) -> Iterator[Row]:
    """Yield the latest observations of each series that informs a driver, as published."""
    names = [name for evidence in driver.evidence for name in evidence.series]
    for name in dict.fromkeys([*names, driver.name]):
        rows = [row for row in inputs.observations if row.series_id == name]
        latest = sorted(rows, key=lambda row: (row.period_end, row.published))[-LATEST:]
        for row in latest:
            yield observation_row(row, inputs, len(rows))


def observation_row(row: Observation, inputs: Inputs, count: int) -> Row:
    """Return an observation as published, with its source and place; `count` is how many its
    series has. What was published before its period ended is guidance."""
    series = inputs.series.get(row.series_id)
    return {
        "series_id": row.series_id,
        "rows": count,
        "role": series.role if series else "driver",
        "period_end": row.period_end.isoformat(),
        "value": plain(row.value),
        "high": None if row.high is None else plain(row.high),
        "unit": row.unit,
        "qualifier": row.qualifier,
        "published": row.published.isoformat(),
        "guidance": row.published < row.period_end and not row.assumed,
        "assumed": row.assumed,
        "status": row.status,
        "source": row.source,
        "source_url": row.source_url,
        "place": f"{row.file}:{row.line}",
    }


def target_trail(name: str, inputs: Inputs, report: Mapping[str, Any]) -> list[Row]:
    """Return what a quantity is held against: each figure, how the ensemble meets it, and why."""
    stated_in = {target.name: f"{target.file}:{target.line}" for target in inputs.targets}
    return [
        {
            "target": row["target"],
            "period": row["period"],
            "unit": row["unit"],
            "bound": row["bound"],
            "observed": plain(row["observed"]),
            "modelled": _band(row, "modelled"),
            "misfit": plain(row["misfit"]),
            "reasoning": row["reasoning"],
            "place": stated_in[row["target"]],
        }
        for row in report["targets"]
        if row["quantity"] == name
    ]
