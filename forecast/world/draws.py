"""Draws of everything the model needs, and how they are kept between runs."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from forecast.beliefs import Array
from forecast.world.timeline import Timeline


@dataclass(frozen=True)
class Ensemble:
    """Draws of everything the model needs.

    `normals` has shape (variables, draws); `paths` maps a driver to (draws, quarters) in its scale;
    `shocks` to (draws, quarters) of standard random walks; `references` maps a name to a median
    path of the base case, (1, quarters), that what-ifs are held against. `report` holds prior
    against conditioned and each target's misfit.
    """

    normals: Array
    paths: dict[str, Array]
    shocks: dict[str, Array]
    references: dict[str, Array]
    report: dict[str, Any]
    from_cache: bool = False


def rounded(ensemble: Ensemble) -> Ensemble:
    """Return the ensemble at the precision of the cache, so that cached and fresh runs agree."""

    def single(values: Array) -> Array:
        return values.astype(np.float32).astype(np.float64)

    return Ensemble(
        single(ensemble.normals),
        {name: single(values) for name, values in ensemble.paths.items()},
        {name: single(values) for name, values in ensemble.shocks.items()},
        ensemble.references,
        ensemble.report,
    )


def pack(ensemble: Ensemble) -> bytes:
    """Return the ensemble as bytes, in single precision."""
    arrays: dict[str, Any] = {
        "normals": ensemble.normals.astype(np.float32),
        "report": np.frombuffer(json.dumps(ensemble.report).encode(), dtype=np.uint8),
    }
    arrays |= {f"path {name}": values.astype(np.float32) for name, values in ensemble.paths.items()}
    arrays |= {
        f"shock {name}": values.astype(np.float32) for name, values in ensemble.shocks.items()
    }
    arrays |= {f"reference {name}": values for name, values in ensemble.references.items()}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def unpack(payload: bytes, timeline: Timeline) -> Ensemble:
    """Return the ensemble that `pack` wrote, on a timeline."""
    with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
        ensemble = Ensemble(
            arrays["normals"].astype(np.float64),
            _named(arrays, "path ", timeline.size),
            _named(arrays, "shock ", timeline.size),
            _named(arrays, "reference ", timeline.size),
            json.loads(arrays["report"].tobytes()),
            from_cache=True,
        )
    return ensemble


def _named(arrays: Any, prefix: str, size: int) -> dict[str, Array]:
    names: Iterable[str] = sorted(name for name in arrays.files if name.startswith(prefix))
    return {name.removeprefix(prefix): arrays[name][:, :size].astype(np.float64) for name in names}


def trimmed(ensemble: Ensemble, timeline: Timeline) -> Ensemble:
    """Return the ensemble on a timeline."""
    return replace(
        ensemble,
        paths={name: values[:, : timeline.size] for name, values in ensemble.paths.items()},
        shocks={name: values[:, : timeline.size] for name, values in ensemble.shocks.items()},
        references={
            name: values[:, : timeline.size] for name, values in ensemble.references.items()
        },
    )


def first_draws(ensemble: Ensemble, draws: int) -> Ensemble:
    """Return the first draws of an ensemble."""
    return replace(
        ensemble,
        normals=ensemble.normals[:, :draws],
        paths={name: values[:draws] for name, values in ensemble.paths.items()},
        shocks={name: values[:draws] for name, values in ensemble.shocks.items()},
    )
