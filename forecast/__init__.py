"""How much compute and chip money AI training and AI inference will each take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.api import fit_series, load
    from forecast.curves.textbook.least_squares import fit_curve
    from forecast.errors import InputError

__all__ = ["InputError", "__version__", "fit_curve", "fit_series", "load"]
__version__ = "0.1.0"

# Imported when first asked for, so that the command line starts without them.
_LAZY = {
    "InputError": "forecast.errors",
    "fit_curve": "forecast.curves.textbook.least_squares",
    "fit_series": "forecast.api",
    "load": "forecast.api",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        from importlib import import_module

        return getattr(import_module(_LAZY[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_LAZY])
