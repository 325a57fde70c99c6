"""The Python interface: the same numbers as the command line, as frames, figures and pages."""

from __future__ import annotations

import html
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast
from forecast.api import Case
from forecast.cli import main
from forecast.report.answer import Answer
from forecast.report.blocks import Cell, Chart, Column, Prose, Row, Table
from forecast.report.formats.notebook import notebook

FEW = 256
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder to work in."""
    folder = tmp_path_factory.mktemp("api")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        patch.chdir(folder)
        yield folder


@pytest.fixture(scope="module")
def case(home: Path) -> Case:
    """The built-in base case."""
    return forecast.load()


@pytest.fixture(scope="module")
def projection(case: Case) -> Answer:
    """Its projection by year."""
    return case.project(draws=FEW)


def test_importing_costs_nothing() -> None:
    code = (
        "import sys, forecast; names = dir(forecast); "
        "heavy = {'numpy', 'pandas', 'scipy', 'matplotlib', 'typer'} & set(sys.modules); "
        "sys.exit(f'{heavy}' if heavy or 'load' not in names else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with pytest.raises(AttributeError, match="lod"):
        forecast.lod  # type: ignore[attr-defined]  # noqa: B018


def test_it_says_what_the_command_line_says(
    projection: Answer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["project", "--draws", str(FEW), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    mine = json.loads(projection.to_json())
    assert mine["run"] == printed["run"]
    assert mine["rows"] == printed["rows"]


def test_a_frame_is_tidy(projection: Answer) -> None:
    frame = projection.to_frame()
    assert len(frame) == len(projection.rows)
    assert list(frame.index) == list(range(len(frame)))
    numbers = ["observed", "mean", "p5", "p50", "p95", "mc_error", "probability_never"]
    assert {str(frame[name].dtype) for name in numbers} == {"float64"}
    assert {str(frame[name].dtype) for name in ("metric", "unit", "kind", "status")} == {"str"}
    share = frame[frame["metric"] == "inference_share"].set_index("period")
    assert share.loc["2028", "period_end"] == pd.Timestamp(2028, 12, 31)
    row = projection.find("inference_share", "2028", member=None)
    assert row is not None
    assert share.loc["2028", "p50"] == row["p50"]
    event = frame[frame["metric"] == "crossover"].iloc[0]
    quarters = projection.find("crossover", None)
    assert quarters is not None
    assert quarters["p25"] == f"{int(event['p25'])}Q{int(4 * (event['p25'] % 1)) + 1}"
    assert pd.isna(event["period_end"])


def test_draws_have_the_quantiles_of_the_rows(case: Case, projection: Answer) -> None:
    draws = case.draws("inference_share", by="year", draws=FEW)
    assert draws.shape == (FEW, 7)
    assert (draws.index.name, draws.columns.name) == ("draw", "inference_share")
    row = projection.find("inference_share", "2028", member=None)
    assert row is not None
    assert np.percentile(draws["2028"], [10, 50, 90]) == pytest.approx(
        [row["p10"], row["p50"], row["p90"]], rel=1e-8
    )
    assert case.draws("tokens", draws=FEW).columns[-1] == "2028Q4"
    event = case.draws("crossover", draws=FEW)["crossover"]
    found = projection.find("crossover", None)
    assert found is not None
    assert event.isna().mean() == pytest.approx(found["probability_never"])
    assert ((event.dropna() * 4) % 1 == 0).all()


def test_settings_are_text_several_or_a_mapping(case: Case) -> None:
    ways = (
        "token_yield=x2",
        ["token_yield=x2"],
        {"token_yield": "x2"},
    )
    runs = {forecast.load(set=way).project(metrics="tokens", draws=FEW).run for way in ways}
    assert len(runs) == 1
    both = forecast.load(scenario="grid-bound", set=ways[0], as_of="2026-06-30")
    assert both.loaded.as_of == date(2026, 6, 30)
    assert both.loaded.scenario == ("grid-bound",)
    assert "scenario grid-bound · --set token_yield=x2" in repr(both)


ANSWERS: dict[str, tuple[Callable[[Case], Answer], bool]] = {
    "project": (lambda case: case.project(metrics="chip_spend", draws=FEW), True),
    "project by quarter": (
        lambda case: case.project(by="quarter", metrics=("training_compute",), draws=FEW),
        True,
    ),
    "project by part": (
        lambda case: case.project(metrics="chip_spend", breakdown="silicon", draws=FEW),
        True,
    ),
    "fit": (lambda case: case.fit("weekly_users", draws=FEW), True),
    "whatif": (lambda case: case.whatif("token_yield=x2", draws=FEW), True),
    "tornado": (
        lambda case: case.sensitivity("chip_spend", at="2027", method="tornado", draws=FEW),
        True,
    ),
    "given data": (lambda case: case.sensitivity(draws=FEW), False),
    "compare": (lambda case: case.compare("grid-bound", metrics="chip_spend", draws=FEW), False),
    "risks": (lambda case: case.risks(draws=FEW), False),
    "claims": (lambda case: case.claims(headline=True, draws=FEW), False),
    "explain": (lambda case: case.explain("chip_spend", "2028", draws=FEW), False),
    "get": (lambda case: case.get("chip spend@2027", draws=FEW), False),
    "why": (lambda case: case.why("inference_share", draws=512), False),
    "chart": (lambda case: case.chart("chip spend", draws=FEW), True),
    "watch": (lambda case: case.watch("chip_spend", draws=FEW), False),
    "assumptions": (lambda case: case.assumptions("agent", draws=FEW), False),
    "solve": (
        lambda case: case.solve(
            "inference_share", "2028", at_least="70%", vary="agent_penetration@2028", draws=FEW
        ),
        False,
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.usefixtures("few_movers")
def test_every_answer_is_a_frame_a_page_and_a_figure_or_says_that_it_has_none(
    name: str, case: Case
) -> None:
    from matplotlib.figure import Figure

    ask, has_figure = ANSWERS[name]
    answer = ask(case)
    frame = answer.to_frame()
    assert len(frame) >= len(answer.rows) > 0
    assert not any(isinstance(cell, dict) for cell in frame.iloc[0])
    assert repr(answer).startswith(f"<forecast {answer.result.command}: {len(answer.rows)} row")
    text = str(answer)
    assert text.startswith(" built-in base case")
    shown = Text(answer._repr_html_())
    assert shown.tags <= SAFE_TAGS
    words = [word for word in text.split()[:40] if set(word) - set("─┼│")]
    assert [word for word in words if word not in shown.text] == []
    if has_figure:
        assert isinstance(answer.plot(), Figure)
        with pytest.raises(forecast.InputError, match="names that the answer has"):
            answer.plot("nothing")
    else:
        with pytest.raises(forecast.InputError, match="no chart"):
            answer.plot()


SAFE_TAGS = {
    *("style", "div", "p", "b", "strong", "span", "a", "ul", "li", "dl", "dt", "dd", "pre", "br"),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}


class Text(HTMLParser):
    """The words of a fragment of HTML, and the names of its tags."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.text, self.tags, self.is_style = "", set[str](), False
        self.feed(fragment)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.is_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self.is_style = False

    def handle_data(self, data: str) -> None:
        if not self.is_style:
            self.text += data


def test_a_number_of_an_answer_is_explained_on_its_own_draws(projection: Answer) -> None:
    tree = projection.explain("inference_share", "2028", depth=1)
    row = projection.find("inference_share", "2028", member=None)
    assert row is not None
    assert tree.rows[0]["value"] == row["p50"]
    frame = tree.to_frame()
    assert frame["depth"].tolist()[:2] == [0, 1]
    assert set(frame["parent"].iloc[1:]) == {"inference_share"}
    assert len(frame) == 1 + len(tree.rows[0]["inputs"])


def test_a_whatif_of_a_changed_case_starts_from_it(case: Case) -> None:
    changed = forecast.load(set="token_yield=x2")
    answer = changed.whatif({"agent_penetration@2028": "25%"}, metrics="tokens", draws=FEW)
    before = changed.project(metrics="tokens", draws=FEW).find("tokens", "2028", member=None)
    row = answer.find("tokens", "2028", case="base")
    assert row is not None
    assert before is not None
    assert row["p50"] == before["p50"]
    down = answer.find("tokens", "2028", case="difference")
    assert down is not None
    assert down["probability_up"] < 0.1  # the rent that fewer agents lower gives little back
    every = case.whatif("token_yield=x2", metrics="tokens", every_year=True, draws=FEW)
    assert {row["period"] for row in every.rows} == {str(year) for year in range(2022, 2029)}
    assert answer.explain("tokens", "2028").rows[0]["value"] < before["p50"]


def test_one_series_is_an_answer_too() -> None:
    figures = pd.Series([1.0, 2.0, 4.0, 7.0, 11.0, 16.0], index=pd.period_range("2018", periods=6))
    figures.index = pd.period_range("2018", periods=6, freq="Y")
    answer = forecast.fit_series(figures, horizon=3, ceiling=100.0)
    assert answer.to_frame()["period"].tolist() == ["2024", "2025", "2026"]
    assert answer.plot().axes
    assert answer.extra["fits"]
    with pytest.raises(forecast.InputError, match="no case behind"):
        answer.explain("chip_spend", "2028")


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: forecast.load(scenario="grid-bond"), "Did you mean grid-bound"),
        (lambda: forecast.load(set={"agent_penetraton": "25"}), "Did you mean agent_penetration"),
        (lambda: forecast.load(as_of="03/04/2026"), "a date such as 2026-11-15"),
        (lambda: forecast.load("nowhere"), "a folder that exists"),
        (lambda: forecast.load().project(metrics="inferense_share"), "inference_share"),
        (lambda: forecast.load().project(draws=3), "from 64 to 4,194,304"),
        (lambda: forecast.load().draws("binding_constraint"), "a constraint by quarter"),
        (lambda: forecast.load().explain("tokens", "2050"), "2050"),
    ],
)
def test_what_is_wrong_is_an_input_error_in_words(ask: Callable[[], object], said: str) -> None:
    with pytest.raises(forecast.InputError) as error:
        ask()
    assert said in str(error.value)
    assert error.value.problems


def test_no_word_becomes_markup_in_a_notebook() -> None:
    evil = "<script>alert('[/x]')</script>"
    row = Row((Cell(evil, note=(evil,)), Cell(evil, evil, address=f"https://{evil}")))
    blocks = [
        Prose(evil, label=evil),
        Table(evil, evil, (Column(evil), Column(evil)), (row,), evil),
        Chart(evil, (evil,), evil),
    ]
    text = notebook(blocks)
    assert "<script" not in text
    assert Text(text).text.count(evil) == 12
    assert html.unescape(text).count(evil) == 21


def compute_per_user(compute_stock: np.ndarray, weekly_users: np.ndarray) -> np.ndarray:
    """What runs for each weekly user."""
    return compute_stock / weekly_users


def test_a_quantity_of_ones_own_is_asked_for_like_any_metric(case: Case) -> None:
    mine = case.with_quantity(compute_per_user, unit="ratio", kind="stock", title="Compute a user")
    answer = mine.project(metrics="compute_per_user", draws=FEW)
    parts = [case.draws(name, by="year", draws=FEW) for name in ("compute_stock", "weekly_users")]
    expected = (parts[0] / parts[1])["2028"]
    row = answer.find("compute_per_user", "2028")
    assert row is not None
    assert row["p50"] == pytest.approx(expected.median())
    assert np.allclose(mine.draws("compute_per_user", by="year", draws=FEW)["2028"], expected)
    assert "Compute a user" in str(answer)
    changed = mine.whatif("weekly_users@2028=x2", metrics="compute_per_user", draws=FEW)
    assert changed.to_frame()["p50"].iloc[1] < changed.to_frame()["p50"].iloc[0]
    learnt = mine.whatif(
        given=f"compute_per_user@2028={row['p75']}", metrics="chip_spend", draws=FEW
    )
    assert learnt.extra["given"][0]["metric"] == "compute_per_user"
    tree = answer.explain("compute_per_user", "2028", depth=1)
    assert "What runs for each weekly user." in str(tree)
    with pytest.raises(forecast.InputError, match="no such metric"):
        case.project(metrics="compute_per_user", draws=FEW)


def test_draws_in_threads_know_it_too(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = case.with_quantity(compute_per_user, unit="ratio", kind="stock")
    whole = mine.draws("compute_per_user", draws=FEW)
    monkeypatch.setattr("forecast.world.world.BLOCK", 64)
    monkeypatch.setattr("forecast.world.world.THREADS", 2)
    assert mine.draws("compute_per_user", draws=FEW).equals(whole)


def test_outcomes_given_are_known_to_every_question(case: Case) -> None:
    rich = forecast.load(given={"ai_capex@2027": "1.6T"})
    assert "--given ai_capex@2027=1.6T" in repr(rich)
    before, after = (each.draws("ai_capex", by="year", draws=FEW)["2027"] for each in (case, rich))
    assert before.median() < after.median() == pytest.approx(1.6e12, rel=0.05)
    row = rich.project(metrics="ai_capex", draws=FEW).find("ai_capex", "2027")
    assert row is not None
    assert row["p50"] == pytest.approx(after.median())
    # what is done after that starts from there
    frame = rich.whatif("weekly_users@2028=x2", metrics="ai_capex", at="2027", draws=FEW).to_frame()
    assert frame["p50"].iloc[0] == pytest.approx(after.median())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda case: case.project(by="month"), "by: found 'month'"),
        (lambda case: case.draws("chip_spend", by="month"), "by: found 'month'"),
        (lambda case: case.compare("grid-bound", by="Year"), "Did you mean year"),
        (lambda case: case.compare(), "the name of one at least"),
        (lambda case: case.whatif("chip_life=x2", draws=3), "draws: found 3"),
        (lambda case: case.risks(draws="many"), "draws: found 'many'"),
        (lambda case: case.watch(seed=-1), "seed: found -1"),
        (lambda case: case.project(through=2028), "through: found 2028"),
        (lambda case: case.project(metrics="chip"), "metric='chip'"),
        (
            lambda case: case.solve("rent", "2028", vary="reserch_level", at_least="1"),
            "vary='reserc",
        ),
        (lambda case: case.whatif(given="ai_capex@2027=much"), "given='ai_capex@2027=much'"),
        (lambda _: forecast.load(set="chip_lives=x2"), "set='chip_lives=x2'"),
    ],
)
def test_what_the_command_line_refuses_is_refused_in_pythons_words(
    ask: Callable[[Case], object], said: str, case: Case
) -> None:
    with pytest.raises(forecast.InputError) as refused:
        ask(case)
    assert said in str(refused.value)
    assert "--" not in str(refused.value)
    assert all(problem.place == "Python" for problem in refused.value.problems)
