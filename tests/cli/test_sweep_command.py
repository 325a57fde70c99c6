"""`forecast sweep` from end to end: what it writes, and how it goes on where it stopped."""

from __future__ import annotations

import json
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from multiprocessing import active_children
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from forecast.analysis.sweep import sweep as sweeping
from forecast.analysis.sweep.points import Design, figures_of
from forecast.analysis.sweep.sweep_design import design_points, read_axes
from forecast.cli import main, sweep
from forecast.cli.files import write_file
from forecast.errors import ForecastError, InputError, Problem
from forecast.inputs import parse_settings
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.world import World

VARY = ("research_level=0.6..1.4:3", "agent_penetration@2028=20%..50%:2")
METRICS = ("inference_share", "weekly_users")
FEW = RunOptions(draws=64)
Writer = Callable[[Path, bytes], None]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch, base_world: World, tmp_path: Path) -> World:
    """Work outside any workspace, on a few draws, two points to a part."""
    world = base_world.of_draws(slice(0, 64))
    monkeypatch.setattr(sweeping, "open_world", lambda *_, **__: world)
    monkeypatch.setattr(sweeping, "POINTS_OF_A_PART", 2)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(tmp_path)
    return world


def swept(
    case: Case,
    out: str,
    write: Writer = write_file,
    *,
    options: RunOptions = FEW,
    metrics: tuple[str, ...] = METRICS,
    workers: int = 1,
) -> sweeping.Sweep:
    """Sweep the six points of VARY."""
    where = {"out": Path(out), "write": write, "workers": workers}
    return sweeping.sweep(case, options, vary=VARY, metrics=metrics, **where)  # type: ignore[arg-type]


def test_each_row_is_what_the_same_settings_project(
    base_case: Case, few: World, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [word for text in VARY for word in ("--vary", text)]
    metrics = ["--metric", ",".join(METRICS)]
    assert main.run(["sweep", *words, *metrics, "--draws", "64", "--out", "a.parquet"]) == 0
    page = capsys.readouterr().out
    assert max(len(line) for line in page.splitlines()) <= 80
    assert "6 points, 84 rows in a.parquet" in " ".join(page.split())
    rows = parquet.read_table("a.parquet").to_pylist()
    assert len(rows) == 6 * len(METRICS) * 7
    points = list(product((0.6, 1.0, 1.4), (0.2, 0.5)))
    assert [(row["research_level"], row["agent_penetration@2028"]) for row in rows[::14]] == points
    texts = ("research_level=1.4", "agent_penetration@2028=20%")
    settings = parse_settings(texts, base_case.inputs, "a test")
    found = few.with_settings(settings).values(METRICS)
    for row in rows[4 * 14 : 5 * 14]:
        median = np.median(found.at(row["metric"], row["period"]))
        assert row["p50"] == pytest.approx(median, rel=1e-9)
    assert not list(Path().glob("*.parts"))


def test_a_sweep_goes_on_where_it_was_stopped(
    base_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept(base_case, "whole.parquet")
    written: list[str] = []

    def stopped(path: Path, content: bytes) -> None:
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path.name)
        write_file(path, content)

    with pytest.raises(KeyboardInterrupt):
        swept(base_case, "again.parquet", stopped)
    assert written == ["design.txt", "part-00000.parquet", "part-00001.parquet"]
    broken = Path("again.parquet.parts/part-00000.parquet")
    broken.write_bytes(broken.read_bytes()[:100])
    chunks = []
    figures_of = sweeping.figures_of

    def counted(shared: Any, chunk: range) -> Any:
        chunks.append(tuple(chunk))
        return figures_of(shared, chunk)

    monkeypatch.setattr(sweeping, "figures_of", counted)
    result = swept(base_case, "again.parquet")
    assert chunks == [(0, 1), (4, 5)]
    assert result.before == 2
    assert Path("again.parquet").read_bytes() == Path("whole.parquet").read_bytes()
    assert swept(base_case, "again.parquet").before == 6
    assert chunks == [(0, 1), (4, 5)]


def test_workers_change_no_byte(base_case: Case) -> None:
    swept(base_case, "one.parquet")
    swept(base_case, "two.parquet", workers=2)
    assert Path("one.parquet").read_bytes() == Path("two.parquet").read_bytes()


def test_a_process_that_is_killed_ends_a_sweep_that_can_go_on(
    base_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killing(path: Path, content: bytes) -> None:
        write_file(path, content)
        for process in active_children():
            process.kill()

    monkeypatch.setattr(sweeping, "POINTS_OF_A_PART", 1)
    with pytest.raises(ForecastError, match="the same command goes on from there"):
        swept(base_case, "a.parquet", killing, workers=2)
    assert list(Path("a.parquet.parts").glob("part-*"))


@pytest.mark.parametrize(
    "vary",
    [
        ("research_level=0.6..1.4:2", "amazon_capex@2028=200B..400B:2"),
        ("hyperscaler_capex@2028=600B..900B:2", "nvidia_datacenter_revenue@2028=400B..600B:2"),
        ("agent_penetration@2028=20%..50%:2", "weekly_users@2028=1B..2B:2"),
    ],
)
def test_points_evaluated_together_are_to_the_bit_what_each_is_alone(
    vary: tuple[str, ...], base_case: Case, few: World
) -> None:
    problems: list[Problem] = []
    axes = read_axes(vary, base_case.inputs, problems)
    assert problems == []
    places = design_points("grid", None, axes, 1)
    settings = parse_settings(["duty=80%"], base_case.inputs, "a test")
    metrics = ("inference_share", "chip_spend", "ai_revenue", "weekly_users")
    design = Design(few.with_settings(settings), tuple(axes), metrics, places)
    alone = [figures_of(design, range(point, point + 1)) for point in range(4)]
    assert np.array_equal(figures_of(design, range(4)), np.concatenate(alone))
    assert len({part.tobytes() for part in alone}) == 4


def test_the_pace_says_how_long_the_rest_should_take(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    pace = sweep.Pace(said.append)
    for now, done in ((5.0, 40), (9.0, 48), (605.0, 1240), (3605.0, 4000)):
        monkeypatch.setattr(time, "perf_counter", lambda now=now: now)
        pace(done, 10_000)
    assert said == [
        "40 of 10,000 points",
        "48 of 10,000 points, about 83 min left",
        "1,240 of 10,000 points, about 73 min left",
        "4,000 of 10,000 points, about 91 min left",
    ]


@pytest.mark.parametrize(
    "other",
    [
        {"options": replace(FEW, seed=2)},
        {"metrics": ("chip_spend",)},
        {"options": replace(FEW, draws=65)},
        {"options": replace(FEW, through="2027")},
    ],
)
def test_what_another_sweep_wrote_is_left_alone(base_case: Case, other: dict[str, Any]) -> None:
    swept(base_case, "a.parquet")
    before = Path("a.parquet").read_bytes()
    with pytest.raises(InputError, match="something other than this sweep"):
        swept(base_case, "a.parquet", **other)
    assert Path("a.parquet").read_bytes() == before
    Path("b.parquet").write_text("a person's own file", encoding="utf-8")
    with pytest.raises(InputError, match="something other than this sweep"):
        swept(base_case, "b.parquet")


def test_points_of_a_sequence_fill_the_ranges(base_case: Case) -> None:
    problems: list[Problem] = []
    axes = read_axes(("duty=70%..90%", "chip_life=4..7"), base_case.inputs, problems)
    assert problems == []
    points = design_points("sobol", 12, axes, 1)
    assert points.shape == (12, 2)
    assert np.all((points >= (0.7, 4.0)) & (points <= (0.9, 7.0)))
    halves = points[:8, 0] > 0.8
    assert halves.sum() == 4  # as evenly as a Sobol sequence does
    assert design_points("sobol", 8, axes, 1).tolist() == points[:8].tolist()
    assert design_points("grid", None, axes, 1).shape == (25, 2)


@pytest.mark.parametrize(
    "example",
    [line.strip() for line in sweep.EXAMPLES.splitlines() if "forecast " in line],
)
def test_every_example_of_the_help_runs(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run([*shlex.split(example)[1:], "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["command"], found["schema"]) == ("sweep", 2)
    assert found["rows"][0]["lowest_p50"] <= found["rows"][0]["highest_p50"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("--out a.csv --workers 0", ["ends in .csv", "--workers 0"]),
        ("--out a.parquet", ["nothing to vary"]),
        (
            "--out a.parquet --vary research_lvel=0.6..1.4 --vary duty --metric crossover",
            ["Did you mean research_level", "KEY=LOW..HIGH", "an event"],
        ),
        (
            "--out a.parquet --vary agent_penetration=50%..20%:1 --design sobel",
            ["does not rise", "no date", "steps from 2", "Did you mean sobol"],
        ),
        ("--out a.parquet --vary duty=x2..x3 --points 5", ["a change", "a number for a grid"]),
        ("--out a.parquet --vary duty=70%..80% --vary duty=80%..90%", ["one key twice"]),
        (
            "--out a.parquet --vary duty=70%..80% --scheduler 10.0.0.5:8786 --workers 2",
            ["'10.0.0.5:8786'; expected tcp://HOST:PORT", "--workers 2 as well"],
        ),
        ("--out a.parquet --vary duty=70%..80%:900 --vary chip_life=4..5:900", ["810,000 points"]),
    ],
)
def test_bad_input_is_refused_with_all_that_is_wrong(
    arguments: str, said: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main.run(["sweep", *arguments.split()]) == 2
    found = " ".join(capsys.readouterr().err.split())
    for part in said:
        assert part in found
    assert not list(tmp_path.iterdir())


def test_without_pyarrow_it_says_what_to_install(
    base_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"forecast\[parquet\]"):
        swept(base_case, "a.parquet")
