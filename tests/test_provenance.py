"""Every number that ships says where it comes from, and no series serves two masters."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from forecast.inputs import input_folder
from forecast.inputs.schema import Inputs, Source
from forecast.units import UNITS

STATUSES = {"primary", "secondary", "judged"}  # nothing recalled and not seen again
GATHERED = date(2026, 11, 30)
DATA = input_folder(None, "data")


def rows(name: str) -> list[dict[str, str]]:
    with Path(DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


OBSERVATIONS = [
    row for path in sorted((DATA / "observations").glob("*.csv"))
    for row in rows(f"observations/{path.name}")
]  # fmt: skip


@pytest.fixture(scope="module")
def inputs() -> Inputs:
    from built_in import INPUTS

    return INPUTS


def test_the_built_in_case_loads(inputs: Inputs) -> None:
    assert inputs.data_through == date(2026, 9, 30)
    assert inputs.warnings == ()
    assert {"base"} < set(inputs.scenarios)


def test_every_observation_has_a_source_an_address_a_status_and_a_date() -> None:
    assert len(OBSERVATIONS) > 1500
    for row in OBSERVATIONS:
        assert row["source"].strip(), row
        assert row["source_url"].startswith(("https://", "http://")), row
        assert row["status"] in STATUSES, row
        assert date.fromisoformat(row["published"]) <= GATHERED, row


def test_every_assumption_driver_and_judged_target_has_provenance(inputs: Inputs) -> None:
    sources: list[tuple[str, Source]] = [
        *((name, each.provenance) for name, each in inputs.assumptions.items()),
        *((name, each.provenance) for name, each in inputs.drivers.items()),
        *((name, p.provenance) for name, each in inputs.drivers.items() for p in each.assumed),
        *((each.name, each.provenance) for each in inputs.targets if each.provenance),
    ]
    assert len(sources) > 50
    for name, source in sources:
        assert source.source, name
        assert source.status in STATUSES, name
        assert source.date <= GATHERED, name
        assert source.reasoning if source.status == "judged" else source.url, name
    assert all(each.series or each.provenance for each in inputs.targets)


def test_no_series_has_two_roles_or_two_uses(inputs: Inputs) -> None:
    names = Counter(row["series_id"] for row in rows("series.csv"))
    assert max(names.values()) == 1
    driven = [s for each in inputs.drivers.values() for e in each.evidence for s in e.series]
    aimed = [s for each in inputs.targets for s in each.series]
    assert {inputs.series[name].role for name in driven} == {"driver"}
    assert {inputs.series[name].role for name in aimed} == {"target"}
    assert set(driven).isdisjoint(aimed)
    owners = Counter(
        (name, each.name)
        for each in inputs.drivers.values()
        for name in {s for e in each.evidence for s in e.series}
    )
    assert len(owners) == len({name for name, _ in owners})


def test_units_are_known_and_the_same_in_rows_and_series(inputs: Inputs) -> None:
    assert {series.unit for series in inputs.series.values()} <= set(UNITS)
    for row in OBSERVATIONS:
        assert row["unit"] == inputs.series[row["series_id"]].unit, row
    used = {row["series_id"] for row in OBSERVATIONS}
    assert used == set(inputs.series)


def test_forecasts_and_incomplete_quarters_are_never_fitted(inputs: Inputs) -> None:
    for row in rows("observations/forecasts.csv"):
        assert inputs.series[row["series_id"]].role == "check", row
    for row in OBSERVATIONS:
        if inputs.series[row["series_id"]].role != "check":
            assert "INCOMPLETE" not in row["note"], row
            assert "FORECAST" not in row["note"], row
    fitted = [each for each in inputs.observations if inputs.series[each.series_id].role != "check"]
    expectations = {each.series_id for each in fitted if each.published < each.period_end}
    assert expectations == set()


def test_claims_name_who_said_what_where() -> None:
    claims = rows("claims.csv")
    assert len({row["claim_id"] for row in claims}) == len(claims) > 150
    for row in claims:
        assert row["who"], row
        assert row["source"], row
        assert not row["source"].startswith("as above"), row
        assert row["status"] in STATUSES, row
        assert row["source_url"] or "no address known" in row["note"], row
