"""How soon the explorer answers a key, and how soon its first chart stands there.

Keys come to the app as from a terminal, in this process: from a key that moves a lever to where it
has not been until the chart of that state is drawn. Start-up is measured in a terminal of its own
against `forecast project`, in turns, once the cache holds what both show. Prints
benchmarks/explore.md, or writes it: --write FILE.
"""

from __future__ import annotations

import asyncio
import os
import platform
import pty
import select
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from textual.events import Key

from forecast.explorer.app import Explorer
from forecast.explorer.beginning import Beginning
from forecast.explorer.bench import FEW, Bench
from forecast.explorer.facts import Facts
from forecast.explorer.screen import drawings
from forecast.explorer.state import State
from forecast.explorer.view import View
from forecast.explorer.worker import REST
from forecast.report.characters.table_lines import Line
from forecast.result import RunOptions
from forecast.world.case import load_case
from forecast.world.ensemble import shared_ensembles

LEVERS, MOVES = 8, 3  # levers moved one after the other, so many times each, and left there
HELD, EVERY = 30, 0.033  # keys of a hand that holds one down, and the seconds between them
TURNS = 7
FILLING = 12.0  # seconds in which a first explorer has measured all levers
SIZES = {"80 × 24": (80, 24), "160 × 50": (160, 50)}
GIVE_UP = 60.0
DRAW = drawings.chart_lines
FORECAST = (sys.executable, "-m", "forecast")
MEDIAN = ("⠤", "⠒", "⠉", "⣀")  # signs that only a drawn median has


Moment = tuple[float, float]  # by the clock, and in processor time


def moment() -> Moment:
    """Return this moment."""
    return time.perf_counter(), time.process_time()


class Timed(Explorer):
    """The explorer, which keeps when the chart of a state was first drawn, on few draws and on all:
    by the clock, and in processor time of all its threads."""

    def __init__(self, beginning: Beginning) -> None:
        super().__init__(beginning)
        self.drawn: dict[tuple[State, bool], Moment] = {}

        def chart_lines(view: View, width: int, height: int) -> Iterator[Line]:
            yield from DRAW(view, width, height)
            if view.reading:
                self.drawn.setdefault((view.reading.state, view.reading.is_full), moment())

        drawings.chart_lines = chart_lines


async def until(app: Timed, *, is_full: bool) -> Moment:
    """Return when the chart of the state in force was drawn."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < GIVE_UP:
        if (app.view.state, is_full) in app.drawn and app.view.ranked:
            return app.drawn[app.view.state, is_full]
        await asyncio.sleep(0.005)
    raise TimeoutError("the explorer does not answer")


async def measured(bench: Bench, size: tuple[int, int]) -> dict[str, list[float]]:
    """Return seconds: from a key to a chart on few draws and to one on all, the processor time of
    the first, and from a key to the state that it makes while one is held down."""
    app = Timed(
        Beginning(bench.facts, lambda: bench, State(), "inference_share", (), lambda *_: Path())
    )
    found: dict[str, list[float]] = {"few": [], "computing": [], "all": [], "held": []}
    async with app.run_test(size=size):
        await until(app, is_full=True)
        await asyncio.sleep(3.0)  # levers are measured in the meantime
        for _ in range(LEVERS):
            for _ in range(MOVES):
                begun = moment()
                app.post_message(Key("right", None))
                await changed(app)
                few = await until(app, is_full=False)
                found["few"].append(few[0] - begun[0])
                found["computing"].append(few[1] - begun[1])
                found["all"].append((await until(app, is_full=True))[0] - begun[0] - REST)
            app.post_message(Key("down", None))
        for at in range(HELD):
            begun = moment()
            # Five to and five fro: at the end of its track a lever makes no state.
            app.post_message(Key("left" if at // 5 % 2 == 0 else "right", None))
            await changed(app)
            found["held"].append(time.perf_counter() - begun[0])
            await asyncio.sleep(max(0.0, EVERY - found["held"][-1]))
    return found


async def changed(app: Timed) -> None:
    """Wait until a key has made another state; at the end of a track there is none."""
    before, begun = app.view.state, time.perf_counter()
    while app.view.state == before and time.perf_counter() - begun < 1.0:
        await asyncio.sleep(0.002)


def first_chart(stay: float = 0.0) -> Moment:
    """Return the seconds until a new explorer has drawn a chart, in a terminal of its own, by the
    clock and in processor time; it is left after `stay` more."""
    begun = time.perf_counter()
    process, terminal = pty.fork()
    if process == 0:
        os.environ["TERM"] = "xterm-256color"
        os.execv(sys.executable, [*FORECAST, "explore"])
    written, found, until = "", None, begun + GIVE_UP
    while time.perf_counter() < until:
        if select.select([terminal], [], [], 0.05)[0]:
            written += os.read(terminal, 65536).decode("utf-8", "replace")
        if found is None and any(sign in written for sign in MEDIAN):
            found = time.perf_counter() - begun, _processor_time(process)
            until = time.perf_counter() + stay
    os.write(terminal, b"q")
    while select.select([terminal], [], [], 2.0)[0]:
        try:
            os.read(terminal, 65536)
        except OSError:  # it has left
            break
    os.close(terminal)
    os.waitpid(process, 0)
    return found or (GIVE_UP, GIVE_UP)


def _processor_time(process: int) -> float:
    """Return the seconds that a process has computed so far, of all its threads."""
    cells = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")


def project() -> Moment:
    """Return the seconds of `forecast project`, by the clock and in processor time."""
    begun = time.perf_counter()
    process = subprocess.Popen([*FORECAST, "project", "-q"], stdout=subprocess.DEVNULL)
    _, _, used = os.wait4(process.pid, 0)
    return time.perf_counter() - begun, used.ru_utime + used.ru_stime


def starts() -> tuple[Moment, Moment, Moment]:
    """Return the median seconds of `forecast project`, of the first chart, and of how much later
    that is, each by the clock and in processor time; in turns, after one of each that fills the
    cache."""
    project(), first_chart(FILLING)
    turns = [(project(), first_chart()) for _ in range(TURNS)]
    later = [[chart - unit for unit, chart in zip(*turn, strict=True)] for turn in turns]
    return (
        _medians(unit for unit, _ in turns),
        _medians(chart for _, chart in turns),
        _medians(later),
    )


def _medians(moments: Iterable[Sequence[float]]) -> Moment:
    clock, processor = (statistics.median(each) for each in zip(*moments, strict=True))
    return clock, processor


def page(answers: dict[str, dict[str, list[float]]]) -> Iterator[str]:
    """Yield the lines of the page."""
    unit, chart, later = starts()
    load = os.getloadavg()[0]
    yield f"# The explorer's speed, {date.today()}"
    yield ""
    yield (
        f"`make bench-explore` on {os.cpu_count()} cores (load {load:.1f}), {platform.system()}, "
        f"Python {platform.python_version()}, the built-in case, 8,192 draws, the first {FEW:,} "
        f"while a lever moves; {LEVERS} levers are moved one after the other and left there."
    )
    yield ""
    yield "| screen | what | median, ms | 90th percentile, ms |"
    yield "|---|---|---|---|"
    for name, found in answers.items():
        for what, key in (
            (f"key to chart on {FEW:,} draws, a lever not moved there before", "few"),
            ("the same in processor time of all threads", "computing"),
            (f"key to chart on all draws, less the {REST:g} s until a hand rests", "all"),
            ("key to the state it makes, one held down at 30 a second", "held"),
        ):
            times = sorted(1000.0 * each for each in found[key])
            high = times[int(0.9 * len(times))]
            yield f"| {name} | {what} | {statistics.median(times):.0f} | {high:.0f} |"
    yield ""
    yield (
        f"From the cache the first chart stands after {chart[0]:.2f} s ({chart[1]:.2f} s of "
        f"processor time, with all its levers) and `forecast project` has printed after "
        f"{unit[0]:.2f} s ({unit[1]:.2f} s): medians of {TURNS} starts of each in turns, "
        f"{later[0]:+.2f} s ({later[1]:+.2f} s) between the two."
    )


def main() -> None:
    """Print the page, or write it."""
    os.environ["FORECAST_HINTS"] = "0"
    with shared_ensembles():
        bench = Bench(Facts(load_case(), RunOptions()))
        answers = {name: asyncio.run(measured(bench, size)) for name, size in SIZES.items()}
    text = "\n".join(page(answers)) + "\n"
    if "--write" in sys.argv:
        Path(sys.argv[sys.argv.index("--write") + 1]).write_text(text, encoding="utf-8")
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
