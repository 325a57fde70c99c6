"""Our forecast as of the day on which somebody else forecast the same, held against what came.

Errors are logarithms of forecast over outcome, of one plus growth for growth. Many forecasts share
an outcome and its surprise, so each outcome has one vote.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from difflib import get_close_matches
from functools import partial
from itertools import groupby

from forecast.analysis.hindcast.hindcast import in_pairs, question_of
from forecast.analysis.hindcast.money_alone import Asked
from forecast.analysis.hindcast.origins import known_by
from forecast.analysis.hindcast.published.answers import Answer, KnownThen
from forecast.analysis.hindcast.published.definitions import (
    GROWTH,
    Target,
    Unanswerable,
    calendar_of,
    is_of_money,
    span_of,
    target_of,
)
from forecast.analysis.hindcast.published.model_answers import ModelTarget, model_answers
from forecast.analysis.hindcast.published.scores import published_scores
from forecast.analysis.hindcast.scoring.rows import HeadToHead, PublishedRow, UnansweredRow
from forecast.analysis.hindcast.whole_model import HindcastQuestion
from forecast.errors import InputError, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.inputs.yardsticks.published import (
    STRENGTHS,
    Definition,
    Outcome,
    Published,
    PublishedForecast,
)
from forecast.processors.second_process import Beside, here
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.rows import plain

DAYS_OF_A_YEAR = 365.25
NO_MONEY = "not of the money group, which alone was run"

MOST_NAMED = 3  # wordings in a warning


def head_to_head(
    case: Case,
    published: Published,
    options: RunOptions = DEFAULT,
    *,
    whole: bool = True,
    beside: Beside = here,
) -> HeadToHead:
    """Return every published forecast beside ours as of the day on which it was published.

    A wording that `published` does not define is unanswered, and what the money group does not hold
    unless the `whole` model is run, one day here and one `beside`.
    """
    if case.as_of is not None:
        published = _by(case.as_of, published, case.inputs)
    asked = Asked(options.draws, options.seed)
    found: dict[str, Answer | str] = {}
    later: dict[date, list[PublishedForecast]] = {}
    for day, group in groupby(sorted(published.forecasts, key=_day), key=_day):
        said = list(group)
        found |= _of_money(case.inputs, day, said, published, asked)
        for each in said:
            if each.forecast_id not in found:
                later.setdefault(day, []).append(each)
    if whole:
        found |= _of_the_model(question_of(case, options), later, published, beside)
    answers = [(each, found.get(each.forecast_id, NO_MONEY)) for each in published.forecasts]
    rows = [
        _row(each, answer, published, case.inputs)
        for each, answer in answers
        if isinstance(answer, Answer)
    ]
    unanswered = [_unanswered(each, why) for each, why in answers if isinstance(why, str)]
    return HeadToHead(
        "backtest",
        run_of(case, options),
        tuple(rows),
        _warnings(published),
        tuple(published_scores(rows)),
        tuple(unanswered),
    )


def _by(day: date, published: Published, inputs: Inputs) -> Published:
    """Return the forecasts that were published by a day, and the outcomes that were known by it: of
    a period that was over where nobody says when."""

    def known(outcome: Outcome) -> date:
        if outcome.published is not None:
            return outcome.published
        definition = published.definitions.get((outcome.metric, outcome.definition))
        return outcome.period.last_day(calendar_of(definition, inputs) if definition else None)

    return replace(
        published,
        forecasts=tuple(each for each in published.forecasts if each.published <= day),
        outcomes=tuple(each for each in published.outcomes if known(each) <= day),
    )


def _day(forecast: PublishedForecast) -> date:
    return forecast.published


def _warnings(published: Published) -> tuple[str, ...]:
    """Return which wordings of a person's own forecasts, and of their own outcomes, nothing
    defines."""
    said, came = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    if published.has_own_forecasts:
        said.update((each.metric, each.definition) for each in published.forecasts)
    if published.has_own_outcomes:
        came.update((each.metric, each.definition) for each in published.outcomes)
    found = []
    for what, counts in (("forecast", said), ("outcome", came)):
        unknown = [each for each in counts if each not in published.definitions]
        if unknown:
            count = sum(counts[each] for each in unknown)
            named = ", ".join(
                f"“{each[1]}”{_nearest(*each, published)}" for each in unknown[:MOST_NAMED]
            )
            rest = len(unknown) - MOST_NAMED
            more = f" and {rest} more" if rest > 0 else ""
            found.append(
                f"{count} {what}{'s' * (count > 1)} not scored, as nothing defines {named}{more}; "
                "each needs a row in data/published/definitions.csv of the workspace"
            )
    return tuple(found)


def _nearest(metric: str, definition: str, published: Published) -> str:
    """Return what may have been meant by a wording that nothing defines, in brackets."""
    known: dict[str, list[str]] = {}
    for its, wording in published.definitions:
        known.setdefault(its, []).append(wording)
    if metric in known:
        (near,) = get_close_matches(definition, known[metric], n=1, cutoff=0.0)
        return f" (nearest of {metric}: “{near}”)"
    hint = did_you_mean(metric, known, show=1)
    return f" of {metric} ({hint or 'no metric that is known'})"


def _of_money(
    inputs: Inputs,
    day: date,
    said: Sequence[PublishedForecast],
    published: Published,
    asked: Asked,
) -> dict[str, Answer | str]:
    """Return the money group's answers to forecasts of a day, by id, or why there is none; of what
    it does not hold, nothing."""
    found: dict[str, Answer | str] = {}
    mine: list[tuple[PublishedForecast, Definition]] = []
    for each in said:
        definition = published.definitions.get((each.metric, each.definition))
        if definition is None:
            found[each.forecast_id] = "nothing defines this wording"
        elif is_of_money(definition, inputs):
            mine.append((each, definition))
    if not mine:
        return found
    try:
        then = known_by(inputs, day)
    except InputError as error:
        return found | {each.forecast_id: f"{error.problems[0].found} by then" for each, _ in mine}
    targets: dict[str, Target] = {}
    for each, definition in mine:
        try:
            targets[each.forecast_id] = target_of(definition, each.period, each.unit, then)
        except Unanswerable as error:
            found[each.forecast_id] = str(error)
    if targets:
        known = KnownThen(then, list(targets.values()), asked)
        found |= {name: known.answer(target) for name, target in targets.items()}
    return found


def _of_the_model(
    question: HindcastQuestion,
    by_day: Mapping[date, Sequence[PublishedForecast]],
    published: Published,
    beside: Beside,
) -> dict[str, Answer | str]:
    """Return the whole model's answers, by id."""
    works = []
    for day, said in by_day.items():
        targets = [
            ModelTarget(published.definitions[each.metric, each.definition], each.period, each.unit)
            for each in said
        ]
        works.append(partial(model_answers, question, day, targets))
    answered = in_pairs(works, beside)
    ids = [each.forecast_id for said in by_day.values() for each in said]
    return dict(zip(ids, (each for group in answered for each in group), strict=True))


def _row(
    said: PublishedForecast, answer: Answer, published: Published, inputs: Inputs
) -> PublishedRow:
    definition = published.definitions[said.metric, said.definition]
    end = said.period.last_day(calendar_of(definition, inputs))
    came = outcome_of(said, definition, published, inputs)
    point, ours = said.point, answer.quantiles
    is_scored = came is not None and point is not None
    return PublishedRow(
        forecast_id=said.forecast_id,
        who=said.who,
        published=said.published.isoformat(),
        quantity=definition.quantity,
        definition=said.definition,
        target_period=said.period.text,
        years_ahead=round((end - said.published).days / DAYS_OF_A_YEAR, 3),
        unit=said.unit,
        low=said.low,
        mid=said.mid,
        high=said.high,
        quantiles=ours,
        walk=answer.walk,
        converted=answer.converted,
        is_read_off=said.is_read_off,
        outcome_id=came.outcome_id if came else None,
        outcome=came.value if came else None,
        strength=came.strength if came else None,
        error=_error(point, came, said.unit) if is_scored else None,
        error_ours=_error(ours.p50, came, said.unit) if is_scored else None,
        error_walk=_error(answer.walk, came, said.unit) if is_scored else None,
        held_80=ours.at(10) <= came.value <= ours.at(90) if came else None,
    )


def outcome_of(
    said: PublishedForecast, definition: Definition, published: Published, inputs: Inputs
) -> Outcome | None:
    """Return what came of a forecast: as linked, or else the firmest of the same meaning, unit and
    span."""
    if published.links is not None:
        linked = published.links.get(said.forecast_id)
        return next((each for each in published.outcomes if each.outcome_id == linked), None)
    span = span_of(definition, said.period, inputs)
    same = [
        each
        for each in published.outcomes
        if (other := published.definitions.get((each.metric, each.definition)))
        and other.is_same(definition)
        and (each.unit, span_of(other, each.period, inputs)) == (said.unit, span)
    ]
    return min(same, key=lambda each: STRENGTHS.index(each.strength), default=None)


def _error(forecast: float | None, came: Outcome | None, unit: str) -> float | None:
    """Return the logarithm of forecast over outcome, None where either is nothing."""
    if forecast is None or came is None:
        return None
    factors = [1.0 + each / 100.0 if unit == GROWTH else each for each in (forecast, came.value)]
    return plain(math.log(factors[0] / factors[1])) if min(factors) > 0.0 else None


def _unanswered(said: PublishedForecast, reason: str) -> UnansweredRow:
    return UnansweredRow(
        said.forecast_id,
        said.who,
        said.published.isoformat(),
        said.metric,
        said.definition,
        said.period.text,
        said.unit,
        reason,
    )
