"""What to watch: dates against what came, the gain against its formula, effects against refits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.analysis.watch import watch as watch_module
from forecast.analysis.watch.expected import Expected, expected
from forecast.analysis.watch.surprise import GROUPS, shifts
from forecast.analysis.watch.upcoming import Upcoming, known_on, upcoming, with_figure
from forecast.analysis.watch.watch import HEADLINE, Watch, watch
from forecast.curves.evidence import driver_points
from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.inputs.schema import Evidence
from forecast.report.formats.machine import render_json
from forecast.result import RunOptions
from forecast.world import world as world_module
from forecast.world.case import Case, load_case
from forecast.world.draws.draws import Ensemble
from forecast.world.ensemble import open_world
from forecast.world.world import World, base_references

FEW = RunOptions(draws=512, use_cache=False)


@pytest.fixture(scope="module")
def to_come(base_case: Case) -> dict[str, Upcoming]:
    known, _ = upcoming(base_case.inputs, known_on(base_case.inputs))
    return {each.name: each for each in known}


@pytest.fixture(scope="module")
def figures(base_world: World, to_come: dict[str, Upcoming]) -> dict[str, Expected]:
    known, beyond = expected(base_world, list(to_come.values()))
    assert not beyond
    return {figure.each.name: figure for figure in known}


@pytest.mark.parametrize("day", [date(2025, 6, 20), date(2025, 12, 20), date(2026, 3, 20)])
def test_regular_figures_came_when_they_were_expected(base_case: Case, day: date) -> None:
    """As of an earlier day, the next figure of each regular series is the one that did come."""
    then = load_case(as_of=day).inputs
    found, _ = upcoming(then, day)
    checked = 0
    for each in found:
        rows = [
            row
            for row in base_case.inputs.observations
            if each.driver and (row.series_id,) == each.series and row.published > day
        ]
        if not rows or rows[0].frequency not in {"M", "Q"}:
            continue
        first = min(rows, key=lambda row: row.period_end)
        assert each.ends == first.period_end
        # NVIDIA's results come between 24 and 31 days after its quarter, Alphabet's 25 days after
        # most and 35 after the last of a year.
        assert abs((each.published - first.published).days) <= 10
        checked += 1
    assert checked >= 1


def test_each_way_of_counting_periods(base_case: Case, to_come: dict[str, Upcoming]) -> None:
    vendor, capex = to_come["nvidia_datacenter_revenue"], to_come["oracle_capex"]
    # Thirteen weeks after 2026-07-26, and published 31 days later, as half of the last eight were.
    assert (vendor.period, vendor.published) == ("2026-10-25", date(2026, 11, 25))
    assert (capex.period, capex.published) == ("2026-11", date(2026, 12, 10))
    # In a sum it completes the third calendar quarter.
    summed = replace(
        base_case.inputs.drivers["alphabet_capex"],
        evidence=(Evidence(("capex_cash_goog", "capex_cash_orcl"), 0.01, ""),),
    )
    (both, *_), _ = upcoming(
        replace(base_case.inputs, drivers={"both": summed}), known_on(base_case.inputs)
    )
    assert both.period == "2026Q3"
    assert (both.first_published, both.published) == (date(2026, 10, 29), date(2026, 12, 10))
    survey = to_come["business_adoption"]
    assert (survey.period, survey.published) == ("2026-09", date(2026, 10, 14))
    assert to_come["google_tokens"].published <= known_on(base_case.inputs)
    assert to_come["weekly_users"].bounded
    # Other sellers were reckoned for 2024Q4 and 2026Q1, five quarters apart.
    assert to_come["other_sellers_2026"].period == "2027Q2"


def test_evidence_without_a_figure_to_come_says_why(base_case: Case) -> None:
    _, left_out = upcoming(base_case.inputs, known_on(base_case.inputs))
    reasons = {each.observation: each.reason for each in left_out}
    assert reasons["btos_ai_use_old"] == "no figure since 2025-09-30"
    assert reasons["capex_cash_msft"] == "counts only where the definition before it has no figure"
    assert "one-sided" in reasons["opinion_bloomberg"]
    later, ended = upcoming(base_case.inputs, date(2028, 1, 1))
    assert not [each for each in later if each.driver and each.driver.process]
    reasons = {each.observation: each.reason for each in ended}
    assert reasons["capex_cash_goog"] == "no figure since 2026-06-30"
    day = date(2025, 12, 20)
    _, left_out = upcoming(load_case(as_of=day).inputs, day)
    reasons = {each.observation: each.reason for each in left_out}
    assert "another series of it goes on" in reasons["btos_ai_use_old"]


def test_readings_of_later_periods_are_not_known_yet(base_case: Case) -> None:
    # By the end of 2025 OpenAI's serving had been read for two years.
    found, _ = upcoming(base_case.inputs, date(2025, 12, 31))
    (serving,) = (each for each in found if each.name.startswith("openai_serving"))
    assert (serving.name, serving.period) == ("openai_serving_2025", "2026Q4")
    _, left_out = upcoming(base_case.inputs, date(2025, 6, 30))
    reasons = {each.observation: each.reason for each in left_out}
    assert "fewer than two readings" in reasons["openai_serving_2024"]


def test_every_driver_and_target_has_a_figure_or_a_reason(base_case: Case) -> None:
    inputs = base_case.inputs
    found, left_out = upcoming(inputs, known_on(inputs))
    spoken = {each.name for each in found} | {each.observation for each in left_out}
    spoken |= {name for each in found for name in each.series}
    for driver in inputs.drivers.values():
        for evidence in driver.evidence:
            assert spoken & {*evidence.series, " + ".join(evidence.series)}
    shared = {(t.quantity, t.origin) for t in inputs.targets if t.name in spoken}
    assert {(t.quantity, t.origin) for t in inputs.targets} == shared


@pytest.mark.parametrize("name", ["nvidia_datacenter_revenue", "oracle_capex", "weekly_users"])
def test_a_figure_added_is_the_figure_that_the_driver_sees(
    base_case: Case, to_come: dict[str, Upcoming], name: str
) -> None:
    each = to_come[name]
    assert each.driver is not None
    before = driver_points(each.driver, base_case.inputs)
    after = driver_points(each.driver, with_figure(base_case.inputs, each, 1.5e11))
    (new,) = set(after) - set(before)
    assert new.value == pytest.approx(1.5e11)
    assert len(after) == len(before) + 1
    assert new.qualifier == "eq"


def test_the_shift_is_a_shrunk_regression_without_the_group() -> None:
    rng = np.random.default_rng(3)
    state = rng.standard_normal((30, 800))
    predicted = np.stack([state[0] + 0.5 * state[1], 3.0 * state[2] + rng.standard_normal(800)])
    errors = np.array([0.4, 2.0])
    found = shifts(state, predicted, errors)
    for group in (0, GROUPS - 1):
        rest = np.arange(800) % GROUPS != group
        for figure in range(2):
            both = np.cov(np.concatenate([state[:, rest], predicted[[figure]][:, rest]]))
            covariance, variance = both[:-1, -1], both[-1, -1]
            correlation = covariance / np.sqrt(np.diag(both)[:-1] * variance)
            kept = np.maximum(0.0, 1.0 - 4.0 / rest.sum() / correlation**2)
            expected = kept * covariance / np.sqrt(variance + errors[figure] ** 2)
            np.testing.assert_allclose(found[group, :, figure], expected, atol=1e-12)


def test_errors_that_correlate_tell_of_the_next_one(figures: dict[str, Expected]) -> None:
    # Nine earlier counts of chips of one origin, errors correlated by 0.8 among them and with the
    # next: of its variance 9 × 0.8² / (1 + 8 × 0.8) is known.
    known = 9 * 0.64 / (1.0 + 8 * 0.8)
    assert figures["nvidia_compute_sold"].error == pytest.approx(0.10 * np.sqrt(1.0 - known))
    assert figures["custom_asic_compute_sold"].error == pytest.approx(0.15 * np.sqrt(1.0 - known))
    # Opinions share a level and a slope besides, of which earlier ones tell a part.
    own = 0.54
    assert own < figures["opinion_mckinsey"].error < np.hypot(own, 0.6)


def test_a_figure_in_another_wording_is_expected_in_it(
    base_case: Case, figures: dict[str, Expected]
) -> None:
    # The vendor's revenue with networking runs above that of compute alone, which the path is.
    figure = figures["nvidia_datacenter_revenue"]
    middle = figure.value(float(np.median(figure.draws)))
    last = max(
        (row for row in base_case.inputs.observations if row.series_id == "nvda_dc_rev"),
        key=lambda row: row.period_end,
    )
    assert 1.0 < middle / last.value < 1.4


@pytest.fixture(scope="module")
def result(base_case: Case, base_ensemble: Ensemble) -> Watch:
    """What to watch for of the base case."""
    return watch(base_case, FEW)


def test_rows_say_what_is_expected_and_what_moves(base_case: Case, result: Watch) -> None:
    names = list(dict.fromkeys(row.figure.observation for row in result.rows))
    assert len(result.rows) == 2 * len(names) == 2 * result.to_come
    for row in result.rows:
        band = row.figure.expected
        assert band.p10 < band.p50 < band.p90
        assert row.figure.surprise > band.p50
        assert row.clear == (abs(row.effect) > 2.0 * row.effect_error)
        assert row.variance_reduction == pytest.approx(row.effect_relative**2)
        assert (row.figure.driver is None) == (row.figure.role == "target")
    # A laboratory's serving is inference, and says nothing of money; a vendor's revenue is money,
    # and hardly says who uses it.
    # Of 8,192 draws the first is 1.5 points and clear; of few, unexplained revenue hides it.
    (share,) = (
        row.effect
        for row in result.rows
        if (row.figure.observation, row.metric) == ("openai_serving_2025", "inference_share")
    )
    assert share > 0.005
    assert _effects(result, "openai_serving_2025")["chip_spend"] is None
    vendor = _effects(result, "nvidia_datacenter_revenue")
    assert (vendor["chip_spend"] or 0.0) > 2e10
    assert abs(vendor["inference_share"] or 0.0) < 0.01
    few = watch(base_case, FEW, top=3)
    assert few.rows == result.rows[:6]
    assert few.to_come == result.to_come


def _effects(result: Watch, name: str) -> dict[str, float | None]:
    """Return the clear effects of a figure by metric, None where none is clear."""
    rows = [row for row in result.rows if row.figure.observation == name]
    return {row.metric: row.effect if row.clear else None for row in rows}


def test_blocks_change_nothing(
    base_case: Case, result: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_module, "BLOCK", 100)
    assert render_json(watch(base_case, FEW)) == render_json(result)


@pytest.mark.slow
def test_other_metrics_at_other_periods(base_case: Case) -> None:
    result = watch(
        base_case, FEW, metrics=["chip_spend@2027", "compute_stock"], period="2026", top=1
    )
    assert [(row.metric, row.metric_period) for row in result.rows] == [
        ("chip_spend", "2027"),
        ("compute_stock", "2026"),
    ]
    with pytest.raises(InputError) as error:
        watch(base_case, FEW, metrics=["chip_spnd@2027", "crossover", "tokens@2050"])
    assert len(error.value.problems) == 3


@pytest.mark.slow
def test_what_is_said_of_a_surprise_is_what_conditioning_anew_does(
    base_case: Case, to_come: dict[str, Upcoming], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target and a driver that move most, with 4,096 draws: the rest is in benchmarks/watch.md.

    The gain is linear and the refit is not, hence a third of the effect beside its error.
    """
    options = RunOptions(draws=4096, use_cache=False)

    def mean(case: Case, metric: str) -> float:
        return float(open_world(case, options).at(metric, "2028").mean())

    movers = (
        ("opinion_gartner", "inference_share"),
        ("nvidia_datacenter_revenue", "chip_spend"),
    )
    alone = [to_come[name] for name, _ in movers]
    monkeypatch.setattr(watch_module, "upcoming", lambda *_: (alone, []))
    rows = watch(base_case, options).rows
    for name, metric in movers:
        row = next(r for r in rows if (r.figure.observation, r.metric) == (name, metric))
        anew = with_figure(base_case.inputs, to_come[name], row.figure.surprise)
        moved = mean(replace(base_case, inputs=anew), metric) - mean(base_case, metric)
        assert row.clear
        assert moved * row.effect > 0.0
        assert abs(moved - row.effect) < abs(row.effect) / 3.0 + 2.0 * row.effect_error


@pytest.mark.parametrize("texts", [(), ("serving_efficiency@2028=x1.2", "weekly_users@2028=x2")])
def test_references_on_the_way_are_those_found_before(
    texts: tuple[str, ...], base_world: World
) -> None:
    """One pass gives the same bits as references first and the model after."""
    names = [*HEADLINE, "demand_pressure"]
    settings = parse_settings(texts, base_world.inputs, "command line")
    references = base_references(base_world)
    held = base_world.with_ensemble(replace(base_world.ensemble, references=references))
    before = held.with_settings(settings).values(names)
    found = base_world.with_settings(settings).values_as_base(names)
    assert all(np.array_equal(found[name], before[name]) for name in before)
