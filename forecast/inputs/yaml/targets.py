"""Targets (`assumptions/targets.yaml`): observations that condition a derived quantity, and growth
that goes on from them."""

from __future__ import annotations

from typing import Literal, cast

from forecast.errors import Problem
from forecast.inputs.schema import Target
from forecast.inputs.yaml.assumptions import check_name, read_unit
from forecast.inputs.yaml.beliefs import SOURCE_KEYS, read_source
from forecast.inputs.yaml.blocks import YamlBlock, sentence
from forecast.inputs.yaml.drivers import UNUSED
from forecast.inputs.yaml.nodes import Node
from forecast.periods import quarter
from forecast.units import UNITS, parse_value

TARGETS_FILE = "assumptions/targets.yaml"
_KEYS = (
    "quantity", "series", "values", "periods", "unit", "error", "error_correlation", "bound",
    "opinion", "momentum", "growth_kept", "origin", *SOURCE_KEYS,
)  # fmt: skip


def read_targets(root: Node, problems: list[Problem]) -> dict[str, Target | None]:
    """Return the targets by name, None for those with problems."""
    if root.entries is None:
        problems.append(root.problem("targets", root.shape, "a mapping of names to targets"))
        return {}
    return {
        name: _read_target(name, node, problems)
        for name, node in root.entries.items()
        if name != UNUSED
    }


def _read_target(name: str, node: Node, problems: list[Problem]) -> Target | None:
    block = YamlBlock(node, name, _KEYS, problems)
    check_name(block, name)
    quantity = block.text("quantity")
    unit = read_unit(block)
    momentum = block.text("momentum", "")
    kept = block.plain_number("growth_kept", 0.01, 0.99) if momentum else 0.0
    series, periods = block.texts("series"), block.texts("periods")
    values = _read_values(block, unit, len(periods)) if "values" in block.entries else ()
    if momentum:
        _refuse_beside_momentum(block, unit)
    else:
        _check_periods(block, periods)
        if ("series" in block.entries) == ("values" in block.entries):
            found = "series and values" if series else "neither"
            block.complain("values", found, "series or values")
    error = block.plain_number("error", 1e-6, 10.0)
    correlation = block.plain_number("error_correlation", 0.0, 1.0, default=0.0)
    bound = block.choice("bound", ("lower", "upper"), "")
    opinion = block.flag("opinion")
    if opinion and unit != "share":
        block.complain("opinion", f"one in {unit}", "a share, for what opinions share is in logits")
    origin = block.text("origin")
    reasoning = block.text("reasoning")
    needs_source = "values" in block.entries or "source" in block.entries
    provenance = read_source(block) if needs_source else None
    if not block.good:
        return None
    return Target(
        name, quantity, series, periods, unit, error, origin, reasoning, node.source.file,
        node.line, correlation, cast(Literal["", "lower", "upper"], bound), values, provenance,
        opinion, momentum, kept,
    )  # fmt: skip


def _refuse_beside_momentum(block: YamlBlock, unit: str) -> None:
    """Complain of what a target has no use for that goes on from a series, and of a share."""
    for key in ("series", "values", "periods", "bound", "opinion"):
        if key in block.entries:
            block.complain(
                key, f"{key} beside momentum", "either, for momentum makes its own figure"
            )
    if UNITS[unit].scale != "log":
        block.complain("momentum", f"one in {unit}", "a unit of levels, which grow in logarithms")


def _check_periods(block: YamlBlock, periods: tuple[str, ...]) -> None:
    if not periods:
        block.complain("periods", "no period", "periods: [2024Q4, 2025, …]")
    for node, period in zip(block.nodes("periods"), periods, strict=False):
        try:
            quarter(period)
        except ValueError as error:
            problem = node.problem(f"{block.subject}.periods", str(error), "a year or a quarter")
            block.problems.append(problem)
    if len(set(periods)) < len(periods):
        block.complain("periods", "a period twice", "each period once")


def _read_values(block: YamlBlock, unit: str, wanted: int) -> tuple[float, ...]:
    values = []
    for node in block.nodes("values"):
        try:
            values.append(parse_value(node.scalar or "", unit))
        except ValueError as error:
            subject = f"{block.subject}.values"
            problem = node.problem(subject, node.shape, f"a value in {unit}", sentence(error))
            block.problems.append(problem)
    if len(block.nodes("values")) != wanted:
        found = f"{len(block.nodes('values'))} values for {wanted} periods"
        block.complain("values", found, "one value for each period")
    return tuple(values)
