"""YAML files as trees of nodes that know their line and column.

ruamel.yaml finds the structure; what a scalar means is decided by whoever reads it, so that `1e6`,
`no` and `12:30` never turn into something their author did not mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forecast.errors import Problem

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node as RawNode

_ANCHOR = "anchor"
_NULL = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True)
class SourceText:
    """A text file by its name and its lines."""

    file: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Node:
    """One value of a YAML file: a scalar's text, a list, a mapping, or nothing (all None).

    `line` and `column`, from 1, are those of its key, if it has one. The mark is what a caret
    underlines: the value itself, or the key of a list or mapping.
    """

    source: SourceText
    line: int
    column: int
    mark_line: int
    mark_column: int
    mark_width: int
    scalar: str | None = None
    items: tuple[Node, ...] | None = None
    entries: dict[str, Node] | None = None

    @property
    def place(self) -> str:
        """`file:line:column`."""
        return f"{self.source.file}:{self.line}:{self.column}"

    @property
    def shape(self) -> str:
        """What the node is, in words."""
        if self.entries is not None:
            return "a mapping"
        if self.items is not None:
            return "a list"
        return "nothing" if self.scalar is None else repr(self.scalar)

    def excerpt(self, remark: str) -> str:
        """Return the offending line with a caret under the value and a remark behind it."""
        line = (
            self.source.lines[self.mark_line - 1]
            if self.mark_line <= len(self.source.lines)
            else ""
        )
        number = str(self.mark_line)
        caret = " " * (self.mark_column - 1) + "^" * self.mark_width
        return f"{number} │ {line}\n{' ' * len(number)} │ {caret} {remark}"

    def problem(self, subject: str, found: str, expected: str, hint: str = "") -> Problem:
        """Return a problem that points at this node."""
        return Problem(self.place, subject, found, expected, hint, self.excerpt(found))


def decode_text(file: str, content: bytes, problems: list[Problem]) -> str | None:
    """Return a file's text without byte-order mark; None, with a problem added, if it is none."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = f"a byte that is not UTF-8 (0x{content[error.start]:02x})"
        problems.append(Problem(f"{file}:{line}", "text", found, "text in UTF-8"))
        return None
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        problems.append(Problem(f"{file}:{line}", "text", "binary data", "text in UTF-8"))
        return None
    return text


def parse_yaml(file: str, content: bytes, problems: list[Problem]) -> Node | None:
    """Return the tree of a YAML file; None, with a problem added, if it is empty or no YAML."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    text = decode_text(file, content, problems)
    if text is None:
        return None
    source = SourceText(file, tuple(text.splitlines()))
    try:
        raw: Any = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        node = Node(source, line, column, line, column, 1)
        problems.append(node.problem("YAML", str(error.problem or error.context), "valid YAML"))
        return None
    except YAMLError as error:
        found = str(error).splitlines()[0]
        problems.append(Problem(f"{file}:1", "YAML", found, "valid YAML"))
        return None
    except RecursionError:
        found = "lists or mappings nested too deeply"
        problems.append(Problem(f"{file}:1", "YAML", found, "a mapping of entries"))
        return None
    if raw is None:
        problems.append(Problem(f"{file}:1", "file", "nothing", "a mapping or a list"))
        return None
    before = len(problems)
    root = _node(raw, source, None, problems)
    return None if any(each.subject == _ANCHOR for each in problems[before:]) else root


def _node(raw: RawNode, source: SourceText, key: RawNode | None, problems: list[Problem]) -> Node:
    """Return a composed node, and all below it, with places."""
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    content: Any = raw.value
    at = (key or raw).start_mark
    is_tree = isinstance(raw, MappingNode | SequenceNode)
    marked = key if is_tree and key is not None else raw
    start, end = marked.start_mark, marked.end_mark
    width = end.column - start.column if end.line == start.line else 1
    place = (at.line + 1, at.column + 1, start.line + 1, start.column + 1, max(width, 1))
    if raw.anchor is not None:
        problem = Node(source, *place).problem(_ANCHOR, f"&{raw.anchor}", "no anchors or aliases")
        problems.append(problem)
        return Node(source, *place)
    if isinstance(raw, MappingNode):
        return Node(source, *place, entries=_entries(content, source, problems))
    if isinstance(raw, SequenceNode):
        return Node(source, *place, items=tuple(_node(i, source, None, problems) for i in content))
    plain = getattr(raw, "style", None) is None
    scalar = None if plain and content in _NULL else str(content)
    return Node(source, *place, scalar=scalar)


def _entries(
    pairs: list[tuple[RawNode, RawNode]], source: SourceText, problems: list[Problem]
) -> dict[str, Node]:
    """Return a mapping's values by key; a key that stands twice is a problem."""
    entries: dict[str, Node] = {}
    for raw_key, raw_value in pairs:
        name = str(raw_key.value)
        node = _node(raw_value, source, raw_key, problems)
        if name in entries:
            first = entries[name].line
            problems.append(
                node.problem(name, f"a second {name} (first in line {first})", "each key once")
            )
        else:
            entries[name] = node
    return entries
