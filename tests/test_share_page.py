"""The page of the share rests on the beliefs, figures and code that are there now."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from built_in import INPUTS

from forecast.analysis.share.basis import share_basis
from forecast.analysis.share.vintages import DAYS, UNITS, kept_vintages

DOCS = Path(__file__).resolve().parents[1] / "docs"


def test_the_page_is_not_stale() -> None:
    (stated,) = re.findall(r"rests on ([0-9a-f]{16})", (DOCS / "share.md").read_text("utf-8"))
    assert stated == share_basis(INPUTS), "run make share"


def test_a_belief_a_figure_a_target_and_a_correlation_make_it_stale_and_words_do_not() -> None:
    ratio = INPUTS.assumptions["lab_research_ratio"]
    other = replace(ratio, knots=INPUTS.assumptions["google_research"].knots)
    told = replace(ratio, provenance=replace(ratio.provenance, reasoning="another"))
    target, *targets = INPUTS.targets
    pair, *pairs = INPUTS.correlations
    changed = (
        replace(INPUTS, assumptions={**INPUTS.assumptions, "lab_research_ratio": other}),
        replace(INPUTS, observations=INPUTS.observations[1:]),
        replace(INPUTS, guidance=INPUTS.guidance[1:]),
        replace(INPUTS, targets=(replace(target, error=9.0), *targets)),
        replace(INPUTS, correlations=(replace(pair, rank_correlation=0.0), *pairs)),
    )
    assert len({share_basis(INPUTS), *map(share_basis, changed)}) == 6
    same = replace(INPUTS, assumptions={**INPUTS.assumptions, "lab_research_ratio": told})
    assert share_basis(same) == share_basis(INPUTS)


def test_the_page_shows_the_vintages_that_reports_draw() -> None:
    found = kept_vintages()
    assert len(found) == (2 * len(DAYS) + 1) * len(UNITS)
    page = (DOCS / "share.md").read_text("utf-8")
    for each in found:
        if each.unit == "share":
            low, middle, high = (100.0 * each.quantiles.at(at) for at in (10, 50, 90))
            (line,) = [
                line
                for line in page.split("Inference share in 2028:")[1].splitlines()
                if line.startswith(f"| {each.day} |")
            ][:1]
            assert f"{middle:.0f}% ({low:.0f}%–{high:.0f}%)" in line
