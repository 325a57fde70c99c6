"""Published claims: the reviewed mapping, and where a claim lies in our distribution."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forecast.analysis.claims import held_against as module
from forecast.analysis.claims.claims import claims
from forecast.analysis.claims.held_against import subjects
from forecast.analysis.claims.rows import Claims, ComparedClaim, Counts, Filters
from forecast.errors import InputError
from forecast.inputs import input_folder, load
from forecast.inputs.yardsticks.claims import read_claims
from forecast.model.equations import model_graph
from forecast.report.blocks import Table, View
from forecast.report.pages.beliefs.claims_pages import claims_blocks, with_sentences
from forecast.report.pages.beliefs.claims_words import claimed, headline_sentence, not_compared
from forecast.result import RunOptions, columns
from forecast.world.case import Case
from forecast.world.metrics import members
from forecast.world.values import Values

CLAIM_HEAD = (
    "claim_id,metric,region,year_or_date,low,mid,high,unit,who,published_date,source,source_url,"
    "headline,status,note"
)
MAPPING_HEAD = (
    "claim_id,metric,period,over,dimension,member,scale,offset,read_low,read_high,origin,used,"
    "definition_note,reason,words,because,because_if"
)


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[[Sequence[str], Sequence[str]], Path]:
    """Return a function that writes claims (id, date, low, mid, high) and mappings to a folder."""

    def write(published: Sequence[str], mapped: Sequence[str]) -> Path:
        rows = [
            f"{name},subject,world,{rest},unit,Somebody,2026-01,a report,,yes,secondary,"
            for name, _, rest in (text.partition(",") for text in published)
        ]
        (tmp_path / "data").mkdir(exist_ok=True)
        for file, lines in (
            ("claims.csv", [CLAIM_HEAD, *rows]),
            ("claim_metrics.csv", [MAPPING_HEAD, *mapped]),
        ):
            (tmp_path / "data" / file).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path

    return write


Draws = dict[tuple[str, str, str], Sequence[float]]  # by metric, year and silicon class
Holder = Callable[..., Claims]


class Silicon(NamedTuple):
    """What a breakdown by silicon holds, as far as these tests ask."""

    nvidia_gpu: np.ndarray


def values_of(draws: Draws) -> Values:
    """Return values of flows whose years are these draws, all of it in a first quarter."""
    arrays: dict[str, object] = {}
    for metric, _, member in draws:
        path = np.zeros((len(next(iter(draws.values()))), 56))
        for (name, year, part), of_year in draws.items():
            if (name, part) == (metric, member) and "-" not in year:
                path[:, 4 * (int(year) - 2022)] = of_year
        if member:
            arrays[model_graph().record_of(metric, "silicon")] = Silicon(path)
        else:
            arrays[metric] = path
    return Values(arrays, {})


@pytest.fixture
def held(
    monkeypatch: pytest.MonkeyPatch,
    base_case: Case,
    workspace: Callable[[Sequence[str], Sequence[str]], Path],
) -> Holder:
    """Return a function that holds claims against draws."""

    def hold(
        published: Sequence[str],
        mapped: Sequence[str],
        draws: Draws,
        *,
        through: str = "2028",
        as_of: date | None = None,
        filters: Filters | None = None,
    ) -> Claims:
        case = replace(base_case, workspace=workspace(published, mapped), as_of=as_of)
        world = SimpleNamespace(
            timeline=case.timeline(through), values=lambda _: values_of(draws), warnings=()
        )
        monkeypatch.setattr("forecast.analysis.claims.claims.open_world", lambda *_: world)
        return claims(case, RunOptions(through=through), filters=filters or Filters())

    return hold


HUNDRED: Draws = {("chip_spend", "2027", ""): [1e9 * each for each in range(1, 101)]}
"""Spend of 1 to 100 billion: P5 is 5.95, P95 95.05."""


@pytest.mark.parametrize(
    ("numbers", "percentile", "outside"),
    [
        (",40.5,", 40.0, False),
        (",40,", 39.5, False),  # the draw that equals it counts half
        (",5,", 4.5, True),
        (",96,", 95.5, True),
        (",95.3,", 94.5, False),  # beyond P95 by less than its rounding
        ("96,,", 95.5, True),  # a floor that we stay below
        ("5,,", 4.5, False),  # a floor that we pass is met
        (",,5", 4.5, True),  # a ceiling that we stay above
        (",,96", 95.5, False),
        ("3,,6", 4.0, False),  # part of the range is ours
        ("1,,5", 2.5, True),
        ("96,97,99", 96.5, True),
        ("90,97,99", 96.5, False),  # a range is outside only if all of it is
    ],
)
def test_a_claim_has_its_percentile_and_may_lie_outside(
    held: Holder, numbers: str, percentile: float, outside: bool
) -> None:
    mapping = "X,chip_spend,2027,,,,1e9,,,,a fact,no,as ours,,,,"
    (row,) = held([f"X,2027,{numbers}"], [mapping], HUNDRED).compared
    assert (row.percentile, row.outside) == (pytest.approx(percentile), outside)
    assert row.p50 == row.quantiles.p50 == pytest.approx(50.5e9)
    assert row.unit == "USD"


def test_numbers_are_brought_to_our_unit(held: Holder) -> None:
    draws: Draws = {
        ("chip_spend", "2027", ""): [400.0, 500.0],
        ("chip_spend", "2025", ""): [200.0, 0.0],
        ("chip_spend", "2027", "nvidia_gpu"): [300.0, 250.0],
    }
    published = ["A,2027,,563,", "B,2027,,84,", "C,2027,,70,", "D,undated,,,"]
    mapped = [
        "A,chip_spend,2027,,,,1,-119,,,a,no,less networking,,,,",
        "B,chip_spend,2027,2025,,,0.01,1,,,b,no,growth,,,,",
        "C,chip_spend,2027,whole,silicon,nvidia_gpu,0.01,,,,c,no,share,,,,",
        "D,chip_spend,2027,,,,,,450,,d,no,read as at least 450,,much more,,",
    ]
    rows = {row.claim_id: row for row in held(published, mapped, draws).rows}
    assert (rows["A"].mid, rows["A"].unit) == (444.0, "USD")
    assert (rows["B"].mid, rows["B"].p50, rows["B"].unit) == (1.84, 2.0, "ratio")
    assert rows["C"].p50 == pytest.approx((0.75 + 0.5) / 2)
    assert (rows["C"].percentile, rows["C"].unit) == (50.0, "share")
    assert (rows["D"].low, rows["D"].percentile, rows["D"].read) == (450.0, 50.0, True)


def test_what_cannot_be_compared_says_why(held: Holder) -> None:
    published = ["A,2030,,1,", "B,2030,,1,", "C,2027,,1,", "D,2026-2030,,1,"]
    mapped = [
        "A,chip_spend,2030,,,,1,,,,a,no,as ours,,,,",
        "B,,,,,,,,,,b,no,,one laboratory,,,",
        "C,chip_spent,2027,,,,1,,,,c,no,as ours,,,,",
        "D,chip_spend,2026-2030,,,,1,,,,d,no,as ours,,,,",
    ]
    result = held(published, mapped, HUNDRED)
    reasons = [row.reason for row in result.rows]
    assert reasons == [
        "2030 lies beyond the horizon, 2028; --through 2030 compares it",
        "one laboratory",
        "the model has no metric chip_spent",
        "2026-2030 lies beyond the horizon, 2028; --through 2030 compares it",
    ]
    assert {row.percentile for row in result.rows} == {None}
    further = held(published, mapped, HUNDRED, through="2030")
    assert [row.compared for row in further.rows] == [True, False, False, True]
    assert [isinstance(row, ComparedClaim) for row in further.rows] == [True, False, False, True]


def test_two_reports_of_one_fact_count_once(held: Holder) -> None:
    published = ["A,2027,,2,", "B,2027,,2,", "C,2027,,3,", "D,2027,,50,", "E,2027,,1,"]
    mapped = [
        "A,chip_spend,2027,,,,1e9,,,,one fact,no,as ours,,,,",
        "B,chip_spend,2027,,,,1e9,,,,one fact,no,as ours,,,,",
        "C,chip_spend,2027,,,,1e9,,,,another,yes,as ours,,,,",
        "D,chip_spend,2027,,,,1e9,,,,a third,no,as ours,,,,",
        "E,,,,,,,,,,a fourth,no,,none fits,,,",
    ]
    assert held(published, mapped, HUNDRED).counts == Counts(
        claims=5, compared=4, facts=3, outside=2, outside_below=2,
        independent=2, independent_outside=1,
    )  # fmt: skip


def test_every_problem_of_a_mapping_is_said_with_its_line(
    workspace: Callable[[Sequence[str], Sequence[str]], Path],
) -> None:
    place = workspace(
        ["A,2027,3,,1", "B,2027,,1,", "C,2027,,1,"],
        [
            "A,chip_spend,soon,,,,much,,,,a,perhaps,as ours,,,,",
            "B,chip_spend,2027,whole,,,,,,,b,no,as ours,also a reason,,a fact,sideways",
            "D,,,,,,,,,,d,no,,none,,,",
        ],
    )
    with pytest.raises(InputError) as raised:
        read_claims(place)
    said = {(problem.place, problem.subject) for problem in raised.value.problems}
    file = "data/claim_metrics.csv"
    assert said == {
        (f"{file}:2", "period"), (f"{file}:2", "scale"), (f"{file}:2", "used"),
        (f"{file}:3", "metric"), (f"{file}:3", "over"), (f"{file}:3", "because_if"),
        (f"{file}:4", "claim_id"), ("data/claims.csv:2", "low"), ("data/claims.csv:4", "claim_id"),
    }  # fmt: skip


def test_a_member_that_the_model_lacks_is_refused(held: Holder) -> None:
    mapped = ["A,chip_spend,2027,whole,silicon,gpu,0.01,,,,a,no,share,,,,"]
    with pytest.raises(InputError, match="gpu; expected one of nvidia_gpu"):
        held(["A,2027,,70,"], mapped, HUNDRED)


def test_a_filter_that_nothing_meets_is_refused(held: Holder) -> None:
    mapped = ["A,chip_spend,2027,,,,1e9,,,,a,no,as ours,,,,"]
    with pytest.raises(InputError) as raised:
        held(["A,2027,,70,"], mapped, HUNDRED, filters=Filters(who="Sombody", about="chip_spent"))
    assert [problem.hint for problem in raised.value.problems] == [
        "Did you mean Somebody?",
        "Did you mean chip_spend?",
    ]


def test_the_sentence_follows_the_numbers_of_the_run(held: Holder) -> None:
    mapping = "X,chip_spend,2027,,,,1e9,,,,a,no,as ours,,,it is known,below"

    def said(numbers: str) -> str:
        (row,) = with_sentences(held([f"X,2027,{numbers}"], [mapping], HUNDRED)).rows
        return str(row.sentence).removeprefix("AI chip spend, 2027: the published ")

    band = "(median $50B, P10–P90 $11–90B)"
    assert said(",2,") == f"$2B lies below our P5 of $6.0B {band}, because it is known."
    assert said(",98.5,") == f"$98.5B lies above our P95 of $95B {band}."
    assert said("20,,") == f"≥$20B holds in 80 of 100 draws {band}, because it is known."
    assert said(",,70") == f"≤$70B holds in 70 of 100 draws {band}."
    assert said("20,,60").startswith("$20–60B holds in 40 of 100 draws")


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    value=st.floats(1.0, 999.0).map(lambda each: float(f"{each:.4g}")),
    around=st.sampled_from([0.8, 0.96, 0.99, 0.999, 1.0, 1.001, 1.01, 1.04, 1.25]),
    spread=st.sampled_from([0.0, 1e-4, 3e-3, 0.02, 0.2]),
    shape=st.sampled_from([",{0},", "{0},,", ",,{0}"]),
)
def test_no_sentence_contradicts_the_numbers_that_it_prints(
    held: Holder, value: float, around: float, spread: float, shape: str
) -> None:
    """Above, below, about and holds follow from the printed claim, median, bound and percentile;
    the row of the table likewise."""
    draws = 1e9 * value * around * (1.0 + spread * np.linspace(-1.0, 1.0, 41))
    mapping = "X,chip_spend,2027,,,,1e9,,,,a,no,as ours,,,,"
    result = held([f"X,2027,{shape.format(value)}"], [mapping], {("chip_spend", "2027", ""): draws})
    (said,) = with_sentences(result).rows
    sentence = str(said.sentence)
    parts = re.search(
        r"published [≥≤]?(\$\S+) "
        r"(?:lies (below|above|about)(?: our P\d+ of (\$\S+))?|holds in (\S+))"
        r"(?:.*percentile ([<>\d]+))?.*\(median (\$[^,]+),",
        sentence,
    )
    assert parts, sentence
    stated, median = _dollars(parts[1]), _dollars(parts[6])
    bound = _dollars(parts[3]) if parts[3] else median
    rank = _number(parts[5] or "50")
    match parts[2]:
        case "below":
            assert stated < min(bound, median), sentence
            assert rank <= 50, sentence
        case "above":
            assert stated > max(bound, median), sentence
            assert rank >= 50, sentence
        case "about":
            assert rank == 50 or stated == pytest.approx(median, rel=1e-5), sentence
        case _:
            holds = _number(parts[4])
            if holds != 50:
                is_floor = shape.startswith("{")
                assert (stated < median) == ((holds > 50) == is_floor), sentence
    (table,) = [each for each in claims_blocks(result, View()) if isinstance(each, Table)]
    head, line = (" ".join(cell.text for cell in row.cells) for row in table.rows)
    ours, found = re.search(r"ours (\$\S+)", head), re.search(r"(\$\S+) ([<>\d]+)", line)
    assert ours
    assert found
    if (rank := _number(found[2])) != 50:
        assert (_dollars(found[1]) < _dollars(ours[1])) == (rank < 50), (head, line)


def _dollars(text: str) -> float:
    return _number(text) * {"B": 1e9, "T": 1e12, "M": 1e6}[text[-1]]


def test_counts_follow_the_filter(held: Holder) -> None:
    """Each filter counts what it asks for; --outside only chooses what of that is shown."""
    published = ["A,2027,,2,", "B,2028,,2,", "C,2026-2028,,50,", "D,2027,,,"]
    mapped = [
        "A,chip_spend,2027,,,,1e9,,,,a,no,as ours,,,,",
        "B,chip_spend,2030,,,,1e9,,,,b,no,as ours,,,,",
        "C,,,,,,,,,,c,no,,none fits,,,",
        "D,chip_spend,2027,,,,,,50e9,,d,no,read,,so much,,",
    ]

    def shown(filters: Filters) -> tuple[str, int, str]:
        result = held(published, mapped, HUNDRED, filters=filters)
        said = with_sentences(result).findings[0].partition(" published")[0]
        return "".join(row.claim_id for row in result.rows), result.counts.claims, said

    assert shown(Filters()) == ("ABCD", 4, "2 of 4")
    assert shown(Filters(year="2027")) == ("ACD", 3, "2 of 3")
    assert shown(Filters(year="2030", who="some")) == ("B", 1, "None of 1")
    assert shown(Filters(about="chip spend")) == ("ABD", 3, "2 of 3")
    assert shown(Filters(about="chip_spend", outside=True)) == ("A", 3, "2 of 3")
    with pytest.raises(InputError, match="a year, such as 2028"):
        shown(Filters(year="28"))


def test_every_row_states_its_figure_also_without_a_counterpart() -> None:
    """Each built-in claim that has a number prints it with its unit, or the words it is in."""
    known = subjects(load(None))
    for claim in read_claims():
        row = module._row(claim, module._stated(claim, known), "why")
        stated = claimed(row)
        assert stated or row.words or claim.unit == "directional", claim.claim_id
        assert "_" not in stated, claim.claim_id
        if not row.words:
            assert stated in not_compared(row), claim.claim_id


def test_a_run_as_of_an_earlier_day_gives_no_cause(held: Holder) -> None:
    """The fact may have become known only later."""
    mapping = "X,chip_spend,2027,,,,1e9,,,,a,no,as ours,,,it is known,any"
    (now,) = held(["X,2027,,2,"], [mapping], HUNDRED).rows
    (then,) = held(["X,2027,,2,"], [mapping], HUNDRED, as_of=date(2026, 3, 31)).rows
    assert (now.because, then.because) == ("it is known", None)


def _number(text: str) -> float:
    return float(re.sub(r"[^\d.]", "", text))


@pytest.mark.parametrize(
    ("numbers", "unit", "text"),
    [
        ((None, 6.67e-1, None), "share", "66.7%"),
        ((0.067, None, 0.12), "share", "6.7–12%"),
        ((1.19e7, None, 1.55e7), "H100e", "11.9–15.5M H100e"),
        ((2.5e11, 2.75e11, 3e11), "USD", "$275B ($250–300B)"),
        ((4e11, None, None), "USD", "≥$400B"),
        ((None, None, 0.05), "share", "≤5%"),
        ((None, 1.116e12, None), "USD", "$1.116T"),
        ((None, 12.7, None), "ratio", "12.7×"),
    ],
)
def test_published_numbers_keep_their_figures(
    held: Holder, numbers: tuple[float | None, ...], unit: str, text: str
) -> None:
    (row,) = held(["X,2027,,1,"], ["X,,,,,,,,,,x,no,,none fits,,,"], HUNDRED).rows
    low, mid, high = numbers
    assert claimed(replace(row, low=low, mid=mid, high=high, unit=unit)) == text


# The mapping that ships.


def test_every_claim_is_mapped_to_a_metric_of_the_model_or_to_a_reason() -> None:
    published = read_claims()
    known = subjects(load(None))
    assert len(published) == 174
    for claim in published:
        mapping = claim.mapping
        if not mapping.metric:
            assert mapping.reason, claim.claim_id
            continue
        assert mapping.metric in known, claim.claim_id
        assert mapping.definition_note.endswith(".")
        if mapping.member:
            assert mapping.member in members(mapping.metric, mapping.dimension)
        has_number = any(value is not None for value in (claim.low, claim.mid, claim.high))
        is_read = mapping.read_low is not None or mapping.read_high is not None
        assert has_number != is_read, claim.claim_id
        if not mapping.over and claim.unit.startswith("USD_bn"):
            assert (mapping.scale, known[mapping.metric].unit) == (1e9, "USD"), claim.claim_id
        if not mapping.over and claim.unit.startswith("percent"):
            assert (mapping.scale, known[mapping.metric].unit) == (0.01, "share"), claim.claim_id


def test_a_statement_of_the_share_is_held_against_what_it_is_evidence_of() -> None:
    """A claim that is also an opinion among the targets counts the same thing in both places."""
    targets = {target.name: target for target in load(None).targets}
    mappings = {claim.claim_id: claim.mapping for claim in read_claims()}
    for name, opinion in (
        ("C004", "opinion_trade_press"),
        ("C023", "opinion_deloitte"),
        ("C024", "opinion_deloitte"),
        ("C033", "opinion_gartner"),
        ("C036", "opinion_gartner_accelerators"),
    ):
        assert targets[opinion].opinion
        assert (mappings[name].metric, mappings[name].used) == (targets[opinion].quantity, True)


def test_headline_claims_have_a_cause_or_plain_words() -> None:
    published = read_claims()
    headline = [claim for claim in published if claim.headline]
    assert len(headline) == 22
    for claim in headline:
        assert claim.mapping.because or claim.mapping.words, claim.claim_id


def _observed(series: str, first: str, last: str) -> float:
    """Return the sum of a built-in series over period ends from `first` to `last`."""
    total = 0.0
    for path in sorted((input_folder(None, "data") / "observations").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["series_id"] == series and first <= row["period_end"] <= last:
                    total += float(row["value"])
    return total


FIVE = ("capex_cash_amzn", "capex_cash_goog", "capex_incl_leases_msft", "capex_reported_meta")
FACTS = {
    "C001": ("$358B", _observed("nvda_dc_rev", "2025-04-01", "2026-07-31") / 1e9),
    "C013": ("26%", _observed("kpmg_us_agents_deployed", "2025-12-01", "2025-12-31") * 100),
    "C014": ("$194B", _observed("nvda_dc_rev", "2025-04-01", "2026-01-31") / 1e9),
    "C015": (
        "$338B",
        sum(_observed(name, "2026-03-31", "2026-06-30") for name in FIVE) / 1e9
        + _observed("capex_cash_orcl", "2026-02-28", "2026-05-31") / 1e9,
    ),
    "C016": ("$1.1T", _observed("claim_capex_big5_cy2027_ms_low", "2027", "2028") / 1e12),
    "C017": ("$164B", _observed("nvda_dc_rev", "2026-04-01", "2026-07-31") / 1e9),
    "C018": ("$89B", _observed("nvda_dc_rev", "2026-07-01", "2026-07-31") / 1e9),
    "C019": ("4.4%", _observed("us_dc_share_lbnl", "2023-12-31", "2023-12-31") * 100),
    "C003": (
        "6.7 times",
        _observed("google_tokens_day", "2026-05-01", "2026-05-31")
        / _observed("google_tokens_day", "2025-05-01", "2025-05-31"),
    ),
    "C010": ("13.7M", _observed("h100e_sold_cum_nvidia", "2025-12-31", "2025-12-31") / 1e6),
}


def test_causes_are_facts_of_named_series() -> None:
    with (input_folder(None, "data") / "series.csv").open(encoding="utf-8", newline="") as file:
        known = {row["series_id"] for row in csv.DictReader(file)}
    published = read_claims()
    causes = {each.claim_id: each.mapping.because for each in published if each.mapping.because}
    for because in causes.values():
        named = re.search(r"\(series ([a-z0-9_, ]+?)(?: and four others)?\)$", because)
        assert named, because
        assert set(named[1].split(", ")) <= known
    for name, (text, value) in FACTS.items():
        places = len(text.partition(".")[2].strip("%MT times"))
        assert round(value, places) == pytest.approx(_number(text)), name
        assert text in causes[name]


@pytest.mark.slow
def test_the_built_in_claims_against_the_built_in_forecast(base_case: Case) -> None:
    few = RunOptions(draws=256, use_cache=False)
    result = claims(base_case, few)
    rows = {row.claim_id: row for row in result.rows}
    assert list(columns(rows["C017"]))[:13] == [
        "claim_id", "who", "published", "metric", "period", "low", "mid", "high", "p50",
        "percentile", "outside", "used", "reason",
    ]  # fmt: skip
    assert (rows["C017"].outside, rows["C017"].used) == (True, False)
    assert rows["C012"].used
    assert rows["C255"].used
    assert (rows["C208"].metric, rows["C208"].compared) == ("openai_compute_spend", True)
    assert not rows["C134"].outside, "a reported quarter has no band, and the claim is rounded"
    assert not rows["C255"].outside, "the forecast is conditioned on what Epoch AI counted"
    assert rows["C085"].reason.startswith("2030 lies beyond the horizon")
    assert headline_sentence(rows["C017"]).endswith("(series nvda_dc_rev).")
    same = claims(base_case, few, filters=Filters(who="gartner", outside=True))
    assert [row for row in result.rows if "Gartner" in row.who and row.outside] == list(same.rows)
    assert same.counts.claims == sum("Gartner" in row.who for row in result.rows)
    both = claims(base_case, few, filters=Filters(who="gartner, Goldman"))
    assert [row.who for row in both.rows] == [
        row.who for row in result.rows if "Gartner" in row.who or "Goldman" in row.who
    ]
