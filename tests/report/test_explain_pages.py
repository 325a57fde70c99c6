"""The tree behind a number as a page: every kind of branch, hostile text, and narrow terminals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from example_result import run

from forecast.report.blocks import View
from forecast.report.formats import drawing, markdown
from forecast.report.formats.terminal import plain
from forecast.report.pages.explain_pages import explain_page
from forecast.result import Result, Row

Compare = Callable[[str, str], None]


def band(low: float, middle: float, high: float) -> Row:
    return {"p5": low, "p10": low, "p50": middle, "p90": high, "p95": high}


def branch(name: str, kind: str, unit: str, values: Row | None, **more: Any) -> Row:
    """Return a branch with its value and band."""
    found = values or dict.fromkeys(("p10", "p50", "p90"))
    head = {"quantity": name, "title": name.replace("_", " ").capitalize(), "period": "2028"}
    own = {"kind": kind, "unit": unit, "value": found["p50"], **found, "inputs": []}
    return {**head, **own, "rank_correlation": 0.5, **more}


SOURCE = {
    "status": "judged",
    "date": "2026-11-01",
    "source": "judgement",
    "source_url": "",
    "reasoning": "Because [bold]nobody[/bold] has counted <yet>.",
    "place": "assumptions/base/usage.yaml:43",
}
TASKS = branch(
    "tokens_per_task", "assumption", "tokens", band(1.7e5, 6.9e5, 3.4e6),
    equation="Tokens per agent task.", prior=band(5e4, 3e5, 2e6),
    conditioned=band(1.7e5, 6.9e5, 3.4e6), shift=0.6, spread=0.79, **SOURCE,
)  # fmt: skip
FIXED = branch(
    "usage_elasticity", "assumption", "ratio", band(0.5, 0.5, 0.5), equation="Elasticity.",
    prior=band(0.5, 0.5, 0.5), conditioned=band(0.5, 0.5, 0.5), shift=0.001, spread=1.0,
    **{**SOURCE, "status": "primary", "source": "A survey", "reasoning": "",
       "source_url": "https://example.org/a survey"},
)  # fmt: skip
OBSERVED = {
    "series_id": "apps_with_agents", "rows": 1, "role": "driver", "period_end": "2025-12-31",
    "value": 0.05, "high": None, "unit": "share", "qualifier": "lt", "published": "2025-08-26",
    "guidance": True, "assumed": False, "status": "primary", "source": "Gartner *2025*",
    "source_url": "https://example.org/agents", "place": "data/observations/agents.csv:21",
}  # fmt: skip
AGENTS = branch(
    "agent_penetration", "driver", "share", band(0.23, 0.43, 0.63),
    equation="Applications with agents: growth curves (logistic) fitted to its evidence.",
    quarter="2028Q4", prior=band(0.22, 0.43, 0.62), conditioned=band(0.23, 0.43, 0.63),
    observations=[OBSERVED],
    assumed=[{"period": "2026Q4", "distribution": "quantiles", "p10": 0.12, "p50": 0.21,
              "p90": 0.33, **SOURCE}],
    **{**SOURCE, "place": "assumptions/drivers.yaml:70"},
)  # fmt: skip
SHARES = branch(
    "class_shares", "record", "share", None, equation="Shares of silicon.", formula=None,
    is_equation=False, needs=1, targets=[],
    members=[{"member": "nvidia_gpu", "unit": "share", "value": 0.73, **band(0.68, 0.73, 0.77)},
             {"member": "training.custom_asic", "unit": "share", "value": 0.17,
              **band(0.13, 0.17, 0.21)}],
)  # fmt: skip
TARGET = {
    "target": "tokens_google", "period": "2025", "unit": "tokens/day", "bound": "lower",
    "observed": 4.3e13, "modelled": band(3e13, 4.1e13, 5e13), "misfit": -0.04,
    "reasoning": "", "place": "assumptions/targets.yaml:3",
}  # fmt: skip
SEEN = branch("agent_penetration", "driver", "share", band(0.23, 0.43, 0.63), seen=True)
TIME = branch("year_fraction", "time", "year", None, equation="The middle of each quarter.")
SEATS = branch(
    "active_agent_seats", "quantity", "people", band(3e7, 9e7, 2e8), needs=2, targets=[],
    equation="Workers who use an agent.", formula="workers * agent_penetration - 1 / other",
    is_equation=False,
)  # fmt: skip
ROOT = branch(
    "tokens", "quantity", "tokens/day", band(1.2e15, 2.4e15, 6.1e15), mean=3e15, observed=None,
    observed_qualifier=None, status="projected", changed=["tokens_per_task=x2"],
    equation="Tokens a day.", formula="seats * tokens_per_task * [Growth]", is_equation=True,
    needs=6, targets=[TARGET],
    roots=[AGENTS, TASKS, FIXED],
) | {"inputs": [AGENTS, SEATS | {"inputs": [SEEN, TIME]}, TASKS, SHARES, FIXED]}  # fmt: skip
PARTS = [
    {"driver": "a", "title": "Enterprise applications with AI agents", "amount": 1.6e15,
     **band(3e14, 1.5e15, 2.9e15), "probability_up": 0.99},
    {"driver": "everything else", "title": "everything else", "amount": -2e14,
     **band(-5e14, -1e14, 1e14), "probability_up": 0.45},
]  # fmt: skip
CHANGE = {**band(1.1e15, 1.3e15, 6e15), "mean": 1.4e15, "mc_error": 1e13, "probability_up": 1.0}


def example(*, since: bool = True) -> Result:
    root = dict(ROOT)
    if since:
        before = band(7e13, 7.9e13, 9e13)
        root["since"] = {"period": "2025", "before": before, "change": CHANGE,
                         "attribution": PARTS, "second_attribution": []}  # fmt: skip
    return Result("explain", run(), (root,), (), {"metrics": {}, "shown": [PARTS]})


def drawn(result: Result, width: int) -> str:
    return plain(drawing.draw(explain_page(result, View()), width))


def test_the_page_at_80_columns(as_expected: Compare) -> None:
    text = drawn(example(), 80)
    assert max(map(len, text.splitlines())) <= 80
    as_expected("explain-80.txt", text)


def test_the_page_as_markdown(as_expected: Compare) -> None:
    text = markdown.render(explain_page(example(), View()))
    assert "\\[bold\\]nobody" in text, "text of a source is no markup"
    assert "](<https://example.org/a%20survey>)" in text
    as_expected("explain.md", text)


def test_a_wide_terminal_gets_the_same_words() -> None:
    narrow, wide = (drawn(example(), width).replace("│", " ").split() for width in (80, 140))
    assert narrow == wide


def test_without_a_start_nothing_is_said_of_a_change() -> None:
    text = drawn(example(since=False), 80)
    assert "since" not in text.lower()
    assert text.rstrip().endswith("IN SHORT  tokens@2028: 2.4Q tokens/day (80% band 1.2–6.1Q)")


def test_each_is_described_once() -> None:
    text = drawn(example(), 80)
    assert text.count("driver: Applications with agents") == 1
    assert text.count("see above") == 1
