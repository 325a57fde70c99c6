"""Which column of a person's file plays which role: by its name, or as `ROLE=NAME` says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from forecast.errors import Problem, did_you_mean
from forecast.inputs.schema import FiscalCalendar
from forecast.inputs.tables.cells.figures import DecimalSign
from forecast.inputs.tables.cells.heads import CALLED, is_called, plain_head
from forecast.inputs.tables.cells.period_texts import YEARS, DateOrder
from forecast.inputs.tables.guidance import GUIDANCE_COLUMNS
from forecast.inputs.tables.tables import OBSERVATION_COLUMNS, OPTIONAL_COLUMNS

# These change what a figure means, so only the very name gives the role.
_BY_THE_VERY_NAME = frozenset({"high", "error"})


@dataclass(frozen=True)
class Columns:
    """The columns of a kind of table by role, those it cannot be without, and whether it holds
    observations, whose layout is found, or goes by its names."""

    roles: tuple[str, ...]
    required: tuple[str, ...]
    is_observed: bool = True
    other_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


OBSERVED = Columns(
    (*OBSERVATION_COLUMNS, *OPTIONAL_COLUMNS),
    ("series_id", "period_end", "value", "unit"),
    other_names=CALLED,
)
FITTED = Columns(
    (*OBSERVED.roles, "ceiling"), ("series_id", "period_end", "value"), other_names=CALLED
)
GUIDED = Columns(
    GUIDANCE_COLUMNS,
    ("series_id", "period_end"),
    is_observed=False,
    other_names={"period_end": ("period",)},
)


@dataclass(frozen=True)
class Table:
    """How to read the tables of a person's files, as far as a person says it.

    `mapped` says which column plays a role, `defaults` fill cells that are empty or not there,
    `names` give the series that a name in the file stands for, `sheet` is a workbook's; `where`
    keeps the lines that have these texts in these columns. `sign` is the decimal sign, `order`
    that of days and months, `calendar` when fiscal years end whose company is not known, `years`
    are those that a period may lie in.
    """

    columns: Columns
    mapped: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""
    sign: DecimalSign | None = None
    order: DateOrder = ""
    calendar: FiscalCalendar | None = None
    years: tuple[int, int] = YEARS

    @property
    def known_names(self) -> frozenset[str]:
        """The heads that tell a header, in small letters."""
        roles = {*self.columns.roles, *self.columns.other_names.get("period_end", ())}
        names = {*roles, *(role.replace("_", " ") for role in roles), *self.mapped.values()}
        return frozenset(name.lower() for name in names)


def read_roles(texts: Sequence[str], columns: Columns, problems: list[Problem]) -> dict[str, str]:
    """Return the column of each role that `ROLE=NAME` texts give."""
    found: dict[str, str] = {}
    for text in texts:
        role, sign, name = (part.strip() for part in text.partition("="))
        subject = f"--column {text}"
        if not sign or not name:
            expected = "ROLE=NAME, such as period_end=Date"
            problems.append(Problem("command line", subject, repr(text), expected))
        elif role not in columns.roles:
            expected = f"one of {', '.join(columns.roles)}"
            hint = did_you_mean(role, columns.roles)
            problems.append(Problem("command line", subject, f"no role {role!r}", expected, hint))
        elif role in found:
            expected = "one column for each role"
            problems.append(Problem("command line", subject, f"{role} again", expected))
        else:
            found[role] = name
    return found


def find_roles(
    place: str, header: Sequence[str], table: Table, problems: list[Problem]
) -> dict[str, int]:
    """Return where each role's column stands: the one that is mapped, else by its name.

    A head counts as a role's name whatever its case, with blanks or hyphens for underscores, but
    for `high` and `error`. A name that stands twice is a problem, as is a mapped one that does not
    stand there.
    """
    plain = [plain_head(name) for name in header]
    found: dict[str, int] = {}
    doubled = []
    for role in table.columns.roles:
        wanted = table.mapped.get(role)
        at = _named(wanted or role, header, plain, exactly=role in _BY_THE_VERY_NAME)
        if not at and not wanted:
            for name in table.columns.other_names.get(role, ()):
                at = at or [i for i, each in enumerate(plain) if each == name][:1]
        at = [index for index in at if wanted or index not in found.values()]
        if len(at) > 1:
            doubled.append(header[at[0]])
        if at:
            found[role] = at[0]
        elif wanted:
            expected = f"one of {', '.join(name for name in header if name)}"
            hint = did_you_mean(wanted, header)
            subject = f"--column {role}={wanted}"
            problems.append(Problem(place, subject, "no such column", expected, hint))
    if doubled:
        text = f"{', '.join(doubled)} more than once"
        problems.append(Problem(place, "header", text, "each column once"))
    return _year_first(found, plain, table)


def _named(name: str, header: Sequence[str], plain: Sequence[str], *, exactly: bool) -> list[int]:
    at = [index for index, head in enumerate(header) if head == name]
    if not at and not exactly:
        at = [index for index, head in enumerate(plain) if head == plain_head(name)]
    return at


def _year_first(found: dict[str, int], plain: Sequence[str], table: Table) -> dict[str, int]:
    """Return roles in which a year, not the quarter beside it, is the period."""
    at = found.get("period_end")
    years = [index for index, name in enumerate(plain) if is_called("year", name)]
    parts = (
        "quarter",
        "month",
        "week",
        "quartal",
        "monat",
        "fiscal_quarter",
        "period",
        "trimestre",
    )
    if years and at is not None and plain[at] in parts and "period_end" not in table.mapped:
        return {**found, "period_end": years[0]}
    return found
