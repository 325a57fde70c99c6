"""What a number is made of, down to beliefs and observations with sources."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from forecast.analysis.attribution.divisia import title_of, wanted_for
from forecast.analysis.attribution.identities import fields_of, formulas_of
from forecast.analysis.explain.rows import Explanation
from forecast.analysis.explain.since import with_change
from forecast.analysis.explain.snapshot import Movement, at, by_link, snapshots
from forecast.analysis.explain.tree import Draws, Tree
from forecast.beliefs import Array
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.money.joint import planned
from forecast.periods import is_year, quarter
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricAt, read_metric_at
from forecast.world.timeline import Timeline
from forecast.world.world import World


def explain(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    text: str,
    depth: int | str | None = None,
    since: str | None = None,
) -> Explanation:
    """Return the tree behind `METRIC@PERIOD` as one nested row, to `depth` levels of inputs (all if
    it is None; as a number or as a person wrote it); any quantity, driver or assumption can stand
    in for the metric.

    Each quantity is taken apart where it is first met, its inputs in order of their rank
    correlation with it. `roots` holds the beliefs and paths that everything rests on, in order of
    their rank correlation with the number itself. With `since`, `attribution` holds what each link
    of the chain did to the number since that period; the amounts add up to the change in every
    draw. Raises InputError for what cannot be asked.
    """
    timeline = case.timeline(options.through)
    asked, start, levels = _read(text, since, depth, case.inputs, timeline)
    world = open_world(case, options)
    draws, movement = _drawn(world, asked, start, levels)
    tree = Tree(world, asked, draws, everything(case.inputs))
    if asked.metric not in tree.draws:
        found, expected = f"{asked.metric}, which speaks of the history alone", "an earlier period"
        raise InputError(Problem("command line", asked.text, found, expected))
    explanation = Explanation(
        command="explain",
        run=run_of(case, options),
        rows=(tree.root(levels),),
        warnings=world.warnings,
        change=None,
    )
    return with_change(explanation, asked, movement, case.inputs) if movement else explanation


def _read(
    text: str, since: str | None, depth: int | str | None, inputs: Inputs, timeline: Timeline
) -> tuple[MetricAt, str | None, int | None]:
    """Return what is asked, since when, and how deep; raises InputError with all that is wrong."""
    problems: list[Problem] = []
    asked: MetricAt | None = None
    also = everything(inputs)
    try:
        asked = read_metric_at(text, inputs, timeline, also=also)
    except InputError as error:
        problems += error.problems
    if since is not None:
        problems += _wrong_start(since.strip(), asked, inputs, timeline)
    levels = None if depth is None else str(depth).strip()
    if levels is not None and not re.fullmatch("[1-9][0-9]?", levels):
        expected = "a whole number of levels from 1 to 99"
        problems.append(Problem("command line", f"--depth {depth}", repr(levels), expected))
    if problems or asked is None:
        raise InputError(problems)
    start = since.strip().upper() if since else None
    return asked, start, int(levels) if levels else None


def _wrong_start(
    since: str, asked: MetricAt | None, inputs: Inputs, timeline: Timeline
) -> Iterable[Problem]:
    """Yield what is wrong with the period since which a change is asked for."""
    subject = f"--since {since}"
    try:
        read_metric_at(f"compute_stock@{since}", inputs, timeline)
    except InputError as error:
        expected = f"a year or quarter from {timeline.periods[0]} to {timeline.periods[-1]}"
        yield from (
            Problem("command line", subject, each.found, expected) for each in error.problems
        )
        return
    if asked is None:
        return
    if is_year(since) != is_year(asked.period):
        length = "year" if is_year(asked.period) else "quarter"
        hint = "A year is compared with a year and a quarter with a quarter."
        yield Problem("command line", subject, repr(since), f"a {length}", hint)
    elif quarter(since) >= quarter(asked.period):
        yield Problem("command line", subject, repr(since), f"a period before {asked.period}")
    if _is_record(asked.metric):
        found = f"{asked.metric}, which is several numbers"
        yield Problem("command line", subject, found, "a quantity that is one number")


def everything(inputs: Inputs) -> dict[str, Meaning]:
    """Return everything that has a value at a period: quantities, drivers and assumptions."""
    meanings = {node.name: node.meaning for node in model_graph().nodes.values()}
    for name, each in inputs.drivers.items():
        for called in sorted({name, planned(inputs, name)} - meanings.keys()):
            title = title_of(called, inputs)
            meanings[called] = Meaning(
                called, each.unit, each.kind, title, title, True, False, None
            )
    for name, belief in inputs.assumptions.items():
        title = belief.title
        meanings[name] = Meaning(name, belief.unit, "stock", title, title, False, False, None)
    return meanings


def _is_record(name: str) -> bool:
    return name in model_graph().nodes and bool(fields_of(name))


def _reached(name: str, depth: int | None) -> set[str]:
    """Return a name with its inputs, level by level to a depth, and all that they rest on."""
    nodes = model_graph().nodes
    reached, level = {name}, {name}
    while level and depth != 0:
        level = {need for each in level if each in nodes for need in nodes[each].needs} - reached
        reached |= level
        depth = None if depth is None else depth - 1
    return reached | model_graph().arguments_of([name])


def _drawn(
    world: World, asked: MetricAt, since: str | None, depth: int | None
) -> tuple[Mapping[str, Draws], Movement | None]:
    """Return the draws of all that the tree shows at its period, by name; and with `since` how the
    number moved, by each formula that it has."""
    name, inputs = asked.metric, world.inputs
    names = _reached(name, depth)
    wanted, readers = set(names), [at(inputs, names, asked.period)]
    if since:
        readers.append(at(inputs, [name], since))
        for view in range(max(1, len(formulas_of(name)))):
            wanted |= wanted_for(name, view)
            readers.append(by_link(asked, since, view))
    now, *past = snapshots(world, wanted, readers)
    draws: dict[str, dict[str, Array]] = {}
    for (each, field), values in now.items():
        draws.setdefault(each, {})[field] = values
    if since is None:
        return draws, None
    before, *views = past
    by_view = tuple({link: amount for (link, _), amount in view.items()} for view in views)
    return draws, Movement(since, before[name, ""], draws[name][""], by_view)
