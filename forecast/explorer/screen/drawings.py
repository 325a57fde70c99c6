"""The parts of the screen as styled lines: pure functions of the view and of the room there is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from forecast.analysis.whatif.rows import Compared
from forecast.errors import ForecastError, InputError
from forecast.explorer.view import View
from forecast.report.characters.table_lines import Line
from forecast.report.characters.terminal_fan import FanPath, TerminalFan, fan_lines
from forecast.report.layout import PRESENTATIONS
from forecast.report.numbers import own_value, quantity_band
from forecast.report.pages.whatif.changes import (
    direction,
    in_words,
    is_unmoved,
    of_hundred,
)

BANDS = (10, 50, 90)
# What the last line sums up, by names short enough for it.
SUMMED = {"inference_share": "share", "chip_spend": "chips", "ai_revenue": "revenue"}
# Names of metrics that tables place under another.
NAMES = {
    "training_chip_spend": "Chips, training",
    "inference_chip_spend": "Chips, inference",
    "inference_spend_share": "Share of chips",
    "forward_share": "Inference-like",
}
MOST_SAID = 4  # lines of a message


def opening(width: int, seconds: int) -> Line:
    """Return the first line while the ensemble is read from the cache, or made once."""
    right = " opening "
    if seconds:
        right = f" fitting and conditioning, once for these inputs: {seconds} s "
    left = " AI compute "
    return (left, "title"), ("─" * max(1, width - len(left) - len(right)), "rule"), (right, "quiet")


def header(view: View, width: int) -> Line:
    """Return the first line: what this is, what is changed, and on which draws."""
    count = view.state.changes
    changed = f"base + {count} change{'s' * (count != 1)}" if count else "base"
    right = f" {changed} · {_draws(view)} "
    left = f" AI compute through {view.facts.options.through} "
    return (left, "title"), ("─" * max(1, width - len(left) - len(right)), "rule"), (right, "quiet")


def _draws(view: View) -> str:
    reading = view.reading
    if view.failed == view.state:
        return "cannot be shown, u undoes"
    if reading is None:
        return "computing"
    which = f"first {reading.draws:,} of {view.facts.options.draws:,}"
    if reading.is_full:
        which = f"all {reading.draws:,}"
    return f"{which} draws{'' if view.is_current else ' …'}"


def metric_lines(view: View, width: int, height: int, *, has_focus: bool) -> Iterator[Line]:
    """Yield the list of metrics: each with its last value and its change."""
    yield ((f"{f' METRICS {view.facts.period}':<{width}}", "title"),)
    first = view.first_metric_shown(height - 1)
    for metric in view.metrics[first : first + height - 1]:
        name, value, change = metric_name(view, metric), "", ""
        if (row := view.compared(metric)) is not None:
            value, change = value_of(row), change_of(row)
        room = width - 18
        text = f"{clipped(name, room):<{room}} {value:>6} {change:>7} "
        is_chosen = metric == view.metric
        style = "chosen" if is_chosen and has_focus else "strong" if is_chosen else "median"
        yield (("▸ " if is_chosen else "  ", style), (text, style))


def metric_name(view: View, metric: str) -> str:
    """Return a metric's name as tables have it, or its title where they name it by what stands
    above."""
    known = PRESENTATIONS.get(metric)
    if metric in NAMES:
        return NAMES[metric]
    if known is None or not known.label or known.label.startswith((" ", "For ")):
        return view.facts.meanings[metric].title
    return known.label.replace(", {end}", "")


def value_of(row: Compared) -> str:
    """Return a metric's median: $880B, 58%, 150M."""
    return own_value(row.now.quantiles.p50, row.now.unit)


def change_of(row: Compared) -> str:
    """Return how far a metric's median is from the base's, empty where no draw moves."""
    if is_unmoved(row.change):
        return ""
    return _change_and_band(row)[0]


def _change_and_band(row: Compared) -> tuple[str, str]:
    """Return a metric's change and its band, in words."""
    change, _, band = in_words(row.change, row.base.quantiles.p50, BANDS).partition(" (")
    return change, band.removesuffix(")")


def chart_lines(view: View, width: int, height: int) -> Iterator[Line]:
    """Yield the chart of the chosen metric, under its name and how it differs from the base."""
    reading = view.reading
    meaning = view.facts.meanings[view.metric]
    if reading is None or reading.metric != view.metric:
        yield ((f" {meaning.title}", "title"),)
        is_in_vain = view.message is not None and view.message.style == "error"
        yield ((" no answer" if is_in_vain else " computing …", "quiet"),)
        return
    ghosts = [FanPath(reading.base.times, reading.base.levels, "was")]
    if not reading.state.changes:
        ghosts = []
    if view.kept and view.kept[0] == view.metric:
        ghosts.append(FanPath(view.kept[1].times, view.kept[1].levels, "kept"))
    observed = view.facts.observed(view.metric)
    fan = TerminalFan(meaning.unit, (reading.path, *ghosts), observed, view.facts.begins)
    rate = ", a year's rate" if meaning.kind == "flow" else ""
    unit = f", {fan.scale.unit}{rate}" if fan.scale.unit else rate
    yield ((f" {meaning.title}{unit}"[:width], "title"),)
    yield ((f" {difference(view)}"[:width], "quiet"),)
    for line in fan_lines(fan, width - 1, height - 2):
        yield ((" ", "plain"), *line)


def difference(view: View) -> str:
    """Return how the chosen metric differs from the base at the period, with band and direction."""
    row, reading = view.compared(view.metric), view.reading
    if row is None or reading is None:
        return ""
    if not reading.state.changes:
        ends = row.now.quantiles.at(10), row.now.quantiles.at(90)
        return f"{view.facts.period}: {value_of(row)} ({quantity_band(*ends, row.now.unit)})"
    if is_unmoved(row.change):
        return f"{view.facts.period}: the same as base in every draw"
    change, band = _change_and_band(row)
    falls = row.change.change < 0.0
    share = 1.0 - row.change.probability_up if falls else row.change.probability_up
    sure = f"{'falls' if falls else 'rises'} in {of_hundred(share)}%"
    if direction(row.change) == "≈":
        sure = "no clear direction"
    return f"{view.facts.period}: {change} ({band}), {sure}"


def detail(view: View, width: int) -> list[Line]:
    """Return the lines under the levers: what was said last, or the last warning and the chosen
    lever's setting."""
    if view.message is not None:
        return _wrapped(view.message.text, view.message.style, width, MOST_SAID)
    lines = []
    if view.is_current and view.reading and view.reading.warnings:
        lines = _wrapped(view.reading.warnings[-1], "warning", width, MOST_SAID // 2)
    lever = view.lever
    if lever is None:
        return lines or [()]
    setting = view.setting(lever)
    said = f"--set {setting.text}" if setting else lever.place
    return [*lines, ((f" {clipped(f'{said} · {lever.title}', width - 2)}", "quiet"),)]


def _wrapped(text: str, style: str, width: int, most: int) -> list[Line]:
    """Return a text in so many lines at most, with … where it goes on."""
    lines = textwrap.wrap(text, width - 2, max_lines=most, placeholder=" …")
    return [((f" {line}", style),) for line in lines]


def now_line(view: View, width: int) -> Line:
    """Return the headline figures with their changes against the base."""
    parts = []
    for metric, name in SUMMED.items():
        if (row := view.compared(metric)) is not None:
            change = change_of(row)
            parts.append(f"{name} {value_of(row)}" + (f" ({change})" if change else ""))
    text = " · ".join(parts)
    return (f" NOW {view.facts.period} ", "title"), (text[: width - 10], "strong")


def clipped(text: str, width: int) -> str:
    """Return a text that fits, with … where it was cut."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def folded(text: str, width: int) -> list[Line]:
    """Return a text cut to the width, with nothing added or taken away."""
    return [((text[at : at + width], "strong"),) for at in range(0, len(text), width)]


def words_of(error: ForecastError) -> str:
    """Return an error in a line: what was found and what was expected, and a likely mend."""
    if not isinstance(error, InputError):
        return str(error)
    first = error.problems[0]
    said = f"{first.subject}: {first.found}; expected {first.expected}"
    return f"{said}. {first.hint}" if first.hint else said
