"""What a table is taken for: with periods across, with periods down, or with columns by name."""

from __future__ import annotations

import re
from dataclasses import replace

from forecast.errors import Problem, did_you_mean
from forecast.inputs.tables.cells.kinds import main_kind
from forecast.inputs.tables.formats.lines import Sheet
from forecast.inputs.tables.layout.across import across, measured_across
from forecast.inputs.tables.layout.columns import Table, find_roles
from forecast.inputs.tables.layout.down import down
from forecast.inputs.tables.layout.headers import find_header
from forecast.inputs.tables.layout.labels import with_labels, with_units
from forecast.inputs.tables.layout.layouts import Layout
from forecast.inputs.yaml.beliefs import STATUSES

_LINK = re.compile(r"\s*https?://")
_LONGEST_FLAG = 2  # letters


def recognise(sheet: Sheet, table: Table, problems: list[Problem]) -> Layout | None:
    """Return what a sheet is taken for; what is not plain is asked for once, in `problems`."""
    before = len(problems)
    header = find_header(sheet, table.known_names)
    if header is None:
        expected = f"a header with {', '.join(table.columns.required)}"
        first = sheet.lines[0][0] if sheet.lines else 1
        what = "no line that names columns of figures" if sheet.lines else "nothing"
        problems.append(Problem(f"{sheet.file}:{first}", "file", what, expected))
        return None
    layout = Layout(sheet, header, {})
    roles = find_roles(layout.place, header.names, table, problems)
    if table.mapped.get("series_id") is None and _holds_periods(layout, roles.get("series_id")):
        del roles["series_id"]  # "Series ID" above the days of a file of the ABS
    layout = _with_links(_with_flags(replace(layout, roles=roles)))
    if not layout.body and len(problems) == before:
        problems.append(Problem(sheet.file, "file", "a header and no row", "at least one row"))
    if len(problems) > before:
        return None
    if not table.columns.is_observed:
        return _as_named(layout, table, problems)
    found = across(layout, table) or measured_across(layout, table) or down(layout, table, problems)
    if found is None or len(problems) > before:
        return None
    return with_units(with_labels(found))


def _with_flags(layout: Layout) -> Layout:
    """Return a table whose column of statuses counts as notes if it holds codes of an office, and
    so one headed `Codes`, as INSEE does, of single letters."""
    codes = layout.names.index("Codes") if "Codes" in layout.names else None
    if codes is not None and all(len(cell.strip()) < 2 for cell in layout.column(codes)):
        layout = replace(layout, roles={"note": codes, **layout.roles})
    at = layout.roles.get("status")
    cells = {cell.strip() for cell in layout.column(at)} if at is not None else set()
    if at is None or cells & set(STATUSES) or max(map(len, cells), default=0) > _LONGEST_FLAG:
        return layout
    roles = {role: index for role, index in layout.roles.items() if role != "status"}
    return replace(layout, roles={"note": at, **roles})


def _with_links(layout: Layout) -> Layout:
    """Return a table whose one column of addresses, whatever its head, is that of its sources."""
    if "source_url" in layout.roles:
        return layout
    taken = set(layout.roles.values())
    free = [index for index in range(len(layout.names)) if index not in taken]
    filled = {at: [cell for cell in layout.column(at) if cell.strip()] for at in free}
    found = [at for at, cells in filled.items() if cells and all(map(_LINK.match, cells))]
    return replace(layout, roles={**layout.roles, "source_url": found[0]}) if found else layout


def _as_named(layout: Layout, table: Table, problems: list[Problem]) -> Layout | None:
    """Return a table whose columns all go by their roles' names."""
    known = {*layout.roles, *(role for role, text in table.defaults.items() if text)}
    missing = [role for role in table.columns.required if role not in known]
    if missing:
        found = f"the columns {', '.join(name or '(no name)' for name in layout.names)}"
        hint = did_you_mean(missing[0], layout.names)
        problems.append(Problem(layout.place, "header", found, f"also {', '.join(missing)}", hint))
        return None
    return layout


def _holds_periods(layout: Layout, index: int | None) -> bool:
    return index is not None and main_kind(layout.column(index)) in {"year", "period"}
