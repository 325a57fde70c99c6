"""The projection: the same rows whatever the block, thread or cache; years, events and errors."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from forecast.analysis.project import Projection, project
from forecast.ensemble.prior import stratified_normal
from forecast.errors import InputError
from forecast.inputs import load, parse_settings
from forecast.inputs.schema import Kind
from forecast.model.aggregate import aggregated, year_value
from forecast.model.equations import model_graph
from forecast.model.equations.market.balance import crossover
from forecast.model.graph import Meaning
from forecast.periods import FIRST_QUARTER, label, quarter
from forecast.result import RunOptions
from forecast.store import Store
from forecast.world import ensemble as ensemble_module
from forecast.world import world
from forecast.world.case import Case
from forecast.world.ensemble import open_world
from forecast.world.rows import ProbabilityRow, constraint_rows, event_row, value_row

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def base_result(base_case: Case) -> Projection:
    return project(base_case, RunOptions(draws=512, use_cache=False))


@pytest.fixture
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Keep cached ensembles in a file of the test's own."""
    store = Store(tmp_path / "store.sqlite")
    monkeypatch.setattr(ensemble_module, "open_store", lambda workspace: store)
    return store


@pytest.fixture
def few_conditioned(own_ensembles: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Condition a thousand draws, anew each time."""
    monkeypatch.setattr(ensemble_module, "FEWEST_CONDITIONED", 1024)


def test_blocks_and_threads_change_nothing(
    base_case: Case, few_conditioned: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = RunOptions(draws=200, use_cache=False)
    before = project(base_case, options, by="quarter", breakdown="component")
    monkeypatch.setattr(world, "BLOCK", 150)  # the last block of 1,024 is a part of one
    monkeypatch.setattr(world, "THREADS", 3)
    after = project(base_case, options, by="quarter", breakdown="component")
    assert repr(after.rows) == repr(before.rows)


def test_a_seed_repeats_and_another_does_not(
    base_case: Case, own_store: Store, few_conditioned: None
) -> None:
    settings = parse_settings(["agent_penetration@2028=30%"], base_case.inputs, "command line")
    changed = replace(base_case, settings=settings)
    options = RunOptions(draws=128, seed=3)
    first, cached = project(changed, options), project(changed, options)
    uncached = project(changed, replace(options, use_cache=False))
    assert (first.cached, cached.cached, uncached.cached) == (False, True, False)
    assert repr(first.rows) == repr(cached.rows) == repr(uncached.rows)
    assert first.targets == cached.targets
    other = project(changed, replace(options, seed=4))
    assert repr(other.rows) != repr(first.rows)
    assert len(first.warnings) == len(other.warnings)


def test_a_longer_horizon_leaves_the_shorter_one_as_it_was(
    base_case: Case, own_store: Store
) -> None:
    near, far = (
        project(base_case, RunOptions(128, through=end), by="quarter", metrics=("chip_spend",))
        for end in ("2028Q2", "2031")
    )
    assert far.rows[-1].period == "2031Q4"
    assert repr(far.rows[: len(near.rows)]) == repr(near.rows)


def test_who_leads_and_when_does_not_depend_on_the_horizon(
    base_case: Case, own_store: Store
) -> None:
    metrics = ("crossover", "spend_crossover", "inference_ahead", "inference_spend_ahead")
    near, middle, far = (
        project(base_case, RunOptions(128, through=end), metrics=metrics)
        for end in ("2026", "2028", "2031")
    )
    for short, long in ((near, middle), (middle, far)):
        last = quarter(short.run.through)
        for before, after in zip(short.events, long.events, strict=True):
            shown = [at if at and quarter(at) <= last else None for at in after.quantiles.values]
            assert list(before.quantiles.values) == shown
            assert before.probability_never >= after.probability_never
        for row in short.rows:
            if isinstance(row, ProbabilityRow):
                assert row == long.probability(row.metric, row.period)


def test_rows_are_whole_and_percentiles_ordered(base_result: Projection) -> None:
    assert {row.period for row in base_result.rows} >= {str(year) for year in range(2022, 2029)}
    for row in base_result.values:
        levels = list(row.quantiles.values)
        assert levels == sorted(levels), row.metric
        assert np.all(np.isfinite([*levels, row.mean, row.mc_error])), row.metric
        last = quarter(row.period) - FIRST_QUARTER
        assert (row.status == "projected") == (last >= 18), row.period
    for event in base_result.events:
        quarters = [each for each in event.quantiles.values if each is not None]
        assert quarters == sorted(quarters), event.metric


def test_years_are_made_of_quarters_as_kinds_say() -> None:
    values = np.array([[9.0, 9, 9, 9, 1, 2, 3, 6], [0.0, 0, 0, 0, 4, 4, 4, 4]])
    by_kind: dict[Kind, list[float]] = {
        "flow": [12.0, 16.0],
        "rate": [3.0, 4.0],
        "stock": [6.0, 4.0],
        "cumulative": [6.0, 4.0],
    }
    for kind, expected in by_kind.items():
        assert year_value(values, kind, 4).tolist() == expected
    share = Meaning("part_share", "share", "share", "", "", True, False, ("part", "whole"))
    parts = {
        "part": np.array([[1.0, 1, 1, 1], [0.0, 0, 0, 0]]),
        "whole": np.array([[10.0, 2, 2, 2], [0.0, 0, 0, 0]]),
        "part_share": np.array([[0.1, 0.5, 0.5, 0.5], [0.2, 0.4, 0.6, 0.8]]),
    }
    # 4 of 16, not the mean of quarters; where nothing is added up, the mean is all there is
    made = aggregated(share, lambda name: (parts[name], "flow"), 0)
    assert made == pytest.approx([0.25, 0.5])
    made = aggregated(share, lambda name: (parts[name], "stock"), 0)
    assert made == pytest.approx([0.5, 0.5])


def test_published_years_are_made_of_published_quarters(base_case: Case) -> None:
    metrics = ("chip_spend", "compute_stock", "tokens", "ai_capex")
    options = RunOptions(draws=128, use_cache=False)
    values = open_world(base_case, options).values(metrics)
    yearly = project(base_case, options, metrics=metrics)
    of_2027 = slice(20, 24)
    for metric, draws in [
        ("chip_spend", values["chip_spend"][:, of_2027].sum(axis=1)),
        ("compute_stock", values["compute_stock"][:, 23]),
        ("tokens", values["tokens"][:, of_2027].mean(axis=1)),
    ]:
        row = yearly.find(metric, "2027")
        assert row is not None
        found = [*(row.quantiles.at(each) for each in (5, 50, 95)), row.mean]
        expected = [*np.percentile(draws, (5, 50, 95)), draws.mean()]
        assert found == pytest.approx(expected, rel=1e-9)


def test_the_crossover_is_the_first_quarter_from_which_inference_leads_a_year() -> None:
    ahead = np.array(
        [
            [1, 0, 0, 1, 1, 1, 1, 0],  # ahead, behind, and a year ahead from the fourth on
            [1, 1, 1, 1, 0, 0, 0, 0],  # ahead from the start; what follows is no matter
            [0, 0, 0, 0, 1, 1, 1, 1],  # from the last quarter that counts
            [1, 1, 1, 0, 1, 1, 1, 0],  # never a year
            [0, 0, 0, 0, 0, 1, 1, 1],  # beyond the horizon is too late
        ],
        dtype=float,
    )
    found = crossover(ahead, FIRST_QUARTER, 5)[:, 0]
    expected = [FIRST_QUARTER + 3, FIRST_QUARTER, FIRST_QUARTER + 4, np.inf, np.inf]
    assert found.tolist() == expected
    meaning = model_graph().nodes["crossover"].meaning
    row = event_row(meaning, found)
    assert row.probability_never == 0.4
    # standard error of two in five from their own spread: √(0.4 × 0.6 / 4)
    assert row.mc_error == pytest.approx(0.2449490, abs=1e-6)
    at = row.quantiles.at
    assert (at(5), at(25), at(50)) == ("2022Q1", "2022Q4", "2023Q1")
    assert (at(75), at(95)) == (None, None)


def test_what_binds_is_a_share_of_draws_and_quarters() -> None:
    meaning = model_graph().nodes["binding_constraint"].meaning
    codes = np.array([[-1.0, 0, 1, 3], [-1.0, 3, 3, 3]])
    rows = constraint_rows(meaning, "2028", codes, "projected")
    assert {row.member: row.mean for row in rows} == {
        "none": pytest.approx(1 / 6),
        "finance": pytest.approx(1 / 6),
        "chips": 0.0,
        "power": pytest.approx(4 / 6),
    }
    assert constraint_rows(meaning, "2023", codes[:, :1], "projected") == []


def test_a_row_states_quantiles_and_their_error() -> None:
    meaning = model_graph().nodes["chip_spend"].meaning
    row = value_row(meaning, "2028", np.arange(101.0)[::-1], "projected", None)
    assert row.quantiles.values == (2.5, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5)
    # Below 50 lie six of a replicate's thirteen draws (100, 92 … 4, and so on), three times; seven
    # of thirteen (97, 89 … 1), twice; and six of twelve.
    shares = [6 / 13] * 3 + [7 / 13] * 2 + [6 / 12] * 3
    assert row.mc_error == pytest.approx(100.0 * np.std(shares, ddof=1) / np.sqrt(8))
    assert row.mean == 50.0


@pytest.mark.parametrize("mixed", [np.sum, np.max])
def test_the_stated_error_is_how_far_medians_of_new_samples_scatter(
    mixed: Callable[..., np.ndarray],
) -> None:
    # The median of a sum of stratified normals scatters much less than one of independent draws,
    # that of their largest not so much: the error follows both.
    meaning = model_graph().nodes["chip_spend"].meaning
    found = []
    for seed in range(200):
        draws = mixed([stratified_normal(seed, name, 1024) for name in "abc"], axis=0)
        row = value_row(meaning, "2028", draws, "projected", None)
        found.append((row.quantiles.p50, row.mc_error))
    medians, stated = np.array(found).T
    # two hundred medians tell their spread within a twentieth
    assert np.sqrt(np.mean(stated**2)) == pytest.approx(np.std(medians, ddof=1), rel=0.2)


HEADLINES = ("inference_share", "compute_stock", "chip_spend", "tokens", "inference_demand")


def test_medians_scatter_between_seeds_as_they_state(
    base_case: Case, own_ensembles: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ensemble_module, "FEWEST_CONDITIONED", 2048)
    rows = [
        {
            row.metric: row
            for row in project(
                base_case, RunOptions(2048, seed, use_cache=False), metrics=HEADLINES
            ).values
            if row.period == "2028"
        }
        for seed in range(1, 7)
    ]
    for metric in HEADLINES:
        scatter = np.std([row[metric].quantiles.p50 for row in rows], ddof=1)
        stated = np.mean([row[metric].mc_error for row in rows])
        # six medians of which one in a thousand spreads is beyond a third or twice the true one
        assert 1.0 / 3.0 < scatter / stated < 2.0, (metric, scatter / stated)


def read_series(name: str) -> dict[date, float]:
    """Return a quarterly series as published, from the data folder itself."""
    found: dict[date, float] = {}
    for path in sorted((ROOT / "data" / "observations").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["series_id"] == name and row["frequency"] == "Q":
                    found[date.fromisoformat(row["period_end"])] = float(row["value"])
    return found


def test_observed_capex_is_the_sum_of_five_companies_quarters(base_result: Projection) -> None:
    companies = (
        "capex_cash_amzn", "capex_cash_goog", "capex_incl_leases_msft", "capex_reported_meta",
    )  # fmt: skip
    ends = [date(2025, month, day) for month, day in ((3, 31), (6, 30), (9, 30), (12, 31))]
    total = sum(read_series(company)[end] for company in companies for end in ends)
    # Oracle's quarters end with February, May, August and November: two months of 2025 in the
    # first, one in the quarter to February 2026
    oracle = read_series("capex_cash_orcl")
    weights = {(2025, 2): 2, (2025, 5): 3, (2025, 8): 3, (2025, 11): 3, (2026, 2): 1}
    total += sum(oracle[end] * weights.get((end.year, end.month), 0) / 3.0 for end in oracle)
    row = base_result.find("hyperscaler_capex", "2025")
    assert row is not None
    assert (row.status, row.observed) == ("observed", pytest.approx(total, rel=1e-9))
    assert row.quantiles.at(5) == pytest.approx(total, rel=0.06)
    later = base_result.find("hyperscaler_capex", "2027")
    assert later is not None
    assert later.observed is None


@pytest.mark.parametrize("through", ["2024", "2040", "soon"])
def test_a_horizon_that_cannot_be_projected_is_refused(through: str, base_case: Case) -> None:
    with pytest.raises(InputError) as refused:
        project(base_case, RunOptions(through=through))
    assert [problem.found for problem in refused.value.problems] == [through]


def test_an_unknown_metric_is_refused(base_case: Case) -> None:
    with pytest.raises(InputError, match="no such metric"):
        project(base_case, metrics=("inference_shre",))


def test_an_early_as_of_sees_nothing_published_later() -> None:
    as_of = date(2025, 6, 30)
    inputs = load(None, as_of, use_cache=False)
    assert max(row.published for row in inputs.observations) <= as_of
    case = Case(inputs, None, (), (), as_of)
    result = project(case, RunOptions(draws=128, use_cache=False), by="quarter")
    assert result.first_projected == "2025Q2"
    stood = [quarter(row.period) for row in result.values if row.observed is not None]
    assert label(max(stood)) == "2025Q2"
    # Momentum is a belief about quarters to come, from what was known.
    onward = {target.name for target in inputs.targets if target.momentum}
    read = {row.period for row in result.targets if row.target not in onward}
    assert all(quarter(period) < quarter("2025Q3") for period in read)
    assert date(2025, 6, 30) + timedelta(days=1) > inputs.data_through
    later = result.find("inference_share", "2028Q4")
    assert later is not None
    assert 0.0 < later.quantiles.at(5) < later.quantiles.at(95) < 1.0
