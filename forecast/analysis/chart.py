"""Metrics by quarter for a chart, flows at the rate of a year."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.analysis.get.question import COMMAND_LINE, Member, Question, read_question
from forecast.analysis.project import project
from forecast.errors import InputError, Problem
from forecast.inputs.schema import Inputs
from forecast.model.equations import model_graph
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, quarter
from forecast.result import DEFAULT, PERCENTILES, Quantiles, RunOptions
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.metrics import MetricInfo, MetricTable, metric_info, status_of
from forecast.world.rows import MetricRow, ProbabilityRow, ValueRow, value_row
from forecast.world.timeline import Timeline
from forecast.world.values import CONSTRAINT

QUARTERS = 4.0


@dataclass(frozen=True)
class Charted(MetricTable):
    """Metrics by quarter in the order asked for; flows are at the rate of a year, in their unit a
    year."""

    def drawn(self, metric: str) -> list[ValueRow]:
        """Return the rows of a metric as they are drawn; a probability has no band."""
        return [
            _as_value(row) if isinstance(row, ProbabilityRow) else row
            for row in self.rows
            if row.metric == metric and isinstance(row, ValueRow | ProbabilityRow)
        ]


def chart(case: Case, options: RunOptions = DEFAULT, *, metrics: Sequence[str]) -> Charted:
    """Return metrics by quarter, and parts of them as their share of the whole. Raises InputError
    for names that are none, and for what has no value in a quarter."""
    timeline = case.timeline(options.through)
    asked = _asked(metrics, case.inputs, timeline)
    wholes = tuple(dict.fromkeys(each.metric for each in asked))
    result = project(case, options, by="quarter", metrics=wholes)
    about: dict[str, MetricInfo] = {}
    rows: list[MetricRow] = []
    for each in asked:
        if each.part:
            meaning = _share_of(each.part, each.meaning)
            about |= metric_info([meaning])
            rows += _part_rows(case, options, timeline, each.part, meaning)
        else:
            info = result.metrics[each.metric]
            if info.kind == "flow":
                info = replace(info, unit=f"{info.unit}/year", kind="rate")
            about[each.metric] = info
            rows += _annualised(row for row in result.rows if row.metric == each.metric)
    return Charted(
        command="chart",
        run=result.run,
        rows=tuple(rows),
        warnings=result.warnings,
        metrics=about,
        first_projected=result.first_projected,
    )


def _asked(texts: Sequence[str], inputs: Inputs, timeline: Timeline) -> list[Question]:
    """Return the metrics, and parts of them, that are named, each once."""
    problems: list[Problem] = []
    found: dict[str, Question] = {}
    for text in dict.fromkeys(texts):
        if "@" in text:
            expected = "a metric alone, as a chart shows every quarter"
            problems.append(Problem(COMMAND_LINE, text, "a period", expected))
            continue
        try:
            question = read_question(text, None, inputs, timeline)
        except InputError as error:
            problems += error.problems
            continue
        if question.meaning.is_moment or question.metric == CONSTRAINT:
            wrong = "an event, which has no value in a quarter"
            hint = ""
            if question.meaning.is_moment:
                hint = "Who leads in each quarter: inference_ahead, inference_spend_ahead."
            problems.append(Problem(COMMAND_LINE, text, wrong, "a metric with values", hint))
        found.setdefault(question.part.name if question.part else question.metric, question)
    if problems:
        raise InputError(problems)
    return list(found.values())


def _share_of(part: Member, whole: Meaning) -> Meaning:
    """Return what the share of a part is."""
    title = f"{part.member.replace('_', ' ')}, share of {whole.title}"
    title = f"{title[:1].upper()}{title[1:]}"
    return replace(
        whole, name=part.name, unit="share", kind="share", title=title, definition=f"{title}."
    )


def _part_rows(
    case: Case, options: RunOptions, timeline: Timeline, part: Member, meaning: Meaning
) -> Iterator[MetricRow]:
    """Yield what a part takes of its whole in each quarter."""
    record = model_graph().record_of(part.metric, part.dimension)
    values = open_world(case, options).values({part.metric, record})
    for period in timeline.periods:
        whole = values.at(part.metric, period)
        draws = values.at(part.metric, period, part.dimension, part.member)
        share = np.divide(draws, whole, out=np.zeros_like(whole), where=whole > 0.0)
        status = status_of(None, quarter(period) - FIRST_QUARTER, timeline)
        yield value_row(meaning, period, share, status, None)


def _annualised(rows: Iterable[MetricRow]) -> Iterator[MetricRow]:
    """Yield rows with flows of a quarter at the rate of a year."""
    for row in rows:
        if isinstance(row, ValueRow) and row.kind == "flow":
            yield annual_rate(row)
        else:
            yield row


def annual_rate(row: ValueRow) -> ValueRow:
    """Return the flow of a quarter at the rate of a year."""
    return replace(
        row,
        unit=f"{row.unit}/year",
        kind="rate",
        observed=None if row.observed is None else QUARTERS * row.observed,
        mean=QUARTERS * row.mean,
        quantiles=Quantiles(tuple(QUARTERS * value for value in row.quantiles.values)),
        mc_error=QUARTERS * row.mc_error,
    )


def _as_value(row: ProbabilityRow) -> ValueRow:
    """Return a probability as a level without a band."""

    return ValueRow(
        metric=row.metric,
        dimension=None,
        member=None,
        period=row.period,
        unit=row.unit,
        kind="share",
        status=row.status,
        observed=None,
        mean=row.mean,
        quantiles=Quantiles((row.mean,) * len(PERCENTILES)),
        mc_error=row.mc_error,
        observed_qualifier=None,
    )
