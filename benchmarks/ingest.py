"""What ingesting a million rows costs, one row more, and a forecast beside them.

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
PANDAS = """
import pandas, sqlite3
with sqlite3.connect("plain.sqlite") as connection:
    pandas.read_csv("large.csv").to_sql("plain", connection, index=False)
"""
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
    (folder / "one.csv").write_text(ONE, encoding="utf-8")
    for place in (large, small):
        (place / ".forecast").mkdir(parents=True)
    one = ("ingest", "capex", "../one.csv")
    project = ("project", "--draws", "256", "-q", "--json")
    forecast(small, *one)
    for place in (large, small):
        forecast(place, *project)
    ingest = ("ingest", "capex", "../large.csv", "-q")
    plain, first = used_by(folder, "-c", PANDAS), forecast(large, *ingest)
    lines = [row("`pandas.read_csv` and `to_sql`", *plain), row("the first time", *first)]
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
            f"{file.stat().st_size / 1e6:.0f} MB of CSV, on {os.cpu_count()} cores, "
            f"{platform.system()}, Python {platform.python_version()}. Seconds are those of whole "
            "processes, with their start; load of the machine as it was "
            f"({os.getloadavg()[0]:.1f} processes).",
            "",
            "| | seconds | of a processor | most memory |",
            "|---|---|---|---|",
            *lines,
            "",
            f"The first time takes {first[0] / plain[0]:.1f} times as long as `read_csv` and "
            f"`to_sql`, and {first[1] / plain[1]:.1f} times as much of a processor.",
            "",
        ]
    )


def write_rows(file: Path) -> None:
    """Write the file: months of a thousand series, each growing by a thousandth."""
    with file.open("w", encoding="utf-8") as stream:
        stream.write("series_id,period_end,value,unit,published,source\n")
        for number in range(ROWS):
            series, month = divmod(number, ROWS // SERIES)
            year, value = 1930 + month // 12, 100 * 1.001**month
            day = f"{month % 12 + 1:02d}-28"
            stream.write(
                f"series_{series:04d},{year}-{day},{value:.4f},USD,{year + 1}-{day},"
                "Some statistics office\n"
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
