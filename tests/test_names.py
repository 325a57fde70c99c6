"""Names are found by id, title or a part that only one has, and nothing is guessed."""

from __future__ import annotations

import pytest
from built_in import INPUTS
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import InputError
from forecast.explorer.state import read_setting
from forecast.inputs import parse_settings
from forecast.inputs.setting_values import SettingError
from forecast.inputs.settings import in_full, known_keys
from forecast.model.equations import model_graph
from forecast.names import find, split_asked
from forecast.world.case import computed_names, read_settings
from forecast.world.metrics import find_metric, metric_meanings

MEANINGS = metric_meanings(INPUTS)
FRUIT = {
    "apple": "Apples of the orchard",
    "pear": "Pears",
    "pear_juice": "What is pressed of pears",
    "crab_apple": "Wild fruit",
    "plum": "Fruit with a stone",
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("pear", "pear"),  # an id wins over all that it is a part of
        ("Pear-Juice", "pear_juice"),
        ("pears", "pear"),
        ("wild fruit", "crab_apple"),
        ("juice", "pear_juice"),
        ("orchard", "apple"),
        ("fruit with", "plum"),
        ("with fruit", None),  # words stand one after the other
        ("fruit", None),
        ("", None),
    ],
)
def test_a_name_is_an_id_a_title_or_a_part_of_only_one(text: str, name: str | None) -> None:
    assert find(text, FRUIT).name == name


def test_a_part_of_several_lists_them_unless_one_is_prominent() -> None:
    match = find("fruit", FRUIT)
    assert match.several == ("crab_apple", "plum")
    assert match.hint == "It may be crab_apple, plum."
    assert find("fruit", FRUIT, ["plum", "apple"]).name == "plum"
    assert find("fruit", FRUIT, ["plum", "crab_apple"]).name is None


def test_a_miss_offers_what_is_spelt_alike_or_has_such_a_word() -> None:
    assert find("plumb_", FRUIT).hint == "Did you mean plum?"
    assert "apple" in find("orchrd", FRUIT).hint
    assert find("zebra", FRUIT).hint == ""


@given(st.sampled_from(sorted(MEANINGS)), st.sampled_from([str.upper, str.title, str.lower]))
def test_every_metric_is_found_by_its_id_and_title_however_written(name: str, case: object) -> None:
    assert find_metric(name, MEANINGS).name == name
    assert callable(case)
    assert find_metric(case(name.replace("_", " ")), MEANINGS).name == name
    assert find_metric(case(MEANINGS[name].title), MEANINGS).name == name


def test_a_setting_is_found_by_a_part_and_says_its_key_in_full() -> None:
    (setting,) = read_settings(["agents@2028=20%"], INPUTS)
    assert (setting.key, setting.text) == ("agent_penetration", "agent_penetration@2028=20%")
    assert parse_settings(["weekly users@2028=2B"], INPUTS, "")[0].key == "weekly_users"


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        ("AI capex@2028=1.5T", "ai_capex, which is an outcome", "forecast why ai_capex"),
        ("elasticity=0.5", "a part of", "service_price_elasticity"),
        ("agnts@2028=20%", "no assumption or driver of this name", "agent_penetration"),
    ],
)
def test_a_setting_that_means_no_single_key_is_refused(text: str, found: str, hint: str) -> None:
    with pytest.raises(InputError) as error:
        read_settings([text], INPUTS)
    (problem,) = error.value.problems
    assert found in problem.found
    assert hint in problem.hint


def test_whatever_the_model_computes_is_refused_and_never_taken_for_a_part_of_another() -> None:
    keys = known_keys(INPUTS.assumptions, INPUTS.drivers)
    for name, node in model_graph().nodes.items():
        if name in keys:
            continue
        for text in (name, name.replace("_", " "), node.meaning.title):
            for change in ("=x0.5", "@2028=x0.5", "=delay-1y"):
                with pytest.raises(InputError, match=f"{name}, which is (computed|an outcome)"):
                    read_settings([text + change], INPUTS)
        with pytest.raises(SettingError, match=name):
            in_full(f"{name}=x1", keys, computed_names(INPUTS))  # as solve reads --vary
        with pytest.raises(InputError, match=name):
            read_setting(f"{name}=x0.5", INPUTS)  # as the explorer does


def test_a_refusal_names_what_can_be_set_instead() -> None:
    assert computed_names(INPUTS)["chip_supply"].rests_on == (
        "memory_supply", "packaging_supply", "h100e_per_wafer",
    )  # fmt: skip
    with pytest.raises(InputError, match="It rests on memory_supply, packaging_supply, h100e"):
        read_settings(["chip supply=x0.5"], INPUTS)
    buyers = computed_names(INPUTS)["planned_hyperscaler_ai_capex"]
    assert "hyperscaler_capex" in buyers.rests_on  # the plan of a driver is the driver's own name


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("chip_spend@2027", ("chip_spend", "2027")),
        ("chips for inference 2027", ("chips for inference", "2027")),
        ("rent in 2027Q3", ("rent", "2027Q3")),
        (" AI capex @ 2028q4 ", ("AI capex", "2028q4")),
        ("crossover", ("crossover", "")),
        ("chip_spend@soon", ("chip_spend", "soon")),  # what is wrong is said by who knows periods
        ("NVIDIA data-centre revenue since 2025", ("NVIDIA data-centre revenue since 2025", "")),
        ("2027", ("2027", "")),
    ],
)
def test_a_question_ends_in_a_period_or_has_none(text: str, asked: tuple[str, str]) -> None:
    assert split_asked(text) == asked


@given(st.sampled_from(sorted(MEANINGS)), st.sampled_from(["2026", "2028Q4"]))
def test_a_title_and_a_period_are_told_apart_however_they_are_joined(name: str, at: str) -> None:
    title = MEANINGS[name].title
    for joint in ("@", " ", " in ", " by "):
        assert split_asked(f"{title}{joint}{at}") == (title, at)


def test_what_changes_with_time_is_meant_where_a_setting_has_a_date_or_a_delay() -> None:
    assert [each.key for each in parse_settings(["power=delay-1y"], INPUTS, "")] == [
        "power_additions"
    ]
    assert parse_settings(["power@2027=x0.5"], INPUTS, "")[0].key == "power_additions"
    with pytest.raises(InputError, match="a part of 3 names"):
        parse_settings(["power=x0.5"], INPUTS, "")
