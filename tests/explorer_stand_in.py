"""A bench whose numbers are made by hand, so that screens of it stay, and a screen's text."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
from built_in import INPUTS

from forecast.analysis.whatif.rows import Compared
from forecast.errors import InputError, Problem
from forecast.explorer.app import Explorer
from forecast.explorer.beginning import Beginning
from forecast.explorer.bench import Bench, IsCancelled
from forecast.explorer.facts import Facts
from forecast.explorer.levers import Lever
from forecast.explorer.reading import Reading
from forecast.explorer.state import State
from forecast.report.characters.terminal_fan import LEVELS, FanPath, Observed
from forecast.result import Band, RunOptions
from forecast.world.case import Case
from forecast.world.rows import change_row, value_row
from forecast.world.world import Cancelled

CASE = Case(INPUTS, None, (), (), None)
DRAWS = np.linspace(-1.5, 1.5, 101)  # standard deviations
# Median, spread in logarithms, and what a tenth more of the levers below adds, of each metric.
METRICS = {
    "inference_share": (0.5, 0.25, 0.02),
    "chip_spend": (620e9, 0.35, 0.005),
    "ai_revenue": (600e9, 0.40, 0.03),
    "rent": (1.17, 0.5, 0.01),
}
LEVERS = {
    "agent_penetration": ("share", "2028", 0.43, Band(0.30, 0.50, 0.70), Band(0.28, 0.43, 0.62)),
    "token_yield": ("tokens/H100e-hour", "2028", 4e6, Band(2e6, 5e6, 9e6), Band(2.5e6, 4e6, 7e6)),
    "price_pass": ("share", "", 0.30, Band(0.10, 0.30, 0.50), Band(0.10, 0.30, 0.50)),
    "capability": ("deviations", "", 0.0, None, Band(-1.28, 0.0, 1.28)),
}
TIMES = np.linspace(2022.25, 2029.0, 28)
BEGINS = 2026.5
WARNING = f"twice is beyond P95 of what is {'well ' * 16}known, so few draws are near it"


class OfFew(Facts):
    """Facts of a few metrics; one figure of each was observed in two years."""

    def __init__(self, *, use_cache: bool) -> None:
        super().__init__(CASE, RunOptions(draws=DRAWS.size, use_cache=use_cache))
        self.meanings = {name: self.meanings[name] for name in METRICS}
        self.headlines = list(METRICS)[:3]

    @property
    def begins(self) -> float:
        return BEGINS

    def observed(self, metric: str) -> tuple[Observed, ...]:
        return (Observed(2024.0, 0.8 * METRICS[metric][0]), Observed(2025.0, METRICS[metric][0]))


class StandIn(Bench):
    """A bench of a few metrics and levers. A lever moves every metric, up; `token_yield` cannot be
    four times what it is, a defect shows where it is three times, and twice is warned of."""

    def __init__(self, few: int = 51, *, use_cache: bool = False) -> None:
        self.facts = OfFew(use_cache=use_cache)
        self.few = few
        self.reads: list[tuple[State, bool]] = []
        self.hold = Event()  # clear it, and readings on all draws wait
        self.hold.set()

    def read(
        self, state: State, metric: str, *, is_full: bool, is_cancelled: IsCancelled
    ) -> Reading:
        self.reads.append((state, is_full))
        while is_full and not self.hold.is_set():
            if is_cancelled():
                raise Cancelled("cancelled")
            time.sleep(0.002)
        case = state.of(self.case)
        medians = {}
        for setting in case.settings:
            if setting.key not in LEVERS:
                continue
            if setting.value == 4.0:
                found, expected = "a value that no path can reach", "another"
                raise InputError(Problem("command line", setting.text, found, expected))
            if setting.value == 3.0:
                raise ZeroDivisionError("a defect")
            medians[setting.key] = lever(setting.key).moved_to(setting)
        push = sum(10.0 * (now / (LEVERS[key][2] or 1.0) - 1.0) for key, now in medians.items())
        draws = DRAWS if is_full else DRAWS[: self.few] + 0.75
        compared = {}
        for name in dict.fromkeys([*self.facts.headlines, metric]):
            before, after = (self._draws(name, draws, at) for at in (0.0, push))
            meaning = self.facts.meanings[name]
            rows = (value_row(meaning, "2028", each, "projected", None) for each in (before, after))
            compared[name] = Compared(*rows, change_row(meaning, "2028", before, after))
        paths = [self._path(metric, draws, at) for at in (push, 0.0)]
        warned = (WARNING,) if any(each.value == 2.0 for each in case.settings) else ()
        return Reading(state, metric, draws.size, is_full, compared, *paths, medians.get, warned)

    def measure(self, keys: Sequence[str]) -> None:
        self.facts.levers |= {key: lever(key) for key in keys}

    def ranked(self, metric: str) -> list[str]:
        self.facts.ranked[metric] = list(LEVERS)
        return self.facts.ranked[metric]

    def _draws(self, name: str, draws: Any, push: float) -> Any:
        median, spread, gain = METRICS[name]
        found = median * np.exp(spread * draws) * (1.0 + gain * push * (1.0 + 0.2 * draws))
        return np.minimum(found, 0.99) if name == "inference_share" else found

    def _path(self, name: str, draws: Any, push: float) -> FanPath:
        ahead = np.clip((TIMES - BEGINS) / (TIMES[-1] - BEGINS), 0.0, 1.0)
        columns = [self._draws(name, 0.1 * draws + 0.9 * draws * at, push * at) for at in ahead]
        return FanPath(TIMES, np.percentile(np.stack(columns, axis=1), LEVELS, axis=0))


def lever(key: str) -> Lever:
    """Return one of the levers."""
    unit, period, *numbers = LEVERS[key]
    known: Any = INPUTS.drivers.get(key) or INPUTS.assumptions[key]
    return Lever(key, known.title, unit, period, *numbers)


def explorer(bench: Bench, state: State | None = None, folder: Path = Path()) -> Explorer:
    """Return the explorer of a bench; it saves a scenario as a file of the folder."""

    def save(name: str, state: State) -> Path:
        if not name.isalpha():
            raise InputError(Problem("command line", f"--save-scenario {name}", name, "letters"))
        path = folder / f"{name}.yaml"
        path.write_text(state.command_line(), encoding="utf-8")
        return path

    beginning = Beginning(bench.facts, lambda: bench, state or State(), "inference_share", (), save)
    return Explorer(beginning)


def text_of(app: Explorer) -> str:
    """Return what a person sees, without colours and trailing blanks."""
    rows = app.screen._compositor.render_strips()
    return "".join("".join(each.text for each in row).rstrip() + "\n" for row in rows)
