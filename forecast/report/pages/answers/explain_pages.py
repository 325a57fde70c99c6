"""The tree behind a number as a page: value, equation, inputs, beliefs and observations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten

from forecast.analysis.explain.rows import Explanation, Head, Input, LinkRow, Root, ShownChange
from forecast.report import words
from forecast.report.blocks import Block, Branch, Outline, Prose, Table, View, grid_columns, rows_of
from forecast.report.numbers import UnitScale, exponent, median_band, quantity, scale_for, signed
from forecast.report.pages.answers.explain_notes import banded, notes_of
from forecast.report.pages.whatif.changes import (
    decimals,
    direction,
    in_words,
    number,
    of_hundred,
    rises_in,
    way,
)
from forecast.world.rows import ChangeRow

STRONGEST = 8  # roots that a page lists
LONGEST = 60  # characters of a link's title
REACH = (1e-3, 1e4)  # what the numbers of a column may come to
WEAK = 0.1  # rank correlation that says little


def explain_page(result: Explanation, view: View) -> list[Block]:
    """Return the number in words, its tree, what it rests on, and what changed it if asked."""
    root = result.root
    blocks: list[Block] = [
        Prose(words.first_line(result.run), "quiet"),
        Prose(answer(result, view), "strong"),
        *tree_blocks(root),
    ]
    if result.change:
        blocks += _since(root.head.quantity, result.change)
    return [*blocks, Prose(in_short(result, view), "strong", label="IN SHORT")]


def tree_blocks(root: Root) -> list[Block]:
    """Return the tree behind a number, and what it moves most with."""
    blocks: list[Block] = [Prose(_legend(root), "quiet"), Outline(tuple(_branches(root, 0, set())))]
    return [*blocks, *_roots(root)] if root.inputs else blocks


def answer(result: Explanation, view: View) -> str:
    """Return the number with its band, how it moved, and what it rests on most."""
    root = result.root
    sentences = [f"{root.head.title}, {root.head.period}: {_value(root, view)}."]
    if root.summary and root.summary.observed is not None:
        sign = {"lt": "below ", "gt": "more than ", "approx": "about "}
        observed = quantity(root.summary.observed, root.head.unit)
        sentences.append(
            f"Observed: {sign.get(root.summary.observed_qualifier or '', '')}{observed}."
        )
    if result.change:
        sentences.append(_changed(result.change))
    if root.changed:
        sentences.append(f"Changed: {', '.join(root.changed)}.")
    if root.inputs:
        sentences.append(_rests_on(root))
    return " ".join(sentences)


def _value(root: Root, view: View) -> str:
    if root.summary is None:
        return "several numbers"
    low, high = view.bands[0], view.bands[-1]
    quantiles = root.summary.quantiles
    text = median_band(quantiles.at(low), quantiles.p50, quantiles.at(high), root.head.unit)
    return text.replace("(", f"({high - low}% band ", 1)


def _changed(change: ShownChange) -> str:
    """Return how the number moved since the period asked for, and how surely."""
    opening = f"In {change.since} it was {quantity(change.before, change.whole.unit)}; since"
    amount, _, band = _in_words(change).partition(" (")
    if direction(change.whole) == "≈":
        return f"{opening} then it has no clear direction: {amount} ({band}."
    up = change.whole.probability_up
    verb, share = ("rises", up) if up > 0.5 else ("falls", 1.0 - up)
    draws = of_hundred(share)
    return f"{opening} then it {verb} by {amount.lstrip('+−')} ({band}, in {draws} of 100 draws."


def _in_words(change: ShownChange) -> str:
    return in_words(change.whole, change.before, (10, 90))


def _rests_on(root: Root) -> str:
    kinds = [row.head.kind for row in root.roots]
    counts = " and ".join(
        f"{kinds.count(kind)} {kind}{'s' if kinds.count(kind) > 1 else ''}"
        for kind in ("assumption", "driver")
        if kind in kinds
    )
    named = " and ".join(
        f"{row.head.quantity} (r {_r(row.rank_correlation)})"
        for row in root.roots[:2]
        if abs(row.rank_correlation or 0.0) >= WEAK
    )
    return f"It rests on {counts}" + (f"; most closely it moves with {named}." if named else ".")


def in_short(result: Explanation, view: View) -> str:
    """Return the number again, in a line."""
    root = result.root
    text = f"{root.head.quantity}@{root.head.period}: {_value(root, view)}"
    if result.change:
        text += f"; {_in_words(result.change)} since {result.change.since}"
    return text


def _legend(root: Root) -> str:
    period = root.head.period
    when = f"{period}: flows of the whole year, stocks, shares and beliefs at its end"
    if "Q" in period:
        when = f"the quarter {period}"
    text = f"Medians with P10–P90 in {when}."
    if not root.inputs:
        return text
    return (
        f"{text} r: rank correlation of an input with what it enters, "
        "over the draws: how closely they move together, strongest first. In brackets: what a "
        "formula leaves over. s.e.: how many standard errors a target is missed by."
    )


def _r(rank_correlation: float | None) -> str:
    return "" if rank_correlation is None else signed(f"{rank_correlation:+.2f}")


def _branches(node: Root | Input, depth: int, told: set[str]) -> Iterator[Branch]:
    """Yield a node of the tree and what stands below it; `told` names what has been described."""
    name = node.head.quantity
    strength = _r(node.rank_correlation) if isinstance(node, Input) else ""
    notes = tuple(notes_of(node, name in told))
    told.add(name)
    yield Branch(depth, name, (_figures(node.head), f"r {strength}" if strength else ""), notes)
    for each in node.inputs:
        yield from _branches(each, depth + 1, told)


def _figures(head: Head) -> str:
    if head.value is None or head.kind == "time":
        return ""
    return banded(head.band, head.unit) if head.band else quantity(head.value, head.unit)


def _roots(root: Root) -> list[Block]:
    """Return the beliefs and paths that the number moves with most, and where they come from."""
    shown = root.roots[:STRONGEST]
    lines = ((each.head.quantity, _figures(each.head), _r(each.rank_correlation)) for each in shown)
    columns = grid_columns("MOVES MOST WITH", f"{root.head.period}, median (P10–P90)", "r")
    note = (
        f"r: rank correlation with {root.head.quantity} itself, of all {len(root.roots)} inputs "
        f"that lie beneath it. One in full: forecast explain "
        f"{shown[0].head.quantity}@{root.head.period}"
    )
    return [Table("roots", "", columns, rows_of(lines)), Prose(note, "quiet")]


def _since(name: str, change: ShownChange) -> list[Block]:
    """Return what each link of the chain did to the number, for each way to take it apart."""
    blocks: list[Block] = []
    for view, links in enumerate(change.views):
        if view:
            blocks.append(Prose("The same change, taken apart another way:"))
        blocks.append(_links(change.since, links, change.whole))
    if [link.driver for link in change.views[0]] == [name]:
        text = "It has no links that it is a product or sum of: the whole change is its own."
    else:
        text = (
            "Means over draws, which add up exactly, as each draw does; medians need not. Each "
            "link's part by the logarithmic mean Divisia index."
        )
    return [*blocks, Prose(text, "quiet")]


def _links(since: str, links: Sequence[LinkRow], whole: ChangeRow) -> Table:
    """Return the parts of a change, and the whole of it."""
    scale = _scale(whole.unit, [link.amount for link in links])
    sizes = [link.amount / scale.divisor for link in links]
    places = decimals(sizes, sizes, is_share=scale.is_share)

    def line(title: str, amount: float, row: LinkRow | ChangeRow, rises: str) -> tuple[str, ...]:
        ends = (row.quantiles.at(end) / scale.divisor for end in (10, 90))
        return (
            shorten(title, LONGEST, placeholder="…"),
            number(amount / scale.divisor, places, "+"),
            "…".join(number(end, places, "+") for end in ends),
            rises,
        )

    lines = [line(link.title, link.amount, link, _raises_in(link)) for link in links]
    lines.append(line("the whole change", whole.mean, whole, rises_in(whole)))
    unit = "pp" if scale.is_share else scale.unit
    heads = (f"SINCE {since}", f"part, {unit}".removesuffix(", "), "P10–P90", "raises it in")
    shown = rows_of(line for line in lines if line[1:3] != ("0", "0…0"))
    return Table("chain", "", grid_columns(heads[0], *heads[1:]), shown)


def _raises_in(link: LinkRow) -> str:
    """Return in how many of 100 draws a link raises the number, and which way it goes."""
    return f"{of_hundred(link.probability_up)}% {way(link.probability_up)}"


def _scale(unit: str, values: Sequence[float]) -> UnitScale:
    """Return the scale of a column of amounts: a prefix, or a power of ten where none reaches."""
    scale = scale_for(unit, values)
    largest = max((abs(value) for value in values), default=0.0)
    if not largest or scale.is_share or REACH[0] <= largest / scale.divisor < REACH[1]:
        return scale
    power = exponent(largest)
    return UnitScale(10.0**power, f"1e{power} {unit}".removesuffix(" ratio"))
