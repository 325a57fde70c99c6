"""The parts of the market's walk through quarters: money that answers, demands that clear."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from forecast.model.arrays import QUARTERS_PER_YEAR, Array
from forecast.model.clearing import Demands, Elasticities, cleared
from forecast.model.equations.demand.research import Owners
from forecast.model.quarters import by_quarter, lagged
from forecast.model.reference import Reference
from forecast.model.soft import kept_by

CONSTRAINTS = ("none", "finance", "chips", "power")
NOTHING = 0.05  # logarithm of wanted money that a limit must take to be said to bind
FINANCE_RAMP = 4  # quarters over which finance takes hold: plans of the coming year are financed
YEAR = int(QUARTERS_PER_YEAR)


class Spending(NamedTuple):
    """What moves spending on chips after what vendors report or guide, each (draws, quarters) or
    (draws, 1): plans and trend in USD a quarter, the trend being plans without bust and finance."""

    planned: Array
    trend: Array
    capability: Array
    revenue_surprise: Array
    response: Array
    response_to_revenue: Array
    response_lag: Array
    bust_hazard: Array
    bust_uniform: Array
    bust_depth: Array
    bust_gap_elasticity: Array
    chip_life: Array


class Finance(NamedTuple):
    """What AI capex may cost a year, USD: what companies have beside other capex, and what markets
    would lend at expected revenue; `lenders` is how the latter answers surprises of revenue."""

    internal: Array
    outside: Array
    lenders: Array


class Physical(NamedTuple):
    """Limits of chips in H100e a quarter and of power in W a quarter, and what blocked money
    does."""

    chips: Array
    power: Array
    follow: Array
    price_pass: Array
    delayed: Array
    onsite: Array


class MarketPath(NamedTuple):
    """Money, chips and rent by quarter, (draws, quarters).

    `chip_spend` in USD, `premium` chips' price over their trend; `sold` H100e in the quarter,
    `sold_to_date` and `running` at its end, `watts` their facility peak; `gap` the watts wanted
    that power does not allow. `log_rent` is the logarithm of rent over cost, `finance_of_research`
    what research of owners follows. `to_revenue` and `to_demand` are logarithms of what wanted
    money answers to surprises of revenue, and of compute asked for and its rent; `finance`, `chips`
    and `power` of what each limit blocks of it; `bust` is the chance that a bust has struck by
    then.
    """

    chip_spend: Array
    premium: Array
    sold: Array
    sold_to_date: Array
    running: Array
    watts: Array
    gap: Array
    log_rent: Array
    finance_of_research: Array
    to_revenue: Array
    to_demand: Array
    finance: Array
    chips: Array
    power: Array
    bust: Array


class Asked:
    """Compute asked for by quarter, and the rent at which it fills what runs.

    `asked`, `rent` and `spending` hold the surprises of compute asked for, of rent and of the last
    year's AI capex, (quarters, draws), in logarithms: zero in the history.
    """

    def __init__(
        self,
        generative: Array,
        embedded: Array,
        embedded_training: Array,
        research: Owners,
        finance_elasticity: Array,
        elasticities: Elasticities,
        shape: tuple[int, int],
    ) -> None:
        labs, *others = research
        outside_labs: Array = sum(others)  # type: ignore[assignment]
        self._served = by_quarter(generative, shape), by_quarter(embedded, shape)
        self._labs = by_quarter(labs + embedded_training, shape)
        self._others = by_quarter(outside_labs, shape)
        self._finance = finance_elasticity[:, 0]
        self._elasticities = Elasticities(*(by_quarter(each, shape) for each in elasticities))
        draws, quarters = shape
        self.asked, self.rent, self.spending = np.zeros((3, quarters, draws))
        self._at_end = np.zeros(draws), np.zeros(draws), np.zeros(draws)

    def report(
        self, out: MarketPath, capex: Array, reference: Reference, past: int, history: int
    ) -> None:
        """Clear the reported and guided quarters, in which finance is as expected."""
        quarters = slice(0, past)
        demands = self._demands(quarters, np.ones(1))
        out.finance_of_research[quarters] = 1.0
        for first in range(0, past, YEAR):  # a year fits the processor's cache
            year = slice(first, min(first + YEAR, past))
            asked = Demands(*(each[year] for each in demands))
            out.log_rent[year] = self._cleared(year, asked, out.running[year])
        total = np.log(sum(demands))
        end = history - 1
        self._at_end = total[end], out.log_rent[end], _log_of_year(capex, end)
        for q in range(history, past):
            self._surprise(q, total[q], out.log_rent[q], reference)

    def clear(self, q: int, out: MarketPath, capex: Array, reference: Reference) -> None:
        """Clear one quarter, whose capex and running compute are known."""
        beyond = _log_of_year(capex, q) - self._at_end[2]
        self.spending[q] = reference.beyond("spending", q, beyond)
        out.finance_of_research[q] = np.exp(self._finance * self.spending[q])
        demands = self._demands(q, out.finance_of_research[q])
        out.log_rent[q] = self._cleared(q, demands, out.running[q])
        self._surprise(q, np.log(sum(demands)), out.log_rent[q], reference)

    def _surprise(self, q: int, total: Array, log_rent: Array, reference: Reference) -> None:
        self.asked[q] = reference.beyond("asked", q, total - self._at_end[0])
        self.rent[q] = reference.beyond("rent", q, log_rent - self._at_end[1])

    def _demands(self, q: int | slice, financed: Array) -> Demands:
        generative, embedded = (each[q] for each in self._served)
        return Demands(generative, embedded, self._labs[q] + self._others[q] * financed)

    def _cleared(self, q: int | slice, demands: Demands, running: Array) -> Array:
        return cleared(demands, Elasticities(*(each[q] for each in self._elasticities)), running)


class Money:
    """Spending on chips that answers surprises, a bust, and what can be financed.

    `capex` holds AI capex in USD a quarter, (quarters, draws), filled as the walk goes on, and
    `chance_of_bust` the chance that a bust has struck, (draws,).
    """

    def __init__(
        self,
        spending: Spending,
        finance: Finance,
        log_revenue: Array,
        accelerator_share: Array,
        past: int,
        history: int,
    ) -> None:
        draws, quarters = spending.planned.shape
        shape = draws, quarters - past
        self.planned, self._trend, self._capability, self._hazard, self._uniform = (
            by_quarter(values, shape)
            for values in (
                spending.planned, spending.trend, spending.capability, spending.bust_hazard,
                spending.bust_uniform,
            )
        )  # fmt: skip
        self._revenue = by_quarter(log_revenue, (draws, quarters))
        self._surprise = by_quarter(spending.revenue_surprise, (draws, quarters))
        total, part = spending.response[:, 0], spending.response_to_revenue[:, 0]
        self._answers = total * part, total * (1.0 - part) / 2.0
        # Surprises are known to the end of the quarter before.
        lags = np.maximum(by_quarter(spending.response_lag, shape), 1.0) - 1.0
        self._lag = lagged(lags, past - 1, rows_before=0)
        self._internal, self._outside, self._lenders = (
            by_quarter(values, shape) for values in finance
        )
        self._share, self._past, self._end = accelerator_share, past, history - 1
        self.capex = np.zeros((quarters, draws))
        self.capex[:past] = by_quarter(spending.planned, (draws, quarters))[:past]
        self.capex[:past] /= accelerator_share[:past]
        self._wished = self.capex.copy()
        self._depth, self._tilt = spending.bust_depth[:, 0], spending.bust_gap_elasticity[:, 0]
        self._wear = 1.0 / (QUARTERS_PER_YEAR * spending.chip_life[:, 0])
        self._struck = np.full(draws, quarters)
        self.chance_of_bust = np.zeros(draws)
        self._gap = np.empty((quarters, draws))
        self._capital = np.zeros(draws)
        for q in range(past):
            self._note_gap(q)

    def answers(self, step: int, asked: Asked) -> tuple[Array, Array]:
        """Return the logarithms of what wanted money answers in a quarter: to revenue, and to the
        compute asked for and its rent."""
        to_revenue, to_each = self._answers
        asked_and_rent = self._lag.read(asked.asked, step) + self._lag.read(asked.rent, step)
        return to_revenue * self._lag.read(self._surprise, step), to_each * asked_and_rent

    def wanted(self, step: int, q: int, answered: Array, reference: Reference) -> Array:
        """Return what buyers want to spend on chips in a quarter, USD."""
        self._strike(step, q, reference)
        along = np.clip((q - self._struck + 1.0) / YEAR, 0.0, 1.0)
        moved = answered + self._capability[step] - self._depth * along
        return np.asarray(self._trend[step] * np.exp(moved))

    def financed(self, step: int, q: int, wanted: Array) -> tuple[Array, Array]:
        """Return what of it finance allows, USD, and the logarithm of what it blocks: a year of AI
        capex stays softly below cash and what markets would lend."""
        self._wished[q] = wanted / self._share[q]
        year = self._wished[max(q - YEAR + 1, 0) : q + 1].sum(axis=0)
        lent = self._outside[step] * np.exp(self._lenders[step] * self._surprise[q - 1])
        ramp = min((step + 1) / FINANCE_RAMP, 1.0)
        kept = 1.0 + ramp * (kept_by(year / (self._internal[step] + lent)) - 1.0)
        return wanted * kept, -np.log(kept)

    def _strike(self, step: int, q: int, reference: Reference) -> None:
        """Let a bust begin where the chance of it, tilted by the gap of the quarter before, says
        so; it comes once."""
        if step:
            self._note_gap(q - 1)
        gap = reference.beyond("gap", q, self._gap[q - 1] - self._gap[self._end])
        tilt = reference.with_mean_one("tilt", q, self._tilt * gap)
        hazard = np.minimum(self._hazard[step] * np.exp(tilt), 1.0)
        self.chance_of_bust = 1.0 - (1.0 - self.chance_of_bust) * (1.0 - hazard)
        strikes = (self._uniform[step] < hazard) & (self._struck > q)
        self._struck = np.where(strikes, q, self._struck)

    def _note_gap(self, q: int) -> None:
        """Keep the logarithm of AI capital in use over revenue."""
        self._capital = self._capital * (1.0 - self._wear) + self.capex[q]
        self._gap[q] = np.log(self._capital) - self._revenue[q]


def _log_of_year(capex: Array, q: int) -> Array:
    """Return the logarithm of the mean of the last four quarters, (draws,)."""
    return np.asarray(np.log(capex[max(q - YEAR + 1, 0) : q + 1].mean(axis=0)))
