"""What is on the screen, without a screen: the state, its steps, what is chosen and known."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.analysis.whatif.rows import Compared
from forecast.explorer.facts import Facts
from forecast.explorer.levers import LARGE, Lever
from forecast.explorer.reading import Reading
from forecast.explorer.state import State, Steps, read_setting
from forecast.inputs.schema import Setting
from forecast.report.characters.terminal_fan import FanPath


@dataclass(frozen=True)
class Message:
    """A line said to the person, in a style of `terminal.STYLES`."""

    text: str
    style: str = "quiet"


class View:
    """What a person looks at: facts with the state in force, the metric and the lever chosen, the
    latest reading, the state that `failed` to be read last, and a ghost that was kept.

    Levers are listed as soon as they are measured, in order of what they explain of the metric,
    those that match `search` alone where something is searched for. Raises InputError, and changes
    nothing, for what cannot be set.
    """

    def __init__(self, facts: Facts, state: State, metric: str, reading: Reading | None) -> None:
        self.facts, self.metric = facts, metric
        self.steps = Steps(state)
        self.metrics = list(dict.fromkeys([*facts.headlines, metric]))
        self.ranked = facts.ranked.get(metric, [])
        self.search = ""
        self.lever_at = 0
        self.reading = reading
        self.failed: State | None = None
        self.kept: tuple[str, FanPath] | None = None
        self.message: Message | None = None
        self._settings: dict[str, Setting] = {}

    @property
    def state(self) -> State:
        """The state in force."""
        return self.steps.state

    @property
    def is_current(self) -> bool:
        """Whether the reading is of the state in force."""
        return self.reading is not None and self.reading.state == self.state

    def is_full_of(self, state: State) -> bool:
        """Return whether the reading is of a state and the chosen metric on all draws."""
        now = self.reading
        return now is not None and now.is_full and (now.state, now.metric) == (state, self.metric)

    @property
    def keys(self) -> list[str]:
        """The assumptions and drivers listed, in order."""
        words = self.search.lower().split()
        known = [key for key in self.ranked if key in self.facts.levers]
        return [key for key in known if all(word in self._searched(key) for word in words)]

    @property
    def lever(self) -> Lever | None:
        """The lever chosen, None while none is listed."""
        keys = self.keys
        if not keys:
            return None
        return self.facts.levers[keys[min(self.lever_at, len(keys) - 1)]]

    def first_shown(self, rows: int) -> int:
        """Return the place of the first of so many levers around the chosen one."""
        return first_shown(self.lever_at, len(self.keys), rows)

    def shown(self, rows: int) -> list[Lever]:
        """Return so many levers around the chosen one."""
        first = self.first_shown(rows)
        return [self.facts.levers[key] for key in self.keys[first : first + rows]]

    def first_metric_shown(self, rows: int) -> int:
        """Return the place of the first of so many metrics around the chosen one."""
        return first_shown(self.metrics.index(self.metric), len(self.metrics), rows)

    def choose_lever(self, steps: int) -> None:
        """Go down the list by so many levers, to its end at most."""
        self.lever_at = min(max(0, self.lever_at + steps), max(0, len(self.keys) - 1))

    def search_for(self, text: str) -> None:
        """List only what all words of a text are found in."""
        self.search, self.lever_at = text, 0

    def choose_metric(self, metric: str) -> None:
        """Show a metric, and list it from now on."""
        if metric not in self.metrics:
            self.metrics.append(metric)
        self.metric = metric

    def rank(self, metric: str, keys: list[str]) -> None:
        """List levers in another order, from the first."""
        if metric == self.metric and keys != self.ranked:
            self.ranked, self.lever_at = keys, 0

    def setting(self, lever: Lever) -> Setting | None:
        """Return the setting in force where a lever stands, None if there is none; a text is read
        once, however often it is drawn."""
        inputs = self.facts.inputs
        text = self.state.text_at(lever.place, inputs)
        if text is None:
            return None
        if text not in self._settings:
            self._settings[text] = read_setting(text, inputs)
        return self._settings[text]

    def stands_at(self, lever: Lever) -> float:
        """Return where a lever stands: as the reading has it, or where its setting will put it."""
        setting = self.setting(lever)
        if self.reading is None or (setting and not self.is_current):
            return lever.moved_to(setting)
        median = self.reading.median(lever.key)
        return lever.base if median is None else median

    def move(self, steps: int, *, large: bool = False) -> None:
        """Move the chosen lever by small or large steps."""
        lever = self.lever
        if lever is None:
            return
        setting = self.setting(lever)
        now = lever.moved_to(setting) if setting else self.stands_at(lever)
        self._put(lever, lever.stepped(now, steps * (LARGE if large else 1)))

    def move_along(self, share: float) -> None:
        """Move the chosen lever to the step nearest to a share of its track."""
        lever = self.lever
        if lever is not None:
            self._put(lever, lever.stepped(lever.value_along(share), 0))

    def _put(self, lever: Lever, text: str | None) -> None:
        """Change a lever's setting, or take it away."""
        inputs = self.facts.inputs
        state = self.state.without(lever.place, inputs)
        if text is not None:
            state = state.with_setting(text, inputs)
        self.steps.take(state, lever.place)

    def set(self, text: str) -> None:
        """Change what a text says: `KEY@PERIOD=VALUE`, or a VALUE for the chosen lever, a negative
        one after a sign of equality."""
        if self.lever is not None and text.startswith("="):
            text = f"{self.lever.place}=={text.lstrip('=')}"
        elif self.lever is not None and "=" not in text:
            text = f"{self.lever.place}={text}"
        state = self.state.with_setting(text, self.facts.inputs)
        state.of(self.facts.case)
        self.steps.take(state, "")

    def suppose(self, outcome: str) -> None:
        """Learn an outcome, `METRIC@PERIOD=VALUE`."""
        state = self.state.supposing(outcome)
        state.of(self.facts.case)
        self.steps.take(state, "")

    def put_back(self) -> None:
        """Take away the setting of the chosen lever."""
        if self.lever is not None:
            self.steps.take(self.state.without(self.lever.place, self.facts.inputs), "")

    def reset(self) -> None:
        """Go to the base."""
        self.steps.take(State(), "")

    def keep_ghost(self) -> None:
        """Keep the present path as a second ghost, to whose state a step leads back; or let it
        go."""
        self.steps.end()
        if self.kept and self.kept[0] == self.metric:
            self.kept = None
        elif self.reading is not None and self.reading.metric == self.metric:
            self.kept = self.metric, self.reading.path

    def compared(self, metric: str) -> Compared | None:
        """Return a metric beside the base, None while that is not known."""
        return self.reading.compared.get(metric) if self.reading else None

    def _searched(self, key: str) -> str:
        inputs = self.facts.inputs
        known = inputs.drivers.get(key) or inputs.assumptions[key]
        return f"{key} {known.title}".lower()


def first_shown(chosen: int, count: int, rows: int) -> int:
    """Return the place of the first of `rows` lines that keep the chosen one in the middle."""
    return max(0, min(min(chosen, count - 1) - rows // 2, count - rows))
