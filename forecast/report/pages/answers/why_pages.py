"""Why a number is what it is, as sentences; the tree and the sources behind them where asked."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from forecast.analysis.claims.rows import ComparedClaim
from forecast.analysis.explain.rows import LinkRow, ShownChange, Since
from forecast.analysis.explain.since import OTHERS
from forecast.analysis.watch.watch import WatchRow
from forecast.analysis.why.origins import OriginRow
from forecast.analysis.why.why import Why
from forecast.report import words
from forecast.report.blocks import Block, Prose, View
from forecast.report.numbers import median_band, per_cent, quantity, signed
from forecast.report.pages.answers.explain_pages import tree_blocks
from forecast.report.pages.answers.get_pages import claim_subject
from forecast.report.pages.beliefs.claims_words import claimed, percentile
from forecast.report.pages.whatif.changes import in_words, moves_most

NAMED = 3  # links, origins, claims or figures that a line names
EXTREME = 10.0  # percentiles from either end within which a claim disagrees
LEAST_NARROWER = 0.005  # of the width of the band
SMALL = 0.05  # of the width of the band, below which a move is none to name


def why_page(result: Why, view: View, *, tree: bool = False, sources: bool = False) -> list[Block]:
    """Return the sentences, with the tree or each figure's source below them where asked."""
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    blocks.extend(Prose(words.outcome_sentence(each)) for each in result.given)
    if result.instead_of:
        text = f"{result.instead_of} turns on {result.root.head.quantity}, of which this tells."
        blocks.append(Prose(text))
    blocks.append(Prose(answer(result, view), "strong"))
    if result.change:
        blocks.append(Prose(_grown(result.change), label=f"Since {result.change.since}"))
    blocks.append(Prose(rests_on(result), label="Rests on"))
    if moving := moves_most(result.moves):
        blocks.append(Prose(f"{moving}.", label="Moves it"))
    blocks.append(Prose(disagrees(result), label="Disagrees"))
    if result.origins:
        blocks.append(Prose(would_narrow(result), label="Would narrow it"))
    if sources:
        blocks += [Prose(text, label=name) for name, text in _sources(result)]
    if tree:
        return [*blocks, *tree_blocks(result.root)]
    return [*blocks, Prose("The tree: --tree   each figure's source: --sources", "quiet")]


def answer(result: Why, view: View) -> str:
    """Return the number with its band, and whether what raises it outweighs what lowers it."""
    root = result.root
    value = "several numbers"
    if root.summary:
        low, high = view.bands[0], view.bands[-1]
        at = root.summary.quantiles.at
        value = median_band(at(low), at(50), at(high), root.head.unit)
        value = value.replace("(", f"(P{low}–P{high} ", 1)
    text = f"{root.head.title}, {root.head.period}: {value}."
    because = _because(root.since) if root.since else ""
    return f"{text}{because}"


def _because(since: Since) -> str:
    """Return what raised and what lowered the number most since the base period, as a sentence."""
    ups, downs = _sides(since.attribution)
    if not ups or not downs:
        return ""
    return (
        f" What has raised it most since {since.period} is {_title(ups[0])}; what has lowered it "
        f"most is {_title(downs[0])}."
    )


def _sides(links: Sequence[LinkRow]) -> tuple[list[LinkRow], list[LinkRow]]:
    """Return the links that raise a number and those that lower it, the largest first."""
    named = [link for link in links if link.driver != OTHERS]
    ups = sorted((link for link in named if link.amount > 0.0), key=lambda link: -link.amount)
    downs = sorted((link for link in named if link.amount < 0.0), key=lambda link: link.amount)
    return ups, downs


def _title(link: LinkRow) -> str:
    """Return a title within a sentence: in small letters, but for a name at its beginning."""
    text = link.title
    is_name = not text[1:2].islower() or text.partition(" ")[0].endswith("'s")
    return text if is_name else text[:1].lower() + text[1:]


def _grown(change: ShownChange) -> str:
    """Return the change since the base period and its largest parts."""
    whole = change.whole
    ups, downs = _sides(change.views[0])
    parts = [
        f"{_title(link)} {_amount(link.amount, whole.unit)}"
        for link in (*ups[:NAMED], *downs[:NAMED])
    ]
    moved = in_words(whole, change.before, (10, 90))
    rest = next((link for link in change.views[0] if link.driver == OTHERS), None)
    parts += [f"{OTHERS} {_amount(rest.amount, whole.unit)}"] if rest else []
    mean = _amount(whole.mean, whole.unit)
    return f"{moved}, in the mean {mean}" + (f": {'; '.join(parts)}." if parts else ".")


def _amount(value: float, unit: str) -> str:
    """Return a change with its sign: +2.1 pp, −$40B."""
    if unit == "share":
        points = 100.0 * value
        return signed(f"{points:+.{0 if abs(points) >= 9.95 else 1}f}") + " pp"
    return ("+" if value > 0.0 else "−" if value < 0.0 else "") + quantity(abs(value), unit)


def rests_on(result: Why) -> str:
    """Return how the median moves without each origin of evidence."""
    moved = _moving(result)
    if not result.origins:
        return "what it is fitted to or judged at: --sources."
    if not moved:
        return (
            "no single origin of targets: without any one the median hardly moves. What it is "
            "fitted to: --sources."
        )
    return "without " + "; without ".join(f"{_named(row)}" for row in moved[:NAMED]) + "."


def _moving(result: Why) -> list[OriginRow]:
    """Return the origins without which the median clearly moves: those conditioned anew, if any."""
    conditioned = [row for row in result.origins if row.is_conditioned]
    rows = conditioned or result.origins
    return [row for row in rows if row.clear and row.of_width >= SMALL]


def _named(row: OriginRow) -> str:
    figures = f"{row.data} figure{'s' if row.data > 1 else ''}"
    error = _amount(row.change_error, row.unit).lstrip("+")
    about = "" if row.is_conditioned else "about "
    return f"{row.origin} ({figures}) {about}{_amount(row.change_p50, row.unit)} (±{error})"


def disagrees(result: Why) -> str:
    """Return the published claims that lie at the ends of our distribution."""
    held = result.published
    extreme = [row for row in held if min(row.percentile, 100.0 - row.percentile) <= EXTREME]
    if not extreme:
        return f"none of {len(held)} published claims near to it lies outside our P10–P90."
    parts = [_claim(row, result) for row in extreme[:NAMED]]
    return f"{'; '.join(parts)} ({len(extreme)} of {len(held)} near claims)."


def _claim(row: ComparedClaim, result: Why) -> str:
    what = f" of {claim_subject(row)}" if row.metric != result.root.head.quantity else ""
    over = f" over {row.over}" if row.over and row.over != "whole" else ""
    at = f"at our P{percentile(row.percentile)}"
    return f"{row.who}, {claimed(row)}{what} in {row.period}{over}, {at}"


def would_narrow(result: Why) -> str:
    """Return which figures to come are expected to narrow the band most, and by how much."""
    clear = [row for row in result.to_come if row.clear and narrower(row) >= LEAST_NARROWER]
    if not clear:
        return "no single figure to come clearly narrows the band."
    return "; ".join(_narrows(row) for row in clear[:NAMED]) + " of the band."


def _narrows(row: WatchRow) -> str:
    figure = row.figure
    when = "due" if figure.due else f"about {figure.expected_published}"
    return f"{figure.title}, {figure.period} ({when}), by {per_cent(narrower(row), 1)}%"


def narrower(row: WatchRow) -> float:
    """Return the part of the width of a metric's band that a figure is expected to take away."""
    return 1.0 - math.sqrt(1.0 - row.variance_reduction)


def _sources(result: Why) -> Iterator[tuple[str, str]]:
    """Yield what each figure of the sentences rests on, with its source and place."""
    for root in result.root.roots[:NAMED]:
        if root.origin:
            link = f" {root.origin.source_url}" if root.origin.source_url else ""
            yield (
                root.head.quantity,
                f"{root.origin.source} ({root.origin.status}, {root.origin.date}), "
                f"{root.origin.place}.{link}",
            )
    for row in _moving(result)[:NAMED]:
        yield row.origin, f"{', '.join(row.targets)}: assumptions/targets.yaml."
    for claim in result.published:
        if min(claim.percentile, 100.0 - claim.percentile) <= EXTREME:
            link = f" {claim.source_url}" if claim.source_url else ""
            yield claim.claim_id, f"{claim.source}, {claim.published}; ours: {claim.reason}{link}"
    for each in result.to_come[:NAMED]:
        series = f"series {each.figure.series}" if each.figure.series else "a judged reading"
        yield each.figure.observation, f"{series}, first published {each.figure.first_published}."
