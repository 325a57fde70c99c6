"""What the forecast believes, as pages: which targets matter, each assumption, what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from forecast.report import words
from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import MISSING, change, quantity, quantity_band, signed
from forecast.result import Result, Row

SHORT = {
    "inference_share": "inference share",
    "chip_spend": "chip spend",
    "compute_stock": "running compute",
}
WIDE = 100
LONGEST = 28  # characters of a text that stands in a cell
LINEAR = {"log", "log/year"}
SMALLEST, LARGEST = 1e-4, 1e20  # outside of them numbers read as powers of ten
NIL = 0.005
QUIET = 0.05  # prior standard deviations, or part of the spread, not worth a word


def targets_page(result: Result) -> list[Block]:
    """Return how the forecast depends on each target, and how each target is met."""
    by_target = [(name, list(each)) for name, each in groupby(result.rows, lambda r: r["target"])]
    (_, whole), others = by_target[0], by_target[1:]
    data = result.extra["targets"]
    conflicts = [row for row in data if row["conflict"]]
    return [
        Prose(words.first_line(result.run), "quiet"),
        Prose(_dependence(whole, others), "strong"),
        Prose(_roles(result.extra["roles"]), "quiet"),
        _effects(whole, others),
        Prose(_effects_legend(others), "quiet"),
        _data(data),
        Prose(
            "Prior: median before conditioning. s.e.: distance of the modelled median from the "
            "observation in standard errors. If left out: what the other targets say of it, and "
            "how far from the observation that is in standard errors of both.",
            "quiet",
        ),
        Prose(_conflict_sentence(conflicts)),
        _reasons(data),
    ]


def _dependence(whole: Sequence[Row], others: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """Return which target the first headline metric depends on most."""
    share = whole[0]
    name, rows = max(others, key=lambda each: each[1][0]["effect"])
    row = rows[0]
    moves = signed(change(share["p50"], row["p50"], row["unit"]))
    return (
        f"The {share['period']} {SHORT[share['metric']]} is {_with_band(share)} with all "
        f"{len(others)} targets. It depends most on {name}: without it, {_with_band(row)}, "
        f"a change of {moves}."
    )


def _with_band(row: Mapping[str, Any]) -> str:
    band = quantity_band(row["p10"], row["p90"], row["unit"])
    return f"{quantity(row['p50'], row['unit'])} ({band})"


def _roles(roles: Sequence[Mapping[str, Any]]) -> str:
    """Return how many series have each evidence role."""
    named = [f"{row['series']} {row['role']}s ({row['observations']:,} rows)" for row in roles]
    text = f"Each observed series has one role: {', '.join(named[:-1])} and {named[-1]}"
    return f"{text}. Drivers shape growth curves, targets condition, checks are never fitted."


def _effects(whole: Sequence[Row], others: Sequence[tuple[str, Sequence[Row]]]) -> Listing:
    period = whole[0]["period"]
    columns = (f"WITHOUT, {period}", *(SHORT[row["metric"]] for row in whole))
    lines = [("(all targets)", *(_with_band(row).replace(" H100e", "") for row in whole))]
    for name, rows in others:
        if _matters(rows):
            pairs = zip(rows, whole, strict=True)
            lines.append((name, *(_effect_cell(row, base) for row, base in pairs)))
    return Listing(columns, tuple(lines))


def _matters(rows: Sequence[Row]) -> bool:
    return any(row["clear"] for row in rows)


def _effects_legend(others: Sequence[tuple[str, Sequence[Row]]]) -> str:
    text = (
        "Cells: change of the median when the target is left out with all its periods, and the "
        "P10–P90 that remains; same prior draws and noise throughout; strongest first."
    )
    idle = [name for name, rows in others if not _matters(rows)]
    noise = "≈ moves less than sampling noise (1/√draws of the band)"
    return f"{text} {noise}" + (f", as do {', '.join(idle)}." if idle else ".")


def _effect_cell(row: Row, base: Row) -> str:
    """Return `+3 pp, 41–92%`, or ≈ where the target changes nothing."""
    if not row["clear"]:
        return "≈"
    band = quantity_band(row["p10"], row["p90"], row["unit"]).replace(" H100e", "")
    moved = signed(change(base["p50"], row["p50"], row["unit"]))
    return f"{moved}, {band}"


def _data(rows: Sequence[Mapping[str, Any]]) -> Listing:
    lines: list[tuple[str, ...]] = []
    for name, group in groupby(rows, lambda row: row["target"]):
        lines.append((name, "", "", "", "", ""))
        lines += [_datum(row) for row in group]
    columns = ("TARGET", "observed", "prior", "modelled", "s.e.", "if left out")
    return Listing(columns, tuple(lines))


def _datum(row: Mapping[str, Any]) -> tuple[str, ...]:
    unit = row["unit"]
    bound = {"lower": ">", "upper": "<"}.get(row["bound"], "")
    return (
        f"  {row['period']}",
        bound + _plain(row["observed"], unit),
        _plain(row["prior_p50"], unit),
        _band(row, "modelled"),
        _errors(row["misfit"]),
        f"{_plain(row['without_p50'], unit)}, {_errors(row['misfit_without'])}",
    )


def _errors(value: float) -> str:
    return _signed(value, 1)


def _signed(value: float, places: int) -> str:
    """Return a number with its sign, which zero does not have."""
    text = f"{value:+.{places}f}"
    return text[1:] if float(text) == 0.0 else signed(text)


def _band(row: Mapping[str, Any], prefix: str) -> str:
    """Return a median with its band; what is nothing beside the band's width reads 0."""
    low, middle, high = (row[f"{prefix}_p{percentile}"] for percentile in (10, 50, 90))
    unit = row["unit"]
    stem = unit.partition("/")[0]
    if stem in {"W", "Wh"}:
        return _stated({"p10": low, "p50": middle, "p90": high, "unit": stem})
    if unit in LINEAR:
        least = NIL * (high - low)
        low, middle, high = (value if abs(value) > least else 0.0 for value in (low, middle, high))
    elif unit != "share" and not SMALLEST <= low <= high < LARGEST:
        return f"{_scientific(middle)} ({_scientific(low)}–{_scientific(high)})"
    plain = unit if unit in {"share", "year"} else "ratio"
    return f"{_plain(middle, unit)} ({quantity_band(low, high, plain)})"


def _plain(value: float, unit: str) -> str:
    """Return a value without its unit."""
    return quantity(value, unit if unit in {"share", "year"} else "ratio")


def _scientific(value: float) -> str:
    """Return 9.2e27 or 7.0e-5."""
    number, power = f"{value:.1e}".split("e")
    return f"{number}e{int(power)}"


def _conflict_sentence(conflicts: Sequence[Mapping[str, Any]]) -> str:
    if not conflicts:
        return "No target lies beyond three standard errors of the rest: there is no conflict."
    named = ", ".join(f"{row['target']} {row['period']}" for row in conflicts)
    verb = "lies" if len(conflicts) == 1 else "lie"
    return f"CONFLICT: {named} {verb} beyond three standard errors; one of the two is wrong."


def _reasons(rows: Sequence[Mapping[str, Any]]) -> Listing:
    """Return each target's error, origin and the reason for it, once."""
    first = {row["target"]: row for row in reversed(rows)}
    lines = tuple(
        (name, _reason(first[name])) for name in dict.fromkeys(row["target"] for row in rows)
    )
    return Listing(("TARGET", "standard error, origin, and reason"), lines, is_text=True)


def _reason(row: Mapping[str, Any]) -> str:
    size = f"{row['error']:.2f} logits" if row["unit"] == "share" else f"±{100 * row['error']:.0f}%"
    return f"{size}. {row['origin']}. {row['reasoning']}"


def list_page(result: Result, width: int) -> list[Block]:
    """Return assumptions by subject: what was believed, what history left of it, and its status.

    A wide page also names the headline metric that each moves most.
    """
    wide = width >= WIDE
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    for subject, group in groupby(result.rows, lambda row: row["subject"]):
        heads = (subject.upper(), "prior (P10–P90)", "conditioned", "status")
        columns = (*heads, "moves") if wide else heads
        lines: list[tuple[str, ...]] = []
        for _, rows in groupby(group, lambda row: row["assumption"]):
            lines += _belief_lines(list(rows), len(columns))
        blocks.append(Listing(columns, tuple(lines)))
    blocks.append(Prose(_list_legend(result, wide), "quiet"))
    return blocks


def _belief_lines(rows: Sequence[Row], columns: int) -> list[tuple[str, ...]]:
    """Return an assumption's lines: one, or a heading and one for each date of a path."""
    first = rows[0]
    unit = "" if first["unit"] in {"ratio", "year", "share"} else f", {first['unit']}"
    name = f"{first['assumption']}{unit}"
    if first["period"] is None:
        return [_belief_cells(name, first)[:columns]]
    dated = [_belief_cells(f"  {row['period']}", row)[:columns] for row in rows]
    return [(name, *[""] * (columns - 1)), *dated]


def _belief_cells(label: str, row: Row) -> tuple[str, ...]:
    status = row["status"]
    if row["kind"] == "driver":
        status = "assumed" if row["assumed_points"] else "fitted"
    size = row["rank_correlation"]
    moves = f"{SHORT[row['moves']]} {_signed(size, 2)}" if row["moves"] else ""
    after = "unmoved" if _is_unmoved(row) else _band(row, "conditioned")
    return label, _band(row, "prior"), after, status, moves


def _is_unmoved(row: Row) -> bool:
    """Return whether history left a belief as it was."""
    if row["kind"] == "driver":
        return _band(row, "prior") == _band(row, "conditioned")
    return bool(abs(row["shift"]) < QUIET and abs(row["spread"] - 1.0) < QUIET)


def _list_legend(result: Result, wide: bool) -> str:
    parts = ["Medians with P10–P90, before and after history conditioned them."]
    if any(row["kind"] == "driver" for row in result.rows):
        parts.append("Drivers at the horizon; assumed: leans on points that somebody supposes.")
    if wide:
        parts.append(f"Moves: rank correlation with a headline metric of {result.run.through}.")
    parts.append("One in full: forecast assumptions show NAME.")
    return " ".join(parts)


def show_page(result: Result) -> list[Block]:
    """Return all that is known of one assumption or driver."""
    first, extra = result.rows[0], result.extra
    blocks: list[Block] = [
        Prose(first["title"], label=first["assumption"]),
        Prose(f"{first['kind']} · {first['subject']} · unit {first['unit']}", "quiet"),
    ]
    if first["kind"] == "driver":
        blocks += _driver_blocks(result)
    blocks += [_path_listing(result.rows), Prose(_moved(result.rows))]
    blocks.append(Prose(f"{first['status']}, {first['date']}: {first['source']}", label="SOURCE"))
    if first["source_url"]:
        blocks.append(Prose(first["source_url"]))
    if first["reasoning"]:
        blocks.append(Prose(first["reasoning"], label="WHY"))
    for row in extra["correlations"]:
        size = _signed(row["rank_correlation"], 2)
        text = f"rank correlation {size} with {row['with']}: {row['reasoning']}"
        blocks.append(Prose(text, label="TOGETHER"))
    blocks.append(Prose(_influence(extra["influence"], result.run.through), label="MOVES"))
    blocks.append(Prose(_read_by(extra["readers"]), label="READ BY"))
    blocks.append(Prose(f"stated in {first['place']}", "quiet"))
    return blocks


def _driver_blocks(result: Result) -> list[Block]:
    """Return a driver's evidence and what is believed of it besides."""
    evidence = tuple(
        (row["series_id"], str(row["rows"]), str(row["last"]), _error_size(row, result.rows[0]))
        for row in result.extra["evidence"]
    )
    beliefs = tuple((row["belief"], _stated(row), row["source"]) for row in result.extra["assumed"])
    blocks: list[Block] = [Listing(("EVIDENCE", "rows", "last", "error of a row"), evidence)]
    if beliefs:
        blocks.append(Listing(("BELIEF", "median (P10–P90)", "source"), beliefs, is_text=True))
    return blocks


def _error_size(row: Row, driver: Row) -> str:
    if driver["unit"] == "share":
        return f"{row['error']:g} logits"
    return f"±{100 * row['error']:.0f}%"


def _stated(row: Row) -> str:
    """Return a belief as it was stated: 300k tokens (50k–2.0M)."""
    low, middle, high, unit = row["p10"], row["p50"], row["p90"], row["unit"]
    if low is not None and high is not None:
        band = quantity_band(low, high, unit)
        if middle is None:
            return band
        text = quantity(middle, unit)
        sign = " " if " " in text else "/"
        tail = sign + text.partition(sign)[2]
        is_shared = all(quantity(end, unit).endswith(tail) for end in (low, high))
        return f"{text} ({band.removesuffix(tail) if is_shared else band})"
    return str(row["distribution"]) if middle is None else quantity(middle, unit)


def _path_listing(rows: Sequence[Row]) -> Listing:
    is_driver = rows[0]["kind"] == "driver"
    lines = []
    for row in rows:
        cells = (row["period"] or "at all times", _band(row, "prior"), _band(row, "conditioned"))
        lines.append(cells if is_driver else (cells[0], _stated(row), cells[2]))
    before = "fitted, before targets" if is_driver else "stated, median (P10–P90)"
    return Listing(("WHEN", before, "conditioned"), tuple(lines))


def _moved(rows: Sequence[Row]) -> str:
    """Return how far history moved a belief and how much of its spread it took."""
    first = rows[0]
    if first["kind"] == "driver":
        last = rows[-1]
        moves = signed(change(last["prior_p50"], last["conditioned_p50"], last["unit"]))
        return f"The targets moved the median of {last['period']} by {moves}."
    row = max(rows, key=lambda each: abs(each["shift"]))
    when = f" (at {row['period']})" if row["period"] else ""
    kept = min(each["spread"] for each in rows)
    if all(_is_unmoved(each) for each in rows):
        return "History says almost nothing about it: what stands is the prior."
    return (
        f"History moved it by {_signed(row['shift'], 1)} prior standard deviations{when} and left "
        f"{100 * min(kept, 1.0):.0f}% of its spread."
    )


def _influence(rows: Sequence[Mapping[str, Any]], through: str) -> str:
    named = [f"{SHORT[row['metric']]} {_signed(row['rank_correlation'], 2)}" for row in rows]
    return f"rank correlation with {through}: {', '.join(named)}"


def _read_by(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "no equation"
    return "; ".join(f"{row['equation']} ({row['title']})" for row in rows)


def check_page(result: Result) -> list[Block]:
    """Return what was read and found right."""
    lines = tuple((row["kind"], f"{row['count']:,}", row["detail"]) for row in result.rows)
    source = f"{result.run.source} · data to {result.run.data_through}"
    return [
        Prose(source, "quiet"),
        Listing(("INPUT", "count", "of which"), lines, is_text=True),
        Prose("no problems", "strong"),
    ]


def diff_page(result: Result) -> list[Block]:
    """Return what differs from the base case, old and new side by side."""
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    if not result.rows:
        text = "Nothing differs from the built-in base case."
        return [*blocks, Prose(text, "strong")]
    names = {(row["kind"], row["name"]) for row in result.rows}
    count = f"{len(names)} {'entry differs' if len(names) == 1 else 'entries differ'}"
    blocks.append(Prose(f"{count} from the built-in base case.", "strong"))
    for kind, group in groupby(result.rows, lambda row: row["kind"]):
        lines: list[tuple[str, ...]] = []
        for name, rows in groupby(group, lambda row: row["name"]):
            lines.append((name, "", ""))
            lines += [(f"  {row['field']}", _side(row, "base"), _side(row, "now")) for row in rows]
        blocks.append(Listing((kind.upper(), "base", "now"), tuple(lines)))
    blocks.append(Prose("Texts in full: --format json or csv.", "quiet"))
    return blocks


def _side(row: Row, side: str) -> str:
    """Return one side of a difference: a belief or a band by its numbers, words if they are few."""
    points = {f"p{p}": row[f"{side}_p{p}"] for p in (10, 50, 90)}
    if any(value is not None for value in points.values()):
        return _stated({**points, "unit": row["unit"], "distribution": ""})
    text = row[side]
    if text is None or text == "":
        return MISSING
    return str(text) if len(text) <= LONGEST else "(text)"
