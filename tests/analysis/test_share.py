"""The share taken apart: what is left out, held elsewhere and audited, and vintages by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from built_in import INPUTS

from forecast.analysis.share.apart import (
    SHARE,
    audit,
    ground,
    held,
    institution,
    levers,
    without_groups,
)
from forecast.analysis.share.vintages import (
    BELIEFS,
    Beliefs,
    Vintage,
    day_by_day,
    read,
    stability,
    written,
)
from forecast.beliefs import NORMAL_P90
from forecast.result import Quantiles, RunOptions
from forecast.world.case import Case

CASE = Case(INPUTS, None, (), (), None)


def vintage(day: date, beliefs: Beliefs, median: float, spread: float) -> Vintage:
    levels = tuple(median + spread * z for z in (-1.96, -1.645, -1.282, -0.674, 0.0, 0.674, 1.282,
                                                 1.645, 1.96))  # fmt: skip
    return Vintage(day, beliefs, SHARE, "2028", "share", Quantiles(levels), spread**2)


FOUND = [
    vintage(date(2024, 6, 30), "then", 0.90, 0.30),
    vintage(date(2024, 6, 30), "today", 0.30, 0.25),
    vintage(date(2024, 12, 31), "then", 0.50, 0.40),
    vintage(date(2024, 12, 31), "today", 0.60, 0.20),
    vintage(date(2025, 6, 30), "then", 0.53, 0.30),
    vintage(date(2025, 6, 30), "today", 0.58, 0.19),
    vintage(date(2026, 11, 1), "today", 0.57, 0.16),
]


def test_steps_are_squared_from_the_end_of_2024_and_only_evidence_narrows() -> None:
    """By hand: then 50, 53, 57 and today 60, 58, 57 per cent; variance from 400 to 256 points²."""
    then, today = (stability(FOUND, beliefs) for beliefs in BELIEFS)
    assert then.steps == pytest.approx(3.0**2 + 4.0**2)
    assert today.steps == pytest.approx(2.0**2 + 1.0**2)
    assert then.fall == today.fall == pytest.approx(400.0 - 256.0)
    assert then.allowed == pytest.approx(1.5 * 144.0 + 36.0)


def test_the_newest_day_stands_in_both_series_and_vintages_are_read_back() -> None:
    assert [each.day.year for each in day_by_day(FOUND, SHARE, "then")] == [2024, 2024, 2025, 2026]
    assert read(written(FOUND)) == FOUND


def test_an_institution_holds_all_origins_that_bear_its_name() -> None:
    origins = {target.origin for target in INPUTS.targets}
    epoch = {each for each in origins if institution(each) == "Epoch AI"}
    assert len(epoch) > 2
    assert len({institution(each) for each in origins}) < len(origins)
    assert institution("McKinsey") == "McKinsey"


def test_a_belief_is_held_at_each_knots_own_percentile() -> None:
    moved = held(INPUTS, {"google_research": 1, "lab_research_ratio": -1}, NORMAL_P90)
    for name, share in (("google_research", 0.9), ("lab_research_ratio", 0.1)):
        before, after = INPUTS.assumptions[name].knots, moved.assumptions[name].knots
        assert len(before) == len(after) > 2
        for was, now in zip(before, after, strict=True):
            ((_, value),) = now.belief.quantiles
            assert value == pytest.approx(dict(was.belief.quantiles)[share], rel=1e-4)
    rest = INPUTS.assumptions.keys() - {"google_research", "lab_research_ratio"}
    assert all(moved.assumptions[name] is INPUTS.assumptions[name] for name in rest)


def test_every_belief_that_is_held_is_one() -> None:
    named = {name for signs in levers(INPUTS).values() for name in signs}
    assert named <= INPUTS.assumptions.keys()
    weights = levers(INPUTS)["owners' weights: four companies against others"]
    assert {1, -1} == set(weights.values())


@pytest.mark.slow
def test_audits_narrow_the_share_and_without_data_it_is_the_prior() -> None:
    start = ground(CASE, RunOptions(draws=1024))
    base = start.again()
    found = audit(start, base)
    assert 0.0 < found.after < 0.7 * found.before
    assert found.cut == pytest.approx(1.0 - found.after / found.before)
    (opinions, _), (every, nothing) = without_groups(start)
    assert 0 < opinions < every == len(start.data)
    prior = start.looked_at(start.prior).at(SHARE, "2028")
    assert nothing.share.p50 == pytest.approx(np.median(prior))
    # what is left out moves nothing if it says nothing
    mute = tuple(
        replace(datum, error=1e6) if datum.origin == "Gartner" else datum for datum in start.data
    )
    kept = start.again(stays=lambda datum: datum.origin != "Gartner").at(SHARE, "2028")
    muted = replace(start, data=mute).again().at(SHARE, "2028")
    assert np.median(muted) == pytest.approx(np.median(kept), abs=0.01)
