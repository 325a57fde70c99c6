"""Beliefs meet what is stated of them, in every scale, and rise with the normal variable."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.beliefs import belief_in_scale, into_scale, out_of_scale
from forecast.inputs.schema import Distribution
from forecast.units import Scale

P90 = 1.2815515655446004  # the standard normal's P90, from tables


def stated(*values: float) -> Distribution:
    """Return a belief of P10 and P90, or of P10, P50 and P90."""
    shares = (0.1, 0.9) if len(values) == 2 else (0.1, 0.5, 0.9)
    return Distribution("quantiles", tuple(zip(shares, values, strict=True)))


def at(belief: Distribution, scale: Scale, *z: float) -> np.ndarray:
    return out_of_scale(belief_in_scale(belief, np.array(z), scale), scale)


@pytest.mark.parametrize(
    ("scale", "values", "median"),
    [
        ("log", (4.0, 9.0), 6.0),
        ("log", (1.0, 10.0, 100.0), 10.0),
        ("log", (1.0, 3.0, 100.0), 3.0),
        ("logit", (0.2, 0.8), 0.5),
        ("logit", (0.05, 0.15, 0.40), 0.15),
        ("logit", (0.60, 0.97, 0.99), 0.97),
        ("linear", (-1.0, 5.0), 2.0),
        ("linear", (-0.6, -0.25, 0.1), -0.25),
        ("linear", (2026.95, 2027.25, 2027.7), 2027.25),
    ],
)
def test_stated_quantiles_are_met(scale: Scale, values: tuple[float, ...], median: float) -> None:
    found = at(stated(*values), scale, -P90, 0.0, P90)
    assert found == pytest.approx([values[0], median, values[-1]], rel=1e-12)


def test_two_quantiles_make_a_normal_distribution_in_the_scale() -> None:
    low, high = at(stated(4.0, 9.0), "log", -2.0 * P90, 2.0 * P90)
    assert (low, high) == pytest.approx((6.0 / 2.25, 6.0 * 2.25))
    # odds of 1/4 and 4 at the deciles: a further P90 brings odds of 16
    assert at(stated(0.2, 0.8), "logit", 2.0 * P90) == pytest.approx(16.0 / 17.0)


def test_tukey_g_by_hand() -> None:
    # 0, 1, 3: below 1, above 2, so g = ln 2 / P90 and T(z) = 1 + 2 (2^(z / P90) − 1)
    z = np.array([-20.0, -2.0, -1.0, 0.5, 2.0, 3.0]) * P90
    expected = [-1.0, -0.5, 0.0, 2.0 * np.sqrt(2.0) - 1.0, 7.0, 15.0]
    assert belief_in_scale(stated(0.0, 1.0, 3.0), z, "linear") == pytest.approx(expected, abs=5e-6)
    # mirrored: 0, 2, 3 is 3 less the same
    mirrored = belief_in_scale(stated(0.0, 2.0, 3.0), -z, "linear")
    assert mirrored == pytest.approx(3.0 - np.array(expected), abs=5e-6)


def test_a_named_distribution_is_read_through_its_quantiles() -> None:
    z = np.array([-2.0, 0.0, 1.5])
    lognormal = Distribution("scipy", name="lognorm", parameters=(("s", 0.5), ("scale", 10.0)))
    assert belief_in_scale(lognormal, z, "log") == pytest.approx(np.log(10.0) + 0.5 * z)
    uniform = Distribution("scipy", name="beta", parameters=(("a", 1.0), ("b", 1.0)))
    # the uniform share at z is the normal distribution function: 2.275%, 50%, 93.319%
    assert at(uniform, "logit", *z) == pytest.approx([0.0227501, 0.5, 0.9331928], abs=1e-7)


def test_a_point_is_the_same_in_every_draw() -> None:
    point = Distribution("point", ((0.5, 0.25),))
    assert at(point, "logit", -3.0, 0.0, 3.0) == pytest.approx([0.25, 0.25, 0.25])


@st.composite
def beliefs(draw: st.DrawFn) -> tuple[Scale, Distribution]:
    """Two or three quantiles with gaps in their scale that differ up to five hundredfold."""
    scale = draw(st.sampled_from(["log", "logit", "linear"]))
    low = draw(st.floats(-6.0, 3.0))
    gaps = draw(st.lists(st.floats(0.01, 5.0), min_size=1, max_size=2))
    return scale, stated(*out_of_scale(np.cumsum([low, *gaps]), scale).tolist())


@given(belief=beliefs(), z=st.lists(st.floats(-4.0, 4.0), min_size=2, max_size=8).map(sorted))
def test_a_belief_never_falls_and_a_share_stays_a_share(
    belief: tuple[Scale, Distribution], z: list[float]
) -> None:
    scale, distribution = belief
    values = belief_in_scale(distribution, np.array(z), scale)
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) >= 0.0)
    if scale == "logit":
        with np.errstate(over="ignore"):
            shares = out_of_scale(values, scale)
        assert np.all((shares >= 0.0) & (shares <= 1.0))


@given(share=st.floats(1e-9, 1.0 - 1e-9), level=st.floats(1e-12, 1e30))
def test_a_scale_is_left_as_it_was_entered(share: float, level: float) -> None:
    assert out_of_scale(into_scale(share, "logit"), "logit") == pytest.approx(share, rel=1e-9)
    assert out_of_scale(into_scale(level, "log"), "log") == pytest.approx(level, rel=1e-12)
