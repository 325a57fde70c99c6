"""Loading the inputs of a case: files, ingested observations, and a cache of the parsed result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path

from forecast.inputs.places import InputFile, read_input_files
from forecast.inputs.schema import Inputs


def load(workspace: Path | None = None, as_of: date | None = None) -> Inputs:
    """Return the inputs of a workspace, or of the built-in base case if it is None.

    A workspace that lacks `assumptions/` or `data/` takes the built-in ones. Observations published
    after `as_of` are left out. Raises InputError with every problem of every file.
    """
    files = read_input_files(workspace)
    from forecast.inputs.parsing import parse_inputs

    return replace(parse_inputs(files, as_of), sha256=_hash(files, as_of))


def _hash(files: Sequence[InputFile], as_of: date | None) -> str:
    """Return a hash of every byte that goes in."""
    digest = sha256(f"as of {as_of}\n".encode())
    for file in files:
        digest.update(f"{file.name}\n{len(file.content)}\n".encode())
        digest.update(file.content)
    return digest.hexdigest()
