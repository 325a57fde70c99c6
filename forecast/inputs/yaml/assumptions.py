"""Assumptions (`assumptions/base/*.yaml`) and the rank correlations between them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import Assumption, Correlation
from forecast.inputs.yaml.beliefs import SOURCE_KEYS
from forecast.inputs.yaml.blocks import YamlBlock, listed
from forecast.inputs.yaml.nodes import Node
from forecast.inputs.yaml.vintages import STATED_KEYS, read_stated, read_vintages
from forecast.units import UNITS

NAME = re.compile(r"^[a-z][a-z0-9_]*$")
CORRELATIONS_FILE = "assumptions/base/correlations.yaml"
_KEYS = ("title", "unit", "kind", *STATED_KEYS, *SOURCE_KEYS, "vintages")
_CORRELATION_KEYS = ("between", "rank_correlation", "reasoning", "known_from")


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
    block = YamlBlock(node, name, _KEYS, problems)
    check_name(block, name)
    title = block.text("title")
    unit = read_unit(block)
    kind = block.text("kind", "")
    today = read_stated(block, unit)
    if today is None:
        return None
    vintages = read_vintages(block, unit, today)
    if not block.good:
        return None
    return Assumption(
        name, title, unit, today.knots, today.provenance, subject, node.source.file, node.line,
        today.persistence, today.floor, today.ceiling, kind, vintages,
    )  # fmt: skip


def check_name(block: YamlBlock, name: str) -> None:
    """Check that a name can stand in an equation and on the command line."""
    if not NAME.match(name):
        block.complain("", f"the name {name!r}", "lower-case letters, digits and underscores")


def read_unit(block: YamlBlock) -> str:
    """Return a known unit, empty if it is missing or unknown."""
    unit = block.text("unit")
    if unit and unit not in UNITS:
        hint = did_you_mean(unit, UNITS) or f"Known: {listed(UNITS)}."
        block.complain("unit", unit, "a known unit", hint)
        return ""
    return unit


def read_correlations(root: Node, problems: list[Problem]) -> tuple[Correlation, ...]:
    """Return the correlations that a file lists."""
    if root.items is None:
        problems.append(root.problem("correlations", root.shape, "a list of correlations"))
    found = (_read_correlation(node, problems) for node in root.items or ())
    return tuple(correlation for correlation in found if correlation is not None)


def _read_correlation(node: Node, problems: list[Problem]) -> Correlation | None:
    block = YamlBlock(node, "correlation", _CORRELATION_KEYS, problems)
    pair = block.texts("between")
    if len(pair) != 2 or pair[0] == pair[1]:
        block.complain("between", ", ".join(pair) or "nothing", "[one, other]: two assumptions")
    value = block.plain_number("rank_correlation", -1.0, 1.0)
    reasoning = block.text("reasoning")
    known_from = block.day("known_from") if "known_from" in block.entries else None
    if not block.good:
        return None
    return Correlation(pair[0], pair[1], value, reasoning, node.source.file, node.line, known_from)


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
