"""The vendors' process on suppliers outside the money group: does it hold where it was not made?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from forecast.analysis.hindcast.money_alone import FURTHEST, metric_rows
from forecast.analysis.hindcast.origins import last_day
from forecast.analysis.hindcast.rows import HindcastRow
from forecast.analysis.hindcast.truth import own_quarters
from forecast.ensemble.prior import stream
from forecast.inputs.schema import Evidence, Inputs
from forecast.money.processes import level_steps, vendor_paths
from forecast.money.reported import reported

SUPPLIERS = {"Micron's revenue": "micron_rev", "TSMC's revenue": "tsmc_rev_usd"}
FEWEST = 6  # quarters reported at the first origin
LATEST = 2  # quarters that a report may lie back


def supplier_rows(inputs: Inputs, draws: int) -> Iterator[HindcastRow]:
    """Yield forecasts and baselines of each supplier as of every quarter's end on which it had
    reported FEWEST quarters, the newest of them lately."""
    like = inputs.drivers["amd_datacenter_revenue"]
    for name, series in SUPPLIERS.items():
        driver = replace(like, evidence=(Evidence((series,), 0.0, ""),))
        report = reported(driver, inputs)
        truth = own_quarters(report)
        for origin in range(report.first, report.last):
            known = tuple(row for row in inputs.observations if row.published <= last_day(origin))
            then = reported(driver, replace(inputs, observations=known))
            if len(then.quarters) < FEWEST or origin - then.last > LATEST:
                continue
            rng = stream(1, f"supplier {series} {origin}")
            ahead = origin + FURTHEST - then.last
            steps = level_steps(inputs.money, rng.standard_normal((draws, ahead)), rng)
            lasting = rng.standard_normal(draws)
            logs = vendor_paths(inputs.money, then.logs(), lasting, steps, rng)
            after = logs[:, origin - then.last :]
            yield from metric_rows(name, origin, after, own_quarters(then), truth)
