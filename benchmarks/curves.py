"""Speed of the growth curves: python benchmarks/curves.py

Two ratios: many least-squares fits at once against a loop of scipy.optimize.curve_fit, and the
ensemble's time for one series against what AutoETS of statsforecast needed where both were measured
(8 ms for one annual series of about twenty points).
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from forecast.analysis.fitting import fit_all
from forecast.analysis.series_file import FileSeries
from forecast.curves.formulas import FORMULAS
from forecast.curves.least_squares import fit_curves
from forecast.periods import month_end

SERIES, POINTS = 1000, 25
ROUNDS = 3
AUTO_ETS_MS = 8.0
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


def least_squares() -> None:
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


def ensemble() -> None:
    _, series = noisy_logistics()
    days = tuple(month_end(2000 + year, 12) for year in range(POINTS))
    times = tuple(day.year + 1.0 for day in days)
    levels = np.maximum(series, 0.1)
    many = [
        FileSeries(str(index), "", None, "A", days, times, tuple(row))
        for index, row in enumerate(levels.tolist())
    ]
    for count in (1, SERIES):
        taken = 1e3 * fastest(lambda: list(fit_all(many[:count], 8))) / count  # noqa: B023
        print(f"ensemble, {count} series together: {taken:.2f} ms each", end="")
        print(f", ratio to AutoETS {taken / AUTO_ETS_MS:.2f}")


if __name__ == "__main__":
    least_squares()
    ensemble()
