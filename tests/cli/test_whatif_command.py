"""`forecast whatif` from end to end, with few draws in a workspace, and its page from rows made by
hand."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_result import run

from forecast.analysis.whatif.causes import ChangePart, LinkPart
from forecast.analysis.whatif.rows import CaseName, CaseRow, SetBelief
from forecast.analysis.whatif.whatif import WhatIf
from forecast.cli import main
from forecast.inputs.schema import Kind, Setting
from forecast.model.graph import Meaning
from forecast.report.blocks import View
from forecast.report.characters.drawing import draw
from forecast.report.characters.terminal import plain
from forecast.report.pages.whatif.whatif_pages import whatif_page
from forecast.world.metrics import metric_info
from forecast.world.rows import (
    MetricRow,
    change_row,
    event_change_row,
    event_row,
    value_row,
)

FEW = ("--draws", "128")
AGENTS = ("--set", "agent_penetration@2028=25%")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a copy of the built-in inputs, whose cache all tests here share."""
    folder = tmp_path_factory.mktemp("whatif") / "case"
    assert main.run(["init", str(folder)]) == 0
    return folder


@pytest.fixture(autouse=True)
def fixed(monkeypatch: pytest.MonkeyPatch, workspace: Path) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.chdir(workspace)


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what a command prints; it must succeed."""
    code = main.run(["whatif", *arguments, *FEW])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what is said of a command that must be refused."""
    assert main.run(["whatif", *arguments, *FEW]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    return found.err


def test_a_page_begins_and_ends_with_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    page = output_of(capsys, *AGENTS, "--set", "research_level=x2")
    assert max(map(len, page.splitlines())) <= 80
    words = " ".join(page.split())
    assert "With applications with agents at 25% in 2028 (base " in words
    assert " and research_level times 2 (base " in words
    assert " IN SHORT 2028: " in words
    for heading in ("\n 2028    ", "\n WHEN, AND WHAT BINDS", "\n WHY  ", "\n ALONG THE CHAIN"):
        assert page.count(heading) == 1
    assert "The same in every draw: firms using AI, weekly users." in words


def test_nothing_changed_says_so_and_what_to_try(capsys: pytest.CaptureFixture[str]) -> None:
    words = " ".join(output_of(capsys).split())
    assert "Nothing is changed" in words
    assert "forecast whatif --set agent_penetration@2028=25%" in words


def test_json_holds_three_cases_and_the_causes_and_is_the_same_again(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = output_of(capsys, *AGENTS, "--json")
    found = json.loads(text)
    assert (found["schema"], found["command"]) == (2, "whatif")
    assert found["run"]["overrides"] == ["agent_penetration@2028=25%"]
    by_case: dict[str, int] = {}
    for row in found["rows"]:
        by_case[row["case"]] = by_case.get(row["case"], 0) + 1
        assert ("probability_up" in row) == (row["case"] == "difference")
    assert len(set(by_case.values())) == 1
    assert set(by_case) == {"base", "changed", "difference"}
    assert {row["period"] for row in found["rows"]} == {
        None,
        *(str(year) for year in range(2022, 2029)),
    }
    amounts = [each for each in found["attribution"] if each["method"] == "shapley"]
    assert {each["driver"] for each in amounts} == {"agent_penetration"}
    assert {"inference_share", "chip_spend"} <= {each["metric"] for each in amounts}
    # one thread in blocks of another size gives the same bytes
    monkeypatch.setattr("forecast.world.world.BLOCK", 48)
    monkeypatch.setattr("forecast.world.world.THREADS", 1)
    assert output_of(capsys, *AGENTS, "--json") == text


def test_a_metric_may_say_its_period(capsys: pytest.CaptureFixture[str]) -> None:
    setting = ("whatif", "--set", "agents@2028=20%", "--draws", "512")
    for asked in (("--metric", "AI revenue in 2027"), ("--metric", "ai_revenue", "--at", "2027")):
        assert main.run([*setting, *asked]) == 0
        page = capsys.readouterr().out
        assert "\n 2027  " in page
        assert "AI revenue in 2027 falls by" in " ".join(page.split())
    assert main.run([*setting, "--metric", "rent@2027,chip_spend@2028"]) == 2
    assert "2 periods, 2027, 2028; expected one for all metrics" in capsys.readouterr().err


def test_csv_holds_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    text = output_of(capsys, *AGENTS, "--at", "2027q2", "--metric", "tokens", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["case"], row["metric"], row["period"]) for row in rows] == [
        (case, "tokens", "2027Q2") for case in ("base", "changed", "difference")
    ]


def test_a_change_is_made_on_what_the_workspace_sets_or_against_a_scenario(
    capsys: pytest.CaptureFixture[str], workspace: Path
) -> None:
    ask = (*AGENTS, "--metric", "compute_stock", "--at", "2028", "--json")

    def base_of(text: str) -> float:
        row = next(each for each in json.loads(text)["rows"] if each["case"] == "base")
        return float(row["p50"])

    usual = base_of(output_of(capsys, *ask))
    bound = output_of(capsys, *ask, "--against", "grid-bound")
    assert base_of(bound) < 0.9 * usual
    file = workspace / "forecast.toml"
    kept = file.read_text(encoding="utf-8")
    try:
        file.write_text('scenario = ["grid-bound"]\n', encoding="utf-8")
        assert base_of(output_of(capsys, *ask)) == base_of(bound)
    finally:
        file.write_text(kept, encoding="utf-8")


@pytest.mark.parametrize(
    "asked",
    [
        ("--scenario", "grid-bound", *AGENTS, "--set", "research_level=x1.5"),
        (
            "--against",
            "capex-pause",
            "--scenario",
            "grid-bound",
            "--set",
            "power_additions@2028=x2",
        ),
        ("--set", "hyperscaler_capex@2028=+$100B", "--set", "retirement_rate=+2pp"),
    ],
)
def test_a_saved_scenario_reproduces_its_what_if(
    asked: tuple[str, ...],
    workspace: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = workspace / "assumptions/scenarios/kept-one.yaml"
    metrics = ("--metric", "compute_stock,chip_spend,tokens", "--json")
    try:
        first = json.loads(output_of(capsys, *asked, *metrics, "--save-scenario", "kept-one"))
        text = file.read_text(encoding="utf-8")
        assert "judgement of whoever ran forecast whatif, as of 2026-09-30" in text
        known = [name for name in ("capex-pause", "grid-bound") if name in asked]
        assert ("extends:" in text) == bool(known)
        assert main.run(["scenarios"]) == 0
        listed = " ".join(capsys.readouterr().out.split())
        assert all(f"extends {name}:" in listed for name in known[:1])
        against = ("--against", "capex-pause") if "capex-pause" in asked else ()
        again = json.loads(output_of(capsys, *against, "--scenario", "kept-one", *metrics))
        assert again["rows"] == first["rows"]
        assert "is taken" in refused(capsys, *AGENTS, "--save-scenario", "kept-one")
        assert file.read_text(encoding="utf-8") == text
    finally:
        file.unlink(missing_ok=True)


def test_a_name_that_cannot_be_kept_is_refused_and_nothing_written(
    workspace: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = workspace / "assumptions/scenarios"
    before = sorted(folder.iterdir())
    for name, said in (
        ("grid-bound", "a name that is taken"),
        ("difference", "a name that is taken"),
        ("../outside", "lower-case letters"),
        ("Big Change", "lower-case letters"),
        ("", "lower-case letters"),
    ):
        assert said in refused(capsys, *AGENTS, "--save-scenario", name)
    assert "nothing changed" in refused(capsys, "--save-scenario", "new-one")

    def full(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("forecast.cli.saving.write_file", full)
    assert "Read-only file system" in refused(capsys, *AGENTS, "--save-scenario", "new-one")
    assert sorted(folder.iterdir()) == before
    monkeypatch.chdir(tmp_path)
    assert "forecast init" in refused(capsys, *AGENTS, "--save-scenario", "new-one")
    assert list(tmp_path.iterdir()) == []


def test_everything_wrong_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = (
        *("--set", "agent_penetration@2028=25%", "--set", "agent_penetration@2028Q4=30%"),
        *("--set", "agent_penetraton@2028=25", "--scenario", "grid-bond"),
        *("--against", "capex-paus", "--metric", "inferense_share", "--at", "2031"),
        *("--save-scenario", "grid-bound"),
    )
    text = refused(capsys, *wrong)
    assert text.startswith("error: 8 problems in the input; nothing was run\n")
    for said in (
        "a contradiction of agent_penetration@2028=25%",
        "Did you mean agent_penetration",
        "Did you mean grid-bound?",
        "--against capex-paus",
        "Did you mean capex-pause?",
        "Did you mean inference_share",
        "--at 2031",
        "a name that is taken",
    ):
        assert said in text
    text = refused(capsys, "--set", "agent_penetration@2028=25%", "--json", "--at", "2031")
    assert json.loads(text)["error"]["exit_code"] == 2


# The page, from rows made by hand -----------------------------------------------------------------

LISTED: tuple[tuple[str, str, Kind, str], ...] = (
    ("inference_share", "share", "share", "Inference share of compute"),
    ("inference_compute", "H100e", "stock", "Inference compute"),
    ("chip_spend", "USD", "flow", "AI chip spend"),
    ("ai_capex", "USD", "flow", "AI capex"),
    ("weekly_users", "users", "stock", "Weekly users"),
    ("crossover", "date", "event", "Inference compute passes training"),
)
MEANINGS = {
    name: Meaning(name, unit, kind, title, title, True, True, None)
    for name, unit, kind, title in LISTED
}


def rows_by_hand() -> Iterator[tuple[CaseName, MetricRow]]:
    """Yield the rows of a what-if whose draws are written down."""
    spread = np.linspace(-1.0, 1.0, 101)
    pairs: dict[str, tuple[Any, Any]] = {
        "inference_share": (0.7 + 0.2 * spread, 0.68 + 0.21 * spread),
        "inference_compute": (1.1e8 + 5e7 * spread, 9.6e7 + 3e7 * spread),
        "chip_spend": (6.9e11 + 2e11 * spread, 6.9e11 + 2.1e11 * spread),
        "ai_capex": (1.2e12 + 4e11 * spread, 1.2e12 + 4e11 * spread - 2e8),
        "weekly_users": (1.4e9 + 2e8 * spread, 1.4e9 + 2e8 * spread),
    }
    for name, (before, after) in pairs.items():
        yield "base", value_row(MEANINGS[name], "2028", before, "projected", None)
        yield "changed", value_row(MEANINGS[name], "2028", after, "projected", None)
        yield "difference", change_row(MEANINGS[name], "2028", before, after)
    base = np.where(spread < 0.6, 16.0 + 4 * 2022, np.inf)
    later = np.where(spread < 0.4, 19.0 + 4 * 2022, np.inf)
    yield "base", event_row(MEANINGS["crossover"], base)
    yield "changed", event_row(MEANINGS["crossover"], later)
    yield "difference", event_change_row(MEANINGS["crossover"], base, later)


def by_hand() -> WhatIf:
    """Return a what-if of two changes, with parts that are written down."""
    where = "inference_compute", "2028", "H100e"
    agents, tasks = ("agents=[/x]",), ("tasks=x2",)
    return WhatIf(
        command="whatif",
        run=run(),
        rows=tuple(CaseRow(case, row) for case, row in rows_by_hand()),
        warnings=(),
        metrics=metric_info(MEANINGS.values()),
        first_projected="2026Q3",
        attribution=(
            ChangePart("agents", -3.9e7, *where, "shapley", agents),
            ChangePart("tasks", 2.5e7, *where, "shapley", tasks),
            LinkPart("a", -2e7, *where, "lmdi", "Agents per worker"),
            LinkPart("b", 6e6, *where, "lmdi", "Tokens per task"),
            LinkPart("c", 1e5, *where, "lmdi", "Cost"),
        ),
        given=(),
        period="2028",
        subject="inference_compute",
        asked=(*agents, *tasks),
        beliefs={
            text: SetBelief(
                Setting(key, "", "replace", 0.0, text, "command line"),
                *(title, unit, False, before),
            )
            for key, title, unit, before, (text,) in (
                ("agents", "Agents [/x]", "share", 0.47, agents),
                ("tasks", "Tasks", "ratio", 1.0, tasks),
            )
        },
        supposed=(),
        changes=("agents", "tasks"),
        is_exact=True,
        against=("grid-bound",),
        recondition=True,
        reconditioned=True,
    )


@pytest.mark.parametrize("width", [80, 140])
def test_the_page_as_it_should_look(width: int, as_expected: Callable[[str, str], None]) -> None:
    blocks = whatif_page(by_hand(), View(width=width))
    as_expected(f"whatif-{width}.txt", plain(draw(blocks, width)))
