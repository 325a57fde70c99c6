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
from forecast.analysis.scenarios import variants
from forecast.analysis.scenarios.compare import compare
from forecast.analysis.whatif.whatif import whatif, with_changes
from forecast.analysis.whatif.whatif import whatif as module
from forecast.errors import InputError
from forecast.inputs.schema import Distribution, Setting
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import Result, Row
from forecast.world import reconditioning
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.evaluate import evaluate
from forecast.world.reconditioning import believed, reconditioned
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

END = quarter("2028Q4") - FIRST_QUARTER
TWO = ("agent_penetration@2028=25%", "tokens_per_task=x2")
SIX = (
    "agent_penetration@2028=25%",
    "tokens_per_task=x2",
    "retirement_rate=x1.1",
    "business_adoption@2028=+5pp",
    "weekly_users@2028=x1.1",
    "deployment_lag=+0.5",
)
Asked = Callable[..., Result]


@pytest.fixture
def ask(base_case: Case, base_ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """Return a function that asks what settings and scenarios change, on the small ensemble."""
    monkeypatch.setattr(module, "build_ensemble", lambda *_, **__: base_ensemble)

    def asked(
        *texts: str, scenario: Sequence[str] = (), base: Case = base_case, **more: Any
    ) -> Result:
        changed = with_changes(base, scenario, texts)
        return whatif(base, changed, draws=512, seed=1, **more)

    return asked


def rows_of(result: Result, case: str) -> list[Row]:
    return [row for row in result.rows if row["case"] == case]


def parts_of(result: Result, metric: str, method: str) -> dict[str, float]:
    return {
        part["driver"]: part["amount"]
        for part in result.extra["attribution"]
        if (part["metric"], part["method"]) == (metric, method)
    }


def test_an_empty_change_is_exactly_nothing(ask: Asked) -> None:
    result = ask()
    changes = rows_of(result, "difference")
    assert len(changes) > 200
    for row in changes:
        values = [value for key, value in row.items() if key[0] == "p" and key[1:].isdigit()]
        assert {value for value in values if value is not None} <= {0.0}
        assert row["mean"] in {0.0, None}
        assert row["mc_error"] == 0.0
        assert row["probability_up"] == 0.5
    bare = [{**row, "case": ""} for row in rows_of(result, "base")]
    assert bare == [{**row, "case": ""} for row in rows_of(result, "changed")]
    assert result.extra["attribution"] == []


def test_differences_are_taken_draw_by_draw(
    ask: Asked, base_case: Case, base_grid: Timeline, base_ensemble: Ensemble
) -> None:
    result = ask(*TWO, metrics=("inference_demand", "chip_spend"))
    changed, _ = apply_settings(
        base_case.inputs, base_ensemble, base_grid, with_changes(base_case, (), TWO).settings
    )
    wanted = ["inference_demand", "chip_spend"]
    before = evaluate(base_case.inputs, base_ensemble, base_grid, wanted)
    after = evaluate(base_case.inputs, base_ensemble, base_grid, wanted, changed=changed)
    demand = (after["inference_demand"] - before["inference_demand"])[:, END]
    row = result.find("inference_demand", "2028", case="difference")
    assert row is not None
    for percentile in (5, 10, 50, 90, 95):
        assert row[f"p{percentile}"] == pytest.approx(np.percentile(demand, percentile), rel=1e-9)
    assert row["probability_up"] == pytest.approx(np.mean(demand > 0.0), abs=1e-9)
    spend = (after["chip_spend"] - before["chip_spend"])[:, END - 3 : END + 1].sum(axis=1)
    row = result.find("chip_spend", "2028", case="difference")
    assert row is not None
    assert row["mean"] == pytest.approx(spend.mean(), rel=1e-6)


def test_history_stays_and_the_future_alone_differs(ask: Asked) -> None:
    result = ask(*SIX)
    moved = set()
    for base, changed in zip(rows_of(result, "base"), rows_of(result, "changed"), strict=True):
        period, metric = str(base["period"]), base["metric"]
        if base | {"case": ""} == changed | {"case": ""}:
            continue
        # the split of spend asks what each workload runs one deployment lag later
        assert period > ("2024" if metric.endswith(("_spend_share", "_chip_spend")) else "2025")
        if period == "2028":
            moved.add(metric)
    assert {"inference_share", "compute_stock", "tokens", "weekly_users"} <= moved


@pytest.mark.parametrize("texts", [TWO[:1], TWO, SIX], ids=len)
def test_parts_sum_to_the_whole(texts: tuple[str, ...], ask: Asked) -> None:
    """Of changes to the change of the median, of links to the mean change."""
    metrics = ("inference_compute", "inference_share", "chip_spend")
    result = ask(*texts, metrics=metrics)
    assert result.extra["is_exact"] == (len(texts) <= EXACT)
    for metric in metrics:
        rows = [result.find(metric, "2028", case=case) for case in module.CASES]
        base, changed, difference = (row or {} for row in rows)
        by_change = parts_of(result, metric, "shapley")
        assert list(by_change) == [text.partition("=")[0].partition("@")[0] for text in texts]
        whole = changed["p50"] - base["p50"]
        assert sum(by_change.values()) == pytest.approx(whole, rel=1e-6, abs=1e-9 * base["p50"])
        by_link = parts_of(result, metric, "lmdi")
        assert by_link
        assert sum(by_link.values()) == pytest.approx(difference["mean"], rel=1e-6)


def test_the_page_and_the_table_of_all_metrics_name_the_same_causes(ask: Asked) -> None:
    """One metric's subsets are valued by what they move alone, several metrics' each as a whole."""
    one = ask(*SIX[:4], metrics=("chip_spend",))
    several = ask(*SIX[:4], metrics=("inference_share", "chip_spend"))
    assert parts_of(one, "chip_spend", "shapley") == parts_of(several, "chip_spend", "shapley")


def test_settings_of_one_key_are_one_change_and_scenarios_where_keys_are_many(ask: Asked) -> None:
    result = ask("agent_penetration@2027=15%", "agent_penetration@2028=25%", headline=True)
    (change,) = result.extra["changes"]
    assert change["driver"] == "agent_penetration"
    assert len(change["set"]) == 2
    many = ask(
        "weekly_users@2028=x1.1",
        "deployment_lag=+0.5",
        scenario=["agents-disappoint"],
        metrics=("inference_compute",),
    )
    assert [each["driver"] for each in many.extra["changes"]] == [
        "agents-disappoint",
        "weekly_users",
        "deployment_lag",
    ]
    assert many.extra["is_exact"]


def test_what_the_base_has_stays_in_it(ask: Asked, base_case: Case) -> None:
    """Settings of the base are in both cases, and those of the change win over them."""
    standing = with_changes(base_case, ["grid-bound"], ["retirement_rate=12%"])
    result = ask("retirement_rate=12%", base=standing)
    assert all(row["p5"] == row["p95"] for row in rows_of(result, "difference") if row["p5"])
    assert result.extra["against"] == ["grid-bound"]
    lowered = ask("power_additions@2028=x0.2", base=standing, metrics=("compute_stock",))
    row = lowered.find("compute_stock", "2028", case="difference")
    assert row is not None
    assert row["p90"] <= 0.0


def test_a_period_can_be_a_quarter_and_must_be_shown(ask: Asked) -> None:
    result = ask(*TWO, at="2027Q3", headline=True)
    periods = {row["period"] for row in result.rows}
    assert periods == {"2027Q3", None}
    assert {part["period"] for part in result.extra["attribution"]} == {"2027Q3"}
    for at in ("2031", "2028Q9", "soon"):
        with pytest.raises(InputError) as refused:
            ask(*TWO, at=at, metrics=("inferense_share",))
        subjects = [each.subject for each in refused.value.problems]
        assert subjects == ["--metric inferense_share", f"--at {at}"]


def test_a_crossover_that_comes_later_is_a_rise(ask: Asked) -> None:
    result = ask("agent_penetration@2028=5%", metrics=("crossover",))
    base, changed, difference = (result.find("crossover", None, case=x) for x in module.CASES)
    assert base
    assert changed
    assert difference
    gap = changed["probability_never"] - base["probability_never"]
    assert difference["probability_never"] == pytest.approx(gap)
    assert gap > 0.02
    assert difference["probability_up"] > 0.5
    assert difference["p50"] is None


def test_a_scenario_compared_is_a_what_if(
    ask: Asked, base_case: Case, base_ensemble: Ensemble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both ways to ask give the same rows, on top of what the case already has."""
    monkeypatch.setattr(variants, "build_ensemble", lambda *_, **__: base_ensemble)
    case = with_changes(base_case, (), ["retirement_rate=12%"])
    names, metrics = ["grid-bound", "capex-pause"], ("chip_spend", "crossover")
    side_by_side = compare(case, names, draws=512, metrics=metrics)
    for name in names:
        result = ask(base=case, scenario=[name], metrics=metrics)
        asked = [row for row in result.rows if row["case"] != "base"]
        found = [
            {key: value for key, value in row.items() if key != "scenario"}
            | {"case": "changed" if row["case"] == name else row["case"]}
            for row in side_by_side.rows
            if row["scenario"] == name
        ]
        assert found == asked


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
    before = inputs.assumptions["tokens_per_task"].knots[0].belief
    changes = (
        setting("tokens_per_task", "scale", 2.0),
        setting("retirement_rate", "replace", 0.12),
        setting("accelerator_share", "shift", 0.02),
    )
    now = believed(inputs, changes)
    assert now.assumptions["tokens_per_task"].knots[0].belief.quantiles == tuple(
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


def test_history_answers_a_belief_and_takes_most_of_it_back(
    ask: Asked, base_case: Case, base_grid: Timeline, base_ensemble: Ensemble,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Tasks twice as long in the past too would want twice the fleet that has been observed, so
    other assumptions give way; from now on alone, nothing contradicts it."""
    monkeypatch.setattr(reconditioning, "FEWEST_CONDITIONED", 512)
    kept: dict[Any, Any] = {}
    build = reconditioning.build_ensemble

    def once(*arguments: Any, **more: Any) -> Ensemble:
        if "prior" not in kept:
            kept["prior"] = build(*arguments, **more | {"use_cache": False})
        found: Ensemble = kept["prior"]
        return found

    monkeypatch.setattr(reconditioning, "build_ensemble", once)
    metrics = ("inference_demand", "compute_stock")
    future = ask(TWO[1], metrics=metrics)
    anew = ask(TWO[1], metrics=metrics, recondition=True)
    assert anew.extra["reconditioned"]
    changes = [each.find("inference_demand", "2028", case="difference") for each in (future, anew)]
    assert changes[0]
    assert changes[1]
    assert abs(changes[1]["p50"]) < 0.5 * changes[0]["p50"]
    past = [each.find("inference_demand", "2025", case="difference") for each in (future, anew)]
    assert past[0]
    assert past[1]
    assert past[0]["p5"] == past[0]["p95"] == 0.0
    assert past[1]["p5"] < past[1]["p95"]
    # a driver's path moves as a whole before history speaks, and vendors' history pulls it back
    up = setting("nvidia_compute_revenue", "scale", 1.1)
    inputs, ensemble = reconditioned(base_case, [up], base_grid, 512, 1)
    assert inputs is base_case.inputs
    shift = np.median(
        ensemble.paths[up.key] - base_ensemble.paths[up.key], axis=0
    )[: base_grid.history]  # fmt: skip
    assert shift == pytest.approx(np.full(base_grid.history, np.log(1.1)), abs=0.06)
    # what has a date bends the future after that, as ever
    dated = ask(TWO[0], recondition=True, headline=True)
    assert not dated.extra["reconditioned"]
    plain = ask(TWO[0], headline=True)
    assert replace(dated, extra={}) == replace(plain, extra={})
