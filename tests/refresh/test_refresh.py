"""Nights of `refresh`: what is stored, with which days, and what a broken source costs."""

from __future__ import annotations

import csv
import errno
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from replayed import REPLAYED, SOURCES, body_file, copy_bodies, replaced

from forecast.analysis.refresh import checks
from forecast.analysis.refresh import refresh as refreshing
from forecast.analysis.refresh.compare import automatic_news
from forecast.analysis.refresh.inbox import inbox
from forecast.analysis.refresh.refresh import refresh
from forecast.analysis.refresh.rows import Refresh
from forecast.errors import ForecastError, InputError
from forecast.inputs import load
from forecast.inputs.ingest.ingested import merge, read_ingested
from forecast.inputs.schema import Inputs, Observation
from forecast.sources.bodies import Bodies, Replay
from forecast.sources.client import Answer, Validators
from forecast.sources.figures import DriftError, Figure, Reading
from forecast.store import open_store
from forecast.store.fetched import Fetched, keep

TODAY = date(2026, 10, 12)
NATIONAL = "https://www.census.gov/hfp/btos/downloads/National.xlsx"
CHIPS = "https://epoch.ai/data/ai_chip_sales.zip"
MODELS = "https://epoch.ai/data/frontier_ai_models.csv"
ORACLE = (
    "https://data.sec.gov/api/xbrl/companyconcept/CIK0001341439/us-gaap/"
    "PaymentsToAcquirePropertyPlantAndEquipment.json"
)

Night = Callable[..., Refresh]


@pytest.fixture
def bodies(tmp_path: Path) -> Path:
    """Return a folder of bodies that a test may change."""
    copy_bodies(tmp_path / "bodies")
    return tmp_path / "bodies"


@pytest.fixture(scope="module")
def built_in() -> Inputs:
    return load()


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built_in: Inputs) -> Path:
    """Return an empty workspace, whose inputs need not be parsed anew with each row."""

    def loaded(folder: Path | None) -> Inputs:
        rows = open_store(folder).observations() if folder else []
        return refreshing._with_rows(built_in, rows)

    monkeypatch.setattr(refreshing, "load", loaded)
    monkeypatch.setattr("forecast.analysis.refresh.inbox.load", loaded)
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def night(workspace: Path, bodies: Path) -> Night:
    """Return a function that refreshes from the bodies as they are then."""

    def run(*only: str, today: date = TODAY, dry_run: bool = False) -> Refresh:
        client = Replay(Bodies(bodies, today))
        return refresh(workspace, client, today, only=only, dry_run=dry_run)

    return run


def change(bodies: Path, url: str, how: Callable[[bytes], bytes]) -> None:
    path = body_file(bodies, url)
    path.write_bytes(how(path.read_bytes()))


def said(result: Refresh) -> list[tuple[object, ...]]:
    return [
        (row.status, row.series_id, row.period_end, row.value, row.old, row.published)
        for row in result.rows
        if row.status != "proposed"
    ]


def test_a_night_brings_news_and_the_next_one_nothing(
    night: Night, workspace: Path, built_in: Inputs
) -> None:
    first = night()
    assert not first.failed
    recast = [row for row in said(first) if row[1] == "capex_cash_meta"]
    assert recast[1] == ("revised", "capex_cash_meta", "2023-06-30", 6134e6, 6216e6, "2024-08-01")
    # A further source of series that no file knows would bring all their figures as news.
    known = {"h100_rent_getdeploying_on_demand"} | {row.series_id for row in built_in.observations}
    assert [row for row in said(first) if row[1] in known - {"capex_cash_meta"}] == [
        ("new", "btos_ai_use_new", "2026-09-30", 0.238, None, "2026-10-08"),
        ("revised", "h100e_sold_cum_amd", "2026-06-30", 1739995, 1739009, "2026-08-27"),
        ("new", "h100_rent_getdeploying_on_demand", "2025-09-28", 2.9533, None, "2025-09-29"),
    ]
    stored = open_store(workspace).observations()
    assert len(stored) == len(said(first)) == len(recast) + 3
    assert {row.source for row in stored if row.series_id == "btos_ai_use_new"} == {
        "US Census Bureau, Business Trends and Outlook Survey"
    }
    second = night(today=date(2026, 10, 13))
    assert said(second) == []
    assert {row.status for row in second.sources} == {"unchanged"}
    assert open_store(workspace).observations() == stored
    # What has another body, but says the same, is read again and makes no row either.
    night_of_blanks = body_file(workspace.parent / "bodies", MODELS)
    night_of_blanks.write_bytes(night_of_blanks.read_bytes() + b"\n")
    third = night("epoch-models", today=date(2026, 10, 14))
    assert (third.sources[0].status, third.rows) == ("read", ())


def test_a_dry_run_writes_nothing(night: Night, workspace: Path) -> None:
    assert night(dry_run=True).count("new") == 2
    assert list(workspace.iterdir()) == []


def test_what_arrived_stands_in_the_inputs_as_of_its_day(
    night: Night, workspace: Path, built_in: Inputs
) -> None:
    night("sec-meta")
    stored = open_store(workspace).observations()
    for day, value in ((date(2024, 7, 31), 6216e6), (date(2024, 8, 1), 6134e6)):
        _, arrived, _ = read_ingested(stored, built_in.series, {}, day)
        rows = merge(built_in.observations, arrived, day)
        found = [
            row.value
            for row in rows
            if (row.series_id, row.period_end) == ("capex_cash_meta", date(2023, 6, 30))
        ]
        assert found == [value]


@pytest.mark.parametrize(
    ("name", "url", "how", "found"),
    [
        (
            "sec-oracle",
            ORACLE,
            replaced("28499000000", "284990000000"),
            "2.8499e+11 of capex_cash_orcl for 2026-08-31 after 2.8499e+10 of 2026-08-31",
        ),
        (
            "sec-oracle",
            ORACLE,
            replaced("28499000000", "28499"),
            "28499 of capex_cash_orcl for 2026-08-31",
        ),
        (
            "sec-oracle",
            ORACLE,
            replaced("2026-09-10", "2027-09-10"),
            "2.8499e+10 of capex_cash_orcl for 2026-08-31, published on 2027-09-10",
        ),
        (
            "sec-oracle",
            ORACLE,
            replaced('"end":"2026-08-31"', '"end":"2026-08-30"'),
            "capex_cash_orcl without 2026-08-31",
        ),
        ("census-btos", NATIONAL, lambda _: b"<html><title>Later</title>", "an HTML page: Later"),
    ],
)
def test_drift_costs_its_source_and_no_other(
    night: Night,
    workspace: Path,
    bodies: Path,
    name: str,
    url: str,
    how: Callable[[bytes], bytes],
    found: str,
) -> None:
    night(name)
    before = open_store(workspace).observations()
    change(bodies, url, how)
    second = night(name, "getdeploying", today=date(2026, 10, 13))
    assert [(row.source, row.last_good) for row in second.failed] == [(name, "2026-10-12")]
    assert second.failed[0].found == found
    assert [row[1] for row in said(second)] == ["h100_rent_getdeploying_on_demand"]
    assert len(open_store(workspace).observations()) == len(before) + 1
    # The failure is not forgotten: it is said every night until somebody mends it.
    assert night(name, today=date(2026, 10, 14)).failed


def test_another_source_is_read_in_place_of_one_that_fails(night: Night, bodies: Path) -> None:
    change(bodies, NATIONAL, lambda _: b"<html><title>Moved</title>")
    first = night("census-btos")
    assert [(row.source, row.status) for row in first.sources] == [
        ("census-btos", "failed"),
        ("census-btos-api", "read"),
        ("census-btos-old", "read"),
    ]
    assert [row[1:4] for row in said(first)] == [("btos_ai_use_new", "2026-09-30", 0.238)]
    # A period without answers is no drift, and asked for again.
    assert "periods/111/data" in first.sources[1].remarks[0]
    period = NATIONAL.replace("downloads/National.xlsx", "api/periods/{}/data")
    body_file(bodies, period.format(111)).parent.mkdir()
    body_file(bodies, period.format(111)).write_bytes(b"null")
    body_file(bodies, period.format(108)).write_bytes(b"null")
    second = night("census-btos", today=date(2026, 10, 13))
    assert [row.source for row in second.failed] == ["census-btos"]
    assert said(second) == []
    # Where the first is as it was, the second is not asked.
    copy_bodies(bodies)
    third = night(today=date(2026, 10, 14))
    assert not third.failed
    assert "census-btos-api" not in {row.source for row in third.sources}


def test_what_is_not_there_is_asked_for_every_third_night_or_when_its_list_changes(
    workspace: Path, bodies: Path
) -> None:
    class Counted(Replay):
        def __init__(self, today: date) -> None:
            super().__init__(Bodies(bodies, today))
            self.asked: list[str] = []

        def get(self, url: str, known: Validators) -> Answer:
            self.asked.append(url)
            return super().get(url, known)

    def documents(today: date) -> int:
        client = Counted(today)
        refresh(workspace, client, today, only=["sec-nvidia"])
        return len([url for url in client.asked if "Archives" in url])

    nights = [TODAY + timedelta(days=day) for day in range(7)]
    found, missing = 2, 4  # of two documents each has two addresses
    assert list(map(documents, nights)) == [found + missing, 0, 0, missing, 0, 0, missing]
    submissions = "https://data.sec.gov/submissions/CIK0001045810.json"
    change(bodies, submissions, lambda content: content + b"\n")
    assert documents(nights[-1]) == missing


def test_most_of_an_open_history_stays(night: Night, bodies: Path) -> None:
    night("epoch-models")
    path = body_file(bodies, MODELS)
    with path.open(encoding="utf-8", newline="") as file:
        records = list(csv.reader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(records[:6])
    [failed] = night("epoch-models", today=date(2026, 10, 13)).failed
    assert failed.found.endswith("figures of frontier_training_flop_record, which had 13")


def test_a_source_that_has_stopped_is_said(night: Night) -> None:
    later = night("sec-oracle", today=date(2027, 12, 1))
    assert later.failed[0].found == "nothing after 2026-08-31 (capex_cash_orcl)"
    assert night("sec-oracle", today=date(2027, 5, 1)).failed == ()


def test_sums_only_grow() -> None:
    chips = SOURCES["epoch-chips"]
    day = date(2026, 9, 1)
    figures = [
        Figure("h100e_sold_cum_amd", date(2026, 3, 31), 1000.0, day, ""),
        Figure("h100e_sold_cum_amd", date(2026, 6, 30), 900.0, day, ""),
    ]
    with pytest.raises(DriftError, match="a sum that only grows"):
        checks.check(chips, figures, {}, TODAY)


def test_a_rolling_history_may_lose_its_beginning_alone() -> None:
    recipe = SOURCES["census-btos"].recipes[0]
    figures = [
        Figure(recipe.series_id, date(2026, month, 28), 0.2, date(2026, 9, 30), "")
        for month in (4, 6)
    ]
    months = [f"2026-0{month}-28" for month in (3, 4, 5, 6)]
    source = SOURCES["census-btos"]
    checks.check(source, figures, {recipe.series_id: [months[0], months[1], months[3]]}, TODAY)
    with pytest.raises(DriftError, match="without 2026-05-28"):
        checks.check(source, figures, {recipe.series_id: months}, TODAY)


def observation(value: float, published: date) -> Observation:
    return Observation(
        "capex_cash_orcl", date(2026, 8, 31), "Q", value, "USD", "eq", published,
        "a file", "", "primary", "", "data/x.csv", 2,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("held", "is_stored", "values"),
    [
        (None, False, [100.0, 110.0]),
        (observation(100.0, date(2026, 9, 9)), False, [110.0]),
        (observation(110.0, date(2026, 9, 9)), False, []),
        (observation(100.00001, date(2026, 9, 9)), False, [110.0]),
        (observation(105.0, date(2026, 9, 5)), True, [100.0, 110.0]),
        # The day in a file may be a guess; what the store holds has its publisher's own.
        (observation(105.0, date(2026, 12, 1)), False, [110.0]),
        (observation(105.0, date(2026, 12, 1)), True, []),
    ],
)
def test_vintages_after_the_one_that_is_held_are_news(
    held: Observation | None, is_stored: bool, values: list[float]
) -> None:
    recipe = replace(SOURCES["sec-oracle"].recipes[0], low=0.0)
    figures = [
        Figure("capex_cash_orcl", date(2026, 8, 31), 110.0, date(2026, 11, 1), ""),
        Figure("capex_cash_orcl", date(2026, 8, 31), 100.0, date(2026, 9, 10), ""),
    ]
    known = {"capex_cash_orcl": {date(2026, 8, 31): held}} if held else {}
    stored = {("capex_cash_orcl", date(2026, 8, 31))} if is_stored else set()
    news = automatic_news(
        Reading(tuple(figures)), {"capex_cash_orcl": recipe}, known, stored, TODAY
    )
    assert [each.figure.value for each in news] == values


def test_a_full_disk_loses_nothing(
    night: Night, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    night("sec-meta")
    before = open_store(workspace).observations()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("forecast.sources.bodies.os.fsync", full)
        with pytest.raises(ForecastError, match="No space left on device; nothing of it was stor"):
            night("census-btos")
    assert open_store(workspace).observations() == before
    assert not [path for path in workspace.rglob(".*") if path.is_file()]

    # Or while the store is written, when SQLite has undone everything by itself.
    def half_written(connection: sqlite3.Connection, found: Fetched) -> None:
        keep(connection, found)
        if found.state.name == "sec-oracle":
            return
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(refreshing, "keep", half_written)
        with pytest.raises(ForecastError, match=r"disk is full; nothing .*; the sources before"):
            night("sec-oracle", "census-btos")
    assert open_store(workspace).observations() == before
    assert night("census-btos").count("new") == 1


def test_statements_wait_for_a_person(night: Night, workspace: Path) -> None:
    first = night("epoch")
    proposed = [(row.series_id, row.period_end) for row in first.rows if row.status == "proposed"]
    assert ("chatgpt_wau", "2026-02-28") in proposed
    # What the product holds of the same day is no news, whoever rounded it.
    assert ("google_tokens_day", "2025-09-30") not in proposed
    listed = inbox(workspace, TODAY)
    by_key = {(each.series_id, each.period_end): each for each in listed.rows}
    users = by_key["chatgpt_wau", "2026-02-28"]
    plan = by_key["openai_compute_rd", "2025-12-31"]
    assert users.qualifier == "approx"
    assert plan.remark.startswith("a plan: said before its period ended")
    with pytest.raises(InputError, match="a plan, said on 2025-09-19"):
        inbox(workspace, TODAY, accept=[plan.number])
    with pytest.raises(InputError, match="no such proposal"):
        inbox(workspace, TODAY, accept=[users.number], refuse=[99])
    decided = inbox(workspace, TODAY, accept=[users.number], refuse=[plan.number])
    assert {each.number for each in decided.rows}.isdisjoint({users.number, plan.number})
    rows = {row.series_id: row for row in open_store(workspace).observations()}
    assert (rows["chatgpt_wau"].value, rows["chatgpt_wau"].published) == (920e6, "2026-03-04")
    with pytest.raises(InputError, match="accepted already"):
        inbox(workspace, TODAY, refuse=[users.number])
    # Neither is proposed again when the table comes with another row.
    path = body_file(
        workspace.parent / "bodies", "https://epoch.ai/data/ai_companies_usage_reports.csv"
    )
    path.write_bytes(path.read_bytes() + b"\n")
    assert night("epoch-usage", today=date(2026, 10, 13)).rows == ()


def test_the_same_value_under_another_date_is_recognised(
    night: Night, workspace: Path, bodies: Path
) -> None:
    usage = "https://epoch.ai/data/ai_companies_usage_reports.csv"
    change(bodies, usage, replaced("2026-02-28,2026-03-04", "2026-09-20,2026-10-01"))
    change(bodies, usage, replaced("920000000.0", "995000000.0"))
    night("epoch-usage")
    remarks = [each.remark for each in inbox(workspace, TODAY).rows]
    assert any(remark.startswith("near-duplicate of 1,000,000,000 of 2026-") for remark in remarks)


def test_reminders_are_those_of_the_calendar(workspace: Path) -> None:
    rows = {row.series_id: row for row in inbox(workspace, date(2026, 11, 28)).reminders}
    assert rows["amd_dc_rev"].where == "AMD's quarterly release, https://ir.amd.com"
    assert (rows["amd_dc_rev"].expected, rows["amd_dc_rev"].days) == ("2026-11-03", 25)
    assert "capex_cash_goog" not in rows


def test_what_is_wrong_with_a_wish_is_said(night: Night, workspace: Path) -> None:
    with pytest.raises(InputError, match="a source: sec-alphabet, "):
        night("sek")
    own = workspace / "assumptions" / "sources.yaml"
    own.parent.mkdir()
    text = (Path(__file__).parents[2] / "assumptions" / "sources.yaml").read_text("utf-8")
    own.write_text(text.replace("tags: PaymentsToAcquireProductiveAssets", "tagz: x"), "utf-8")
    with pytest.raises(InputError) as error:
        night()
    line = 1 + text[: text.index("tags: PaymentsToAcquireProductiveAssets")].count("\n")
    assert error.value.problems[0].place.startswith(f"assumptions/sources.yaml:{line}:")
    assert "tagz" in str(error.value)
    assert "found no tags" in str(error.value)
    own.write_text(text.replace("unit: H100e", "unit: chips"), "utf-8")
    with pytest.raises(InputError, match=r"unit chips; expected H100e, as in data/series\.csv"):
        night()


def test_kept_bodies_replay(night: Night, workspace: Path, tmp_path: Path) -> None:
    first = night("census", "openrouter")
    again = tmp_path / "again"
    again.mkdir()
    kept = Replay(Bodies(workspace / ".forecast" / "bodies", date(2026, 12, 1)))
    replay = refresh(again, kept, date(2026, 12, 1), only=["census", "openrouter"])
    assert said(replay) == said(first)
    assert REPLAYED.is_dir()


def test_each_series_that_the_forecast_rests_on_is_in_a_class() -> None:
    """Whatever `watch` waits for is fetched, proposed, or has a place to look it up."""
    from forecast.analysis.watch.upcoming import known_on, upcoming
    from forecast.sources.adapters import adapter_keys
    from forecast.sources.declared import read_sources

    declared = read_sources(None, adapter_keys())
    placed = {*declared.kinds(), *declared.reminders}
    inputs = load()
    awaited = {name for each in upcoming(inputs, known_on(inputs))[0] for name in each.series}
    assert awaited - placed == set()
    assert set(declared.reminders) <= set(inputs.series)
    assert set(declared.reminders).isdisjoint(declared.kinds())
