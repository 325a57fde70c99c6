"""Families fitted to one series at a time: two overlapping waves, and trend with seasons."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import fit_series
from forecast.curves.single.single_series import ALONE, pooled
from forecast.curves.single.two_logistic import FEWEST
from forecast.curves.textbook.formulas import FORMULAS
from forecast.result import Result

# A wave of 30 about 1992 and one of 50 about 2007.
WAVES = np.array([[30.0, 9.0, 0.75, 50.0, 14.85, 0.55]])
YEARS = np.arange(1980, 2011)


def wavy(years: np.ndarray) -> np.ndarray:
    return FORMULAS["two_logistic_waves"].value(years - 1980.0, WAVES)[0]


def figures(first: int, values: np.ndarray) -> dict[str, float]:
    return {str(first + index): float(value) for index, value in enumerate(values)}


def ends(result: Result, name: str = "p50") -> np.ndarray:
    return np.array([row[name] for row in result.rows])


def test_a_second_wave_is_seen_to_its_end() -> None:
    noise = np.exp(0.01 * np.random.default_rng(2).standard_normal(len(YEARS)))
    result = fit_series(
        figures(1980, wavy(YEARS) * noise), horizon=8, families=["two_logistic_waves"]
    )
    truth = wavy(np.arange(2011.0, 2019.0))
    assert ends(result) == pytest.approx(truth, rel=0.06)
    assert (ends(result, "p2_5") < truth).all()
    assert (truth < ends(result, "p97_5")).all()
    (fit,) = result.extra["fits"]
    saturation = fit["parameters"]["saturation"]
    assert saturation["p10"] < 80.0 < saturation["p90"]
    assert fit["parameters"]["inflection"]["p50"] == pytest.approx(1980 + 1 + 27.0, abs=1.0)


@pytest.mark.parametrize(("season", "stamp"), [(4, "{}Q{}"), (12, "{}-{:02d}")])
def test_seasons_come_back(season: int, stamp: str) -> None:
    count = 6 * season
    turn = 0.3 * np.sin(2.0 * np.pi * np.arange(count + season) / season)
    noise = 0.01 * np.random.default_rng(4).standard_normal(count + season)
    level = np.exp(0.1 / season * np.arange(count + season) + turn + noise)
    days = [stamp.format(2015 + index // season, index % season + 1) for index in range(count)]
    series = dict(zip(days, level[:count].tolist(), strict=True))
    result = fit_series(series, horizon=season, families=["structural"])
    assert ends(result) == pytest.approx(level[count:], rel=0.08)
    inside = (ends(result, "p5") < level[count:]) & (level[count:] < ends(result, "p95"))
    assert inside.mean() > 0.7
    assert result.extra["fits"][0]["diagnostics"]["season"] == season


@pytest.mark.parametrize("name", ALONE)
def test_too_short_a_series_falls_back_and_says_so(name: str) -> None:
    result = fit_series(figures(2015, np.array([1.0, 2.0, 4.0, 7.0])), horizon=2, families=[name])
    (fit,) = result.extra["fits"]
    assert fit["family"] == ALONE[name].instead
    assert any(f"tell {name}, so {fit['family']} in its place" in said for said in result.warnings)


@pytest.mark.parametrize("name", ALONE)
@settings(max_examples=8, deadline=None)
@given(
    values=st.lists(st.floats(1e-4, 1.0), min_size=FEWEST, max_size=16),
    is_share=st.booleans(),
)
def test_bands_are_ordered_widen_and_keep_their_bounds(
    name: str, values: list[float], is_share: bool
) -> None:
    ceiling = 1.0 if is_share else None
    result = fit_series(
        figures(2000, np.array(values)), horizon=12, ceiling=ceiling, families=[name]
    )
    found = np.array([[value for key, value in row.items() if key[0] == "p"][1:]
                      for row in result.rows], dtype=float)  # fmt: skip
    assert np.isfinite(found).all()
    assert (np.diff(found, axis=1) >= 0.0).all()
    assert (found >= 0.0).all()
    assert (found <= (ceiling or np.inf)).all()
    width = np.log(ends(result, "p90") / ends(result, "p10"))
    assert is_share or width[-1] > width[0] > 0.0


def test_families_fitted_together_and_alone_weigh_alike() -> None:
    families = ["logistic", "gompertz", "two_logistic_waves"]
    result = fit_series(figures(1980, wavy(YEARS)), horizon=3, families=families)
    weights = {fit["family"]: fit["weight"] for fit in result.extra["fits"]}
    assert set(weights) == set(families)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert weights["two_logistic_waves"] == pytest.approx(1.0 / 3.0)


def test_pooling_levels_keeps_each_part_and_shares_meet_in_logits() -> None:
    low, high = np.full((1, 50), 0.1), np.full((1, 200), 0.5)
    levels = pooled([low, high], np.array([0.25, 0.75]), "log")
    assert np.mean(levels == 0.1) == pytest.approx(0.25)
    odds = np.sqrt((0.1 / 0.9) * 1.0)
    shares = pooled([low, high], np.array([0.5, 0.5]), "logit")
    assert shares == pytest.approx(odds / (1.0 + odds))
