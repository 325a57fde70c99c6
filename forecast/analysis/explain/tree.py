"""The tree of one number: what it is made of, level by level, and what all of it rests on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from forecast.analysis.attribution.divisia import formula_rest, title_of
from forecast.analysis.attribution.identities import base, formulas_of, mentioned
from forecast.analysis.beliefs.assumptions import standard_ranks
from forecast.analysis.explain.provenance import leaf_kind, leaf_trail, origin, targets_of
from forecast.analysis.explain.rows import (
    AssumptionTrail,
    DriverTrail,
    EquationTrail,
    Head,
    Input,
    Member,
    Root,
    RootInput,
    Seen,
    Summary,
    Trail,
)
from forecast.analysis.explain.since import levels
from forecast.beliefs import Array
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning, Node
from forecast.model.reference import Reference
from forecast.money.joint import moved_with, own_name
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.history.observed import observed_value
from forecast.world.metrics import MetricAt, status_of
from forecast.world.rows import ValueRow, plain, value_row
from forecast.world.world import World

Draws = Mapping[str, Array]  # of one name: (draws,) by field, the empty one of what is no record


@dataclass
class Tree:
    """The tree of one number while it grows: draws of everything in it, what has been taken apart,
    and ranks of the draws."""

    world: World
    asked: MetricAt
    draws: Mapping[str, Draws]
    meanings: Mapping[str, Meaning]
    apart: set[str] = field(default_factory=set)
    ranks: dict[str, list[Array]] = field(default_factory=dict)

    def root(self, depth: int | None) -> Root:
        """Return the number with the tree beneath it, to `depth` levels of inputs (all if None)."""
        meaning, period = self.asked.meaning, self.asked.period
        trail, below = self._apart(meaning.name, depth)
        observed = observed_value(self.world.inputs, meaning.name, period, meaning.kind)
        status = status_of(observed, self._column, self.world.timeline)
        summary = None
        if (whole := self.draws[meaning.name].get("")) is not None:
            summary = _summary(value_row(meaning, period, whole, status, observed))
        beneath = model_graph().arguments_of([meaning.name])
        drivers = {own_name(name) for name in beneath}
        return Root(
            head=self._head(meaning.name),
            trail=trail,
            inputs=below,
            summary=summary,
            status=None if isinstance(trail, AssumptionTrail | DriverTrail) else status,
            roots=self._roots(beneath),
            changed=tuple(
                each.text
                for each in self.world.settings
                if not drivers.isdisjoint(moved_with(self.world.inputs, each.key))
            ),
            since=None,
        )

    @property
    def _column(self) -> int:
        """The last quarter of the period."""
        return quarter(self.asked.period) - FIRST_QUARTER

    def _apart(self, name: str, depth: int | None) -> tuple[Trail, tuple[Input, ...]]:
        """Return where a name comes from and, down to `depth` more levels, its inputs."""
        inputs, learnt = self.world.inputs, self.world.ensemble.learnt
        if name in self.apart:
            return Seen(), ()
        node = model_graph().nodes.get(name)
        if node is None:
            self.apart.add(name)
            return leaf_trail(name, inputs, learnt, self.asked.period), ()
        trail = _equation(node, inputs)
        if depth == 0:
            return trail, ()
        self.apart.add(name)
        below = None if depth is None else depth - 1
        ordered = sorted(node.needs, key=lambda need: -abs(self._correlation(need, name) or 0.0))
        grown = tuple(self._input(need, below, name) for need in ordered)
        return replace(trail, targets=targets_of(name, inputs, learnt)), grown

    def _input(self, name: str, depth: int | None, user: str) -> Input:
        """Return a name that enters the equation of `user`."""
        trail, below = self._apart(name, depth)
        return Input(self._head(name), self._correlation(name, user), trail, below)

    def _head(self, name: str) -> Head:
        """Return a name with unit, kind and value at the period; of a record, with its fields."""
        node, meaning = model_graph().nodes.get(name), self.meanings.get(name)
        own = self.draws.get(name, {})
        whole = levels(own[""]) if "" in own else None
        fixed = None if node or whole else self._without_draws(name)
        kind = leaf_kind(name, self.world.inputs)
        return Head(
            quantity=name,
            title=meaning.title if meaning else name.replace("_", " "),
            period=self.asked.period,
            value=whole.value if whole else fixed,
            unit=meaning.unit if meaning else _unit(name, self.meanings),
            kind=kind if node is None else "quantity" if whole else "record",
            measure=meaning.kind if meaning else None,
            band=whole.band if whole else None,
            members=_members(meaning, own) if own and meaning and whole is None else None,
        )

    def _without_draws(self, name: str) -> float | None:
        """Return the value of a reference path or of a quarter's place in time; None for the
        references of the market, which are many numbers."""
        found = self.world.given([name])[name]
        if isinstance(found, Reference):
            return None
        given = np.atleast_2d(found)
        return plain(float(given[0, self._column if given.shape[1] > 1 else 0]))

    def _correlation(self, first: str, second: str) -> float | None:
        """Return the rank correlation of two names over the draws, None where one has no spread;
        of records that of the two fields that move together most closely."""
        pairs = [
            float(np.einsum("d,d->", left, right) / left.size)
            for left in self._ranks(first)
            for right in self._ranks(second)
        ]
        closest = max(pairs, key=abs, default=0.0)
        return round(closest, 3) if closest else None

    def _ranks(self, name: str) -> list[Array]:
        if name not in self.ranks:
            own = self.draws.get(name, {})
            self.ranks[name] = [standard_ranks(draws) for draws in own.values()]
        return self.ranks[name]

    def _roots(self, beneath: set[str]) -> tuple[RootInput, ...]:
        """Return the assumptions, drivers and shocks beneath the number, those that it moves with
        most first."""
        inputs = self.world.inputs
        rows = [
            RootInput(
                self._head(name), origin(name, inputs), self._correlation(name, self.asked.metric)
            )
            for name in sorted(beneath)
            if leaf_kind(name, inputs) not in {"reference", "time"}
        ]
        return tuple(sorted(rows, key=lambda row: -abs(row.rank_correlation or 0.0)))


def _summary(row: ValueRow) -> Summary:
    return Summary(row.observed, row.mean, row.quantiles, row.mc_error, row.observed_qualifier)


def _members(meaning: Meaning, own: Draws) -> tuple[Member, ...]:
    """Return the fields of a record with their values."""
    return tuple(
        Member(name, meaning.fields.get(name, (meaning.unit,))[0], levels(draws))
        for name, draws in own.items()
    )


def _unit(name: str, meanings: Mapping[str, Meaning]) -> str:
    """Return the unit of what no equation, driver or assumption defines: of a reference path that
    of what it is a path of, else that of time or of a ratio."""
    if (original := name.removeprefix("reference_")) in meanings:
        return meanings[original].unit
    if name == "year_fraction":
        return "year"
    return "quarters" if "quarter" in name else "ratio"


def _equation(node: Node, inputs: Inputs) -> EquationTrail:
    """Return a quantity's equation with its first formula, its `rest` in words; the formula is the
    equation itself if it speaks of nothing but the equation's inputs."""
    text, is_equation = None, False
    if formulas := formulas_of(node.name):
        formula = formulas[0]
        rest = formula_rest(formula)
        text = re.sub(r"\brest\b", f"[{title_of(rest, inputs)}]" if rest else "", formula.text)
        is_equation = {base(name) for name in mentioned(formula.expression)} <= set(node.needs)
    return EquationTrail(node.meaning.definition, text, is_equation, len(node.needs), None)
