"""What must hold in every draw, whatever is believed and whatever is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from forecast.model.equations.supply import CONSTRAINTS, SupplyPath
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.model.equations import model_graph
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.timeline import Timeline
from forecast.world.world import World

DRAWS = 16
ROUNDING = 1e-9


class Everything:
    """Every quantity, and everything that was given, for a few draws."""

    def __init__(self, world: World) -> None:
        self.timeline = world.timeline
        self.given = world.given()
        self.found = model_graph().evaluate(model_graph().nodes, self.given)

    def __getitem__(self, name: str) -> Any:
        return self.found[name] if name in self.found else self.given[name]


def close(first: Any, second: Any, scale: Any) -> None:
    """Fail unless two arrays agree to rounding against a positive scale."""
    assert np.max(np.abs(first - second) / scale) < ROUNDING


def test_identities(base_case: Case, base_grid: Timeline, base_ensemble: Ensemble) -> None:
    """Beliefs are drawn anew, up to twice as widely as stated and without their correlations, and
    joined with any of the fitted paths under any scenario."""

    @settings(max_examples=25, deadline=None)
    @given(
        scenario=st.sampled_from(sorted(base_case.inputs.scenarios)),
        seed=st.integers(0, 2**32 - 1),
        width=st.floats(0.0, 2.0),
    )
    def hold(scenario: str, seed: int, width: float) -> None:
        rng = np.random.default_rng(seed)
        chosen = rng.integers(0, base_ensemble.normals.shape[1], DRAWS)
        mixed = replace(
            base_ensemble,
            normals=width * rng.standard_normal((len(base_ensemble.normals), DRAWS)),
            paths={name: values[chosen] for name, values in base_ensemble.paths.items()},
            shocks={name: values[chosen] for name, values in base_ensemble.shocks.items()},
        )
        made = base_case.inputs.scenarios[scenario].settings
        world = Everything(World(base_case.inputs, mixed, base_grid).with_settings(made))
        partitions_hold(world)
        stocks_and_flows_reconcile(world)
        demand_is_served_once(world)
        what_binds_is_told(world)

    hold()


def within_one(shares: Any) -> bool:
    return bool(np.all((shares >= -ROUNDING) & (shares <= 1.0 + ROUNDING)))


def partitions_hold(world: Everything) -> None:
    running, spend = world["compute_stock"], world["chip_spend"]
    close(world["training_compute"] + world["inference_compute"], running, running)
    close(world["training_chip_spend"] + world["inference_chip_spend"], spend, 1.0 + spend)
    close(world["training_demand"] + world["inference_demand"], world["total_demand"], running)
    for name in ("generation_shares", "class_shares"):
        for shares in (world[name], world[f"{name}_of_compute"]):
            close(sum(shares), 1.0, 1.0)
            assert all(within_one(share) for share in shares)
    for name, node in model_graph().nodes.items():
        if node.meaning.breakdown:
            whole = world[node.meaning.breakdown[1]]
            close(sum(world[name]), whole, 1.0 + whole)
            assert all(np.all(part >= -ROUNDING * whole) for part in world[name]), name
    for name in ("inference_share", "inference_spend_share", "worker_adoption"):
        assert within_one(world[name]), name


def stocks_and_flows_reconcile(world: Everything) -> None:
    path: SupplyPath = world["supply_path"]
    sold, start = world["compute_sold"], world["fleet_start"]
    close(start + np.cumsum(path.sold, axis=1), sold, sold)
    of_classes = ("nvidia_compute_sold", "custom_asic_compute_sold", "other_gpu_compute_sold")
    rest = np.cumsum(path.sold * world["class_shares_of_compute"].inference_specialist, axis=1)
    close(start + rest + sum(world[name] for name in of_classes), sold, sold)
    assert np.all(world["compute_stock"] <= sold * (1.0 + ROUNDING))
    assert np.all(path.sold >= 0.0)
    close(
        world["ai_capex"] * world["accelerator_share"],
        world["chip_spend"],
        1.0 + world["chip_spend"],
    )
    reported = world["vendor_chip_spend"][:, : world.timeline.vendor]
    close(world["chip_spend"][:, : world.timeline.vendor], reported, reported)


def demand_is_served_once(world: Everything) -> None:
    running, demand = world["compute_stock"], world["total_demand"]
    idle, unserved = world["idle_compute"], world["unserved_demand"]
    scale = running + demand
    close(idle - unserved, running - demand, scale)
    assert np.all(np.minimum(idle, unserved) <= ROUNDING * scale)
    for workload in ("training", "inference"):
        allocated, needed = world[f"{workload}_compute"], world[f"{workload}_demand"]
        assert np.all(allocated >= 0.0)
        short = demand > running
        assert np.all(allocated[short] <= needed[short] * (1.0 + ROUNDING))
        assert np.all(allocated[~short] >= needed[~short] * (1.0 - ROUNDING))


def what_binds_is_told(world: Everything) -> None:
    path: SupplyPath = world["supply_path"]
    codes = path.binding
    assert np.all(codes[:, : world.timeline.vendor] == -1.0)
    assert set(np.unique(codes[:, world.timeline.vendor :])) <= set(range(len(CONSTRAINTS)))
    short = world["total_demand"] > world["compute_stock"]
    future = np.arange(world.timeline.size) >= world.timeline.vendor
    assert np.array_equal((codes == 0.0)[:, future], ~short[:, future])
    assert np.all(path.watts > 0.0)


def test_research_keeps_its_floor_however_short_compute_is(
    base_world: World,
) -> None:
    given_values = base_world.of_draws(slice(0, 256)).given()
    usual = model_graph().evaluate(["inference_demand"], given_values)["inference_demand"]
    wanted = ["training_compute", "training_demand", "compute_stock"]
    for factor in (1.0, 3.0, 100.0):
        found = model_graph().evaluate(wanted, {**given_values, "inference_demand": factor * usual})
        kept = given_values["research_floor"] * found["compute_stock"]
        kept = np.minimum(kept, found["training_demand"])
        assert np.all(found["training_compute"] >= kept * (1.0 - ROUNDING)), factor
