"""An equation's body as an expression: what arithmetic it holds, and that it says no other."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.model.equations import all_equations
from forecast.model.expressions import expressions_of

HOURS = 24.0
Array = Any


class Pair(NamedTuple):
    """Two values."""

    first: Array
    second: Array


def texts(equation: Callable[..., Any]) -> dict[str, str]:
    return {field: ast.unparse(each) for field, each in expressions_of(equation).items()}


def straight(a: Array, b: Array, c: Array) -> Array:
    half = (a + b) / 2.0
    return half * (b / c) * np.exp(0.25 * c) - 1.0 * (a - HOURS)


def record(a: Array, pair: Pair) -> Pair:
    return Pair(a**2.0, a * pair.second)


def over_fields(pair: Pair, a: Array, b: Array) -> Array:
    parts = zip(pair, (a, b), strict=True)
    return 1.0 / sum(share / price for share, price in parts)


def by_helper(a: Array, b: Array) -> Array:
    return _larger(a) * -b


def _larger(a: Array) -> Array:
    return np.maximum(a, 1.0) + np.minimum(a, 2.0)


def bare(pair: Pair) -> Array:
    return pair.first


def test_what_an_expression_says() -> None:
    assert texts(straight) == {"": "(a + b) / 2 * b / c * exp(0.25 * c) - 1 * (a - HOURS)"}
    assert texts(record) == {"first": "a ** 2", "second": "a * pair.second"}
    assert texts(over_fields) == {"": "1 / (pair.first / a + pair.second / b)"}
    assert texts(by_helper) == {"": "(max(a, 1) + min(a, 2)) * -b"}
    assert texts(bare) == {"": "pair.first"}


def sliced(a: Array) -> Array:
    return a[:, :1] * 2.0


def summed(a: Array) -> Array:
    return np.cumsum(a, axis=1) * 2.0


def chosen(a: Array, b: Array) -> Array:
    return np.where(a > 0.0, a, b)


def branching(a: Array, b: Array) -> Array:
    return a if a > b else b


def stacked(a: Array, b: Array) -> Array:
    return np.stack([a, b]).sum(axis=0)


def shaped(a: Array) -> Array:
    return a * a.shape[1]


def looping(a: Array, quarters: int) -> Array:
    return sum(a for _ in range(quarters))


def whole_record(pair: Pair) -> Array:
    return np.asarray(pair)


@pytest.mark.parametrize(
    "equation",
    [sliced, summed, chosen, branching, stacked, shaped, looping, whole_record],
    ids=lambda equation: equation.__name__,
)
def test_a_body_that_is_more_than_arithmetic_has_no_expression(
    equation: Callable[..., Any],
) -> None:
    assert expressions_of(equation) == {}


small = st.floats(0.5, 2.0)


@given(a=small, b=small, c=small)
def test_an_expression_comes_to_what_the_equation_does(a: float, b: float, c: float) -> None:
    known = {"a": a, "b": b, "c": c, "pair": Pair(b, c), "HOURS": HOURS, "exp": np.exp}
    for equation, arguments in (
        (straight, (a, b, c)),
        (over_fields, (Pair(b, c), a, b)),
        (by_helper, (a, b)),
    ):
        text = texts(equation)[""]
        assert eval(text, {**known, "min": min, "max": max}) == pytest.approx(equation(*arguments))


def test_most_equations_of_the_model_are_plain_arithmetic() -> None:
    """Those that step through quarters, accumulate, choose or look back at the history are not."""
    more = {each.__name__ for each in all_equations() if not expressions_of(each)}
    assert {"market_path", "agent_hours", "serving_need", "fleet_cost", "crossover"} <= more
    assert len(more) < len(all_equations()) / 4
