"""A world: a case on its ensemble, and the only way to evaluate the model.

    world = open_world(case, options)            # in `ensemble`: fitted, drawn, conditioned, set
    world.at("inference_share", "2028")          # (draws,)
    world.values(["rent", "chip_spend"])         # (draws, quarters) by name
    world.after(moves, keys)                     # metrics at periods as they stand and after moves
    world.blocks(names)                          # block after block of draws, for any reader

Draws are evaluated in blocks that fit the processor's cache, on a few threads. Every draw is
computed by itself, so neither blocks nor threads change a bit. What equations are given is stored
quarter by quarter, so that NumPy, which keeps the order of what it is given, walks along draws and
not along the few quarters wherever a number of a draw meets a path.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from forecast.beliefs import Array, out_of_scale
from forecast.ensemble.prior import realise_all
from forecast.errors import ForecastError
from forecast.inputs.as_of import replaced_warnings
from forecast.inputs.schema import Inputs, Setting
from forecast.model.equations import model_graph
from forecast.model.reference import Reference
from forecast.model.sheet import Sheet
from forecast.money.joint import as_planned, carried, own_name, planned
from forecast.periods import FIRST_QUARTER
from forecast.processors.threads import THREADS, in_threads
from forecast.world.draws.draws import Chosen, Ensemble
from forecast.world.history.outcomes import OutcomeRow
from forecast.world.settings import Known, apply_settings, draws_of
from forecast.world.timeline import Timeline
from forecast.world.values import Keys, Taken, Values, driver_kinds, name_in, with_parts

BLOCK = 2048
REFERENCE_DRAWS = 8192  # of which references are learnt, whatever the number of draws
MARKET, REVENUE = "market_path", "reference_log_revenue"
Key = TypeVar("Key")
Move = Mapping[str, Array]  # other values of assumptions, drivers or shocks


class Cancelled(ForecastError):
    """Nobody waits for the answer any more."""


def _never() -> bool:
    return False


@dataclass(frozen=True)
class World:
    """Inputs on their ensemble, with what settings change: `changed` holds the draws of changed
    assumptions and drivers, (draws, quarters) in their unit. `outcomes` are those that were learnt,
    and `settled` the settings in force before that, whose draws stay as they were. `is_cancelled`
    is asked before each block of draws."""

    inputs: Inputs
    ensemble: Ensemble
    timeline: Timeline
    settings: tuple[Setting, ...] = ()
    changed: Mapping[str, Array] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    outcomes: tuple[OutcomeRow, ...] = ()
    settled: tuple[Setting, ...] = ()
    is_cancelled: Callable[[], bool] = _never

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return self.ensemble.draws

    def with_settings(self, settings: Iterable[Setting], known: Known | None = None) -> World:
        """Return the world with these settings, and no others, in force; `known` as for
        `apply_settings`. Raises InputError for one that cannot be applied."""
        settings = tuple(settings)
        about = self.inputs, self.ensemble, self.timeline
        changed, texts = apply_settings(*about, settings, known)
        changed |= {key: self.changed[key] for key in self._untouched(settings)}
        changed = dict(carried(self.inputs, replace(self, changed={}).belief, changed))
        said = (*self.inputs.warnings, *replaced_warnings(self.inputs))
        warnings = (*said, *self.ensemble.learnt.warnings, *texts)
        return replace(self, settings=settings, changed=changed, warnings=warnings)

    def with_ensemble(self, ensemble: Ensemble) -> World:
        """Return the world on another ensemble, with the same settings in force."""
        other = replace(self, ensemble=ensemble, outcomes=(), settled=())
        return other.with_settings(self.settings)

    def of_draws(self, chosen: Chosen) -> World:
        """Return the world of the draws at the positions `chosen`, in their order."""
        changed = {name: values[chosen] for name, values in self.changed.items()}
        return replace(self, ensemble=self.ensemble.of_draws(chosen), changed=changed)

    def shortened(self, size: int) -> World:
        """Return the world on the first `size` quarters."""
        changed = {name: values[:, :size] for name, values in self.changed.items()}
        return replace(self, timeline=replace(self.timeline, size=size), changed=changed)

    def moved(self, move: Move) -> World:
        """Return the world after a move."""
        return replace(self, changed={**self.changed, **carried(self.inputs, self.belief, move)})

    def belief(self, name: str) -> Array:
        """Return the draws of an assumption or driver, (draws, quarters), in its unit."""
        if name in self.changed:
            return self.changed[name]
        return draws_of(self.inputs, self.ensemble, self.timeline, name)

    def given(self, names: Collection[str] | None = None) -> dict[str, Any]:
        """Return what the equations are given, (draws, quarters) or (draws, 1) each: all of it, or
        what of it is named, by the names that they take."""
        return self._given(slice(0, self.draws), names)

    def held(self, names: Collection[str] | None = None) -> dict[str, Any]:
        """Return what `given` does, drivers of the money group by their own names."""
        return self._held(slice(0, self.draws), names)

    def values(self, names: Iterable[str]) -> Values:
        """Return quantities, drivers or assumptions by name, with the parts that a year of them is
        made of."""
        (found,) = self._whole(names, ())
        return found

    def values_beside(self, names: Iterable[str], move: Move) -> tuple[Values, Values]:
        """Return what `values` does as things stand and after a move; what the move leaves alone is
        the same array in both."""
        before, after = self._whole(names, (move,))
        return before, after

    def at(self, metric: str, period: str) -> Array:
        """Return a metric at a period, (draws,), in its unit."""
        return self.values([metric]).at(metric, period)

    def take(self, keys: Keys) -> Taken:
        """Return draws by key, as `Values.take` does."""
        return self.after((), keys)[0]

    def after(self, moves: Sequence[Move], keys: Keys) -> list[Taken]:
        """Return draws by key as things stand, and after each move alone.

        A move with a single row is the same in every draw. Only equations downstream of a move run
        again, on what all moves share; to the bit that is `moved(move).take(keys)`.
        """
        names = [name_in(key) for key in keys]
        kinds = driver_kinds(self.inputs)

        def read(values: Mapping[str, Any]) -> Taken:
            return Values(values, kinds).take(keys)

        parts = list(self.blocks(names, read, moves))
        return [
            {key: np.concatenate([part[place][key] for part in parts]) for key in keys}
            for place in range(1 + len(moves))
        ]

    def blocks(
        self,
        names: Iterable[str],
        read: Callable[[Mapping[str, Any]], Mapping[Key, Any]],
        moves: Sequence[Move] = (),
    ) -> Iterator[list[Mapping[Key, Any]]]:
        """Yield for each block of draws, in order, what a reader takes from the values of names as
        things stand and after each move. No more than a few blocks are held at once.

        Raises Cancelled once `is_cancelled` says so.
        """
        wanted = sorted(with_parts(names))
        asked = {name: self.in_graph(name) for name in wanted}
        cells = list(asked.values())
        needed = model_graph().arguments_of(cells)
        moves = [as_planned(self.inputs, carried(self.inputs, self.belief, move)) for move in moves]

        def values(sheet: Sheet) -> dict[str, Any]:
            found = sheet.values(cells)
            return {name: found[cell] for name, cell in asked.items()}

        def run(block: slice) -> list[Mapping[Key, Any]]:
            if self.is_cancelled():
                raise Cancelled("cancelled")
            sheet = Sheet(self._given(block, needed))
            if not moves:
                return [read(values(sheet))]
            base = sheet.filled(cells)
            size = block.stop - block.start
            after = ({name: _rows(x, block, size) for name, x in move.items()} for move in moves)
            return [
                read(values(base)),
                *(read(values(base.after(move))) for move in after),
            ]

        starts = range(0, self.draws, BLOCK)
        blocks = [slice(start, min(start + BLOCK, self.draws)) for start in starts]
        # Many moves are many short steps, at which threads only wait for each other, and a thread
        # for a single block costs more than it gives.
        threads = 1 if len(blocks) == 1 or len(moves) > 1 else THREADS
        yield from in_threads(run, blocks, threads)

    def values_as_base(self, names: Iterable[str]) -> Values:
        """Return what `values` does, held against references of these draws."""
        base = replace(self, changed={})
        return replace(self, ensemble=base.with_references().ensemble).values(names)

    def with_references(self) -> World:
        """Return the world of the base case with the references that what-ifs are held against."""
        references = base_references(self)
        return replace(self, ensemble=replace(self.ensemble, references=references))

    def _untouched(self, settings: Sequence[Setting]) -> set[str]:
        """Return the keys that settings set as those did that were in force as outcomes were
        learnt."""
        return {
            key
            for key in self.changed.keys() & {each.key for each in self.settled}
            if [each for each in settings if each.key == key]
            == [each for each in self.settled if each.key == key]
        }

    def _whole(self, names: Iterable[str], moves: Sequence[Move]) -> list[Values]:
        """Return all draws of names as things stand and after each move."""
        wanted = sorted(with_parts(names))
        parts = list(self.blocks(wanted, dict, moves))
        first = {name: _joined([part[0][name] for part in parts]) for name in wanted}
        found = [first]
        for place in range(1, 1 + len(moves)):
            found.append({})
            for name in wanted:
                after = [part[place][name] for part in parts]
                is_same = all(x is part[0][name] for x, part in zip(after, parts, strict=True))
                found[place][name] = first[name] if is_same else _joined(after)
        return [Values(each, driver_kinds(self.inputs)) for each in found]

    def in_graph(self, name: str) -> str:
        """Return what a quantity, driver or assumption is called among the equations: the plan of a
        driver of the money group unless an equation has its name."""
        return name if name in model_graph().nodes else planned(self.inputs, name)

    def _given(self, block: slice, names: Collection[str] | None) -> dict[str, Any]:
        """Return what the equations are given for a block of draws."""
        own = None if names is None else {own_name(name) for name in names}
        return as_planned(self.inputs, self._held(block, own))

    def _held(self, block: slice, names: Collection[str] | None) -> dict[str, Any]:
        """Return what `_given` does, drivers of the money group by their own names."""
        inputs, timeline = self.inputs, self.timeline
        asked = inputs.assumptions.keys() | inputs.drivers.keys() if names is None else set(names)
        beliefs = sorted(asked & inputs.assumptions.keys())
        ensemble, size = self.ensemble, timeline.size
        normals, years = ensemble.normals[:, block], timeline.year_fraction[0]
        given: dict[str, Any] = {
            **realise_all(inputs.assumptions, normals, years, beliefs),
            **{
                name: out_of_scale(_by_quarter(values[block, :size]), inputs.drivers[name].scale)
                for name, values in ensemble.paths.items()
                if name in asked
            },
            **{name: _by_quarter(values[block, :size]) for name, values in ensemble.shocks.items()},
            "year_fraction": _rows(timeline.year_fraction, block, block.stop - block.start),
            **_referenced(ensemble.references, size),
            "history_quarters": timeline.history,
            "vendor_quarters": timeline.vendor,
            "horizon_quarters": timeline.horizon,
            "first_quarter": FIRST_QUARTER,
        }
        rows = block.stop - block.start
        return given | {name: _rows(x, block, rows) for name, x in self.changed.items()}


def base_references(world: World) -> dict[str, Array]:
    """Return what what-ifs are held against, each (1, quarters) or (knots, quarters): the base
    case's median revenue, and what the market learns of it as it walks through the quarters.

    It is learnt on no more than REFERENCE_DRAWS draws, all at once.
    """
    few = world.of_draws(slice(0, REFERENCE_DRAWS))
    walked = [MARKET, "log_revenue"]
    sheet = Sheet(few.given(model_graph().arguments_of(walked))).filled(["log_revenue"])
    revenue = np.median(sheet.known["log_revenue"], axis=0, keepdims=True)
    learning = Reference.to_learn(world.timeline.size)
    sheet.after({REVENUE: revenue, "market_reference": learning}).values([MARKET])
    return {REVENUE: revenue, **learning.known}


def _referenced(references: Mapping[str, Array], size: int) -> dict[str, Any]:
    """Return references as equations take them."""
    known = {name: values[:, :size] for name, values in references.items()}
    revenue = {REVENUE: known.pop(REVENUE)} if known else {}
    return {**revenue, "market_reference": Reference(known)}


def _rows(values: Array, block: slice, size: int) -> Array:
    """Return a block of draws of values that may be the same, one row, in all of them."""
    if values.shape[0] > 1:
        return _by_quarter(values[block])
    return _by_quarter(np.broadcast_to(values, (size, values.shape[1])))


def _by_quarter(values: Array) -> Array:
    """Return values (draws, quarters) whose draws of a quarter lie together in memory."""
    return np.ascontiguousarray(values.T).T


def _joined(parts: list[Any]) -> Any:
    """Return blocks as one: arrays, or records whose fields are arrays or records."""
    first = parts[0]
    if len(parts) == 1:
        return first
    if not isinstance(first, tuple):
        return np.concatenate(parts)
    fields = zip(*parts, strict=True)
    return type(first)(*(_joined(list(field)) for field in fields))
