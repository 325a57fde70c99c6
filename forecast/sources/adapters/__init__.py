"""A reader for each kind of source: a pure function from bodies to figures.

A new one is a file here and a line in `ADAPTERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from forecast.sources.adapters import btos, btos_api, epoch, eurostat, gpu_prices, openrouter, sec
from forecast.sources.bodies import filled
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Reading

Read = Callable[[Sequence[Body], Sequence[Recipe]], Reading]
Documents = Callable[[Sequence[Body], Sequence[Recipe]], list[dict[str, str]]]


@dataclass(frozen=True)
class Adapter:
    """How a kind of source is read: the keys of `read` that it takes, its function, and where the
    first body names others what fills the fields of their address, the newest first."""

    keys: Keys
    read: Read
    documents: Documents | None = None


ADAPTERS = {
    "sec-concept": Adapter(sec.CONCEPT_KEYS, sec.read_concepts),
    "sec-instance": Adapter(sec.INSTANCE_KEYS, sec.read_instances, sec.filings),
    "btos": Adapter(btos.KEYS, btos.read_survey),
    "btos-api": Adapter(btos_api.KEYS, btos_api.read_answers, btos_api.periods),
    "epoch-chips": Adapter(epoch.CHIP_KEYS, epoch.read_chips),
    "epoch-records": Adapter(epoch.RECORD_KEYS, epoch.read_records),
    "epoch-statements": Adapter(epoch.STATEMENT_KEYS, epoch.read_statements),
    "eurostat": Adapter(eurostat.KEYS, eurostat.read_cube),
    "openrouter": Adapter(openrouter.KEYS, openrouter.read_rankings, openrouter.exports),
    "gpu-prices": Adapter(gpu_prices.KEYS, gpu_prices.read_prices),
}


def read(adapter: Adapter, bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the figures of bodies. Raises DriftError, whatever a body is like."""
    with _whatever_comes():
        found = adapter.read(bodies, recipes)
    if not found.figures:
        raise DriftError("no figure at all", "figures of some series")
    return found


def documents(
    adapter: Adapter, templates: Sequence[str], bodies: Sequence[Body], recipes: Sequence[Recipe]
) -> list[list[str]]:
    """Return for each document that the first body names, the newest first, the addresses at which
    it may be, the best first.

    Raises DriftError.
    """
    if adapter.documents is None:
        return []
    with _whatever_comes():
        named = adapter.documents(bodies, recipes)
        return [[filled(each, fields) for each in templates] for fields in named]


@contextmanager
def _whatever_comes() -> Iterator[None]:
    """Make drift of all that a reader, and libraries for workbooks and archives, trip over in a
    body that is broken or hostile: no list of their errors would be whole."""
    try:
        yield
    except (DriftError, MemoryError):
        raise
    except Exception as error:
        raise DriftError(f"{type(error).__name__}: {error}", "a body built as before") from error


def adapter_keys() -> dict[str, Keys]:
    """Return the keys of `read` that each adapter takes."""
    return {name: adapter.keys for name, adapter in ADAPTERS.items()}
