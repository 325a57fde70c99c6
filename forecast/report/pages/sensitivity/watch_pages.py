"""What to watch next as a page: figures to come, what is expected, and what a surprise moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from forecast.analysis.watch.watch import FigureToCome, Watch, WatchRow
from forecast.report.blocks import Block, Cell, Prose, Table, grid_columns, row_of
from forecast.report.numbers import UnitScale, median_band, quantity, scale_for, signed
from forecast.report.words import first_line

HEADS = {"inference_share": "inference", "chip_spend": "AI chips"}
NAMES = {"inference_share": "inference share", "chip_spend": "AI chip spend"}
LEGEND = (
    "Under each figure: its median (P10–P90, with the error of observing it), and when it is "
    "usually published; due since: that day is past. Columns: how far the mean of the "
    "metric moves if the figure comes out one standard error above expectation and the forecast is "
    "conditioned anew, ± the sampling error; one below moves it about as far the other way. ≈ no "
    "clear effect (within two sampling errors). A sum of several series counts when the last of "
    "them is published. Plans are taken to know what is known: news of revenue moves money only "
    "once vendors and companies report."
)
BOUND = "* mostly stated as a bound (“more than”); taken here as a figure. "


def watch_page(result: Watch) -> list[Block]:
    """Return the page: the answer in words, the figures to come, and what has none."""
    groups = by_figure(result)
    if not groups:
        text = "Nothing that the forecast rests on has a figure to come that can be dated."
        return [Prose(first_line(result.run), "quiet"), Prose(text, "strong")]
    blocks: list[Block] = [Prose(first_line(result.run), "quiet"), *watch_blocks(result)]
    if hidden := result.to_come - len(groups):
        blocks.append(Prose(f"{hidden} more, which move less: --top {result.to_come}"))
    if result.left_out:
        names = "; ".join(f"{each.observation} ({each.reason})" for each in result.left_out)
        blocks.append(Prose(f"Left out: {names}.", "quiet"))
    blocks.append(Prose(in_short(groups), label="IN SHORT"))
    return blocks


def by_figure(result: Watch) -> list[list[WatchRow]]:
    """Return the rows of each figure to come."""
    named = groupby(result.rows, lambda each: each.figure.observation)
    return [list(rows) for _, rows in named]


def watch_blocks(result: Watch) -> list[Block]:
    """Return the answer in words, the figures to come and what the table says of them."""
    if not (groups := by_figure(result)):
        return []
    bounded = any(rows[0].figure.usually_a_bound for rows in groups)
    said = [Prose(text, "strong") for text in answers(groups, result.to_come)]
    return [*said, table(groups), Prose(f"{BOUND if bounded else ''}{LEGEND}", "quiet")]


def answers(groups: Sequence[Sequence[WatchRow]], count: int) -> list[str]:
    """Return for each metric which figure to come moves it most, in a few sentences."""
    found = []
    for best in _strongest(groups):
        about = f"{_name(best)} in {best.metric_period}"
        if not best.clear:
            found.append(f"For {about}: none of {count} figures to come clearly moves it.")
            continue
        share = 100.0 * best.variance_reduction
        resolved = f"{share:.0f}%" if share >= 1.0 else "under 1%"
        figure, error = best.figure, _size(best.effect_error, best, 1)
        high = median_band(figure.surprise, figure.surprise, figure.surprise, figure.unit)
        found.append(
            f"For {about}, watch {figure.title}, {figure.period} ({_when(figure)}). Expected is "
            f"{_expected(figure)}; one standard error more, {high}, would move the forecast by "
            f"{_change(best)} (±{error}), and any figure is expected to "
            f"resolve {resolved} of its variance."
        )
    return found


def fact(row: WatchRow) -> tuple[str, str]:
    """Return what a figure to come would move: its title and when, and the rest in words."""
    figure = row.figure
    high = median_band(figure.surprise, figure.surprise, figure.surprise, figure.unit)
    return (
        f"{figure.title}, {figure.period}",
        f"{_when(figure)}. Expected {_expected(figure)}; {high} would move {_name(row)} of "
        f"{row.metric_period} by {_change(row)}.",
    )


def in_short(groups: Sequence[Sequence[WatchRow]]) -> str:
    """Return what a surprise in the figures to watch would do, in a line."""
    parts = []
    for best in _strongest(groups):
        about = f"{_name(best)} {best.metric_period}"
        if best.clear:
            parts.append(f"{about} {_change(best)} on one standard error of {best.figure.title}")
        else:
            parts.append(f"{about}: no single figure clearly moves it")
    return "; ".join(parts)


def _strongest(groups: Sequence[Sequence[WatchRow]]) -> list[WatchRow]:
    """Return the row of the figure that clearly moves each metric most."""

    def weight(row: WatchRow) -> tuple[bool, float]:
        return row.clear, abs(row.effect_relative)

    return [max(rows, key=weight) for rows in zip(*groups, strict=True)]


def table(groups: Sequence[Sequence[WatchRow]]) -> Table:
    """Return the figures to come and what each moves; below it what is expected, and when."""
    moved = list(zip(*groups, strict=True))
    scales = [scale_for(rows[0].metric_unit, [_largest(rows)]) for rows in moved]
    heads = [
        f"{HEADS.get(rows[0].metric, rows[0].metric)} {rows[0].metric_period}, "
        f"{'pp' if scale.is_share else scale.unit}".removesuffix(", ")
        for rows, scale in zip(moved, scales, strict=True)
    ]
    places = [
        1 if _largest(rows) < 100.0 * scale.divisor else 0
        for rows, scale in zip(moved, scales, strict=True)
    ]
    lines = []
    for rows in groups:
        figure = rows[0].figure
        name = f"{figure.title}, {figure.period}{'*' if figure.usually_a_bound else ''}"
        label = Cell(name, figure.observation, (f"{_expected(figure)} {_when(figure)}",))
        effects = (
            Cell(_effect(each, scale, decimals), each.effect)
            for each, scale, decimals in zip(rows, scales, places, strict=True)
        )
        lines.append(row_of(label, *effects))
    title = "Figures to come, and what one standard error above expectation would move"
    columns = grid_columns("FIGURE TO COME", *heads)
    return Table("figures-to-come", title, columns, tuple(lines))


def _largest(rows: Sequence[WatchRow]) -> float:
    return max(abs(row.effect) for row in rows)


def _effect(row: WatchRow, scale: UnitScale, decimals: int) -> str:
    if not row.clear:
        return "≈"
    size, error = row.effect / scale.divisor, row.effect_error / scale.divisor
    decimals += round(error, decimals) == 0.0
    return f"{signed(f'{size:+.{decimals}f}')} ±{error:.{decimals}f}"


def _expected(figure: FigureToCome) -> str:
    """Return a figure's median with its band, the unit once: 170T tokens/day (130–220T)."""
    band = figure.expected
    return median_band(band.p10, band.p50, band.p90, figure.unit)


def _change(row: WatchRow) -> str:
    """Return an effect with its sign: +9.1 pp, −$14B."""
    return f"{'+' if row.effect > 0 else '−'}{_size(row.effect, row, 2)}"


def _size(value: float, row: WatchRow, digits: int) -> str:
    """Return the size of an effect, or of its error, in the unit of its metric."""
    if row.metric_unit == "share":
        return f"{100.0 * abs(value):.1f} pp"
    return quantity(abs(value), row.metric_unit, digits)


def _when(figure: FigureToCome) -> str:
    first, last = figure.first_published, figure.expected_published
    if figure.due:
        return f"due since {last}"
    return last if first == last else f"{first[:7]} to {last[:7]}"


def _name(row: WatchRow) -> str:
    return NAMES.get(row.metric, row.metric_title)
