"""What moved between two runs as a page: the answer in words, before beside now, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from forecast.report.blocks import Block, Listing, Prose, Table, TableRow
from forecast.report.numbers import MISSING, Scale, cell, exponent
from forecast.report.pages.changes import (
    change_cells,
    direction,
    in_sentence,
    is_unmoved,
    number,
    of_hundred,
    own_scale,
    rises_in,
    short_name,
)
from forecast.result import Result, Row

COLUMNS = ("before", "now", "change", "P10–P90", "rises in")
ENDS = ("p10", "p90")
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


def diff_page(result: Result, asked: Sequence[str] = ()) -> list[Block]:
    """Return the page; why is said of every metric `asked` for, else of the one that moved most."""
    return [
        Prose(heading(result), "quiet"),
        *diff_blocks(result, asked),
        Prose(in_short(result), "strong", label="IN SHORT"),
    ]


def heading(result: Result) -> str:
    """Return which runs are compared, and whether draw by draw."""
    runs = " → ".join(
        f"run {each['run_id']} ({moment(each['started'])})" for each in result.extra["runs"]
    )
    same = "the same draws" if result.extra["same_draws"] else "other draws"
    return f"{runs}, on {same}"


def moment(started: str) -> str:
    """Return when a run started, to the minute: 2026-11-20 02:00."""
    return started[:16].replace("T", " ")


def diff_blocks(result: Result, asked: Sequence[str] = ()) -> list[Block]:
    """Return the answer in words, the table and the causes, without the lines around them."""
    blocks: list[Block] = [Prose(sentence(result), "strong")]
    if result.extra["identical"]:
        return blocks
    keys = list(dict.fromkeys((row["metric"], row["period"]) for row in result.rows))
    values = [key for key in keys if key[1]]
    rows = [_line(result, key) for key in values]
    period = values[0][1] if len({period for _, period in values}) == 1 else ""
    lines = (*rows, *_crossover(result))
    blocks.append(Table(period, "", COLUMNS, None, lines))
    blocks.append(Prose(LEGEND, "quiet"))
    subjects = values if asked else [_subject(result)]
    for key in subjects:
        blocks.extend(_why(result, key))
    if checked := result.extra["checked"]:
        text = f"Also new, but only checked against: {', '.join(checked)}."
        blocks.append(Prose(text, "quiet"))
    return blocks


def sentence(result: Result) -> str:
    """Return what moved most, by how much, how surely, and what most of it comes from."""
    if result.extra["identical"]:
        return IDENTICAL
    metric, period = _subject(result)
    before, now, change = _rows(result, (metric, period))
    name = short_name(result, metric)
    scale = own_scale(metric, before["unit"], (before["p50"], now["p50"]))
    cells = _cells(before, now, change, scale)
    if not change["change"]:
        return f"No median moved; {in_sentence(name)} {period} is {cells['now']}{_unit(scale)}."
    ends = f"from {cells['before']} to {cells['now']}{_unit(scale)}"
    return (
        f"{name} {period}: {cells['change']}, {ends}{_surely(change)}. "
        f"{_mostly(result, (metric, period))}"
    )


def in_short(result: Result) -> str:
    """Return the last line: the changes of the headline metrics."""
    if result.extra["identical"]:
        return "nothing changed"
    keys = list(dict.fromkeys((row["metric"], row["period"]) for row in result.rows))
    wanted = [key for key in keys if key[0] in {"inference_share", "chip_spend"}] or keys[:1]
    parts = []
    for metric, period in wanted:
        before, _, change = _rows(result, (metric, period))
        name = in_sentence(short_name(result, metric))
        parts.append(f"{name} {period} {_in_short(before, float(change['change']))}")
    return "; ".join(parts)


def _in_short(before: Row, change: float) -> str:
    """Return a change in points of a share, or in per cent of what there was before."""
    is_share = before["unit"] == "share"
    whole = 1.0 if is_share else abs(float(before["p50"]))
    if not whole:
        return MISSING
    points = 100.0 * change / whole
    return f"{number(points, 1, '+')}{' pp' if is_share else '%'}"


def _unit(scale: Scale) -> str:
    return scale.unit if scale.unit == "%" else f" {scale.unit}"


def _surely(change: Row) -> str:
    """Return how many draws agree, nothing where draws cannot be compared."""
    if change["probability_up"] is None or is_unmoved(change):
        return ""
    if direction(change) == "≈":
        return ", with no clear direction draw by draw"
    up = float(change["probability_up"])
    verb, share = ("rises", up) if up > 0.5 else ("falls", 1.0 - up)
    return f"; it {verb} in {of_hundred(share)} of 100 draws"


def _mostly(result: Result, key: tuple[str, str]) -> str:
    """Return which cause is the largest, in words."""
    parts = _parts(result, key)
    most = max(parts, key=lambda part: abs(part["amount"]))
    name = PARTS[most["part"]]
    named = f" ({most['name']})" if most["part"] in {"observations", "assumptions"} else ""
    only = "All" if sum(1 for part in parts if part["amount"]) == 1 else "Most"
    return f"{only} of it comes from {name}{named}."


def _subject(result: Result) -> tuple[str, str]:
    """Return the metric and period whose median moved most, in widths of its band before."""
    keys = [(row["metric"], row["period"]) for row in result.rows if row["period"]]

    def moved(key: tuple[str, str]) -> float:
        before, _, change = _rows(result, key)
        width = float(before["p90"]) - float(before["p10"])
        return abs(float(change["change"])) / width if width > 0.0 else 0.0

    return max(dict.fromkeys(keys), key=moved)


def _rows(result: Result, key: tuple[str, str | None]) -> tuple[Row, Row, Row]:
    before, now, change = (
        result.find(*key, case=case) or {} for case in ("base", "changed", "difference")
    )
    return before, now, change


def _cells(before: Row, now: Row, change: Row, scale: Scale) -> Row:
    """Return the cells of a line, `change` that of the medians; no band where draws differ."""
    whole = float(change["change"])
    ends = {end: whole if change[end] is None else change[end] for end in ENDS}
    cells = change_cells(before["p50"], now["p50"], {**ends, "p50": whole}, scale, ENDS)
    cells["before"] = cells.pop("base")
    if change["p10"] is None:
        cells["band"] = ""
    return cells


def _line(result: Result, key: tuple[str, str]) -> TableRow:
    before, now, change = _rows(result, key)
    metric, period = key
    scale = own_scale(metric, before["unit"], (before["p50"], now["p50"]))
    cells = _cells(before, now, change, scale)
    is_one = len({row["period"] for row in result.rows if row["period"]}) == 1
    name = short_name(result, metric) if is_one else f"{short_name(result, metric)} {period}"
    rises = "" if change["probability_up"] is None else rises_in(change)
    shown = (cells["before"], cells["now"], cells["change"], cells["band"], rises)
    return TableRow(f"{name}, {scale.unit}".removesuffix(", "), shown)


def _crossover(result: Result) -> Iterator[TableRow]:
    before, now, change = _rows(result, ("crossover", None))
    if not change:
        return
    quarters = change["change"]
    moved = f"{number(quarters, 0, '+')} quarters" if quarters else ""
    ends = before["p50"] or MISSING, now["p50"] or MISSING
    yield TableRow("Inference passes training", (*ends, moved, "", ""))
    shares = (cell(100.0 * row["probability_never"], 0) for row in (before, now))
    never = f"{number(100.0 * change['probability_never'], 0, '+')} pp"
    yield TableRow("  never, % of draws", (*shares, never, "", ""), "band")


def _parts(result: Result, key: tuple[str, str]) -> list[Row]:
    return [part for part in result.extra["attribution"] if (part["metric"], part["period"]) == key]


def _why(result: Result, key: tuple[str, str]) -> Iterator[Block]:
    """Yield the causes of a metric's change and their sum."""
    parts = _parts(result, key)
    if not parts:
        return
    metric, period = key
    before, now, change = _rows(result, key)
    scale = own_scale(metric, before["unit"], (before["p50"], now["p50"]))
    amounts = [part["amount"] / scale.divisor for part in parts]
    largest = max(map(abs, (*amounts, change["change"] / scale.divisor)))
    places = 1 if scale.is_share else max(0, 1 - exponent(largest))
    texts = [number(amount, places, "+") for amount in amounts]
    texts.append(number(change["change"] / scale.divisor, places, "+"))
    width = max(map(len, texts))
    labels = [PARTS[part["part"]] for part in parts]
    lines = [
        (label, text.rjust(width), _what(part, scale, places))
        for label, text, part in zip(labels, texts, parts, strict=False)
    ]
    lines.append(("in all", texts[-1].rjust(width), ""))
    unit = "pp" if scale.is_share else scale.unit
    title = f"WHY  {in_sentence(short_name(result, metric))} {period}, {unit}"
    yield Prose(title, "strong")
    yield Listing(("", "part", "what"), tuple(lines), is_text=True)


def _what(part: Row, scale: Scale, places: int) -> str:
    """Return what a part stands for: names, old and new values, and where they are."""
    if part["part"] == "sampling":
        error = "" if not part["error"] else f"±{number(part['error'] / scale.divisor, places)}; "
        same = part["old"] == part["new"]
        return error + (part["new"] if same else f"{part['old']} → {part['new']}")
    said = f"{part['old']} → {part['new']}" if part["old"] and part["new"] else part["new"]
    if part["old"] and not part["new"]:
        said = f"{part['old']} removed"
    if part["part"] in {"settings", "code"}:
        return said
    place = f" ({part['place']})" if part["place"] else ""
    return f"{part['name']}: {said}{place}" if said else f"{part['name']}{place}"
