"""Thirty rows that nobody would write go in: commands run beside them, each can be taken
back, and none reaches a terminal raw."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from forecast.cli import main

HEADER = ("series_id", "period_end", "value", "unit", "frequency", "published", "source", "note")
ODD_NAMES = (
    "odd name", "../../etc/passwd", 'x";DROP TABLE observations;--', "ｗｉｄｅ", "a\x1b[31mred",
    "rtl\u202ename", "csi\x9bname", "bell\x07name", "=1+1", "-rf", "a" * 200, "nul\x00name",
)  # fmt: skip
ROWS: tuple[tuple[str, ...], ...] = (
    ("capex_cash_meta", "2026-09-30", "9e14", "USD", "Q", "2026-10-30", "huge"),
    ("capex_cash_amzn", "2026-09-30", "7e9", "USD", "Q", "2026-10-30", "a tenth"),
    ("capex_cash_goog", "1901-03-31", "5e9", "USD", "Q", "2026-10-30", "long ago"),
    ("capex_cash_orcl", "2099-11-30", "5e9", "USD", "Q", "2026-10-30", "far ahead"),
    ("capex_cash_crwv", "2026-09-30", "5e9", "USD", "Q", "2026-10-30", "first"),
    ("capex_cash_crwv", "2026-09-30", "5.1e9", "USD", "Q", "2026-11-10", "again, another day"),
    ("capex_cash_crwv", "2026-09-29", "5e9", "USD", "Q", "2026-10-30", "a day before"),
    ("btos_ai_use_new", "2026-10-31", "0", "share", "M", "2026-11-15", "none"),
    ("btos_ai_use_250plus", "2026-10-31", "1", "share", "point", "2026-11-15", "all"),
    ("chatgpt_messages_day", "2026-10-30", "0", "requests/day", "point", "2026-11-15", "none"),
    ("anthropic_revenue_run_rate", "2026-11-01", "0", "USD", "point", "2026-11-02", "none"),
    ("own_rate", "2026-06-30", "-1e200", "log/year", "point", "2026-07-30", "below"),
    ("own_rate", "2026-07-31", "1e200", "log/year", "point", "2026-08-30", "above"),
    ("own_share", "1900-01-01", "0.5", "share", "point", "1900-01-02", "the first day"),
    ("own_share", "2100-12-31", "0.5", "share", "point", "2026-01-02", "the last day"),
    ("own_money", "2026-06-30", "4.9e-324", "USD", "Q", "2026-07-30", "the smallest"),
    ("own_money", "2026-03-31", "1.7e308", "USD", "Q", "2026-07-30", "the largest"),
    ("region_mars", "2026-06-30", "5", "people", "A", "2026-07-30", "no region"),
    *((name, "2026-06-30", "5", "W", "Q", "2026-07-30", "\x1b]0;t\x07") for name in ODD_NAMES),
)  # fmt: skip
COMMANDS: tuple[Sequence[str], ...] = (
    ("project", "--draws", "64"),
    ("whatif", "--draws", "64", "--set", "business_adoption@2028=40%"),
    ("watch", "--draws", "64"),
    ("claims", "--draws", "64"),
    ("sensitivity", "--draws", "64"),
    ("backtest", "btos_ai_use_new"),
    ("doctor",),
    ("export", "observations", "--output", "all.csv"),
)


@pytest.mark.slow
def test_no_accepted_row_makes_a_command_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with Path("rows.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEADER, *((*row[:6], "Us", row[6]) for row in ROWS)])

    def said(*arguments: str) -> str:
        code = main.run(arguments)
        shown = capfd.readouterr()
        assert code == 0, (arguments, shown.err)
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown.out + shown.err), (
            arguments
        )
        return shown.out + shown.err

    assert f"{len(ROWS)} rows: " in said("ingest", "capex", "rows.csv", "--confirm", "--new")
    for command in COMMANDS:
        assert "RuntimeWarning" not in said(*command)
    rows = json.loads(said("forget", "--list", "--json"))["rows"]
    assert len(rows) == len(ROWS)
    for row in rows:
        (shown,) = json.loads(said("forget", "--list", row["row"], "--json"))["rows"]
        assert (shown["file"], shown["line"] > 1) == ("rows.csv", True)
        assert "1 row forgotten" in said("forget", row["row"])
    assert {row["state"] for row in json.loads(said("forget", "--list", "--json"))["rows"]} == {
        "forgotten"
    }
