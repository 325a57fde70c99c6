"""From the bytes of all files to checked inputs; all problems of all files are reported at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import PurePosixPath

from forecast.errors import InputError, Problem
from forecast.inputs.crosschecks import (
    check_driver_series,
    check_every_series_used,
    check_money_constants,
    check_target_series,
)
from forecast.inputs.ingest.ingested import merge, merge_guidance, read_ingested
from forecast.inputs.named_scenario import unsourced
from forecast.inputs.onward import going_on
from forecast.inputs.places import InputFile
from forecast.inputs.schema import (
    Assumption,
    Default,
    Driver,
    FiscalCalendar,
    Guidance,
    Inputs,
    Observation,
    Scenario,
    Series,
    Target,
)
from forecast.inputs.settings import known_keys
from forecast.inputs.tables.calendars import CALENDARS_FILE, read_calendars
from forecast.inputs.tables.guidance import GUIDANCE_FILE, read_guidance_file
from forecast.inputs.tables.tables import (
    SERIES_FILE,
    check_duplicates,
    read_observations,
    read_series,
)
from forecast.inputs.yaml.assumptions import (
    CORRELATIONS_FILE,
    check_correlations,
    read_assumptions,
    read_correlations,
)
from forecast.inputs.yaml.drivers import DRIVERS_FILE, read_drivers, read_unused
from forecast.inputs.yaml.nodes import Node, parse_yaml
from forecast.inputs.yaml.scenarios import (
    BASE,
    check_inheritance,
    drop_past_settings,
    read_scenario,
    with_inherited,
)
from forecast.inputs.yaml.targets import TARGETS_FILE, read_targets
from forecast.inputs.yaml.vintages import DEFAULTS_FILE, check_defaults, read_defaults
from forecast.periods import quarter_of
from forecast.store import StoredGuidance, StoredRow

MONEY_FILE = "assumptions/money.yaml"
_BASE_FOLDER = "assumptions/base"
_SCENARIO_FOLDER = "assumptions/scenarios"
_OBSERVATION_FOLDER = "data/observations"
_LISTS = {CORRELATIONS_FILE, DEFAULTS_FILE}  # of entries without names


def parse_inputs(
    files: Sequence[InputFile],
    ingested: Sequence[StoredRow] = (),
    said: Sequence[StoredGuidance] = (),
    as_of: date | None = None,
) -> Inputs:
    """Return the inputs that files and ingested rows hold, beliefs as of today, observations and
    guidance that was `said` without those published after `as_of`.

    Hashes are left empty. Raises InputError with every problem of every file.
    """
    problems: list[Problem] = []
    roots = {
        file.name: parse_yaml(file.name, file.content, problems)
        for file in files
        if file.name.endswith(".yaml")
    }
    tables = {file.name: file.content for file in files if file.name.endswith(".csv")}
    series = read_series(SERIES_FILE, tables[SERIES_FILE], problems)
    observations = _read_all_observations(tables, series, problems)
    calendars = read_calendars(CALENDARS_FILE, tables[CALENDARS_FILE], problems)
    guidance = _read_all_guidance(tables, series, calendars, problems)
    assumptions = _read_all_assumptions(roots, problems)
    money_root = roots.get(MONEY_FILE)
    money = read_assumptions(money_root, "money", problems) if money_root else {}
    correlations_root = roots.get(CORRELATIONS_FILE)
    correlations = read_correlations(correlations_root, problems) if correlations_root else ()
    if _all_readable(roots):
        check_correlations(correlations, assumptions, problems)
    defaults = _read_defaults(roots[DEFAULTS_FILE], assumptions, problems)
    drivers = _read_all_drivers(roots[DRIVERS_FILE], series, problems)
    check_money_constants(drivers, money, problems)
    targets = _read_all_targets(roots[TARGETS_FILE], series, problems)
    _check_names(assumptions, drivers, problems)
    scenarios = _read_all_scenarios(roots, assumptions, drivers, problems)
    units = {name: driver.unit for name, driver in drivers.items() if driver}
    series, own, dropped = read_ingested(ingested, series, units, as_of)
    known = merge(observations, own, as_of)
    guidance, unsaid = merge_guidance(guidance, said, series, as_of)
    data_through = find_data_through(known, series)
    if data_through is None and not problems:
        found = f"no observation of a driver or target published by {as_of or 'any date'}"
        problems.append(Problem(_OBSERVATION_FOLDER, "as of", found, "at least one"))
    if problems or data_through is None:
        raise InputError(sorted(set(problems), key=_by_place))
    scenarios, overtaken = _without_past_settings(scenarios, data_through)
    scenarios = with_inherited(scenarios, known_keys(assumptions, drivers))
    return Inputs(
        assumptions={name: each for name, each in assumptions.items() if each},
        money={name: each for name, each in money.items() if each},
        correlations=correlations,
        series=series,
        observations=known,
        guidance=guidance,
        fiscal_calendars=calendars,
        drivers={name: each for name, each in drivers.items() if each},
        targets=going_on(targets, known),
        scenarios=scenarios,
        data_through=data_through,
        sha256="",
        scenarios_sha256="",
        defaults=defaults,
        warnings=(*dropped, *unsaid, *overtaken),
    )


def find_data_through(
    observations: Sequence[Observation], series: Mapping[str, Series]
) -> date | None:
    """Return the last day that the fitted data reach, None if there are none.

    Figures published before their period ended are guidance, not data; assumed points are neither.
    """
    days = [
        each.period_end
        for each in observations
        if not each.assumed
        and each.period_end <= each.published
        and series[each.series_id].role != "check"
    ]
    return max(days, default=None)


def _read_all_observations(
    tables: Mapping[str, bytes], series: Mapping[str, Series], problems: list[Problem]
) -> tuple[Observation, ...]:
    found: list[Observation] = []
    for name, content in tables.items():
        if name.startswith(_OBSERVATION_FOLDER):
            found.extend(read_observations(name, content, series, problems))
    check_duplicates(found, problems)
    return tuple(found)


def _read_all_guidance(
    tables: Mapping[str, bytes],
    series: Mapping[str, Series],
    calendars: Mapping[str, FiscalCalendar],
    problems: list[Problem],
) -> tuple[Guidance, ...]:
    """Return the guidance of a case; one without the file has none."""
    if GUIDANCE_FILE not in tables:
        return ()
    return read_guidance_file(GUIDANCE_FILE, tables[GUIDANCE_FILE], series, calendars, problems)


def _read_all_assumptions(
    roots: Mapping[str, Node | None], problems: list[Problem]
) -> dict[str, Assumption | None]:
    """Return all assumptions; a name that two files give is a problem."""
    found: dict[str, Assumption | None] = {}
    for file, root in roots.items():
        if root is None or not file.startswith(_BASE_FOLDER) or file == CORRELATIONS_FILE:
            continue
        for name, assumption in read_assumptions(root, PurePosixPath(file).stem, problems).items():
            if name in found:
                node = (root.entries or {})[name]
                problems.append(node.problem(name, "a name of another file", "each name once"))
            found.setdefault(name, assumption)
    return found


def _read_defaults(
    root: Node | None, assumptions: Mapping[str, Assumption | None], problems: list[Problem]
) -> tuple[Default, ...]:
    if root is None:
        return ()
    defaults = read_defaults(root, problems)
    check_defaults(defaults, assumptions.values(), problems)
    return defaults


def _all_readable(roots: Mapping[str, Node | None]) -> bool:
    """Whether every file could be read; names that seem missing may stand in one that was not."""
    return all(
        root is not None and (root.entries is not None or file in _LISTS)
        for file, root in roots.items()
    )


def _check_names(
    assumptions: Mapping[str, object],
    drivers: Mapping[str, Driver | None],
    problems: list[Problem],
) -> None:
    """Check that no driver has an assumption's name, so that a setting's key is never ambiguous."""
    for name in sorted(set(assumptions) & set(drivers)):
        found = "an assumption's name for a driver"
        problems.append(Problem(DRIVERS_FILE, name, found, "a name of its own"))


def _read_all_drivers(
    root: Node | None, series: Mapping[str, Series], problems: list[Problem]
) -> dict[str, Driver | None]:
    """Return the drivers, checked against the series if all of them could be read."""
    if root is None:
        return {}
    drivers = read_drivers(root, problems)
    good = {name: driver for name, driver in drivers.items() if driver}
    check_driver_series(good.values(), series, problems)
    unused = read_unused(root, problems)
    if len(good) == len(drivers):
        users = {
            name: {one for evidence in driver.evidence for one in evidence.series}
            for name, driver in good.items()
        }
        check_every_series_used("driver", users, unused, series, problems)
    return drivers


def _read_all_targets(
    root: Node | None, series: Mapping[str, Series], problems: list[Problem]
) -> tuple[Target, ...]:
    """Return the targets, checked against the series if all of them could be read."""
    if root is None:
        return ()
    targets = read_targets(root, problems)
    good = {name: target for name, target in targets.items() if target}
    check_target_series(good.values(), series, problems)
    unused = read_unused(root, problems)
    if len(good) == len(targets):
        users = {name: target.series for name, target in good.items()}
        check_every_series_used("target", users, unused, series, problems)
    return tuple(good.values())


def _read_all_scenarios(
    roots: Mapping[str, Node | None],
    assumptions: Mapping[str, Assumption | None],
    drivers: Mapping[str, Driver | None],
    problems: list[Problem],
) -> dict[str, Scenario]:
    """Return all scenarios; they are checked only against assumptions that could all be read."""
    files = {file: root for file, root in roots.items() if file.startswith(_SCENARIO_FOLDER)}
    if f"{_SCENARIO_FOLDER}/{BASE}.yaml" not in files:
        file = f"{_SCENARIO_FOLDER}/{BASE}.yaml"
        problems.append(Problem(file, "file", "no such file", "the base scenario, set: {}"))
    check_inheritance({PurePosixPath(file).stem: root for file, root in files.items()}, problems)
    if not _all_readable(roots) or not all(assumptions.values()) or not all(drivers.values()):
        return {}
    keys = known_keys(assumptions, drivers)
    found: dict[str, Scenario] = {}
    for file, root in files.items():
        name = PurePosixPath(file).stem
        scenario = read_scenario(name, root, keys, problems) if root else None
        if scenario is not None:
            found[name] = scenario
    return found


def _without_past_settings(
    scenarios: Mapping[str, Scenario], data_through: date
) -> tuple[dict[str, Scenario], tuple[str, ...]]:
    last = quarter_of(data_through)
    dropped = {name: drop_past_settings(each, last) for name, each in scenarios.items()}
    warnings = [
        warning for each, found in dropped.values() for warning in (*unsourced(each), *found)
    ]
    return {name: each for name, (each, _) in dropped.items()}, tuple(warnings)


def _by_place(problem: Problem) -> tuple[str, list[int], Problem]:
    """Sort by file, then by line as a number."""
    file, *numbers = problem.place.split(":")
    return file, [int(number) for number in numbers if number.isdigit()], problem
