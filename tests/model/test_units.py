"""Every equation's declared unit follows from the units of its arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, get_type_hints

import numpy as np
import pytest
from built_in import INPUTS
from measured import Exponents, Measured, UnitError, exponents, measured_sum, unit_of
from small_world import small_world

from forecast.inputs.schema import Inputs, Kind
from forecast.model.equations import all_equations, model_graph
from forecast.model.equations.demand import revenue
from forecast.model.equations.market import balance, market
from forecast.model.reference import Reference
from forecast.periods import FIRST_QUARTER

QUARTERS = 24
GIVEN_QUARTERS = {
    "history_quarters": 18,
    "vendor_quarters": 19,
    "horizon_quarters": 22,
    "first_quarter": FIRST_QUARTER,
}
GRID_UNITS = {"year_fraction": {"year": 1}}
# Logarithms of money: another currency adds to them.
LOGS_OF = {
    "log_revenue": {"USD": 1, "year": -1},
    "reference_log_revenue": {"USD": 1, "year": -1},
    "log_operating_cash_flow": {"USD": 1, "year": -1},
}
REFERENCE_LOGS_OF = {"wanted": {"USD": 1}, "planned": {"USD": 1}}
CONSTANTS: dict[str, Exponents] = {
    "PEAK_OPERATIONS": {"FLOP": 1, "second": -1, "H100e": -1},
    "SECONDS_PER_DAY": {"second": 1, "day": -1},
    "HOURS_PER_YEAR": {"hour": 1, "year": -1},
    "SECONDS_PER_YEAR": {"second": 1, "year": -1},
    "QUARTERS_PER_YEAR": {"quarter": 1, "year": -1},
    "HOURS_PER_DAY": {"hour": 1, "day": -1},
    "WORKING_DAYS": {"day": 1, "year": -1},
    "MILLION": {"tokens": 1},
}
# These step through quarters, average them, look up fractional ones, iterate, compound over years
# with plain numbers, or take the logarithm of money. Their units are tested by scaling alone, as
# everybody's are.
STEPPED = {
    *("supply_history", "market_path", "inference_spend_share", "fleet_cost", "power_shown"),
    "sites_at_start",
    *("first_use_inference_spend", "first_use_inference_spend_share", "cost_of_recent_hardware"),
    *("workload_silicon", "cost_per_h100e_hour", "binding_constraint"),
    *("log_revenue", "revenue_surprise", "finance", "crossover", "spend_crossover"),
}
NODES = model_graph().nodes


def declared(inputs: Inputs, name: str) -> Exponents:
    """Return the unit of an equation, assumption, driver, its plan, or value of the grid."""
    if name in NODES:
        return of_kind(NODES[name].meaning.unit, NODES[name].meaning.kind)
    if (driver := name.removeprefix("planned_")) in inputs.drivers:
        return of_kind(inputs.drivers[driver].unit, inputs.drivers[driver].kind)
    if name in inputs.assumptions:
        return exponents(inputs.assumptions[name].unit)
    return GRID_UNITS.get(name, {})


def of_kind(unit: str, kind: Kind) -> Exponents:
    """Return the units of a quantity: a run-rate in dollars is that of a year."""
    unit = "USD/year" if (unit, kind) == ("USD", "rate") else unit
    return exponents(unit, kind == "flow")


def field_unit(node: str, field: str) -> Exponents:
    """Return the unit of a record's field, which may differ from that of the record."""
    fields = NODES[node].meaning.fields
    return of_kind(*fields[field]) if field in fields else declared(INPUTS, node)


def record_of(node: str) -> Any:
    """Return the record type that an equation returns, None for an array."""
    returned = get_type_hints(NODES[node].equation)["return"]
    return returned if hasattr(returned, "_fields") else None


def record(kind: Any, node: str, value: np.ndarray) -> Any:
    """Return a record of measured values; a field may be a record itself."""
    hints = get_type_hints(kind)
    return kind(
        *(
            record(hints[field], node, value)
            if hasattr(hints[field], "_fields")
            else Measured(value, field_unit(node, field))
            for field in kind._fields
        )
    )


def leaves(value: Any, field: str = "") -> list[tuple[str, Any]]:
    """Return the arrays of a value with their innermost field names."""
    if not hasattr(value, "_fields"):
        return [(field, value)]
    return [
        leaf for name, part in zip(value._fields, value, strict=True) for leaf in leaves(part, name)
    ]


def argument(name: str) -> Any:
    """Return a value with a unit for an argument: years near 2025, anything else a little share."""
    if name in GIVEN_QUARTERS:
        return GIVEN_QUARTERS[name]
    value = np.full((2, QUARTERS), 0.3)
    if name in NODES and record_of(name):
        return record(record_of(name), name, value)
    if declared(INPUTS, name) == {"year": 1}:
        value = value + 2025.0
    return Measured(value, declared(INPUTS, name))


@pytest.fixture
def measured_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the constants that equations read their units, and the sum that goes through them."""
    for module in model_modules():
        for name, value in list(vars(module).items()):
            if name in CONSTANTS:
                monkeypatch.setattr(module, name, Measured(value, CONSTANTS[name]))
            elif name.endswith("_REFERENCE_YEAR"):
                monkeypatch.setattr(module, name, Measured(value, {"year": 1}))
            elif name == "running_sum":
                monkeypatch.setattr(module, name, measured_sum)


def model_modules() -> list[ModuleType]:
    """Return the modules that hold equations."""
    return [sys.modules[name] for name in {node.equation.__module__ for node in NODES.values()}]


@pytest.mark.usefixtures("measured_constants")
@pytest.mark.parametrize("name", sorted(set(NODES) - STEPPED))
def test_a_declared_unit_follows_from_the_arguments(name: str) -> None:
    node = NODES[name]
    result = node.equation(*(argument(need) for need in node.needs))
    for field, part in leaves(result):
        assert unit_of(part) == field_unit(name, field), field


def cost_without_hours(chip_spend: Any, compute_stock: Any) -> Any:
    return chip_spend + compute_stock


def growth_for_quarters(capability_effect: Any, deployment_lag: Any) -> Any:
    return np.exp(capability_effect * deployment_lag)


def yearly_as_quarterly(revenue_at_cost: Any, chip_spend: Any) -> Any:
    return revenue_at_cost.agents + chip_spend


def spend_as_share(chip_spend: Any, price_per_h100e: Any) -> Any:
    return np.where(chip_spend > price_per_h100e, chip_spend, 0.0)


@pytest.mark.parametrize(
    "wrong", [cost_without_hours, growth_for_quarters, yearly_as_quarterly, spend_as_share]
)
def test_a_wrong_equation_is_seen(wrong: Callable[..., Any]) -> None:
    needs = wrong.__code__.co_varnames[: wrong.__code__.co_argcount]
    with pytest.raises(UnitError):
        wrong(*(argument(need) for need in needs))


def scaled(exponent: int, value: Any, factor: float) -> Any:
    return value * factor**exponent if exponent else value


def shifted(exponent: int, value: Any, factor: float) -> Any:
    """Return the logarithm of what a factor scales."""
    return value + exponent * np.log(factor) if exponent else value


def given_scaled(base: str, name: str, value: Any, factor: float) -> Any:
    """Return what the equations are given, with a unit so many times smaller."""
    if isinstance(value, Reference):
        return Reference(
            {
                each: shifted(REFERENCE_LOGS_OF.get(each, {}).get(base, 0), known, factor)
                for each, known in value.known.items()
            }
        )
    if name in LOGS_OF:
        return shifted(LOGS_OF[name].get(base, 0), value, factor)
    return scaled(declared(INPUTS, name).get(base, 0), value, factor)


@pytest.mark.parametrize("factor", [0.31, 7.3])
@pytest.mark.parametrize("base", ["USD", "H100e", "W", "tokens", "FLOP", "bytes", "wafers"])
def test_a_factor_on_a_unit_scales_what_has_it_and_nothing_else(base: str, factor: float) -> None:
    """A currency factor scales money alone; an H100e half as large doubles the count of them."""
    graph = model_graph()
    given = small_world()
    before = graph.evaluate(NODES, given)
    with pytest.MonkeyPatch.context() as patch:
        for module in model_modules():
            for name in CONSTANTS.keys() & vars(module).keys():
                value = getattr(module, name)
                patch.setattr(module, name, scaled(CONSTANTS[name].get(base, 0), value, factor))
        changed = {name: given_scaled(base, name, value, factor) for name, value in given.items()}
        after = graph.evaluate(NODES, changed)
    for name in NODES:
        for (field, was), (_, now) in zip(leaves(before[name]), leaves(after[name]), strict=True):
            if name in LOGS_OF:
                expected = shifted(LOGS_OF[name].get(base, 0), was, factor)
            else:
                expected = scaled(field_unit(name, field).get(base, 0), was, factor)
            np.testing.assert_allclose(now, expected, rtol=1e-7, err_msg=f"{name} {field}")


def test_every_equation_belongs_to_the_graph_once() -> None:
    assert len(all_equations()) == len(NODES)
    assert {revenue.ai_revenue, market.market_path, balance.crossover} <= set(all_equations())
