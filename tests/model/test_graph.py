"""The graph: order, what is kept, what wins, what is said of a wrong name; and the real one."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from forecast.analysis.attribution.divisia import wanted_for
from forecast.model.equations import model_graph
from forecast.model.graph import Graph, quantity
from forecast.units import UNITS
from forecast.world.case import Case
from forecast.world.world import World

Equation = Callable[..., Any]


@quantity("USD", "flow", "Spend")
def spend(sold: Any, price: Any) -> Any:
    """Units sold × price."""
    return sold * price


@quantity("H100e", "flow", "Sold")
def sold(budget: Any, price: Any) -> Any:
    """Budget over
    price."""
    return budget / price


@quantity("share", "share", "Half", metric=True, aggregate=("spend", "sold"))
def half(spend: Any, sold: Any) -> Any:
    return spend / (spend + sold)


CHAIN: list[Equation] = [half, spend, sold]


def values(*numbers: float) -> np.ndarray:
    return np.array([numbers])


def test_equations_run_after_what_they_need() -> None:
    assert [node.name for node in Graph(CHAIN).order(["half"], ["budget", "price"])] == [
        "sold",
        "spend",
        "half",
    ]
    assert [node.name for node in Graph(CHAIN).order(["sold"], ["budget", "price"])] == ["sold"]


def test_only_what_is_wanted_comes_back() -> None:
    given = {"budget": values(6.0), "price": values(2.0)}
    found = Graph(CHAIN).evaluate(["half"], given)
    assert {name: float(value[0, 0]) for name, value in found.items()} == {"half": 6.0 / 9.0}
    both = Graph(CHAIN).evaluate(["sold", "spend", "budget"], given)
    assert [float(both[name][0, 0]) for name in ("sold", "spend", "budget")] == [3.0, 6.0, 6.0]


def test_a_given_value_wins_over_its_equation() -> None:
    given = {"sold": values(10.0), "price": values(2.0)}
    assert Graph(CHAIN).evaluate(["spend"], given)["spend"][0, 0] == 20.0


def test_an_intermediate_is_dropped_after_its_last_use() -> None:
    class Large(np.ndarray):
        """An array that a weak reference can follow."""

    alive: list[Any] = []

    @quantity("H100e", "flow", "Large")
    def large(budget: Any) -> Any:
        made = np.asarray(budget).view(Large)
        alive.append(weakref.ref(made))
        return made

    @quantity("H100e", "flow", "Small")
    def small(large: Any) -> Any:
        return float(large.sum())

    @quantity("H100e", "flow", "Last")
    def last(small: Any) -> Any:
        return small, alive[0]() is None

    result = Graph([last, small, large]).evaluate(["last"], {"budget": values(1.0, 2.0)})
    assert result["last"] == (3.0, True)


def test_a_missing_argument_is_named_with_its_user_and_its_neighbour() -> None:
    with pytest.raises(KeyError, match=r"sold needs price.*Did you mean prices\?"):
        Graph(CHAIN).evaluate(["sold"], {"budget": values(1.0), "prices": values(1.0)})
    with pytest.raises(KeyError, match=r"the request needs spent.*Did you mean spend\?"):
        Graph(CHAIN).evaluate(["spent"], {})


def test_a_circle_and_a_double_name_are_refused() -> None:
    @quantity("USD", "flow", "Budget")
    def budget(spend: Any) -> Any:
        return spend

    with pytest.raises(KeyError, match=r"circle: .*budget"):
        Graph([*CHAIN, budget]).evaluate(["half"], {"price": values(1.0)})
    with pytest.raises(ValueError, match="two equations define sold"):
        Graph([*CHAIN, sold])


def test_a_decorator_tells_what_a_quantity_is() -> None:
    meaning = Graph(CHAIN).nodes["sold"].meaning
    assert (meaning.unit, meaning.kind, meaning.title) == ("H100e", "flow", "Sold")
    assert (meaning.definition, meaning.metric) == ("Budget over price.", False)
    assert Graph(CHAIN).nodes["half"].meaning.aggregate == ("spend", "sold")


@pytest.fixture
def given_values(base_world: World) -> dict[str, Any]:
    return base_world.of_draws(slice(0, 2)).given()


def test_nothing_in_the_model_is_unfed_or_unread(
    base_case: Case, given_values: dict[str, Any]
) -> None:
    read, inputs = model_graph().arguments(), base_case.inputs
    assert read - set(given_values) == set()
    assert set(inputs.assumptions) - read == set()
    # money is given as planned: the market moves it
    assert [name for name in inputs.drivers if not {name, f"planned_{name}"} & read] == []
    assert set(given_values) - read == set()


def test_every_quantity_serves_a_metric_or_a_target(
    base_case: Case, given_values: dict[str, Any]
) -> None:
    graph = model_graph()
    shown = {name for name, node in graph.nodes.items() if node.meaning.metric}
    shown |= {name for name, node in graph.nodes.items() if node.meaning.breakdown}
    explains = set().union(*map(wanted_for, shown)) & set(graph.nodes)
    aimed_at = {target.quantity for target in base_case.inputs.targets}
    used = {node.name for node in graph.order(shown | explains | aimed_at, given_values)}
    assert set(graph.nodes) - used == set()


# Prices beside a cost or a trend, a yield, and parts of the fleet: read at the end of the year.
AT_THE_END = {
    *("rent_over_cost", "chip_price_premium", "bust_probability", "tokens_per_h100e_hour"),
    *("paid_inference_share", "reported_share"),
}


def test_every_metric_is_explained_and_every_aggregate_exists() -> None:
    nodes = model_graph().nodes
    for node in nodes.values():
        assert node.meaning.definition.endswith("."), node.name
        assert {*(node.meaning.aggregate or ())} <= set(nodes), node.name
        assert node.meaning.unit in {*UNITS, "date"}, node.name
        if node.meaning.kind in {"share", "ratio"} and node.meaning.metric:
            # every other quotient is of a year's parts
            priced = node.meaning.unit.startswith("USD")
            is_at_the_end = priced or node.name in AT_THE_END
            assert is_at_the_end != bool(node.meaning.aggregate), node.name
