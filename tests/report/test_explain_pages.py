"""The tree behind a number as a page: every kind of branch, hostile text, and narrow terminals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

from example_result import run

from forecast.analysis.beliefs.stated import Points, Provenance, Stated
from forecast.analysis.explain.rows import (
    AssumedFigure,
    AssumptionTrail,
    Change,
    DriverTrail,
    EquationTrail,
    Explanation,
    Head,
    Input,
    Levels,
    LinkRow,
    Member,
    NodeKind,
    PublishedFigure,
    Remark,
    Root,
    RootInput,
    Seen,
    ShownChange,
    Since,
    Summary,
    TargetFigure,
    Trail,
)
from forecast.report.blocks import View
from forecast.report.characters import drawing
from forecast.report.characters.terminal import plain
from forecast.report.formats import markdown
from forecast.report.pages.answers.explain_pages import explain_page
from forecast.result import Band, Quantiles, columns
from forecast.world.rows import ChangeRow

Compare = Callable[[str, str], None]


def quantiles(low: float, middle: float, high: float) -> Quantiles:
    return Quantiles((*(low,) * 4, middle, *(high,) * 4))


def head(name: str, kind: NodeKind, unit: str, band: Band | None, *members: Member) -> Head:
    """Return what stands at a node, with its value and band."""
    title, value = name.replace("_", " ").capitalize(), band.p50 if band else None
    return Head(name, title, "2028", value, unit, kind, None, band, members or None)


def entry(of: Head, trail: Trail, *inputs: Input) -> Input:
    return Input(of, 0.5, trail, inputs)


def equation(text: str, needs: int, *targets: TargetFigure, formula: str | None) -> EquationTrail:
    return EquationTrail(text, formula, False, needs, targets)


SOURCE = Provenance(
    status="judged",
    source="judgement",
    source_url="",
    date="2026-11-01",
    known_from="2026-11-01",
    reasoning="Because [bold]nobody[/bold] has counted <yet>.",
    place="assumptions/base/usage.yaml:43",
)
TASKS = entry(
    head("tokens_per_task", "assumption", "tokens", Band(1.7e5, 6.9e5, 3.4e6)),
    AssumptionTrail(
        equation="Tokens per agent task.",
        prior=Band(5e4, 3e5, 2e6),
        conditioned=Band(1.7e5, 6.9e5, 3.4e6),
        shift=0.6,
        spread=0.79,
        beliefs=(),
        provenance=SOURCE,
    ),
)
FIXED = entry(
    head("usage_elasticity", "assumption", "ratio", Band(0.5, 0.5, 0.5)),
    AssumptionTrail(
        equation="Elasticity.",
        prior=Band(0.5, 0.5, 0.5),
        conditioned=Band(0.5, 0.5, 0.5),
        shift=0.001,
        spread=1.0,
        beliefs=(),
        provenance=replace(
            SOURCE, status="primary", source="A survey", reasoning="",
            source_url="https://example.org/a survey",
        ),
    ),
)  # fmt: skip
OBSERVED = PublishedFigure(
    series_id="apps_with_agents",
    rows=1,
    role="driver",
    period_end="2025-12-31",
    value=0.05,
    high=None,
    unit="share",
    qualifier="lt",
    published="2025-08-26",
    guidance=True,
    assumed=False,
    status="primary",
    source="Gartner *2025*",
    source_url="https://example.org/agents",
    place="data/observations/agents.csv:21",
)
AGENTS = entry(
    head("agent_penetration", "driver", "share", Band(0.23, 0.43, 0.63)),
    DriverTrail(
        equation="Applications with agents: growth curves (logistic) fitted to its evidence.",
        quarter="2028Q4",
        prior=Band(0.22, 0.43, 0.62),
        conditioned=Band(0.23, 0.43, 0.63),
        beliefs=(),
        observations=(OBSERVED,),
        assumed=(AssumedFigure("2026Q4", Stated("quantiles", Points(0.12, 0.21, 0.33)), SOURCE),),
        provenance=replace(SOURCE, place="assumptions/drivers.yaml:70"),
    ),
)
SHARES = entry(
    head(
        "class_shares",
        "record",
        "share",
        None,
        Member("nvidia_gpu", "share", Levels(0.73, Band(0.68, 0.73, 0.77))),
        Member("training.custom_asic", "share", Levels(0.17, Band(0.13, 0.17, 0.21))),
    ),
    equation("Shares of silicon.", 1, formula=None),
)
TARGET = TargetFigure(
    target="tokens_google",
    period="2025",
    unit="tokens/day",
    bound="lower",
    observed=4.3e13,
    modelled=Band(3e13, 4.1e13, 5e13),
    misfit=-0.04,
    reasoning="",
    place="assumptions/targets.yaml:3",
)
SEEN = entry(AGENTS.head, Seen())
TIME = entry(head("year_fraction", "time", "year", None), Remark("The middle of each quarter."))
SEATS = entry(
    head("active_agent_seats", "quantity", "people", Band(3e7, 9e7, 2e8)),
    equation("Workers who use an agent.", 2, formula="workers * agent_penetration - 1 / other"),
    SEEN,
    TIME,
)
ROOT = Root(
    head=head("tokens", "quantity", "tokens/day", Band(1.2e15, 2.4e15, 6.1e15)),
    trail=replace(
        equation("Tokens a day.", 6, TARGET, formula="seats * tokens_per_task * [Growth]"),
        is_equation=True,
    ),
    inputs=(AGENTS, SEATS, TASKS, SHARES, FIXED),
    summary=Summary(None, 3e15, quantiles(1.2e15, 2.4e15, 6.1e15), 1e13, None),
    status="projected",
    roots=tuple(RootInput(each.head, None, 0.5) for each in (AGENTS, TASKS, FIXED)),
    changed=("tokens_per_task=x2",),
    since=None,
)
LINKS = (
    LinkRow(
        "a", "Enterprise applications with AI agents", 1.6e15, quantiles(3e14, 1.5e15, 2.9e15), 0.99
    ),
    LinkRow(
        "everything else", "everything else", -2e14, quantiles(-5e14, -1e14, 1e14), 0.45
    ),
)  # fmt: skip
CHANGE = ChangeRow(
    metric="tokens",
    dimension=None,
    member=None,
    period="2028",
    unit="tokens/day",
    kind="rate",
    status="projected",
    observed=None,
    mean=1.4e15,
    quantiles=quantiles(1.1e15, 1.3e15, 6e15),
    mc_error=1e13,
    observed_qualifier=None,
    probability_up=1.0,
    change=1.3e15,
    relative=quantiles(14.0, 16.5, 76.0),
)
STILL = Explanation("explain", run(), (ROOT,), (), None)
SINCE = Since(
    period="2025",
    before=Levels(7.9e13, Band(7e13, 7.9e13, 9e13)),
    change=Change(**{each.name: getattr(CHANGE, each.name) for each in fields(Change)}),
    attribution=LINKS,
    second_attribution=(),
)
MOVED = replace(
    STILL,
    rows=(replace(ROOT, since=SINCE),),
    change=ShownChange("2025", SINCE.before.value, CHANGE, (LINKS,)),
)


def drawn(result: Explanation, width: int) -> str:
    return plain(drawing.draw(explain_page(result, View()), width))


def test_the_page_at_80_columns(as_expected: Compare) -> None:
    text = drawn(MOVED, 80)
    assert max(map(len, text.splitlines())) <= 80
    as_expected("explain-80.txt", text)


def test_the_page_as_markdown(as_expected: Compare) -> None:
    text = markdown.render(explain_page(MOVED, View()))
    assert "\\[bold\\]nobody" in text, "text of a source is no markup"
    assert "](<https://example.org/a%20survey>)" in text
    as_expected("explain.md", text)


RULES = str.maketrans("│", " ", "─┼")


def test_a_wide_terminal_gets_the_same_words() -> None:
    narrow, wide = (drawn(MOVED, width).translate(RULES).split() for width in (80, 140))
    assert narrow == wide


def test_without_a_start_nothing_is_said_of_a_change() -> None:
    text = drawn(STILL, 80)
    assert "since" not in text.lower()
    assert text.rstrip().endswith("IN SHORT  tokens@2028: 2.4Q tokens/day (80% band 1.2–6.1Q)")


def test_each_is_described_once() -> None:
    text = drawn(MOVED, 80)
    assert text.count("driver: Applications with agents") == 1
    assert text.count("see above") == 1


HEAD = ["quantity", "title", "period", "value", "unit", "kind", "measure", "p10", "p50", "p90"]
QUANTITY = ["equation", "formula", "is_equation", "needs", "targets"]
PLACED = ["status", "source", "source_url", "date", "known_from", "reasoning", "place"]
BELIEVED = ["prior", "conditioned", "shift", "spread", "beliefs"]
CURVES = ["quarter", "prior", "conditioned", "beliefs", "observations", "assumed"]
DRAWN = [
    *("observed", "mean", "p2_5", "p5", "p25", "p75", "p95", "p97_5"),
    *("mc_error", "observed_qualifier"),
]


def test_every_kind_of_node_has_its_columns() -> None:
    root = columns(MOVED.root)
    last = ["inputs", *DRAWN, "status", "roots", "changed", "since"]
    assert list(root) == [*HEAD, *QUANTITY, *last]
    agents, seats, tasks, shares, _ = root["inputs"]
    inner = [*HEAD, "rank_correlation"]
    assert list(agents) == [*inner, "equation", *CURVES, *PLACED, "inputs"]
    assert list(tasks) == [*inner, "equation", *BELIEVED, *PLACED, "inputs"]
    assert list(shares) == [*HEAD, "members", "rank_correlation", *QUANTITY, "inputs"]
    seen, time = seats["inputs"]
    assert list(seen) == [*inner, "seen", "inputs"]
    assert list(time) == [*inner, "equation", "inputs"]
    assert tasks["prior"] == {"p10": 5e4, "p50": 3e5, "p90": 2e6}
    assert list(root["since"]["before"]) == ["value", "p10", "p50", "p90"]
    assert list(root["since"]["change"])[:3] == ["mean", "p2_5", "p5"]
