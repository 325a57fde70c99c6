"""Rows as Parquet, for those who compute on: typed columns, and what was run in the metadata."""

from __future__ import annotations

import io
import json
from dataclasses import asdict

from forecast.errors import InputError, Problem
from forecast.result import Result, columns

METADATA = "forecast"
# Differ between identical runs.
_TIMES = ("started", "duration_s")


def render_parquet(result: Result) -> bytes:
    """Return a result's rows as a Parquet file; its metadata hold the command and the run as JSON.

    Raises InputError if pyarrow is not installed.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError as error:
        hint = "pip install 'forecast[parquet]', or --format csv."
        found = "pyarrow is not installed"
        problem = Problem("command line", "--format parquet", found, "pyarrow, to write it", hint)
        raise InputError(problem) from error
    records = [columns(row) for row in result.rows]
    names = dict.fromkeys(key for record in records for key in record)
    table = arrow.table({name: [record.get(name) for record in records] for name in names})
    run = {name: value for name, value in asdict(result.run).items() if name not in _TIMES}
    said = json.dumps({"command": result.command, "run": {**run, "run_id": result.run.run_id}})
    file = io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({METADATA: said}), file)
    return file.getvalue()
