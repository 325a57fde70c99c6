"""A world of any number of draws, part by part: no more than a few parts are held at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from forecast.ensemble.one_thread import one_thread_each
from forecast.processors.copies import in_copies
from forecast.processors.memory import give_back_freed_memory
from forecast.result import RunOptions
from forecast.world.case import Case
from forecast.world.draws.division import parts, together
from forecast.world.draws.draws import rounded
from forecast.world.draws.members import Members
from forecast.world.draws.spill import Spill, check_room
from forecast.world.ensemble import build_members, open_world
from forecast.world.values import Key, Keys, Taken
from forecast.world.world import World

Progress = Callable[[int, int], None]  # told how many draws of how many are done


def silent(done: int, of: int) -> None:
    """Say nothing of how many draws are done."""


@dataclass(frozen=True)
class Parts:
    """Draws of a case: `first` is the world of the members, and `members` what makes the parts
    after it; where no part is left, `first` has all draws, and `members` is None."""

    case: Case
    draws: int
    first: World
    members: Members | None

    def take(self, keys: Keys, progress: Progress = silent) -> Taken:
        """Return draws by key, as `World.take` does; those of several parts are on the disk, from
        where one key is read at a time.

        A setting bends the paths of each part to meet its own median, so that that of all draws is
        met. Raises InputError if the disk has no room.
        """
        if self.members is None:
            return self.first.take(keys)
        found: Spill[Key] = Spill(keys)
        for part in self._taken(keys, self.members):
            if not found.draws:
                numbers = sum(values.size for values in part.values()) / self.first.draws
                check_room(numbers * self.draws, self.draws)
            found.append(part)
            progress(found.draws, self.draws)
        return found

    def _taken(self, keys: Keys, members: Members) -> Iterator[Taken]:
        """Yield what the members and each part say of keys, in order."""
        yield self.first.take(keys)
        give_back_freed_memory()
        with one_thread_each():
            numbered = list(enumerate(parts(self.draws)))
            yield from in_copies(partial(self._of_part, keys, members), numbered)

    def _of_part(self, keys: Keys, members: Members, part: tuple[int, slice]) -> Taken:
        number, place = part
        drawn = rounded(members.part(number)).of_draws(slice(0, place.stop - place.start))
        ensemble = drawn.trimmed(self.first.timeline.size)
        world = World(self.case.inputs, ensemble, self.first.timeline)
        return world.with_settings(self.case.settings).take(keys)


def open_parts(case: Case, options: RunOptions, *, prior: bool = False) -> Parts:
    """Return the draws of a case with its settings in force and its outcomes learnt, by parts where
    there are more than the members; an outcome is learnt by all draws together, in memory.

    Raises InputError as `open_world` does.
    """
    if case.given or options.draws == together(options.draws):
        return Parts(case, options.draws, open_world(case, options, prior=prior), None)
    timeline = case.timeline(options.through)
    members = build_members(case, timeline, options, prior=prior)
    first = World(case.inputs, members.ensemble.trimmed(timeline.size), timeline)
    return Parts(case, options.draws, first.with_settings(case.settings), members)
