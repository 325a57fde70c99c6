"""The main screen: what keys and the mouse do to the view, and which part draws what of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input

from forecast.errors import ForecastError, InputError
from forecast.explorer.beginning import Answering
from forecast.explorer.screen import drawings
from forecast.explorer.screen.keys import BINDINGS, FOOTER
from forecast.explorer.screen.lever_lines import along_track, lever_heading, lever_lines
from forecast.explorer.screen.screens import Choice, Overlay, keys_page
from forecast.explorer.screen.widgets import Drawn, Prompt, all_typed
from forecast.explorer.view import Message, View
from forecast.report.characters.table_lines import Line


class MainScreen(Screen[None]):
    """Metrics, the chart, levers, and a line to type in."""

    # All have priority, so that keys act in the order in which they come, however fast.
    BINDINGS: ClassVar = [Binding(*each, priority=True) for each in BINDINGS]

    def __init__(self, explorer: Answering) -> None:
        super().__init__()
        self.explorer = explorer
        self.prompt = Prompt()
        self.on_metrics = False  # whether the list of metrics has the keys, not that of levers

    @property
    def view(self) -> View:
        """What is on the screen."""
        return self.explorer.view

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield Drawn(self._header, "header")
        with Horizontal(id="top"):
            yield self._part("metrics", self._metrics)
            yield self._part("chart", drawings.chart_lines)
        yield self._part("heading", lambda view, width, _: [lever_heading(view, width)])
        yield self._part("levers", self._levers)
        yield self._part("detail", lambda view, width, _: drawings.detail(view, width))
        yield self.prompt
        yield self._part("now", lambda view, width, _: [drawings.now_line(view, width)])
        yield Drawn(lambda width, _: [((f" {FOOTER}"[:width], "quiet"),)], "footer")

    def redraw(self, *names: str) -> None:
        """Draw parts anew, all if none is named; what is said gets as many lines as it takes."""
        said = drawings.detail(self.view, self.size.width)
        self.query_one("#detail").styles.height = len(said)
        for part in self.query(Drawn):
            if not names or part.id in names:
                part.refresh()

    def on_resize(self) -> None:
        """Give what is said the lines that it takes now."""
        self.redraw()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave keys to what is typed in while something is asked for."""
        is_own = hasattr(MainScreen, f"action_{action}")
        return not (is_own and self.prompt.what) or action in {"leave_prompt", "enter"}

    def action_leave(self) -> None:
        """End the explorer."""
        self.app.exit()

    def action_choose(self, steps: int) -> None:
        """Go up or down the list that has the keys."""
        view = self.view
        if self.on_metrics:
            at = view.metrics.index(view.metric) + steps
            self._show_metric(view.metrics[min(max(0, at), len(view.metrics) - 1)])
            return
        view.message = None
        view.choose_lever(steps)
        self.redraw("levers", "detail")

    def action_move(self, steps: int, large: bool = False) -> None:
        """Move the chosen lever, whichever list has the other keys."""
        self._change(lambda view: view.move(steps, large=large))

    def action_put_back(self) -> None:
        """Take the chosen lever's setting away."""
        self._change(View.put_back)

    def action_reset(self) -> None:
        """Go to the base."""
        self._change(View.reset)

    def action_undo(self) -> None:
        """Go back by a step."""
        is_done = self.view.steps.back()
        self.view.message = None if is_done else Message("nothing to undo")
        self.explorer.ask()

    def action_keep(self) -> None:
        """Keep the present path as a ghost, or let it go."""
        self.view.keep_ghost()
        self._say("kept as a second ghost; c lets it go" if self.view.kept else "let go")

    def action_other_list(self) -> None:
        """Give the keys to the other list."""
        self.on_metrics = not self.on_metrics
        self.redraw()

    def action_leave_prompt(self) -> None:
        """Leave what is typed; list all levers again."""
        self.prompt.close()
        self.view.message = None
        self.view.search_for("")
        self.redraw()

    async def action_enter(self) -> None:
        """Ask for a value of the chosen lever, or do what was asked with what is typed."""
        if self.prompt.what:
            self._answer(await all_typed(self.prompt.line))
        else:
            self.action_type()

    def action_type(self, begun: str = "") -> None:
        """Ask for a value of the chosen lever, of which the first sign may be there; for a whole
        setting while no lever is listed."""
        lever = self.view.lever
        self.prompt.ask("set", f"--set {lever.place}=" if lever else "--set ", begun)

    def action_suppose(self) -> None:
        """Ask for an outcome to learn."""
        self.prompt.ask("given", "--given ")

    def action_search(self) -> None:
        """Ask for what to search."""
        self.prompt.ask("search", "search levers: ")

    def action_save(self) -> None:
        """Ask for the name of a scenario."""
        self.prompt.ask("save", "save as scenario: ")

    async def action_metrics(self) -> None:
        """Choose among all metrics."""
        names = {key: each.title for key, each in self.view.facts.meanings.items()}
        await self.app.push_screen(Choice(names, "metrics"), self._show_metric)

    def action_command_line(self) -> None:
        """Show the command line that answers the same, and hand it to the terminal's clipboard."""
        text = self.view.state.command_line(self.explorer.beginning.options)
        self.app.copy_to_clipboard(text)
        self.app.push_screen(
            Overlay(lambda width: drawings.folded(text, width), "copied, if it may be")
        )

    def action_keys(self) -> None:
        """Show what each key does."""
        self.app.push_screen(Overlay(keys_page, "keys"))

    def action_why(self) -> None:
        """Show what each change and each link of the chain did to the metric."""
        shown = Overlay(lambda _: [((" working it out on all draws …", "quiet"),)], "why")
        self.app.push_screen(shown)
        state, metric = self.view.state, self.view.metric

        def explain() -> None:
            from forecast.report.blocks import View as PageView
            from forecast.report.characters.drawing import draw
            from forecast.report.pages.whatif.whatif_pages import whatif_page

            try:
                result = self.explorer.bench.result().why(state, metric)
            except ForecastError as error:
                text = drawings.words_of(error)
                self.call_later(shown.show, lambda width: drawings.folded(text, width))
                return

            self.call_later(
                shown.show, lambda width: draw(whatif_page(result, PageView(width=width)), width)
            )

        self.explorer.beside(explain)

    def on_drawn_clicked(self, event: Drawn.Clicked) -> None:
        """Choose what was clicked on, or move a lever to where its track was; the wheel goes down
        the list."""
        view, part = self.view, event.drawn
        if part.id not in {"levers", "metrics"}:
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
            share = along_track(event.column, part.size.width)
            if share is not None:
                self._change(lambda view: view.move_along(share))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list while something is searched."""
        if self.prompt.what == "search" and event.input.id == "typed":
            self.view.search_for(event.value)
            self.redraw("heading", "levers", "detail")

    def _answer(self, text: str) -> None:
        """Do what was asked with what was typed; what is wrong with it is said, and it stays."""
        what = self.prompt.what
        try:
            if what == "set" and text:
                self.view.set(text)
            elif what == "given" and text:
                self.view.suppose(text)
            elif what == "search":
                self.view.search_for(text)
            elif what == "save" and text:
                self._say(f"saved: {self.explorer.beginning.save(text, self.view.state)}")
        except InputError as error:
            self._say(drawings.words_of(error), "error")
            return
        self.prompt.close()
        if what in {"set", "given"}:
            self.view.message = None
        self.explorer.ask()

    def _change(self, change: Callable[[View], None]) -> None:
        self.view.message = None
        try:
            change(self.view)
        except InputError as error:
            self.view.message = Message(drawings.words_of(error), "error")
        self.explorer.ask()

    def _show_metric(self, metric: str | None) -> None:
        if metric and metric != self.view.metric:
            self.view.choose_metric(metric)
            self.explorer.ask()
            self.explorer.rank()
            self.redraw()

    def _say(self, text: str, style: str = "quiet") -> None:
        self.view.message = Message(text, style)
        self.redraw()

    def _header(self, width: int, _: int) -> Iterable[Line]:
        if self.view.reading is None and not self.explorer.bench.done():
            return [drawings.opening(width, round(monotonic() - self.explorer.begun))]
        return [drawings.header(self.view, width)]

    def _metrics(self, view: View, width: int, height: int) -> Iterable[Line]:
        return drawings.metric_lines(view, width, height, has_focus=self.on_metrics)

    def _levers(self, view: View, width: int, height: int) -> Iterable[Line]:
        return lever_lines(view, width, height, has_focus=not self.on_metrics)

    def _part(self, name: str, lines: Callable[[View, int, int], Iterable[Line]]) -> Drawn:
        """Return a part of the screen that draws the view."""
        return Drawn(lambda width, height: lines(self.view, width, height), name)
