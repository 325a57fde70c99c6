"""Inference at rent = cost: what revenue pays for, what is given away, what no revenue shows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import HOURS_PER_YEAR, QUARTERS_PER_YEAR, Array
from forecast.model.equations.demand.revenue import Segments
from forecast.model.equations.history import mean_of_year, since_history
from forecast.model.graph import quantity


class Unpaid(NamedTuple):
    """Language and media models whose use no revenue shows."""

    product_surfaces: Array
    media: Array
    self_hosted: Array


@quantity("USD/H100e-hour", "ratio", "Cost of the last year's hardware", formula=())
def cost_of_recent_hardware(cost_per_h100e_hour: Array) -> Array:
    """Mean cost of an H100e-hour of new hardware over the last four quarters."""
    return mean_of_year(cost_per_h100e_hour)


@quantity("USD/H100e-hour", "ratio", "What laboratories pay for an H100e-hour")
def contract_price(cost_of_recent_hardware: Array, contract_markup: Array) -> Array:
    """Price of an H100e-hour in the laboratories' contracts: a mark-up on the cost of hardware of
    the last year."""
    return cost_of_recent_hardware * contract_markup


@quantity("ratio", "ratio", "What efficiency and devices leave of serving", formula=())
def serving_need(
    serving_efficiency: Array,
    efficiency_rebound: Array,
    edge_offload_share: Array,
    history_quarters: int,
) -> Segments:
    """Compute that serving takes over what it would at expected efficiency: a gain saves what the
    rebound of usage does not take back, and devices take consumers' requests off data centres."""
    saved: Array = serving_efficiency ** (efficiency_rebound - 1.0)
    kept = since_history(1.0 - edge_offload_share, history_quarters)
    return Segments(saved * kept, saved, saved, saved)


@quantity("ratio", "ratio", "What unexplained revenue does to serving's part of it", formula=())
def serving_part(serving_of_unexplained_revenue: Array, revenue_discrepancy: Array) -> Array:
    """Serving cost over revenue relative to what is believed of it: revenue beyond what the model
    explains is in part a higher price, and asks for machines less than in proportion."""
    return np.asarray(np.exp((serving_of_unexplained_revenue - 1.0) * revenue_discrepancy))


@quantity("ratio", "ratio", "Serving cost over consumers' revenue at cost")
def consumer_serving_part(consumer_cost_share: Array, serving_part: Array) -> Array:
    """Serving cost over paid consumer revenue, with what unexplained revenue does to it."""
    return consumer_cost_share * serving_part


@quantity("ratio", "ratio", "Serving cost over revenue of agents and API at cost")
def agent_serving_part(agent_cost_share: Array, serving_part: Array) -> Array:
    """Serving cost over revenue of agents and API, with what unexplained revenue does to it."""
    return agent_cost_share * serving_part


@quantity("USD", "rate", "Laboratories' serving spend by segment at cost")
def lab_serving_at_cost(
    lab_consumer_revenue: Array,
    lab_share_of_agents: Array,
    revenue_at_cost: Segments,
    consumer_serving_part: Array,
    agent_serving_part: Array,
    weekly_users: Array,
    free_cost_per_user: Array,
    serving_need: Segments,
) -> Segments:
    """Yearly dollars that OpenAI and Anthropic spend on serving at a rent equal to cost: a share of
    the revenue of each segment, and free use of ChatGPT."""
    consumers = lab_consumer_revenue * consumer_serving_part + weekly_users * free_cost_per_user
    share = lab_share_of_agents * agent_serving_part
    return Segments(
        consumers * serving_need.consumer,
        revenue_at_cost.agents * share * serving_need.agents,
        revenue_at_cost.autonomous * share * serving_need.autonomous,
        revenue_at_cost.other_api * share * serving_need.other_api,
    )


@quantity("H100e", "stock", "Laboratories' inference by segment at cost")
def lab_serving(
    lab_serving_at_cost: Segments, contract_price: Array, other_labs_share: Array
) -> Segments:
    """Inference of the frontier laboratories at a rent equal to cost: OpenAI's and Anthropic's
    spend over what they pay an hour, and that of the other laboratories beside it."""
    per_dollar = 1.0 / (HOURS_PER_YEAR * contract_price * (1.0 - other_labs_share))
    return Segments(*(each * per_dollar for each in lab_serving_at_cost))


@quantity("H100e", "stock", "Other sellers' inference by segment at cost")
def sold_serving(
    lab_consumer_revenue: Array,
    other_consumer_revenue_ratio: Array,
    lab_share_of_agents: Array,
    revenue_at_cost: Segments,
    consumer_serving_part: Array,
    agent_serving_part: Array,
    other_cost_ratio: Array,
    weekly_users: Array,
    free_cost_per_user: Array,
    other_free_use: Array,
    cost_of_recent_hardware: Array,
    serving_need: Segments,
) -> Segments:
    """Inference that others than the laboratories sell or give to consumers, at a rent equal to
    cost; they run it on hardware of their own."""
    paid = lab_consumer_revenue * other_consumer_revenue_ratio * consumer_serving_part
    free = weekly_users * free_cost_per_user * other_free_use
    share = (1.0 - lab_share_of_agents) * agent_serving_part * other_cost_ratio
    per_dollar = 1.0 / (HOURS_PER_YEAR * cost_of_recent_hardware)
    return Segments(
        (paid * other_cost_ratio + free) * serving_need.consumer * per_dollar,
        revenue_at_cost.agents * share * serving_need.agents * per_dollar,
        revenue_at_cost.autonomous * share * serving_need.autonomous * per_dollar,
        revenue_at_cost.other_api * share * serving_need.other_api * per_dollar,
    )


@quantity("H100e", "stock", "Inference that no revenue shows, at cost")
def unpaid_serving(
    product_inference: Array,
    media_inference: Array,
    self_hosted_inference: Array,
    unpaid_inference_level: Array,
    serving_need: Segments,
) -> Unpaid:
    """Language models inside products, media generation, and models that companies and states run
    for themselves, at a rent equal to cost; one error of level is common to all."""
    return Unpaid(
        product_inference * unpaid_inference_level * serving_need.consumer,
        media_inference * unpaid_inference_level * serving_need.agents,
        self_hosted_inference * unpaid_inference_level * serving_need.agents,
    )


@quantity("H100e", "stock", "Embedded inference at cost")
def embedded_serving(embedded_inference: Array, unpaid_inference_level: Array) -> Array:
    """Search ranking, advertising, recommendation and vision at a rent equal to cost."""
    return embedded_inference * unpaid_inference_level


@quantity("H100e", "stock", "Generative inference demand at cost")
def generative_demand(
    lab_serving: Segments,
    sold_serving: Segments,
    unpaid_serving: Unpaid,
    inference_discrepancy: Array,
) -> Array:
    """Compute that language and media models would serve on at a rent equal to cost, times the
    model's own discrepancy."""
    served = (*lab_serving, *sold_serving, *unpaid_serving)
    return sum(served) * np.exp(inference_discrepancy)


@quantity("H100e", "stock", "Embedded inference demand at cost")
def embedded_demand(embedded_serving: Array, inference_discrepancy: Array) -> Array:
    """Compute that embedded models would serve on at a rent equal to cost, times the model's own
    discrepancy."""
    return embedded_serving * np.exp(inference_discrepancy)


@quantity("H100e", "stock", "Inference demand", metric=True)
def inference_demand(generative_demand: Array, embedded_demand: Array) -> Array:
    """Compute that inference would use at a rent equal to cost."""
    return generative_demand + embedded_demand


@quantity("share", "ratio", "Serving cost over revenue at cost", formula=())
def serving_cost_share(
    lab_serving_at_cost: Segments,
    weekly_users: Array,
    free_cost_per_user: Array,
    serving_need: Segments,
    lab_revenue: Array,
) -> Array:
    """Part of the price of a service that its serving costs, from the laboratories' paid use; nine
    tenths at most, because nobody prices below cost for long."""
    paid: Array = sum(lab_serving_at_cost)  # type: ignore[assignment]
    paid = paid - weekly_users * free_cost_per_user * serving_need.consumer
    return np.clip(paid / lab_revenue, 0.02, 0.9)


@quantity("ratio", "ratio", "Price of services over the price at cost", formula=())
def service_price(serving_cost_share: Array, rent_over_cost: Array) -> Array:
    """Price of a service over what it would be at a rent equal to cost: serving is a share of it,
    and moves with rent."""
    return 1.0 + serving_cost_share * (rent_over_cost - 1.0)


class InferenceComponents(NamedTuple):
    """What inference compute serves; the parts sum to inference."""

    consumer: Array
    agents: Array
    autonomous: Array
    other_api: Array
    product_surfaces: Array
    media: Array
    self_hosted: Array
    embedded: Array


@quantity(
    "H100e",
    "stock",
    "Inference compute by component",
    breakdown=("component", "inference_compute"),
    formula=(),
)
def inference_components(
    inference_compute: Array,
    embedded_inference_compute: Array,
    lab_serving: Segments,
    sold_serving: Segments,
    unpaid_serving: Unpaid,
) -> InferenceComponents:
    """Inference compute by what it serves: rent takes the same part from all language and media
    models, and less from embedded ones."""
    served = [a + b for a, b in zip(lab_serving, sold_serving, strict=True)] + [*unpaid_serving]
    scale = (inference_compute - embedded_inference_compute) / sum(served)
    parts = [*(each * scale for each in served), embedded_inference_compute]
    return InferenceComponents(*parts)


@quantity("USD", "flow", "OpenAI's serving spend")
def openai_serving_spend(openai_serving_over_revenue: Array, openai_revenue: Array) -> Array:
    """What OpenAI spends on serving in the quarter."""
    return openai_serving_over_revenue * openai_revenue / QUARTERS_PER_YEAR


@quantity("USD", "flow", "Anthropic's serving spend")
def anthropic_serving_spend(
    anthropic_serving_over_revenue: Array, anthropic_revenue: Array
) -> Array:
    """What Anthropic spends on serving in the quarter."""
    return anthropic_serving_over_revenue * anthropic_revenue / QUARTERS_PER_YEAR


@quantity("ratio", "ratio", "Anthropic's serving over its revenue")
def anthropic_serving_over_revenue(
    consumer_serving_part: Array,
    agent_serving_part: Array,
    anthropic_consumer_share: Array,
    serving_need: Segments,
) -> Array:
    """Anthropic's serving cost over its revenue, at what it pays an hour."""
    enterprise = (1.0 - anthropic_consumer_share) * agent_serving_part * serving_need.agents
    return enterprise + anthropic_consumer_share * consumer_serving_part * serving_need.consumer


@quantity("ratio", "ratio", "OpenAI's serving over its revenue", formula=())
def openai_serving_over_revenue(
    lab_serving_at_cost: Segments,
    anthropic_serving_over_revenue: Array,
    lab_revenue: Array,
    anthropic_part: Array,
) -> Array:
    """OpenAI's serving cost, free use included, over its revenue, at what it pays an hour: what the
    two laboratories spend together less Anthropic's."""
    both: Array = sum(lab_serving_at_cost)  # type: ignore[assignment]
    own = both / lab_revenue - anthropic_serving_over_revenue * anthropic_part
    return np.maximum(own / (1.0 - anthropic_part), 0.02)
