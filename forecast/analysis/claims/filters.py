"""Which published claims are asked for, and what is wrong with the wish or with the mapping."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from forecast.analysis.claims.held_against import period_of
from forecast.analysis.claims.rows import Filters
from forecast.errors import InputError, Problem
from forecast.inputs.yardsticks.claims import MAPPING_FILE, Claim
from forecast.model.graph import Meaning
from forecast.names import find
from forecast.world.metrics import members


def checked(published: Sequence[Claim], meanings: dict[str, Meaning], filters: Filters) -> Filters:
    """Return the filters with names in full. Raises InputError with all that is wrong with them, or
    with the mapping."""
    problems = [
        Problem(f"{MAPPING_FILE}:{each.mapping.line}", "metric", found, expected, hint)
        for each in published
        if each.mapping.metric
        for found, expected, hint in _misfits(each, meanings)
    ]
    names = sorted({each.who for each in published})
    for wanted in named(filters.who):
        if not any(is_by(wanted, name) for name in names):
            expected = "part of a name that data/claims.csv has"
            near = find(wanted, {name: "" for name in names})
            hint = near.hint or f"Such as {', '.join(names[:3])}."
            found = "nobody of this name"
            problems.append(Problem("command line", f"--who {wanted}", found, expected, hint))
    about = {each.about: "" for each in published}
    about |= {
        name: meanings[name].title
        for name in {each.mapping.metric for each in published} & meanings.keys()
    }
    matched = find(filters.about, about)
    if filters.about and matched.name is None:
        expected = "a metric, or a subject of data/claims.csv, that a claim is about"
        found = matched.found("no claim about it")
        problems.append(
            Problem("command line", f"--about {filters.about}", found, expected, matched.hint)
        )
    if filters.year and not re.fullmatch("[0-9]{4}", filters.year):
        expected = "a year, such as 2028"
        problems.append(
            Problem("command line", f"--year {filters.year}", repr(filters.year), expected)
        )
    if problems:
        raise InputError(problems)
    return replace(filters, about=matched.name or "")


def _misfits(claim: Claim, meanings: dict[str, Meaning]) -> list[tuple[str, str, str]]:
    """Return what of a mapping does not fit the model: (found, expected, hint)."""
    mapping = claim.mapping
    meaning = meanings.get(mapping.metric)
    if meaning is None:
        return []  # said in the claim's own row, because models change and claims stay
    found = []
    if meaning.kind == "event":
        found.append((mapping.metric, "a metric with a value, not an event", ""))
    if "-" in mapping.period and meaning.kind != "flow":
        found.append((f"{mapping.metric} over {mapping.period}", "a flow, which adds up", ""))
    part = (mapping.metric, mapping.dimension)
    known = members(*part) if mapping.member else ()
    if mapping.member and not known:
        found.append((f"{mapping.metric} by {mapping.dimension}", "a breakdown of the model", ""))
    elif mapping.member and mapping.member not in known:
        found.append((mapping.member, f"one of {', '.join(known)}", ""))
    return found


def named(text: str) -> list[str]:
    """Return the names in a text that lists them: Gartner, Goldman."""
    return [each.strip() for each in text.split(",") if each.strip()]


def is_by(text: str, who: str) -> bool:
    """Return whether a claim of this name is by one of those whom a text names, of whose name all
    words are there; an empty text names everybody."""
    return not text or any(
        each.lower() in who.lower() or find(each, {who: ""}).name is not None
        for each in named(text)
    )


def is_wanted(claim: Claim, filters: Filters) -> bool:
    """Return whether a claim is asked for, wherever it lies."""
    return (
        is_by(filters.who, claim.who)
        and filters.about in {"", claim.mapping.metric, claim.about}
        and (not filters.year or _covers(period_of(claim), int(filters.year)))
        and (claim.headline or not filters.headline)
    )


def _covers(period: str, year: int) -> bool:
    """Return whether a period, such as 2028, 2026Q1, ~2027 or 2026-2030, has any of a year."""
    years = [int(text) for text in re.findall(r"(?<!\d)\d{4}(?!\d)", period)]
    return bool(years) and min(years) <= year <= max(years)
