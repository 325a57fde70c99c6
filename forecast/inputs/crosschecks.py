"""What must hold between files: roles, units, and one use for each observed series."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import Assumption, Driver, Role, Series, Target
from forecast.inputs.tables.tables import SERIES_FILE
from forecast.inputs.yaml.drivers import DRIVERS_FILE
from forecast.inputs.yaml.nodes import Node
from forecast.inputs.yaml.targets import TARGETS_FILE


def check_driver_series(
    drivers: Iterable[Driver], series: Mapping[str, Series], problems: list[Problem]
) -> None:
    """Check that drivers use series that exist, are drivers, and have the driver's unit."""
    for driver in drivers:
        for evidence in driver.evidence:
            for name in evidence.series:
                _check_use(driver, name, "driver", series, problems)


def check_money_constants(
    drivers: Mapping[str, Driver | None],
    money: Mapping[str, Assumption | None],
    problems: list[Problem],
) -> None:
    """Check that the constants of the money group are there if a driver belongs to it."""
    joint = [each for each in drivers.values() if each and each.process]
    if joint and not money:
        place = f"{joint[0].file}:{joint[0].line}"
        hint = "It comes with the built-in assumptions; forecast init copies it."
        problems.append(
            Problem(place, joint[0].name, "no assumptions/money.yaml", "its constants", hint)
        )


def check_target_series(
    targets: Iterable[Target], series: Mapping[str, Series], problems: list[Problem]
) -> None:
    """Check that targets use series that exist, are targets, and have the target's unit."""
    for target in targets:
        for name in (target.momentum,) if target.momentum else target.series:
            _check_use(target, name, "target", series, problems)


def _check_use(
    user: Driver | Target,
    name: str,
    role: Role,
    series: Mapping[str, Series],
    problems: list[Problem],
) -> None:
    place = f"{user.file}:{user.line}"
    found = series.get(name)
    if found is None:
        hint = did_you_mean(name, series)
        problems.append(Problem(place, user.name, f"the series {name}", "a known series", hint))
        return
    if found.role != role:
        expected = f"a series with role {role}"
        hint = f"A series has one role, kept in {SERIES_FILE}."
        problems.append(Problem(place, user.name, f"{name}, a {found.role}", expected, hint))
    if found.unit != user.unit:
        expected = f"a series in {user.unit}"
        problems.append(Problem(place, user.name, f"{name} in {found.unit}", expected))


def check_every_series_used(
    role: Role,
    users: Mapping[str, Collection[str]],
    unused: Mapping[str, Node],
    series: Mapping[str, Series],
    problems: list[Problem],
) -> None:
    """Check that each series with a role is used exactly once, or listed unused with a reason.

    `users` gives the series of each driver (or target) by its name.
    """
    file = DRIVERS_FILE if role == "driver" else TARGETS_FILE
    for name, each in series.items():
        if each.role != role:
            continue
        named = [user for user, used in users.items() if name in used]
        if len(named) > 1:
            found = f"{name} in {' and '.join(named)}"
            problems.append(Problem(file, name, found, f"each {role} series in one {role}"))
        if not named and name not in unused:
            hint = f"Use it, or list it there as `unused: {{{name}: why}}`."
            problems.append(Problem(file, name, f"no {role} that uses it", "one use", hint))
        if named and name in unused:
            node = unused[name]
            problems.append(node.problem(name, f"unused, but {named[0]} uses it", "one of the two"))
    for name, node in unused.items():
        if name not in series or series[name].role != role:
            hint = did_you_mean(name, [key for key, each in series.items() if each.role == role])
            problems.append(node.problem(name, "no such series", f"a {role} series", hint))
