"""`forecast explain` from end to end, on the small ensemble of all tests."""

from __future__ import annotations

import json
from typing import Any

import pytest

from forecast.cli import main

pytestmark = pytest.mark.usefixtures("elsewhere")


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; it must succeed."""
    code = main.run(["explain", *arguments, "--draws", "512"])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def test_the_page_answers_first_and_last(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "inference_share@2028", "--since", "2025")
    lines = page.splitlines()
    assert max(map(len, lines)) <= 80
    assert page.index("Inference share of compute, 2028:") < page.index("├─ demands_at_rent")
    assert "In 2025 it was" in page
    assert " SINCE 2025 " in page
    assert page.index(" IN SHORT  inference_share@2028:") > page.index("the whole change")
    for name in ("│  ├─ embedded_demand", "│  ├─ generative_demand", "│  ├─ rent_elasticities"):
        assert name in page


def test_depth_shortens_and_lengthens_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [output(capsys, "tokens@2028", "--depth", depth) for depth in ("1", "2", "4")]
    assert sorted(pages, key=len) == pages
    assert "│  ├─" not in pages[0]


def test_json_is_nested_and_holds_the_whole_trail(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "tokens@2028", "--json", "--since", "2025")
    assert text == output(capsys, "tokens@2028", "--json", "--since", "2025")
    found = json.loads(text)
    (root,) = found["rows"]
    assert {"quantity", "value", "unit", "equation", "inputs"} <= root.keys()
    assert found["command"] == "explain"
    kinds = {row["kind"] for row in walk(root)}
    assert kinds == {"quantity", "record", "assumption", "driver", "shock", "reference", "time"}
    amounts = sum(row["amount"] for row in root["since"]["attribution"])
    assert amounts == pytest.approx(root["since"]["change"]["mean"])


def walk(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [row, *(each for below in row["inputs"] for each in walk(below))]


def test_markdown_links_to_sources(capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "agent_penetration@2028", "--format", "md")
    assert text.count("](<https://") >= 1
    assert "- **agent\\_penetration**" in text


def test_a_scenario_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    page = " ".join(output(capsys, "tokens@2028", "--scenario", "agents-disappoint").split())
    assert "scenario agents-disappoint" in page
    assert "Changed:" in page


def test_what_is_wrong_is_said_with_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = ("tokenz@2040", "--since", "soon", "--depth", "0")
    assert main.run(["explain", *wrong]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: 4 problems")
    assert "Did you mean tokens?" in message
    assert main.run(["explain", "tokens@2028", "--format", "csv"]) == 2
    assert "table, json, md" in capsys.readouterr().err
