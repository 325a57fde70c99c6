"""`forecast export`: what goes out says what is inside, and comes back the same."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyarrow import parquet

from forecast.analysis.series.series_file import read_series_file
from forecast.cli import main
from forecast.inputs import load
from forecast.inputs.ingest.ingest import KINDS
from forecast.inputs.schema import Inputs
from forecast.report.layout import PRESENTATIONS
from forecast.world.metrics import metric_meanings

DRAWS = ("--draws", "128")
Run = Callable[..., str]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder to work in."""
    folder = tmp_path_factory.mktemp("export")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1767225600")
        yield folder


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line that succeeds and returns what it printed."""
    monkeypatch.chdir(home)

    def invoke(*arguments: str) -> str:
        assert main.run(arguments) == 0, capsys.readouterr().err
        return capsys.readouterr().out

    return invoke


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def figures(inputs: Inputs) -> set[tuple[Any, ...]]:
    """Return all that the observations say, wherever they were read."""
    names = ("series_id", "period_end", "frequency", "value", "unit", "qualifier", "published",
             "source", "source_url", "status", "note", "high", "error", "assumed")  # fmt: skip
    return {tuple(getattr(each, name) for name in names) for each in inputs.observations}


OWN = """series_id,period_end,value,unit,source,published,assumed,error,high
capex_cash_amzn,2026Q3,~60B,USD,"Filing, with a comma",2026-11-01,,,
capex_cash_amzn,2026Q3,61B,USD,Filing,2026-12-01,,,
capex_cash_amzn,2027Q1,$60B,USD,Guidance,2026-12-01,,,$70B
price_of_a_token,2026Q3,2e-07,USD/tokens,Page,2026-11-01,,0.1,3e-07
agent_penetration,2026-12-31,40%,share,My view,2026-11-01,yes,0.3,
"an odd, ""bell\x07"" of a name",2026Q3,5,GW,"a line
and another\x1b",2026-11-01,,,
"""


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_what_is_exported_comes_back_the_same_in_a_new_workspace(
    ending: str, home: Path, run: Run, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "forecast.toml").touch()
    (tmp_path / "own.csv").write_text(OWN)
    run("ingest", "capex", str(tmp_path / "own.csv"), "--workspace", str(first))
    kinds = KINDS if ending == "csv" else ("capex",)
    for kind in kinds:
        file = str(tmp_path / f"{kind}.{ending}")
        run("export", "observations", "--kind", kind, "-o", file, "--workspace", str(first))
        run("ingest", kind, file, "--workspace", str(second))
    assert figures(load(first)) == figures(load(second)) != figures(load(None))
    assert load(first).series.keys() == load(second).series.keys()
    first_day = load(first, load(None).data_through)
    assert figures(first_day) == figures(load(second, load(None).data_through))


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_every_observation_comes_back_unchanged(
    ending: str, home: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "forecast.toml").touch()
    file = str(tmp_path / f"all.{ending}")
    run("export", "observations", "-o", file)
    said = run("ingest", "capex", file, "--workspace", str(tmp_path))
    count = len(load(None).observations)
    assert said.startswith(f"capex: {count} rows: 0 new, {count} unchanged, 0 revised")


def test_fit_reads_every_export_alike(home: Path, run: Run, tmp_path: Path) -> None:
    read = {}
    for kind in KINDS:
        for ending in ("csv", "json", "parquet"):
            file = tmp_path / f"{kind}.{ending}"
            run("export", "observations", "--kind", kind, "-o", str(file))
            read[ending], _ = read_series_file(file.name, file.read_bytes())
        assert read["csv"] == read["json"] == read["parquet"]
        known = {each.series_id: each.value for each in load(None).observations}
        assert all(known[each.series_id] > 0.0 for each in read["csv"])
        assert len(read["csv"]) > 3


def test_only_what_was_ingested_with_every_vintage(home: Path, run: Run, tmp_path: Path) -> None:
    (tmp_path / "forecast.toml").touch()
    (tmp_path / "own.csv").write_text(OWN)
    where = ("--workspace", str(tmp_path))
    run("ingest", "capex", str(tmp_path / "own.csv"), *where)
    rows = table(run("export", "observations", "--own", *where))
    assert len(rows) == 6
    rows = table(run("export", "observations", "capex_cash_amzn", "--own", *where))
    assert [(row["period_end"], row["published"], row["value"]) for row in rows] == [
        ("2026-09-30", "2026-11-01", "60000000000"),
        ("2026-09-30", "2026-12-01", "61000000000"),
        ("2027-03-31", "2026-12-01", "60000000000"),
    ]
    rows = table(run("export", "observations", "--own", "--as-of", "2026-11-15", *where))
    assert {row["published"] for row in rows} == {"2026-11-01"}


SAID = """series_id,period,mid,published,company
capex_reported_meta,2031,190-210B,2026-10-29,
capex_reported_meta,2031,>$200B,2027-01-28,
nvda_dc_rev,FY2032,$500B,2026-11-18,NVIDIA
"""


def said(inputs: Inputs) -> set[tuple[Any, ...]]:
    """Return all that the guidance says, wherever it was read."""
    return {tuple(vars(each).values())[:-2] for each in inputs.guidance}


@pytest.mark.parametrize("ending", ["csv", "json", "parquet"])
def test_guidance_comes_back_the_same_in_a_new_workspace(
    ending: str, home: Path, run: Run, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        (folder / "forecast.toml").touch()
    (tmp_path / "own.csv").write_text(SAID)
    run("ingest", "capex", str(tmp_path / "own.csv"), "--guidance", "--workspace", str(first))
    file = str(tmp_path / f"all.{ending}")
    run("export", "guidance", "-o", file, "--workspace", str(first))
    printed = run("ingest", "capex", file, "--guidance", "--workspace", str(second))
    shipped = len(load(None).guidance)
    assert f"{shipped + 3} rows: 2 new, {shipped} unchanged, 1 revised" in printed
    assert said(load(first)) == said(load(second)) > said(load(None))


def test_only_guidance_that_was_ingested_or_is_of_a_kind(
    home: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "forecast.toml").touch()
    (tmp_path / "own.csv").write_text(SAID)
    where = ("--workspace", str(tmp_path))
    run("ingest", "hardware", str(tmp_path / "own.csv"), "--guidance", *where)
    rows = table(run("export", "guidance", "--own", *where))
    assert [(row["period_end"], row["low"], row["mid"], row["high"]) for row in rows] == [
        ("2031-12-31", "190000000000", "", "210000000000"),
        ("2031-12-31", "200000000000", "", ""),
        ("2032-01-25", "", "500000000000", ""),
    ]
    assert [row["company"] for row in rows] == ["Meta", "Meta", "NVIDIA"]
    rows = table(run("export", "guidance", "nvda_dc_rev", "--own", *where))
    assert [row["series_id"] for row in rows] == ["nvda_dc_rev"]
    rows = table(run("export", "guidance", "--own", "--as-of", "2026-11-01", *where))
    assert [row["published"] for row in rows] == ["2026-10-29"]
    shipped = {row["series_id"] for row in table(run("export", "guidance", "--kind", "capex"))}
    assert "capex_reported_meta" in shipped
    mine = {
        row["published"] for row in table(run("export", "guidance", "--kind", "hardware", *where))
    }
    assert mine >= {"2026-10-29", "2027-01-28", "2026-11-18"}


def test_beliefs_are_one_flat_table(run: Run) -> None:
    rows = table(run("export", "assumptions", *DRAWS))
    inputs = load(None)
    names = {row["assumption"] for row in rows}
    assert names == {*inputs.assumptions, *inputs.drivers, *inputs.money}
    for row in rows:
        if row["assumption"] in inputs.money:
            continue  # a constant is not drawn
        prior = [float(row[f"prior_p{p}"]) for p in (10, 50, 90)]
        conditioned = [float(row[f"conditioned_p{p}"]) for p in (10, 50, 90)]
        assert prior == sorted(prior)
        assert conditioned == sorted(conditioned)
        assert row["source"] or row["reasoning"]


def test_draws_have_the_quantiles_of_the_projection(run: Run) -> None:
    projected = json.loads(run("project", "--metric", "inference_share", "--json", *DRAWS))["rows"]
    rows = table(run("export", "draws", "--metric", "inference_share,crossover", *DRAWS))
    assert [int(row["draw"]) for row in rows] == list(range(128))
    for row in projected:
        draws = [float(each[f"inference_share@{row['period']}"]) for each in rows]
        assert np.quantile(draws, [0.1, 0.5, 0.9]) == pytest.approx(
            [row["p10"], row["p50"], row["p90"]], rel=1e-8
        )
    event = json.loads(run("project", "--metric", "crossover", "--json", *DRAWS))["rows"][0]
    never = sum(not row["crossover"] for row in rows) / len(rows)
    assert never == pytest.approx(event["probability_never"])


def test_long_and_wide_draws_say_the_same_in_every_format(home: Path, run: Run) -> None:
    asked = ("export", "draws", "--metric", "tokens", "--by", "quarter", *DRAWS)
    wide = table(run(*asked))
    long: dict[str, dict[str, str]] = defaultdict(dict)
    for row in table(run(*asked, "--long")):
        long[row["draw"]][f"{row['metric']}@{row['period']}"] = row["value"]
    assert [{"draw": draw, **cells} for draw, cells in long.items()] == wide
    run(*asked, "-o", "draws.parquet")
    found = parquet.read_table(home / "draws.parquet")
    assert found.column_names == list(wide[0])
    assert found["tokens@2028Q4"].to_pylist() == [float(row["tokens@2028Q4"]) for row in wide]
    said = json.loads(found.schema.metadata[b"forecast"])
    assert (said["command"], said["run"]["draws"]) == ("export draws", 128)


def test_the_iamc_table_has_every_metric_once(run: Run) -> None:
    rows = table(run("export", "iamc", *DRAWS))
    names = {name: each.iamc for name, each in PRESENTATIONS.items() if each.iamc}
    events = {"crossover", "spend_crossover"}
    assert names.keys() == metric_meanings(load(None)).keys() - events
    assert len(set(names.values())) == len(names)
    assert list(rows[0]) == ["model", "scenario", "region", "variable", "unit", "year", "value"]
    keys = [(row["region"], row["variable"], row["year"]) for row in rows]
    assert len(set(keys)) == len(keys)
    median = {
        (row["year"], row["value"]) for row in rows if row["variable"] == "AI Spending|Chips|P50"
    }
    projected = json.loads(run("project", "--metric", "chip_spend", "--json", *DRAWS))["rows"]
    assert median == {(row["period"], str(row["p50"])) for row in projected}
    assert {row["unit"] for row in rows if row["variable"] == "AI Spending|Chips|P50"} == {"USD/yr"}


def test_regions_of_the_iamc_table_add_up_to_the_world(run: Run) -> None:
    asked = ("export", "iamc", "--breakdown", "region", "--wide", "--set", "research_level=x2")
    rows = table(run(*asked, *DRAWS))
    assert {row["scenario"] for row in rows} == {"base, research_level=x2"}
    means = [row for row in rows if row["variable"] == "AI Compute|Running|Mean"]
    world = next(row for row in means if row["region"] == "World")
    parts = [row for row in means if row["region"] != "World"]
    assert {row["region"] for row in parts} == {"United States", "China", "Rest of World"}
    for year in ("2024", "2028"):
        assert sum(float(row[year]) for row in parts) == pytest.approx(float(world[year]))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["draws", "--metric", "inferense_share"], "Did you mean inference_share"),
        (["draws", "--metric", "binding_constraint"], "a constraint by quarter"),
        (["draws", "--by", "yer", "--draws", "1"], "2 problems"),
        (["observations", "capex_cash_amz"], "Did you mean capex_cash_amzn"),
        (["observations", "--kind", "capexx"], "Did you mean capex"),
        (["observations", "--own"], "expected at least one observation"),
        (["iamc", "--format", "table"], "one of csv, json, parquet"),
        (["iamc", "-o", "base.xlsx"], "one of csv, json, parquet"),
    ],
)
def test_what_cannot_be_exported_is_refused(
    arguments: list[str],
    said: str,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(home)
    assert main.run(["export", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err


def test_without_pyarrow_parquet_is_refused_in_words(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(home)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert main.run(["export", "draws", "-o", "draws.parquet", *DRAWS]) == 2
    assert "pip install 'forecast[parquet]'" in capsys.readouterr().err
