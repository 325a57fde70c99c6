"""Reading a mapping key by key: every wrong or unknown key is noted, none stops the reading."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from datetime import date
from typing import TypeVar

from forecast.errors import Problem, did_you_mean
from forecast.inputs.yaml.nodes import Node
from forecast.periods import parse_day
from forecast.units import UNITS, parse_value

Value = TypeVar("Value")
NO_DAY = date(1, 1, 1)
_YES_NO = {"true": True, "yes": True, "false": False, "no": False}


class YamlBlock:
    """A mapping of a YAML file that is read against a fixed set of keys.

    A value that is missing or wrong is added to `problems` and read as an empty one (NaN for a
    number), so that the rest is still checked; `good` tells whether anything was wrong.
    """

    def __init__(
        self, node: Node, subject: str, known: Collection[str], problems: list[Problem]
    ) -> None:
        self.node = node
        self.subject = subject
        self.problems = problems
        self._problems_before = len(problems)
        self.entries = node.entries or {}
        if node.entries is None:
            problems.append(node.problem(subject, node.shape, f"a mapping with {listed(known)}"))
        for key in self.entries:
            if key not in known:
                hint = did_you_mean(key, known)
                self.complain(key, "an unknown key", f"one of {listed(known)}", hint)

    @property
    def good(self) -> bool:
        """Whether nothing was wrong so far."""
        return len(self.problems) == self._problems_before

    def complain(self, key: str, found: str, expected: str, hint: str = "") -> None:
        """Add a problem at a key, or at the block if it has no such key."""
        node = self.entries.get(key, self.node)
        subject = f"{self.subject}.{key}" if key in self.entries else self.subject
        self.problems.append(node.problem(subject, found, expected, hint))

    def text(self, key: str, default: str | None = None) -> str:
        """Return a text with single blanks; a missing one is a problem unless it has a default."""
        node = self.entries.get(key)
        if node is None:
            if default is None and self.node.entries is not None:
                self.complain(key, f"no {key}", f"{key}: …")
            return default or ""
        if node.scalar is None or not node.scalar.strip():
            self.complain(key, "nothing" if node.scalar == "" else node.shape, "a text")
            return ""
        return " ".join(node.scalar.split())

    def parsed(self, key: str, read: Callable[[str], Value], expected: str, failed: Value) -> Value:
        """Return what `read` makes of a required text; its ValueError becomes a problem."""
        text = self.text(key)
        if not text:
            return failed
        try:
            return read(text)
        except ValueError as error:
            self.complain(key, text, expected, sentence(error))
            return failed

    def number(self, key: str, unit: str) -> float:
        """Return a required quantity in `unit`, NaN if it is wrong."""
        expected = f"a value in {unit} ({UNITS[unit].meaning})"
        return self.parsed(key, lambda text: parse_value(text, unit), expected, math.nan)

    def optional_number(self, key: str, unit: str) -> float | None:
        """Return a quantity in `unit`, or None if the key is absent."""
        return self.number(key, unit) if key in self.entries else None

    def plain_number(
        self, key: str, low: float, high: float, default: float | None = None
    ) -> float:
        """Return a number without a unit between `low` and `high`, NaN if it is wrong."""
        if key not in self.entries and default is not None:
            return default

        text = self.text(key)
        try:
            value = float(text) if text else math.nan
        except ValueError:
            value = math.inf
        if text and not low <= value <= high:
            self.complain(key, text, f"a number from {low:g} to {high:g}")
        return value

    def choice(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        """Return one of the allowed words; a missing one is a problem unless it has a default."""
        word = self.text(key, default)
        if word and word not in allowed:
            self.complain(key, word, f"one of {listed(allowed)}", did_you_mean(word, allowed))
        return word

    def day(self, key: str) -> date:
        """Return a required date."""
        return self.parsed(key, parse_day, "a date such as 2026-11-01", NO_DAY)

    def flag(self, key: str) -> bool:
        """Return yes or no; no if the key is absent."""
        if key not in self.entries:
            return False
        return _YES_NO.get(self.choice(key, _YES_NO), False)

    def nodes(self, key: str) -> tuple[Node, ...]:
        """Return the members of a list, none if the key is absent."""
        node = self.entries.get(key)
        if node is None:
            return ()
        if node.items is None:
            self.complain(key, node.shape, "a list")
        return node.items or ()

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, none if the key is absent."""
        found = []
        for node in self.nodes(key):
            if node.scalar is None or not node.scalar.strip():
                self.problems.append(node.problem(f"{self.subject}.{key}", node.shape, "a text"))
            else:
                found.append(" ".join(node.scalar.split()))
        return tuple(found)


def listed(words: Iterable[str]) -> str:
    """Return words for a sentence: `a, b, c`."""
    return ", ".join(words)


def sentence(error: ValueError) -> str:
    """Return what an error says as a sentence."""
    text = str(error)
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?")) else f"{text}."
