"""A goal seek as a page: the value it takes, where that lies, and the metric over the range."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.analysis.solve.rows import ResponseRow, SolutionRow
from forecast.analysis.solve.solve import Solution
from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Table,
    grid_columns,
    rows_of,
)
from forecast.report.numbers import (
    band_figures,
    exponent,
    per_cent,
    quantity,
    quantity_band,
    significant,
)
from forecast.report.words import first_line

LEGEND = (
    "± is one standard error from sampling; another seed may differ by twice that. Every line sets "
    "{key} on the same draws; P10–P90: 8 of 10 draws fall inside. → the answer."
)


def solve_page(result: Solution) -> list[Block]:
    """Return the page: the answer in words, how things stand, and the metric over the range."""
    (row,) = result.rows
    blocks: list[Block] = [
        Prose(first_line(result.run), "quiet"),
        Prose(answer(row), "strong"),
        Prose(standing(row)),
    ]
    blocks.append(_response(row, result.response))
    blocks.append(Prose(f"{row.varied}: {row.key_title}.", "quiet"))
    blocks.append(Prose(LEGEND.format(key=row.varied), "quiet"))
    blocks.append(Prose(answer(row), label="IN SHORT"))
    return blocks


def answer(row: SolutionRow) -> str:
    """Return the value that meets the target, or that none does, in a sentence."""
    key, metric = row.varied, f"{_lowered(row.title)}, {row.period},"
    if row.value is None:
        return f"No value of {key} {_range(row)} brings {metric} to {_target(row)}: {_best(row)}."
    if row.satisfied == "everywhere":
        return f"{_raised(metric)} is {_target(row)} whatever {key} is {_range(row)}."
    value = f"{_value(row.value, row)} or {'more' if row.satisfied == 'above' else 'less'}"
    if row.met_now:
        return (
            f"{_raised(metric)} is {_target(row)} as things stand, and stays so as long as {key} "
            f"is {value}."
        )
    return f"It takes {key} of {value} for {metric} to be {_target(row)}."


def standing(row: SolutionRow) -> str:
    """Return where the metric and the key are as things stand, and how far off the answer is."""
    band = quantity_band(row.base.p10, row.base.p90, row.unit)
    met = _count(row.probability_now)
    figures = band_figures(row.base.p10, row.base.p90)
    text = (
        f"As things stand {_lowered(row.title)} is "
        f"{quantity(row.base.p50, row.unit, figures)} ({band}) and {met} of 100 draws meet "
        f"the target"
    )
    if row.key_percentile is None:
        return f"{text}; {row.varied} is {quantity(row.key_now.p50, row.key_unit)} in every draw."
    keys = quantity_band(row.key_now.p10, row.key_now.p90, row.key_unit)
    parts = [f"{text}; {row.varied} is {quantity(row.key_now.p50, row.key_unit)} ({keys})"]
    if row.value is not None and row.satisfied in {"above", "below"}:
        above = row.satisfied == "above"
        share = 1.0 - row.key_percentile if above else row.key_percentile
        side = "more" if above else "less"
        parts.append(f", and {_rounded(row.value, row)} or {side} in {_count(share)} of 100 draws")
    parts.append(".")
    if row.crossings > 1:
        parts.append(
            f" The target is passed {row.crossings} times {_range(row)}; this is the passage "
            "nearest to where things stand."
        )
    return "".join(parts)


def unreachable(row: SolutionRow) -> str:
    """Return the error of a target that nothing reaches, in a line."""
    return f"the target is out of reach of {row.varied} {_range(row)}; {_best(row)}"


def _target(row: SolutionRow) -> str:
    bound = "at least" if row.goal == "at_least" else "at most"
    probability = row.probability
    draws = "the median draw" if probability == 0.5 else f"{_count(probability)} of 100 draws"
    return f"{bound} {_as_asked(row.target, row.unit)} in {draws}"


def _as_asked(value: float, unit: str) -> str:
    """Return a target with no more digits than it was asked for with: 80%, $461B."""
    figures = next((n for n in (1, 2) if significant(value, n) == value), 3)
    return quantity(value, unit, figures)


def _range(row: SolutionRow) -> str:
    low, high = (quantity(end, row.key_unit) for end in (row.low, row.high))
    return f"from {low} to {high}"


def _best(row: SolutionRow) -> str:
    if not row.moves:
        return f"{row.varied} does not move it from {quantity(row.achieved, row.unit, 3)}"
    most = "most" if row.goal == "at_least" else "least"
    best = quantity(row.achieved, row.unit, 3)
    return f"the {most} is {best}, at {quantity(row.best_value, row.key_unit)}"


def _value(value: float, row: SolutionRow) -> str:
    """Return the value with its error: 37% (±2 pp), $966B (±4B)."""
    error = row.error
    if not error:
        return _rounded(value, row)
    size = quantity(error, row.key_unit, 1).lstrip("$").removesuffix(f" {row.key_unit}")
    if row.key_unit == "share":
        size = f"{per_cent(error, 1)} pp"
    return f"{_rounded(value, row)} (±{size})"


def _rounded(value: float, row: SolutionRow) -> str:
    """Return the value with as many digits as its error supports, two to four."""
    figures = 2
    if row.error and value:
        figures = min(4, max(2, exponent(value) - exponent(row.error) + 1))
    return quantity(value, row.key_unit, figures)


def _response(row: SolutionRow, stands: Sequence[ResponseRow]) -> Table:
    """Return the metric over the range searched, the answer marked."""
    has_level = row.probability != 0.5
    level = (1.0 - row.probability) if row.goal == "at_least" else row.probability
    heads = ["median", "P10–P90", *([f"P{100.0 * level:.3g}"] if has_level else []), "target met"]
    lines = []
    for stand in stands:
        digits = band_figures(stand.metric.p10, stand.metric.p90)
        mark = "→ " if stand.is_answer else "  "
        value = stand.key_value
        shown = _rounded(value, row) if stand.is_answer else quantity(value, row.key_unit)
        cells = [
            Cell(f"{mark}{shown}", value),
            Cell(quantity(stand.metric.p50, row.unit, digits), stand.metric.p50),
            Cell(quantity_band(stand.metric.p10, stand.metric.p90, row.unit)),
        ]
        if has_level:
            cells.append(Cell(quantity(stand.achieved, row.unit, digits), stand.achieved))
        cells.append(Cell(f"{per_cent(stand.probability)}%", stand.probability))
        lines.append(cells)
    return Table("response", "", grid_columns(row.varied, *heads), rows_of(lines))


def _count(share: float) -> str:
    """Return in how many of 100 draws, whole unless that would feign certainty."""
    count = 100.0 * share
    return (
        "fewer than 1" if 0.0 < count < 0.5 else ">99" if 99.5 <= count < 100.0 else f"{count:.0f}"
    )


def _lowered(title: str) -> str:
    """Return a title as it stands inside a sentence; abbreviations keep their capitals."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _raised(text: str) -> str:
    return text[:1].upper() + text[1:]
