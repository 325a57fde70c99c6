"""SEC EDGAR: quarters of a company from the facts that it tagged in its filings.

A concept (`companyconcept`) holds one tag through all filings; what is split by a dimension, such
as NVIDIA's data-centre revenue, stands only in the instance of each filing. Both are lists of
facts, and quarters are made of them by the same rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from xml.etree.ElementTree import Element, ParseError, fromstring

from forecast.sources.adapters.contents import day_of, json_of, member, number_of
from forecast.sources.adapters.fiscal_quarters import Fact, Quarter, quarters
from forecast.sources.declared import Keys, Recipe
from forecast.sources.figures import Body, DriftError, Figure, Reading

CONCEPT_KEYS = Keys(frozenset({"tags"}))
INSTANCE_KEYS = Keys(frozenset({"tag", "axis", "member"}))
MOST_FACTS = 2_000  # of one tag; companies have some 300
_DOLLARS = "USD"
_FORMS = {"10-Q", "10-K"}
_XBRL = "{http://www.xbrl.org/2003/instance}"
_DIMENSION = "{http://xbrl.org/2006/xbrldi}"
_PREFIXES = {"http://fasb.org/us-gaap/": "us-gaap", "http://fasb.org/srt/": "srt"}


def read_concepts(bodies: Sequence[Body], recipes: Sequence[Recipe]) -> Reading:
    """Return the quarters of series that are tags, or sums of tags of one filing."""
    tags = {}
    for body in bodies:
        concept = json_of(body)
        tags[str(member(concept, "tag"))] = _concept_facts(concept, body.url)
    figures = [
        figure
        for recipe in recipes
        for figure in _figures(recipe, _added(recipe.read["tags"], tags))
    ]
    return Reading(tuple(figures))


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
            raise DriftError(f"the tags {', '.join(tags)}", name)
    by_filing: list[dict[tuple[date, date, str], Fact]] = [
        {(fact.start, fact.end, fact.filing): fact for fact in tags[name]} for name in names
    ]
    return [
        replace(fact, value=sum(each[key].value for each in by_filing))
        for key, fact in by_filing[0].items()
        if all(key in each for each in by_filing)
    ]


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
    filing = f"filing {quarter.fact.filing}"
    if quarter.less is None:
        return filing
    millions = f"{quarter.fact.value / 1e6:,.0f} - {quarter.less.value / 1e6:,.0f} million"
    return f"{filing}; {millions}, the latter from {quarter.less.filing}"


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
        instances.append((filing, _root(body), body.url))
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


def _root(body: Body) -> Element:
    if b"<!DOCTYPE" in body.content or b"<!ENTITY" in body.content:
        raise DriftError("a document type of its own", "an XBRL instance without one")
    try:
        root = fromstring(body.content)
    except ParseError as error:
        raise DriftError(f"no XML: {error}", "an XBRL instance") from error
    if root.tag != f"{_XBRL}xbrl":
        raise DriftError(f"XML of {root.tag}", "an XBRL instance")
    return root


def _facts(root: Element, recipe: Recipe, filing: _Filing, url: str) -> list[Fact]:
    """Return the facts of a tag in dollars whose context has one explicit member and no other."""
    wanted = (recipe.one("axis"), recipe.one("member"))
    periods = {}
    for context in root.iter(f"{_XBRL}context"):
        members = list(context.iter(f"{_DIMENSION}explicitMember"))
        typed = list(context.iter(f"{_DIMENSION}typedMember"))
        start = context.findtext(f"{_XBRL}period/{_XBRL}startDate")
        end = context.findtext(f"{_XBRL}period/{_XBRL}endDate")
        if len(members) == 1 and not typed and start and end:
            at = members[0].get("dimension", ""), (members[0].text or "").strip()
            if at == wanted:
                periods[context.get("id")] = day_of(start, "start"), day_of(end, "end")
    dollars = {
        unit.get("id")
        for unit in root.iter(f"{_XBRL}unit")
        if [each.text for each in unit.iter(f"{_XBRL}measure")] == ["iso4217:USD"]
    }
    return [
        Fact(
            *periods[fact.get("contextRef")],
            number_of(fact.text or "", recipe.one("tag")),
            filing.accession,
            filing.filed,
            url,
        )
        for fact in root
        if _named(fact.tag) == recipe.one("tag")
        and fact.get("contextRef") in periods
        and fact.get("unitRef") in dollars
    ]


def _named(tag: str) -> str:
    """Return `us-gaap:Revenues` for a tag of any year's taxonomy."""
    space, _, name = tag.rpartition("}")
    prefix = next((short for uri, short in _PREFIXES.items() if space[1:].startswith(uri)), "")
    return f"{prefix}:{name}"
