"""What a person has changed, as text for the parser of the command line; and the way back."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from forecast.inputs.schema import Inputs, Setting
from forecast.inputs.settings import known_keys
from forecast.periods import quarter
from forecast.world.case import Case, read_settings, with_changes


@dataclass(frozen=True)
class State:
    """Scenarios by name, then settings as `--set` takes them, in the order in which they apply, and
    outcomes as `--given` takes them; no two settings, or outcomes, stand at one place."""

    scenario: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    given: tuple[str, ...] = ()

    @property
    def changes(self) -> int:
        """How many things are changed: a scenario is one."""
        return len(self.scenario) + len(self.settings) + len(self.given)

    def of(self, base: Case) -> Case:
        """Return a case with what is changed. Raises InputError with every problem."""
        return with_changes(base, self.scenario, self.settings, self.given)

    def with_setting(self, text: str, inputs: Inputs) -> State:
        """Return the state with a setting, its key in full, in place of what stood at its key and
        date. Raises InputError for one that cannot be understood."""
        said = read_setting(text, inputs).text
        return replace(self, settings=(*self.without(said, inputs).settings, said))

    def without(self, place: str, inputs: Inputs) -> State:
        """Return the state without the setting at `KEY` or `KEY@PERIOD`."""
        kept = tuple(each for each in self.settings if not _same_place(each, place, inputs))
        return replace(self, settings=kept)

    def text_at(self, place: str, inputs: Inputs) -> str | None:
        """Return the setting at `KEY` or `KEY@PERIOD`, None if there is none."""
        return next((each for each in self.settings if _same_place(each, place, inputs)), None)

    def supposing(self, outcome: str) -> State:
        """Return the state with an outcome in place of what was supposed of its metric then."""
        place = outcome.partition("=")[0].strip()
        kept = (each for each in self.given if each.partition("=")[0].strip() != place)
        return replace(self, given=(*kept, outcome))

    def command_line(self, options: Sequence[str] = ()) -> str:
        """Return the command that answers the same; `options` come last."""
        words = ["forecast", "whatif"]
        for name in self.scenario:
            words += ["--scenario", name]
        for text in self.settings:
            words += ["--set", text]
        for text in self.given:
            words += ["--given", text]
        return shlex.join([*words, *options])


def read_setting(text: str, inputs: Inputs) -> Setting:
    """Return what a text says. Raises InputError if `--set` cannot understand it."""
    (setting,) = read_settings([text], inputs)
    return setting


def _same_place(one: str, other: str, inputs: Inputs) -> bool:
    """Return whether two settings, of which only key and date count, stand at one place; a year may
    mean its last quarter."""
    (key, _, period), (its, _, date) = (
        each.partition("=")[0].strip().partition("@") for each in (one, other)
    )
    if key != its or period == date or not (period and date):
        return (key, period) == (its, date)
    known = known_keys(inputs.assumptions, inputs.drivers)
    return known[key].year_end and quarter(period) == quarter(date)


class Steps:
    """States in the order in which they were, to go back through; moving one lever is one step,
    however many keys it took."""

    def __init__(self, state: State) -> None:
        self._states, self._last = [state], ""

    @property
    def state(self) -> State:
        """The present state."""
        return self._states[-1]

    def take(self, state: State, about: str) -> None:
        """Go to a state; `about` names what moves, so that the next step may continue this one."""
        if state == self.state:
            return
        if about and about == self._last:
            self._states[-1] = state
        else:
            self._states.append(state)
        self._last = about

    def end(self) -> None:
        """Have the next step be one of its own."""
        self._last = ""

    def back(self) -> bool:
        """Go back by one step; return whether there was one."""
        self.end()
        if len(self._states) > 1:
            self._states.pop()
            return True
        return False
