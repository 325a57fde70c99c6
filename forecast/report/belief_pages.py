"""What the forecast believes, as pages: which targets matter, each assumption, what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from forecast.report import words
from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import change, quantity, quantity_band, signed
from forecast.result import Result, Row

SHORT = {
    "inference_share": "inference share",
    "chip_spend": "chip spend",
    "compute_stock": "running compute",
}
NOTHING = 0.02  # part of the band below which leaving a target out changes nothing worth a word


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
    return any(row["effect"] >= NOTHING for row in rows)


def _effects_legend(others: Sequence[tuple[str, Sequence[Row]]]) -> str:
    text = (
        "Cells: change of the median when the target is left out with all its periods, and the "
        "P10–P90 that remains; same prior draws and noise throughout; strongest first."
    )
    idle = [name for name, rows in others if not _matters(rows)]
    bound = f"{100 * NOTHING:.0f}% of the band"
    return f"{text} ≈ moves less than {bound}" + (f", as do {', '.join(idle)}." if idle else ".")


def _effect_cell(row: Row, base: Row) -> str:
    """Return `+3 pp, 41–92%`, or ≈ where the target changes nothing."""
    if row["effect"] < NOTHING:
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
    text = f"{value:+.1f}"
    return "0.0" if float(text) == 0.0 else signed(text)


def _band(row: Mapping[str, Any], prefix: str) -> str:
    low, middle, high = (row[f"{prefix}_p{percentile}"] for percentile in (10, 50, 90))
    plain = row["unit"] if row["unit"] in {"share", "year"} else "ratio"
    return f"{_plain(middle, row['unit'])} ({quantity_band(low, high, plain)})"


def _plain(value: float, unit: str) -> str:
    """Return a value without its unit."""
    return quantity(value, unit if unit in {"share", "year"} else "ratio")


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
