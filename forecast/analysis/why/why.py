"""Why a number is what it is: what grew, what it rests on, what disagrees, what would narrow it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from forecast.analysis.claims.rows import ComparedClaim
from forecast.analysis.explain.explain import everything, explain
from forecast.analysis.explain.rows import Explanation
from forecast.analysis.get.near import near_claims
from forecast.analysis.get.question import Question, find_metric_or_part
from forecast.analysis.runs.section_cache import kept
from forecast.analysis.sensitivity.given_data import strongest
from forecast.analysis.sensitivity.rows import MovesRow
from forecast.analysis.watch.watch import WatchRow, narrowing
from forecast.analysis.why.origins import OriginRow, rests_on
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.names import split_asked
from forecast.periods import FIRST_QUARTER, is_year, label, quarter
from forecast.result import BESIDE, DEFAULT, RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world, shared_ensembles
from forecast.world.history.outcomes import OutcomeRow
from forecast.world.metrics import MetricAt, find_metric, metric_meanings, read_metric_at
from forecast.world.timeline import Timeline
from forecast.world.world import World

STRONGEST = 3  # assumptions and drivers that are named
TO_COME = 4  # figures to come whose effect is worked out
# Who leads, and when, turns on a share alone.
TURNS_ON = {
    "crossover": "inference_share",
    "inference_ahead": "inference_share",
    "spend_crossover": "inference_spend_share",
    "inference_spend_ahead": "inference_spend_share",
}
Stage = Callable[[str], None]


@dataclass(frozen=True)
class Evidence:
    """What each origin of evidence does to a number, what explains most of its variance, and what
    figures to come would do."""

    origins: tuple[OriginRow, ...]
    moves: tuple[MovesRow, ...]
    to_come: tuple[WatchRow, ...]


@dataclass(frozen=True)
class Why(Explanation):
    """The tree behind a number with what changed it since an earlier period, as `explain` has it;
    beside it what it rests on by origin, what moves it most, the claims of the same or a near
    definition, and the figures to come that say most of it. `instead_of` is the event that was
    asked for, if any."""

    origins: tuple[OriginRow, ...] = field(metadata=BESIDE)
    moves: tuple[MovesRow, ...] = field(metadata=BESIDE)
    published: tuple[ComparedClaim, ...] = field(metadata=BESIDE)
    to_come: tuple[WatchRow, ...] = field(metadata=BESIDE)
    given: tuple[OutcomeRow, ...] = field(metadata=BESIDE)
    instead_of: str


def why(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    text: str,
    depth: int | str | None = 1,
    since: str | None = None,
    stage: Stage = lambda _: None,
) -> Why:
    """Return why `METRIC[@PERIOD]` is what it is, the last whole year where no period is named;
    `since` is the last whole year observed, or the period a year before, if none is given.

    `stage` is told what is being worked out. Raises InputError for what cannot be asked.
    """
    timeline = case.timeline(options.through)
    whole, instead_of = _read(text, case.inputs, timeline)
    with shared_ensembles():
        stage("what grew")
        asked = read_metric_at(whole, case.inputs, timeline, also=everything(case.inputs))
        start = since or base_period(asked.period, timeline)
        explanation = explain(case, options, text=asked.text, depth=depth, since=start)
        world = open_world(case, options)
        is_number = explanation.root.summary is not None
        stage("what it rests on, and what would narrow it")
        evidence = Evidence((), (), ())
        if is_number and asked.metric in model_graph().nodes:
            evidence = kept(
                Evidence,
                case,
                explanation.run,
                lambda: _evidence(case, world, asked, options),
                decided_by=asked.text,
                use_cache=options.use_cache,
            )
        stage("what others say")
        published = near_claims(case, world, Question(asked.meaning, asked.period, None))
    return Why(
        command="why",
        run=explanation.run,
        rows=explanation.rows,
        warnings=explanation.warnings,
        change=explanation.change,
        origins=evidence.origins,
        moves=evidence.moves,
        published=published,
        to_come=evidence.to_come,
        given=world.outcomes,
        instead_of=instead_of,
    )


def _evidence(case: Case, world: World, asked: MetricAt, options: RunOptions) -> Evidence:
    return Evidence(
        rests_on(case, world, asked, options),
        strongest(world, asked, STRONGEST),
        narrowing(case, world, asked, TO_COME, options.seed),
    )


def _read(text: str, inputs: Inputs, timeline: Timeline) -> tuple[str, str]:
    """Return METRIC@PERIOD in full, and the event that was asked for if it turns on the metric."""
    name, period = split_asked(text)
    match, part = find_metric_or_part(name, metric_meanings(inputs))
    if part is not None:
        found, at = f"{part.member}, a part of {part.metric}", f"@{period}" if period else ""
        hint = f"Its number: forecast get {part.member}{at}; the whole: {part.metric}{at}."
        raise InputError(Problem("command line", text, found, "a metric", hint))
    if match.name is None and not match.several:
        match = find_metric(name, everything(inputs))
    if match.name is None:
        expected, hint = "an id that `forecast metrics` lists", "All of them: forecast metrics"
        raise InputError(match.problem("command line", text, "metric", expected, hint))
    event = match.name if match.name in TURNS_ON else ""
    return f"{TURNS_ON.get(match.name, match.name)}@{period or timeline.years[-1]}", event


def base_period(period: str, timeline: Timeline) -> str | None:
    """Return the period since which a change is told: the last whole year of the history, or of a
    quarter the same quarter of that year; where that is not earlier, a year before; None where
    nothing is."""
    last, length = quarter(period), 4 if is_year(period) else 1
    observed = FIRST_QUARTER + timeline.history - 1
    year_end = observed - (observed + 1) % 4  # the last quarter of a whole year
    base = year_end if is_year(period) else year_end - 3 + last % 4
    if base >= last:
        base = last - 4
    if base - length + 1 < FIRST_QUARTER:
        return None
    return str(base // 4) if is_year(period) else label(base)
