"""What `--given` learns of an outcome, against conditioning anew and against eight times the draws.

The same outcome is one more target from the prior on, conditioned by ES-MDA; and it weighs the
draws of eight further seeds together, which is as near as one comes to what weighing is after.
Prints the table of docs/model.md, in 2028 at P10, median and P90, and under it how far each strays
from the many draws, in widths of the base's P10 to P90.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from forecast.beliefs import Array, into_scale
from forecast.ensemble.reweighting import effective_draws, log_likelihood, weights_of
from forecast.inputs import load
from forecast.inputs.schema import Target
from forecast.periods import month_end, quarter
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.history.learning import after_learning
from forecast.world.history.outcomes import Outcome, parse_outcomes, slope_at
from forecast.world.world import World

GIVEN = "ai_capex@2027=2.0T"
AT = "2028"
SHOWN = {
    "inference_share": ("inference share", 0.01, "{:.0f}%"),
    "chip_spend": ("AI chip spend", 1e9, "${:,.0f}B"),
    "ai_capex": ("AI capex", 1e12, "${:.1f}T"),
    "ai_revenue": ("AI revenue", 1e9, "${:,.0f}B"),
    "compute_stock": ("running compute, M H100e", 1e6, "{:.0f}"),
    "ai_power_capacity": ("AI power capacity, GW", 1e9, "{:.0f}"),
}
SEEDS = range(2, 10)
LEVELS = (0.1, 0.5, 0.9)


def main() -> None:
    """Print the table for the outcome on the command line, or for GIVEN."""
    text = sys.argv[1] if len(sys.argv) > 1 else GIVEN
    case = Case(load(), None, (), (), None)
    (outcome,) = parse_outcomes([text], case.inputs, "2028Q4")
    before = opened(case, 1)
    after = after_learning(before, [outcome])
    error = after.outcomes[0].error * slope_at(outcome.value, outcome.scale)
    ways = {
        "base": quantiles(shown(before)),
        "`--given`": quantiles(shown(after)),
        "conditioned anew": quantiles(shown(opened(with_target(case, outcome, error), 1))),
    }
    draws, weights = pooled(case, outcome, error)
    ways[f"{weights.size:,} draws"] = quantiles(draws, weights)
    print(f"| given {text} | {' | '.join(ways)} |")
    print("|---" * (len(ways) + 1) + "|")
    for index, (title, size, form) in enumerate(SHOWN.values()):
        cells = (
            ", ".join(form.format(each / size) for each in way[index]) for way in ways.values()
        )
        print(f"| {title} | {' | '.join(cells)} |")
    print(
        f"\n{after.outcomes[0].effective_draws:,.0f} effective draws of {before.draws:,};", end=" "
    )
    print(f"{effective_draws(weights):,.0f} of {weights.size:,}")
    for name, middle, ends, worst in strays(ways):
        print(f"{name}: medians {middle:.2f}, ends {ends:.2f}, worst {worst:.2f}")


def opened(case: Case, seed: int) -> World:
    """Return the conditioned world of a case."""
    return open_world(case, RunOptions(seed=seed, use_cache=False))


def shown(world: World) -> Array:
    """Return the metrics shown, (metrics, draws)."""
    values = world.values([*SHOWN])
    return np.stack([values.at(name, AT) for name in SHOWN])


def with_target(case: Case, outcome: Outcome, error: float) -> Case:
    """Return a case that holds the outcome as one more target, from the prior on."""
    target = Target(
        "given", outcome.metric, (), (outcome.period,), outcome.unit, error, "given",
        "An outcome supposed.", "command line", 1, values=(outcome.value,),
    )  # fmt: skip
    over = month_end(quarter(outcome.period) // 4, 12)  # of a period that is not over none counts
    changed = replace(case.inputs, targets=(*case.inputs.targets, target), as_of=over)
    sha256 = f"{case.inputs.sha256} with {outcome.text} {error:.10g}"
    return replace(case, inputs=replace(changed, sha256=sha256))


def pooled(case: Case, outcome: Outcome, error: float) -> tuple[Array, Array]:
    """Return the metrics of further seeds together, (metrics, draws), and the weights of draws."""
    found, likely = [], []
    for seed in SEEDS:
        world = opened(case, seed)
        said = into_scale(world.at(outcome.metric, outcome.period), outcome.scale)
        likely.append(log_likelihood(np.asarray(said), outcome.scaled, error))
        found.append(shown(world))
    return np.concatenate(found, axis=1), weights_of(np.concatenate(likely))


def quantiles(draws: Array, weights: Array | None = None) -> Array:
    """Return P10, median and P90 of draws, (metrics, levels), of equal weight if none are given."""
    if weights is None:
        return np.quantile(draws, LEVELS, axis=1).T
    rows = []
    for each in draws:
        order = np.argsort(each)
        along = np.cumsum(weights[order]) - 0.5 * weights[order]
        rows.append(np.interp(LEVELS, along, each[order]))
    return np.array(rows)


def strays(ways: dict[str, Array]) -> Iterator[tuple[str, float, float, float]]:
    """Yield how far each way strays from the many draws, in widths of the base's P10 to P90: the
    mean at the medians, at the ends, and the most anywhere."""
    *others, (_, many) = ways.items()
    width = ways["base"][:, 2] - ways["base"][:, 0]
    for name, way in others[1:]:
        apart = np.abs(way - many) / width[:, None]
        yield name, float(apart[:, 1].mean()), float(apart[:, ::2].mean()), float(apart.max())


if __name__ == "__main__":
    main()
