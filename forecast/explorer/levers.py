"""Levers: what can be moved, how far, and in which steps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from forecast.beliefs import into_scale, out_of_scale
from forecast.inputs.schema import Setting
from forecast.result import Band
from forecast.units import UNITS, Scale

ALONG = 20  # small steps from P10 to P90
LARGE = 5  # small steps in a large one
FACTORS = (1.01, 1.02, 1.05, 1.1, 1.2, 1.5, 2.0)
POINTS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05)
BEYOND = 0.25  # of the band from P10 to P90 lies on the track on either side
_ON_GRID = 0.1  # of a step: so near a value stands on the grid


@dataclass(frozen=True)
class Lever:
    """An assumption or driver at a period (empty for one that has no date), in its unit: its median
    `base`, its bands before history conditioned it (None where nothing else is known) and after.

    A share with a date is moved to a value, one without by points; what is positive is moved by a
    factor, anything else by a step. So all draws move along, and what is unsure stays so.
    """

    key: str
    title: str
    unit: str
    period: str
    base: float
    prior: Band | None
    conditioned: Band

    @property
    def place(self) -> str:
        """Where its settings stand: `KEY` or `KEY@PERIOD`."""
        return f"{self.key}@{self.period}" if self.period else self.key

    @property
    def scale(self) -> Scale:
        """The space in which its track is even: log, logit or as it is."""
        return UNITS[self.unit].scale

    @cached_property
    def step(self) -> float:
        """The small step: a factor for what is positive, else in its unit."""
        low, high = self.conditioned.p10, self.conditioned.p90
        if self.scale == "log":
            wanted = math.exp(math.log(high / low) / ALONG) if high > low > 0.0 else 1.0
            return next((each for each in FACTORS if each >= wanted), FACTORS[-1])
        wanted = (high - low) / ALONG
        if self.scale == "logit":
            return next((each for each in POINTS if each >= wanted), POINTS[-1])
        if wanted <= 0.0:
            return 0.1
        power = 10.0 ** math.floor(math.log10(wanted))
        return next(size * power for size in (1, 2, 5, 10) if size * power >= wanted)

    @cached_property
    def track(self) -> tuple[float, float]:
        """Both ends of the track, in its unit: all of the two bands and a quarter of it beyond."""
        bands = [band for band in (self.prior, self.conditioned) if band is not None]
        low = into_scale(max(min(band.p10 for band in bands), 1e-300), self.scale)
        high = into_scale(max(band.p90 for band in bands), self.scale)
        more = BEYOND * (high - low)
        if self.scale == "linear":
            low = min(band.p10 for band in bands)
        ends = out_of_scale(low - more, self.scale), out_of_scale(high + more, self.scale)
        return float(ends[0]), float(ends[1])

    def along(self, value: float) -> float:
        """Return where a value lies on the track, from 0 to 1, kept inside."""
        low, high = (float(into_scale(end, self.scale)) for end in self.track)
        if high <= low or (self.scale != "linear" and value <= 0.0):
            return 0.5 if high <= low else 0.0
        if self.scale == "logit" and value >= 1.0:
            return 1.0
        return min(1.0, max(0.0, (float(into_scale(value, self.scale)) - low) / (high - low)))

    def value_along(self, share: float) -> float:
        """Return the value at a share of the track, from 0 to 1."""
        low, high = (float(into_scale(end, self.scale)) for end in self.track)
        return float(out_of_scale(low + share * (high - low), self.scale))

    def moved_to(self, setting: Setting | None) -> float:
        """Return its median under a setting that stands at its place; a delay leaves its mark where
        it is, since it moves what comes when and is no value."""
        if setting is None or setting.operation == "delay":
            return self.base
        if setting.operation == "scale":
            return self.base * setting.value
        return setting.value + (self.base if setting.operation == "shift" else 0.0)

    def stepped(self, now: float, steps: int) -> str | None:
        """Return the setting that moves it from `now` by small steps, to the nearest by none, kept
        on the track; None where that is where it began."""
        size, low_high = self.step, self.track
        if self.scale == "log":
            ends = [math.log(end / self.base) / math.log(size) for end in low_high]
            count = _next(math.log(now / self.base) / math.log(size), steps, ends)
            return f"{self.place}=x{size**count:.4g}" if count else None
        if self.scale == "logit" and self.period:
            count = _next(now / size, steps, [low_high[0] / size, low_high[1] / size])
            return f"{self.place}={100.0 * min(max(count, 1) * size, 1.0 - size):.6g}%"
        ends = [(end - self.base) / size for end in low_high]
        count = _next((now - self.base) / size, steps, ends)
        shift = count * size * (100.0 if self.scale == "logit" else 1.0)
        if not count:
            return None
        return f"{self.place}={shift:+.6g}{'pp' if self.scale == 'logit' else ''}"


def _next(at: float, steps: int, ends: list[float]) -> int:
    """Return the place on the grid of whole numbers that so many steps lead to from `at`, kept
    between the ends (and never further off than `at` stands already)."""
    nearest = round(at)
    if steps and abs(at - nearest) > _ON_GRID:  # the first step leads onto the grid
        nearest = math.floor(at) if steps > 0 else math.ceil(at)
    low, high = min(ends[0], at), max(ends[1], at)
    return min(max(nearest + steps, math.ceil(low - _ON_GRID)), math.floor(high + _ON_GRID))
