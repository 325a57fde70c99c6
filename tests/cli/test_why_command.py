"""`forecast why` from end to end, on the small ensemble of all tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from forecast.analysis.explain.explain import explain
from forecast.analysis.watch.watch import watch
from forecast.analysis.why import origins
from forecast.analysis.why.origins import DRAWS
from forecast.analysis.why.why import Why, base_period, why
from forecast.cli import main
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.history.conditioning import known_data
from forecast.world.timeline import Timeline

FEW = RunOptions(draws=512, use_cache=False)


pytestmark = pytest.mark.usefixtures("elsewhere")


@pytest.fixture(scope="module")
def told(base_case: Case) -> Iterator[Why]:
    """Why the inference share is what it is in 2028, in the cache for all who ask the same; two of
    its origins are left out by conditioning anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(origins, "CONDITIONED", 2)
        yield why(base_case, replace(FEW, use_cache=True), text="inference share")


def test_the_number_and_its_change_are_those_of_explain(base_case: Case, told: Why) -> None:
    found = explain(base_case, FEW, text="inference_share@2028", depth=1, since="2025")
    assert told.root == found.root
    assert told.change == found.change


def test_every_origin_of_the_targets_is_left_out(base_case: Case, told: Why) -> None:
    data = known_data(base_case.inputs)
    assert {row.origin for row in told.origins} == {datum.origin for datum in data}
    anew = [row.is_conditioned for row in told.origins]
    assert anew == sorted(anew, reverse=True), "those that are conditioned anew come first"
    assert sum(anew) == 2
    for way in (True, False):
        sizes = [abs(row.change_p50) for row in told.origins if row.is_conditioned == way]
        assert sizes == sorted(sizes, reverse=True)
    draws = open_world(base_case, FEW).of_draws(slice(0, DRAWS)).values_as_base(["inference_share"])
    base = float(np.median(draws.at("inference_share", "2028")))
    # those conditioned anew start from a median of their own, one for all of them
    first = told.origins[0].p50_without - told.origins[0].change_p50
    assert first == pytest.approx(base, abs=0.02)
    for row in told.origins:
        start = first if row.is_conditioned else base
        assert row.p50_without == pytest.approx(start + row.change_p50, abs=1e-6)
        assert row.clear == (abs(row.change_p50) > 2.0 * row.change_error)


def test_an_event_is_told_by_the_share_that_it_turns_on(base_case: Case, told: Why) -> None:
    found = why(base_case, replace(FEW, use_cache=True), text="crossover")
    assert found.origins == told.origins
    assert (found.instead_of, found.root.head.quantity) == ("crossover", "inference_share")


@pytest.mark.parametrize(
    ("period", "base"),
    [
        ("2028", "2025"),
        ("2025", "2024"),
        ("2022", None),
        ("2028Q2", "2025Q2"),
        ("2025Q3", "2024Q3"),
        ("2022Q4", None),
    ],
)
def test_a_change_is_told_since_the_last_year_observed(
    base_grid: Timeline, period: str, base: str | None
) -> None:
    assert base_period(period, base_grid) == base


def test_the_page_is_sentences_and_json_holds_their_figures(
    capsys: pytest.CaptureFixture[str], told: Why
) -> None:
    assert main.run(["why", "inference_share@2028", "--draws", "512"]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80
    for text in ("Since 2025  ", "Rests on  ", "Disagrees  ", "Would narrow it  ", "--tree"):
        assert text in page
    assert "MOVES MOST WITH" not in page
    assert main.run(["why", "inference share", "--draws", "512", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["rows"][0]["quantity"] == "inference_share"
    assert found["origins"][0]["change_p50"] == told.origins[0].change_p50
    assert [row["claim_id"] for row in found["published"]] == [
        row.claim_id for row in told.published
    ]
    first = told.to_come[0]
    assert found["to_come"][0]["variance_reduction"] == first.variance_reduction


def test_figures_to_come_are_as_watch_has_them(base_case: Case, told: Why) -> None:
    rows = watch(base_case, FEW, metrics=["inference_share@2028"]).rows
    by_name = {row.figure.observation: row for row in rows}
    for row in told.to_come:
        assert row == by_name[row.figure.observation]


def test_the_tree_and_the_sources_stand_behind_options(
    capsys: pytest.CaptureFixture[str], told: Why
) -> None:
    assert main.run(["why", "inference_share", "--draws", "512", "--tree", "--sources"]) == 0
    page = capsys.readouterr().out
    assert "MOVES MOST WITH" in page
    assert "├─" in page
    assert "assumptions/" in page


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("capex", "It may be ai_capex, hyperscaler_capex, wanted_ai_capex."),
        ("binding_constraint@2028", "an event"),
        ("zzz", "All of them: forecast metrics"),
        ("custom chips 2027", "custom_asic, a part of chip_spend"),
        ("rent@2050", "which the run through 2028Q4 lacks"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    capsys: pytest.CaptureFixture[str], asked: str, said: str
) -> None:
    assert main.run(["why", asked, "--draws", "512"]) == 2
    assert said in capsys.readouterr().err
