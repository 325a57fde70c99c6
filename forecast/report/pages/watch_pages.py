"""What to watch next as a page: figures to come, what is expected, and what a surprise moves."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import Scale, median_band, quantity, scale_for, signed
from forecast.report.words import first_line
from forecast.result import Result, Row

HEADS = {"inference_share": "inference", "chip_spend": "AI chips"}
NAMES = {"inference_share": "inference share", "chip_spend": "AI chip spend"}
LEGEND = (
    "Under each figure: its median (P10–P90, with the error of observing it), and when it is "
    "usually published; due: its usual interval has passed. Columns: how far the mean of the "
    "metric moves if the figure comes out one standard error above expectation and the forecast is "
    "conditioned anew, ± the sampling error; one below moves it about as far the other way. ≈ no "
    "clear effect (within two sampling errors). A sum of several series counts when the last of "
    "them is published."
)
BOUND = "* mostly stated as a bound (“more than”); taken here as a figure. "


def watch_page(result: Result) -> list[Block]:
    """Return the page: the answer in words, the figures to come, and what has none."""
    groups = [list(rows) for _, rows in groupby(result.rows, lambda row: row["observation"])]
    if not groups:
        text = "Nothing that the forecast rests on has a figure to come that can be dated."
        return [Prose(first_line(result.run), "quiet"), Prose(text, "strong")]
    bounded = any(rows[0]["usually_a_bound"] for rows in groups)
    count = result.extra["to_come"]
    blocks: list[Block] = [Prose(first_line(result.run), "quiet")]
    blocks += [Prose(text, "strong") for text in answers(groups, count)]
    blocks.append(table(groups))
    blocks.append(Prose(f"{BOUND if bounded else ''}{LEGEND}", "quiet"))
    if hidden := count - len(groups):
        blocks.append(Prose(f"{hidden} more, which move less: --top {count}"))
    if left_out := result.extra["left_out"]:
        names = "; ".join(f"{each['observation']} ({each['reason']})" for each in left_out)
        blocks.append(Prose(f"Left out: {names}.", "quiet"))
    blocks.append(Prose(in_short(groups), label="IN SHORT"))
    return blocks


def answers(groups: Sequence[Sequence[Row]], count: int) -> list[str]:
    """Return for each metric which figure to come moves it most, in a few sentences."""
    found = []
    for best in _strongest(groups):
        about = f"{_name(best)} in {best['metric_period']}"
        if not best["clear"]:
            found.append(f"For {about}: none of {count} figures to come clearly moves it.")
            continue
        share = 100.0 * best["variance_reduction"]
        resolved = f"{share:.0f}%" if share >= 1.0 else "under 1%"
        high = median_band(best["surprise"], best["surprise"], best["surprise"], best["unit"])
        found.append(
            f"For {about}, watch {best['title']}, {best['period']} ({_when(best)}). Expected is "
            f"{_expected(best)}; one standard error more, {high}, would move the forecast by "
            f"{_change(best)} (±{_size(best, 'effect_error')}), and any figure is expected to "
            f"resolve {resolved} of its variance."
        )
    return found


def in_short(groups: Sequence[Sequence[Row]]) -> str:
    """Return what a surprise in the figures to watch would do, in a line."""
    parts = []
    for best in _strongest(groups):
        about = f"{_name(best)} {best['metric_period']}"
        if best["clear"]:
            parts.append(f"{about} {_change(best)} on one standard error of {best['title']}")
        else:
            parts.append(f"{about}: no single figure clearly moves it")
    return "; ".join(parts)


def _strongest(groups: Sequence[Sequence[Row]]) -> list[Row]:
    """Return the row of the figure that clearly moves each metric most."""

    def weight(row: Row) -> tuple[bool, float]:
        return bool(row["clear"]), abs(float(row["effect_relative"]))

    return [max(rows, key=weight) for rows in zip(*groups, strict=True)]


def table(groups: Sequence[Sequence[Row]]) -> Listing:
    """Return the figures to come, each with a line of what it moves."""
    columns = list(zip(*groups, strict=True))
    scales = [scale_for(rows[0]["metric_unit"], [_largest(rows)]) for rows in columns]
    heads = [
        f"{HEADS.get(rows[0]['metric'], rows[0]['metric'])} {rows[0]['metric_period']}, "
        f"{'pp' if scale.is_share else scale.unit}".removesuffix(", ")
        for rows, scale in zip(columns, scales, strict=True)
    ]
    places = [
        1 if _largest(rows) < 100.0 * scale.divisor else 0
        for rows, scale in zip(columns, scales, strict=True)
    ]
    lines: list[tuple[str, ...]] = []
    for rows in groups:
        row = rows[0]
        star = "*" if row["usually_a_bound"] else ""
        lines.append((f"{row['title']}, {row['period']}{star}", *("" for _ in rows)))
        effects = (
            _effect(each, scale, decimals)
            for each, scale, decimals in zip(rows, scales, places, strict=True)
        )
        lines.append((f"  {_expected(row)} {_when(row)}", *effects))
    return Listing(("FIGURE TO COME", *heads), tuple(lines))


def _largest(rows: Sequence[Row]) -> float:
    return max(abs(float(row["effect"])) for row in rows)


def _effect(row: Row, scale: Scale, decimals: int) -> str:
    if not row["clear"]:
        return "≈"
    size, error = row["effect"] / scale.divisor, row["effect_error"] / scale.divisor
    decimals += round(error, decimals) == 0.0
    return f"{signed(f'{size:+.{decimals}f}')} ±{error:.{decimals}f}"


def _expected(row: Row) -> str:
    """Return a figure's median with its band, the unit once: 170T tokens/day (130–220T)."""
    return median_band(row["p10"], row["p50"], row["p90"], row["unit"])


def _change(row: Row) -> str:
    """Return an effect with its sign: +9.1 pp, −$14B."""
    return f"{'+' if row['effect'] > 0 else '−'}{_size(row, 'effect')}"


def _size(row: Row, field: str) -> str:
    value, unit = abs(float(row[field])), row["metric_unit"]
    if unit == "share":
        return f"{100.0 * value:.1f} pp"
    return quantity(value, unit, 2 if field == "effect" else 1)


def _when(row: Row) -> str:
    if row["due"]:
        return "due"
    first, last = str(row["first_published"]), str(row["expected_published"])
    return last if first == last else f"{first[:7]} to {last[:7]}"


def _name(row: Row) -> str:
    return NAMES.get(row["metric"], str(row["metric_title"]))
