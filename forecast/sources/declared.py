"""`assumptions/sources.yaml`: which public sources are read, and what becomes of what they say.

A source has an adapter, addresses and series; each series says how it is read (`read`, whose keys
are the adapter's own and which the source may hold for all of them), its class, and by what a
figure that cannot be right is known.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.bounds import content_of
from forecast.inputs.places import builtin_folder
from forecast.inputs.yaml.blocks import NO_DAY, YamlBlock
from forecast.inputs.yaml.nodes import Node, parse_yaml
from forecast.units import UNITS

SOURCES_FILE = "assumptions/sources.yaml"
REMINDERS = "reminders"
Kind = Literal["automatic", "proposal"]
FREQUENCIES = ("D", "W", "M", "Q", "H", "A", "point", "event")
_SOURCE_KEYS = (
    "title", "licence", "adapter", "addresses", "documents", "contact", "otherwise", "read",
    "series",
)  # fmt: skip
_SERIES_KEYS = (
    "class", "unit", "frequency", "since", "read", "where", "unless", "range", "jump", "tolerance",
    "rounding", "history", "grows", "ended",
)  # fmt: skip


@dataclass(frozen=True)
class Keys:
    """The keys of `read` that an adapter must be given, and those that it can do without."""

    required: frozenset[str]
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Recipe:
    """How one series is read from a source, and how its figures are judged.

    `read`, `where` and `unless` hold one or several texts under each key. A figure outside of
    [`low`, `high`], or more than `jump` times its neighbour or less than one part in `jump` of it,
    cannot be right; one within `tolerance` (a part of the value) or `rounding` (in the unit) of
    what is known is the same. `history` says whether a source keeps all figures (whole), only the
    newest (rolling), or may take some back (open); `grows` that no figure is below the one before;
    `ended`, if not empty, since when there is no new one.
    """

    series_id: str
    kind: Kind
    unit: str
    frequency: str
    since: date
    read: Mapping[str, tuple[str, ...]]
    where: Mapping[str, tuple[str, ...]]
    unless: Mapping[str, tuple[str, ...]]
    low: float
    high: float
    jump: float
    tolerance: float
    rounding: float
    history: str
    grows: bool
    ended: str

    def one(self, key: str, default: str = "") -> str:
        """Return the only text under a key of `read`."""
        return self.read.get(key, (default,))[0]


@dataclass(frozen=True)
class Source:
    """A document that a publisher keeps up to date, and the series that are read from it.

    `documents` are the addresses, with fields in braces, of those that the first one names: each
    lies at the first of them that has it. `otherwise` is the source that is read in its place where
    it fails, if any.
    """

    name: str
    title: str
    licence: str
    adapter: str
    addresses: tuple[str, ...]
    documents: tuple[str, ...]
    needs_contact: bool
    otherwise: str
    recipes: tuple[Recipe, ...]


@dataclass(frozen=True)
class Declared:
    """All sources, and where to look for the figures of series that no source gives."""

    sources: tuple[Source, ...]
    reminders: Mapping[str, str]

    def second(self) -> set[str]:
        """Return the names of the sources that are read only in place of another."""
        return {source.otherwise for source in self.sources}

    def kinds(self) -> dict[str, Kind]:
        """Return the class of each series that some source gives."""
        return {each.series_id: each.kind for source in self.sources for each in source.recipes}


def read_sources(workspace: Path | None, adapters: Mapping[str, Keys]) -> Declared:
    """Return the sources of a workspace, or the built-in ones where it has no such file.

    `adapters` are those known, with the keys of `read` that each takes. Raises InputError with
    every problem.
    """
    own = workspace / SOURCES_FILE if workspace else None
    path = own if own is not None and own.is_file() else builtin_folder() / SOURCES_FILE
    content = content_of(path, SOURCES_FILE)
    problems: list[Problem] = []
    root = parse_yaml(SOURCES_FILE, content, problems)
    entries = dict(root.entries or {}) if root else {}
    if root is not None and root.entries is None:
        problems.append(root.problem("sources", root.shape, "a mapping of names to sources"))
    looks = entries.pop(REMINDERS, None)
    found_sources = [
        _source(name, node, adapters, entries.keys() - {name}, problems)
        for name, node in entries.items()
    ]
    reminders = _reminders(looks, problems) if looks else {}
    if problems:
        raise InputError(problems)
    return Declared(tuple(found_sources), reminders)


def matches(cell: str, patterns: Sequence[str]) -> bool:
    """Return whether a cell is one of some texts, whatever the case; `*` stands for any signs."""
    text = " ".join(cell.split()).lower()
    return any(fnmatchcase(text, pattern.lower()) for pattern in patterns)


def _reminders(node: Node, problems: list[Problem]) -> dict[str, str]:
    block = YamlBlock(node, REMINDERS, tuple(node.entries or ()), problems)
    return {series: block.text(series) for series in block.entries}


def _source(
    name: str,
    node: Node,
    adapters: Mapping[str, Keys],
    others: Collection[str],
    problems: list[Problem],
) -> Source:
    block = YamlBlock(node, name, _SOURCE_KEYS, problems)
    adapter = block.choice("adapter", adapters)
    addresses = block.texts("addresses")
    if not addresses:
        block.complain("addresses", "none", "one address or several")
    named = block.entries.get("documents")
    is_one = named is not None and named.items is None
    documents = (block.text("documents"),) if is_one else block.texts("documents")
    for address in (*addresses, *documents):
        if urlsplit(address).scheme not in {"https", "http"} or not urlsplit(address).hostname:
            block.complain("addresses", address, "an address that begins with https://")
    series = block.entries.get("series")
    if series is None or not series.entries:
        block.complain("series", "none", "a mapping of series to how they are read")
    keys = adapters.get(adapter, Keys(frozenset()))
    shared = _texts(block, "read", keys.required | keys.optional)
    recipes = [
        _recipe(f"{name}.series.{each}", each, below, shared, keys, problems)
        for each, below in ((series.entries if series else None) or {}).items()
    ]
    return Source(
        name,
        block.text("title"),
        block.text("licence"),
        adapter,
        addresses,
        documents,
        block.flag("contact"),
        block.choice("otherwise", others, ""),
        tuple(recipes),
    )


def _recipe(
    subject: str,
    series_id: str,
    node: Node,
    shared: Mapping[str, tuple[str, ...]],
    keys: Keys,
    problems: list[Problem],
) -> Recipe:
    block = YamlBlock(node, subject, _SERIES_KEYS, problems)
    unit = block.choice("unit", UNITS)
    kind = block.choice("class", ("automatic", "proposal"), "automatic")
    history = "open" if kind == "proposal" else "whole"  # statements are dated anew now and then
    low, high = _range(block)
    read = {**shared, **_texts(block, "read", keys.required | keys.optional)}
    for name in sorted(keys.required - read.keys()):
        block.complain("read", f"no {name}", f"{name}: …")
    return Recipe(
        series_id,
        cast(Kind, kind),
        unit,
        block.choice("frequency", FREQUENCIES),
        block.day("since") if "since" in block.entries else NO_DAY,
        read,
        _texts(block, "where", None),
        _texts(block, "unless", None),
        low,
        high,
        block.plain_number("jump", 1.0, 1e6, math.inf),
        block.plain_number("tolerance", 0.0, 0.1, 1e-6),
        block.plain_number("rounding", 0.0, math.inf, 0.0),
        block.choice("history", ("whole", "rolling", "open"), history),
        block.flag("grows"),
        block.text("ended", ""),
    )


def _range(block: YamlBlock) -> tuple[float, float]:
    texts = block.texts("range")
    try:
        low, high = (float(text) for text in texts)
    except ValueError:
        found = ", ".join(texts) or "none"
        block.complain("range", found, "the lowest and the highest value: [0, 1]")
        return -math.inf, math.inf
    return low, high


def _texts(
    block: YamlBlock, key: str, allowed: frozenset[str] | None
) -> dict[str, tuple[str, ...]]:
    """Return a mapping of names to one text or several; `allowed` are the names, if not any."""
    node = block.entries.get(key)
    if node is None:
        return {}
    if node.entries is None:
        block.complain(key, node.shape, "a mapping of names to texts")
        return {}
    found = {}
    for name, below in node.entries.items():
        if allowed is not None and name not in allowed:
            expected = f"one of {', '.join(sorted(allowed))}"
            hint = did_you_mean(name, allowed)
            problem = below.problem(f"{block.subject}.{key}", name, expected, hint)
            block.problems.append(problem)
        parts = [below] if below.items is None else list(below.items)
        found[name] = tuple(part.scalar or "" for part in parts)
    return found
