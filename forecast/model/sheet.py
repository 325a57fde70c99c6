"""The equations worked out on one block of draws, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forecast.model.equations import model_graph


@dataclass(frozen=True)
class Sheet:
    """Quantities of one block of draws, given or computed, like the cells of a spreadsheet."""

    known: Mapping[str, Any]

    def values(self, names: Sequence[str]) -> dict[str, Any]:
        """Return the values of names; what they are made of is not kept."""
        return model_graph().evaluate(names, self.known)

    def filled(self, names: Sequence[str]) -> Sheet:
        """Return the sheet with the names, and all that they are made of, computed and kept."""
        order = [node.name for node in model_graph().order(names, self.known)]
        return Sheet({**self.known, **model_graph().evaluate(order, self.known)})

    def after(self, move: Mapping[str, Any]) -> Sheet:
        """Return the sheet with other values of some names: what depends on them is forgotten."""
        own = {name: value for name, value in move.items() if self.known.get(name) is not value}
        touched = model_graph().downstream(frozenset(own))
        kept = {name: value for name, value in self.known.items() if name not in touched}
        return Sheet(kept | own)
