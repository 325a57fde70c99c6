"""Draws by parts: the same as in memory, whatever the blocks and threads, and with an error that
says what conditioning fewer of them costs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.case_rows import case_rows, keys_of
from forecast.analysis.get.get import get
from forecast.analysis.project import project
from forecast.curves import evidence
from forecast.errors import InputError
from forecast.processors import copies
from forecast.result import RunOptions
from forecast.world import world
from forecast.world.case import Case, read_settings
from forecast.world.draws import division, parts
from forecast.world.draws.parts import Parts, open_parts
from forecast.world.draws.spill import Spill
from forecast.world.ensemble import open_world
from forecast.world.metrics import metric_meanings
from forecast.world.rows import ValueRow
from forecast.world.values import Key

OPTIONS = RunOptions(draws=1600, use_cache=False)
MEMBERS, PART = 1024, 512  # so that the draws are the members, a part, and the start of another
KEYS: list[Key] = [
    ("inference_share", "2028"),
    ("chip_spend", "2027Q2"),
    ("crossover", ""),
    ("inference_ahead", "2028"),
    ("binding_constraint", "2027"),
    ("chip_spend", "2027"),
    ("chip_spend", "2027", "silicon", "custom_asic"),
]


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    """Few members and small parts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(division, "MEMBERS", MEMBERS)
        patch.setattr(division, "PART", PART)
        yield


@pytest.fixture(scope="module")
def opened(small: None, base_case: Case) -> Parts:
    return open_parts(base_case, OPTIONS)


@pytest.fixture(scope="module")
def streamed(opened: Parts) -> Spill[Key]:
    taken = opened.take(KEYS)
    assert isinstance(taken, Spill)
    return taken


@pytest.fixture
def fitted(opened: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves are those that are fitted already."""
    assert opened.members
    fits = opened.members.fits
    monkeypatch.setattr(evidence, "fit_driver", lambda driver, _: fits[driver.name])


@pytest.mark.slow
@pytest.mark.usefixtures("fitted", "own_ensembles")
def test_parts_are_the_draws_that_are_conditioned_in_memory(
    streamed: Spill[Key], base_case: Case
) -> None:
    whole = open_world(base_case, OPTIONS)
    for key, draws in whole.take(KEYS).items():
        assert len(streamed[key]) == OPTIONS.draws
        assert streamed[key].tobytes() == draws.tobytes(), key
    # and so are what rows say of them
    meanings = [
        metric_meanings(base_case.inputs)[name] for name in ("inference_share", "crossover")
    ]
    taken = whole.take(keys_of(meanings, ["2028"]))
    of_both = [
        case_rows(base_case.inputs, whole.timeline, meanings, ["2028"], each)
        for each in (taken, streamed)
    ]
    assert of_both[0] == of_both[1]


@pytest.mark.slow
def test_neither_blocks_nor_copies_nor_threads_change_a_bit(
    streamed: Spill[Key], opened: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "BLOCK", 100)
    monkeypatch.setattr(copies, "cores", lambda: 1)
    other = opened.take(KEYS)
    assert all(other[key].tobytes() == streamed[key].tobytes() for key in KEYS)


@pytest.mark.slow
def test_fewer_draws_are_the_first_of_more_and_progress_is_told(opened: Parts) -> None:
    told: list[tuple[int, int]] = []
    fewer = replace(opened, draws=1100).take(KEYS[:1], lambda done, of: told.append((done, of)))
    assert told == [(1024, 1100), (1100, 1100)]
    # Part 1 follows part 0 with draws of its own.
    more = opened.take(KEYS[:1])[KEYS[0]]
    assert fewer[KEYS[0]].tobytes() == more[:1100].tobytes()
    assert not np.isin(more[1536:], more[1024:1536]).any()


@pytest.mark.slow
def test_a_setting_is_met_by_all_draws_and_questions_agree(
    opened: Parts, base_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "build_members", lambda *_, **__: opened.members)
    settings = read_settings(["agent_penetration@2028=30%"], base_case.inputs)
    case = replace(base_case, settings=settings)
    (row,) = project(case, OPTIONS, metrics=("agent_penetration",), by="year").rows[-1:]
    assert isinstance(row, ValueRow)
    assert row.quantiles.p50 == pytest.approx(0.3, abs=2e-3)
    assert get(case, OPTIONS, text="agent_penetration@2028").first == row


@pytest.mark.slow
@pytest.mark.usefixtures("fitted", "own_ensembles")
def test_fewer_members_agree_with_all_within_the_stated_error(
    base_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, metrics = replace(OPTIONS, draws=4096), ("inference_share", "ai_revenue", "chip_spend")
    found = []
    for members in (options.draws, 2048):
        monkeypatch.setattr(division, "MEMBERS", members)
        found.append(project(base_case, options, metrics=metrics))
    whole, by_parts = found
    assert by_parts.rows != whole.rows
    for one, other in zip(by_parts.rows, whole.rows, strict=True):
        assert isinstance(one, ValueRow)
        assert isinstance(other, ValueRow)
        error = np.hypot(one.mc_error, other.mc_error)
        assert abs(one.quantiles.p50 - other.quantiles.p50) <= 4.0 * error, one


class _Shape(NamedTuple):
    """Draws of each part, and the quarters of each key, 0 for none."""

    parts: list[int]
    quarters: list[int]


@given(
    st.builds(
        _Shape,
        st.lists(st.integers(1, 40), min_size=1, max_size=5),
        st.lists(st.integers(0, 4), min_size=1, max_size=4),
    )
)
def test_what_is_put_aside_comes_back_to_the_bit(shape: _Shape) -> None:
    rng = np.random.default_rng(sum(shape.parts))
    written = [
        {
            key: rng.standard_normal((draws, quarters) if quarters else draws)
            for key, quarters in enumerate(shape.quarters)
        }
        for draws in shape.parts
    ]
    spill: Spill[int] = Spill(range(len(shape.quarters)))
    for part in written:
        spill.append(part)
    for key in reversed(list(spill)):
        whole = np.concatenate([part[key] for part in written])
        assert spill[key].shape == whole.shape
        assert spill[key].tobytes() == whole.tobytes()


@pytest.mark.slow
def test_a_disk_without_room_is_said_before_any_part_is_drawn(
    opened: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage("/")._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda place: free)
    with pytest.raises(InputError, match="fewer draws or metrics, or TMPDIR"):
        replace(opened, draws=10**12).take(KEYS)
