"""Write data/discrepancy.csv from the program itself: make discrepancy.

It takes some two minutes. tests/test_discrepancy.py fails where the file rests on beliefs, figures
or code that have changed since, and where assumptions state another size than was measured.
"""

from __future__ import annotations

import sys
from pathlib import Path

from forecast.analysis.hindcast.basis import discrepancy_basis
from forecast.analysis.hindcast.discrepancy import forecasts_without, measured
from forecast.analysis.hindcast.measured import DISCREPANCY_FILE, written
from forecast.inputs import load
from forecast.processors.second_process import second_process
from forecast.result import RunOptions

PATH = Path(__file__).parent.parent / DISCREPANCY_FILE
DRAWS = 1536


def main() -> int:
    """Forecast from every origin, measure what bands leave, and write it down."""
    with second_process(_prepare) as beside:
        rows = forecasts_without(RunOptions(draws=DRAWS), beside)
    found = list(measured(rows, discrepancy_basis(load(None))))
    PATH.write_text(written(found), encoding="utf-8")
    return 0


def _prepare() -> None:
    """Import what a second process will need."""
    import forecast.analysis.hindcast.whole_model  # noqa: F401


if __name__ == "__main__":
    sys.exit(main())
