"""`forecast sensitivity` from end to end, and its pages from results made by hand."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from example_result import run

from forecast.analysis.sensitivity.rows import BarRow, IndexRow
from forecast.analysis.sensitivity.sensitivity import Sensitivity
from forecast.analysis.sensitivity.subject import About, Method
from forecast.analysis.sensitivity.two_way import STOPS, CellRow, TwoWay
from forecast.cli import main, sensitivity
from forecast.inputs import load
from forecast.report.blocks import View
from forecast.report.characters import drawing, terminal
from forecast.report.numbers import own_value
from forecast.report.pages.sensitivity.sensitivity_pages import grid_page, sensitivity_page
from forecast.result import Quantiles
from forecast.world.rows import ValueRow

Compare = Callable[[str, str], None]
pytestmark = pytest.mark.usefixtures("in_workspace")
FEW = ("--draws", "512")
TITLE = "Inference share of compute"
ABOUT = About("tornado", "inference_share", "2028", "share", "conditioned")


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; it must succeed."""
    code = main.run(["sensitivity", *arguments, *FEW])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    return printed.out


def row(*values: float) -> ValueRow:
    """Return the row of the metric, from its quantiles."""
    return ValueRow(
        metric="inference_share", dimension=None, member=None, period="2028", unit="share",
        kind="share", status="projected", observed=None, mean=0.6, quantiles=Quantiles(values),
        mc_error=0.01, observed_qualifier=None,
    )  # fmt: skip


BASE = row(0.2, 0.25, 0.34, 0.5, 0.67, 0.8, 0.86, 0.9, 0.93)


def bar(name: str, own: tuple[float, float], ends: tuple[float, float], **fields: Any) -> BarRow:
    """Return a row of a tornado."""
    low, high = ends
    found = BarRow(
        assumption=name, low_value=own[0], high_value=own[1], metric_low=low, metric_high=high,
        swing=abs(high - low), unit="tokens", title=f"What {name} is [/b]", group="usage",
        about=ABOUT, metric_p50=0.67, swing_p10=min(0.0, high - low),
        swing_p90=max(0.0, high - low), probability_up=float(high > low), mc_error=0.001,
        is_noise=False, reaches=True,
    )  # fmt: skip
    return replace(found, **fields)


def found(rows: tuple[BarRow | IndexRow, ...], method: Method, *, grouped: bool) -> Sensitivity:
    return Sensitivity("sensitivity", run(), rows, (), TITLE, BASE, method, grouped)


def bars() -> Sensitivity:
    """Return a tornado: a rise, a fall, a long name, a random walk, noise, and nothing."""
    rows = (
        bar("tokens_per_task", (0.4e6, 2.4e6), (0.55, 0.79)),
        bar("frontier_run_flop", (2.8e27, 1.9e28), (0.75, 0.52), unit="FLOP"),
        bar("inference_specialist_to_nvidia_spend", (0.01, 0.04), (0.6, 0.7), unit="ratio"),
        bar("inference_shock", (0.74, 1.34), (0.62, 0.7), unit="ratio", group="discrepancy"),
        bar("duty", (0.8, 0.95), (0.671, 0.67), unit="share", is_noise=True),
        bar("chip_life", (4.0, 6.0), (0.67, 0.67), unit="years", is_noise=True, reaches=False),
    )
    return found(rows, "tornado", grouped=False)


def shares() -> Sensitivity:
    """Return Sobol indices, one below nothing."""
    rows = tuple(
        IndexRow(
            assumption=name,
            first_order=first,
            first_order_interval=(first - 0.02, first + 0.02),
            total_order=total,
            total_order_interval=(total - 0.02, total + 0.02),
            title=name,
            group=name,
            about=replace(ABOUT, method="sobol", ensemble="independent prior"),
            variance_of="value",
            is_noise=None,
        )
        for name, first, total in (
            ("usage", 0.41, 0.55),
            ("drivers", 0.2, 0.3),
            ("edge", -1e-3, 0.0),
        )
    )
    return found(rows, "sobol", grouped=True)


def cells() -> TwoWay:
    """Return a grid of two keys, whose median rises with both."""
    rows = []
    for i, first in enumerate(STOPS):
        for j, second in enumerate(STOPS):
            median = 0.5 + 0.04 * i + 0.02 * j
            low, high = median - 0.2, median + 0.1
            rows.append(
                CellRow(
                    first="tokens_per_task",
                    first_percentile=first,
                    first_value=1e5 * 2.0**i,
                    first_unit="tokens",
                    second="agent_penetration",
                    second_percentile=second,
                    second_value=0.1 * (j + 1),
                    second_unit="share",
                    about=replace(ABOUT, method="grid"),
                    metric=row(low, low, low, median, median, median, high, high, high),
                )
            )
    keys = ("tokens_per_task", "agent_penetration")
    return TwoWay("sensitivity", run(), tuple(rows), (), TITLE, BASE, keys)


@pytest.mark.parametrize(
    ("name", "page", "width"),
    [
        ("tornado-80", lambda width: sensitivity_page(bars(), View(width=width), 5), 80),
        (
            "tornado-140",
            lambda width: sensitivity_page(bars(), View(width=width, verbose=True), 4),
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
    asked = ("--method", "tornado", "--metric", "chip_spend", "--at", "2027")
    page = output(capsys, "--top", "3", *asked)
    lines = page.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert lines[2].startswith(" AI chip spend, 2027: $")
    assert "\n IN SHORT  AI chip spend, 2027: $" in page
    assert sum("│" in line for line in lines) == 4  # three bars and what the sign means
    text = output(capsys, *asked, "--json")
    document = json.loads(text)
    rows = document["rows"]
    assert (document["schema"], document["command"]) == (2, "sensitivity")
    assert {row["assumption"] for row in rows} >= {*load(None).assumptions}
    keys = ("assumption", "low_value", "high_value", "metric_low", "metric_high", "swing")
    assert tuple(rows[0])[:6] == keys
    assert rows[0]["ensemble"] == "conditioned"
    assert rows[0]["assumption"] in page
    table = csv.DictReader(io.StringIO(output(capsys, "--group", "--format", "csv")))
    assert "drivers" in {each["assumption"] for each in table}


def test_indices_say_on_which_draws_they_stand(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "--method", "sobol", "--group")
    assert page.count("independent prior") >= 3
    (first, *_) = json.loads(output(capsys, "--method", "sobol", "--group", "--json"))["rows"]
    assert first["ensemble"] == "independent prior"
    low, high = first["total_order_interval"]
    assert low <= first["total_order"] <= high
    assert len(first["first_order_interval"]) == 2
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
        ("--metric inference_shre --at 2040", ["inference_share", "--through"]),
        ("--method sobel --metric crossover", ["sobol", "an event"]),
        ("--grid duty duty", ["one key twice"]),
        ("--grid dutty chip_lfe --at x", ["Did you mean duty?", "chip_life", "neither a year"]),
        ("--grid duty chip_life --method sobol --top none", ["one of the two", "whole number"]),
        ("--group --method given-data", ["no one value"]),
    ],
)
def test_bad_input_is_refused_with_all_that_is_wrong(
    arguments: str, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["sensitivity", *arguments.split(), *FEW]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    for part in said:
        assert part in " ".join(printed.err.split())
