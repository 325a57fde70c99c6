"""`forecast fit --file`: what it returns, what it refuses, and that it looks at nothing else.

The figures in growth_series.csv are of the World Bank and the ITU, by way of Our World in Data
(CC BY 4.0).
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.analysis.series.backtest import backtest_file, origins
from forecast.analysis.series.fit import Fit, fit_file
from forecast.analysis.series.scores import covered, crps, interval_score
from forecast.errors import InputError
from forecast.world.history.learnt import PathRow

GROWTH = (Path(__file__).parent / "growth_series.csv").read_bytes()


def table(figures: list[tuple[str, object, object]], unit: str = "") -> bytes:
    lines = [f"{name},{day},{value},{unit}" for name, day, value in figures]
    return "\n".join(["series_id,date,value,unit", *lines]).encode()


def years(values: list[object], first: int = 2010) -> list[tuple[str, object, object]]:
    return [("a", first + index, value) for index, value in enumerate(values)]


def quantiles(rows: tuple[PathRow, ...]) -> np.ndarray:
    return np.array([row.quantiles.values for row in rows])


def fitted(content: bytes, horizon: int = 4, **options: object) -> Fit:
    return fit_file("a.csv", content, horizon=horizon, **options)  # type: ignore[arg-type]


def is_sound(result: Fit) -> bool:
    found = quantiles(result.rows)
    return bool(np.isfinite(found).all() and (np.diff(found) >= 0).all() and (found > 0).all())


@pytest.mark.parametrize(
    ("figures", "periods", "frequency"),
    [
        (years([1, 2, 3]), ["2013", "2014"], None),
        ([("a", "2025Q3", 1), ("a", "2025Q4", 2)], ["2026Q1", "2026Q2"], None),
        ([("a", "2025-10", 1), ("a", "2025-11", 2)], ["2025-12", "2026-01"], None),
        ([("a", "2026-01-01", 1), ("a", "2026-01-08", 2)], ["2026-01-15", "2026-01-22"], None),
        (years([1, 2, 3]), ["2013Q1", "2013Q2"], "Q"),
    ],
)
def test_the_next_periods_follow_the_last_figure(
    figures: list[tuple[str, object, object]], periods: list[str], frequency: str | None
) -> None:
    result = fitted(table(figures), 2, frequency=frequency)
    assert [row.period for row in result.rows] == periods


@pytest.mark.parametrize(
    ("values", "unit", "said"),
    [
        ([5.0], "", "fewer than three figures"),
        ([5.0, 6.0], "", "fewer than three figures"),
        ([1.0] * 8, "share", "at its ceiling"),
        ([0, 0, 1, 2, 4], "", "zeros before growth began"),
        ([1, 0, 2, 4], "", "zeros count as half"),
        ([1, "nan", 2, "", 4], "", "missing were left out"),
        ([0.2, 0.6, 1.0, 1.0], "share", ""),
        ([1e-100, 1e100, 1.0], "", ""),
    ],
)
def test_awkward_series_get_a_forecast_and_a_word(
    values: list[object], unit: str, said: str
) -> None:
    result = fitted(table(years(values), unit))
    assert is_sound(result)
    assert said in " ".join(result.warnings)


def test_a_series_in_memory_is_fitted_as_one_in_a_file() -> None:
    import forecast

    values = [1.0, 2.0, 4.0, 7.0]
    mine = forecast.fit_series({f"{2010 + k}": value for k, value in enumerate(values)}, horizon=4)
    filed = fitted(table(years(list(values))))
    assert quantiles(mine.result.rows).tolist() == quantiles(filed.rows).tolist()
    frame = pd.Series(values, index=pd.period_range("2010", periods=4, freq="Y"))
    assert forecast.fit_series(frame, horizon=4).rows == mine.rows
    stamps = pd.Series(values, index=pd.date_range("2010-12-31", periods=4, freq="YE"))
    assert forecast.fit_series(stamps, horizon=4).rows == mine.rows


def test_everything_wrong_with_a_request_in_memory_is_named() -> None:
    import forecast

    with pytest.raises(InputError) as caught:
        forecast.fit_series(
            [1.0, 2.0],  # type: ignore[arg-type]
            horizon=0,
            ceiling=float("nan"),
            frequency="D",  # type: ignore[arg-type]
        )
    assert len(caught.value.problems) == 4
    missing = pd.Series([1, pd.NA, 4.0, 5.0], index=["2020", "2021", "2022", "2023"])
    assert "missing were left out" in forecast.fit_series(missing).warnings[0]


@pytest.mark.parametrize("sign", ["$", "€", ""])
def test_a_sign_of_money_is_no_part_of_a_figure(sign: str) -> None:
    rows = "".join(f'{2019 + year},"{sign}{803_412 + 100_000 * year:,}"\n' for year in range(7))
    plain = "".join(f"{2019 + year},{803_412 + 100_000 * year}\n" for year in range(7))
    signed, bare = (fitted(f"date,revenue\n{each}".encode()) for each in (rows, plain))
    assert quantiles(signed.rows).tolist() == quantiles(bare.rows).tolist()


def test_few_figures_give_a_wider_band_than_many() -> None:
    def width(count: int) -> float:
        last = fitted(table(years([2.0**index for index in range(count)]))).rows[-1].quantiles
        return float(np.log(last.at(90) / last.at(10)))

    assert width(1) > width(3) > width(9)


def test_dates_and_units_that_differ_within_a_series_are_named() -> None:
    mixed = fitted(table([("a", "2020", 1), ("a", "2021Q2", 2), ("a", "2021-12", 3)]))
    assert is_sound(mixed)
    assert "several forms" in mixed.warnings[0]
    rows = b"series_id,date,value,unit\na,2020,1,USD\na,2021,2,EUR\n"
    with pytest.raises(InputError, match="found EUR; expected USD"):
        fitted(rows)


@pytest.mark.parametrize(
    ("figures", "unit", "said"),
    [
        (years([0, 0, 0]), "", "nothing above zero"),
        (years([1, -2, 3]), "", "a.csv:3: value: found -2"),
        (years([1, "inf", 3]), "", "a.csv:3: value: found inf"),
        (years([1, 1e-200, 3]), "", "a.csv:3: value: found 1e-200"),
        (years([0.5, 1.2]), "share", "at most the ceiling, 1"),
        (years([1, "many"]), "", "found many"),
        (years([1, "12_3"]), "", "without signs of a unit"),
        (years(["nan", ""]), "", "found no figures"),
        (years([1, 2], first=9990), "", "between 1000 and 2200"),
        ([("a", 2010, 1), ("a", 2010, 2)], "", "2 for 2010-12-31 after 1"),
        ([("a", "03/04/2026", 1)], "", "--dates day-first"),
        ([], "", "at least one row"),
    ],
)
def test_bad_series_are_refused_with_their_place(
    figures: list[tuple[str, object, object]], unit: str, said: str
) -> None:
    with pytest.raises(InputError) as caught:
        fitted(table(figures, unit))
    assert said in str(caught.value)


def test_families_can_be_asked_for_by_name() -> None:
    content = table(years([1.0, 2.0, 4.0, 7.0]))
    chosen = fitted(content, families=("richards", "bass"))
    assert [row.family for row in chosen.fits] == ["richards", "bass"]
    assert is_sound(chosen)
    with pytest.raises(InputError, match="richards"):
        fitted(content, families=("richard",))
    with pytest.raises(InputError, match="ceiling"):
        fitted(content, families=("fisher_pry",))


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(InputError) as caught:
        fitted(table([("a", 2010, -1), ("b", "soon", 1), ("c", 2010, "ten")]))
    assert len(caught.value.problems) == 3


def test_order_and_doubled_rows_change_nothing_but_the_warnings() -> None:
    plain = fitted(table(years([1, 2, 4, 7])))
    mixed = fitted(table([*years([1, 2, 4, 7])[::-1], ("a", 2011, 2)]))
    assert mixed.rows == plain.rows
    assert len(mixed.warnings) == 2


def test_nothing_after_the_origin_is_seen() -> None:
    figures = years([1, 2, 4, 7, 11, 16, 20])
    until = fitted(table(figures[:5]))
    later = fitted(table(figures), origin=date(2014, 12, 31))
    assert later.rows == until.rows
    late = [("b", 2016, 1), ("b", 2017, 2)]
    partly = fitted(table([*figures, *late]), origin=date(2014, 12, 31))
    assert partly.rows == until.rows
    assert any("no figures by the origin" in said for said in partly.warnings)
    with pytest.raises(InputError, match="no figures by the origin, 1999-01-01"):
        fitted(table(figures), origin=date(1999, 1, 1))


def test_a_hundred_thousand_points_are_no_burden() -> None:
    days = np.datetime64("1700-01-01") + np.arange(100_000)
    figures = [("a", day, 100 + index) for index, day in enumerate(days.astype(str).tolist())]
    assert is_sound(fitted(table(figures), 2))


def test_a_daily_series_remembers_more_than_its_last_months() -> None:
    days = np.datetime64("2015-01-01") + np.arange(0, 2000, 2)
    slow = np.exp(0.2 * np.arange(1000) / 182.5)
    fast = slow.copy()
    fast[:800] *= np.exp(-0.5 * np.arange(800, 0, -1) / 182.5)
    grown = [
        fitted(table([("a", day, v) for day, v in zip(days.astype(str), values, strict=True)]))
        for values in (slow, fast)
    ]
    slower, faster = (each.rows[-1].quantiles.at(90) for each in grown)
    assert slower < faster


@settings(max_examples=30, deadline=None)
@given(
    values=st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=20),
    factor=st.sampled_from([1e-6, 0.3, 1e9]),
)
def test_levels_scale_with_their_unit(values: list[float], factor: float) -> None:
    once = fitted(table(years(list(values))))
    scaled = fitted(table(years([factor * value for value in values])))
    assert is_sound(once)
    assert quantiles(scaled.rows) == pytest.approx(factor * quantiles(once.rows), rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.floats(1e-6, 1.0), min_size=1, max_size=20))
def test_shares_stay_below_their_ceiling_in_any_unit(values: list[float]) -> None:
    share = fitted(table(years(list(values)), "share of firms"))
    per_cent = fitted(table(years([100.0 * value for value in values]), "%"))
    assert is_sound(share)
    assert quantiles(share.rows).max() <= 1.0
    assert quantiles(per_cent.rows) == pytest.approx(100.0 * quantiles(share.rows), rel=1e-6)


def test_series_do_not_influence_each_other() -> None:
    together = fitted(GROWTH)
    lines = GROWTH.decode().splitlines()
    for name in ("internet_share__belgium", "mobile_per100__uganda"):
        alone = "\n".join([lines[0], *(line for line in lines if line.startswith(name))])
        mine = tuple(row for row in together.rows if row.series_id == name)
        assert quantiles(fitted(alone.encode()).rows) == pytest.approx(quantiles(mine), rel=1e-9)


def test_fits_say_how_much_the_data_decided_the_ceiling() -> None:
    fits = fitted(GROWTH).fits
    known = {
        row.series_id: row.diagnostics["ceiling_from_data"]
        for row in fits
        if row.family == "logistic"
    }
    assert all(0.0 <= value <= 1.0 for value in known.values())
    assert sum(row.weight for row in fits) == pytest.approx(len(known))


def test_real_series_are_forecast_better_than_by_a_random_walk_with_drift() -> None:
    result = backtest_file("growth_series.csv", GROWTH, horizon=8)
    crps_of = {row.kind: row.scores.crps for row in result.scores if row.series_id is None}
    assert crps_of["share"] < 0.85 * random_walk_crps("share")
    assert crps_of["level"] < 0.85 * random_walk_crps("level")


def random_walk_crps(kind: str) -> float:
    """Return the CRPS of a Gaussian random walk with drift in logits or logs, done by hand."""
    z = np.array([-1.960, -1.645, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.645, 1.960])
    series: dict[str, list[float]] = {}
    for line in GROWTH.decode().splitlines()[1:]:
        name, _, value, unit, _ = line.split(",", maxsplit=4)
        if unit.startswith("share") == (kind == "share"):
            series.setdefault(name, []).append(float(value))
    means = []
    for values in series.values():
        x = np.log(values)
        if kind == "share":
            x -= np.log1p(-np.array(values))
        for seen in origins(len(x)):
            steps = np.diff(x[:seen])
            ahead = np.arange(1, min(8, len(x) - seen) + 1)[:, None]
            spread = steps.std() * np.sqrt(ahead + ahead**2 / len(steps))
            found = x[seen - 1] + ahead * steps.mean() + spread * z
            observed = x[seen : seen + len(ahead)]
            if kind == "share":
                found, observed = 100 / (1 + np.exp(-found)), 100 / (1 + np.exp(-observed))
            means.append(crps(found, observed).mean())
    return float(np.mean(means))


def test_scores_by_hand() -> None:
    forecast = np.array([0.0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert crps(np.full(9, 3.0), np.array(5.0)) == pytest.approx(2.0)
    # The 80% band is 2 to 6, so 9 misses it by 3: 4 + 2/0.2 × 3.
    assert interval_score(forecast, np.array(9.0), 0.8) == pytest.approx(34.0)
    assert interval_score(forecast, np.array(5.0), 0.95) == pytest.approx(8.0)
    assert not covered(forecast, np.array(7.0), 0.8)
    assert covered(forecast, np.array(7.0), 0.95)


def test_origins_are_evenly_spaced_from_six_points_to_three_before_the_end() -> None:
    assert origins(103) == (6, 37, 69, 100)
    assert origins(9) == (6,)
    assert origins(8) == ()


def test_the_command_prints_json_without_heavy_imports_or_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "forecast.toml").write_text("draws = 'none'\n")
    (tmp_path / "growth.csv").write_bytes(GROWTH)
    program = (
        "import sys; from forecast.cli.main import run;"
        "code = run(['fit', '--file', 'growth.csv', '--format', 'json', '--horizon', '3',"
        " '--origin', '2010']);"
        "heavy = {'scipy', 'pandas', 'statsmodels'} & set(sys.modules);"
        "print(code, sorted(heavy), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "0 []"
    document = json.loads(done.stdout)
    assert document["command"] == "fit"
    assert document["run"]["as_of"] == "2010-12-31"
    assert len(document["rows"]) == 6 * 3
    assert list(document["rows"][0])[:4] == ["series_id", "member", "period", "unit"]
    assert {"series_id", "family", "weight", "parameters", "diagnostics"} == set(
        document["fits"][0]
    )
