"""`METRIC[:MEMBER]@PERIOD=VALUE[±ERROR]`: what is understood, and what is refused."""

from __future__ import annotations

import pytest

from forecast.errors import InputError
from forecast.world.case import Case
from forecast.world.history.outcomes import parse_outcomes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ai_capex@2027=1.5T", ("ai_capex", "", "", "2027", 1.5e12, None)),
        ("ai_capex@2027q3=$300B±30B", ("ai_capex", "", "", "2027Q3", 3e11, 0.1)),
        ("ai_capex@2027=1T+-5%", ("ai_capex", "", "", "2027", 1e12, 0.05)),
        ("ai_capex@2027=1T +/- $50B", ("ai_capex", "", "", "2027", 1e12, 0.05)),
        # an error of 4 points where the slope of the logit is 1 / (0.8 × 0.2)
        ("inference_share@2028=80%±4pp", ("inference_share", "", "", "2028", 0.8, 0.25)),
        ("inference_share@2028=0.8±0.04", ("inference_share", "", "", "2028", 0.8, 0.25)),
        ("ai_power_capacity@2028=100 GW±10GW", ("ai_power_capacity", "", "", "2028", 1e11, 0.1)),
        (
            "chip_spend:custom_asic@2028=100B",
            ("chip_spend", "silicon", "custom_asic", "2028", 1e11, None),
        ),
    ],
)
def test_an_outcome_is_understood(text: str, expected: tuple[object, ...], base_case: Case) -> None:
    (found,) = parse_outcomes([text], base_case.inputs, "2035Q4")
    about = found.metric, found.dimension, found.member, found.period, found.value
    assert about == expected[:-1]
    assert found.error == (None if expected[-1] is None else pytest.approx(expected[-1]))
    assert found.subject == f"--given {text}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ai_capex@2027", "METRIC@PERIOD=VALUE"),
        ("ai_capex=1T", "METRIC@PERIOD=VALUE"),
        ("ai_capx@2027=1T", "Did you mean ai_capex"),
        ("crossover@2027=2", "an event"),
        ("ai_capex@2036=1T", "2022Q1 to 2035Q4"),
        ("ai_capex@2021=1T", "2022Q1 to 2035Q4"),
        ("ai_capex@next=1T", "next"),
        ("ai_capex@2027=much", "a value in USD"),
        ("ai_capex@2027=0", "above zero"),
        ("ai_capex@2027=-1T", "negative"),
        ("inference_share@2028=150%", "between 0 and 1"),
        ("inference_share@2028=100%", "both excluded"),
        ("inference_share@2028=70%±5%", "Write 5pp"),
        ("ai_capex@2027=1T±5pp", "only for a share"),
        ("ai_capex@2027=1T±0", "above zero"),
        ("ai_capex@2027=1T±much", "an error of much"),
        ("chip_spend:asics@2028=1B", "custom_asic"),
        ("rent:custom_asic@2028=1", "a metric that has members"),
    ],
)
def test_what_is_wrong_is_said_with_the_option(text: str, said: str, base_case: Case) -> None:
    with pytest.raises(InputError) as refused:
        parse_outcomes([text, "ai_capex@2027=1T", "nothing"], base_case.inputs, "2035Q4")
    first, second = refused.value.problems
    assert (first.subject, second.subject) == (f"--given {text}", "--given nothing")
    assert said in first.sentence()
