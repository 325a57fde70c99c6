"""YAML files as trees of nodes that know their line and column.

PyYAML finds the structure, in C where its wheel has that; what a scalar means is decided by whoever
reads it, so that `1e6`, `no` and `12:30` never turn into something their author did not mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from forecast.errors import Problem

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
    import yaml

    text = decode_text(file, content, problems)
    if text is None:
        return None
    source = SourceText(file, tuple(text.splitlines()))
    before = len(problems)
    try:
        root = _root(source, text, problems)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        node = Node(source, line, column, line, column, 1)
        problems.append(node.problem("YAML", str(error.problem or error.context), "valid YAML"))
        return None
    except yaml.YAMLError as error:
        found = str(error).splitlines()[0]
        problems.append(Problem(f"{file}:1", "YAML", found, "valid YAML"))
        return None
    except RecursionError:
        found = "lists or mappings nested too deeply"
        problems.append(Problem(f"{file}:1", "YAML", found, "a mapping of entries"))
        return None
    if root is None:
        problems.append(Problem(f"{file}:1", "file", "nothing", "a mapping or a list"))
        return None
    return None if any(each.subject == _ANCHOR for each in problems[before:]) else root


def _root(source: SourceText, text: str, problems: list[Problem]) -> Node | None:
    """Return the tree of a text. What C cannot read is read anew in Python, whose errors say
    more."""
    import yaml

    if yaml.__with_libyaml__:
        found: list[Problem] = []
        with suppress(yaml.YAMLError):
            root = _Tree(source, yaml.parse(text, yaml.CSafeLoader), found).root()
            problems.extend(found)
            return root
    return _Tree(source, yaml.parse(text, yaml.SafeLoader), problems).root()


class _Tree:
    """The tree of a file, built from the events that a reader of YAML finds in it."""

    def __init__(self, source: SourceText, events: Iterator[Any], problems: list[Problem]) -> None:
        self._source, self._events, self._problems = source, events, problems

    def root(self) -> Node | None:
        """Return the one tree of the file, None if there is none."""
        import yaml

        next(self._events)  # the stream begins
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), None)
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            found = "a second document"
            raise yaml.MarkedYAMLError(problem=found, problem_mark=after.start_mark)
        return root

    def _node(self, event: Any, key: Node | None) -> Node:
        """Return what begins with an event, and all below it, with places."""
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            is_null = not event.style and event.value in _NULL
            node = self._placed(event, event, key, None if is_null else event.value)
        elif isinstance(event, yaml.MappingStartEvent):
            entries, end = self._entries()
            node = replace(self._placed(event, end, key), entries=entries)
        elif isinstance(event, yaml.SequenceStartEvent):
            items, end = self._items()
            node = replace(self._placed(event, end, key), items=items)
        else:
            node = self._placed(event, event, key)
        if event.anchor is not None:
            name = f"{'*' if isinstance(event, yaml.AliasEvent) else '&'}{event.anchor}"
            self._problems.append(node.problem(_ANCHOR, name, "no anchors or aliases"))
        return node

    def _placed(self, first: Any, last: Any, key: Node | None, scalar: str | None = None) -> Node:
        """Return a node from the start of an event to the end of another; a list or mapping is
        marked by its key, if it has one."""
        start, end = first.start_mark, last.end_mark
        width = end.column - start.column if end.line == start.line else 1
        mark = start.line + 1, start.column + 1, max(width, 1)
        if key is None:
            return Node(self._source, *mark[:2], *mark, scalar=scalar)
        if first is not last:
            mark = key.mark_line, key.mark_column, key.mark_width
        return Node(self._source, key.line, key.column, *mark, scalar=scalar)

    def _items(self) -> tuple[tuple[Node, ...], Any]:
        """Return the members of a list, and the event that ends it."""
        import yaml

        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, None))
        return tuple(items), event

    def _entries(self) -> tuple[dict[str, Node], Any]:
        """Return a mapping's values by key, and the event that ends it; a key that stands twice is
        a problem."""
        import yaml

        entries: dict[str, Node] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, None)
            name = event.value if isinstance(event, yaml.ScalarEvent) else key.shape
            node = self._node(next(self._events), key)
            if name in entries:
                found = f"a second {name} (first in line {entries[name].line})"
                self._problems.append(node.problem(name, found, "each key once"))
            else:
                entries[name] = node
        return entries, event
