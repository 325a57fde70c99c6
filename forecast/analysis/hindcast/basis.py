"""What a written hindcast rests on, as a hash: it is stale where this has changed."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from forecast.analysis.share.basis import share_basis
from forecast.inputs.places import builtin_folder
from forecast.inputs.schema import Inputs
from forecast.inputs.yardsticks.published import FOLDER
from forecast.money.group import members
from forecast.money.joint import PER_REVENUE

PACKAGE = Path(__file__).resolve().parents[2]
ROOMS = (PACKAGE / "money", PACKAGE / "analysis" / "hindcast")
MEASURED = ("unexplained_revenue",)  # assumptions that state a measured discrepancy
TABLES = ("forecasts.csv", "outcomes.csv", "links.csv", "definitions.csv")


def money_basis(inputs: Inputs) -> str:
    """Return a hash of the money group's constants, figures and guidance, of the published
    forecasts, and of the code that forecasts and scores money."""
    digest = sha256()
    for room in ROOMS:
        for path in sorted(room.rglob("*.py")):
            digest.update(path.read_bytes())
    for table in TABLES:
        digest.update((builtin_folder() / FOLDER / table).read_bytes())
    for name, constant in sorted(inputs.money.items()):
        digest.update(f"{name} {constant.knots}".encode())
    linked = inputs.assumptions[PER_REVENUE]
    vintages = [(each.provenance.known_from, each.knots) for each in linked.vintages]
    digest.update(f"{PER_REVENUE} {linked.knots} {vintages}".encode())
    for name, driver in sorted(members(inputs).items()):
        digest.update(f"{name} {driver.evidence} {driver.guided_by}".encode())
    used = {
        series
        for each in members(inputs).values()
        for one in each.evidence
        for series in one.series
    }
    for row in inputs.observations:
        if row.series_id in used:
            digest.update(f"{row.series_id} {row.period_end} {row.value} {row.published}".encode())
    for said in inputs.guidance:
        figures = said.low, said.mid, said.high, said.words
        digest.update(f"{said.series_id} {said.period_end} {figures} {said.published}".encode())
    return digest.hexdigest()[:16]


def discrepancy_basis(inputs: Inputs) -> str:
    """Return a hash of all that a measured discrepancy rests on: what the share does, but for the
    beliefs that state the discrepancy itself."""
    others = {name: each for name, each in inputs.assumptions.items() if name not in MEASURED}
    return share_basis(replace(inputs, assumptions=others))
