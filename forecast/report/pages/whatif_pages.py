"""A what-if as a page: the answer in words, base beside now, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from forecast.report.blocks import Block, Chart, Listing, Prose, Table, TableRow, View
from forecast.report.layout import CONSTRAINTS, EVENTS, NOT_TABLED
from forecast.report.numbers import MISSING, Scale, cell, exponent
from forecast.report.pages.changes import (
    LEGEND,
    SUBJECTS,
    change_cells,
    direction,
    in_sentence,
    in_words,
    is_unmoved,
    number,
    of_hundred,
    own_scale,
    rises_in,
    short_name,
)
from forecast.report.words import first_line
from forecast.result import Result, Row

COLUMNS = ("base", "now", "change", "band", "rises in")
HEADLINES = (("inference_share", "inference share"), ("chip_spend", "AI chip spend"))
EXAMPLE = "forecast whatif --set agent_penetration@2028=25%"
# By whether every subset of the changes was valued.
LEGENDS = {
    True: "parts sum to now less base; each is averaged over the orders of making them",
    False: "parts sum to now less base; each is averaged over sampled orders",
}
BARS = 48
LEAST = 0.03  # of the largest link: what is smaller is summed up
MOST_LINKS = 7


def whatif_page(result: Result, view: View) -> list[Block]:
    """Return the page: words, what moves, what binds, why, and the answer again."""
    blocks: list[Block] = [Prose(first_line(result.run), "quiet")]
    if not result.extra["changes"]:
        text = f"Nothing is changed, so nothing differs. Try, for instance: {EXAMPLE}"
        return [*blocks, Prose(text, "strong"), Prose("no change", "strong", label="IN SHORT")]
    if against := result.extra["against"]:
        blocks.append(Prose(f"base: scenario {' + '.join(against)}", "quiet"))
    ends = f"p{view.bands[0]}", f"p{view.bands[-1]}"
    blocks.append(Prose(answer(result, view), "strong"))
    if result.extra["recondition"]:
        blocks.append(Prose(_reconditioned(result)))
    blocks.extend(_tables(result, ends))
    blocks.extend(_why(result, ends, view.width))
    blocks.append(Prose(in_short(result, view), "strong", label="IN SHORT"))
    return blocks


def rows_at(result: Result, metric: str) -> tuple[Row, Row, Row] | None:
    """Return the rows of base, now and difference at the period compared, None if it has none."""
    found = [
        result.find(metric, result.extra["period"], case=case, member=None)
        for case in ("base", "changed", "difference")
    ]
    if any(row is None for row in found):
        return None
    base, now, change = (row or {} for row in found)
    return base, now, change


def answer(result: Result, view: View) -> str:
    """Return what moved most, by how much and how surely, and what barely moves."""
    subject, ends = result.extra["subject"], (f"p{view.bands[0]}", f"p{view.bands[-1]}")
    said = _listed(result.extra["asked"])
    rows = rows_at(result, subject) if subject else None
    if rows is None:
        return f"With {said}:"
    base, _, change = rows
    name = in_sentence(short_name(result, subject))
    when = f"{name} in {result.extra['period']}"
    band = f"{view.bands[-1] - view.bands[0]}% band"
    if is_unmoved(change):
        return f"With {said}, {when} does not change in any draw."
    amount, _, rest = in_words(change, base, ends).partition(" (")
    if direction(change) == "≈":
        first = f"With {said}, {when} has no clear direction: {amount} ({band} {rest}"
    else:
        verb = "rises" if change["p50"] > 0 else "falls"
        first = (
            f"With {said}, {when} {verb} by {amount.lstrip('+−')} ({band} {rest}; "
            f"it {verb} in {_draws(change)} of 100 draws"
        )
    return " ".join([f"{first}.", *_bystanders(result, subject)])


def _draws(change: Row) -> str:
    up = float(change["probability_up"])
    text = of_hundred(up if change["p50"] > 0 else 1.0 - up)
    return text.replace(">", "more than ")


def _bystanders(result: Result, subject: str) -> list[str]:
    """Return a sentence on which of the other metrics that the forecast is about barely move."""
    others = [
        (metric, rows)
        for metric in SUBJECTS
        if metric != subject and (rows := rows_at(result, metric))
    ]
    names = [
        in_sentence(short_name(result, metric))
        for metric, (base, _, change) in others
        if _is_slight(base, change)
    ]
    if not names:
        return []
    if len(names) == len(others) > 2:
        return ["The rest of compute, money and power barely moves."]
    listed = _listed(names)
    return [f"{listed[:1].upper()}{listed[1:]} barely {'move' if len(names) > 1 else 'moves'}."]


def _listed(words: Sequence[str]) -> str:
    """Return words for a sentence: a, b and c."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _is_slight(base: Row, change: Row) -> bool:
    """Return whether a metric moves by less than 1% (or a point) at the median, or in no clear
    direction."""
    whole = 1.0 if change["unit"] == "share" else abs(float(base["p50"]))
    return direction(change) == "≈" or abs(change["p50"]) < 0.01 * whole


def in_short(result: Result, view: View) -> str:
    """Return the last line: the headline metrics' change, or that of the one asked for."""
    ends = f"p{view.bands[0]}", f"p{view.bands[-1]}"
    names = dict(HEADLINES)
    wanted = [metric for metric in names if metric in result.extra["metrics"]]
    if not wanted and result.extra["subject"]:
        wanted = [result.extra["subject"]]
    parts = []
    for metric in wanted:
        rows = rows_at(result, metric)
        if rows is None:
            continue
        base, _, change = rows
        name = names.get(metric) or in_sentence(short_name(result, metric))
        if is_unmoved(change):
            parts.append(f"{name} does not change")
            continue
        verb = "rises" if change["p50"] > 0 else "falls"
        is_clear = direction(change) != "≈"
        sure = f"{verb} in {_draws(change)} of 100 draws" if is_clear else "no clear direction"
        parts.append(f"{name} {in_words(change, base, ends)}, {sure}")
    return f"{result.extra['period']}: {'; '.join(parts)}" if parts else "see above"


def _reconditioned(result: Result) -> str:
    if result.extra["reconditioned"]:
        return (
            "Conditioned anew: what is set without a date is believed at all times, history has "
            "answered it, and other assumptions and past estimates may have moved. What has a date "
            "bends the future after that."
        )
    return (
        "Nothing was conditioned anew: every change has a date, and history knows nothing of the "
        "future."
    )


def _tables(result: Result, ends: tuple[str, str]) -> Iterator[Block]:
    band = f"{ends[0].upper()}–{ends[1].upper()}"
    heads = tuple(band if name == "band" else name for name in COLUMNS)
    lines, still = [], []
    for metric in result.extra["metrics"]:
        rows = rows_at(result, metric)
        if rows is None or metric in NOT_TABLED:
            continue
        if is_unmoved(rows[2]) and metric != result.extra["subject"]:
            still.append(in_sentence(short_name(result, metric)))
        else:
            lines.append(_line(result, metric, rows, ends))
    if lines:
        yield Table(result.extra["period"], "", heads, None, tuple(lines))
        yield Prose(f"Medians; {LEGEND.format(band=band)}", "quiet")
    if still:
        yield Prose(f"The same in every draw: {', '.join(still)}.", "quiet")
    if when := (*_crossovers(result), *_binding(result)):
        yield Table(
            "WHEN, AND WHAT BINDS", "", ("base", "now", "change", "", "later in"), None, when
        )


def _line(
    result: Result, metric: str, rows: tuple[Row, Row, Row], ends: tuple[str, str]
) -> TableRow:
    base, now, change = rows
    scale = own_scale(metric, base["unit"], (base["p50"], now["p50"]))
    cells = change_cells(base["p50"], now["p50"], change, scale, ends)
    label = f"{short_name(result, metric)}, {scale.unit}".removesuffix(", ")
    shown = (cells["base"], cells["now"], cells["change"], cells["band"], rises_in(change))
    return TableRow(label, shown)


def _crossovers(result: Result) -> Iterator[TableRow]:
    for metric, title in EVENTS.items():
        found = [result.find(metric, None, case=case) for case in ("base", "changed", "difference")]
        base, now, change = (row or {} for row in found)
        if not change:
            continue
        later = rises_in(change | {"p50": None})
        yield TableRow(title, (base["p50"] or MISSING, now["p50"] or MISSING, "", "", later))
        shares = (cell(100.0 * row["probability_never"], 0) for row in (base, now))
        moved = f"{number(100.0 * change['probability_never'], 0, '+')} pp"
        yield TableRow("  never, % of draws", (*shares, moved, "", ""), "band")


def _binding(result: Result) -> Iterator[TableRow]:
    """Yield the share of draws that each constraint binds in the period."""
    for member in CONSTRAINTS:
        found = [
            result.find("binding_constraint", result.extra["period"], member=member, case=case)
            for case in ("base", "changed", "difference")
        ]
        base, now, change = (row or {} for row in found)
        if change:
            shares = (cell(100.0 * row["mean"], 0, is_share=True) for row in (base, now))
            moved = f"{number(100.0 * change['mean'], 0, '+')} pp"
            yield TableRow(f"Bound by {member}, %", (*shares, moved, "", ""))


def _shown(change: Row) -> str:
    """Return a change as it was asked for: its settings, or its name if they are many."""
    return " and ".join(change["set"]) if len(change["set"]) <= 2 else str(change["driver"])


def _why(result: Result, ends: tuple[str, str], width: int) -> Iterator[Block]:
    """Yield the parts that each change contributed, and what the links of the chain did."""
    subject = result.extra["subject"]
    rows = rows_at(result, subject) if subject else None
    if rows is None or is_unmoved(rows[2]):
        return
    base, now, change = rows
    scale = own_scale(subject, base["unit"], (base["p50"], now["p50"]))
    cells = change_cells(base["p50"], now["p50"], change, scale, ends)
    named = f"{in_sentence(short_name(result, subject))} {result.extra['period']}, {scale.unit}"
    parts = [
        (_shown(part), part["amount"] / scale.divisor)
        for part in result.extra["attribution"]
        if part["metric"] == subject and part["method"] == "shapley"
    ]
    ends_of_all = base["p50"] / scale.divisor, now["p50"] / scale.divisor
    lines = tuple(waterfall(*ends_of_all, parts, cells["places"], width))
    yield Chart(f"WHY  {named}", lines, LEGENDS[bool(result.extra["is_exact"])])
    yield from _links(result, subject, named, scale)


def waterfall(
    base: float, now: float, parts: Sequence[tuple[str, float]], places: int, width: int
) -> Iterator[str]:
    """Yield a line for base, for each part where it starts and ends, and for now."""
    levels = [base]
    for _, amount in parts:
        levels.append(levels[-1] + amount)
    most = max(*levels, now, 1e-300)
    texts = [number(base, places), *(number(amount, places, "+") for _, amount in parts)]
    texts.append(number(now, places))
    labels = ["base", *(label for label, _ in parts), "now"]
    column = max(map(len, labels)) + 2
    digits = max(map(len, texts))
    room = max(10, min(BARS, width - column - digits - 8))

    def at(level: float) -> int:
        return round(room * max(level, 0.0) / most)

    bars = ["█" * at(base)]
    for before, after in pairwise(levels):
        low, high = sorted((at(before), at(after)))
        sign = "▓" if after > before else "▒"
        bars.append(" " * min(low, room - 1) + sign * max(1, high - low) if after != before else "")
    bars.append("█" * at(now))
    for label, text, bar in zip(labels, texts, bars, strict=True):
        yield f"  {label:<{column}}{text:>{digits}}  {bar}".rstrip()


def _links(result: Result, subject: str, named: str, scale: Scale) -> Iterator[Block]:
    """Yield what the links of the chain did, the largest first and the small ones summed up."""
    found: list[Any] = [
        part
        for part in result.extra["attribution"]
        if part["metric"] == subject and part["method"] == "lmdi"
    ]
    if not found:
        return
    amounts = [part["amount"] / scale.divisor for part in found]
    least = LEAST * abs(amounts[0])
    large = [place for place, amount in enumerate(amounts) if abs(amount) >= least][:MOST_LINKS]
    rest = sum(amount for place, amount in enumerate(amounts) if place not in large)
    places = max(0, 1 - exponent(amounts[0]))
    lines = [(found[place]["title"], number(amounts[place], places, "+")) for place in large]
    if round(rest, places):
        lines.append(("other links", number(rest, places, "+")))
    lines.append(("mean change", number(sum(amounts), places, "+")))
    yield Listing(("ALONG THE CHAIN", "part"), tuple(lines))
    yield Prose(
        "Means over draws, which add up where medians do not; each link's part by the logarithmic "
        "mean Divisia index.",
        "quiet",
    )
