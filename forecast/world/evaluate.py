"""Run the model's equations over an ensemble, in blocks that fit the processor's cache."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import numpy as np

from forecast.beliefs import Array, out_of_scale
from forecast.ensemble.prior import realise_all
from forecast.inputs.schema import Inputs, Kind
from forecast.model.aggregate import aggregated
from forecast.model.equations import all_equations
from forecast.model.graph import Graph, Node
from forecast.periods import FIRST_QUARTER, is_year, quarter
from forecast.world.draws import Ensemble
from forecast.world.timeline import Timeline

BLOCK = 2048
THREADS = max(1, min(4, os.cpu_count() or 1))
Key = TypeVar("Key", bound=Hashable)


@cache
def model_graph() -> Graph:
    """Return the model's graph."""
    return Graph(all_equations())


def evaluate(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    wanted: Iterable[str],
    *,
    feedback: bool = True,
    changed: Mapping[str, Array] | None = None,
) -> dict[str, Any]:
    """Return each wanted quantity, (draws, quarters) or (draws, 1), or a record of such arrays.

    `changed` replaces the draws of assumptions or drivers, (draws, quarters) in their unit: a
    what-if. Blocks and threads change nothing: every draw is computed by itself.
    """
    wanted = sorted(set(wanted))
    draws = ensemble.normals.shape[1]
    blocks = [slice(start, min(start + BLOCK, draws)) for start in range(0, draws, BLOCK)]
    needed = model_graph().arguments_of(wanted)

    def run(block: slice) -> dict[str, Array]:
        given = block_values(inputs, ensemble, timeline, block, changed or {}, needed)
        if not feedback:
            given["capex_response"] = np.zeros((block.stop - block.start, 1))
        return model_graph().evaluate(wanted, given)

    if len(blocks) == 1:  # a thread of its own costs more than it gives
        return run(blocks[0])
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(run, blocks))
    return {name: _joined([result[name] for result in results]) for name in wanted}


def evaluate_moved(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    wanted: Iterable[str],
    moves: Sequence[Mapping[str, Array]],
    pick: Callable[[Mapping[str, Any]], Mapping[Key, Array]],
    *,
    changed: Mapping[str, Array] | None = None,
) -> list[dict[Key, Array]]:
    """Return what `pick` takes from the wanted quantities, draws first: as they stand, and after
    each move alone.

    A move gives assumptions, drivers or shocks other values, (draws, quarters) or (draws, 1); with
    a single row they are the same in every draw. Only equations downstream of a move run again, on
    what all moves share, and to the bit that is `evaluate` with the move among `changed`. All runs
    on one thread: a move is many short steps, at which threads only wait for each other.
    """
    graph, wanted = model_graph(), sorted(set(wanted))
    needed = graph.arguments_of(wanted)
    draws = ensemble.normals.shape[1]
    picked: list[list[Mapping[Key, Array]]] = [[] for _ in range(1 + len(moves))]
    for start in range(0, draws, BLOCK):
        block = slice(start, min(start + BLOCK, draws))
        given = block_values(inputs, ensemble, timeline, block, changed or {}, needed)
        order = graph.order(wanted, given)
        base = graph.evaluate([*given, *(node.name for node in order)], given)
        picked[0].append(pick(base))
        for index, move in enumerate(moves, start=1):
            picked[index].append(pick(_after(wanted, order, base, block, move)))
    return [
        {key: np.concatenate([part[key] for part in parts]) for key in parts[0]} for parts in picked
    ]


def _after(
    wanted: Sequence[str],
    order: Sequence[Node],
    base: Mapping[str, Any],
    block: slice,
    move: Mapping[str, Array],
) -> dict[str, Any]:
    """Return wanted quantities of a block after a move; `base` holds every value before it."""
    size = block.stop - block.start
    own = {name: _rows(values, block, size) for name, values in move.items()}
    return model_graph().evaluate(wanted, _without_downstream(order, base, own))


def evaluate_both(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    wanted: Iterable[str],
    move: Mapping[str, Array],
    *,
    changed: Mapping[str, Array] | None = None,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the wanted quantities as they stand, and after a move: see `evaluate_moved`.

    What the move leaves alone is the same array in both.
    """
    graph, wanted = model_graph(), sorted(set(wanted))
    needed = graph.arguments_of(wanted)
    draws = ensemble.normals.shape[1]
    touched: set[str] = set()

    def run(block: slice) -> tuple[dict[str, Any], dict[str, Any]]:
        given = block_values(inputs, ensemble, timeline, block, changed or {}, needed)
        order = graph.order(wanted, given)
        base = graph.evaluate([*given, *(node.name for node in order)], given)
        touched.update(_downstream(order, move))
        kept = {name: value for name, value in base.items() if name not in touched}
        own = {name: values[block] for name, values in move.items()}
        moved = [name for name in wanted if name in touched]
        return {name: base[name] for name in wanted}, graph.evaluate(moved, kept | own)

    blocks = [slice(start, min(start + BLOCK, draws)) for start in range(0, draws, BLOCK)]
    with ThreadPoolExecutor(THREADS) as pool:
        pairs = list(pool.map(run, blocks))
    before = {name: _joined([base[name] for base, _ in pairs]) for name in wanted}
    after = {
        name: _joined([moved[name] for _, moved in pairs]) if name in touched else before[name]
        for name in wanted
    }
    return before, after


def _downstream(order: Sequence[Node], moved: Iterable[str]) -> set[str]:
    """Return the quantities, of equations in `order`, that depend on what is moved."""
    touched = set(moved)
    for node in order:
        if not touched.isdisjoint(node.needs):
            touched.add(node.name)
    return touched


def _rows(values: Array, block: slice, size: int) -> Array:
    """Return a block of draws of values that may be the same, one row, in all of them."""
    if values.shape[0] > 1:
        return values[block]
    return np.ascontiguousarray(np.broadcast_to(values, (size, values.shape[1])))


def _joined(parts: list[Any]) -> Any:
    """Return blocks as one: arrays, or records whose fields are arrays or records."""
    first = parts[0]
    if not isinstance(first, tuple):
        return np.concatenate(parts)
    fields = zip(*parts, strict=True)
    return type(first)(*(_joined(list(field)) for field in fields))


def at_period(values: Mapping[str, Array], name: str, period: str) -> Array:
    """Return a quantity at a quarter or for a whole year, (draws,), from draws × quarters.

    For a year of a share or ratio `values` must hold the parts that it is recomputed from.
    """
    nodes = model_graph().nodes
    column = quarter(period) - FIRST_QUARTER
    if not is_year(period):
        return values[name][:, column]

    def part(wanted: str) -> tuple[Array, Kind]:
        return values[wanted], nodes[wanted].meaning.kind

    return aggregated(nodes[name].meaning, part, column - 3)


def with_parts(names: Iterable[str]) -> set[str]:
    """Return quantities together with the parts that a year of them is recomputed from; a driver
    has none."""
    nodes, found = model_graph().nodes, set(names)
    return found.union(*(nodes[name].meaning.aggregate or () for name in found if name in nodes))


def block_values(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    block: slice,
    changed: Mapping[str, Array],
    needed: Collection[str] | None = None,
) -> dict[str, Any]:
    """Return what the equations are given for a block of draws: all of it, or what is needed."""
    asked = inputs.assumptions.keys() | inputs.drivers.keys() if needed is None else set(needed)
    normals, years = ensemble.normals[:, block], timeline.year_fraction[0]
    beliefs = sorted(asked & inputs.assumptions.keys())
    given: dict[str, Any] = {
        **realise_all(inputs.assumptions, normals, years, beliefs),
        **{
            name: out_of_scale(values[block, : timeline.size], inputs.drivers[name].scale)
            for name, values in ensemble.paths.items()
            if name in asked
        },
        **{name: values[block, : timeline.size] for name, values in ensemble.shocks.items()},
        "year_fraction": timeline.year_fraction,
        "quarters_ahead": timeline.quarters_ahead,
        **{name: values[:, : timeline.size] for name, values in ensemble.references.items()},
        "history_quarters": timeline.history,
        "vendor_quarters": timeline.vendor,
        "horizon_quarters": timeline.horizon,
        "first_quarter": FIRST_QUARTER,
    }
    given.update({name: values[block] for name, values in changed.items()})
    return given


def base_references(inputs: Inputs, ensemble: Ensemble, timeline: Timeline) -> dict[str, Array]:
    """Return the base case's median paths that what-ifs are held against, each (1, quarters).

    Agent traffic through the API follows agent penetration, tokens per request follow reasoning,
    and usage answers serving cost, each relative to its median; capex responds to demand pressure
    relative to its median without feedback, so that the base case does not correct itself.
    """

    def find(name: str, references: dict[str, Array]) -> Array:
        held = replace(ensemble, references=references)
        found: Array = evaluate(inputs, held, timeline, [name], feedback=False)[name]
        return found

    return _references(inputs, ensemble, find)


def _references(
    inputs: Inputs, ensemble: Ensemble, find: Callable[[str, dict[str, Array]], Array]
) -> dict[str, Array]:
    """Return `base_references`; `find` returns a quantity, (draws, quarters), by name, held against
    the references known so far and without feedback."""

    def median(values: Array) -> Array:
        return np.median(values, axis=0, keepdims=True)

    known = {
        f"reference_{name}": median(out_of_scale(ensemble.paths[name], inputs.drivers[name].scale))
        for name in ("agent_penetration", "reasoning_token_share")
    }
    cost = "cost_of_computed_tokens"
    known[f"reference_{cost}"] = median(find(cost, known))
    pressure = find("demand_pressure", {**known, "reference_pressure": np.ones((1, 1))})
    return known | {"reference_pressure": median(pressure)}


def evaluate_as_base(
    inputs: Inputs,
    ensemble: Ensemble,
    timeline: Timeline,
    wanted: Iterable[str],
    *,
    changed: Mapping[str, Array],
) -> dict[str, Any]:
    """Return the wanted quantities of an ensemble held against references of its own: to the bit
    what `base_references` and then `evaluate` find, but in one block, for few draws, and without
    computing anything twice."""
    graph, wanted = model_graph(), sorted(set(wanted))
    every = [*wanted, "cost_of_computed_tokens", "demand_pressure"]
    needed = graph.arguments_of(every)
    order = graph.order(every, needed)
    block = slice(0, ensemble.normals.shape[1])
    without = replace(ensemble, references={})
    values = block_values(inputs, without, timeline, block, {}, needed)
    response = values["capex_response"]

    def find(name: str, references: dict[str, Array]) -> Array:
        nonlocal values
        still = {"capex_response": np.zeros_like(response)}
        values = _without_downstream(order, values, {**references, **still})
        values |= graph.evaluate([each.name for each in graph.order([name], values)], values)
        found: Array = values[name]
        return found

    references = _references(inputs, ensemble, find)
    own = {**references, "capex_response": response, **changed}
    return graph.evaluate(wanted, _without_downstream(order, values, own))


def _without_downstream(
    order: Sequence[Node], values: Mapping[str, Any], move: Mapping[str, Array]
) -> dict[str, Any]:
    """Return values after a move, without those that depend on anything that it changes."""
    changed = {name: value for name, value in move.items() if values.get(name) is not value}
    touched = _downstream(order, changed)
    return {name: value for name, value in values.items() if name not in touched} | changed
