"""`forecast claims`, `risks` and `compare` from end to end, with few draws in a workspace."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from forecast.cli import main

pytestmark = pytest.mark.usefixtures("in_workspace")
FEW = ("--draws", "128")


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what a command prints; it must succeed."""
    code = main.run([*arguments, *FEW])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def rows_of(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["rows"]
    return found


def test_claims_as_a_page_for_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "claims")
    assert max(len(line) for line in page.splitlines()) <= 80
    first = re.search(r"(\d+) of 174 published claims are about a metric", page)
    assert first
    assert " ".join(page.split()).count("is not compared, because") == 8, "headline, no metric"
    for name in ("C001", "C012", "C013", "C014", "C017", "C018", "C019", "C022"):
        assert f"\n {name}  " in page, f"{name} is a headline claim and always shown"
    short = re.split(r"\n IN SHORT {2}", page)
    assert " ".join(short[-1].split()) in " ".join(page.split()), "the answer first and last"
    assert len(short) == 2


def test_claims_as_json_and_csv_are_the_same_rows(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(output(capsys, "claims", "--json"))
    assert (found["schema"], found["command"], len(found["rows"])) == (2, "claims", 174)
    assert found["run"]["duration_s"] is None
    (sentence,) = found["findings"]
    assert "of 174 published claims" in sentence
    table = list(csv.DictReader(io.StringIO(output(capsys, "claims", "--format", "csv"))))
    assert [row["claim_id"] for row in table] == [row["claim_id"] for row in found["rows"]]
    for row, cells in zip(found["rows"], table, strict=True):
        assert row["percentile"] is None or 0.0 <= row["percentile"] <= 100.0
        assert (row["p50"] is None) == (cells["p50"] == "") == (not row["compared"])
        assert (row["sentence"] is not None) == row["headline"]


def test_filters_narrow_the_rows_and_say_why_the_rest_is_not_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = rows_of(output(capsys, "claims", "--who", "deloitte", "--json"))
    assert 5 < len(rows) < 40
    assert all("deloitte" in row["who"].lower() for row in rows)
    rows = rows_of(output(capsys, "claims", "--metric", "chip_spend", "--outside", "--json"))
    assert {(row["metric"], row["outside"]) for row in rows} == {("chip_spend", True)}
    assert len(rows_of(output(capsys, "claims", "--headline", "--json"))) == 22
    page = output(capsys, "claims", "--who", "Brookfield")
    assert "2030 lies beyond the horizon, 2028; --through 2030" in " ".join(page.split())


def test_a_what_if_moves_the_distribution_and_not_the_claims(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def claim(*arguments: str) -> dict[str, Any]:
        rows = rows_of(output(capsys, "claims", "--headline", "--json", *arguments))
        return next(row for row in rows if row["claim_id"] == "C018")

    base, paused = claim(), claim("--scenario", "capex-pause")
    assert (base["low"], paused["low"]) == (4e11, 4e11)
    assert paused["percentile"] > base["percentile"]
    assert "because" in base["sentence"]
    if paused["percentile"] > 50.0:
        assert "because" not in paused["sentence"], "the fact explains a floor below our median"


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["claims", "--who", "Gartnr", "--metric", "chip_spent", *FEW]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert "2 problems" in found.err
    assert "Did you mean Gartner" in found.err
    assert "Did you mean chip_spend or " in found.err


def test_risks_as_a_page_for_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "risks")
    assert max(len(line) for line in page.splitlines()) <= 80
    assert "would take most from" in page
    assert page.count("rises in") == 14 + 1, "a line for each risk, and the legend"
    assert "| RISK" in output(capsys, "risks", "--format", "md")


def test_risks_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    rows = rows_of(output(capsys, "risks", "--json"))
    names = list(dict.fromkeys(row["scenario"] for row in rows))
    assert len(names) == 14
    assert len(rows) == 5 * len(names)
    spend = [row for row in rows if row["metric"] == "chip_spend"]
    changes = [row["changed_p50"] - row["base_p50"] for row in spend]
    assert changes == sorted(changes), "what takes most comes first"
    for row in spend:
        assert row["difference_p10"] <= row["difference_p50"] <= row["difference_p90"]
    assert {row["base_p50"] for row in spend} == {spend[0]["base_p50"]}
    by_name = {row["scenario"]: row for row in spend}
    assert by_name["grid-bound"]["probability"] == 0.2
    assert by_name["grid-bound"]["probability_up"] < 0.2
    table = list(csv.DictReader(io.StringIO(output(capsys, "risks", "--format", "csv"))))
    assert len(table) == len(rows)


def test_scenarios_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "compare", "grid-bound", "edge-shift", "--metric", "chip_spend")
    assert max(len(line) for line in page.splitlines()) <= 80
    assert re.search(r"MONEY  \$B +base +grid-bound +edge-shift\n", page)
    rows = rows_of(output(capsys, "compare", "grid-bound", "base", "grid-bound", "--json"))
    assert list(dict.fromkeys(row["case"] for row in rows)) == ["base", "grid-bound", "difference"]
    alone = rows_of(output(capsys, "project", "--scenario", "grid-bound", "--json"))
    mine = [row for row in rows if row["case"] == "grid-bound"]
    own = {"case", "scenario"}
    assert [{key: row[key] for key in row if key not in own} for row in mine] == alone
    assert {row["scenario"] for row in rows if row["case"] == "difference"} == {"grid-bound"}
    words = " ".join(page.split())
    assert re.search(r"CHANGE FROM BASE 2028 grid-bound edge-shift", words)
    assert re.search(r"IN SHORT 2028, change from base: grid-bound AI chip spend −\d+% \(", words)


def test_scenarios_that_do_not_exist_are_all_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["compare", "grid-bond", "capex-paus", *FEW]) == 2
    said = capsys.readouterr().err
    assert "Did you mean grid-bound?" in said
    assert "Did you mean capex-pause?" in said


def test_a_scenario_without_a_source_warns_and_runs(
    capsys: pytest.CaptureFixture[str], workspace: Path
) -> None:
    (workspace / "mine.yaml").write_text(
        "title: Mine\nstory: Try.\nset:\n  agent_penetration@2028: 20%\n"
    )
    assert main.run(["get", "chip_spend@2028", "--scenario", "mine.yaml", *FEW]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "warning: mine.yaml: mine states no source; expected sources: [one or more]" in said
    assert main.run(["get", "chip_spend@2028", "--scenario", "grid-bound", *FEW]) == 0
    assert "no source" not in capsys.readouterr().err
