"""One number: a metric, a member of it or an event, with its neighbours in time, who leads, and
what others have published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from forecast.analysis.case_rows import case_rows, keys_of
from forecast.analysis.claims.rows import ComparedClaim
from forecast.analysis.get.near import nearest_claims
from forecast.analysis.get.question import Member, Question, read_question
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, is_year, label, quarter
from forecast.result import BESIDE, DEFAULT, RunOptions
from forecast.world.case import Case, run_of
from forecast.world.draws.parts import Progress, open_parts, silent
from forecast.world.history.outcomes import OutcomeRow
from forecast.world.metrics import MetricTable, metric_info, metric_meanings, status_of
from forecast.world.rows import ConstraintRow, MemberRow, MetricRow, member_row
from forecast.world.timeline import Timeline
from forecast.world.values import CONSTRAINT, Key, Taken

# The share that a metric is the numerator of, to say which part of the whole it is.
SHARES = {
    node.meaning.aggregate[0]: node.name
    for node in model_graph().nodes.values()
    if node.meaning.aggregate and node.meaning.unit == "share" and node.meaning.kind == "share"
}
# What says who leads beside a metric of a workload or of their split.
LEADS = {
    "inference_share": "inference_ahead",
    "inference_compute": "inference_ahead",
    "training_compute": "inference_ahead",
    "inference_spend_share": "inference_spend_ahead",
    "inference_chip_spend": "inference_spend_ahead",
    "training_chip_spend": "inference_spend_ahead",
    "crossover": "inference_ahead",
    "spend_crossover": "inference_spend_ahead",
}


@dataclass(frozen=True)
class Got(MetricTable):
    """The row of what was asked first (all members of what binds), then its neighbours in time, its
    share of the whole and who leads; beside them the nearest `published` claims with our
    percentiles, and the outcomes that are `given`. `asked` reads METRIC@PERIOD."""

    published: tuple[ComparedClaim, ...] = field(metadata=BESIDE)
    given: tuple[OutcomeRow, ...] = field(metadata=BESIDE)
    asked: str
    period: str | None
    part: Member | None
    neighbours: tuple[str, ...]

    @property
    def first(self) -> MetricRow:
        """The row of what was asked."""
        return self.rows[0]


def get(
    case: Case,
    options: RunOptions = DEFAULT,
    *,
    text: str,
    member: str | None = None,
    progress: Progress = silent,
) -> Got:
    """Return one number of a case: `METRIC[@PERIOD]`, the last whole year where no period is named,
    of a member if one is. `progress` is told how far many draws have got.

    Raises InputError for what cannot be asked.
    """
    timeline = case.timeline(options.through)
    asked = read_question(text, member, case.inputs, timeline)
    draws = open_parts(case, options)
    meanings = metric_meanings(case.inputs)
    others = [] if asked.part else [meanings[name] for name in _beside(asked.metric)]
    near = neighbours(asked.period, timeline)
    periods = [asked.period, *near] if asked.period else []
    when = [asked.period or timeline.years[-1]]
    own, place = keys_of([asked.meaning], periods), _place(asked.part)
    of_part: list[Key] = [(*key, *place) for key in own] if place else []
    taken = draws.take([*own, *of_part, *keys_of(others, when)], progress)
    if place:
        rows: list[MetricRow] = list(_member_rows(asked, place, taken, periods, timeline))
    else:
        rows = case_rows(case.inputs, timeline, [asked.meaning], periods, taken)
        rows = [row for row in rows if _is_asked(row, asked.part)]
    rows += case_rows(case.inputs, timeline, others, when, taken)
    return Got(
        command="get",
        run=run_of(case, options),
        rows=tuple(rows),
        warnings=draws.first.warnings,
        metrics=metric_info(sorted((asked.meaning, *others), key=lambda each: each.name)),
        first_projected=timeline.first_projected,
        published=nearest_claims(case, draws.first, asked),
        given=draws.first.outcomes,
        asked=asked.text,
        period=asked.period,
        part=asked.part,
        neighbours=near,
    )


def _beside(metric: str) -> list[str]:
    """Return what stands beside a metric: its share of the whole, and who leads."""
    return [name for name in (SHARES.get(metric), LEADS.get(metric)) if name]


def neighbours(period: str | None, timeline: Timeline) -> tuple[str, ...]:
    """Return the periods before and after one, of the same length, that a run shows."""
    if period is None:
        return ()
    length = 4 if is_year(period) else 1
    near = [quarter(period) - length, quarter(period) + length]
    shown = range(FIRST_QUARTER + length - 1, FIRST_QUARTER + timeline.horizon)
    return tuple(
        str(each // 4) if is_year(period) else label(each) for each in near if each in shown
    )


def _place(part: Member | None) -> tuple[str, str] | None:
    """Return dimension and member of a part with draws of its own: what binds has none."""
    if part is None or part.metric == CONSTRAINT:
        return None
    return part.dimension, part.member


def _is_asked(row: MetricRow, part: Member | None) -> bool:
    return part is None or not isinstance(row, ConstraintRow) or row.member == part.member


def _member_rows(
    asked: Question,
    place: tuple[str, str],
    taken: Taken,
    periods: Sequence[str],
    timeline: Timeline,
) -> Iterator[MemberRow]:
    """Yield the row of a part, (dimension, member), at each period, with its share of the whole."""
    for period in periods:
        status = status_of(None, quarter(period) - FIRST_QUARTER, timeline)
        draws, whole = taken[asked.metric, period, *place], taken[asked.metric, period]
        yield member_row(asked.meaning, place, period, draws, whole, status)
