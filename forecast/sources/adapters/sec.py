"""SEC EDGAR: quarters of a company from the facts that it tagged in its filings.

A concept (`companyconcept`) holds one tag through all filings, and `companyfacts` all tags; what is
split by a dimension, such as NVIDIA's data-centre revenue, stands only in the instance of each
filing. All are lists of facts, and quarters are made of them by the same rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from xml.etree.ElementTree import Element

from forecast.sources.adapters.contents import day_of, json_of, member, number_of
from forecast.sources.adapters.fiscal_quarters import Fact, Quarter, quarters
from forecast.sources.adapters.xbrl import amounts, companies, root_of
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Figure, Reading, clean

CONCEPT_KEYS = Keys(frozenset({"tags"}))
INSTANCE_KEYS = Keys(frozenset({"tag", "axis", "member"}))
MOST_FACTS = 2_000  # of one tag; companies have some 300
MOST_ROUNDED = 0.01  # part of a fact by which one filing may state it differently
_CIK = re.compile(r"/CIK0*(\d+)[/.]")
_DOLLARS = "USD"
_TAXONOMY = "us-gaap"
_FORMS = {"10-Q", "10-K"}


def read_concepts(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the quarters of series that are tags, or sums of tags of one filing; a body has one
    tag, or all facts of a company."""
    wanted = {name for recipe in recipes for name in recipe.read["tags"]}
    tags = {}
    for body in bodies:
        found = json_of(body)
        _check_company(str(member(found, "cik")), body.url)
        for name, concept in _concepts(found).items():
            if name in wanted:
                tags[name] = _concept_facts(concept, body.url)
    figures = [
        figure
        for recipe in recipes
        for figure in _figures(recipe, _added(recipe.read["tags"], tags))
    ]
    return Reading(tuple(figures))


def _concepts(found: Mapping[str, object]) -> Mapping[str, object]:
    """Return the concepts of a body by their tags."""
    if "facts" not in found:
        return {str(member(found, "tag")): found}
    concepts: Mapping[str, object] = member(found, "facts", _TAXONOMY)
    return concepts


def _check_company(cik: str, url: str) -> None:
    """Check that a body is of the company that its address names, if it names one."""
    asked = _CIK.search(url)
    if asked and cik.lstrip("0") != asked[1]:
        raise DriftError(f"facts of company {cik}", f"those of {asked[1]}")


def _concept_facts(concept: object, url: str) -> list[Fact]:
    found = member(concept, "units", _DOLLARS)
    if len(found) > MOST_FACTS:
        raise DriftError(f"{len(found):,} facts of one tag", f"at most {MOST_FACTS:,}")
    return [
        Fact(
            start=day_of(str(member(each, "start")), "start"),
            end=day_of(str(member(each, "end")), "end"),
            value=number_of(str(member(each, "val")), "val"),
            filing=str(member(each, "accn")),
            filed=day_of(str(member(each, "filed")), "filed"),
            url=url,
        )
        for each in found
    ]


def _added(names: Sequence[str], tags: Mapping[str, Sequence[Fact]]) -> list[Fact]:
    """Return the facts of a tag, or sums of the facts that one filing states of all tags."""
    for name in names:
        if name not in tags:
            raise DriftError(f"the tags {', '.join(tags) or 'of others alone'}", name)
    by_filing = [_by_filing(tags[name]) for name in names]
    return [
        replace(fact, value=sum(each[key].value for each in by_filing))
        for key, fact in by_filing[0].items()
        if all(key in each for each in by_filing)
    ]


def _by_filing(facts: Sequence[Fact]) -> dict[tuple[date, date, str], Fact]:
    """Return facts by period and filing; one that is stated again may differ by its rounding."""
    found: dict[tuple[date, date, str], Fact] = {}
    for fact in facts:
        first = found.setdefault((fact.start, fact.end, fact.filing), fact)
        if abs(fact.value - first.value) > MOST_ROUNDED * abs(first.value):
            both = f"{first.value:.6g} and {fact.value:.6g}"
            raise DriftError(f"{both} for {fact.end} in filing {fact.filing}", "one of the two")
    return found


def _figures(recipe: Recipe, facts: Sequence[Fact]) -> list[Figure]:
    found = [each for each in quarters(facts) if each.fact.end >= recipe.since]
    if not found:
        last = max((fact.end for fact in facts), default=None)
        raise DriftError(
            f"no quarter of {recipe.series_id} since {recipe.since}; the last fact is of {last}",
            "quarters; has the company changed its tag?",
        )
    return [
        Figure(
            recipe.series_id,
            each.fact.end,
            each.value,
            each.fact.filed,
            each.fact.url,
            _note(each),
        )
        for each in found
    ]


def _note(quarter: Quarter) -> str:
    filing = f"filing {clean(quarter.fact.filing)}"
    if quarter.less is None:
        return filing
    millions = f"{quarter.fact.value / 1e6:,.0f} - {quarter.less.value / 1e6:,.0f} million"
    return f"{filing}; {millions}, the latter from {clean(quarter.less.filing)}"


def filings(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> list[dict[str, str]]:
    """Return what addresses the instance of each quarterly and yearly filing, newest first."""
    first = min(recipe.since for recipe in recipes)
    return [
        {"cik": each.cik, "accession": each.accession.replace("-", ""), "document": each.document}
        for each in _filings(bodies[0])
        if each.period >= first
    ]


@dataclass(frozen=True)
class _Filing:
    cik: str
    accession: str
    filed: date
    period: date
    document: str


def _filings(body: Body) -> list[_Filing]:
    submissions = json_of(body)
    recent = member(submissions, "filings", "recent")
    columns = [
        member(recent, name)
        for name in ("form", "accessionNumber", "filingDate", "reportDate", "primaryDocument")
    ]
    if len({len(column) for column in columns}) != 1:
        raise DriftError("columns of different lengths", "one entry for each filing")
    cik = str(member(submissions, "cik")).lstrip("0")
    _check_company(cik, body.url)
    return [
        _Filing(
            cik,
            str(accession),
            day_of(filed, "filingDate"),
            day_of(period, "reportDate"),
            str(document).removesuffix(".htm"),
        )
        for form, accession, filed, period, document in zip(*columns, strict=True)
        if form in _FORMS
    ]


def read_instances(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the quarters of series that are one tag with exactly one explicit member.

    The first body lists the filings, the others are their instances, as far as they are there.
    """
    listed = {each.accession.replace("-", ""): each for each in _filings(bodies[0])}
    instances = []
    for body in bodies[1:]:
        filing = next((each for key, each in listed.items() if f"/{key}/" in body.url), None)
        if filing is None:
            raise DriftError(f"{body.url}, which is not listed", "an instance of a filing listed")
        root = root_of(body)
        if companies(root) != {filing.cik}:
            raise DriftError(f"facts of {', '.join(companies(root))}", f"those of {filing.cik}")
        instances.append((filing, root, body.url))
    if not instances:
        raise DriftError("no instance of any filing", "an instance of the newest filing")
    figures: list[Figure] = []
    remarks: list[str] = []
    newest = max(instances, key=lambda each: each[0].filed)[0]
    for recipe in recipes:
        facts = [
            fact for filing, root, url in instances for fact in _facts(root, recipe, filing, url)
        ]
        if newest.period >= recipe.since:
            remarks += _missing(recipe, facts, newest)
        if any(each.fact.end >= recipe.since for each in quarters(facts)):
            figures += _figures(recipe, facts)
    return Reading(tuple(figures), tuple(remarks))


def _missing(recipe: Recipe, facts: Sequence[Fact], newest: _Filing) -> list[str]:
    """Return a remark on a member that ended as is known; that another is missing is drift."""
    if any(fact.filing == newest.accession for fact in facts):
        return []
    name = recipe.one("member")
    if recipe.ended:
        return [f"{recipe.series_id}: {name} is discontinued, {recipe.ended}"]
    raise DriftError(
        f"no {name} in filing {newest.accession}",
        f"{recipe.one('tag')} with {recipe.one('axis')} = {name}",
        "Discontinued or renamed?",
    )


def _facts(root: Element, recipe: Recipe, filing: _Filing, url: str) -> list[Fact]:
    """Return what one filing states of a series."""
    found = amounts(root, recipe.one("tag"), recipe.one("axis"), recipe.one("member"))
    return [Fact(*each, filing.accession, filing.filed, url) for each in found]
