"""Draws of everything the model needs, and how they are kept between runs."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.beliefs import Array
from forecast.codec import decode, encode
from forecast.world.history.learnt import Learnt

Chosen = slice | NDArray[np.intp]
# Random walks after the history, each with the assumption that says how large it is.
SHOCKS = {
    "inference_shock": "model_discrepancy",
    "training_shock": "model_discrepancy",
    "revenue_shock": "unexplained_revenue",
}


@dataclass(frozen=True)
class Ensemble:
    """Draws of everything the model needs.

    `normals` has shape (variables, draws); `paths` maps a driver to (draws, quarters) in its scale;
    `shocks` to (draws, quarters) of standard random walks and of what the money group's paths were
    lowered by; `references` maps a name to a median path of the base case, (1, quarters), that
    what-ifs are held against. `without` maps an origin of targets to how far each row of the state
    without shocks, (rows,), moves if its data are left out. `learnt` says what history taught.
    """

    normals: Array
    paths: dict[str, Array]
    shocks: dict[str, Array]
    references: dict[str, Array]
    without: dict[str, Array] = field(default_factory=dict)
    learnt: Learnt = field(default_factory=Learnt)
    from_cache: bool = False

    @property
    def draws(self) -> int:
        """How many draws there are."""
        return int(self.normals.shape[1])

    @property
    def size(self) -> int:
        """How many quarters the paths have."""
        return int(next(iter(self.paths.values())).shape[1])

    def of_draws(self, chosen: Chosen) -> Ensemble:
        """Return the draws at the positions `chosen`, in their order."""
        return replace(
            self,
            normals=self.normals[:, chosen],
            paths={name: values[chosen] for name, values in self.paths.items()},
            shocks={name: values[chosen] for name, values in self.shocks.items()},
        )

    def trimmed(self, size: int) -> Ensemble:
        """Return the ensemble on its first `size` quarters."""
        return replace(
            self,
            paths={name: values[:, :size] for name, values in self.paths.items()},
            shocks={name: values[:, :size] for name, values in self.shocks.items()},
            references={name: values[:, :size] for name, values in self.references.items()},
            without={name: self._trimmed_rows(rows, size) for name, rows in self.without.items()},
        )

    def _trimmed_rows(self, rows: Array, size: int) -> Array:
        """Return rows of a state, (rows,), with each path's first `size` quarters."""
        first = len(self.normals)
        paths = rows[first:].reshape(len(self.paths), -1)[:, :size]
        return np.concatenate([rows[:first], paths.ravel()])

    def left_out(self, origin: str) -> Ensemble:
        """Return the ensemble with each draw where it would be without an origin's data."""
        moved = self.state(with_shocks=False) + self.without[origin][:, np.newaxis]
        return self.with_state(moved)

    def state(self, *, with_shocks: bool = True) -> Array:
        """Return what evidence can move in each draw, (rows, draws): normals, then paths, then
        shocks."""
        parts = [*self.paths.values(), *(self.shocks[name] for name in SHOCKS if with_shocks)]
        return np.concatenate([self.normals, *(values.T for values in parts)])

    def with_state(self, state: Array) -> Ensemble:
        """Return the ensemble with the rows of a state, with shocks or without, in place of its
        own."""
        first, size = len(self.normals), self.size
        names = [*self.paths, *SHOCKS]
        rows = (state[start : start + size] for start in range(first, len(state), size))
        found = {name: values.T for name, values in zip(names, rows, strict=False)}
        return replace(
            self,
            normals=state[:first],
            paths={name: found[name] for name in self.paths},
            shocks={name: found.get(name, values) for name, values in self.shocks.items()},
        )


def joined(ensembles: Sequence[Ensemble]) -> Ensemble:
    """Return the draws of several ensembles as one, with what the first has learnt."""
    first, *others = ensembles
    if not others:
        return first
    return replace(
        first,
        normals=np.concatenate([each.normals for each in ensembles], axis=1),
        paths={
            name: np.concatenate([each.paths[name] for each in ensembles]) for name in first.paths
        },
        shocks={
            name: np.concatenate([each.shocks[name] for each in ensembles]) for name in first.shocks
        },
    )


def rounded(ensemble: Ensemble) -> Ensemble:
    """Return the ensemble at the precision of the cache, so that cached and fresh runs agree."""

    def single(values: Array) -> Array:
        return values.astype(np.float32).astype(np.float64)

    return replace(
        ensemble,
        normals=single(ensemble.normals),
        paths={name: single(values) for name, values in ensemble.paths.items()},
        shocks={name: single(values) for name, values in ensemble.shocks.items()},
    )


def pack(ensemble: Ensemble) -> bytes:
    """Return the ensemble as bytes, in single precision."""
    arrays: dict[str, Any] = {
        "normals": ensemble.normals.astype(np.float32),
        "learnt": np.frombuffer(encode(ensemble.learnt), dtype=np.uint8),
    }
    arrays |= {f"path {name}": values.astype(np.float32) for name, values in ensemble.paths.items()}
    arrays |= {
        f"shock {name}": values.astype(np.float32) for name, values in ensemble.shocks.items()
    }
    arrays |= {f"reference {name}": values for name, values in ensemble.references.items()}
    arrays |= {f"without {name}": rows for name, rows in ensemble.without.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes) -> Ensemble:
    """Return the ensemble that `pack` wrote."""
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        return Ensemble(
            arrays["normals"].astype(np.float64),
            _named(arrays, "path "),
            _named(arrays, "shock "),
            _named(arrays, "reference "),
            _named(arrays, "without "),
            learnt=decode(Learnt, arrays["learnt"].tobytes()),
            from_cache=True,
        )


def _named(arrays: Any, prefix: str) -> dict[str, Array]:
    names: Iterable[str] = sorted(name for name in arrays.files if name.startswith(prefix))
    return {name.removeprefix(prefix): arrays[name].astype(np.float64) for name in names}
