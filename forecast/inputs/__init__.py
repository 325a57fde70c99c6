"""Inputs: files and ingested rows, read, checked, and handed on as frozen records."""

from forecast.inputs.loading import load, with_own_series
from forecast.inputs.named_scenario import find_scenario
from forecast.inputs.places import find_workspace, input_folder
from forecast.inputs.settings import parse_settings

__all__ = [
    "find_scenario",
    "find_workspace",
    "input_folder",
    "load",
    "parse_settings",
    "with_own_series",
]
