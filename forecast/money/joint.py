"""What a move of one member of the money group does to the others, draw by draw.

Capex of the five follows NVIDIA's revenue by the share s of it that the link holds (`buyers` over
`hyperscaler_capex`), and what the five buy is vendors' revenue:

- the five's capex by a factor f: each company by f, each vendor by 1 + s (f − 1);
- NVIDIA's revenue by f: the five's capex by 1 + s (f − 1);
- one company: that company and the sum; another vendor: that vendor.

A driver of the group is a plan, which the equations take as `planned_<driver>`; the quantity of the
driver's own name is what becomes of it. Beliefs, settings and moves go by the driver's own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import numpy as np

from forecast.beliefs import Array
from forecast.inputs.schema import Inputs

TOTAL = "hyperscaler_capex"
LEADER = "nvidia_datacenter_revenue"
PER_REVENUE = "hyperscaler_ai_capex_to_nvidia_revenue"
PLANNED = "planned_"
Value = TypeVar("Value")


def planned(inputs: Inputs, name: str) -> str:
    """Return what the equations call a name: of a driver of the money group the plan."""
    driver = inputs.drivers.get(name)
    return f"{PLANNED}{name}" if driver and driver.process else name


def as_planned(inputs: Inputs, given: Mapping[str, Value]) -> dict[str, Value]:
    """Return values by the names that the equations take."""
    return {planned(inputs, name): value for name, value in given.items()}


def own_name(name: str) -> str:
    """Return the driver's name of a plan, any other name as it is."""
    return name.removeprefix(PLANNED)


def carried(
    inputs: Inputs, belief: Callable[[str], Array], move: Mapping[str, Array]
) -> Mapping[str, Array]:
    """Return a move together with what it does to members of the money group that it leaves out.

    `belief` returns a name as it stands, (draws, quarters) in its unit.
    """
    companies, vendors = _members(inputs, "capex"), _members(inputs, "vendor")
    asked = move.keys() & {TOTAL, LEADER, *companies}
    if not asked:
        return move
    total, leader = belief(TOTAL), belief(LEADER)
    share = np.minimum(belief(PER_REVENUE) * leader / total, 1.0)
    found = dict(move)
    if TOTAL in move:
        factor = move[TOTAL] / total
        others = {name: 1.0 + share * (factor - 1.0) for name in vendors}
        others |= dict.fromkeys(companies, factor)
    else:
        factor = np.ones((1, 1))
        if LEADER in move:
            factor = 1.0 + share * (move[LEADER] / leader - 1.0)
        others = dict.fromkeys(companies, factor)
        own = sum(move[name] - factor * belief(name) for name in companies if name in move)
        found[TOTAL] = factor * total + own
    found |= {name: belief(name) * each for name, each in others.items() if name not in move}
    return found


def moved_with(inputs: Inputs, name: str) -> set[str]:
    """Return a name, and the members of the money group that a move of it by itself moves."""
    companies = _members(inputs, "capex")
    if name == TOTAL:
        return {name, *companies, *_members(inputs, "vendor")}
    if name == LEADER:
        return {name, TOTAL, *companies}
    return {name, TOTAL} if name in companies else {name}


def _members(inputs: Inputs, process: str) -> list[str]:
    return [name for name, each in inputs.drivers.items() if each.process == process]
