"""Runs kept before: what each rests on and found, and how to name one."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from forecast.codec import decode, encode
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs import schema
from forecast.inputs.schema import Inputs, Kind, Setting
from forecast.inputs.yardsticks.claims import claims_sha256
from forecast.periods import is_year
from forecast.result import POINTS, Quantiles, Quarters, Run, columns
from forecast.store import Store, StoredRun, open_store
from forecast.world.case import Case
from forecast.world.rows import ConstraintRow, EventRow, MetricRow, ProbabilityRow, Status, ValueRow

NAME = "forecast"  # of a report that was given none
LAST = "last"
SHOWN = ("inference_share", "chip_spend")  # what a list of runs says of each at its horizon
_PER_ROW = (
    *("metric", "dimension", "member", "period", "unit", "kind", "status", "observed", "mean"),
    *(*POINTS, "mc_error", "probability_never"),
)


@dataclass(frozen=True)
class KeptRow:
    """A metric at a period, as the store kept it of a run."""

    metric: str
    dimension: str | None
    member: str | None
    period: str
    unit: str
    kind: Kind
    status: Status
    observed: float | None
    mean: float
    quantiles: Quantiles
    mc_error: float
    probability_never: None


Value = ValueRow | KeptRow
Figure = MetricRow | KeptRow
KeptFigures = Mapping[tuple[str, str | None, str | None], Figure]  # by metric, period and member


def value_in(figures: KeptFigures, metric: str, period: str) -> Value | None:
    """Return the row of a metric at a period, None if there is none."""
    row = figures.get((metric, period, None))
    return row if isinstance(row, ValueRow | KeptRow) else None


def event_in(figures: KeptFigures, metric: str) -> EventRow | None:
    """Return the row of an event, None if there is none."""
    row = figures.get((metric, None, None))
    return row if isinstance(row, EventRow) else None


@dataclass(frozen=True)
class KeptRun:
    """A run that was kept, or could be: what it rests on and what it found.

    `number` is its place in the order of arrival, 0 if it is not kept yet; `settings` are those of
    its scenarios and its own, `files` what it wrote, and `claims` a hash of the published claims
    that a report held against it. `figures` and `inputs` are None where they are kept no longer.
    """

    number: int
    name: str
    run: Run
    settings: tuple[Setting, ...]
    files: tuple[str, ...] = ()
    claims: str = ""
    stored: StoredRun | None = None
    store: Store | None = None
    rows: tuple[MetricRow, ...] = ()
    given: Inputs | None = None

    @property
    def key(self) -> str:
        """A hash of all that decides what the run found."""
        return sha256(f"{self.run.key} {self.settings}".encode()).hexdigest()

    @cached_property
    def figures(self) -> KeptFigures | None:
        """The rows by metric, period and member: every metric by year, headline ones by quarter."""
        rows: Sequence[Figure] = self.rows
        if self.stored and self.store:
            content = self.store.payload(self.stored.figures)
            if content is None:
                return None
            packed = json.loads(content)
            names = packed["columns"]
            rows = [_read_figure(dict(zip(names, row, strict=True))) for row in packed["rows"]]
        return {(row.metric, row.period, row.member): row for row in rows}

    @cached_property
    def inputs(self) -> Inputs | None:
        """The inputs, as they were; None also if they had another shape then."""
        if not self.stored or not self.store:
            return self.given
        if self.stored.inputs != _inputs_key(self.run):
            return None
        content = self.store.payload(self.stored.inputs)
        return None if content is None else decode(Inputs, content)

    def case(self, inputs: Inputs, workspace: Path | None) -> Case:
        """Return a case of inputs with the run's settings."""
        return Case(inputs, workspace, self.run.scenario, self.settings, None)


def store_folder(workspace: Path | None) -> Path:
    """Return the folder in which the store of a workspace is, or the user's cache."""
    return open_store(workspace).path.parent


def _read_figure(cells: Mapping[str, Any]) -> Figure:
    """Return a row from its columns, which hold what its fields do."""
    given = {name: cells[name] for name in _PER_ROW if name not in POINTS}
    points = points_of(cells)
    if cells["kind"] != "event":
        return KeptRow(**given, quantiles=Quantiles(points))
    if cells["period"] is None:
        return EventRow(**given, quantiles=Quarters(points), probability_up=None)
    given.pop("probability_never")
    if cells["member"] is None:
        return ProbabilityRow(**given, quantiles=Quarters(points), probability_up=None)
    return ConstraintRow(**given, quantiles=Quarters(points), probability_up=None)


def points_of(cells: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return percentiles; a run kept before P2.5 and P97.5 has its P5 and P95 in their place."""
    tails = {"p2_5": cells["p5"], "p97_5": cells["p95"]}
    return tuple({**tails, **cells}[name] for name in POINTS)


def new_run(case: Case, name: str, run: Run, rows: Iterable[MetricRow]) -> KeptRun:
    """Return a run of a case that is not kept yet, with the rows of its projections; of rows of one
    figure the last."""
    last = {(row.metric, row.period, row.member): row for row in rows}
    claims, distinct = claims_sha256(case.workspace), tuple(last.values())
    return KeptRun(0, name, run, case.settings, claims=claims, rows=distinct, given=case.inputs)


def keep(case: Case, made: KeptRun, files: Sequence[str] = ()) -> str:
    """Keep a run, and which files it wrote, in the case's store; return what of the oldest runs
    went for it, in words, empty if nothing did.

    Raises InputError if the store cannot be written.
    """
    assert made.given is not None
    rows = [columns(row) for row in made.rows]
    packed = [[row.get(column) for column in _PER_ROW] for row in rows]
    figures = json.dumps({"columns": _PER_ROW, "rows": packed}, separators=(",", ":")).encode()
    contents = {
        f"figures {made.key}": figures,
        _inputs_key(made.run): encode(made.given),
    }
    about = {
        "run": asdict(made.run) | {"duration_s": None},
        "settings": [asdict(each) for each in made.settings],
        "shown": [columns(row) for row in _shown(made.rows)],
        "files": list(files),
        "claims": made.claims,
    }
    keys = list(contents)
    stored = StoredRun(
        0, made.name, made.run.run_id, made.run.started, json.dumps(about), keys[0], keys[1]
    )
    return open_store(case.workspace).keep_run(stored, contents).sentence()


def _inputs_key(run: Run) -> str:
    """Return the key of a run's inputs; records are kept by position, so their fields are in it."""
    records = [each for each in vars(schema).values() if is_dataclass(each)]
    shape = [[field.name for field in fields(each)] for each in records]
    return f"inputs {run.inputs_sha256} {sha256(repr(shape).encode()).hexdigest()[:8]}"


def _shown(rows: Sequence[MetricRow]) -> list[MetricRow]:
    """Return the rows that a list of runs shows: the last year of SHOWN, and the crossover."""
    last = {}
    for row in rows:
        is_of_year = row.period is not None and is_year(row.period)
        if row.metric == "crossover" or (row.metric in SHOWN and is_of_year):
            last[row.metric] = row
    return list(last.values())


def kept_runs(workspace: Path | None) -> list[KeptRun]:
    """Return the runs kept in a workspace (or in the user's cache) in the order of arrival.

    A run that cannot be read is left out. Raises InputError if the store is broken.
    """
    store = open_store(workspace)
    found = (read_kept(stored, store) for stored in store.runs())
    return [kept for kept in found if kept]


def read_kept(stored: StoredRun, store: Store) -> KeptRun | None:
    """Return a run from its line in the store, None if that is damaged or of another shape."""
    try:
        about = json.loads(stored.about)
        settings = tuple(Setting(**each) for each in about["settings"])
        run, files = _read_run(about["run"]), tuple(about["files"])
    except (ValueError, LookupError, TypeError):
        return None
    claims = str(about.get("claims", ""))
    return KeptRun(stored.number, stored.name, run, settings, files, claims, stored, store)


def _read_run(about: Mapping[str, Any]) -> Run:
    """Return what identifies a run, as this version knows it."""
    known = {field.name for field in fields(Run)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in about.items()
        if name in known
    }
    return Run(**values)


def find_run(reference: str, runs: Sequence[KeptRun], subject: str = "") -> KeptRun:
    """Return the run that a reference names: an id or its beginning, `last`, `last~1`, or a day,
    which stands for the last run kept by its end.

    `subject` is the option it stands in. Raises InputError if there is none, or more than one.
    """
    subject = f"{subject} {reference}".strip()
    expected = "the id of a run that `forecast history` lists, last, last~1, or a day"
    if not runs:
        hint = "`forecast report` keeps one; so does `forecast project --keep`."
        raise InputError(
            Problem("command line", subject, "no run was kept here yet", expected, hint)
        )
    word, sign, back = reference.strip().lower().partition("~")
    if word == LAST and (not sign or back.isdecimal()):
        steps = int(back or 0)
        if steps < len(runs):
            return runs[-1 - steps]
        if len(runs) == 1:
            hint = "Another `forecast report`, and there are two to compare."
            raise InputError(Problem("command line", subject, "only one run was kept", LAST, hint))
        found = f"only {len(runs)} runs kept"
        raise InputError(Problem("command line", subject, found, f"last to last~{len(runs) - 1}"))
    if found_on := _by_day(word, runs):
        return found_on[-1]
    matching = [each for each in runs if word and each.run.run_id.startswith(word)]
    ids = list(dict.fromkeys(each.run.run_id for each in matching))
    if len(ids) == 1:
        return matching[-1]
    found = f"the beginning of {len(ids)} runs: {', '.join(ids[:5])}" if ids else "no such run"
    hint = "" if ids else did_you_mean(word, {each.run.run_id for each in runs})
    raise InputError(Problem("command line", subject, found, expected, hint))


def _by_day(word: str, runs: Sequence[KeptRun]) -> list[KeptRun]:
    """Return the runs that were started by the end of a day, none if it is no day."""
    from datetime import date

    try:
        day = date.fromisoformat(word).isoformat()
    except ValueError:
        return []
    return [each for each in runs if each.run.started[:10] <= day]


def last_run(runs: Sequence[KeptRun], name: str) -> KeptRun | None:
    """Return the run kept last under a name, None if there is none."""
    return next((each for each in reversed(runs) if each.name == name), None)


def news(before: KeptRun, after: KeptRun) -> tuple[str, ...]:
    """Return in which respects a run differs from another: inputs, settings, code, draws."""
    first, second = before.run, after.run
    pairs = {
        "inputs": (first.inputs_sha256, second.inputs_sha256),
        "settings": (before.settings, after.settings),
        "horizon": (first.through, second.through),
        "code": ((first.code_sha256, first.version), (second.code_sha256, second.version)),
        "draws": ((first.seed, first.draws), (second.seed, second.draws)),
    }
    return tuple(name for name, (old, new) in pairs.items() if old != new)
