"""A what-if as a page: the answer in words, base beside now, and why they differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from forecast.analysis.whatif.causes import ChangePart, LinkPart
from forecast.analysis.whatif.rows import Compared
from forecast.analysis.whatif.whatif import WhatIf
from forecast.report.blocks import (
    Block,
    Cell,
    Chart,
    Prose,
    Row,
    Table,
    View,
    grid_columns,
    number_columns,
    row_of,
    rows_of,
    text_columns,
)
from forecast.report.layout import CONSTRAINTS, EVENTS, NOT_TABLED
from forecast.report.numbers import MISSING, UnitScale, cell, exponent
from forecast.report.pages.whatif.asked_words import asked_words
from forecast.report.pages.whatif.changes import (
    LEGEND,
    change_cells,
    direction,
    ends_of,
    in_sentence,
    in_words,
    is_unmoved,
    number,
    of_hundred,
    own_scale,
    rises_in,
    share_of_rises,
    short_name,
)
from forecast.report.words import first_line, outcome_sentence
from forecast.world.metrics import SUBJECTS
from forecast.world.rows import ChangeRow

HEADLINES = {"inference_share": "inference share", "chip_spend": "AI chip spend"}
EXAMPLE = "forecast whatif --set agent_penetration@2028=25%"
# By whether every subset of the changes was valued.
LEGENDS = {
    True: "parts sum to now less base; each is averaged over the orders of making them",
    False: "parts sum to now less base; each is averaged over sampled orders",
}
RANKED = (
    "an outcome tells which draws to believe, so a draw has no pair: change and its {band} are "
    "those between draws of equal rank; ≈ no clear direction."
)
BARS = 48
LEAST = 0.03  # of the largest link: what is smaller is summed up
MOST_LINKS = 7
Bands = Sequence[float]


def whatif_page(result: WhatIf, view: View) -> list[Block]:
    """Return the page: words, what moves, what binds, why, and the answer again."""
    blocks: list[Block] = [Prose(first_line(result.run), "quiet")]
    if not result.changes:
        text = f"Nothing is changed, so nothing differs. Try, for instance: {EXAMPLE}"
        return [*blocks, Prose(text, "strong"), Prose("no change", "strong", label="IN SHORT")]
    if result.against:
        blocks.append(Prose(f"base: scenario {' + '.join(result.against)}", "quiet"))
    blocks.append(Prose(answer(result, view.bands), "strong"))
    blocks.extend(Prose(outcome_sentence(each)) for each in result.given)
    if result.recondition:
        blocks.append(Prose(_reconditioned(result)))
    blocks.extend(_tables(result, view.bands))
    blocks.extend(_why(result, view))
    blocks.append(Prose(in_short(result, view.bands), "strong", label="IN SHORT"))
    return blocks


def answer(result: WhatIf, bands: Bands) -> str:
    """Return what moved most, by how much and how surely, and what barely moves."""
    said = _supposing(result)
    rows = result.compared(result.subject) if result.subject else None
    if rows is None:
        return f"{said}:"
    metric, change = rows.base.metric, rows.change
    when = f"{_name(result, metric)} in {result.period}"
    if is_unmoved(change):
        return f"{said}, {when} does not change in any draw."
    amount, _, rest = _words(rows, bands).partition(" (")
    band = f"{bands[-1] - bands[0]}% band {rest}"
    if direction(change) == "≈":
        first = f"{said}, {when} has no clear direction: {amount} ({band}"
    else:
        verb = _verb(change)
        first = (
            f"{said}, {when} {verb} by {amount.lstrip('+−')} ({band}; "
            f"it {verb} in {_draws(change)} of 100 {_pairs(result)}"
        )
    return " ".join([f"{first}.", *_bystanders(result, metric)])


def _supposing(result: WhatIf) -> str:
    """Return what is done and what is learnt, as a sentence begins."""
    asked = [asked_words(text, result.beliefs.get(text)) for text in result.asked]
    done = f"With {_listed(asked)}" if asked else ""
    learnt = f"given {_listed(result.supposed)}" if result.supposed else ""
    text = " and ".join(part for part in (done, learnt) if part)
    return f"{text[:1].upper()}{text[1:]}"


def _pairs(result: WhatIf) -> str:
    """Return what a difference is taken between."""
    return "ranks" if result.supposed else "draws"


def _name(result: WhatIf, metric: str) -> str:
    return in_sentence(short_name(result.metrics, metric))


def _words(rows: Compared, bands: Bands) -> str:
    return in_words(rows.change, rows.base.quantiles.p50, bands)


def _verb(change: ChangeRow) -> str:
    return "rises" if change.change > 0 else "falls"


def _draws(change: ChangeRow) -> str:
    """Return in how many of 100 draws a metric moves as its median does."""
    up = change.probability_up
    text = of_hundred(up if change.change > 0 else 1.0 - up)
    return text.replace(">", "more than ")


def _bystanders(result: WhatIf, subject: str) -> list[str]:
    """Return a sentence on which of the other metrics that the forecast is about barely move."""
    others = {
        metric: rows
        for metric in SUBJECTS
        if metric != subject and (rows := result.compared(metric))
    }
    names = [_name(result, metric) for metric, rows in others.items() if _is_slight(rows)]
    if not names:
        return []
    if len(names) == len(others) > 2:
        return ["The rest of compute, money and power barely moves."]
    listed = _listed(names)
    return [f"{listed[:1].upper()}{listed[1:]} barely {'move' if len(names) > 1 else 'moves'}."]


def _listed(words: Sequence[str]) -> str:
    """Return words for a sentence: a, b and c."""
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]


def _is_slight(rows: Compared) -> bool:
    """Return whether a metric moves by less than 1% (or a point) at the median, or in no clear
    direction."""
    change = rows.change
    whole = 1.0 if change.unit == "share" else abs(rows.base.quantiles.p50)
    return direction(change) == "≈" or abs(change.change) < 0.01 * whole


def in_short(result: WhatIf, bands: Bands) -> str:
    """Return the last line: the headline metrics' change, or that of the one asked for."""
    wanted = [metric for metric in HEADLINES if metric in result.metrics]
    if not wanted and result.subject:
        wanted = [result.subject]
    parts = []
    for metric in wanted:
        rows = result.compared(metric)
        if rows is None:
            continue
        name = HEADLINES.get(metric) or _name(result, metric)
        if is_unmoved(rows.change):
            parts.append(f"{name} does not change")
            continue
        sure = f"{_verb(rows.change)} in {_draws(rows.change)} of 100 {_pairs(result)}"
        if direction(rows.change) == "≈":
            sure = "no clear direction"
        parts.append(f"{name} {_words(rows, bands)}, {sure}")
    return f"{result.period}: {'; '.join(parts)}" if parts else "see above"


def _reconditioned(result: WhatIf) -> str:
    if result.reconditioned:
        return (
            "Conditioned anew: what is set without a date is believed at all times, history has "
            "answered it, and other assumptions and past estimates may have moved. What has a date "
            "bends the future after that."
        )
    return (
        "Nothing was conditioned anew: every change has a date, and history knows nothing of the "
        "future."
    )


def _tables(result: WhatIf, bands: Bands) -> Iterator[Block]:
    band = f"P{bands[0]}–P{bands[-1]}"
    lines, still = [], []
    for metric in result.metrics:
        compared = result.compared(metric)
        if compared is None or metric in NOT_TABLED:
            continue
        if is_unmoved(compared.change) and metric != result.subject:
            still.append(_name(result, metric))
        else:
            lines.append(_line(result, compared, bands))
    if lines:
        columns = grid_columns(result.period, "base", "now", "change", band, "rises in")
        yield Table("changes", "What changes", columns, tuple(lines))
        legend = RANKED if result.supposed else LEGEND
        yield Prose(f"Medians; {legend.format(band=band)}", "quiet")
    if still:
        yield Prose(f"The same in every draw: {', '.join(still)}.", "quiet")
    if when := (*_crossovers(result), *_binding(result)):
        heads = number_columns("base", "now", "change", "", "later in")
        yield Table(
            "when", "When, and what binds", (*text_columns("WHEN, AND WHAT BINDS"), *heads), when
        )


def _medians(rows: Compared) -> tuple[float, float]:
    return rows.base.quantiles.p50, rows.now.quantiles.p50


def _line(result: WhatIf, compared: Compared, bands: Bands) -> Row:
    metric, (base, now) = compared.base.metric, _medians(compared)
    scale = own_scale(metric, compared.base.unit, (base, now))
    ends = ends_of(compared.change, bands)
    cells = change_cells(base, now, ends, scale)
    label = f"{short_name(result.metrics, metric)}, {scale.unit}".removesuffix(", ")
    return row_of(
        Cell(label, metric),
        *(Cell(cells.base, base), Cell(cells.now, now), Cell(cells.change, ends.middle)),
        Cell(cells.band, band=(ends.low, ends.high)),
        Cell(rises_in(compared.change), compared.change.probability_up),
    )


def _crossovers(result: WhatIf) -> Iterator[Row]:
    for metric, title in EVENTS.items():
        base, now = result.base.event(metric), result.now.event(metric)
        change = result.difference.event(metric)
        if base is None or now is None or change is None or change.probability_up is None:
            continue
        ends = base.quantiles.p50 or MISSING, now.quantiles.p50 or MISSING
        yield row_of(title, *ends, "", "", share_of_rises(change.probability_up))
        shares = (cell(100.0 * each.probability_never, 0) for each in (base, now))
        moved = f"{number(100.0 * change.probability_never, 0, '+')} pp"
        yield row_of("never, % of draws", *shares, moved, "", "", depth=1, is_quiet=True)


def _binding(result: WhatIf) -> Iterator[Row]:
    """Yield the share of draws that each constraint binds in the period."""
    tables = result.base, result.now, result.difference
    base, now, change = (table.binding(result.period) for table in tables)
    for member in CONSTRAINTS:
        if member in change:
            shares = (cell(100.0 * found[member], 0, is_share=True) for found in (base, now))
            moved = f"{number(100.0 * change[member], 0, '+')} pp"
            yield row_of(f"Bound by {member}, %", *shares, moved, "", "")


def _why(result: WhatIf, view: View) -> Iterator[Block]:
    """Yield the parts that each change contributed, and what the links of the chain did."""
    rows = result.compared(result.subject) if result.subject else None
    if rows is None or is_unmoved(rows.change):
        return
    metric, medians = rows.base.metric, _medians(rows)
    scale = own_scale(metric, rows.base.unit, medians)
    places = change_cells(*medians, ends_of(rows.change, view.bands), scale).places
    mine = [part for part in result.attribution if part.metric == metric]
    parts = [
        (_shown(part), part.amount / scale.divisor) for part in mine if isinstance(part, ChangePart)
    ]
    base, now = (median / scale.divisor for median in medians)
    lines = tuple(waterfall(base, now, parts, places, view.width))
    named = f"{_name(result, metric)} {result.period}, {scale.unit}"
    yield Chart(f"WHY  {named}", lines, LEGENDS[result.is_exact])
    yield from _links([part for part in mine if isinstance(part, LinkPart)], scale)


def _shown(change: ChangePart) -> str:
    """Return a change as it was asked for: its settings, or its name if they are many."""
    return " and ".join(change.set) if len(change.set) <= 2 else change.driver


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


def _links(links: Sequence[LinkPart], scale: UnitScale) -> Iterator[Block]:
    """Yield what the links of the chain did, the largest first and the small ones summed up."""
    if not links:
        return
    amounts = [part.amount / scale.divisor for part in links]
    least = LEAST * abs(amounts[0])
    large = [place for place, amount in enumerate(amounts) if abs(amount) >= least][:MOST_LINKS]
    rest = sum(amount for place, amount in enumerate(amounts) if place not in large)
    places = max(0, 1 - exponent(amounts[0]))
    lines = [(links[place].title, number(amounts[place], places, "+")) for place in large]
    if round(rest, places):
        lines.append(("other links", number(rest, places, "+")))
    lines.append(("mean change", number(sum(amounts), places, "+")))
    yield Table("chain", "", grid_columns("ALONG THE CHAIN", "part"), rows_of(lines))
    yield Prose(
        "Means over draws, which add up where medians do not; each link's part by the logarithmic "
        "mean Divisia index.",
        "quiet",
    )
