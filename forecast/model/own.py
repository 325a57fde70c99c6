"""A quantity of a person's own: a Python function that joins the graph as one more equation."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator
from functools import wraps
from typing import Any, get_args

import numpy as np

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Kind
from forecast.model.arrays import Array
from forecast.model.graph import quantity
from forecast.units import UNITS

PYTHON = "Python"
KINDS = tuple(kind for kind in get_args(Kind) if kind != "event")
RECOMPUTED = ("share", "ratio")  # kinds of which a year is made of parts
PLAIN = inspect.Parameter.POSITIONAL_OR_KEYWORD


def own_equation(
    function: Callable[..., Any],
    known: Collection[str],
    *,
    unit: str,
    kind: Kind,
    title: str,
    parts: tuple[str, str] | None,
) -> Callable[..., Array]:
    """Return a function as an equation of its own name, a metric that is not taken apart.

    Its arguments are names of `known`: quantities, assumptions and drivers, each (draws, quarters)
    or (draws, 1); so is what it returns, (draws, quarters). `parts` are the numerator and
    denominator of which a year of a share or ratio is recomputed. Raises InputError with everything
    that is wrong, and when it is evaluated for a result of another shape or with what is no number.
    """
    name = getattr(function, "__name__", repr(function))
    if problems := list(_problems(name, function, known, unit, kind, parts)):
        raise InputError(problems)

    @wraps(function)
    def equation(*arguments: Any) -> Array:
        return _checked(name, function(*arguments), arguments)

    equation.__doc__ = inspect.getdoc(function) or f"{title}."
    declare = quantity(unit, kind, title, metric=True, aggregate=parts, formula=())
    return declare(equation)


def _problems(
    name: str,
    function: Callable[..., Any],
    known: Collection[str],
    unit: str,
    kind: str,
    parts: tuple[str, str] | None,
) -> Iterator[Problem]:
    """Yield what keeps a function from being an equation."""

    def wrong(subject: str, found: str, expected: str, hint: str = "") -> Problem:
        return Problem(PYTHON, subject, found, expected, hint)

    if not name.isidentifier():
        yield wrong("function", name, "a function with a name: def, not lambda")
        return
    if name in known:
        yield wrong(name, "a name that is taken", "a function of another name")
    for each in inspect.signature(function).parameters.values():
        if each.kind is not PLAIN or each.default is not each.empty:
            yield wrong(f"{name}({each})", "no plain argument", "names of quantities alone")
        elif each.name not in known:
            hint = did_you_mean(each.name, known)
            expected = "a quantity, assumption or driver"
            yield wrong(f"{name}({each.name})", "nothing of this name", expected, hint)
    if unit not in UNITS:
        yield wrong("unit", repr(unit), "one of `forecast help units`", did_you_mean(unit, UNITS))
    if kind not in KINDS:
        yield wrong("kind", repr(kind), f"one of {', '.join(KINDS)}", did_you_mean(kind, KINDS))
    if parts is not None and kind not in RECOMPUTED:
        yield wrong("parts", repr(parts), f"none, or one of the kinds {' and '.join(RECOMPUTED)}")
    for part in parts or ():
        if part not in known:
            yield wrong("parts", repr(part), "names of quantities", did_you_mean(part, known))


def _checked(name: str, result: Any, arguments: tuple[Any, ...]) -> Array:
    """Return what a function has made of its arguments, (draws, quarters)."""
    arrays = [x for each in arguments for x in (each if isinstance(each, tuple) else (each,))]
    shape = np.broadcast_shapes(*(np.shape(each) for each in arrays))
    found = np.asarray(result, dtype=np.float64)
    if found.shape != shape or shape[1:] == (1,):
        expected = f"{shape}, draws by quarters"
        if shape[1:] == (1,):
            expected = "draws by quarters: take something that changes with time"
        raise InputError(Problem(PYTHON, name, f"a result of the shape {found.shape}", expected))
    if not np.isfinite(found).all():
        count = int(np.sum(~np.isfinite(found).all(axis=1)))
        found_text = f"what is no number in {count} of {len(found)} draws"
        raise InputError(Problem(PYTHON, name, found_text, "finite numbers in every draw"))
    return found
