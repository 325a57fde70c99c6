"""Our forecast as of the day on which somebody else forecast the same, held against what came.

Errors are logarithms of forecast over outcome, of one plus growth for growth. Many forecasts share
an outcome and its surprise, so each outcome has one vote.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from forecast.analysis.hindcast.answers import Answer, KnownThen
from forecast.analysis.hindcast.definitions import (
    GROWTH,
    Target,
    Unanswerable,
    calendar_of,
    is_of_money,
    span_of,
    target_of,
)
from forecast.analysis.hindcast.money_alone import Asked
from forecast.analysis.hindcast.origins import known_by
from forecast.analysis.hindcast.published_scores import published_scores
from forecast.analysis.hindcast.rows import HeadToHead, PublishedRow, UnansweredRow
from forecast.errors import InputError
from forecast.inputs.published import (
    STRENGTHS,
    Definition,
    Outcome,
    Published,
    PublishedForecast,
)
from forecast.inputs.schema import Inputs
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.rows import plain

DAYS_OF_A_YEAR = 365.25


def head_to_head(case: Case, published: Published, options: RunOptions = DEFAULT) -> HeadToHead:
    """Return every published forecast beside ours as of the day on which it was published.

    A wording that `published` does not define, and a quantity that the money group does not hold,
    is unanswered.
    """
    asked = Asked(options.draws, options.seed)
    rows: list[PublishedRow] = []
    unanswered: list[UnansweredRow] = []
    by_day = groupby(sorted(published.forecasts, key=_day), key=_day)
    for day, said in by_day:
        for each, found in _answers(case.inputs, day, list(said), published, asked):
            if isinstance(found, str):
                unanswered.append(_unanswered(each, found))
            else:
                rows.append(_row(each, found, published, case.inputs))
    run = run_of(case, options)
    return HeadToHead(
        "backtest",
        run,
        tuple(rows),
        _warnings(published),
        tuple(published_scores(rows)),
        tuple(unanswered),
    )


def _day(forecast: PublishedForecast) -> date:
    return forecast.published


def _warnings(published: Published) -> tuple[str, ...]:
    """Return a warning for each wording that nothing defines."""
    counts = Counter((each.metric, each.definition) for each in published.forecasts)
    return tuple(
        f"{metric}: {count} forecast{'s' * (count > 1)} not scored, as nothing defines"
        f" “{definition}”; add a row for it to data/published/definitions.csv of the workspace"
        for (metric, definition), count in counts.items()
        if (metric, definition) not in published.definitions
    )


def _answers(
    inputs: Inputs,
    day: date,
    said: Sequence[PublishedForecast],
    published: Published,
    asked: Asked,
) -> Iterator[tuple[PublishedForecast, Answer | str]]:
    """Yield our answer to each forecast of a day, or why there is none."""
    try:
        then = known_by(inputs, day)
    except InputError as error:
        yield from ((each, f"{error.problems[0].found} by then") for each in said)
        return
    targets: list[tuple[PublishedForecast, Target]] = []
    for each in said:
        definition = published.definitions.get((each.metric, each.definition))
        if definition is None:
            yield each, "nothing defines this wording"
        elif not is_of_money(definition, inputs):
            yield each, f"{definition.quantity} is no part of the money group"
        else:
            try:
                targets.append((each, target_of(definition, each.period, each.unit, then)))
            except Unanswerable as error:
                yield each, str(error)
    if targets:
        known = KnownThen(then, [target for _, target in targets], asked)
        for each, target in targets:
            yield each, known.answer(target)


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
    if forecast is None or came is None:
        return None
    return plain(_logarithm(forecast, unit) - _logarithm(came.value, unit))


def _logarithm(value: float, unit: str) -> float:
    return math.log1p(value / 100.0) if unit == GROWTH else math.log(value)


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
