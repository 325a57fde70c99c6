"""`forecast solve` from end to end, with few draws in a workspace."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from forecast.cli import main, solve

pytestmark = pytest.mark.usefixtures("in_workspace")
FEW = ("--draws", "256")


def output(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    """Return what a command prints on stdout and on stderr; it must end with a code."""
    assert main.run([*arguments, *FEW]) == code
    found = capsys.readouterr()
    return found.out, found.err


def one_line(text: str) -> str:
    return " ".join(text.split())


def document(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    assert found["schema"] == 2
    return found


def test_the_answer_comes_first_and_last(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("inference_share@2028", "--at-least", "x1.02", "--vary", "agent_penetration")
    page, errors = output(capsys, "solve", *asked)
    assert not errors, "no hints in a pipe"
    assert max(len(line) for line in page.splitlines()) <= 80
    first = re.search(r"It takes agent_penetration@2028 of \d+% \(±\d+ pp\) or more", page)
    assert first
    body, short = page.split(" IN SHORT  ")
    assert one_line(short) in one_line(body)
    marked = [line for line in page.splitlines() if line.startswith(" → ")]
    assert len(marked) == 1
    assert marked[0].split()[1] in first[0]


def test_solve_as_json_and_csv(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("inference_share@2028", "--at-least", "x1.02", "--vary", "agent_penetration")
    text, _ = output(capsys, "solve", *asked, "--json")
    (row,) = document(text)["rows"]
    assert list(row)[:5] == ["key", "value", "error", "achieved", "status"]
    assert row["status"] == "solved"
    met = [each["key_value"] for each in document(text)["response"] if each["is_answer"]]
    assert met == [row["value"]]
    assert row["achieved"] == pytest.approx(row["target"], rel=1e-4)
    assert output(capsys, "solve", *asked, "--json")[0] == text
    table, _ = output(capsys, "solve", *asked, "--format", "csv")
    assert table.startswith("key,value,error,achieved,status,")
    # The same value tried out moves the median to the target.
    setting = str(row["setting"])
    tried, _ = output(capsys, "project", "--set", setting, "--metric", "inference_share", "--json")
    last = [each for each in document(tried)["rows"] if each["period"] == "2028"]
    assert last[0]["p50"] == pytest.approx(row["target"], rel=1e-3)


def test_a_target_out_of_reach_says_so_in_every_format(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = ("chip_spend@2028", "--at-least", "5T", "--vary", "spending_response")
    page, errors = output(capsys, "solve", *asked, code=1)
    assert "No value of spending_response from" in one_line(page)
    assert errors.startswith("error: the target is out of reach of spending_response")
    text, errors = output(capsys, "solve", *asked, "--json", code=1)
    (row,) = document(text)["rows"]
    assert (row["status"], row["value"], row["error"]) == ("unreachable", None, None)
    assert 0.0 < row["achieved"] < 5e12
    assert document(errors)["error"]["exit_code"] == 1


def test_bad_requests_are_refused_with_everything_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked = (
        "inference_share@1999",
        "--at-least",
        "70",
        "--vary",
        "agent_penetraton",
        "--probability=2",
    )
    page, errors = output(capsys, "solve", *asked, code=2)
    assert not page
    assert "3 problems" in errors
    assert "Did you mean agent_penetration" in errors
    assert "Traceback" not in errors
    assert "Missing option" in output(capsys, "solve", "inference_share@2028", code=2)[1]


def test_a_hint_tries_the_answer_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solve, "hints_wanted", lambda: True)
    asked = ("agent_penetration@2028", "--at-least", "50%", "--vary", "agent_penetration")
    _, errors = output(capsys, "solve", *asked)
    assert "forecast whatif --set agent_penetration@2028=50%" in errors
