"""The tree behind a number: complete down to sources, the numbers the model's own, and exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from built_in import INPUTS
from scipy.stats import spearmanr

from forecast.analysis.explain.explain import explain
from forecast.analysis.explain.rows import (
    AssumptionTrail,
    DriverTrail,
    EquationTrail,
    Explanation,
    Input,
    Remark,
    Root,
    Seen,
)
from forecast.analysis.explain.since import OTHERS
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.model.equations import model_graph
from forecast.money.joint import own_name
from forecast.result import RunOptions
from forecast.world import world as world_module
from forecast.world.case import Case
from forecast.world.draws.draws import SHOCKS
from forecast.world.draws.prior import MONEY_STATE
from forecast.world.ensemble import REFERENCES, TIME
from forecast.world.metrics import metric_meanings
from forecast.world.world import World

NODES = model_graph().nodes
METRICS = [name for name, each in metric_meanings(INPUTS).items() if each.kind != "event"]
OTHER_QUANTITIES = [
    name for name, node in NODES.items() if name not in METRICS and node.meaning.kind != "event"
]


def ask(
    case: Case, text: str, *, depth: int | str | None = None, since: str | None = None
) -> Explanation:
    options = RunOptions(draws=512, use_cache=False)
    return explain(case, options, text=text, depth=depth, since=since)


def walk(node: Root | Input) -> Iterator[Root | Input]:
    """Yield a node of a tree and all below it."""
    yield node
    for each in node.inputs:
        yield from walk(each)


@pytest.mark.slow
@pytest.mark.parametrize("metric", ["inference_share", "ai_revenue", "power_gap", "tokens"])
def test_the_trail_leads_from_a_number_to_sources(base_case: Case, metric: str) -> None:
    root = ask(base_case, f"{metric}@2028").root
    nodes = list(walk(root))
    apart = [node for node in nodes if not isinstance(node.trail, Seen)]
    names = [node.head.quantity for node in apart]
    assert len(set(names)) == len(names), "each is taken apart once"
    assert {node.head.quantity for node in nodes} == set(names), "what is seen above is there"
    leaves = set()
    for node in apart:
        name = node.head.quantity
        if isinstance(node.trail, EquationTrail):
            assert node.head.kind in {"quantity", "record"}
            assert node.inputs, f"{name} rests on nothing"
            assert {each.head.quantity for each in node.inputs} == set(NODES[name].needs)
            assert node.trail.equation == NODES[name].meaning.definition
        else:
            check_leaf(node)
            leaves.add(name)
    assert leaves == model_graph().arguments_of([metric])
    moving = {row.head.quantity for row in root.roots}
    assert moving == leaves - set(TIME) - set(REFERENCES)
    assert all((row.origin is None) == (row.head.kind == "shock") for row in root.roots)


def check_leaf(node: Root | Input) -> None:
    """Fail unless a leaf says what it is and where it comes from."""
    name, kind = node.head.quantity, node.head.kind
    assert node.inputs == ()
    match node.trail:
        case AssumptionTrail() as trail:
            assert (kind, name in INPUTS.assumptions) == ("assumption", True)
            source = trail.provenance
            assert source.source
            assert source.reasoning or source.source_url
            assert source.place.startswith("assumptions/")
            for band in (trail.prior, trail.conditioned):
                assert band.p10 <= band.p50 <= band.p90
            assert len(trail.beliefs) == len(INPUTS.assumptions[name].knots)
        case DriverTrail() as trail:
            assert (kind, own_name(name) in INPUTS.drivers) == ("driver", True)
            assert trail.observations or trail.assumed
            for each in trail.observations:
                assert each.source
                assert each.source_url.startswith("http")
                assert each.role == "driver"
                assert each.guidance == (each.published < each.period_end)
                assert each.place.startswith("data/observations/")
        case Remark():
            known = {"shock": (*SHOCKS, *MONEY_STATE), "reference": REFERENCES, "time": TIME}
            assert name in known[kind]
            if name == "reference_log_revenue":
                assert node.head.unit == "log"
                assert node.head.value
                assert 1e10 < np.exp(node.head.value) < 1e14
            if name == "market_reference":
                assert node.head.value is None, "it is many numbers"
        case other:
            pytest.fail(f"{name}: {other}")
    assert node.trail.equation.endswith(".")


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("period", ["2028", "2027Q2"])
def test_every_metric_is_explained_by_the_draws_of_the_projection(
    base_case: Case, base_world: World, name: str, period: str
) -> None:
    root = ask(base_case, f"{name}@{period}", depth=1).root
    draws = base_world.at(name, period)
    low, middle, high = np.percentile(draws, (10.0, 50.0, 90.0))
    assert root.head.band
    assert (root.head.band.p10, root.head.value) == pytest.approx((low, middle))
    assert root.head.band.p90 == pytest.approx(high)
    assert root.summary
    assert root.summary.mean == pytest.approx(draws.mean())
    assert root.head.unit == metric_meanings(base_case.inputs)[name].unit


@pytest.mark.slow
@pytest.mark.parametrize("name", OTHER_QUANTITIES)
def test_any_quantity_can_be_asked_for(base_case: Case, name: str) -> None:
    head = ask(base_case, f"{name}@2025", depth=1).root.head
    assert (head.value is None) == (head.band is None) == bool(head.members)
    for band in [each.levels.band for each in head.members or ()] or [head.band]:
        assert band
        assert band.p10 <= band.p50 <= band.p90


@pytest.mark.slow
def test_what_speaks_of_the_history_alone_has_no_later_value(base_case: Case) -> None:
    with pytest.raises(InputError, match="the history alone"):
        ask(base_case, "supply_history@2028", depth=1)
    (inner,) = (
        each
        for each in ask(base_case, "market_path@2028", depth=1).root.inputs
        if each.head.quantity == "supply_history"
    )
    assert inner.head.value is None
    assert inner.head.members is None


@pytest.mark.slow
def test_parts_of_a_change_add_up_and_small_ones_are_gathered(base_case: Case) -> None:
    result = ask(base_case, "chip_spend@2028", depth=1, since="2025")
    since, shown = result.root.since, result.change
    assert since
    assert shown
    for links in (since.attribution, since.second_attribution, *shown.views):
        total = sum(link.amount for link in links)
        assert total == pytest.approx(since.change.mean, rel=1e-8)
    money, hardware = shown.views
    assert {link.driver for link in hardware} >= {"market_path.sold", "generation_shares"}
    assert "planned_nvidia_datacenter_revenue" in {link.driver for link in money}
    assert OTHERS in {links[-1].driver for links in shown.views}
    assert result.root.head.value
    assert since.before.value < result.root.head.value


@pytest.mark.slow
def test_a_leaf_is_the_cause_of_its_own_change(base_case: Case) -> None:
    for name in ("agent_penetration", "compute_sold"):
        since = ask(base_case, f"{name}@2028", since="2024").root.since
        assert since
        assert [link.driver for link in since.attribution] == [name]
        assert since.attribution[0].amount == pytest.approx(since.change.mean)
    scalar = ask(base_case, "retirement_rate@2028", since="2024").root.since
    assert scalar
    assert scalar.attribution == ()
    assert scalar.change.quantiles.at(5) == scalar.change.quantiles.at(95) == 0.0


@pytest.mark.slow
def test_rank_correlations_are_signed_and_order_the_inputs(
    base_case: Case, base_world: World
) -> None:
    largest = ask(base_case, "largest_run_flop@2028", depth=1).root
    by_name = {each.head.quantity: each.rank_correlation for each in largest.inputs}
    draws = base_world.values(["largest_run_flop", "frontier_runs_per_year"])
    runs = draws["frontier_runs_per_year"][:, -1]
    expected = spearmanr(runs, draws.at("largest_run_flop", "2028")).statistic
    assert by_name["frontier_runs_per_year"] == pytest.approx(expected, abs=1e-3)
    assert expected < -0.1, "more runs, each of them smaller"
    (budget,) = ask(base_case, "lab_rd_spend@2028", depth=1).root.inputs
    assert budget.rank_correlation == 1.0
    root = ask(base_case, "inference_share@2028").root
    for rows in (root.roots, *(node.inputs for node in walk(root))):
        sizes = [abs(row.rank_correlation or 0.0) for row in rows]
        assert sizes == sorted(sizes, reverse=True)


@pytest.mark.slow
def test_depth_counts_levels_of_inputs(base_case: Case) -> None:
    for depth in (1, 2, 3):
        root = ask(base_case, "tokens@2028", depth=depth).root
        assert deepest(root) == depth
        roots = {row.head.quantity for row in root.roots}
        assert "employment_weighting" in roots, "what lies deeper is among the roots"


def deepest(node: Root | Input) -> int:
    return 1 + max(map(deepest, node.inputs)) if node.inputs else 0


def test_targets_stand_with_what_they_condition(base_case: Case, base_world: World) -> None:
    nodes = list(walk(ask(base_case, "inference_share@2028").root))
    shown = {
        (node.head.quantity, each.target, each.period): each.misfit
        for node in nodes
        if isinstance(node.trail, EquationTrail)
        for each in node.trail.targets or ()
    }
    names = {node.head.quantity for node in nodes}
    expected = {
        (row.quantity, row.target, row.period): pytest.approx(row.misfit)
        for row in base_world.ensemble.learnt.targets
        if row.quantity in names
    }
    assert shown == expected
    assert shown


@pytest.mark.slow
def test_a_setting_shows_in_the_value_and_is_named(base_case: Case) -> None:
    asked = ("agent_penetration@2028=25%", "us_electricity=x2")
    settings = parse_settings(asked, base_case.inputs, "command line")
    root = ask(replace(base_case, settings=settings), "agent_penetration@2028").root
    assert root.head.value == pytest.approx(0.25)
    assert root.changed == ("agent_penetration@2028=25%",)
    assert root.trail == ask(base_case, "agent_penetration@2028").root.trail, "beliefs stay"
    through_vendors = parse_settings(["hyperscaler_capex@2028=x1.1"], base_case.inputs, "a test")
    spend = ask(replace(base_case, settings=through_vendors), "chip_spend@2028").root
    assert spend.changed == ("hyperscaler_capex@2028=x1.1",)


@pytest.mark.slow
def test_assumed_points_are_labelled(base_case: Case) -> None:
    trail = ask(base_case, "agent_penetration@2028").root.trail
    assert isinstance(trail, DriverTrail)
    assert [each.period for each in trail.assumed] == ["2025Q4", "2026Q4"]
    assert [each.qualifier for each in trail.observations] == ["lt"]
    assert trail.provenance.status == "judged"


@pytest.mark.slow
def test_blocks_of_draws_change_nothing(base_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask(base_case, "inference_share@2028", depth=2, since="2025")
    monkeypatch.setattr(world_module, "BLOCK", 100)
    assert ask(base_case, "inference_share@2028", depth=2, since="2025").rows == whole.rows


@pytest.mark.parametrize(
    ("text", "options", "subjects"),
    [
        ("tokenz@2028", {}, ["tokenz@2028"]),
        ("crossover@2028", {}, ["crossover@2028"]),
        ("tokens@2040", {"since": "2050", "depth": "0"},
         ["tokens@2040", "--since 2050", "--depth 0"]),
        ("tokens", {}, ["tokens"]),
        ("tokens@2028", {"since": "2025Q4"}, ["--since 2025Q4"]),
        ("tokens@2027Q1", {"since": "2027Q1"}, ["--since 2027Q1"]),
        ("tokens@2025", {"since": "2026"}, ["--since 2026"]),
        ("tokens@2028", {"since": "soon", "depth": "two"}, ["--since soon", "--depth two"]),
        ("class_shares@2028", {"since": "2025"}, ["--since 2025"]),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_all_at_once(
    base_case: Case, text: str, options: dict[str, str], subjects: list[str]
) -> None:
    with pytest.raises(InputError) as caught:
        ask(base_case, text, **options)
    assert [each.subject for each in caught.value.problems] == subjects
