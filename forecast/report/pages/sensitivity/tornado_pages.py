"""What moves a metric as a page: a tornado in characters, in words before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.analysis.sensitivity.factors import DISCREPANCY
from forecast.analysis.sensitivity.rows import BarRow
from forecast.analysis.sensitivity.sensitivity import Sensitivity
from forecast.report.blocks import Block, Cell, Chart, Prose, Table, View, grid_columns, rows_of
from forecast.report.cells import own_value as own_text
from forecast.report.numbers import (
    UnitScale,
    band_cell,
    band_figures,
    cell,
    own_value,
    per_cent,
    quantity,
    quantity_band,
    scale_for,
    side_decimals,
)
from forecast.report.words import first_line, with_band

LONGEST_NAME = 30  # a longer one has a line of its own
LONGEST_BAR, EXPLAINS_MOST = "the longest bar", "what explains most"  # that may stand first
LOW, HIGH, MIDDLE = "▒", "█", "│"


def tornado_page(result: Sensitivity, view: View, top: int) -> list[Block]:
    """Return the page of a tornado with its `top` bars, and the rest counted."""
    shown = [row for row in result.bars[:top] if row.swing > 0.0]
    blocks: list[Block] = [
        Prose(first_line(result.run), "quiet"),
        Prose(_sentence(result, view), "strong"),
    ]
    if shown:
        blocks += [_bars(result, shown, view.width), Prose(_legend(result, shown), "quiet")]
    blocks.append(Prose(_rest(result, len(shown)), "quiet"))
    if view.verbose:
        blocks.append(sensitivity_table(result, shown, LONGEST_BAR, by_id=True))
    blocks.append(Prose(_in_short(result, view), "strong", label="IN SHORT"))
    return blocks


def sensitivity_table(
    result: Sensitivity, bars: Sequence[BarRow], order: str, *, by_id: bool = False
) -> Table:
    """Return assumptions of a tornado, by title or id, with their own ends and what they make of
    the metric; `order` says what stands first."""
    unit = result.base.unit
    heads = ("its P10", "its P90", "metric at P10", "metric at P90", "swing")
    lines = (
        (
            Cell(each.assumption if by_id else each.title or each.assumption, each.assumption),
            *(_own(end, each.unit or "ratio") for end in (each.low_value, each.high_value)),
            *(Cell(quantity(end, unit), end) for end in (each.metric_low, each.metric_high)),
            Cell(_size(each.swing, unit), each.swing),
        )
        for each in bars
    )
    name = f"moves-{result.base.metric}".replace("_", "-")
    title = f"What moves it, {order} first: {result.subject}"
    return Table(name, title, grid_columns("Assumption", *heads), rows_of(lines))


def _own(value: float | None, unit: str) -> Cell:
    return Cell(own_text(value, unit), value)


def _sentence(result: Sensitivity, view: View) -> str:
    """Return the metric with its band, and what moves it most, with the band of that change."""
    base, most = result.base, result.bars[0]
    start = f"{result.subject}: {with_band(base, view.bands)}."
    if most.swing <= 0.0:
        reached = any(row.reaches for row in result.bars)
        return f"{start} Nothing {'alone moves its median' if reached else 'moves it'}."
    ends = [quantity(end, base.unit) for end in (most.metric_low, most.metric_high)]
    own = _own_ends(most)
    low, high = (_change(each, base.unit) for each in (most.swing_p10, most.swing_p90))
    change = low if low == high else f"{low} to {high} (80% band)"
    return (
        f"{start} {most.assumption} moves it most: from {ends[0]} at {own[0]} to {ends[1]} at "
        f"{own[1]}. Draw by draw that is {change}, "
        f"{_direction(most.probability_up)}."
    )


def _direction(up: float) -> str:
    """Return in how many of 100 draws a change is a rise, or a fall if that is more; never all."""
    word, share = ("rise", up) if up >= 0.5 else ("fall", 1.0 - up)
    return f"a {word} in {'over 99' if share >= 0.995 else f'{100.0 * share:.0f}'} of 100"


def _change(value: float, unit: str) -> str:
    """Return a change with its sign, in percentage points for a share."""
    sign = "+" if value > 0.0 else "−" if value < 0.0 else ""
    return f"{sign}{_size(abs(value), unit)}"


def _size(value: float, unit: str) -> str:
    """Return the size of a change, in percentage points for a share."""
    return f"{per_cent(value)} pp" if unit == "share" else quantity(value, unit)


def _own_ends(row: BarRow) -> tuple[str, str]:
    """Return a factor's own low and high value as people write them: 0.4M and 2.4M, 34% and 80%."""
    low, high = row.low_value, row.high_value
    if low is None or high is None:
        return "its P10", "its P90"
    if row.group == DISCREPANCY:
        return f"×{low:.2f}", f"×{high:.2f}"
    figures = band_figures(min(low, high), max(low, high)) if min(low, high) > 0.0 else 2
    return own_value(low, row.unit, figures), own_value(high, row.unit, figures)


def _bars(result: Sensitivity, rows: Sequence[BarRow], width: int) -> Chart:
    """Return the bars on one axis, each with the factor's own values at its ends."""
    base = result.base
    ends = [value for row in rows for value in (row.metric_low, row.metric_high)]
    scale = scale_for(base.unit, [*ends, base.quantiles.p50])
    figures = [_range(row, scale) for row in rows]
    labels = [_end_labels(row) for row in rows]
    name_width = min(LONGEST_NAME, max(len(row.assumption) for row in rows))
    room = width - 5 - name_width - max(len(text) for text in figures)
    margins = [max(len(label[side]) for label in labels) + 1 for side in (0, 1)]
    axis = _Axis(
        min(*ends, base.quantiles.p50), max(*ends, base.quantiles.p50), max(10, room - sum(margins))
    )
    lines = []
    for row, label, text in zip(rows, labels, figures, strict=True):
        bar = _bar(row, axis, base.quantiles.p50)
        start = len(bar) - len(bar.lstrip())
        drawn = bar.lstrip()
        left = f"{label[0]:>{margins[0] + start - 1}} "
        field = f"{left}{drawn} {label[1]}".ljust(axis.cells + sum(margins))
        name = row.assumption
        if len(name) > name_width:
            lines.append(name)
            name = ""
        mark = " ≈" if row.is_noise else ""
        lines.append(f"{name:<{name_width}} {field} {text}{mark}")
    unit = f", {scale.unit}" if scale.unit else ""
    middle = cell(
        base.quantiles.p50 / scale.divisor, side_decimals([base.quantiles.p50 / scale.divisor])
    )
    legend = f"{MIDDLE} {middle}: the median as it stands   {LOW} at P10   {HIGH} at P90"
    return Chart(f"{result.subject}{unit}", tuple(lines), legend)


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


def _bar(row: BarRow, axis: _Axis, base: float) -> str:
    """Return a bar: ▒ between the base and the metric at P10, █ between it and that at P90."""
    middle = axis.at(base)
    ends = ((axis.at(row.metric_low), LOW), (axis.at(row.metric_high), HIGH))
    signs = [" "] * axis.cells
    for end, sign in sorted(ends, key=lambda each: -abs(each[0] - middle)):
        first, last = sorted((end, middle))
        signs[first : last + 1] = sign * (last - first + 1)
    signs[middle] = MIDDLE
    return "".join(signs).rstrip()


def _end_labels(row: BarRow) -> tuple[str, str]:
    """Return the own values that stand to the left and to the right of a bar."""
    low, high = ("P10", "P90") if row.low_value is None else _own_ends(row)
    return (low, high) if row.metric_low <= row.metric_high else (high, low)


def _range(row: BarRow, scale: UnitScale) -> str:
    """Return what the metric is at both ends of a bar: 47–81."""
    low, high = (value / scale.divisor for value in row.ends)
    return band_cell(low, high, side_decimals([low, high]), is_share=scale.is_share)


def _legend(result: Sensitivity, shown: Sequence[BarRow]) -> str:
    if result.is_grouped:
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
    if any(row.group == DISCREPANCY for row in shown) and not result.is_grouped:
        bars += " A shock is drift of demand or revenue that no assumption explains, as a factor."
    return (
        f"{bars} What hangs together in the conditioned draws is moved alone here; "
        "--method given-data moves it along."
    )


def _rest(result: Sensitivity, shown: int) -> str:
    """Return how many rows are not shown, and how many of all make no difference."""
    what = "groups" if result.is_grouped else "assumptions and drivers"
    still = sum(not row.reaches for row in result.bars)
    noise = sum(row.is_noise and row.reaches for row in result.bars)
    less = ""
    if shown + still < len(result.bars):
        less = f", the others move it less (--top {len(result.bars)} for all)"
    return (
        f"{shown} of {len(result.bars)} {what} shown{less}. "
        f"Not told from sampling noise (≈): {noise}; not reaching this metric: {still}."
    )


def _in_short(result: Sensitivity, view: View) -> str:
    base = result.base
    moving = [row for row in result.bars[:3] if not row.is_noise]
    parts = [f"{row.assumption} ({quantity_band(*row.ends, base.unit)})" for row in moving]
    found = f"; moved most by {', '.join(parts)}" if parts else ""
    return f"{result.subject}: {with_band(base, view.bands)}{found}"
