"""What can be asked for: metrics, and the dimensions along which they split."""

from __future__ import annotations

from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning
from forecast.units import Reading
from forecast.world.evaluate import model_graph
from forecast.world.timeline import Timeline

DRIVER_METRICS = {
    "business_adoption": True,
    "agent_penetration": True,
    "weekly_users": True,
    "hyperscaler_capex": True,
    "reasoning_token_share": False,
}
"""Drivers that are published as metrics, and whether they are headlines."""


def metric_meanings(inputs: Inputs) -> dict[str, Meaning]:
    """Return every metric that a projection can show: published quantities and drivers."""
    nodes = model_graph().nodes.values()
    meanings = {node.name: node.meaning for node in nodes if node.meaning.metric}
    for name, headline in DRIVER_METRICS.items():
        driver = inputs.drivers[name]
        meanings[name] = Meaning(
            name, driver.unit, driver.kind, driver.title, driver.title, True, headline, None
        )
    return meanings


def breakdowns(dimension: str | None) -> dict[str, tuple[str, str]]:
    """Return the equations that split a metric along a dimension (all if it is None), by name, with
    the dimension and the metric they split."""
    return {
        node.name: node.meaning.breakdown
        for node in model_graph().nodes.values()
        if node.meaning.breakdown and dimension in {None, node.meaning.breakdown[0]}
    }


def status_of(observed: Reading | None, last: int, timeline: Timeline) -> str:
    """Return whether a period that ends at column `last` is observed, estimated or projected."""
    if last >= timeline.history:
        return "projected"
    return "estimated" if observed is None else "observed"
