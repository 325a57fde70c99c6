"""XBRL of one filing: the facts of a tag with one member, from the instance or the inline document.

An inline document is the filing as people read it, with facts marked in its text; the instance is
what the SEC extracts of it, some minutes later.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, fromstring

from forecast.sources.adapters.contents import day_of, number_of
from forecast.sources.figures import Body, DriftError

_XBRL = "{http://www.xbrl.org/2003/instance}"
_INLINE = "{http://www.xbrl.org/2013/inlineXBRL}nonFraction"
_PAGE = "{http://www.w3.org/1999/xhtml}html"
_DIMENSION = "{http://xbrl.org/2006/xbrldi}"
_PREFIXES = {"http://fasb.org/us-gaap/": "us-gaap", "http://fasb.org/srt/": "srt"}


class Amount(NamedTuple):
    """An amount in dollars of a period, both of whose ends belong to it."""

    start: date
    end: date
    value: float


def root_of(body: Body) -> Element:
    """Return the root of an instance or of an inline document. Raises DriftError."""
    if b"<!DOCTYPE" in body.content or b"<!ENTITY" in body.content:
        raise DriftError("a document type of its own", "an XBRL instance without one")
    try:
        root = fromstring(body.content)
    except ParseError as error:
        raise DriftError(f"no XML: {error}", "an XBRL instance") from error
    is_inline = root.tag == _PAGE and root.find(f".//{_INLINE}") is not None
    if root.tag != f"{_XBRL}xbrl" and not is_inline:
        raise DriftError(f"XML of {root.tag}", "an XBRL instance, or a page with facts in it")
    return root


def amounts(root: Element, tag: str, axis: str, member: str) -> Iterator[Amount]:
    """Yield the facts of a tag in dollars whose context has one explicit member and no other."""
    periods = _periods(root, (axis, member))
    dollars = {
        unit.get("id")
        for unit in root.iter(f"{_XBRL}unit")
        if [each.text for each in unit.iter(f"{_XBRL}measure")] == ["iso4217:USD"]
    }
    for fact in root.iter(_INLINE) if root.tag == _PAGE else root:
        name = fact.get("name") if fact.tag == _INLINE else _named(fact.tag)
        at = periods.get(fact.get("contextRef", ""))
        if name == tag and at and fact.get("unitRef") in dollars:
            yield Amount(*at, _value(fact, tag))


def companies(root: Element) -> set[str]:
    """Return the central index keys of the companies that facts are of, without leading zeros."""
    found = root.iter(f"{_XBRL}identifier")
    return {(each.text or "").strip().lstrip("0") for each in found}


def _periods(root: Element, wanted: tuple[str, str]) -> dict[str, tuple[date, date]]:
    """Return the periods of contexts with one member, by their names."""
    found = {}
    for context in root.iter(f"{_XBRL}context"):
        members = list(context.iter(f"{_DIMENSION}explicitMember"))
        typed = list(context.iter(f"{_DIMENSION}typedMember"))
        start = context.findtext(f"{_XBRL}period/{_XBRL}startDate")
        end = context.findtext(f"{_XBRL}period/{_XBRL}endDate")
        if len(members) == 1 and not typed and start and end:
            at = members[0].get("dimension", ""), (members[0].text or "").strip()
            if at == wanted:
                found[context.get("id", "")] = day_of(start, "start"), day_of(end, "end")
    return found


def _value(fact: Element, tag: str) -> float:
    """Return a fact in dollars; an inline one is as it is printed, `46,743` with a scale of 6."""
    text = "".join(fact.itertext()).strip()
    if fact.get("format", "").endswith(("comma-decimal", "commadecimal")):
        text = text.replace(".", "").replace(",", ".")
    sign = -1.0 if fact.get("sign") == "-" else 1.0
    return sign * number_of(text, tag) * 10.0 ** int(fact.get("scale", "0"))


def _named(tag: str) -> str:
    """Return `us-gaap:Revenues` for a tag of any year's taxonomy."""
    space, _, name = tag.rpartition("}")
    prefix = next((short for uri, short in _PREFIXES.items() if space[1:].startswith(uri)), "")
    return f"{prefix}:{name}"
