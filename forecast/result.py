"""A result: typed rows, whatever the command, that reports only pick, order and draw.

A row is a small frozen record; `columns` turns it into what machine formats write, in the order of
the published JSON schema. Nothing here computes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Generic, TypeVar

SCHEMA = 2
PERCENTILES = (2.5, 5, 10, 25, 50, 75, 90, 95, 97.5)
POINTS = tuple(f"p{each:g}".replace(".", "_") for each in PERCENTILES)  # their columns
Columns = Iterator[tuple[str, float | str | None]]
Cell = TypeVar("Cell", bound=float | str | None)

# What a field of a row or result may be declared as: field(metadata=MERGED).
MERGED = {"merged": True}  # a record whose columns stand in its place
OPTIONAL = {"optional": True}  # no column where it is None
PREFIXED = {"prefixed": True}  # figures whose columns begin with the name of the field
NESTED = {"nested": True}  # figures that stay together, as a record within this one
BESIDE = {"beside": True}  # of a result: JSON shows it as a table of its own, beside the rows


@dataclass(frozen=True)
class RunOptions:
    """How a question is asked of a case: on how many draws and from which seed, through which
    period, with or without what the cache holds, and when it started, for the record."""

    draws: int = 8192
    seed: int = 1
    through: str = "2028"
    use_cache: bool = True
    started: str = ""


DEFAULT = RunOptions()


@dataclass(frozen=True)
class Run:
    """What identifies a run: enough to repeat it to the byte."""

    version: str
    started: str
    as_of: str | None
    data_through: str
    seed: int
    draws: int
    through: str
    scenario: tuple[str, ...]
    overrides: tuple[str, ...]
    inputs_sha256: str
    duration_s: float | None = field(metadata=OPTIONAL)
    source: str = "built-in base case"
    code_sha256: str = ""
    given: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A hash of all that decides the result: inputs, code, seed, draws and changes asked for.

        Neither the moment nor the place of a run is in it.
        """
        from hashlib import sha256

        asked = (self.scenario, self.overrides, *((self.given,) if self.given else ()))
        key = (self.version, self.seed, self.draws, self.through, *asked)
        return sha256(f"{key}{self.inputs_sha256}{self.code_sha256}".encode()).hexdigest()

    @property
    def run_id(self) -> str:
        """Six characters that change with any input, code, seed or override."""
        return self.key[:6]


class Figures(ABC):
    """Several figures in one field, each a column of its own."""

    __slots__ = ()

    @abstractmethod
    def columns(self, name: str) -> Columns:
        """Yield columns with their values; `name` is that of the field."""


class Spread(Figures):
    """Quantiles of one quantity, in the unit of the row in which they stand."""

    __slots__ = ()

    @abstractmethod
    def at(self, percentile: float) -> float:
        """Return the quantile at one of the percentiles that are known."""

    @property
    def p50(self) -> float:
        """The median."""
        return self.at(50)


@dataclass(frozen=True, slots=True)
class Quantiles(Spread):
    """Quantiles of draws at PERCENTILES."""

    values: tuple[float, ...]

    def at(self, percentile: float) -> float:
        """Return the quantile at one of PERCENTILES."""
        return self.values[PERCENTILES.index(percentile)]

    def columns(self, name: str) -> Columns:
        """Yield p2_5 to p97_5."""
        yield from zip(POINTS, self.values, strict=True)


@dataclass(frozen=True, slots=True)
class Quarters(Figures):
    """Quantiles of an event at PERCENTILES: quarters, None where that quantile never comes."""

    values: tuple[str | None, ...]

    def at(self, percentile: float) -> str | None:
        """Return the quarter at one of PERCENTILES."""
        return self.values[PERCENTILES.index(percentile)]

    @property
    def p50(self) -> str | None:
        """The median."""
        return self.at(50)

    def columns(self, name: str) -> Columns:
        """Yield p2_5 to p97_5."""
        yield from zip(POINTS, self.values, strict=True)


NO_QUARTERS = Quarters((None,) * len(PERCENTILES))


@dataclass(frozen=True, slots=True)
class Band(Figures):
    """P10, P50 and P90 of something, in the unit of the row in which they stand."""

    p10: float
    p50: float
    p90: float

    def columns(self, name: str) -> Columns:
        """Yield NAME_p10 to NAME_p90."""
        yield from band_columns(name, (self.p10, self.p50, self.p90))


def band_columns(name: str, values: Iterable[float | None]) -> Columns:
    """Yield the columns of a band called `name`; p10 to p90 alone where the name is empty."""
    prefix = f"{name}_" if name else ""
    yield from zip((f"{prefix}p10", f"{prefix}p50", f"{prefix}p90"), values, strict=True)


@dataclass(frozen=True, slots=True)
class Cells(Figures, Generic[Cell]):
    """Values of columns whose names are known only when asked: those of years, of keys varied."""

    names: tuple[str, ...]
    values: tuple[Cell, ...]

    def columns(self, name: str) -> Columns:
        """Yield the columns by their own names."""
        yield from zip(self.names, self.values, strict=True)


def band(name: str) -> dict[str, str]:
    """Return the declaration of a Band, or None, whose columns are called after `name` (p10 to p90
    alone if it is empty); None fills them with None."""
    return {"band": name}


def columns(record: Any) -> dict[str, Any]:
    """Return a record as columns of machine formats, by name and in order; records within it become
    dictionaries, and those that are MERGED columns in their place."""
    found: dict[str, Any] = {}
    for each in fields(record):
        value = getattr(record, each.name)
        if value is None and "optional" in each.metadata:
            continue
        if "band" in each.metadata:
            name = each.metadata["band"]
            found.update(value.columns(name) if value else band_columns(name, (None, None, None)))
        elif isinstance(value, Figures) and "nested" not in each.metadata:
            prefix = f"{each.name}_" if "prefixed" in each.metadata else ""
            found.update((prefix + name, cell) for name, cell in value.columns(each.name))
        elif "merged" in each.metadata:
            found.update(columns(value))
        else:
            found[each.name] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return columns(value) if is_dataclass(value) else value


@dataclass(frozen=True)
class Result:
    """What a command found: `rows` as one long table. Each question has a class of its own, with
    the type of its rows and what else it found; fields that are BESIDE are tables in JSON."""

    command: str
    run: Run
    rows: tuple[Any, ...]
    warnings: tuple[str, ...]

    def tables(self) -> dict[str, tuple[Any, ...]]:
        """Return the tables that stand beside the rows, by name."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if "beside" in each.metadata
        }
