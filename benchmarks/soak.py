"""Faults tried on `forecast report`: killed, disk full, two at once, store locked, damaged, clock.

Every fault has its own folder and is followed by the same questions: is each file of the report the
complete old one or the complete new one, is nothing left beside them, does the store open, and does
the next report work? The program is copied first, so that nobody's edits disturb the comparison.
Prints a table, or writes it with the day and the machine to a file.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

EPOCH, EARLIER = "1793404800", "1000000000"
DRAWS = "4096"  # from which a report is made by two processes
LONGEST_ALONE = 20.0  # seconds that what a killed report has started may take to notice
CASES = {"first": "agent_penetration@2028=50%", "second": "agent_penetration@2028=20%"}
FILES = tuple(f"forecast.{name}" for name in ("html", "md", "json", "csv", "xlsx"))
PROGRAM = (sys.executable, "-m", "forecast")
NOT_KEPT = "the report is written, exit 0, and stderr says that the run was not kept"
NO_SPACE = "No space left on device"
LOCKING = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
time.sleep(60)
"""


@dataclass(frozen=True)
class Place:
    """A workspace with its reports in `out`, and what both sets of files hold in bytes."""

    root: Path
    sets: dict[str, dict[str, bytes]]

    @property
    def workspace(self) -> Path:
        return self.root / "case"

    @property
    def out(self) -> Path:
        return self.root / "out"

    @property
    def store(self) -> Path:
        return self.workspace / ".forecast" / "store.sqlite"

    def command(self, case: str, *more: str) -> list[str]:
        """Return the command line of a report."""
        program = [*PROGRAM, "report", "--set", CASES[case]]
        where = ["--workspace", str(self.workspace), "--out", str(self.out)]
        return [*program, *where, "--draws", DRAWS, *more]

    def report(self, case: str, *more: str, epoch: str = EPOCH) -> tuple[int, str]:
        """Make a report; return the exit code and what stderr said."""
        done = subprocess.run(
            self.command(case, *more),
            env=environment(epoch),
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, " ".join(done.stderr.split())

    def start(self, case: str) -> subprocess.Popen[bytes]:
        """Start a report and return its process."""
        nothing = subprocess.DEVNULL
        command = self.command(case)
        return subprocess.Popen(command, env=environment(EPOCH), stdout=nothing, stderr=nothing)

    def is_sound(self) -> bool:
        """Whether each file is the old one or the new one, whole, and the store undamaged."""
        for name in FILES:
            path, known = self.out / name, [each[name] for each in self.sets.values()]
            if path.exists() and path.read_bytes() not in known:
                return False
        if not self.store.exists():
            return True
        with closing(sqlite3.connect(self.store)) as connection:
            return connection.execute("PRAGMA quick_check").fetchone() == ("ok",)

    def leftovers(self) -> list[str]:
        """Return what lies beside the files of the report."""
        return sorted(path.name for path in self.out.iterdir() if path.name not in FILES)

    def holds(self, case: str) -> bool:
        """Whether the files are those of a case, all of them."""
        return all((self.out / name).read_bytes() == self.sets[case][name] for name in FILES)


def copied(folder: Path) -> Path:
    """Return a copy of the program with its built-in inputs."""
    source = Path(__file__).resolve().parents[1]
    for name in ("forecast", "assumptions", "data"):
        shutil.copytree(source / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


Outcome = tuple[int, int, str]  # tries, tries that went well, and what was seen


def environment(epoch: str) -> dict[str, str]:
    """Return an environment as bare as that of cron, in which the copied program is found."""
    found = {"PYTHONPATH": os.environ["SOAKED"], "PYTHONSAFEPATH": "1"}
    return {"SOURCE_DATE_EPOCH": epoch, **found}


def prepared(root: Path) -> Place:
    """Return a workspace with both ensembles in its cache, and both sets of files."""
    place = Place(root, {})
    init = [*PROGRAM, "init", str(place.workspace)]
    subprocess.run(init, env=environment(EPOCH), check=True, stdout=subprocess.DEVNULL)
    for case in ("second", "first"):
        code, said = place.report(case)
        if code:
            sys.exit(f"the report itself fails: {said}")
        place.sets[case] = {name: (place.out / name).read_bytes() for name in FILES}
    return place


def killed(place: Place, tries: int, rng: random.Random) -> Outcome:
    """Kill reports at random moments, half of them as soon as they begin to write."""
    begun = time.perf_counter()
    place.report("second")
    usual = time.perf_counter() - begun
    good, seen = 0, Counter[str]()
    for number in range(tries):
        case = ("first", "second")[number % 2]
        process = place.start(case)
        if number % 2:
            wait_for_writing(place, process)
            time.sleep(rng.uniform(0.0, 0.05))
        else:
            time.sleep(rng.uniform(0.0, usual))
        process.send_signal(signal.SIGKILL)
        process.wait()
        is_writing = process.returncode != 0 and place.leftovers()
        seen["while writing" if is_writing else "before it or after"] += 1
        good += place.is_sound() and all_ended()
    code, said = place.report("second")
    clean = code == 0 and not place.leftovers() and place.holds("second")
    ending = "the next report was whole and swept up" if clean else f"then: {code} {said}"
    return tries, good if clean else 0, f"{listed(seen)}; {ending}"


def all_ended() -> bool:
    """Wait for every process of the copied program to end, and say whether they did."""
    mark, begun = os.environ["SOAKED"].encode(), time.perf_counter()
    while time.perf_counter() - begun < LONGEST_ALONE:
        alive = 0
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                alive += mark in path.read_bytes()
        if not alive:
            return True
        time.sleep(0.05)
    return False


def wait_for_writing(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process puts its first file beside those that are there, or ends."""
    known = set(place.out.iterdir())
    while process.poll() is None and set(place.out.iterdir()) <= known:
        time.sleep(0.001)


def terminated(place: Place, tries: int, rng: random.Random) -> Outcome:
    """End reports the polite way, half of them while they write."""
    good, seen = 0, Counter[str]()
    for number in range(tries):
        process = place.start(("first", "second")[number % 2])
        if number % 2:
            wait_for_writing(place, process)
        else:
            time.sleep(rng.uniform(0.5, 2.0))
        process.send_signal(signal.SIGTERM)
        process.wait()
        seen[f"exit {process.returncode}"] += 1
        good += place.is_sound() and not place.leftovers() and all_ended()
    return tries, good, f"{listed(seen)}; nothing left beside the files"


def disk_full(place: Place, tries: int, _: random.Random) -> Outcome:
    """Write reports to a disk that holds one set of files and not two."""
    size = sum(map(len, place.sets["first"].values()))
    with mounted(place.out, "-t", "tmpfs", "-o", f"size={int(1.5 * size)}", "tmpfs") as why:
        if why:
            return 0, 0, f"skipped: {why}"
        place.report("first")
        good, said = 0, ""
        for _number in range(tries):
            code, said = place.report("second")
            is_old = place.holds("first") and not place.leftovers()
            good += code == 2 and NO_SPACE in said and is_old
    said = said.replace(str(place.root), "…")
    return tries, good, f"exit 2, “{said}”"


def store_on_full_disk(place: Place, tries: int, _: random.Random) -> Outcome:
    """Make reports in a workspace on a disk without room for another run."""
    folder, ballast = place.store.parent, place.store.parent / "ballast"
    saved = place.root / "saved"
    shutil.copytree(folder, saved)
    size = sum(path.stat().st_size for path in saved.iterdir()) + 2**17
    with mounted(folder, "-t", "tmpfs", "-o", f"size={size}", "tmpfs") as why:
        if why:
            return 0, 0, f"skipped: {why}"
        shutil.copytree(saved, folder, dirs_exist_ok=True)
        good = 0
        for _number in range(tries):
            fill(ballast)
            code, said = place.report("second")
            is_told = code == 0 and "was not kept" in said and place.holds("second")
            ballast.unlink()
            good += is_told and place.is_sound()
    return tries, good, NOT_KEPT


def fill(path: Path) -> None:
    """Write to a file until there is no more room."""
    with suppress(OSError), path.open("wb", buffering=0) as stream:
        while stream.write(b"\0" * 4096):
            pass


def read_only(place: Place, tries: int, _: random.Random) -> Outcome:
    """Make reports in a workspace that cannot be written."""
    with mounted(place.workspace, "--bind", str(place.workspace)) as why:
        if why:
            return 0, 0, f"skipped: {why}"
        remount = ["mount", "-o", "remount,ro,bind", str(place.workspace)]
        subprocess.run(remount, check=True, capture_output=True)
        good = 0
        for number in range(tries):
            case = ("first", "second")[number % 2]
            code, said = place.report(case)
            good += code == 0 and "was not kept" in said and place.holds(case)
    return tries, good, NOT_KEPT


@contextmanager
def mounted(folder: Path, *how: str) -> Iterator[str]:
    """Mount something on a folder while it lasts; yield why that could not be, or nothing."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        yield "only root can mount"
        return
    done = subprocess.run(["mount", *how, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        yield done.stderr.strip()
        return
    try:
        yield ""
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def two_at_once(place: Place, tries: int, _: random.Random) -> Outcome:
    """Start two reports at the same moment."""
    good, seen = 0, Counter[str]()
    for _number in range(tries):
        processes = [place.start(case) for case in CASES]
        codes = sorted(process.wait() for process in processes)
        seen[f"exits {codes[0]} and {codes[1]}"] += 1
        good += codes == [0, 3] and place.is_sound() and not place.leftovers()
    return tries, good, listed(seen)


def store_locked(place: Place, tries: int, _: random.Random) -> Outcome:
    """Make reports while another process holds the store's write lock."""
    good, said = 0, ""
    for _number in range(tries):
        program = [sys.executable, "-c", LOCKING, str(place.store)]
        with subprocess.Popen(program, stdout=subprocess.PIPE) as holder:
            assert holder.stdout is not None
            holder.stdout.readline()
            code, said = place.report("second")
            holder.kill()
        is_told = code == 0 and "was not kept" in said and place.holds("second")
        good += is_told and place.is_sound()
    return tries, good, f"exit 0 after a wait of 10 s, “{said.rpartition(': ')[2]}”"


def store_damaged(place: Place, tries: int, rng: random.Random) -> Outcome:
    """Overwrite the head of the store, cut it off, or write noise into it."""
    place.report("first")
    whole = place.store.read_bytes()
    good, seen = 0, Counter[str]()
    for number in range(tries):
        place.store.write_bytes(damaged(whole, number, rng))
        for name in ("store.sqlite-wal", "store.sqlite-shm"):
            (place.store.parent / name).unlink(missing_ok=True)
        code, said = place.report("second")
        refused = code == 2 and "move" in said and place.holds("first")
        served = code == 0 and place.holds("second")
        seen["refused, with how to rebuild it" if refused else f"exit {code}, right figures"] += 1
        good += refused or served
        place.store.unlink()
        code, said = place.report("first")
        good -= code != 0 or not place.holds("first")
    return tries, good, f"{listed(seen)}; with the store moved away the next report was whole"


def damaged(content: bytes, number: int, rng: random.Random) -> bytes:
    """Return a store's content with damage of one of three kinds."""
    if number % 3 == 0:
        return b"no database at all, " * 8 + content[160:]
    if number % 3 == 1:
        return content[: rng.randrange(1, len(content))]
    at = rng.randrange(4096, len(content) - 65536)
    return content[:at] + rng.randbytes(65536) + content[at + 65536 :]


def clock_moved_back(place: Place, tries: int, _: random.Random) -> Outcome:
    """Make a report with a clock years behind that of the run before."""
    good = 0
    for _number in range(tries):
        place.report("first")
        place.report("second", epoch=EARLIER)
        code, _said = place.report("second", "--only-if-changed")
        history = [*PROGRAM, "history", "--limit", "1", "--json"]
        done = subprocess.run(
            [*history, "--workspace", str(place.workspace)],
            env=environment(EPOCH),
            capture_output=True,
            check=False,
        )
        is_last = (
            b'"started": "2001-09-09' in done.stdout and CASES["second"].encode() in done.stdout
        )
        good += code == 0 and is_last
    return tries, good, "last is the last kept, and --only-if-changed sees it"


def listed(seen: Counter[str]) -> str:
    """Return counts in words."""
    return ", ".join(f"{count} {what}" for what, count in sorted(seen.items()))


FAULTS: dict[str, tuple[Callable[[Place, int, random.Random], Outcome], float]] = {
    "killed (SIGKILL)": (killed, 1.0),
    "ended (SIGTERM)": (terminated, 0.3),
    "disk of the report full": (disk_full, 0.1),
    "disk of the store full": (store_on_full_disk, 0.1),
    "workspace read-only": (read_only, 0.1),
    "two at once": (two_at_once, 0.15),
    "store locked": (store_locked, 0.05),
    "store damaged": (store_damaged, 0.3),
    "clock moved back": (clock_moved_back, 0.05),
}


def main() -> None:
    """Try every fault and leave with 1 if any try did not end well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=40, help="other faults in proportion")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path, help="a Markdown file for the results")
    given = parser.parse_args()
    rng, begun = random.Random(given.seed), time.perf_counter()
    lines, failed = [], 0
    with tempfile.TemporaryDirectory() as folder:
        os.environ["SOAKED"] = str(copied(Path(folder) / "program"))
        source = prepared(Path(folder) / "source")
        for name, (attempt, part) in FAULTS.items():
            root = Path(folder) / str(len(lines))
            shutil.copytree(source.root, root)
            tries, good, seen = attempt(
                Place(root, source.sets), max(1, round(part * given.kills)), rng
            )
            failed += tries - good
            lines.append(f"| {name} | {tries or '–'} | {good if tries else '–'} | {seen} |")
            print(lines[-1], flush=True)
    minutes = (time.perf_counter() - begun) / 60.0
    if given.write:
        given.write.write_text(page(lines, minutes), encoding="utf-8")
    sys.exit(1 if failed else 0)


def page(lines: list[str], minutes: float) -> str:
    """Return the results as a page."""
    return f"""\
# Faults tried, {datetime.now(UTC).date()}

`make soak` on {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}, in \
{minutes:.0f} minutes. Each try makes a report of all five
formats in an environment as bare as cron's. It went well if every file was the complete old or the
complete new one, byte for byte, the store passed SQLite's check, exit code and message were the
right ones, and no process was left.

| fault | tries | went well | what was seen |
|---|---|---|---|
{chr(10).join(lines)}
"""


if __name__ == "__main__":
    main()
