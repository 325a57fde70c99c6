"""Machine formats: schema 2 of the published contract, and raw values."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace

from example_result import projection

from forecast.errors import Problem
from forecast.report.formats.machine import render_csv, render_error, render_json, render_json_list
from forecast.result import Quantiles, columns

RUN = (
    "version", "started", "as_of", "data_through", "seed", "draws", "through", "scenario",
    "overrides", "inputs_sha256", "duration_s",
)  # fmt: skip
ROW = (
    "metric", "dimension", "member", "period", "unit", "kind", "status", "observed", "mean",
    "p2_5", "p5", "p10", "p25", "p50", "p75", "p90", "p95", "p97_5", "mc_error",
)  # fmt: skip


@dataclass(frozen=True)
class Named:
    """A row of a list."""

    id: str


def test_json_follows_schema_2() -> None:
    result = projection()
    found = json.loads(render_json(result))
    assert list(found)[:5] == ["schema", "command", "run", "warnings", "rows"]
    assert found["schema"] == 2
    assert tuple(found["run"])[: len(RUN)] == RUN
    assert found["warnings"] == ["a warning with [/markup] in it"]
    assert found["rows"] == [columns(row) for row in result.rows]
    assert all(tuple(row)[: len(ROW)] == ROW for row in found["rows"])
    crossover = next(row for row in found["rows"] if row["metric"] == "crossover")
    assert crossover["period"] is None
    assert crossover["p50"] == "2026Q1"
    assert crossover["p90"] is None
    assert crossover["probability_never"] == 0.153


def test_json_has_no_number_that_json_cannot_say() -> None:
    result = projection()
    quantiles = Quantiles((*range(1, 8), float("inf"), float("inf")))
    broken = replace(result.values[0], mean=float("nan"), quantiles=quantiles)
    text = render_json(replace(result, rows=(broken,)))
    assert "NaN" not in text
    assert "Infinity" not in text
    row = json.loads(text)["rows"][0]
    assert (row["mean"], row["p95"]) == (None, None)


def test_json_depends_on_the_result_alone() -> None:
    known = replace(projection(), cached=True)
    assert render_json(projection()) == render_json(known)


def test_csv_carries_the_same_rows_with_raw_values() -> None:
    result = projection()
    rows = list(csv.DictReader(io.StringIO(render_csv(result.rows))))
    assert tuple(rows[0])[: len(ROW)] == ROW
    assert len(rows) == len(result.rows)
    for found, expected in zip(rows, result.rows, strict=True):
        median = columns(expected)["p50"]
        assert found["p50"] == ("" if median is None else str(median))


def test_lists_and_errors_are_json_too() -> None:
    listed = json.loads(render_json_list("metrics", [Named("tokens")], {"kinds": [Named("rate")]}))
    assert listed == {
        "schema": 2, "command": "metrics", "warnings": [], "rows": [{"id": "tokens"}],
        "kinds": [{"id": "rate"}],
    }  # fmt: skip
    problem = Problem("a.yaml:3", "p10", "4", "2 or less", "Swapped?")
    error = json.loads(render_error("1 problem", 2, [problem]))["error"]
    assert error["exit_code"] == 2
    assert error["problems"][0]["place"] == "a.yaml:3"
    assert error["problems"][0]["hint"] == "Swapped?"
