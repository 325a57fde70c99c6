"""The words of a report, the same in HTML, Markdown and a workbook."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from forecast.analysis.share.vintages import PERIOD, Vintage, day_by_day, kept_vintages
from forecast.inputs.places import builtin_folder
from forecast.report.blocks import Block, Facts, Prose
from forecast.report.cells import BANDS
from forecast.report.numbers import per_cent, quantity
from forecast.report.pages.beliefs.claims_words import headline_sentence, summary
from forecast.report.pages.runs.diff_pages import diff_blocks, heading
from forecast.report.pages.runs.history_pages import alert_sentence, score_blocks
from forecast.report.pages.sensitivity.watch_pages import fact
from forecast.report.pages.whatif.risks_pages import sentence
from forecast.report.words import crossover_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from forecast.analysis.runs.report_contents import Report
    from forecast.analysis.sensitivity.sensitivity import Sensitivity
    from forecast.analysis.watch.watch import WatchRow

CHARTS = "Left of the dashed line is history, as modelled; flows stand at their yearly rate."
METHOD = (
    "Growth curves of several families are fitted to adoption, agents and users and averaged, much "
    "alike. Capital expenditure and chip vendors' revenue are drawn together, from what has been "
    "reported and guided. Each comes as an ensemble of paths as uncertain as the data leave it.",
    "Reported revenue says what serving pays for, budgets say what research does, and judged "
    "levels stand for the rest. One rent of a machine's hour clears all of it against the machines "
    "that run, quarter by quarter; finance, chips and power limit what is bought.",
    "Every assumption is a distribution with a source or a reasoning. All are drawn together, and "
    "an ensemble smoother (ES-MDA) then conditions the ensemble on history, which decides "
    "what the assumptions and paths may still be.",
    "A what-if, a scenario and a risk change the future on the same draws, so that a difference is "
    "taken draw by draw and is not sampling noise.",
)
MEASURED = (
    "Measured on 93 public series, the growth curves' 80% bands held 82% (shares) and 84% (levels) "
    "of what came."
)
WATCHED = 3  # figures to come on the first page
HINDCAST_FILE = "data/hindcast.csv"  # what make hindcast found
LIMITS = (
    "The bands hold what the model can imagine. What it leaves out (a war, a new architecture, a "
    "law) is in the scenarios and risks at best, whose probabilities are judged.",
    "Nobody reports how compute is split between training and inference. The split rests on "
    "laboratories' revenue and spending, observed rents and judged levels of everybody else's "
    "compute; its band is wide for that reason.",
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
    """Return what changed since an earlier run, nothing without one."""
    if report.since is None:
        return []
    return [Prose(heading(report.since), "quiet"), *diff_blocks(report.since)]


def track_blocks(report: Report) -> list[Block]:
    """Return how earlier runs' forecasts did, nothing where none could be scored."""
    return [] if report.scores is None else score_blocks(report.scores)


def alert_sentences(report: Report) -> list[str]:
    """Return a sentence for each alert that fires: what was asked, and what was found."""
    return [f"{alert_sentence(row)}." for row in report.alerts if row.fires]


def claim_sentences(report: Report, *, compared: bool) -> list[str]:
    """Return what each headline claim comes to, or why it cannot be compared."""
    rows = report.claims.rows
    return [headline_sentence(row) for row in rows if row.headline and row.compared is compared]


def claim_summary(report: Report) -> str:
    """Return how many claims lie outside our band."""
    return summary(report.claims)


def next_to_watch(report: Report) -> list[Block]:
    """Return the three figures to come that move the headlines most, in words."""
    clear = [row for row in report.watch.rows if row.clear]
    strongest: dict[str, WatchRow] = {}
    for row in sorted(clear, key=lambda row: -abs(row.effect_relative)):
        strongest.setdefault(row.figure.observation, row)
    told = list(strongest.values())[:WATCHED]
    return [Facts(tuple(map(fact, told)))] if told else []


def standing_out(report: Report) -> list[str]:
    """Return alerts, the gravest risk and how published claims lie, in sentences."""
    return [*alert_sentences(report), sentence(report.risks), claim_summary(report)]


def crossing_sentences(report: Report) -> list[str]:
    """Return when inference passes training, by compute and by chip spend."""
    named = (("By compute", "crossover"), ("By chip spend", "spend_crossover"))
    events = ((how, report.projection.event(metric)) for how, metric in named)
    return [
        f"{how}: {crossover_sentence(report.projection, event, BANDS)}"
        for how, event in events
        if event
    ]


def tornado_sentence(result: Sensitivity) -> str:
    """Return what stands first in a tornado of a report, and in which order the rest does."""
    bar, unit = result.bars[0], result.base.unit
    low, high = bar.ends
    ends = f"from {quantity(low, unit)} to {quantity(high, unit)}"
    return (
        f"In the order of what knowing each would explain of the spread, with what hangs together "
        f"with it; a bar moves it alone. {bar.title} stands first: {ends} between its P10 and P90."
    )


def hindcast_findings() -> list[str]:
    """Return what the forecast made again as of earlier days was found to be worth, as it was when
    docs/hindcast.md was written."""
    rows = (builtin_folder() / HINDCAST_FILE).read_text(encoding="utf-8").splitlines()
    return [row["finding"] for row in csv.DictReader(rows)]


def vintage_sentence(earlier: Sequence[Vintage]) -> str:
    """Return what was expected of the share as of earlier days, with what was known then."""
    said = ", ".join(
        f"{per_cent(each.quantiles.p50)}%"
        f" ({per_cent(each.quantiles.at(10))}–{per_cent(each.quantiles.at(90))}) on {each.day}"
        for each in earlier
    )
    return f"With what was known then, the base case had for the share of {PERIOD}: {said}."


def sureness(report: Report) -> list[str]:
    """Return what is known of how sure the forecast is."""
    rows = report.assumptions.rows
    judged = sum(row.provenance.status == "judged" for row in rows)
    return [
        *report.projection.findings,
        MEASURED,
        *hindcast_findings(),
        vintage_sentence(day_by_day(kept_vintages(), "inference_share", "then")[:-1]),
        summary(report.claims),
        f"{judged} of {len(rows)} beliefs are judged from sources rather than read in one.",
    ]
