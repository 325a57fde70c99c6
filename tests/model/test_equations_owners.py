"""Who uses compute, worked by hand."""

from __future__ import annotations

from typing import Any

import pytest
from by_hand import holds, made, numbers, run

from forecast.model.equations.demand.research import Owners
from forecast.model.equations.demand.revenue import Segments
from forecast.model.equations.demand.serving import Unpaid

LABS = made(Segments, 30.0, 40.0, 6.0, 4.0)
SOLD_BY = made(Owners, 80.0, 20.0, 2.0, 13.0, 2.0, 1.0, 2.0, 0.0)
UNPAID_BY = made(Owners, 2.0, 12.0, 4.0, 4.0, 2.0, 8.0, 4.0, 4.0)
EMBEDDED = made(Owners, 0.0, 3.0, 4.0, 1.0, 1.0, 0.0, 1.0, 0.0)
INFERENCE = made(Owners, 41.0, 28.0, 19.0, 12.5, 6.0, 4.5, 7.0, 2.0)
TRAINING = made(Owners, 25.0, 23.0, 34.0, 6.0, 6.0, 40.0, 11.0, 20.0)
BOTH = made(Owners, 66.0, 51.0, 53.0, 18.5, 12.0, 44.5, 18.0, 22.0)

CASES: list[tuple[str, dict[str, Any], float]] = [
    ("google_compute_share", {"owners": BOTH, "compute_stock": 204.0}, 0.25),
    ("meta_compute_share", {"owners": BOTH, "compute_stock": 212.0}, 0.25),
    ("china_compute_share", {"owners": BOTH, "compute_stock": 240.0}, 0.075),
    ("two_labs_compute", {"owners": BOTH, "other_labs_share": 0.25}, 49.5),
    # 45.5 of 110.5
    ("rented_inference_share", {"inference_owners": INFERENCE, "owners": BOTH}, 45.5 / 110.5),
    # 120 of 160 that is not embedded is paid for, and half of inference is not embedded
    ("paid_inference_share", {"sold_by_owner": SOLD_BY, "unpaid_by_owner": UNPAID_BY,
                              "inference_compute": 160.0, "embedded_inference_compute": 80.0},
     0.375),
    # half of 120 is paid, 41 of it the laboratories', who use 66 in all: 66 and 19 of 340
    ("reported_share", {"owners": BOTH, "inference_owners": INFERENCE,
                        "paid_inference_share": 0.5, "compute_stock": 340.0}, 0.25),
    ("reported_share", {"owners": BOTH, "inference_owners": INFERENCE,
                        "paid_inference_share": 0.1, "compute_stock": 264.0}, 0.25),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_by_hand(name: str, arguments: dict[str, Any], expected: float) -> None:
    holds(name, arguments, expected)


def test_sold_inference_is_run_by_laboratories_and_by_the_weights_of_others() -> None:
    found = run(
        "sold_by_owner",
        lab_serving=LABS,
        sold_serving=made(Segments, 10.0, 20.0, 2.0, 8.0),
        google_consumer_weight=0.8,
        meta_consumer_weight=0.4,
        microsoft_consumer_weight=0.2,
        amazon_consumer_weight=0.2,
        cloud_customers_consumer_weight=0.2,
        china_consumer_weight=0.2,
        google_sold_weight=5.0,
        microsoft_sold_weight=4.0,
        amazon_sold_weight=3.0,
        cloud_customers_sold_weight=2.0,
        china_sold_weight=1.0,
    )
    # consumers' 10 by 4, 2, 1, 1, 1, 1 tenths; 30 of agents and API by 5, 4, 3, 2, 1 fifteenths
    assert numbers(found) == pytest.approx([80.0, 14.0, 2.0, 9.0, 7.0, 5.0, 3.0, 0.0])


def test_unpaid_inference_is_run_by_weights() -> None:
    found = run(
        "unpaid_by_owner",
        unpaid_serving=made(Unpaid, 10.0, 20.0, 5.0),
        google_product_weight=2.0,
        meta_product_weight=1.0,
        microsoft_product_weight=0.5,
        amazon_product_weight=0.5,
        cloud_customers_product_weight=0.5,
        china_product_weight=0.5,
        labs_media_weight=0.1,
        google_media_weight=0.2,
        meta_media_weight=0.1,
        cloud_customers_media_weight=0.4,
        china_media_weight=0.2,
        cloud_customers_self_hosted_weight=0.6,
        china_self_hosted_weight=0.2,
        enterprise_self_hosted_weight=0.2,
    )
    assert numbers(found) == pytest.approx([2.0, 8.0, 4.0, 1.0, 1.0, 12.0, 6.0, 1.0])


def test_embedded_models_have_their_owners() -> None:
    weights = run(
        "embedded_weights",
        google_embedded_weight=3.0,
        meta_embedded_weight=4.0,
        microsoft_embedded_weight=1.0,
        amazon_embedded_weight=1.0,
        cloud_customers_embedded_weight=0.0,
        china_embedded_weight=1.0,
        enterprise_embedded_weight=0.0,
    )
    assert numbers(weights) == numbers(EMBEDDED)


def test_inference_is_used_by_who_runs_each_part() -> None:
    found = run(
        "inference_owners",
        inference_compute=120.0,
        embedded_inference_compute=40.0,
        sold_by_owner=SOLD_BY,
        unpaid_by_owner=UNPAID_BY,
        embedded_weights=EMBEDDED,
    )
    # 80 for the 160 that language and media models ask for, and 40 of embedded models in tenths
    assert numbers(found) == pytest.approx([41.0, 28.0, 19.0, 12.5, 6.0, 4.5, 7.0, 2.0])


def test_training_is_used_by_what_each_asks_for() -> None:
    found = run(
        "training_owners",
        training_compute=165.0,
        research_demand=made(Owners, 50.0, 40.0, 60.0, 10.0, 10.0, 80.0, 20.0, 40.0),
        embedded_training=20.0,
        embedded_weights=EMBEDDED,
    )
    # half of 330 that is asked for: Google 40 and six, Meta 60 and eight
    assert numbers(found) == pytest.approx(numbers(TRAINING))


def test_owners_use_both() -> None:
    found = run("owners", inference_owners=INFERENCE, training_owners=TRAINING)
    assert numbers(found) == pytest.approx(numbers(BOTH))
