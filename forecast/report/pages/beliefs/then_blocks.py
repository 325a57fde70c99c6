"""What a hindcast believes, below its scores: what was not known then, and what that changes."""

from __future__ import annotations

from collections.abc import Iterator

from forecast.analysis.series.model_backtest import ModelBacktest
from forecast.report.blocks import Block, Prose, Table, grid_columns, rows_of
from forecast.report.numbers import quantity, quantity_band
from forecast.report.pages.beliefs.belief_words import SHORT
from forecast.result import Band

MOST_NAMED = 5
LEGEND = (
    "Medians with P10–P90, on what had been published by then: as believed then, and with what is"
    " believed today in its place (--beliefs today)."
)


def beliefs_blocks(result: ModelBacktest) -> Iterator[Block]:
    """Yield how many beliefs were not known then and which of them move the answer, and the
    headline metrics with today's instead; nothing where all were known."""
    rows = [row for row in result.beliefs if row.kind != "evidence"]
    if not rows:
        return
    by = {way: sum(row.by == way for row in rows) for way in ("vintage", "default", "nothing")}
    text = (
        f"{len(rows)} of {result.stated}: by an earlier vintage {by['vintage']}, by the default "
        f"{by['default']}, left out {by['nothing']}."
    )
    moving = [
        f"{row.belief} ({SHORT[row.moves]} {row.rank_correlation:+.2f}, by {row.by})"
        for row in rows[:MOST_NAMED]
        if row.moves is not None
    ]
    if moving:
        text += f" Those that move the answer most: {', '.join(moving)}."
    yield Prose(text, label="BELIEFS NOT KNOWN THEN")
    if not result.effects:
        return
    lines = (
        (
            f"{SHORT[row.metric]}, {row.period}",
            _band(row.then, row.unit),
            _band(row.today, row.unit),
        )
        for row in result.effects
    )
    columns = grid_columns("HEADLINE", "believed then", "believed today")
    yield Table("beliefs-then", "", columns, rows_of(lines))
    yield Prose(LEGEND, "quiet")


def _band(band: Band, unit: str) -> str:
    return f"{quantity(band.p50, unit)} ({quantity_band(band.p10, band.p90, unit)})"
