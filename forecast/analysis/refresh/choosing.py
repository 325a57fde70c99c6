"""Which sources are read, and that what is declared of them agrees with what is known."""

from __future__ import annotations

from collections.abc import Sequence

from forecast.errors import InputError, Problem, did_you_mean
from forecast.inputs.schema import Inputs
from forecast.sources.declared import SOURCES_FILE, Declared, Source


def check_series(declared: Declared, inputs: Inputs) -> None:
    """Check that a series which is known is read in its own unit, and from one source at a time."""
    problems = []
    seen: dict[str, str] = {}
    second = declared.second()
    for source in declared.sources:
        for recipe in source.recipes:
            subject = f"{source.name}.series.{recipe.series_id}"
            known = inputs.series.get(recipe.series_id)
            if known and known.unit != recipe.unit:
                expected = f"{known.unit}, as in data/series.csv"
                problems.append(Problem(SOURCES_FILE, subject, f"unit {recipe.unit}", expected))
            if source.name in second:
                continue
            if other := seen.get(recipe.series_id):
                found = f"a series of {other} as well"
                problems.append(Problem(SOURCES_FILE, subject, found, "each series once"))
            seen[recipe.series_id] = source.name
    if problems:
        raise InputError(problems)


def chosen_sources(declared: Declared, only: Sequence[str]) -> list[Source]:
    """Return the sources that names ask for; a name also stands for all that begin with it. One
    that is read only in place of another has to be asked for by its whole name."""
    names = [source.name for source in declared.sources]
    second = declared.second()
    sources = [each for each in declared.sources if each.name not in second or each.name in only]
    problems = [
        Problem(
            "command line",
            "--only",
            repr(name),
            f"a source: {', '.join(names)}",
            did_you_mean(name, names),
        )
        for name in only
        if not any(_is_asked(source, name) for source in sources)
    ]
    if problems:
        raise InputError(problems)
    return [each for each in sources if not only or any(_is_asked(each, name) for name in only)]


def _is_asked(source: Source, name: str) -> bool:
    return source.name == name or source.name.startswith(f"{name}-")
