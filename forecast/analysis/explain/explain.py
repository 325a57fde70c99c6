"""The tree behind a number: what it is made of, down to beliefs and observations with sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecast.analysis.attribution.divisia import formula_rest, title_of, wanted_for
from forecast.analysis.attribution.identities import base, fields_of, formulas_of, mentioned
from forecast.analysis.beliefs.assumptions import standard_ranks
from forecast.analysis.explain.provenance import leaf_kind, leaf_trail, target_trail
from forecast.analysis.explain.since import change_since
from forecast.analysis.explain.snapshot import Found, World, at, by_link, figures, needed_at
from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.graph import Meaning, Node
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.result import OldResult, Result, Row
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble
from forecast.world.evaluate import model_graph
from forecast.world.metric_at import Asked, read_asked
from forecast.world.observed import observed_value
from forecast.world.rows import (
    metric_table,
    plain,
    value_row,
)
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

Draws = Mapping[str, Array]  # of one name: (draws,) by field, the empty one of what is no record


def explain(
    case: Case,
    text: str,
    *,
    depth: int | str | None = None,
    since: str | None = None,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return the tree behind `METRIC@PERIOD` as one nested row, to `depth` levels of inputs (all if
    it is None; as a number or as a person wrote it); any quantity, driver or assumption can stand
    in for the metric.

    Each quantity is taken apart where it is first met, its inputs in order of their rank
    correlation with it. `roots` holds the beliefs and paths that everything rests on, in order of
    their rank correlation with the number itself. With `since`, `attribution` holds what each link
    of the chain did to the number since that period; the amounts add up to the change in every
    draw. Raises InputError for what cannot be asked.
    """
    timeline = case.timeline(through)
    asked, start, levels = _read(text, since, depth, case.inputs, timeline)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    world = World(case.inputs, ensemble, timeline, changed)
    now, *past = _collected(world, asked, start, levels)
    tree = _Tree(world, asked, _by_name(now), _meanings(case.inputs))
    if asked.metric not in tree.draws:
        found, expected = f"{asked.metric}, which speaks of the history alone", "an earlier period"
        raise InputError(Problem("command line", asked.text, found, expected))
    row = tree.root(levels)
    row["changed"] = [each.text for each in case.settings if each.key in tree.beneath]
    extra: dict[str, Any] = {"metrics": metric_table([asked.meaning])}
    if start:
        row["since"], extra["shown"] = change_since(case.inputs, asked, start, now, past)
    run = run_of(case, draws, seed, through, started)
    return OldResult("explain", run, (row,), (*ensemble.report["warnings"], *warnings), extra)


def _read(
    text: str, since: str | None, depth: int | str | None, inputs: Inputs, timeline: Timeline
) -> tuple[Asked, str | None, int | None]:
    """Return what is asked, since when, and how deep; raises InputError with all that is wrong."""
    problems: list[Problem] = []
    asked: Asked | None = None
    also = _meanings(inputs)
    try:
        asked = read_asked(text, inputs, timeline, also=also)
    except InputError as error:
        problems += error.problems
    if since is not None:
        problems += _wrong_start(since.strip(), asked, inputs, timeline)
    levels = None if depth is None else str(depth).strip()
    if levels is not None and not re.fullmatch("[1-9][0-9]?", levels):
        expected = "a whole number of levels from 1 to 99"
        problems.append(Problem("command line", f"--depth {depth}", repr(levels), expected))
    if problems or asked is None:
        raise InputError(problems)
    start = since.strip().upper() if since else None
    return asked, start, int(levels) if levels else None


def _wrong_start(
    since: str, asked: Asked | None, inputs: Inputs, timeline: Timeline
) -> Iterable[Problem]:
    """Yield what is wrong with the period since which a change is asked for."""
    subject = f"--since {since}"
    try:
        read_asked(f"compute_stock@{since}", inputs, timeline)
    except InputError as error:
        expected = f"a year or quarter from {timeline.periods[0]} to {timeline.periods[-1]}"
        yield from (
            Problem("command line", subject, each.found, expected) for each in error.problems
        )
        return
    if asked is None:
        return
    if is_year(since) != is_year(asked.period):
        length = "year" if is_year(asked.period) else "quarter"
        hint = "A year is compared with a year and a quarter with a quarter."
        yield Problem("command line", subject, repr(since), f"a {length}", hint)
    elif quarter(since) >= quarter(asked.period):
        yield Problem("command line", subject, repr(since), f"a period before {asked.period}")
    if _is_record(asked.metric):
        found = f"{asked.metric}, which is several numbers"
        yield Problem("command line", subject, found, "a quantity that is one number")


def _meanings(inputs: Inputs) -> dict[str, Meaning]:
    """Return everything that has a value at a period: quantities, drivers and assumptions."""
    found = {node.name: node.meaning for node in model_graph().nodes.values()}
    for name, each in inputs.drivers.items():
        found[name] = Meaning(name, each.unit, each.kind, each.title, each.title, True, False, None)
    for name, belief in inputs.assumptions.items():
        title = belief.title
        found[name] = Meaning(name, belief.unit, "stock", title, title, False, False, None)
    return found


def _is_record(name: str) -> bool:
    return name in model_graph().nodes and bool(fields_of(name))


def _reached(name: str, depth: int | None) -> set[str]:
    """Return a name with its inputs, level by level to a depth, and all that they rest on."""
    nodes = model_graph().nodes
    found, level = {name}, {name}
    while level and depth != 0:
        level = {need for each in level if each in nodes for need in nodes[each].needs} - found
        found |= level
        depth = None if depth is None else depth - 1
    return found | (model_graph().arguments_of([name]) if name in nodes else set())


def _collected(world: World, asked: Asked, since: str | None, depth: int | None) -> list[Found]:
    """Return the draws of all that the tree shows at its period; with `since` also those of the
    number then, and what each link did to it, for each formula that it has."""
    name, kind, inputs = asked.metric, asked.meaning.kind, world.inputs
    names = _reached(name, depth)
    wanted, readers = needed_at(names), [at(inputs, names, asked.period)]
    if since:
        readers.append(at(inputs, [name], since))
        for view in range(max(1, len(formulas_of(name)))):
            wanted |= wanted_for(name, view)
            readers.append(by_link(name, asked.period, since, kind, view))
    return world.collect(wanted, readers)


def _by_name(found: Found) -> Mapping[str, Draws]:
    grouped: dict[str, dict[str, Array]] = {}
    for (name, each), draws in found.items():
        grouped.setdefault(name, {})[each] = draws
    return grouped


@dataclass
class _Tree:
    """The tree of one number while it grows: draws of everything in it, what has been taken apart,
    and the inputs beneath it."""

    world: World
    asked: Asked
    draws: Mapping[str, Draws]
    meanings: Mapping[str, Meaning]
    apart: set[str] = field(default_factory=set)
    ranks: dict[str, list[Array]] = field(default_factory=dict)

    @property
    def beneath(self) -> set[str]:
        """The assumptions, drivers and other inputs that the number rests on."""
        name = self.asked.metric
        return model_graph().arguments_of([name]) if name in model_graph().nodes else {name}

    def root(self, depth: int | None) -> Row:
        """Return the number with the tree beneath it."""
        meaning, period = self.asked.meaning, self.asked.period
        row = self._grown(meaning.name, depth)
        own = self.draws[meaning.name]
        if "" in own:
            observed = observed_value(self.world.inputs, meaning.name, period, meaning.kind)
            full = value_row(meaning, period, own[""], "", observed)
            kept = ("observed", "observed_qualifier", "mean", "mc_error")
            row |= {key: full[key] for key in full if key in kept or key.startswith("p")}
        row.setdefault("status", self._status(row.get("observed")))
        row["roots"] = self._roots()
        return row

    def _status(self, observed: float | None) -> str:
        if quarter(self.asked.period) - FIRST_QUARTER >= self.world.timeline.history:
            return "projected"
        return "estimated" if observed is None else "observed"

    def _grown(self, name: str, depth: int | None, user: str = "") -> Row:
        """Return a name, which enters the equation of `user`, with its value and, down to `depth`
        more levels, with its inputs."""
        nodes = model_graph().nodes
        row = self._head(name)
        if user:
            row["rank_correlation"] = self.correlation(name, user)
        if name in self.apart:
            return row | {"seen": True, "inputs": []}
        if name not in nodes:
            self.apart.add(name)
            report = self.world.ensemble.report
            trail = leaf_trail(name, self.world.inputs, report, self.asked.period)
            return row | trail | {"inputs": []}
        node = nodes[name]
        row |= {"equation": node.meaning.definition, **_formula(node, self.world.inputs)}
        row["needs"] = len(node.needs)
        if depth == 0:
            return row | {"inputs": []}
        self.apart.add(name)
        row["targets"] = target_trail(name, self.world.inputs, self.world.ensemble.report)
        below = None if depth is None else depth - 1
        ordered = sorted(node.needs, key=lambda need: -abs(self.correlation(need, name) or 0.0))
        row["inputs"] = [self._grown(need, below, name) for need in ordered]
        return row

    def _head(self, name: str) -> Row:
        """Return a name with unit, kind and value at the period; of a record, with its fields."""
        inputs, node = self.world.inputs, model_graph().nodes.get(name)
        meaning = self.meanings.get(name)
        kind = "quantity" if node else leaf_kind(name, inputs)
        own = self.draws.get(name, {})
        row: Row = {
            "quantity": name,
            "title": meaning.title if meaning else name.replace("_", " "),
            "period": self.asked.period,
            "value": None,
            "unit": meaning.unit if meaning else _unit(name, self.meanings),
            "kind": "record" if node and "" not in own else kind,
            "measure": meaning.kind if meaning else None,
            "p10": None,
            "p50": None,
            "p90": None,
        }
        if "" in own:
            return row | figures(own[""])
        if own and meaning:
            row["members"] = _members(meaning, own)
        elif not node:
            row |= self._without_draws(name)
        return row

    def _without_draws(self, name: str) -> Row:
        """Return the value of a reference path or of a quarter's place in time."""
        column = quarter(self.asked.period) - FIRST_QUARTER
        timeline = self.world.timeline
        if name in self.world.ensemble.references:
            value = float(self.world.ensemble.references[name][0, column])
        elif name in {"year_fraction", "quarters_ahead"}:
            value = float(getattr(timeline, name)[0, column])
        elif name == "first_quarter":
            value = float(FIRST_QUARTER)
        else:
            value = float(getattr(timeline, name.removesuffix("_quarters")))
        return {"value": plain(value)}

    def correlation(self, first: str, second: str) -> float | None:
        """Return the rank correlation of two names over the draws, None where one has no spread;
        of records that of the two fields that move together most closely."""
        pairs = [
            float(np.einsum("d,d->", left, right) / left.size)
            for left in self._ranks(first)
            for right in self._ranks(second)
        ]
        found = max(pairs, key=abs, default=0.0)
        return round(found, 3) if found else None

    def _ranks(self, name: str) -> list[Array]:
        if name not in self.ranks:
            own = self.draws.get(name, {})
            self.ranks[name] = [standard_ranks(draws) for draws in own.values()]
        return self.ranks[name]

    def _roots(self) -> list[Row]:
        """Return the assumptions, drivers and shocks beneath the number with their rank correlation
        with it, the strongest first."""
        inputs, report = self.world.inputs, self.world.ensemble.report
        rows = []
        for name in sorted(self.beneath):
            if leaf_kind(name, inputs) in {"reference", "time"}:
                continue
            trail = leaf_trail(name, inputs, report, self.asked.period)
            kept = ("status", "source", "source_url", "date", "place")
            row = self._head(name) | {key: trail[key] for key in kept if key in trail}
            row["rank_correlation"] = self.correlation(name, self.asked.metric)
            rows.append(row)
        return sorted(rows, key=lambda row: -abs(row["rank_correlation"] or 0.0))


def _members(meaning: Meaning, own: Draws) -> list[Row]:
    """Return the fields of a record with their values."""
    return [
        {"member": name, "unit": meaning.fields.get(name, (meaning.unit,))[0]} | figures(draws)
        for name, draws in own.items()
    ]


def _unit(name: str, meanings: Mapping[str, Meaning]) -> str:
    """Return the unit of what no equation, driver or assumption defines: of a reference path that
    of what it is a path of, else that of time or of a ratio."""
    if (original := name.removeprefix("reference_")) in meanings:
        return meanings[original].unit
    if name == "year_fraction":
        return "year"
    return "quarters" if "quarter" in name else "ratio"


def _formula(node: Node, inputs: Inputs) -> Row:
    """Return the formula that a quantity declares, its `rest` in words (None if it has none), and
    whether it is the equation itself: it speaks of nothing but the equation's inputs."""
    for formula in formulas_of(node.name):
        rest = formula_rest(formula)
        words = f"[{title_of(rest, inputs)}]" if rest else ""
        names = {base(name) for name in mentioned(formula.expression)}
        return {
            "formula": re.sub(r"\brest\b", words, formula.text),
            "is_equation": names <= set(node.needs),
        }
    return {"formula": None, "is_equation": False}
