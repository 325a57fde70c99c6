"""The way back out: observations as `ingest` reads them, beliefs in one table, draws."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields
from typing import Any, Literal

import numpy as np

from forecast.analysis.beliefs.assumptions import list_assumptions
from forecast.beliefs import Array
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs, Observation
from forecast.inputs.tables.ingest import KINDS
from forecast.inputs.tables.tables import OBSERVATION_COLUMNS, OPTIONAL_COLUMNS
from forecast.model.graph import Meaning
from forecast.periods import label
from forecast.result import OldResult, Result, Row
from forecast.store import StoredRow, open_store
from forecast.world.case import Case, run_of
from forecast.world.ensemble import build_ensemble
from forecast.world.metrics import metric_meanings
from forecast.world.rows import metric_table, plain
from forecast.world.samples import sample
from forecast.world.settings import apply_settings
from forecast.world.timeline import Timeline

COLUMNS = (*OBSERVATION_COLUMNS, *OPTIONAL_COLUMNS)
DEFAULT_METRICS = ("training_compute", "inference_compute", "inference_share", "chip_spend")
By = Literal["year", "quarter"]
Shape = Literal["wide", "long"]
_MOST_WHOLE = 2**53


def export_observations(
    case: Case, series: Sequence[str] = (), *, kind: str = "", own: bool = False, started: str = ""
) -> Result:
    """Return observations with the columns that `ingest` reads, one row each.

    Ingested figures come with all their vintages and in place of what a file says of them. Only
    those of `series` if any are named, of a KIND of ingest, or with `own` those that were ingested.
    Raises InputError for a series or kind that does not exist, and where nothing is left.
    """
    inputs = case.inputs
    _check_observations(inputs, series, kind)
    ingested = list(_vintages(case))
    rows = [_stored_row(each) for each in ingested if not kind or each.kind == kind]
    if not own:
        figures = {each.figure for each in ingested}
        subjects = KINDS[kind] if kind else {each.subject for each in inputs.series.values()}
        rows += [
            _observation_row(each)
            for each in inputs.observations
            if (each.series_id, each.period_end.isoformat(), each.assumed) not in figures
            and each.series_id in inputs.series
            and inputs.series[each.series_id].subject in subjects
        ]
    rows = [row for row in rows if not series or row["series_id"] in series]
    if not rows:
        expected = "at least one observation"
        raise InputError(Problem("command line", "export observations", "none", expected))
    rows.sort(key=lambda row: (row["series_id"], row["period_end"], row["published"]))
    run = run_of(case, 0, 0, "", started)
    return OldResult("export observations", run, tuple(rows), inputs.warnings)


def _check_observations(inputs: Inputs, series: Sequence[str], kind: str) -> None:
    known = {each.series_id for each in inputs.observations}
    problems = [
        Problem("command line", name, "no observation of it", "a series", did_you_mean(name, known))
        for name in series
        if name not in known
    ]
    if kind and kind not in KINDS:
        hint, expected = did_you_mean(kind, KINDS), f"one of {', '.join(KINDS)}"
        problems.append(Problem("command line", f"--kind {kind}", "no such kind", expected, hint))
    if problems:
        raise InputError(problems)


def _vintages(case: Case) -> Iterator[StoredRow]:
    """Yield every ingested row known by the case's day; of two of one day, the last to arrive."""
    if case.workspace is None:
        return
    last = {
        (*row.figure, row.published): row
        for row in open_store(case.workspace).observations()
        if case.as_of is None or row.published <= case.as_of.isoformat()
    }
    yield from last.values()


def _stored_row(row: StoredRow) -> Row:
    return _in_order(asdict(row))


def _observation_row(observation: Observation) -> Row:
    values = {each.name: getattr(observation, each.name) for each in fields(observation)}
    days = {name: values[name].isoformat() for name in ("period_end", "published")}
    return _in_order(values | days)


def _in_order(values: Row) -> Row:
    row = {name: _whole(values[name]) for name in COLUMNS}
    return row | {"assumed": "yes" if values["assumed"] else None}


def _whole(value: Any) -> Any:
    """Return a number without a fraction as a whole one, which reads better and says the same."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _MOST_WHOLE
    return int(value) if is_whole else value


def export_assumptions(
    case: Case,
    text: str = "",
    *,
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return every belief and driver as a flat table: as stated, prior and conditioned, source.

    `text` keeps those whose name, title or subject contains it. Raises InputError if none does.
    """
    found = list_assumptions(
        case,
        text,
        draws=draws,
        seed=seed,
        through=through,
        use_cache=use_cache,
        started=started,
    )
    columns = dict.fromkeys(key for row in found.rows for key in row)
    rows = tuple({key: row.get(key) for key in columns} for row in found.rows)
    return OldResult("export assumptions", found.run, rows, found.warnings)


def export_draws(
    case: Case,
    metrics: Sequence[str] = DEFAULT_METRICS,
    *,
    by: By = "year",
    shape: Shape = "wide",
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
    started: str = "",
) -> Result:
    """Return draws of metrics over every quarter or whole year.

    `wide`: one row for each draw with a column for each metric and period (inference_share@2028);
    `long`: one row for each draw, metric and period. An event is a quarter, None where it never
    happens. Draws of one number belong together, across metrics too. Raises InputError for metrics
    that do not exist or have no single value.
    """
    found, timeline, warnings = metric_draws(
        case, metrics, by=by, draws=draws, seed=seed, through=through, use_cache=use_cache
    )
    names = {key: key[0] if key[1] is None else f"{key[0]}@{key[1]}" for key in found}
    values = {key: _values(key[1], column) for key, column in found.items()}
    if shape == "wide":
        columns = list(names.values())
        rows = [
            {"draw": number, **dict(zip(columns, cells, strict=True))}
            for number, cells in enumerate(zip(*values.values(), strict=True))
        ]
    else:
        rows = [
            {"draw": number, "metric": metric, "period": period, "value": value}
            for (metric, period), column in values.items()
            for number, value in enumerate(column)
        ]
    chosen = [metric_meanings(case.inputs)[name] for name in metrics]
    return OldResult(
        "export draws",
        run_of(case, draws, seed, through, started),
        tuple(rows),
        warnings,
        {"metrics": metric_table(chosen), "first_projected": timeline.first_projected},
    )


def metric_draws(
    case: Case,
    metrics: Sequence[str],
    *,
    by: By = "year",
    draws: int = 8192,
    seed: int = 1,
    through: str = "2028",
    use_cache: bool = True,
) -> tuple[dict[tuple[str, str | None], Array], Timeline, tuple[str, ...]]:
    """Return draws, (draws,), by metric and period (None for an event, whose draws are quarters as
    in `periods`, infinite for never), with the grid and warnings.

    Raises InputError as `export_draws` does.
    """
    meanings = metric_meanings(case.inputs)
    _check_metrics(metrics, meanings)
    timeline = case.timeline(through)
    ensemble = build_ensemble(case, timeline, draws, seed, use_cache=use_cache)
    changed, warnings = apply_settings(case.inputs, ensemble, timeline, case.settings)
    samples = sample(case.inputs, ensemble, timeline, metrics, changed=changed)
    found: dict[tuple[str, str | None], Array] = {}
    for name in dict.fromkeys(metrics):
        if meanings[name].kind == "event":
            found[name, None] = np.asarray(samples.values[name][:, 0])
            continue
        for period in timeline.years if by == "year" else timeline.periods:
            found[name, period] = samples.at(name, period)
    return found, timeline, (*ensemble.report["warnings"], *warnings)


def _check_metrics(metrics: Collection[str], meanings: dict[str, Meaning]) -> None:
    problems = []
    for name in metrics:
        subject = f"--metric {name}"
        if name not in meanings:
            hint = did_you_mean(name, meanings) or "All of them: forecast metrics"
            expected = "an id that `forecast metrics` lists"
            problems.append(Problem("command line", subject, "no such metric", expected, hint))
        elif name == "binding_constraint":
            expected = "a metric with one value in each draw"
            found = "a constraint by quarter, not a number"
            problems.append(Problem("command line", subject, found, expected))
    if problems:
        raise InputError(problems)


def _values(period: str | None, column: Array) -> list[float] | list[str | None]:
    """Return draws as plain numbers, or those of an event as quarters."""
    if period is None:
        return [label(int(at)) if np.isfinite(at) else None for at in column.tolist()]
    return [plain(value) for value in column.tolist()]
