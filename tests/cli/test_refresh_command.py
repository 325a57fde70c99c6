"""`forecast refresh` and `inbox` from end to end, against a loopback server."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from loopback import Server, body, packed, serving, status
from replayed import REPLAYED, SOURCES

from forecast.cli import main
from forecast.store import open_store

ROOT = Path(__file__).parents[2]
EVENING, NEXT = "1791800000", "1791890000"  # 12 and 13 October 2026
NATIONAL = "/www.census.gov/hfp/btos/downloads/National.xlsx"
ORACLE = (
    "/data.sec.gov/api/xbrl/companyconcept/CIK0001341439/us-gaap/"
    "PaymentsToAcquirePropertyPlantAndEquipment.json"
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as found:
        yield found


@pytest.fixture
def publishers(server: Server) -> Server:
    """Let every publisher serve its bodies, each with a tag but those of the SEC."""
    server.answers.clear()
    server.requests.clear()
    for path in REPLAYED.rglob("*"):
        if path.is_file() and path.parent != REPLAYED:
            name = path.relative_to(REPLAYED).as_posix().replace("@", "?")
            tag = "" if "sec.gov" in name else f'"{path.stat().st_size}"'
            server.put(f"/{name}", body(path.read_bytes(), tag))
    return server


@pytest.fixture
def run(
    tmp_path: Path,
    publishers: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs a command line in a workspace whose sources are on loopback."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("FORECAST_LOOPBACK", "1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EVENING)
    monkeypatch.delenv("FORECAST_CONTACT", raising=False)
    monkeypatch.chdir(tmp_path)
    assert main.run(["init", "work"]) == 0
    monkeypatch.chdir(tmp_path / "work")
    sources = Path("assumptions/sources.yaml")
    text = sources.read_text("utf-8").replace("https://", f"{publishers.base}/")
    sources.write_text(text, "utf-8")
    capsys.readouterr()

    def invoke(*arguments: str) -> tuple[int, str, str]:
        code = main.run(arguments)
        return code, *capsys.readouterr()

    return invoke


def squeezed(text: str) -> str:
    """Return text with single blanks."""
    return " ".join(text.split())


def test_nights_on_loopback(run: Run, publishers: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nobody said who asks: SEC is not asked at all, and one line says so of all its sources.
    code, out, err = run("refresh", "--json")
    found = json.loads(out)
    assert code == 1
    by_name = {name for name, source in SOURCES.items() if source.needs_contact}
    assert "sec-oracle" in by_name
    assert {row["source"] for row in found["failed"]} == by_name
    assert not [path for path in publishers.asked() if "sec.gov" in path]
    assert 'contact = "Name name@domain" in forecast.toml' in found["failed"][0]["hint"]
    assert err == ""
    Path("forecast.toml").write_text('contact = "Ada ada@example.org"\n', "utf-8")
    # A page in place of facts costs its source alone.
    publishers.put(ORACLE, status(403, b"<html><title>Rate Threshold Exceeded</title></html>"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", NEXT)
    code, out, err = run("refresh")
    assert code == 1
    assert err.splitlines() == [
        "failed: sec-oracle (SEC EDGAR, Oracle): found status 403: Rate Threshold Exceeded; "
        "expected status 200; never good before; nothing was stored"
    ]
    assert "capex_cash_meta 2023-06-30 $6.1340B $6.2160B 2024-08-01" in squeezed(out)
    assert "REFRESH  0 new, 4 revised, " in out
    assert out.rstrip().endswith("1 failed")
    publishers.asked()
    # The night after nothing has changed: one conditional request to each address, and no row.
    publishers.put(ORACLE, packed((REPLAYED / ORACLE[1:]).read_bytes()))
    before = len(open_store(Path.cwd()).observations())
    code, out, err = run("refresh", "-q")
    assert (code, out, err) == (0, "", "")
    assert len(open_store(Path.cwd()).observations()) == before
    asked = dict(publishers.requests)
    assert len(asked) == len(publishers.requests)
    assert asked[NATIONAL]["If-None-Match"]
    assert asked[NATIONAL]["User-Agent"].endswith("Ada ada@example.org")
    assert not [
        path for path in asked if "Archives" in path
    ]  # nor what was not there the day before
    unknown = {path for path, sent in asked.items() if "If-None-Match" not in sent}
    assert all("sec.gov" in path for path in unknown)  # whose server gives no tags
    # Another body that says the same is no news, of a series that no file knows either.
    prices = "/getdeploying.com/dataset/gpu-prices/nvidia-h100.csv"
    publishers.put(prices, body((REPLAYED / prices[1:]).read_bytes() + b"\r\n"))
    code, out, err = run("refresh", "--json", "--only", "getdeploying")
    assert (code, json.loads(out)["rows"], err) == (0, [], "")
    assert len(open_store(Path.cwd()).observations()) == before


def test_a_person_decides(run: Run) -> None:
    assert run("refresh", "--only", "epoch-usage")[0] == 0
    code, out, _ = run("inbox", "--json")
    (found,) = (row for row in json.loads(out)["rows"] if row["series_id"] == "chatgpt_wau")
    assert (code, found["value"], found["qualifier"]) == (0, 920e6, "approx")
    number = str(found["number"])
    code, out, _ = run("inbox", "--accept", number)
    assert code == 0
    assert f"Accepted {number}: chatgpt_wau of 2026-02-28, ~920.00M users." in out
    (row,) = open_store(Path.cwd()).observations()
    assert row.value == 920e6
    code, _, err = run("inbox", "--accept", number)
    assert code == 2
    assert "accepted already" in err


def test_a_workspace_is_needed_to_keep_what_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert main.run(["report", "--out", "reports", "--refresh"]) == 2
    assert "a workspace, to keep what is fetched" in capsys.readouterr().err
    assert main.run(["refresh", "--offline", "nowhere"]) == 2
    assert "a folder of bodies" in capsys.readouterr().err
    monkeypatch.setenv("FORECAST_CONTACT", "no address")
    assert main.run(["refresh", "--offline", "."]) == 2
    assert "Name name@domain" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] in ([], ["cache"])
