"""A belief as it is stated, today's and earlier ones (`vintages`), and the defaults before them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import pairwise

from forecast.errors import Problem
from forecast.inputs.schema import Assumption, Default, Distribution, DriverVintage, Knot, Vintage
from forecast.inputs.yaml.beliefs import (
    BELIEF_KEYS,
    SOURCE_KEYS,
    read_belief,
    read_belief_node,
    read_path,
    read_source,
)
from forecast.inputs.yaml.blocks import YamlBlock, listed
from forecast.inputs.yaml.nodes import Node
from forecast.units import UNITS

DEFAULTS_FILE = "assumptions/defaults.yaml"
STATED_KEYS = (*BELIEF_KEYS, "path", "persistence", "floor", "ceiling")
PRIOR_KEYS = ("saturation", "growth", "ceiling")
RATE_UNIT = "log/year"
# A vintage is dated by the day from which it was known.
_SOURCE_KEYS = tuple(key for key in SOURCE_KEYS if key != "date")
_DEFAULT_KEYS = ("unit", "kind", *BELIEF_KEYS, "reasoning", "also")
_LEAST_TIMES, _MOST_TIMES = 1e-9, 1e9


def read_stated(block: YamlBlock, unit: str, date_key: str = "date") -> Vintage | None:
    """Return what a block states of an assumption in `unit`, None if it has problems."""
    provenance = read_source(block, date_key)
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
    return Vintage(knots, provenance, persistence, floor, ceiling) if block.good else None


def _check_bounds(
    block: YamlBlock, knots: tuple[Knot, ...], floor: float | None, ceiling: float | None
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


def read_vintages(block: YamlBlock, unit: str, today: Vintage) -> tuple[Vintage, ...]:
    """Return the earlier beliefs of an assumption, the oldest first; a path's are paths."""
    found = []
    for node in block.nodes("vintages"):
        inner = _vintage(block, node, (*STATED_KEYS, *_SOURCE_KEYS))
        vintage = read_stated(inner, unit, "known_from")
        if vintage is None:
            continue
        if (vintage.knots[0].time is None) != (today.knots[0].time is None):
            expected = "a path" if today.knots[0].time is not None else "no path"
            inner.complain("", "another form than today's belief", expected)
        found.append(vintage)
    _check_order(block, (each.provenance.known_from for each in found), today.provenance.known_from)
    return tuple(found)


def read_driver_vintages(
    block: YamlBlock, unit: str, known_from: date
) -> tuple[DriverVintage, ...]:
    """Return the earlier beliefs of a driver, whose own are known from a day, the oldest first."""
    found = []
    for node in block.nodes("vintages"):
        inner = _vintage(block, node, (*PRIOR_KEYS, *_SOURCE_KEYS))
        source = read_source(inner, "known_from")
        found.append(DriverVintage(source, *read_priors(inner, unit)))
    _check_order(block, (each.provenance.known_from for each in found), known_from)
    return tuple(found)


def read_priors(
    block: YamlBlock, unit: str
) -> tuple[Distribution | None, Distribution | None, float | None]:
    """Return what a block believes of a driver's saturation, growth and ceiling, if it does."""
    return (
        _read_prior(block, "saturation", unit),
        _read_prior(block, "growth", RATE_UNIT),
        block.optional_number("ceiling", unit),
    )


def _read_prior(block: YamlBlock, key: str, unit: str) -> Distribution | None:
    node = block.entries.get(key)
    return None if node is None else read_belief_node(node, f"{block.subject}.{key}", unit, block)


def _vintage(block: YamlBlock, node: Node, keys: tuple[str, ...]) -> YamlBlock:
    return YamlBlock(node, f"{block.subject}.vintages", keys, block.problems)


def _check_order(block: YamlBlock, days: Iterable[date], today: date) -> None:
    """Check that each belief was known later than the one before it."""
    all_days = [*days, today]
    if any(first >= second for first, second in pairwise(all_days)):
        found = f"known from {listed(str(day) for day in all_days)}"
        block.complain("vintages", found, "the oldest first, and each before today's belief")


def read_defaults(root: Node, problems: list[Problem]) -> tuple[Default, ...]:
    """Return the defaults that a file lists, each unit and kind once.

    `also` maps units in which the same is believed, such as other currencies, to how many of them
    one of `unit` is.
    """
    if root.items is None:
        problems.append(root.problem("defaults", root.shape, "a list of defaults"))
    found: dict[tuple[str, str], Default] = {}
    for node in root.items or ():
        block = YamlBlock(node, "default", _DEFAULT_KEYS, problems)
        unit, kind = block.choice("unit", UNITS), block.text("kind", "")
        reasoning = block.text("reasoning")
        if not block.good:
            continue
        belief = read_belief(block, unit)
        for each, times in [(unit, 1.0), *_also(block, belief)]:
            if (each, kind) in found:
                said = f"{each} {kind}".strip()
                block.complain("unit", f"{said} again", "each unit and kind once")
            mine = _times(belief, times)
            found[each, kind] = Default(each, kind, mine, reasoning, node.source.file, node.line)
    return tuple(found.values())


def _also(block: YamlBlock, belief: Distribution) -> list[tuple[str, float]]:
    """Return the further units of a default, and how many of each one of its own is."""
    node = block.entries.get("also")
    if node is None:
        return []
    if not belief.quantiles:
        block.complain("also", "also beside a distribution", "p10, p50 and p90 beside it")
    inner = YamlBlock(node, f"{block.subject}.also", tuple(UNITS), block.problems)
    return [(unit, inner.plain_number(unit, _LEAST_TIMES, _MOST_TIMES)) for unit in inner.entries]


def _times(belief: Distribution, factor: float) -> Distribution:
    return replace(belief, quantiles=tuple((at, value * factor) for at, value in belief.quantiles))


def check_defaults(
    defaults: Iterable[Default],
    assumptions: Iterable[Assumption | None],
    problems: list[Problem],
) -> None:
    """Check that there is a default for the unit and kind of each assumption."""
    known = {(each.unit, each.kind) for each in defaults}
    for assumption in assumptions:
        if assumption is None or (assumption.unit, assumption.kind) in known:
            continue
        kinds = listed(sorted(kind for unit, kind in known if unit == assumption.unit and kind))
        problems.append(
            Problem(
                f"{assumption.file}:{assumption.line}",
                f"{assumption.name}.kind",
                assumption.kind or "no kind",
                f"a unit and kind of {DEFAULTS_FILE}",
                f"Kinds of {assumption.unit}: {kinds or 'none'}.",
            )
        )
