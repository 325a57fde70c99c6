"""What-ifs bend the future to the value asked for and leave the history alone, to the bit."""

from __future__ import annotations

import numpy as np
import pytest
from built_in import INPUTS

from forecast.errors import InputError
from forecast.inputs import parse_settings
from forecast.inputs.schema import Setting
from forecast.model.equations import model_graph
from forecast.periods import FIRST_QUARTER, quarter
from forecast.world.case import Case
from forecast.world.draws.draws import Ensemble
from forecast.world.settings import apply_settings, draws_of
from forecast.world.timeline import Timeline
from forecast.world.world import World

# The split of spend asks what each workload runs one deployment lag later.
LOOK_AHEAD = {"inference_spend_share", "inference_chip_spend", "training_chip_spend"}


class WhatIf:
    """The base ensemble, and what settings make of it."""

    def __init__(self, case: Case, timeline: Timeline, ensemble: Ensemble) -> None:
        self.case, self.timeline, self.ensemble = case, timeline, ensemble

    def base(self, key: str) -> np.ndarray:
        return draws_of(self.case.inputs, self.ensemble, self.timeline, key)

    def apply(self, *settings: Setting) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
        return apply_settings(self.case.inputs, self.ensemble, self.timeline, settings)

    def set(self, *texts: str) -> dict[str, np.ndarray]:
        return self.apply(*parse_settings(texts, self.case.inputs, "a scenario"))[0]


@pytest.fixture
def whatif(base_case: Case, base_grid: Timeline, base_ensemble: Ensemble) -> WhatIf:
    return WhatIf(base_case, base_grid, base_ensemble)


def of_year(values: np.ndarray, year: int, kind: str) -> float:
    """Return the median of a year: sums of flows, means of rates, else the last quarter."""
    start = 4 * year - FIRST_QUARTER
    quarters = values[:, start : start + 4]
    by_kind = {"flow": quarters.sum(axis=1), "rate": quarters.mean(axis=1)}
    return float(np.median(by_kind.get(kind, quarters[:, 3])))


@pytest.mark.parametrize("name", sorted(INPUTS.drivers))
def test_a_dated_value_bends_the_future_alone_and_its_median_meets_it(
    name: str, whatif: WhatIf
) -> None:
    driver, base, history = INPUTS.drivers[name], whatif.base(name), whatif.timeline.history
    goal = 0.8 * of_year(base, 2028, driver.kind)
    bent = whatif.set(f"{name}@2028={goal:.15g}")[name]
    assert np.array_equal(bent[:, :history], base[:, :history])
    assert of_year(bent, 2028, driver.kind) == pytest.approx(goal, rel=1e-6)
    space = np.log(bent / base) if driver.scale == "log" else np.log(bent / (1 - bent) / base)
    if driver.scale == "logit":
        space = space + np.log(1 - base)
    # one bend for all draws, growing without a step
    bend = np.median(space[:, history:], axis=0)
    assert space[:, history:] == pytest.approx(np.tile(bend, (len(base), 1)), abs=1e-6)
    assert np.all(np.diff(bend, prepend=0.0) < 1e-9)
    assert -0.35 * abs(bend).max() < np.diff(bend, prepend=0.0).min()


@pytest.mark.parametrize(
    ("quarters", "period"), [(1, ""), (4, ""), (40, ""), (3, "@2027"), (6, "@2028Q2")]
)
def test_a_delay_brings_the_same_path_later(whatif: WhatIf, quarters: int, period: str) -> None:
    first = {"": whatif.timeline.history}.get(period) or quarter(period[1:]) - FIRST_QUARTER
    first -= 3 if period == "@2027" else 0
    for name in ("power_additions", "weekly_users"):
        base = whatif.base(name)
        later = whatif.set(f"{name}{period}=delay-{quarters}q")[name]
        size = base.shape[1]
        assert np.array_equal(later[:, :first], base[:, :first])
        stands = min(first + quarters, size)
        assert np.array_equal(
            later[:, first:stands], np.repeat(base[:, [first - 1]], stands - first, 1)
        )
        assert np.array_equal(later[:, stands:], base[:, first : max(first, size - quarters)])


def test_a_delay_comes_before_what_says_a_value(whatif: WhatIf) -> None:
    delayed = whatif.set("power_additions=delay-1y")["power_additions"]
    future = slice(whatif.timeline.history, None)
    both = whatif.set("power_additions=x0.5", "power_additions=delay-1y")["power_additions"]
    assert both[:, future] == pytest.approx(0.5 * delayed[:, future])
    met = whatif.set("power_additions=delay-1y", "power_additions@2028=60 GW")["power_additions"]
    assert of_year(met, 2028, "stock") == pytest.approx(60e9, rel=1e-6)


def test_several_dates_are_met_at_once(whatif: WhatIf) -> None:
    changed = whatif.set(
        "hyperscaler_capex@2027=$700B",
        "hyperscaler_capex@2028=$1.9T",
        "agent_penetration@2027Q2=20%",
        "agent_penetration@2028=55%",
        "weekly_users@2027=1.4B",
        "power_additions@2027Q3=20 GW",
        "power_additions@2028=60 GW",
    )
    assert of_year(changed["hyperscaler_capex"], 2027, "flow") == pytest.approx(7e11, rel=1e-6)
    assert of_year(changed["hyperscaler_capex"], 2028, "flow") == pytest.approx(1.9e12, rel=1e-6)
    agents = changed["agent_penetration"]
    assert np.median(agents[:, quarter("2027Q2") - FIRST_QUARTER]) == pytest.approx(0.2, rel=1e-6)
    assert of_year(agents, 2028, "share") == pytest.approx(0.55, rel=1e-6)
    assert of_year(changed["weekly_users"], 2027, "stock") == pytest.approx(1.4e9, rel=1e-6)
    power = changed["power_additions"]
    assert np.median(power[:, quarter("2027Q3") - FIRST_QUARTER]) == pytest.approx(2e10, rel=1e-6)
    # beyond the last date the bend stays
    base = whatif.base("power_additions")
    ratio = np.median(power / base, axis=0)
    last = quarter("2028Q4") - FIRST_QUARTER
    assert ratio[last:] == pytest.approx(np.full(whatif.timeline.size - last, ratio[last]))


def test_a_year_that_has_begun_is_met_by_its_remaining_quarters(whatif: WhatIf) -> None:
    bent = whatif.set("hyperscaler_capex@2026=$900B")["hyperscaler_capex"]
    assert of_year(bent, 2026, "flow") == pytest.approx(9e11, rel=1e-6)
    base, history = whatif.base("hyperscaler_capex"), whatif.timeline.history
    assert np.array_equal(bent[:, :history], base[:, :history])


def test_a_factor_and_a_shift_move_the_median_by_as_much(whatif: WhatIf) -> None:
    changed = whatif.set(
        "hyperscaler_capex@2028=x2", "agent_penetration@2028=+5pp", "power_additions@2028=-5 GW"
    )
    for name, kind, expected in [
        ("hyperscaler_capex", "flow", lambda median: 2.0 * median),
        ("agent_penetration", "share", lambda median: median + 0.05),
        ("power_additions", "stock", lambda median: median - 5e9),
    ]:
        goal = expected(of_year(whatif.base(name), 2028, kind))
        assert of_year(changed[name], 2028, kind) == pytest.approx(goal, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("retirement_rate=12%", lambda base: np.full_like(base, 0.12)),
        ("token_yield=x0.5", lambda base: 0.5 * base),
        ("deployment_lag=+0.5", lambda base: base + 0.5),
        ("onsite_share=+5pp", lambda base: np.minimum(base + 0.05, 1.0 - 1e-6)),
        ("accelerator_share=44%", lambda base: np.full_like(base, 0.44)),
        ("weekly_users=x1.1", lambda base: 1.1 * base),
    ],
)
def test_a_setting_without_a_date_holds_from_the_first_projected_quarter(
    text: str, expected: object, whatif: WhatIf
) -> None:
    ((name, values),) = whatif.set(text).items()
    base, history = whatif.base(name), whatif.timeline.history
    assert np.array_equal(values[:, :history], base[:, :history])
    assert callable(expected)
    assert values[:, history:] == pytest.approx(expected(base[:, history:]), rel=1e-12)


@pytest.mark.parametrize("period", ["2028", "2028Q4"])
def test_the_later_of_two_settings_wins(period: str, whatif: WhatIf) -> None:
    """The end of 2028 is one date of a share, however it is written."""
    of_scenario, own = (
        parse_settings([text], INPUTS, origin)[0]
        for text, origin in (
            ("agent_penetration@2028=20%", "a scenario"),
            (f"agent_penetration@{period}=30%", "command line"),
        )
    )
    twice, _ = whatif.apply(of_scenario, own)
    assert np.array_equal(twice["agent_penetration"], whatif.apply(own)[0]["agent_penetration"])
    assert of_year(twice["agent_penetration"], 2028, "share") == pytest.approx(0.3, rel=1e-6)


def test_a_value_from_now_on_puts_aside_what_a_scenario_says_of_a_date(whatif: WhatIf) -> None:
    dated, flat, later = (
        parse_settings([text], INPUTS, origin)[0]
        for text, origin in (
            ("accelerator_share@2028=60%", "a scenario"),
            ("accelerator_share=40%", "command line"),
            ("accelerator_share@2027=50%", "command line"),
        )
    )
    history = whatif.timeline.history
    both, _ = whatif.apply(dated, flat)
    assert np.all(both["accelerator_share"][:, history:] == 0.4)
    # of one origin, the value holds until the date bends it
    bent, _ = whatif.apply(flat, later)
    at = quarter("2027Q4") - FIRST_QUARTER
    assert np.median(bent["accelerator_share"][:, [history, at]], axis=0) == pytest.approx(
        [0.4, 0.5], rel=0.02
    )


def setting(key: str, period: str, value: float) -> Setting:
    return Setting(key, period, "replace", value, f"{key}@{period}={value:g}", "command line")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (setting("agent_penetration", "", 0.25), "no date for a path"),
        (setting("agent_penetration", "2026Q2", 0.25), "the period 2026Q2"),
        (setting("agent_penetration", "2031", 0.25), "the period 2031"),
        (setting("agent_penetration", "2028", 1.0), "no path can reach"),
        (setting("agent_penetration", "2028", 0.0), "no path can reach"),
        (setting("power_additions", "2028", 0.0), "no path can reach"),
        # below what the first two quarters of 2026 have already cost
        (setting("hyperscaler_capex", "2026", 3e11), "no path can reach"),
    ],
)
def test_what_cannot_be_is_refused(asked: Setting, found: str, whatif: WhatIf) -> None:
    with pytest.raises(InputError) as refused:
        whatif.apply(asked)
    (problem,) = refused.value.problems
    assert (problem.place, problem.subject) == ("command line", f"--set {asked.text}")
    assert found in problem.found


def test_every_refusal_comes_at_once(whatif: WhatIf) -> None:
    with pytest.raises(InputError) as refused:
        whatif.apply(setting("weekly_users", "", 1e9), setting("agent_penetration", "2024", 0.3))
    assert len(refused.value.problems) == 2


def test_a_setting_beyond_the_band_is_warned_of_on_the_command_line_alone(whatif: WhatIf) -> None:
    text = "agent_penetration@2028=5%"
    low, high = np.percentile(
        whatif.base("agent_penetration")[:, quarter("2028Q4") - FIRST_QUARTER], (5, 95)
    )
    assert low > 0.05
    (asked,) = parse_settings([text], INPUTS, "command line")
    (warning,) = whatif.apply(asked)[1]
    assert warning.startswith(f"{text} is below P5 ({100.0 * low:.3g}%)")
    (above,) = whatif.apply(setting("agent_penetration", "2028", 1.01 * high))[1]
    assert "is above P95" in above
    assert whatif.apply(setting("agent_penetration", "2028", 0.99 * high))[1] == ()
    (in_a_scenario,) = parse_settings([text], INPUTS, "agents-disappoint")
    assert whatif.apply(in_a_scenario)[1] == ()
    (scalar,) = parse_settings(["retirement_rate=90%"], INPUTS, "command line")
    assert "retirement_rate=90% is above P95" in whatif.apply(scalar)[1][0]


def test_a_factor_or_shift_beyond_the_band_is_warned_of_too(whatif: WhatIf) -> None:
    """At the horizon, where the path of a driver is wide, and not at the end of its history."""
    texts = ["retirement_rate=x9", "weekly_users=x1.1", "onsite_share=+60pp"]
    far, near, shift = parse_settings(texts, INPUTS, "command line")
    (warning,) = whatif.apply(far)[1]
    middle = 9.0 * np.median(whatif.base("retirement_rate")[:, whatif.timeline.history])
    assert warning.startswith(
        f"retirement_rate=x9 moves the median to {100.0 * middle:.3g}%, which"
    )
    assert "is above P95" in warning
    assert whatif.apply(near)[1] == ()
    assert "is above P95" in whatif.apply(shift)[1][0]


@pytest.mark.parametrize("name", sorted(INPUTS.scenarios))
def test_history_never_moves_under_a_scenario(name: str, whatif: WhatIf) -> None:
    case, timeline, ensemble = whatif.case, whatif.timeline, whatif.ensemble
    nodes = model_graph().nodes
    shown = [node.meaning for node in nodes.values() if node.meaning.metric]
    wanted = [meaning.name for meaning in shown if meaning.unit != "date"]
    world = World(case.inputs, ensemble, timeline)
    before, bent = world.values(wanted), world.with_settings(case.inputs.scenarios[name].settings)
    after = bent.values(wanted)
    assert bent.warnings == ensemble.learnt.warnings
    lag = whatif.base("deployment_lag")
    settled = np.arange(timeline.size) + lag <= timeline.history - 1
    moved = set()
    for metric in wanted:
        past = settled if metric in LOOK_AHEAD else np.arange(timeline.size) < timeline.history
        past = np.broadcast_to(past, before[metric].shape)
        assert np.array_equal(before[metric][past], after[metric][past]), metric
        if not np.array_equal(before[metric], after[metric]):
            moved.add(metric)
    assert bool(moved) == bool(bent.changed)
