"""Runs kept, how their forecasts did, and what became of alerts, in words and tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from forecast.report.blocks import (
    Block,
    Cell,
    Prose,
    Table,
    grid_columns,
    rows_of,
    text_columns,
)
from forecast.report.numbers import MISSING, median_band, quantity
from forecast.report.pages.runs.diff_pages import moment
from forecast.report.pages.runs.diff_pages import sentence as diff_sentence
from forecast.report.pages.whatif.changes import in_sentence, number, short_name
from forecast.report.words import first_line, in_short
from forecast.result import Quantiles

if TYPE_CHECKING:
    from forecast.analysis.runs.alerts import AlertRow
    from forecast.analysis.runs.history import HistoryRow
    from forecast.analysis.runs.report_contents import Report
    from forecast.analysis.runs.reporting import Written
    from forecast.analysis.runs.track_record import TrackRecord, TrackRow

KEEP_HINT = "No run was kept here yet. `forecast report` keeps one; so does `project --keep`."
NEWS = "New: in what a run differs from the one before of the same name."
SCORED = (
    "CRPS and bias (mean of median less observed) are in points for shares, in per cent, roughly, "
    "for levels. A quarter counts only if the run had seen no figure of it; bounds count on their "
    "side alone. Ahead: quarters from the end of the run's data."
)
SIGNS = {"gt": ">", "lt": "<", "approx": "~"}
LATEST = 8
BANDS = (10, 50, 90)


def history_page(rows: Sequence[HistoryRow], total: int, place: str) -> list[Block]:
    """Return the page: one line for each of `rows`, of `total` runs kept at a place."""
    if not rows:
        return [Prose(KEEP_HINT)]
    shown = f"{total} run{'s' if total != 1 else ''} kept in {place}"
    if len(rows) < total:
        shown += f"; the last {len(rows)}"
    names = {row.name for row in rows}
    periods = {row.shown.period("inference_share") for row in rows}
    when = "".join(f" {each}" for each in periods if each) if len(periods) == 1 else ""
    heads = ("RUN", "kept", f"share{when}", f"AI chips{when}", "new")
    lines = (
        (
            row.run_id if len(names) == 1 else f"{row.run_id} {row.name}",
            moment(row.run.started),
            _band(row, "inference_share", "share"),
            _band(row, "chip_spend", "USD"),
            _news(row),
        )
        for row in rows
    )
    return [
        Prose(f"{shown}, newest first.", "strong"),
        Table("runs", "", text_columns(*heads), rows_of(lines)),
        Prose(f"Median and P10–P90. {NEWS}", "quiet"),
    ]


def _band(row: HistoryRow, metric: str, unit: str) -> str:
    quantiles = row.shown.quantiles(metric)
    return MISSING if quantiles is None else _with_band(quantiles, unit)


def _with_band(quantiles: Quantiles, unit: str) -> str:
    low, middle, high = (quantiles.at(percentile) for percentile in BANDS)
    return median_band(low, middle, high, unit)


def _news(row: HistoryRow) -> str:
    return "first" if row.new is None else ", ".join(row.new) or "nothing"


def scores_page(result: TrackRecord | None) -> list[Block]:
    """Return how earlier runs' forecasts did."""
    if result is None:
        text = "Nothing that a kept run forecast has been observed since."
        return [Prose(text, "strong"), Prose(f"{SCORED}", "quiet")]
    return [*score_blocks(result), Prose(sentence(result), "strong", label="IN SHORT")]


def score_blocks(result: TrackRecord) -> list[Block]:
    """Return the answer in words, scores by metric and horizon, and the latest forecasts scored."""
    heads = ("ahead", "forecasts", "in 80%", "in 90%", "CRPS", "bias")
    latest = grid_columns("FORECAST OF", "quarter", "run", "said", "observed")
    return [
        Prose(sentence(result), "strong"),
        Table(
            "scores",
            "",
            grid_columns("METRIC", *heads),
            rows_of(_score_lines(result)),
        ),
        Prose(SCORED, "quiet"),
        Table("latest", "", latest, rows_of(_latest_lines(result))),
    ]


def sentence(result: TrackRecord) -> str:
    """Return how many forecasts were scored, and how many of them the bands held."""
    whole = [row for row in result.rows if row.horizon is None]
    in_80 = round(sum(row.coverage_80 * row.forecasts for row in whole))
    in_90 = round(sum(row.coverage_90 * row.forecasts for row in whole))
    count, metrics = len(result.forecasts), len(whole)
    return (
        f"{_counted(count, 'forecast')} of {_counted(metrics, 'metric')} can be held against what "
        f"was observed since: 80% bands held {in_80} of {count}, 90% bands {in_90}."
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def _score_lines(result: TrackRecord) -> Iterator[tuple[str, ...]]:
    for row in result.rows:
        is_whole = row.horizon is None
        yield (
            short_name(result.metrics, row.metric) if is_whole else "",
            "all" if is_whole else f"{row.horizon}",
            f"{row.forecasts}",
            f"{100.0 * row.coverage_80:.0f}%",
            f"{100.0 * row.coverage_90:.0f}%",
            _points(row, row.crps),
            MISSING if row.bias is None else _points(row, row.bias, "+"),
        )


def _points(row: TrackRow, value: float, sign: str = "") -> str:
    """Return a score in points of a share, or a difference of logarithms as per cent."""
    if row.kind == "share":
        return f"{number(value, 1, sign)} pp"
    return f"{number(100.0 * value, 0, sign)}%"


def _latest_lines(result: TrackRecord) -> Iterator[tuple[str, ...]]:
    rows = sorted(result.forecasts, key=lambda row: (row.period, row.number))
    for row in rows[-LATEST:]:
        said, sign = _with_band(row.quantiles, row.unit), SIGNS.get(row.observed_qualifier, "")
        observed = quantity(row.observed, row.unit, 3)
        name = in_sentence(short_name(result.metrics, row.metric))
        yield name, row.period, row.run_id, said, sign + observed


def alert_sentence(row: AlertRow) -> str:
    """Return what an alert that fires found: the alert as it was written, and the figure."""
    now = _figure(row.now, row.unit)
    if not row.is_change:
        return f"{row.alert}: it is {now}"
    return f"{row.alert}: it went from {_figure(row.before, row.unit)} to {now}"


def _figure(value: float | str | None, unit: str) -> str:
    if value is None:
        return "never, as far as the run goes"
    return value if isinstance(value, str) else quantity(value, unit, 3)


def report_page(written: Written, report: Report | None) -> list[Block]:
    """Return what a person is told of a report: what changed, the files, alerts, and the answer.

    Without a report nothing has changed since the run.
    """
    blocks: list[Block] = []
    run = written.run
    if report is None:
        text = (
            f"Nothing changed since run {run.run_id} ({moment(run.started)}): nothing was written."
        )
        blocks.append(Prose(text, "strong"))
    else:
        blocks.append(Prose(first_line(run), "quiet"))
        if report.since:
            blocks.append(Prose(diff_sentence(report.since), "strong", label="SINCE THE LAST RUN"))
        lines = rows_of((row.file, Cell(_size(row.bytes), row.bytes)) for row in written.rows)
        blocks.append(Table("files", "", grid_columns("WROTE", "size"), lines))
    blocks += [Prose(alert_sentence(row), label="ALERT") for row in written.alerts if row.fires]
    if report:
        blocks.append(Prose(in_short(report.projection, BANDS), "strong", label="IN SHORT"))
    return blocks


def _size(count: int) -> str:
    return f"{max(1, round(count / 1000)):,} kB"
