"""The parts of the screen as styled lines: pure functions of the view and of the room there is."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from forecast.analysis.whatif.whatif import Compared
from forecast.explorer.levers import Lever
from forecast.explorer.view import View
from forecast.report.charts.terminal_fan import FanPath, TerminalFan, fan_lines
from forecast.report.formats.table_lines import Line, Span
from forecast.report.layout import PRESENTATIONS
from forecast.report.numbers import own_value, quantity_band
from forecast.report.pages.answers.changes import (
    direction,
    in_words,
    is_unmoved,
    number,
    of_hundred,
    signed_quantity,
)

BANDS = (10, 50, 90)
# What the last line sums up, by names short enough for it.
SUMMED = {"inference_share": "share", "chip_spend": "chips", "ai_revenue": "revenue"}
PLAIN_DIFFERENCE = {"year", "log", "log/year"}
# Names of metrics that tables place under another.
NAMES = {
    "training_chip_spend": "Chips, training",
    "inference_chip_spend": "Chips, inference",
    "inference_spend_share": "Share of chips",
    "forward_share": "Inference-like",
}
TRACK = (14, 48)  # fewest and most columns
MOST_NAME = 56
MOST_SAID = 3  # lines of a message
END, VALUES, CHANGE = 6, 15, 7  # columns of a track's end, of a lever's values, of its change


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
    left = f" AI compute through {view.bench.options.through} "
    return (left, "title"), ("─" * max(1, width - len(left) - len(right)), "rule"), (right, "quiet")


def _draws(view: View) -> str:
    reading = view.reading
    if reading is None:
        return "computing"
    if reading.is_full and view.is_current:
        return f"all {reading.draws:,} draws"
    return f"first {reading.draws:,} of {view.bench.options.draws:,} draws"


def metric_lines(view: View, width: int, height: int, *, has_focus: bool) -> Iterator[Line]:
    """Yield the list of metrics: each with its last value and its change."""
    yield ((f"{f' METRICS {view.bench.period}':<{width}}", "title"),)
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
        return view.bench.meanings[metric].title
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


def lever_change(base: float, now: float, unit: str) -> str:
    """Return how far a lever is from the base: points of a share, per cent of the rest."""
    if not base or unit in PLAIN_DIFFERENCE:
        return signed_quantity(now - base, unit)
    change = 100.0 * (now - base) / (1.0 if unit == "share" else abs(base))
    places = 0 if abs(change) >= 10.0 else 1
    return number(change, places, "+") + (" pp" if unit == "share" else "%")


def chart_lines(view: View, width: int, height: int) -> Iterator[Line]:
    """Yield the chart of the chosen metric, under its name and how it differs from the base."""
    reading = view.reading
    meaning = view.bench.meanings[view.metric]
    if reading is None or reading.metric != view.metric:
        yield ((f" {meaning.title}", "title"),)
        is_in_vain = view.message is not None and view.message.style == "error"
        yield ((" no answer" if is_in_vain else " computing …", "quiet"),)
        return
    ghosts = [FanPath(reading.base.times, reading.base.levels, "was")]
    if not view.state.changes:
        ghosts = []
    if view.kept and view.kept[0] == view.metric:
        ghosts.append(FanPath(view.kept[1].times, view.kept[1].levels, "kept"))
    observed = view.bench.observed(view.metric)
    fan = TerminalFan(meaning.unit, (reading.path, *ghosts), observed, view.bench.begins)
    rate = ", a year's rate" if meaning.kind == "flow" else ""
    unit = f", {fan.scale.unit}{rate}" if fan.scale.unit else rate
    yield ((f" {meaning.title}{unit}"[:width], "title"),)
    yield ((f" {difference(view)}"[:width], "quiet"),)
    for line in fan_lines(fan, width - 1, height - 2):
        yield ((" ", "plain"), *line)


def difference(view: View) -> str:
    """Return how the chosen metric differs from the base at the period, with band and direction."""
    row = view.compared(view.metric)
    if row is None:
        return ""
    if not view.state.changes:
        ends = row.now.quantiles.at(10), row.now.quantiles.at(90)
        return f"{view.bench.period}: {value_of(row)} ({quantity_band(*ends, row.now.unit)})"
    if is_unmoved(row.change):
        return f"{view.bench.period}: the same as base in every draw"
    change, band = _change_and_band(row)
    falls = row.change.change < 0.0
    share = 1.0 - row.change.probability_up if falls else row.change.probability_up
    sure = f"{'falls' if falls else 'rises'} in {of_hundred(share)}%"
    if direction(row.change) == "≈":
        sure = "no clear direction"
    return f"{view.bench.period}: {change} ({band}), {sure}"


def lever_heading(view: View, width: int) -> Line:
    """Return the line above the levers, with what their marks mean."""
    about = f"with “{view.search}”" if view.search else f"of {metric_name(view, view.metric)}"
    left = f" LEVERS {about}, {view.bench.period} "
    right = " ◇ prior ━ 10–90% known ┃ base ● here "
    if width < len(left) + len(right) + 2:
        right = ""
    rule = "─" * max(0, width - len(left) - len(right))
    return (left, "title"), (rule, "rule"), (right, "quiet")


def lever_lines(view: View, width: int, height: int, *, has_focus: bool) -> Iterator[Line]:
    """Yield levers around the chosen one: name, track with its ends, base and where it stands."""
    if not view.ranked:
        yield ((" measuring what moves this metric …", "quiet"),)
        return
    if not view.keys:
        yield ((f" nothing has “{view.search}” in its name; esc to list all", "quiet"),)
        return
    chosen = view.lever
    name, track = _columns(width)
    for lever in view.shown(height):
        is_chosen = lever == chosen
        style = "chosen" if is_chosen and has_focus else "strong" if is_chosen else "median"
        yield (("▸ " if is_chosen else "  ", style), *_lever(view, lever, name, track, style))


def _columns(width: int) -> tuple[int, int]:
    """Return the columns of a lever's name and of its track."""
    room = width - 2 - 2 * END - VALUES - CHANGE - 5
    track = min(TRACK[1], max(TRACK[0], round(0.4 * room)))
    return min(MOST_NAME, max(0, room - track)), track


def along_track(column: int, width: int) -> float | None:
    """Return at which share of the track a column of a lever's line lies, None beside it."""
    name, track = _columns(width)
    share = (column - 2 - name - END - 2) / (track - 1)
    return share if 0.0 <= share <= 1.0 else None


def _lever(view: View, lever: Lever, name: int, track: int, style: str) -> Iterator[Span]:
    now = view.stands_at(lever)
    low, high = (short(end, lever.unit) for end in lever.track)
    called = lever.title if len(lever.title) <= name else lever.key.replace("_", " ")
    yield f"{clipped(called, name):<{name}} {low:>{END}} ", style
    yield from _track(lever, now, track)
    is_moved = view.state.setting_at(lever.place, view.bench.case.inputs) is not None or (
        abs(now - lever.base) > 1e-9 * abs(lever.base)
    )
    values, change = short(lever.base, lever.unit), ""
    if is_moved:
        values = f"{values} → {short(now, lever.unit)}"
        change = lever_change(lever.base, now, lever.unit)
    yield f" {high:<{END}} {values:<{VALUES}} {change:>{CHANGE}}", style


def clipped(text: str, width: int) -> str:
    """Return a text that fits, with … where it was cut."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"


def short(value: float, unit: str) -> str:
    """Return a value of a lever in a few columns: 43%, $1.2T, 5.9M, 0.25."""
    return own_value(value, unit).replace(" ", "")


def _track(lever: Lever, now: float, columns: int) -> Iterator[Span]:
    """Yield a lever's track: what was believed and is known now, the base, and where it stands."""

    def column(value: float) -> int:
        return round(lever.along(value) * (columns - 1))

    signs = [("·", "rule")] * columns
    for band, sign in ((lever.prior, ("─", "rule")), (lever.conditioned, ("━", "fan inner"))):
        if band is not None:
            first, last = column(band.p10), column(band.p90)
            signs[first : last + 1] = [sign] * (last - first + 1)
    if lever.prior is not None:
        signs[column(lever.prior.p50)] = ("◇", "observed")
    signs[column(lever.base)] = ("┃", "fan inner")
    signs[column(now)] = ("●", "fan")
    yield from signs


def detail(view: View, width: int) -> list[Line]:
    """Return the lines under the levers: what was said last, a warning, or the chosen lever's
    setting."""
    if view.message is not None:
        lines = textwrap.wrap(view.message.text, width - 2)[:MOST_SAID]
        return [((f" {line}", view.message.style),) for line in lines]
    if view.is_current and view.reading and view.reading.warnings:
        return [((f" {clipped(view.reading.warnings[-1], width - 2)}", "warning"),)]
    lever = view.lever
    if lever is None:
        return [()]
    setting = view.state.setting_at(lever.place, view.bench.case.inputs)
    said = f"--set {setting.text}" if setting else lever.place
    return [((f" {clipped(f'{said} · {lever.title}', width - 2)}", "quiet"),)]


def now_line(view: View, width: int) -> Line:
    """Return the headline figures with their changes against the base."""
    parts = []
    for metric, name in SUMMED.items():
        if (row := view.compared(metric)) is not None:
            change = change_of(row)
            parts.append(f"{name} {value_of(row)}" + (f" ({change})" if change else ""))
    text = " · ".join(parts)
    return (f" NOW {view.bench.period} ", "title"), (text[: width - 10], "strong")
