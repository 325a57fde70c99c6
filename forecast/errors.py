"""What can go wrong with an input, said once, in words a person can act on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong in the input: where it stands, what was found and what was expected.

    `place` is `file:line:column`, `file:line` or `command line`; `subject` is the key, field or
    option; `excerpt` is the offending source line, if there is one.
    """

    place: str
    subject: str
    found: str
    expected: str
    hint: str = ""
    excerpt: str = ""

    def sentence(self) -> str:
        """Return the problem on one line."""
        text = f"{self.place}: {self.subject}: found {self.found}; expected {self.expected}"
        return f"{text}. {self.hint}" if self.hint else text


class ForecastError(Exception):
    """Base of every error that is not a defect of ours."""

    exit_code = 2


class InputError(ForecastError):
    """The input is wrong; `problems` carries every problem found, not only the first.

    Example:
        >>> try:
        ...     forecast.load(set="weekly_usrs@2028=1.5B")
        ... except forecast.InputError as error:
        ...     print(error.problems[0].hint)
        Did you mean weekly_users?
    """

    def __init__(self, problems: Iterable[Problem] | Problem) -> None:
        found = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.problems: tuple[Problem, ...] = found
        super().__init__(found)

    def __str__(self) -> str:
        return "\n".join(problem.sentence() for problem in self.problems)


class NotReachedError(ForecastError):
    """What was asked for was looked for and does not hold: nothing is wrong with the input."""

    exit_code = 1


class LockedError(ForecastError):
    """Another run holds the workspace's lock."""

    exit_code = 3


def did_you_mean(word: str, known: Sequence[str] | Iterable[str], show: int = 3) -> str:
    """Return "Did you mean a or b?" for the names nearest to `word`, or an empty string."""
    close = get_close_matches(word, list(known), n=show, cutoff=0.6)
    return f"Did you mean {' or '.join(close)}?" if close else ""
