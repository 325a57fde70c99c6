"""A person's own function as an equation: what it must be, and where it is known."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from forecast.errors import InputError
from forecast.inputs.schema import Kind
from forecast.model.equations import model_graph, own_equations
from forecast.model.own import own_equation

KNOWN = ("chip_spend", "weekly_users", "rent")


def per_user(chip_spend: Any, weekly_users: Any) -> Any:
    """Spending for each user."""
    return chip_spend / weekly_users


def declared(function: Callable[..., Any] = per_user, kind: Kind = "flow", **more: Any) -> Any:
    about: dict[str, Any] = {"unit": "USD/user/year", "title": "Per user", "parts": None} | more
    return own_equation(function, KNOWN, kind=kind, **about)


def test_it_is_an_equation_of_its_own_name_while_it_is_known() -> None:
    equation = declared()
    with own_equations([equation]):
        graph = model_graph()
        node = graph.nodes["per_user"]
        found = graph.evaluate(
            ["per_user"], {"chip_spend": np.full((2, 3), 6.0), "weekly_users": np.full((2, 3), 2.0)}
        )
        with ThreadPoolExecutor(1) as pool:  # another thread has a context of its own
            assert "per_user" not in pool.submit(lambda: model_graph().nodes).result()
    assert np.array_equal(found["per_user"], np.full((2, 3), 3.0))
    meaning = node.meaning
    assert (meaning.title, meaning.unit, meaning.kind) == ("Per user", "USD/user/year", "flow")
    assert (meaning.definition, meaning.metric) == ("Spending for each user.", True)
    assert "per_user" not in model_graph().nodes
    assert not hasattr(per_user, "meaning")


def rent(chip_spend: Any) -> Any:
    return chip_spend


def misspelt(chip_spent: Any) -> Any:
    return chip_spent


def with_default(chip_spend: Any, factor: float = 2.0) -> Any:
    return factor * chip_spend


@pytest.mark.parametrize(
    ("function", "more", "said"),
    [
        (rent, {}, "a name that is taken"),
        (misspelt, {}, "Did you mean chip_spend"),
        (with_default, {}, "names of quantities alone"),
        (lambda chip_spend: chip_spend, {}, "not lambda"),
        (per_user, {"unit": "USD/usr"}, "Did you mean USD"),
        (per_user, {"kind": "flows"}, "Did you mean flow"),
        (per_user, {"kind": "event"}, "flow, stock"),
        (per_user, {"parts": ("chip_spend", "rent")}, "share and ratio"),
        (per_user, {"kind": "ratio", "parts": ("chip_spend", "rents")}, "Did you mean rent"),
    ],
)
def test_what_is_none_is_refused(
    function: Callable[..., Any], more: dict[str, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said) as refused:
        declared(function, **more)
    assert all(problem.place == "Python" for problem in refused.value.problems)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (1.0, r"shape \(\)"),
        (np.ones((3, 2)), r"shape \(3, 2\)"),
        (np.array([[1.0, np.nan, 1.0], [1.0, 1.0, 1.0]]), "no number in 1 of 2 draws"),
    ],
)
def test_a_result_that_is_not_draws_by_quarters_is_refused(result: Any, said: str) -> None:
    def mine(chip_spend: Any) -> Any:
        return result

    with pytest.raises(InputError, match=said):
        declared(mine)(np.ones((2, 3)))
