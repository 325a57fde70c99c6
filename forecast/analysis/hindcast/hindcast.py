"""How good would the forecast have been? Made again as of earlier quarters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from forecast.analysis.hindcast.money_alone import BELIEVED_THEN, Asked, money_rows
from forecast.analysis.hindcast.origins import FIRST_OF_MONEY
from forecast.analysis.hindcast.rows import Hindcast, HindcastRow
from forecast.analysis.hindcast.scores import Group, scored
from forecast.analysis.hindcast.truth import TOTAL, reported_money
from forecast.inputs.schema import Inputs
from forecast.money.group import members
from forecast.periods import quarter
from forecast.result import DEFAULT, RunOptions
from forecast.world.case import Case, run_of

COMPANIES = "companies"  # the five, scored together
_FAR = 4 * 9999
MONEY_GROUPS = (
    Group("all", 0, _FAR, 12),
    Group("before 2023", 0, quarter("2022Q4"), 12),
    Group("from 2023", quarter("2023Q1"), _FAR, 12),
    Group("2023Q4 to 2025Q4, two years ahead", quarter("2023Q4"), quarter("2025Q4"), 8),
)


def hindcast_money(case: Case, options: RunOptions = DEFAULT) -> Hindcast:
    """Return the money group as of every quarter since 2016Q4 beside what came of it.

    Raises InputError where the case holds nothing that came after.
    """
    inputs = case.inputs
    asked = Asked(options.draws, options.seed, BELIEVED_THEN)
    rows = rows_of_money(inputs, money_origins(inputs), asked)
    companies = {COMPANIES: tuple(members(inputs, "capex"))}
    scores = tuple(scored(rows, MONEY_GROUPS, companies))
    run = replace(run_of(case, options), through=rows[-1].period)
    return Hindcast("backtest", run, tuple(rows), (), scores)


def money_origins(inputs: Inputs) -> range:
    """Return the quarters from which money is forecast: up to the last but one that is observed of
    the five together."""
    return range(FIRST_OF_MONEY, max(reported_money(inputs)[TOTAL]))


def rows_of_money(inputs: Inputs, origins: Sequence[int], asked: Asked) -> list[HindcastRow]:
    """Return the forecasts and baselines of every origin."""
    truth = reported_money(inputs)
    return [row for origin in origins for row in money_rows(inputs, origin, truth, asked)]
