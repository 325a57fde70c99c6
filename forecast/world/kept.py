"""A world worked out on a sheet that is kept, so that of a change only what moves is computed."""

from __future__ import annotations

from collections.abc import Iterable

from forecast.model.equations import model_graph
from forecast.model.sheet import Sheet
from forecast.money.joint import as_planned
from forecast.world.values import Values, driver_kinds, with_parts
from forecast.world.world import World


class KeptWorld:
    """Everything that quantities of a world are made of, (draws, quarters) each: for so few draws
    that memory holds it. What was asked for once is there from then on."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._sheet = Sheet({})

    def values(self, world: World, names: Iterable[str]) -> Values:
        """Return, to the bit, what a world's `values` does. `world` differs from the one that is
        kept by its settings alone."""
        cells = {name: world.in_graph(name) for name in sorted(with_parts(names))}
        self._fill(set(cells.values()))
        own = world.changed.keys() | self.world.changed.keys()
        moved = as_planned(world.inputs, dict.fromkeys(own)).keys()
        given = world.given(own).items() if world is not self.world else ()
        sheet = self._sheet.after({name: each for name, each in given if name in moved})
        found = sheet.values(list(cells.values()))
        arrays = {name: found[cell] for name, cell in cells.items()}
        return Values(arrays, driver_kinds(world.inputs))

    def _fill(self, cells: set[str]) -> None:
        """Work out cells that are not there yet."""
        if missing := cells - self._sheet.known.keys():
            given = self.world.given(model_graph().arguments_of(missing))
            self._sheet = Sheet(given | dict(self._sheet.known)).filled(list(missing))
