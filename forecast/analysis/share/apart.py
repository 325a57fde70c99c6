"""The share of inference taken apart: without an institution, with a belief held elsewhere, and
after an audit of each owner.

Everything is conditioned again from the same prior draws and the same noise of each observation, so
that a difference is what was left out or moved, and not sampling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.beliefs import NORMAL_P90, Array, belief_in_scale, into_scale, out_of_scale
from forecast.ensemble.conditioning import condition
from forecast.ensemble.coordinates import coordinates
from forecast.ensemble.prior import possible_correlations, stream
from forecast.ensemble.targets import Datum, error_covariance, observed_vector
from forecast.inputs.schema import Assumption, Distribution, Inputs
from forecast.result import Band, RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import build_ensemble
from forecast.world.history.conditioning import conditioned, known_data, predictions
from forecast.world.rows import plain_band
from forecast.world.timeline import Timeline
from forecast.world.world import World

SHARE, SPEND = "inference_share", "chip_spend"
HORIZON = "2028"
# Origins of one institution begin with its name.
INSTITUTIONS = ("Epoch AI", "OpenAI", "Anthropic", "Gartner")
RESEARCH = (
    "google_research",
    "meta_research",
    "microsoft_amazon_research",
    "cloud_customers_research",
    "china_research",
    "enterprise_research",
)
UNPAID = ("product_inference", "media_inference", "self_hosted_inference", "embedded_inference")
FOUR = ("google", "meta", "microsoft", "amazon")
AUDITED_ON = "2025Q4"
AUDIT_ERROR = 0.2  # in logits
AUDITED = {
    "laboratories": ("labs",),
    "Google": ("google",),
    "Meta": ("meta",),
    "Microsoft and Amazon": ("microsoft", "amazon"),
    "cloud customers": ("cloud_customers",),
    "China": ("china",),
    "enterprises and states": ("enterprise",),
}


@dataclass(frozen=True)
class Outcome:
    """The share of inference at AUDITED_ON and in HORIZON, and chip spend, USD, in HORIZON, when
    something is otherwise."""

    what: str
    before: Band
    share: Band
    spend: Band


@dataclass(frozen=True)
class Audit:
    """Variances of the share at AUDITED_ON in points²: before, and after audits."""

    before: float
    after: float

    @property
    def cut(self) -> float:
        """The part of the variance that audits take away."""
        return 1.0 - self.after / self.before


@dataclass(frozen=True)
class Ground:
    """Prior draws of a base case through all quarters, what they predict of each datum, and the
    quarters that are looked at."""

    prior: World
    timeline: Timeline
    data: tuple[Datum, ...]
    seed: int

    @cached_property
    def predicted(self) -> Array:
        """What prior draws predict, (data, draws), in each datum's scale."""
        return predictions(self.prior, self.data)

    def again(
        self, *, stays: Callable[[Datum], bool] = lambda _: True, inputs: Inputs | None = None
    ) -> World:
        """Return the world conditioned on the data that stay, if asked with other inputs."""
        start = self.prior if inputs is None else replace(self.prior, inputs=inputs)
        kept = [place for place, datum in enumerate(self.data) if stays(datum)]
        before = self.predicted if inputs is None else None
        if not kept:
            return self.looked_at(start)
        ensemble = conditioned(start, self.data, self.seed, predicted=before, included=kept)
        return self.looked_at(start.with_ensemble(ensemble))

    def looked_at(self, world: World) -> World:
        """Return a world with references of its own, on the quarters that are looked at."""
        ensemble = world.with_references().ensemble.trimmed(self.timeline.size)
        return World(world.inputs, ensemble, self.timeline)


def ground(case: Case, options: RunOptions) -> Ground:
    """Return what everything is conditioned again from, looked at through the run's horizon."""
    timeline = case.timeline(options.through)
    full = timeline.whole()
    prior = World(case.inputs, build_ensemble(case, full, options, prior=True), full)
    return Ground(prior, timeline, known_data(case.inputs), options.seed)


def institution(origin: str) -> str:
    """Return who stands behind an origin."""
    return next((each for each in INSTITUTIONS if origin.startswith(each)), origin)


def without_each(start: Ground) -> Iterator[tuple[int, Outcome]]:
    """Yield, for each institution left out, how many data it has and what remains."""
    for name in dict.fromkeys(institution(datum.origin) for datum in start.data):
        kept = [datum for datum in start.data if institution(datum.origin) != name]
        yield len(start.data) - len(kept), outcome(name, start.again(stays=kept.__contains__))


def without_groups(start: Ground) -> Iterator[tuple[int, Outcome]]:
    """Yield how many data there are and what remains, without opinions and without anything."""
    opinions = sum(datum.opinion for datum in start.data)
    told = start.again(stays=lambda datum: not datum.opinion)
    yield opinions, outcome("all opinions", told)
    nothing = start.again(stays=lambda _: False)
    yield len(start.data), outcome("all data: beliefs alone", nothing)


def levers(inputs: Inputs) -> dict[str, dict[str, int]]:
    """Return the judged beliefs that are held at an end of their range: what moves as one, and
    whether each of it moves with it, 1, or against it, -1."""
    weights = [name for name in inputs.assumptions if name.endswith("_weight")]
    return {
        "research of all but laboratories (six paths)": dict.fromkeys(RESEARCH, 1),
        "its common level (research_level)": {"research_level": 1},
        "inference that no revenue shows (four paths)": dict.fromkeys(UNPAID, 1),
        "its common level (unpaid_inference_level)": {"unpaid_inference_level": 1},
        "owners' weights: four companies against others": {
            name: 1 if name.startswith(FOUR) else -1 for name in weights
        },
        "laboratories' research (lab_research_ratio)": {"lab_research_ratio": 1},
        "cost share of agents (agent_cost_share)": {"agent_cost_share": 1},
    }


def moved_each(start: Ground) -> Iterator[tuple[Outcome, Outcome]]:
    """Yield what comes of each lever at its P10 and at its P90, history speaking anew."""
    inputs = start.prior.inputs
    for what, signs in levers(inputs).items():
        low, high = (
            outcome(what, start.again(inputs=held(inputs, signs, end * NORMAL_P90)))
            for end in (-1, 1)
        )
        yield low, high


def held(inputs: Inputs, signs: Mapping[str, int], z: float) -> Inputs:
    """Return inputs in which each assumption is known to be `z` standard normal deviations from its
    median, times its sign, at every knot."""
    changed = {name: _point(inputs.assumptions[name], sign * z) for name, sign in signs.items()}
    return replace(inputs, assumptions={**inputs.assumptions, **changed})


def _point(assumption: Assumption, z: float) -> Assumption:
    knots = []
    for knot in assumption.knots:
        at = belief_in_scale(knot.belief, np.array(z), assumption.scale)
        value = float(out_of_scale(at, assumption.scale))
        knots.append(replace(knot, belief=Distribution("point", ((0.5, value),))))
    return replace(assumption, knots=tuple(knots))


def outcome(what: str, world: World) -> Outcome:
    """Return the headlines of a world."""
    values = world.values([SHARE, SPEND])
    keys = ((SHARE, AUDITED_ON), (SHARE, HORIZON), (SPEND, HORIZON))
    return Outcome(what, *(plain_band(values.at(*key)) for key in keys))


def audit(start: Ground, base: World) -> Audit:
    """Return what audited splits of seven owners at the end of 2025, each with AUDIT_ERROR, would
    teach of the whole; they find the medians of `base`, the conditioned world."""
    splits = _splits(base)
    prior = start.prior

    def predict(state: Array) -> Array:
        world = replace(prior, ensemble=prior.ensemble.with_state(state))
        return np.concatenate([predictions(world, start.data), _splits(world)])

    errors = np.zeros((len(start.data) + len(splits),) * 2)
    errors[: len(start.data), : len(start.data)] = error_covariance(start.data)
    errors[len(start.data) :, len(start.data) :] = AUDIT_ERROR**2 * np.eye(len(splits))
    state = prior.ensemble.state(with_shocks=False)
    correlations = possible_correlations(prior.inputs.assumptions, prior.inputs.correlations)
    found = condition(
        state,
        coordinates(state, correlations, prior.ensemble.size),
        predict,
        np.concatenate([observed_vector(start.data), np.median(splits, axis=1)]),
        errors,
        stream(start.seed, "observation noise"),
    )
    after = prior.with_ensemble(prior.ensemble.with_state(found.state))
    return Audit(_variance(base), _variance(start.looked_at(after)))


def _splits(world: World) -> Array:
    """Return the share of each audited owner that serves at AUDITED_ON, (owners, draws), in
    logits."""
    values = world.values(["inference_owners", "owners"])

    def compute(metric: str, members: Sequence[str]) -> Array:
        return np.asarray(sum(values.at(metric, AUDITED_ON, "owner", each) for each in members))

    shares = [
        compute("inference_compute", members) / compute("compute_stock", members)
        for members in AUDITED.values()
    ]
    return np.asarray(into_scale(np.stack(shares), "logit"))


def _variance(world: World) -> float:
    return float(np.var(100.0 * world.at(SHARE, AUDITED_ON)))
