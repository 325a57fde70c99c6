"""The explorer as an app: it opens the bench, asks the reader and hands on what it answers."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import ClassVar

from textual.app import App
from textual.binding import Binding
from textual.message import Message as Event

from forecast.errors import ForecastError
from forecast.explorer.bench import Bench, Reading
from forecast.explorer.drawings import words_of
from forecast.explorer.main_screen import MainScreen
from forecast.explorer.state import State
from forecast.explorer.view import Message, View
from forecast.explorer.worker import Reader, Wanted

Save = Callable[[str, State], Path]


@dataclass(frozen=True)
class Beginning:
    """What the explorer is started with: how to open the bench, the state and the metric to begin
    with, options of the equivalent command line, and how to save a scenario."""

    open_bench: Callable[[], Bench]
    state: State
    metric: str
    options: tuple[str, ...]
    save: Save


class Explorer(App[None]):
    """Levers and charts, live. `failure` is what ended it, None if a person did."""

    AUTO_FOCUS = None
    ENABLE_COMMAND_PALETTE = False
    TITLE = "forecast explore"
    CSS_PATH = Path(__file__).with_name("explorer.tcss")
    BINDINGS: ClassVar = [Binding("ctrl+c,ctrl+q", "quit", priority=True)]

    class Opened(Event):
        """The bench is there."""

        def __init__(self, bench: Bench) -> None:
            super().__init__()
            self.bench = bench

    class Read(Event):
        """Something that was wanted has been read, or could not be."""

        def __init__(self, wanted: Wanted, found: Reading | Exception) -> None:
            super().__init__()
            self.wanted, self.found = wanted, found

    class Ranked(Event):
        """What moves a metric is known."""

        def __init__(self, metric: str, keys: list[str]) -> None:
            super().__init__()
            self.metric, self.keys = metric, keys

    def __init__(self, beginning: Beginning) -> None:
        super().__init__(ansi_color=True)
        self.theme = "ansi-dark"
        self.beginning = beginning
        self.begun = monotonic()
        self.main = MainScreen()
        self.view: View | None = None
        self.reader: Reader | None = None
        self.failure: Exception | None = None

    def get_default_screen(self) -> MainScreen:
        """Return the screen that everything else comes up over."""
        return self.main

    def on_mount(self) -> None:
        """Open the bench beside the screen."""
        self.beside(self._open)
        self.set_interval(1.0, self._tick)

    def _open(self) -> None:
        self.post_message(self.Opened(self.beginning.open_bench()))

    def _tick(self) -> None:
        """Say how long the opening has taken so far."""
        if self.view is None:
            self.main.redraw()

    def on_explorer_opened(self, event: Opened) -> None:
        """Read the base and what is changed, and find what moves the metric."""
        self.view = View(event.bench, self.beginning.state, self.beginning.metric)
        self.reader = Reader(
            event.bench,
            lambda wanted, reading: self.post_message(self.Read(wanted, reading)),
            lambda wanted, error: self.post_message(self.Read(wanted, error)),
        )
        self.ask()
        self.rank()

    def on_explorer_read(self, event: Read) -> None:
        """Show what was read, unless something else is wanted by now."""
        view = self.view
        if view is None or event.wanted.metric != view.metric:
            return
        if isinstance(event.found, Reading):
            view.reading = event.found
        elif isinstance(event.found, ForecastError):
            if event.wanted.state == view.state:
                view.message = Message(f"not shown: {words_of(event.found)}", "error")
        else:
            self._end(event.found)
        self.main.redraw()

    def on_explorer_ranked(self, event: Ranked) -> None:
        """List the levers."""
        if self.view:
            self.view.rank(event.metric, event.keys)
            self.main.redraw()

    def rank(self) -> None:
        """Find what moves the chosen metric."""
        view = self.view
        if view is None:
            return

        def rank(metric: str = view.metric) -> None:
            keys = view.bench.ranked(metric)
            self.post_message(self.Ranked(metric, keys))
            for key in keys:  # so that none has to be measured while somebody waits
                view.bench.levers([key])

        self.beside(rank)

    def ask(self) -> None:
        """Want a reading of the state in force, and draw what is known already."""
        if self.view and self.reader:
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
