"""Which published claims come nearest to a number: of the same definition, else of a near one."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.analysis.claims.held_against import held_against, subjects
from forecast.analysis.claims.rows import ComparedClaim
from forecast.analysis.get.question import Question
from forecast.inputs.yardsticks.claims import WHOLE, Claim, read_claims
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.case import Case
from forecast.world.world import World

SHOWN = 3
# Metrics that are near in what they mean: a statement about one is worth reading beside another.
NEAR = (
    frozenset(
        {
            *("inference_share", "inference_spend_share", "forward_share", "middle_share"),
            *("paid_inference_share", "rented_inference_share", "inference_compute"),
            *("training_compute", "inference_chip_spend", "training_chip_spend"),
            *("inference_ahead", "inference_spend_ahead", "crossover", "spend_crossover"),
            *("training_to_inference_ratio", "first_use_inference_spend_share"),
        }
    ),
    frozenset(
        {
            *("chip_spend", "ai_capex", "wanted_ai_capex", "hyperscaler_capex", "outside_money"),
            *("nvidia_datacenter_revenue", "nvidia_cumulative"),
        }
    ),
    frozenset({"inference_chip_spend", "training_chip_spend", "chip_spend"}),
    frozenset({"compute_sold", "compute_stock", "chip_spend"}),
    frozenset({"ai_power_capacity", "ai_power_mean", "us_grid_share", "power_gap"}),
    frozenset(
        {
            *("ai_revenue", "agent_revenue", "openai_revenue", "anthropic_revenue"),
            *("required_ai_revenue", "revenue_gap"),
        }
    ),
    frozenset({"agent_penetration", "agent_seats", "business_adoption", "weekly_users"}),
    frozenset({"tokens", "inference_demand", "inference_flop", "training_demand"}),
    frozenset({"rent", "rent_over_cost", "cost_per_h100e_hour"}),
)


def nearest_claims(case: Case, world: World, asked: Question) -> tuple[ComparedClaim, ...]:
    """Return the SHOWN claims nearest to what is asked, held against the world."""
    return near_claims(case, world, asked)[:SHOWN]


def near_claims(case: Case, world: World, asked: Question) -> tuple[ComparedClaim, ...]:
    """Return the claims of the same or a near definition, held against the world: the same before
    near ones, then those of the nearest period; of claims that report one fact the first."""
    published = read_claims(case.workspace)
    last = FIRST_QUARTER + world.timeline.horizon - 1
    ranked = sorted(
        (rank, each.claim_id, each)
        for each in published
        if each.mapping.metric and _end(each) <= last
        for rank in _ranks(each, asked)
    )
    facts: dict[str, Claim] = {}
    for _, _, each in ranked:
        facts.setdefault(each.mapping.origin, each)
    rows = held_against(list(facts.values()), subjects(case.inputs), world)
    return tuple(row for row in rows if isinstance(row, ComparedClaim))


def _end(claim: Claim) -> int:
    return quarter(claim.mapping.period.rpartition("-")[2])


def _ranks(claim: Claim, asked: Question) -> Iterator[tuple[int, int]]:
    """Yield how near a claim is: 0 for the same definition and 1 for a near one, then quarters
    between the periods; nothing if it is about something else."""
    mapping = claim.mapping
    away = abs(_end(claim) - quarter(asked.period)) if asked.period else 0
    member = asked.part.member if asked.part else ""
    is_ratio = mapping.over not in {"", WHOLE}
    if (mapping.metric, mapping.member) == (asked.metric, member) and not is_ratio:
        yield 0, away
    elif asked.part:
        if (mapping.metric, mapping.dimension) == (asked.metric, asked.part.dimension):
            yield 1, away
    elif mapping.metric == asked.metric or any(
        {mapping.metric, asked.metric} <= group for group in NEAR
    ):
        yield 1, away
