"""Speed of the growth curves: python benchmarks/curves.py

Many least-squares fits at once against a loop of scipy.optimize.curve_fit, and forecasts of one
series against AutoETS of statsforecast. Where both were measured, AutoETS needed 8 ms for an annual
series of about twenty points and one curve_fit 0.176 ms; so AutoETS counts as 45 of this machine's
curve_fits, and the ratios carry over.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np

from forecast.analysis.series.fitting import fit_all
from forecast.analysis.series.regular_series import FileSeries
from forecast.curves.ensemble import DEFAULT_FAMILIES
from forecast.curves.single.single_series import ALONE
from forecast.curves.textbook.formulas import FORMULAS
from forecast.curves.textbook.least_squares import fit_curves
from forecast.periods import month_end

SERIES, POINTS = 1000, 25
ROUNDS, HORIZON = 3, 8
AUTO_ETS_IN_CURVE_FITS = 45.0
TRUTH, START = np.array([[80.0, 4.0, 0.35]]), np.array([[100.0, 3.0, 0.25]])


def noisy_logistics() -> tuple[np.ndarray, np.ndarray]:
    rng, x = np.random.default_rng(1), np.arange(1.0, POINTS + 1.0)
    clean = FORMULAS["logistic"].value(x, TRUTH)
    return x, clean + rng.standard_normal((SERIES, POINTS))


def fastest(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of several rounds."""
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def loop_of_curve_fit(x: np.ndarray, series: np.ndarray) -> np.ndarray:
    from scipy.optimize import curve_fit

    def logistic(t: np.ndarray, b1: float, b2: float, b3: float) -> np.ndarray:
        return b1 / (1.0 + np.exp(b2 - b3 * t))

    return np.array([curve_fit(logistic, x, row, p0=START[0])[0] for row in series])


def least_squares() -> float:
    """Print the ratio of a loop to fits at once; return the seconds of one fit of the loop."""
    x, series = noisy_logistics()
    loop_of_curve_fit(x, series[:2])
    loop = fastest(lambda: loop_of_curve_fit(x, series))
    batch = fastest(lambda: fit_curves(x, series, "logistic", START))
    ours = fit_curves(x, series, "logistic", START).parameters
    apart = np.abs(loop_of_curve_fit(x, series) / ours - 1.0)
    print(
        f"{SERIES} logistic fits  loop {1e3 * loop:.0f} ms  at once {1e3 * batch:.1f} ms", end="  "
    )
    print(f"ratio {loop / batch:.0f}  largest difference of a parameter {apart.max():.1e}")
    return loop / SERIES


def ensemble(auto_ets: float) -> None:
    """Print the time of a series' forecast, and its ratio to the seconds that AutoETS takes."""
    _, series = noisy_logistics()
    days = tuple(month_end(2000 + year, 12) for year in range(POINTS))
    times = tuple(day.year + 1.0 for day in days)
    levels = np.maximum(series, 0.1)
    many = [
        FileSeries(str(index), "", None, "A", days, times, tuple(row))
        for index, row in enumerate(levels.tolist())
    ]
    cases = [("ensemble", DEFAULT_FAMILIES, 1), ("ensemble", DEFAULT_FAMILIES, SERIES)]
    cases += [(name, (name,), 10) for name in ALONE]
    for name, families, count in cases:
        taken = fastest(partial(forecasts, many[:count], families)) / count
        print(f"{name}, {count} series: {1e3 * taken:.2f} ms each", end="")
        print(f", ratio to AutoETS {taken / auto_ets:.2f}")


def forecasts(series: list[FileSeries], families: tuple[str, ...]) -> list[object]:
    return list(fit_all(series, HORIZON, families))


if __name__ == "__main__":
    ensemble(AUTO_ETS_IN_CURVE_FITS * least_squares())
