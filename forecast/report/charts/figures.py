"""Charts as Matplotlib figures: fans, tornadoes, differences, growth curves and crossings.

Every figure carries its title, its unit and a stamp (source, as-of date, run) inside, because
people cut charts out. Figures are objects of their own; nothing global of Matplotlib is touched.
Sizes are in points, which SVG reads as pixels.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from forecast import periods
from forecast.report.layout import EVENTS
from forecast.report.numbers import quantity, signed
from forecast.report.pages.changes import is_unmoved
from forecast.report.pages.grids import bare, own_value, with_band
from forecast.report.words import first_projected
from forecast.result import Result, Row, Run

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Told apart by people who see few colours; a page puts a variable in the place of each.
INK, MUTED, RULE, GROUND = "#1b2430", "#5b6673", "#d9dee4", "#fefefe"
TRAINING, INFERENCE, TOTAL = "#b3500b", "#0a5ca8", "#2f6f62"
COLOURS = {
    "training_compute": TRAINING,
    "training_chip_spend": TRAINING,
    "inference_compute": INFERENCE,
    "inference_chip_spend": INFERENCE,
    "inference_share": INFERENCE,
    "inference_spend_share": INFERENCE,
}
PER_QUARTER = {"flow": " a quarter", "cumulative": ", cumulative"}
UNITS = {"USD": "US dollars", "W": "watts", "share": "per cent", "H100e": "H100-equivalents"}
LARGEST_TICK = 1e18  # from here on ticks are powers of ten, letters being little known
WIDE_RANGE = 30.0  # levels that span more than this are drawn on a logarithmic scale
PLAIN = (480.0, 330.0)
SMALL = (320.0, 220.0)
BARS = 10  # of a tornado


def stamp(run: Run) -> str:
    """Return what a chart says of itself: source, as-of date and run."""
    as_of = f"as of {run.as_of}" if run.as_of else f"data to {run.data_through}"
    return f"forecast {run.version}, {run.source} · {as_of} · run {run.run_id}"


def fan_figure(result: Result, *metrics: str, title: str = "") -> Figure:
    """Return fans of one or several metrics of one unit: median, P25–P75, P10–P90, what was
    observed and where the forecast begins.

    `result` is a projection by quarter or by year. Raises ValueError for a metric it lacks.
    """
    names = metrics or ("inference_share",)
    groups = [[row for row in _wholes(result) if row["metric"] == name] for name in names]
    if missing := [name for name, rows in zip(names, groups, strict=True) if not rows]:
        raise ValueError(f"the result has no {', '.join(missing)}")
    first = groups[0][0]
    titles = [str(result.extra["metrics"][name]["title"]) for name in names]
    per = "" if periods.is_year(first["period"]) else PER_QUARTER.get(first["kind"], "")
    per = " a year" if periods.is_year(first["period"]) and first["kind"] == "flow" else per
    figure, axes = _frame(
        title or " and ".join(titles), UNITS.get(first["unit"], "") + per, result.run
    )
    ends = []
    for name, rows in zip(names, groups, strict=True):
        colour = COLOURS.get(name, TOTAL)
        _fan(axes, [_time(row) for row in rows], rows, colour)
        _observed(axes, rows)
        label = _short(name) if len(names) > 1 else ""
        ends.append((rows[-1], colour, label))
    last = _time(groups[0][-1])
    _years(axes, groups[0][0]["period"], groups[0][-1]["period"])
    _values(axes, first["unit"])
    _forecast_line(axes, first_projected(result) / 4.0)
    _end_labels(axes, last, ends)
    return figure


def _wholes(result: Result) -> list[Row]:
    return [
        row
        for row in result.rows
        if row["period"] and row["member"] is None and row["p50"] is not None
    ]


def _short(metric: str) -> str:
    return "training" if metric.startswith("training") else "inference"


def _time(row: Row) -> float:
    """Return where a row stands: the end of its period for a level, its middle for the rest."""
    last = periods.quarter(row["period"])
    if row["kind"] in {"stock", "share", "cumulative"}:
        return periods.end_year_fraction(last)
    return last // 4 + 0.5 if periods.is_year(row["period"]) else periods.mid_year_fraction(last)


def _frame(
    title: str, unit: str, run: Run, size: tuple[float, float] = PLAIN
) -> tuple[Figure, Axes]:
    """Return a figure with its title, unit and stamp, and axes with no more than a baseline."""
    from matplotlib.figure import Figure

    width, height = size
    is_small = width < PLAIN[0]
    figure = Figure(figsize=(width / 72.0, height / 72.0), facecolor="none")
    heading, text, small = (11.0, 9.5, 8.0) if is_small else (14.0, 11.0, 9.0)
    lines = textwrap.wrap(title, 44 if is_small else 52)
    style: dict[str, Any] = {"color": MUTED, "va": "top", "parse_math": False}
    for number, line in enumerate((*lines, unit)):
        is_title = number < len(lines)
        own = {"size": heading, "color": INK, "weight": "bold"} if is_title else {"size": text}
        at = 4.0 + number * 1.3 * heading
        figure.text(2 / width, 1 - at / height, line, **{**style, **own})
    figure.text(2 / width, 3 / height, stamp(run), **{**style, "size": small, "va": "bottom"})
    left, right = (44.0, 62.0) if is_small else (50.0, 98.0)
    top, bottom = 24.0 + 1.3 * heading * (1 + len(lines)), 38.0 if is_small else 46.0
    axes = figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    )
    axes.set_facecolor("none")
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.tick_params(length=0, labelsize=text, labelcolor=MUTED)
    axes.grid(axis="y", color=RULE, linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _fan(axes: Axes, times: Sequence[float], rows: Sequence[Row], colour: str) -> None:
    for low, high, strength in (("p10", "p90", 0.16), ("p25", "p75", 0.24)):
        lows, highs = [row[low] for row in rows], [row[high] for row in rows]
        axes.fill_between(times, lows, highs, color=colour, alpha=strength, linewidth=0)
    axes.plot(times, [row["p50"] for row in rows], color=colour, linewidth=2.2)


def _observed(axes: Axes, rows: Sequence[Row]) -> None:
    found = [row for row in rows if row["observed"] is not None]
    for marker, is_bound in (("o", False), ("^", True)):
        mine = [row for row in found if (row.get("observed_qualifier") == "gt") is is_bound]
        if mine:
            style: dict[str, Any] = {"markeredgecolor": GROUND, "markeredgewidth": 0.7}
            times, values = [_time(row) for row in mine], [row["observed"] for row in mine]
            axes.plot(times, values, marker, color=INK, markersize=4.6, linestyle="none", **style)


def _years(axes: Axes, first: str, last: str) -> None:
    """Label years at their middle, with a faint line where each begins."""
    start, end = periods.quarter(first) // 4, periods.quarter(last) // 4
    years = list(range(start, end + 1))
    step = 2 if len(years) > 9 else 1
    axes.set_xlim(start, end + 1)
    axes.set_xticks([year + 0.5 for year in years[::step]], [str(year) for year in years[::step]])


def _values(axes: Axes, unit: str, *, is_log: bool = False) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    if is_log:
        axes.set_yscale("log")
        axes.minorticks_off()
    elif unit == "share":
        top = axes.get_ylim()[1]
        axes.set_ylim(0.0, 1.0 if top > 0.5 else top)
        axes.yaxis.set_major_locator(MaxNLocator(4))
    else:
        axes.set_ylim(0.0)
        axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, unit)))


def _tick(value: float, unit: str) -> str:
    if value == 0.0:
        return "0"
    if unit == "share":
        return f"{100.0 * value:.3g}%"
    if value >= LARGEST_TICK:
        return f"1e{round(math.log10(value))}"
    return re.sub(r"\.0(?!\d)", "", quantity(value, bare(unit)))


def _forecast_line(axes: Axes, time: float) -> None:
    axes.axvline(time, color=MUTED, linewidth=0.9, linestyle=(0, (3, 3)))
    style: dict[str, Any] = {"transform": axes.get_xaxis_transform(), "va": "bottom"}
    axes.text(time, 1.01, "forecast →", size=10, color=MUTED, **style)


def _end_labels(
    axes: Axes, time: float, ends: Sequence[tuple[Row, str, str]], size: float = 10.5
) -> None:
    """Write the last median and band to the right of the axes, apart from one another."""
    labels = []
    for row, colour, name in ends:
        middle, _ = with_band(row["p10"], row["p50"], row["p90"], row["unit"])
        labels.append((float(row["p50"]), f"{name} {middle}".strip(), colour, "bold"))
        if len(ends) == 1:
            for key in ("p10", "p90"):
                text = f"{key.upper()} {own_value(row[key], row['unit'])}"
                labels.append((float(row[key]), text, MUTED, "normal"))
    height = axes.get_window_extent().height
    floor = 0.0
    for value, text, colour, weight in sorted(labels):
        at = axes.transData.transform((time, value))[1] - axes.get_window_extent().y0
        at = max(min(at, height), floor)
        floor = at + 1.2 * size * axes.figure.dpi / 72.0
        style: dict[str, Any] = {"va": "center", "weight": weight, "size": size, "color": colour}
        place = (1.0, at / height)
        axes.annotate(
            text, place, xycoords="axes fraction", xytext=(5, 0), textcoords="offset points",
            annotation_clip=False, parse_math=False, **style,
        )  # fmt: skip


def crossing_figure(result: Result, metric: str = "crossover") -> Figure:
    """Return in how many of 100 draws inference overtakes training in each quarter, and in how many
    it does not by the horizon, from rows with `share` and `share_by`."""
    rows = [row for row in result.rows if row["metric"] == metric]
    figure, axes = _frame(EVENTS[metric], "of 100 draws, in each quarter", result.run)
    times = [periods.mid_year_fraction(periods.quarter(row["period"])) for row in rows]
    heights = [100.0 * row["share"] for row in rows]
    axes.bar(times, heights, width=0.21, color=INFERENCE, linewidth=0)
    _years(axes, rows[0]["period"], rows[-1]["period"])
    never = 100.0 * (1.0 - rows[-1]["share_by"])
    end = axes.get_xlim()[1]
    axes.bar([end + 0.35], [never], width=0.35, color=TRAINING, linewidth=0, clip_on=False)
    top = max(*heights, never) * 1.15
    axes.set_ylim(0.0, top)
    text = (
        f"{never:.0f} not by\n{result.run.through}"
        if never >= 0.5
        else f"<1 not by\n{result.run.through}"
    )
    axes.text(
        end + 0.35, never + 0.02 * top, text, size=10, color=TRAINING, ha="center", va="bottom"
    )
    _forecast_line(axes, first_projected(result) / 4.0)
    return figure


def tornado_figure(result: Result, title: str = "") -> Figure:
    """Return the strongest assumptions of a tornado, a bar each, its ends labelled with the
    assumption's own values; a stroke marks the base case."""
    rows = sorted(result.rows, key=lambda row: -abs(float(row["swing"])))[:BARS]
    base, known = result.extra["base"], result.extra["metrics"]
    unit, middle = str(base["unit"]), float(base["p50"])
    name = title or f"{known[base['metric']]['title']}, {base['period']}"
    size = (PLAIN[0], 96.0 + 34.0 * len(rows))
    subtitle = f"{base['period']}, if one assumption goes to its P10 or its P90"
    figure, axes = _frame(name, subtitle, result.run, size)
    axes.set_position((0.02, 40.0 / size[1], 0.96, 1.0 - 96.0 / size[1]))
    axes.grid(visible=False)
    for place, row in enumerate(rows):
        _tornado_bar(axes, len(rows) - 1 - place, row, middle, is_first=place == 0)
    ends = [value for row in rows for value in (row["metric_low"], row["metric_high"])]
    span = max(ends) - min(ends) or 1.0
    axes.set_xlim(min(ends) - 0.24 * span, max(ends) + 0.24 * span)
    axes.set_ylim(-0.6, len(rows) - 0.1)
    axes.set_yticks([])
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, unit)))
    return figure


def _tornado_bar(axes: Axes, height: int, row: Row, middle: float, *, is_first: bool) -> None:
    """Draw a bar below the assumption's name; the first one says which end is which."""
    low, high = float(row["metric_low"]), float(row["metric_high"])
    at = height - 0.2
    for value, colour in ((low, TRAINING), (high, INFERENCE)):
        axes.barh(at, value - middle, left=middle, height=0.34, color=colour, linewidth=0)
    axes.plot([middle, middle], [at - 0.24, at + 0.24], color=INK, linewidth=1.4)
    plain: dict[str, Any] = {"va": "center", "parse_math": False, "size": 9.5}
    ends = sorted([(low, "low_value", "P10 "), (high, "high_value", "P90 ")])
    for (value, key, name), side, offset in zip(ends, ("right", "left"), (-4, 4), strict=True):
        text = (name if is_first else "") + own_value(row[key], row["unit"])
        own = {**plain, "ha": side, "color": MUTED, "textcoords": "offset points"}
        axes.annotate(text, (value, at), xytext=(offset, 0), **own)
    title = textwrap.shorten(str(row["title"]), 78, placeholder=" …")
    style = {**plain, "size": 10.5, "color": INK, "transform": axes.get_yaxis_transform()}
    axes.text(0.0, height + 0.22, title, **style)


def difference_figure(result: Result) -> Figure:
    """Return by how much each metric of a what-if changes at its last period: median and P10–P90 of
    the change draw by draw, in per cent of the base median, in points for a share.

    What is the same in every draw is left out; raises ValueError if everything is.
    """
    last = max((row["period"] for row in result.rows if row["period"]), key=periods.quarter)
    changes = [
        row
        for row in result.rows
        if row.get("case") == "difference" and row["period"] == last and row["member"] is None
    ]
    rows = [(row, result.find(row["metric"], last, case="base", member=None)) for row in changes]
    found = [(row, base) for row, base in rows if base and base["p50"] and not is_unmoved(row)]
    if not found:
        raise ValueError("nothing changes")
    size = (PLAIN[0], 96.0 + 32.0 * len(found))
    subtitle = f"change in {last}: per cent of the base, points for a share"
    figure, axes = _frame("What changes", subtitle, result.run, size)
    axes.set_position((0.02, 40.0 / size[1], 0.8, 1.0 - 96.0 / size[1]))
    axes.grid(visible=False)
    for place, (row, base) in enumerate(found):
        title = str(result.extra["metrics"][row["metric"]]["title"])
        _difference_bar(axes, len(found) - 1 - place, title, row, float(base["p50"]))
    axes.set_ylim(-0.6, len(found) - 0.1)
    axes.set_yticks([])
    return figure


def _difference_bar(axes: Axes, height: int, title: str, row: Row, base: float) -> None:
    """Draw a change below its metric's name, and write it to the right."""
    is_share = row["unit"] == "share"
    scale = 100.0 if is_share else 100.0 / abs(base)
    low, middle, high = (scale * float(row[key]) for key in ("p10", "p50", "p90"))
    at = height - 0.2
    axes.plot([low, high], [at, at], color=TOTAL, linewidth=6, alpha=0.35)
    axes.plot([0.0, 0.0], [at - 0.24, at + 0.24], color=INK, linewidth=1.4)
    axes.plot([middle], [at], "o", color=TOTAL, markersize=6)
    style: dict[str, Any] = {"va": "center", "parse_math": False}
    style["transform"] = axes.get_yaxis_transform()
    axes.text(0.0, height + 0.22, title, size=10.5, color=INK, **style)
    rounded = round(middle, 0 if abs(middle) >= 10.0 else 1)
    said = signed(f"{rounded:+g}") if rounded else "0"
    text = f"{said}{' pp' if is_share else '%'}"
    axes.text(1.02, at, text, size=10.5, color=TOTAL, weight="bold", **style)


def curve_figure(result: Result, series: str, title: str = "") -> Figure:
    """Return the growth curve of a fitted series: figures, median, P25–P75 and P10–P90, on a
    logarithmic scale where levels span much. Assumed points are hollow.

    Raises ValueError for a series that the result lacks.
    """
    rows = [row for row in result.rows if row["series_id"] == series and row["member"] is None]
    if not rows:
        raise ValueError(f"the result has no {series}")
    figures = result.extra["figures"].get(series, ())
    assumed = result.extra.get("assumed", {}).get(series, ())
    name = title or str(result.extra.get("titles", {}).get(series, series))
    unit = str(rows[0]["unit"])
    per = " a quarter" if series in result.extra.get("flows", ()) else ""
    figure, axes = _frame(name, UNITS.get(unit, unit.replace("/", " a ")) + per, result.run, SMALL)
    times = [_curve_time(row["period"], bool(per)) for row in rows]
    _fan(axes, times, rows, TOTAL)
    style: dict[str, Any] = {"linestyle": "none", "markeredgewidth": 0.8, "markersize": 3.8}
    shown = {"fill": INK, "edge": GROUND}, {"fill": GROUND, "edge": INK}
    for points, colours in zip((figures, assumed), shown, strict=True):
        x, y = [time for time, _ in points], [value for _, value in points]
        axes.plot(x, y, "o", color=colours["fill"], markeredgecolor=colours["edge"], **style)
    lows = [*(row["p10"] for row in rows), *(value for _, value in figures)]
    highs = [*(row["p90"] for row in rows), *(value for _, value in figures)]
    is_log = min(lows) > 0.0 and max(highs) / min(lows) > WIDE_RANGE
    start, end = math.floor(min([times[0], *(time for time, _ in figures)])), math.ceil(times[-1])
    axes.set_xlim(start, end)
    step = max(1, round((end - start) / 4))
    ticks = range(end - step * ((end - start) // step), end + 1, step)
    axes.set_xticks(list(ticks), [str(year) for year in ticks])
    _values(axes, unit, is_log=is_log)
    _end_labels(axes, times[-1], [(rows[-1], TOTAL, "")], 9.0)
    return figure


def _curve_time(period: str, is_flow: bool) -> float:
    """Return when a value of a curve holds: the middle of a flow's quarter, else its end."""
    if is_flow:
        return periods.mid_year_fraction(periods.quarter(period))
    return periods.day_year_fraction(periods.parse_day(period))
