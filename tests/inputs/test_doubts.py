"""Figures that are refused until a person says what they are, and those that are merely news."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from built_in import INPUTS
from hypothesis import given, settings
from hypothesis import strategies as some

from forecast.errors import InputError, Problem
from forecast.inputs.ingest.ingest import Ingest, ingest
from forecast.inputs.tables.cells.slips import slips
from forecast.inputs.tables.rows.beyond import beyond_drivers
from forecast.store import Counts

HEADER = "series_id,period_end,value,unit,source"
Take = Callable[..., Ingest]


@pytest.fixture
def take(workspace: Path, tmp_path: Path) -> Take:
    """Return a function that ingests rows of text."""

    def take_rows(*rows: str, header: str = HEADER, **options: Any) -> Ingest:
        file = tmp_path / "mine.csv"
        file.write_text("".join(f"{line}\n" for line in (header, *rows)), encoding="utf-8")
        return ingest("capex", [str(file)], workspace, **options)

    return take_rows


def refused(take: Take, *rows: str, **options: Any) -> Problem:
    with pytest.raises(InputError) as error:
        take(*rows, **options)
    (problem,) = error.value.problems
    return problem


def test_what_no_curve_can_hold_is_refused_whoever_confirms_it(take: Take) -> None:
    problem = refused(take, "capex_one,2026-09-30,1e30,USD,Us", is_confirmed=True)
    assert (problem.subject, problem.hint) == ("value", "")
    assumed = f"{HEADER},assumed,error"
    early = refused(take, "agent_penetration,1990-12-31,5%,share,Us,yes,0.3", header=assumed)
    assert "first figure of agent_penetration" in early.expected
    drivers = {"capped": replace(next(iter(INPUTS.drivers.values())), name="capped", ceiling=100.0)}
    inputs = replace(INPUTS, drivers=drivers)
    known = INPUTS.observations[0]
    held = [
        replace(known, series_id="capped", value=99.0),
        replace(known, series_id="capped", value=101.0),
    ]
    (above,) = beyond_drivers(held, inputs)
    assert above.expected == "at most 100, the ceiling of capped"
    nothing = replace(known, series_id="capex_cash_meta", value=0.0, qualifier="eq")
    (zero,) = beyond_drivers([nothing], INPUTS)
    assert zero.expected == "more than zero, as meta_capex has"


def test_a_period_to_come_needs_a_word_on_who_says_so_and_when(take: Take) -> None:
    ahead = date.today() + timedelta(days=400)
    row = f"survey,{ahead},60%,share,Somebody"
    problem = refused(take, row, "survey,2025-06-30,30%,share,Us")
    assert (problem.subject, problem.expected) == ("period_end", "a period that is over")
    assert "--as-of" in problem.hint
    assert take(row, as_of=date(2026, 11, 1), dry_run=True).counts == Counts(new=1)
    stated = take(f"{row},2026-11-01", header=f"{HEADER},published", dry_run=True)
    assert stated.counts == Counts(new=1)
    assumed = f"{HEADER},assumed,error"
    row = f"agent_penetration,{ahead},60%,share,My view,yes,0.3"
    assert take(row, header=assumed, dry_run=True).counts == Counts(new=1)
    done = take(f"survey,{ahead},60%,share,Us", "survey,2025-06-30,30%,share,Us", skip_bad=True)
    assert done.counts == Counts(new=1)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("capex_one,2025,160B,USD,Filing", "a year to 2025-12-31"),
        ("capex_one,FY2025,160B,USD,Filing,FY", "a year to 2025-12-31"),
        ("capex_one,H1 2025,80B,USD,Filing", "half a year to 2025-06-30"),
        ("capex_one,2026-07-26,44B,USD,Filing", "2026-07-26, beside 2026-06-30"),
    ],
)
def test_a_flow_over_another_length_of_time_is_refused(take: Take, row: str, found: str) -> None:
    header = f"{HEADER},frequency"
    row = row.replace("FY2025", "2025-12-31") if row.endswith(",FY") else f"{row},"
    problem = refused(take, row, header=header)
    assert (problem.subject, problem.found) == ("period_end", found)


@pytest.mark.parametrize("day", ["2026-06-27", "2026-07-04"])
def test_an_end_a_few_days_off_is_that_of_the_same_period(take: Take, day: str) -> None:
    done = take(f"capex_one,{day},44.9B,USD,Filing")
    assert done.counts == Counts(unchanged=1)
    assert "taken for the period that ends a few days" in done.warnings[0]


@pytest.mark.parametrize(
    ("row", "likely"),
    [
        ("capex_one,2026-06-30,45.1,USD,Filing", "billion USD"),
        ('capex_one,2026-09-30,"51,100",USD,Filing', "million USD"),
        ("capex_one,2026-09-30,45T,USD,Filing", ""),
        ("survey,2026-10-31,0.3%,share,Us", ""),
    ],
)
def test_another_order_of_magnitude_is_refused_until_it_is_confirmed(
    take: Take, row: str, likely: str
) -> None:
    problem = refused(take, row)
    assert problem.subject == "value"
    assert f"--unit {likely!r}" in problem.hint if likely else "Is it in" not in problem.hint
    assert "--confirm" in problem.hint
    assert take(row, is_confirmed=True, dry_run=True).skipped == ()


def test_the_likely_unit_takes_it(take: Take) -> None:
    row = "capex_one,2026-09-30,51.1,Filing"
    header = "series_id,period_end,value,source"
    assert "--unit 'billion USD'" in refused(take, row, header=header).hint
    assert take(row, header=header, unit="billion USD").counts == Counts(new=1)
    stated = "capex_one,2026-03-31,41,USD,Filing"
    assert take(stated, unit="billion USD").counts == Counts(unchanged=1)


def test_a_new_series_that_jumps_is_refused_and_one_that_grows_is_not(take: Take) -> None:
    days = ("2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31")
    rows = [
        f"visits,{day},{value},users,Us" for day, value in zip(days, (5, 6, 7, 8e6), strict=True)
    ]
    assert refused(take, *rows).found.startswith("8e+06 users")
    grown = [f"compute,{day},{10.0**k},FLOP,Us" for k, day in enumerate(days, start=20)]
    assert take(*grown).counts == Counts(new=4)


@pytest.mark.parametrize(
    ("values", "slip"),
    [
        ((121, 124, 1270, 129, 133), 4),
        ((12.1, 1.28, 13.1, 13.9), 3),
        ((121, 124, 127, 129, 1330), 0),  # the newest may be news
        ((121, 124, 620, 129, 133), 0),
        ((1, 9, 1, 9, 1), 0),
        ((1, 2, 20, 220, 2300), 0),
    ],
)
def test_a_slipped_decimal_sign_is_refused(
    take: Take, values: tuple[float, ...], slip: int
) -> None:
    rows = [f"load,2026-0{at}-28,{value},MW,Us" for at, value in enumerate(values, start=1)]
    if not slip:
        assert take(*rows).counts == Counts(new=len(values))
        return
    assert refused(take, *rows).place.endswith(f":{slip}")
    assert take(*rows, is_confirmed=True, dry_run=True).counts == Counts(new=len(values))
    others = [row for at, row in enumerate(rows, start=2) if at != slip]
    assert take(*others).counts == Counts(new=len(values) - 1)
    assert refused(take, rows[slip - 2]).subject == "value"


@pytest.mark.parametrize(
    ("values", "slips"),
    [
        ((310, 325, 340, 1335), [4]),  # the year in place of its last quarter
        ((310, 325, 340, 360, 365, 380), []),
        ((310, 325, 340, 700), []),
        ((310, 635, 975, 1335, 360, 730), [2, 3, 4, 6]),  # sums since the year began
        ((40, 310, 635, 975), []),
        ((100, 200, 300, 400, 500, 600), []),
    ],
)
def test_a_sum_of_quarters_is_no_quarter(
    take: Take, values: tuple[int, ...], slips: list[int]
) -> None:
    ends = ("2025-03-31", "2025-06-30", "2025-09-30", "2025-12-31", "2026-03-31", "2026-06-30")
    rows = [f"racks,{end},{value}e6,USD,Q,Us" for end, value in zip(ends, values, strict=False)]
    header = "series_id,period_end,value,unit,frequency,source"
    if not slips:
        assert take(*rows, header=header).counts == Counts(new=len(values))
        return
    assert refused(take, *rows, header=header).place.endswith(f":{slips[0] + 1}")
    assert take(*rows, header=header, is_confirmed=True, dry_run=True).counts.new == len(values)
    done = take(*rows, header=header, skip_bad=True)
    assert done.counts == Counts(new=len(values) - len(slips))


def test_what_merely_surprises_is_taken_as_news(take: Take) -> None:
    done = take("capex_one,2026-09-30,120B,USD,Filing")
    assert done.counts == Counts(new=1)
    assert done.warnings == (
        "capex_one of 2026-09-30 is 2.67 times that of 2026-06-30: taken, as news",
    )


def test_what_is_known_already_is_no_news(take: Take) -> None:
    take("capex_one,2026-09-30,120B,USD,Filing")
    assert take("capex_one,2026-09-30,120B,USD,Filing").warnings == ()


def test_an_error_of_a_factor_of_twenty_and_more_is_refused(take: Take) -> None:
    header = f"{HEADER},error"
    problem = refused(take, "survey,2026-10-31,0.2,share,x,1e300", header=header)
    assert (problem.subject, problem.found) == ("error", "1e300")


NEW = (
    *("capex_cash_aapl", "capex_cash_tsla", "capex_cash_nbis", "capex_cash_ibm", "amd_rev"),
    *("capex_cash_crwv_net", "survey_2", "h200_rent", "b300_rent_silicondata", "pew_chatbot_daily"),
)


@pytest.mark.parametrize("name", NEW)
def test_a_new_name_is_no_slip_of_a_known_one(name: str) -> None:
    assert slips(name, tuple(INPUTS.series)) == []


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("capex_cash_amzm", []),
        ("capexcash_amzn", ["capex_cash_amzn"]),
        ("capex_chas_amzn", ["capex_cash_amzn"]),
        ("chatgtp_wau", ["chatgpt_wau"]),
        ("openai_revnue_actual", ["openai_revenue_actual"]),
        ("Capex_Cash_AMZN", ["capex_cash_amzn"]),
    ],
)
def test_a_plain_slip_is_asked_about(name: str, meant: list[str]) -> None:
    assert slips(name, tuple(INPUTS.series)) == meant


def test_a_slip_that_is_none_is_said_to_be_new(take: Take) -> None:
    row = "capexx_one,2026-09-30,52B,USD,Filing"
    assert "--new" in refused(take, row).hint
    assert take(row, is_new=True).counts == Counts(new=1)


ROWS = [
    "fresh,2026-09-30,5,GW,Us",
    "fresh,2026-06-30,4000,MW,Us",
    "capex_cash_aapl,2026-09-30,$52B,USD,Us",
    "other_thing,2025,12%,%,Us",
]


@settings(deadline=None, max_examples=10)
@given(some.permutations(ROWS))
def test_the_order_of_rows_and_files_does_not_matter(rows: list[str]) -> None:
    with TemporaryDirectory() as folder:
        files = []
        for index, row in enumerate(rows):
            file = Path(folder) / f"{index}.csv"
            file.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
            files.append(str(file))
        done = ingest("capex", files, Path(folder), dry_run=True)
    assert [(note.series_id, note.figures) for note in done.series] == [
        ("capex_cash_aapl", 1),
        ("fresh", 2),
        ("other_thing", 1),
    ]


def test_each_series_is_said_what_it_feeds_or_why_nothing_moves(take: Take) -> None:
    done = take(
        "capex_one,2026-09-30,52B,USD,Filing",
        "capex_old,2026-09-30,52B,USD,Filing",
        "survey,2026-08-31,31%,share,Us",
        "sold_cum,2026-06-30,20M,H100e,Model",
        "brand_new,2026-06-30,20,GW,Us",
    )
    assert [note.sentence().partition("; ")[2] for note in done.series] == [
        "a new series, which no driver reads: list it under evidence of one in "
        "assumptions/drivers.yaml",
        "a check only: nothing is fitted to it",
        "feeds capex",
        "target compute_sold of compute_sold counts 2024Q4, 2025, so 2026Q2 moves nothing yet",
        "a check only: nothing is fitted to it",
    ]
    waiting = take("capex_one,2025-12-31,40B,USD,Filing").series[0]
    assert waiting.says == "feeds capex; which is a sum and waits for capex_two of 2025-12-31"


def test_a_figure_years_from_all_others_is_confirmed_first(take: Take) -> None:
    row = "capex_one,2006-06-30,52B,USD,Filing"
    problem = refused(take, row)
    assert (problem.subject, "--confirm" in problem.hint) == ("period_end", True)
    assert take(row, is_confirmed=True, dry_run=True).counts == Counts(new=1)
    ahead = f"{row.replace('2006', '2050')},2026-10-01"
    done = take(ahead, header=f"{HEADER},published", dry_run=True)
    assert done.counts == Counts(new=1)


def test_what_is_left_out_is_no_news(take: Take) -> None:
    rows = ("capex_one,2026-09-30,9e14,USD,Us", "capex_old,2026-09-30,52B,USD,Us")
    assert not any("news" in said for said in take(*rows, skip_bad=True).warnings)


def test_one_year_far_from_all_others_of_a_new_series_is_a_slip(take: Take) -> None:
    ends = ("2025-09-30", "2025-12-31", "2006-03-31", "2026-06-30")
    rows = [f"optics_sales,{end},{450 + at}e6,USD,Us" for at, end in enumerate(ends)]
    problem = refused(take, *rows)
    assert (problem.place.rpartition(":")[2], problem.subject) == ("4", "period_end")
    assert take(*rows, is_confirmed=True).counts.new == 4
    sparse = ("1990", "2000", "2023", "2024", "2025")  # as the World Bank offers years
    assert take(*(f"optics_of_old,{year},45e6,USD,Us" for year in sparse))
