"""Problems in the input as a person should see them: by place, with the line and a likely mend."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby

from forecast.errors import Problem
from forecast.report.characters.table_lines import Line

COMMAND_LINE = "command line"
MOST = 50  # problems that are shown; nobody mends more before looking again
LONGEST = 500  # characters of what was found, or of a hint
INDENT = " " * 8


def headline(count: int) -> str:
    """Return what an input error says first."""
    return f"{count:,} problem{'s' if count != 1 else ''} in the input; nothing was run"


def lines(problems: Sequence[Problem], width: int) -> Iterator[Line]:
    """Yield the error as lines: grouped by place, those of the command line first; the first
    `MOST` and how many more there are."""
    yield (("error: ", "error"), (headline(len(problems)), "strong"))
    shown = sorted(problems[:MOST], key=_order)
    for place, group in groupby(shown, key=lambda problem: problem.place):
        yield ()
        if place == COMMAND_LINE:
            yield ((f"  {place}", "strong"),)
        for problem in group:
            if place == COMMAND_LINE:
                yield ((f"    {problem.subject}", "plain"),)
            else:
                yield ((f"  {place}", "strong"), (f"   {problem.subject}", "plain"))
            yield from _details(problem, width)
    if len(problems) > MOST:
        yield ()
        yield ((f"  and {len(problems) - MOST:,} more", "strong"),)


def _order(problem: Problem) -> tuple[bool, list[tuple[int, str]]]:
    """Sort by place, line 9 before line 10, with the command line first."""
    parts = re.split(r"(\d+)", problem.place)
    numbered = [(int(part), "") if part.isdigit() else (0, part) for part in parts]
    return problem.place != COMMAND_LINE, numbered


def _short(text: str) -> str:
    """Return a text that may quote a whole cell, cut where nobody reads on."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _details(problem: Problem, width: int) -> Iterator[Line]:
    """Yield the offending line, what was found and expected, and the hint."""
    for text in problem.excerpt.splitlines():
        yield ((f"    {text}", "quiet"),)
    # An excerpt says what was found behind its caret.
    found = "" if problem.excerpt else f"{_short(problem.found)}; "
    # A path or a key with hyphens is copied whole.
    wrapper = textwrap.TextWrapper(
        max(12, width - len(INDENT)), break_long_words=False, break_on_hyphens=False
    )
    for text in (f"{found}expected {problem.expected}", _short(problem.hint)):
        for line in wrapper.wrap(text):
            yield ((INDENT + line, "plain"),)
