"""Equations as a graph: a function's name is a quantity, its arguments are what it needs.

`quantity` attaches unit, kind and a one-sentence meaning to an equation; `Graph` orders equations,
evaluates what is asked for and drops an intermediate after its last use. A given value wins over an
equation, which is all that a what-if is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, TypeVar

from forecast.errors import did_you_mean
from forecast.inputs.schema import Kind

Equation = TypeVar("Equation", bound=Callable[..., Any])

BODY = "the equation's own body"
"""A formula that is the equation itself, where its body is a sum, product or quotient."""


@dataclass(frozen=True)
class Meaning:
    """What a quantity is. `metric` quantities are published; `headline` ones are shown first.

    `formulas` are identities that hold in every draw and quarter, BODY for the equation itself;
    `members` those of a record's fields that are not the equation itself; `rest` the name and title
    of the factor that a formula calls `rest`. `fields` holds unit and kind of a record's fields
    where they differ from the record's.
    """

    name: str
    unit: str
    kind: Kind
    title: str
    definition: str
    metric: bool
    headline: bool
    aggregate: tuple[str, str] | None
    breakdown: tuple[str, str] | None = None
    formulas: tuple[str, ...] = (BODY,)
    members: Mapping[str, str] = field(default_factory=dict)
    rest: tuple[str, str] | None = None
    fields: Mapping[str, tuple[str, Kind]] = field(default_factory=dict)

    @property
    def is_indicator(self) -> bool:
        """Whether it is one in draws where the first of its parts exceeds the second, else zero."""
        return self.kind == "event" and self.aggregate is not None

    @property
    def is_moment(self) -> bool:
        """Whether it is a quarter at which something happens, so that it has no periods."""
        return self.kind == "event" and self.unit == "date"


def quantity(
    unit: str,
    kind: Kind,
    title: str,
    *,
    metric: bool = False,
    headline: bool = False,
    aggregate: tuple[str, str] | None = None,
    breakdown: tuple[str, str] | None = None,
    formula: str | tuple[str, ...] = BODY,
    members: Mapping[str, str] | None = None,
    rest: tuple[str, str] | None = None,
    fields: Mapping[str, tuple[str, Kind]] | None = None,
) -> Callable[[Equation], Equation]:
    """Declare an equation's unit, kind and title; its docstring is the definition.

    `aggregate` names the numerator and denominator from which a share or ratio is recomputed for a
    year, because shares are never averaged; of an event what exceeds what. `breakdown` names a
    dimension and the metric whose parts the equation's named fields are.

    A change is attributed by the equation's body where that is a sum, product or quotient. Where
    another identity tells more, `formula` declares it: of quantities joined by sums, products,
    quotients, `exp`, and `total` of a record's fields. Of several, another stands in where the
    first would go in a circle; of none, `()`, the quantity is not taken apart. `members` declares
    so for the fields of a record. A formula may hold the word `rest` once, for a factor or term
    that is no quantity of its own; `rest` names and titles it. `fields` gives unit and kind of a
    record's fields that differ from the record's own.
    """

    def declare(equation: Equation) -> Equation:
        definition = " ".join((equation.__doc__ or "").split())
        meaning = Meaning(
            equation.__name__,
            unit,
            kind,
            title,
            definition,
            metric,
            headline,
            aggregate,
            breakdown,
            (formula,) if isinstance(formula, str) else formula,
            members or {},
            rest,
            fields or {},
        )
        equation.meaning = meaning  # type: ignore[attr-defined]
        return equation

    return declare


@dataclass(frozen=True)
class Node:
    """One equation with the names of its arguments."""

    name: str
    equation: Callable[..., Any]
    needs: tuple[str, ...]
    meaning: Meaning


class Graph:
    """The equations of the model, by name."""

    def __init__(self, equations: Iterable[Callable[..., Any]]) -> None:
        self.nodes: dict[str, Node] = {}
        self._downstream: dict[frozenset[str], frozenset[str]] = {}
        self._orders: dict[tuple[tuple[str, ...], frozenset[str]], list[Node]] = {}
        for equation in equations:
            meaning: Meaning = equation.meaning  # type: ignore[attr-defined]
            if meaning.name in self.nodes:
                raise ValueError(f"two equations define {meaning.name}")
            needs = tuple(inspect.signature(equation).parameters)
            self.nodes[meaning.name] = Node(meaning.name, equation, needs, meaning)

    def arguments(self) -> set[str]:
        """Return the names that equations need and no equation defines: the model's inputs."""
        needed = {name for node in self.nodes.values() for name in node.needs}
        return needed - set(self.nodes)

    def arguments_of(self, wanted: Iterable[str]) -> set[str]:
        """Return the model's inputs that the wanted quantities need, directly or through others."""
        found: set[str] = set()
        todo = list(wanted)
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo.extend(self.nodes[name].needs if name in self.nodes else ())
        return found - set(self.nodes)

    def downstream(self, names: frozenset[str]) -> frozenset[str]:
        """Return the names together with every quantity that depends on one of them."""
        if names not in self._downstream:
            users: dict[str, list[str]] = {}
            for node in self.nodes.values():
                for need in node.needs:
                    users.setdefault(need, []).append(node.name)
            found: set[str] = set()
            todo = list(names)
            while todo:
                name = todo.pop()
                if name not in found:
                    found.add(name)
                    todo.extend(users.get(name, ()))
            self._downstream[names] = frozenset(found)
        return self._downstream[names]

    def record_of(self, metric: str, dimension: str) -> str:
        """Return the quantity that holds the parts of a metric by a dimension."""
        return next(
            node.name
            for node in self.nodes.values()
            if node.meaning.breakdown == (dimension, metric)
        )

    def order(self, wanted: Iterable[str], given: Iterable[str]) -> list[Node]:
        """Return the equations to run for `wanted`, in order; names in `given` need none.

        Raises KeyError, naming the equation, the missing argument and the nearest known names.
        """
        key = tuple(wanted), frozenset(given)
        if key not in self._orders:
            self._orders[key] = self._ordered(*key)
        return self._orders[key]

    def _ordered(self, wanted: Sequence[str], known: Set[str]) -> list[Node]:
        sorter: TopologicalSorter[str] = TopologicalSorter()
        seen: set[str] = set()
        todo = [(name, "the request") for name in wanted]
        while todo:
            name, user = todo.pop()
            if name in known or name in seen:
                continue
            node = self.nodes.get(name)
            if node is None:
                hint = did_you_mean(name, [*self.nodes, *known])
                raise KeyError(f"{user} needs {name}, which nothing provides. {hint}".strip())
            seen.add(name)
            sorter.add(name, *(need for need in node.needs if need not in known))
            todo.extend((need, name) for need in node.needs)
        try:
            return [self.nodes[name] for name in sorter.static_order()]
        except CycleError as error:
            raise KeyError(f"equations need each other in a circle: {error.args[1]}") from error

    def evaluate(self, wanted: Iterable[str], given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the wanted quantities, computed from `given`.

        Every value has shape (draws, quarters), (draws, 1) or (1, quarters) and broadcasts.
        """
        wanted = list(wanted)
        order = self.order(wanted, given)
        last_use = {need: node.name for node in order for need in node.needs}
        keep = set(wanted) | set(given)
        values = dict(given)
        for node in order:
            values[node.name] = node.equation(*(values[need] for need in node.needs))
            for need in node.needs:
                if need not in keep and last_use[need] == node.name:
                    values.pop(need, None)
        return {name: values[name] for name in wanted}
