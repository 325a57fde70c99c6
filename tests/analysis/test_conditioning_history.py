"""The conditioned ensemble of the base case: what it learns, what it reports, what it warns of."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr

from forecast.ensemble.prior import variables
from forecast.ensemble.replicates import replicates
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.draws.draws import SHOCKS, Ensemble, pack, unpack
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.ensemble import build_ensemble
from forecast.world.timeline import Timeline

pytestmark = pytest.mark.slow
FEW = RunOptions(draws=256, use_cache=False)


def test_targets_are_met_better_than_before(base_ensemble: Ensemble, base_case: Case) -> None:
    rows = base_ensemble.learnt.targets
    assert {row.target for row in rows} == {each.name for each in base_case.inputs.targets}
    exact = [row for row in rows if not row.bound]
    before = [abs(np.log(row.prior.p50 / row.observed)) for row in exact]
    after = [abs(np.log(row.modelled.p50 / row.observed)) for row in exact]
    assert np.mean(after) < 0.7 * np.mean(before)
    assert sum(abs(row.misfit) > 3.0 for row in rows) == 0
    assert all(row.modelled.p10 < row.modelled.p50 < row.modelled.p90 for row in exact)


def test_conditioning_narrows_what_data_speak_of(base_ensemble: Ensemble, base_case: Case) -> None:
    rows = {row.assumption: row for row in base_ensemble.learnt.beliefs}
    assert list(rows) == [each.name for each in variables(base_case.inputs.assumptions)]
    # messages a day are observed against users; nothing observed speaks of margins
    assert rows["requests_per_user_day"].spread < 0.8
    assert rows["agent_cost_share@2025.38"].spread < 0.9
    for name in ("required_margin", "cost_of_capital", "operations_share"):
        assert rows[name].spread == pytest.approx(1.0, abs=0.05)
        assert rows[name].shift == pytest.approx(0.0, abs=0.2)
    spread = np.std(base_ensemble.normals, axis=1)
    assert [row.spread for row in rows.values()] == pytest.approx(spread, rel=0.15)


def test_the_prior_is_left_as_drawn(base_case: Case, base_grid: Timeline) -> None:
    prior = build_ensemble(base_case, base_grid, FEW, prior=True)
    # In each replicate every variable has one value in each of as many equally likely strata.
    for mine in replicates(256):
        shares = np.sort(ndtr(prior.normals[:, mine]), axis=1)
        each = shares.shape[1]
        assert np.array_equal(np.floor(shares * each), np.tile(np.arange(each), (len(shares), 1)))
    assert prior.learnt.targets == ()


def test_a_target_that_leaves_no_spread_is_warned_of(base_case: Case, base_grid: Timeline) -> None:
    inputs = base_case.inputs
    serving = next(each for each in inputs.targets if each.name == "openai_serving_2024")
    sharp = replace(
        serving,
        quantity="us_electricity_generated",
        unit="Wh",
        values=(1.1e15,),
        periods=("2024Q4",),
        error=1e-5,
    )
    rigid = inputs.assumptions | {
        "us_electricity": replace(inputs.assumptions["us_electricity"], persistence=1.0)
    }
    changed = replace(inputs, targets=(sharp,), assumptions=rigid, sha256="sharp")
    case = replace(base_case, inputs=changed)
    (warning,) = build_ensemble(case, base_grid, FEW).learnt.warnings
    assert warning.startswith("conditioning left almost no spread in us_electricity@")
    assert build_ensemble(base_case, base_grid, FEW).learnt.warnings == ()


def test_a_packed_ensemble_comes_back_to_the_bit(base_ensemble: Ensemble) -> None:
    found = unpack(pack(base_ensemble))
    assert found.from_cache
    assert found.learnt == base_ensemble.learnt
    assert np.array_equal(found.normals, base_ensemble.normals)
    for kept, packed in (
        (base_ensemble.paths, found.paths),
        (base_ensemble.shocks, found.shocks),
        (base_ensemble.references, found.references),
    ):
        assert kept.keys() == packed.keys()
        assert all(np.array_equal(kept[name], packed[name]) for name in kept)


def test_shocks_start_where_the_history_ends(base_ensemble: Ensemble, base_grid: Timeline) -> None:
    columns = np.arange(base_grid.size)
    # laboratories report a quarter ahead of vendors, when those guide
    first = dict.fromkeys(SHOCKS, base_grid.history) | {"revenue_shock": base_grid.vendor}
    for name, known in first.items():
        walk = base_ensemble.shocks[name]
        ahead = np.sqrt(np.maximum(columns - (known - 1), 0) / 4.0)
        assert np.all(walk[:, :known] == 0.0)
        # a random walk spreads by the root of the years ahead; 512 draws know it within a tenth
        assert walk.std(axis=0) == pytest.approx(ahead, rel=0.12)


def test_what_lowers_money_comes_beside_the_paths(base_ensemble: Ensemble) -> None:
    assert base_ensemble.shocks.keys() == {*SHOCKS, *MONEY_STATE}
    factor, hazard, uniform, depth, cash_flow = (base_ensemble.shocks[name] for name in MONEY_STATE)
    known = quarter("2026Q1") - FIRST_QUARTER
    assert np.all(factor[:, :known] == 0.0)
    assert np.all(hazard[:, :known] == 0.0)
    assert hazard.max() < 0.2
    assert uniform[:, known:].mean() == pytest.approx(0.5, abs=0.02)
    fallen = np.cumsum(uniform < hazard, axis=1)[:, :-3] > 0
    assert fallen.any()
    assert np.all(factor[:, 3:][fallen] <= -depth[:, 3:][fallen])
    in_2025 = quarter("2025Q2") - FIRST_QUARTER
    assert np.median(cash_flow[:, in_2025]) == pytest.approx(np.log(603e9), abs=0.03)
