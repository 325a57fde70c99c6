"""Bodies of tests/data/sources, and sources read from them or from bodies changed by a test."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

from forecast.sources.adapters import ADAPTERS, adapter_keys, documents, read
from forecast.sources.bodies import Bodies, name_of
from forecast.sources.declared import Source, read_sources
from forecast.sources.figures import Body, Reading

REPLAYED = Path(__file__).parent / "data" / "sources"
TODAY = date(2026, 10, 10)
SOURCES = {source.name: source for source in read_sources(None, adapter_keys()).sources}


def bodies_of(source: Source) -> list[Body]:
    """Return the bodies of a source as far as they are there, its documents last."""
    kept = Bodies(REPLAYED, TODAY)
    found = [body for url in source.addresses if (body := kept.newest(url))]
    named = documents(ADAPTERS[source.adapter], source.documents, found, source.recipes)
    return found + [body for urls in named for url in urls if (body := kept.newest(url))]


def read_source(name: str, change: Callable[[bytes], bytes] = lambda content: content) -> Reading:
    """Return the figures of a source, with its only body, or all documents, changed."""
    source = SOURCES[name]
    bodies = bodies_of(source)
    kept = min(1, len(bodies) - 1)
    changed = [Body(each.url, change(each.content), each.fetched) for each in bodies[kept:]]
    return read(ADAPTERS[source.adapter], [*bodies[:kept], *changed], source.recipes)


def replaced(before: str, after: str) -> Callable[[bytes], bytes]:
    """Return a change of text that must be there."""

    def change(content: bytes) -> bytes:
        assert before.encode() in content
        return content.replace(before.encode(), after.encode())

    return change


def expected() -> list[dict[str, str]]:
    """Return the figures that must come out."""
    with (REPLAYED / "expected.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def copy_bodies(folder: Path) -> None:
    """Copy all bodies into a folder, to be changed there."""
    for path in REPLAYED.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(REPLAYED)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())


def body_file(folder: Path, url: str) -> Path:
    """Return the file of an address's body in a folder."""
    return folder / name_of(url)
