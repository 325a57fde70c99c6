"""The tree behind a number: complete down to sources, the numbers the model's own, and exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from built_in import INPUTS
from forecast.world.evaluate import model_graph
from forecast.world.samples import sample

from forecast.analysis.explain import snapshot
from forecast.analysis.explain.explain import explain
from forecast.analysis.explain.explain import explain as module
from forecast.analysis.explain.since import OTHERS
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.result import Result, Row
from forecast.world.case import Case
from forecast.world.draws import Ensemble
from forecast.world.ensemble import REFERENCES, SHOCKS, TIME
from forecast.world.metrics import metric_meanings
from forecast.world.timeline import Timeline

NODES = model_graph().nodes
METRICS = [name for name, each in metric_meanings(INPUTS).items() if each.kind != "event"]
OTHER_QUANTITIES = [
    name for name, node in NODES.items() if name not in METRICS and node.meaning.kind != "event"
]


@pytest.fixture(autouse=True)
def small_ensemble(monkeypatch: pytest.MonkeyPatch, base_ensemble: Ensemble) -> None:
    """Take the small ensemble of all tests for whatever is asked."""
    monkeypatch.setattr(module, "build_ensemble", lambda *_, **__: base_ensemble)


def ask(case: Case, text: str, **options: Any) -> Result:
    return explain(case, text, draws=512, **options)


def walk(row: Row) -> Iterator[Row]:
    """Yield a row of a tree and all below it."""
    yield row
    for each in row["inputs"]:
        yield from walk(each)


@pytest.mark.parametrize("metric", ["inference_share", "ai_revenue", "power_gap", "tokens"])
def test_the_trail_leads_from_a_number_to_sources(base_case: Case, metric: str) -> None:
    root = ask(base_case, f"{metric}@2028").rows[0]
    found = list(walk(root))
    apart = [row for row in found if not row.get("seen")]
    names = [row["quantity"] for row in apart]
    assert len(set(names)) == len(names), "each is taken apart once"
    assert {row["quantity"] for row in found} == set(names), "what is seen above is there"
    for row in apart:
        if row["kind"] in {"quantity", "record"}:
            inputs = {each["quantity"] for each in row["inputs"]}
            assert inputs == set(NODES[row["quantity"]].needs)
            assert row["equation"] == NODES[row["quantity"]].meaning.definition
            assert inputs, f"{row['quantity']} rests on nothing"
        else:
            check_leaf(row)
    leaves = {row["quantity"] for row in apart if row["kind"] not in {"quantity", "record"}}
    assert leaves == model_graph().arguments_of([metric])
    moving = {row["quantity"] for row in root["roots"]}
    assert moving == leaves - set(TIME) - set(REFERENCES)


def check_leaf(row: Row) -> None:
    """Fail unless a leaf says what it is and where it comes from."""
    name = row["quantity"]
    assert row["inputs"] == []
    match row["kind"]:
        case "assumption":
            assert name in INPUTS.assumptions
            assert row["source"]
            assert row["reasoning"] or row["source_url"]
            assert row["place"].startswith("assumptions/")
            assert {"p10", "p50", "p90"} == set(row["prior"]) == set(row["conditioned"])
            assert len(row["beliefs"]) == len(INPUTS.assumptions[name].knots)
        case "driver":
            assert name in INPUTS.drivers
            assert row["observations"] or row["assumed"]
            for each in row["observations"]:
                assert each["source"]
                assert each["source_url"].startswith("http")
                assert each["role"] == "driver"
                assert each["guidance"] == (each["published"] < each["period_end"])
                assert each["place"].startswith("data/observations/")
        case "shock":
            assert name in SHOCKS
        case "reference":
            assert name in REFERENCES
            assert (row["unit"] == "share") == (name.endswith(("penetration", "token_share")))
            assert row["value"] > 0.0
        case kind:
            assert (kind, name in TIME) == ("time", True)
    assert row["equation"].endswith(".")


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("period", ["2028", "2027Q2"])
def test_every_metric_is_explained_by_the_draws_of_the_projection(
    base_case: Case, base_grid: Timeline, base_ensemble: Ensemble, name: str, period: str
) -> None:
    root = ask(base_case, f"{name}@{period}", depth=1).rows[0]
    draws = sample(base_case.inputs, base_ensemble, base_grid, [name], changed={}).at(name, period)
    low, middle, high = np.percentile(draws, (10.0, 50.0, 90.0))
    assert (root["p10"], root["value"], root["p90"]) == pytest.approx((low, middle, high))
    assert root["mean"] == pytest.approx(draws.mean())
    assert root["unit"] == metric_meanings(base_case.inputs)[name].unit


@pytest.mark.parametrize("name", OTHER_QUANTITIES)
def test_any_quantity_can_be_asked_for(base_case: Case, name: str) -> None:
    root = ask(base_case, f"{name}@2025", depth=1).rows[0]
    fields = root.get("members")
    assert (root["value"] is None) == bool(fields)
    for each in fields or [root]:
        assert each["p10"] <= each["p50"] <= each["p90"]


def test_what_speaks_of_the_history_alone_has_no_later_value(base_case: Case) -> None:
    with pytest.raises(InputError, match="the history alone"):
        ask(base_case, "supply_history@2028", depth=1)
    (inner,) = (
        each
        for each in ask(base_case, "supply_path@2028", depth=1).rows[0]["inputs"]
        if each["quantity"] == "supply_history"
    )
    assert inner["value"] is None


def test_parts_of_a_change_add_up_and_small_ones_are_gathered(base_case: Case) -> None:
    result = ask(base_case, "chip_spend@2028", depth=1, since="2025")
    since = result.rows[0]["since"]
    views = (since["attribution"], since["second_attribution"], *result.extra["shown"])
    for rows in views:
        total = sum(row["amount"] for row in rows)
        assert total == pytest.approx(since["change"]["mean"], rel=1e-8)
    money, hardware = result.extra["shown"]
    assert [row["driver"] for row in money][-1] == OTHERS
    assert {row["driver"] for row in hardware} >= {"supply_path.sold", "generation_shares"}
    assert since["before"]["p50"] < result.rows[0]["p50"]


def test_a_leaf_is_the_cause_of_its_own_change(base_case: Case) -> None:
    for name in ("agent_penetration", "compute_sold"):
        since = ask(base_case, f"{name}@2028", since="2024").rows[0]["since"]
        assert [row["driver"] for row in since["attribution"]] == [name]
        assert since["attribution"][0]["amount"] == pytest.approx(since["change"]["mean"])
    scalar = ask(base_case, "tokens_per_task@2028", since="2024").rows[0]["since"]
    assert scalar["attribution"] == []
    assert scalar["change"]["p5"] == scalar["change"]["p95"] == 0.0


def test_rank_correlations_are_signed_and_order_the_inputs(base_case: Case) -> None:
    """Counted share is one over the scale: they fall together exactly."""
    (scale,) = ask(base_case, "counted_share@2028").rows[0]["inputs"]
    assert scale["rank_correlation"] == -1.0
    root = ask(base_case, "inference_share@2028").rows[0]
    for row in walk(root):
        sizes = [abs(each["rank_correlation"] or 0.0) for each in row["inputs"]]
        assert sizes == sorted(sizes, reverse=True)
    assert [abs(row["rank_correlation"] or 0.0) for row in root["roots"]] == sorted(
        (abs(row["rank_correlation"] or 0.0) for row in root["roots"]), reverse=True
    )


def test_depth_counts_levels_of_inputs(base_case: Case) -> None:
    for depth in (1, 2, 3):
        root = ask(base_case, "tokens@2028", depth=depth).rows[0]
        assert deepest(root) == depth
        roots = {row["quantity"] for row in root["roots"]}
        assert "employment_weighting" in roots, "what lies deeper is among the roots"


def deepest(row: Row) -> int:
    return 1 + max(map(deepest, row["inputs"])) if row["inputs"] else 0


def test_targets_stand_with_what_they_condition(base_case: Case, base_ensemble: Ensemble) -> None:
    root = ask(base_case, "inference_share@2028").rows[0]
    shown = {
        (row["quantity"], each["target"], each["period"]): each["misfit"]
        for row in walk(root)
        for each in row.get("targets", [])
    }
    expected = {
        (row["quantity"], row["target"], row["period"]): pytest.approx(row["misfit"])
        for row in base_ensemble.report["targets"]
        if row["quantity"] in {each["quantity"] for each in walk(root)}
    }
    assert shown == expected
    assert shown


def test_a_setting_shows_in_the_value_and_is_named(base_case: Case) -> None:
    asked = ("agent_penetration@2028=25%", "us_electricity=x2")
    settings = parse_settings(asked, base_case.inputs, "command line")
    changed = replace(base_case, settings=settings)
    root = ask(changed, "agent_penetration@2028").rows[0]
    assert root["p50"] == pytest.approx(0.25)
    assert root["changed"] == ["agent_penetration@2028=25%"]
    assert root["conditioned"] == ask(base_case, "agent_penetration@2028").rows[0]["conditioned"]


def test_assumed_points_are_labelled(base_case: Case) -> None:
    row = ask(base_case, "agent_penetration@2028").rows[0]
    assert [each["period"] for each in row["assumed"]] == ["2025Q4", "2026Q4"]
    assert [each["qualifier"] for each in row["observations"]] == ["lt"]
    assert row["status"] == "judged"


def test_chunks_of_draws_change_nothing(base_case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ask(base_case, "inference_share@2028", depth=2, since="2025")
    monkeypatch.setattr(snapshot, "CHUNK", 100)
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
