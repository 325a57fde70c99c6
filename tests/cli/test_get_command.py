"""`forecast get` from end to end, on the small ensemble of all tests."""

from __future__ import annotations

import json

import pytest

from forecast.analysis.claims.claims import claims
from forecast.analysis.get.get import get
from forecast.analysis.project import project
from forecast.cli import main
from forecast.result import RunOptions, columns
from forecast.world.case import Case
from forecast.world.rows import MemberRow, ProbabilityRow, ValueRow

FEW = RunOptions(draws=512)


pytestmark = pytest.mark.usefixtures("elsewhere")


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Return what the command prints; it must succeed."""
    code = main.run(["get", *arguments, "--draws", "512"])
    found = capsys.readouterr()
    assert code == 0, found.err
    return found.out


def test_a_number_is_that_of_the_projection(base_case: Case) -> None:
    rows = {
        (row.metric, row.period, row.member): row
        for row in project(base_case, FEW, breakdown="silicon").rows
    }
    for text in ("chip_spend@2027", "inference share", "crossover", "inference_ahead@2026"):
        first = get(base_case, FEW, text=text).first
        assert first == rows[first.metric, first.period, None]
    first = get(base_case, FEW, text="asic share@2027").first
    assert first == rows["chip_spend", "2027", "custom_asic"]
    assert get(base_case, FEW, text="chip spend@2027", member="asic").first == first


def test_neighbours_and_who_leads_stand_beside(base_case: Case) -> None:
    result = get(base_case, FEW, text="inference_chip_spend@2027")
    assert result.neighbours == ("2026", "2028")
    by_metric = {row.metric: row for row in result.rows if row.period == "2027"}
    assert isinstance(by_metric["inference_spend_share"], ValueRow)
    assert isinstance(by_metric["inference_spend_ahead"], ProbabilityRow)
    assert get(base_case, FEW, text="rent@2022Q1").neighbours == ("2022Q2",)
    assert get(base_case, FEW, text="rent@2028").neighbours == ("2027",)


def test_published_claims_are_the_nearest_and_are_held_as_in_claims(base_case: Case) -> None:
    held = {row.claim_id: row for row in claims(base_case, FEW).compared}
    result = get(base_case, FEW, text="chip_spend@2026")
    assert result.published
    for row in result.published:
        assert row == held[row.claim_id]
    assert (result.published[0].metric, result.published[0].period) == ("chip_spend", "2026")
    assert not get(base_case, FEW, text="binding_constraint").published


def test_the_page_answers_in_a_few_lines(capsys: pytest.CaptureFixture[str]) -> None:
    page = output(capsys, "inference_chip_spend@2027")
    assert max(map(len, page.splitlines())) <= 80
    assert len(page.splitlines()) < 20
    for text in ("Chip spend for inference, 2027: $", "of the whole", "2026 $", "2028 $"):
        assert text in page
    assert "ahead of training in" in page
    assert "Published  nobody states it for 2027. Nearest:" in page
    assert "forecast why inference_chip_spend@2027" in page


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        ("crossover", "of 100 draws it has not by then"),
        ("inference_ahead@2027", "of 100 draws."),
        ("binding_constraint@2027", "finance"),
        ("asic share", "Custom ASICs, 2028: "),
        ("rent@2026Q4", "Rent, 2026Q4: $"),
    ],
)
def test_every_kind_of_metric_is_said(
    capsys: pytest.CaptureFixture[str], asked: str, text: str
) -> None:
    page = " ".join(output(capsys, asked).split())
    assert text in page


def test_json_holds_rows_and_claims(capsys: pytest.CaptureFixture[str], base_case: Case) -> None:
    found = json.loads(output(capsys, "asic share@2027", "--json"))
    first = get(base_case, FEW, text="asic share@2027").first
    assert isinstance(first, MemberRow)
    assert found["rows"][0] == json.loads(json.dumps(columns(first)))
    assert [row["period"] for row in found["rows"]] == ["2027", "2026", "2028"]
    assert {row["metric"] for row in found["published"]} <= {"chip_spend"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["capex"], "It may be ai_capex, hyperscaler_capex, wanted_ai_capex."),
        (["inference_shar@2050"], "which the run through 2028Q4 lacks"),
        (["chip_spend", "--member", "gpu"], "It may be nvidia_gpu, other_gpu."),
        (["rent", "--member", "asic"], "a metric that has parts"),
        (["nonsense"], "All of them: forecast metrics"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main.run(["get", *arguments, "--draws", "512"]) == 2
    assert said in capsys.readouterr().err
