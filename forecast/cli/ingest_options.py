"""What a person says of a file on the command line: its series, decimal sign, fiscal year, …"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, cast

import typer

from forecast.errors import Problem, did_you_mean

if TYPE_CHECKING:
    from forecast.inputs.schema import FiscalCalendar
    from forecast.inputs.tables.cells.figures import DecimalSign
    from forecast.inputs.tables.cells.period_texts import DateOrder
    from forecast.inputs.tables.layout.columns import Table

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_COMMON_YEAR = 2001
_SIGNS, _ORDERS = ("comma", "point"), ("day-first", "month-first")

SeriesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--series",
        metavar="ID|NAME=ID",
        help="Series of rows that name none, or that a name in the file stands for.",
    ),
]
ColumnOption = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ROLE=NAME", help="The column for a role; repeatable."),
]
WhereOption = Annotated[
    list[str] | None,
    typer.Option("--where", metavar="COLUMN=TEXT", help="Only lines that say so; repeatable."),
]
SheetOption = Annotated[
    str, typer.Option("--sheet", metavar="NAME", help="Sheet of a workbook, or table of a page.")
]
UnitOption = Annotated[
    str,
    typer.Option("--unit", metavar="UNIT", help="Unit of figures that state none: 'million USD'."),
]
DecimalOption = Annotated[
    str, typer.Option("--decimal", metavar="comma|point", help="Decimal sign of the figures.")
]
DatesOption = Annotated[
    str, typer.Option("--dates", metavar="day-first|month-first", help="What 03/04/2026 means.")
]
FiscalOption = Annotated[
    str,
    typer.Option(
        "--fiscal-year-end",
        metavar="MONTH",
        help="When the fiscal years of FY26 or Q1 FY26 end.",
    ),
]


def read_told(
    series: Sequence[str],
    where: Sequence[str],
    decimal: str,
    dates: str,
    fiscal_year_end: str,
    problems: list[Problem],
) -> tuple[str, Table]:
    """Return the series of rows that name none, and what else is said of the files; what is wrong
    with it is added to `problems`."""
    from forecast.inputs.tables.layout.columns import OBSERVED, Table

    alone = [text.strip() for text in series if "=" not in text]
    if len(alone) > 1:
        expected = "one ID, and others as NAME=ID"
        problems.append(Problem("command line", "--series", " and ".join(alone), expected))
    _check_word("--decimal", decimal, _SIGNS, problems)
    _check_word("--dates", dates, _ORDERS, problems)
    told = Table(
        OBSERVED,
        names=_pairs("--series", [text for text in series if "=" in text], problems),
        where=_pairs("--where", where, problems),
        sign=cast("DecimalSign", decimal or None),
        order=cast("DateOrder", dates),
        calendar=_calendar(fiscal_year_end, problems),
    )
    return (alone or [""])[0], told


def _check_word(option: str, text: str, known: Sequence[str], problems: list[Problem]) -> None:
    if text and text not in known:
        expected = " or ".join(known)
        hint = did_you_mean(text, known)
        problems.append(Problem("command line", option, repr(text), expected, hint))


def _pairs(option: str, texts: Sequence[str], problems: list[Problem]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = (part.strip() for part in text.rpartition("="))
        if not sign or not name or not value:
            expected = "NAME=ID, such as Amazon=capex_cash_amzn"
            if option == "--where":
                expected = "COLUMN=TEXT, such as Entity=World"
            problems.append(Problem("command line", f"{option} {text}", repr(text), expected))
        else:
            found[name] = value
    return found


def _calendar(text: str, problems: list[Problem]) -> FiscalCalendar | None:
    """Return the calendar of fiscal years that end with a month: June, Jun or 6."""
    from forecast.inputs.schema import FiscalCalendar
    from forecast.periods import month_end

    if not text:
        return None
    named = [
        index
        for index, month in enumerate(_MONTHS, start=1)
        if (len(text) > 2 and month.lower().startswith(text.lower())) or text == str(index)
    ]
    if not named:
        expected = "a month, such as June"
        hint = did_you_mean(text, _MONTHS)
        problems.append(Problem("command line", "--fiscal-year-end", repr(text), expected, hint))
        return None
    day = month_end(_COMMON_YEAR, named[0]).day
    return FiscalCalendar("", named[0], day, None, False, "--fiscal-year-end", "command line", 0)
