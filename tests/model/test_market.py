"""The market on a small world: what must hold in every draw and quarter, whatever moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from small_world import DRAWS, HISTORY, PATHS, QUARTERS, VENDORS, block, learnt, moved, small_world

from forecast.model.equations import model_graph
from forecast.model.equations.market.steps import MarketPath

GRAPH = model_graph()
WORLD = small_world()
BASE = GRAPH.evaluate(GRAPH.nodes, WORLD)
MARKET: MarketPath = BASE["market_path"]
# What what-ifs move from the first quarter after the reported ones: before it, plans are facts.
PLANS = {name for name in PATHS if name.startswith("planned_")} | {
    *("nvidia_compute_share", "other_gpu_to_amd_revenue", "broadcom_share_of_asic_spend"),
    *("inference_specialist_to_nvidia_spend", "accelerator_share", "hopper_list_price"),
    *("other_gpu_price", "custom_asic_price", "other_gpu_it_watts", "custom_asic_it_watts"),
}
ANSWERS = (
    *("spending_response", "spending_response_to_revenue", "lenders_response"),
    *("price_pass", "delay_share", "onsite_share", "limits_follow_spending", "bust_gap_elasticity"),
    *("research_finance_elasticity", "research_revenue_elasticity"),
)


def leaves(value: Any) -> list[np.ndarray]:
    """Return the arrays of a value, of a record's fields, or of theirs."""
    if not hasattr(value, "_fields"):
        return [np.asarray(value)]
    return [leaf for part in value for leaf in leaves(part)]


def evaluated(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return GRAPH.evaluate(names, given)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(PATHS)), st.floats(0.3, 2.0)), min_size=1, max_size=4
    ),
    st.lists(st.tuples(st.sampled_from(ANSWERS), st.floats(0.3, 1.2)), max_size=2),
)
def test_the_history_and_what_vendors_guide_never_move(
    paths: list[tuple[str, float]], answers: list[tuple[str, float]]
) -> None:
    world = WORLD
    for name, factor in paths:
        world = moved(world, name, factor, VENDORS if name in PLANS else HISTORY)
    for name, factor in answers:
        world = {**world, name: world[name] * factor}
    found = evaluated(world, *GRAPH.nodes)
    inputs = {name for name, _ in answers}
    for name, value in found.items():
        if inputs & set(GRAPH.nodes[name].needs) or GRAPH.nodes[name].meaning.kind == "event":
            continue  # a record that holds the moved number, or a date that may lie ahead
        if name == "sites_at_start":
            continue  # those of the last quarter that vendors guide, which lies ahead
        for was, now in zip(leaves(BASE[name]), leaves(value), strict=True):
            np.testing.assert_array_equal(was[:, :HISTORY], now[:, :HISTORY], err_msg=name)
    for field in ("chip_spend", "sold", "sold_to_date", "running", "watts"):
        was, now = getattr(MARKET, field), getattr(found["market_path"], field)
        np.testing.assert_array_equal(was[:, :VENDORS], now[:, :VENDORS], err_msg=field)


WHOLES = [
    (node.name, node.meaning.breakdown[1])
    for node in GRAPH.nodes.values()
    if node.meaning.breakdown
]


@pytest.mark.parametrize(("record", "whole"), WHOLES, ids=[record for record, _ in WHOLES])
def test_parts_sum_to_their_whole(record: str, whole: str) -> None:
    parts = np.stack(np.broadcast_arrays(*leaves(BASE[record])))
    np.testing.assert_allclose(parts.sum(axis=0), BASE[whole], rtol=1e-9)
    assert (parts >= -1e-12 * BASE[whole]).all()


def test_wholes_that_have_no_breakdown() -> None:
    served = BASE["inference_compute"] + BASE["training_compute"]
    np.testing.assert_allclose(served, BASE["compute_stock"], rtol=1e-12)
    labs = BASE["openai_revenue"] + BASE["anthropic_revenue"]
    np.testing.assert_allclose(
        labs + BASE["other_sellers_revenue"], 4.0 * BASE["ai_revenue"], rtol=1e-12
    )
    spent = BASE["openai_serving_spend"] + BASE["anthropic_serving_spend"]
    rest = BASE["openai_compute_spend"] + BASE["anthropic_compute_spend"] - spent
    np.testing.assert_allclose(rest, BASE["lab_rd_spend"], rtol=1e-9)


def test_what_classes_sell_is_what_the_market_sells_whatever_it_costs() -> None:
    shares = BASE["class_shares_of_compute"]
    for name, part in (
        ("nvidia_compute_sold", shares.nvidia_gpu),
        ("other_gpu_compute_sold", shares.other_gpu),
        ("custom_asic_compute_sold", shares.custom_asic),
    ):
        np.testing.assert_allclose(BASE[name], np.cumsum(MARKET.sold * part, axis=1), rtol=1e-9)
    assert MARKET.premium.max() > 1.2


def test_five_companies_never_buy_more_than_the_world() -> None:
    five, capex = BASE["buyers"].hyperscalers, BASE["ai_capex"]
    assert (five <= capex).all()
    assert (BASE["hyperscaler_capex"] >= five * (1.0 - 1e-12)).all()
    assert (five == capex).mean() < 0.5  # the limit is not what says so


def test_demand_fills_what_runs_and_machines_idle_at_the_floor_alone() -> None:
    asked = sum(BASE["demands_at_rent"])
    floor = BASE["rent_elasticities"].log_floor
    is_floor = MARKET.log_rent == floor
    assert (MARKET.log_rent >= floor).all()
    assert 0.0 < is_floor[:, HISTORY:].mean() < 0.5
    np.testing.assert_allclose(asked[~is_floor], MARKET.running[~is_floor], rtol=1e-9)
    np.testing.assert_array_equal(BASE["idle_compute"][~is_floor], 0.0)
    assert (BASE["idle_compute"][is_floor] > 0.0).all()


def test_draws_are_the_same_in_blocks() -> None:
    names = ("market_path", "inference_share", "owners")
    for rows in (slice(0, 1), slice(5, 18), slice(18, DRAWS)):
        found = evaluated(block(WORLD, rows), *names)
        for name in names:
            for whole, part in zip(leaves(BASE[name]), leaves(found[name]), strict=True):
                np.testing.assert_array_equal(whole[rows], part, err_msg=name)


def test_feedback_adds_dependence_and_not_width() -> None:
    """Where nothing is short, money has the spread of plans, in another order."""
    world: Mapping[str, Any] = WORLD
    for name in ("memory_supply", "packaging_supply", "power_additions"):
        world = moved(world, name, 1e6, HISTORY)
    found = evaluated({**world, **learnt(world)}, "chip_spend", "planned_chip_spend")
    spent, planned = (found[name][:, VENDORS:] for name in ("chip_spend", "planned_chip_spend"))
    np.testing.assert_allclose(np.sort(spent, axis=0), np.sort(planned, axis=0), rtol=0.04)
    assert np.abs(np.log(spent / planned)).mean() > 0.05


def median(values: Mapping[str, Any], name: str) -> float:
    """Return the median of a quantity in the last year."""
    return float(np.median(np.broadcast_to(values[name], (DRAWS, QUARTERS))[:, -4:]))


FOLLOWED = ("ai_revenue", "ai_capex", "rent_over_cost", "chip_price_premium", "inference_share")


def after(**factors: float) -> dict[str, float]:
    """Return what a move of inputs after the history does to medians of the last year, as
    factors."""
    world = WORLD
    for name, factor in factors.items():
        world = moved(world, name, factor, HISTORY)
    found = evaluated(world, *FOLLOWED)
    return {name: median(found, name) / median(BASE, name) for name in FOLLOWED}


def test_agents_that_disappoint_lower_revenue_spending_and_rent() -> None:
    found = after(agent_penetration=0.5, agent_hours_per_seat=0.5)
    assert found["ai_revenue"] < 0.9
    assert found["ai_capex"] < 0.98
    assert found["rent_over_cost"] < 0.99
    assert found["inference_share"] < 1.0
    risen = after(agent_penetration=1.5, agent_hours_per_seat=1.5)
    assert risen["ai_revenue"] > 1.05
    assert risen["ai_capex"] > 1.0


def test_half_of_the_chips_cost_more_and_are_let_for_more() -> None:
    found = after(memory_supply=0.5, packaging_supply=0.5)
    assert found["chip_price_premium"] > 1.05
    assert found["rent_over_cost"] > 1.05
    assert found["ai_capex"] < 1.0


def test_power_that_is_short_leaves_chips_waiting_and_raises_rent() -> None:
    found = evaluated(moved(WORLD, "power_additions", 0.2, HISTORY), "power_gap", "rent_over_cost")
    assert median(found, "power_gap") > 2.0 * median(BASE, "power_gap")
    assert median(found, "rent_over_cost") > 1.02 * median(BASE, "rent_over_cost")


def test_less_research_leaves_more_of_what_runs_to_inference() -> None:
    assert after(lab_research_ratio=0.5)["inference_share"] > 1.02


@pytest.mark.parametrize(("rebound", "grows"), [(0.5, -1), (1.0, 0), (1.5, 1)])
def test_efficiency_saves_compute_unless_use_takes_it_back(rebound: float, grows: int) -> None:
    world = {**WORLD, "efficiency_rebound": np.full((DRAWS, 1), rebound)}
    ratios = ("openai_serving_over_revenue", "anthropic_serving_over_revenue")
    names = ("inference_demand", "tokens", "cost_per_million_tokens", *ratios)
    before = evaluated(world, *names)
    after = evaluated(moved(world, "serving_efficiency", 2.0, HISTORY), *names)
    times = {name: (after[name] / before[name])[:, HISTORY:] for name in names}
    assert (np.sign(np.round(np.log(times["inference_demand"]), 12)) == grows).all()
    assert (times["tokens"] > 1.0).all()
    assert (times["cost_per_million_tokens"] < 1.0).mean() > 0.95
    # what it saves one laboratory it saves the other
    for name in ratios:
        assert np.median(times[name]) == pytest.approx(2.0 ** (rebound - 1.0), rel=0.02)


def test_a_bust_strikes_once_and_spending_falls() -> None:
    hazard = np.zeros((DRAWS, QUARTERS))
    hazard[:, VENDORS + 1] = hazard[:, VENDORS + 4] = 2.0
    still = {**WORLD, "bust_gap_elasticity": np.zeros((DRAWS, 1))}
    names = ("market_path", "utilised_share")
    calm = evaluated({**still, "bust_hazard": np.zeros((DRAWS, QUARTERS))}, *names)
    found = evaluated({**still, "bust_hazard": hazard}, *names)
    bust, quiet = found["market_path"], calm["market_path"]
    assert quiet.bust.max() == 0.0
    assert (bust.bust[:, : VENDORS + 1] == 0.0).all()
    assert (bust.bust[:, VENDORS + 1 :] == 1.0).all()
    np.testing.assert_array_equal(
        bust.chip_spend[:, : VENDORS + 1], quiet.chip_spend[:, : VENDORS + 1]
    )
    year = slice(VENDORS + 4, VENDORS + 8)  # after it a shortage may have brought spending back
    assert (bust.chip_spend[:, year] < quiet.chip_spend[:, year]).all()
    # a second chance, half a year later, adds nothing
    hazard[:, VENDORS + 4] = 0.0
    once = evaluated({**still, "bust_hazard": hazard}, "market_path")["market_path"]
    np.testing.assert_array_equal(once.chip_spend, bust.chip_spend)


def test_spending_that_answers_leans_on_revenue() -> None:
    """Surprises of revenue and spending go together where spending answers, and not where not."""

    def together(response: float) -> float:
        world = {**WORLD, "spending_response": np.full((DRAWS, 1), response)}
        found = evaluated(world, "spending", "chip_spend", "planned_chip_spend")
        moved_by = np.log(found["chip_spend"] / found["planned_chip_spend"])[:, -4:].mean(axis=1)
        surprise = found["spending"].revenue_surprise[:, -6:-2].mean(axis=1)
        return float(spearmanr(moved_by, surprise).statistic)

    assert together(1.0) > together(0.0) + 0.1
