"""A forecast as of a day must not move by a digit when anything that came later changes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from forecast.cli.main import run
from forecast.inputs import parsing
from forecast.inputs.places import InputFile
from forecast.inputs.schema import Assumption, Distribution, Driver, Inputs, Source, Target, Vintage
from forecast.store import StoredGuidance, StoredRow
from forecast.world import ensemble

pytestmark = pytest.mark.slow
FIGURES = ("value", "high", "low", "mid")  # columns of tables whose rows are dated by `published`


def test_nothing_later_moves_a_digit(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    own_ensembles: None,
) -> None:
    monkeypatch.setattr(ensemble, "FEWEST_CONDITIONED", 1024)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    for day in (date(2023, 6, 30), date(2024, 10, 31)):
        command = ["project", "--as-of", str(day), "--json", "--no-cache", "--draws", "128"]
        told = []
        for spoil in (_as_it_is, _spoilt(day)):
            monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"{day} {len(told)}"))
            with monkeypatch.context() as patch:
                patch.setattr(parsing, "parse_inputs", spoil)
                assert run(command) == 0
            told.append(capsys.readouterr().out)
        # The files on disk are the same, so that even hashes and ids of runs must agree.
        assert told[0] == told[1]
        assert any("the answer moves most with" in each for each in json.loads(told[0])["warnings"])
        rows = [row for row in json.loads(told[0])["rows"] if row["kind"] != "event"]
        assert all(row["p5"] <= row["p50"] <= row["p95"] for row in rows)  # nor is any not a number


_as_it_is = parsing.parse_inputs
Parser = Callable[
    [Sequence[InputFile], Sequence[StoredRow], Sequence[StoredGuidance], date | None], Inputs
]


def _spoilt(day: date) -> Parser:
    """Return a reader of inputs that changes every figure and belief which came after a day."""

    def parse(
        files: Sequence[InputFile],
        ingested: Sequence[StoredRow] = (),
        said: Sequence[StoredGuidance] = (),
        as_of: date | None = None,
    ) -> Inputs:
        changed = [_later_rows_changed(file, day) for file in files]
        spoilt = {was.name for was, now in zip(files, changed, strict=True) if was != now}
        assert len(spoilt) > 5
        assert any(name.endswith("guidance.csv") for name in spoilt)
        inputs = _as_it_is(changed, ingested, said, as_of)
        return replace(
            inputs,
            assumptions={name: _assumption(each, day) for name, each in inputs.assumptions.items()},
            drivers={name: _driver(each, day) for name, each in inputs.drivers.items()},
            targets=tuple(_target(each, day) for each in inputs.targets),
            correlations=tuple(
                replace(each, rank_correlation=-each.rank_correlation)
                if each.known_from and each.known_from > day
                else each
                for each in inputs.correlations
            ),
        )

    return parse


def _later_rows_changed(file: InputFile, day: date) -> InputFile:
    if not file.name.endswith(".csv"):
        return file
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8"))))
    if not rows or "published" not in rows[0]:
        return file
    for row in rows:
        if row["published"] > str(day):
            row |= {key: f"{0.9 * float(row[key])}" for key in FIGURES if _is_number(row.get(key))}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return InputFile(file.name, out.getvalue().encode("utf-8"))


def _is_number(text: str | None) -> bool:
    try:
        return bool(text) and float(text or "") > 0.0
    except ValueError:
        return False


def _moved(belief: Distribution | None) -> Distribution | None:
    """Return another belief: every quantile lower by a tenth, and of growth by that much."""
    if belief is None:
        return None
    lower = tuple((share, 0.9 * value - 0.01 * (value < 0)) for share, value in belief.quantiles)
    return replace(belief, quantiles=lower)


def _is_later(source: Source, day: date) -> bool:
    return source.known_from > day


def _stated(stated: Any, day: date) -> Any:
    """Return an assumption or a vintage of it with another belief, if it came later."""
    if not _is_later(stated.provenance, day):
        return stated
    knots = tuple(replace(knot, belief=_moved(knot.belief)) for knot in stated.knots)
    source = replace(stated.provenance, source="another", reasoning="another")
    return replace(stated, knots=knots, provenance=source, persistence=0.1, floor=None)


def _assumption(assumption: Assumption, day: date) -> Assumption:
    vintages: tuple[Vintage, ...] = tuple(_stated(each, day) for each in assumption.vintages)
    changed: Assumption = replace(_stated(assumption, day), vintages=vintages)
    return changed


def _driver(driver: Driver, day: date) -> Driver:
    def changed(stated: Any) -> Any:
        if not _is_later(stated.provenance, day):
            return stated
        growth, saturation = _moved(stated.growth), _moved(stated.saturation)
        return replace(stated, growth=growth, saturation=saturation, ceiling=None)

    points = tuple(
        replace(point, time=point.time + 0.5) if _is_later(point.provenance, day) else point
        for point in driver.assumed
    )
    vintages = tuple(changed(each) for each in driver.vintages)
    driver = changed(driver)
    return replace(driver, vintages=vintages, assumed=points)


def _target(target: Target, day: date) -> Target:
    if target.provenance is None or not _is_later(target.provenance, day):
        return target
    return replace(target, values=tuple(0.5 * value for value in target.values), error=0.01)
