"""`--given` from end to end: what is printed, what is kept out, and what is refused."""

from __future__ import annotations

import json
import re

import pytest

from forecast.cli import main

FEW = ("--draws", "256", "--metric", "ai_capex", "--metric", "rent")
OUTCOME = "ai_capex@2027=1.5T"


pytestmark = pytest.mark.usefixtures("elsewhere")


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code = main.run([*arguments, *FEW])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def test_a_projection_says_what_is_given_and_what_that_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = " ".join(output_of(capsys, "project", "--given", OUTCOME).split())
    assert f"· --given {OUTCOME} · run " in words
    assert "Given ai_capex of $1.50T ± $" in words
    assert "(a quarter of its own spread, as none is stated) in 2027: P" in words
    assert "effective draws are left." in words
    stated = output_of(capsys, "project", "--given", f"{OUTCOME}±0.1T")
    assert "$1.50T ± $100B in 2027" in " ".join(stated.split())


def test_one_number_says_of_an_outcome_what_a_projection_says(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = ("--draws", "256", "--given", OUTCOME)
    pages = []
    for asked in (("project", "--metric", "rent"), ("get", "rent@2027")):
        assert main.run([*asked, *few]) == 0
        pages.append(" ".join(capsys.readouterr().out.split()))
    said = re.search(r"Given ai_capex of .*? effective draws are left\.", pages[0])
    assert said
    assert said[0] in pages[1]


def test_json_carries_it_and_repeats_to_the_byte(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("project", "--given", OUTCOME, "--given", "rent@2028=0.9", "--json")
    text = output_of(capsys, *arguments)
    found, base = json.loads(text), json.loads(output_of(capsys, "project", "--json"))
    assert found["run"]["given"] == [OUTCOME, "rent@2028=0.9"]
    assert base["run"]["given"] == base["given"] == []
    assert found["run"]["run_id"] != base["run"]["run_id"]
    first, second = found["given"]
    assert (first["metric"], first["period"], first["value"]) == ("ai_capex", "2027", 1.5e12)
    assert second["effective_draws"] < first["effective_draws"] < 256
    (row,) = (
        row for row in found["rows"] if (row["metric"], row["period"]) == ("ai_capex", "2027")
    )
    assert row["p50"] == pytest.approx(first["p50"])
    monkeypatch.setattr("forecast.world.world.BLOCK", 48)
    monkeypatch.setattr("forecast.world.world.THREADS", 1)
    assert output_of(capsys, *arguments, "--no-cache") == text


def test_a_what_if_holds_it_against_the_base_rank_by_rank(
    capsys: pytest.CaptureFixture[str],
) -> None:
    change = ("--set", "agent_penetration@2028=25%")
    words = " ".join(output_of(capsys, "whatif", *change, "--given", OUTCOME).split())
    assert "With applications with agents at 25% in 2028 (base " in words
    assert ") and given ai_capex@2027=1.5T, AI capex" in words
    assert "between draws of equal rank" in words
    found = json.loads(output_of(capsys, "whatif", "--given", OUTCOME, "--at", "2027", "--json"))
    by_case = {row["case"]: row for row in found["rows"] if row["metric"] == "ai_capex"}
    # Of ranks the percentiles of both cases are as far apart as the difference says.
    apart = [by_case["changed"][each] - by_case["base"][each] for each in ("p10", "p50", "p90")]
    assert by_case["difference"]["p2_5"] <= min(apart) <= max(apart)
    assert max(apart) <= by_case["difference"]["p97_5"]
    assert [each["driver"] for each in found["attribution"]] == ["given", "given"]
    assert found["attribution"][0]["set"] == [OUTCOME]


def test_the_causes_of_a_change_and_of_what_is_learnt_add_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    change = ("--set", "agent_penetration@2028=25%", "--set", "retirement_rate=x1.5")
    found = json.loads(
        output_of(capsys, "whatif", *change, "--given", OUTCOME, "--at", "2028", "--json")
    )
    parts = {each["driver"]: each["amount"] for each in found["attribution"][:3]}
    assert list(parts) == ["agent_penetration", "retirement_rate", "given"]
    medians = {row["case"]: row["p50"] for row in found["rows"] if row["metric"] == "ai_capex"}
    assert sum(parts.values()) == pytest.approx(medians["changed"] - medians["base"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("project", "--given", "ai_capex@2027=50T"), "above all 256 draws"),
        (("project", "--given", "ai_capx@2027=1T"), "Did you mean ai_capex"),
        (("whatif", "--given", "inference_share@2028=150%"), "a share lies between 0 and 1"),
        (("project", "--given", OUTCOME, "--keep"), "supposes no outcome"),
        (("whatif", "--given", OUTCOME, "--save-scenario", "rich"), "settings alone"),
    ],
)
def test_what_cannot_be_given_is_refused_by_name(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run([*arguments, *FEW]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert said in " ".join(found.err.split())
    assert "--given" in found.err
    assert "Traceback" not in found.err
