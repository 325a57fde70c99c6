"""`forecast sensitivity` from end to end, and its pages from results made by hand."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from example_result import run

from forecast.analysis.sensitivity import factors as moving
from forecast.cli import main, sensitivity
from forecast.report.blocks import View
from forecast.report.formats import drawing, terminal
from forecast.report.pages.sensitivity_pages import grid_page, own_value, sensitivity_page
from forecast.result import PERCENTILES, Result, Row
from forecast.world.draws import Ensemble

Compare = Callable[[str, str], None]
METRICS = {"inference_share": {"title": "Inference share of compute", "unit": "share"}}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, base_ensemble: Ensemble, tmp_path: Path) -> None:
    """Work outside any workspace, on the small ensemble of the tests."""
    monkeypatch.setattr(moving, "build_ensemble", lambda *_, **__: base_ensemble)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; it must succeed."""
    code = main.run(["sensitivity", *arguments])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def base(**fields: Any) -> Row:
    """Return the row of the metric as it stands."""
    points = dict(zip(PERCENTILES, (0.25, 0.34, 0.5, 0.67, 0.8, 0.86, 0.9), strict=True))
    row: Row = {"metric": "inference_share", "period": "2028", "unit": "share"}
    return row | {f"p{each}": value for each, value in points.items()} | fields


def bar(name: str, own: tuple[Any, Any], ends: tuple[float, float], **fields: Any) -> Row:
    """Return a row of a tornado."""
    low, high = ends
    row: Row = {"assumption": name, "low_value": own[0], "high_value": own[1]}
    row |= {"metric_low": low, "metric_high": high, "swing": abs(high - low)}
    row |= {"unit": "tokens", "title": f"What {name} is [/b]", "group": "usage"}
    row |= {"swing_p10": min(0.0, high - low), "swing_p90": max(0.0, high - low)}
    reaches = {"probability_up": float(high > low), "is_noise": False, "reaches": True}
    return row | reaches | fields


def bars() -> Result:
    """Return a tornado: a rise, a fall, a long name, a random walk, noise, and nothing."""
    rows = (
        bar("tokens_per_task", (0.4e6, 2.4e6), (0.55, 0.79)),
        bar("frontier_run_flop", (2.8e27, 1.9e28), (0.75, 0.52), unit="FLOP"),
        bar("inference_specialist_to_nvidia_spend", (0.01, 0.04), (0.6, 0.7), unit="ratio"),
        bar("inference_shock", (0.74, 1.34), (0.62, 0.7), unit="ratio", group="discrepancy"),
        bar("duty", (0.8, 0.95), (0.671, 0.67), unit="share", is_noise=True),
        bar("chip_life", (4.0, 6.0), (0.67, 0.67), unit="years", is_noise=True, reaches=False),
    )
    extra = {"metrics": METRICS, "method": "tornado", "is_grouped": False}
    asked = base(ensemble="conditioned")
    return Result("sensitivity", run(), rows, (), {**extra, "base": asked})


def shares() -> Result:
    """Return Sobol indices, one below nothing."""
    rows = tuple(
        {
            "assumption": name,
            "first_order": first,
            "first_order_interval": [first - 0.02, first + 0.02],
            "total_order": total,
            "total_order_interval": [total - 0.02, total + 0.02],
            "variance_of": "value",
        }
        for name, first, total in (("usage", 0.41, 0.55), ("drivers", 0.2, 0.3), ("edge", -1e-3, 0))
    )
    extra = {"metrics": METRICS, "method": "sobol", "is_grouped": True}
    asked = base(ensemble="independent prior")
    return Result("sensitivity", run(), rows, (), {**extra, "base": asked})


def cells() -> Result:
    """Return a grid of two keys, whose median rises with both."""
    rows = []
    for i, first in enumerate(PERCENTILES):
        for j, second in enumerate(PERCENTILES):
            place: Row = {"first": "tokens_per_task", "second": "agent_penetration"}
            place |= {"first_percentile": first, "first_value": 1e5 * 2.0**i}
            place |= {"second_percentile": second, "second_value": 0.1 * (j + 1)}
            place |= {"first_unit": "tokens", "second_unit": "share"}
            median = 0.5 + 0.04 * i + 0.02 * j
            rows.append(place | base(p10=median - 0.2, p50=median, p90=median + 0.1))
    extra = {"metrics": METRICS, "method": "grid", "keys": ("tokens_per_task", "agent_penetration")}
    return Result("sensitivity", run(), tuple(rows), (), {**extra, "base": base()})


@pytest.mark.parametrize(
    ("name", "page", "width"),
    [
        ("tornado-80", lambda width: sensitivity_page(bars(), View(width=width), 5), 80),
        (
            "tornado-140",
            lambda width: sensitivity_page(bars(), View(width=width, verbose=True), 12),
            140,
        ),
        ("sobol-80", lambda width: sensitivity_page(shares(), View(width=width), 12), 80),
        ("grid-80", lambda width: grid_page(cells(), View(width=width)), 80),
    ],
)
def test_pages(name: str, page: Callable[[int], Any], width: int, as_expected: Compare) -> None:
    text = terminal.plain(drawing.draw(page(width), width))
    assert max(len(line) for line in text.splitlines()) <= width
    as_expected(f"sensitivity-{name}.txt", text)


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.4e6, "tokens", "400k"),
        (0.34, "share", "34%"),
        (1.2e12, "USD/year", "$1.2T"),
        (18e9, "W/year", "18 GW"),
        (1.9e28, "FLOP", "1.9e28"),
        (-0.013, "log/year", "−0.013"),
        (2027.25, "year", "2027.2"),
        (5.0, "quarters", "5.0"),
    ],
)
def test_own_values_read_as_people_write_them(value: float, unit: str, said: str) -> None:
    assert own_value(value, unit) == said


def test_a_tornado_as_page_and_as_rows(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "--top", "3", "--metric", "chip_spend", "--at", "2027")
    lines = page.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert lines[2].startswith(" AI chip spend, 2027: $")
    assert "\n IN SHORT  AI chip spend, 2027: $" in page
    assert sum("│" in line for line in lines) == 4  # three bars and what the sign means
    found = json.loads(output(capsys, "--metric", "chip_spend", "--at", "2027", "--json"))
    assert (found["schema"], found["command"], len(found["rows"])) == (1, "sensitivity", 142)
    keys = ("assumption", "low_value", "high_value", "metric_low", "metric_high", "swing")
    assert tuple(found["rows"][0])[:6] == keys
    assert found["rows"][0]["ensemble"] == "conditioned"
    assert found["rows"][0]["assumption"] in page
    table = csv.DictReader(io.StringIO(output(capsys, "--group", "--format", "csv")))
    assert "drivers" in {row["assumption"] for row in table}


def test_indices_say_on_which_draws_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "--method", "sobol", "--group")
    assert page.count("independent prior") >= 3
    (row, *_) = json.loads(output(capsys, "--method", "sobol", "--group", "--json"))["rows"]
    assert row["ensemble"] == "independent prior"
    low, high = row["total_order_interval"]
    assert low <= row["total_order"] <= high
    assert len(row["first_order_interval"]) == 2
    assert "conditioned ensemble" in output(capsys, "--method", "given-data")


@pytest.mark.parametrize(
    "example",
    [line.strip() for line in sensitivity.EXAMPLES.splitlines() if "forecast " in line],
)
def test_every_example_of_the_help_runs(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "IN SHORT" in output(capsys, *shlex.split(example)[2:])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--metric inference_shar --at 2040", ["inference_share", "--through"]),
        ("--method sobel --metric crossover", ["sobol", "an event"]),
        ("--grid duty duty", ["one key twice"]),
        ("--grid dutty chip_lif --at x", ["Did you mean duty?", "chip_life", "neither a year"]),
        ("--grid duty chip_life --method sobol --top none", ["one of the two", "whole number"]),
        ("--group --method given-data", ["no one value"]),
    ],
)
def test_bad_input_is_refused_with_all_that_is_wrong(
    arguments: str, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["sensitivity", *arguments.split()]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    for part in said:
        assert part in " ".join(found.err.split())
