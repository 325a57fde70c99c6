"""What must hold in every draw, whatever is believed and whatever is changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.model.clearing import HIGHEST
from forecast.model.equations import model_graph
from forecast.model.equations.market.steps import CONSTRAINTS, MarketPath
from forecast.world.case import Case
from forecast.world.draws.draws import Ensemble
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
        demand_meets_supply_at_the_rent(world)
        money_is_spent_once(world)

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
    shares = ("inference_share", "forward_share", "inference_spend_share", "worker_adoption")
    for name in (*shares, "utilised_share", "reported_share", "paid_inference_share"):
        assert within_one(world[name]), name


def stocks_and_flows_reconcile(world: Everything) -> None:
    path: MarketPath = world["market_path"]
    sold, start = world["compute_sold"], world["fleet_start"]
    close(start + np.cumsum(path.sold, axis=1), sold, sold)
    of_classes = ("nvidia_compute_sold", "custom_asic_compute_sold", "other_gpu_compute_sold")
    rest = np.cumsum(path.sold * world["class_shares_of_compute"].inference_specialist, axis=1)
    close(start + rest + sum(world[name] for name in of_classes), sold, sold)
    assert np.all(world["compute_stock"] <= sold * (1.0 + ROUNDING))
    assert np.all(path.sold >= 0.0)
    assert np.all(path.watts > 0.0)
    capex, spend = world["ai_capex"], world["chip_spend"]
    close(capex * world["accelerator_share"], spend, 1.0 + spend)
    close(path.sold * world["price_per_h100e"] * world["chip_price_premium"], spend, 1.0 + spend)


def demand_meets_supply_at_the_rent(world: Everything) -> None:
    """Demand at the clearing rent fills what runs; only at the floor do machines stand idle, and
    only at the ceiling of the search, which no plausible draw comes near, is more asked for."""
    running, used = world["compute_stock"], sum(world["demands_at_rent"])
    floor = world["rent_floor"]
    at_floor = world["rent_over_cost"] <= floor * (1.0 + ROUNDING)
    assert np.all(world["rent_over_cost"] >= floor * (1.0 - ROUNDING))
    at_top = world["market_path"].log_rent >= HIGHEST
    short = np.abs(used / running - 1.0)
    assert np.all(short[~at_floor & ~at_top] < 1e-6)
    assert np.all(used[at_top] >= running[at_top] * (1.0 - 1e-6))
    assert np.all(used[at_floor] <= running[at_floor] * (1.0 + 1e-6))
    idle = world["idle_compute"]
    assert np.all(idle[~at_floor] == 0.0)
    close(running - idle, world["compute_used"], running)
    # where there is more demand at cost than machines, rent stands above cost
    pressure, rent = world["demand_pressure"], world["rent_over_cost"]
    clear = np.abs(pressure - 1.0) > 1e-6
    assert np.array_equal((rent > 1.0)[clear], (pressure > 1.0)[clear])


def money_is_spent_once(world: Everything) -> None:
    known = world.timeline.vendor
    planned, spend = world["planned_chip_spend"], world["chip_spend"]
    close(spend[:, :known], planned[:, :known], planned[:, :known])
    assert np.all(world["buyers"].hyperscalers <= world["hyperscaler_capex"] * (1.0 + ROUNDING))
    assert np.all(world["wanted_ai_capex"] >= world["ai_capex"] * (1.0 - ROUNDING))
    assert np.all(np.diff(world["bust_probability"], axis=1) >= -ROUNDING)
    codes = world["binding_constraint"]
    assert np.all(codes[:, :known] == -1.0)
    assert set(np.unique(codes[:, known:])) <= set(range(len(CONSTRAINTS)))
    free = codes[:, known:] == CONSTRAINTS.index("none")
    blocked = np.log(world["wanted_ai_capex"] / world["ai_capex"])[:, known:]
    assert np.all(blocked[free] < 3.0 * 0.05 + ROUNDING)
