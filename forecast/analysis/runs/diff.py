"""What moved between two runs, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from forecast.analysis.runs.causes import (
    Amounts,
    Pair,
    Question,
    Way,
    all_in_one,
    amounts_of,
    changes_between,
    code_of,
    draws_of_run,
    pair_of,
    steps_between,
)
from forecast.analysis.runs.history import Figures, Kept, find_run, kept_runs
from forecast.errors import InputError, Problem, did_you_mean
from forecast.periods import is_year, quarter
from forecast.result import PERCENTILES, OldResult, Result, Row
from forecast.world.metrics import metric_meanings
from forecast.world.rows import difference_row, metric_table, plain

HEADLINES = (
    "inference_share",
    "inference_compute",
    "training_compute",
    "compute_stock",
    "chip_spend",
    "ai_capex",
    "ai_power_capacity",
)
PARTS = ("observations", "assumptions", "inputs", "settings", "code", "sampling")
CROSSOVER = "crossover"


def diff(
    first: Kept,
    second: Kept,
    *,
    workspace: Path | None,
    asked: Sequence[str] = (),
    use_cache: bool = True,
) -> Result:
    """Return what moved from one run to another and why.

    Rows are those of a projection with `case` first: base (the first run's figures), changed (the
    second's) or difference, taken draw by draw on the first run's draws where inputs or settings
    differ, with `change` (of the medians) and `probability_up`. They cover HEADLINES at the last
    year that both have and the crossover, or what is `asked` as METRIC@PERIOD.

    `extra["attribution"]` has a row for each metric and cause: `part` is one of PARTS, `amount` is
    in the metric's unit, and the amounts of a metric sum to its `change`; `error` is the Monte
    Carlo error. Raises InputError for figures that were not kept.
    """
    questions = _questions(first, second, asked)
    changes = changes_between(first, second)
    steps = steps_between(changes, first, second)
    way = Way(first, second, questions, steps, workspace, use_cache)
    warnings: tuple[str, ...] = ()
    try:
        amounts, samples = amounts_of(way)
    except InputError as error:
        amounts, samples = all_in_one(way), None
        why = error.problems[0].sentence()
        warnings = (f"causes cannot be told apart, because not all could be run anew: {why}",)
    rows = [row for each in questions for row in _rows(each, samples)]
    if not asked:
        rows += _event_rows(first, second)
    is_same = first.key == second.key
    extra = {
        "runs": [_about(first), _about(second)],
        "metrics": metric_table([each.meaning for each in questions]),
        "attribution": [] if is_same else _part_rows(questions, amounts),
        "identical": is_same,
        "same_draws": draws_of_run(first) == draws_of_run(second),
        "same_code": code_of(first) == code_of(second),
        "checked": [each.title for each in changes if not each.counts],
    }
    return OldResult("diff", second.run, tuple(rows), warnings, extra)


def _part_rows(questions: Sequence[Question], amounts: Amounts) -> list[Row]:
    """Return the attribution, metric by metric."""
    return [
        {
            "metric": each.meaning.name,
            "period": each.period,
            "unit": each.meaning.unit,
            "part": step.part,
            "name": step.title,
            "old": step.old,
            "new": step.new,
            "place": step.place,
            "amount": float(values[index]),
            "error": None if errors is None else plain(float(errors[index])),
        }
        for index, each in enumerate(questions)
        for step, values, errors in amounts
    ]


def _rows(question: Question, samples: Pair | None) -> list[Row]:
    """Return the figures of both runs and their difference."""
    meaning, period = question.meaning, question.period
    if samples:
        change = difference_row(meaning, period, *pair_of(question, samples))
    else:
        blank = dict.fromkeys(f"p{percentile}" for percentile in PERCENTILES)
        change = {**question.after, "observed": None, "mean": None, **blank, "mc_error": None}
        change["probability_up"] = None
    return [
        {"case": "base", **question.before},
        {"case": "changed", **question.after},
        {"case": "difference", **change, "change": question.whole},
    ]


def _event_rows(first: Kept, second: Kept) -> list[Row]:
    """Return when inference overtakes training in both runs; `change` is in quarters."""
    pair = [(each.figures or {}).get((CROSSOVER, None, None)) for each in (first, second)]
    if pair[0] is None or pair[1] is None:
        return []
    moments = [row["p50"] for row in pair if row]
    quarters = [quarter(each) for each in moments if each]
    blank = dict.fromkeys(f"p{percentile}" for percentile in PERCENTILES)
    never = [float(row["probability_never"]) for row in pair if row]
    change = {
        **pair[1],
        **blank,
        "mc_error": None,
        "probability_never": plain(never[1] - never[0]),
        "probability_up": None,
        "change": quarters[1] - quarters[0] if len(quarters) == 2 else None,
    }
    rows = zip(("base", "changed", "difference"), (pair[0], pair[1], change), strict=True)
    return [{"case": case, **row} for case, row in rows]


def _questions(first: Kept, second: Kept, asked: Sequence[str]) -> tuple[Question, ...]:
    """Return what is compared. Raises InputError with every problem."""
    before, after = _figures(first), _figures(second)
    inputs = second.inputs or first.inputs
    if inputs is None:
        raise InputError(_gone(second, "inputs"))
    meanings = metric_meanings(inputs)
    problems: list[Problem] = []
    found: list[Question] = []
    for metric, period in _asked_pairs(asked, before, after):
        rows = [each.get((metric, period, None)) for each in (before, after)]
        if rows[0] is None or rows[1] is None or metric not in meanings:
            problems.append(_not_kept(f"{metric}@{period}", metric, before.keys() & after.keys()))
        elif meanings[metric].kind != "event":
            found.append(Question(meanings[metric], period, rows[0], rows[1]))
    if problems:
        raise InputError(problems)
    return tuple(found)


def _figures(kept: Kept) -> Figures:
    if kept.figures is None:
        raise InputError(_gone(kept, "figures"))
    return kept.figures


def _gone(kept: Kept, what: str) -> Problem:
    return Problem("command line", kept.run.run_id, f"its {what} are kept no longer", "a later run")


def _asked_pairs(asked: Sequence[str], before: Figures, after: Figures) -> list[tuple[str, str]]:
    """Return the metrics and periods asked for, or HEADLINES at the last year that both have."""
    if asked:
        parts = [text.partition("@") for text in asked]
        return [(metric.strip(), period.strip().upper()) for metric, _, period in parts]
    years = [period for name, period, _ in before.keys() & after.keys() if name == HEADLINES[0]]
    last = max((each for each in years if each and is_year(each)), default="")
    return [(name, last) for name in HEADLINES]


def _not_kept(
    text: str, metric: str, known: Collection[tuple[str, str | None, str | None]]
) -> Problem:
    """Return the problem that the runs did not keep a metric at a period."""
    names = {name for name, period, _ in known if period}
    expected = "METRIC@PERIOD that both runs kept: every metric by year, headline ones by quarter"
    hint = "" if metric in names else did_you_mean(metric, names)
    return Problem("command line", f"--metric {text}", "not among what both kept", expected, hint)


def _about(kept: Kept) -> Row:
    run = kept.run
    return {
        "run_id": run.run_id,
        "number": kept.number,
        "name": kept.name,
        "started": run.started,
        "data_through": run.data_through,
    }


def diff_runs(
    first: str,
    second: str,
    workspace: Path | None,
    *,
    asked: Sequence[str] = (),
    use_cache: bool = True,
) -> Result:
    """Return what moved between two runs that are referred to as `find_run` reads it.

    Raises InputError for a reference that names no run, with those of both.
    """
    runs = kept_runs(workspace)
    found: list[Kept] = []
    problems: list[Problem] = []
    for reference in (first, second):
        try:
            found.append(find_run(reference, runs))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(dict.fromkeys(problems))
    return diff(found[0], found[1], workspace=workspace, asked=asked, use_cache=use_cache)
