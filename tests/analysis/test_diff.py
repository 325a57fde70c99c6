"""What moved between two runs: parts that sum to the whole, whatever differs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.project import project
from forecast.analysis.runs import causes
from forecast.analysis.runs.causes import Compared, Step, Way
from forecast.analysis.runs.diff import Diff, Move, diff
from forecast.analysis.runs.kept_runs import KeptRun, new_run
from forecast.code_hash import code_sha256
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.inputs.schema import Distribution, Inputs
from forecast.report.characters.drawing import draw
from forecast.report.characters.terminal import plain
from forecast.report.pages.runs.diff_pages import diff_page
from forecast.result import PERCENTILES, Quantiles, RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.metrics import SUBJECTS
from forecast.world.rows import ChangeRow, MetricRow, ValueRow

pytestmark = pytest.mark.slow

AT = ("inference_share@2028", "chip_spend@2028")


def amounts(result: Diff, metric: str) -> dict[str, float]:
    """Return the parts of a metric's change by cause."""
    rows = [row for row in result.attribution if row.metric == metric]
    return {f"{row.part} {row.name}": row.amount for row in rows}


def move(result: Diff, metric: str) -> Move:
    """Return how a metric moved."""
    return next(each for each in result.moves if each.metric == metric)


def sums_hold(result: Diff) -> bool:
    """Whether the parts of every metric sum to its change, which is that of the figures kept."""
    for each in result.moves:
        whole = each.after.quantiles.p50 - each.before.quantiles.p50
        parts = amounts(result, each.metric).values()
        if each.change != whole or not np.isclose(sum(parts), whole, rtol=1e-9, atol=1e-15):
            return False
    return True


steps = st.integers(1, 6)
worth = st.floats(-1e3, 1e3)


def way_of(count: int, value: Any) -> Way:
    """Return a way of so many steps on which a set of steps is worth `value(set)`."""
    run = KeptRun(0, "", None, ())  # type: ignore[arg-type]
    compared = Compared(None, None, None)  # type: ignore[arg-type]
    taken = tuple(Step("inputs", f"{number}", "", "") for number in range(count))
    way = Way(run, run, (compared,), taken, None, use_cache=False)
    order = range(count)
    for cut in range(count + 1):
        for made in (frozenset(order[:cut]), frozenset(order[cut:])):
            way.known[made, False] = np.array([value(made)])
    return way


@given(st.data(), steps)
def test_parts_sum_to_the_whole_whatever_the_interactions(data: st.DataObject, count: int) -> None:
    seen: dict[frozenset[int], float] = {}

    def value(made: frozenset[int]) -> float:
        return seen.setdefault(made, data.draw(worth))

    parts = way_of(count, value).parts()
    whole = seen[frozenset(range(count))] - seen[frozenset()]
    assert parts.sum() == pytest.approx(whole, abs=1e-9)


@given(st.lists(worth, min_size=4, max_size=4))
def test_of_two_steps_each_gets_its_shapley_value(values: list[float]) -> None:
    none, first, second, both = values
    worths = {frozenset[int](): none, frozenset({0}): first, frozenset({1}): second}
    parts = way_of(2, lambda made: worths.get(made, both)).parts()[:, 0]
    assert parts[0] == pytest.approx((first - none + both - second) / 2.0)
    assert parts[1] == pytest.approx((second - none + both - first) / 2.0)


@given(st.lists(worth, min_size=2, max_size=5))
def test_steps_that_do_not_interact_get_what_they_do_and_idle_ones_nothing(
    effects: list[float],
) -> None:
    effects = [*effects, 0.0]
    parts = way_of(len(effects), lambda made: sum(effects[step] for step in made)).parts()
    assert parts[:, 0] == pytest.approx(effects, abs=1e-9)
    assert parts[-1, 0] == pytest.approx(0.0, abs=1e-9)


@pytest.fixture(scope="module")
def quick() -> Iterator[None]:
    """Worlds before history conditions them, which takes seconds each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(causes, "open_world", partial(open_world, prior=True))
        yield


def run_of(case: Case, seed: int = 1, draws: int = 128) -> KeptRun:
    """Return a run on the prior ensemble."""
    started = "2026-11-20T02:00:00Z"
    options = RunOptions(draws=draws, seed=seed, use_cache=False, started=started)
    yearly = project(case, options, metrics=(*SUBJECTS, "crossover"), prior=True)
    return new_run(case, "forecast", yearly.run, yearly.rows)


def with_medians(kept: KeptRun, factors: dict[str, float]) -> KeptRun:
    """Return a run whose medians are those of another times a factor by metric."""

    def changed(row: MetricRow) -> MetricRow:
        if not isinstance(row, ValueRow):
            return row
        points = list(row.quantiles.values)
        points[PERCENTILES.index(50)] *= factors.get(row.metric, 1.0)
        return replace(row, quantiles=Quantiles(tuple(points)))

    return replace(kept, rows=tuple(map(changed, kept.rows)))


@pytest.fixture(scope="module")
def before(base_case: Case) -> KeptRun:
    return run_of(base_case)


@pytest.fixture(scope="module")
def after_inputs(base_case: Case) -> Inputs:
    """The base inputs with another belief and one more observation."""
    inputs = base_case.inputs
    name = "unpaid_inference_level"
    belief = Distribution("quantiles", ((0.1, 2.0), (0.5, 2.5), (0.9, 3.0)))
    assumption = inputs.assumptions[name]
    knots = (replace(assumption.knots[0], belief=belief),)
    last = [row for row in inputs.observations if row.series_id == "btos_ai_use_new"][-1]
    day = date(2026, 11, 15)
    new = replace(last, period_end=day, published=day, value=0.3)
    return replace(
        inputs,
        assumptions={**inputs.assumptions, name: replace(assumption, knots=knots)},
        observations=(*inputs.observations, new),
        sha256="b" * 64,
    )


def test_nothing_differs_where_nothing_changed(before: KeptRun) -> None:
    result = diff(before, replace(before, number=2), workspace=None)
    assert result.identical
    assert [each.metric for each in result.moves] == list(SUBJECTS)
    assert all(each.change == 0.0 for each in result.moves)
    assert "Nothing changed" in plain(draw(diff_page(result), 80))


@pytest.mark.usefixtures("quick")
def test_every_cause_at_once_sums_to_the_whole(
    base_case: Case, before: KeptRun, after_inputs: Inputs
) -> None:
    settings = parse_settings(["agent_penetration@2028=20%"], after_inputs, "command line")
    case = replace(base_case, inputs=after_inputs, settings=settings)
    after = run_of(case, seed=2)
    # What the code of an earlier day found was off by a hundredth.
    share = {"inference_share": 0.99}
    old = replace(before.run, code_sha256="an earlier day's")
    result = diff(replace(with_medians(before, share), run=old), after, workspace=None)
    assert sums_hold(result)
    parts = amounts(result, "inference_share")
    assert list(parts) == [
        "observations btos_ai_use_new", "assumptions unpaid_inference_level",
        "settings scenarios and settings", "code forecast itself", "sampling sampling noise",
    ]  # fmt: skip
    median = move(result, "inference_share").before.quantiles.p50
    assert parts["code forecast itself"] == pytest.approx(median / 99.0)
    assert amounts(result, "chip_spend")["code forecast itself"] == pytest.approx(0.0)
    assert parts["assumptions unpaid_inference_level"] > 0.0
    assert parts["settings scenarios and settings"] < 0.0
    assert parts["sampling sampling noise"] != 0.0
    page = plain(draw(diff_page(result), 80))
    shown = "unpaid_inference_level: 1 ratio (0.65–1.55) → 2.5 ratio (2–3)"
    assert shown in " ".join(page.split())


@pytest.mark.usefixtures("quick")
def test_only_settings_differ_draw_by_draw(base_case: Case, before: KeptRun) -> None:
    settings = parse_settings(["agent_penetration@2028=20%"], base_case.inputs, "command line")
    after = run_of(replace(base_case, settings=settings))
    result = diff(before, after, workspace=None, metrics=AT)
    assert sums_hold(result)
    assert list(amounts(result, "inference_share")) == [
        "settings scenarios and settings",
        "sampling sampling noise",
    ]
    assert amounts(result, "inference_share")["sampling sampling noise"] == 0.0
    difference = move(result, "inference_share").difference
    assert isinstance(difference, ChangeRow)
    assert difference.probability_up < 0.35
    assert [each.metric for each in result.moves] == ["inference_share", "chip_spend"]


def test_another_seed_is_noise_and_nothing_else(base_case: Case, before: KeptRun) -> None:
    after = run_of(base_case, seed=7)
    result = diff(before, after, workspace=None)
    assert sums_hold(result)
    for metric in SUBJECTS:
        (part,) = [row for row in result.attribution if row.metric == metric]
        assert part.part == "sampling"
        # Five standard errors of two quantiles of 128 draws each.
        assert part.error is not None
        assert abs(part.amount) < 5.0 * part.error
    assert move(result, "inference_share").difference.probability_up is None


def test_another_code_on_the_same_inputs_is_the_code(before: KeptRun) -> None:
    assert before.run.code_sha256 == code_sha256()
    grown = with_medians(before, dict.fromkeys(SUBJECTS, 1.1))
    after = replace(grown, run=replace(before.run, code_sha256="new"))
    result = diff(before, after, workspace=None, metrics=AT)
    assert sums_hold(result)
    assert amounts(result, "chip_spend")["sampling sampling noise"] == 0.0
    assert amounts(result, "chip_spend")["code forecast itself"] > 0.0


def test_without_inputs_the_whole_has_one_cause_and_says_so(
    before: KeptRun, after_inputs: Inputs
) -> None:
    missing = replace(after_inputs, assumptions={})
    after = replace(before, run=replace(before.run, inputs_sha256="c"), given=missing)
    result = diff(before, after, workspace=None, metrics=AT)
    assert "causes cannot be told apart" in result.warnings[0]
    assert list(amounts(result, "chip_spend")) == ["inputs everything that differs"]


def test_what_was_not_kept_is_refused(before: KeptRun) -> None:
    asked = ("inference_share@2031", "inferense_share@2028", "tokens")
    with pytest.raises(InputError) as refused:
        diff(before, before, workspace=None, metrics=asked)
    assert len(refused.value.problems) == 3
    gone = replace(before, rows=(), given=None)
    with pytest.raises(InputError, match="kept no longer"):
        diff(gone, gone, workspace=None)
