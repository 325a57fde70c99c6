"""What an equation says, as an expression: its body, run on names in place of arrays."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

_OPERATORS: dict[np.ufunc, ast.operator] = {
    np.add: ast.Add(),
    np.subtract: ast.Sub(),
    np.multiply: ast.Mult(),
    np.divide: ast.Div(),
    np.power: ast.Pow(),
}
_FUNCTIONS: dict[np.ufunc, str] = {np.exp: "exp", np.minimum: "min", np.maximum: "max"}
_WITHOUT_BRACKETS = {ast.Add: (ast.Add, ast.Sub), ast.Mult: (ast.Mult, ast.Div)}


@cache
def expressions_of(equation: Callable[..., Any]) -> dict[str, ast.expr]:
    """Return the expression of each field of the record that an equation returns, of an array
    under the empty name; nothing where the body is more than arithmetic.

    An expression speaks of the equation's arguments, of a record's field as `record.field`, and of
    constants in capitals, joined by + - * / **, `exp`, `min` and `max`.
    """
    code, known = equation.__code__, equation.__globals__
    constants = {
        name: _Symbol(ast.Name(name))
        for name, value in known.items()
        if name.isupper() and isinstance(value, float)
    }
    names = code.co_varnames[: code.co_argcount]
    arguments = [_argument(name, known.get(equation.__annotations__[name])) for name in names]
    try:
        result: Any = FunctionType(code, {**known, **constants})(*arguments)
        fields = result._asdict() if hasattr(result, "_fields") else {"": result}
        return {field: _expression(value) for field, value in fields.items()}
    except (TypeError, AttributeError):
        return {}


def _argument(name: str, kind: Any) -> Any:
    """Return what stands for an argument: a symbol, or a record of them."""
    symbol = ast.Name(name)
    if not hasattr(kind, "_fields"):
        return _Symbol(symbol)
    return kind(*(_Symbol(ast.Attribute(symbol, field)) for field in kind._fields))


class _Symbol(NDArrayOperatorsMixin):
    """A name, or what arithmetic made of names; TypeError for all that is not arithmetic."""

    def __init__(self, expression: ast.expr) -> None:
        self.expression = expression

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any) -> Any:
        sides = [_expression(each) for each in inputs]
        if function in _OPERATORS:
            return _Symbol(_joined(sides[0], _OPERATORS[function], sides[1]))
        if function in _FUNCTIONS:
            return _Symbol(ast.Call(ast.Name(_FUNCTIONS[function]), sides, []))
        if function is np.negative:
            return _Symbol(ast.UnaryOp(ast.USub(), sides[0]))
        return NotImplemented

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a name has no values")


def _expression(value: Any) -> ast.expr:
    if isinstance(value, _Symbol):
        return value.expression
    if isinstance(value, int | float):
        return ast.Constant(int(value) if value == int(value) else float(value))
    raise TypeError(f"{value!r} is no part of an expression")


def _joined(left: ast.expr, sign: ast.operator, right: ast.expr) -> ast.expr:
    """Return two sides joined, without what changes nothing: the 0 at which a `sum` starts, a
    factor of 1, and brackets, so that a * (b / c) is a * b / c."""
    if isinstance(sign, ast.Add) and _is_number(left, 0):
        return right
    if isinstance(sign, ast.Mult) and _is_number(right, 1):
        return left
    inside = _WITHOUT_BRACKETS.get(type(sign), ())
    if isinstance(right, ast.BinOp) and isinstance(right.op, inside):
        return ast.BinOp(_joined(left, sign, right.left), right.op, right.right)
    return ast.BinOp(left, sign, right)


def _is_number(expression: ast.expr, number: int) -> bool:
    return isinstance(expression, ast.Constant) and expression.value == number
