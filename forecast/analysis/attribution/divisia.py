"""Exact attribution of a change to the links of the chain: the logarithmic mean Divisia index.

LMDI-I (Ang and Liu 2001; Ang 2004): where V = Π x_k, the part of x_k in V₁ − V₀ is
L(V₁, V₀) ln(x_k₁ / x_k₀), with the logarithmic mean L(a, b) = (a − b) / ln(a / b). A link that is
itself a product or a sum hands its part on by L(V) / L(x), so that parts add up over any tree of
identities. All of it holds draw by draw and quarter by quarter. A link that changes between zero
and a value takes the analytical limit (Ang, Zhang and Choi 1998; Wood and Lenzen 2006): it is the
cause of the whole change, and several such links share it evenly.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

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
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import year_value
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.world.evaluate import at_period, model_graph

ADDED_UP = ("flow", "rate")
LESS = " less "
_NEAR = 0.5


class Part(NamedTuple):
    """What one link did to a change: its name, and the amount in the metric's unit, (draws,)."""

    name: str
    amount: Array


def wanted_for(metric: str, view: int = 0) -> set[str]:
    """Return the quantities, assumptions and drivers whose values `decompose` reads."""
    wanted = {metric}
    aggregate = _parts_of_year(metric)
    wanted.update(aggregate)
    todo = [(name, frozenset({metric})) for name in aggregate]
    todo.append((metric, frozenset()))
    first = True
    while todo:
        name, chain = todo.pop()
        formula = _formula(name, chain, view if first else 0)
        first = False
        for each in mentioned(formula.expression) if formula else ():
            wanted.add(base(each))
            todo.append((each, chain | {base(name)}))
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
) -> list[Part]:
    """Return what each link did to a metric's change, largest mean first; in every draw the amounts
    add up to the change.

    `before` and `after` hold the draws, (draws, quarters) or (draws, 1), of all that `wanted_for`
    names; the change is from `before` at `since` (at `period` if it is None, as for a what-if) to
    `after` at `period`, both of one length. `view` picks among several formulas of the metric.
    `kind` is that of a driver, which no equation gives.
    """
    node = model_graph().nodes.get(metric)
    kind = node.meaning.kind if node else kind
    parts = _parts_of_year(metric)
    has_quotient = bool(parts) and (
        not formulas_of(metric) or (is_year(period) and _is_added_up(parts))
    )
    whole = is_year(period) and (kind in ADDED_UP or has_quotient)
    change = _Change(_Window(before, since or period, whole), _Window(after, period, whole))
    if has_quotient:
        _quotient(change, metric, parts, period, since or period)
    else:
        _hand_on(change, metric, _weights(kind, whole), frozenset(), view)
    found = [Part(name, amount) for name, amount in change.amounts.items() if amount.any()]
    return sorted(found, key=lambda part: (-abs(float(part.amount.mean())), part.name))


def title_of(name: str, inputs: Inputs) -> str:
    """Return the title of a link: a quantity's, an assumption's, a driver's, or a `rest`'s."""
    if LESS in name:
        whole, part = name.split(LESS)
        return f"{title_of(whole, inputs)} less {title_of(part, inputs).lower()}"
    record, _, member = name.partition(".")
    for known in (inputs.assumptions, inputs.drivers):
        if name in known:
            return known[name].title
    nodes = model_graph().nodes
    if record in nodes:
        title = nodes[record].meaning.title
        return f"{title}: {member.replace('_', ' ')}" if member else title
    return next(
        node.meaning.rest[1]
        for node in nodes.values()
        if node.meaning.rest and node.meaning.rest[0] == name
    )


def _parts_of_year(metric: str) -> tuple[str, ...]:
    """Return the numerator and denominator of a share or ratio that is recomputed from them."""
    node = model_graph().nodes.get(metric)
    return (node.meaning.aggregate or ()) if node else ()


def _is_added_up(names: Sequence[str]) -> bool:
    return any(model_graph().nodes[name].meaning.kind in ADDED_UP for name in names)


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


def log_mean(first: Array, second: Array) -> Array:
    """Return the logarithmic mean (b − a) / ln(b / a) of two values of one sign; a where they are
    equal, 0 where one is zero."""
    first, second = np.broadcast_arrays(first, second)
    with np.errstate(all="ignore"):
        log = _log_ratio(first, second)
        mean = np.where(log == 0.0, first, (second - first) / log)
    return np.where((first == 0.0) | (second == 0.0), 0.0, mean)


def _log_ratio(first: Array, second: Array) -> Array:
    """Return ln(second / first) without loss where the two are close."""
    relative = (second - first) / first
    return np.where(np.abs(relative) < _NEAR, np.log1p(relative), np.log(second / first))


def link_weights(
    whole: tuple[Array, Array], links: Sequence[tuple[Array, Array]], signs: Sequence[int]
) -> tuple[list[Array], NDArray[np.bool_]]:
    """Return what one unit of change of each link does to their product, and where that is defined.

    `whole` and each of `links` are values before and after, `signs` −1 for links that divide. The
    weight of a link is ± L(V) / L(x); see the module for links at zero. Not defined is a draw in
    which a link changes its sign, or one that divides is zero.
    """
    before, after = np.broadcast_arrays(*whole)
    with np.errstate(all="ignore"):
        same_sign = [np.sign(first) * np.sign(second) > 0.0 for first, second in links]
        steady = _all(same_sign, before.shape)
        dividing = [same for same, sign in zip(same_sign, signs, strict=True) if sign < 0]
        at_zero = _all(dividing, before.shape) & ((before == 0.0) | (after == 0.0))
        starting = [(first == 0.0) != (second == 0.0) for first, second in links]
        count = sum(np.broadcast_to(each, before.shape).astype(float) for each in starting)
        share = (after - before) / np.maximum(count, 1.0)
        mean = log_mean(before, after)
        weights = []
        for (first, second), sign, starts in zip(links, signs, starting, strict=True):
            inside = sign * mean / log_mean(first, second)
            limit = np.where(at_zero & starts, share / (second - first), 0.0)
            weights.append(np.where(steady, inside, limit))
    return weights, steady | at_zero


def _all(conditions: Sequence[NDArray[np.bool_]], shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return where all conditions hold, each broadcast to a shape; everywhere if there are none."""
    hold = np.ones(shape, dtype=np.bool_)
    for each in conditions:
        hold &= each
    return hold


def _quotient(change: _Change, metric: str, parts: Sequence[str], period: str, since: str) -> None:
    """Attribute the change of a share or ratio to its numerator and denominator over the period.

    A numerator that has no links of its own is set against the rest of the denominator.
    """
    nodes = model_graph().nodes
    weights = [_weights(nodes[name].meaning.kind, change.after.whole) for name in parts]

    def totals(window: _Window) -> list[Array]:
        pairs = zip(parts, weights, strict=True)
        return [(window.of(name) * weight).sum(axis=1, keepdims=True) for name, weight in pairs]

    links = list(zip(totals(change.before), totals(change.after), strict=True))
    first = at_period(change.before.values, metric, since)[:, np.newaxis]
    second = at_period(change.after.values, metric, period)[:, np.newaxis]
    (above, below), regular = link_weights((first, second), links, (1, -1))
    chain = frozenset({metric})
    if _formula(parts[0], chain) is None and nodes[metric].meaning.kind == "share":
        moved = [_moved(change, name) * weight for name, weight in zip(parts, weights, strict=True)]
        change.add(parts[0], (above + below) * moved[0])
        change.add(f"{parts[1]}{LESS}{parts[0]}", below * (moved[1] - moved[0]))
    else:
        _hand_on(change, parts[0], above * weights[0], chain)
        _hand_on(change, parts[1], below * weights[1], chain)
    change.add(metric, np.where(regular, 0.0, second - first))
