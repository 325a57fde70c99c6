"""What is asked for reads as a sentence, its value as it was written."""

from __future__ import annotations

import pytest

from forecast.analysis.whatif.rows import SetBelief
from forecast.report.pages.answers.asked_words import asked_words

AGENTS = SetBelief("agent_penetration", "Agents", "share", is_plan=False, before=0.469)
POWER = SetBelief("power_additions", "Power", "W/year", is_plan=False, before=None)
CAPEX = SetBelief("hyperscaler_capex", "Capex", "USD", is_plan=True, before=1.53e12)
RETIRED = SetBelief("retirement_rate", "Retired in a year", "share", is_plan=False, before=None)
LONG = SetBelief("capability_effect", "C" * 70, "ratio", is_plan=False, before=0.0)


@pytest.mark.parametrize(
    ("text", "belief", "words"),
    [
        (
            "agent_penetration@2028=20%",
            AGENTS,
            "applications with agents at 20% in 2028 (base 47%)",
        ),
        ("power_additions=delay-1y", POWER, "AI capacity added a year later"),
        ("power_additions=delay-6m", POWER, "AI capacity added 6 months later"),
        (
            "hyperscaler_capex@2028Q1=-100B",
            CAPEX,
            "hyperscalers' capex, as planned, down by 100B in 2028Q1 (base $1.5T)",
        ),
        ("power_additions@2028=x0.5", POWER, "AI capacity added times 0.5 in 2028"),
        ("retirement_rate=+5pp", RETIRED, "retired in a year up by 5pp"),
        ("capability_effect==-0.64", LONG, "capability_effect at -0.64 (base 0)"),
        ("agents-disappoint", None, "the scenario agents-disappoint"),
    ],
)
def test_a_setting_reads_as_words(text: str, belief: SetBelief | None, words: str) -> None:
    assert asked_words(text, belief) == words
