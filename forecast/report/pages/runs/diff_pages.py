"""What moved between two runs as a page: the answer in words, before beside now, and why."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.analysis.runs.diff import CauseRow, Diff, EventMove, Move
from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Row,
    Table,
    grid_columns,
    number_columns,
    row_of,
    rows_of,
    text_columns,
)
from forecast.report.numbers import MISSING, UnitScale, cell, exponent
from forecast.report.pages.whatif.changes import (
    ChangeCells,
    Ends,
    change_cells,
    direction,
    ends_of,
    in_sentence,
    is_unmoved,
    number,
    of_hundred,
    own_scale,
    rises_in,
    short_name,
    written,
)
from forecast.world.rows import ChangeRow

COLUMNS = ("before", "now", "change", "P10–P90", "rises in")
BANDS = (10, 50, 90)
PARTS = {
    "observations": "new observations",
    "assumptions": "changed assumptions",
    "inputs": "changed inputs",
    "settings": "changed settings",
    "code": "changed code",
    "sampling": "sampling noise",
}
IDENTICAL = (
    "Nothing changed: inputs, settings, code and draws are the same, and so is every figure."
)
LEGEND = (
    "Medians. change is now less before, and the parts below sum to it before they are rounded; "
    "P10–P90 and rises in are those of the differences draw by draw, on the draws of the earlier "
    "run; ≈ no clear direction."
)


def diff_page(result: Diff, *, is_asked: bool = False) -> list[Block]:
    """Return the page; why is said of every metric if they were asked for, else of the one that
    moved most."""
    return [
        Prose(heading(result), "quiet"),
        *diff_blocks(result, is_asked=is_asked),
        Prose(in_short(result), "strong", label="IN SHORT"),
    ]


def heading(result: Diff) -> str:
    """Return which runs are compared, and whether draw by draw."""
    runs = " → ".join(f"run {each.run_id} ({moment(each.started)})" for each in result.runs)
    same = "the same draws" if result.same_draws else "other draws"
    return f"{runs}, on {same}"


def moment(started: str) -> str:
    """Return when a run started, to the minute: 2026-11-20 02:00."""
    return started[:16].replace("T", " ")


def diff_blocks(result: Diff, *, is_asked: bool = False) -> list[Block]:
    """Return the answer in words, the table and the causes, without the lines around them."""
    blocks: list[Block] = [Prose(sentence(result), "strong")]
    if result.identical:
        return blocks
    periods = {move.period for move in result.moves}
    lines = [_line(result, move, with_period=len(periods) > 1) for move in result.moves]
    if result.crossover:
        lines += _crossover(result.crossover)
    period = result.moves[0].period if len(periods) == 1 else ""
    columns = grid_columns(period, *COLUMNS)
    blocks.append(Table("changes", "What changed", columns, tuple(lines)))
    blocks.append(Prose(LEGEND, "quiet"))
    for move in result.moves if is_asked else [_subject(result)]:
        blocks.extend(_why(result, move))
    if result.checked:
        text = f"Also new, but only checked against: {', '.join(result.checked)}."
        blocks.append(Prose(text, "quiet"))
    return blocks


def sentence(result: Diff) -> str:
    """Return what moved most, by how much, how surely, and what most of it comes from."""
    if result.identical:
        return IDENTICAL
    move = _subject(result)
    name, scale = short_name(result.metrics, move.metric), _scale(move)
    cells = _cells(move, scale)
    if not move.change:
        return f"No median moved; {in_sentence(name)} {move.period} is {_figure(cells.now, scale)}."
    ends = f"from {_figure(cells.base, scale)} to {_figure(cells.now, scale)}"
    return f"{name} {move.period}: {cells.change}, {ends}{_surely(move)}. {_mostly(result, move)}"


def in_short(result: Diff) -> str:
    """Return the last line: the changes of the headline metrics."""
    if result.identical:
        return "nothing changed"
    wanted = [move for move in result.moves if move.metric in {"inference_share", "chip_spend"}]
    parts = []
    for move in wanted or result.moves[:1]:
        name = in_sentence(short_name(result.metrics, move.metric))
        parts.append(f"{name} {move.period} {_in_short(move)}")
    return "; ".join(parts)


def _in_short(move: Move) -> str:
    """Return a change in points of a share, or in per cent of what there was before."""
    is_share = move.before.unit == "share"
    whole = abs(move.before.quantiles.p50)
    if not (is_share or whole):
        return MISSING
    if is_share:
        before, after = (100.0 * each.quantiles.p50 for each in (move.before, move.after))
        return f"{written(before, after, 1)} pp"
    return f"{number(100.0 * move.change / whole, 1, '+')}%"


def _figure(text: str, scale: UnitScale) -> str:
    """Return a cell of the table as a sentence has it: $637B, 56%, 38 M H100e."""
    if scale.unit.startswith("$"):
        return f"${text}{scale.unit[1:]}"
    return f"{text}%" if scale.unit == "%" else f"{text} {scale.unit}"


def _surely(move: Move) -> str:
    """Return how many draws agree, nothing where draws cannot be compared."""
    difference = move.difference
    if not isinstance(difference, ChangeRow) or is_unmoved(difference):
        return ""
    if direction(difference) == "≈":
        return ", with no clear direction draw by draw"
    up = difference.probability_up
    verb, share = ("rises", up) if up > 0.5 else ("falls", 1.0 - up)
    return f"; it {verb} in {of_hundred(share)} of 100 draws"


def _mostly(result: Diff, move: Move) -> str:
    """Return which cause is the largest, in words."""
    causes = _causes(result, move)
    most = max(causes, key=lambda each: abs(each.amount))
    named = f" ({most.name})" if most.part in {"observations", "assumptions"} else ""
    only = "All" if sum(1 for each in causes if each.amount) == 1 else "Most"
    return f"{only} of it comes from {PARTS[most.part]}{named}."


def _subject(result: Diff) -> Move:
    """Return what moved most, in widths of its band before."""

    def moved(move: Move) -> float:
        width = move.before.quantiles.at(90) - move.before.quantiles.at(10)
        return abs(move.change) / width if width > 0.0 else 0.0

    return max(result.moves, key=moved)


def _scale(move: Move) -> UnitScale:
    medians = move.before.quantiles.p50, move.after.quantiles.p50
    return own_scale(move.metric, move.before.unit, medians)


def _cells(move: Move, scale: UnitScale) -> ChangeCells:
    """Return the cells of a line, `change` that of the medians, without a band if draws differ."""
    low = high = move.change
    if isinstance(move.difference, ChangeRow):
        low, _, high = ends_of(move.difference, BANDS)
    before, after = move.before.quantiles.p50, move.after.quantiles.p50
    return change_cells(before, after, Ends(low, move.change, high), scale)


def _line(result: Diff, move: Move, *, with_period: bool) -> Row:
    scale, name = _scale(move), short_name(result.metrics, move.metric)
    cells, difference, band = _cells(move, scale), move.difference, (Cell(), Cell())
    if isinstance(difference, ChangeRow):
        low, _, high = ends_of(difference, BANDS)
        rises = Cell(rises_in(difference), difference.probability_up)
        band = Cell(cells.band, band=(low, high)), rises
    label = f"{name} {move.period}" if with_period else name
    return row_of(
        Cell(f"{label}, {scale.unit}".removesuffix(", "), move.metric),
        Cell(cells.base, move.before.quantiles.p50),
        Cell(cells.now, move.after.quantiles.p50),
        Cell(cells.change, move.change),
        *band,
    )


def _crossover(move: EventMove) -> Iterator[Row]:
    moved = f"{number(move.change, 0, '+')} quarters" if move.change else ""
    ends = (each.quantiles.p50 or MISSING for each in (move.before, move.after))
    yield row_of("Inference passes training", *ends, moved, "", "")
    nevers = move.before.probability_never, move.after.probability_never
    shares = (cell(100.0 * never, 0) for never in nevers)
    change = 100.0 * (move.difference.probability_never or 0.0)
    points = f"{number(change, 0, '+')} pp"
    yield row_of("never, % of draws", *shares, points, "", "", depth=1, is_quiet=True)


def _causes(result: Diff, move: Move) -> list[CauseRow]:
    key = move.metric, move.period
    return [each for each in result.attribution if (each.metric, each.period) == key]


def _why(result: Diff, move: Move) -> Iterator[Block]:
    """Yield the causes of a metric's change and their sum."""
    causes = _causes(result, move)
    if not causes:
        return
    scale = _scale(move)
    amounts = [each.amount / scale.divisor for each in causes]
    whole = move.change / scale.divisor
    places = 1 if scale.is_share else max(0, 1 - exponent(max(map(abs, (*amounts, whole)))))
    texts = [number(amount, places, "+") for amount in (*amounts, whole)]
    lines: list[tuple[Cell | str, ...]] = [
        (PARTS[each.part], Cell(text, each.amount), _what(each, scale, places))
        for text, each in zip(texts, causes, strict=False)
    ]
    lines.append(("in all", Cell(texts[-1], move.change), ""))
    unit = "pp" if scale.is_share else scale.unit
    name = in_sentence(short_name(result.metrics, move.metric))
    columns = (*text_columns(""), *number_columns("part"), *text_columns("what"))
    about = f"{name} {move.period}, {unit}"
    yield Table(f"why-{move.metric}-{move.period}", "WHY", columns, rows_of(lines), about)


def _what(cause: CauseRow, scale: UnitScale, places: int) -> str:
    """Return what a cause stands for: names, old and new values, and where they are."""
    said = f"{cause.old} → {cause.new}" if cause.old and cause.new else cause.new
    if cause.part == "sampling":
        error = f"±{number(cause.error / scale.divisor, places)}; " if cause.error else ""
        return error + (cause.new if cause.old == cause.new else said)
    if cause.old and not cause.new:
        said = f"{cause.old} removed"
    if cause.part in {"settings", "code"}:
        return said
    place = f" ({cause.place})" if cause.place else ""
    return f"{cause.name}: {said}{place}" if said else f"{cause.name}{place}"
