"""The words of a report, the same in HTML, Markdown and a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from forecast.report.blocks import Block, Listing, Prose
from forecast.report.claims_pages import summary, with_sentences
from forecast.report.numbers import quantity
from forecast.report.risks_pages import sentence
from forecast.report.watch_pages import watch_page
from forecast.report.words import first_line
from forecast.result import Result, Row

if TYPE_CHECKING:
    from forecast.analysis.gather import Report

METHOD = (
    "Growth curves of several families are fitted to each driver (adoption, agents, users, capital "
    "expenditure, frontier runs, revenue) and weighted by how well they predict; each comes as an "
    "ensemble of paths with its saturation level as uncertain as the data leave it.",
    "A model of some sixty equations carries the paths through usage, demand for inference and "
    "training, hardware, supply, power and money, quarter by quarter. Money, chips and power each "
    "can bind; running compute is shared between training and inference.",
    "Every assumption is a distribution with a source or a reasoning. All are drawn together, and "
    "an ensemble smoother (ES-MDA) then conditions the ensemble on history, which decides "
    "what the assumptions and paths may still be.",
    "A what-if, a scenario and a risk change the future on the same draws, so that a difference is "
    "taken draw by draw and is not sampling noise.",
)
LIMITS = (
    "The bands hold what the model can imagine. What it leaves out (a war, a new architecture, a "
    "law) is in the scenarios and risks at best, whose probabilities are judged.",
    "Nobody reports how compute is split between training and inference. The split rests on "
    "tokens, laboratories' disclosures and judged scales; its band is wide for that reason.",
    "Most assumptions are judged from sources, not measured. The status of each is in its table; "
    "points that somebody supposes are marked assumed.",
    "Company valuation, model quality against compute and subscription prices are out of scope.",
)
LICENCES = (
    "Chip sales, ownership and unit estimates, laboratories' compute, training compute of models "
    "and usage reports: data by Epoch AI, licensed CC BY 4.0.",
    "OpenRouter figures and disclosures of daily tokens: CC BY 4.0.",
    "US Census Bureau, EIA, LBNL and SEC filings: public domain, or facts.",
    "Company statements, surveys and press reports: single figures, each quoted with its source.",
)


def warnings(report: Report) -> list[str]:
    """Return every warning of a report, once."""
    parts = (report.projection, report.claims, report.scenarios, report.watch, report.assumptions)
    return list(dict.fromkeys(text for part in parts for text in part.warnings))


def since_blocks(report: Report) -> list[Block]:
    """Return what changed since an earlier run."""
    return [] if report.since is None else list(plain_blocks(report.since))


def score_blocks(report: Report) -> list[Block]:
    """Return how earlier runs' forecasts did."""
    return [] if report.scores is None else list(plain_blocks(report.scores))


def watch_blocks(report: Report) -> list[Block]:
    """Return the observations to come and what a surprise would move."""
    return _body(watch_page(report.watch), report)


def _body(blocks: Sequence[Block], report: Report) -> list[Block]:
    """Return a page without the lines that a report says once: the run, and the answer again."""
    run = first_line(report.run)
    return [
        block
        for block in blocks
        if not (isinstance(block, Prose) and (block.text == run or block.label == "IN SHORT"))
    ]


def alert_sentences(report: Report) -> list[str]:
    """Return a sentence for each alert that fires: what was asked, and what was found."""
    return [
        f"{row['alert']}: {_found(row)}{_before(row)}." for row in report.alerts if row["fires"]
    ]


def _found(row: Row) -> str:
    now = row["now"]
    return quantity(now, row["unit"]) if isinstance(now, int | float) else str(now or "never")


def _before(row: Row) -> str:
    if not row["is_change"]:
        return ""
    return f", before {_found({**row, 'now': row['before']})}"


def plain_blocks(result: Result) -> Iterator[Block]:
    """Yield a result's findings and rows."""
    for text in result.extra.get("findings", ()):
        yield Prose(text)
    if result.rows:
        columns = tuple(result.rows[0])
        rows = tuple(tuple(str(row[name]) for name in columns) for row in result.rows)
        yield Listing(columns, rows)


def claim_sentences(report: Report) -> list[str]:
    """Return what each headline claim comes to."""
    rows = with_sentences(report.claims).rows
    return [row["sentence"] for row in rows if row["headline"]]


def claim_summary(report: Report) -> str:
    """Return how many claims lie outside our band."""
    return summary(report.claims)


def risk_sentence(report: Report) -> str:
    """Return the gravest risk in a sentence."""
    return sentence(report.risks)


def tornado_sentence(result: Result) -> str:
    """Return the strongest assumption in words."""
    row, unit = (
        max(result.rows, key=lambda each: abs(float(each["swing"]))),
        result.extra["base"]["unit"],
    )
    low, high = sorted((row["metric_low"], row["metric_high"]))
    ends = f"from {quantity(low, unit)} to {quantity(high, unit)}"
    return f"{row['title']} moves it most: {ends} between its P10 and P90."


def sureness(report: Report) -> list[str]:
    """Return what is known of how sure the forecast is."""
    rows = report.assumptions.rows
    judged = sum(row["status"] == "judged" for row in rows)
    return [
        *report.projection.extra["findings"],
        summary(report.claims),
        f"{judged} of {len(rows)} beliefs are judged from sources rather than read in one.",
    ]
