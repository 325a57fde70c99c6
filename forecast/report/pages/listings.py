"""Lists of what there is (metrics, scenarios), as rows and as blocks of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forecast.inputs.schema import Scenario
from forecast.model.graph import Meaning
from forecast.report.blocks import Block, Listing, Prose
from forecast.result import Row


def metric_rows(meanings: Iterable[Meaning]) -> list[Row]:
    """Return one row for each metric."""
    return [
        {
            "id": meaning.name,
            "unit": meaning.unit,
            "kind": meaning.kind,
            "title": meaning.title,
            "definition": meaning.definition,
            "headline": meaning.headline,
        }
        for meaning in meanings
    ]


def metrics_page(entries: Sequence[Row]) -> list[Block]:
    """Return every metric: its id, unit, kind and title; the headline ones are marked."""
    rows = tuple(
        (
            entry["id"] + ("*" if entry["headline"] else ""),
            entry["unit"],
            entry["kind"],
            entry["title"],
        )
        for entry in entries
    )
    return [
        Listing(("METRIC", "unit", "kind", "title"), rows, is_text=True),
        Prose("* shown by forecast project; any other with --metric ID.", "quiet"),
    ]


def metric_page(entry: Row) -> list[Block]:
    """Return what one metric means."""
    return [
        Prose(entry["title"], label=entry["id"]),
        Prose(entry["definition"]),
        Prose(f"unit {entry['unit']} · {entry['kind']}", "quiet"),
    ]


def scenario_rows(scenarios: Iterable[Scenario]) -> list[Row]:
    """Return one row for each scenario."""
    return [
        {
            "scenario": scenario.name,
            "title": scenario.title,
            "story": scenario.story,
            "extends": scenario.extends or None,
            "set": [setting.text for setting in scenario.settings],
            "sources": list(scenario.sources),
            "probability": scenario.probability,
        }
        for scenario in scenarios
    ]


def scenarios_page(rows: Sequence[Row]) -> list[Block]:
    """Return each scenario's story and what it changes."""
    blocks: list[Block] = []
    for row in rows:
        blocks.append(Prose(f"{row['title']}. {row['story']}", label=row["scenario"]))
        if row["set"]:
            inherits = [f"extends {row['extends']}:"] if row["extends"] else []
            blocks.append(Prose("   ".join([*inherits, *row["set"]]), "quiet"))
    return blocks
