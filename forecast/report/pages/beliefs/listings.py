"""Lists of what there is (metrics, scenarios), as rows and as blocks of a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from forecast.inputs.schema import Scenario
from forecast.model.graph import Meaning
from forecast.report.blocks import Block, Prose, Table, rows_of, text_columns
from forecast.result import MERGED
from forecast.world.metrics import MetricInfo, metric_info


@dataclass(frozen=True)
class ListedMetric:
    """A metric, and what it means."""

    id: str
    info: MetricInfo = field(metadata=MERGED)


@dataclass(frozen=True)
class ListedScenario:
    """A scenario: its story, the one it `extends`, and its settings as they are written."""

    scenario: str
    title: str
    story: str
    extends: str | None
    set: tuple[str, ...]
    sources: tuple[str, ...]
    probability: float | None


def listed_metrics(meanings: Iterable[Meaning]) -> list[ListedMetric]:
    """Return one row for each metric."""
    return [ListedMetric(name, info) for name, info in metric_info(meanings).items()]


def metrics_page(metrics: Sequence[ListedMetric]) -> list[Block]:
    """Return every metric: its id, unit, kind and title; the headline ones are marked."""
    lines = (
        (each.id + ("*" if info.headline else ""), info.unit, info.kind, info.title)
        for each in metrics
        for info in [each.info]
    )
    return [
        Table("metrics", "", text_columns("METRIC", "unit", "kind", "title"), rows_of(lines)),
        Prose("* shown by forecast project; any other with --metric ID.", "quiet"),
    ]


def metric_page(metric: ListedMetric) -> list[Block]:
    """Return what one metric means."""
    return [
        Prose(metric.info.title, label=metric.id),
        Prose(metric.info.definition),
        Prose(f"unit {metric.info.unit} · {metric.info.kind}", "quiet"),
    ]


def listed_scenarios(scenarios: Iterable[Scenario]) -> list[ListedScenario]:
    """Return one row for each scenario."""
    return [
        ListedScenario(
            scenario=each.name,
            title=each.title,
            story=each.story,
            extends=each.extends or None,
            set=tuple(setting.text for setting in each.settings),
            sources=each.sources,
            probability=each.probability,
        )
        for each in scenarios
    ]


def scenarios_page(scenarios: Sequence[ListedScenario]) -> list[Block]:
    """Return each scenario's story and what it changes."""
    blocks: list[Block] = []
    for each in scenarios:
        blocks.append(Prose(f"{each.title}. {each.story}", label=each.scenario))
        if each.set:
            inherits = [f"extends {each.extends}:"] if each.extends else []
            blocks.append(Prose("   ".join([*inherits, *each.set]), "quiet"))
    return blocks
