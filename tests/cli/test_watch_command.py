"""`forecast watch` from end to end, with few draws in a workspace."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from forecast.cli import main

pytestmark = pytest.mark.usefixtures("in_workspace")
FEW = ("--draws", "256")


def output(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """Return what the command prints on stdout and on stderr; it must end with a code."""
    assert main.run(["watch", *arguments, *FEW]) == code
    printed = capsys.readouterr()
    return printed.out, printed.err


def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    assert found["schema"] == 2
    return found


def test_watch_names_what_moves_each_metric_most(capsys: pytest.CaptureFixture[str]) -> None:
    page, _ = output(capsys, "--top", "4")
    assert max(len(line) for line in page.splitlines()) <= 80
    text = " ".join(page.split())
    assert "For inference share in 2028, watch" in text
    assert "For AI chip spend in 2028" in text
    assert " IN SHORT  inference share 2028" in page
    count = int(re.findall(r"--top (\d+)", page)[0])
    whole, _ = output(capsys, "--json")
    rows = document(whole)["rows"]
    assert len({row["observation"] for row in rows}) == count
    assert {"observation", "reason"} == set(document(whole)["left_out"][0])
    few, _ = output(capsys, "--top", "4", "--json")
    assert document(few)["rows"] == rows[:8]


def test_watch_for_another_metric(capsys: pytest.CaptureFixture[str]) -> None:
    text, _ = output(capsys, "--metric", "compute_stock@2027", "--top", "2", "--json")
    rows = document(text)["rows"]
    assert [row["metric"] for row in rows] == ["compute_stock"] * 2
    assert {"period", "expected_published", "unit", "p10", "p50", "p90", "role"} <= set(rows[0])


def test_a_metric_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    page, errors = output(capsys, "--metric", "zzqx@2028", code=2)
    assert not page
    assert "no such metric" in errors


def test_a_part_of_several_names_of_metrics_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    page, errors = output(capsys, "--metric", "chips@2028", code=2)
    assert not page
    assert "a part of " in errors
    assert "chip_spend" in errors
