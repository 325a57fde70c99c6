"""Which metrics a page shows, under which heading, in which order and under which short name."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.report.numbers import Scale


@dataclass(frozen=True)
class Section:
    """A heading, the unit of most of its rows, and its metrics with their short names.

    `end` completes the names of year-end stocks: "year end", or "quarter end" in a quarterly view.
    """

    title: str
    unit: str
    scale: Scale | None
    rows: tuple[tuple[str, str], ...]


SECTIONS = (
    Section(
        "COMPUTE",
        "H100e",
        Scale(1e6, "M H100e"),
        (
            ("compute_sold", "Sold, {end}"),
            ("compute_stock", "Running, {end}"),
            ("training_compute", "For training"),
            ("inference_compute", "For inference"),
            ("inference_share", "Inference share"),
            ("training_to_inference_ratio", "Training ÷ inference"),
            ("training_demand", "Training demand"),
            ("inference_demand", "Inference demand"),
            ("demand_pressure", "Demand ÷ running"),
            ("unserved_demand", "Unserved demand"),
            ("idle_compute", "Idle"),
        ),
    ),
    Section(
        "MONEY",
        "USD",
        Scale(1e9, "$B"),
        (
            ("hyperscaler_capex", "Hyperscaler capex"),
            ("ai_capex", "AI capex"),
            ("chip_spend", "AI chip spend"),
            ("training_chip_spend", "  for training"),
            ("inference_chip_spend", "  for inference"),
            ("inference_spend_share", "  for inference"),
            ("ai_revenue", "AI revenue"),
            ("required_ai_revenue", "Revenue needed"),
            ("nvidia_cumulative", "NVIDIA, cumulative"),
        ),
    ),
    Section(
        "POWER",
        "W",
        Scale(1e9, "GW"),
        (
            ("ai_power_capacity", "Capacity, {end}"),
            ("ai_power_mean", "Mean draw"),
            ("us_grid_share", "Share of US grid"),
            ("power_gap", "Wanted, not built"),
        ),
    ),
    Section(
        "DRIVERS",
        "",
        None,
        (
            ("business_adoption", "Firms using AI"),
            ("agent_penetration", "Apps with agents"),
            ("weekly_users", "Weekly users"),
            ("tokens", "Tokens"),
            ("computed_tokens", "Computed"),
            ("reasoning_token_share", "Reasoning tokens"),
            ("training_flop", "Training work"),
            ("inference_flop", "Inference work"),
        ),
    ),
    Section(
        "UNIT ECONOMICS",
        "",
        None,
        (
            ("cost_per_h100e_hour", "H100e-hour"),
            ("cost_per_million_tokens", "Million tokens"),
            ("cost_per_query", "Query"),
            ("cost_per_agent_task", "Agent task"),
            ("tokens_per_joule", "Tokens per joule"),
        ),
    ),
)
# Scales that suit a whole history, where the largest value would choose another.
SCALES = {
    "weekly_users": Scale(1e9, "B"),
    "tokens": Scale(1e12, "T a day"),
    "computed_tokens": Scale(1e12, "T a day"),
}
# How the members of breakdowns read.
MEMBERS = {
    "pre_training": "Pre-training",
    "post_training": "Post-training, RL",
    "experiments": "Experiments",
    "synthetic_data": "Synthetic data",
    "adaptation": "Adaptation",
    "embedded_models": "Embedded models",
    "consumer": "Consumer",
    "enterprise_agents": "Enterprise agents",
    "autonomous_agents": "Autonomous agents",
    "developer_api": "Developer API",
    "product_surfaces": "Product surfaces",
    "embedded": "Embedded",
    "nvidia_gpu": "NVIDIA GPUs",
    "other_gpu": "Other GPUs",
    "custom_asic": "Custom ASICs",
    "inference_specialist": "Specialists",
    "cloud": "Cloud",
    "enterprise_on_premises": "On premises",
    "accelerator": "Accelerators",
    "memory_and_server": "Memory, servers",
    "network": "Network",
    "building": "Buildings",
    "power_and_cooling": "Power, cooling",
    "united_states": "United States",
    "china": "China",
    "other": "Other",
}
LISTED = frozenset(metric for section in SECTIONS for metric, _ in section.rows)
# What binds is shown as a list of its own, events in words.
NOT_TABLED = frozenset({"binding_constraint", "crossover", "spend_crossover"})
EVENTS = {
    "crossover": "Inference compute passes training",
    "spend_crossover": "Inference chip spend passes training",
}
CONSTRAINTS = ("demand", "chips", "power", "money")
