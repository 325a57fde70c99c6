"""Who uses compute: laboratories, companies, cloud customers, China, enterprises and states."""

from __future__ import annotations

import numpy as np

from forecast.model.arrays import Array
from forecast.model.equations.demand.research import Owners
from forecast.model.equations.demand.revenue import Segments
from forecast.model.equations.demand.serving import Unpaid
from forecast.model.graph import quantity

NOBODY = np.zeros((1, 1))


def _by_weight(amount: Array, weights: Owners) -> Owners:
    """Return an amount by owner, in proportion to weights."""
    scale = amount / sum(weights)
    return Owners(*(weight * scale for weight in weights))


def _added(parts: list[Owners]) -> Owners:
    """Return the sum of parts by owner."""
    return Owners(*(sum(each) for each in zip(*parts, strict=True)))


@quantity("H100e", "stock", "Sold inference by owner at cost", formula=())
def sold_by_owner(
    lab_serving: Segments,
    sold_serving: Segments,
    google_consumer_weight: Array,
    meta_consumer_weight: Array,
    microsoft_consumer_weight: Array,
    amazon_consumer_weight: Array,
    cloud_customers_consumer_weight: Array,
    china_consumer_weight: Array,
    google_sold_weight: Array,
    microsoft_sold_weight: Array,
    amazon_sold_weight: Array,
    cloud_customers_sold_weight: Array,
    china_sold_weight: Array,
) -> Owners:
    """Inference of assistants, agents and API by who runs it: the laboratories' own, and what
    others serve consumers and sell, by weights of each."""
    consumer = Owners(
        NOBODY,
        google_consumer_weight,
        meta_consumer_weight,
        microsoft_consumer_weight,
        amazon_consumer_weight,
        cloud_customers_consumer_weight,
        china_consumer_weight,
        NOBODY,
    )
    sold = Owners(
        NOBODY,
        google_sold_weight,
        NOBODY,
        microsoft_sold_weight,
        amazon_sold_weight,
        cloud_customers_sold_weight,
        china_sold_weight,
        NOBODY,
    )
    labs: Array = sum(lab_serving)  # type: ignore[assignment]
    paid = sold_serving.agents + sold_serving.autonomous + sold_serving.other_api
    own = Owners(labs, *(NOBODY,) * 7)
    return _added([own, _by_weight(sold_serving.consumer, consumer), _by_weight(paid, sold)])


@quantity("H100e", "stock", "Inference that no revenue shows by owner at cost", formula=())
def unpaid_by_owner(
    unpaid_serving: Unpaid,
    google_product_weight: Array,
    meta_product_weight: Array,
    microsoft_product_weight: Array,
    amazon_product_weight: Array,
    cloud_customers_product_weight: Array,
    china_product_weight: Array,
    labs_media_weight: Array,
    google_media_weight: Array,
    meta_media_weight: Array,
    cloud_customers_media_weight: Array,
    china_media_weight: Array,
    cloud_customers_self_hosted_weight: Array,
    china_self_hosted_weight: Array,
    enterprise_self_hosted_weight: Array,
) -> Owners:
    """Product surfaces, media and self-hosted models by who runs them, by weights of each."""
    product = Owners(
        NOBODY,
        google_product_weight,
        meta_product_weight,
        microsoft_product_weight,
        amazon_product_weight,
        cloud_customers_product_weight,
        china_product_weight,
        NOBODY,
    )
    media = Owners(
        labs_media_weight,
        google_media_weight,
        meta_media_weight,
        NOBODY,
        NOBODY,
        cloud_customers_media_weight,
        china_media_weight,
        NOBODY,
    )
    self_hosted = Owners(
        *(NOBODY,) * 5,
        cloud_customers_self_hosted_weight,
        china_self_hosted_weight,
        enterprise_self_hosted_weight,
    )
    return _added(
        [
            _by_weight(unpaid_serving.product_surfaces, product),
            _by_weight(unpaid_serving.media, media),
            _by_weight(unpaid_serving.self_hosted, self_hosted),
        ]
    )


@quantity("ratio", "ratio", "Weights of owners in embedded models", formula=())
def embedded_weights(
    google_embedded_weight: Array,
    meta_embedded_weight: Array,
    microsoft_embedded_weight: Array,
    amazon_embedded_weight: Array,
    cloud_customers_embedded_weight: Array,
    china_embedded_weight: Array,
    enterprise_embedded_weight: Array,
) -> Owners:
    """Who runs and trains search ranking, advertising, recommendation and vision."""
    return Owners(
        NOBODY,
        google_embedded_weight,
        meta_embedded_weight,
        microsoft_embedded_weight,
        amazon_embedded_weight,
        cloud_customers_embedded_weight,
        china_embedded_weight,
        enterprise_embedded_weight,
    )


@quantity("H100e", "stock", "Inference compute by owner", breakdown=("owner", "inference_compute"),
          formula=())  # fmt: skip
def inference_owners(
    inference_compute: Array,
    embedded_inference_compute: Array,
    sold_by_owner: Owners,
    unpaid_by_owner: Owners,
    embedded_weights: Owners,
) -> Owners:
    """Inference compute by who uses it: rent takes the same part from all language and media
    models."""
    generative = _added([sold_by_owner, unpaid_by_owner])
    return _added(
        [
            _by_weight(inference_compute - embedded_inference_compute, generative),
            _by_weight(embedded_inference_compute, embedded_weights),
        ]
    )


@quantity("H100e", "stock", "Training compute by owner", breakdown=("owner", "training_compute"),
          formula=())  # fmt: skip
def training_owners(
    training_compute: Array,
    research_demand: Owners,
    embedded_training: Array,
    embedded_weights: Owners,
) -> Owners:
    """Training compute by who uses it, in proportion to what each asks for."""
    asked = _added([research_demand, _by_weight(embedded_training, embedded_weights)])
    return _by_weight(training_compute, asked)


@quantity("H100e", "stock", "Running compute by owner", breakdown=("owner", "compute_stock"))
def owners(inference_owners: Owners, training_owners: Owners) -> Owners:
    """Running compute by who uses it, both workloads together."""
    return Owners(*(a + b for a, b in zip(inference_owners, training_owners, strict=True)))


@quantity("share", "share", "Google's share of running compute", formula=())
def google_compute_share(owners: Owners, compute_stock: Array) -> Array:
    """Google's part of running compute, what it rents out not counted."""
    return owners.google / compute_stock


@quantity("share", "share", "Meta's share of running compute", formula=())
def meta_compute_share(owners: Owners, compute_stock: Array) -> Array:
    """Meta's part of running compute."""
    return owners.meta / compute_stock


@quantity("share", "share", "China's share of running compute", formula=())
def china_compute_share(owners: Owners, compute_stock: Array) -> Array:
    """Chinese companies' part of running compute, what they rent abroad included."""
    return owners.china / compute_stock


@quantity("H100e", "stock", "Compute of OpenAI and Anthropic")
def two_labs_compute(owners: Owners, other_labs_share: Array) -> Array:
    """Compute that OpenAI and Anthropic use."""
    return owners.labs * (1.0 - other_labs_share)


@quantity("share", "share", "Inference share of rented compute", formula=())
def rented_inference_share(inference_owners: Owners, owners: Owners) -> Array:
    """Share of the compute of laboratories and cloud customers that serves."""
    served = inference_owners.labs + inference_owners.cloud_customers
    return served / (owners.labs + owners.cloud_customers)


@quantity("share", "share", "Paid inference in all inference", metric=True, formula=())
def paid_inference_share(
    sold_by_owner: Owners,
    unpaid_by_owner: Owners,
    inference_compute: Array,
    embedded_inference_compute: Array,
) -> Array:
    """Share of inference compute that assistants, agents and API take, free use included: what
    revenue identifies."""
    sold: Array = sum(sold_by_owner)  # type: ignore[assignment]
    generative = sold + sum(unpaid_by_owner)
    part = (inference_compute - embedded_inference_compute) / inference_compute
    return part * sold / generative


@quantity("share", "share", "Running compute that hangs on reported money", metric=True, formula=())
def reported_share(
    owners: Owners, inference_owners: Owners, paid_inference_share: Array, compute_stock: Array
) -> Array:
    """Part of running compute whose size hangs on reported revenue or spending: all that the
    laboratories use, and the paid inference of others."""
    paid = paid_inference_share * sum(inference_owners) - inference_owners.labs
    return (owners.labs + np.maximum(paid, 0.0)) / compute_stock
