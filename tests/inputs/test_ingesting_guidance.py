"""Guidance from a person's file: into the store with its vintages, and into the next case."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from forecast.errors import InputError
from forecast.inputs import load
from forecast.inputs.ingest.ingest_guidance import ingest_guidance
from forecast.inputs.schema import Guidance
from forecast.store import Counts

Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_rows(*rows: str, header: str = "series_id,period,mid,published,source") -> str:
        path = tmp_path / "outlook.csv"
        path.write_text("".join(f"{line}\n" for line in (header, *rows)), encoding="utf-8")
        return str(path)

    return write_rows


def said(workspace: Path, as_of: date | None = None) -> list[Guidance]:
    """Return what was ingested, or stands in place of what the files say."""
    return [each for each in load(workspace, as_of).guidance if each.source != "Call"]


@pytest.mark.parametrize(
    ("cell", "amounts"),
    [
        ("$350B", (None, 350e9, None)),
        ("~350 billion", (None, 350e9, None)),
        (">50B", (50e9, None, None)),
        ("up to $60B", (None, None, 60e9)),
        ("70-75B", (70e9, None, 75e9)),
    ],
)
def test_amounts_are_read_as_people_write_them(
    workspace: Path, write: Write, cell: str, amounts: tuple[float | None, ...]
) -> None:
    file = write(f"capex_one,2027,{cell},2026-11-02,Release")
    assert ingest_guidance("capex", [file], workspace).counts == Counts(new=1)
    (each,) = said(workspace)
    assert (each.low, each.mid, each.high) == amounts
    assert (each.period_end, each.months, each.unit) == (date(2027, 12, 31), 12, "USD")
    # Whose series it is, the files say.
    assert (each.company, each.status, each.source) == ("One", "unverified", "Release")
    assert (each.file, each.line) == (file, 2)


def test_a_fiscal_year_ends_by_the_calendar_of_its_company(workspace: Path, write: Write) -> None:
    header = "series_id,company,period,low,high,published,source"
    file = write(
        "capex_old,Three,FY2027,100B,200B,2026-11-02,Release",
        "capex_two,two,FY27,100B,200B,2026-11-02,Release",
        header=header,
    )
    ingest_guidance("capex", [file], workspace)
    assert [(each.company, each.period_end) for each in said(workspace)] == [
        ("Three", date(2027, 10, 31)),
        ("Two", date(2027, 1, 31)),
    ]


def test_each_days_word_is_kept_and_counts_from_its_day(workspace: Path, write: Write) -> None:
    file = write(
        "capex_one,2027,200B,2026-11-02,Release",
        "capex_one,2027,220B,2027-01-28,Release",
    )
    before = load(workspace).sha256
    assert ingest_guidance("capex", [file], workspace).counts == Counts(new=1, revised=1)
    assert load(workspace).sha256 != before
    assert ingest_guidance("capex", [file], workspace).counts == Counts(unchanged=2)
    assert [each.mid for each in said(workspace)] == [200e9, 220e9]
    assert [each.mid for each in said(workspace, date(2026, 12, 31))] == [200e9]
    assert said(workspace, date(2026, 11, 1)) == []
    # A day's word that was put right stands in the place of the first.
    corrected = write("capex_one,2027,210B,2026-11-02,Release")
    assert ingest_guidance("capex", [corrected], workspace).counts == Counts(revised=1)
    assert [each.mid for each in said(workspace)] == [210e9, 220e9]


def test_what_the_files_say_is_unchanged_and_what_they_do_not_revises(
    workspace: Path, write: Write
) -> None:
    same, other = "capex_one,2026Q3,46B,2026-07-28,Release", "capex_one,2026Q3,47B,2026-07-28,Desk"
    file = write(same)
    assert ingest_guidance("capex", [file], workspace).counts == Counts(unchanged=1)
    write(other)
    assert ingest_guidance("capex", [file], workspace, dry_run=True).counts == Counts(revised=1)
    assert said(workspace) == []
    ingest_guidance("capex", [file], workspace)
    assert len(load(workspace).guidance) == 6
    assert [each.mid for each in said(workspace)] == [47e9]
    write(same)
    assert ingest_guidance("capex", [file], workspace).counts == Counts(revised=1)
    assert [each.mid for each in said(workspace)] == [46e9]


def test_what_is_odd_is_a_warning(workspace: Path, write: Write) -> None:
    file = write(
        "capex_one,2026Q2,40B,2026-05-05,One,late",
        "survey,2027,40%,2026-11-02,One,",
        header="series_id,period,mid,published,company,remark",
    )
    assert ingest_guidance("capex", [file], workspace, dry_run=True).warnings == (
        "survey belongs to adoption, not to capex; stored all the same",
        "no column of sources: the name of the file stands for them",
        "columns that are not read: remark",
        "already reported: kept for scoring only (capex_one to 2026-06-30)",
    )


def test_a_day_may_be_given_for_all_rows_and_a_column_be_named(
    workspace: Path, write: Write
) -> None:
    file = write("capex_one,2027,52,Release", header="series_id,Ends,Outlook,source")
    ingest_guidance(
        "capex",
        [file],
        workspace,
        unit="billion USD",
        as_of=date(2026, 11, 2),
        roles={"period_end": "Ends", "mid": "Outlook"},
    )
    (each,) = said(workspace)
    assert (each.mid, each.published) == (52e9, date(2026, 11, 2))


@pytest.mark.parametrize(
    ("row", "column", "found", "mend"),
    [
        ("capex_one,2027,180,,2026-11-02,", "mid", "180 USD in 12 months", "Is it in billion USD?"),
        ("capex_one,2027,180M,,2026-11-02,", "mid", " 0.001 times", "thousand USD?"),
        ("capex_one,2027Q1,,45T,2026-11-02,", "high", "in 3 months", "--confirm"),
        ("capex_one,2027,180B,,2010-11-02,", "published", "over ten years before", "--confirm"),
    ],
)
def test_what_is_a_slip_of_unit_or_year_is_refused_until_it_is_confirmed(
    workspace: Path, write: Write, row: str, column: str, found: str, mend: str
) -> None:
    file = write(f"{row}Release", header="series_id,period,mid,high,published,source")
    with pytest.raises(InputError) as refused:
        ingest_guidance("capex", [file], workspace)
    (problem,) = refused.value.problems
    assert (problem.place, problem.subject) == (f"{file}:2", column)
    assert found in problem.found
    assert mend in problem.hint
    assert ingest_guidance("capex", [file], workspace, is_confirmed=True).counts == Counts(new=1)


def test_nobody_speaks_for_another_company(workspace: Path, write: Write) -> None:
    header = "series_id,company,period,mid,published,source"
    file = write("capex_one,Two,FY2027,180B,2026-11-02,Release", header=header)
    with pytest.raises(InputError, match="company: found Two; expected One, whose capex_one is"):
        ingest_guidance("capex", [file], workspace, is_confirmed=True)


def test_a_bad_row_may_be_left_out_for_the_good_ones(workspace: Path, write: Write) -> None:
    file = write(
        "capex_one,2027,52B,2026-11-02,Release",
        "capex_one,2025,52B,2026-11-02,Release",
        "capex_one,2027,53B,2026-11-02,Release",
    )
    done = ingest_guidance("capex", [file], workspace, skip_bad=True)
    assert done.counts == Counts(new=1)
    assert [(each.place, each.subject) for each in done.skipped] == [
        (f"{file}:3", "published"),
        (f"{file}:4", "row"),
    ]


def test_guidance_for_a_series_that_is_gone_is_left_out_with_a_warning(
    workspace: Path, write: Write
) -> None:
    header = "series_id,period,mid,published,company,source"
    file = write("survey,2027,40%,2026-11-02,One,Release", header=header)
    ingest_guidance("adoption", [file], workspace)
    for name in ("series.csv", "observations/other.csv"):
        path = workspace / "data" / name
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith("survey")]
        path.write_text("".join(kept), encoding="utf-8")
    later = load(workspace)
    assert later.warnings == (
        f"{file}:2: guidance for survey, ingested in share, left out: expected a known series",
    )
    assert said(workspace) == []
