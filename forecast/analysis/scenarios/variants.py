"""A case as it stands, and with each of some scenarios on top of it, on the same draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from forecast.inputs.schema import Scenario
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.values import Keys, Taken


@dataclass(frozen=True)
class Variants:
    """Draws of metrics by (metric, period), as `World.take` returns them: of the case as it stands
    and, by name, with each scenario. `warnings` are those of all."""

    warnings: tuple[str, ...]
    base: Taken
    scenarios: Mapping[str, Taken]


def variants(
    case: Case, options: RunOptions, *, scenarios: Sequence[Scenario], keys: Keys
) -> Variants:
    """Return what `keys`, (metric, period), are in a case and after each scenario.

    Raises InputError for a horizon or a setting that is none.
    """
    every = [setting for scenario in scenarios for setting in scenario.settings]
    base = open_world(case, options, also=every)
    worlds = [base.with_settings((*case.settings, *each.settings)) for each in scenarios]
    first, *rest = base.after([each.changed for each in worlds], list(dict.fromkeys(keys)))
    warnings = dict.fromkeys(text for world in (base, *worlds) for text in world.warnings)
    names = (scenario.name for scenario in scenarios)
    return Variants(tuple(warnings), first, dict(zip(names, rest, strict=True)))
