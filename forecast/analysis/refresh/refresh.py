"""What public sources have published since: fetched, checked, compared, and stored as vintages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from forecast.analysis.refresh.checks import check
from forecast.analysis.refresh.choosing import check_series, chosen_sources
from forecast.analysis.refresh.compare import automatic_news, known_figures, statements, unheard
from forecast.analysis.refresh.due import due_rows
from forecast.analysis.refresh.fetching import Got, fetch
from forecast.analysis.refresh.judging import News
from forecast.analysis.refresh.rows import (
    FailedRow,
    Refresh,
    RefreshRow,
    SourceRow,
    news_row,
    proposal,
    proposed_row,
    stored_row,
)
from forecast.errors import ForecastError, InputError
from forecast.inputs.ingest.feeds import notes_on_series
from forecast.inputs.ingest.ingested import merge, read_ingested
from forecast.inputs.loading import load, with_own_series
from forecast.inputs.places import is_workspace
from forecast.inputs.schema import Inputs
from forecast.sources.adapters import ADAPTERS, adapter_keys, read
from forecast.sources.addresses import FetchError
from forecast.sources.bodies import Bodies
from forecast.sources.client import Fetcher
from forecast.sources.declared import Declared, Source, read_sources
from forecast.sources.figures import DriftError, Reading
from forecast.store import Store, StoredRow, open_store
from forecast.store.fetched import (
    Address,
    Fetched,
    Proposal,
    SourceState,
    addresses,
    keep,
    keep_states,
    proposals,
    source_states,
)

BODIES_FOLDER = Path(".forecast") / "bodies"


@dataclass
class _Night:
    """One refresh under way: what is known, and what came of it so far."""

    inputs: Inputs
    declared: Declared
    store: Store
    bodies: Bodies
    client: Fetcher
    today: date
    dry_run: bool
    known_addresses: dict[str, Address]
    states: dict[str, SourceState]
    proposals: list[Proposal]
    stored: set[tuple[str, date]]
    arrived: list[StoredRow] = field(default_factory=list)
    unchanged: list[tuple[SourceState, list[Address]]] = field(default_factory=list)
    rows: list[RefreshRow] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    failed: list[FailedRow] = field(default_factory=list)

    def names_read(self) -> set[str]:
        """Return the names of the sources that were taken up so far."""
        return {each.source for each in self.sources}


@dataclass(frozen=True)
class _Found:
    """What one source said: all figures, those that are news with their rows, and statements that
    were not made before."""

    source: Source
    got: Got
    reading: Reading
    news: list[News]
    rows: list[StoredRow]
    proposed: list[Proposal]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What waits or has ended."""
        waiting = (f"not there yet: {url}" for url in self.got.waiting)
        return (*self.reading.remarks, *waiting)

    def source_row(self) -> SourceRow:
        """Return how many figures are what."""
        new = sum(each.old is None for each in self.news)
        changed = {(each.figure.series_id, each.figure.period_end) for each in self.news}
        figures = self.reading.figures
        same = sum((each.series_id, each.period_end) not in changed for each in figures)
        return SourceRow(
            self.source.name,
            self.source.title,
            "read",
            new,
            len(self.news) - new,
            same - len(self.proposed),
            len(self.proposed),
            self.remarks,
        )


def refresh(
    workspace: Path,
    client: Fetcher,
    today: date,
    *,
    only: Sequence[str] = (),
    dry_run: bool = False,
    stage: Callable[[str], None] = lambda _: None,
) -> Refresh:
    """Read all sources, or `only` some, and store what they published in a folder's store.

    A source that cannot be read or is not what it was costs nothing but itself, and another is read
    in its place if it names one. With `dry_run` nothing is written. `stage` is told which source
    comes next.

    Raises InputError if the sources are not declared well, `only` names none, or the store cannot
    be written; ForecastError if a body cannot.
    """
    inputs = load(workspace if is_workspace(workspace) else None)
    declared = read_sources(workspace, adapter_keys())
    inputs = with_own_series(inputs, workspace, declared.kinds())
    check_series(declared, inputs)
    chosen = chosen_sources(declared, only)
    store = open_store(workspace)
    known = store.observations()
    night = _Night(
        inputs,
        declared,
        store,
        Bodies(workspace / BODIES_FOLDER, today),
        client,
        today,
        dry_run,
        store.look_up(addresses, {}),
        store.look_up(source_states, {}),
        store.look_up(proposals, []),
        {(row.series_id, date.fromisoformat(row.period_end)) for row in known},
    )
    for source in chosen:
        stage(f"reading {source.title}")
        _take_up(source, night)
    if night.unchanged and not dry_run:
        store.change(lambda connection: keep_states(connection, night.unchanged))
    if night.arrived:
        # What is stored is parsed now, once for the report and the next night too.
        inputs = _with_rows(inputs, night.arrived) if dry_run else load(workspace)
    _, arrived, _ = read_ingested(night.arrived, inputs.series, {}, None)
    return Refresh(
        tuple(night.rows),
        tuple(night.sources),
        due_rows(inputs, declared, today),
        tuple(night.failed),
        notes_on_series(arrived, inputs),
        store.path,
        dry_run,
    )


def _take_up(source: Source, night: _Night) -> None:
    """Read one source and store what is news; what is wrong with it is noted, and the source that
    it names for that is read."""
    state = night.states.get(source.name)
    try:
        got = fetch(source, night.client, night.bodies, night.known_addresses, night.today)
        if state is not None and state.digest == got.digest(source):
            _note_unchanged(source, got, state, night)
            return
        found = _read(source, got, state, night)
    except (FetchError, DriftError) as error:
        good = state.day if state else ""
        row = FailedRow(source.name, source.title, error.found, error.expected, good, error.hint)
        night.failed.append(row)
        night.sources.append(SourceRow(source.name, source.title, "failed", 0, 0, 0, 0, ()))
        for second in night.declared.sources:
            if second.name == source.otherwise and second.name not in night.names_read():
                _take_up(second, night)
        return
    if not night.dry_run:
        _store(found, night)
    night.arrived += found.rows
    night.rows += [news_row(source, each) for each in found.news]
    night.rows += [proposed_row(each) for each in found.proposed]
    night.sources.append(found.source_row())


def _read(source: Source, got: Got, state: SourceState | None, night: _Night) -> _Found:
    """Return what a source says that is news. Raises DriftError."""
    reading = read(ADAPTERS[source.adapter], got.bodies, source.recipes)
    check(source, reading.figures, state.figures if state else {}, night.today)
    recipes = {each.series_id: each for each in source.recipes}
    known = known_figures(night.inputs.observations)
    seen = max(body.fetched for body in got.bodies)
    news = automatic_news(reading, recipes, known, night.stored, seen)
    said = [
        proposal(source, recipes[each.series_id], each, remark, night.inputs)
        for each, remark in statements(reading.figures, recipes, known)
    ]
    rows = [stored_row(source, each, at, night.inputs) for at, each in enumerate(news, start=1)]
    return _Found(source, got, reading, news, rows, unheard(said, night.proposals))


def _store(found: _Found, night: _Night) -> None:
    """Keep bodies first and then, in one transaction, all that rests on them."""
    source, got = found.source, found.got
    periods: dict[str, list[str]] = {}
    for each in found.reading.figures:
        periods.setdefault(each.series_id, []).append(each.period_end.isoformat())
    digest, day = got.digest(source), night.today.isoformat()
    state = SourceState(source.name, day, digest, periods, found.remarks)
    kept = Fetched(state, tuple(got.addresses), tuple(found.rows), tuple(found.proposed))
    try:
        for body in got.fresh:
            night.bodies.keep(body)
        night.store.change(lambda connection: keep(connection, kept))
    except (OSError, InputError) as error:
        why = error.problems[0].found if isinstance(error, InputError) else error.strerror
        before = any(each.status == "read" for each in night.sources)
        others = "; the sources before it were" if before else ""
        message = f"could not keep what {source.name} served: {why}; nothing of it was stored"
        raise ForecastError(f"{message}{others}") from error


def _note_unchanged(source: Source, got: Got, state: SourceState, night: _Night) -> None:
    later = replace(state, day=night.today.isoformat())
    night.unchanged.append((later, got.addresses))
    count = sum(len(periods) for periods in state.figures.values())
    night.sources.append(
        SourceRow(source.name, source.title, "unchanged", 0, 0, count, 0, state.remarks)
    )


def _with_rows(inputs: Inputs, rows: Iterable[StoredRow]) -> Inputs:
    """Return the inputs with rows that have just arrived."""
    series, observations, _ = read_ingested(rows, inputs.series, {}, None)
    return replace(
        inputs, series=series, observations=merge(inputs.observations, observations, None)
    )
