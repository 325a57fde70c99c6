"""`forecast ingest --guidance` from end to end: what is stored, what is said, what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from forecast.cli import main
from forecast.inputs import load

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command line in an empty folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path / "home")

    def invoke(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        return code, *capsys.readouterr()

    return invoke


def outlook(*rows: str, header: str = "series_id,company,period,low,high,published") -> str:
    file = Path("outlook.csv")
    file.write_text("".join(f"{line}\n" for line in (header, *rows)), encoding="utf-8")
    return str(file)


def test_an_outlook_is_checked_stored_and_cut_by_its_day(run: Run) -> None:
    file = outlook(
        "capex_reported_meta,,2031,$180B,$200B,2026-10-29",
        "nvda_dc_rev,NVIDIA,FY2026,$200B,,2025-05-28",
    )
    code, out, err = run("ingest", "capex", file, "--guidance", "--dry-run")
    assert code == 0
    assert out.splitlines() == [
        "capex: 2 rows: 2 would be new, 0 unchanged, 0 would be revised",
        "dry run: nothing was written",
    ]
    assert err.splitlines() == [
        "warning: no column of sources: the name of the file stands for them",
        "warning: already reported: kept for scoring only (nvda_dc_rev to 2026-01-25)",
    ]
    assert [path.name for path in Path.cwd().iterdir()] == [file]
    code, out, _ = run("ingest", "capex", file, "--guidance")
    assert (code, out.splitlines()[0]) == (0, "capex: 2 rows: 2 new, 0 unchanged, 0 revised")
    for day, count in ((date(2026, 10, 28), 1), (date(2026, 10, 29), 2)):
        assert sum(each.source == file for each in load(Path.cwd(), day).guidance) == count
    code, out, _ = run("assumptions", "diff", "--json")
    found = {(row["kind"], row["name"], row["field"]) for row in json.loads(out)["rows"]}
    assert found == {
        ("guidance", "capex_reported_meta", "1 added"),
        ("guidance", "nvda_dc_rev", "1 added"),
    }


@pytest.mark.parametrize(
    ("row", "found", "mend"),
    [
        ("capex_reported_meta,Meta,2025,$70B,,2026-02-01", "after the period", "an observation"),
        ("capex_reported_meta,Meta,2027,$200B,$180B,2026-10-29", "above high", "Swapped?"),
        ("capex_reported_meta,Metta,2027,$180B,,2026-10-29", "Metta", "Did you mean Meta"),
        ("capex_cash_xyz,Meta,2027,$180B,,2026-10-29", "capex_cash_xyz", "capex_cash_"),
        ("nvda_dc_rev,Fourteen,FY2027,$180B,,2026-10-29", "Fourteen", "NVIDIA"),
    ],
)
def test_what_is_wrong_is_one_message_with_its_mend_and_nothing_is_stored(
    run: Run, row: str, found: str, mend: str
) -> None:
    code, out, err = run("ingest", "capex", outlook(row), "--guidance")
    assert (code, out) == (2, "")
    assert err.startswith("error: 1 problem in the input")
    assert found in err
    assert mend in " ".join(err.split())
    assert [path.name for path in Path.cwd().iterdir()] == ["outlook.csv"]


def test_roles_are_those_of_guidance(run: Run) -> None:
    file = outlook("capex_reported_meta,2031,$180B,2026-10-29", header="Line,Ends,Said,published")
    columns = ("--column", "series_id=Line", "--column", "period_end=Ends", "--column", "mid=Said")
    code, out, _ = run("ingest", "capex", file, "--guidance", *columns, "--json")
    (row,) = json.loads(out)["rows"]
    assert (code, row["new"], row["undated"]) == (0, 1, 0)
    code, _, err = run("ingest", "capex", file, "--guidance", "--column", "value=Said")
    assert code == 2
    assert "no role 'value'" in err


@pytest.mark.parametrize(
    ("argument", "found"), [("d.csv", "no kind before the file"), ("capex", "no file")]
)
def test_a_single_argument_is_told_what_is_missing(
    argument: str, found: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main.run(["ingest", argument]) == 2
    said = capsys.readouterr().err
    assert found in said
    assert "forecast ingest KIND FILE" in " ".join(said.split())
