"""Attribution by the logarithmic mean: identities hold, and parts add up in every draw."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.attribution import divisia, identities
from forecast.analysis.attribution.divisia import decompose, title_of, wanted_for
from forecast.analysis.attribution.identities import (
    base,
    fields_of,
    formulas_of,
    has_rest,
)
from forecast.analysis.attribution.log_mean import link_weights, log_mean
from forecast.inputs import parse_settings
from forecast.model.equations import model_graph
from forecast.model.expressions import expressions_of
from forecast.model.graph import Graph, quantity
from forecast.world.values import at_period
from forecast.world.world import World

Values = Mapping[str, Any]

NODES = model_graph().nodes
LEFT_OVER = {
    formula.owner
    for name in NODES
    for each in (name, *(f"{name}.{field}" for field in fields_of(name)))
    for formula in formulas_of(each)
    if has_rest(formula.expression)
}
METRICS = sorted(
    name for name, node in NODES.items() if node.meaning.metric and node.meaning.kind != "event"
)


def test_the_chain_has_formulas_down_to_what_has_none() -> None:
    walked = {"bust_probability", "chip_price_premium", "compute_sold", "power_gap"}
    limits = {"nvidia_cumulative", "unserved_demand"}
    quotients = {"inference_spend_share", "first_use_inference_spend_share"}
    quotients |= {"paid_inference_share", "reported_share"}
    assert {name for name in METRICS if not formulas_of(name)} == walked | limits | quotients


def test_little_is_left_over_and_it_has_a_title(base_world: World) -> None:
    people = {"worker_adoption", "agent_hours", "agent_seat_revenue", "lab_research_budget"}
    fleet = {"compute_stock", "ai_capex", "ai_power_capacity", "training_flop"}
    market = {"rent_over_cost", "inference_share", "language_model_compute"}
    costs = {"cost_per_h100e_hour", "cost_per_query", "cost_per_agent_task", "fleet_cost"}
    assert people | fleet | market | costs == LEFT_OVER
    for name in LEFT_OVER:
        rest = NODES[base(name)].meaning.rest
        assert rest
        assert title_of(rest[0], base_world.inputs) == rest[1]


def test_an_equation_that_declares_nothing_is_its_own_formula() -> None:
    (formula,) = formulas_of("lab_consumer_revenue")
    assert formula.text == "weekly_users * revenue_per_user * exp(revenue_discrepancy)"
    (formula,) = formulas_of("tiers.cloud")
    assert formula.text == "chip_spend * (1 - enterprise_share_of_spend)"
    # a declaration stands in for the body, or beside it
    assert [each.text for each in formulas_of("training_compute")] == [
        "compute_stock * (1 - inference_share)"
    ]
    assert [each.text for each in formulas_of("ai_capex")] == [
        "planned_ai_capex * exp(spending_answer_to_revenue + spending_answer_to_demand"
        " - finance_limit - chip_limit - power_limit) * rest",
        "chip_spend / accelerator_share",
    ]


def test_a_quantity_is_a_leaf_that_says_so_or_is_more_than_arithmetic() -> None:
    for name in ("inference_discrepancy", "utilised_share", "inference_components.consumer"):
        assert formulas_of(name) == ()  # declared so, for the body is a product
    for name in ("anthropic_part", "market_path.sold", "compute_sold", "generation_prices"):
        assert formulas_of(name) == ()


def test_nothing_is_declared_that_the_equation_says_itself() -> None:
    for name, node in NODES.items():
        body = expressions_of(node.equation)
        declared = [("", text) for text in node.meaning.formulas]
        for field, text in (*declared, *node.meaning.members.items()):
            own = body.get(field)
            assert not isinstance(own, ast.BinOp) or ast.unparse(own) != text, name


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("period", "since"), [("2028", "2025"), ("2027Q3", "2024Q4")])
def test_parts_add_up_to_the_change_since_in_every_draw(
    metric: str,
    period: str,
    since: str,
    base_world: World,
) -> None:
    found = base_world.values(wanted_for(metric))
    before, after = at_period(found, metric, since), at_period(found, metric, period)
    parts = decompose(metric, period, found, found, since=since)
    check_sum(parts, before, after)
    assert all(title_of(part.name, base_world.inputs) for part in parts)


def check_sum(parts: list[divisia.Part], before: Any, after: Any) -> None:
    total = sum((part.amount for part in parts), np.zeros(after.shape))
    scale = np.maximum(np.maximum(np.abs(before), np.abs(after)), 1e-300)
    assert np.max(np.abs(total - (after - before)) / scale) < 1e-9


@pytest.mark.parametrize("metric", ["inference_share", "chip_spend", "cost_per_query", "tokens"])
def test_parts_add_up_to_what_a_setting_changes(metric: str, base_world: World) -> None:
    asked = ("agent_penetration@2028=25%", "token_yield=x2", "spending_response=x0.5")
    changed = base_world.with_settings(parse_settings(asked, base_world.inputs, "command line"))
    wanted = wanted_for(metric)
    before, after = base_world.values(wanted), changed.values(wanted)
    parts = decompose(metric, "2028", before, after)
    check_sum(parts, at_period(before, metric, "2028"), at_period(after, metric, "2028"))
    if metric == "tokens":
        amounts = {part.name: part.amount for part in parts}
        assert (amounts["token_yield"] > 0.0).all()
        assert (amounts["agent_penetration"] < 0.0).mean() > 0.9
        assert "weekly_users" not in amounts
    assert decompose(metric, "2028", before, before) == []


def test_a_second_formula_gives_a_second_view_of_the_same_change(
    base_world: World,
) -> None:
    wanted = wanted_for("chip_spend") | wanted_for("chip_spend", view=1)
    found = base_world.values(wanted)
    money = decompose("chip_spend", "2028", found, found, since="2025")
    hardware = decompose("chip_spend", "2028", found, found, since="2025", view=1)
    assert {"market_path.sold", "chip_price_premium"} <= {part.name for part in hardware}
    assert "planned_nvidia_datacenter_revenue" in {part.name for part in money}
    check_sum(hardware, *(at_period(found, "chip_spend", year) for year in ("2025", "2028")))


def test_a_chain_never_comes_back_to_where_it_has_been() -> None:
    """AI capex and chip spend say each other: whichever is asked for, the other is not its leaf."""
    assert "market_path" in wanted_for("ai_capex", view=1)
    assert "market_path" not in wanted_for("chip_spend")
    assert "agent_hours_per_seat" in wanted_for("inference_compute")


@quantity("units", "flow", "Energy")
def energy(first_use: Any, second_use: Any) -> Any:
    """Energy of two sectors."""
    return first_use + second_use


@quantity("units", "flow", "First")
def first_use(output: Any, first_share: Any, first_intensity: Any) -> Any:
    """Energy of a sector."""
    return output * first_share * first_intensity


@quantity("units", "flow", "Second")
def second_use(output: Any, first_share: Any, second_intensity: Any) -> Any:
    """Energy of the other sector."""
    return output * (1.0 - first_share) * second_intensity


@quantity(
    "units",
    "flow",
    "Bill",
    formula="(energy * price * exp(shift) + rest) / efficiency",
    rest=("charge", "Standing charge"),
)
def bill(energy: Any, price: Any, shift: Any, charge: Any, efficiency: Any) -> Any:
    """What energy costs."""
    return (energy * price * np.exp(shift) + charge) / efficiency


TOY = Graph([energy, first_use, second_use, bill])


@pytest.fixture(scope="module")
def toy() -> Iterator[Graph]:
    """Attribution on a small graph in place of the model's."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (divisia, identities):
            patch.setattr(module, "model_graph", lambda: TOY)
        formulas_of.cache_clear()
        yield TOY
    formulas_of.cache_clear()


def one_quarter(graph: Graph, given: dict[str, float]) -> Values:
    """Return every quantity of the small graph, the same in each quarter of 2022."""
    ready = {name: np.full((1, 4), value) for name, value in given.items()}
    return {**ready, **graph.evaluate(graph.nodes, ready)}


def test_the_two_sector_example_of_ang(toy: Graph) -> None:
    """Two sectors' energy, after Ang (2005, table 1): activity, structure and intensity.

    L(80, 30) = 50 / ln(8/3) = 50.977 and L(16, 20) = 4 / ln(5/4) = 17.926; activity grows by
    ln 1.6, the shares by ln 2.5 and ln 0.625, the intensities by ln(2/3) and ln 0.8.
    """
    before = one_quarter(toy, {"output": 50.0, "first_share": 0.2, "first_intensity": 3.0,
                               "second_intensity": 0.5, **BILL})  # fmt: skip
    after = one_quarter(toy, {"output": 80.0, "first_share": 0.5, "first_intensity": 2.0,
                              "second_intensity": 0.4, **BILL})  # fmt: skip
    parts = decompose("energy", "2022Q1", before, after)
    amounts = {part.name: float(part.amount[0]) for part in parts}
    assert amounts == pytest.approx(
        {
            "output": 32.385,
            "first_share": 38.285,
            "first_intensity": -20.669,
            "second_intensity": -4.000,
        },
        abs=1e-3,
    )
    assert sum(amounts.values()) == pytest.approx(46.0)
    year = decompose("energy", "2022", before, after)
    assert {part.name: float(part.amount[0]) / 4.0 for part in year} == pytest.approx(amounts)


BILL = {"price": 2.0, "shift": 0.0, "charge": 1.0, "efficiency": 0.5}
positive = st.floats(1e-6, 1e6)
perhaps_zero = st.one_of(st.just(0.0), positive)
GIVEN = st.fixed_dictionaries(
    {
        "output": perhaps_zero,
        "first_share": st.one_of(st.sampled_from([0.0, 1.0]), st.floats(0.001, 0.999)),
        "first_intensity": perhaps_zero,
        "second_intensity": perhaps_zero,
        "price": perhaps_zero,
        "shift": st.floats(-3.0, 3.0),
        "charge": perhaps_zero,
        "efficiency": positive,
    }
)


@given(before=GIVEN, after=GIVEN, same=st.sets(st.sampled_from(["output", "price", "shift"])))
def test_parts_add_up_whatever_is_zero_equal_or_starts_and_stops(
    toy: Graph, before: dict[str, float], after: dict[str, float], same: set[str]
) -> None:
    after = {**after, **{name: before[name] for name in same}}
    first, second = one_quarter(toy, before), one_quarter(toy, after)
    for period in ("2022Q2", "2022"):
        quarters = 4.0 if period == "2022" else 1.0
        parts = decompose("bill", period, first, second)
        totals = [quarters * values["bill"][:, 0] for values in (first, second)]
        check_sum(parts, *totals)
        assert not same & {part.name for part in parts}


def test_links_that_start_from_zero_together_share_the_change() -> None:
    zero, two, three = (np.array([[x]]) for x in (0.0, 2.0, 3.0))
    whole = (zero, 2.0 * two * three)
    links = [(zero, two), (zero, three), (two, two)]
    weights, regular = link_weights(whole, links, (1, 1, 1))
    parts = [w * (b - a) for w, (a, b) in zip(weights, links, strict=True)]
    assert [float(part[0, 0]) for part in parts] == pytest.approx([6.0, 6.0, 0.0])
    assert regular.all()


def test_the_limit_at_zero_is_what_ever_smaller_values_lead_to() -> None:
    """A product of 5 and a link that starts from nearly nothing: its part tends to the whole."""
    five, end = np.array([[5.0]]), np.array([[2.0]])
    exact = np.array([[0.0]])
    for start, far in ((1e-30, 0.05), (1e-200, 0.01), (0.0, 0.0)):
        small = exact + start
        links = [(small, end), (five - 1.0, five)]
        (first, second), _ = link_weights((4.0 * small, five * end), links, (1, 1))
        assert float(first[0, 0] * (2.0 - start)) == pytest.approx(10.0, rel=far or 1e-12)
        assert abs(float(second[0, 0])) <= 10.0 * far


@given(first=positive, ratio=st.floats(-1e-9, 1e-9))
def test_the_logarithmic_mean_of_nearly_equal_values_lies_between_them(
    first: float, ratio: float
) -> None:
    second = first * (1.0 + ratio)
    mean = float(log_mean(np.array([first]), np.array([second]))[0])
    assert mean == pytest.approx(0.5 * (first + second), rel=1e-12)
