"""Problems in the input as a person should see them: by place, with the line and a likely mend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from forecast.errors import Problem
from forecast.report.drawing import Line

COMMAND_LINE = "command line"


def headline(count: int) -> str:
    """Return what an input error says first."""
    return f"{count} problem{'s' if count != 1 else ''} in the input; nothing was run"


def lines(problems: Sequence[Problem]) -> Iterator[Line]:
    """Yield the error as lines: grouped by place, those of the command line first."""
    yield (("error: ", "error"), (headline(len(problems)), "strong"))
    ordered = sorted(problems, key=lambda problem: (problem.place != COMMAND_LINE, problem.place))
    for place, group in groupby(ordered, key=lambda problem: problem.place):
        yield ()
        found = list(group)
        if place == COMMAND_LINE:
            yield ((f"  {place}", "strong"),)
        for problem in found:
            if place == COMMAND_LINE:
                yield ((f"    {problem.subject}", "plain"),)
            else:
                yield ((f"  {place}", "strong"), (f"   {problem.subject}", "plain"))
            yield from _details(problem)


def _details(problem: Problem) -> Iterator[Line]:
    """Yield the offending line, what was found and expected, and the hint."""
    for text in problem.excerpt.splitlines():
        yield ((f"    {text}", "quiet"),)
    yield ((f"        found {problem.found}; expected {problem.expected}", "plain"),)
    if problem.hint:
        yield ((f"        {problem.hint}", "plain"),)
