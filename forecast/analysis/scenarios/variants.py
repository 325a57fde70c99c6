"""A case as it stands, and with each of some scenarios on top of it, on the same draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from forecast.beliefs import Array
from forecast.inputs.schema import Scenario, Setting
from forecast.world.case import Case
from forecast.world.ensemble import build_ensemble
from forecast.world.samples import Taken, take_moved
from forecast.world.settings import apply_settings


@dataclass(frozen=True)
class Variants:
    """Draws of metrics by (metric, period), as `Samples.take` returns them: of the case as it
    stands and, by name, with each scenario. `warnings` are those of all."""

    warnings: tuple[str, ...]
    base: Taken
    scenarios: Mapping[str, Taken]


def variants(
    case: Case,
    scenarios: Sequence[Scenario],
    keys: Iterable[tuple[str, str]],
    *,
    draws: int,
    seed: int,
    through: str,
    use_cache: bool,
) -> Variants:
    """Return what `keys`, (metric, period), are in a case and after each scenario.

    Raises InputError for a horizon or a setting that is none.
    """
    every = tuple(setting for scenario in scenarios for setting in scenario.settings)
    timeline = replace(case, settings=(*case.settings, *every)).timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    warnings = list(ensemble.report["warnings"])

    def changed(settings: tuple[Setting, ...]) -> dict[str, Array]:
        found, texts = apply_settings(case.inputs, ensemble, timeline, (*case.settings, *settings))
        warnings.extend(text for text in texts if text not in warnings)
        return found

    base = changed(())
    moves = [changed(scenario.settings) for scenario in scenarios]
    wanted = list(dict.fromkeys(keys))
    first, *rest = take_moved(case.inputs, ensemble, timeline, wanted, moves, changed=base)
    names = (scenario.name for scenario in scenarios)
    return Variants(tuple(warnings), first, dict(zip(names, rest, strict=True)))
