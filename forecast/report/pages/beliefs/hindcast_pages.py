"""The pages of a hindcast: scores by metric and horizon, and the comparison with published ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from forecast.analysis.hindcast.published.scores import counted_in
from forecast.analysis.hindcast.scoring.rows import (
    Estimate,
    HeadToHead,
    Hindcast,
    HindcastRow,
    HindcastScore,
    PublishedRow,
    PublishedScore,
)
from forecast.analysis.hindcast.scoring.truth import TOTAL
from forecast.periods import quarter
from forecast.report.blocks import (
    Block,
    Chart,
    Prose,
    Row,
    Table,
    grid_columns,
    heading_row,
    number_columns,
    row_of,
    rows_of,
    text_columns,
)
from forecast.report.characters.fans import Moment, fan_chart
from forecast.report.numbers import MISSING, signed
from forecast.report.pages.beliefs.fit_pages import source_line

HORIZONS = (1, 2, 4, 8, 12)  # quarters ahead that a page shows; machine formats carry all
PARTS = {
    "money": "Money alone: capex by company and vendors' revenue",
    "model": "The whole model, metrics and drivers that were observed since",
}
SCORE_COLUMNS = ("n", "CRPS", "in 50, 80, 95%", "score", "bias", "/walk", "/growth")
LEGEND = (
    "CRPS, score (the interval score of the 80% band) and bias (median less outcome) in natural"
    " logarithms for levels and percentage points for shares; n counts forecasts. In: how often the"
    " bands held, that of 80% with a 95% interval from a bootstrap over years of origins. /walk and"
    " /growth: the weighted interval score over that of a random walk with drift, and of last"
    " year's growth repeated; below 1 is better. Quarters are how far ahead, over all origins."
)
PUBLISHED_COLUMNS = (
    "PUBLISHED FORECASTS", "n", "outcomes", "their error", "ours", "walk", "ours / theirs",
    "ours / walk", "nearer, %", "in 80% band, %",
)  # fmt: skip
PUBLISHED_LEGEND = (
    "Errors are medians of |logarithm| of forecast over outcome, one vote for each outcome; walk is"
    " a random walk with drift. In brackets 95% intervals from a bootstrap over outcomes, where"
    " there are several. Forecasts of a period that was over are left out, and what is provisional"
    " is no outcome yet."
)
UNSCORED = (
    "No forecast could be scored: none was answered whose period was still open, that is no bound"
    " and of which an outcome is known."
)


def hindcast_page(result: Hindcast, width: int, *, chart: bool = False) -> list[Block]:
    """Return the page of a hindcast: scores of each metric over groups of origins, then by quarters
    ahead; with `chart` the five companies' capex from each fourth quarter."""
    blocks: list[Block] = [Prose(source_line(result.run), "quiet")]
    if chart:
        blocks += _charts(result, width)
    for part, title in PARTS.items():
        mine = [score for score in result.scores if score.part == part]
        if mine:
            blocks.append(Prose(title, "strong"))
        for metric in dict.fromkeys(score.metric for score in mine):
            blocks.append(scores_table([each for each in mine if each.metric == metric]))
    return [*blocks, Prose(LEGEND, "quiet")]


def scores_table(scores: Sequence[HindcastScore]) -> Table:
    """Return the scores of a metric: over all horizons by group of origins, then of all origins by
    quarters ahead."""
    shown = [each for each in scores if each.horizon is None or each.horizon in HORIZONS]
    columns = grid_columns(scores[0].metric, *SCORE_COLUMNS)
    lines = rows_of((_which(each), *_cells(each)) for each in shown)
    return Table(f"{scores[0].part}-{scores[0].metric}", "", columns, lines)


def _which(score: HindcastScore) -> str:
    if score.horizon is None:
        return score.origins
    return f"{score.horizon} quarter{'s' * (score.horizon > 1)}"


def _cells(score: HindcastScore) -> Iterator[str]:
    is_share = score.kind == "share"
    yield str(score.quarters) + (f", {score.bounds} bounds" if score.bounds else "")
    yield _size(score.crps, 3, is_share=is_share)
    half, most = (f"{100 * each.value:.0f}" for each in (score.coverage_50, score.coverage_95))
    yield f"{half}, {_held(score.coverage_80)}, {most}"
    yield _size(score.interval_score_80, 2, is_share=is_share)
    yield MISSING if score.bias is None else _size(score.bias, 2, is_share=is_share)
    yield _ratio(score.wis_over_walk)
    yield _ratio(score.wis_over_growth)


def _size(value: float, decimals: int, *, is_share: bool) -> str:
    return signed(f"{value:.2f} pp" if is_share else f"{value:.{decimals}f}")


def _ratio(value: float | None) -> str:
    return MISSING if value is None else f"{value:.2f}"


def _held(coverage: Estimate) -> str:
    low, high = (f"{100 * each:.0f}" for each in (coverage.low, coverage.high))
    return f"{100 * coverage.value:.0f} ({low}–{high})"


def _charts(result: Hindcast, width: int) -> Iterator[Chart]:
    """Yield the fan of the five's capex from each fourth quarter, with what came."""
    mine = [row for row in result.rows if row.part == "money" and row.metric == TOTAL]
    made = [row for row in mine if row.method == "forecast"]
    came = {quarter(row.period): row.observed for row in made}
    for origin in dict.fromkeys(row.origin for row in made if row.origin.endswith("Q4")):
        fan = [row for row in made if row.origin == origin]
        shown = [(_time(at), value) for at, value in came.items() if at <= quarter(fan[-1].period)]
        yield fan_chart(f"Capex of the five from {origin}", "USD", shown, moments(fan), width)


def moments(rows: Sequence[HindcastRow]) -> list[Moment]:
    """Return forecasts as a path in time."""
    return [Moment(_time(quarter(row.period)), row.quantiles) for row in rows]


def _time(at: int) -> float:
    return (at + 0.5) / 4.0


def published_page(result: HeadToHead, *, each: bool = False) -> list[Block]:
    """Return the page of the comparison: errors by group, with `each` every forecast beside ours,
    and what could not be answered."""
    blocks: list[Block] = [Prose(source_line(result.run), "quiet")]
    if each and result.rows:
        blocks.append(each_table(result.rows))
    if result.scores:
        blocks += [published_table(result.scores), Prose(PUBLISHED_LEGEND, "quiet")]
    else:
        blocks.append(Prose(UNSCORED))
    if result.unanswered:
        blocks.append(unanswered_table(result))
    return blocks


def each_table(rows: Sequence[PublishedRow]) -> Table:
    """Return every forecast that was answered beside ours, a walk and what came; below it who said
    it of what, where it is counted, and by which ratios ours is in its terms."""
    columns = grid_columns("EACH FORECAST", "theirs", "ours (80%)", "walk", "came")
    lines = []
    for row in rows:
        lines.append(row_of(row.forecast_id, *compared(row)))
        said = f"{row.who}, {row.published}, of {row.target_period}: {counted_in(row)}"
        remark = f"{said}; {row.converted}" if row.converted else said
        lines.append(replace(heading_row(remark, columns), depth=1, is_quiet=True))
    return Table("each-forecast", "", columns, tuple(lines))


def compared(row: PublishedRow) -> Iterator[str]:
    """Yield what others said, our median with its 80% band, a walk's and what came, in the unit of
    what was said."""
    sign = "%" if row.unit.startswith("percent") else ""
    ends = [written_out(each, 4) for each in (row.low, row.high) if each is not None]
    if row.mid is not None:
        yield f"{written_out(row.mid, 4)}{sign}"
    else:
        bound = "" if len(ends) == 2 else ">" if row.high is None else "<"
        yield f"{bound}{'–'.join(ends)}{sign}"
    low, middle, high = (written_out(row.quantiles.at(each), 3) for each in (10, 50, 90))
    yield f"{middle}{sign} ({low}–{high})"
    yield MISSING if row.walk is None else f"{written_out(row.walk, 3)}{sign}"
    yield MISSING if row.outcome is None else f"{written_out(row.outcome, 4)}{sign}"


def written_out(value: float, digits: int) -> str:
    """Return a figure to so many digits, all those before the point at least."""
    whole = f"{value:,.0f}"
    return whole if abs(value) >= 10.0**digits - 0.5 else f"{value:.{digits}g}"


def published_table(scores: Sequence[PublishedScore]) -> Table:
    """Return errors by group and quantity."""
    columns = grid_columns(PUBLISHED_COLUMNS[0], *PUBLISHED_COLUMNS[1:])
    return Table("published", "", columns, tuple(map(_published, scores)))


def _published(score: PublishedScore) -> Row:
    return row_of(score.quantity or score.group, *_errors(score), depth=1 if score.quantity else 0)


def _errors(score: PublishedScore) -> Iterator[str]:
    yield str(score.forecasts)
    yield str(score.outcomes)
    for size in (score.error, score.error_ours, score.error_walk):
        yield MISSING if size is None else f"{size:.3f}"
    for each in (score.ratio, score.ratio_to_walk):
        band = f" ({each.low:.2f}–{each.high:.2f})" if each and score.outcomes > 1 else ""
        yield MISSING if each is None else f"{each.value:.2f}{band}"
    yield _share(score.nearer, score.outcomes)
    yield _share(score.held_80, score.outcomes)


def _share(share: Estimate, outcomes: int) -> str:
    """Return a share in per cent; of one outcome without an interval, which it cannot have."""
    return _held(share) if outcomes > 1 else f"{100 * share.value:.0f}"


def unanswered_table(result: HeadToHead) -> Table:
    """Return how many forecasts could not be answered, by reason."""
    reasons: dict[str, list[str]] = {}
    for row in result.unanswered:
        reasons.setdefault(row.reason, []).append(row.forecast_id)
    lines = ((reason, str(len(ids)), _few(ids)) for reason, ids in reasons.items())
    columns = (
        *text_columns("NOT ANSWERED, BECAUSE"),
        *number_columns("n"),
        *text_columns("forecasts"),
    )
    return Table("not-answered", "", columns, rows_of(lines))


def _few(ids: Sequence[str]) -> str:
    return ", ".join(ids[:4]) + (f" and {len(ids) - 4} more" if len(ids) > 4 else "")
