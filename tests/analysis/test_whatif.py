"""What-ifs: the difference draw by draw, its causes that sum to the whole, and history that stays
unless it is asked anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.attribution.shapley import EXACT, sets_of, shapley
from forecast.analysis.scenarios.compare import compare
from forecast.analysis.whatif.causes import ChangePart, LinkPart
from forecast.analysis.whatif.rows import CaseName
from forecast.analysis.whatif.whatif import WhatIf, whatif
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.inputs.schema import Distribution, Setting
from forecast.report.numbers import UnitScale
from forecast.report.pages.whatif.changes import change_cells, ends_of
from forecast.result import RunOptions
from forecast.world.case import Case, with_changes
from forecast.world.history.reconditioning import believed, reconditioned
from forecast.world.rows import ChangeRow, ConstraintRow, EventRow, MetricRow, ProbabilityRow
from forecast.world.world import World

OPTIONS = RunOptions(draws=512, use_cache=False)
TWO = ("agent_penetration@2028=25%", "unpaid_inference_level=x2")
SIX = (
    "agent_penetration@2028=25%",
    "unpaid_inference_level=x2",
    "retirement_rate=x1.1",
    "business_adoption@2028=+5pp",
    "weekly_users@2028=x1.1",
    "deployment_lag=+0.5",
)
Asked = Callable[..., WhatIf]


@pytest.fixture
def ask(base_case: Case) -> Asked:
    """Return a function that asks what settings and scenarios change, on the small ensemble."""

    def asked(
        *texts: str, scenario: Sequence[str] = (), base: Case = base_case, **more: Any
    ) -> WhatIf:
        changed = with_changes(base, scenario, texts)
        return whatif(base, OPTIONS, changed=changed, **more)

    return asked


def rows_of(result: WhatIf, case: CaseName) -> list[MetricRow]:
    return [each.row for each in result.rows if each.case == case]


def change_of(result: WhatIf, metric: str, period: str = "2028") -> ChangeRow:
    row = result.difference.find(metric, period)
    assert isinstance(row, ChangeRow)
    return row


def parts_of(
    result: WhatIf, metric: str, kind: type[ChangePart] | type[LinkPart]
) -> dict[str, float]:
    return {
        part.driver: part.amount
        for part in result.attribution
        if part.metric == metric and isinstance(part, kind)
    }


@pytest.mark.slow
def test_an_empty_change_is_exactly_nothing(ask: Asked) -> None:
    result = ask()
    changes = rows_of(result, "difference")
    assert len(changes) > 200
    for row in changes:
        assert isinstance(row, ChangeRow | EventRow | ConstraintRow | ProbabilityRow)
        assert set(row.quantiles.values) <= {0.0, None}
        assert row.mean in {0.0, None}
        assert row.mc_error == 0.0
        assert row.probability_up == 0.5
    assert rows_of(result, "base") == rows_of(result, "changed")
    assert result.attribution == ()


def test_differences_are_taken_draw_by_draw(ask: Asked, base_case: Case, base_world: World) -> None:
    result = ask(*TWO, metrics=("inference_demand", "chip_spend"))
    changed = base_world.with_settings(with_changes(base_case, (), TWO).settings)
    demand = changed.at("inference_demand", "2028") - base_world.at("inference_demand", "2028")
    row = change_of(result, "inference_demand")
    for percentile in (5, 10, 50, 90, 95):
        expected = np.percentile(demand, percentile)
        assert row.quantiles.at(percentile) == pytest.approx(expected, rel=1e-9)
    assert row.probability_up == pytest.approx(np.mean(demand > 0.0), abs=1e-9)
    spend = changed.at("chip_spend", "2028") - base_world.at("chip_spend", "2028")
    assert change_of(result, "chip_spend").mean == pytest.approx(spend.mean(), rel=1e-6)


@pytest.mark.slow
def test_a_change_is_now_less_base_and_nothing_falls_by_more_than_all(ask: Asked) -> None:
    found = ask("hyperscaler_capex@2028=x0.2")
    for metric in found.metrics:
        if rows := found.compared(metric):
            now, base = (row.quantiles.p50 for row in (rows.now, rows.base))
            assert rows.change.change == pytest.approx(now - base, rel=1e-9, abs=1e-9 * abs(base))
            if rows.change.relative:
                assert min(rows.change.relative.values) >= -1.0
    rows = found.compared("chip_spend")
    assert rows is not None
    assert rows.change.relative is not None
    cells = change_cells(
        rows.base.quantiles.p50,
        rows.now.quantiles.p50,
        ends_of(rows.change, (10, 90)),
        UnitScale(1e9, "$B"),
    )
    base, now, change = (
        int(text.replace("\u2212", "-").replace(",", ""))
        for text in (cells.base, cells.now, cells.change)
    )
    assert change == now - base


@pytest.mark.slow
def test_history_stays_and_the_future_alone_differs(ask: Asked) -> None:
    result = ask(*SIX)
    moved = set()
    for base, changed in zip(rows_of(result, "base"), rows_of(result, "changed"), strict=True):
        if base == changed:
            continue
        # the split of spend asks what each workload runs one deployment lag later
        is_split = base.metric.endswith(("_spend_share", "_chip_spend"))
        assert str(base.period) > ("2024" if is_split else "2025")
        if base.period == "2028":
            moved.add(base.metric)
    assert {"inference_share", "compute_stock", "tokens", "weekly_users"} <= moved


@pytest.mark.slow
@pytest.mark.parametrize("texts", [TWO[:1], TWO, SIX], ids=len)
def test_parts_sum_to_the_whole(texts: tuple[str, ...], ask: Asked) -> None:
    """Of changes to the change of the median, of links to the mean change."""
    metrics = ("inference_compute", "inference_share", "chip_spend")
    result = ask(*texts, metrics=metrics)
    assert result.is_exact == (len(texts) <= EXACT)
    for metric in metrics:
        rows = result.compared(metric)
        assert rows
        by_change = parts_of(result, metric, ChangePart)
        assert list(by_change) == [text.partition("=")[0].partition("@")[0] for text in texts]
        base, now = rows.base.quantiles.p50, rows.now.quantiles.p50
        assert sum(by_change.values()) == pytest.approx(now - base, rel=1e-6, abs=1e-9 * base)
        by_link = parts_of(result, metric, LinkPart)
        assert by_link
        assert sum(by_link.values()) == pytest.approx(rows.change.mean, rel=1e-6)


@pytest.mark.slow
def test_the_page_and_the_table_of_all_metrics_name_the_same_causes(ask: Asked) -> None:
    """A metric's causes do not depend on which others are asked for."""
    one = ask(*SIX[:4], metrics=("chip_spend",))
    several = ask(*SIX[:4], metrics=("inference_share", "chip_spend"))
    assert parts_of(one, "chip_spend", ChangePart) == parts_of(several, "chip_spend", ChangePart)


@pytest.mark.parametrize(
    ("scenario", "texts"),
    [((), SIX[:4]), (("agents-everywhere",), (SIX[0], *SIX[4:]))],
    ids=["apart", "sharing a key"],
)
def test_each_set_of_changes_is_valued_as_a_world_with_their_settings(
    scenario: tuple[str, ...], texts: tuple[str, ...], ask: Asked, base_world: World
) -> None:
    result = ask(*texts, scenario=scenario, metrics=("inference_compute",))
    known = base_world.inputs
    changes = [known.scenarios[name].settings for name in scenario]
    changes += [parse_settings([text], known, "command line") for text in texts]

    def value(members: frozenset[int]) -> np.ndarray:
        made = [each for place in sorted(members) for each in changes[place]]
        draws = base_world.with_settings(made).at("inference_compute", "2028")
        return np.array([np.median(draws)])

    players = len(changes)
    expected = shapley(players, {each: value(each) for each in sets_of(players, 1)}, 1)[:, 0]
    found = list(parts_of(result, "inference_compute", ChangePart).values())
    assert found == pytest.approx(expected, rel=1e-9)
    shared = {each.key for each in changes[0]} & {each.key for each in changes[-3]}
    assert bool(shared) == bool(scenario)


@pytest.mark.slow
def test_settings_of_one_key_are_one_change_and_scenarios_where_keys_are_many(ask: Asked) -> None:
    result = ask("agent_penetration@2027=15%", "agent_penetration@2028=25%", headline=True)
    assert result.changes == ("agent_penetration",)
    (part,) = (each for each in result.attribution if isinstance(each, ChangePart))
    assert part.set == ("agent_penetration@2027=15%", "agent_penetration@2028=25%")
    many = ask(
        "weekly_users@2028=x1.1",
        "deployment_lag=+0.5",
        scenario=["agents-everywhere"],
        metrics=("inference_compute",),
    )
    assert many.changes == ("agents-everywhere", "weekly_users", "deployment_lag")
    assert many.is_exact


@pytest.mark.slow
def test_what_the_base_has_stays_in_it(ask: Asked, base_case: Case) -> None:
    """Settings of the base are in both cases, and those of the change win over them."""
    standing = with_changes(base_case, ["grid-bound"], ["retirement_rate=12%"])
    result = ask("retirement_rate=12%", base=standing)
    for row in rows_of(result, "difference"):
        assert row.quantiles.at(5) == row.quantiles.at(95)
    assert result.against == ("grid-bound",)
    lowered = ask("power_additions@2028=x0.2", base=standing, metrics=("compute_stock",))
    assert change_of(lowered, "compute_stock").quantiles.at(90) <= 0.0


@pytest.mark.slow
def test_a_period_can_be_a_quarter_and_must_be_shown(ask: Asked) -> None:
    result = ask(*TWO, at="2027Q3", headline=True)
    assert {each.row.period for each in result.rows} == {"2027Q3", None}
    assert {part.period for part in result.attribution} == {"2027Q3"}
    for at in ("2031", "2028Q9", "soon"):
        with pytest.raises(InputError) as refused:
            ask(*TWO, at=at, metrics=("inferense_share",))
        subjects = [each.subject for each in refused.value.problems]
        assert subjects == ["--metric inferense_share", f"--at {at}"]


@pytest.mark.slow
def test_a_crossover_that_comes_later_is_a_rise(ask: Asked) -> None:
    result = ask("agent_penetration@2028=5%", metrics=("crossover",))
    base, changed, difference = (
        table.event("crossover") for table in (result.base, result.now, result.difference)
    )
    assert base
    assert changed
    assert difference
    gap = changed.probability_never - base.probability_never
    assert difference.probability_never == pytest.approx(gap)
    assert gap > 0.02
    assert difference.probability_up
    assert difference.probability_up > 0.5
    assert difference.quantiles.p50 is None


@pytest.mark.slow
def test_a_scenario_compared_is_a_what_if(ask: Asked, base_case: Case) -> None:
    """Both ways to ask give the same rows, on top of what the case already has."""
    case = with_changes(base_case, (), ["retirement_rate=12%"])
    names, metrics = ["grid-bound", "capex-pause"], ("chip_spend", "crossover")
    side_by_side = compare(case, OPTIONS, names=names, metrics=metrics)
    for name in names:
        result = ask(base=case, scenario=[name], metrics=metrics)
        assert side_by_side.case("base").rows == result.base.rows
        assert side_by_side.case(name).rows == result.now.rows
        assert side_by_side.difference(name).rows == result.difference.rows


# Shapley values -----------------------------------------------------------------------------------


def by_every_order(players: int, value: Callable[[frozenset[int]], float]) -> list[float]:
    """Return Shapley's definition: the marginal effect averaged over all orders."""
    parts, orders = [0.0] * players, list(permutations(range(players)))
    for order in orders:
        for place, player in enumerate(order):
            with_it = value(frozenset(order[: place + 1]))
            parts[player] += (with_it - value(frozenset(order[:place]))) / len(orders)
    return parts


@settings(max_examples=40, deadline=None)
@given(data=st.data(), players=st.integers(1, 5))
def test_shapley_values_are_the_mean_over_every_order(data: st.DataObject, players: int) -> None:
    table = data.draw(
        st.lists(st.floats(-100, 100), min_size=2**players, max_size=2**players), label="values"
    )

    def value(members: frozenset[int]) -> float:
        return table[sum(1 << player for player in members)]

    values = {members: np.array([value(members)]) for members in sets_of(players, 1)}
    assert len(values) == 2**players
    found = shapley(players, values, 1)[:, 0]
    assert found == pytest.approx(by_every_order(players, value), abs=1e-9)
    assert found.sum() == pytest.approx(table[-1] - table[0], abs=1e-9)


def test_the_airport_game_has_its_published_values() -> None:
    """Littlechild and Owen (1973): runways for 1, 2 and 4 cost each what it shares with others."""
    costs = (1.0, 2.0, 4.0)

    def value(members: frozenset[int]) -> np.ndarray:
        return np.array([max((costs[each] for each in members), default=0.0)])

    values = {members: value(members) for members in sets_of(3, 1)}
    assert shapley(3, values, 1)[:, 0] == pytest.approx([1 / 3, 1 / 3 + 1 / 2, 1 / 3 + 1 / 2 + 2])


def test_sampled_orders_still_sum_to_the_whole() -> None:
    rng = np.random.default_rng(3)
    effects, pairs = rng.normal(size=8), rng.normal(size=(8, 8))

    def value(members: frozenset[int]) -> np.ndarray:
        inside = sorted(members)
        return np.array([effects[inside].sum() + pairs[np.ix_(inside, inside)].sum()])

    asked = sets_of(8, 1)
    assert len(set(asked)) == len(asked) < 2**7
    parts = shapley(8, {members: value(members) for members in asked}, 1)[:, 0]
    whole = value(frozenset(range(8))) - value(frozenset())
    assert parts.sum() == pytest.approx(whole[0], rel=1e-12)
    # a pair's surplus is halved in an order and its reverse together, so this game is met exactly
    halves = (pairs + pairs.T).sum(axis=1) / 2
    assert parts == pytest.approx(effects + halves, abs=1e-9)


# Conditioned anew ---------------------------------------------------------------------------------


def setting(key: str, operation: Any, value: float, period: str = "") -> Setting:
    return Setting(key, period, operation, value, f"{key}={value:g}", "command line")


def test_a_belief_is_replaced_scaled_or_shifted_at_every_quantile(base_case: Case) -> None:
    inputs = base_case.inputs
    before = inputs.assumptions["unpaid_inference_level"].knots[0].belief
    changes = (
        setting("unpaid_inference_level", "scale", 2.0),
        setting("retirement_rate", "replace", 0.12),
        setting("accelerator_share", "shift", 0.02),
    )
    now = believed(inputs, changes)
    assert now.assumptions["unpaid_inference_level"].knots[0].belief.quantiles == tuple(
        (share, 2.0 * value) for share, value in before.quantiles
    )
    point = Distribution("point", ((0.5, 0.12),))
    assert {knot.belief for knot in now.assumptions["retirement_rate"].knots} == {point}
    assert [
        knot.belief.quantiles[0][1] for knot in now.assumptions["accelerator_share"].knots
    ] == pytest.approx(
        [
            knot.belief.quantiles[0][1] + 0.02
            for knot in inputs.assumptions["accelerator_share"].knots
        ]
    )
    assert now.sha256 not in {inputs.sha256, believed(inputs, changes[:1]).sha256}
    assert believed(inputs, ()) is inputs
    with pytest.raises(InputError, match="a belief that leaves what its unit allows"):
        believed(inputs, [setting("accelerator_share", "scale", 5.0)])


@pytest.mark.slow
def test_history_answers_a_belief_and_takes_much_of_it_back(ask: Asked) -> None:
    """Unpaid inference of twice the size in the past too would want a higher rent than has been
    observed, so other assumptions give way; from now on alone, nothing contradicts it."""
    metrics = ("inference_demand", "compute_stock")
    future = ask(TWO[1], metrics=metrics)
    anew = ask(TWO[1], metrics=metrics, recondition=True)
    assert anew.reconditioned
    later = [change_of(each, "inference_demand").quantiles.p50 for each in (future, anew)]
    assert abs(later[1]) < 0.6 * later[0]
    earlier = [change_of(each, "inference_demand", "2025").quantiles for each in (future, anew)]
    assert earlier[0].at(5) == earlier[0].at(95) == 0.0
    assert earlier[1].at(5) < earlier[1].at(95)


@pytest.mark.slow
def test_what_has_a_date_is_not_conditioned_anew(ask: Asked) -> None:
    dated = ask(TWO[0], recondition=True, headline=True)
    assert dated.recondition
    assert not dated.reconditioned
    assert replace(dated, recondition=False) == ask(TWO[0], headline=True)


def test_a_path_moves_as_a_whole_before_history_pulls_it_back(
    base_case: Case, base_world: World
) -> None:
    up = setting("nvidia_datacenter_revenue", "scale", 1.1)
    world = reconditioned(base_case, [up], base_world, OPTIONS)
    assert world.inputs is base_case.inputs
    moved = world.ensemble.paths[up.key] - base_world.ensemble.paths[up.key]
    shift = np.median(moved, axis=0)[: base_world.timeline.history]
    assert shift == pytest.approx(np.full(len(shift), np.log(1.1)), abs=0.06)
