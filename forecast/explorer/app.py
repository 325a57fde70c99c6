"""The explorer as an app: it opens the bench, asks the reader and hands on what it answers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding
from textual.message import Message as Event

from forecast.errors import ForecastError
from forecast.explorer.beginning import Beginning
from forecast.explorer.reading import Reading, keep, recalled
from forecast.explorer.screen.drawings import words_of
from forecast.explorer.screen.main_screen import MainScreen
from forecast.explorer.view import Message, View

if TYPE_CHECKING:
    from forecast.explorer.bench import Bench
    from forecast.explorer.worker import Reader, Wanted

AT_ONCE = 32  # levers measured before the first are listed


class Explorer(App[None]):
    """Levers and charts, live. `failure` is what ended it, None if a person did."""

    AUTO_FOCUS = None
    ENABLE_COMMAND_PALETTE = False
    TITLE = "forecast explore"
    CSS_PATH = Path(__file__).with_name("explorer.tcss")
    BINDINGS: ClassVar = [Binding("ctrl+c,ctrl+q", "quit", priority=True)]

    class Opened(Event):
        """The bench is there, and somebody who reads."""

        def __init__(self, reader: Reader) -> None:
            super().__init__()
            self.reader = reader

    class Read(Event):
        """Something that was wanted has been read, or could not be."""

        def __init__(self, wanted: Wanted, found: Reading | Exception) -> None:
            super().__init__()
            self.wanted, self.found = wanted, found

    class Ranked(Event):
        """What moves a metric is known, and the first levers are measured."""

        def __init__(self, metric: str, keys: list[str]) -> None:
            super().__init__()
            self.metric, self.keys = metric, keys

    def __init__(self, beginning: Beginning) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.beginning = beginning
        self.begun = monotonic()
        self.main = MainScreen(self)
        reading = recalled(beginning.facts, beginning.metric)
        self.view = View(beginning.facts, beginning.state, beginning.metric, reading)
        self.bench: Future[Bench] = Future()
        self.reader: Reader | None = None
        self.failure: Exception | None = None
        self._kept = {beginning.metric} if reading else set()

    def get_default_screen(self) -> MainScreen:
        """Return the screen that everything else comes up over."""
        return self.main

    def on_mount(self) -> None:
        """Open the bench behind the first frame."""
        self.call_after_refresh(self.beside, self._open)
        self.set_interval(1.0, self._tick)

    def _open(self) -> None:
        """Open the bench, whose rooms are imported only now."""
        from forecast.explorer.worker import Reader

        bench = self.beginning.open_bench()
        self.bench.set_result(bench)
        reader = Reader(
            bench,
            lambda wanted, reading: self.post_message(self.Read(wanted, reading)),
            lambda wanted, error: self.post_message(self.Read(wanted, error)),
        )
        self.post_message(self.Opened(reader))

    def _tick(self) -> None:
        """Say how long the opening has taken so far."""
        if not self.bench.done():
            self.main.redraw("header")

    def on_explorer_opened(self, event: Opened) -> None:
        """Read the base and what is changed, and find what moves the metric."""
        self.reader = event.reader
        self.ask()
        self.rank()

    def on_explorer_read(self, event: Read) -> None:
        """Show what was read, unless by now something else is wanted or all draws have answered."""
        view, wanted, found = self.view, event.wanted, event.found
        if wanted.metric != view.metric:
            return
        if isinstance(found, Reading):
            view.failed = None
            if found.is_full or not view.is_full_of(wanted.state):
                view.reading = found
            self._keep()
        elif isinstance(found, ForecastError):
            if wanted.state == view.state:
                view.failed = wanted.state
                view.message = Message(f"not shown: {words_of(found)}", "error")
        else:
            self._end(found)
        self.main.redraw()

    def on_explorer_ranked(self, event: Ranked) -> None:
        """List the levers."""
        self.view.rank(event.metric, event.keys)
        self.main.redraw()

    def rank(self) -> None:
        """Find what moves the chosen metric."""

        def rank(metric: str = self.view.metric) -> None:
            bench = self.bench.result()
            keys = bench.ranked(metric)
            bench.measure(keys[:AT_ONCE])
            self.post_message(self.Ranked(metric, keys))
            bench.measure(keys)
            self.call_later(self.main.redraw, "levers")
            self.call_later(self._keep)

        self.beside(rank)

    def _keep(self) -> None:
        """Keep the base case in the cache for the next start, once all of it is known."""
        view, facts, metric = self.view, self.view.facts, self.view.metric
        is_read = view.reading is not None and view.is_full_of(view.reading.state)
        is_ranked = metric in facts.ranked and facts.ranked[metric][-1] in facts.levers
        if facts.options.use_cache and is_read and is_ranked and metric not in self._kept:
            self._kept.add(metric)
            self.beside(lambda: keep(facts, self.bench.result().base(metric)))

    def ask(self) -> None:
        """Want a reading of the state in force, and draw what is known already."""
        if self.reader:
            self.reader.ask(self.view.state, self.view.metric)
        self.main.redraw("header", "heading", "levers", "detail")

    def beside(self, work: Callable[[], None]) -> None:
        """Do something beside the screen; a defect in it ends the explorer, whose end does not wait
        for it."""

        def run() -> None:
            try:
                work()
            except Exception as error:
                self.call_later(self._end, error)

        Thread(target=copy_context().run, args=(run,), daemon=True).start()

    def _end(self, error: Exception) -> None:
        """Leave because of an error, which whoever started the explorer explains."""
        self.failure = error
        self.exit()

    def on_unmount(self) -> None:
        """End the reader with the screen."""
        if self.reader:
            self.reader.close()

    def _handle_exception(self, error: Exception) -> None:
        """Keep a defect for whoever started the explorer: it is told in a line, after the terminal
        is as it was, not by a page of frames."""
        self.failure = error
        super()._handle_exception(error)
        self._exit_renderables.clear()
