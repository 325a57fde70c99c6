"""Moving one thing alone: to the bit what full runs give, and where bars must end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.sensitivity import factors as moving
from forecast.analysis.sensitivity.factors import Factor, factors
from forecast.analysis.sensitivity.sensitivity import sensitivity
from forecast.analysis.sensitivity.tornado import tornado
from forecast.analysis.sensitivity.two_way import evenly_ranked, two_way
from forecast.beliefs import Array
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.report.formats.machine import render_json
from forecast.result import PERCENTILES
from forecast.world import evaluate as evaluation
from forecast.world.case import Case
from forecast.world.draws import Ensemble, first_draws
from forecast.world.evaluate import evaluate, evaluate_moved, model_graph
from forecast.world.metrics import metric_meanings
from forecast.world.samples import sample
from forecast.world.timeline import Timeline

Settings = Callable[..., Case]


@pytest.fixture(autouse=True)
def small_ensemble(monkeypatch: pytest.MonkeyPatch, base_ensemble: Ensemble) -> None:
    """Let every question stand on the small ensemble of the tests."""
    monkeypatch.setattr(moving, "build_ensemble", lambda *_, **__: base_ensemble)


@pytest.fixture
def under(base_case: Case) -> Settings:
    """Return a function that gives the base case under settings as a person writes them."""

    def case(*texts: str) -> Case:
        settings = parse_settings(texts, base_case.inputs, "command line")
        return replace(base_case, settings=settings)

    return case


def question(case: Case, metric: str, period: str = "2028") -> moving.Question:
    """Return the question of what moves a metric."""
    return moving.ask(case, metric, period, draws=512, seed=1, through="2028")


def test_each_move_is_to_the_bit_what_a_full_run_gives(
    base_case: Case, base_grid: Timeline, base_ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs, few = base_case.inputs, first_draws(base_ensemble, 48)
    asked = question(base_case, "inference_spend_share")
    ends = [{f.name: moving.quantile_paths(asked, f.name, [90.0])[0]} for f in factors(inputs)]
    wanted = {"inference_share", "chip_spend", "inference_spend_share", "cost_per_query"}

    def pick(values: dict[str, Array]) -> Array:
        return np.sum([np.log1p(values[name]) for name in sorted(wanted)], axis=0)[:, 27]

    monkeypatch.setattr(evaluation, "BLOCK", 20)
    moved = evaluate_moved(
        inputs, few, base_grid, wanted, ends, lambda values: {"all": pick(values)}
    )
    found = [each["all"] for each in moved]
    monkeypatch.setattr(evaluation, "BLOCK", 2048)
    np.testing.assert_array_equal(found[0], pick(evaluate(inputs, few, base_grid, wanted)))
    for row, end in zip(found[1:], ends, strict=True):
        full = {name: np.repeat(path, 48, axis=0) for name, path in end.items()}
        again = evaluate(inputs, few, base_grid, wanted, changed=full)
        np.testing.assert_array_equal(row, pick(again), err_msg=str(list(end)))
    assert len({row.tobytes() for row in found}) > 100  # most of them move something


@pytest.mark.parametrize("period", ["2026", "2028Q2"])
def test_quarters_after_the_period_change_nothing(
    period: str, base_case: Case, base_grid: Timeline, base_ensemble: Ensemble
) -> None:
    inputs, few = base_case.inputs, first_draws(base_ensemble, 48)
    names = [name for name, each in metric_meanings(inputs).items() if each.kind != "event"]
    whole = sample(inputs, few, base_grid, names, changed={})
    uncut = []
    for name in names:
        asked = replace(question(base_case, name, period), ensemble=few)
        np.testing.assert_array_equal(asked.after([])[0], whole.at(name, period), err_msg=name)
        if asked.timeline.size == base_grid.size:
            uncut.append(name)
    assert "inference_spend_share" in uncut
    assert "inference_share" not in uncut
    cut = replace(base_grid, size=base_grid.vendor + 2)
    share = evaluate(inputs, few, cut, ["inference_spend_share"])["inference_spend_share"][:, -1]
    ahead = evaluate(inputs, few, base_grid, ["inference_spend_share"])["inference_spend_share"]
    assert not np.array_equal(share, ahead[:, cut.size - 1])  # it does look ahead


def test_a_bar_is_the_median_of_a_run_at_its_ends(
    base_case: Case, base_grid: Timeline, base_ensemble: Ensemble
) -> None:
    rows = {row["assumption"]: row for row in sensitivity(base_case, draws=512).rows}
    row = rows["tokens_per_task"]
    own = evaluate_own(base_case, base_ensemble, base_grid, "tokens_per_task")
    for end, percentile in (("low", 10.0), ("high", 90.0)):
        value = np.percentile(own, percentile)
        assert row[f"{end}_value"] == pytest.approx(value, rel=0.02)
        changed = {"tokens_per_task": np.full((512, 1), row[f"{end}_value"])}
        again = sample(
            base_case.inputs, base_ensemble, base_grid, ["inference_share"], changed=changed
        )
        median = np.median(again.at("inference_share", "2028"))
        assert row[f"metric_{end}"] == pytest.approx(median, rel=1e-6)
    assert row["metric_low"] < row["metric_p50"] < row["metric_high"]
    assert rows["frontier_run_flop"]["metric_low"] > rows["frontier_run_flop"]["metric_high"]


def evaluate_own(case: Case, ensemble: Ensemble, timeline: Timeline, name: str) -> Array:
    """Return an assumption's draws, (draws,)."""
    values = evaluation.block_values(case.inputs, ensemble, timeline, slice(0, 512), {}, {name})
    return np.asarray(values[name][:, 0])


def test_a_driver_asked_about_is_moved_by_itself_alone(base_case: Case) -> None:
    rows = sensitivity(base_case, metric="hyperscaler_capex", period="2027", draws=512).rows
    first, *others = rows
    assert first["assumption"] == "hyperscaler_capex"
    assert first["metric_low"] == pytest.approx(first["low_value"], rel=1e-9)
    assert first["metric_high"] == pytest.approx(first["high_value"], rel=1e-9)
    assert first["probability_up"] == 1.0
    assert {row["swing"] for row in others} == {0.0}
    assert all(row["is_noise"] and not row["reaches"] for row in others)


def test_rows_come_longest_first_and_fit_their_ends(base_case: Case) -> None:
    rows = sensitivity(base_case, metric="chip_spend", draws=512).rows
    swings = [row["swing"] for row in rows]
    assert swings == sorted(swings, reverse=True)
    assert {row["assumption"] for row in rows} == {each.name for each in factors(base_case.inputs)}
    for row in rows:
        gap = abs(row["metric_high"] - row["metric_low"])
        assert row["swing"] == pytest.approx(gap, abs=1e-8 * row["metric_p50"])
        assert row["low_value"] <= row["high_value"]
        assert row["swing_p10"] <= row["swing_p90"]


def test_everything_as_one_group_ends_at_the_percentiles_of_the_metric(base_case: Case) -> None:
    asked = question(base_case, "inference_share")
    keys = tuple(key for each in factors(base_case.inputs) for key in each.keys)
    (((row,), metric),) = tornado([asked], [Factor("all", "all", "", "all", keys)])
    for end, percentile in (("low", 10.0), ("high", 90.0)):
        near = np.percentile(metric, (percentile - 3.0, percentile + 3.0))
        assert near[0] <= row[f"metric_{end}"] <= near[1]


def test_groups_are_the_files_of_the_assumptions_and_the_drivers(base_case: Case) -> None:
    rows = sensitivity(base_case, draws=512, group=True).rows
    subjects = {each.subject for each in base_case.inputs.assumptions.values()}
    assert {row["assumption"] for row in rows} == {*subjects, "drivers", "discrepancy"}
    # A small effect may turn round where everything else is not at its median.
    clear = [row for row in rows if row["swing"] > 0.1 * rows[0]["swing"]]
    assert len(clear) > 4
    assert all(row["metric_low"] < row["metric_high"] for row in clear)


def test_what_a_setting_fixes_has_no_bar_and_moves_the_base(
    base_case: Case, under: Settings
) -> None:
    plain = sensitivity(base_case, draws=512)
    fixed = sensitivity(under("tokens_per_task=5M"), draws=512)
    row = next(row for row in fixed.rows if row["assumption"] == "tokens_per_task")
    assert (row["swing"], row["low_value"]) == (0.0, 5e6)
    assert fixed.extra["base"]["p50"] > plain.extra["base"]["p50"]


def test_two_keys_move_together_as_a_run_with_both(
    base_case: Case, base_grid: Timeline, base_ensemble: Ensemble
) -> None:
    keys = ("tokens_per_task", "agent_penetration")
    result = two_way(base_case, keys, draws=512)
    assert len(result.rows) == len(PERCENTILES) ** 2
    row = result.rows[-1]
    assert (row["first_percentile"], row["second_percentile"]) == (95, 95)
    paths = moving.quantile_paths(question(base_case, "inference_spend_share"), keys[1], [95.0])
    changed = {keys[0]: np.full((512, 1), row["first_value"]), keys[1]: np.repeat(paths[0], 512, 0)}
    again = sample(base_case.inputs, base_ensemble, base_grid, ["inference_share"], changed=changed)
    assert row["p50"] == pytest.approx(np.median(again.at("inference_share", "2028")), rel=1e-6)
    assert row["second_value"] == pytest.approx(paths[0][0, base_grid.horizon - 1])


def test_neither_blocks_nor_threads_change_a_byte(
    base_case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text() -> str:
        bars = sensitivity(base_case, metric="chip_spend", group=True)
        return render_json(bars) + render_json(sensitivity(base_case, method="sobol", group=True))

    before = text()
    monkeypatch.setattr(evaluation, "BLOCK", 100)
    monkeypatch.setattr(evaluation, "THREADS", 1)
    assert text() == before


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=200), st.integers(4, 300))
def test_draws_taken_evenly_by_rank_are_spread_over_all(values: list[float], size: int) -> None:
    metric = np.array(values)
    chosen = evenly_ranked(metric, size)
    assert len(set(chosen.tolist())) == len(chosen) == min(size, len(values))
    assert np.all(np.diff(metric[chosen]) >= 0.0)
    ranks = np.searchsorted(np.sort(metric), metric[chosen], side="right")
    shares = np.arange(len(chosen)) / len(chosen) * len(values)
    assert np.all(ranks > shares)  # one from each equal share of the ranks, ties counted up
    assert evenly_ranked(np.arange(8.0)[::-1], 4).tolist() == [6, 4, 2, 0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"metric": "inference_shar"}, ["Did you mean inference_share"]),
        ({"metric": "crossover"}, ["an event"]),
        ({"period": "2040"}, ["--through"]),
        ({"method": "sobl", "period": "x"}, ["Did you mean sobol", "neither a year"]),
        ({"method": "given-data", "group": True}, ["no one value"]),
    ],
)
def test_bad_questions_are_refused_with_all_that_is_wrong(
    asked: dict[str, object], said: list[str], base_case: Case
) -> None:
    with pytest.raises(InputError) as refused:
        sensitivity(base_case, draws=512, **asked)  # type: ignore[arg-type]
    for part in said:
        assert part in str(refused.value)


def test_a_grid_needs_two_known_keys_with_a_range(base_case: Case, under: Settings) -> None:
    for keys, said in (
        (("tokens_per_tas", "inference_shock"), ["Did you mean tokens_per_task", "inference_sh"]),
        (("duty", "duty"), ["one key twice"]),
    ):
        with pytest.raises(InputError) as refused:
            two_way(base_case, keys, draws=512)
        for part in said:
            assert part in str(refused.value)
    with pytest.raises(InputError, match="a fixed value"):
        two_way(under("duty=0.9"), ("duty", "chip_life"), draws=512)


def test_what_looks_ahead_is_an_equation() -> None:
    assert set(model_graph().nodes) >= moving.LOOKING_AHEAD
