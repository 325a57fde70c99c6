"""Runs kept before: what each rests on and found, and how to name one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from forecast.analysis.project import Projection, Since
from forecast.codec import decode, encode
from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs import schema
from forecast.inputs.claims import claims_sha256
from forecast.inputs.schema import Inputs, Setting
from forecast.periods import is_year
from forecast.result import PERCENTILES, Result, Row, Run
from forecast.store import Store, StoredRun, open_store
from forecast.world.case import Case

NAME = "forecast"  # of a report that was given none
LAST = "last"
SHOWN = ("inference_share", "chip_spend")  # what a list of runs says of each at its horizon
_PER_ROW = (
    "metric", "dimension", "member", "period", "unit", "kind", "status", "observed", "mean",
    *(f"p{percentile}" for percentile in PERCENTILES),
    "mc_error", "probability_never",
)  # fmt: skip
Figures = dict[tuple[str, str | None, str | None], Row]  # by metric, period and member


@dataclass(frozen=True)
class Kept:
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
    rows: tuple[Row, ...] = ()
    given: Inputs | None = None

    @property
    def key(self) -> str:
        """A hash of all that decides what the run found."""
        return sha256(f"{self.run.key} {self.settings}".encode()).hexdigest()

    @cached_property
    def figures(self) -> Figures | None:
        """The rows by metric, period and member: every metric by year, headline ones by quarter."""
        rows = self.rows
        if self.stored and self.store:
            content = self.store.payload(self.stored.figures)
            if content is None:
                return None
            packed = json.loads(content)
            rows = tuple(dict(zip(packed["columns"], row, strict=True)) for row in packed["rows"])
        return {(row["metric"], row["period"], row["member"]): row for row in rows}

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


def new_run(case: Case, name: str, *results: Result) -> Kept:
    """Return a run of a case that is not kept yet, with the rows of its projections."""
    rows = {
        (row["metric"], row["period"], row["member"]): row for one in results for row in one.rows
    }
    run = results[0].run
    claims, found = claims_sha256(case.workspace), tuple(rows.values())
    return Kept(0, name, run, case.settings, claims=claims, rows=found, given=case.inputs)


def keep(case: Case, made: Kept, files: Sequence[str] = ()) -> None:
    """Keep a run, and which files it wrote, in the case's store.

    Raises InputError if the store cannot be written.
    """
    assert made.given is not None
    packed = [[row.get(column) for column in _PER_ROW] for row in made.rows]
    figures = json.dumps({"columns": _PER_ROW, "rows": packed}, separators=(",", ":")).encode()
    contents = {
        f"figures {made.key}": figures,
        _inputs_key(made.run): encode(made.given),
    }
    about = {
        "run": asdict(made.run) | {"duration_s": None},
        "settings": [asdict(each) for each in made.settings],
        "shown": _shown(made.rows),
        "files": list(files),
        "claims": made.claims,
    }
    keys = list(contents)
    stored = StoredRun(
        0, made.name, made.run.run_id, made.run.started, json.dumps(about), keys[0], keys[1]
    )
    open_store(case.workspace).keep_run(stored, contents)


def _inputs_key(run: Run) -> str:
    """Return the key of a run's inputs; records are kept by position, so their fields are in it."""
    records = [each for each in vars(schema).values() if is_dataclass(each)]
    shape = [[field.name for field in fields(each)] for each in records]
    return f"inputs {run.inputs_sha256} {sha256(repr(shape).encode()).hexdigest()[:8]}"


def _shown(rows: Sequence[Row]) -> list[Row]:
    """Return the rows that a list of runs shows: the last year of SHOWN, and the crossover."""
    found = {}
    for row in rows:
        if row["metric"] == "crossover" or (row["metric"] in SHOWN and is_year(row["period"])):
            found[row["metric"]] = row
    return list(found.values())


def kept_runs(workspace: Path | None) -> list[Kept]:
    """Return the runs kept in a workspace (or in the user's cache) in the order of arrival.

    A run that cannot be read is left out. Raises InputError if the store is broken.
    """
    store = open_store(workspace)
    found = (_read_kept(stored, store) for stored in store.runs())
    return [kept for kept in found if kept]


def _read_kept(stored: StoredRun, store: Store) -> Kept | None:
    """Return a run from its line in the store, None if that is damaged or of another shape."""
    try:
        about = json.loads(stored.about)
        settings = tuple(Setting(**each) for each in about["settings"])
        run, files = _read_run(about["run"]), tuple(about["files"])
    except (ValueError, LookupError, TypeError):
        return None
    claims = str(about.get("claims", ""))
    return Kept(stored.number, stored.name, run, settings, files, claims, stored, store)


def _read_run(about: Mapping[str, Any]) -> Run:
    """Return what identifies a run, as this version knows it."""
    known = {field.name for field in fields(Run)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in about.items()
        if name in known
    }
    return Run(**values)


def find_run(reference: str, runs: Sequence[Kept], subject: str = "") -> Kept:
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


def _by_day(word: str, runs: Sequence[Kept]) -> list[Kept]:
    """Return the runs that were started by the end of a day, none if it is no day."""
    from datetime import date

    try:
        day = date.fromisoformat(word).isoformat()
    except ValueError:
        return []
    return [each for each in runs if each.run.started[:10] <= day]


def last_run(runs: Sequence[Kept], name: str) -> Kept | None:
    """Return the run kept last under a name, None if there is none."""
    return next((each for each in reversed(runs) if each.name == name), None)


def since_kept(case: Case, result: Projection) -> Since | None:
    """Return how the first of SHOWN moved since the last run kept with the same settings, horizon
    and draws; None if there is none, or nothing moved.

    Nothing is computed anew; `new` is as `news` says.
    """
    store = open_store(case.workspace)
    now = Kept(0, "", result.run, case.settings)
    try:
        stored = store.runs()
    except InputError:  # a cache that cannot be read knows of no run
        return None
    for each in reversed(stored):
        kept = _read_kept(each, store)
        if kept is None or not {"settings", "horizon", "draws"}.isdisjoint(news(kept, now)):
            continue
        before = next((row for row in _shown_in(kept) if row["metric"] == SHOWN[0]), None)
        after = before and result.find(SHOWN[0], before["period"])
        if not before or not after or before["p50"] == after.quantiles.p50:
            return None
        run, medians = kept.run, (before["p50"], after.quantiles.p50)
        return Since(run.run_id, run.started, after.period, *medians, tuple(news(kept, now)))
    return None


def _shown_in(kept: Kept) -> list[Row]:
    """Return the rows that a list of runs shows of one."""
    rows: list[Row] = json.loads(kept.stored.about)["shown"] if kept.stored else []
    return rows


def history_rows(runs: Sequence[Kept]) -> list[Row]:
    """Return one row for each run, the last first, with what it found of SHOWN at its horizon and
    what is new in it against the run before of the same name."""
    rows = []
    for index, kept in reversed(list(enumerate(runs))):
        before = last_run(runs[:index], kept.name)
        rows.append(_history_row(kept, before))
    return rows


def _history_row(kept: Kept, before: Kept | None) -> Row:
    run = kept.run
    row: Row = {"run_id": run.run_id, "number": kept.number, "name": kept.name}
    row |= {key: value for key, value in asdict(run).items() if key != "duration_s"}
    row["new"] = None if before is None else news(before, kept)
    for each in _shown_in(kept):
        points = {f"{each['metric']}_p{p}": each[f"p{p}"] for p in PERCENTILES}
        row |= {f"{each['metric']}_period": each["period"], **points}
    return row


def news(before: Kept, after: Kept) -> list[str]:
    """Return in which respects a run differs from another: inputs, settings, code, draws."""
    first, second = before.run, after.run
    pairs = {
        "inputs": (first.inputs_sha256, second.inputs_sha256),
        "settings": (before.settings, after.settings),
        "horizon": (first.through, second.through),
        "code": ((first.code_sha256, first.version), (second.code_sha256, second.version)),
        "draws": ((first.seed, first.draws), (second.seed, second.draws)),
    }
    return [name for name, (old, new) in pairs.items() if old != new]
