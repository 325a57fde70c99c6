"""The explorer on a screen: keys to the view, the view to the reader, readings to the widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.message import Message as Event
from textual.widgets import Input, Label

from forecast.errors import ForecastError, InputError
from forecast.explorer import drawings
from forecast.explorer.bench import Bench, Reading
from forecast.explorer.screens import Choice, keys_page
from forecast.explorer.screens import Reading as Shown
from forecast.explorer.state import State
from forecast.explorer.view import Message, View
from forecast.explorer.widgets import Drawn
from forecast.explorer.worker import Reader, Wanted
from forecast.report.blocks import View as PageView
from forecast.report.formats.drawing import draw
from forecast.report.formats.table_lines import Line
from forecast.report.pages.answers.whatif_pages import whatif_page

Save = Callable[[str, State], Path]
SIGNS = {"plus": "+", "minus": "-", "full_stop": ".", "dollar_sign": "$"}
BINDINGS = (
    ("ctrl+c,ctrl+q", "quit"),
    ("q", "leave"),
    ("up", "choose(-1)"),
    ("down", "choose(1)"),
    ("pageup", "choose(-8)"),
    ("pagedown", "choose(8)"),
    ("left", "move(-1)"),
    ("right", "move(1)"),
    ("shift+left", "move(-1, True)"),
    ("shift+right", "move(1, True)"),
    ("tab,shift+tab", "other_list"),
    ("enter", "type"),
    *((sign, f"type('{sign}')") for sign in "0123456789"),
    *((key, f"type('{sign}')") for key, sign in SIGNS.items()),
    ("backspace,delete", "put_back"),
    ("slash", "search"),
    ("escape", "leave_prompt"),
    ("m", "metrics"),
    ("e", "why"),
    ("c", "keep"),
    ("s", "save"),
    ("x", "command_line"),
    ("u,ctrl+z", "undo"),
    ("r", "reset"),
    ("question_mark", "keys"),
)
ANYWHERE = {"quit"}
FOOTER = "↑↓ lever  ←→ move  ⏎ type  / search  m metric  e why  c keep  s save  ? keys"


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
    # All have priority, so that keys act in the order in which they come, however fast.
    BINDINGS: ClassVar = [Binding(*each, priority=True) for each in BINDINGS]

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
        self.view: View | None = None
        self.reader: Reader | None = None
        self.failure: Exception | None = None
        self.on_metrics = False  # whether the list of metrics has the keys, not that of levers
        self._begun = monotonic()
        self._prompt = ""  # what the line to type in asks for: set, search or save

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield Drawn(self._draw_header, "header")
        with Horizontal(id="top"):
            yield Drawn(self._draw_metrics, "metrics")
            yield Drawn(self._draw_chart, "chart")
        yield Drawn(self._draw_heading, "heading")
        yield Drawn(self._draw_levers, "levers")
        yield Drawn(self._draw_detail, "detail")
        with Horizontal(id="prompt"):
            yield Label("", id="asked")
            yield Input(id="typed", compact=True, select_on_focus=False)
        yield Drawn(self._draw_now, "now")
        yield Drawn(lambda width, _: [((f" {FOOTER}"[:width], "quiet"),)], "footer")

    def on_mount(self) -> None:
        """Open the bench beside the screen."""
        self.query_one("#prompt").display = False
        self._beside(self._open)
        self.set_interval(1.0, self._tick)

    def _open(self) -> None:
        self.post_message(self.Opened(self.beginning.open_bench()))

    def _tick(self) -> None:
        """Say how long the opening has taken so far."""
        if self.view is None:
            self.query_one("#header").refresh()

    def on_explorer_opened(self, event: Opened) -> None:
        """Read the base and what is changed, and find what moves the metric."""
        self.view = View(event.bench, self.beginning.state, self.beginning.metric)
        self.reader = Reader(
            event.bench,
            lambda wanted, reading: self.post_message(self.Read(wanted, reading)),
            lambda wanted, error: self.post_message(self.Read(wanted, error)),
        )
        self._ask()
        self._rank()

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
        self._refresh()

    def on_explorer_ranked(self, event: Ranked) -> None:
        """List the levers."""
        if self.view:
            self.view.rank(event.metric, event.keys)
            self._refresh()

    def _rank(self) -> None:
        view = self.view
        if view is None:
            return

        def rank(metric: str = view.metric) -> None:
            keys = view.bench.ranked(metric)
            self.post_message(self.Ranked(metric, keys))
            for key in keys:  # so that none has to be measured while somebody waits
                view.bench.levers([key])

        self._beside(rank)

    def _ask(self) -> None:
        """Want a reading of the state in force, and draw what is known already."""
        if self.view and self.reader:
            self.reader.ask(self.view.state, self.view.metric)
        self._refresh()

    def _refresh(self) -> None:
        """Draw everything anew, with as many lines for what is said as it takes."""
        if self.view:
            said = drawings.detail(self.view, self.size.width)
            self.query_one("#detail").styles.height = len(said)
        for part in self.query(Drawn):
            part.refresh()

    def _beside(self, work: Callable[[], None]) -> None:
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

    # What keys do.

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys to what is typed in, or to what is up over the screen, while there is that."""
        is_own = hasattr(type(self), f"action_{action}") and action not in ANYWHERE
        if not is_own:
            return True
        if len(self.screen_stack) > 1:
            return False
        return not self._prompt or action == "leave_prompt"

    def action_leave(self) -> None:
        """End the explorer."""
        self.exit()

    def action_choose(self, steps: int) -> None:
        """Go up or down the list that has the keys."""
        view = self.view
        if view is None:
            return
        if self.on_metrics:
            at = view.metrics.index(view.metric) + steps
            self._show_metric(view.metrics[min(max(0, at), len(view.metrics) - 1)])
            return
        view.message = None
        view.choose_lever(steps)
        self._refresh()

    def action_move(self, steps: int, large: bool = False) -> None:
        """Move the chosen lever."""
        if self.view and not self.on_metrics:
            self._change(lambda view: view.move(steps, large=large))

    def action_put_back(self) -> None:
        """Take the chosen lever's setting away."""
        self._change(View.put_back)

    def action_reset(self) -> None:
        """Go to the base."""
        self._change(View.reset)

    def action_undo(self) -> None:
        """Go back by a step."""
        if self.view:
            is_done = self.view.steps.back()
            self.view.message = None if is_done else Message("nothing to undo")
            self._ask()

    def action_keep(self) -> None:
        """Keep the present path as a ghost, or let it go."""
        if self.view:
            self.view.keep_ghost()
            self._say("kept as a second ghost; c lets it go" if self.view.kept else "let go")

    def action_other_list(self) -> None:
        """Give the keys to the other list."""
        self.on_metrics = not self.on_metrics
        self._refresh()

    def action_leave_prompt(self) -> None:
        """Leave what is typed; list all levers again."""
        self._close_prompt()
        if self.view:
            self.view.message = None
            self.view.search_for("")
            self._refresh()

    def action_type(self, begun: str = "") -> None:
        """Ask for a value of the chosen lever, of which the first sign may be there."""
        if self.view and self.view.lever:
            self._ask_for("set", f"--set {self.view.lever.place}=", begun)

    def action_search(self) -> None:
        """Ask for what to search."""
        self._ask_for("search", "search levers: ")

    def action_save(self) -> None:
        """Ask for the name of a scenario."""
        self._ask_for("save", "save as scenario: ")

    def action_metrics(self) -> None:
        """Choose among all metrics."""
        if self.view:
            names = {key: each.title for key, each in self.view.bench.meanings.items()}
            self.push_screen(Choice(names, "metrics"), self._show_metric)

    def action_command_line(self) -> None:
        """Show the command line that answers the same, and hand it to the terminal's clipboard."""
        if self.view:
            text = self.view.state.command_line(self.beginning.options)
            self.copy_to_clipboard(text)
            self.push_screen(Shown(lambda width: folded(text, width), "copied, if it may be"))

    def action_keys(self) -> None:
        """Show what each key does."""
        self.push_screen(Shown(keys_page, "keys"))

    def action_why(self) -> None:
        """Show what each change and each link of the chain did to the metric."""
        view = self.view
        if view is None:
            return
        shown = Shown(lambda _: [((" working it out on all draws …", "quiet"),)], "why")
        self.push_screen(shown)
        state, metric = view.state, view.metric

        def explain() -> None:
            try:
                result = view.bench.why(state, metric)
            except ForecastError as error:
                text = words_of(error)
                self.call_later(shown.show, lambda width: folded(text, width))
                return

            def page(width: int) -> Sequence[Line]:
                return list(draw(whatif_page(result, PageView(width=width)), width))

            self.call_later(shown.show, page)

        self._beside(explain)

    def on_drawn_clicked(self, event: Drawn.Clicked) -> None:
        """Choose what was clicked on, or move a lever to where its track was; the wheel goes down
        the list."""
        view, part = self.view, event.drawn
        if view is None or part.id not in {"levers", "metrics"}:
            return
        self.on_metrics = part.id == "metrics"
        if event.wheel:
            self.action_choose(event.wheel)
        elif self.on_metrics:
            at = view.first_metric_shown(part.size.height - 1) + event.row - 1
            if event.row and at < len(view.metrics):
                self._show_metric(view.metrics[at])
        elif (at := view.first_shown(part.size.height) + event.row) < len(view.keys):
            self.action_choose(at - view.lever_at)
            share = drawings.along_track(event.column, part.size.width)
            if share is not None:
                self._change(lambda view: view.move_along(share))

    # What is typed.

    def _ask_for(self, what: str, label: str, begun: str = "") -> None:
        """Show the line to type in."""
        self._prompt = what
        self.query_one("#asked", Label).update(label)
        typed = self.query_one("#typed", Input)
        typed.value, typed.cursor_position = begun, len(begun)
        self.query_one("#prompt").display = True
        self.set_focus(typed)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list while something is searched."""
        if self.view and self._prompt == "search" and event.input.id == "typed":
            self.view.search_for(event.value)
            self._refresh()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Do what was asked with what was typed; what is wrong with it is said, and it stays."""
        what, text = self._prompt, event.value.strip()
        if event.input.id != "typed" or self.view is None:
            return
        try:
            if what == "set" and text:
                self.view.set(text)
            elif what == "save" and text:
                self._say(f"saved: {self.beginning.save(text, self.view.state)}")
        except InputError as error:
            self._say(words_of(error), "error")
            return
        self._close_prompt()
        if what == "set":
            self.view.message = None
        self._ask()

    def _close_prompt(self) -> None:
        self._prompt = ""
        self.query_one("#prompt").display = False
        self.set_focus(None)

    def _handle_exception(self, error: Exception) -> None:
        """Keep a defect for whoever started the explorer: it is told in a line, after the terminal
        is as it was, not by a page of frames."""
        self.failure = error
        super()._handle_exception(error)
        self._exit_renderables.clear()

    # Helpers.

    def _change(self, change: Callable[[View], None]) -> None:
        if self.view is None:
            return
        self.view.message = None
        try:
            change(self.view)
        except InputError as error:
            self.view.message = Message(words_of(error), "error")
        self._ask()

    def _show_metric(self, metric: str | None) -> None:
        if self.view and metric and metric != self.view.metric:
            self.view.choose_metric(metric)
            self._ask()
            self._rank()

    def _say(self, text: str, style: str = "quiet") -> None:
        if self.view:
            self.view.message = Message(text, style)
        self._refresh()

    # What is drawn.

    def _draw_header(self, width: int, _: int) -> Sequence[Line]:
        if self.view is None:
            return [drawings.opening(width, round(monotonic() - self._begun))]
        return [drawings.header(self.view, width)]

    def _draw_metrics(self, width: int, height: int) -> Sequence[Line]:
        if self.view is None:
            return []
        lines = drawings.metric_lines(self.view, width, height, has_focus=self.on_metrics)
        return list(lines)

    def _draw_chart(self, width: int, height: int) -> Sequence[Line]:
        return list(drawings.chart_lines(self.view, width, height)) if self.view else []

    def _draw_heading(self, width: int, _: int) -> Sequence[Line]:
        return [drawings.lever_heading(self.view, width)] if self.view else []

    def _draw_levers(self, width: int, height: int) -> Sequence[Line]:
        if self.view is None:
            return []
        lines = drawings.lever_lines(self.view, width, height, has_focus=not self.on_metrics)
        return list(lines)

    def _draw_detail(self, width: int, _: int) -> Sequence[Line]:
        return drawings.detail(self.view, width) if self.view else []

    def _draw_now(self, width: int, _: int) -> Sequence[Line]:
        return [drawings.now_line(self.view, width)] if self.view else []


def folded(text: str, width: int) -> list[Line]:
    """Return a text cut to the width, with nothing added or taken away."""
    return [((text[at : at + width], "strong"),) for at in range(0, len(text), width)]


def words_of(error: ForecastError) -> str:
    """Return an error in a line: what was found and what was expected, and a likely mend."""
    if not isinstance(error, InputError):
        return str(error)
    first = error.problems[0]
    said = f"{first.subject}: {first.found}; expected {first.expected}"
    return f"{said}. {first.hint}" if first.hint else said
