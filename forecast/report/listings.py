"""Lists of what there is (metrics, scenarios, assumptions), as rows and as blocks of a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from forecast import periods
from forecast.inputs.schema import Assumption, Correlation, Distribution, Driver, Scenario
from forecast.model.graph import Meaning
from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import quantity, quantity_band, signed
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
            "set": [setting.text for setting in scenario.settings],
            "sources": list(scenario.sources),
        }
        for scenario in scenarios
    ]


def scenarios_page(rows: Sequence[Row]) -> list[Block]:
    """Return each scenario's story and what it changes."""
    blocks: list[Block] = []
    for row in rows:
        blocks.append(Prose(f"{row['title']}. {row['story']}", label=row["scenario"]))
        if row["set"]:
            blocks.append(Prose("   ".join(row["set"]), "quiet"))
    return blocks


def assumption_rows(assumptions: Iterable[Assumption]) -> Iterator[Row]:
    """Yield one row for each assumption, or for each dated belief of a path."""
    for assumption in assumptions:
        provenance = assumption.provenance
        for knot in assumption.knots:
            yield {
                "assumption": assumption.name,
                "title": assumption.title,
                "period": None if knot.time is None else when(knot.time),
                "unit": assumption.unit,
                **stated(knot.belief),
                "status": provenance.status,
                "source": provenance.source,
                "source_url": provenance.url,
                "date": provenance.date.isoformat(),
                "reasoning": provenance.reasoning,
                "place": f"{assumption.file}:{assumption.line}",
            }


def driver_rows(drivers: Iterable[Driver]) -> Iterator[Row]:
    """Yield one row for each driver, whose path growth curves fit to observations."""
    for driver in drivers:
        provenance = driver.provenance
        yield {
            "assumption": driver.name,
            "title": driver.title,
            "period": None,
            "unit": driver.unit,
            "distribution": "fitted to " + ", ".join(_series(driver)),
            "p10": None,
            "p50": None,
            "p90": None,
            "status": provenance.status,
            "source": provenance.source,
            "source_url": provenance.url,
            "date": provenance.date.isoformat(),
            "reasoning": provenance.reasoning,
            "place": f"{driver.file}:{driver.line}",
        }


def _series(driver: Driver) -> list[str]:
    return [name for evidence in driver.evidence for name in evidence.series]


def stated(belief: Distribution) -> dict[str, Any]:
    """Return a belief as it was stated: its quantiles, or the name of its distribution."""
    quantiles = dict(belief.quantiles)
    points = {f"p{round(100 * key)}": quantiles.get(key) for key in (0.1, 0.5, 0.9)}
    arguments = ", ".join(f"{name}={value:g}" for name, value in belief.parameters)
    name = f"{belief.name}({arguments})" if belief.kind == "scipy" else belief.kind
    return {"distribution": name, **points}


def when(time: float) -> str:
    """Return the date of a belief: a year for its middle, else a quarter."""
    return str(int(time)) if time % 1.0 == 0.5 else periods.label(int(4.0 * time))


def belief_text(row: Row) -> str:
    """Return a belief in words: 300k tokens (50k–2.0M)."""
    low, middle, high, unit = row["p10"], row["p50"], row["p90"], row["unit"]
    if low is not None and high is not None:
        band = quantity_band(low, high, unit)
        short = band.removesuffix(f" {unit}")
        return band if middle is None else f"{quantity(middle, unit)} ({short})"
    return str(row["distribution"]) if middle is None else quantity(middle, unit)


def assumptions_page(rows: Sequence[Row]) -> list[Block]:
    """Return assumptions with their ranges, a line for each dated belief."""
    lines = tuple(
        (
            row["assumption"] + (f"@{row['period']}" if row["period"] else ""),
            belief_text(row) if not row["distribution"].startswith("fitted") else "fitted",
            row["status"],
        )
        for row in rows
    )
    return [
        Listing(("ASSUMPTION", "median (P10–P90)", "status"), lines, is_text=True),
        Prose("One in full: forecast assumptions show NAME", "quiet"),
    ]


def assumption_page(rows: Sequence[Row], correlations: Sequence[Correlation]) -> list[Block]:
    """Return all that is known of one assumption; `rows` holds its beliefs."""
    first = rows[0]
    name = first["assumption"]
    beliefs = tuple((row["period"] or "at all times", belief_text(row)) for row in rows)
    blocks: list[Block] = [
        Prose(first["title"], label=name),
        Listing(("WHEN", "median (P10–P90)"), beliefs, is_text=True),
        Prose(f"{first['status']}, {first['date']}: {first['source']} {first['source_url']}"),
    ]
    if first["reasoning"]:
        blocks.append(Prose(first["reasoning"]))
    for correlation in correlations:
        if name in {correlation.first, correlation.second}:
            other = correlation.second if name == correlation.first else correlation.first
            size = signed(f"{correlation.rank_correlation:+.2f}")
            text = f"rank correlation {size} with {other}: {correlation.reasoning}"
            blocks.append(Prose(text))
    blocks.append(Prose(f"stated in {first['place']}", "quiet"))
    return blocks
