"""Moving one thing alone: to the bit what full runs give, and where bars must end."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import astuple, replace
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.analysis.sensitivity.factors import Factor, factors, quantile_paths
from forecast.analysis.sensitivity.given_data import given_data
from forecast.analysis.sensitivity.rows import BarRow
from forecast.analysis.sensitivity.sensitivity import Sensitivity, sensitivities, sensitivity
from forecast.analysis.sensitivity.sobol import sobol
from forecast.analysis.sensitivity.subject import LOOKING_AHEAD, Method, read_metrics, shortened
from forecast.analysis.sensitivity.tornado import _among_all, tornado
from forecast.analysis.sensitivity.two_way import STOPS, evenly_ranked, two_way
from forecast.codec import decode, encode
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.model.equations import model_graph
from forecast.result import RunOptions
from forecast.world import world as worlds
from forecast.world.case import Case
from forecast.world.metrics import MetricAt, metric_meanings
from forecast.world.world import World

FEW = RunOptions(draws=256, use_cache=False)
Settings = Callable[..., Case]


@pytest.fixture(scope="module")
def base_world(base_world: World) -> World:
    """The base case on as few draws as are asked about here."""
    return base_world.of_draws(slice(0, FEW.draws))


@pytest.fixture
def under(base_case: Case) -> Settings:
    """Return a function that gives the base case under settings as a person writes them."""

    def case(*texts: str) -> Case:
        settings = parse_settings(texts, base_case.inputs, "command line")
        return replace(base_case, settings=settings)

    return case


def asked(world: World, *metrics: str, period: str = "2028") -> list[MetricAt]:
    """Return metrics at a period."""
    return read_metrics(metrics, period, world.inputs, world.timeline, [])


def bars(
    world: World, metric: str, period: str = "2028", *, of: Collection[str] = ()
) -> list[BarRow]:
    """Return the tornado of a metric, with a bar for every factor or for those that are named."""
    chosen = [each for each in factors(world.inputs) if not of or each.name in of]
    ((rows, _),) = tornado(world, asked(world, metric, period=period), chosen)
    return rows


def test_each_move_is_to_the_bit_what_a_full_run_gives(
    base_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = base_world.of_draws(slice(0, 48))
    cut = shortened(few, asked(few, "inference_spend_share"))
    assert cut.timeline == few.timeline
    ends = [
        {each.name: quantile_paths(base_world, each.name, [90.0])[0]}
        for each in factors(few.inputs)
    ]
    metrics = ("inference_share", "chip_spend", "inference_spend_share", "cost_per_query")
    keys = [(name, "2028Q4") for name in metrics]
    monkeypatch.setattr(worlds, "BLOCK", 20)
    found = few.after(ends, keys)
    monkeypatch.setattr(worlds, "BLOCK", 2048)
    moves = [{}, *({name: np.repeat(path, 48, axis=0) for name, path in e.items()} for e in ends)]
    for taken, move in zip(found, moves, strict=True):
        again = few.moved(move).values(metrics)
        for name, period in keys:
            full = again.at(name, period)
            np.testing.assert_array_equal(taken[name, period], full, err_msg=str(list(move)))
    different = {taken["inference_spend_share", "2028Q4"].tobytes() for taken in found}
    assert len(different) > 50  # most of them move something


@pytest.mark.parametrize("period", ["2026", "2028Q2"])
def test_quarters_after_the_period_change_nothing(period: str, base_world: World) -> None:
    few = base_world.of_draws(slice(0, 48))
    names = [name for name, each in metric_meanings(few.inputs).items() if each.kind != "event"]
    whole = few.values(names)
    uncut = []
    for at in asked(few, *names, period=period):
        cut = shortened(few, [at])
        np.testing.assert_array_equal(cut.at(*at.key), whole.at(*at.key), err_msg=at.metric)
        if cut.timeline.size == few.timeline.size:
            uncut.append(at.metric)
    assert "inference_spend_share" in uncut
    assert "inference_share" not in uncut
    size = few.timeline.vendor + 2
    (name,) = LOOKING_AHEAD
    short, long = few.shortened(size).values([name])[name], few.values([name])[name]
    assert not np.array_equal(short[:, -1], long[:, size - 1])  # it does look ahead


def test_what_looks_ahead_is_an_equation() -> None:
    assert set(model_graph().nodes) >= LOOKING_AHEAD


@given(st.integers(0, 2**32 - 1), st.floats(0.0, 3.0), st.sampled_from([0.2, 1.0, 5.0]))
def test_an_end_is_a_value_that_the_metric_can_have(seed: int, mass: float, factor: float) -> None:
    rng = np.random.default_rng(seed)
    whole = np.maximum(rng.lognormal(0.0, 1.0, 400) - mass, 0.0)  # a gap: often nothing
    still, end = whole[::4], factor * whole[::4]
    placed = _among_all(end, still, whole)
    assert 0.0 <= placed <= max(whole.max(), np.median(end))
    assert _among_all(still, still, whole) == np.median(whole)
    assert _among_all(np.full(100, 0.7), still, whole) == 0.7
    assert _among_all(whole, whole, whole) == np.median(whole)
    if factor == 1.0 or np.median(end) == np.median(still):
        assert placed == np.median(whole)
    elif np.median(end) > np.median(still):
        assert placed >= np.median(whole)
    else:
        assert placed <= np.median(whole)


def test_a_bar_is_the_median_of_a_run_at_its_ends(base_world: World) -> None:
    levels = ("unpaid_inference_level", "research_level")
    rows = {row.assumption: row for row in bars(base_world, "inference_share", of=levels)}
    row = rows["unpaid_inference_level"]
    own = base_world.belief("unpaid_inference_level")[:, 0]
    for percentile, value, metric in (
        (10.0, row.low_value, row.metric_low),
        (90.0, row.high_value, row.metric_high),
    ):
        assert value == pytest.approx(np.percentile(own, percentile), rel=0.02)
        moved = base_world.moved({"unpaid_inference_level": np.full((256, 1), value)})
        assert metric == pytest.approx(np.median(moved.at("inference_share", "2028")), rel=1e-6)
    assert row.metric_low < row.metric_p50 < row.metric_high
    assert rows["research_level"].metric_low > rows["research_level"].metric_high


def test_a_driver_asked_about_is_moved_by_itself_alone(base_world: World) -> None:
    first, *others = bars(base_world, "weekly_users", "2027")
    assert first.assumption == "weekly_users"
    assert first.metric_low == pytest.approx(first.low_value, rel=1e-9)
    assert first.metric_high == pytest.approx(first.high_value, rel=1e-9)
    assert first.probability_up == 1.0
    assert not any(row.reaches for row in others)
    assert {row.swing for row in others} == {0.0}
    assert all(row.is_noise for row in others)


def test_the_planned_total_moves_capex_more_than_any_of_its_companies(base_world: World) -> None:
    drivers = base_world.inputs.drivers
    found = bars(base_world, "hyperscaler_capex", "2027", of=drivers)
    rows = {row.assumption: row for row in found}
    for name in (name for name, each in drivers.items() if each.process == "capex"):
        assert rows[name].reaches
        assert 0.0 < rows[name].swing < rows["hyperscaler_capex"].swing
    assert rows["nvidia_datacenter_revenue"].reaches


def test_rows_come_longest_first_and_fit_their_ends(base_world: World) -> None:
    rows = bars(base_world, "chip_spend")
    swings = [row.swing for row in rows]
    assert swings == sorted(swings, reverse=True)
    assert {row.assumption for row in rows} == {each.name for each in factors(base_world.inputs)}
    for row in rows:
        low, high = row.ends
        assert row.swing == pytest.approx(high - low, abs=1e-8 * row.metric_p50)
        assert row.low_value is not None
        assert row.high_value is not None
        assert row.low_value <= row.high_value
        assert row.swing_p10 <= row.swing_p90


def test_metrics_asked_together_are_answered_as_each_alone(base_world: World) -> None:
    both = asked(base_world, "inference_share", "chip_spend", period="2027")
    few = factors(base_world.inputs)[:12]
    for chosen in (few, [Factor("few", "few", "", "few", tuple(each.name for each in few))]):
        together = tornado(base_world, both, chosen)
        for at, (rows, draws) in zip(both, together, strict=True):
            ((alone, same),) = tornado(base_world, [at], chosen)
            assert rows == alone
            np.testing.assert_array_equal(draws, same)


def test_everything_as_one_group_ends_at_the_percentiles_of_the_metric(base_world: World) -> None:
    keys = tuple(key for each in factors(base_world.inputs) for key in each.keys)
    everything = [Factor("all", "all", "", "all", keys)]
    (((row,), metric),) = tornado(base_world, asked(base_world, "inference_share"), everything)
    for end, percentile in ((row.metric_low, 10.0), (row.metric_high, 90.0)):
        near = np.percentile(metric, (percentile - 3.0, percentile + 3.0))
        assert near[0] <= end <= near[1]
    assert (row.low_value, row.high_value) == (None, None)


@pytest.mark.slow
def test_groups_are_the_files_of_the_assumptions_and_the_drivers(base_case: Case) -> None:
    rows = sensitivity(base_case, FEW, group=True).bars
    subjects = {each.subject for each in base_case.inputs.assumptions.values()}
    assert {row.assumption for row in rows} == {*subjects, "drivers", "discrepancy"}
    # A small effect may turn round where everything else is not at its median.
    clear = [row for row in rows if row.swing > 0.1 * rows[0].swing]
    assert len(clear) > 4
    assert all(row.metric_low < row.metric_high for row in clear)


def test_what_a_setting_fixes_has_no_bar_and_moves_the_base(
    base_case: Case, base_world: World, under: Settings
) -> None:
    fixed = sensitivity(under("unpaid_inference_level=3"), FEW)
    row = next(row for row in fixed.bars if row.assumption == "unpaid_inference_level")
    assert (row.swing, row.low_value) == (0.0, 3.0)
    assert fixed.base.quantiles.p50 > np.median(base_world.at("inference_share", "2028"))
    assert fixed.run.overrides == ("unpaid_inference_level=3",)


@pytest.mark.slow
def test_each_method_says_how_it_measured_which_metric(base_case: Case) -> None:
    shares = sensitivity(base_case, FEW, method="sobol", group=True)
    assert (shares.bars, len(shares.indices)) == ([], len(shares.rows))
    assert shares.subject == "Inference share of compute, 2028"
    known = sensitivity(base_case, FEW, method="given-data", metric="chip_spend", period="2027")
    for result, about in (
        (shares, ("sobol", "inference_share", "2028", "share", "independent prior")),
        (known, ("given-data", "chip_spend", "2027", "USD", "conditioned")),
    ):
        assert {astuple(row.about) for row in result.indices} == {about}
    assert all(row.total_order is None and row.is_noise is not None for row in known.indices)
    assert all(row.total_order is not None and row.is_noise is None for row in shares.indices)


def test_two_keys_move_together_as_a_run_with_both(base_case: Case, base_world: World) -> None:
    keys = ("unpaid_inference_level", "agent_penetration")
    result = two_way(base_case, FEW, keys=keys)
    assert len(result.rows) == len(STOPS) ** 2
    row = result.rows[-1]
    assert (row.first_percentile, row.second_percentile) == (95, 95)
    (path,) = quantile_paths(base_world, keys[1], [95.0])
    moved = base_world.moved(
        {keys[0]: np.full((256, 1), row.first_value), keys[1]: np.repeat(path, 256, 0)}
    )
    median = np.median(moved.at("inference_share", "2028"))
    assert row.metric.quantiles.p50 == pytest.approx(median, rel=1e-6)
    assert row.second_value == pytest.approx(path[0, base_world.timeline.horizon - 1])


def test_neither_blocks_nor_threads_change_a_bit(
    base_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = asked(base_world, "chip_spend")
    chosen = factors(base_world.inputs)[::7]

    def answers() -> list[object]:
        measured = [*tornado(base_world, at, chosen), sobol(base_world, at[0], chosen, 1)]
        measured.append(given_data(base_world, at[0], chosen, 1))
        return [(rows, draws.tobytes()) for rows, draws in measured]

    before = answers()
    monkeypatch.setattr(worlds, "BLOCK", 100)
    monkeypatch.setattr(worlds, "THREADS", 1)
    assert answers() == before


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
    ("question", "said"),
    [
        ({"metrics": ["inference_shre"]}, ["Did you mean inference_share"]),
        ({"metrics": ["crossover", "chip_spent"]}, ["an event", "Did you mean chip_spend"]),
        ({"metrics": ["chip_spend"], "period": "2040"}, ["--through"]),
        (
            {"metrics": ["chip_spend"], "method": "sobl", "period": "x"},
            ["Did you mean sobol", "neither a year"],
        ),
        ({"metrics": ["chip_spend"], "method": "given-data", "group": True}, ["no one value"]),
    ],
)
def test_bad_questions_are_refused_with_all_that_is_wrong(
    question: dict[str, Any], said: list[str], base_case: Case
) -> None:
    with pytest.raises(InputError) as refused:
        sensitivities(base_case, FEW, **question)
    for part in said:
        assert part in str(refused.value)


@pytest.mark.slow
def test_a_grid_needs_two_known_keys_with_a_range(base_case: Case, under: Settings) -> None:
    for keys, said in (
        (("research_lvel", "inference_shock"), ["Did you mean research_level", "inference_sh"]),
        (("duty", "duty"), ["one key twice"]),
    ):
        with pytest.raises(InputError) as refused:
            two_way(base_case, FEW, keys=keys)
        for part in said:
            assert part in str(refused.value)
    with pytest.raises(InputError, match="a fixed value"):
        two_way(under("duty=0.9"), FEW, keys=("duty", "chip_life"))


@pytest.mark.slow
@pytest.mark.usefixtures("few_movers")
def test_a_sensitivity_comes_back_from_the_cache_as_it_was(base_case: Case) -> None:
    for method in get_args(Method):
        found = sensitivity(base_case, FEW, method=method)
        assert decode(Sensitivity, encode(found)) == found
