"""Exact attribution of a change to the links of the chain: the logarithmic mean Divisia index.

LMDI-I (Ang and Liu 2001; Ang 2004): where V = Π x_k, the part of x_k in V₁ − V₀ is
L(V₁, V₀) ln(x_k₁ / x_k₀), with the logarithmic mean L(a, b) = (a − b) / ln(a / b). A link that is
itself a product or a sum hands its part on by L(V) / L(x), so that parts add up over any tree of
identities. All of it holds draw by draw and quarter by quarter.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from forecast.analysis.attribution.identities import (
    REST,
    Formula,
    base,
    evaluated,
    formulas_of,
    has_rest,
    is_quantity,
    mentioned,
    read,
    rest_of,
)
from forecast.analysis.attribution.log_mean import link_weights, log_mean
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.model.equations import model_graph
from forecast.money.joint import own_name
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.world.values import at_period

ADDED_UP = ("flow", "rate")
LESS = " less "


class LinkEffect(NamedTuple):
    """What one link did to a change: its name, and the amount in the metric's unit, (draws,)."""

    name: str
    amount: Array


def wanted_for(metric: str, view: int = 0) -> set[str]:
    """Return the quantities, assumptions and drivers whose values `decompose` reads."""
    parts = _parts_of_year(metric)
    wanted = {metric, *parts}
    todo = [(metric, frozenset[str](), view), *((part, frozenset({metric}), 0) for part in parts)]
    while todo:
        name, chain, preferred = todo.pop()
        formula = _formula(name, chain, preferred)
        for each in mentioned(formula.expression) if formula else ():
            wanted.add(base(each))
            todo.append((each, chain | {base(name)}, 0))
    return wanted


def decompose(
    metric: str,
    period: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    since: str | None = None,
    view: int = 0,
    kind: Kind = "stock",
) -> list[LinkEffect]:
    """Return what each link did to a metric's change, largest mean first; in every draw the amounts
    add up to the change.

    `before` and `after` hold the draws, (draws, quarters) or (draws, 1), of all that `wanted_for`
    names; the change is from `before` at `since` (at `period` if it is None, as for a what-if) to
    `after` at `period`, both of one length. `view` picks among several formulas of the metric.
    `kind` is that of a driver, which no equation gives.
    """
    node = model_graph().nodes.get(metric)
    kind = node.meaning.kind if node else kind
    start, by_parts = since or period, _is_by_parts(metric, period)
    whole = is_year(period) and (kind in ADDED_UP or by_parts)
    change = _Change(_Window(before, start, whole), _Window(after, period, whole))
    if by_parts:
        ends = at_period(before, metric, start), at_period(after, metric, period)
        _hand_to_parts(change, metric, ends)
    else:
        _hand_on(change, metric, _weights(kind, whole), frozenset(), view)
    found = [LinkEffect(name, amount) for name, amount in change.amounts.items() if amount.any()]
    return sorted(found, key=lambda part: (-abs(float(part.amount.mean())), part.name))


def title_of(name: str, inputs: Inputs) -> str:
    """Return the title of a link: a quantity's, an assumption's, a driver's, or a `rest`'s."""
    if LESS in name:
        whole, part = name.split(LESS)
        return f"{title_of(whole, inputs)} less {title_of(part, inputs).lower()}"
    record, _, member = name.partition(".")
    nodes = model_graph().nodes
    if record in nodes:
        title = nodes[record].meaning.title
        return f"{title}: {member.replace('_', ' ')}" if member else title
    own = own_name(name)
    for known in (inputs.assumptions, inputs.drivers):
        if own in known:
            return known[own].title if own == name else f"{known[own].title}, as planned"
    return next(
        node.meaning.rest[1]
        for node in nodes.values()
        if node.meaning.rest and node.meaning.rest[0] == name
    )


def _parts_of_year(metric: str) -> tuple[str, ...]:
    """Return the numerator and denominator of a share or ratio that is recomputed from them."""
    node = model_graph().nodes.get(metric)
    return (node.meaning.aggregate or ()) if node else ()


def _is_by_parts(metric: str, period: str) -> bool:
    """Return whether a change is attributed to the numerator and denominator of a share or ratio:
    where it has no formula, or where a year adds up quarters of these, which no formula does."""
    parts = _parts_of_year(metric)
    if not parts or not formulas_of(metric):
        return bool(parts)
    kinds = {model_graph().nodes[part].meaning.kind for part in parts}
    return is_year(period) and not kinds.isdisjoint(ADDED_UP)


def _formula(name: str, chain: frozenset[str], view: int = 0) -> Formula | None:
    """Return the formula by which a link is taken apart, None for a leaf: one that mentions
    nothing that the chain has come through."""
    closed = chain | {base(name)}
    for formula in formulas_of(name)[view:]:
        if closed.isdisjoint(base(each) for each in mentioned(formula.expression)):
            return formula
    return None


def _weights(kind: Kind, whole: bool) -> Array:
    """Return how quarters make a year of a kind, (1, quarters): see `year_value`."""
    if not whole:
        return np.ones((1, 1))
    return np.array([[year_value(row, kind, 0)[0] for row in np.eye(4)[:, np.newaxis]]])


@dataclass
class _Window:
    """Values at one period: all quarters of a `whole` year, or the last one alone."""

    values: Mapping[str, Any]
    period: str
    whole: bool
    known: dict[str, Array] = field(default_factory=dict)

    def of(self, name: str) -> Array:
        """Return a quantity, (draws, quarters of the window) or (draws, 1)."""
        if name not in self.known:
            draws = read(self.values, name)
            last = quarter(self.period) - FIRST_QUARTER
            columns = slice(last - 3 if self.whole else last, last + 1)
            self.known[name] = draws if draws.shape[1] == 1 else draws[:, columns]
        return self.known[name]

    def names(self, formula: Formula) -> dict[str, Any]:
        """Return the values of a formula's names, its `rest` included."""
        found = {name: self.of(name) for name in mentioned(formula.expression)}
        if formula_rest(formula):
            found[formula.owner] = self.of(formula.owner)
            found[REST] = rest_of(formula, found)
        return found


def formula_rest(formula: Formula) -> str:
    """Return the name of a formula's `rest`, nothing if it has none."""
    rest = model_graph().nodes[base(formula.owner)].meaning.rest
    return rest[0] if rest and has_rest(formula.expression) else ""


@dataclass
class _Change:
    """A change between two windows, and what has been attributed so far, (draws,) by name."""

    before: _Window
    after: _Window
    amounts: dict[str, Array] = field(default_factory=dict)

    def add(self, name: str, amount: Array) -> None:
        """Add an amount by quarter, (draws, quarters), to what a name has caused."""
        total = amount.sum(axis=1)
        self.amounts[name] = self.amounts[name] + total if name in self.amounts else total


def _hand_on(
    change: _Change, name: str, weight: Array, chain: frozenset[str], view: int = 0
) -> None:
    """Attribute `weight` times the change of a quantity: to its links, or to itself if a leaf."""
    if np.array_equal(change.before.of(name), change.after.of(name)):
        return
    formula = _formula(name, chain, view)
    if formula is None:
        change.add(_leaf(name), weight * _moved(change, name))
        return
    step = _Step(
        change, formula, change.before.names(formula), change.after.names(formula),
        chain | {base(name)},
    )  # fmt: skip
    _take_apart(step, formula.expression, weight)


def _leaf(name: str) -> str:
    """Return the name under which a leaf is counted: a mix of shares counts as one cause."""
    node = model_graph().nodes.get(base(name))
    return base(name) if node and node.meaning.unit == "share" else name


def _moved(change: _Change, name: str) -> Array:
    return change.after.of(name) - change.before.of(name)


class _Step(NamedTuple):
    """One formula on its way down: its values before and after, and the chain it closes."""

    change: _Change
    formula: Formula
    before: dict[str, Any]
    after: dict[str, Any]
    chain: frozenset[str]

    def both(self, expression: ast.expr) -> tuple[Any, Any]:
        """Return an expression's values before and after."""
        return (
            evaluated(self.formula, expression, self.before),
            evaluated(self.formula, expression, self.after),
        )


def _take_apart(step: _Step, expression: ast.expr, weight: Array) -> None:
    """Attribute `weight` times the change of an expression."""
    match expression:
        case ast.Name(id="rest"):
            amount = weight * (step.after[REST] - step.before[REST])
            step.change.add(formula_rest(step.formula), amount)
        case ast.Name() | ast.Attribute() if is_quantity(expression):
            _hand_on(step.change, ast.unparse(expression), weight, step.chain)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as operator, right=right):
            _take_apart(step, left, weight)
            _take_apart(step, right, weight if isinstance(operator, ast.Add) else -weight)
        case ast.BinOp():
            _take_product_apart(step, expression, weight)
        case ast.Call(args=[inner]):  # exp
            _take_apart(step, inner, weight * log_mean(*step.both(expression)))


def _take_product_apart(step: _Step, expression: ast.expr, weight: Array) -> None:
    links = [(link, sign) for link, sign in _links(expression) if mentioned(link) or has_rest(link)]
    pairs = [step.both(link) for link, _ in links]
    whole = step.both(expression)
    shares, regular = link_weights(whole, pairs, [sign for _, sign in links])
    for (link, _), share in zip(links, shares, strict=True):
        _take_apart(step, link, weight * share)
    if not regular.all():
        change = np.where(regular, 0.0, whole[1] - whole[0])
        step.change.add(step.formula.owner, weight * change)


def _links(expression: ast.expr, sign: int = 1) -> list[tuple[ast.expr, int]]:
    """Return the factors of a product, with −1 for those that divide."""
    match expression:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _links(left, sign) + _links(right, sign)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _links(left, sign) + _links(right, -sign)
    return [(expression, sign)]


def _hand_to_parts(change: _Change, metric: str, ends: tuple[Array, Array]) -> None:
    """Attribute the change of a share or ratio between its `ends`, each (draws,), to its numerator
    and denominator over the period.

    A numerator that has no links of its own is set against the rest of the denominator.
    """
    numerator, denominator = (_Side.of(change, name) for name in _parts_of_year(metric))
    first, second = (end[:, np.newaxis] for end in ends)
    links = [numerator.totals, denominator.totals]
    (above, below), regular = link_weights((first, second), links, (1, -1))
    chain, meaning = frozenset({metric}), model_graph().nodes[metric].meaning
    if meaning.kind == "share" and _formula(numerator.name, chain) is None:
        added = numerator.weight * _moved(change, numerator.name)
        rest = denominator.weight * _moved(change, denominator.name) - added
        change.add(numerator.name, (above + below) * added)
        change.add(f"{denominator.name}{LESS}{numerator.name}", below * rest)
    else:
        for side, weight in ((numerator, above), (denominator, below)):
            _hand_on(change, side.name, weight * side.weight, chain)
    change.add(metric, np.where(regular, 0.0, second - first))


class _Side(NamedTuple):
    """The numerator or denominator of a share or ratio: how its quarters make the period, and what
    they come to before and after, each (draws, 1)."""

    name: str
    weight: Array
    totals: tuple[Array, Array]

    @classmethod
    def of(cls, change: _Change, name: str) -> _Side:
        weight = _weights(model_graph().nodes[name].meaning.kind, change.after.whole)
        before, after = (
            (window.of(name) * weight).sum(axis=1, keepdims=True)
            for window in (change.before, change.after)
        )
        return cls(name, weight, (before, after))
