"""What comes up over the explorer: pages to read, and the list of metrics to choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from forecast.explorer.widgets import Page
from forecast.report.formats.table_lines import Line

KEYS = (
    ("↑ ↓", "choose a lever, or a metric; tab goes to the other list"),
    ("← →", "move the lever by a step, with shift by five"),
    ("⏎ or digits", "type a value as for --set: 25%, x2, +5pp, $1.2T"),
    ("⌫", "put the chosen lever back"),
    ("/", "search all assumptions and drivers; esc lists all"),
    ("m", "choose among all metrics"),
    ("e", "why: what each change and each link of the chain did"),
    ("c", "keep the present path as a second ghost, or let it go"),
    ("s", "save the changes as a scenario of the workspace"),
    ("x", "copy the command line that answers the same"),
    ("u", "undo the last step"),
    ("r", "reset: back to the base"),
    ("q", "leave"),
)
NOTES = (
    "While a lever moves, the first draws answer; at rest all",
    "do, and say what forecast whatif says. The mouse chooses,",
    "and moves a lever to where its track is clicked on.",
)


class Reading(ModalScreen[None]):
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
        self._draw, self._title = draw, title

    def compose(self) -> ComposeResult:
        """Lay out a frame with the page in it."""
        frame = Vertical(Page(self._draw), id="frame")
        frame.border_title, frame.border_subtitle = self._title, "esc closes"
        yield frame

    def show(self, draw: Callable[[int], Iterable[Line]]) -> None:
        """Show other lines."""
        self.query_one(Page).show(draw)

    def action_scroll(self, rows: int) -> None:
        """Go down by rows."""
        self.query_one(Page).scroll_relative(y=rows, animate=False)


class Choice(ModalScreen[str | None]):
    """A list of names to choose from, narrowed by what is typed; answers the id, or None."""

    AUTO_FOCUS = "Input"
    BINDINGS: ClassVar = [
        ("escape", "dismiss(None)", "close"),
        ("down", "go(1)", ""),
        ("up", "go(-1)", ""),
    ]

    def __init__(self, names: Mapping[str, str], title: str) -> None:
        super().__init__()
        self._names, self._title = names, title

    def compose(self) -> ComposeResult:
        """Lay out a line to type in over the list."""
        frame = Vertical(
            Input(placeholder="type to search", compact=True), OptionList(), id="frame"
        )
        frame.border_title, frame.border_subtitle = self._title, "⏎ chooses · esc closes"
        yield frame

    def on_mount(self) -> None:
        """List all."""
        self.query_one(OptionList).can_focus = False
        self._list("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what all words are found in."""
        self._list(event.value)

    def on_input_submitted(self) -> None:
        """Answer what is marked."""
        marked = self.query_one(OptionList).highlighted_option
        self.dismiss(marked.id if marked else None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer what was clicked on."""
        self.dismiss(event.option.id)

    def action_go(self, rows: int) -> None:
        """Mark the next or the one before."""
        listed = self.query_one(OptionList)
        if rows > 0:
            listed.action_cursor_down()
        else:
            listed.action_cursor_up()

    def _list(self, text: str) -> None:
        words, listed = text.lower().split(), self.query_one(OptionList)
        listed.clear_options()
        listed.add_options(
            Option(name, key)
            for key, name in self._names.items()
            if all(word in f"{key} {name}".lower() for word in words)
        )
        listed.highlighted = 0 if listed.option_count else None


def keys_page(_: int) -> Iterable[Line]:
    """Yield what each key does."""
    for keys, text in KEYS:
        yield (f" {keys:<12}", "key"), (text, "plain")
    yield ()
    for note in NOTES:
        yield ((f" {note}", "quiet"),)
