"""How good would the forecast have been? Made again as of earlier quarters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from forecast.analysis.hindcast.money_alone import Asked, money_rows
from forecast.analysis.hindcast.origins import FIRST_OF_MODEL, FIRST_OF_MONEY
from forecast.analysis.hindcast.scoring.rows import Hindcast, HindcastRow
from forecast.analysis.hindcast.scoring.scores import Group, scored
from forecast.analysis.hindcast.scoring.truth import TOTAL, reported_money
from forecast.analysis.hindcast.whole_model import HindcastQuestion, model_from
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.money.group import members
from forecast.periods import label, quarter, quarter_of
from forecast.processors.second_process import Beside, here
from forecast.result import DEFAULT, Run, RunOptions
from forecast.world.case import Case, run_of

T = TypeVar("T")
COMPANIES = "companies"  # the five, scored together
_FAR = 4 * 9999
MONEY_GROUPS = (
    Group("all", 0, _FAR, 12),
    Group("before 2023", 0, quarter("2022Q4"), 12),
    Group("from 2023", quarter("2023Q1"), _FAR, 12),
    Group("2023Q4–25Q4, 2y", quarter("2023Q4"), quarter("2025Q4"), 8),
)
MODEL_GROUPS = MONEY_GROUPS[:1]


def hindcast_money(case: Case, options: RunOptions = DEFAULT) -> Hindcast:
    """Return the money group as of every quarter since 2016Q4 beside what came of it.

    Raises InputError where the case holds nothing that came after.
    """
    inputs = case.inputs
    origins = money_origins(inputs)
    _refuse_none(origins, inputs)
    rows = rows_of_money(inputs, origins, Asked(options.draws, options.seed))
    companies = {COMPANIES: tuple(members(inputs, "capex"))}
    scores = tuple(scored(rows, MONEY_GROUPS, companies))
    return Hindcast("backtest", _run(case, options, rows), tuple(rows), (), scores)


def hindcast_model(case: Case, options: RunOptions = DEFAULT, *, beside: Beside = here) -> Hindcast:
    """Return the whole model as of every quarter since 2023Q1 beside what came of it, after the
    money group alone.

    `beside` is where every other origin is run. Raises InputError where the case holds nothing that
    came after.
    """
    money = hindcast_money(case, options)
    question = question_of(case, options)
    origins = range(FIRST_OF_MODEL, quarter_of(case.inputs.data_through))
    found = in_pairs([partial(model_from, question, origin) for origin in origins], beside)
    rows = [row for each in found for row in each.rows]
    said = dict.fromkeys(text for each in found for text in each.warnings)
    scores = (*money.scores, *scored(rows, MODEL_GROUPS, {}))
    return replace(money, rows=(*money.rows, *rows), warnings=tuple(said), scores=scores)


def question_of(case: Case, options: RunOptions) -> HindcastQuestion:
    """Return what another process needs to load a case again."""
    settings = tuple(each.text for each in case.settings if each.origin == "command line")
    return HindcastQuestion(case.workspace, case.scenario, settings, case.as_of, options)


def in_pairs(works: Sequence[Callable[[], T]], beside: Beside) -> list[T]:
    """Return what each work gives, two at a time: one elsewhere, one here."""
    found = []
    for start in range(0, len(works), 2):
        first, *second = works[start : start + 2]
        later = beside(first)
        own = [work() for work in second]
        found += [later(), *own]
    return found


def _refuse_none(origins: range, inputs: Inputs) -> None:
    if not origins:
        expected = f"quarters after {label(FIRST_OF_MONEY)}, from which the first forecast is made"
        found = f"data to {inputs.data_through}"
        raise InputError(Problem("command line", "--model", found, expected))


def _run(case: Case, options: RunOptions, rows: Sequence[HindcastRow]) -> Run:
    return replace(run_of(case, options), through=max(row.period for row in rows))


def money_origins(inputs: Inputs) -> range:
    """Return the quarters from which money is forecast: up to the last but one that is observed of
    the five together."""
    return range(FIRST_OF_MONEY, max(reported_money(inputs)[TOTAL], default=0))


def rows_of_money(inputs: Inputs, origins: Sequence[int], asked: Asked) -> list[HindcastRow]:
    """Return the forecasts and baselines of every origin."""
    truth = reported_money(inputs)
    return [row for origin in origins for row in money_rows(inputs, origin, truth, asked)]
