"""What the explorer is started with, and what answers its screens."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from forecast.explorer.facts import Facts
from forecast.explorer.state import State

if TYPE_CHECKING:
    from forecast.explorer.bench import Bench
    from forecast.explorer.view import View

Save = Callable[[str, State], Path]


@dataclass(frozen=True)
class Beginning:
    """What the explorer is started with: facts of the base case and how to open its bench, the
    state and the metric to begin with, options of the equivalent command line, and how to save a
    scenario."""

    facts: Facts
    open_bench: Callable[[], Bench]
    state: State
    metric: str
    options: tuple[str, ...]
    save: Save


class Answering(Protocol):
    """What a screen stands on: the view that it draws, when it began, and who answers."""

    beginning: Beginning
    begun: float  # seconds of a monotonic clock
    view: View
    bench: Future[Bench]

    def ask(self) -> None:
        """Want a reading of the state in force, and draw what is known already."""

    def rank(self) -> None:
        """Find what moves the chosen metric."""

    def beside(self, work: Callable[[], None]) -> None:
        """Do something beside the screen."""
