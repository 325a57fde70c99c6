"""A case: inputs, and what is changed in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Literal

from forecast import __version__
from forecast.code_hash import code_sha256
from forecast.curves.evidence import data_through_quarter
from forecast.errors import InputError, Problem
from forecast.inputs import find_scenario, find_workspace, load, parse_settings
from forecast.inputs.schema import Inputs, Setting
from forecast.inputs.settings import Computed, known_keys
from forecast.model.equations import model_graph
from forecast.money.guidance import outlook_series
from forecast.money.joint import LEADER, planned
from forecast.money.reported import reported
from forecast.periods import FIRST_QUARTER, fiscal_quarter, label, quarter
from forecast.result import Run, RunOptions
from forecast.world.history.outcomes import Outcome, parse_outcomes
from forecast.world.timeline import LOOKAHEAD, Timeline

LAST_HORIZON = "2035Q4"


@dataclass(frozen=True)
class Case:
    """Inputs with scenarios and settings, in the order in which they apply, and the outcomes that
    are then learnt."""

    inputs: Inputs
    workspace: Path | None
    scenario: tuple[str, ...]
    settings: tuple[Setting, ...]
    as_of: date | None
    given: tuple[Outcome, ...] = ()

    @property
    def source(self) -> str:
        """Where the inputs come from, in words."""
        return f"workspace {self.workspace.name}" if self.workspace else "built-in base case"

    def timeline(self, through: str) -> Timeline:
        """Return the quarters to compute for a horizon.

        They reach as far as any dated setting and outcome, so that a shorter horizon shows the same
        path.

        Raises InputError for a horizon that lies in the history or beyond 2035.
        """
        history, vendor = vendor_quarters(self.inputs)
        try:
            last = quarter(through)
        except ValueError as error:
            raise InputError(
                Problem("command line", "--through", through, f"a year or quarter: {error}")
            ) from error
        first = FIRST_QUARTER + history
        if not first <= last <= quarter(LAST_HORIZON):
            raise InputError(
                Problem(
                    "command line",
                    "--through",
                    through,
                    f"a horizon from {label(first)} (the data end before) to {LAST_HORIZON}",
                )
            )
        horizon = last - FIRST_QUARTER + 1
        periods = [each.period for each in self.settings if each.period]
        asked = [quarter(period) for period in (*periods, *(each.period for each in self.given))]
        furthest = min(max([last, *asked]), quarter(LAST_HORIZON)) - FIRST_QUARTER + 1
        return Timeline(history, max(vendor, history), horizon, furthest + LOOKAHEAD)


def run_of(case: Case, options: RunOptions) -> Run:
    """Return what identifies a run of a case; whoever measures its duration adds it."""
    return Run(
        version=__version__,
        started=options.started,
        as_of=case.as_of.isoformat() if case.as_of else None,
        data_through=case.inputs.data_through.isoformat(),
        seed=options.seed,
        draws=options.draws,
        through=options.through,
        scenario=case.scenario,
        overrides=tuple(each.text for each in case.settings if each.origin == "command line"),
        inputs_sha256=case.inputs.whole_sha256,
        duration_s=None,
        source=case.source,
        code_sha256=code_sha256(),
        given=tuple(each.text for each in case.given),
    )


def vendor_quarters(inputs: Inputs) -> tuple[int, int]:
    """Return how many quarters vendor revenue covers, reported and with an outlook for the next."""
    driver = inputs.drivers[LEADER]
    report = reported(driver, inputs)
    if not report.quarters or report.last < FIRST_QUARTER:
        found = f"reported through {label(report.last)}" if report.quarters else "not reported"
        hint = "An as-of date may be too early for it."
        place = f"{driver.file}:{driver.line}"
        expected = f"revenue reported from {label(FIRST_QUARTER)} on"
        raise InputError(Problem(place, driver.name, found, expected, hint))
    last = report.last
    guided = {
        fiscal_quarter(row.period_end)
        for row in inputs.guidance
        if row.months == 3 and row.series_id in outlook_series(driver)
    }
    history = min(last, data_through_quarter(inputs)) - FIRST_QUARTER + 1
    return history, last + (last + 1 in guided) - FIRST_QUARTER + 1


def read_settings(texts: Sequence[str], inputs: Inputs) -> tuple[Setting, ...]:
    """Return the settings of the command line; see `parse_settings`."""
    return parse_settings(texts, inputs, "command line", computed_names(inputs))


def computed_names(inputs: Inputs) -> dict[str, Computed]:
    """Return what the model computes, by name."""
    keys = known_keys(inputs.assumptions, inputs.drivers)
    by_need = {planned(inputs, name): name for name in keys}
    return {
        name: Computed(node.meaning.title, node.meaning.metric, _nearest(name, by_need))
        for name, node in model_graph().nodes.items()
    }


def _nearest(name: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys, by what equations call them, that a quantity needs through the fewest
    equations between."""
    nodes = model_graph().nodes
    seen, level = {name}, [name]
    while level:
        needs = [need for each in level if each in nodes for need in nodes[each].needs]
        level = [need for need in dict.fromkeys(needs) if need not in seen]
        if found := tuple(keys[need] for need in level if need in keys):
            return found
        seen.update(level)
    return ()


def load_case(
    workspace: Path | None = None,
    scenario: Sequence[str] = (),
    settings: Sequence[str] = (),
    as_of: date | None = None,
    beliefs: Literal["then", "today"] = "then",
    given: Sequence[str] = (),
) -> Case:
    """Return the case that a command asks for; raises InputError with every problem found.

    As of an earlier day it holds the beliefs of `then`, unless those of `today` are asked for.
    `given` are outcomes to learn.
    """
    place = find_workspace(None, workspace)
    inputs = load(place, as_of, beliefs=beliefs)
    return with_changes(Case(inputs, place, (), (), as_of), scenario, settings, given)


def with_changes(
    base: Case, scenario: Sequence[str], settings: Sequence[str], given: Sequence[str] = ()
) -> Case:
    """Return a case with scenarios, then settings, then outcomes added to what it has.

    Raises InputError with every problem.
    """
    problems: list[Problem] = []
    added: list[Setting] = []
    for name in scenario:
        try:
            added += find_scenario(name, base.inputs).settings
        except InputError as error:
            problems += error.problems
    try:
        added += read_settings(settings, base.inputs)
    except InputError as error:
        problems += error.problems
    outcomes: tuple[Outcome, ...] = ()
    try:
        outcomes = parse_outcomes(given, base.inputs, LAST_HORIZON)
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return replace(
        base,
        scenario=(*base.scenario, *scenario),
        settings=(*base.settings, *added),
        given=(*base.given, *outcomes),
    )
