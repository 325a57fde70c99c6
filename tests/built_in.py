"""The inputs of the built-in case, read once in each process of tests."""

from __future__ import annotations

from forecast.inputs import load

INPUTS = load(None, use_cache=False)
