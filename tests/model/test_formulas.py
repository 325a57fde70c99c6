"""Formulas that equations declare: identities in every draw, along which a what-if is explained."""

from __future__ import annotations

import numpy as np
import pytest
from small_world import HISTORY, VENDORS, moved, small_world

from forecast.analysis.attribution.divisia import decompose, wanted_for
from forecast.analysis.attribution.identities import (
    Formula,
    evaluated,
    fields_of,
    formulas_of,
    has_rest,
    mentioned,
    parsed,
    read,
    rest_of,
)
from forecast.model.equations import model_graph

NODES = model_graph().nodes
FORMULAS = [
    formula
    for name in NODES
    for each in (name, *(f"{name}.{field}" for field in fields_of(name)))
    for formula in formulas_of(each)
]
WORLD = small_world()
VALUES = {**WORLD, **model_graph().evaluate(NODES, WORLD)}


def owner(formula: Formula) -> str:
    return formula.owner


def named(formula: Formula) -> dict[str, np.ndarray]:
    return {name: read(VALUES, name) for name in (formula.owner, *mentioned(formula.expression))}


def holds(formula: Formula) -> bool:
    """Return whether an identity comes to its quantity in every draw and quarter."""
    values = named(formula)
    found = evaluated(formula, formula.expression, values)
    pair = np.broadcast_arrays(found, values[formula.owner])
    return bool(np.allclose(*pair, rtol=1e-9, atol=1e-300))


@pytest.mark.parametrize(
    "formula", [each for each in FORMULAS if not has_rest(each.expression)], ids=owner
)
def test_an_identity_holds_in_every_draw_and_quarter(formula: Formula) -> None:
    assert holds(formula)


@pytest.mark.parametrize(
    "formula", [each for each in FORMULAS if has_rest(each.expression)], ids=owner
)
def test_what_a_formula_leaves_over_is_a_factor_or_amount(formula: Formula) -> None:
    rest = rest_of(formula, named(formula))
    assert np.isfinite(rest).all()
    assert (rest >= 0.0).all()


@pytest.mark.parametrize("text", ["chip_spend * inference_spend_share", "chip_spend"])
def test_a_wrong_identity_is_seen(text: str) -> None:
    assert not holds(Formula("training_chip_spend", text, parsed(text)))


def rest(name: str) -> np.ndarray:
    formula = formulas_of(name)[0]
    return rest_of(formula, named(formula))


def test_what_is_left_over_is_what_its_title_says() -> None:
    demand, stock = VALUES["total_demand"], VALUES["compute_stock"]
    path, at_rent = VALUES["market_path"], VALUES["demands_at_rent"]
    np.testing.assert_allclose(rest("compute_stock"), path.sold_to_date - path.running, rtol=1e-6)
    np.testing.assert_allclose(rest("rent_over_cost"), np.exp(path.log_rent) * stock / demand)
    np.testing.assert_allclose(rest("training_flop"), VALUES["utilised_share"])
    left = at_rent.generative / VALUES["generative_demand"]
    is_used = VALUES["idle_compute"] == 0.0
    for name in ("cost_per_query", "cost_per_agent_task"):
        np.testing.assert_allclose(rest(name)[is_used], left[is_used], rtol=1e-7)
    np.testing.assert_allclose(rest("agent_hours")[:, :HISTORY], 1.0)
    # as far as vendors report and guide, spending is its plan
    np.testing.assert_allclose(rest("ai_capex")[:, :VENDORS], 1.0)


LESS_AGENTS = moved(
    moved(WORLD, "agent_penetration", 0.5, HISTORY), "agent_hours_per_seat", 0.5, HISTORY
)


@pytest.mark.parametrize(
    ("metric", "down", "absent"),
    [
        ("ai_revenue", {"agent_penetration", "agent_hours_per_seat"}, {"weekly_users"}),
        ("agent_seats", {"agent_penetration"}, {"agent_hours_per_seat"}),
        ("anthropic_revenue", {"agent_penetration", "agent_hours_per_seat"}, {"weekly_users"}),
        ("inference_demand", {"agent_penetration", "agent_hours_per_seat"}, {"product_inference"}),
        ("demand_pressure", {"agent_penetration", "agent_hours_per_seat"}, {"product_inference"}),
        ("rent", {"agent_penetration", "agent_hours_per_seat"}, {"price_per_h100e"}),
        ("inference_share", {"agent_penetration", "agent_hours_per_seat"}, {"weekly_users"}),
        ("chip_spend", {"spending_answer_to_revenue", "spending_answer_to_demand"},
         {"planned_nvidia_datacenter_revenue", "accelerator_share"}),
        ("hyperscaler_capex", {"spending_answer_to_revenue", "spending_answer_to_demand"},
         {"planned_hyperscaler_capex"}),
    ],
)  # fmt: skip
def test_fewer_agents_are_explained_from_seats_to_spending(
    metric: str, down: set[str], absent: set[str]
) -> None:
    wanted = wanted_for(metric)
    before, after = (
        {name: world[name] if name in world else found[name] for name in wanted}
        for world in (WORLD, LESS_AGENTS)
        for found in [model_graph().evaluate(wanted & NODES.keys(), world)]
    )
    parts = {part.name: part.amount for part in decompose(metric, "2028", before, after)}
    for name in down:
        assert np.median(parts[name]) < 0.0, name
    assert not absent & parts.keys()
    change = after[metric] - before[metric]
    whole = {"flow": change[:, -4:].sum(axis=1), "stock": change[:, -1], "ratio": change[:, -1]}
    whole |= {"share": change[:, -1], "rate": change[:, -4:].mean(axis=1)}
    expected = whole[NODES[metric].meaning.kind]
    atol = 1e-12 * np.abs(before[metric]).max()
    np.testing.assert_allclose(sum(parts.values()), expected, rtol=1e-6, atol=atol)
