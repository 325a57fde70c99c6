"""Beliefs as listed, shown, checked and compared: against the draws, the files and SciPy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from forecast.analysis.beliefs.assumptions import Assumptions, list_assumptions
from forecast.analysis.beliefs.checks import check_assumptions
from forecast.analysis.beliefs.differences import differences
from forecast.analysis.beliefs.shown import show_assumption
from forecast.analysis.beliefs.stated import Points
from forecast.ensemble.prior import variables
from forecast.errors import InputError
from forecast.inputs import input_folder, parse_settings
from forecast.model.equations import model_graph
from forecast.result import RunOptions
from forecast.world.case import Case, load_case
from forecast.world.world import World

pytestmark = pytest.mark.slow
FEW = RunOptions(draws=512, use_cache=False)


@pytest.fixture(scope="module")
def listed(base_case: Case) -> Assumptions:
    return list_assumptions(base_case, FEW)


def test_every_belief_and_driver_is_listed_with_where_it_stands(
    base_case: Case, listed: Assumptions
) -> None:
    inputs = base_case.inputs
    assumed = [row for row in listed.rows if row.kind == "assumption"]
    assert len(assumed) == len(variables(inputs.assumptions))
    names = {*inputs.assumptions, *inputs.drivers, *inputs.money}
    assert {row.assumption for row in listed.rows} == names
    for row in listed.rows:
        file, line = row.provenance.place.split(":")
        folder = input_folder(None, "assumptions").parent
        assert (
            (folder / file)
            .read_text(encoding="utf-8")
            .splitlines()[int(line) - 1]
            .startswith(row.assumption)
        )


def test_the_prior_is_what_was_stated(listed: Assumptions) -> None:
    compared = 0
    for row in listed.rows:
        low, high = row.stated.points.p10, row.stated.points.p90
        if low is None or high is None:
            continue
        near = 0.03 * (high - low)
        assert row.prior.p10 == pytest.approx(low, abs=near), row
        assert row.prior.p90 == pytest.approx(high, abs=near), row
        compared += 1
    assert compared > 150


def test_influence_is_spearmans_rank_correlation(base_world: World, listed: Assumptions) -> None:
    spend = base_world.at("chip_spend", "2028")
    names = [each.name for each in variables(base_world.inputs.assumptions)]
    found = {row.assumption: row for row in listed.rows if row.moves == "chip_spend"}
    single = [name for name in names if name in found]  # a path is that of its strongest knot
    assert single
    for name in single:
        draws = base_world.ensemble.normals[names.index(name)]
        expected = spearmanr(draws, spend).statistic
        assert found[name].rank_correlation == pytest.approx(expected, abs=0.002), name


def test_a_word_finds_names_titles_and_subjects(base_case: Case) -> None:
    for word in ("agent", "AGENT"):
        found = list_assumptions(base_case, FEW, text=word)
        assert {"tasks_per_seat_day", "agent_penetration"} <= {row.assumption for row in found.rows}
    with pytest.raises(InputError, match="Did you mean tasks_per_seat_day"):
        list_assumptions(base_case, FEW, text="tasks_per_seat_dya")


def test_one_driver_is_shown_with_its_evidence_beliefs_and_readers(base_case: Case) -> None:
    found = show_assumption(base_case, FEW, name="agent_penetration")
    assert [row.period for row in found.rows] == [str(year) for year in range(2022, 2029)]
    assert [row.series_id for row in found.evidence] == ["gartner_apps_with_agents"]
    assert found.evidence[0].qualifier == "lt"
    beliefs = {row.belief: row.stated.points.p50 for row in found.assumed}
    driver = base_case.inputs.drivers["agent_penetration"]
    assert driver.saturation is not None
    assert beliefs["saturation"] == dict(driver.saturation.quantiles)[0.5]
    assert {"assumed, end of 2025", "assumed, end of 2026"} <= set(beliefs)
    for reader in found.readers:
        assert "agent_penetration" in model_graph().nodes[reader.equation].needs
    assert found.readers


def test_a_constant_of_money_is_shown_as_it_is_stated(base_case: Case) -> None:
    (depth,) = show_assumption(base_case, FEW, name="bust_depth").rows
    assert (depth.kind, depth.subject, depth.unit) == ("constant", "money", "log")
    assert (depth.prior.p10, depth.prior.p50, depth.prior.p90) == (0.46, 0.7, 0.94)
    assert depth.conditioned == depth.prior
    cash = show_assumption(base_case, FEW, name="operating_cash_flow")
    assert (cash.rows[0].prior.p10, cash.rows[0].prior.p90) == (603e9, 603e9)
    assert (cash.readers, cash.influence) == ((), {})
    with pytest.raises(InputError, match="a constant of the money group"):
        parse_settings(["bust_depth=0.5"], base_case.inputs, "command line")


def test_correlations_are_shown_on_both_sides(base_case: Case) -> None:
    stated = base_case.inputs.correlations[0]
    for name, other in ((stated.first, stated.second), (stated.second, stated.first)):
        found = show_assumption(base_case, FEW, name=name)
        assert (other, stated.rank_correlation) in {
            (row.other, row.rank_correlation) for row in found.correlations
        }


def test_checking_names_what_is_missing_and_what_nothing_reads(base_case: Case) -> None:
    assert sum(row.count for row in check_assumptions(base_case).rows) > 400
    inputs = base_case.inputs
    changed = dict(inputs.assumptions)
    stray = changed.pop("duty")
    changed["never_read"] = replace(stray, name="never_read")
    with pytest.raises(InputError) as caught:
        check_assumptions(replace(base_case, inputs=replace(inputs, assumptions=changed)))
    assert {problem.subject for problem in caught.value.problems} == {"duty", "never_read"}


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    """Return a copy of the built-in inputs, to change."""
    for name in ("assumptions", "data"):
        shutil.copytree(input_folder(None, name), tmp_path / name)
    return tmp_path


def edit(path: Path, name: str, old: str, new: str) -> None:
    """Replace text inside one entry of a YAML file."""
    text = path.read_text(encoding="utf-8")
    start = text.index(f"\n{name}:")
    at = text.index(old, start)
    path.write_text(text[:at] + new + text[at + len(old) :], encoding="utf-8")


def test_a_copy_differs_in_nothing_and_each_change_is_one_row(workspace: Path) -> None:
    assert differences(load_case(workspace)).rows == ()
    edit(
        workspace / "assumptions/base/revenue.yaml", "always_on_revenue", "p50: 2_200", "p50: 2400"
    )
    edit(workspace / "assumptions/drivers.yaml", "weekly_users", "p50: 1700M", "p50: 1800M")
    edit(workspace / "assumptions/targets.yaml", "chatgpt_messages", "error: 0.12", "error: 0.2")
    (workspace / "assumptions/scenarios/grid-bound.yaml").unlink()
    observed = workspace / "data/observations/usage.csv"
    observed.write_text(observed.read_text(encoding="utf-8").rstrip().rpartition("\n")[0] + "\n")
    said = workspace / "data/guidance.csv"
    said.write_text(said.read_text(encoding="utf-8").rstrip().rpartition("\n")[0] + "\n")
    rows = differences(load_case(workspace)).rows
    found = {(row.kind, row.name, row.field): row for row in rows}
    assert set(found) >= {
        ("assumption", "always_on_revenue", "belief"),
        ("driver", "weekly_users", "saturation"),
        ("target", "chatgpt_messages", "error"),
        ("scenario", "grid-bound", "whole"),
    }
    assert len(found) == 6
    belief = found["assumption", "always_on_revenue", "belief"]
    assert (belief.base_points.p50, belief.now_points.p50) == (2200.0, 2400.0)
    assert (belief.base_points.p10, belief.now_points.p10) == (1500.0, 1500.0)
    target = found["target", "chatgpt_messages", "error"]
    assert (target.base, target.now) == ("0.12", "0.2")
    for kind in ("observations", "guidance"):
        (removed,) = (row for row in rows if row.kind == kind)
        assert removed.field == "1 removed"


def test_a_setting_is_shown_by_the_draws_it_changes(base_case: Case) -> None:
    texts = ["agent_penetration@2028=25%", "spending_response=x2"]
    changed = replace(base_case, settings=parse_settings(texts, base_case.inputs, "command line"))
    bent, scaled = differences(changed, FEW).rows
    assert bent.now_points.p50 == pytest.approx(0.25, rel=1e-6)
    assert bent.base_points.p50 is not None
    assert bent.base_points.p50 > 0.3
    assert in_order(scaled.now_points) == pytest.approx(2.0 * in_order(scaled.base_points))
    assert scaled.base_points.p50 == pytest.approx(0.65, rel=0.1)


def in_order(points: Points) -> np.ndarray:
    return np.array([points.p10, points.p50, points.p90], dtype=float)
