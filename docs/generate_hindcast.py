"""Write docs/hindcast.md and its charts from the program itself: make hindcast.

It takes some five minutes. tests/test_hindcast_page.py fails where the page rests on constants,
figures or code that have changed since.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from forecast.analysis.hindcast import frozen, variants
from forecast.analysis.hindcast.aims import CALM, Aim, aims, beside_walk
from forecast.analysis.hindcast.basis import money_basis
from forecast.analysis.hindcast.hindcast import (
    COMPANIES,
    MODEL_GROUPS,
    MONEY_GROUPS,
    hindcast_model,
    in_pairs,
    rows_of_money,
)
from forecast.analysis.hindcast.measured import kept_discrepancies
from forecast.analysis.hindcast.money_alone import Asked, believed
from forecast.analysis.hindcast.others import OTHERS, VENDOR, other_rows
from forecast.analysis.hindcast.published.head_to_head import head_to_head
from forecast.analysis.hindcast.published.scores import HEADLINE, PROVISIONAL
from forecast.analysis.hindcast.scoring.rows import (
    HeadToHead,
    Hindcast,
    HindcastScore,
    Part,
    PublishedRow,
)
from forecast.analysis.hindcast.scoring.scores import scored
from forecast.analysis.hindcast.scoring.truth import TOTAL, reported_money
from forecast.analysis.hindcast.whole_model import SUMS
from forecast.inputs.schema import Inputs
from forecast.inputs.yardsticks.published import read_published
from forecast.money.group import LEADER
from forecast.money.processes import BELIEFS
from forecast.periods import quarter
from forecast.processors.second_process import Beside, second_process
from forecast.report.charts.hindcast_figure import hindcast_figure
from forecast.report.charts.inline import svg
from forecast.report.formats import markdown
from forecast.report.numbers import quantity, quantity_band, signed
from forecast.report.pages.beliefs.doctor_pages import discrepancy_blocks
from forecast.report.pages.beliefs.hindcast_pages import (
    LEGEND,
    PUBLISHED_LEGEND,
    compared,
    published_table,
    scores_table,
    unanswered_table,
)
from forecast.report.story import HINDCAST_FILE
from forecast.result import RunOptions
from forecast.world.case import Case, load_case

HERE = Path(__file__).parent
PAGE, FOLDER = HERE / "hindcast.md", HERE / "hindcast"
FINDINGS = HERE.parent / HINDCAST_FILE  # for reports
TEXT = FOLDER / "text.txt"  # what no program can say: misses, lessons, choices
DRAWS, FEW = 1536, 512
CHARTS = {
    TOTAL: ("capex.svg", "Capex of the five companies a quarter, from every origin"),
    LEADER: ("nvidia.svg", "NVIDIA's data-centre revenue a quarter, from every origin"),
}
NINE = next(group for group in MONEY_GROUPS if group.first > 0 and group.furthest == 8)
PLANNED = f"planned_{TOTAL}"
SUMMED = (TOTAL, *SUMS)  # of others, and left out of the mean beside a walk
Row = Sequence[str]


def main() -> int:
    """Write the page, its charts, and today's forecast if it has not been written down."""
    case = load_case()
    options = RunOptions(draws=DRAWS, started="2026-11-28T00:00:00Z")
    with second_process(_prepare) as beside:
        result = hindcast_model(case, options, beside=beside)
        worth = variants_table(case.inputs, beside), choices_table(case.inputs, beside)
        against = head_to_head(case, read_published(), options, beside=beside)
    FOLDER.mkdir(exist_ok=True)
    for metric, (name, title) in CHARTS.items():
        draw = partial(hindcast_figure, result, metric, title, source(case.inputs))
        (FOLDER / name).write_text(svg(draw, name) + "\n", encoding="utf-8")
    freeze(case.inputs)
    found = list(in_short(result, against))
    with FINDINGS.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([["finding"], *([each] for each in found)])
    PAGE.write_text(page(case, result, against, found, worth), encoding="utf-8")
    return 0


def _prepare() -> None:
    """Import what a second process will need."""
    import forecast.analysis.hindcast.whole_model  # noqa: F401


def freeze(inputs: Inputs) -> None:
    """Write today's forecast down under the day of its newest input; what is there stays."""
    path = FOLDER / f"frozen-{frozen.newest_day(inputs)}.csv"
    if not path.exists():
        rows = list(frozen.forecast_now(inputs, 8 * DRAWS))
        path.write_text(frozen.written(rows), encoding="utf-8")


def page(case: Case, result: Hindcast, against: HeadToHead, found: Row, worth: Row) -> str:
    """Return the page: the text, with what was computed in the place of each `{{name}}`."""
    now = believed(case.inputs)
    parts = {
        "short": "\n".join(f"- {each}" for each in found),
        "money": "\n\n".join(money_tables(result)),
        "charts": "\n\n".join(f"![{title}](hindcast/{name})" for name, title in CHARTS.values()),
        "legend": LEGEND,
        "published": markdown.render([published_table(against.scores)]).strip(),
        "published_legend": PUBLISHED_LEGEND.replace("|", "\\|"),
        "headline": headline_table(against),
        "unanswered": markdown.render([unanswered_table(against)]).strip(),
        "years": years_table(result),
        "worst": worst_table(result),
        "variants": worth[0],
        "choices": worth[1],
        "others": others_table(case.inputs),
        "beliefs": beliefs_table(case.inputs),
        "model": "\n\n".join(model_tables(result)),
        "walked": walked_table(result),
        "aims": aims_table(case, result, against),
        "beside": beside_table(result),
        "discrepancy": markdown.render(discrepancy_blocks(kept_discrepancies())).strip(),
        "joined": joined_table(result),
        "frozen": frozen_table(case.inputs),
        "now": f"{now.median:.2f}, {now.spread:.2f}",
        "basis": f"rests on {money_basis(case.inputs)}",
        "run": source(case.inputs),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, content in parts.items():
        text = text.replace(f"{{{{{name}}}}}", content)
    return text


def source(inputs: Inputs) -> str:
    """Return what the figures are of."""
    return f"{DRAWS:,} draws, seed 1, data to {inputs.data_through}"


def in_short(result: Hindcast, against: HeadToHead) -> Iterator[str]:
    """Yield the findings, each a few sentences."""
    by_group = {(s.part, s.metric, s.origins): s for s in result.scores if s.horizon is None}
    every, recent = (by_group["money", TOTAL, each] for each in ("all", "from 2023"))
    each, nvidia = by_group["money", COMPANIES, "all"], by_group["money", LEADER, "all"]
    beside = beside_walk(result.rows, LEADER, MONEY_GROUPS[0])
    origins = len({row.origin for row in result.rows if row.part == "money"})
    yield (
        f"Capex of the five companies, {origins} origins since 2016Q4, one to twelve quarters"
        f" ahead: the 80% band held {_percent(every)} of outcomes, {_percent(recent)} from 2023 on;"
        f" CRPS {every.crps:.3f} in logarithms ({recent.crps:.3f} from 2023), a weighted interval"
        f" score {every.wis_over_walk:.2f} of a random walk's. Medians lay"
        f" {_apart(every.bias)} over all origins and {_apart(recent.bias)} from 2023."
    )
    yield (f"Each company alone is harder: CRPS {each.crps:.3f}, {_percent(each)} in the 80% band.")
    yield (
        f"NVIDIA's data-centre revenue: CRPS {nvidia.crps:.3f}, no better than a random walk"
        f" ({beside.walk:.3f} on the same rows, {nvidia.wis_over_walk:.2f} of its weighted interval"
        f" score), {_percent(nvidia)} in the 80% band."
    )
    head = next(s for s in against.scores if s.group == HEADLINE and s.quantity is None)
    yield (
        f"Against {head.forecasts} published forecasts on {head.outcomes} outcomes, over a"
        f" quarter ahead, on the day of each: median error {head.error_ours:.3f} against"
        f" {head.error:.3f} ({head.ratio.value:.2f} of it, {head.ratio.low:.2f}–"
        f"{head.ratio.high:.2f}), a random walk's {head.error_walk:.3f}; nearer in"
        f" {100 * head.nearer.value:.0f}%. One boom: nearly all of them erred downward, on"
        " outcomes of 2024 and 2025."
    )
    late = next(s for s in against.scores if s.group == PROVISIONAL and s.quantity is None)
    yield (
        f"Against {late.forecasts} forecasts of {late.outcomes} outcomes that are provisional yet,"
        f" mostly of 2026: median error {late.error_ours:.3f} against {late.error:.3f}, a random"
        f" walk's {late.error_walk:.3f}; our 80% band held {100 * late.held_80.value:.0f}%."
    )


def _percent(score: HindcastScore) -> str:
    return f"{100 * score.coverage_80.value:.0f}%"


def _apart(bias: float | None) -> str:
    if bias is None:
        return "–"
    return f"{abs(100 * bias):.0f}% {'too low' if bias < 0 else 'too high'}"


def money_tables(result: Hindcast) -> Iterator[str]:
    """Yield the scores of money alone, metric by metric."""
    yield from _tables([score for score in result.scores if score.part == "money"])


def model_tables(result: Hindcast) -> Iterator[str]:
    """Yield the scores of the whole model, metric by metric, plans of money apart."""
    scores = [each for each in result.scores if each.part == "model" and each.metric != PLANNED]
    yield from _tables(scores)


def walked(result: Hindcast) -> dict[str, float]:
    """Return the weighted interval score over a walk's of each metric of the whole model, wherever
    figures known by then gave one."""
    return {
        score.metric: score.wis_over_walk
        for score in result.scores
        if score.part == "model" and score.horizon is None and score.metric != PLANNED
        if score.wis_over_walk is not None
    }


def walked_table(result: Hindcast) -> str:
    """Return how the whole model did beside a walk."""
    walks = [row for row in result.rows if (row.part, row.method) == ("model", "walk")]
    lines, own = [], []
    for metric, ratio in walked(result).items():
        beside = [row.origin for row in walks if row.metric == metric]
        lines.append((metric, str(len(beside)), str(len(set(beside))), f"{ratio:.2f}"))
        own += [ratio] if metric not in SUMMED else []
    alone = f"without {' and '.join(SUMMED)}"
    lines.append((f"geometric mean {alone}", "", "", f"{np.exp(np.mean(np.log(own))):.2f}"))
    lines.append((f"arithmetic mean {alone}", "", "", f"{np.mean(own):.2f}"))
    return table(("metric", "forecasts", "origins", "weighted interval score over a walk's"), lines)


def aims_table(case: Case, result: Hindcast, against: HeadToHead) -> str:
    """Return what was asked for before the hindcast was built, and what came of it."""
    trend = rows_of_money(case.inputs, sorted(_calm()), Asked(DRAWS, per_revenue=variants.UNLINKED))
    lines = [
        (each.name, _wanted(each), signed(f"{each.measured:.3f}"), "yes" if each.holds else "no")
        for each in aims(result, against, trend, walked(result))
    ]
    return table(("figure", "aim", "measured", "reached"), lines)


def _calm() -> set[int]:
    return {origin for group in CALM for origin in range(group.first, group.last + 1)}


def _wanted(aim: Aim) -> str:
    if aim.least is None or aim.most is None:
        return f"at most {aim.most:g}" if aim.most is not None else f"at least {aim.least:g}"
    return f"{aim.least:g} to {aim.most:g}"


def beside_table(result: Hindcast) -> str:
    """Return the five's capex and NVIDIA's revenue beside a walk with drift on the same rows."""
    lines = []
    for metric in (TOTAL, LEADER):
        for group in MONEY_GROUPS:
            found = beside_walk(result.rows, metric, group)
            less = signed(f"{found.ours - found.walk:+.3f}")
            figures = f"{found.ours:.3f}", f"{found.walk:.3f}", less, f"{found.wis_over_walk:.2f}"
            lines.append((metric, found.origins, str(found.rows), *figures))
    heads = ("", "origins", "n", "CRPS", "a walk's", "less", "weighted interval score / walk's")
    return table(heads, lines)


def joined_table(result: Hindcast) -> str:
    """Return what joining money to demand costs or gains on the nine origins: plans of the five's
    capex and what the whole model makes of them, beside money alone."""
    tried: tuple[tuple[str, Part, str], ...] = (
        ("money alone", "money", TOTAL),
        ("plans, conditioned on all that is observed", "model", PLANNED),
        ("realised: plans joined to demand, finance, chips and power", "model", TOTAL),
    )
    lines, found = [], []
    for name, part, metric in tried:
        rows = [each for each in result.rows if (each.part, each.metric) == (part, metric)]
        score = next(each for each in scored(rows, (NINE,), {}) if each.horizon is None)
        found.append(score.crps)
        lines.append((name, str(score.quarters), f"{score.crps:.3f}", f"{_percent(score)}"))
    _, plans, realised = found
    lines.append(("realised less plans", "", signed(f"{realised - plans:+.3f}"), ""))
    return table((NINE.name, "n", "CRPS", "in the 80% band"), lines)


def _tables(scores: Sequence[HindcastScore]) -> Iterator[str]:
    for metric in dict.fromkeys(score.metric for score in scores):
        scored = scores_table([score for score in scores if score.metric == metric])
        yield markdown.render([scored]).strip()


def headline_table(against: HeadToHead) -> str:
    """Return every forecast over a quarter ahead with a firm outcome, beside ours."""
    rows = [
        row
        for row in against.rows
        if row.strength == "firm" and row.error_walk is not None and not row.is_read_off
        and row.years_ahead > 0.25
    ]  # fmt: skip
    heads = ("published", "who", "of", "period", "theirs", "ours", "walk", "came", "in our terms")
    return table(heads, [tuple(_said(row)) for row in sorted(rows, key=lambda row: row.published)])


def _said(row: PublishedRow) -> Iterator[str]:
    yield from (row.published, row.who, row.quantity, row.target_period)
    yield from compared(row)
    yield row.converted or "as we count it"


def years_table(result: Hindcast) -> str:
    """Return how far off the five's capex was by the year of the origin."""
    years: dict[str, list[tuple[float, bool]]] = {}
    for row in result.rows:
        if (row.part, row.metric, row.method) == ("money", TOTAL, "forecast"):
            miss = float(np.log(row.quantiles.p50 / row.observed))
            is_held = row.quantiles.at(10) <= row.observed <= row.quantiles.at(90)
            years.setdefault(row.origin[:4], []).append((miss, is_held))
    lines = []
    for year, found in years.items():
        miss, held = np.mean(found, axis=0)
        lines.append((year, str(len(found)), signed(f"{miss:+.2f}"), f"{100 * held:.0f}%"))
    return table(("origins of", "forecasts", "median − outcome", "in the 80% band"), lines)


def worst_table(result: Hindcast) -> str:
    """Return the origins and metrics of money that were furthest off, by their mean miss."""
    misses: dict[tuple[str, str], list[float]] = {}
    for row in result.rows:
        if row.part == "money" and row.method == "forecast":
            miss = float(np.log(row.quantiles.p50 / row.observed))
            misses.setdefault((row.metric, row.origin[:4]), []).append(miss)
    means = {key: float(np.mean(each)) for key, each in misses.items()}
    worst = sorted(means, key=lambda key: -abs(means[key]))[:12]
    lines = [
        (metric, year, f"{signed(f'{means[metric, year]:+.2f}')}", str(len(misses[metric, year])))
        for metric, year in worst
    ]
    return table(("metric", "origins of", "mean of median − outcome", "forecasts"), lines)


def variants_table(inputs: Inputs, beside: Beside) -> str:
    """Return the scores of each variant, and of each company left out."""
    heads = ("", *(f"the five: {group.name}" for group in MONEY_GROUPS), "companies", "NVIDIA")
    lines = []
    tried = (*variants.PARTS, *variants.company_variants(inputs))
    works = [partial(variants.scores_of, variant, inputs, FEW) for variant in tried]
    for variant, scores in zip(tried, in_pairs(works, beside), strict=True):
        by_group = {(each.metric, each.origins): each for each in scores}
        cells = [f"{by_group[TOTAL, group.name].crps:.3f}" for group in MONEY_GROUPS]
        cells += [f"{by_group[metric, 'all'].crps:.3f}" for metric in (COMPANIES, LEADER)]
        lines.append((variant.name, *cells))
    return table(heads, lines)


def choices_table(inputs: Inputs, beside: Beside) -> str:
    """Return combinations of what was chosen after a look, as outcomes before 2023 rank them."""
    heads = ("capex follows NVIDIA", "outlier limit", "vendors' beliefs", "before 2023",
             "from 2023", "the five", "NVIDIA")  # fmt: skip
    lines = []
    for each in variants.choices(inputs, FEW, beside):
        figures = each.before, each.after, each.capex_after, each.nvidia_after
        used = ("yes" if one else "no" for one in (each.link, each.limit))
        lines.append((*used, each.vendors, *(f"{figure:.3f}" for figure in figures)))
    return table(heads, lines)


def others_table(inputs: Inputs) -> str:
    """Return the scores of the processes on companies outside the money group."""
    scores = list(scored(list(other_rows(inputs, FEW)), MODEL_GROUPS, {}))
    return "\n\n".join(_tables(scores))


def beliefs_table(inputs: Inputs) -> str:
    """Return the CRPS of other vendors with all beliefs about growth, and with each alone."""
    tried = {"all three": inputs} | {
        f"{belief} alone": variants.one_belief(belief, inputs) for belief in BELIEFS
    }
    vendors = [name for name, (_, like) in OTHERS.items() if like == VENDOR]
    lines = []
    for name, changed in tried.items():
        scores = scored(list(other_rows(changed, FEW)), MODEL_GROUPS, {})
        found = {each.metric: each.crps for each in scores if each.horizon is None}
        lines.append((name, *(f"{found[vendor]:.3f}" for vendor in vendors)))
    return table(("vendors' growth", *vendors), lines)


def frozen_table(inputs: Inputs) -> str:
    """Return what was written down on each day, by year, and the error of what has come due."""
    truth = reported_money(inputs)
    heads = ("written on", "metric", "quarter", "median", "80% band", "came", "log error")
    lines = []
    for path in sorted(FOLDER.glob("frozen-*.csv")):
        for row in frozen.read(path.read_text(encoding="utf-8")):
            came = truth.get(row.metric, {}).get(quarter(row.period))
            if came is None and not row.period.endswith("Q4"):
                continue
            band = quantity_band(row.quantiles.at(10), row.quantiles.at(90), "USD")
            error = "" if came is None else f"{np.log(row.quantiles.p50 / came):+.2f}"
            known = "not yet" if came is None else quantity(came, "USD")
            middle = quantity(row.quantiles.p50, "USD")
            lines.append((str(row.day), row.metric, row.period, middle, band, known, error))
    return table(heads, lines)


def table(heads: Row, rows: Sequence[Row]) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
