"""What each part of the method is worth: the same hindcast without it, or with another belief."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import product

import numpy as np

from forecast.analysis.hindcast.hindcast import (
    COMPANIES,
    MONEY_GROUPS,
    in_pairs,
    money_origins,
    rows_of_money,
)
from forecast.analysis.hindcast.money_alone import Asked, PerRevenue
from forecast.analysis.hindcast.scoring.rows import HindcastScore
from forecast.analysis.hindcast.scoring.scores import scored
from forecast.inputs.schema import Assumption, Distribution, Inputs, Knot
from forecast.money.group import members
from forecast.money.joint import PER_REVENUE
from forecast.money.processes import BELIEFS
from forecast.processors.second_process import Beside, here

Change = Callable[[Inputs], Inputs]
UNLINKED = PerRevenue(0.0, 0.0)
NO_LIMIT = 1e9  # standard errors, and times a year's cash flow: more than anything
_OF_A_BELIEF = ("persistence", "level_shock", "growth_shock", "drift")


@dataclass(frozen=True)
class Variant:
    """A way to forecast money: what is changed in the inputs, and the belief that links capex."""

    name: str
    change: Change
    per_revenue: PerRevenue | None = None


def _unchanged(inputs: Inputs) -> Inputs:
    return inputs


def with_todays_belief(inputs: Inputs) -> Inputs:
    """Return inputs that always believed what they do today about the link."""
    now = inputs.assumptions[PER_REVENUE]
    always = replace(now.provenance, known_from=date.min)
    changed = replace(now, provenance=always, vintages=())
    return replace(inputs, assumptions={**inputs.assumptions, PER_REVENUE: changed})


def without_guidance(inputs: Inputs) -> Inputs:
    """Return inputs in which companies had said nothing."""
    return replace(inputs, guidance=())


def without_outside_view(inputs: Inputs) -> Inputs:
    """Return inputs without busts and without a financing ceiling."""
    hazards = {f"bust_hazard_{pace}": 0.0 for pace in ("calm", "fast", "steep")}
    cash = _value(inputs.money["operating_cash_flow"]) * NO_LIMIT
    return with_constants(inputs, {**hazards, "operating_cash_flow": cash})


def without_outlier_limit(inputs: Inputs) -> Inputs:
    """Return inputs in which every surprise counts whole."""
    return with_constants(inputs, {"outlier_limit": NO_LIMIT})


def without(company: str, inputs: Inputs) -> Inputs:
    """Return inputs without a company, which is so left out of the sum that is scored."""
    drivers = {name: each for name, each in inputs.drivers.items() if name != company}
    return replace(inputs, drivers=drivers)


def one_belief(belief: str, inputs: Inputs) -> Inputs:
    """Return inputs in which vendors' growth follows one of the three beliefs alone."""
    own = {part: inputs.money[f"vendor_{belief}_{part}"] for part in _OF_A_BELIEF}
    same = {f"vendor_{each}_{part}": own[part] for each in BELIEFS for part in _OF_A_BELIEF}
    return replace(inputs, money={**inputs.money, **same})


def with_constants(inputs: Inputs, values: Mapping[str, float]) -> Inputs:
    """Return inputs with constants of the money group replaced."""
    changed = {
        name: replace(
            inputs.money[name], knots=(Knot(None, Distribution("point", ((0.5, value),))),)
        )
        for name, value in values.items()
    }
    return replace(inputs, money={**inputs.money, **changed})


def _value(constant: Assumption) -> float:
    return dict(constant.knots[0].belief.quantiles)[0.5]


PARTS = (
    Variant("as scored", _unchanged),
    Variant("with today's belief about capex per dollar of NVIDIA's", with_todays_belief),
    Variant("trend alone, without the link", _unchanged, UNLINKED),
    Variant("without guidance", without_guidance),
    Variant("without bust and financing", without_outside_view),
    Variant("without the outlier limit", without_outlier_limit),
    *(Variant(f"vendors by one belief, {each}", partial(one_belief, each)) for each in BELIEFS),
)


def company_variants(inputs: Inputs) -> tuple[Variant, ...]:
    """Return a variant for each company left out."""
    return tuple(
        Variant(f"without {name}", partial(without, name)) for name in members(inputs, "capex")
    )


def scores_of(variant: Variant, inputs: Inputs, draws: int, seed: int = 1) -> list[HindcastScore]:
    """Return the scores of a variant over all horizons, by metric and group of origins."""
    changed = variant.change(inputs)
    asked = Asked(draws, seed, variant.per_revenue)
    rows = rows_of_money(changed, money_origins(changed), asked)
    companies = {COMPANIES: tuple(members(changed, "capex"))}
    return [each for each in scored(rows, MONEY_GROUPS, companies) if each.horizon is None]


@dataclass(frozen=True)
class Choice:
    """A combination of the choices that were made after a look, and how it did on the five's capex
    and NVIDIA's revenue: their mean CRPS before 2023, by which it would have been chosen then, and
    from 2023 on."""

    link: bool
    limit: bool
    vendors: str
    before: float
    after: float
    capex_after: float
    nvidia_after: float


def choices(inputs: Inputs, draws: int, beside: Beside = here) -> list[Choice]:
    """Return every combination, the one first that outcomes before 2023 would have chosen."""
    mixtures: dict[str, Change] = {"all three": _unchanged}
    mixtures |= {belief: partial(one_belief, belief) for belief in BELIEFS}
    asked = list(product((True, False), (True, False), mixtures))
    works = []
    for link, limit, name in asked:
        variant = Variant(name, mixtures[name], None if link else UNLINKED)
        limited = inputs if limit else without_outlier_limit(inputs)
        works.append(partial(scores_of, variant, limited, draws))
    found = [
        Choice(*each, *_before_and_after(scores))
        for each, scores in zip(asked, in_pairs(works, beside), strict=True)
    ]
    return sorted(found, key=lambda each: each.before)


def _before_and_after(scores: list[HindcastScore]) -> Iterator[float]:
    """Yield mean CRPS of capex and NVIDIA before 2023, from 2023, and each from 2023."""
    by_group = {(each.metric, each.origins): each.crps for each in scores}
    names = ("hyperscaler_capex", "nvidia_datacenter_revenue")
    before, after = (
        [by_group[name, group] for name in names] for group in ("before 2023", "from 2023")
    )
    yield float(np.mean(before))
    yield float(np.mean(after))
    yield from after
