"""What public sources have published since: fetched, checked, compared, and stored as vintages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Literal

from forecast.analysis.refresh.checks import check
from forecast.analysis.refresh.compare import (
    News,
    automatic_news,
    known_figures,
    statements,
    unheard,
)
from forecast.analysis.refresh.due import DueRow, due_rows
from forecast.analysis.refresh.fetching import Got, fetch
from forecast.errors import ForecastError, InputError, Problem, did_you_mean
from forecast.inputs.loading import load
from forecast.inputs.places import is_workspace
from forecast.inputs.schema import Inputs
from forecast.inputs.tables.ingested import merge, read_ingested
from forecast.sources.adapters import ADAPTERS, adapter_keys, read
from forecast.sources.bodies import Bodies
from forecast.sources.client import Fetcher, FetchError
from forecast.sources.declared import SOURCES_FILE, Declared, Recipe, Source, read_sources
from forecast.sources.figures import DriftError, Figure, Reading
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


@dataclass(frozen=True)
class RefreshRow:
    """A figure that is new or revised (from the value `old`), or a statement that is proposed."""

    status: Literal["new", "revised", "proposed"]
    source: str
    series_id: str
    period_end: str
    value: float
    unit: str
    old: float | None
    published: str
    note: str


@dataclass(frozen=True)
class SourceRow:
    """What became of a source: how many figures are new, revised and unchanged, how many
    statements proposed, and what was remarked."""

    source: str
    title: str
    status: Literal["read", "unchanged", "failed"]
    new: int
    revised: int
    unchanged: int
    proposed: int
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class FailedRow:
    """A source of which nothing was stored: what was found, what expected, and the last good day
    (empty if there was none)."""

    source: str
    title: str
    found: str
    expected: str
    last_good: str
    hint: str

    def sentence(self) -> str:
        """Return it on one line."""
        good = f"last good on {self.last_good}" if self.last_good else "never good before"
        return f"{self.source} ({self.title}): {self.reason(good)}"

    def reason(self, good: str = "") -> str:
        """Return what is wrong, without the name of the source."""
        when = f"; {good}" if good else ""
        reason = f"found {self.found}; expected {self.expected}{when}; nothing was stored"
        return f"{reason}. {self.hint}" if self.hint else reason


@dataclass(frozen=True)
class Refresh:
    """What a refresh found: news, each source, what is overdue, and what failed."""

    rows: tuple[RefreshRow, ...]
    sources: tuple[SourceRow, ...]
    due: tuple[DueRow, ...]
    failed: tuple[FailedRow, ...]
    store: Path
    dry_run: bool

    def count(self, status: str) -> int:
        """Return how many rows have a status."""
        return sum(row.status == status for row in self.rows)


@dataclass
class _Night:
    """One refresh under way: what is known, and what came of it so far."""

    inputs: Inputs
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
    unchanged: list[SourceState] = field(default_factory=list)
    rows: list[RefreshRow] = field(default_factory=list)
    sources: list[SourceRow] = field(default_factory=list)
    failed: list[FailedRow] = field(default_factory=list)


def refresh(
    workspace: Path,
    client: Fetcher,
    today: date,
    *,
    only: Sequence[str] = (),
    dry_run: bool = False,
) -> Refresh:
    """Read all sources, or `only` some, and store what they published in a folder's store.

    A source that cannot be read or is not what it was costs nothing but itself. With `dry_run`
    nothing is written. Raises InputError if the sources are not declared well, `only` names none,
    or the store cannot be written; ForecastError if a body cannot.
    """
    inputs = load(workspace if is_workspace(workspace) else None)
    declared = read_sources(workspace, adapter_keys())
    _check_series(declared, inputs)
    chosen = _chosen(declared.sources, only)
    store = open_store(workspace)
    known = store.observations()
    night = _Night(
        inputs,
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
        _take_up(source, night)
    if night.unchanged and not dry_run:
        store.change(lambda connection: keep_states(connection, night.unchanged))
    due = due_rows(_with_rows(inputs, night.arrived), declared, today)
    return Refresh(
        tuple(night.rows), tuple(night.sources), due, tuple(night.failed), store.path, dry_run
    )


def _take_up(source: Source, night: _Night) -> None:
    """Read one source and store what is news; what is wrong with it is noted."""
    state = night.states.get(source.name)
    try:
        got = fetch(source, night.client, night.bodies, night.known_addresses, night.today)
        digest = got.digest(source)
        if state is not None and state.digest == digest:
            _note_unchanged(source, state, night)
            return
        reading = read(ADAPTERS[source.adapter], got.bodies, source.recipes)
        check(source, reading.figures, state.figures if state else {}, night.today)
        news, proposed = _compare(source, reading, night)
    except (FetchError, DriftError) as error:
        good = state.day if state else ""
        row = FailedRow(source.name, source.title, error.found, error.expected, good, error.hint)
        night.failed.append(row)
        night.sources.append(SourceRow(source.name, source.title, "failed", 0, 0, 0, 0, ()))
        return
    remarks = (*reading.remarks, *(f"not there yet: {url}" for url in got.waiting))
    _store(source, got, reading, news, proposed, remarks, night)
    _note(source, reading, news, proposed, remarks, night)


def _compare(source: Source, reading: Reading, night: _Night) -> tuple[list[News], list[Proposal]]:
    recipes = {each.series_id: each for each in source.recipes}
    known = known_figures(night.inputs.observations)
    by_kind: dict[str, list[Figure]] = {"automatic": [], "proposal": []}
    for each in reading.figures:
        by_kind[recipes[each.series_id].kind].append(each)
    news = automatic_news(by_kind["automatic"], recipes, known, night.stored)
    said = [
        _proposal(source, recipes[each.series_id], each, remark, night.inputs)
        for each, remark in statements(by_kind["proposal"], recipes, known)
    ]
    return news, unheard(said, night.proposals)


def _store(
    source: Source,
    got: Got,
    reading: Reading,
    news: Sequence[News],
    proposed: Sequence[Proposal],
    remarks: tuple[str, ...],
    night: _Night,
) -> None:
    """Keep bodies first and then, in one transaction, all that rests on them."""
    rows = tuple(_stored(source, each, place, night.inputs) for place, each in enumerate(news, 1))
    night.arrived += rows
    if night.dry_run:
        return
    try:
        for body in got.fresh:
            night.bodies.keep(body)
    except OSError as error:
        why = error.strerror or str(error)
        message = f"could not keep what {source.name} served: {why}; nothing of it was stored"
        raise ForecastError(message) from error
    periods: dict[str, list[str]] = {}
    for each in reading.figures:
        periods.setdefault(each.series_id, []).append(each.period_end.isoformat())
    state = SourceState(source.name, night.today.isoformat(), got.digest(source), periods, remarks)
    found = Fetched(state, tuple(got.addresses), rows, tuple(proposed))
    night.store.change(lambda connection: keep(connection, found))


def _note(
    source: Source,
    reading: Reading,
    news: Sequence[News],
    proposed: Sequence[Proposal],
    remarks: tuple[str, ...],
    night: _Night,
) -> None:
    night.rows += [_news_row(source, each) for each in news]
    night.rows += [_proposed_row(each) for each in proposed]
    new = sum(each.old is None for each in news)
    unchanged = len(reading.figures) - len(news) - len(proposed)
    night.sources.append(
        SourceRow(
            source.name,
            source.title,
            "read",
            new,
            len(news) - new,
            unchanged,
            len(proposed),
            remarks,
        )
    )


def _note_unchanged(source: Source, state: SourceState, night: _Night) -> None:
    night.unchanged.append(replace(state, day=night.today.isoformat()))
    count = sum(len(periods) for periods in state.figures.values())
    night.sources.append(
        SourceRow(source.name, source.title, "unchanged", 0, 0, count, 0, state.remarks)
    )


def _stored(source: Source, news: News, place: int, inputs: Inputs) -> StoredRow:
    each, recipe = news.figure, news.recipe
    note = each.note
    if news.old is not None:
        note = f"{note}; was {news.old:.10g}".removeprefix("; ")
    return StoredRow(
        series_id=each.series_id,
        period_end=each.period_end.isoformat(),
        published=each.published.isoformat(),
        frequency=recipe.frequency,
        value=each.value,
        high=None,
        unit=recipe.unit,
        qualifier=each.qualifier,
        source=source.title,
        source_url=each.url,
        status="primary",
        note=note,
        error=None,
        assumed=False,
        kind=_subject(recipe, inputs),
        file=f"refresh of {source.name}",
        line=place,
    )


def _proposal(
    source: Source, recipe: Recipe, each: Figure, remark: str, inputs: Inputs
) -> Proposal:
    return Proposal(
        number=0,
        source_name=source.name,
        series_id=each.series_id,
        period_end=each.period_end.isoformat(),
        published=each.published.isoformat(),
        frequency=recipe.frequency,
        value=each.value,
        unit=recipe.unit,
        qualifier=each.qualifier,
        source=source.title,
        source_url=each.url,
        note=each.note,
        kind=_subject(recipe, inputs),
        plan=each.plan,
        remark=remark,
    )


def _subject(recipe: Recipe, inputs: Inputs) -> str:
    known = inputs.series.get(recipe.series_id)
    return known.subject if known else "hardware"


def _news_row(source: Source, news: News) -> RefreshRow:
    each = news.figure
    return RefreshRow(
        "new" if news.old is None else "revised",
        source.name,
        each.series_id,
        each.period_end.isoformat(),
        each.value,
        news.recipe.unit,
        news.old,
        each.published.isoformat(),
        each.note,
    )


def _proposed_row(each: Proposal) -> RefreshRow:
    return RefreshRow(
        "proposed",
        each.source_name,
        each.series_id,
        each.period_end,
        each.value,
        each.unit,
        None,
        each.published,
        each.remark,
    )


def _with_rows(inputs: Inputs, rows: Iterable[StoredRow]) -> Inputs:
    """Return the inputs with rows that have just arrived."""
    series, observations, _ = read_ingested(rows, inputs.series, {}, None)
    return replace(
        inputs, series=series, observations=merge(inputs.observations, observations, None)
    )


def _check_series(declared: Declared, inputs: Inputs) -> None:
    """Check that a series which is known is read in its own unit, and from one source."""
    problems = []
    seen: dict[str, str] = {}
    for source in declared.sources:
        for recipe in source.recipes:
            subject = f"{source.name}.series.{recipe.series_id}"
            known = inputs.series.get(recipe.series_id)
            if known and known.unit != recipe.unit:
                expected = f"{known.unit}, as in data/series.csv"
                problems.append(Problem(SOURCES_FILE, subject, f"unit {recipe.unit}", expected))
            if other := seen.get(recipe.series_id):
                found = f"a series of {other} as well"
                problems.append(Problem(SOURCES_FILE, subject, found, "each series once"))
            seen[recipe.series_id] = source.name
    if problems:
        raise InputError(problems)


def _chosen(sources: Sequence[Source], only: Sequence[str]) -> list[Source]:
    """Return the sources that names ask for; a name also stands for all that begin with it."""
    names = [source.name for source in sources]
    problems = [
        Problem(
            "command line",
            "--only",
            repr(name),
            f"a source: {', '.join(names)}",
            did_you_mean(name, names),
        )
        for name in only
        if not any(_is_asked(source, name) for source in sources)
    ]
    if problems:
        raise InputError(problems)
    return [each for each in sources if not only or any(_is_asked(each, name) for name in only)]


def _is_asked(source: Source, name: str) -> bool:
    return source.name == name or source.name.startswith(f"{name}-")
