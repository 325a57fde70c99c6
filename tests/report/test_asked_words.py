"""What is asked for reads as a sentence, its value as it was written."""

from __future__ import annotations

import pytest
from built_in import INPUTS

from forecast.analysis.whatif.rows import SetBelief
from forecast.inputs import parse_settings
from forecast.report.pages.whatif.asked_words import asked_words


def set_belief(text: str, title: str, unit: str, before: float, *, is_plan: bool) -> SetBelief:
    """Return what a setting sets, read as the command line is."""
    (setting,) = parse_settings([text], INPUTS, "command line")
    return SetBelief(setting, title, unit, is_plan, before)


@pytest.mark.parametrize(
    ("text", "unit", "before", "words"),
    [
        (
            "agent_penetration@2028=20%",
            *("share", 0.469, "applications with agents at 20% in 2028 (base 47%)"),
        ),
        ("power_additions=delay-1y", "W/year", 2e10, "AI capacity added a year later"),
        ("power_additions=delay-6m", "W/year", 2e10, "AI capacity added 2 quarters later"),
        (
            "power_additions@2028=*0.5",
            *("W/year", 2e10, "AI capacity added times 0.5 in 2028 (base 20 GW/year)"),
        ),
        ("retirement_rate=+5pp", "share", 0.02, "titled up by 5pp (base 2.0%)"),
        ("capability==-0.64", "ratio", 0.0, "titled at -0.64 (base 0)"),
    ],
)
def test_a_setting_reads_as_words(text: str, unit: str, before: float, words: str) -> None:
    assert asked_words(text, set_belief(text, "Titled", unit, before, is_plan=False)) == words


def test_a_plan_is_named_as_one_a_long_title_gives_way_to_its_key_and_a_scenario_has_its_name() -> (
    None
):
    belief = set_belief("hyperscaler_capex@2028Q1=-100B", "T", "USD", 1.53e12, is_plan=True)
    expected = "hyperscalers' capex, as planned, down by 100B in 2028Q1 (base $1.5T)"
    assert asked_words(belief.setting.text, belief) == expected
    belief = set_belief("research_level=x1.4", "T" * 70, "ratio", 1.0, is_plan=False)
    assert asked_words(belief.setting.text, belief) == "research_level times 1.4 (base 1.0)"
    assert asked_words("agents-disappoint", None) == "the scenario agents-disappoint"
