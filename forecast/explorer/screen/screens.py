"""What comes up over the explorer: pages to read, and the list of metrics to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from forecast.explorer.screen.keys import KEYS, NOTES
from forecast.explorer.screen.widgets import Drawn, Page, all_typed
from forecast.explorer.view import first_shown
from forecast.report.characters.table_lines import Line


class Overlay(ModalScreen[None]):
    """A page over the screen; any of a few keys closes it."""

    BINDINGS: ClassVar = [
        ("escape,q,enter,question_mark,e,x", "dismiss", "close"),
        ("down,j", "scroll(1)", ""),
        ("up,k", "scroll(-1)", ""),
        ("pagedown,space", "scroll(10)", ""),
        ("pageup", "scroll(-10)", ""),
    ]

    def __init__(self, draw: Callable[[int], Iterable[Line]], title: str) -> None:
        super().__init__()
        self._page, self._title = Page(draw), title

    def compose(self) -> ComposeResult:
        """Lay out a frame with the page in it."""
        frame = Vertical(self._page, id="frame")
        frame.border_title, frame.border_subtitle = self._title, "esc closes"
        yield frame

    def show(self, draw: Callable[[int], Iterable[Line]]) -> None:
        """Show other lines, unless the page was closed in the meantime."""
        self._page.show(draw)

    def action_scroll(self, rows: int) -> None:
        """Go down by rows."""
        self._page.scroll_relative(y=rows, animate=False)


class Choice(ModalScreen[str | None]):
    """A list of names to choose from, narrowed by what is typed; answers the id, or None."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar = [
        ("escape", "dismiss(None)", "close"),
        Binding("enter", "answer", "", priority=True),
        ("down", "go(1)", ""),
        ("up", "go(-1)", ""),
    ]

    def __init__(self, names: Mapping[str, str], title: str) -> None:
        super().__init__()
        self._names, self._title = names, title
        self._listed, self._at, self._typed = list(names), 0, ""

    def compose(self) -> ComposeResult:
        """Lay out a line to type in over the list."""
        typed = Input(placeholder="type to search", compact=True)
        frame = Vertical(typed, Drawn(self._lines, "choices"), id="frame")
        frame.border_title, frame.border_subtitle = self._title, "⏎ chooses · esc closes"
        yield frame

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._narrow(event.value.strip())

    def _narrow(self, typed: str) -> None:
        """List what all words typed are found in, first what is called just so."""
        if typed == self._typed:
            return
        self._typed, words = typed, typed.lower().split()
        self._listed = [
            key
            for key, name in self._names.items()
            if all(word in f"{key} {name}".lower() for word in words)
        ]
        self._listed.sort(key=lambda key: typed.lower() not in {key, self._names[key].lower()})
        self._mark(0)

    async def action_answer(self) -> None:
        """Answer what is marked."""
        self._narrow(await all_typed(self.query_one(Input)))
        self.dismiss(self._listed[self._at] if self._listed else None)

    def on_drawn_clicked(self, event: Drawn.Clicked) -> None:
        """Answer what was clicked on; the wheel goes down the list."""
        event.stop()
        if event.wheel:
            self._mark(self._at + event.wheel)
            return
        at = first_shown(self._at, len(self._listed), event.drawn.size.height) + event.row
        if at < len(self._listed):
            self.dismiss(self._listed[at])

    def action_go(self, rows: int) -> None:
        """Mark another."""
        self._mark(self._at + rows)

    def _mark(self, at: int) -> None:
        self._at = max(0, min(at, len(self._listed) - 1))
        self.query_one("#choices").refresh()

    def _lines(self, width: int, height: int) -> Iterable[Line]:
        if not self._listed:
            yield ((f" nothing has “{self._typed}” in its name", "quiet"),)
        first = first_shown(self._at, len(self._listed), height)
        for at, key in enumerate(self._listed[first : first + height], start=first):
            sign, style = ("▸", "chosen") if at == self._at else (" ", "plain")
            yield ((f"{sign} {self._names[key]:<{max(0, width - 2)}}", style),)


def keys_page(_: int) -> Iterable[Line]:
    """Yield what each key does."""
    for keys, text in KEYS:
        yield (f" {keys:<12}", "key"), (text, "plain")
    yield ()
    for note in NOTES:
        yield ((f" {note}", "quiet"),)
