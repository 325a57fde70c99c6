"""What ingesting a million figures costs in every format, one row more, and a forecast beside them.

Beside it stands what reading the file with pandas and writing it to a table of SQLite takes.
`--write` keeps the figures as a page.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

ROWS, SERIES = 1_000_000, 1_000
NAMES, QUARTERS = 10_000, 100  # of the tables with periods across
PANDAS = """
import pandas, sqlite3
with sqlite3.connect("plain.sqlite") as connection:
    pandas.{}.to_sql("plain", connection, index=False, if_exists="replace")
"""
PACK = """
import pandas
rows = pandas.read_csv("large.csv")
rows.to_parquet("large.parquet", index=False)
rows.head(40_000).to_excel("large.xlsx", index=False)
"""
# Each file, what it holds, and how pandas reads it.
FILES = {
    "large.csv": ("CSV, a figure in each line", "read_csv('large.csv')"),
    "large.jsonl": ("JSON lines", "read_json('large.jsonl', lines=True)"),
    "large.parquet": ("Parquet", "read_parquet('large.parquet')"),
    "wide.csv": ("CSV, quarters across", "read_csv('wide.csv').melt('District ($m)')"),
    "titled.csv": (
        "the same, with quotes and titles",
        "read_csv('titled.csv', skiprows=2).melt('District')",
    ),
    "large.xlsx": ("XLSX, 40,000 figures in 240,000 cells", "read_excel('large.xlsx')"),
}
Used = tuple[float, float, float]
ONE = "series_id,period_end,value,unit,source\nmine,2025-12-31,3,USD,x\n"


def main() -> None:
    """Measure, print, and write the page if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        page = measured(Path(folder))
    print(page)
    if asked.write:
        asked.write.write_text(page, encoding="utf-8")


def measured(folder: Path) -> str:
    """Return the page of figures, measured in a folder."""
    file, large, small = folder / "large.csv", folder / "large", folder / "small"
    write_rows(file)
    write_wide(folder)
    used_by(folder, "-c", PACK)
    (folder / "one.csv").write_text(ONE, encoding="utf-8")
    for place in (large, small):
        (place / ".forecast").mkdir(parents=True)
    one = ("ingest", "capex", "../one.csv")
    project = ("project", "--draws", "256", "-q", "--json")
    forecast(small, *one)
    for place in (large, small):
        forecast(place, *project)
    ingest = ("ingest", "capex", "../large.csv", "-q")
    formats = [beside_pandas(folder, name, *about) for name, about in FILES.items()]
    lines = [row("the million rows of CSV, the first time", *forecast(large, *ingest))]
    lines.append(row("the same file again", *forecast(large, *ingest)))
    lines.append(row("one row more", *forecast(large, *one)))
    lines.append(row("one row into a small store", *forecast(small, *one)))
    for name, place in (("the million", large), ("one row", small)):
        lines.append(row(f"`project`, cached, beside {name}", *forecast(place, *project)))
    return "\n".join(
        [
            f"# A million rows ingested, {date.today()}",
            "",
            f"`make bench-ingest`: {ROWS:,} rows of {SERIES:,} series, "
            f"{file.stat().st_size / 1e6:.0f} MB as CSV, and {NAMES * QUARTERS:,} cells of "
            f"{NAMES:,} names and {QUARTERS} quarters, on {os.cpu_count()} cores, "
            f"{platform.system()}, Python {platform.python_version()}. Seconds of the first table "
            "are those of a processor, of whole processes with their start; load of the machine "
            f"as it was ({os.getloadavg()[0]:.1f} processes). pandas reads the file, puts quarters "
            "across below each other, and writes a table of SQLite.",
            "",
            "| a million figures as | pandas | `ingest` | times | memory of pandas | of `ingest` |",
            "|---|---|---|---|---|---|",
            *formats,
            "",
            "| | seconds | of a processor | most memory |",
            "|---|---|---|---|",
            *lines,
            "",
        ]
    )


def beside_pandas(folder: Path, name: str, about: str, reading: str) -> str:
    """Return a line on a file: what pandas takes, what the program takes in a store of its own."""
    place = folder / f"store of {name}"
    (place / ".forecast").mkdir(parents=True)
    plain = used_by(folder, "-c", PANDAS.format(reading))
    ours = forecast(place, "ingest", "capex", f"../{name}", "-q")
    return (
        f"| {about} | {plain[1]:.1f} s | {ours[1]:.1f} s | {ours[1] / plain[1]:.1f} "
        f"| {plain[2]:,.0f} MB | {ours[2]:,.0f} MB |"
    )


def write_wide(folder: Path) -> None:
    """Write tables with quarters across, plain and as spreadsheet programs save them."""
    quarters = ",".join(f"{2000 + at // 4}Q{at % 4 + 1}" for at in range(QUARTERS))
    with (
        (folder / "wide.csv").open("w", encoding="utf-8") as plain,
        (folder / "titled.csv").open("w", encoding="utf-8") as titled,
    ):
        plain.write(f"District ($m),{quarters}\n")
        titled.write(f"Spending by district\nUSD million\nDistrict,{quarters}\n")
        for number in range(NAMES):
            figures = ",".join(f"{number + 100 * 1.01**at:.2f}" for at in range(QUARTERS))
            plain.write(f"Region {number // 100} district {number},{figures}\n")
            titled.write(f'"Region {number // 100}, district {number}",{figures}\n')


def write_rows(file: Path) -> None:
    """Write months of a thousand series, each growing by a thousandth, as CSV and JSON lines."""
    objects = file.with_suffix(".jsonl")
    with file.open("w", encoding="utf-8") as stream, objects.open("w", encoding="utf-8") as lines:
        stream.write("series_id,period_end,value,unit,published,source\n")
        for number in range(ROWS):
            series, month = divmod(number, ROWS // SERIES)
            year, value = 1930 + month // 12, 100 * 1.001**month
            day = f"{month % 12 + 1:02d}-28"
            stream.write(
                f"series_{series:04d},{year}-{day},{value:.4f},USD,{year + 1}-{day},"
                "Some statistics office\n"
            )
            lines.write(
                f'{{"series_id": "series_{series:04d}", "period_end": "{year}-{day}", '
                f'"value": {value:.4f}, "unit": "USD", "published": "{year + 1}-{day}", '
                '"source": "Some statistics office"}\n'
            )


def forecast(place: Path, *arguments: str) -> Used:
    """Run the program in a folder."""
    return used_by(place, "-m", "forecast", *arguments)


def used_by(place: Path, *arguments: str) -> Used:
    """Run Python in a folder; return its seconds, those of a processor, and the most memory in MB.

    The system counts what this process takes as the child's too until the child has begun, so it
    has to stay small.
    """
    begun = time.perf_counter()
    child = subprocess.Popen([sys.executable, *arguments], cwd=place, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, arguments
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime, used.ru_maxrss / 1e3


def row(name: str, seconds: float, processor: float, memory: float) -> str:
    """Return a line of the table."""
    return f"| {name} | {seconds:.1f} | {processor:.1f} | {memory:,.0f} MB |"


if __name__ == "__main__":
    main()
