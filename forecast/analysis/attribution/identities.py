"""Formulas of quantities as expressions: what they mention, and what they come to.

A formula is an equation's own body, or an identity that the equation declares. It speaks of
quantities, assumptions and drivers by name, of a record's field as `record.field`, of constants of
the equation's module in capitals, and of `rest`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, get_type_hints

import numpy as np

from forecast.beliefs import Array
from forecast.model.equations import model_graph
from forecast.model.expressions import expressions_of
from forecast.model.graph import BODY, Node

REST = "rest"
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class Formula(NamedTuple):
    """An identity of a quantity (or of a record's field), as text and as an expression."""

    owner: str
    text: str
    expression: ast.expr


@cache
def formulas_of(name: str) -> tuple[Formula, ...]:
    """Return the formulas of a quantity or of a record's field, the preferred one first."""
    node = model_graph().nodes.get(base(name))
    if node is None:
        return ()
    member = name.partition(".")[2]
    texts = node.meaning.formulas
    if member and texts:
        texts = (node.meaning.members.get(member, BODY),)
    formulas = (
        _own(name, node) if text == BODY else Formula(name, text, parsed(text)) for text in texts
    )
    return tuple(filter(None, formulas))


def _own(name: str, node: Node) -> Formula | None:
    """Return an equation's body as a formula, if it is a sum, product, quotient or exponential."""
    body = expressions_of(node.equation).get(name.partition(".")[2])
    if not isinstance(body, ast.BinOp | ast.Call) or not _is_plain(body):
        return None
    return Formula(name, ast.unparse(body), body)


def _is_plain(expression: ast.expr) -> bool:
    match expression:
        case ast.Constant() | ast.Name() | ast.Attribute():
            return True
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _is_plain(left) and _is_plain(right)
        case ast.Call(func=ast.Name(id="exp"), args=[inner]):
            return _is_plain(inner)
    return False


def parsed(text: str) -> ast.expr:
    """Return a formula's text as an expression, with `total(record)` written out."""
    return _Totals().visit(ast.parse(text, mode="eval")).body  # type: ignore[no-any-return]


class _Totals(ast.NodeTransformer):
    """Writes `total(record)` out as the sum of the record's fields."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if not isinstance(node.func, ast.Name) or node.func.id != "total":
            return node
        record = ast.unparse(node.args[0])
        fields = [f"{record}.{field}" for field in fields_of(record)]
        return ast.parse(" + ".join(fields), mode="eval").body


def fields_of(name: str) -> tuple[str, ...]:
    """Return the fields of the record that an equation returns; none if it returns an array."""
    returned = get_type_hints(model_graph().nodes[name].equation)["return"]
    return tuple(getattr(returned, "_fields", ()))


def base(name: str) -> str:
    """Return the quantity of a name: the record, for a record's field."""
    return name.partition(".")[0]


def mentioned(expression: ast.expr) -> list[str]:
    """Return the quantities, fields, assumptions and drivers of an expression, each once."""
    return list(dict.fromkeys(_mentioned(expression)))


def _mentioned(expression: ast.expr) -> Iterator[str]:
    match expression:
        case ast.Attribute() | ast.Name() if is_quantity(expression):
            yield ast.unparse(expression)
        case ast.BinOp(left=left, right=right):
            yield from _mentioned(left)
            yield from _mentioned(right)
        case ast.Call(args=[inner]):
            yield from _mentioned(inner)


def is_quantity(expression: ast.expr) -> bool:
    """Return whether an expression is the name of something that has draws; `rest` is not."""
    if isinstance(expression, ast.Attribute):
        return True
    return (
        isinstance(expression, ast.Name) and expression.id != REST and not expression.id.isupper()
    )


def has_rest(expression: ast.expr) -> bool:
    """Return whether an expression holds the word `rest`."""
    return any(isinstance(each, ast.Name) and each.id == REST for each in ast.walk(expression))


def read(values: Mapping[str, Any], name: str) -> Array:
    """Return the draws of a quantity or of a record's field, as `evaluate` gave them."""
    record, _, field = name.partition(".")
    return np.asarray(getattr(values[record], field) if field else values[record])


def evaluated(formula: Formula, expression: ast.expr, values: Mapping[str, Any]) -> Any:
    """Return what an expression of a formula comes to; `values` holds each name that it mentions,
    and `rest` if it does. Raises ValueError for anything that is no part of a formula."""
    match expression:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name) if name.isupper():
            return constant(formula.owner, name)
        case ast.Name() | ast.Attribute():
            return values[ast.unparse(expression)]
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            sides = (evaluated(formula, each, values) for each in (left, right))
            return _OPERATORS[type(sign)](*sides)
        case ast.Call(func=ast.Name(id="exp"), args=[inner]):
            return np.exp(evaluated(formula, inner, values))
    raise ValueError(f"{formula.owner}: {ast.unparse(expression)} is no part of a formula")


def constant(owner: str, name: str) -> float:
    """Return a constant of the module that holds an equation."""
    equation = model_graph().nodes[base(owner)].equation
    return float(equation.__globals__[name])


def rest_of(formula: Formula, values: Mapping[str, Any]) -> Array:
    """Return what a formula's `rest` must be for the identity to hold, from the values of the
    quantity itself and of all that it mentions. The formula holds it once: each step down to it
    undoes what stands around it."""
    expression, rest = formula.expression, values[formula.owner]
    while isinstance(expression, ast.BinOp):
        is_left = has_rest(expression.left)
        inner, other = expression.left, expression.right
        if not is_left:
            inner, other = other, inner
        beside = evaluated(formula, other, values)
        match expression.op:
            case ast.Add():
                rest = rest - beside
            case ast.Sub():
                rest = rest + beside if is_left else beside - rest
            case ast.Mult():
                rest = rest / beside
            case _:
                rest = rest * beside if is_left else beside / rest
        expression = inner
    return np.asarray(rest)
