"""Write docs/share.md and data/share_vintages.csv from the program itself: make share.

It takes some five minutes. tests/test_share_page.py fails where the page rests on beliefs, figures
or code that have changed since.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from forecast.analysis.sensitivity.rows import IndexRow
from forecast.analysis.sensitivity.sensitivity import sensitivity
from forecast.analysis.share.apart import (
    AUDIT_ERROR,
    AUDITED,
    HORIZON,
    SHARE,
    Audit,
    Outcome,
    audit,
    ground,
    moved_each,
    outcome,
    without_each,
    without_groups,
)
from forecast.analysis.share.basis import share_basis
from forecast.analysis.share.vintages import (
    ALLOWANCE,
    BELIEFS,
    FACTOR,
    STABLE_FROM,
    VINTAGES_FILE,
    Vintage,
    day_by_day,
    stability,
    vintages,
    written,
)
from forecast.model.equations.demand.research import Owners
from forecast.processors.second_process import second_process
from forecast.report.numbers import quantity, quantity_band, signed, significant
from forecast.result import Band, RunOptions, Spread
from forecast.world.case import Case, load_case
from forecast.world.rows import plain_band
from forecast.world.world import World

HERE = Path(__file__).parent
PAGE, TEXT = HERE / "share.md", HERE / "share" / "text.txt"
VINTAGES = HERE.parent / VINTAGES_FILE
DRAWS = 4096
YEARS = ("2025", "2026", "2028")
DEFINITIONS = {
    "inference_share": "compute by purpose",
    "forward_share": "compute by operation",
    "middle_share": "mean of both",
    "inference_spend_share": "chip spend by net added compute",
    "first_use_inference_spend_share": "chip spend by first use",
    "rented_inference_share": "rented compute by purpose",
}
OWNER_HEADS = ("", *(f"{y}, M H100e" for y in YEARS), *(f"{y}, serving %" for y in YEARS))
GROUP_HEADS = "beliefs", "alone, %", "with interactions, %"
OUTCOME_HEADS = "share, end of 2025, %", "share 2028, %", "median, points", "chip spend 2028"
MOST = 0.05  # that opinions together may move the median
LEAST_CUT = 0.6  # that audits are to take off the variance
KNOWN = 12  # single beliefs shown
Rows = Iterable[Sequence[str]]


@dataclass(frozen=True)
class Found:
    """What is computed of the base case: its world, institutions and groups left out with their
    counts of data, beliefs at both ends, an audit, and shares of variance."""

    base: World
    institutions: list[tuple[int, Outcome]]
    groups: list[tuple[int, Outcome]]
    beliefs: list[tuple[Outcome, Outcome]]
    audit: Audit
    by_group: list[IndexRow]
    known: list[IndexRow]


def main() -> int:
    """Write the page and the vintages."""
    case = load_case()
    options = RunOptions(draws=DRAWS, through=HORIZON, started="2026-11-28T00:00:00Z")
    with second_process(_prepare) as beside:
        later = beside(partial(vintages, options))
        found = find(case, options)
        days = later()
    VINTAGES.write_text(written(days), encoding="utf-8")
    PAGE.write_text(page(case, found, days), encoding="utf-8")
    return 0


def _prepare() -> None:
    """Import what a second process will need."""
    import forecast.analysis.share.vintages  # noqa: F401


def find(case: Case, options: RunOptions) -> Found:
    """Compute what the page shows of today."""
    start = ground(case, options)
    base = start.again()
    explained = partial(sensitivity, case, options, metric=SHARE, period=HORIZON)
    return Found(
        base,
        list(without_each(start)),
        list(without_groups(start)),
        list(moved_each(start)),
        audit(start, base),
        explained(method="sobol", group=True).indices,
        explained(method="given-data").indices,
    )


def page(case: Case, found: Found, days: Sequence[Vintage]) -> str:
    """Return the page: the text, with what was computed in the place of each `{{name}}`."""
    base = outcome("everything", found.base)
    parts = {
        "run": f"{DRAWS:,} draws, seed 1, data to {case.inputs.data_through}",
        "draws": str(DRAWS),
        "short": "\n".join(f"- {each}" for each in in_short(base, found)),
        "owners": table(OWNER_HEADS, owner_rows(found.base)),
        "definitions": table(("share of inference, %", *YEARS), definition_rows(found.base)),
        "groups": table(GROUP_HEADS, group_rows(found.by_group)),
        "known": table(("belief", "explains, %"), known_rows(found.known)),
        "institutions": table(("left out", "data", *OUTCOME_HEADS), institution_rows(base, found)),
        "beliefs": table(("held", *OUTCOME_HEADS), belief_rows(base, found.beliefs)),
        "share_vintages": vintage_table(days, "inference_share"),
        "spend_vintages": vintage_table(days, "chip_spend"),
        "revenue_vintages": vintage_table(days, "ai_revenue"),
        "tests": table(("test", "found", "asked", "met"), test_rows(base, found, days)),
        "basis": share_basis(case.inputs),
    }
    text = TEXT.read_text(encoding="utf-8")
    for name, content in parts.items():
        text = text.replace(f"{{{{{name}}}}}", content)
    return text


def in_short(base: Outcome, found: Found) -> Iterator[str]:
    """Yield the findings, a sentence each."""
    yield (
        f"Inference holds {in_words(base.share)} of compute at the end of {HORIZON}, by purpose; by"
        f" operation {in_words(plain_band(found.base.at('forward_share', HORIZON)))}."
    )
    _, strongest = max(found.institutions, key=lambda each: abs(_moved(base, each[1])))
    yield (
        f"Of institutions {strongest.what} moves the median most: {points(base, strongest)} points"
        " without it. Without any opinion about the split it moves by"
        f" {points(base, found.groups[0][1])}, and without any data by"
        f" {points(base, found.groups[1][1])}."
    )
    low, high = max(found.beliefs, key=lambda pair: abs(_moved(pair[0], pair[1])))
    yield (
        f"Of judged beliefs the strongest is {low.what}: {points(base, low)} points at its P10 and"
        f" {points(base, high)} at its P90."
    )


def owner_rows(world: World) -> Rows:
    """Yield compute and share of each owner at the end of YEARS."""
    values = world.values(["owners", "inference_owners"])
    for member in Owners._fields:
        stocks = [values.at("compute_stock", year, "owner", member) for year in YEARS]
        served = [values.at("inference_compute", year, "owner", member) for year in YEARS]
        sizes = (_in_two_figures(plain_band(stock / 1e6)) for stock in stocks)
        shares = (
            shown(plain_band(part / whole)) for part, whole in zip(served, stocks, strict=True)
        )
        yield (member.replace("_", " "), *sizes, *shares)


def definition_rows(world: World) -> Rows:
    """Yield each definition of the share in YEARS."""
    values = world.values(DEFINITIONS)
    for name, title in DEFINITIONS.items():
        yield (title, *(shown(plain_band(values.at(name, year))) for year in YEARS))


def group_rows(indices: Sequence[IndexRow]) -> Rows:
    """Yield what each group explains before history."""
    for row in indices:
        total = row.total_order or 0.0
        yield row.assumption, f"{100 * row.first_order:.0f}", f"{100 * total:.0f}"


def known_rows(indices: Sequence[IndexRow]) -> Rows:
    """Yield what the KNOWN strongest beliefs explain after history."""
    for row in indices[:KNOWN]:
        yield f"{row.title} (`{row.assumption}`)", f"{100 * row.first_order:.0f}"


def institution_rows(base: Outcome, found: Found) -> Rows:
    """Yield everything, then what remains without groups and without each institution, the
    strongest first."""
    yield ("nothing", "", *_cells(base, base))
    each = sorted(found.institutions, key=lambda one: -abs(_moved(base, one[1])))
    for count, one in (*found.groups, *each):
        yield (one.what, str(count), *_cells(base, one))


def belief_rows(base: Outcome, beliefs: Sequence[tuple[Outcome, Outcome]]) -> Rows:
    """Yield what comes of each belief at both ends, the strongest first."""
    for pair in sorted(beliefs, key=lambda pair: -abs(_moved(*pair))):
        for end, one in zip(("P10", "P90"), pair, strict=True):
            yield (f"{one.what}: {end}", *_cells(base, one))


def _cells(base: Outcome, one: Outcome) -> tuple[str, str, str, str]:
    return shown(one.before), shown(one.share), points(base, one), money(one.spend)


def vintage_table(days: Sequence[Vintage], metric: str) -> str:
    """Return a metric as of each day, with beliefs of then and of today."""
    then, today = (day_by_day(days, metric, beliefs) for beliefs in BELIEFS)
    rows = [(str(old.day), _told(old), _told(new)) for old, new in zip(then, today, strict=True)]
    return table(("as of", "beliefs of then", "beliefs of today"), rows)


def _told(vintage: Vintage) -> str:
    spread = vintage.quantiles
    return in_words(spread) if vintage.unit == "share" else money(spread)


def test_rows(base: Outcome, found: Found, days: Sequence[Vintage]) -> Rows:
    """Yield each test, what was found, what is asked, and whether it is met."""
    for beliefs in BELIEFS:
        steps = stability(days, beliefs)
        yield (
            f"squared steps of the median since {STABLE_FROM}, beliefs of {beliefs}",
            f"{steps.steps:.0f} points²",
            f"at most {FACTOR} × {signed(f'{steps.fall:.0f}')} + {ALLOWANCE:.0f} ="
            f" {signed(f'{steps.allowed:.0f}')}, the fall of variance by evidence alone",
            said(steps.steps <= steps.allowed),
        )
    cut = found.audit
    yield (
        f"audited splits of {len(AUDITED)} owners, ±{AUDIT_ERROR} in logits: variance of the share"
        " at the end of 2025",
        f"{cut.before:.0f} → {cut.after:.0f} points², {100 * cut.cut:.0f}% less",
        f"at least {100 * LEAST_CUT:.0f}% less",
        said(cut.cut >= LEAST_CUT),
    )
    _, untold = found.groups[0]
    yield (
        "opinions together: median without them",
        f"{points(base, untold)} points",
        f"at most {100 * MOST:.0f} either way",
        said(abs(_moved(base, untold)) <= MOST),
    )


def said(is_met: bool) -> str:
    """Return whether a test is met."""
    return "yes" if is_met else "**no**"


def _moved(base: Outcome, one: Outcome) -> float:
    return one.share.p50 - base.share.p50


def points(base: Outcome, one: Outcome) -> str:
    """Return how far the median of the share lies from that of the base, in points."""
    return signed(f"{100 * _moved(base, one):+.1f}")


def shown(spread: Band | Spread) -> str:
    """Return a share's median and band in per cent, without the sign."""
    return band_of(spread, "{:.0f}", 100.0)


def in_words(spread: Band | Spread) -> str:
    """Return a share's median and band, each in per cent."""
    return band_of(spread, "{:.0f}%", 100.0)


def money(spread: Band | Spread) -> str:
    """Return dollars with their band."""
    low, middle, high = _ends(spread)
    return f"{quantity(middle, 'USD')} ({quantity_band(low, high, 'USD')})"


def band_of(spread: Band | Spread, form: str, factor: float = 1.0) -> str:
    """Return a median and its band in a form, times a factor."""
    low, middle, high = (form.format(factor * each) for each in _ends(spread))
    return f"{middle} ({low}–{high})"


def _in_two_figures(band: Band) -> str:
    low, middle, high = (f"{significant(each):g}" for each in _ends(band))
    return f"{middle} ({low}–{high})"


def _ends(spread: Band | Spread) -> tuple[float, float, float]:
    if isinstance(spread, Band):
        return spread.p10, spread.p50, spread.p90
    return spread.at(10), spread.p50, spread.at(90)


def table(heads: Sequence[str], rows: Rows) -> str:
    """Return a table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
