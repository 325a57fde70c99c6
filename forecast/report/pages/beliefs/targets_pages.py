"""Targets as a page: how the forecast depends on each, and how each is met."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from forecast.analysis.beliefs.targets import DatumRow, EffectRow, HeadlineRow, RoleRow, Targets
from forecast.report import words
from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Row,
    Table,
    heading_row,
    number_columns,
    row_of,
    text_columns,
)
from forecast.report.numbers import change, quantity, quantity_band, signed
from forecast.report.pages.beliefs.belief_words import SHORT, banded, plain, with_sign
from forecast.world.history.learnt import TargetRow


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
    named = [f"{row.series} {row.role} series ({row.observations:,} rows)" for row in roles]
    text = f"Each observed series has one role: {', '.join(named[:-1])} and {named[-1]}"
    return f"{text}. Drivers shape growth curves, targets condition, checks are never fitted."


def _effects(result: Targets) -> Table:
    whole = result.whole
    heads = number_columns(*(SHORT[each.metric] for each in whole))
    lines = [row_of("(all targets)", *(_with_band(each).replace(" H100e", "") for each in whole))]
    for name, rows in result.effects.items():
        if _matters(rows):
            lines.append(row_of(name, *map(_effect_cell, rows, whole)))
    columns = (*text_columns(f"WITHOUT, {whole[0].period}"), *heads)
    return Table("effects", "", columns, tuple(lines))


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


def _data(rows: Sequence[DatumRow]) -> Table:
    heads = number_columns("observed", "prior", "modelled", "s.e.", "if left out")
    columns = (*text_columns("TARGET"), *heads)
    lines: list[Row] = []
    for name, group in groupby(rows, lambda each: each.datum.target):
        lines += [heading_row(name, columns), *map(_datum, group)]
    return Table("data", "", columns, tuple(lines))


def _datum(left_out: DatumRow) -> Row:
    datum = left_out.datum
    unit, bound = datum.unit, {"lower": ">", "upper": "<"}.get(datum.bound, "")
    return row_of(
        datum.period,
        Cell(bound + plain(datum.observed, unit), datum.observed),
        Cell(plain(datum.prior.p50, unit), datum.prior.p50),
        banded(datum.modelled, unit),
        Cell(_errors(datum.misfit), datum.misfit),
        f"{plain(left_out.without.p50, unit)}, {_errors(left_out.misfit_without)}",
        depth=1,
    )


def _errors(value: float) -> str:
    return with_sign(value, 1)


def _conflict_sentence(conflicts: Sequence[TargetRow]) -> str:
    if not conflicts:
        return "No target lies beyond three standard errors of the rest: there is no conflict."
    named = ", ".join(f"{row.target} {row.period}" for row in conflicts)
    verb = "lies" if len(conflicts) == 1 else "lie"
    return f"CONFLICT: {named} {verb} beyond three standard errors; one of the two is wrong."


def _reasons(rows: Sequence[TargetRow]) -> Table:
    """Return each target's error, origin and the reason for it, once."""
    first: dict[str, TargetRow] = {}
    for each in rows:
        first.setdefault(each.target, each)
    lines = tuple(row_of(name, _reason(each)) for name, each in first.items())
    columns = text_columns("TARGET", "standard error, origin, and reason")
    return Table("reasons", "", columns, lines)


def _reason(row: TargetRow) -> str:
    size = f"{row.error:.2f} logits" if row.unit == "share" else f"±{100 * row.error:.0f}%"
    return f"{size}. {row.origin}. {row.reasoning}"
