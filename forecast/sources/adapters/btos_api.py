"""Census BTOS, by its programming interface: a list of periods, and all answers of each.

A period's answers are some ten megabytes, so those of the newest months alone are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from forecast.sources.adapters.btos import LAG, Period, figures_of
from forecast.sources.adapters.contents import json_of, member, number_of
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Figure, Reading

KEYS = Keys(frozenset({"question", "answer", "months"}))
_STRATA = ("STATE", "MSA", "NAICS2", "NAICS3", "EMPSIZE")  # all empty for the nation


def periods(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> list[dict[str, str]]:
    """Return what addresses the answers of each period of the newest months, the newest first."""
    listed = _listed(bodies[0])
    newest = sorted({_month(start) for _, start, _ in listed}, reverse=True)
    wanted = newest[: max(int(recipe.one("months")) for recipe in recipes)]
    return [{"period": name} for name, start, _ in reversed(listed) if _month(start) in wanted]


def read_answers(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the months all of whose periods have come out, by the rules of the workbooks."""
    by_period = {_period_of(body.url): json_of(body) for body in bodies[1:]}
    figures: list[Figure] = []
    for recipe in recipes:
        found = [
            Period(name, start, end + LAG, _rate(by_period.get(name), recipe))
            for name, start, end in _listed(bodies[0])
        ]
        figures += figures_of(recipe, found, bodies[0].url)
    return Reading(tuple(figures))


def _listed(body: Body) -> list[tuple[str, date, date]]:
    """Return each period with the first and the last day of its collection, in their order."""
    found = [
        (
            str(member(each, "PERIOD_ID")),
            _day(str(member(each, "COLLECTION_START"))),
            _day(str(member(each, "COLLECTION_END"))),
        )
        for each in _records(json_of(body))
    ]
    return sorted(found, key=lambda each: each[1])


def _rate(answers: Any, recipe: Recipe) -> float | None:
    """Return the nation's rate as a share, None where a period has no answers yet."""
    if answers is None:
        return None
    question, answer = recipe.one("question"), recipe.one("answer")
    mine = [
        each
        for each in _records(answers)
        if str(member(each, "QUESTION")).startswith(question)
        and member(each, "ANSWER") == answer
        and all(member(each, name) is None for name in _STRATA)
    ]
    if len(mine) != 1:
        asked = sorted({str(member(each, "QUESTION")) for each in _records(answers)})
        found = f"{len(mine)} lines of the nation among: {'; '.join(asked)}"
        raise DriftError(found, f"one line, {answer}, of {question!r}", "Was it worded anew?")
    percent = number_of(str(member(mine[0], "ESTIMATE_PERCENTAGE")), "a percentage")
    return percent / 100.0


def _records(found: Any) -> Iterator[Any]:
    """Yield records of a list, or of a mapping by number, as both are served."""
    yield from found.values() if isinstance(found, Mapping) else found


def _period_of(url: str) -> str:
    return url.rsplit("/", 2)[1]


def _month(day: date) -> tuple[int, int]:
    return day.year, day.month


def _day(text: str) -> date:
    """Return `28-JUL-25 12.00.00.000000 AM` as a day."""
    try:
        return datetime.strptime(text[:9].title(), "%d-%b-%y").date()
    except ValueError as error:
        raise DriftError(f"{text!r} as a day", "a day such as 28-JUL-25") from error
