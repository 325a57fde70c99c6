"""Inputs that nobody would write: files of every format, files of a workspace, command lines.

Each runs in a child of one process that has loaded the program and run good inputs, so that nothing
is loaded anew, in a folder of its own. What must hold of every one: no exit 70, no more than 10 s
of a processor, no more than 1 GB of memory, and no control character on the way to a terminal. What
was taken in is used by a forecast now and then, which must not fail.
Every core takes its share of the inputs. `--write` keeps the tally as a page.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import platform
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from fuzz_inputs import command_line, good_inputs, table, workspace_file

SECONDS = 10  # of a processor
PATIENCE = 600.0  # seconds until a child that does nothing is ended
MEMORY = 2**30
DEFECT = 70
UNUSABLE = 99  # what was taken in makes another command fail
# What a child may end with: done, a check that fails, bad input, a lock, too little memory.
ANSWERS = {0, 1, 2, 3, 71}
OBEYED = {*range(9), *range(11, 32), 127}  # bytes that no page has
KINDS: dict[str, tuple[Callable[[random.Random, Path], list[list[str]]], float]] = {
    "files": (table, 0.6),
    "workspace files": (workspace_file, 0.2),
    "command lines": (command_line, 0.2),
}


@dataclass
class Tally:
    """What became of the inputs of a kind."""

    codes: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0  # the most, of a processor
    memory: int = 0  # the most, in bytes
    faults: list[str] = field(default_factory=list)

    def __add__(self, other: Tally) -> Tally:
        """Return what became of the inputs of both."""
        return Tally(
            self.codes + other.codes,
            max(self.seconds, other.seconds),
            max(self.memory, other.memory),
            [*self.faults, *other.faults],
        )


def main() -> int:
    """Run as many inputs as asked for; 1 if any did not go well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    asked = parser.parse_args()
    preload()
    begun = time.monotonic()
    jobs = os.cpu_count() or 1
    shares = [(asked.seed, range(first, asked.count, jobs)) for first in range(jobs)]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        found = pool.starmap(try_share, shares)
    tallies = {name: sum((each[name] for each in found), Tally()) for name in KINDS}
    page = written(tallies, asked.count, asked.seed, time.monotonic() - begun)
    print(page)
    if asked.write:
        asked.write.write_text(page, encoding="utf-8")
    return int(any(tally.faults for tally in tallies.values()))


def try_share(seed: int, numbers: range) -> dict[str, Tally]:
    """Try the inputs of these numbers one after another, and return what became of each kind."""
    tallies = {name: Tally() for name in KINDS}
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for number in numbers:
            name = kind_of(number)
            try_one(name, random.Random(f"{seed} {number}"), Path(folder), tallies[name])
            if number % 500 == numbers[0] % 500:
                print(f"{number:,} of {numbers.stop:,}", file=sys.stderr, flush=True)
    return tallies


def kind_of(number: int) -> str:
    """Return the kind of an input by its number, such that any few of them are of all kinds."""
    place = (number % 10) / 10
    for name, (_, share) in KINDS.items():
        if place < share - 1e-9:
            return name
        place -= share
    return "command lines"


def preload() -> None:
    """Load once what every child needs, and the built-in case, which is not what is tried."""
    from forecast.cli import main as program
    from forecast.cli.commands import full_app
    from forecast.inputs import loading
    from forecast.inputs.ingest import ingest, ingest_guidance

    full_app()
    built_in = loading.load()
    for module in (ingest, ingest_guidance):
        module.load = lambda workspace=None, *_: built_in  # type: ignore[attr-defined]
    os.environ["FORECAST_DRAWS"] = "256"
    with tempfile.TemporaryDirectory() as folder, to_nowhere():
        os.environ["XDG_CACHE_HOME"] = folder
        for arguments in good_inputs(Path(folder)):
            program.run(arguments)
    gc.collect()
    gc.freeze()  # a child's collector would copy every page that it looks at


@contextmanager
def to_nowhere() -> Iterator[None]:
    """Within it what this process says is heard by nobody."""
    kept = [os.dup(number) for number in (1, 2)]
    nothing = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nothing, number)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, old in zip((1, 2), kept, strict=True):
            os.dup2(old, number)
            os.close(old)
        os.close(nothing)


def try_one(name: str, chance: random.Random, folder: Path, tally: Tally) -> None:
    """Make an input, run the program on it in a child, and note how that went."""
    place = folder / "case"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    commands = KINDS[name][0](chance, place)
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        run_as_child(commands, place)
    status, used = wait(child, begun)
    code = os.waitstatus_to_exitcode(status)
    said = (place / "said").read_bytes() if (place / "said").exists() else b""
    seconds, memory = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024
    tally.codes[code] += 1
    tally.seconds, tally.memory = max(tally.seconds, seconds), max(tally.memory, memory)
    is_machine = {"json", "csv", "--json"} & {word for words in commands for word in words}
    wrong = [
        f"exit {code}" if code not in ANSWERS else "",
        f"{seconds:.0f} s" if seconds > SECONDS else "",
        f"{memory >> 20} MiB" if memory > MEMORY else "",
        "control characters" if not is_machine and OBEYED & set(said) else "",
    ]
    if any(wrong):
        shown = said[-300:].decode("utf-8", "replace")
        what = ", ".join(each for each in wrong if each)
        tally.faults.append(f"{what}: {commands!r}: {shown!r}")
        kept = Path(tempfile.mkdtemp(prefix="fault-"))
        shutil.copytree(place, kept / "case", symlinks=True)
        print(f"{kept}: {tally.faults[-1]}", file=sys.stderr, flush=True)


def run_as_child(commands: list[list[str]], place: Path) -> None:
    """Run the program in a folder, its output in a file, and what comes after if it went well, and
    end this process."""
    code = DEFECT
    try:
        os.chdir(place)
        out = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, source in ((0, nothing), (1, out), (2, out)):
            os.dup2(source, number)
        resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 3 * SECONDS))
        os.environ["XDG_CACHE_HOME"] = str(place.parent / "cache")
        from forecast.cli import main as program
        from forecast.cli import streams

        streams.prepare()
        first, *then = commands
        code = program.run(first)
        if code == 0 and any(program.run(each) for each in then):
            code = UNUSABLE
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def wait(child: int, begun: float) -> tuple[int, resource.struct_rusage]:
    """Wait for a child, and end one that takes too long."""
    while time.monotonic() - begun < PATIENCE:
        found, status, used = os.wait4(child, os.WNOHANG)
        if found:
            return status, used
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    _, status, used = os.wait4(child, 0)
    return status, used


def written(tallies: dict[str, Tally], count: int, seed: int, seconds: float) -> str:
    """Return the page of what was found."""
    lines = [
        f"# Inputs that nobody would write, {date.today()}",
        "",
        f"`make fuzz`: {count:,} inputs of seed {seed} on {os.cpu_count()} cores, "
        f"{platform.system()}, Python {platform.python_version()}, in {seconds / 60:.0f} minutes. "
        "An input goes well if the program does not call it a defect of its own (exit 70), "
        f"forecasts from what it has taken in, takes less than {SECONDS} s of a processor and 1 GB,"
        " and sends no control character to a terminal.",
        "",
        "| input | tried | went well | exit codes | longest | most memory |",
        "|---|---|---|---|---|---|",
    ]
    for name, tally in tallies.items():
        tried = sum(tally.codes.values())
        codes = ", ".join(f"{times:,} × {code}" for code, times in sorted(tally.codes.items()))
        lines.append(
            f"| {name} | {tried:,} | {tried - len(tally.faults):,} | {codes} "
            f"| {tally.seconds:.1f} s | {tally.memory >> 20} MiB |"
        )
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
