"""Results for machines: JSON after schema 1, and CSV of the same rows with raw values."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from forecast.errors import Problem
from forecast.report.formats.escapes import in_json
from forecast.result import SCHEMA, Result, Run, columns


def render_json(result: Result) -> str:
    """Return a result as JSON, one row to a line; numbers that are not finite become null."""
    head = _head(result.command, result.run, result.warnings)
    return "{" + ",\n".join([*head, *_tables(result)]) + "}\n"


def render_report(run: Run, warnings: Sequence[str], sections: Mapping[str, Result]) -> str:
    """Return several results of one run as JSON: each section's rows as its command prints them."""
    bodies = [
        f'"{name}": {{' + ",\n".join([f'"command": {_json(each.command)}', *_tables(each)]) + "}"
        for name, each in sections.items()
    ]
    named = '"sections": {\n' + ",\n".join(bodies) + "}"
    return "{" + ",\n".join([*_head("report", run, warnings), named]) + "}\n"


def _head(command: str, run: Run, warnings: Sequence[str]) -> list[str]:
    head: dict[str, Any] = {
        "schema": SCHEMA,
        "command": command,
        "run": {**asdict(run), "run_id": run.run_id},
        "warnings": list(warnings),
    }
    return [f'"{key}": {_json(value)}' for key, value in head.items()]


def _tables(result: Result) -> list[str]:
    """Return a result's rows and the tables beside them, each as a field."""
    fields = {"rows": result.rows, **result.tables()}
    return [_json_rows(name, rows) for name, rows in fields.items()]


def _json_rows(name: str, rows: Sequence[Any]) -> str:
    if not rows:
        return f'"{name}": []'
    return f'"{name}": [\n' + ",\n".join(_json(_cell(row)) for row in rows) + "\n]"


def _cell(row: Any) -> Any:
    """Return a row as JSON has it: an object, or the text that it is."""
    return columns(row) if is_dataclass(row) else row


def _json(value: Any) -> str:
    return in_json(json.dumps(_finite(value), ensure_ascii=False, allow_nan=False))


def _finite(value: Any) -> Any:
    """Return a value with every number that JSON cannot say replaced by None."""
    if isinstance(value, Mapping):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def render_json_list(command: str, rows: Sequence[Any], tables: Mapping[str, Sequence[Any]]) -> str:
    """Return rows that no run stands behind (a list of metrics, say) as JSON after schema 1, with
    tables beside them."""
    head = f'"schema": {SCHEMA}, "command": {_json(command)}, "warnings": []'
    fields = [_json_rows(name, each) for name, each in {"rows": rows, **tables}.items()]
    return "{" + ",\n".join([head, *fields]) + "}\n"


def render_csv(rows: Sequence[Any]) -> str:
    """Return rows as CSV with raw values, columns in the order in which they first occur."""
    records = [columns(row) for row in rows]
    names = list(dict.fromkeys(key for record in records for key in record))
    text = io.StringIO()
    plain = csv.writer(text, lineterminator="\n")
    # A bare carriage return ends a line for whoever reads it, unless it stands in quotes.
    quoted = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    cells: list[list[Any]] = [[record.get(name) for name in names] for record in records]
    for row in (list[Any](names), *cells):
        has_return = any(isinstance(cell, str) and "\r" in cell for cell in row)
        (quoted if has_return else plain).writerow(row)
    return text.getvalue()


def render_error(message: str, exit_code: int, problems: Sequence[Problem] = ()) -> str:
    """Return what went wrong as one JSON object, with every problem and its place."""
    error = {
        "message": message,
        "exit_code": exit_code,
        "problems": [asdict(problem) for problem in problems],
    }
    return in_json(json.dumps({"schema": SCHEMA, "error": error}, ensure_ascii=False)) + "\n"
