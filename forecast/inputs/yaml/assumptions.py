"""Assumptions (`assumptions/base/*.yaml`) and the rank correlations between them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import Assumption, Correlation, Knot
from forecast.inputs.yaml.beliefs import (
    BELIEF_KEYS,
    SOURCE_KEYS,
    read_belief,
    read_path,
    read_source,
)
from forecast.inputs.yaml.blocks import Block, listed
from forecast.inputs.yaml.nodes import Node
from forecast.units import UNITS

NAME = re.compile(r"^[a-z][a-z0-9_]*$")
CORRELATIONS_FILE = "assumptions/base/correlations.yaml"
_KEYS = ("title", "unit", *BELIEF_KEYS, "path", "persistence", "floor", "ceiling", *SOURCE_KEYS)


def read_assumptions(
    root: Node, subject: str, problems: list[Problem]
) -> dict[str, Assumption | None]:
    """Return the assumptions of one file by name, None for those with problems.

    `subject` is the file's name without its ending.
    """
    if root.entries is None:
        problems.append(root.problem(subject, root.shape, "a mapping of names to assumptions"))
        return {}
    return {
        name: _read_assumption(name, node, subject, problems) for name, node in root.entries.items()
    }


def _read_assumption(
    name: str, node: Node, subject: str, problems: list[Problem]
) -> Assumption | None:
    block = Block(node, name, _KEYS, problems)
    check_name(block, name)
    title = block.text("title")
    unit = read_unit(block)
    provenance = read_source(block)
    if not unit:
        return None
    floor, ceiling = block.optional_number("floor", unit), block.optional_number("ceiling", unit)
    is_path = block.entries.get("path") is not None
    if is_path and any(key in block.entries for key in BELIEF_KEYS):
        block.complain("path", "a path beside a value", "one of the two")
        return None
    if not is_path and "persistence" in block.entries:
        block.complain("persistence", "no path", "persistence only with a path")
    persistence = block.plain_number("persistence", 0.0, 1.0, default=1.0)
    knots = read_path(block, unit) if is_path else (Knot(None, read_belief(block, unit)),)
    if not block.good:
        return None
    _check_bounds(block, knots, floor, ceiling)
    if not block.good:
        return None
    return Assumption(
        name, title, unit, knots, provenance, subject, node.source.file, node.line, persistence,
        floor, ceiling,
    )  # fmt: skip


def check_name(block: Block, name: str) -> None:
    """Check that a name can stand in an equation and on the command line."""
    if not NAME.match(name):
        block.complain("", f"the name {name!r}", "lower-case letters, digits and underscores")


def read_unit(block: Block) -> str:
    """Return a known unit, empty if it is missing or unknown."""
    unit = block.text("unit")
    if unit and unit not in UNITS:
        hint = did_you_mean(unit, UNITS) or f"Known: {listed(UNITS)}."
        block.complain("unit", unit, "a known unit", hint)
        return ""
    return unit


def _check_bounds(
    block: Block, knots: tuple[Knot, ...], floor: float | None, ceiling: float | None
) -> None:
    """Check that floor < ceiling and that every stated value lies between them."""
    if floor is not None and ceiling is not None and floor >= ceiling:
        block.complain("floor", f"a floor of {floor:g}", f"less than the ceiling, {ceiling:g}")
    values = [value for knot in knots for _, value in knot.belief.quantiles]
    if floor is not None and any(value < floor for value in values):
        block.complain("floor", f"a value of {min(values):g} below it", "no value below the floor")
    if ceiling is not None and any(value > ceiling for value in values):
        found = f"a value of {max(values):g} above it"
        block.complain("ceiling", found, "no value above the ceiling")


def read_correlations(root: Node, problems: list[Problem]) -> tuple[Correlation, ...]:
    """Return the correlations that a file lists."""
    if root.items is None:
        problems.append(root.problem("correlations", root.shape, "a list of correlations"))
    found = (_read_correlation(node, problems) for node in root.items or ())
    return tuple(correlation for correlation in found if correlation is not None)


def _read_correlation(node: Node, problems: list[Problem]) -> Correlation | None:
    block = Block(node, "correlation", ("between", "rank_correlation", "reasoning"), problems)
    pair = block.texts("between")
    if len(pair) != 2 or pair[0] == pair[1]:
        block.complain("between", ", ".join(pair) or "nothing", "[one, other]: two assumptions")
    value = block.plain_number("rank_correlation", -1.0, 1.0)
    reasoning = block.text("reasoning")
    if not block.good:
        return None
    return Correlation(pair[0], pair[1], value, reasoning, node.source.file, node.line)


def check_correlations(
    correlations: tuple[Correlation, ...], names: Mapping[str, object], problems: list[Problem]
) -> None:
    """Check that correlations stand between known assumptions, each pair once."""
    seen: dict[frozenset[str], int] = {}
    for correlation in correlations:
        place = f"{correlation.file}:{correlation.line}"
        pair = frozenset((correlation.first, correlation.second))
        for name in (correlation.first, correlation.second):
            if name not in names:
                hint = did_you_mean(name, names)
                problems.append(Problem(place, "between", name, "a known assumption", hint))
        if pair in seen:
            found = f"{correlation.first} and {correlation.second} again (line {seen[pair]})"
            problems.append(Problem(place, "between", found, "each pair once"))
        seen.setdefault(pair, correlation.line)
