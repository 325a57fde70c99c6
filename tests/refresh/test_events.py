"""Records whose publisher dates them anew: one row stands at a time, and the old day before it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from replayed import SOURCES, body_file, copy_bodies, replaced

from forecast.analysis.refresh import refresh as refreshing
from forecast.analysis.refresh.checks import check
from forecast.analysis.refresh.compare import automatic_news, known_figures
from forecast.analysis.refresh.refresh import refresh
from forecast.analysis.refresh.rows import Refresh, stored_row
from forecast.ensemble.targets import without_beaten
from forecast.inputs import load
from forecast.inputs.ingest.ingested import merge, read_ingested
from forecast.inputs.schema import Observation
from forecast.sources.adapters import epoch
from forecast.sources.bodies import Bodies, Replay
from forecast.sources.figures import Body, DriftError, Figure
from forecast.store import Chosen, StoredRow, open_store

SOURCE = SOURCES["epoch-models"]
RECIPE = replace(SOURCE.recipes[0], jump=math.inf)
SERIES = RECIPE.series_id
BUILT_IN = load()
MODELS = body_file(Path(), "https://epoch.ai/data/frontier_ai_models.csv")
FIRST_DAY, FIRST_NIGHT = date(2025, 1, 1), date(2026, 1, 1)
Table = Sequence[tuple[str, date, float]]
Stand = list[tuple[str, date, float]]


def one_night(stored: list[StoredRow], table: Table, night: date) -> None:
    """Add what a table of models says that is news to the rows that are stored."""
    lines = "\n".join(f"{name},{day},{value}" for name, day, value in table)
    text = f"Model,Publication date,Training compute (FLOP)\n{lines}\n"
    reading = epoch.read_records([Body("", text.encode(), night)], [RECIPE])
    known = known_figures(observations(stored))
    days = {(SERIES, date.fromisoformat(row.period_end)) for row in stored}
    news = automatic_news(reading, {SERIES: RECIPE}, known, days, night)
    stored += [stored_row(SOURCE, each, at, BUILT_IN) for at, each in enumerate(news, start=1)]


def observations(stored: Sequence[StoredRow], as_of: date | None = None) -> tuple[Observation, ...]:
    return read_ingested(stored, BUILT_IN.series, {}, as_of)[1]


def standing(stored: Sequence[StoredRow], as_of: date | None = None) -> Stand:
    """Return the records that a target would be read from."""
    rows = sorted(without_beaten(observations(stored, as_of)), key=lambda row: row.period_end)
    return [(row.note.partition(";")[0], row.period_end, row.value) for row in rows]


def records(table: Table) -> Stand:
    """Return the models of a table that exceeded all before them."""
    found: Stand = []
    for each in sorted(table, key=lambda each: each[1]):
        if not found or each[2] > found[-1][2]:
            found.append(each)
    return found


DAYS = st.lists(st.integers(0, 300), min_size=4, max_size=4, unique=True)


@given(st.lists(DAYS, min_size=2, max_size=5), st.permutations([1e25, 2e25, 5e25, 9e25]))
def test_after_each_night_and_as_of_it_the_records_are_those_of_its_table(
    nights: list[list[int]], values: list[float]
) -> None:
    stored: list[StoredRow] = []
    tables = [
        [
            (f"Model {at}", FIRST_DAY + timedelta(days=day), value)
            for at, (day, value) in enumerate(zip(days, values, strict=True))
        ]
        for days in nights
    ]
    for at, table in enumerate(tables):
        one_night(stored, table, FIRST_NIGHT + timedelta(days=at))
        assert standing(stored) == records(table)
        before = len(stored)
        one_night(stored, table, FIRST_NIGHT + timedelta(days=at))
        assert len(stored) == before
    for at, table in enumerate(tables):
        assert standing(stored, FIRST_NIGHT + timedelta(days=at)) == records(table)


@given(st.lists(st.permutations([1e25, 2e25, 5e25, 9e25]), min_size=2, max_size=4), DAYS)
def test_values_and_days_may_change_together(values: list[list[float]], days: list[int]) -> None:
    stored: list[StoredRow] = []
    for night, mine in enumerate(values):
        places = [days[(at + night) % 4] for at in range(4)] if night % 2 else days
        table = [
            (f"Model {at}", FIRST_DAY + timedelta(days=day), value)
            for at, (day, value) in enumerate(zip(places, mine, strict=True))
        ]
        one_night(stored, table, FIRST_NIGHT + timedelta(days=night))
        assert standing(stored) == records(table)


def test_a_model_that_is_dated_anew_is_one_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_bodies(tmp_path / "bodies")
    work = tmp_path / "work"
    work.mkdir()

    def loaded(as_of: date | None = None) -> list[tuple[str, float]]:
        rows = open_store(work).observations()
        known = merge(BUILT_IN.observations, observations(rows, as_of), as_of)
        mine = [row for row in known if row.series_id == SERIES]
        return [(str(row.period_end), row.value) for row in mine if row.period_end.year >= 2025]

    def night(today: date) -> Refresh:
        client = Replay(Bodies(tmp_path / "bodies", today))
        return refresh(work, client, today, only=["epoch-models"])

    def moved(before: str, after: str) -> None:
        path = tmp_path / "bodies" / MODELS
        path.write_bytes(replaced(f"GPT-4.5,{before}", f"GPT-4.5,{after}")(path.read_bytes()))

    monkeypatch.setattr(
        refreshing,
        "load",
        lambda _: refreshing._with_rows(BUILT_IN, open_store(work).observations()),
    )
    as_before = [("2025-02-17", 3.5e26), ("2025-02-27", 3.8e26), ("2025-07-09", 5e26)]
    assert night(date(2026, 10, 12)).rows == ()
    assert loaded() == as_before
    moved("2025-02-27", "2025-03-03")
    second = night(date(2026, 10, 13))
    [row] = second.rows
    assert (row.status, row.old_period_end, row.period_end) == (
        "revised",
        "2025-02-27",
        "2025-03-03",
    )
    assert (row.value, row.old, row.published) == (3.8e26, 3.8e26, "2026-10-13")
    assert (second.sources[0].revised, second.sources[0].unchanged) == (1, 12)
    assert sorted(loaded()) == [as_before[0], ("2025-03-03", 3.8e26), as_before[2]]
    assert loaded(date(2026, 10, 12)) == as_before
    # What has another body and says the same makes no row.
    path = tmp_path / "bodies" / MODELS
    path.write_bytes(path.read_bytes() + b"\n")
    assert night(date(2026, 10, 14)).rows == ()
    # A second move, and one back; each row in whose place another stands is said to be so.
    moved("2025-03-03", "2025-03-05")
    assert night(date(2026, 10, 15)).rows[0].old_period_end == "2025-03-03"
    moved("2025-03-05", "2025-02-27")
    assert night(date(2026, 10, 16)).rows[0].old_period_end == "2025-03-05"
    assert sorted(loaded()) == as_before
    assert sorted(loaded(date(2026, 10, 15)))[1] == ("2025-03-05", 3.8e26)
    listed, _ = open_store(work).listed(Chosen(series=SERIES), 10)
    assert [(each.id, each.superseded_by) for each in listed] == [("3", ""), ("2", "3"), ("1", "3")]
    notes = [each.row.note for each in listed]
    assert notes[1] == "GPT-4.5; dated 2025-02-27 before; dated 2025-03-03 before"


def test_a_whole_history_of_events_may_be_dated_anew_and_not_become_shorter() -> None:
    whole = replace(SOURCE, recipes=(replace(RECIPE, history="whole"),))
    figures = [Figure(SERIES, day, 1e25, day, "") for day in (FIRST_DAY, FIRST_NIGHT)]
    before = {SERIES: ["2025-01-01", "2025-12-31"]}
    check(whole, figures, before, FIRST_NIGHT)
    with pytest.raises(DriftError, match="without 2025-12-31"):
        check(whole, figures[:1], before, FIRST_NIGHT)
