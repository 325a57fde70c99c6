"""Drivers (`assumptions/drivers.yaml`): quantities that growth curves are fitted to."""

from __future__ import annotations

import math
from typing import cast, get_args

from forecast.errors import Problem
from forecast.inputs.schema import AssumedPoint, Driver, Evidence, GuidedBy, Kind, Process
from forecast.inputs.yaml.assumptions import check_name, read_unit
from forecast.inputs.yaml.beliefs import BELIEF_KEYS, SOURCE_KEYS, read_belief, read_source
from forecast.inputs.yaml.blocks import YamlBlock
from forecast.inputs.yaml.nodes import Node
from forecast.inputs.yaml.vintages import PRIOR_KEYS, read_driver_vintages, read_priors
from forecast.periods import day_year_fraction

DRIVERS_FILE = "assumptions/drivers.yaml"
UNUSED = "unused"  # series id → why no driver (or target) uses the series
KINDS: tuple[str, ...] = get_args(Kind)
PROCESSES: tuple[str, ...] = get_args(Process)[1:]
_KEYS = (
    "title", "unit", "kind", "process", "families", "seasonal", "evidence", "guided_by",
    *PRIOR_KEYS, "assumed", *SOURCE_KEYS, "vintages",
)  # fmt: skip
_EVIDENCE_KEYS = ("series", "error", "variant", "scale_by", "reasoning")


def read_drivers(root: Node, problems: list[Problem]) -> dict[str, Driver | None]:
    """Return the drivers by name, None for those with problems."""
    if root.entries is None:
        problems.append(root.problem("drivers", root.shape, "a mapping of names to drivers"))
        return {}
    return {
        name: _read_driver(name, node, problems)
        for name, node in root.entries.items()
        if name != UNUSED
    }


def read_unused(root: Node, problems: list[Problem]) -> dict[str, Node]:
    """Return the series that a file lists under `unused`, each of which needs a reason."""
    node = (root.entries or {}).get(UNUSED)
    if node is None:
        return {}
    if node.entries is None:
        problems.append(node.problem(UNUSED, node.shape, "a mapping of series to reasons"))
    block = YamlBlock(node, UNUSED, tuple(node.entries or ()), [])
    for series in node.entries or {}:
        block.text(series)
    problems.extend(block.problems)
    return dict(node.entries or {})


def _read_driver(name: str, node: Node, problems: list[Problem]) -> Driver | None:
    block = YamlBlock(node, name, _KEYS, problems)
    check_name(block, name)
    title = block.text("title")
    unit = read_unit(block)
    kind = block.choice("kind", KINDS)
    process = block.choice("process", PROCESSES) if "process" in block.entries else ""
    families = block.texts("families") if "families" in block.entries or not process else ()
    if not families and not process:
        block.complain("families", "no family", "families: [logistic, …]")
    provenance = read_source(block)
    if not unit:
        return None
    evidence = tuple(_read_evidence(block, child) for child in block.nodes("evidence"))
    assumed = tuple(_read_assumed_point(block, child, unit) for child in block.nodes("assumed"))
    guided_by = tuple(_read_guided_by(block, child) for child in block.nodes("guided_by"))
    if not evidence and not assumed and process != "total":
        block.complain("evidence", "no evidence", "a series, or an assumed point")
    saturation, growth, ceiling = read_priors(block, unit)
    driver = Driver(
        name, title, unit, cast(Kind, kind), evidence, families, provenance,
        node.source.file, node.line,
        seasonal=block.flag("seasonal"),
        saturation=saturation,
        growth=growth,
        ceiling=ceiling,
        assumed=assumed,
        process=cast(Process, process),
        guided_by=guided_by,
        vintages=read_driver_vintages(block, unit, provenance.known_from),
    )  # fmt: skip
    return driver if block.good else None


def _read_evidence(driver: YamlBlock, node: Node) -> Evidence:
    block = YamlBlock(node, f"{driver.subject}.evidence", _EVIDENCE_KEYS, driver.problems)
    series = block.texts("series")
    if not series:
        block.complain("series", "no series", "series: [id, …]")
    return Evidence(
        series,
        block.plain_number("error", 0.0, 10.0),
        block.text("reasoning"),
        block.text("variant", ""),
        block.plain_number("scale_by", 1e-12, 1e12, default=1.0),
    )


def _read_guided_by(driver: YamlBlock, node: Node) -> GuidedBy:
    keys = ("series", "scale_by", "is_total", "reasoning")
    block = YamlBlock(node, f"{driver.subject}.guided_by", keys, driver.problems)
    return GuidedBy(
        block.text("series"),
        block.plain_number("scale_by", 1e-12, 1e12, default=1.0),
        block.flag("is_total"),
        block.text("reasoning"),
    )


def _read_assumed_point(driver: YamlBlock, node: Node, unit: str) -> AssumedPoint:
    keys = ("at", *BELIEF_KEYS, *SOURCE_KEYS)
    block = YamlBlock(node, f"{driver.subject}.assumed", keys, driver.problems)
    time = day_year_fraction(block.day("at")) if "at" in block.entries else math.nan
    if "at" not in block.entries:
        block.complain("at", "no at", "at: 2026-12-31")
    return AssumedPoint(time, read_belief(block, unit), read_source(block))
