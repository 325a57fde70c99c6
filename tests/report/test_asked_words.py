"""What is asked for reads as a sentence, its value as it was written."""

from __future__ import annotations

import pytest
from built_in import INPUTS

from forecast.inputs.settings import known_keys
from forecast.report.pages.answers.asked_words import asked_words

TITLES = {name: key.title for name, key in known_keys(INPUTS.assumptions, INPUTS.drivers).items()}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("agent_penetration@2028=20%", "applications with agents at 20% in 2028"),
        ("power_additions=delay-1y", "AI capacity added a year later"),
        ("power_additions=delay-6m", "AI capacity added 6 months later"),
        ("hyperscaler_capex@2028Q1=-100B", "hyperscalers' capex down by 100B in 2028Q1"),
        ("hyperscaler_capex@2028=x0.5", "hyperscalers' capex times 0.5 in 2028"),
        ("retirement_rate=+5pp", "share of running compute that is retired in a year up by 5pp"),
        ("capability_shock==-0.64", "capability_shock at -0.64"),
        ("agents-disappoint", "the scenario agents-disappoint"),
    ],
)
def test_a_setting_reads_as_words(text: str, words: str) -> None:
    assert asked_words(text, {**TITLES, "capability_shock": "C" * 70}) == words
