"""The money group's processes on companies outside it: do they hold where they were not made?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forecast.analysis.hindcast.money_alone import FURTHEST, metric_rows
from forecast.analysis.hindcast.origins import last_day
from forecast.analysis.hindcast.scoring.rows import HindcastRow
from forecast.analysis.hindcast.scoring.truth import own_quarters
from forecast.ensemble.prior import stream
from forecast.inputs.schema import Evidence, Inputs
from forecast.money.processes import capex_paths, level_steps, vendor_paths
from forecast.money.reported import reported

VENDOR, BUYER = "amd_datacenter_revenue", "alphabet_capex"  # members that the others are like
OTHERS = {
    "Micron's revenue": ("micron_rev", VENDOR),
    "TSMC's revenue": ("tsmc_rev_usd", VENDOR),
    "Applied Materials' revenue": ("amat_rev", VENDOR),
    "Corning's capex": ("capex_cash_glw", BUYER),
}
PROCESSES = {VENDOR: vendor_paths, BUYER: capex_paths}
FEWEST = 6  # quarters reported at the first origin
LATEST = 2  # quarters that a report may lie back


def other_rows(inputs: Inputs, draws: int) -> Iterator[HindcastRow]:
    """Yield forecasts and baselines of each other company as of every quarter's end on which it had
    reported FEWEST quarters, the newest of them lately."""
    for name, (series, like) in OTHERS.items():
        driver = replace(inputs.drivers[like], evidence=(Evidence((series,), 0.0, ""),))
        own = tuple(row for row in inputs.observations if row.series_id == series)
        report = reported(driver, replace(inputs, observations=own))
        truth = own_quarters(report)
        for origin in range(report.first, report.last):
            known = tuple(row for row in own if row.published <= last_day(origin))
            then = reported(driver, replace(inputs, observations=known))
            if len(then.quarters) < FEWEST or origin - then.last > LATEST:
                continue
            rng = stream(1, f"supplier {series} {origin}")
            ahead = origin + FURTHEST - then.last
            steps = level_steps(inputs.money, rng.standard_normal((draws, ahead)), rng)
            lasting = rng.standard_normal(draws)
            logs = PROCESSES[like](inputs.money, then.logs(), lasting, steps, rng)
            after = logs[:, origin - then.last :]
            yield from metric_rows(name, origin, after, own_quarters(then), truth)
