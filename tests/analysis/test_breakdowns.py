"""Breakdowns: parts sum to their whole, and each part moves with its own driver."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from what_ifs import DRAWS, MONEY_ALONE, NO_ANSWER, Runner, runner

from forecast.analysis.project import project
from forecast.inputs import find_scenario
from forecast.model.aggregate import year_value
from forecast.model.equations import model_graph
from forecast.money.joint import PER_REVENUE
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.draws.draws import Ensemble
from forecast.world.metrics import breakdowns
from forecast.world.rows import MemberRow
from forecast.world.world import World

END = quarter("2028Q4") - FIRST_QUARTER
SAME = 1e-9
# In a few draws one workload buys all chips, or the two named regions hold all compute.
MOST = 0.95
# Where the link asks for more than the world buys, the five buy all of it, and more moves nothing;
# where their cash flow pays for all they buy, more of it pays for nothing else.
MOST_OF = {"buyers": 0.8, "sources": 0.5}
# The same by the change, which goes first. In 7 of 100 draws revenue passes what was expected so
# far that laboratories spend the floor on research, and a higher ratio moves nothing; in 7 of 100
# agents' revenue is at the ceiling of budgets, and more hours move shares by less than SAME.
MOST_UNDER = {"lab_research_ratio@2028=x1.5": 0.92, "agent_hours_per_seat@2028=x1.5": 0.92}
SPLITS = breakdowns(None)
WHOLES = {whole for _dimension, whole in SPLITS.values()}
SCENARIOS = ("base", "grid-bound", "agents-everywhere", "asic-shift", "china-decoupling")


@pytest.fixture(scope="module")
def few(base_world: World) -> World:
    return base_world.of_draws(slice(0, DRAWS))


@pytest.fixture(scope="module")
def run(base_world: World) -> Runner:
    return runner(base_world)


@dataclass(frozen=True)
class Move:
    """What a change of one assumption does at the end of 2028.

    `up` and `down` are members whose share of the whole rises and falls in most draws and does the
    opposite in none; those of `either` do what they will, and others keep theirs. `whole` is what
    the whole does: rise, stay, or vary with what is short.
    """

    split: str
    setting: str
    up: str
    down: str
    whole: str = "stay"
    either: str = ""


SEGMENTS = "consumer agents autonomous other_api"
CHANNELS = f"{SEGMENTS} product_surfaces media self_hosted embedded"
MAKING = "pre_training reinforcement_learning experiments synthetic_and_evaluation"
OWNERS = "labs google meta microsoft amazon cloud_customers china enterprise"
SILICON = "nvidia_gpu other_gpu custom_asic inference_specialist"
COMPANIES = "amazon alphabet microsoft meta oracle"
REST = "memory_and_server network building power_and_cooling"


def but(members: str, some: str) -> str:
    """Return the other members."""
    return " ".join(member for member in members.split() if member not in some.split())


def taken(split: str, members: str, whole: str, drivers: dict[str, str]) -> list[Move]:
    """Return moves in which a member gains and every other makes room."""
    return [
        Move(split, text, member, but(members, member), whole) for member, text in drivers.items()
    ]


# What each owner's research follows, and the weight that lays products, media or own models on it.
RESEARCH = {
    "labs": "lab_research_ratio@2028=x1.5",
    "google": "google_research@2028=x1.5",
    "meta": "meta_research@2028=x1.5",
    "microsoft amazon": "microsoft_amazon_research@2028=x1.5",
    "cloud_customers": "cloud_customers_research@2028=x1.5",
    "china": "china_research@2028=x1.5",
    "enterprise": "enterprise_research@2028=x1.5",
}
PRODUCT_OWNERS = "google meta microsoft amazon cloud_customers china"

# The first move of a member in this table is by its own driver.
MOVES = [
    *taken(
        "segments",
        SEGMENTS,
        "vary",
        {
            "consumer": "weekly_users@2028=x1.5",
            "agents": "agent_hours_per_seat@2028=x1.5",
            "autonomous": "always_on_revenue=x1.5",
            "other_api": "other_api_revenue@2028=x1.5",
        },
    ),
    # more revenue also pays for more research, at whose rent embedded models keep more than others
    *(
        Move(
            "inference_components",
            text,
            member,
            but(CHANNELS, f"{member} embedded"),
            "vary",
            either="embedded",
        )
        for member, text in {
            "consumer": "weekly_users@2028=x1.5",
            "agents": "agent_hours_per_seat@2028=x1.5",
            "autonomous": "always_on_agents_per_worker@2028=x2",
            "other_api": "other_api_revenue@2028=x1.5",
        }.items()
    ),
    # embedded models are trained beside their serving, so training may take what they add
    *taken("inference_components", CHANNELS, "vary", {"embedded": "embedded_inference@2028=x1.5"}),
    *taken(
        "inference_components",
        CHANNELS,
        "rise",
        {
            "product_surfaces": "product_inference@2028=x1.5",
            "media": "media_inference@2028=x1.5",
            "self_hosted": "self_hosted_inference@2028=x1.5",
        },
    ),
    Move("training_components", "google_research@2028=x1.5", MAKING, "adaptation embedded", "rise"),
    Move(
        "training_components",
        "reinforcement_learning_share@2028=+10pp",
        "reinforcement_learning",
        "pre_training",
    ),
    Move(
        "training_components",
        "final_run_share=x0.7",
        "experiments synthetic_and_evaluation",
        "pre_training reinforcement_learning",
    ),
    Move(
        "training_components",
        "synthetic_data_share=+10pp",
        "synthetic_and_evaluation",
        "experiments",
    ),
    Move("training_components", "adaptation_share=x1.5", "adaptation", MAKING),
    Move(
        "training_components",
        "embedded_training_ratio=x1.5",
        "embedded",
        f"{MAKING} adaptation",
        "rise",
    ),
    Move("inference_owners", "labs_media_weight=x2", "labs", "google meta cloud_customers china"),
    *(
        Move("inference_owners", f"{owner}_product_weight=x2", owner, but(PRODUCT_OWNERS, owner))
        for owner in PRODUCT_OWNERS.split()
    ),
    Move(
        "inference_owners",
        "enterprise_self_hosted_weight=x2",
        "enterprise",
        "cloud_customers china",
    ),
    *taken("training_owners", OWNERS, "rise", RESEARCH),
    *taken("owners", OWNERS, "stay", RESEARCH),
    Move("sources", "capex_propensity=x1.2", "operating_cash_flow", "outside"),
    Move("sources", "capex_propensity=x0.8", "outside", "operating_cash_flow"),
    *taken(
        "silicon",
        SILICON,
        "rise",
        {
            "other_gpu": "other_gpu_to_amd_revenue@2028=x1.5",
            "custom_asic": "broadcom_ai_revenue@2028=x1.5",
            "inference_specialist": "inference_specialist_to_nvidia_spend@2028=x2",
        },
    ),
    Move(
        "silicon",
        "broadcom_ai_revenue@2028=x0.5",
        but(SILICON, "custom_asic"),
        "custom_asic",
        "vary",
    ),
    *taken("inference_silicon", SILICON, "stay", {"custom_asic": "asic_inference_tilt=x2"}),
    *taken(
        "inference_silicon",
        SILICON,
        "stay",
        {"inference_specialist": "specialist_inference_tilt=x2"},
    ),
    Move(
        "inference_silicon", "asic_inference_tilt=x0.5", but(SILICON, "custom_asic"), "custom_asic"
    ),
    Move("training_silicon", "asic_inference_tilt=x2", but(SILICON, "custom_asic"), "custom_asic"),
    *taken("training_silicon", SILICON, "stay", {"custom_asic": "asic_inference_tilt=x0.5"}),
    *taken(
        "training_silicon",
        SILICON,
        "stay",
        {"inference_specialist": "specialist_inference_tilt=x0.5"},
    ),
    Move("tiers", "enterprise_share_of_spend@2028=+5pp", "enterprise_on_premises", "cloud"),
    Move("tiers", "enterprise_share_of_spend@2028=-5pp", "cloud", "enterprise_on_premises"),
    Move("layers", "accelerator_share@2028=+5pp", "accelerator", REST, "vary"),
    *taken(
        "layers",
        REST,
        "stay",
        {
            "memory_and_server": "memory_server_weight=x1.5",
            "network": "network_weight=x1.5",
            "building": "building_weight=x1.5",
            "power_and_cooling": "power_cooling_weight=x1.5",
        },
    ),
    *taken(
        "companies",
        COMPANIES,
        "rise",
        {name: f"{name}_capex@2028=x1.5" for name in COMPANIES.split()},
    ),
    Move("buyers", f"{PER_REVENUE}=x1.2", "hyperscalers", "others"),
    Move("buyers", f"{PER_REVENUE}=x0.5", "others", "hyperscalers"),
    Move("regions", "us_share_of_compute@2028=+2pp", "united_states", "other"),
    Move("regions", "china_share_of_compute@2028=+2pp", "china", "other"),
    Move("regions", "us_share_of_compute@2028=-5pp", "other", "united_states"),
]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move.split}-{move.setting}")
def test_a_part_moves_with_its_own_driver_and_its_siblings_make_room(
    move: Move, run: Runner
) -> None:
    wanted = [move.split, SPLITS[move.split][1]]
    before, after = run(wanted, **MONEY_ALONE), run(wanted, move.setting, **MONEY_ALONE)
    whole_before, whole_after = (each[wanted[1]][:, END] for each in (before, after))
    # where a workload adds nothing, no chips are bought for it and there is nothing to divide
    there = (whole_before > 0.0) & (whole_after > 0.0)
    assert np.mean(there) > 0.9
    grown = whole_after[there] / whole_before[there]
    if move.whole == "stay":
        # a change of class from now on raises what guidance for NVIDIA's next quarter implies
        assert np.all(np.abs(grown - 1.0) < 0.005)
    if move.whole == "rise":
        assert np.all(grown > 1.0 - SAME)
        assert np.mean(grown > 1.0 + SAME) > 0.5
    most = MOST_UNDER.get(move.setting, MOST_OF.get(move.split, MOST))
    for member in before[move.split]._fields:
        old, new = (getattr(each[move.split], member)[there, END] for each in (before, after))
        share = new / whole_after[there] - old / whole_before[there]
        if member in move.up.split():
            assert np.all(share >= -SAME), member
            assert np.mean((share > SAME) & ((new > old) | (move.whole == "vary"))) > most, member
        elif member in move.down.split():
            assert np.all(share <= SAME), member
            assert np.mean(share < -SAME) > most, member
        elif member not in move.either.split():
            assert np.mean(np.abs(share) < SAME) > most, member


def test_every_member_has_a_driver_of_its_own(run: Runner) -> None:
    moved = {(move.split, member) for move in MOVES for member in move.up.split()}
    parts = run(list(SPLITS))
    members = {(split, member) for split in SPLITS for member in parts[split]._fields}
    assert members == moved | {("limits", member) for member in ("spent", *LIMITED)}


LIMITED = {
    "finance": "outside_money_limit=x0.5",
    "chips": "memory_supply=x0.3",  # halved, it mostly blocks what power would have
    "power": "power_additions=x0.5",
}


@pytest.mark.parametrize("member", LIMITED)
def test_a_tighter_limit_blocks_more_of_the_money_wanted(member: str, run: Runner) -> None:
    """In some draws it only blocks earlier what another limit would have blocked."""
    blocked, spent = [], []
    for texts in ((), (LIMITED[member],)):
        found = run(["limits", "wanted_ai_capex"], *texts, **NO_ANSWER)
        whole = found["wanted_ai_capex"][:, END]
        blocked.append(getattr(found["limits"], member)[:, END] / whole)
        spent.append(found["limits"].spent[:, END] / whole)
    assert np.mean(blocked[1] > blocked[0]) > 0.85
    assert np.mean(spent[1] < spent[0]) > 0.7
    assert np.median(blocked[1]) > 0.05


def test_no_share_is_a_constant(few: World) -> None:
    """Members' shares differ between draws, and change with time in every draw that buys chips."""
    values = few.values([*SPLITS, *WHOLES])
    then = quarter("2024Q4") - FIRST_QUARTER
    for split, (_dimension, whole) in SPLITS.items():
        for member, part in zip(values[split]._fields, values[split], strict=True):
            there = np.all(values[whole][:, [then, END]] > 0.0, axis=1)
            shares = part[there][:, [then, END]] / values[whole][there][:, [then, END]]
            # what companies reported is the same in every draw
            assert np.std(shares[:, 1]) > 1e-5, (split, member)
            moved = np.abs(shares[:, 1] - shares[:, 0]) > 0.01 * shares[:, 0]
            assert np.mean(moved) > 0.8, (split, member)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_parts_sum_to_their_whole_in_every_draw_quarter_and_year(scenario: str, few: World) -> None:
    """Beliefs are drawn anew and half as wide again, and joined with any of the fitted paths."""
    rng = np.random.default_rng(SCENARIOS.index(scenario))
    chosen = rng.integers(0, DRAWS, DRAWS)
    drawn: Ensemble = few.ensemble
    mixed = replace(
        drawn,
        normals=1.5 * rng.standard_normal(drawn.normals.shape),
        paths={name: values[chosen] for name, values in drawn.paths.items()},
        shocks={name: values[rng.permutation(chosen)] for name, values in drawn.shocks.items()},
    )
    settings = find_scenario(scenario, few.inputs).settings
    world = few.with_ensemble(mixed).with_settings(settings)
    values = world.values([*SPLITS, *WHOLES])
    for split, (_dimension, name) in SPLITS.items():
        whole, kind = values[name], model_graph().nodes[split].meaning.kind
        assert np.all(np.abs(sum(values[split]) - whole) <= SAME * (1.0 + whole)), split
        for part in values[split]:
            assert np.all(part >= -SAME * whole), split
        for first in range(0, world.timeline.horizon, 4):
            year = year_value(whole, kind, first)
            parts = sum(year_value(part, kind, first) for part in values[split])
            assert np.all(np.abs(parts - year) <= SAME * (1.0 + year)), (split, first)


@pytest.mark.slow
@pytest.mark.parametrize("by", ["year", "quarter"])
@pytest.mark.parametrize("dimension", sorted({dimension for dimension, _ in SPLITS.values()}))
def test_rows_name_dimension_and_member_and_add_up(
    dimension: str, by: Any, base_case: Case
) -> None:
    case = replace(base_case, settings=find_scenario("grid-bound", base_case.inputs).settings)
    options = RunOptions(draws=DRAWS, use_cache=False)
    result = project(case, options, by=by, breakdown=dimension, metrics=sorted(WHOLES))
    parts: dict[tuple[str, str], list[MemberRow]] = defaultdict(list)
    for row in result.values:
        if isinstance(row, MemberRow):
            assert row.dimension == dimension
            parts[row.metric, row.period].append(row)
    assert {metric for metric, _ in parts} == {
        whole for of, whole in SPLITS.values() if of == dimension
    }
    for row in result.values:
        mine = parts.get((row.metric, row.period))
        if row.member is None and mine:
            assert row.dimension is None
            assert len({part.member for part in mine}) == len(mine) > 1
            assert {(part.unit, part.kind) for part in mine} == {(row.unit, row.kind)}
            # means add up where medians need not
            assert sum(part.mean for part in mine) == pytest.approx(row.mean, rel=1e-6)
