"""The measured discrepancy: found where it is, not found where it is not, and what rests on it."""

from __future__ import annotations

from dataclasses import replace
from statistics import NormalDist

import numpy as np
import pytest
from built_in import INPUTS

from forecast.analysis.hindcast.basis import discrepancy_basis
from forecast.analysis.hindcast.discrepancy import IN_FORCE, measured_block
from forecast.analysis.hindcast.measured import kept_discrepancies, read, written
from forecast.analysis.hindcast.scoring.rows import HindcastRow
from forecast.inputs.schema import Assumption, Vintage
from forecast.periods import label, quarter
from forecast.result import PERCENTILES, Quantiles

KEPT = kept_discrepancies()
Z = np.array([NormalDist().inv_cdf(each / 100.0) for each in PERCENTILES])


def walks(size: float, origins: int) -> list[HindcastRow]:
    """Return forecasts of a level that stands still, bands 0.2 wide, from many origins, and what
    came: noise that the bands hold and a random walk that they do not."""
    rng = np.random.default_rng(5)
    rows = []
    for origin in range(quarter("1950Q1"), quarter("1950Q1") + origins):
        came = np.exp(0.2 * rng.standard_normal(8) + size * np.cumsum(rng.standard_normal(8)) / 2)
        rows += [
            HindcastRow(
                "model", "sales", "forecast", label(origin), ahead, label(origin + ahead), "USD",
                1e9 * value, "eq", Quantiles(tuple(1e9 * np.exp(0.2 * Z))),
            )
            for ahead, value in enumerate(came, start=1)
        ]  # fmt: skip
    return rows


@pytest.mark.parametrize("size", [0.0, 0.3, 0.85])
def test_a_random_walk_that_no_band_holds_is_found_and_nothing_where_there_is_none(
    size: float,
) -> None:
    found = measured_block("sales", walks(size, 240), quarter("2026Q4"), "")
    assert found.size == pytest.approx(size, abs=0.051)
    assert found.low <= found.size <= found.high
    assert found.held_after == pytest.approx(0.8, abs=0.03)
    assert found.helps is (size > 0.0)
    assert found.error_4 == pytest.approx(np.hypot(0.2, size), rel=0.15)
    assert found.spread_4 == pytest.approx(0.2)


def test_what_was_measured_is_written_down_of_these_inputs_and_read_back() -> None:
    assert {each.basis for each in KEPT} == {discrepancy_basis(INPUTS)}, "run make discrepancy"
    assert read(written(KEPT)) == KEPT


def test_the_basis_knows_the_beliefs_but_not_the_measured_one() -> None:
    def believing(name: str) -> str:
        other = replace(INPUTS.assumptions[name], knots=INPUTS.assumptions["capability"].knots)
        return discrepancy_basis(replace(INPUTS, assumptions={**INPUTS.assumptions, name: other}))

    assert believing("unexplained_revenue") == discrepancy_basis(INPUTS)
    assert believing("agent_cost_share") != discrepancy_basis(INPUTS)


@pytest.mark.parametrize(("block", "name"), IN_FORCE.items())
def test_assumptions_state_what_was_measured_and_earlier_days_what_was_then(
    block: str, name: str
) -> None:
    assumption = INPUTS.assumptions[name]
    measured = [each for each in KEPT if each.block == block]
    assert all(each.helps and each.assumption == name for each in measured)
    stated: list[Assumption | Vintage] = [*assumption.vintages, assumption]
    for said, found in zip(stated, measured, strict=True):
        (knot,) = said.knots
        low, middle, high = (value for _, value in knot.belief.quantiles)
        assert middle == pytest.approx(found.size)
        assert low < middle < high
        assert found.high <= high
        assert said.provenance.known_from.isoformat() >= found.known_through
