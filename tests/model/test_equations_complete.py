"""Every equation of the model is worked by hand somewhere in this folder."""

from __future__ import annotations

import ast
from pathlib import Path

from forecast.model.equations import all_equations

FILES = sorted(Path(__file__).parent.glob("test_equations*.py"))


def worked_by_hand(source: str) -> set[str]:
    """Return the equations that tests of this text run: first arguments of `run` and first entries
    of a table's rows of (equation, arguments, expected)."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "run":
            found |= named(node.args[:1])
        if isinstance(node, ast.Tuple) and len(node.elts) == 3:
            found |= named(node.elts[:1])
    return found


def named(nodes: list[ast.expr]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant)}


def test_every_equation_is_worked_by_hand() -> None:
    worked = set().union(*(worked_by_hand(path.read_text(encoding="utf-8")) for path in FILES))
    assert [each.__name__ for each in all_equations() if each.__name__ not in worked] == []


def test_an_equation_that_is_only_mentioned_is_not_worked() -> None:
    text = 'def test_it():\n    assert run("tokens", a=1) == other("layers")\n'
    assert worked_by_hand(text) == {"tokens"}
    assert worked_by_hand('CASES = [("tiers", {"a": 1.0}, 2.0), ("pair", 1)]') == {"tiers"}
