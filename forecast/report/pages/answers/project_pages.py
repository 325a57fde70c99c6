"""A projection as a page: the answer in words, the tables, what binds, and the answer again."""

from __future__ import annotations

from forecast.analysis.project import Projection
from forecast.report import words
from forecast.report.blocks import (
    Block,
    Cell,
    Column,
    Prose,
    Row,
    Table,
    View,
    Whiskers,
    row_of,
    text_columns,
)
from forecast.report.cells import own_value, unit_words
from forecast.report.numbers import change, quantity, quantity_band, signed
from forecast.report.pages.answers.project_tables import (
    PageColumns,
    binding_table,
    events_table,
    leads_table,
    section_tables,
    shown_columns,
    shown_metrics,
)
from forecast.result import Band
from forecast.world.history.learnt import TargetRow
from forecast.world.metrics import MetricTable


def page(result: Projection, view: View) -> list[Block]:
    """Return the long page of a projection: the answer, all tables, and the answer again."""
    blocks: list[Block] = [
        Prose(words.first_line(result.run), "quiet"),
        Prose(words.answer(result, view.bands), "strong"),
        *(Prose(words.outcome_sentence(each)) for each in result.given),
        *number_blocks(result, view),
    ]
    if notes := " ".join(result.findings):
        blocks.append(Prose(notes))
    if view.verbose:
        blocks += [each for each in belief_tables(result) if each.rows]
    blocks.append(Prose(words.in_short(result, view.bands), label="IN SHORT"))
    return blocks


def section_page(result: Projection, view: View, section: str) -> list[Block]:
    """Return the tables of one of the sections that `section_names` lists."""
    tables = [
        each
        for each in (*number_blocks(result, view), *belief_tables(result))
        if isinstance(each, Table) and section_name(each) == section and each.rows
    ]
    return [Prose(words.first_line(result.run), "quiet"), *tables]


def section_names(result: Projection, view: View) -> list[str]:
    """Return what `section_page` can be asked for."""
    blocks = (*number_blocks(result, view), *belief_tables(result))
    return [section_name(each) for each in blocks if isinstance(each, Table) and each.rows]


def section_name(table: Table) -> str:
    """Return the name of a section by which a person asks for it."""
    return table.name.partition("-by-")[0]


def belief_tables(result: Projection) -> tuple[Table, ...]:
    """Return what history did to the assumptions, and how targets are met."""
    return conditioning_table(result), targets_table(result)


def number_blocks(result: MetricTable, view: View) -> list[Block]:
    """Return the tables of the metrics, with a legend before them, then when and what binds."""
    tables = list(section_tables(result, view))
    blocks: list[Block] = []
    if tables:
        notes = {note for table in tables for each in table.rows for note in each.cells[0].note}
        has_bar = any(table.bar is not None for table in tables)
        has_observed = any(note.endswith("•") for note in notes)
        legend = words.legend(result, view.bands, has_observed=has_observed, has_bar=has_bar)
        blocks.append(Prose(legend, "quiet"))
    for table in tables:
        blocks.append(table)
        if table.title == "COMPUTE" and "inference_share" in shown_metrics(result, view):
            blocks.append(whiskers(result, view))
    leads = leads_table(result, view)
    blocks += [each for each in (leads, events_table(result, view)) if each.rows]
    blocks += [Prose(words.PASSES, "quiet")] if leads.rows else []
    return blocks + [each for each in (binding_table(result, view),) if each.rows]


def whiskers(result: MetricTable, view: View) -> Whiskers:
    """Return the inference share of the last observed and every forecast period, as lines."""
    columns = shown_columns(result, view)
    bar = PageColumns(result, columns, view).bar or 1
    rows = []
    for name in columns[bar - 1 :]:
        if found := result.find("inference_share", name):
            low, high = found.quantiles.at(view.bands[0]), found.quantiles.at(view.bands[-1])
            rows.append((name, low, found.quantiles.p50, high))
    return Whiskers("Inference share", tuple(rows))


def conditioning_table(result: Projection) -> Table:
    """Return what history did to each assumption: prior, conditioned, and how far it moved."""
    rows = (
        row_of(
            each.assumption,
            _banded(each.prior, each.unit),
            _banded(each.conditioned, each.unit),
            change(each.prior.p50, each.conditioned.p50, each.unit),
        )
        for each in result.conditioning
    )
    banded_columns = (
        Column(title, is_banded=True) for title in ("prior (P10–P90)", "conditioned (P10–P90)")
    )
    columns = (*text_columns("ASSUMPTION"), *banded_columns, Column("moved"))
    return Table("conditioning", "What history did to the assumptions", columns, tuple(rows))


def targets_table(result: Projection) -> Table:
    """Return how the conditioned ensemble meets each target, in standard errors."""
    columns = (
        *text_columns("TARGET"),
        Column("observed"),
        Column("modelled (P10–P90)", is_banded=True),
        Column("misfit, s.e."),
        Column("origin", is_number=False, is_extra=True),
    )
    rows = tuple(map(_target, result.targets))
    return Table("targets", "Targets, and how well they are met", columns, rows)


def _target(target: TargetRow) -> Row:
    bound = {"lower": ">", "upper": "<"}.get(target.bound, "")
    misfit = f"{target.misfit:+.1f}"
    return row_of(
        Cell(f"{target.target} {target.period}{unit_words(target.unit)}", target.target),
        Cell(bound + own_value(target.observed, target.unit), target.observed),
        _banded(target.modelled, target.unit),
        Cell(signed(misfit) if float(misfit) else "0.0", target.misfit),
        target.origin,
    )


def _banded(band: Band, unit: str) -> Cell:
    """Return a median with its band behind it, without a unit, which its own page states."""
    plain = unit if unit in {"share", "year"} else "ratio"
    text = f"{quantity(band.p50, plain)} ({quantity_band(band.p10, band.p90, plain)})"
    return Cell(text, band.p50, band=(band.p10, band.p90))
