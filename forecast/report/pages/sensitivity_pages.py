"""What moves a metric, as pages: a tornado in characters, shares of variance, a grid of two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.report.blocks import Block, Chart, Listing, Prose, Table, TableRow, View
from forecast.report.numbers import (
    Scale,
    band_cell,
    band_figures,
    cell,
    quantity,
    quantity_band,
    scale_for,
    side_decimals,
    signed,
)
from forecast.report.words import first_line, with_band
from forecast.result import Result, Row

LONGEST_NAME = 30  # a longer one has a line of its own
LOW, HIGH, MIDDLE = "▒", "█", "│"
SHADES = " ░▒▓█"
SMALL = 0.01  # a share of variance that is not worth a name
LARGEST = 1e18  # beyond it a number of operations is written 1.9e28
DISCREPANCY = "discrepancy"


def sensitivity_page(result: Result, view: View, top: int) -> list[Block]:
    """Return the page of a method, with its `top` rows and the rest counted."""
    if result.extra["method"] == "tornado":
        return _tornado_page(result, view, top)
    return _variance_page(result, view, top)


def _tornado_page(result: Result, view: View, top: int) -> list[Block]:
    shown = [row for row in result.rows[:top] if row["swing"] > 0.0]
    blocks: list[Block] = [
        Prose(first_line(result.run), "quiet"),
        Prose(_tornado_sentence(result, view), "strong"),
    ]
    if shown:
        blocks += [_bars(result, shown, view.width), Prose(_tornado_legend(result, shown), "quiet")]
    blocks.append(Prose(_rest(result, len(shown)), "quiet"))
    if view.verbose:
        named = tuple((row["assumption"], row["title"]) for row in shown)
        blocks.append(Listing(("MOVED", "what it is"), named, is_text=True))
    blocks.append(Prose(_tornado_short(result, view), "strong", label="IN SHORT"))
    return blocks


def _subject(result: Result) -> str:
    base = result.extra["base"]
    return f"{result.extra['metrics'][base['metric']]['title']}, {base['period']}"


def _tornado_sentence(result: Result, view: View) -> str:
    """Return the metric with its band, and what moves it most, with the band of that change."""
    base, most = result.extra["base"], result.rows[0]
    start = f"{_subject(result)}: {with_band(base, view.bands)}."
    if most["swing"] <= 0.0:
        reached = any(row["reaches"] for row in result.rows)
        return f"{start} Nothing {'alone moves its median' if reached else 'moves it'}."
    ends = [quantity(most[f"metric_{end}"], base["unit"]) for end in ("low", "high")]
    own = _own_ends(most)
    low, high = (_change(most[f"swing_{each}"], base["unit"]) for each in ("p10", "p90"))
    change = low if low == high else f"{low} to {high} (80% band)"
    return (
        f"{start} {most['assumption']} moves it most: from {ends[0]} at {own[0]} to {ends[1]} at "
        f"{own[1]}. Draw by draw that is {change}, "
        f"{_direction(most['probability_up'])}."
    )


def _direction(up: float) -> str:
    """Return in how many of 100 draws a change is a rise, or a fall if that is more; never all."""
    word, share = ("rise", up) if up >= 0.5 else ("fall", 1.0 - up)
    return f"a {word} in {'over 99' if share >= 0.995 else f'{100.0 * share:.0f}'} of 100"


def _change(value: float, unit: str) -> str:
    """Return a change with its sign, in percentage points for a share."""
    sign = "+" if value > 0.0 else "−" if value < 0.0 else ""
    if unit == "share":
        return f"{sign}{signed(f'{100.0 * abs(value):.0f}')} pp"
    return f"{sign}{quantity(abs(value), unit)}"


def _own_ends(row: Row) -> tuple[str, str]:
    """Return a factor's own low and high value as people write them: 0.4M and 2.4M, 34% and 80%."""
    low, high = row["low_value"], row["high_value"]
    if low is None or high is None:
        return "its P10", "its P90"
    if row["group"] == DISCREPANCY:
        return f"×{low:.2f}", f"×{high:.2f}"
    figures = band_figures(min(low, high), max(low, high)) if min(low, high) > 0.0 else 2
    return own_value(low, row["unit"], figures), own_value(high, row["unit"], figures)


def own_value(value: float, unit: str, figures: int = 2) -> str:
    """Return an assumption's value without what its name says anyway: $1.2T, 18 GW, 0.4M."""
    if abs(value) >= LARGEST:
        return f"{value:.{figures - 1}e}".replace("e+", "e")
    return quantity(value, unit, figures).removesuffix(f" {unit}").partition("/")[0]


def _bars(result: Result, rows: Sequence[Row], width: int) -> Chart:
    """Return the bars on one axis, each with the factor's own values at its ends."""
    base = result.extra["base"]
    ends = [value for row in rows for value in (row["metric_low"], row["metric_high"])]
    scale = scale_for(base["unit"], [*ends, base["p50"]])
    figures = [_range(row, scale) for row in rows]
    labels = [_end_labels(row) for row in rows]
    name_width = min(LONGEST_NAME, max(len(row["assumption"]) for row in rows))
    room = width - 5 - name_width - max(len(text) for text in figures)
    margins = [max(len(label[side]) for label in labels) + 1 for side in (0, 1)]
    axis = _Axis(min(*ends, base["p50"]), max(*ends, base["p50"]), max(10, room - sum(margins)))
    lines = []
    for row, label, text in zip(rows, labels, figures, strict=True):
        bar = _bar(row, axis, base["p50"])
        start = len(bar) - len(bar.lstrip())
        drawn = bar.lstrip()
        left = f"{label[0]:>{margins[0] + start - 1}} "
        field = f"{left}{drawn} {label[1]}".ljust(axis.cells + sum(margins))
        name = row["assumption"]
        if len(name) > name_width:
            lines.append(name)
            name = ""
        mark = " ≈" if row["is_noise"] else ""
        lines.append(f"{name:<{name_width}} {field} {text}{mark}")
    unit = f", {scale.unit}" if scale.unit else ""
    middle = cell(base["p50"] / scale.divisor, side_decimals([base["p50"] / scale.divisor]))
    legend = f"{MIDDLE} {middle}: the median as it stands   {LOW} at P10   {HIGH} at P90"
    return Chart(f"{_subject(result)}{unit}", tuple(lines), legend)


@dataclass(frozen=True)
class _Axis:
    """A line of `cells` characters from a low to a high value."""

    low: float
    high: float
    cells: int

    def at(self, value: float) -> int:
        """Return the cell of a value."""
        span = (self.high - self.low) or 1.0
        return round((value - self.low) / span * (self.cells - 1))


def _bar(row: Row, axis: _Axis, base: float) -> str:
    """Return a bar: ▒ between the base and the metric at P10, █ between it and that at P90."""
    middle = axis.at(base)
    ends = ((axis.at(row["metric_low"]), LOW), (axis.at(row["metric_high"]), HIGH))
    signs = [" "] * axis.cells
    for end, sign in sorted(ends, key=lambda each: -abs(each[0] - middle)):
        first, last = sorted((end, middle))
        signs[first : last + 1] = sign * (last - first + 1)
    signs[middle] = MIDDLE
    return "".join(signs).rstrip()


def _end_labels(row: Row) -> tuple[str, str]:
    """Return the own values that stand to the left and to the right of a bar."""
    low, high = ("P10", "P90") if row["low_value"] is None else _own_ends(row)
    return (low, high) if row["metric_low"] <= row["metric_high"] else (high, low)


def _range(row: Row, scale: Scale) -> str:
    """Return what the metric is at both ends of a bar: 47–81."""
    low, high = (value / scale.divisor for value in _ordered(row))
    return band_cell(low, high, side_decimals([low, high]), is_share=scale.is_share)


def _tornado_legend(result: Result, shown: Sequence[Row]) -> str:
    if result.extra["is_grouped"]:
        bars = (
            "Bars: the median with one group at its P10 and P90, which are draws of its members "
            "together that bring the metric there, and every other assumption on its own draws; "
            "right, the metric at both ends."
        )
    else:
        bars = (
            "Bars: the median with one at its conditioned P10 and P90 (its own values at the ends; "
            "a path, a driver's too, in every quarter) and every other on its own draws; right, "
            "the metric at both ends."
        )
    if any(row["group"] == DISCREPANCY for row in shown) and not result.extra["is_grouped"]:
        bars += " A shock is drift of demand that no assumption explains, as a factor."
    return (
        f"{bars} What hangs together in the conditioned draws is moved alone here; "
        "--method given-data moves it along."
    )


def _rest(result: Result, shown: int) -> str:
    """Return how many rows are not shown, and how many of all make no difference."""
    what = "groups" if result.extra["is_grouped"] else "assumptions and drivers"
    still = sum(not row["reaches"] for row in result.rows)
    noise = sum(row["is_noise"] and row["reaches"] for row in result.rows)
    less = ""
    if shown + still < len(result.rows):
        less = f", the others move it less (--top {len(result.rows)} for all)"
    return (
        f"{shown} of {len(result.rows)} {what} shown{less}. "
        f"Not told from sampling noise (≈): {noise}; not reaching this metric: {still}."
    )


def _ordered(row: Row) -> tuple[float, float]:
    """Return the metric at both ends of a bar, the lower one first."""
    low, high = float(row["metric_low"]), float(row["metric_high"])
    return min(low, high), max(low, high)


def _tornado_short(result: Result, view: View) -> str:
    base = result.extra["base"]
    moving = [row for row in result.rows[:3] if not row["is_noise"]]
    parts = [
        f"{row['assumption']} ({quantity_band(*_ordered(row), base['unit'])})" for row in moving
    ]
    found = f"; moved most by {', '.join(parts)}" if parts else ""
    return f"{_subject(result)}: {with_band(base, view.bands)}{found}"


def _variance_page(result: Result, view: View, top: int) -> list[Block]:
    is_sobol = result.extra["method"] == "sobol"
    shown = result.rows[:top]
    columns = ["EXPLAINS, % of variance", "alone" if is_sobol else "known", "95% interval"]
    columns += ["in all", "95% interval"] if is_sobol else []
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(_variance_sentence(result, view), "strong"),
        Listing(tuple(columns), tuple(_variance_cells(row) for row in shown)),
        Prose(_sobol_legend(result) if is_sobol else _given_legend(), "quiet"),
        Prose(_small(result, len(shown)), "quiet"),
        Prose(_variance_short(result), "strong", label="IN SHORT"),
    ]


def _variance_cells(row: Row) -> tuple[str, ...]:
    """Return a row's estimates, each with its interval, with equal decimals."""
    orders = [each for each in ("first_order", "total_order") if row[each] is not None]
    decimals = _decimals(row, orders[-1])
    cells = [row["assumption"]]
    for order in orders:
        cells += [_percent(row[order], decimals), _interval(row, order, decimals)]
    return tuple(cells)


def _decimals(row: Row, order: str) -> int:
    """Return the decimals of a row in per cent: two significant figures for its main estimate."""
    return 0 if row[order] >= 0.1 else 1


def _percent(share: float, decimals: int) -> str:
    """Return a share of variance in per cent; an estimate a little below nothing is nothing."""
    return f"{max(0.0, 100.0 * share):.{decimals}f}"


def _interval(row: Row, order: str, decimals: int) -> str:
    low, high = row[f"{order}_interval"]
    return f"{_percent(low, decimals)}–{_percent(high, decimals)}"


def _draws_of(result: Result) -> str:
    is_prior = result.extra["base"]["ensemble"] == "independent prior"
    return "independent prior, before history is weighed" if is_prior else "conditioned ensemble"


def _leading(result: Result) -> tuple[Row, str]:
    """Return the row that explains most and the order by which it does."""
    order = "total_order" if result.extra["method"] == "sobol" else "first_order"
    return result.rows[0], order


def _variance_sentence(result: Result, view: View) -> str:
    row, order = _leading(result)
    metric = with_band(result.extra["base"], view.bands)
    start = f"On the {_draws_of(result)}: {_subject(result)}, {metric}."
    if row[order] <= 0.0:
        return f"{start} Nothing explains its spread."
    how = "alone and with others" if order == "total_order" else "with what hangs together with it"
    decimals = _decimals(row, order)
    share = f"{_percent(row[order], decimals)}% ({_interval(row, order, decimals)}%)"
    return (
        f"{start} {row['assumption']} explains most of its spread: {share} of "
        f"{_variance_of(row)}, {how}."
    )


def _variance_of(row: Row) -> str:
    return "the variance" + (" of its logarithm" if row["variance_of"] == "logarithm" else "")


def _sobol_legend(result: Result) -> str:
    total = sum(row["first_order"] for row in result.rows)
    return (
        "Sobol indices on the independent prior: no correlations, no conditioning. Alone: the "
        "variance that goes when it is known (first order); in all: also with what it does "
        f"together with others (total order). First orders add up to {_percent(total, 0)}%; the "
        "rest is interaction. An assumption moves with all its knots, a driver by the rank of its "
        "fitted path at the period."
    )


def _given_legend() -> str:
    return (
        "Read off the conditioned draws: the variance that goes when its value at the period is "
        "known, with all that hangs together with it there; shares overlap and need not add up to "
        "100. What chance alone would show is taken off."
    )


def _small(result: Result, shown: int) -> str:
    _, order = _leading(result)
    small = sum(row[order] < SMALL for row in result.rows)
    more = f" (--top {len(result.rows)} for all)" if shown < len(result.rows) else ""
    return (
        f"{shown} of {len(result.rows)} shown{more}. Explaining less than 1%: {small}. "
        "Intervals are from resampling the draws."
    )


def _variance_short(result: Result) -> str:
    _, order = _leading(result)
    parts = [
        f"{row['assumption']} {_percent(row[order], _decimals(row, order))}%"
        for row in result.rows[:3]
        if row[order] >= SMALL
    ]
    found = f"most explained by {', '.join(parts)}" if parts else "nothing explains 1% or more"
    return f"{_subject(result)}, {_draws_of(result)}: {found}"


def grid_page(result: Result, view: View) -> list[Block]:
    """Return the page of two keys: the median in each cell, shaded from low to high."""
    base, keys = result.extra["base"], result.extra["keys"]
    rows = result.rows
    across = list(dict.fromkeys(row["second_percentile"] for row in rows))
    medians = [row["p50"] for row in rows]
    scale = scale_for(base["unit"], medians)
    places = side_decimals([median / scale.divisor for median in medians])
    lowest, highest = min(medians), max(medians)

    def shaded(row: Row) -> str:
        step = int((row["p50"] - lowest) / ((highest - lowest) or 1.0) * len(SHADES))
        number = cell(row["p50"] / scale.divisor, places, is_share=scale.is_share)
        return f"{SHADES[min(step, len(SHADES) - 1)]} {number}"

    first = [row for row in rows if row["first_percentile"] == rows[0]["first_percentile"]]
    heads = tuple(own_value(row["second_value"], row["second_unit"]) for row in first)
    lines = [TableRow(keys[0], tuple(f"P{each}" for each in across), "band")]
    for start in range(0, len(rows), len(across)):
        line = rows[start : start + len(across)]
        own = own_value(line[0]["first_value"], line[0]["first_unit"])
        label = f"{own}  P{line[0]['first_percentile']}"
        lines.append(TableRow(label, tuple(shaded(row) for row in line)))
    sentence = _grid_sentence(result, view)
    unit = f", {scale.unit}" if scale.unit else ""
    return [
        Prose(first_line(result.run), "quiet"),
        Prose(sentence, "strong"),
        Prose(f"Down: {keys[0]}. Across: {keys[1]}. In the cells: {_subject(result)}{unit}."),
        Table(keys[1], "", heads, None, tuple(lines)),
        Prose(
            "Cells: the median with both at the value shown, and every other assumption on its "
            "conditioned draws; the darker, the higher. A path stands at its percentile in every "
            "quarter, and its value is that at the period.",
            "quiet",
        ),
        Prose(sentence, "strong", label="IN SHORT"),
    ]


def _grid_sentence(result: Result, view: View) -> str:
    """Return the metric as it stands and where its median is lowest and highest, with bands."""
    keys = result.extra["keys"]
    low = min(result.rows, key=lambda row: float(row["p50"]))
    high = max(result.rows, key=lambda row: float(row["p50"]))

    def place(row: Row) -> str:
        own = [own_value(row[f"{key}_value"], row[f"{key}_unit"]) for key in ("first", "second")]
        return f"{keys[0]} {own[0]} and {keys[1]} {own[1]}"

    return (
        f"{_subject(result)}: {with_band(result.extra['base'], view.bands)} as it stands; from "
        f"{with_band(low, view.bands)} at {place(low)} to {with_band(high, view.bands)} at "
        f"{place(high)}."
    )
