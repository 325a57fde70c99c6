"""Discrepancies as they were measured and written down."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields

from forecast.inputs.places import builtin_folder

DISCREPANCY_FILE = "data/discrepancy.csv"  # what make discrepancy found


@dataclass(frozen=True)
class Measured:
    """The discrepancy of a block, from outcomes through `known_through`: σ for the root of a year
    in logarithms (shares: logits), most likely and as P10 and P90 of a bootstrap over the years of
    origins; `assumption` takes it into the model, where there is one.

    `crps_before` is without it, `crps_after` on origins left out, at the σ of the others, and
    `held_` how often the 80% bands held. `error_H` is the root of the mean square of median less
    outcome H quarters ahead, `spread_H` the standard deviation that the bands there stood for; None
    where nothing came of forecasts so far ahead.
    """

    block: str
    assumption: str
    known_through: str
    origins: int
    outcomes: int
    forecasts: int
    size: float
    low: float
    high: float
    crps_before: float
    crps_after: float
    held_before: float
    held_after: float
    error_1: float | None
    spread_1: float | None
    error_2: float | None
    spread_2: float | None
    error_4: float | None
    spread_4: float | None
    error_8: float | None
    spread_8: float | None
    basis: str

    @property
    def helps(self) -> bool:
        """Whether forecasts from origins left out come nearer with it."""
        return self.crps_after < self.crps_before


def written(found: Sequence[Measured]) -> str:
    """Return what was measured as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(each.name for each in fields(Measured))
    writer.writerows(asdict(each).values() for each in found)
    return text.getvalue()


def read(text: str) -> list[Measured]:
    """Return what `written` wrote."""
    kinds = {each.name: str(each.type) for each in fields(Measured)}
    read_as: dict[str, Callable[[str], object]] = {
        "str": str,
        "int": int,
        "float": float,
        "float | None": lambda said: float(said) if said else None,
    }
    return [
        Measured(**{name: read_as[kinds[name]](said) for name, said in row.items()})  # type: ignore[arg-type]
        for row in csv.DictReader(io.StringIO(text))
    ]


def kept_discrepancies() -> list[Measured]:
    """Return what was measured and written down."""
    return read((builtin_folder() / DISCREPANCY_FILE).read_text(encoding="utf-8"))
