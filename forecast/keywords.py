"""What is asked from Python: keywords checked as the command line checks options, and refused in
Python's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from operator import index
from typing import Any

from forecast.errors import InputError, Problem, did_you_mean
from forecast.result import RunOptions

PYTHON = "Python"
LIMITS = {"draws": (64, 1 << 22), "seed": (0, 2**63 - 1)}
BY = ("year", "quarter")
_OPTION = re.compile(r"--([a-z][a-z-]*)")


def run_options(asked: Mapping[str, Any]) -> RunOptions:
    """Return how a question is asked. Raises InputError with every keyword that cannot be."""
    problems, whole = [], {}
    for name in asked.keys() & LIMITS.keys():
        low, high = LIMITS[name]
        try:
            whole[name] = index(asked[name])  # NumPy's whole numbers too
        except TypeError:
            whole[name] = low - 1
        if not low <= whole[name] <= high:
            expected = f"a whole number from {low:,} to {high:,}"
            problems.append(Problem(PYTHON, name, repr(asked[name]), expected))
    if not isinstance(through := asked.get("through", ""), str):
        expected = "text, a year or quarter such as '2028' or '2029Q2'"
        problems.append(Problem(PYTHON, "through", repr(through), expected))
    if problems:
        raise InputError(problems)
    return RunOptions(**{**asked, **whole})


def check_by(by: str) -> None:
    """Raise InputError unless `by` is the length of a period."""
    if by not in BY:
        hint = did_you_mean(str(by), BY)
        raise InputError(Problem(PYTHON, "by", repr(by), "'year' or 'quarter'", hint))


@contextmanager
def in_keywords() -> Iterator[None]:
    """Within it an InputError about options of the command line speaks of keywords."""
    try:
        yield
    except InputError as error:
        raise InputError(map(_said, error.problems)) from None


def _said(problem: Problem) -> Problem:
    """Return a problem about `--metric chip` as one about metric='chip'; others as they are."""
    if problem.place != "command line":
        return problem
    option, _, value = problem.subject.partition(" ")
    subject = _named(problem.subject)
    if option.startswith("--") and value and not value.startswith("--"):
        subject = f"{_named(option)}={value!r}"
    return replace(
        problem,
        place=PYTHON,
        subject=subject,
        found=_named(problem.found),
        expected=_named(problem.expected),
        hint=_named(problem.hint),
    )


def _named(text: str) -> str:
    """Return a text in which options have the names of keywords."""
    return _OPTION.sub(lambda match: match[1].replace("-", "_"), text)
