"""What draws styled lines on a Textual screen, in the terminal's own colours."""

from __future__ import annotations

from asyncio import Event
from collections.abc import Callable, Iterable

from rich.segment import Segment
from rich.style import Style as SegmentStyle
from rich.text import Text
from textual import events
from textual.containers import Horizontal, VerticalScroll
from textual.css.styles import RulesMap
from textual.message import Message
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from forecast.report.characters.table_lines import Line
from forecast.report.characters.terminal import STYLES
from forecast.report.formats.escapes import in_a_line

Draw = Callable[[int, int], Iterable[Line]]
OF_THE_SCREEN = {"chosen": "reverse", "key": "bold"}
SEGMENT_STYLES = {
    name: SegmentStyle.parse(style) for name, style in (STYLES | OF_THE_SCREEN).items()
}


def as_text(lines: Iterable[Line]) -> Text:
    """Return styled lines as one text; what they say is never read as markup."""
    styles = STYLES | OF_THE_SCREEN
    text = Text(no_wrap=True, end="")
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
        for part, style in line:
            text.append(part, styles[style])
    return text


class Drawing(Visual):
    """Styled lines, drawn for the room there is, handed to the screen as they are: a text that
    Textual wraps, aligns and styles by itself takes it several times as long."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        """Return a strip of the width for each line."""
        around = style.rich_style
        styles = {name: around + its for name, its in SEGMENT_STYLES.items()}
        return [
            Strip(Segment(in_a_line(text), styles[name]) for text, name in line).adjust_cell_length(
                width, around
            )
            for line in self._draw(width, height or 0)
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        """Return all of the width there is."""
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        """Return a line: the sheet of styles says how many there are."""
        return 1


class Drawn(Widget):
    """A part of the screen that a function draws, given its columns and rows."""

    class Clicked(Message):
        """Somebody clicked on a row, or turned the wheel over it (`wheel` rows down)."""

        def __init__(self, drawn: Drawn, row: int, column: int, wheel: int = 0) -> None:
            super().__init__()
            self.drawn, self.row, self.column, self.wheel = drawn, row, column, wheel

        @property
        def control(self) -> Drawn:
            """The part of the screen."""
            return self.drawn

    def __init__(self, draw: Draw, name: str) -> None:
        super().__init__(id=name)
        self._draw = draw
        self.auto_links = False  # there are none, and Textual would look through every line

    def render(self) -> Drawing:
        """Draw it for the room that it has."""
        return Drawing(self._draw)

    def on_click(self, event: events.Click) -> None:
        """Say where."""
        self.post_message(self.Clicked(self, event.y, event.x))

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Say where."""
        self.post_message(self.Clicked(self, event.y, event.x, wheel=1))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Say where."""
        self.post_message(self.Clicked(self, event.y, event.x, wheel=-1))


async def all_typed(line: Input) -> str:
    """Return what is typed in a line, without blanks around it, once all keys before have arrived
    there; those after wait for that."""
    arrived = Event()
    line.call_later(arrived.set)
    await arrived.wait()
    return line.value.strip()


class Prompt(Horizontal):
    """A line to type in, which is there while something is asked for; `what` says what."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.what = ""

    def compose(self) -> Iterable[Widget]:
        """Lay out what is asked before what is typed."""
        yield Label("", id="asked")
        yield Input(id="typed", compact=True, select_on_focus=False)

    def on_mount(self) -> None:
        """Ask for nothing."""
        self.close()

    @property
    def line(self) -> Input:
        """Where it is typed."""
        return self.query_one("#typed", Input)

    def ask(self, what: str, label: str, begun: str = "") -> None:
        """Ask for something, of which the first sign may be there."""
        self.what, self.display = what, True
        self.query_one("#asked", Label).update(label)
        self.line.value, self.line.cursor_position = begun, len(begun)
        self.screen.set_focus(self.line)

    def close(self) -> None:
        """Ask for nothing any more."""
        self.what, self.display = "", False
        self.screen.set_focus(None)


class Page(VerticalScroll):
    """Lines that may be longer than the screen, drawn for the width there is."""

    def __init__(self, draw: Callable[[int], Iterable[Line]]) -> None:
        super().__init__()
        self._draw = draw

    def compose(self) -> Iterable[Widget]:
        """Hold one text."""
        yield Static("", id="page")

    def show(self, draw: Callable[[int], Iterable[Line]]) -> None:
        """Show other lines, at once or when there is room."""
        self._draw = draw
        if self.is_mounted and self.is_attached:
            self._fill()

    def on_resize(self) -> None:
        """Draw anew for the width there is."""
        self._fill()

    def _fill(self) -> None:
        width = max(20, self.scrollable_content_region.width - 1)
        self.query_one("#page", Static).update(as_text(self._draw(width)))
