"""What the forecast believes, as pages: which targets matter, each assumption, what differs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from forecast.analysis.beliefs.assumptions import AssumptionRow, Assumptions
from forecast.analysis.beliefs.checks import CheckedInputs
from forecast.analysis.beliefs.differences import DifferenceRow, Differences
from forecast.analysis.beliefs.shown import EvidenceRow, Reader, ShownAssumption
from forecast.analysis.beliefs.stated import Points
from forecast.analysis.beliefs.targets import DatumRow, EffectRow, HeadlineRow, RoleRow, Targets
from forecast.report import words
from forecast.report.blocks import Block, Listing, Prose
from forecast.report.numbers import MISSING, change, quantity, quantity_band, signed
from forecast.result import Band
from forecast.world.learnt import TargetRow

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


def targets_page(result: Targets) -> list[Block]:
    """Return how the forecast depends on each target, and how each target is met."""
    conflicts = [row.datum for row in result.targets if row.conflict]
    return [
        Prose(words.first_line(result.run), "quiet"),
        Prose(_dependence(result), "strong"),
        Prose(_roles(result.roles), "quiet"),
        _effects(result),
        Prose(_effects_legend(result), "quiet"),
        _data(result.targets),
        Prose(
            "Prior: median before conditioning. s.e.: distance of the modelled median from the "
            "observation in standard errors. If left out: what the other targets say of it, and "
            "how far from the observation that is in standard errors of both.",
            "quiet",
        ),
        Prose(_conflict_sentence(conflicts)),
        _reasons([row.datum for row in result.targets]),
    ]


def _dependence(result: Targets) -> str:
    """Return which target the first headline metric depends on most."""
    share, effects = result.whole[0], result.effects
    row = max((rows[0] for rows in effects.values()), key=lambda row: row.effect)
    moves = signed(change(share.quantiles.p50, row.quantiles.p50, row.unit))
    return (
        f"The {share.period} {SHORT[share.metric]} is {_with_band(share)} with all "
        f"{len(effects)} targets. It depends most on {row.target}: without it, {_with_band(row)}, "
        f"a change of {moves}."
    )


def _with_band(row: HeadlineRow) -> str:
    return f"{quantity(row.quantiles.p50, row.unit)} ({_ends(row)})"


def _ends(row: HeadlineRow) -> str:
    return quantity_band(row.quantiles.p10, row.quantiles.p90, row.unit)


def _roles(roles: Sequence[RoleRow]) -> str:
    """Return how many series have each evidence role."""
    named = [f"{row.series} {row.role}s ({row.observations:,} rows)" for row in roles]
    text = f"Each observed series has one role: {', '.join(named[:-1])} and {named[-1]}"
    return f"{text}. Drivers shape growth curves, targets condition, checks are never fitted."


def _effects(result: Targets) -> Listing:
    whole = result.whole
    columns = (f"WITHOUT, {whole[0].period}", *(SHORT[row.metric] for row in whole))
    lines = [("(all targets)", *(_with_band(row).replace(" H100e", "") for row in whole))]
    for name, rows in result.effects.items():
        if _matters(rows):
            lines.append((name, *(_effect_cell(*pair) for pair in zip(rows, whole, strict=True))))
    return Listing(columns, tuple(lines))


def _matters(rows: Sequence[EffectRow]) -> bool:
    return any(row.clear for row in rows)


def _effects_legend(result: Targets) -> str:
    text = (
        "Cells: change of the median when the target is left out with all its periods, and the "
        "P10–P90 that remains; same prior draws and noise throughout; strongest first."
    )
    idle = [name for name, rows in result.effects.items() if not _matters(rows)]
    noise = "≈ moves less than sampling noise (1/√draws of the band)"
    return f"{text} {noise}" + (f", as do {', '.join(idle)}." if idle else ".")


def _effect_cell(row: EffectRow, base: HeadlineRow) -> str:
    """Return `+3 pp, 41–92%`, or ≈ where the target changes nothing."""
    if not row.clear:
        return "≈"
    moved = signed(change(base.quantiles.p50, row.quantiles.p50, row.unit))
    return f"{moved}, {_ends(row).replace(' H100e', '')}"


def _data(rows: Sequence[DatumRow]) -> Listing:
    lines: list[tuple[str, ...]] = []
    for name, group in groupby(rows, lambda row: row.datum.target):
        lines.append((name, "", "", "", "", ""))
        lines += [_datum(row) for row in group]
    columns = ("TARGET", "observed", "prior", "modelled", "s.e.", "if left out")
    return Listing(columns, tuple(lines))


def _datum(row: DatumRow) -> tuple[str, ...]:
    datum = row.datum
    unit, bound = datum.unit, {"lower": ">", "upper": "<"}.get(datum.bound, "")
    return (
        f"  {datum.period}",
        bound + _plain(datum.observed, unit),
        _plain(datum.prior.p50, unit),
        _band(datum.modelled, unit),
        _errors(datum.misfit),
        f"{_plain(row.without.p50, unit)}, {_errors(row.misfit_without)}",
    )


def _errors(value: float) -> str:
    return _signed(value, 1)


def _signed(value: float, places: int) -> str:
    """Return a number with its sign, which zero does not have."""
    text = f"{value:+.{places}f}"
    return text[1:] if float(text) == 0.0 else signed(text)


def _band(band: Band, unit: str) -> str:
    """Return a median with its band; what is nothing beside the band's width reads 0."""
    low, middle, high = band.p10, band.p50, band.p90
    stem = unit.partition("/")[0]
    if stem in {"W", "Wh"}:
        return _stated(Points(low, middle, high), stem)
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


def _conflict_sentence(conflicts: Sequence[TargetRow]) -> str:
    if not conflicts:
        return "No target lies beyond three standard errors of the rest: there is no conflict."
    named = ", ".join(f"{row.target} {row.period}" for row in conflicts)
    verb = "lies" if len(conflicts) == 1 else "lie"
    return f"CONFLICT: {named} {verb} beyond three standard errors; one of the two is wrong."


def _reasons(rows: Sequence[TargetRow]) -> Listing:
    """Return each target's error, origin and the reason for it, once."""
    first: dict[str, TargetRow] = {}
    for row in rows:
        first.setdefault(row.target, row)
    lines = tuple((name, _reason(row)) for name, row in first.items())
    return Listing(("TARGET", "standard error, origin, and reason"), lines, is_text=True)


def _reason(row: TargetRow) -> str:
    size = f"{row.error:.2f} logits" if row.unit == "share" else f"±{100 * row.error:.0f}%"
    return f"{size}. {row.origin}. {row.reasoning}"


def list_page(result: Assumptions, width: int) -> list[Block]:
    """Return assumptions by subject: what was believed, what history left of it, and its status.

    A wide page also names the headline metric that each moves most.
    """
    wide = width >= WIDE
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    for subject, group in groupby(result.rows, lambda row: row.subject):
        heads = (subject.upper(), "prior (P10–P90)", "conditioned", "status")
        columns = (*heads, "moves") if wide else heads
        lines: list[tuple[str, ...]] = []
        for _, rows in groupby(group, lambda row: row.assumption):
            lines += _belief_lines(list(rows), len(columns))
        blocks.append(Listing(columns, tuple(lines)))
    blocks.append(Prose(_list_legend(result, wide), "quiet"))
    return blocks


def _belief_lines(rows: Sequence[AssumptionRow], columns: int) -> list[tuple[str, ...]]:
    """Return an assumption's lines: one, or a heading and one for each date of a path."""
    first = rows[0]
    unit = "" if first.unit in {"ratio", "year", "share"} else f", {first.unit}"
    name = f"{first.assumption}{unit}"
    if first.period is None:
        return [_belief_cells(name, first)[:columns]]
    dated = [_belief_cells(f"  {row.period}", row)[:columns] for row in rows]
    return [(name, *[""] * (columns - 1)), *dated]


def _belief_cells(label: str, row: AssumptionRow) -> tuple[str, ...]:
    status: str = row.provenance.status
    if row.kind == "driver":
        status = "assumed" if row.assumed_points else "fitted"
    moves = ""
    if row.moves is not None and row.rank_correlation is not None:
        moves = f"{SHORT[row.moves]} {_signed(row.rank_correlation, 2)}"
    after = "unmoved" if _is_unmoved(row) else _band(row.conditioned, row.unit)
    return label, _band(row.prior, row.unit), after, status, moves


def _is_unmoved(row: AssumptionRow) -> bool:
    """Return whether history left a belief as it was."""
    if row.shift is None or row.spread is None:
        return _band(row.prior, row.unit) == _band(row.conditioned, row.unit)
    return abs(row.shift) < QUIET and abs(row.spread - 1.0) < QUIET


def _list_legend(result: Assumptions, wide: bool) -> str:
    parts = ["Medians with P10–P90, before and after history conditioned them."]
    if any(row.kind == "driver" for row in result.rows):
        parts.append("Drivers at the horizon; assumed: leans on points that somebody supposes.")
    if wide:
        parts.append(f"Moves: rank correlation with a headline metric of {result.run.through}.")
    parts.append("One in full: forecast assumptions show NAME.")
    return " ".join(parts)


def show_page(result: ShownAssumption) -> list[Block]:
    """Return all that is known of one assumption, driver or constant."""
    first = result.rows[0]
    source = first.provenance
    blocks: list[Block] = [
        Prose(first.title, label=first.assumption),
        Prose(f"{first.kind} · {first.subject} · unit {first.unit}", "quiet"),
    ]
    if first.kind == "driver":
        blocks += _driver_blocks(result)
    blocks += [_path_listing(result.rows), Prose(_moved(result.rows))]
    blocks.append(Prose(f"{source.status}, {source.date}: {source.source}", label="SOURCE"))
    if source.source_url:
        blocks.append(Prose(source.source_url))
    if source.reasoning:
        blocks.append(Prose(source.reasoning, label="WHY"))
    blocks.append(Prose(f"{source.known_from}, the day of its newest fact", label="KNOWN FROM"))
    if result.vintages:
        blocks.append(_vintages(result))
    for row in result.correlations:
        size = _signed(row.rank_correlation, 2)
        text = f"rank correlation {size} with {row.other}: {row.reasoning}"
        blocks.append(Prose(text, label="TOGETHER"))
    if first.kind == "constant":
        blocks.append(Prose("the paths of money, docs/model.md", label="READ BY"))
    else:
        blocks.append(Prose(_influence(result), label="MOVES"))
        blocks.append(Prose(_read_by(result.readers), label="READ BY"))
    return [*blocks, Prose(f"stated in {source.place}", "quiet")]


def _vintages(result: ShownAssumption) -> Listing:
    """Return what was believed before, which forecasts as of earlier days see."""
    lines = tuple(
        (
            f"{row.known_from} {row.period or row.belief}".strip(),
            _stated(row.stated.points, row.unit, row.stated.distribution),
            row.source,
        )
        for row in result.vintages
    )
    return Listing(("BELIEVED BEFORE", "median (P10–P90)", "source"), lines, is_text=True)


def _driver_blocks(result: ShownAssumption) -> list[Block]:
    """Return a driver's evidence and what is believed of it besides."""
    unit = result.rows[0].unit
    evidence = tuple(
        (row.series_id, str(row.rows), str(row.last), _error_size(row, unit))
        for row in result.evidence
    )
    beliefs = tuple(
        (
            row.belief,
            _stated(row.stated.points, row.unit, row.stated.distribution),
            row.provenance.source,
        )
        for row in result.assumed
    )
    blocks: list[Block] = [Listing(("EVIDENCE", "rows", "last", "error of a row"), evidence)]
    if beliefs:
        blocks.append(Listing(("BELIEF", "median (P10–P90)", "source"), beliefs, is_text=True))
    return blocks


def _error_size(row: EvidenceRow, unit: str) -> str:
    return f"{row.error:g} logits" if unit == "share" else f"±{100 * row.error:.0f}%"


def _stated(points: Points, unit: str, distribution: str = "") -> str:
    """Return a belief as it was stated: 300k tokens (50k–2.0M)."""
    low, middle, high = points.p10, points.p50, points.p90
    if low is not None and high is not None:
        band = quantity_band(low, high, unit)
        if middle is None:
            return band
        text = quantity(middle, unit)
        sign = " " if " " in text else "/"
        tail = sign + text.partition(sign)[2]
        is_shared = all(quantity(end, unit).endswith(tail) for end in (low, high))
        return f"{text} ({band.removesuffix(tail) if is_shared else band})"
    return distribution if middle is None else quantity(middle, unit)


def _path_listing(rows: Sequence[AssumptionRow]) -> Listing:
    is_driver = rows[0].kind == "driver"
    lines = []
    for row in rows:
        stated = _stated(row.stated.points, row.unit, row.stated.distribution)
        before = _band(row.prior, row.unit) if is_driver else stated
        lines.append((row.period or "at all times", before, _band(row.conditioned, row.unit)))
    head = "fitted, before targets" if is_driver else "stated, median (P10–P90)"
    return Listing(("WHEN", head, "conditioned"), tuple(lines))


def _moved(rows: Sequence[AssumptionRow]) -> str:
    """Return how far history moved a belief and how much of its spread it took."""
    if rows[0].kind == "constant":
        return "Paths of money are drawn with it as it stands; neither history nor --set moves it."
    beliefs = [
        (row.shift, row.spread, row.period)
        for row in rows
        if row.shift is not None and row.spread is not None
    ]
    if not beliefs:
        last = rows[-1]
        moves = signed(change(last.prior.p50, last.conditioned.p50, last.unit))
        return f"The targets moved the median of {last.period} by {moves}."
    if all(_is_unmoved(row) for row in rows):
        return "History says almost nothing about it: what stands is the prior."
    shift, _, period = max(beliefs, key=lambda each: abs(each[0]))
    when = f" (at {period})" if period else ""
    kept = min(spread for _, spread, _ in beliefs)
    return (
        f"History moved it by {_signed(shift, 1)} prior standard deviations{when} and left "
        f"{100 * min(kept, 1.0):.0f}% of its spread."
    )


def _influence(result: ShownAssumption) -> str:
    named = [f"{SHORT[metric]} {_signed(size, 2)}" for metric, size in result.influence.items()]
    return f"rank correlation with {result.run.through}: {', '.join(named)}"


def _read_by(rows: Sequence[Reader]) -> str:
    return "; ".join(f"{row.equation} ({row.title})" for row in rows) or "no equation"


def check_page(result: CheckedInputs) -> list[Block]:
    """Return what was read and found right."""
    lines = tuple((row.kind, f"{row.count:,}", row.detail) for row in result.rows)
    source = f"{result.run.source} · data to {result.run.data_through}"
    return [
        Prose(source, "quiet"),
        Listing(("INPUT", "count", "of which"), lines, is_text=True),
        Prose("no problems", "strong"),
    ]


def diff_page(result: Differences) -> list[Block]:
    """Return what differs from the base case, old and new side by side."""
    blocks: list[Block] = [Prose(words.first_line(result.run), "quiet")]
    if not result.rows:
        text = "Nothing differs from the built-in base case."
        return [*blocks, Prose(text, "strong")]
    names = {(row.kind, row.name) for row in result.rows}
    count = f"{len(names)} {'entry differs' if len(names) == 1 else 'entries differ'}"
    blocks.append(Prose(f"{count} from the built-in base case.", "strong"))
    for kind, group in groupby(result.rows, lambda row: row.kind):
        lines: list[tuple[str, ...]] = []
        for name, rows in groupby(group, lambda row: row.name):
            lines.append((name, "", ""))
            lines += [_sides(row) for row in rows]
        blocks.append(Listing((kind.upper(), "base", "now"), tuple(lines)))
    blocks.append(Prose("Texts in full: --format json or csv.", "quiet"))
    return blocks


def _sides(row: DifferenceRow) -> tuple[str, str, str]:
    return (
        f"  {row.field}",
        _side(row.base_points, row.base, row.unit),
        _side(row.now_points, row.now, row.unit),
    )


def _side(points: Points, text: str | None, unit: str) -> str:
    """Return one side of a difference: a belief or a band by its numbers, words if they are few."""
    if points != Points():
        return _stated(points, unit)
    if not text:
        return MISSING
    return text if len(text) <= LONGEST else "(text)"
