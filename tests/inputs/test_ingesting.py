"""Ingest end to end: from a person's CSV to the inputs of the next run."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from forecast.cli import ingest as command
from forecast.errors import InputError
from forecast.inputs import load, with_own_series
from forecast.inputs.ingest.ingest import ingest
from forecast.inputs.schema import Observation
from forecast.store import Counts

HEADER = "series_id,period_end,value,unit,source,published,assumed,error\n"
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: str, header: str = HEADER, name: str = "mine.csv") -> str:
        path = tmp_path / name
        path.write_bytes((header + "".join(f"{row}\n" for row in rows)).encode())
        return str(path)

    return write_rows


def of(workspace: Path, series_id: str, as_of: date | None = None) -> list[Observation]:
    rows = load(workspace, as_of).observations
    return [each for each in rows if each.series_id == series_id]


def test_an_ingested_figure_is_in_the_next_load(workspace: Path, write: Write) -> None:
    before = load(workspace)
    file = write("capex_one,2026Q3,$52B,USD,Filing,2026-11-03,,")
    done = ingest("capex", [file], workspace)
    after = load(workspace)
    assert done.counts == Counts(new=1)
    assert before.sha256 != after.sha256
    assert after.data_through == date(2026, 9, 30)
    (row,) = set(after.observations) - set(before.observations)
    assert (row.value, row.period_end, row.file, row.line) == (52e9, date(2026, 9, 30), file, 2)
    assert row.frequency == after.series["capex_one"].frequency == "Q"


@pytest.mark.parametrize(
    ("value", "unit", "qualifier", "low", "high"),
    [
        ("$350B", "USD", "eq", 350e9, None),
        ("~1T", "USD", "approx", 1e12, None),
        ("$400B+", "USD", "gt", 400e9, None),
        ("180-190B", "USD", "range", 180e9, 190e9),
        ("41 billion", "USD", "eq", 41e9, None),
        ("41", "billion USD", "eq", 41e9, None),
    ],
)
def test_vague_values_are_understood(
    workspace: Path,
    write: Write,
    value: str,
    unit: str,
    qualifier: str,
    low: float,
    high: float | None,
) -> None:
    ingest("capex", [write(f"capex_one,2026-09-30,{value},{unit},Filing,,,")], workspace)
    row = of(workspace, "capex_one")[-1]
    assert (row.qualifier, row.value, row.high) == (qualifier, low, high)


def test_a_revision_stands_beside_what_it_revises(workspace: Path, write: Write) -> None:
    first = write("capex_two,2026-09-30,50B,USD,Filing,2026-10-30,,")
    second = write("capex_two,2026-09-30,51B,USD,Filing,2026-11-30,,", name="revised.csv")
    ingest("capex", [first], workspace)
    assert ingest("capex", [second], workspace).counts == Counts(revised=1)
    assert ingest("capex", [second, first], workspace).counts == Counts(unchanged=2)
    assert of(workspace, "capex_two")[-1].value == 51e9
    assert of(workspace, "capex_two", date(2026, 11, 15))[-1].value == 50e9
    # Before either was known, the guidance in the files stands.
    assert of(workspace, "capex_two", date(2026, 8, 31))[-1].source == "Guidance"


def test_what_the_files_say_already_is_unchanged_or_revised(workspace: Path, write: Write) -> None:
    file = write(
        "capex_two,2026-06-30,~41B,USD,Filing,,,",
        "capex_one,2026-06-30,45B,USD,Filing,,,",
    )
    assert ingest("capex", [file], workspace).counts == Counts(unchanged=1, revised=1)
    assert [each.value for each in of(workspace, "capex_one")] == [4.1e10, 45e9]


def test_an_assumed_point_is_kept_with_its_belief_and_moves_no_data(
    workspace: Path, write: Write
) -> None:
    file = write(
        "agent_penetration,2026-12-31,40%,share,My view,,yes,0.3",
        "apps_with_agents,2027-12-31,60%,share,My view,,yes,0.5",
    )
    ingest("agents", [file], workspace)
    inputs = load(workspace)
    points = {each.series_id: each for each in inputs.observations if each.assumed}
    assert points["agent_penetration"].value == 0.4
    assert points["apps_with_agents"].error == 0.5
    assert {each.status for each in points.values()} == {"assumed"}
    assert inputs.data_through == date(2026, 6, 30)


def test_a_new_series_is_kept_as_a_check_with_a_warning(workspace: Path, write: Write) -> None:
    done = ingest("adoption", [write("firms_with_robots,2026-06-30,<5%,share,Us,,,")], workspace)
    assert [each.sentence() for each in done.series] == [
        "firms_with_robots: 1 figure to 2026-06-30; a new series, which no driver reads: list it "
        "under evidence of one in assumptions/drivers.yaml"
    ]
    inputs = load(workspace)
    assert "firms_with_robots" not in inputs.series
    series = with_own_series(inputs, workspace, ["firms_with_robots"]).series["firms_with_robots"]
    assert (series.role, series.unit, series.subject) == ("check", "share", "adoption")


def test_byte_order_mark_crlf_tabs_and_blank_lines_are_no_obstacle(
    workspace: Path, tmp_path: Path
) -> None:
    text = "series_id\tperiod_end\tvalue\tunit\tsource\r\ncapex_one\t2026-09\t$52B\tUSD\tA\r\n\r\n"
    file = tmp_path / "excel.csv"
    file.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert ingest("capex", [str(file)], workspace).counts == Counts(new=1)
    assert of(workspace, "capex_one")[-1].period_end == date(2026, 9, 30)


def test_the_day_of_publication_may_be_given_for_all_rows(workspace: Path, write: Write) -> None:
    file = write("capex_one,2026-09-30,52B,USD,Filing,,,")
    assert ingest("capex", [file], workspace, dry_run=True).undated == 1
    assert ingest("capex", [file], workspace, as_of=date(2026, 11, 15)).undated == 0
    assert of(workspace, "capex_one")[-1].published == date(2026, 11, 15)


def test_one_bad_row_stops_all_files(workspace: Path, write: Write) -> None:
    good = write("capex_one,2026-09-30,52B,USD,Filing,,,")
    bad = write("survey,2026-09-30,40,share,,,,", "survey,soon,0.4,share,Us,,,", name="bad.csv")
    with pytest.raises(InputError) as refused:
        ingest("capex", [good, bad, "missing.csv"], workspace)
    assert [(each.place, each.subject) for each in refused.value.problems] == [
        ("missing.csv", "file"),
        (f"{bad}:2", "value"),
        (f"{bad}:2", "source"),
        (f"{bad}:3", "period_end"),
    ]
    assert len(of(workspace, "capex_one")) == 2


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., tuple[int, str, object]]:
    """Run the command in an empty folder with an app of its own."""
    app = typer.Typer()
    command.register(app)
    app.callback()(lambda: None)
    folder = tmp_path / "empty"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def invoke(*arguments: str) -> tuple[int, str, object]:
        done = CliRunner().invoke(app, ["ingest", *arguments])
        return done.exit_code, done.stdout, done.exception

    return invoke


def test_outside_a_workspace_one_is_made_and_announced(
    run: Callable[..., tuple[int, str, object]], write: Write
) -> None:
    file = write("capex_cash_amzn,2026-09-30,~60B,USD,Filing,,,")
    code, said, _ = run("capex", file, "--dry-run")
    assert (code, list(Path.cwd().iterdir())) == (0, [])
    assert said.splitlines()[0] == "capex: 1 row: 1 would be new, 0 unchanged, 0 would be revised"
    code, said, _ = run("capex", file)
    assert code == 0
    assert said.splitlines() == [
        "capex: 1 row: 1 new, 0 unchanged, 0 revised",
        f"read {file}: a figure in each line, USD",
        "capex_cash_amzn: 1 figure to 2026-09-30; feeds amazon_capex; two of five companies for "
        "2026Q3: hyperscaler_capex waits for alphabet_capex, microsoft_capex, meta_capex",
        "1 without `published`: taken as known on the period's last day",
        f"in {Path.cwd()}/.forecast/store.sqlite",
        f"made {Path.cwd()}/.forecast: this folder is a workspace now",
    ]
    assert of(Path.cwd(), "capex_cash_amzn")[-1].value == 60e9


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["capexx", "{file}"], "KIND: found capexx"),
        (["capex", "{file}", "--unit", "quatloos"], "--unit: found quatloos"),
        (["capex", "{file}", "--as-of", "1/2/2026"], "--as-of 1/2/2026"),
        (["capex", "{file}", "--workspace", "nowhere"], "--workspace: found nowhere"),
    ],
)
def test_a_wrong_word_on_the_command_line_changes_nothing(
    run: Callable[..., tuple[int, str, object]], write: Write, arguments: list[str], problem: str
) -> None:
    file = write("capex_cash_amzn,2026-09-30,~60B,USD,Filing,,,")
    _, said, error = run(*(argument.format(file=file) for argument in arguments))
    assert isinstance(error, InputError)
    assert error.exit_code == 2
    assert problem in str(error)
    assert said == ""
    assert list(Path.cwd().iterdir()) == []


def test_what_was_stored_is_said_as_json_too(
    run: Callable[..., tuple[int, str, object]], write: Write
) -> None:
    good = "capex_cash_amzn,2026-09-30,~60B,USD,Filing,,,"
    file = write(good, "capex_cash_amzn,soon,61B,USD,Filing,,,")
    code, said, _ = run("capex", file, "--json", "--skip-bad", "-q")
    found = json.loads(said)
    (row,) = found["rows"]
    assert (code, row["new"], row["unchanged"], row["revised"], row["undated"]) == (0, 1, 0, 0, 1)
    assert [(each["place"], each["subject"]) for each in found["skipped"]] == [
        (f"{file}:3", "period_end")
    ]


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("--column=value", "ROLE=NAME"),
        ("--column=valu=Amount", "Did you mean value"),
        ("--column=value=Amont", "no such column"),
        ("--sheet=Data", "a workbook"),
        ("--as-of=soon", "--as-of soon"),
    ],
)
def test_a_wrong_reading_of_a_file_is_refused(
    run: Callable[..., tuple[int, str, object]], write: Write, option: str, problem: str
) -> None:
    file = write("capex_cash_amzn,2026-09-30,~60B,USD,Filing,,,")
    _, said, error = run("capex", file, option)
    assert isinstance(error, InputError)
    assert problem in str(error)
    assert said == ""
