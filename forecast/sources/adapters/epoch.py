"""Epoch AI: chips sold by designer, the record of training compute, and statements of companies."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from zipfile import ZipFile

from forecast.sources.adapters.contents import (
    MOST_BYTES_UNPACKED,
    day_of,
    is_whole_day,
    number_of,
    table_of,
    text_of,
)
from forecast.sources.declared import Keys, Recipe, matches
from forecast.sources.figures import Body, DriftError, Figure, Reading, clean
from forecast.units import Qualifier

CHIP_KEYS = Keys(frozenset({"value", "end", "notes"}), frozenset({"file", "incomplete"}))
RECORD_KEYS = Keys(frozenset({"value", "date", "model"}))
STATEMENT_KEYS = Keys(frozenset({"value", "date", "reported", "notes", "source"}))
_GENERATED = re.compile(r"[Gg]enerated on:? *(?:(\d{2})-(\d{2})-(\d{4})|(\d{4}-\d{2}-\d{2}))")
_FIGURES = 3  # of a training estimate: more are float noise
_FIRST_DAY = date(2015, 1, 1)  # before which no statement of a company is meant
# Words before a number, or that stand for one, which make a statement a bound or a rough figure.
_WORDS: tuple[tuple[Qualifier, str], ...] = (
    ("lt", r"\b(?:nearly|almost|approaching|on the precipice of|just under|close to|up to)"),
    ("gt", r"\b(?:over|more than|surpass\w*|exceed\w*|at least|above)"),
    ("approx", r"\b(?:about|around|roughly|approximately|some)"),
)
_NUMBER_SOON = r"(?: \w+){0,2} \$?\d"


def read_chips(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return cumulative sales by designer, without periods that are marked as incomplete, from a
    table in an archive, or from several tables.

    `published` is the day on which the estimates were generated, else the day fetched.
    """
    figures: list[Figure] = []
    remarks = []
    for recipe in recipes:
        value, end, notes = (recipe.one(key) for key in ("value", "end", "notes"))
        mine = [
            (body, row)
            for body in bodies
            for row in _chips(body, recipe, (value, end, notes))
            if _wanted(row, recipe)
        ]
        if not mine:
            remarks.append(f"{recipe.series_id}: no record of {_said(recipe)}")
        figures += [
            Figure(
                recipe.series_id,
                day_of(row[end], end),
                number_of(row[value], value),
                _generated(row[notes]) or body.fetched,
                body.url,
                clean(row[notes]),
            )
            for body, row in mine
            if _is_whole(row.get(recipe.one("incomplete"), ""), row[notes])
        ]
    figures.sort(key=lambda each: (each.series_id, each.period_end))
    return Reading(tuple(figures), tuple(remarks))


def _is_whole(mark: str, notes: str) -> bool:
    """Return whether a period is complete: one that is not has a mark of any kind, or notes that
    begin by saying so."""
    is_marked = mark.strip().lower() not in {"", "false", "no", "0"}
    return not is_marked and not notes.strip().lower().startswith("incomplete")


def _chips(body: Body, recipe: Recipe, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the records of a table: of the file that is named, in an archive or at an address of
    its own, or of any."""
    name, incomplete = recipe.one("file"), recipe.one("incomplete")
    required = [*columns, *([incomplete] if incomplete else []), *recipe.where]
    at = body.url.rpartition("/")[2]
    if name and at.endswith(".zip"):
        return _packed(body, name, required)
    return table_of(text_of(body), required) if name in {"", at} else []


def _packed(body: Body, name: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """Return the records of a table in a ZIP archive, which is read in memory and no further."""
    if not body.content.startswith(b"PK"):
        text_of(body)
        raise DriftError("no ZIP archive", "a ZIP archive")
    with ZipFile(io.BytesIO(body.content)) as archive:
        names = archive.namelist()
        found = [each for each in names if each.rpartition("/")[2] == name]
        if len(found) != 1:
            raise DriftError(f"the files {', '.join(names)}", f"one {name}")
        with archive.open(found[0]) as packed:
            content = packed.read(MOST_BYTES_UNPACKED + 1)
    if len(content) > MOST_BYTES_UNPACKED:
        raise DriftError("a file without end in it", f"at most {MOST_BYTES_UNPACKED:,} bytes")
    return table_of(text_of(Body(body.url, content, body.fetched)), columns)


def _generated(notes: str) -> date | None:
    """Return the day in `Estimates generated on: 08-27-2026 15:06`."""
    found = _GENERATED.search(notes)
    if found is None:
        return None
    day = found[4] or f"{found[3]}-{found[1]}-{found[2]}"
    return day_of(day, "the day of generation")


def read_records(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return each day on which the largest value so far was beaten, to three figures, the larger
    where two fall on one day, and apart the models that beat nothing; one that is dated by its
    month or year alone can beat none."""
    records: list[Figure] = []
    beaten: list[Figure] = []
    for recipe in recipes:
        mine: list[Figure] = []
        for each in _dated(bodies[0], recipe):
            if mine and each.value <= mine[-1].value:
                beaten.append(each)
                continue
            if mine and mine[-1].period_end == each.period_end:
                beaten.append(mine.pop())
            mine.append(each)
        records += [each for each in mine if each.period_end >= recipe.since]
    return Reading(tuple(records), beaten=tuple(beaten))


def _dated(body: Body, recipe: Recipe) -> list[Figure]:
    """Return all models of a whole day, by day and value; a name is its note up to a semicolon."""
    value, day, model = (recipe.one(key) for key in ("value", "date", "model"))
    found = [
        Figure(
            recipe.series_id,
            at := day_of(row[day], day),
            _rounded(number_of(row[value], value)),
            at,
            body.url,
            clean(row[model]).replace(";", ","),
        )
        for row in table_of(text_of(body), (value, day, model))
        if row[value].strip() and row[day].strip() and is_whole_day(row[day])
    ]
    return sorted(found, key=lambda each: (each.period_end, each.value))


def _rounded(value: float) -> float:
    return float(f"{value:.{_FIGURES}g}")


def read_statements(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return what companies said, for a person to judge: a bound where the notes have its words,
    a plan where it was reported before its period ended.

    Records without value or whole day, or with a day that cannot be, are no statements.
    """
    figures = []
    for recipe in recipes:
        names = [recipe.one(key) for key in ("value", "date", "reported", "notes", "source")]
        for row in table_of(text_of(bodies[0]), (*names, *recipe.where)):
            if not _wanted(row, recipe):
                continue
            value, day, reported, notes, source = (row[name].strip() for name in names)
            if not value or not day or not is_whole_day(day):
                continue
            ends = day_of(day, names[1])
            said = day_of(reported, names[2]) if reported else ends
            if ends < recipe.since or not _FIRST_DAY <= said <= bodies[0].fetched:
                continue
            figures.append(
                Figure(
                    recipe.series_id,
                    ends,
                    number_of(value, names[0]),
                    said,
                    clean(source) if source.startswith("https://") else bodies[0].url,
                    clean(notes),
                    _qualifier(notes),
                    plan=said < ends,
                )
            )
    return Reading(tuple(figures))


def _wanted(row: Mapping[str, str], recipe: Recipe) -> bool:
    return all(matches(row[name], texts) for name, texts in recipe.where.items()) and not any(
        matches(row[name], texts) for name, texts in recipe.unless.items() if name in row
    )


def _said(recipe: Recipe) -> str:
    return ", ".join(f"{name} = {' or '.join(texts)}" for name, texts in recipe.where.items())


def _qualifier(notes: str) -> Qualifier:
    """Return what the words before the first number make of a statement; equal without any."""
    text = " ".join(notes.split())
    found = [
        (at.start(), qualifier)
        for qualifier, words in _WORDS
        for at in [re.search(words + _NUMBER_SOON, text, re.IGNORECASE)]
        if at
    ]
    if "hundreds of" in text.lower():
        return "gt"
    return min(found)[1] if found else "eq"
