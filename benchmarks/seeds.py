"""How far medians move between seeds, against the error that they state: make seeds.

The spread of a median over forty seeds, each with an ensemble of its own, over the mean of what
`mc_error` says; a spread over so few is itself a ninth off, and over twenty a sixth. Then medians
at other numbers of draws.
"""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime

import numpy as np

from forecast.analysis.project import project
from forecast.beliefs import Array
from forecast.result import RunOptions
from forecast.world.case import Case, load_case

METRICS = ("inference_share", "chip_spend", "ai_capex", "compute_stock", "ai_power_capacity",
           "inference_demand", "tokens", "ai_revenue", "rent")  # fmt: skip
YEARS = ("2026", "2027", "2028")
DRAWS, SEEDS = 8192, 40
OTHERS = (4096,)


def over_seeds(case: Case, draws: int) -> Array:
    """Return median and stated error of each metric and year, (seeds, metrics × years, 2)."""
    found = []
    for seed in range(1, SEEDS + 1):
        result = project(case, RunOptions(draws, seed, use_cache=False), metrics=METRICS)
        rows = [result.find(metric, year) for metric in METRICS for year in YEARS]
        found.append([(row.quantiles.p50, row.mc_error) for row in rows if row])
    return np.array(found)


def main() -> int:
    """Print the table."""
    case = load_case()
    found = over_seeds(case, DRAWS)
    middle, stated = found.mean(axis=0).T
    spread = found[:, :, 0].std(axis=0, ddof=1)
    print(f"# Seeds against stated errors, {datetime.now(UTC).date()}\n")
    print(f"`make seeds`, {platform.system()}, data to {case.inputs.data_through}.\n")
    print(f"{SEEDS} seeds at {DRAWS:,} draws:\n")
    print("| metric | mean of medians | spread | stated error | spread / stated |")
    print("|---|---|---|---|---|")
    names = (f"{metric} {year}" for metric in METRICS for year in YEARS)
    for name, *cells in zip(names, middle, spread, stated, spread / stated, strict=True):
        print(f"| {name} | " + " | ".join(f"{cell:.3g}" for cell in cells) + " |")
    print("\n| draws |" + "".join(f" inference share {year} |" for year in YEARS))
    print("|---|---|---|---|")
    for draws in sorted((DRAWS, *OTHERS)):
        medians = found if draws == DRAWS else over_seeds(case, draws)
        years = medians[:, : len(YEARS), 0]
        errors = years.std(axis=0, ddof=1) / np.sqrt(SEEDS)
        cells = (f" {m:.4f} ± {e:.4f} |" for m, e in zip(years.mean(axis=0), errors, strict=True))
        print(f"| {draws:,} |" + "".join(cells))
    return 0


if __name__ == "__main__":
    sys.exit(main())
